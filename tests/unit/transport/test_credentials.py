"""Credentials of a connection's settings are masked in payloads too, when they are no everyday words."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from typing import Any

import pytest

from kontena_ws_nb.options import Options
from kontena_ws_nb.redaction.payloads import count, mask
from kontena_ws_nb.transport import credentials
from kontena_ws_nb.transport.credentials import know_credentials, know_proxy, know_response


@pytest.mark.parametrize(
    ("resource", "options", "masked"),
    [
        ("/", {"token": "t0k3"}, ["t0k3"]),
        ("/", {"user": "me:pä55"}, ["pä55", b64encode("me:pä55".encode()).decode().rstrip("=")]),
        ("/", {"client_key_password": "pa55"}, ["pa55"]),
        ("/", {"redact": ["one1", b"two2"]}, ["one1", "two2"]),
        ("/", {"redact": "whole"}, ["whole"]),
        ("/", {"cookies": "sid=12345678; theme=dark"}, ["12345678"]),
        ("/", {"headers": {"X-Api-Key": "key-4567", "X-Trace": "trace-4567", "Api-Key": "short"}}, ["key-4567"]),
        ("/", {"headers": {"Authorization": "Bearer b3ar3r-4567=="}}, ["b3ar3r-4567"]),
        ("/", {"headers": {"Authorization": "n0-scheme-here"}}, ["n0-scheme-here"]),
        (
            "/",
            {"headers": {"Authorization": "Basic " + b64encode(b"me:password9").decode()}},
            ["password9", b64encode(b"me:password9").decode()],
        ),
        ("/", {"headers": {"Authorization": "Basic n0tb4se64!"}}, ["n0tb4se64!"]),
        ("/", {"headers": {"Cookie": "sid=abcdefgh; theme=dark"}}, ["abcdefgh"]),
        (
            "/",
            {
                "subprotocols": [
                    "v1",
                    "base64url.bearer.authorization.k8s.io." + urlsafe_b64encode(b"k8s-t0k3n>?").decode().rstrip("="),
                ]
            },
            ["k8s-t0k3n>?", urlsafe_b64encode(b"k8s-t0k3n>?").decode().rstrip("=")],
        ),
        ("/feed?symbol=BTC-USDT&access_token=a%2Fb%20cdefgh&sid=short", {}, ["a/b cdefgh", "a%2Fb%20cdefgh"]),
        (
            "/feed?%74oken=abcdefgh;listenKey=a1b2c3d4&key=production&x=pqia91ma19a5s61cv6a81va65sdf",
            {},
            ["abcdefgh", "a1b2c3d4", "pqia91ma19a5s61cv6a81va65sdf"],
        ),
        ("/ws/pqia91ma19a5s61cv6a81va65sdf/token/a1b2c3d4", {}, ["pqia91ma19a5s61cv6a81va65sdf", "a1b2c3d4"]),
        (
            "/",
            {
                "headers": {
                    "X-Signature-Of-Mine": "abcdefgh",
                    "CB-ACCESS-SIGN": "a1b2c3d4=",
                    "X-Env": "production",
                    "User-Agent": "z9y8x7w6v5",
                }
            },
            ["abcdefgh", "a1b2c3d4="],
        ),
        ("/", {"headers": {"X-Nobody-Knows": "a1b2c3d4", "X-Number": "1700000000"}}, ["a1b2c3d4"]),
        (
            "/",
            {
                "headers": {
                    "Authorization": "AWS4-HMAC-SHA256 Credential=AKID1/20150830/x, SignedHeaders=host, Signature=5d672d79c15b"
                }
            },
            ["5d672d79c15b", "AKID1/20150830/x"],
        ),
        (
            "/",
            {
                "headers": {
                    "Authorization": 'Digest username="me", nonce="dcd98b7102dd", uri="/dir/index", response="6629fae49393"'
                }
            },
            ["dcd98b7102dd", "6629fae49393"],
        ),
        (
            "/",
            {"headers": {"Authorization": "SharedAccessSignature sr=x&sig=kX9v%2BfTz%3D&se=1"}},
            ["kX9v%2BfTz%3D", "kX9v+fTz="],
        ),
        ("/", {"origin": "https://me:p4ss@host.example"}, ["p4ss"]),
        ("/", {"headers": {"Referer": "https://t0k3@host.example/"}}, ["t0k3"]),
        ("/", {"subprotocols": ["bearer", "swordfish"]}, ["swordfish"]),
        (
            "/",
            {"subprotocols": ["openai-insecure-api-key.sk-1a2b", "openai-organization.org-4fK9s2LmQ0"]},
            ["sk-1a2b", "4fK9s2LmQ0"],
        ),
        ("/", {"headers": {"Sec-WebSocket-Protocol": "jwt, a1b2c3d4"}}, ["a1b2c3d4"]),
    ],
)
def test_what_is_masked(resource: str, options: dict[str, Any], masked: list[str]) -> None:
    know_credentials(resource, Options.of(**options))
    for value in masked:
        assert mask(f"<{value}>") == "<***>"
    for word in (
        "dark",
        "short",
        "trace-4567",
        "BTC-USDT",
        "v1",
        "me",
        "Bearer",
        "Basic",
        "production",
        "z9y8x7w6v5",
        "1700000000",
        "/dir/index",
        "host.example",
    ):
        assert mask(f"<{word}>") == f"<{word}>"


def test_what_a_server_gives_us_to_keep() -> None:
    know_response(
        [
            ("Set-Cookie", "sid=9fd8a7c3; Path=/; HttpOnly"),
            ("set-cookie", "theme=solarized; Path=/"),
            ("WWW-Authenticate", 'Digest realm="somewhere", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'),
            ("X-Session-Token", "a1b2c3d4"),
            ("X-Response-Time", "12.34567890ms"),
            ("Location", "wss://host/?ticket=4fK9s2LmQ0"),
            ("ETag", "W/abc12345"),
        ]
    )
    for value in ("9fd8a7c3", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "a1b2c3d4", "4fK9s2LmQ0"):
        assert mask(f"<{value}>") == "<***>"
    for word in ("solarized", "12.34567890ms", "W/abc12345", "somewhere"):
        assert mask(f"<{word}>") == f"<{word}>"


def test_a_server_cannot_fill_memory_with_cookies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_learned", set())
    for turn in range(40):
        know_response([("Set-Cookie", f"c{number}=v4lue-{turn:03}-{number:03}x") for number in range(50)])
        assert count() == min(32 * (turn + 1), 1000)
    know_response([("Set-Cookie", "c=v4lue-000-000x")])
    assert count() == 1000
    monkeypatch.setattr(credentials, "_learned", set())
    know_response([("Set-Cookie", f"c={'a1b2' * 1025}")])
    assert count() == 1000


def test_a_proxys_credentials() -> None:
    know_proxy("me", None)
    know_proxy(None, "")
    assert not count()
    know_proxy("me", "pr0xy")
    assert mask(f"pr0xy {b64encode(b'me:pr0xy').decode()}") == "*** ***="


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (
            "abc",
            ValueError,
            "redact: a secret of fewer than 4 characters cannot be masked: it would hide parts of every payload",
        ),
        ([1], TypeError, "redact: a secret is str or bytes, got int"),
    ],
)
def test_what_cannot_be_redacted(value: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        Options.of(redact=value)
    assert str(caught.value) == message


def test_options_show_no_value() -> None:
    assert repr(Options.of(redact=["s3cr3t"])) == "Options(redact=***)"
    assert Options.of(redact=None).redact == ()
