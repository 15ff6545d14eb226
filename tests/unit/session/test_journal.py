"""Lifecycle rows, and threads that cannot start."""

from __future__ import annotations

import logging
import threading

import pytest

from kontena_ws_nb.errors import SocketError
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.session import journal as module
from kontena_ws_nb.session.journal import Journal


def test_a_row_belongs_to_the_latest_connection_or_the_one_named() -> None:
    log = MessageLog()
    journal = Journal("ws", log)
    journal.connection = 2
    journal.note("open", "now")
    journal.note("error", "before", 1)
    assert [(row.kind, row.text, row.connection) for row in log] == [("open", "now", 2), ("error", "before", 1)]


def test_a_thread_is_named_after_the_session() -> None:
    names: list[str] = []
    done = threading.Event()

    def target() -> None:
        names.append(threading.current_thread().name)
        done.set()

    assert Journal("ws", MessageLog()).start_thread("open", target)
    assert done.wait(10)
    assert names == ["kontena-ws-open-ws"]


def test_a_thread_that_cannot_start_is_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(target: object, name: str) -> None:
        raise SocketError("no thread can be started")

    monkeypatch.setattr(module, "start_thread", refuse)
    log = MessageLog()
    with caplog.at_level(logging.ERROR):
        assert not Journal("ws", log).start_thread("open", print)
    assert [(row.kind, row.text) for row in log] == [("error", "no thread can be started")]
    assert "the open thread of ws could not start" in caplog.text
