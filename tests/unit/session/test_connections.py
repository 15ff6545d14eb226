"""The rows about each connection of a session, and what may have been lost with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.session import connections as module
from kontena_ws_nb.session.connections import SessionConnection
from tests.lab.certificates import lab
from tests.lab.raw_server import TEXT, Peer, RawServer, echo, text
from tests.lab.sessions import open_session, told
from tests.lab.tls_server import server_context
from tests.lab.waiting import wait_for


def test_facts_of_the_wire_are_told() -> None:
    headers = ("Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Extensions: permessage-deflate")
    with RawServer(headers=headers, context=server_context("good")) as server:
        with open_session(server, subprotocols=["chat"], ca_file=lab().ca_file) as session:
            assert told(session, "open")[0].endswith("(101 Switching Protocols, subprotocol chat, permessage-deflate)")
            assert session.certificate is not None
            assert session.certificate.verdict.ok


def test_what_is_known_of_connections_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECTIONS", 2)
    with RawServer(*[echo] * 4) as server, open_session(server) as session:
        for _ in range(3):
            session.reconnect()
        record = session._connections.describe()
        assert [connection.number for connection in record.connections] == [3, 4]
        assert (record.name, record.url) == ("test", session.url)
        assert record.started_ns == record.connections[0].opened_ns
    assert session._connections.describe().connections[-1].close == (1000, "")


def test_the_proxy_is_told() -> None:
    def script(peer: Peer) -> None:
        assert peer.read_head().startswith(b"CONNECT host.test:80 ")
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        peer.read_head()
        peer.accept()
        echo(peer)

    with RawServer(script, handshake=False) as server:
        proxy = f"http://127.0.0.1:{server.port}"
        with kws.connect("ws://host.test/", proxy=proxy) as session:
            assert told(session, "open")[0].endswith(f"(101 Switching Protocols, through {proxy})")


def test_unconfirmed_sends_are_reported_and_not_sent_again(quick: list[float]) -> None:
    def first(peer: Peer) -> None:
        peer.send(text("hello"))
        for _ in range(7):
            peer.expect(TEXT)

    def second(peer: Peer) -> list[bytes]:
        return [payload for opcode, payload in peer.read_all() if opcode == TEXT]

    with RawServer(first, second) as server:
        session = open_session(server, auto_reconnect=True, close_timeout=0.1)
        session.read()
        assert session.unconfirmed == ()
        sent = [session.send(str(number)).index for number in range(7)]
        wait_for(lambda: server.connections == 2 and session.state == "open")
        assert session.unconfirmed == tuple(sent)
        assert (
            told(session)[-1]
            == f"7 messages may have been lost: {sent[0]}–{sent[-1]}; no pong to a later ping confirms them, and they are not sent again"
        )
        server.result()
        session.close()
        assert server.result() == []


def test_one_unconfirmed_send_and_our_own_pings_are_no_sign_of_life(quick: list[float]) -> None:
    with RawServer(lambda peer: peer.wait_end(), echo) as server:
        with open_session(server, auto_reconnect=True, ping_interval=0.1, ping_timeout=0.1) as session:
            index = session.send("x").index
            wait_for(lambda: server.connections == 2)
            wait_for(lambda: told(session, "reconnect"))
            assert (
                told(session)[-1]
                == f"1 message may have been lost: {index}; no pong to a later ping confirms it, and it is not sent again"
            )


def test_close_while_the_new_connection_opens(quick: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(lambda peer: None, echo) as server:
        session = open_session(server)
        session.join(10)
        opening, opened = session._connections.open, []

        def closed_meanwhile() -> Any:
            opened.append(opening())
            session._reader.stopping.set()
            return opened[0]

        monkeypatch.setattr(session._connections, "open", closed_meanwhile)
        session._connections.options = replace(session.options, auto_reconnect=True)
        assert not session._reader._connect_again(session._connections)
        assert opened[0][0].closed
        assert session.client is not opened[0][0]


def test_what_a_late_connection_lost_does_not_hide_what_a_newer_one_did() -> None:
    with RawServer(Peer.hang, Peer.hang) as server:
        session = open_session(server, close_timeout=0.1)
        older = session.client
        older.send("not a row of the log")
        session.reconnect()
        index = session.send("x").index
        session.close()
        assert session.unconfirmed == (index,)
        session._connections.note_losses(SessionConnection(older, 1))
        assert session.unconfirmed == (index,)
        assert told(session)[-1].startswith("1 message may have been lost")
