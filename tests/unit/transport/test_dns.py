"""Name lookup: what goes wrong, and how it is told."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from kontena_ws_nb.errors import ConnectError, TimeoutError
from kontena_ws_nb.options import Options
from kontena_ws_nb.transport import dns as resolving
from kontena_ws_nb.transport.deadline import Deadline
from kontena_ws_nb.transport.dns import resolve
from tests.lab.dialling import QUICK
from tests.lab.raw_server import DEADLINE


def addresses(*families: tuple[socket.AddressFamily, str]) -> Any:
    def getaddrinfo(host: str, port: int, type: int = 0, flags: int = 0) -> Any:
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror(-2, "Name or service not known")
        return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for family, address in families]

    return getaddrinfo


def test_families_are_interleaved(monkeypatch: pytest.MonkeyPatch) -> None:
    six, four = socket.AF_INET6, socket.AF_INET
    monkeypatch.setattr(
        resolving.socket, "getaddrinfo", addresses((six, "a"), (six, "b"), (six, "c"), (four, "d"), (four, "e"))
    )
    found = resolve("name", 1, QUICK, Deadline(DEADLINE), "u")
    assert [address[3][0] for address in found] == ["a", "d", "b", "e", "c"]


def test_an_address_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving.threading, "Thread", None)
    assert resolve("127.0.0.1", 5, QUICK, Deadline(0.0), "u")[0][3] == ("127.0.0.1", 5)
    assert resolve("example.test", 5, Options.of(QUICK, resolve={"Example.test": "::1"}), Deadline(0.0), "u")[0][3][
        :2
    ] == ("::1", 5)


@pytest.mark.parametrize("host", ["xn--fa-hia.test", "xn--fa-hia.test."])
def test_overrides_know_a_name_in_every_form(host: str) -> None:
    given = Options.of(QUICK, resolve={"Faß.test": "127.0.0.9"})
    assert resolve(host, 5, given, Deadline(0.0), "u")[0][3] == ("127.0.0.9", 5)


@pytest.mark.parametrize("host", ["nowhere.invalid", "x" * 64 + ".test", "a..b"])
def test_a_name_that_does_not_resolve(host: str) -> None:
    with pytest.raises(ConnectError) as caught:
        resolve(host, 80, QUICK, Deadline(DEADLINE), "ws://u/")
    assert str(caught.value).startswith(f"ws://u/: the host name {host!r} does not resolve: ")
    assert str(caught.value).endswith("; check the spelling, and this machine's DNS")
    assert caught.value.__cause__ is not None


def test_a_lookup_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def getaddrinfo(*args: Any, flags: int = 0, **given: Any) -> Any:
        if flags:
            raise socket.gaierror(-2, "Name or service not known")
        over.wait(DEADLINE)
        return []

    monkeypatch.setattr(resolving.socket, "getaddrinfo", getaddrinfo)
    try:
        with pytest.raises(TimeoutError, match=r"the name lookup of 'slow.test' took more than 5 s") as caught:
            resolve("slow.test", 80, QUICK, Deadline(0.01), "ws://u/")
        assert caught.value.phase == "connect"
    finally:
        over.set()
        for thread in threading.enumerate():
            if thread.name == "kontena-ws-dns":
                thread.join(DEADLINE)
