"""WebSocket URLs: what they name, and what is none."""

from __future__ import annotations

import pytest

from kontena_ws_nb.transport.url import Target


@pytest.mark.parametrize(
    ("url", "secure", "host", "port", "resource", "authority"),
    [
        ("ws://example.com", False, "example.com", 80, "/", "example.com"),
        (
            "WSS://Example.COM/a/b;c?d=e f".replace(" ", "%20"),
            True,
            "example.com",
            443,
            "/a/b;c?d=e%20f",
            "example.com",
        ),
        ("ws://h:8080?x=1", False, "h", 8080, "/?x=1", "h:8080"),
        ("wss://h:443/", True, "h", 443, "/", "h"),
        ("ws://[::1]:9/", False, "::1", 9, "/", "[::1]:9"),
        ("wss://[2001:db8::1]/", True, "2001:db8::1", 443, "/", "[2001:db8::1]"),
        (
            "ws://bücher.example/ü?q=ü#frag",
            False,
            "xn--bcher-kva.example",
            80,
            "/%C3%BC?q=%C3%BC",
            "xn--bcher-kva.example",
        ),
    ],
)
def test_target(url: str, secure: bool, host: str, port: int, resource: str, authority: str) -> None:
    target = Target.parse(url)
    assert (target.secure, target.host, target.port, target.resource, target.authority) == (
        secure,
        host,
        port,
        resource,
        authority,
    )
    assert target.origin == (secure, host, port)


def test_target_with_user_info() -> None:
    target = Target.parse("ws://me:p%40ss@h/x")
    assert (target.user, target.url) == ("me:p%40ss", "ws://h/x")


@pytest.mark.parametrize(
    ("url", "path", "resource", "secure"),
    [
        ("ws+unix:///run/a.sock", "/run/a.sock", "/", False),
        ("ws+unix:///run/a.sock:/chat?x=1", "/run/a.sock", "/chat?x=1", False),
        ("wss+unix:///run/a.sock:/chat", "/run/a.sock", "/chat", True),
    ],
)
def test_unix_target(url: str, path: str, resource: str, secure: bool) -> None:
    target = Target.parse(url)
    assert (target.path, target.resource, target.secure, target.authority) == (path, resource, secure, "localhost")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://a/b", "'http://a/b' is an HTTP address; a WebSocket's begins with ws://"),
        ("https://a/b", "'https://a/b' is an HTTP address; a WebSocket's begins with wss://"),
        ("localhost/x", "'localhost/x' has no scheme; write ws:// or wss:// in front of it"),
        ("ftp://a", "'ftp://a': the scheme 'ftp' is not supported; use ws://, wss:// or ws+unix://"),
        ("ws:///x", "'ws:///x' names no host; write ws://host/path"),
        ("ws+unix://", "names no socket file; write ws+unix:///path/to/socket:/resource"),
        (
            "ws://a b/",
            "the address is not a URL: it holds a space or control character; percent-encode it (character 7)",
        ),
        ("ws://a\r\nX: y/", "is not a URL: it holds a space or control character; percent-encode it"),
        ("ws://a:99999/", "is not a URL: its port is no number from 1 to 65535"),
        ("ws://a:0/", "is not a URL: its port is no number from 1 to 65535"),
        (
            "ws://[::1",
            "the address is not a URL: its host and port cannot be read; write ws://host:port/path, an IPv6 address in brackets",
        ),
        ("ws://\N{SNOWMAN}\u3002\u3002x/", "the host name cannot be encoded"),
    ],
)
def test_no_target(url: str, told: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is checked
        Target.parse(url)
    assert told in str(caught.value)


def test_a_target_is_text() -> None:
    with pytest.raises(TypeError, match="a WebSocket URL is text, got bytes"):
        Target.parse(b"ws://a")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/other?x", "ws://a:81/other?x"),
        ("sub", "ws://a:81/dir/sub"),
        ("//b/c", "ws://b/c"),
        ("http://b/c", "ws://b/c"),
        ("HTTPS://b/c", "wss://b/c"),
        ("wss://b/c", "wss://b/c"),
    ],
)
def test_join(location: str, url: str) -> None:
    assert Target.parse("ws://a:81/dir/page?q").join(location).url.lower() == url


def test_join_nowhere() -> None:
    with pytest.raises(ValueError, match="'ftp'"):
        Target.parse("ws://a/").join("ftp://b/")
