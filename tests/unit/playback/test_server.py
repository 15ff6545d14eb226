"""The server that a capture is played by."""

from __future__ import annotations

import math
import socket
import threading
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.errors import Error, ProtocolError
from kontena_ws_nb.playback import server as server_module
from kontena_ws_nb.playback.server import Replay
from tests.lab.playing import script, shaken
from tests.lab.waiting import wait_for


def first(url: str, **options: Any) -> str | bytes | None:
    with kws.Client.connect(url, **options) as client:
        return client.read(10)


def at(server: Replay, path: str) -> str:
    """The address of another path."""
    return server.url.removesuffix("/a") + path


def test_connections_in_turn_and_by_path() -> None:
    scripts = [
        script((0, "text", b"1"), number=1, handshake=shaken("/a")),
        script((0, "text", b"2"), number=2, handshake=shaken("/b")),
        script((0, "text", b"3"), number=3, handshake=shaken("/a")),
    ]
    with Replay(scripts, name="feed\x1b.har") as server:
        assert server.url.endswith("/a")
        assert [first(server.url), first(server.url), first(server.url)] == ["1", "3", "1"]
        assert [first(at(server, "/b")), first(at(server, "/else")), first(at(server, "/else"))] == ["2", "3", "1"]
        assert repr(server).startswith(r"<Replay of feed\x1b.har of 3 connections: ws://127.0.0.1:")
    assert repr(server).endswith("stopped, speed 1>")
    with pytest.raises(Error, match="not served"):
        server.url  # noqa: B018
    with pytest.raises(Error, match="not served"):
        server.step()


def test_the_handshake_is_the_recorded_one() -> None:
    headers = (("X-Region", "eu"), ("X-Region", "west"), ("Server", "feed/1"))
    taken = shaken("/a", subprotocol="v2", extensions="permessage-deflate", headers=headers)
    with Replay([script(handshake=taken)]) as server:
        with kws.Client.connect(server.url, subprotocols=["v1", "v2"]) as client:
            shake = client.handshake
        assert (shake.subprotocol, shake.header("x-region"), shake.header("server")) == ("v2", "eu, west", "feed/1")
        assert "permessage-deflate" in (shake.extensions or "")
        with kws.Client.connect(server.url, subprotocols=["v1"]) as client:
            assert client.handshake.subprotocol is None
        with kws.Client.connect(server.url) as client:
            assert client.handshake.subprotocol is None


def test_a_rejection_is_recorded_too() -> None:
    scripts = [
        script(handshake=shaken(status=401, reason="Who Are You", body=b"log in", headers=(("X-Why", "token"),))),
        script(handshake=shaken(status=299, reason="", body=b"")),
        script(handshake=shaken(status=503, reason="", body=b"")),
        script((0, "text", b"1")),
    ]
    with Replay(scripts) as server:
        with pytest.raises(ProtocolError) as refused:
            kws.Client.connect(server.url)
        assert (refused.value.status, refused.value.body) == (401, b"log in")
        assert dict(refused.value.headers or ())["X-Why"] == "token"
        for status in (299, 503):
            with pytest.raises(ProtocolError) as refused:
                kws.Client.connect(server.url)
            assert refused.value.status == status
        assert first(server.url.replace("/feed", "/")) == "1"


def test_step_by_step() -> None:
    one = script((0, "text", b"1"), (9e9, "text", b"2"), (9e9, "text", b"3"), (9e9, ">text", b"4"), (9e9, "text", b"5"))
    with Replay([one], 0, wait=True) as server:
        assert server.step(timeout=0.01) == 0  # nobody is connected
        with kws.Client.connect(server.url) as client:
            with pytest.raises(kws.TimeoutError):
                client.read(0.05)
            assert (server.step(), client.read(10)) == (1, "1")
            assert server.step(9, timeout=0.2) == 2  # the client has to send something first
            assert [client.read(10), client.read(10)] == ["2", "3"]
            client.send("4")
            assert (server.step(9), client.read(10)) == (1, "5")  # no more were recorded
        assert server.wait()
        assert server.step(timeout=600) == 0


