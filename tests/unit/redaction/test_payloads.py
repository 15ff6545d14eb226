"""Masking payloads: which values, in which encodings, and beyond cuts."""

from __future__ import annotations

import base64
import html
import json
import re
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import kontena_ws_nb as kws
from kontena_ws_nb.redaction import payloads as masking
from kontena_ws_nb.redaction.payloads import count, know, mask, mask_bytes, reach, secret_parts

#: Quotes, slashes, a space, an accent, a character beyond 16 bits, and what base64 writes as + and /.
VALUE = 's3/cr\\"t> é 😀~~?~!'


def in_json(text: str, layers: int = 1, **options: Any) -> str:
    for _ in range(layers):
        text = json.dumps({"v": text}, **options)
    return text


QUOTED = urllib.parse.quote

#: How it may be spelled, and what is shown of that.
SPELLINGS = {
    "as it is": (VALUE, "***"),
    "JSON": (in_json(VALUE), '{"v": "***"}'),
    "JSON with characters as they are": (in_json(VALUE, ensure_ascii=False), '{"v": "***"}'),
    "JSON of PHP": (in_json(VALUE).replace("/", "\\/"), '{"v": "***"}'),
    "JSON of Go": (in_json(VALUE).replace(">", "\\u003e"), '{"v": "***"}'),
    "JSON of .NET": (in_json(VALUE).replace('\\"', "\\u0022").replace("\\u00e9", "\\u00E9"), '{"v": "***"}'),
    "JSON in JSON": (in_json(VALUE, 2), in_json("***", 2)),
    "JSON in JSON in JSON": (in_json(VALUE, 3), in_json("***", 3)),
    "a URL": (QUOTED(VALUE, safe=""), "***"),
    "a URL in small letters": (QUOTED(VALUE, safe="").lower(), "***"),
    "a form": (urllib.parse.quote_plus(VALUE), "***"),
    "a URL in a URL": (QUOTED(QUOTED(VALUE)), "***"),
    "JSON in a URL": (QUOTED(in_json(VALUE)), QUOTED(in_json("***"), safe="*")),
    "HTML": (html.escape(VALUE), "***"),
    "HTML in numbers": ("".join(f"&#{ord(c)};" for c in VALUE), "***"),
    "HTML in hexadecimal": ("".join(f"&#x{ord(c):X};" for c in VALUE), "***"),
    "repr": (repr(VALUE), "'***'"),
    "repr of bytes": (repr(VALUE.encode()), "b'***'"),
    "base64": (base64.b64encode(VALUE.encode()).decode(), "***=="),
    "base64 of URLs": (base64.urlsafe_b64encode(VALUE.encode()).decode().rstrip("="), "***"),
    "base64 in JSON of PHP": (json.dumps(base64.b64encode(VALUE.encode()).decode()).replace("/", "\\/"), '"***=="'),
    "base64 in a URL": (QUOTED(base64.b64encode(VALUE.encode()).decode(), safe=""), "***%3D%3D"),
    "hexadecimal": (VALUE.encode().hex(), "***"),
    "HEXADECIMAL": (VALUE.encode().hex().upper(), "***"),
}


@pytest.mark.parametrize(("spelled", "shown"), SPELLINGS.values(), ids=SPELLINGS)
def test_the_spellings_of_a_value(spelled: str, shown: str) -> None:
    assert mask(spelled) == spelled
    assert kws.secret(VALUE) == VALUE
    assert mask(spelled) == shown
    assert mask(f"<{spelled}|{spelled}>") == f"<{shown}|{shown}>"
    assert mask_bytes(spelled.encode()).decode() == shown
    # However it is cut, and the cuts of a page cannot be chosen.
    for at in range(len(spelled.encode())):
        assert mask_bytes(spelled.encode(), 0, at) + mask_bytes(spelled.encode(), at) == shown.encode()


