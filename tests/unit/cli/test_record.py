"""``kontena-ws record``: a server's messages in a file, and what is lost."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from kontena_ws_nb.cli import exit_codes, record
from kontena_ws_nb.cli.streams import logger
from kontena_ws_nb.recording.database import Database
from tests.lab.command import rest_of, said_until, started
from tests.lab.raw_server import Peer, RawServer, text


def test_a_server_is_recorded_until_it_closes(run: Any, tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.send(text("one") + text("zwölf"))
        peer.close(1001)

    path = tmp_path / "feed.db"
    with RawServer(script) as server:
        ran = run("record", server.url, str(path))
    assert (ran.code, ran.out) == (0, f"2 messages received; 5 rows written to {path}\n")
    assert ran.log == [
        ("INFO", f"Connecting to {server.url}..."),
        ("INFO", f"Connected to {server.url} without ssl"),
        ("INFO", f"{server.url}: the server closed with 1001 (going away)"),
    ]
    with Database.open(path) as database:
        assert [message.text for message in database.log(0)][1:3] == ["one", "zwölf"]


@pytest.mark.parametrize("numbers", [(signal.SIGINT,) * 2, (signal.SIGTERM,), (signal.SIGHUP,)])
def test_a_signal_ends_a_recording(demo: ModuleType, tmp_path: Path, numbers: tuple[int, ...]) -> None:
    path = tmp_path / "feed.db"
    with started("record", demo.url(), str(path)) as process:
        said_until(process, "without ssl")
        for number in numbers:  # timeout -s INT sends it to the program and to its group
            process.send_signal(number)
        assert rest_of(process) == "INFO: Interrupted: closing the connection; Ctrl+C again ends the program at once\n"
        assert process.returncode == 0
        assert process.stdout is not None
        assert process.stdout.read() == f"0 messages received; 3 rows written to {path}\n"
    assert os.listdir(tmp_path) == ["feed.db"]
    with Database.open(path) as database:
        assert [message.kind for message in database.log(0)] == ["open", "close", "close"]


def test_secrets_are_recorded_when_asked_for(run: Any, tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.send(text("t0psecr3t"))
        peer.close(1000)

    for flags, told in (((), "***"), (("--secrets",), "t0psecr3t")):
        path = tmp_path / f"{len(flags)}.db"
        with RawServer(script) as server:
            assert run("record", "--token", "t0psecr3t", *flags, server.url, str(path)).code == 0
        with Database.open(path) as database:
            assert database.log(0)[1].text == told


def test_what_cannot_be_recorded_to(run: Any, tmp_path: Path, demo: ModuleType) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("not a database")
    assert run("record", demo.url(), str(notes)).code == exit_codes.USAGE
    assert run("record", "http://localhost/", str(tmp_path / "feed.db")).code == exit_codes.USAGE
    missing = run("record", demo.url(), str(tmp_path / "none" / "feed.db"))
    assert missing.code == exit_codes.INPUT_OUTPUT
    assert missing.log[-1][0] == "ERROR"
    assert "No such file or directory" in missing.log[-1][1]
    assert run("record", "ws://127.0.0.1:1/", str(tmp_path / "feed.db")).code == exit_codes.NO_CONNECTION


def test_what_is_not_in_the_file_is_told(
    run: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logger, "propagate", True)
    recorder = SimpleNamespace(wait=bool, rows=5, lost=1200, error="full", path="/feed.db")
    session = SimpleNamespace(
        recording=recorder,
        client=SimpleNamespace(ssl=False),
        messages=SimpleNamespace(wait_for=lambda _: True),
        stats=SimpleNamespace(received_messages=1205),
        error=None,
    )
    assert record._recorded(session, "ws://localhost/") == exit_codes.INPUT_OUTPUT  # type: ignore[arg-type]
    assert capsys.readouterr().out == "1,205 messages received; 5 rows written to /feed.db\n"
    assert list(dict.fromkeys(caplog.messages[-4:])) == [
        "1,200 rows are lost: they came faster than they could be written",
        "not all is in the file: full",
    ]
    recorder.lost, recorder.error = 0, None
    assert record._recorded(session, "ws://localhost/") == exit_codes.OK  # type: ignore[arg-type]
