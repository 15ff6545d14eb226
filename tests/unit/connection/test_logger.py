"""What is logged about a connection."""

from __future__ import annotations

import logging
from types import ModuleType

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.connection.logger import LOGGERS, ConnectionLogger


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


@pytest.mark.parametrize("name", LOGGERS)
def test_every_line_is_printable_and_bounded(name: str, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger(name)
    with caplog.at_level(logging.DEBUG, name):
        logger.addHandler(caplog.handler)  # the command line's own does not propagate
        try:
            logger.warning("ended: %s", "\x1b]0;pwned\x07\u202e" + "x" * 60_000)
            try:
                raise ValueError("\x1b[2J\u202e" + "x" * 60_000)
            except ValueError:
                logger.exception("on_pong failed")
            logger.debug("as it is %d", 5)
        finally:
            logger.removeHandler(caplog.handler)
    lines = [logging.Formatter().format(record) for record in dict.fromkeys(caplog.records)]
    assert lines[0].startswith(r"ended: \x1b]0;pwned\x07\u202ex")
    assert all(line.replace("\n", "").isprintable() for line in lines)
    assert len(lines[0]) < 5000
    assert len(lines[1]) < 21_000
    assert r"ValueError: \x1b[2J\u202ex" in lines[1]
    assert lines[2] == "as it is 5"


def test_a_servers_newline_begins_no_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "kontena_ws_nb.connection"):
        ConnectionLogger("ws://h/").ended(kws.CloseError(4000, "bye\nCRITICAL: root: all is lost"), 4000)
    assert "\n" not in caplog.text.rstrip("\n")