@pytest.mark.parametrize("around", [("", ""), ("a", "b"), ("ab", "c"), ("abc", "de")])
def test_a_value_inside_longer_base64(around: tuple[str, str]) -> None:
    kws.secret("hunter2-hunter2")
    before, after = around
    blob = base64.b64encode(f"name:{before}hunter2-hunter2{after}".encode()).decode()
    left = mask(blob).partition("***")
    assert left[1], "not found"
    assert b"hun" not in base64.b64decode(
        left[0] + "=" * (-len(left[0]) % 4) if len(left[0]) % 4 != 1 else left[0][:-1]
    )


def test_a_short_value_is_only_looked_for_as_whole_base64() -> None:
    kws.secret("abcd")
    assert mask(base64.b64encode(b"abcd").decode()) == "***=="
    assert mask(base64.b64encode(b"xabcdx").decode()) == base64.b64encode(b"xabcdx").decode()


def test_what_is_no_escape_stays() -> None:
    kws.secret("s3cr3t")
    for text in ('100 % of "C:\\temp\\new" & &amp; &#99999999; \\ud83d \\x &#x110000;', "%", "\\", "&"):
        assert mask(text) == text
        assert mask(f"{text} s3cr3t {text}") == f"{text} *** {text}"
    assert mask("%73\\u0033cr&#51;t %41") == "*** %41"


def test_bytes_and_text() -> None:
    kws.secret(b"\x00\xff\xfe\x01")
    assert mask_bytes(b"a\x00\xff\xfe\x01b") == b"a***b"
    assert mask_bytes(memoryview(b"a\x00\xff\xfe\x01b")) == b"a***b"
    assert mask("\\x00\\xff\\xfe\\x01") == "***"
    kws.secret("lone\ud800")
    assert mask("<lone\ud800>") == "<***>"


def test_a_value_that_ends_inside_a_character_takes_all_of_it() -> None:
    kws.secret("ééé".encode()[1:-1])
    assert mask("aéééb") == "a***b"
    assert secret_parts("aéééb".encode()) == [(1, 7)]
    assert mask_bytes("aéééb".encode()) == b"a\xc3***\xa9b"


def test_values_that_overlap_or_touch() -> None:
    kws.secret("abcdef")
    kws.secret("defghi")
    kws.secret("xyxy")
    assert mask("-abcdefghi-abcdefabcdef-xyxyxyx-") == "-***-***-***x-"


