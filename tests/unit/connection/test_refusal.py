"""Errors for responses other than 101: the hints, which depend on the options that were passed."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from kontena_ws_nb.connection.refusal import rejected
from kontena_ws_nb.errors import ProtocolError
from kontena_ws_nb.options import Options
from kontena_ws_nb.protocol.handshake import Handshake


def refusal(
    status: int, *headers: str, body: bytes = b"", url: str = "ws://h/", reason: str = "No", **given: Any
) -> ProtocolError:
    lines = tuple((name, value) for name, _, value in (line.partition(": ") for line in headers))
    return rejected(Handshake(url, b"", b"", status, reason, lines), body, url, Options.of(**given))


def test_a_coded_body_is_read() -> None:
    error = refusal(401, "Content-Encoding: gzip", body=gzip.compress(b"token expired"), reason="f\xc3\xbcr")
    assert error.message == "the server answered 401 für instead of 101 Switching Protocols: token expired"
    assert error.body == b"token expired"
    assert refusal(401, "Content-Encoding: br", body=b"\x01").body == b"\x01"


@pytest.mark.parametrize(
    ("status", "headers", "given", "told"),
    [
        (400, [], {}, "a reverse proxy may have removed the headers Upgrade and Connection"),
        (401, [], {}, "it wants credentials: pass token=, user= or headers="),
        (
            401,
            ['WWW-Authenticate: Basic realm="x"'],
            {},
            'it wants credentials (Basic realm="x"): pass user= or headers=',
        ),
        (
            401,
            ["WWW-Authenticate: Bearer, Basic"],
            {},
            "it wants credentials (Bearer, Basic): pass token= or user= or headers=",
        ),
        (
            401,
            ["WWW-Authenticate: NTLM"],
            {},
            "of a scheme without an option (NTLM): pass headers={'Authorization': …}",
        ),
        (
            401,
            ['WWW-Authenticate: Bearer error="invalid_token", error_description="it expired"'],
            {"token": "t"},
            'it did not accept the credentials that were sent (Bearer error="invalid_token", error_description="it expired")',
        ),
        (401, [], {"headers": {"authorization": "Digest x"}}, "it did not accept the credentials that were sent"),
        (403, [], {}, "it may want credentials (token=, user=, cookies=); it may require an Origin: pass origin="),
        (
            403,
            [],
            {"origin": "https://o", "cookies": "a=1"},
            "were sent may not be enough; it may not allow the Origin",
        ),
        (403, ["cf-mitigated: challenge"], {}, "Cloudflare takes this client for a bot"),
        (404, [], {}, "check the path; a reverse proxy may have removed the headers Upgrade"),
        (407, [], {}, "the proxy wants credentials"),
        (426, [], {}, "it received no Upgrade to WebSocket, or wants another version; a reverse proxy"),
        (
            426,
            ["Sec-WebSocket-Version: 8, 7"],
            {},
            "it speaks version 8, 7 of the protocol, and this client 13 (RFC 6455)",
        ),
        (426, ["Sec-WebSocket-Version: 13, 8"], {}, "it received no Upgrade"),
        (429, ["Retry-After: 120"], {}, "too many requests: try again later (in 120 s)"),
        (503, ["Retry-After: Fri, 31 Dec 1999 23:59:59 GMT"], {}, "try again later (Fri, 31 Dec 1999 23:59:59 GMT)"),
        (502, [], {}, "this is a gateway, and the server behind it does not answer"),
        (511, [], {}, "a captive portal"),
        # RFC 9110 section 15: an unknown status is what x00 of its class is, an invalid one what 5xx is.
        (299, [], {}, "this is an HTTP server, or not its WebSocket path"),
        (
            305,
            ["Location: http://o/?token=x"],
            {},
            "it points elsewhere, to http://o/?token=***: connect to that URL",
        ),
        (499, [], {}, "the server did not accept the upgrade request"),
        (599, [], {}, "the server itself failed: its own log says why"),
        (999, [], {}, "the server itself failed: its own log says why"),
    ],
)
def test_hints(status: int, headers: list[str], given: dict[str, Any], told: str) -> None:
    assert told in str(refusal(status, *headers, **given).hint)


@pytest.mark.parametrize(
    ("status", "body", "url", "told"),
    [
        (400, b"No required SSL certificate was sent", "wss://h/", "the server wants a client certificate"),
        (400, b"The plain HTTP request was sent to HTTPS port", "ws://h/x", "this port speaks TLS: write wss://h/x"),
        (400, b"Client sent an HTTP request to an HTTPS server.", "ws://h/x", "this port speaks TLS: write wss://h/x"),
        (400, b"You're speaking plain HTTP to an SSL-enabled server port.", "ws://h/", "this port speaks TLS"),
        (400, b'{"code":5,"message":"Unsupported protocol version"}', "ws://h/", "this is Engine.IO (Socket.IO)"),
    ],
)
def test_hints_of_bodies(status: int, body: bytes, url: str, told: str) -> None:
    assert told in str(refusal(status, body=body, url=url).hint)
    assert told in str(refusal(status, "Content-Encoding: gzip", body=gzip.compress(body), url=url).hint)
