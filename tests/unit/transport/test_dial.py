"""TCP and unix sockets: what goes wrong, and how it is told."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kontena_ws_nb.errors import ConnectError, TimeoutError
from kontena_ws_nb.transport import dial as dialling
from tests.lab.dialling import free_port, port_of, reach


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """A port whose listen queue is full: SYNs get no answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as made:
        address = made.getsockname()
        waiting = []
        for _ in range(2):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(address)
            waiting.append(sock)
        yield address[1]
        for sock in waiting:
            sock.close()


# --- TCP


def test_connected(listener: socket.socket) -> None:
    dialled = reach(f"ws://127.0.0.1:{port_of(listener)}/")
    assert dialled.address == ("127.0.0.1", port_of(listener))
    assert dialled.proxy is None
    assert set(dialled.timings) == {"dns", "tcp"}
    near, _ = listener.accept()
    near.close()
    dialled.stream.close()


def test_refused() -> None:
    port = free_port()
    with pytest.raises(ConnectError) as caught:
        reach(f"ws://127.0.0.1:{port}/")
    assert str(caught.value) == (
        f"ws://127.0.0.1:{port}/: the TCP connection failed (127.0.0.1:{port}: Connection refused); "
        "nothing listens there; localhost is the machine this Python process (the kernel) runs on"
    )
    assert isinstance(caught.value.__cause__, OSError)


def test_refused_elsewhere() -> None:
    refused = [(("192.0.2.1", 80), OSError(errno.ECONNREFUSED, "Connection refused"))]
    assert dialling._refused_hint(refused) == "nothing listens on that port; check that the server runs"
    assert dialling._refused_hint([(("192.0.2.1", 80), OSError(errno.EHOSTUNREACH, "No route to host"))]) is None
    assert dialling._refused_hint([("/run/sock", OSError(errno.ECONNREFUSED, "Connection refused"))]) is not None
    assert dialling._shown(("::1", 80, 0, 0)) == "[::1]:80"


def test_black_hole() -> None:
    with black_hole() as port:
        with pytest.raises(TimeoutError) as caught:
            reach(f"ws://127.0.0.1:{port}/", connect_timeout=0.2)
        assert str(caught.value) == (
            f"ws://127.0.0.1:{port}/: no TCP connection within 0.2 s (127.0.0.1:{port}); "
            "a firewall that drops packets looks like this; check host and port"
        )
        assert (caught.value.phase, caught.value.seconds) == ("connect", 0.2)


@pytest.mark.parametrize("dead", ["refused", "black hole"])
def test_happy_eyeballs(dead: str, listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first address does not answer: the second does, long before the timeout."""
    with black_hole() as hole:
        first = free_port() if dead == "refused" else hole
        inet = (socket.AF_INET, socket.SOCK_STREAM, 6)
        monkeypatch.setattr(
            dialling, "resolve", lambda *args: [(*inet, ("127.0.0.1", first)), (*inet, listener.getsockname())]
        )
        dialled = reach("ws://two.test/")
        assert dialled.address == listener.getsockname()
        assert dialled.timings["tcp"] < 2
        dialled.stream.close()
        listener.accept()[0].close()


def test_a_selector_that_returns_early(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[float | None] = []

    class Early(dialling.Selector):  # type: ignore[misc, valid-type]
        def select(self, timeout: float | None = None) -> Any:
            calls.append(timeout)
            return [] if len(calls) == 1 else super().select(timeout)

    monkeypatch.setattr(dialling, "Selector", Early)
    dialled = reach(f"ws://127.0.0.1:{port_of(listener)}/")
    assert len(calls) == 2
    dialled.stream.close()
    listener.accept()[0].close()


def test_two_that_answer_at_once(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "STAGGER", 0.0)
    inet = (socket.AF_INET, socket.SOCK_STREAM, 6)
    monkeypatch.setattr(dialling, "resolve", lambda *args: [(*inet, listener.getsockname())] * 3)

    class Late(dialling.Selector):  # type: ignore[misc, valid-type]
        def select(self, timeout: float | None = None) -> Any:
            # Nothing is ready before all three have begun.
            return super().select(timeout) if len(self.get_map()) == 3 else []

    monkeypatch.setattr(dialling, "Selector", Late)
    dialled = reach("ws://three.test/")
    assert dialled.address == listener.getsockname()
    dialled.stream.close()
    for _ in range(3):
        listener.accept()[0].close()


def test_source_address(listener: socket.socket) -> None:
    dialled = reach(
        f"ws://127.0.0.1:{port_of(listener)}/",
        source_address="127.0.0.2",
        socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)],
    )
    near, address = listener.accept()
    assert address[0] == "127.0.0.2"
    near.close()
    dialled.stream.close()


def test_a_source_address_that_is_not_ours(listener: socket.socket) -> None:
    with pytest.raises(ConnectError, match="Cannot assign requested address"):
        reach(f"ws://127.0.0.1:{port_of(listener)}/", source_address="192.0.2.1")


def test_no_descriptors_for_waking(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    def stream(sock: socket.socket) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(dialling, "Stream", stream)
    with pytest.raises(ConnectError, match="the connection cannot be used: Too many open files"):
        reach(f"ws://127.0.0.1:{port_of(listener)}/")
    listener.accept()[0].close()


# --- unix sockets


def test_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path)
        made.listen()
        dialled = reach(f"ws+unix://{path}:/x")
        assert dialled.address == (path, 0)
        made.accept()[0].close()
        dialled.stream.close()


def test_unix_socket_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConnectError, match=f"{tmp_path}/none: No such file or directory"):
        reach(f"ws+unix://{tmp_path}/none")


def test_unix_socket_with_a_full_queue(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as made, contextlib.ExitStack() as stack:
        made.bind(path)
        made.listen(0)
        for _ in range(2):
            waiting = stack.enter_context(socket.socket(socket.AF_UNIX))
            waiting.setblocking(False)
            waiting.connect_ex(path)
        with pytest.raises(ConnectError, match="the listen queue is full"):
            reach(f"ws+unix://{path}")


def test_a_system_without_unix_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(dialling.socket, "AF_UNIX")
    with pytest.raises(ConnectError, match="this system has no unix sockets"):
        reach("ws+unix:///x")


def test_default_ports() -> None:
    from urllib.parse import urlsplit

    assert dialling.default_port(urlsplit("http://p")) == 80
    assert dialling.default_port(urlsplit("socks5://p")) == 1080
