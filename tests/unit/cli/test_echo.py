"""The echo client: lines out, messages in, and its end. In this process with the demo server, or as a process."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb import errors
from kontena_ws_nb.cli import echo, exit_codes
from kontena_ws_nb.cli.streams import OutputError, logger
from tests.lab.command import PROGRAM, Ran, shell
from tests.lab.raw_server import CLOSE, TEXT, Peer, RawServer, frame


def test_lines_go_out_messages_come_in_and_eof_closes(run: Any, demo: ModuleType) -> None:
    ran = run(demo.url(), stdin="one\r\nzwölf\n\nlast".encode())
    assert ran == Ran(
        0,
        "one\nzwölf\n\nlast\n",
        [
            ("INFO", f"Connecting to {demo.url()}..."),
            ("INFO", f"Connected to {demo.url()} without ssl"),
            ("INFO", "Client closed connection with code 1000: EOF"),
        ],
    )


def test_the_default_url_and_debug_logging(run: Any, demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBSOCKET_URL", demo.url())
    ran = run("-v", stdin=b"hi\n")
    assert ran.out == "hi\n"
    debug = {text for level, text in ran.log if level == "DEBUG"}
    assert {"websocket write: 'hi'", "websocket read: 'hi'", "websocket close: EOF"} <= debug


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        ("close", 1, 'the server closed with 4000 (application code) "demo"'),
        ("close?code=1001", 0, '1001 (going away) "demo"'),
        ("abort", 1, "without a close frame (1006)"),
    ],
)
def test_the_server_closes(run: Any, demo: ModuleType, path: str, code: int, text: str) -> None:
    ran = run("-n", demo.url(path))
    assert ran.code == code
    assert text in ran.log[-1][1]
    assert ran.log[-1][0] == "INFO"


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["ws://127.0.0.1:1/"], 3, "refused"),
        (["ws://name.invalid/"], 3, "name.invalid"),
        (["http://127.0.0.1/"], 64, ""),
        (["--timeout", "-1", "demo/"], 64, ""),
        (["--no-such-option", "demo/"], 64, ""),
        (["--user", "a:b", "--token", "c", "demo/"], 64, ""),
        ([], 64, ""),
    ],
)
def test_what_cannot_work(
    run: Any, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, text: str
) -> None:
    monkeypatch.delenv("WEBSOCKET_URL", raising=False)
    ran = run(*arguments)
    assert ran.code == code
    assert text in "".join(message for _, message in ran.log)


def test_http_answers_that_refuse(run: Any, demo: ModuleType) -> None:
    ran = run(demo.url("reject?status=503"))
    assert ran.code == 3
    assert "503 Service Unavailable" in ran.log[-1][1]


def test_the_writer_ends_quietly_when_the_connection_is_gone(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(_: str) -> None:
        raise errors.SocketError("gone")

    reader, writer = os.pipe()
    os.write(writer, b"x\n")
    os.close(writer)
    monkeypatch.setattr(logger, "propagate", True)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=lambda: reader))
    caplog.set_level(logging.DEBUG, logger.name)
    echo.Echo(SimpleNamespace(send=send), quiet=0)._send_lines()  # type: ignore[arg-type]
    os.close(reader)
    assert caplog.messages[-1] == "gone"


def test_an_interrupt_while_connecting(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(echo, "_connected", interrupt)
    assert run("demo/").code == 130


def test_help_and_version(run: Any) -> None:
    shown = run("--help")
    assert shown.code == 0
    assert "exit codes:" in shown.out
    assert "--max-bytes" not in shown.out
    assert "do not refuse a certificate" in " ".join(shown.out.split())
    assert run("--version").out.strip() == kws.__version__
    shown = run("demo", "--help")
    assert shown.code == 0
    assert "/close?code=&reason=" in shown.out


def test_the_installed_command_is_this_one(demo: ModuleType) -> None:
    done = subprocess.run(
        [*PROGRAM, demo.url()],
        input="over a pipe\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "over a pipe\n")
    assert done.stderr.splitlines()[-1] == "INFO: Client closed connection with code 1000: EOF"


def test_a_reader_that_has_enough_ends_us_quietly(demo: ModuleType) -> None:
    command = [*PROGRAM, "-n", demo.url("ticker?rate=1000")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["id"] == 1
        process.stdout.close()
        assert process.wait(30) == 0
        assert all(line.startswith("INFO: C") for line in process.stderr.read().splitlines())


def later(seconds: float, *, mute: bool = False) -> Any:
    """Script a server that answers each message so many seconds after it; a mute one leaves the close frame unanswered."""

    def script(peer: Peer) -> None:
        while True:
            opcode, payload = peer.read()
            if opcode == CLOSE:
                if mute:
                    peer.hang()
                peer.send(frame(CLOSE, payload))
                return
            peer.server.stopping.wait(seconds)
            peer.send(frame(opcode, b"re: " + payload))

    return script


def test_answers_that_come_late_are_printed() -> None:
    with RawServer(later(0.8)) as server:
        code, out, told = shell("printf 'a\\nb\\n' | \"$@\"", server.url)
    assert (code, out) == (0, b"re: a\nre: b\n")
    assert told.splitlines()[-1] == "INFO: Client closed connection with code 1000: EOF"


def test_the_quiet_time_counts_from_the_latest_message_and_can_be_none(run: Any) -> None:
    def thrice(peer: Peer) -> None:
        peer.read()
        for number in range(3):
            peer.server.stopping.wait(0.3)
            peer.send(frame(TEXT, b"%d" % number))
        peer.answer_close()

    with RawServer(thrice) as server:
        assert run("-w", "0.6", server.url, stdin=b"go\n").out == "0\n1\n2\n"
    with RawServer(thrice) as server:
        ran = run("-w", "0", server.url, stdin=b"go\n")
    assert ran.log[-1] == ("INFO", "Client closed connection with code 1000: EOF")
    assert not [text for _, text in ran.log if "nothing came" in text]


def test_the_end_of_input_closes_nothing_when_told_so(run: Any) -> None:
    def talk(peer: Peer) -> None:
        peer.read()
        peer.server.stopping.wait(0.5)
        peer.send(frame(TEXT, b"late"))
        peer.close(1000, "done")

    with RawServer(talk) as server:
        ran = run("--no-close", "-w", "0", server.url, stdin=b"go\n")
    assert (ran.code, ran.out) == (0, "late\n")


def test_a_long_message_that_still_comes_is_not_silence(run: Any) -> None:
    def drip(peer: Peer) -> None:
        peer.read()
        whole = frame(TEXT, b"x" * 20_000)
        for at in range(0, len(whole), 4000):
            peer.send(whole[at : at + 4000])
            peer.server.stopping.wait(0.2)
        assert peer.read()[0] == CLOSE
        peer.server.results.put("closed after the message")

    with RawServer(drip) as server:
        ran = run("-w", "0.3", server.url, stdin=b"go\n")
        assert server.result() == "closed after the message"
    assert ran.out == "x" * 20_000 + "\n"


def test_the_end_of_the_connection_ends_the_wait() -> None:
    running = echo.Echo(SimpleNamespace(connection=SimpleNamespace(wire_bytes=(0, 0))), quiet=60)  # type: ignore[arg-type]
    running._ended.set()
    before = time.monotonic()
    running._wait_until_quiet()
    assert time.monotonic() - before < 30


def test_a_server_that_never_answers_is_told(run: Any) -> None:
    def mute(peer: Peer) -> None:
        peer.hang()

    with RawServer(mute) as server:
        ran = run("-w", "0.1", server.url, stdin=b"go\n")
    assert ran.code == 0
    assert [text for _, text in ran.log if "no message came within 0.1 s after the end of input; -w SECONDS" in text]


def test_a_close_frame_that_is_not_answered_is_told(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo, "CLOSE_TIMEOUT", 0.2)
    with RawServer(later(0, mute=True)) as server:
        ran = run(server.url, stdin=b"go\n")
    assert (ran.code, ran.out) == (0, "re: go\n")
    assert "did not answer our close frame within 0.2 s" in next(text for level, text in ran.log if level == "WARNING")


@pytest.mark.parametrize("line", ['"$@" <&-', '"$@" </dev/null', ': | "$@"'])
def test_without_input_it_closes_when_quiet(demo: ModuleType, line: str) -> None:
    code, out, told = shell(line, "-w", "0.2", demo.url())
    assert (code, out) == (0, b"")
    assert told.splitlines()[-1] == "INFO: Client closed connection with code 1000: EOF"


@pytest.mark.parametrize("line", ['"$@" 0>/dev/null', 'echo x | "$@" 0>&1'])
def test_input_that_cannot_be_read_is_told(demo: ModuleType, line: str) -> None:
    code, _, told = shell(line, demo.url())
    assert code == 74
    assert "ERROR: cannot read standard input: " in told
    assert told.splitlines()[-1] == "INFO: Client closed connection with code 1000: EOF"


def test_a_reader_that_is_gone_is_noticed_in_silence() -> None:
    def once(peer: Peer) -> Any:
        peer.send(frame(TEXT, b"only"))
        return peer.answer_close()

    with RawServer(once) as server:
        assert shell('{ "$@"; echo "code $?" >&2; } | head -n 1', "-n", server.url)[1:] == (
            b"only\n",
            f"INFO: Connecting to {server.url}...\nINFO: Connected to {server.url} without ssl\n"
            "INFO: Client closed connection with code 1000: EOF\ncode 0\n",
        )
        assert server.result() == (1000, "EOF")


def test_interrupts_in_this_process(run: Any, demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(echo, "print_message", interrupt)
    ran = run("-n", demo.url("headers"))
    assert (ran.code, ran.log[-1]) == (
        130,
        ("INFO", "Interrupted: closing the connection; Ctrl+C again ends the program at once"),
    )


@pytest.mark.parametrize(
    ("cause", "code"), [(BrokenPipeError(), exit_codes.OK), (OSError(28, "No space left"), exit_codes.INPUT_OUTPUT)]
)
def test_output_that_fails_ends_the_connection(
    run: Any, demo: ModuleType, monkeypatch: pytest.MonkeyPatch, cause: OSError, code: int
) -> None:
    def fail(_message: object) -> None:
        raise OutputError from cause

    monkeypatch.setattr(echo, "print_message", fail)
    assert run("-n", demo.url("ticker")).code == code


def test_the_output_is_watched_until_the_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    running = echo.Echo(SimpleNamespace(), None)  # type: ignore[arg-type]  # never closed
    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        running._ended.set()
        running._watch_output()
