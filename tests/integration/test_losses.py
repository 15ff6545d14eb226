"""All messages that may have been lost are reported, over a slow link that is cut, and for every way a connection can end."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.protocol.confirmations import numbers
from kontena_ws_nb.session import reader as module
from tests.lab.raw_server import CLOSE, PING, PONG, TEXT, Peer, RawServer, close_frame, echo, frame, text
from tests.lab.slow_link import SlowLink
from tests.lab.waiting import wait_for

SMALL: Any = {"socket_options": [(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)], "compression": False}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def delays() -> Iterator[float]:
        while True:
            yield 0.01

    monkeypatch.setattr(module, "delays", delays)


def told(session: kws.Session) -> list[str]:
    return [
        message.text for message in session.messages if message.kind == "error" and "may have been lost" in message.text
    ]


def reported(session: kws.Session) -> set[int]:
    """Every index that a row says may have been lost."""
    found: set[int] = set()
    for line in told(session):
        shown = line.partition("lost: ")[2].partition(";")[0]
        for first, last in re.findall(r"(\d+)(?:–(\d+))?", shown):
            found.update(range(int(first), int(last or first) + 1))
    return found


def test_a_slow_link_that_is_cut_four_times() -> None:
    """Every message that did not arrive is told of, as a row and to `on_open`; none that a pong had confirmed is."""
    arrived: set[str] = set()

    def script(peer: Peer) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                opcode, payload = peer.read()
                if opcode == TEXT:
                    arrived.add(payload.decode())
                    peer.send(text(payload.decode()))  # a sign of life for each, which proves nothing about the next
                elif opcode == PING:
                    peer.send(frame(PONG, payload))
                elif opcode == CLOSE:
                    peer.send(frame(CLOSE, payload))
                    return

    sent: dict[int, str] = {}
    seen: list[tuple[int, ...]] = []
    with RawServer(script) as server, SlowLink(server.port, 0.2) as link:
        session = kws.connect(
            link.url, "lossy", auto_reconnect=True, on_open=lambda session: seen.append(session.unconfirmed)
        )
        confirmed: set[int] = set()
        for cut in range(4):
            wait_for(lambda: session.state == "open")
            for number in range(60):
                index = session.send(f"{cut} {number}").index
                sent[index] = f"{cut} {number}"
                if number == 20:
                    session.ping()
                    confirmed.update(index for index, message in sent.items() if message.startswith(f"{cut} "))
                threading.Event().wait(0.002)  # so that some arrive and some are on their way
            link.cut()
            wait_for(lambda cut=cut: len(seen) == cut + 2, 20)  # type: ignore[misc]
        session.close()
        assert session.error is None
        lost = {index for index, message in sent.items() if message not in arrived}
        assert len(lost) > 40
        assert lost <= reported(session)
        assert reported(session) <= sent.keys() - confirmed
        assert {index for one in seen for index in one} == reported(session)
        assert len(told(session)) == 4
        assert session.unconfirmed == ()  # of the last connection the server answered our close
        assert session.messages.where("dir:sent kind:text")


# ---- what confirms, and what does not


def conversation(peer: Peer, *answers: bytes) -> None:
    """Read three texts, send something, and hang up at the end of the client's stream."""
    for _ in range(3):
        peer.expect(TEXT)
    peer.send(b"".join(answers) + text("done"))
    peer.expect(TEXT)


def lose(script: Any, between: Any = None, **options: Any) -> tuple[kws.Session, list[int]]:
    with RawServer(script) as server:
        session = kws.connect(server.url, "lossy", **options)
        sent = [session.send(str(number)).index for number in range(3)]
        if between is not None:
            between(session)
        with contextlib.suppress(kws.Error):
            session.expect("done", since=0)
            session.send("the end")
        assert session.join(20)
        return session, sent


@pytest.mark.parametrize("answers", [b"", text("a") * 10, frame(PONG, b""), frame(PONG, b"unasked"), frame(PING, b"x")])
def test_signs_of_life_confirm_nothing(answers: bytes) -> None:
    session, sent = lose(lambda peer: conversation(peer, answers))
    assert set(sent) <= set(session.unconfirmed)
    assert len(told(session)) == 1


def test_an_empty_pong_after_an_empty_ping_confirms_nothing() -> None:
    """Servers send such pongs unasked, as heartbeats (RFC 6455 section 5.5.3)."""
    session, sent = lose(lambda peer: conversation(peer, frame(PONG, b"")), lambda session: session.client.ping(b""))
    assert set(sent) <= set(session.unconfirmed)


@pytest.mark.parametrize("how", ["ping", "keepalive"])
def test_a_pong_confirms_what_stood_before_its_ping(how: str) -> None:
    def script(peer: Peer) -> None:
        got = 0
        while got < 5:
            opcode, payload = peer.read()
            got += opcode == TEXT
            if opcode == PING and got >= 3:
                peer.send(frame(PONG, payload))

    with RawServer(script) as server:
        session = kws.connect(server.url, "lossy", ping_interval=None if how == "ping" else 0.05)
        for number in range(3):
            session.send(str(number))
        if how == "ping":
            session.ping()
        wait_for(lambda: session.client.connection.unconfirmed == ())
        later = [session.send("later").index, session.send("and later").index]
        assert session.join(20)
        assert session.unconfirmed == tuple(later)


