"""Proxies: which one, through it, and what goes wrong."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import pytest

from kontena_ws_nb.errors import ConnectError, TimeoutError
from kontena_ws_nb.options import Options
from kontena_ws_nb.transport.deadline import Deadline
from kontena_ws_nb.transport.proxy import proxy_for, proxy_host
from kontena_ws_nb.transport.url import Target
from tests.lab.dialling import QUICK, free_port, reach
from tests.lab.raw_server import DEADLINE, Peer, RawServer

# --- which proxy


@pytest.mark.parametrize(
    ("environ", "url", "expected"),
    [
        ({}, "ws://far.test/", None),
        ({"http_proxy": "http://p:1"}, "ws://far.test/", "http://p:1"),
        ({"http_proxy": "http://p:1"}, "wss://far.test/", None),
        ({"HTTPS_PROXY": "http://p:2"}, "wss://far.test/", "http://p:2"),
        ({"ALL_PROXY": "socks5h://p:3"}, "wss://far.test/", "socks5h://p:3"),
        ({"ALL_PROXY": "p:4"}, "ws://far.test/", "http://p:4"),
        ({"http_proxy": "http://p:1", "no_proxy": "far.test"}, "ws://far.test/", None),
        ({"http_proxy": "http://p:1", "no_proxy": ".test"}, "ws://far.test/", None),
        ({"http_proxy": "http://p:1", "NO_PROXY": "*"}, "ws://far.test/", None),
        ({"http_proxy": "http://p:1", "NO_PROXY": "near.test"}, "ws://far.test/", "http://p:1"),
        ({"http_proxy": "http://p:1"}, "ws://localhost/", None),
        ({"http_proxy": "http://p:1"}, "ws://app.localhost/", None),
        ({"http_proxy": "http://p:1"}, "ws://127.1.2.3/", None),
        ({"http_proxy": "http://p:1"}, "ws://[::1]/", None),
    ],
)
def test_proxy_of_the_environment(
    environ: dict[str, str], url: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    proxy = proxy_for(Target.parse(url), QUICK)
    assert (proxy.geturl() if proxy else None) == expected


@pytest.mark.parametrize(
    ("listed", "url", "excepted"),
    [
        # Networks.
        ("10.0.0.0/8", "ws://10.1.2.3/", True),
        ("10.0.0.7/8", "ws://10.1.2.3/", True),
        ("10.0.0.0/8", "ws://11.1.2.3/", False),
        ("192.168.0.0/255.255.0.0", "ws://192.168.7.1/", True),
        ("fd00::/8", "ws://[fd12::1]/", True),
        ("[fd00::]/8", "ws://[fd12::1]/", True),
        ("fd00::/8", "ws://10.1.2.3/", False),
        ("10.0.0.0/8", "ws://[::ffff:10.1.2.3]/", True),
        ("10.0.0.0/8", "ws://0xa.1/", True),
        ("10.0.0.0/8", "ws://10.evil.test/", False),
        ("10.0.0.0/99, far.test", "ws://far.test/", True),
        # Addresses, ports.
        ("10.1.2.3", "ws://10.1.2.3/", True),
        ("10.1.2.4, 10.1.2.3", "ws://10.1.2.3/", True),
        ("10.1.2.4", "ws://10.1.2.3/", False),
        ("[fd12::1]", "ws://[fd12:0::1]/", True),
        ("fd12::1", "ws://[fd12::1]/", True),
        ("[fd12::1]:81", "ws://[fd12::1]:81/", True),
        ("[fd12::1]:81", "ws://[fd12::1]:82/", False),
        ("far.test:81", "ws://far.test:81/", True),
        ("far.test:81", "ws://far.test/", False),
        # Names: whole labels, any case and script, with and without dots and stars.
        ("corp.test", "ws://a.b.CORP.test/", True),
        ("*.corp.test", "ws://a.corp.test/", True),
        (".corp.test", "ws://corp.test/", True),
        ("orp.test", "ws://corp.test/", False),
        ("corp.test", "ws://corp.test./", True),
        ("Corp.Test.", "ws://corp.test/", True),
        ("faß.test", "ws://fa%C3%9F.test/", True),
        ("xn--fa-hia.test", "ws://faß.test/", True),
        ("fass.test", "ws://faß.test/", False),
        # Separators; what names nothing.
        ("a.test b.test\tfar.test", "ws://far.test/", True),
        (",, ,*", "ws://far.test/", True),
        (" , ", "ws://far.test/", False),
        (".", "ws://far.test/", False),
    ],
)
def test_no_proxy(listed: str, url: str, excepted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://p:1")
    monkeypatch.setenv("NO_PROXY", listed)
    assert (proxy_for(Target.parse(url), QUICK) is None) == excepted


@pytest.mark.parametrize(
    ("url", "direct"),
    [
        ("ws://LOCALHOST./", True),
        ("ws://127.1/", True),
        ("ws://[::ffff:127.0.0.1]/", True),
        ("ws://[fe80::1%25lo]/", True),
        ("ws://169.254.169.254/", True),
        ("ws://127.evil.test/", False),
        ("ws://notlocalhost/", False),
    ],
)
def test_what_is_local_goes_through_no_proxy_of_the_environment(
    url: str, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://p:1")
    assert (proxy_for(Target.parse(url), QUICK) is None) == direct


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://faß.test:1", "xn--fa-hia.test"),
        ("http://[fe80::1%25lo]:1", "fe80::1%lo"),
        ("http://[::1]:1", "::1"),
        ("http://p%2etest", "p.test"),
    ],
)
def test_names_of_proxies(url: str, host: str) -> None:
    proxy = proxy_for(Target.parse("ws://far.test/"), Options(proxy=url))
    assert proxy is not None
    assert proxy_host(proxy) == host


def test_the_option_beats_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://p:1")
    assert proxy_for(Target.parse("ws://far.test/"), Options(proxy="")) is None
    proxy = proxy_for(Target.parse("ws://localhost/"), Options(proxy="socks4://q:2"))
    assert proxy is not None
    assert proxy.geturl() == "socks4://q:2"


@pytest.mark.parametrize("url", ["ftp://p:1", "http://", "http://p:port", "http://p:0", "http://[p", "http://p..q:1"])
def test_a_proxy_that_cannot_be_used(url: str) -> None:
    with pytest.raises(
        ConnectError, match="cannot be used; use one of http, socks4, socks4a, socks5, socks5h://host:port"
    ):
        proxy_for(Target.parse("ws://far.test/"), Options(proxy=url))


# --- through it


class FakeProxy:
    """Speaks HTTP CONNECT, SOCKS4 or SOCKS5 by script; afterwards says "through" on the tunnel."""

    def __init__(self, **answers: Any) -> None:
        self.asked: dict[str, Any] = {}
        self.answers = answers

    def exactly(self, peer: Peer, count: int) -> bytes:
        return peer._exactly(count)

    def http(self, peer: Peer) -> None:
        head = peer.read_head().decode()
        self.asked["line"], *rest = head.split("\r\n")
        self.asked["headers"] = [line for line in rest if line]
        for piece in self.answers.get("pieces", [b"HTTP/1.1 200 OK\r\nVia: me\r\n\r\n"]):
            peer.send(piece)
        peer.send(b"through")
        peer.wait_end()

    def socks4(self, peer: Peer) -> None:
        self.asked["head"] = self.exactly(peer, 8)
        self.asked["user"] = self.until_nul(peer)
        if self.asked["head"][4:7] == b"\0\0\0":
            self.asked["host"] = self.until_nul(peer)
        peer.send(bytes([0, self.answers.get("code", 90)]) + bytes(6) + b"through")
        peer.wait_end()

    def until_nul(self, peer: Peer) -> bytes:
        got = b""
        while not got.endswith(b"\0"):
            got += self.exactly(peer, 1)
        return got[:-1]

    def socks5(self, peer: Peer) -> None:
        _, count = self.exactly(peer, 2)
        self.asked["methods"] = self.exactly(peer, count)
        method = self.answers.get("method", 2 if 2 in self.asked["methods"] else 0)
        peer.send(bytes([5, method]))
        if method == 2:
            _, size = self.exactly(peer, 2)
            name = self.exactly(peer, size)
            (size,) = self.exactly(peer, 1)
            self.asked["credentials"] = (name, self.exactly(peer, size))
            peer.send(bytes([1, self.answers.get("auth", 0)]))
        _, _, _, kind = self.exactly(peer, 4)
        if kind == 3:
            (size,) = self.exactly(peer, 1)
            self.asked["host"] = self.exactly(peer, size)
        else:
            self.asked["address"] = self.exactly(peer, 4 if kind == 1 else 16)
        self.asked["port"] = int.from_bytes(self.exactly(peer, 2), "big")
        peer.send(bytes([5, self.answers.get("code", 0), 0, 1, 0, 0, 0, 0, 0, 0]) + b"through")
        peer.wait_end()


def through(kind: str, scheme: str, target: str = "ws://far.test:81/", login: str = "", **answers: Any) -> FakeProxy:
    proxy = FakeProxy(**answers)
    with RawServer(getattr(proxy, kind), handshake=False) as server:
        dialled = reach(target, proxy=f"{scheme}://{login}127.0.0.1:{server.port}", resolve={"far.test": "127.0.0.9"})
        try:
            assert dialled.proxy == f"{scheme}://{'***@' if login else ''}127.0.0.1:{server.port}"
            assert set(dialled.timings) == {"dns", "tcp", "proxy"}
            buffer = bytearray(100)
            got = b""
            while len(got) < 7:
                count = dialled.stream.receive_into(memoryview(buffer))
                if count is None:
                    assert dialled.stream.wait(Deadline(DEADLINE))
                    continue
                got += buffer[:count]
            assert got == b"through", "not a byte of the tunnel was read ahead"
        finally:
            dialled.stream.close()
    return proxy


def test_http_connect() -> None:
    proxy = through("http", "http", pieces=[b"HTTP/1.1 200 Connection", b" established\r\nVia: me\r", b"\n\r\n"])
    assert proxy.asked["line"] == "CONNECT far.test:81 HTTP/1.1"
    proxy = through("http", "http", login="me:p%40ss@")
    assert "Proxy-Authorization: Basic " + base64.b64encode(b"me:p@ss").decode() in proxy.asked["headers"]


def test_socks4() -> None:
    proxy = through("socks4", "socks4", login="me@")
    assert proxy.asked["head"] == bytes([4, 1, 0, 81, 127, 0, 0, 9])
    assert proxy.asked["user"] == b"me"


def test_socks4a() -> None:
    assert through("socks4", "socks4a").asked["host"] == b"far.test"


def test_socks5() -> None:
    proxy = through("socks5", "socks5")
    assert (proxy.asked["address"], proxy.asked["port"]) == (bytes([127, 0, 0, 9]), 81)


def test_socks5h() -> None:
    proxy = through("socks5", "socks5h", login="me:p%40ss@")
    assert (proxy.asked["host"], proxy.asked["credentials"]) == (b"far.test", (b"me", b"p@ss"))


@pytest.mark.parametrize(
    ("kind", "scheme", "login", "answers", "told"),
    [
        (
            "http",
            "http",
            "",
            {"pieces": [b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"]},
            "407",
        ),
        ("http", "http", "", {"pieces": [b"HTTP/1.1 503 \x1b[31mred\xe2\x80\xae\r\nContent-Length: 0\r\n\r\n"]}, "503"),
        ("http", "http", "", {"pieces": [b"HTTP/1.1 503 " + b"x" * 300 + b"\r\nContent-Length: 0\r\n\r\n"]}, "…"),
        ("http", "http", "", {"pieces": [b"garbage\r\n\r\n"]}, "refused: "),
        ("http", "http", "", {"pieces": [b"x" * 66_000]}, "refused: "),
        ("socks4", "socks4a", "", {"code": 91}, "refused: "),
        ("socks5", "socks5h", "", {"code": 5}, "Connection refused"),
        ("socks5", "socks5h", "", {"method": 255}, "refused: "),
        ("socks5", "socks5h", "a:b@", {"auth": 1}, "refused: "),
    ],
)
def test_a_proxy_that_refuses(kind: str, scheme: str, login: str, answers: dict[str, Any], told: str) -> None:
    with pytest.raises(ConnectError) as caught:
        through(kind, scheme, login=login, **answers)
    text = str(caught.value)
    assert told in text
    assert "\x1b" not in text
    assert "a:b" not in text
    assert len(text) < 500


def test_a_proxy_that_wants_credentials_is_explained() -> None:
    with pytest.raises(ConnectError) as caught:
        through("http", "http", pieces=[b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"])
    assert caught.value.hint == "give the proxy's credentials: proxy='http://name:password@host:port'"


def answer(status: str, *lines: str, body: bytes = b"") -> dict[str, Any]:
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}", "", ""])
    return {"pieces": [head.encode() + body]}


BASIC = ["Proxy-Authenticate: Negotiate", 'Proxy-Authenticate: Basic realm="corp"']


@pytest.mark.parametrize(
    ("answers", "login", "told", "hint"),
    [
        (
            answer("407 Denied by Policy", *BASIC, body=b"Access denied by Policy 4711"),
            "",
            "refused: 407 Denied by Policy: Access denied by Policy 4711",
            "give the proxy's credentials (Negotiate, Basic realm=\"corp\"): proxy='http://name:password@host:port'",
        ),
        (
            answer("407 No", *BASIC),
            "me:wrong@",
            "refused: 407 No",
            'it did not accept the name and password that were given (Negotiate, Basic realm="corp")',
        ),
        (answer("401 No"), "me:wrong@", "401 No", "it did not accept the name and password that were given"),
        (answer("407 No"), "me:wrong@", "407 No", "it did not accept the name and password that were given"),
        (
            answer("407 No", "proxy-authenticate: NTLM"),
            "me:pw@",
            "407 No",
            "it wants credentials of a kind that is not made here (NTLM): run a proxy on this machine",
        ),
        (
            answer("302 Found", "Location: http://portal.test/f\u00fcr?token=abc"),
            "",
            "refused: 302 Found, to http://portal.test/für?token=***",
            "perhaps the network wants a login first (a captive portal)",
        ),
        (
            answer(
                "403 No", "Content-Encoding: gzip", "Content-Type: text/html", body=gzip.compress(b"<p>Policy 4711")
            ),
            "",
            "refused: 403 No: Policy 4711",
            "its rules do not allow far.test:81",
        ),
        (answer("503 Busy", body=b"no route"), "", "refused: 503 Busy: no route", "it could not reach far.test:81"),
        (answer("405 No"), "", "refused: 405 No", "it may allow no CONNECT, or not to this port"),
        (answer("511 Login", "Location: http://p/"), "", "511 Login, to http://p/", "a captive portal"),
        (answer("500 Oops"), "", "refused: 500 Oops", None),
        (
            {"pieces": [b"\x05\xff"]},
            "",
            "not HTTP: it begins with b'\\x05",
            "a SOCKS proxy is written socks5://host:port",
        ),
        ({"pieces": [b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"]}, "", "a malformed header line: 'no colon'", None),
        ({"pieces": [b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000]}, "", "its response head is longer than 65,536", None),
    ],
)
def test_what_a_proxy_says_when_it_refuses(answers: dict[str, Any], login: str, told: str, hint: str | None) -> None:
    with pytest.raises(ConnectError) as caught:
        through("http", "http", login=login, **answers)
    assert told in caught.value.message
    assert (hint is None) == (caught.value.hint is None)
    assert (hint or "") in str(caught.value.hint)
    assert not login or "//me" not in str(caught.value)


@pytest.mark.parametrize(
    "piece",
    [
        # RFC 9110 section 15.2: interim responses come first, asked for or not.
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        # Section 9.3.6: any 2xx, whatever it says about a body.
        b"HTTP/1.0 204 Connected\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n",
        # RFC 9112 sections 2.2 and 5.2.
        b"HTTP/1.1 200\nVia: a\n b\n\n",
    ],
)
def test_a_tunnel_as_it_must_be_taken(piece: bytes) -> None:
    through("http", "http", pieces=[piece])


def test_what_a_proxy_is_told() -> None:
    asked = []

    def script(peer: Peer) -> None:
        asked.append(peer.read_head().decode().split("\r\n"))
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n")

    with RawServer(script, handshake=False) as server:
        proxy = f"http://127.0.0.1:{server.port}"
        headers = {"Proxy-Authorization": "Digest x", "User-Agent": "me/1", "X-Other": "no"}
        for url in ("ws://srv.test.:81/", "ws://[fe80::1%25lo]/"):
            reach(url, proxy=proxy, headers=headers).stream.close()
        reach("ws://far.test/", proxy=proxy.replace("//", "//me@")).stream.close()
    said = ["User-Agent: me/1", "Proxy-Authorization: Digest x", "", ""]
    assert asked[0] == ["CONNECT srv.test.:81 HTTP/1.1", "Host: srv.test.:81", *said]
    assert asked[1] == ["CONNECT [fe80::1]:80 HTTP/1.1", "Host: [fe80::1]:80", *said]
    assert asked[2][2:] == ["Proxy-Authorization: Basic bWU6", "", ""]


def test_a_proxy_that_resets() -> None:
    with RawServer(lambda peer: (peer.read_head(), peer.reset()), handshake=False) as server:
        with pytest.raises(ConnectError, match=r"refused: .*reset"):
            reach("ws://far.test/", proxy=f"http://127.0.0.1:{server.port}")


def test_a_header_beats_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(
        lambda peer: (peer.read_head(), peer.send(b"HTTP/1.1 200 OK\r\n\r\n"))[0], handshake=False
    ) as server:
        monkeypatch.setenv("http_proxy", f"http://me:pw@127.0.0.1:{server.port}")
        reach("ws://far.test/", headers={"proxy-authorization": "Digest x"}).stream.close()
        assert b"\r\nProxy-Authorization: Digest x\r\n" in server.result()
        reach("ws://far.test/").stream.close()
        assert b"\r\nProxy-Authorization: Basic bWU6cHc=\r\n" in server.result()


@pytest.mark.parametrize("scheme", ["socks5h", "socks4a"])
def test_socks_where_http_is_spoken(scheme: str) -> None:
    with RawServer(lambda peer: (peer.send(b"HTTP/1.1 400 No\r\n\r\n"), peer.wait_end()), handshake=False) as server:
        with pytest.raises(ConnectError) as caught:
            reach("ws://far.test/", proxy=f"{scheme}://127.0.0.1:{server.port}")
    assert caught.value.hint == "what answers seems to speak HTTP: write http:// instead of socks5://"


@pytest.mark.parametrize("kind", ["close", "silent"])
def test_a_proxy_that_says_nothing(kind: str) -> None:
    with RawServer(lambda peer: peer.read_head() if kind == "close" else peer.hang(), handshake=False) as server:
        with pytest.raises((ConnectError, TimeoutError)) as caught:
            reach(
                "ws://far.test/",
                proxy=f"http://127.0.0.1:{server.port}",
                connect_timeout=0.3 if kind == "silent" else 5,
            )
        if kind == "close":
            assert "the proxy closed the connection" in str(caught.value)
        else:
            assert f"the proxy http://127.0.0.1:{server.port} did not answer within 0.3 s" in str(caught.value)


def test_a_proxy_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from kontena_ws_nb.transport import proxy as proxying
    from kontena_ws_nb.transport.write_queue import WriteStalledError

    def stalled(self: Any, data: bytes) -> None:
        raise WriteStalledError(partial=False)

    monkeypatch.setattr(proxying._ProxyStream, "write", stalled)
    with (
        RawServer(Peer.hang, handshake=False) as server,
        pytest.raises(TimeoutError, match="did not answer within 5 s"),
    ):
        reach("ws://far.test/", proxy=f"http://127.0.0.1:{server.port}")


def test_a_proxy_that_is_not_there() -> None:
    with pytest.raises(ConnectError, match="the proxy TCP connection failed"):
        reach("ws://far.test/", proxy=f"http://127.0.0.1:{free_port()}")


def test_names_a_socks_proxy_cannot_take() -> None:
    with (
        RawServer(FakeProxy().socks5, handshake=False) as server,
        pytest.raises(ConnectError, match="does not resolve"),
    ):
        reach("ws://nowhere.invalid/", proxy=f"socks5://127.0.0.1:{server.port}")
    with (
        RawServer(FakeProxy().socks4, handshake=False) as server,
        pytest.raises(ConnectError, match="has no address the proxy understands"),
    ):
        reach("ws://six.test/", proxy=f"socks4://127.0.0.1:{server.port}", resolve={"six.test": "::1"})
