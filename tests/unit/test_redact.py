"""What counts as a secret, and that nothing else is hidden."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.redact import MASK, is_secret_key, redact_header, redact_url

SECRET = [
    "token", "access_token", "accessToken", "ACCESS_TOKEN", "authtoken", "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "sig",
    "apiKey", "api_key", "api-key", "APIKEY", "apikey", "x-api-key", "password", "passwd", "pwd", "client_secret", "secretKey", "auth", "jwt",
    "key", "sign", "hmac", "otp", "code", "listenKey", "listenkey", "app_key", "appkey", "subscription-key", "X-Functions-Key", "CB-ACCESS-SIGN", "x-otp",
    "%74oken", "t%6Fken", "%2574oken", "Ocp-Apim-Subscription-Key", "jsessionid", "client_secret", "passcode",
    "session", "sessionid", "session_id", "sid", "ticket", "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Auth-Token", "tokens",
]  # fmt: skip
PLAIN = ["symbol", "design", "author", "assignee", "signal", "Sec-WebSocket-Key", "monkey", "compass", "", "page", "X-Amz-Date", "side", "é"]


@pytest.mark.parametrize("name", SECRET)
def test_secret_names(name):
    assert is_secret_key(name)


@pytest.mark.parametrize("name", PLAIN)
def test_other_names(name):
    assert not is_secret_key(name)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("wss://host/feed", "wss://host/feed"),
        ("wss://me:pw@host:8443/feed?token=abc&symbol=BTC#x", "wss://***@host:8443/feed?token=***&symbol=BTC#x"),
        ("wss://me@host/", "wss://***@host/"),
        ("wss://a@b@host/", "wss://***@host/"),
        ("wss://host/?apiKey=abc=&b=%20+c&apiKey", "wss://host/?apiKey=***&b=%20+c&apiKey"),
        ("wss://host/#access_token=abc&state=1", "wss://host/#access_token=***&state=1"),
        ("wss://[::1/?token=x", "wss://[::1/?token=***"),
        ("wss://me:pw@[::1/", "wss://***@[::1/"),
        ("not a url", "not a url"),
        ("", ""),
    ],
)
def test_urls(url, shown):
    assert redact_url(url) == shown


@given(st.text(max_size=60))
def test_any_text_is_taken(text):
    redact_url(text)
    redact_header(text, text)


@given(st.from_regex(r"\A[A-Za-z0-9]{8,20}\Z"))
def test_a_secret_never_shows(secret):
    for url in (f"wss://me:{secret}@host.example/", f"wss://host.example/?token={secret}", f"wss://host.example/?a=1&X-Amz-Signature={secret}"):
        assert secret not in redact_url(url).replace("host.example", "")


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Bearer abc", "Bearer ***"),
        ("authorization", "abc", "***"),
        ("Proxy-Authorization", "Basic YTpi", "Basic ***"),
        ("Cookie", "sid=1; theme=dark", "sid=***; theme=***"),
        ("Set-Cookie", "sid=abc; Path=/; Secure", "sid=***; Path=/; Secure"),
        ("X-Api-Key", "abc", "***"),
        ("X-Session-Token", "abc", "***"),
        ("Sec-WebSocket-Protocol", "v4.channel.k8s.io, base64url.bearer.authorization.k8s.io.ABCdef", "v4.channel.k8s.io, base64url.bearer.authorization.k8s.io.***"),
        ("Sec-WebSocket-Protocol", "graphql-ws", "graphql-ws"),
        ("Origin", "https://a.example", "https://a.example"),
    ],
)
def test_headers(name, value, shown):
    assert redact_header(name, value) == shown
    assert MASK == "***"
