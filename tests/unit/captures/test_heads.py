"""Opening handshakes in files of other tools."""

from __future__ import annotations

from kontena_ws_nb.captures.heads import (
    certificate_of,
    handshake_of,
    headers_of,
    heads_of,
    know_secrets,
    shown_url,
    split_head,
    websocket_url,
)
from kontena_ws_nb.redaction.payloads import mask
from tests.unit.captures.capture_lab import REQUEST, RESPONSE, SECRETS, handshake


def test_lists_of_headers() -> None:
    assert headers_of([{"name": "A", "value": "b"}, ["C", "d"], [b"E", b"f\xe9"], {"name": ":path", "value": "/"}]) == [
        ("A", "b"),
        ("C", "d"),
        ("E", "fé"),
    ]
    assert headers_of([{"name": "A", "value": "b\r\nEvil: 1"}, {"name": "X\n", "value": 5}]) == [
        ("A", "b Evil: 1"),
        ("X ", ""),
    ]
    assert headers_of([5, None, [], ["a"], {}, {"name": 5}]) == []
    assert headers_of("nothing") == []


def test_a_head_is_written_and_taken_apart() -> None:
    start, request = split_head(REQUEST.decode())
    _, response = split_head(RESPONSE.decode())
    made = handshake_of("wss://me:pw@feed.example/feed?symbol=BTC&token=s3cr3t-s3cr3t#x", request, response, 101)
    assert start.startswith("GET /feed")
    assert (made.request, made.response) == (REQUEST, RESPONSE)
    assert (made.url, made.reason, made.subprotocol) == (
        "wss://feed.example/feed?symbol=BTC&token=s3cr3t-s3cr3t#x",
        "Switching Protocols",
        "chat",
    )
    nothing = handshake_of("no URL", [], [("Sec-WebSocket-Extensions", "a"), ("sec-websocket-extensions", "b")], 0)
    assert (nothing.request, nothing.response, nothing.extensions) == (b"GET /no URL HTTP/1.1\r\n\r\n", b"", "a, b")
    assert handshake_of("ws://a/", [], [], 799).reason == ""


def test_heads_are_written_with_or_without_secrets() -> None:
    assert heads_of(handshake(), secrets=True) == (REQUEST.decode(), RESPONSE.decode())
    shown = "".join(heads_of(handshake(), secrets=False))
    assert [secret for secret in SECRETS if secret in shown] == []
    assert heads_of(handshake_of("ws://a/", [], [], 0), secrets=False)[1] == ""


def test_urls() -> None:
    assert [websocket_url(url) for url in ("HTTPS://a/", "http://a/", "wss://a/", "x")] == [
        "wss://a/",
        "ws://a/",
        "wss://a/",
        "x",
    ]
    assert shown_url("wss://a/?token=abcdefgh") == "wss://a/?token=***"


def test_certificates() -> None:
    leaf = certificate_of([None, b"leaf", b""], "a.example")
    assert leaf is not None
    assert (leaf.der, certificate_of([])) == (b"leaf", None)


def test_what_a_handshake_says_is_secret_is_masked_from_then_on() -> None:
    know_secrets("wss://a/?token=qwe123rty456uio&plain=token&token=production", [("X-Auth", "asd789fgh012jkl")])
    assert mask("qwe123rty456uio asd789fgh012jkl production") == "*** *** production"
