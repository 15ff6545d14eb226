"""What a connection tells the logging module."""

from __future__ import annotations

import logging
from types import ModuleType

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.logger import ConnectionLogger


def test_lines_name_the_url_and_survive_percents(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "kontena_ws_nb.connection"):
        ConnectionLogger("ws://host/a%20b").debug("pong after %.1f ms", 1.25)
    assert caplog.messages == ["ws://host/a%20b: pong after 1.2 ms"]


@pytest.mark.parametrize(
    ("error", "level", "line"),
    [
        (None, logging.DEBUG, "u: closed with 1000"),
        (kws.CloseError(1001), logging.DEBUG, "u: closed with 1000"),
        (kws.CloseError(4000, "x"), logging.WARNING, 'u: ended: the server closed with 4000 (application code) "x"'),
        (kws.EOFError(), logging.WARNING, "u: ended: the connection ended without a close frame (1006)"),
    ],
)
def test_levels_of_an_end(error: kws.Error | None, level: int, line: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "kontena_ws_nb.connection"):
        ConnectionLogger("u").ended(error, 1000)
    assert [(record.levelno, record.message) for record in caplog.records] == [(level, line)]


def test_a_connection_tells_its_life_and_no_payload(demo: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "kontena_ws_nb.connection"), kws.Client.connect(demo.url()) as client:
        client.send("a secret payload")
        assert client.read(10) == "a secret payload"
        client.ping()
    told = [message.partition(": ")[2] for message in caplog.messages]
    assert told[0].startswith("connected to 127.0.0.1 port ")
    assert "sent a ping of 12 bytes" in told
    assert told[-1] == "closed with 1000"
    assert "secret" not in caplog.text
