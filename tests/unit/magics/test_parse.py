"""Parsing a magic's line: options first, POSIX style, and the unchanged rest."""

from __future__ import annotations

import dataclasses

import pytest

from kontena_ws_nb.magics.parse import Flag, connection_flags, seconds, split, whole
from kontena_ws_nb.magics.report import UsageError
from kontena_ws_nb.options import Options

FLAGS = [
    Flag(("-s", "--session"), "session", "NAME"),
    Flag(("-H", "--header"), "headers", "'NAME: VALUE'", many=True),
    Flag(("-k", "--no-verify"), "verify", value=False),
    Flag(("-n",), "n", "N", convert=whole),
]


@pytest.mark.parametrize(
    ("line", "found", "rest"),
    [
        ("", {}, ""),
        ("   ", {}, ""),
        ("text", {}, "text"),
        ("  two  words  ", {}, "two  words"),
        ("-s feed hi", {"session": "feed"}, "hi"),
        ("-sfeed hi", {"session": "feed"}, "hi"),
        ("--session feed hi", {"session": "feed"}, "hi"),
        ("--session=feed hi", {"session": "feed"}, "hi"),
        ("--session= hi", {"session": ""}, "hi"),
        ("-s 'a b' hi", {"session": "a b"}, "hi"),
        ("-s'a b' hi", {"session": "a b"}, "hi"),
        ("-s=x hi", {"session": "x"}, "hi"),
        ("-k hi -k", {"verify": False}, "hi -k"),
        ("-k", {"verify": False}, ""),
        ("-n 5", {"n": 5}, ""),
        ("-n5 x", {"n": 5}, "x"),
        ("-s a -s b x", {"session": "b"}, "x"),
        ("-H 'A: 1' -H B:2 x", {"headers": ["A: 1", "B:2"]}, "x"),
        ("-H 'A: \"1\" \\n' x", {"headers": ['A: "1" \\n']}, "x"),
        ('-H "A: \\"1\\" \\n $x" x', {"headers": ['A: "1" \\n $x']}, "x"),
        ("-H A:\\ 1\\' x", {"headers": ["A: 1'"]}, "x"),
        ("-H A:\\", {"headers": ["A:\\"]}, ""),
        ("-HX=1:2 x", {"headers": ["X=1:2"]}, "x"),
        ('{"a": "b c"} \\" \'', {}, '{"a": "b c"} \\" \''),
        ("-", {}, "-"),
        ("- x", {}, "- x"),
        ("-- -k  x ", {}, "-k  x "),
        ("-k --  -x", {"verify": False}, " -x"),
        ("--", {}, ""),
    ],
)
def test_lines(line, found, rest):
    assert split(line, FLAGS, "ws_x") == (found, rest)


@pytest.mark.parametrize(
    ("line", "found", "rest"),
    [
        ("-sell", {}, "-sell"),
        ("-sell -n 5", {}, "-sell -n 5"),
        ("-n 5 -sell dir:sent", {"n": 5}, "-sell dir:sent"),
        ("-name", {}, "-name"),
        ("-n5x", {}, "-n5x"),
        ("-n5 -sell", {"n": 5}, "-sell"),
        ("-tick", {}, "-tick"),
        ("-sfeed -sell", {"session": "feed"}, "-sell"),
        ("-s'a b' x", {"session": "a b"}, "x"),
        ("-s ell x", {"session": "ell"}, "x"),
        ("-s=ell x", {"session": "ell"}, "x"),
        ("--session=ell x", {"session": "ell"}, "x"),
    ],
)
def test_a_filter_may_begin_with_an_options_letter(line, found, rest):
    assert split(line, FLAGS, "ws_x", filters=lambda name: name == "feed") == (found, rest)


SENDING = [
    Flag(("--expect",), "expect", "FILTER", filter=True),
    Flag(("--timeout",), "timeout", "SECONDS", convert=seconds),
]


