"""The wire's small values: deadlines, targets, what we compose, heads."""

from __future__ import annotations

import array

import pytest

from kontena_ws_nb.errors import ProtocolError
from kontena_ws_nb.protocol.batch import Batch
from kontena_ws_nb.protocol.encode import build_frame, encode
from kontena_ws_nb.protocol.handshake import Handshake, parse_head
from kontena_ws_nb.transport.deadline import Deadline
from kontena_ws_nb.transport.url import Target

# --- deadlines


def test_deadline() -> None:
    never, past, later = Deadline(None), Deadline(-1), Deadline(100)
    assert (never.left(), never.passed, past.passed, later.passed) == (None, False, True, False)
    left = later.left()
    assert left is not None
    assert 99 < left <= 100
    assert never.sooner(past) is past
    assert past.sooner(never) is past
    assert past.sooner(later) is past
    assert later.sooner(past) is past
    assert Deadline.until(past.at).at == past.at
    assert not Deadline.until(None).passed


def test_batch() -> None:
    batch = Batch(b"onetwo", [0, 3, 6], b"\x01\x01")
    assert (len(batch), batch.payload(0), batch.payload(1)) == (2, b"one", b"two")


# --- targets


@pytest.mark.parametrize(
    ("url", "secure", "host", "port", "resource", "authority"),
    [
        ("ws://example.com", False, "example.com", 80, "/", "example.com"),
        ("WSS://Example.COM/a/b;c?d=e f".replace(" ", "%20"), True, "example.com", 443, "/a/b;c?d=e%20f", "example.com"),
        ("ws://h:8080?x=1", False, "h", 8080, "/?x=1", "h:8080"),
        ("wss://h:443/", True, "h", 443, "/", "h"),
        ("ws://[::1]:9/", False, "::1", 9, "/", "[::1]:9"),
        ("wss://[2001:db8::1]/", True, "2001:db8::1", 443, "/", "[2001:db8::1]"),
        ("ws://bücher.example/ü?q=ü#frag", False, "xn--bcher-kva.example", 80, "/%C3%BC?q=%C3%BC", "xn--bcher-kva.example"),
    ],
)
def test_target(url: str, secure: bool, host: str, port: int, resource: str, authority: str) -> None:
    target = Target.parse(url)
    assert (target.secure, target.host, target.port, target.resource, target.authority) == (secure, host, port, resource, authority)
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
        ("ws://a b/", "the address is not a URL: it holds a space or control character; percent-encode it (character 7)"),
        ("ws://a\r\nX: y/", "is not a URL: it holds a space or control character; percent-encode it"),
        ("ws://a:99999/", "is not a URL: its port is no number from 1 to 65535"),
        ("ws://a:0/", "is not a URL: its port is no number from 1 to 65535"),
        ("ws://[::1", "the address is not a URL: its host and port cannot be read; write ws://host:port/path, an IPv6 address in brackets"),
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


# --- what we compose


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("grüße", (1, "grüße".encode())),
        (b"b", (2, b"b")),
        (bytearray(b"b"), (2, b"b")),
        (memoryview(b"abcd")[::2], (2, b"ac")),
        (array.array("B", [1, 2]), (2, b"\1\2")),
    ],
)
def test_encode(data: object, expected: tuple[int, bytes]) -> None:
    assert encode(data) == expected


@pytest.mark.parametrize("data", [None, 1, {"a": 1}, ["x"]])
def test_encode_nothing_else(data: object) -> None:
    with pytest.raises(TypeError, match=f"got {type(data).__name__}; for JSON use send_json"):
        encode(data)


def test_encode_a_lone_surrogate() -> None:
    with pytest.raises(ValueError, match=r"'\\ud800' at 2 is a lone surrogate"):
        encode("ab\ud800")


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_build_frame(size: int) -> None:
    payload = bytes(range(256)) * (size // 256 + 1)
    payload = payload[:size]
    frame = build_frame(2, payload, rsv1=1)
    header = 2 if size < 126 else 4 if size < 65536 else 10
    assert frame[0] == 0xC2
    assert frame[1] & 0x80
    mask = frame[header : header + 4]
    body = frame[header + 4 :]
    assert bytes(byte ^ mask[place % 4] for place, byte in enumerate(body)) == payload


# --- heads


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
    assert handshake.redacted_request() == "GET /x?token=*** HTTP/1.1\r\nAuthorization: Bearer ***\r\nX: ***\r\nodd line"
    assert handshake.redacted_response() == "HTTP/1.1 101 Switching Protocols\r\nSet-Cookie: a=***; Path=/"
    assert head(b"odd").redacted_request() == "odd"


def test_parse_head() -> None:
    assert parse_head(b"HTTP/1.0 404 Not Found\r\nA:  b \r\nC:\r\n\r\n", "u") == (404, "Not Found", (("A", "b"), ("C", "")))
    assert parse_head(b"HTTP/1.1 200\r\n\r\n", "u") == (200, "", ())


@pytest.mark.parametrize("line", [b"HTTP/1.1", b"HTTP/2 200 ok", b"HTTP/1.1 20 ok", b"HTTP/1.1 abc ok", "HTTP/1.1 ²00 ok".encode("latin-1"), b"ICY 200 OK"])
def test_no_status_line(line: bytes) -> None:
    with pytest.raises(ProtocolError, match=r"does not begin with an HTTP/1\.1 status line"):
        parse_head(line + b"\r\n\r\n", "ws://a/")


@pytest.mark.parametrize("line", [b"no colon", b": no name", b" folded: x", b"space : x"])
def test_malformed_header(line: bytes) -> None:
    with pytest.raises(ProtocolError, match="malformed header line"):
        parse_head(b"HTTP/1.1 101 x\r\n" + line + b"\r\n\r\n", "ws://a/")