def test_white_space_around_a_value_is_none_of_it() -> None:
    kws.secret("\n  t0k3n \n")
    assert mask("<t0k3n>") == "<***>"


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (
            "abc",
            ValueError,
            "a secret of fewer than 4 characters cannot be masked: it would hide parts of every payload",
        ),
        (
            "  abc  ",
            ValueError,
            "a secret of fewer than 4 characters cannot be masked: it would hide parts of every payload",
        ),
        (b"", ValueError, "a secret of fewer than 4 characters cannot be masked: it would hide parts of every payload"),
        (
            "x" * 16385,
            ValueError,
            "a secret of more than 16,384 bytes cannot be masked; give the part of it that must not be seen",
        ),
        (None, TypeError, "a secret is str or bytes, got NoneType"),
        (1234, TypeError, "a secret is str or bytes, got int"),
    ],
)
def test_what_is_no_secret(value: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        kws.secret(value)
    assert str(caught.value) == message
    assert not count()


def test_what_cannot_be_masked_is_left_out_quietly_by_us() -> None:
    know(["", "abc", "x" * 16385])
    assert not count()
    know(["1234567", "12345678"], 8)
    assert (mask("1234567"), mask("12345678")) == ("1234567", "***")
    before = masking._registry.known
    know(["12345678"])
    assert masking._registry.known is before


def test_nothing_known_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_spans", None)
    assert (mask("abc", 1), mask("abc", 1, 2), mask_bytes(b"abc", 1), mask_bytes(memoryview(b"abc"), 0, 2)) == (
        "bc",
        "b",
        b"bc",
        b"ab",
    )
    assert reach(160) == 160


def test_many_threads_make_secrets_and_none_is_lost() -> None:
    together = threading.Barrier(8)

    def make(number: int) -> None:
        together.wait()
        for turn in range(20):
            kws.secret(f"t0k3n-{number}-{turn:02}!")

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(masking._registry.known.values) == 160


def test_many_values() -> None:
    values = [f"t0k3n-number-{number:04}" for number in range(500)]
    for value in values:
        kws.secret(value)
    assert mask(" ".join(values)) == " ".join(["***"] * 500)
    assert mask("t0k3n-number- abc") == "t0k3n-number- abc"
    assert mask(json.dumps(values).replace("-", "\\u002d")) == json.dumps(["***"] * 500)


# ---- values that hold escapes themselves, hexadecimal and base64 as others write them

SIGNATURE = "SharedAccessSignature sr=https%3A%2F%2Fns&sig=kX9v%2BfTz%3D&se=1"


def in_dotnet(text: str) -> str:
    """As System.Text.Json writes it."""
    return re.sub("[\"&'+<>`\\x7f-\\uffff]", lambda one: f"\\u{ord(one[0]):04X}", text.replace("\\", "\\\\"))


def in_go(text: str) -> str:
    """As encoding/json writes it."""
    inside = json.dumps(text, ensure_ascii=False)[1:-1]
    return inside.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


ENCODERS: dict[str, Callable[[str], str]] = {
    "JSON": json.dumps,
    "Go": in_go,
    ".NET": in_dotnet,
    "HTML": html.escape,
    "URL": QUOTED,
    "all of a URL": lambda text: QUOTED(text, safe=""),
    "form": urllib.parse.quote_plus,
    "repr": repr,
    "numbers of HTML": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "escape of JavaScript": lambda text: "".join(f"%u{ord(char):04X}" for char in text),
    "Rust": lambda text: "".join(f"\\u{{{ord(char):x}}}" for char in text),
}


@pytest.mark.parametrize("value", [SIGNATURE, 'ab%41cd"ef', "a&amp;b&c'd", 'x\\u0026y&z"', "50%25 <off>"])
@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS)
def test_values_that_hold_escapes(value: str, encode: Callable[[str], str]) -> None:
    kws.secret(value)
    for other in ENCODERS.values():
        for spelled in (encode(value), other(encode(value)), encode(encode(value))):
            assert mask(f"<{spelled}>").replace('"', "").replace("'", "").count("***") == 1
            assert len(mask(spelled)) < 30


def undone(data: bytes) -> Iterator[bytes]:
    """What a text is, layer by layer."""
    for _ in range(12):
        yield data
        data = masking._ESCAPE.sub(masking._unescaped, data)


RICH = st.text(st.sampled_from("%\\\"&;u0/+=41#x27quotampbcd'5n"), min_size=8, max_size=30).filter(
    lambda text: len(text.strip()) >= 8 and len(list(undone(text.encode()))[-1].strip()) >= 4
)


@given(
    RICH,
    st.lists(st.sampled_from(list(ENCODERS.values())), max_size=3),
    st.text("xyz{}: ,", max_size=9),
    st.integers(0, 200),
)
@example(SIGNATURE, [in_go], "", 5)
@example(SIGNATURE, [html.escape], "", 5)
@example('ab%41cd"ef', [json.dumps], "", 2)
@example("abc\\", [json.dumps], "", 0)
@example('ab"c def\\', [json.dumps, html.escape, urllib.parse.quote_plus], "", 0)
@example('ab"cdef\\', [json.dumps, html.escape], "", 0)
@example('ab"cdef\\\\', [json.dumps, html.escape, json.dumps], "", 0)
def test_no_chain_of_encoders_hides_a_value(
    value: str, chain: list[Callable[[str], str]], around: str, cut: int
) -> None:
    only([value])
    spelled, wanted = f"{around}{value.strip()}{around}", f"{around}***{around}"
    for encode in chain:
        spelled, wanted = encode(spelled), encode(wanted)
    shown = mask(spelled)
    assert "***" in shown
    if shown != wanted:  # what stands beside it is written otherwise; but it is in no state of the text
        assert not any(value.strip().encode() in state for state in undone(shown.encode("utf-8", "surrogatepass")))
    if len(spelled) < 40 * len(value.strip()):
        assert mask(spelled, 0, cut) + mask(spelled, cut) == shown