def test_a_ping_that_was_sent_before_confirms_nothing() -> None:
    def script(peer: Peer) -> None:
        payload = peer.expect(PING)
        peer.expect(TEXT)
        peer.send(frame(PONG, payload) + text("done"))
        peer.expect(TEXT)

    with RawServer(script) as server:
        session = kws.connect(server.url, "lossy")
        session.client.ping()
        sent = session.send("behind it").index
        session.expect("done", since=0)
        session.send("the end")
        assert session.join(20)
        assert sent in session.unconfirmed


# ---- every kind of end


@pytest.mark.parametrize(
    ("answer", "confirms"), [("same", True), ("code", True), ("other", False), ("none", False), ("crossed", False)]
)
def test_our_close(answer: str, confirms: bool) -> None:
    def script(peer: Peer) -> None:
        payload = peer.expect(CLOSE)
        if answer == "crossed":  # of the server's own: it goes before it has seen ours
            peer.send(close_frame(1000, "good night"))
            return
        if answer != "none":
            peer.send(frame(CLOSE, {"same": payload, "code": payload[:2], "other": b"\x03\xe9"}[answer]))

    with RawServer(script) as server:
        session = kws.connect(server.url, "lossy", close_timeout=5)
        index = session.send("x").index
        session.close(1000, "bye")
        assert session.unconfirmed == (() if confirms else (index,))
        assert len(told(session)) == (0 if confirms else 1)


def test_the_server_closes() -> None:
    session, sent = lose(lambda peer: ([peer.expect(TEXT) for _ in range(3)], peer.close(1000)))
    assert set(sent) <= set(session.unconfirmed)
    assert reported(session) == set(session.unconfirmed)


@pytest.mark.parametrize("reset", [False, True])
def test_abort(reset: bool) -> None:
    with RawServer(Peer.hang) as server:
        session = kws.connect(server.url, "lossy")
        index = session.send("x").index
        session.abort(reset)
        assert session.unconfirmed == (index,)
        assert told(session)


def test_a_message_that_was_cut_counts_and_one_that_was_taken_back_does_not() -> None:
    with RawServer(Peer.hang, receive_buffer=4096) as server:
        session = kws.connect(server.url, "lossy", write_timeout=0.3, **SMALL)
        cut, caught = threading.Event(), []

        def send() -> None:
            with pytest.raises(kws.TimeoutError) as error:
                session.send(b"x" * (1 << 20))
            caught.append(error.value)
            cut.set()

        first = threading.Thread(target=send)
        first.start()
        wait_for(lambda: session.client.connection._stream.writes.pending)
        with pytest.raises(kws.Error):
            session.send("behind it")
        first.join(20)
        assert cut.is_set()
        session.abort()
        assert session.unconfirmed[0] == 1


def test_a_message_taken_back_is_not_lost() -> None:
    go = threading.Event()

    def script(peer: Peer) -> int:
        go.wait(20)
        return len([1 for opcode, _ in peer.read_all() if opcode != CLOSE])

    with RawServer(script, receive_buffer=4096) as server:
        client = kws.Client.connect(server.url, write_timeout=None, close_timeout=0.1, **SMALL)
        large = threading.Thread(target=lambda: client.send(b"x" * (1 << 20)))
        large.start()
        wait_for(lambda: client.connection._stream.writes.pending)
        item = client.connection.submit(TEXT, b"taken back")
        client.connection.options = replace(client.options, write_timeout=0.1)
        with pytest.raises(kws.TimeoutError, match="nothing of the message was sent"):
            client.connection.finish(item)
        assert numbers(client.connection.unconfirmed) == (0,)
        go.set()
        large.join(20)
        client.close()
        assert server.result() == 1


def test_retention_does_not_matter() -> None:
    with RawServer(lambda peer: peer.wait_end()) as server:
        session = kws.connect(server.url, "lossy", max_messages=8)
        sent = [session.send(str(number)).index for number in range(500)]
        session.abort()
        assert session.messages.first_index > sent[0]
        assert session.unconfirmed == tuple(sent)


def test_a_client_counts_too() -> None:
    with RawServer() as server:
        client = kws.Client.connect(server.url)
        for _ in range(3):
            client.send("x")
        assert client.connection.unconfirmed == (range(3),)
        client.ping()
        for _ in range(3):
            client.read(10)
        with pytest.raises(kws.TimeoutError):
            client.read(0.2)
        assert client.connection.unconfirmed == ()
        client.send("y")
        client.close()
        assert client.connection.unconfirmed == ()


def test_a_loss_of_the_connection_before_is_not_that_of_this_one() -> None:
    with RawServer(lambda peer: peer.expect(TEXT), echo) as server:
        session = kws.connect(server.url, "lossy")
        index = session.send("x").index
        assert session.join(10)
        assert session.unconfirmed == (index,)
        session.reconnect()
        assert session.unconfirmed == (index,)  # until the next one ends
        session.send("y")
        session.close()
        assert session.unconfirmed == ()
