"""The ``send_every`` option."""

from __future__ import annotations

import threading

import pytest

import kontena_ws_nb as kws
from tests.lab.raw_server import BINARY, TEXT, Peer, RawServer, echo
from tests.lab.waiting import wait_for


@pytest.mark.parametrize(("message", "opcode"), [("tick", TEXT), (b"tick", BINARY)])
def test_sent_again_and_again_until_the_end(message: str | bytes, opcode: int) -> None:
    def script(peer: Peer) -> list[bytes]:
        got = [peer.expect(opcode) for _ in range(3)]
        peer.answer_close()
        return got

    with RawServer(script) as server:
        with kws.connect(server.url, send_every=(0.01, message)):
            wait_for(
                lambda: (
                    not server.results.empty()
                    or any(t.name.startswith("kontena-ws-schedule") for t in threading.enumerate())
                )
            )
            wait_for(lambda: len(kws.sessions["127.0.0.1"].messages.where("dir:sent")) >= 3)
        assert server.result() == [b"tick"] * 3


def test_quiet_while_connecting_again_and_one_schedule_after_a_reconnect() -> None:
    with RawServer(lambda peer: peer.expect(TEXT), echo) as server:
        session = kws.connect(server.url, send_every=(0.02, "tick"), auto_reconnect=True)
        wait_for(lambda: server.connections == 2 and session.state == "open", 20)
        session.expect("tick")
        session.reconnect()
        wait_for(lambda: sum(t.name.startswith("kontena-ws-schedule") for t in threading.enumerate()) == 1)
        session.close()


def test_a_send_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []
    with RawServer() as server:
        session = kws.connect(server.url, send_every=(0.01, "tick"))
        send = session.send

        def sometimes(data: str) -> object:
            tries.append(1)
            if len(tries) < 3:
                raise kws.SocketError("lost")
            return send(data)

        monkeypatch.setattr(session, "send", sometimes)
        assert session.expect("tick", since=0).data == "tick"
        wait_for(lambda: len(tries) >= 3)
        session.close()