def lines(text: str, width: int, end: str) -> str:
    return end.join(text[at : at + width] for at in range(0, len(text), width))


TOKEN = "hunter2-hunter2-t0k3n/of+mine?~~"


@pytest.mark.parametrize(
    "written",
    [
        lambda digits: digits.hex(":"),
        lambda digits: digits.hex(" ").upper(),
        lambda digits: digits.hex("-").upper(),
        lambda digits: digits.hex(",") + ",",
        lambda digits: digits.hex(" ", 2),
        lambda digits: digits.hex("_", 4),
        lambda digits: lines(digits.hex(" "), 48, "\n"),
        lambda digits: "".join(char.upper() if at % 3 else char for at, char in enumerate(digits.hex())),
        lambda digits: ", ".join(f"0x{byte:02x}" for byte in digits),
        lambda digits: " ".join(f"0X{byte:02X}" for byte in digits),
        lambda digits: "0x" + digits.hex(),
        lambda digits: json.dumps(lines(digits.hex(":"), 30, "\r\n")),
        lambda digits: json.dumps([f"{byte:02x}" for byte in digits]),
        lambda digits: "".join(f"\\x{byte:02x}" for byte in digits),
        lambda digits: QUOTED(digits.hex(":").upper(), safe=""),
    ],
)
def test_hexadecimal_as_others_write_it(written: Callable[[bytes], str]) -> None:
    kws.secret(TOKEN)
    spelled = written(TOKEN.encode())
    shown = mask(f"<{spelled}>")
    assert "***" in shown
    assert len(shown) < 16, shown
    assert mask(f"<{spelled}>", 0, 20) + mask(f"<{spelled}>", 20) == shown


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("width", [64, 76, 20])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\n\t", " "])
@pytest.mark.parametrize(
    "encode",
    [lambda text: text, json.dumps, lambda text: json.dumps(json.dumps(text)), lambda text: QUOTED(text, safe="")],
)
def test_base64_in_lines(before: int, width: int, end: str, encode: Callable[[str], str]) -> None:
    kws.secret(TOKEN * 3)
    blob = base64.b64encode(b"x" * before + (TOKEN * 3).encode() + b"yz").decode()
    for alphabet in (blob, blob.replace("+", "-").replace("/", "_")):
        shown = mask(encode(lines(alphabet, width, end)))
        assert "***" in shown
        assert len(shown) < 30, shown


def test_a_value_of_many_layers() -> None:
    value = "ab%" + "25" * 12 + "41cd"
    kws.secret(value)
    for layers in range(3):
        spelled = value
        for _ in range(layers):
            spelled = QUOTED(spelled)
        assert mask(f"<{spelled}>") == "<***>"


@given(st.text("ab", min_size=1, max_size=12).map(str.encode))
def test_the_distance_at_which_a_value_overlaps_itself(value: bytes) -> None:
    assert masking._period(value) == next(step for step in range(1, len(value) + 1) if value.startswith(value[step:]))


def test_what_is_not_looked_into() -> None:
    """As the page on secrets says."""
    kws.secret(SIGNATURE + '"')
    for spelled in (
        base64.b64encode(json.dumps(SIGNATURE + '"').encode()).decode()[:60],
        str(list(SIGNATURE.encode())),
    ):
        assert mask(spelled) == spelled


def test_where_squeezed_text_is_found_in_long_data() -> None:
    kws.secret(TOKEN)
    filler = "a b: c-d\n" * 20_000
    digits = TOKEN.encode().hex(":")
    assert mask(f"{filler}{digits}{filler}{digits}{filler}") == f"{filler}***{filler}***{filler}"


