"""Responses, sentence by sentence: what RFC 9110 and RFC 9112 say a client must accept."""

from __future__ import annotations

import pytest

from kontena_ws_nb.errors import ProtocolError
from kontena_ws_nb.transport import http_response
from kontena_ws_nb.transport.deadline import Deadline
from kontena_ws_nb.transport.http_response import MAX_BODY, Head, challenges, elements, parse_head, read_body


def test_parse_head() -> None:
    assert parse_head(b"HTTP/1.0 404 Not Found\r\nA:  b \r\nC:\r\n\r\n", "u") == (
        404,
        "Not Found",
        (("A", "b"), ("C", "")),
    )
    assert parse_head(b"HTTP/1.1 200\r\n\r\n", "u") == (200, "", ())


@pytest.mark.parametrize(
    "line",
    [
        b"HTTP/1.1",
        b"HTTP/2 200 ok",
        b"HTTP/1.1 20 ok",
        b"HTTP/1.1 abc ok",
        "HTTP/1.1 ²00 ok".encode("latin-1"),
        b"ICY 200 OK",
    ],
)
def test_no_status_line(line: bytes) -> None:
    with pytest.raises(ProtocolError, match=r"does not begin with an HTTP/1\.1 status line"):
        parse_head(line + b"\r\n\r\n", "ws://a/")


@pytest.mark.parametrize("line", [b"no colon", b": no name", b" folded: x", b"A: b\r\n folded\0", b"A: b\rc"])
def test_malformed_header(line: bytes) -> None:
    with pytest.raises(ProtocolError, match="malformed header line"):
        parse_head(b"HTTP/1.1 101 x\r\n" + line + b"\r\n\r\n", "ws://a/")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        # RFC 9112 section 2.2: "a recipient MAY recognize a single LF as a line terminator and ignore any preceding CR".
        (b"HTTP/1.1 101 x\nA: b\nC: d\r\n\n", (101, "x", (("A", "b"), ("C", "d")))),
        # Section 4: "recipients MAY instead parse on whitespace-delimited word boundaries"; the reason may be absent.
        (b"HTTP/1.1  101\t x y \r\n\r\n", (101, "x y", ())),
        (b"HTTP/1.1 101\r\n\r\n", (101, "", ())),
        # Section 5.1: whitespace between name and colon is removed from a response, around the value it is none of it.
        (b"HTTP/1.1 101 x\r\nA :\t b\t \r\n\r\n", (101, "x", (("A", "b"),))),
        # Section 5.2: a user agent "MUST replace each received obs-fold with one or more SP octets".
        (b"HTTP/1.1 101 x\r\nA: b\r\n  c\r\n\td\r\nE:\r\n f\r\n\r\n", (101, "x", (("A", "b c d"), ("E", "f")))),
        # RFC 9110 section 5.5: obs-text is opaque data, and no whitespace of any script.
        (b"HTTP/1.1 101 x\r\nA: \xa0b\x85\r\n\r\n", (101, "x", (("A", "\xa0b\x85"),))),
        # Section 5.2: several lines keep their order.
        (b"HTTP/1.1 101 x\r\nA: 1\r\na: 2\r\n\r\n", (101, "x", (("A", "1"), ("a", "2")))),
    ],
)
def test_heads_as_they_must_be_taken(head: bytes, expected: object) -> None:
    assert parse_head(head, "ws://a/") == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # RFC 9110 section 5.6.1: "A recipient MUST parse and ignore a reasonable number of empty list elements".
        ([", a,, b ,\t"], ["a", "b"]),
        ([], []),
        ([" , "], []),
        # Section 5.3: several lines are one list.
        (["a", "b, c"], ["a", "b", "c"]),
        # Section 5.6.4: a comma in a quoted string, or behind a backslash in it, separates nothing.
        ([r'a="b, \", c", d'], [r'a="b, \", c"', "d"]),
        (['a="never closed, b'], ['a="never closed, b']),
    ],
)
def test_lists(lines: list[str], expected: list[str]) -> None:
    assert elements([("X", line) for line in lines], "x") == expected


def test_challenges() -> None:
    header = [
        ("WWW-Authenticate", 'a=b, Basic realm="x", charset = "UTF-8"'),
        ("www-authenticate", "Negotiate, NTLM abc=="),
    ]
    found = [("Basic", 'realm="x", charset = "UTF-8"'), ("Negotiate", ""), ("NTLM", "abc==")]
    assert challenges(header, "WWW-Authenticate") == found


BODY = b"said"
CHUNKED = b"2;ext=1\r\nsa\r\n2\r\nid\r\n0\r\nTrailer: x\r\n\r\n"


@pytest.mark.parametrize(
    ("status", "lines", "sent", "body"),
    [
        # RFC 9112 section 6.3, in its order.
        (204, ["Content-Length: 4"], BODY, b""),
        (304, [], BODY, b""),
        (404, ["Transfer-Encoding: gzip, Chunked", "Content-Length: 1"], CHUNKED, BODY),
        (404, ["Transfer-Encoding: chunked, gzip"], BODY, BODY),
        (404, ["Content-Length: 4, 4", "content-length: 4"], BODY + b"more", BODY),
        (404, ["Content-Length: 2", "Content-Length: 4"], BODY, BODY),
        (404, ["Content-Length: -1"], BODY, BODY),
        (404, ["Content-Length: \xb2"], BODY, BODY),
        (404, ["Content-Length: 99999999999999999999"], BODY, BODY),
        (404, [], BODY, BODY),
        # What is no chunk is shown as it came.
        (404, ["Transfer-Encoding: chunked"], b"not hex\r\n", b"not hex\r\n"),
        (404, ["Transfer-Encoding: chunked"], b"x" * 70_000, b"x" * MAX_BODY),
    ],
)
def test_how_long_a_body_is(status: int, lines: list[str], sent: bytes, body: bytes) -> None:
    headers = tuple((name, value) for name, _, value in (line.partition(": ") for line in lines))
    assert read_body(Head(b"", status, "", headers), sent, lambda deadline: b"") == body


def test_a_body_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def more(deadline: Deadline) -> bytes:
        nonlocal read
        read += 1
        return b"x" * 10_000

    monkeypatch.setattr(http_response, "PATIENCE", 60.0)
    for size in (b"-1", b"ffffffffff"):
        head = Head(b"", 404, "", (("Transfer-Encoding", "chunked"),))
        assert len(read_body(head, size + b"\r\n", more)) <= 4 * MAX_BODY
    assert len(read_body(Head(b"", 404, "", ()), b"", more)) == MAX_BODY
    assert read < 100


def test_a_body_that_breaks_off() -> None:
    def read(deadline: Deadline) -> bytes:
        raise ConnectionResetError

    assert read_body(Head(b"", 404, "", (("A", "b"),) * 200), b"start", read) == b"start"
    assert read_body(Head(b"", 404, "", (("Transfer-Encoding", "chunked"),)), b"5\r\nsta", read) == b"5\r\nsta"
