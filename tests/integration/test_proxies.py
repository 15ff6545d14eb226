"""Real proxies: HTTP CONNECT and SOCKS, with and without passwords, plain and with TLS inside."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import quote

import pytest

import kontena_ws_nb as kws
from tests.lab import proxies
from tests.lab.certificates import lab
from tests.lab.raw_server import Peer, RawServer
from tests.lab.tls_server import server_context

SECRET = f"{proxies.USER}:{quote(proxies.PASSWORD, safe='')}@"

#: name → (marker, how it is run, scheme and user info of its URL)
OPEN: dict[str, tuple[str, Callable[[], AbstractContextManager[int]], str]] = {
    "squid": ("squid", proxies.squid, "http://"),
    "tinyproxy": ("tinyproxy", proxies.tinyproxy, "http://"),
    "dante socks5": ("danted", proxies.danted, "socks5://"),
    "dante socks5h": ("danted", proxies.danted, "socks5h://"),
    "dante socks4": ("danted", proxies.danted, "socks4://"),
    "microsocks": ("microsocks", proxies.microsocks, "socks5h://"),
}
LOCKED: dict[str, tuple[str, Callable[[], AbstractContextManager[int]], str]] = {
    "squid": ("squid", lambda: proxies.squid(auth=True), f"http://{SECRET}"),
    "tinyproxy": ("tinyproxy", lambda: proxies.tinyproxy(auth=True), f"http://{proxies.USER}:plain@"),
    "microsocks": ("microsocks", lambda: proxies.microsocks(auth=True), f"socks5h://{SECRET}"),
}


def each(kinds: dict[str, Any]) -> Any:
    return [pytest.param(kinds[name][1:], id=name, marks=pytest.mark.peer(kinds[name][0])) for name in kinds]


Running = tuple[int, str]


@pytest.fixture
def through(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A proxy that runs: its port, and its URL."""
    run, start = request.param
    with run() as port:
        yield port, f"{start}127.0.0.1:{port}"


@contextlib.contextmanager
def server(tls: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """An echo server, and the options to trust it. By name: the proxy (or we, for SOCKS 4 and 5) looks it up."""
    with RawServer(context=server_context("good") if tls else None) as running:
        scheme = "wss" if tls else "ws"
        yield f"{scheme}://localhost:{running.port}/", {"resolve": {"localhost": "127.0.0.1"}, "ca_file": lab().ca_file}


def converse(url: str, proxy: Running, options: dict[str, Any]) -> None:
    with kws.Client.connect(url, proxy=proxy[1], **options) as client:
        assert client.handshake.address == ("127.0.0.1", proxy[0])
        assert client.handshake.timings["proxy"] > 0
        shown = client.handshake.proxy
        assert shown is not None
        assert shown.endswith(f"127.0.0.1:{proxy[0]}")
        assert "p%3Aw" not in shown
        assert "plain" not in shown
        for message in ("hello", b"\0" * 300_000):
            client.send(message)
            assert client.read(20) == message
        if client.ssl:
            assert client.verify_ssl_cert() is not None


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("through", each(OPEN), indirect=True)
def test_open_proxies(through: Running, tls: bool) -> None:
    with server(tls) as (url, options):
        converse(url, through, options)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("through", each(LOCKED), indirect=True)
def test_locked_proxies(through: Running, tls: bool) -> None:
    with server(tls) as (url, options):
        converse(url, through, options)


@pytest.mark.parametrize("through", each(LOCKED), indirect=True)
@pytest.mark.parametrize("credentials", ["", "me:wrong@"], ids=["none", "wrong"])
def test_locked_proxies_without_the_password(through: Running, credentials: str) -> None:
    port, url = through
    scheme = url.partition("://")[0]
    with server(False) as (target, options), pytest.raises(kws.ConnectError) as caught:
        kws.Client.connect(target, proxy=f"{scheme}://{credentials}127.0.0.1:{port}", **options)
    masked = "***@" if credentials else ""
    assert caught.value.message.startswith(f"the proxy {scheme}://{masked}127.0.0.1:{port} refused: ")
    hint = str(caught.value.hint)
    if credentials:
        assert hint.startswith("it did not accept the name and password that were given")
    else:
        assert hint.startswith("give the proxy's credentials")
        assert hint.endswith("://name:password@host:port'")


@pytest.mark.parametrize("through", each(OPEN), indirect=True)
def test_a_server_the_proxy_cannot_reach(through: Running) -> None:
    with RawServer() as gone:
        port = gone.port
    with pytest.raises(kws.ConnectError) as caught:
        kws.Client.connect(f"ws://localhost:{port}/", proxy=through[1], resolve={"localhost": "127.0.0.1"})
    assert type(caught.value) is kws.ConnectError
    assert caught.value.message.startswith(f"the proxy {through[1]} refused: ")


@pytest.mark.parametrize("through", each({"squid": OPEN["squid"], "microsocks": OPEN["microsocks"]}), indirect=True)
def test_a_bad_certificate_behind_a_proxy(through: Running) -> None:
    with RawServer(context=server_context("expired")) as running:
        with pytest.raises(kws.SSLVerifyError) as caught:
            kws.Client.connect(
                f"wss://localhost:{running.port}/", proxy=through[1], ca_file=lab().ca_file, ssl_hostname="good.test"
            )
    assert caught.value.verify_code == 10


@pytest.mark.parametrize("through", each({"squid": OPEN["squid"]}), indirect=True)
def test_a_session_and_the_certificate_card_through_a_proxy(through: Running) -> None:
    with server(True) as (url, options):
        with kws.connect(url, proxy=through[1], **options) as session:
            assert session.request("x", match="x").data == "x"
            assert f"through {through[1]}" in session.messages[0].text
        assert kws.certificate(url, proxy=through[1], **options).verdict.ok


def test_a_proxy_that_is_not_there() -> None:
    with RawServer() as gone:
        port = gone.port
    with pytest.raises(kws.ConnectError) as caught:
        kws.Client.connect("ws://localhost:1/", proxy=f"http://127.0.0.1:{port}")
    assert caught.value.message == f"the proxy TCP connection failed (127.0.0.1:{port}: Connection refused)"


def test_socks4a() -> None:
    """No SOCKS 4a server is in Debian (Dante speaks 4 and 5): the bytes of its page, https://www.openssh.com/txt/socks4a.protocol."""

    def script(peer: Peer) -> bytes:
        asked = b""
        while asked.count(b"\0", 8) < 2:
            asked += peer.sock.recv(1)
        peer.send(b"\0\x5a" + bytes(6))
        peer.read_head()
        peer.accept()
        peer.answer_close()
        return asked

    with RawServer(script, handshake=False) as running:
        with kws.Client.connect("ws://host.test:81/", proxy=f"socks4a://127.0.0.1:{running.port}"):
            pass
        assert running.result() == b"\4\1" + (81).to_bytes(2, "big") + b"\0\0\0\1" + b"\0" + b"host.test\0"