@pytest.mark.parametrize(
    ("line", "expect", "rest"),
    [
        # up to -- it is untouched
        ('--expect $.type=pong or kind:close -- {"op": "ping"}', "$.type=pong or kind:close", '{"op": "ping"}'),
        ('--expect $.a="x y" "two words" -- hi', '$.a="x y" "two words"', "hi"),
        ("--expect $.a='--' or b -- hi", "$.a='--' or b", "hi"),
        ("--expect /a -- b/ or \\d -- hi", "/a -- b/ or \\d", "hi"),
        ('--expect="two words" -- hi', '"two words"', "hi"),
        ("--expect a --timeout 3 -- -1", "a", "-1"),
        ("--timeout 3 --expect a -b -- -- x", "a -b", "-- x"),
        ("--expect a --other -- x", "a --other", "x"),
        # as cells that were saved have it: a shell's quotes around it all
        ("--expect '$.type=pong dir:received' -- hi", "$.type=pong dir:received", "hi"),
        ("--expect '$.type=pong dir:received' hi", "$.type=pong dir:received", "hi"),
        ("--expect '/a(/' -- hi", "/a(/", "hi"),
        ("--expect 'x' 'y' -- hi", "'x' 'y'", "hi"),
        # one word without --
        ('--expect $.type=pong {"op": "a -- b"}', "$.type=pong", '{"op": "a -- b"}'),
        ('--expect $.type=pong {"op":"a -- b"}', "$.type=pong", '{"op":"a -- b"}'),
        ('--expect $.a="x y" hi', '$.a="x y"', "hi"),
        ("--expect /a b\\d/i hi", "/a b\\d/i", "hi"),
        ("--expect (a or (b c)) hi there", "(a or (b c))", "hi there"),
        ("--expect -(a or b) hi", "-(a or b)", "hi"),
        ("--expect (a hi", "(a", "hi"),
        ("--expect two words", "two", "words"),
    ],
)
def test_a_filter_is_not_a_shells_word(line, expect, rest):
    found, left = split(line, SENDING, "ws_x")
    assert (found["expect"], left) == (expect, rest)


def test_white_space_can_be_kept():
    assert split("-k  a ", FLAGS, "ws_x", verbatim=True) == ({"verify": False}, "  a ")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            "--sesion x",
            "%ws_x: unknown option --sesion; did you mean --session? (write -- before text that begins with -: %ws_x -- --sesion; %ws_x? lists the options)",
        ),
        (
            "-z",
            "%ws_x: unknown option -z (write -- before text that begins with -: %ws_x -- -z; %ws_x? lists the options)",
        ),
        ("--no-verify=1", "%ws_x: --no-verify takes no value"),
        ("-kx", "%ws_x: -k takes no value"),
        ("-s", "%ws_x: -s needs a value: -s, --session NAME"),
        ("-s 'a", "%ws_x: a quote in the value of -s is not closed"),
        ("-n x", "%ws_x: -n: expected a whole number, got 'x'"),
        ("-n -5", "%ws_x: -n: expected a whole number, got '-5'"),
    ],
)
def test_mistakes(line, text):
    with pytest.raises(UsageError) as caught:
        split(line, FLAGS, "ws_x")
    assert str(caught.value) == text


@pytest.mark.parametrize("line", ["--expect", "--expect -- x", "--expect --timeout 3 -- x"])
def test_a_filter_is_missing(line):
    with pytest.raises(UsageError, match="%ws_x: --expect needs a value: --expect FILTER"):
        split(line, SENDING, "ws_x")


@pytest.mark.parametrize(
    ("text", "value"), [("5", 5.0), (".5", 0.5), ("0.5", 0.5), ("5s", 5.0), ("250ms", 0.25), ("5.", 5.0)]
)
def test_seconds(text, value):
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "x", "-1", "1m", "nan", "1e3"])
def test_no_seconds(text):
    with pytest.raises(ValueError, match="expected seconds such as 5"):
        seconds(text)


def test_connection_flags_come_from_the_options_table():
    flags = connection_flags()
    names = [name for flag in flags for name in flag.names]
    assert len(names) == len(set(names))
    assert {flag.to for flag in flags} <= {field.name for field in dataclasses.fields(Options)}
    by_name = {name: flag for flag in flags for name in flag.names}
    assert (by_name["-k"].to, by_name["-k"].value, by_name["--no-verify"]) == ("ssl_verify", False, by_name["-k"])
    assert (by_name["--no-ping"].to, by_name["--no-ping"].value) == ("ping_interval", None)
    assert by_name["--ping-interval"].convert("250ms") == 0.25
    assert by_name["--resolve"].convert("host:::1") == ("host", "::1")
    assert by_name["-H"].many
    assert by_name["--strict"].value is True
    for text in ("host", ":1", "host:"):
        with pytest.raises(ValueError, match="expected HOST:ADDRESS"):
            by_name["--resolve"].convert(text)
    # What they give is what Options takes.
    Options.of(
        **split(
            "-H 'A: 1' --subprotocol x --strict --no-ping --resolve h:1.2.3.4 --redirects 2 --max-size 9",
            flags,
            "ws_connect",
        )[0]
    )
