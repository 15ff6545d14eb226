"""Credentials of a connection's settings are masked in payloads too, when they are no everyday words."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from typing import Any

import pytest

from kontena_ws_nb.credentials import know_credentials, know_proxy
from kontena_ws_nb.masking import count, mask
from kontena_ws_nb.options import Options


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
            {"subprotocols": ["v1", "base64url.bearer.authorization.k8s.io." + urlsafe_b64encode(b"k8s-t0k3n>?").decode().rstrip("=")]},
            ["k8s-t0k3n>?", urlsafe_b64encode(b"k8s-t0k3n>?").decode().rstrip("=")],
        ),
        ("/feed?symbol=BTC-USDT&access_token=a%2Fb%20cdefgh&sid=short", {}, ["a/b cdefgh", "a%2Fb%20cdefgh"]),
    ],
)
def test_what_is_masked(resource: str, options: dict[str, Any], masked: list[str]) -> None:
    know_credentials(resource, Options.of(**options))
    for value in masked:
        assert mask(f"<{value}>") == "<***>"
    for word in ("dark", "short", "trace-4567", "BTC-USDT", "v1", "me", "Bearer", "Basic"):
        assert mask(f"<{word}>") == f"<{word}>"


def test_a_proxys_credentials() -> None:
    know_proxy("me", None)
    know_proxy(None, "")
    assert not count()
    know_proxy("me", "pr0xy")
    assert mask(f"pr0xy {b64encode(b'me:pr0xy').decode()}") == "*** ***="


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("abc", ValueError, "redact: a secret of fewer than 4 characters cannot be masked: it would hide parts of every payload"),
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
