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
        ("ws://h:/x?who=a@b", False, "h", 80, "/x?who=a@b", "h"),
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
        ("ws://faß.test", False, "xn--fa-hia.test", 80, "/", "xn--fa-hia.test"),
        ("ws://fa%C3%9F.test:81/", False, "xn--fa-hia.test", 81, "/", "xn--fa-hia.test:81"),
        ("wss://SRV.test./x", True, "srv.test.", 443, "/x", "srv.test."),
        ("ws://0x7f.1:9/", False, "127.0.0.1", 9, "/", "127.0.0.1:9"),
        ("ws://[FE80:0::1%25lo]:9/", False, "fe80::1%lo", 9, "/", "[fe80::1]:9"),
        ("ws://[fe80::1%lo]/", False, "fe80::1%lo", 80, "/", "[fe80::1]"),
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
            "ws://me:/x@host/",
            "is not a URL: its port is no number from 1 to 65535; the password holds a '#', '/' or '?'",
        ),
        (
            "ws://[::1",
            "the address is not a URL: its host and port cannot be read; write ws://host:port/path, an IPv6 address in brackets",
        ),
        ("ws://\N{SNOWMAN}\u3002\u3002x/", "the host name cannot be encoded"),
        ("ws://xn--a.test/", "the host name cannot be encoded"),
        ("ws://a..b/", "the host name cannot be encoded"),
        ("ws://a%2Fb/", "is not a URL: its host holds characters that no host name has"),
        ("ws://10.0.0.256/", "is not a URL: its host ends in a number, but is no IPv4 address"),
        ("ws://[fe80::1%25]/", "is not a URL: its host is in brackets, but no IPv6 address"),
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


@pytest.mark.parametrize(
    ("base", "location", "host", "resource"),
    [
        ("ws://[fe80::1%25lo]:9/dir/page", "sub", "fe80::1%lo", "/dir/sub"),
        ("ws://faß.test/", "/x", "xn--fa-hia.test", "/x"),
        # RFC 9110 section 10.2.2 and RFC 3986 section 5.2; a fragment is the browser's (RFC 6455 section 3: none here).
        ("ws://h/a/b?q", "?r", "h", "/a/b?r"),
        ("ws://h/a/b?q", "../c", "h", "/c"),
        ("ws://h/a/b?q", "./", "h", "/a/"),
        ("ws://h/a/b?q", "#frag", "h", "/a/b?q"),
        ("ws://h/a", "/b?c#frag", "h", "/b?c"),
        ("ws://h/a", "http://other.test/b#frag", "other.test", "/b"),
        # Bytes of UTF-8, as Latin-1 carries them.
        ("ws://h/a", "/ä/ß?ü".encode().decode("latin-1"), "h", "/%C3%A4/%C3%9F?%C3%BC"),
        ("ws://h/a", "http://faß.test/ä".encode().decode("latin-1"), "xn--fa-hia.test", "/%C3%A4"),
    ],
)
def test_join_keeps_and_reads_names(base: str, location: str, host: str, resource: str) -> None:
    followed = Target.parse(base).join(location)
    assert (followed.host, followed.resource) == (host, resource)


def test_names_without_what_only_this_machine_knows() -> None:
    assert [Target.parse(url).name for url in ("wss://srv.test./", "ws://[fe80::1%25lo]/", "ws://h/")] == [
        "srv.test",
        "fe80::1",
        "h",
    ]


def test_join_nowhere() -> None:
    with pytest.raises(ValueError, match="'ftp'"):
        Target.parse("ws://a/").join("ftp://b/")
