"""Heads of the opening handshake."""

from __future__ import annotations

from kontena_ws_nb.protocol.handshake import Handshake


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


def test_what_is_masked_stays_masked_in_folds_and_behind_bare_line_feeds() -> None:
    response = b"HTTP/1.1 302 F\xc3\xbcr\r\nServer: x\nSet-Cookie: a=\n secret; Path=/\r\nX-Key:\r\n\tsecret\r\n\r\n"
    shown = head(response=response).redacted_response()
    assert shown == "HTTP/1.1 302 Für\r\nServer: x\r\nSet-Cookie: a=***; Path=/\r\nX-Key: ***"
    assert head(response=b"HTTP/1.1 200 \xfc\r\n\r\n").text(secrets=True).endswith("200 ü")