def test_the_speed_can_change() -> None:
    with Replay([script((0, "text", b"1"), (3_600_000, "text", b"2"))]) as server:
        with kws.Client.connect(server.url) as client:
            assert client.read(10) == "1"
            server.speed = math.inf
            assert server.speed == math.inf
            assert client.read(10) == "2"
    server.speed = 2  # for the next start
    assert "speed 2" in repr(server)


@pytest.mark.parametrize("speed", [-1, math.nan, "fast", True, None])
def test_what_is_no_speed(speed: Any) -> None:
    with pytest.raises(ValueError, match="speed is a number"):
        Replay([script()], speed)


@pytest.mark.parametrize("host", ["", None, 1])
def test_what_is_no_host(host: Any) -> None:
    with pytest.raises(ValueError, match="host is the address"):
        Replay([script()], host=host)


@pytest.mark.parametrize("port", [-1, 65536, 1.5, "80", None, True])
def test_what_is_no_port(port: Any) -> None:
    with pytest.raises(ValueError, match="port is a whole number"):
        Replay([script()], port=port)


def test_who_never_came_is_missed_only_where_it_is_waited_for() -> None:
    scripts = [script((0, ">text", b"1"), number=1), script((0, "text", b"2"), number=2)]
    with Replay(scripts, wait=True) as server:
        pass
    assert server.report == "message 0: the client did not send it\n    nobody connected for it"
    assert "1 mismatch>" in repr(server)
    with Replay(scripts) as server:
        pass
    assert server.mismatches == ()


def test_mismatches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_KEPT", 2)
    with Replay([script((0, "text", b"1"))]) as server:
        with kws.Client.connect(server.url) as client:
            for _ in range(5):
                client.send("more")
            wait_for(lambda: "3 more" in server.report)
        assert len(server.mismatches) == 2
        assert "5 mismatches>" in repr(server)


def test_it_starts_and_stops_again_and_takes_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Error, match=f"127.0.0.1 port {port} cannot be listened on"):
            Replay([script()], port=port).start()
    server = Replay([script((0, "text", b"1"))])
    for _ in range(2):
        assert server.start() is server.start()
        assert first(server.url) == "1"
        server.stop()
    server.stop()
    assert not any(thread.name == "kontena-ws-replay" for thread in threading.enumerate())


def test_it_listens_on_loopback() -> None:
    with Replay([script()]) as server:
        assert server._server is not None
        assert {sock.getsockname()[0] for sock in server._server.sockets} == {"127.0.0.1"}


def test_an_address_of_ipv6() -> None:
    with Replay([script((0, "text", b"1"))], host="::1") as server:
        assert server.url.startswith("ws://[::1]:")
        assert first(server.url) == "1"


def test_what_is_no_handshake_gets_no_script() -> None:
    with Replay([script((0, "text", b"1"))]) as server:
        host, port = server._server.sockets[0].getsockname()[:2]  # type: ignore[union-attr]
        with socket.create_connection((host, port)) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"426" in plain.recv(1000)
        assert first(server.url) == "1"


def test_a_forked_child_lets_go_of_the_sockets() -> None:
    """As `system/test_forks.py` shows with a real child; here in this process, with sockets of its own."""
    near, far = socket.socketpair()
    held, peer = socket.socketpair()
    server = Replay([script()])
    server.forked(4711)
    server._server = SimpleNamespace(sockets=[near])  # type: ignore[assignment]
    connection = Mock(transport=SimpleNamespace(get_extra_info={"socket": held}.get))
    server._connections.add(connection)
    with near, far, held, peer:
        server.forked(4711)
        assert (far.recv(1), peer.recv(1)) == (b"", b"")
