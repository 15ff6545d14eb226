"""Heads of the opening handshake."""

from __future__ import annotations

import pytest

from kontena_ws_nb.errors import ProtocolError
from kontena_ws_nb.protocol.handshake import Handshake, parse_head


def head(request: bytes = b"", response: bytes = b"", headers: tuple[tuple[str, str], ...] = ()) -> Handshake:
    return Handshake("ws://a/", request, response, 101, "ok", headers)


def test_headers_are_found_whatever_their_case_and_joined() -> None:
    handshake = head(headers=(("X-A", "1"), ("x-a", "2")))
    assert handshake.header("X-a") == "1, 2"
    assert handshake.header("other") is None


def test_secrets_in_heads_are_masked() -> None:
    handshake = head(
        b"GET /x?token=abc HTTP/1.1\r\nAuthorization: Bearer abc\r\nX: y\r\nodd line\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nSet-Cookie: a=secret; Path=/\r\n\r\n",
    )
    assert (
        handshake.redacted_request() == "GET /x?token=*** HTTP/1.1\r\nAuthorization: Bearer ***\r\nX: ***\r\nodd line"
    )
    assert handshake.redacted_response() == "HTTP/1.1 101 Switching Protocols\r\nSet-Cookie: a=***; Path=/"
    assert head(b"odd").redacted_request() == "odd"


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


@pytest.mark.parametrize("line", [b"no colon", b": no name", b" folded: x", b"space : x"])
def test_malformed_header(line: bytes) -> None:
    with pytest.raises(ProtocolError, match="malformed header line"):
        parse_head(b"HTTP/1.1 101 x\r\n" + line + b"\r\n\r\n", "ws://a/")
