"""``kontena-ws replay``: a capture as a server, and what cannot be played."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb import errors
from kontena_ws_nb.cli import main
from tests.lab.command import PROGRAM


def recorded(folder: Path) -> str:
    log = kws.MessageLog()
    log.add("text", b"recorded")
    log.add("text", b"asked", sent=True)
    kws.save(log, folder / "feed.jsonl")
    return str(folder / "feed.jsonl")


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--wait",), 1), (("--strict", "--speed", "inf"), 1)])
def test_a_capture_is_served_until_it_is_interrupted(tmp_path: Path, options: tuple[str, ...], code: int) -> None:
    with subprocess.Popen(
        [*PROGRAM, "replay", recorded(tmp_path), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        with kws.Client.connect(server.stdout.readline().strip()) as client:
            assert client.read(10) == "recorded"
            client.send("something \x1b else")
            with contextlib.suppress(errors.Error):
                client.read(0.2)
        server.send_signal(signal.SIGTERM if options else signal.SIGINT)
        said = server.stderr.read()
        assert server.wait(20) == code
    assert "message 1: the client sent something else" in said
    assert "something \\x1b else" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("{file}", "--session", "x"), "has no session 'x'"),
        (("{file}", "--speed", "-1"), "expected a number that is not negative, got '-1'"),
        (("{file}", "--speed", "x"), "expected a number that is not negative, got 'x'"),
        (("{file}", "--ignore", "time"), "what is ignored is a path"),
        ((), "the following arguments are required: FILE"),
    ],
)
def test_what_cannot_be_replayed(
    run: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    file = recorded(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["replay", *(one.format(file=file) for one in arguments)])
    assert stopped.value.code == 64
    assert said in capsys.readouterr().err


def test_what_is_no_capture(run: Any, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    ran = run("replay", str(tmp_path / "notes.txt"))
    assert (ran.code, "cannot be opened as a capture" in ran.log[0][1]) == (65, True)
    ran = run("replay", str(tmp_path / "nothing.har"))
    assert (ran.code, "No such file" in ran.log[0][1]) == (74, True)


def test_an_address_that_cannot_be_listened_on(run: Any, tmp_path: Path) -> None:
    ran = run("replay", recorded(tmp_path), "--host", "192.0.2.1")  # TEST-NET-1 (RFC 5737): nobody's address
    assert ran.code == 1
    assert "192.0.2.1 port 0 cannot be listened on" in ran.log[0][1]
