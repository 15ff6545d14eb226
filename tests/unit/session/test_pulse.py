"""Heartbeats of protocols that have some, sent to and answered for real servers."""

from __future__ import annotations

import threading

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.decoders.calls import Phoenix
from tests.lab.raw_server import TEXT, Peer, RawServer, echo, text
from tests.lab.waiting import wait_for

BEAT = '[null,"heartbeat","phoenix","heartbeat",{}]'


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Phoenix' heartbeat every 20 ms."""
    monkeypatch.setattr(Phoenix, "heartbeat", (0.02, BEAT))


def pulses() -> int:
    return sum(thread.name.startswith("kontena-ws-heartbeat") for thread in threading.enumerate())


def test_a_heartbeat_is_sent_until_it_is_taken_back(often: None) -> None:
    with RawServer(echo) as server, kws.connect(server.url, decode="phoenix") as session:
        assert not session.heartbeat
        session.heartbeat = True
        session.heartbeat = True  # is running
        wait_for(lambda: len(session.messages.where("dir:sent")) >= 3)
        assert session.messages[1].text == BEAT
        assert pulses() == 1
        session.heartbeat = False
        assert not session.heartbeat
        wait_for(lambda: pulses() == 0)
        session.heartbeat = True
    wait_for(lambda: pulses() == 0)
    assert not session.heartbeat


def test_it_waits_while_the_session_connects_again(often: None) -> None:
    with RawServer(lambda peer: peer.expect(TEXT), echo) as server:
        session = kws.connect(server.url, decode="phoenix", auto_reconnect=True)
        session.heartbeat = True
        wait_for(lambda: server.connections == 2 and session.state == "open", 20)
        wait_for(lambda: len(session.messages.where("dir:sent conn:2")) >= 2)
        session.close()
        wait_for(lambda: pulses() == 0)


def test_a_send_that_fails_is_tried_again(often: None, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []
    with RawServer(echo) as server, kws.connect(server.url, decode="phoenix") as session:

        def lost(data: str | bytes) -> object:
            tries.append(1)
            raise kws.SocketError("lost")

        monkeypatch.setattr(session, "send_reply", lost)
        session.heartbeat = True
        wait_for(lambda: len(tries) >= 2)
        monkeypatch.undo()


def test_the_servers_heartbeat_is_answered() -> None:
    def script(peer: Peer) -> list[bytes]:
        peer.send(text('0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000}'))
        assert peer.expect(TEXT) == b"40"
        got = []
        for _ in range(2):
            peer.send(text("2"))
            got.append(peer.expect(TEXT))
        peer.answer_close()
        return got

    with RawServer(script) as server, kws.connect(server.url) as session:
        session.expect("$.type=open", since=0)
        session.heartbeat = True
        session.send("40")
        wait_for(lambda: len(session.messages.where("dir:sent")) >= 3)
        assert session.heartbeat
        session.close()
        assert server.result() == [b"3", b"3"]


def test_where_there_is_none() -> None:
    with RawServer(echo) as server, kws.connect(server.url) as session:
        session.heartbeat = False
        with pytest.raises(ValueError, match=r"no heartbeat is known of this connection: it is for socket\.io"):
            session.heartbeat = True
        session.send("hello")
        with pytest.raises(ValueError, match="no heartbeat is known of plain"):
            session.heartbeat = True
        assert not session.heartbeat


def test_a_session_that_nobody_holds_is_not_kept_by_its_heartbeat(often: None) -> None:
    with RawServer(echo) as server:
        session = kws.connect(server.url, decode="phoenix")
        log = session.messages
        session.heartbeat = True
        wait_for(lambda: len(log.where("dir:sent")) >= 1)
        del session
        wait_for(lambda: pulses() == 0)
