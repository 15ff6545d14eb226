"""Which parts of headers and URLs are masked, and which are not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.redaction.headers import MASK, is_secret_key, redact_header, redact_url

SECRET = [
    "token", "access_token", "accessToken", "ACCESS_TOKEN", "authtoken", "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "sig",
    "apiKey", "api_key", "api-key", "APIKEY", "apikey", "x-api-key", "password", "passwd", "pwd", "client_secret", "secretKey", "auth", "jwt",
    "key", "sign", "hmac", "otp", "code", "listenKey", "listenkey", "app_key", "appkey", "subscription-key", "X-Functions-Key", "CB-ACCESS-SIGN", "x-otp",
    "pw", "tok", "cvv", "token[]", "%74oken", "%25252574oken", "t%6Fken", "%2574oken", "Ocp-Apim-Subscription-Key", "jsessionid", "client_secret", "passcode",
    "session", "sessionid", "session_id", "sid", "ticket", "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Auth-Token", "tokens",
    "authcode", "auth_code", "otpCode", "code_verifier", "csrf", "X-XSRF", "creds",
]  # fmt: skip
PLAIN = [
    "symbol",
    "country_code",
    "error.code",
    "author.code",
    "design",
    "author",
    "assignee",
    "signal",
    "Sec-WebSocket-Key",
    "monkey",
    "compass",
    "",
    "page",
    "X-Amz-Date",
    "side",
    "é",
]


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
        # names as they are encoded, and the other separator
        ("wss://host/feed?%74oken=abc&symbol=BTC", "wss://host/feed?%74oken=***&symbol=BTC"),
        ("wss://host/feed?t%256Fken=abc;listenKey=b;n=1", "wss://host/feed?t%256Fken=***;listenKey=***;n=1"),
        (
            "wss://host/feed?key=a&sign=b&hmac=c&code=d&otp=1&app_key=e&subscription-key=f&symbol=g",
            "wss://host/feed?key=***&sign=***&hmac=***&code=***&otp=***&app_key=***&subscription-key=***&symbol=g",
        ),
        # values that look random, whatever they are called; and that hold a secret themselves
        (
            "wss://host/?x=pqia91ma19a5s61cv6a81va65sdf&since=2024-01-01T00:00:00Z",
            "wss://host/?x=***&since=2024-01-01T00:00:00Z",
        ),
        ("wss://host/?pqia91ma19a5s61cv6a81va65sdf", "wss://host/?***"),
        ("wss://host/?pqia91ma19a5s61cv6a81va65sdf=pqia91ma19a5s61cv6a81va65sdf", "wss://host/?***=***"),
        ("wss://host/?room=550e8400-e29b-41d4-a716-446655440000", "wss://host/?room=***"),
        ("wss://host/?next=https%3A%2F%2Fme%3Apw%40host%2F", "wss://host/?next=***"),
        (
            "wss://host/?q=%7B%22token%22%3A%22abc%22%7D&p=%7B%22symbol%22%3A%22abc%22%7D",
            "wss://host/?q=***&p=%7B%22symbol%22%3A%22abc%22%7D",
        ),
        ("wss://host/?token=&x=", "wss://host/?token=&x="),
        ("wss://host/#pqia91ma19a5s61cv6a81va65sdf", "wss://host/#***"),
        # paths
        ("wss://host/ws/pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1", "wss://host/ws/***"),
        ("wss://host/hooks/T00/B00/XXXXXXXX?x=1", "wss://host/hooks/***/***/***?x=1"),
        ("wss://host/token/hunter2/feed", "wss://host/token/***/feed"),
        ("wss://host/token/refresh", "wss://host/token/refresh"),
        ("wss://host/a/eyJhbGciOiJub25lIn0.e30.x/b", "wss://host/a/***/b"),
        ("wss://host/a;jsessionid=9FD8A7;v=1/b", "wss://host/a;jsessionid=***;v=1/b"),
        (
            "wss://host/rooms/550e8400-e29b-41d4-a716-446655440000/ws",
            "wss://host/rooms/550e8400-e29b-41d4-a716-446655440000/ws",
        ),
        (
            "wss://host/stream?streams=btcusdt@trade/ethusdt@depth20@100ms",
            "wss://host/stream?streams=btcusdt@trade/ethusdt@depth20@100ms",
        ),
        ("ws+unix:///tmp/x.sock:/feed?token=x", "ws+unix:///tmp/x.sock:/feed?token=***"),
        ("/feed?token=x&y=1", "/feed?token=***&y=1"),
        # user info that is no user info to a parser
        ("wss://me:PASS#1@host/", "wss://***@host/"),
        ("wss://me:PA/SS@host/x?token=y", "wss://***@host/x?token=***"),
        ("wss://me:PA?SS@host/", "wss://***@host/"),
        ("wss://me:/PASS@host/x?y=1", "wss://***@host/x?y=1"),
        ("wss://me:/PA/SS@host:81/", "wss://***@host:81/"),
        ("wss://host:/feed?who=a@b", "wss://host:/feed?who=a@b"),
        ("wss://me:12#34@host/", "wss://***@host/"),
        ("wss://me:12?34@host/", "wss://***@host/"),
        ("wss://host:PASS/x", "wss://host:***/x"),
        ("wss://host/x#me:pw@y", "wss://host/x#***"),
        ("me:PASS@host", "***@host"),
        ("me:PASS@proxy:3128", "***@proxy:3128"),
        ("//me:PASS@host/x", "//***@host/x"),
        ("wss://host:8443?streams=a@b", "wss://host:8443?streams=a@b"),
        ("wss://[::1]:8443/x", "wss://[::1]:8443/x"),
        ("proxy:3128", "proxy:3128"),
        ("", ""),
    ],
)
def test_urls(url, shown):
    assert redact_url(url) == shown


@given(st.text(max_size=60))
def test_any_text_is_taken(text):
    redact_url(text)
    redact_header(text, text)


HOSTILE = [
    "a",
    "a1",
    " ",
    "//",
    "a=",
    'a="',
    "%25",
    "@",
    ":",
    ".",
    "-_",
    "A",
    "a\\",
    '\\"',
    ";",
    "&a",
    "/a",
    "=",
    "eyJ",
    "sk-",
    "é",
    "token",
    "[",
    "2024-01-01T",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_long_values_take_no_square_of_their_length(piece):
    """A server's head may be 64 KiB."""
    long = piece * (60_000 // len(piece))
    started = time.process_time()
    for name in (
        "Location",
        "Set-Cookie",
        "Sec-WebSocket-Protocol",
        "WWW-Authenticate",
        "Authorization",
        "Origin",
        "X-Unknown",
    ):
        for value in (long, f"a{long}b", f"wss://host/?x={long}", f"Bearer {long}"):
            redact_header(name, value)
    assert time.process_time() - started < 15


@given(st.from_regex(r"\A[A-Za-z0-9]{8,20}\Z"))
def test_a_secret_never_shows(secret):
    for url in (
        f"wss://me:{secret}@host.example/",
        f"wss://host.example/?token={secret}",
        f"wss://host.example/?a=1&X-Amz-Signature={secret}",
    ):
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
        ("Authorization", "s3cr3t with-a-space", "***"),
        ("Authorization", "", ""),
        (
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/x/aws4_request, SignedHeaders=host, Signature=5d672d79",
            "AWS4-HMAC-SHA256 ***",
        ),
        ("Authorization", 'Digest username="me", nonce="dcd98b71", response="6629fae4"', "Digest ***"),
        (
            "WWW-Authenticate",
            'Digest realm="a, b", nonce="dcd98b71", qop="auth", opaque=5ccc',
            'Digest realm="a, b", nonce=***, qop="auth", opaque=***',
        ),
        ("WWW-Authenticate", "Negotiate YIIabc==, Basic realm=x", "Negotiate ***, Basic realm=x"),
        ("Cookie", "s3cr3t", "***"),
        ("Cookie", "a=; b=1=2", "a=; b=***"),
        ("Set-Cookie", "sid=abc; Max-Age=5; HttpOnly; Note=x", "sid=***; Max-Age=5; HttpOnly; ***"),
        ("Set-Cookie", "abc", "***"),
        ("X-Functions-Key", "abc", "***"),
        ("CB-ACCESS-SIGN", "abc", "***"),
        ("Ocp-Apim-Subscription-Key", "abc", "***"),
        ("X-Otp", "123456", "***"),
        ("X-Hmac", "abc", "***"),
        ("X-Env", "production", "***"),
        ("X-Env", "", ""),
        ("Referer", "https://me:pw@a.example/?token=x", "https://***@a.example/?token=***"),
        ("Origin", "https://me:pw@a.example", "https://***@a.example"),
        ("Location", "wss://a.example/?%74oken=x", "wss://a.example/?%74oken=***"),
        ("User-Agent", "curl/8", "curl/8"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("X-Session-Token", "abc", "***"),
        (
            "Sec-WebSocket-Protocol",
            "v4.channel.k8s.io, base64url.bearer.authorization.k8s.io.ABCdef",
            "v4.channel.k8s.io, base64url.bearer.authorization.k8s.io.***",
        ),
        ("Sec-WebSocket-Protocol", "graphql-ws", "graphql-ws"),
        ("Origin", "https://a.example", "https://a.example"),
    ],
)
def test_headers(name, value, shown):
    assert redact_header(name, value) == shown
    assert MASK == "***"
