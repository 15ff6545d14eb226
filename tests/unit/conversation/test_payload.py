"""Payloads: the results, and the positions of errors."""

from __future__ import annotations

import pytest

from kontena_ws_nb.conversation.payload import PayloadError, check_json, from_base64, from_hex


def test_json_stays_as_it_was_written():
    assert check_json(' {"a": 1.50, "n": 9007199254740993} ') == ' {"a": 1.50, "n": 9007199254740993} '


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a": }', 'not JSON: Expecting value; nothing was sent\n  {"a": }\n        ^'),
        ('{"a": 1,\n "b" 2}\n', "not JSON: Expecting ':' delimiter; nothing was sent (line 2)\n   \"b\" 2}\n       ^"),
        ("", "not JSON: Expecting value; nothing was sent\n  \n  ^"),
        ("[1, NaN]", "not JSON: NaN is not a JSON number; nothing was sent\n  [1, NaN]\n      ^"),
    ],
)
def test_what_is_not_json(text, shown):
    with pytest.raises(PayloadError) as caught:
        check_json(text)
    assert str(caught.value) == shown


def test_json_nested_too_deeply():
    with pytest.raises(PayloadError, match="nested too deeply"):
        check_json("[" * 200_000)


@pytest.mark.parametrize("text", ["00ff10", "00 FF 10", "00:ff:10", "0x00, 0xFF, 0x10", "00-ff\n10"])
def test_hex(text):
    assert from_hex(text) == b"\x00\xff\x10"


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("00 fg", 4, "not hexadecimal; nothing was sent"),
        ("00 f ", 4, "an odd number of hexadecimal digits; nothing was sent"),
    ],
)
def test_not_hex(text, position, message):
    with pytest.raises(PayloadError) as caught:
        from_hex(text)
    assert (caught.value.position, caught.value.message) == (position, message)


@pytest.mark.parametrize("text", ["+/8=", "-_8", "+/\n8 ="])
def test_base64(text):
    assert from_base64(text) == b"\xfb\xff"


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("ab!c", 2, "not base64 (RFC 4648); nothing was sent"),
        ("ab=c", 2, "not base64 (RFC 4648); nothing was sent"),
        ("abcde ", 5, "base64 cannot have this length, a character is missing; nothing was sent"),
    ],
)
def test_not_base64(text, position, message):
    with pytest.raises(PayloadError) as caught:
        from_base64(text)
    assert (caught.value.position, caught.value.message) == (position, message)