def test_masking_stays_linear() -> None:
    """Texts made to be dear, ten times as long: about ten times as dear."""
    know(f"{number:04}" + "aaab" * 10 for number in range(50))
    for piece in (
        b"%25" * 5 + b"41",
        b"aaab" * 5,
        b"a:a:a:b:",
        b"\\\\u0061",
        b"0000" + b"aaab" * 10,
        b"&amp;" * 4,
        b"\xf0\x9f\x98\x80",
        b"61 61 61 62 ",
    ):
        took = []
        for size in (40_000, 400_000):
            data = piece * (size // len(piece))
            times = []
            for _ in range(3):
                started = time.process_time()
                mask_bytes(data)
                times.append(time.process_time() - started)
            took.append(min(times))
        assert took[1] < 40 * max(took[0], 0.001), piece


# ---- no cut lets a part through

SECRETS = st.lists(
    st.one_of(
        st.text(st.sampled_from('abc"/\\é€ 😀+%&'), min_size=4, max_size=12), st.binary(min_size=4, max_size=12)
    ).filter(lambda value: len(value.strip()) >= 4 and (b"*" if isinstance(value, bytes) else "*") not in value),
    min_size=1,
    max_size=3,
)


def spelled(secret: str | bytes, how: int) -> bytes:
    data = secret.encode() if isinstance(secret, str) else secret
    text = data.decode("latin-1") if isinstance(secret, bytes) else secret
    ways = [
        data,
        json.dumps(text).encode() if isinstance(secret, str) else data,
        urllib.parse.quote(data).encode(),
        base64.b64encode(data),
    ]
    return ways[how % len(ways)]


@st.composite
def payloads(draw: st.DrawFn) -> tuple[list[str | bytes], bytes]:
    secrets = draw(SECRETS)
    pieces = []
    for _ in range(draw(st.integers(0, 5))):
        pieces.append(
            draw(st.one_of(st.binary(max_size=20), st.text(st.sampled_from('xyz{}":,'), max_size=20).map(str.encode)))
        )
        pieces.append(spelled(draw(st.sampled_from(secrets)), draw(st.integers(0, 3))))
    return secrets, b"".join(pieces)


def only(secrets: list[str | bytes]) -> None:
    masking._registry.known = masking._Registry().known
    know(secrets)


@given(payloads(), st.integers(1, 40))
@example((["abcdabcd"], b"abcdabcdabcdabcd"), 3)
def test_pages_together_are_the_masked_whole(case: tuple[list[str | bytes], bytes], size: int) -> None:
    secrets, payload = case
    only(secrets)
    whole = mask_bytes(payload)
    know(f"one of a crowd {number:03}" for number in range(240))  # they are looked for in another way
    known = masking._registry.known
    assert all(len(kind.spellings) > masking._MANY for kind in (known.plain, known.in_hex, known.in_base64))
    assert mask_bytes(payload) == whole
    assert b"".join(mask_bytes(payload, at, at + size) for at in range(0, len(payload) + size, size)) == whole
    assert not any(secret.strip() in whole for secret in (s.encode() if isinstance(s, str) else s for s in secrets))


@given(payloads(), st.integers(0, 60))
def test_a_beginning_is_a_beginning_of_the_masked_whole(case: tuple[list[str | bytes], bytes], limit: int) -> None:
    secrets, payload = case
    only(secrets)
    start = mask_bytes(payload, 0, limit)
    assert mask_bytes(payload).startswith(start)
    # Only so much is looked at as `reach` says, and that is enough.
    assert mask_bytes(payload[: reach(limit)], 0, limit) == start


@given(payloads(), st.integers(0, 60), st.integers(0, 60))
def test_texts_as_bytes(case: tuple[list[str | bytes], bytes], start: int, size: int) -> None:
    secrets, payload = case
    text = payload.decode("utf-8", "replace")
    only([secret for secret in secrets if isinstance(secret, str)])
    encoded = text.encode()
    begin, end = len(text[:start].encode()), len(text[: start + size].encode())
    assert mask(text, start, start + size) == mask_bytes(encoded, begin, end).decode()
    assert mask(text) == mask_bytes(encoded).decode()


@given(st.binary(max_size=200))
def test_what_holds_no_secret_is_left_alone(data: bytes) -> None:
    know(["not in these bytes, whatever they are"])
    assert mask_bytes(data) == data
    text = data.decode("utf-8", "replace")
    assert mask(text) == text
