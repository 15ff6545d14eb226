"""The command line: outputs, levels and exit codes. Run in this process, with the demo server."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb import cli, errors
from kontena_ws_nb.demo import lab
from kontena_ws_nb.recording.database import Database
from kontena_ws_nb.tls.errors import SSLVerifyError
from tests.lab.raw_server import CLOSE, TEXT, Peer, RawServer, frame, text


@dataclass
class Ran:
    """What a command line did."""

    code: int
    out: str
    log: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Run `kontena-ws ARGUMENTS` with some standard input."""
    records: list[tuple[str, str]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append((record.levelname, record.getMessage()))

    monkeypatch.setattr(cli, "QUIET", 0.1)
    keep = Keep()
    cli.logger.addHandler(keep)
    opened: list[int] = []

    def go(*arguments: str, stdin: bytes = b"") -> Ran:
        records.clear()
        reader, writer = os.pipe()
        opened.append(reader)
        os.write(writer, stdin)
        os.close(writer)
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=lambda: reader))
        try:
            code = cli.main(list(arguments))
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        return Ran(code, capsys.readouterr().out, list(records))

    yield go
    cli.logger.removeHandler(keep)
    for descriptor in opened:
        os.close(descriptor)


@pytest.fixture
def trusted(demo: ModuleType, tmp_path: Path) -> str:
    file = tmp_path / "demo.pem"
    file.write_bytes(demo.certificate_pem())
    return str(file)


# --- the echo client -------------------------------------------------------------------------------------------------


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


def test_the_five_situations_of_tls(run: Any, demo: ModuleType, trusted: str) -> None:
    url, subject = demo.url(tls=True), "CN=localhost,O=kontena_ws_nb demo"
    assert run("--ca-file", trusted, url).log[1] == (
        "INFO",
        f"Connected to {url} with ssl verify: {subject} (issuer {subject})",
    )
    assert run("-k", "--ca-file", trusted, url).log[1] == (
        "WARNING",
        f"Connected to {url} without ssl verify: {subject} (issuer {subject})",
    )
    errors_of_ssl = (
        f"Connected to {url} with ssl errors: self-signed certificate (code 18) (subject {subject}, issuer {subject})"
    )
    assert run("-k", url).log[1] == ("WARNING", errors_of_ssl)
    refused = run(url)
    assert (refused.code, refused.out) == (4, "")
    level, text = refused.log[1]
    assert level == "ERROR"
    assert "the server's certificate was refused: self-signed certificate (code 18)" in text
    assert run(demo.url()).log[1] == ("INFO", f"Connected to {demo.url()} without ssl")


def test_ssl_errors_without_a_certificate_to_show(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise SSLVerifyError("refused", verify_code=1, reason="unspecified")

    monkeypatch.setattr(cli.logger, "propagate", True)
    cli._report_tls(SimpleNamespace(ssl=True, verify_ssl_cert=refuse), "wss://x")  # type: ignore[arg-type]
    assert caplog.messages[0] == "Connected to wss://x with ssl errors: unspecified (code 1)"


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


def test_binary_is_printed_as_hexadecimal(run: Any, demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    cli._print(b"\x00\xffA")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    cli._print("\x1b[31mred")
    assert run("-n", demo.url("close?reason=x")).out.splitlines()[:2] == ["00 ff 41", "\\x1b[31mred"]


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


def test_options_reach_the_handshake(run: Any, demo: ModuleType) -> None:
    arguments = [
        "-H",
        "X-One: 1",
        "-H",
        "X-Two: 2",
        "-H",
        "cookie: c=3",
        "-H",
        "authorization: bearer t",
        "--cookie",
        "a=1",
        "--cookie",
        "b=2",
        "--token",
        "t",
        "--no-ping",
        "--no-compression",
    ]
    port = demo.url().rsplit(":", 1)[1].strip("/")
    ran = run(
        *arguments,
        "--resolve",
        "feed.test:127.0.0.1",
        "--timeout",
        "5",
        "--redirects",
        "0",
        "--strict",
        f"ws://feed.test:{port}/headers",
    )
    seen = dict(json.loads(ran.out)["headers"])
    assert {k: seen[k] for k in ("X-One", "X-Two", "Cookie", "Authorization")} == {
        "X-One": "1",
        "X-Two": "2",
        "Cookie": "a=1; b=2; c=3",
        "Authorization": "Bearer t",
    }
    assert "Sec-WebSocket-Extensions" not in seen


def test_flags_that_contradict_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--user", "me:pw", "-H", "Authorization: Bearer t", "ws://h/"])
    assert ended.value.code == 64
    assert "user= and the header Authorization have different values; pass one" in capsys.readouterr().err


def test_the_writer_ends_quietly_when_the_connection_is_gone(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(_: str) -> None:
        raise errors.SocketError("gone")

    reader, writer = os.pipe()
    os.write(writer, b"x\n")
    os.close(writer)
    monkeypatch.setattr(cli.logger, "propagate", True)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=lambda: reader))
    caplog.set_level(logging.DEBUG, cli.logger.name)
    cli._Echo(SimpleNamespace(send=send), quiet=0)._send_lines()  # type: ignore[arg-type]
    os.close(reader)
    assert caplog.messages[-1] == "gone"


def test_an_interrupt_while_connecting(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_connected", interrupt)
    assert run("demo/").code == 130


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.TimeoutError("connect", 1), 3),
        (errors.TimeoutError("read", 1), 1),
        (errors.ProtocolError("bad frame", close_code=1002), 1),
        (errors.ProtocolError("no WebSocket"), 3),
        (errors.SocketError("broken"), 1),
        (errors.Error("other"), 1),
    ],
)
def test_exit_codes_of_errors(error: errors.Error, code: int) -> None:
    assert cli._exit_code(error) == code


def test_help_and_version(run: Any) -> None:
    shown = run("--help")
    assert shown.code == 0
    assert "exit codes:" in shown.out
    assert "--max-bytes" not in shown.out
    assert "do not refuse a certificate" in " ".join(shown.out.split())
    assert run("--version").out.strip() == cli.__version__
    shown = run("demo", "--help")
    assert shown.code == 0
    assert "/close?code=&reason=" in shown.out


def test_the_installed_command_is_this_one(demo: ModuleType) -> None:
    program = "import sys; from kontena_ws_nb.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, demo.url()],
        input="over a pipe\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "over a pipe\n")
    assert done.stderr.splitlines()[-1] == "INFO: Client closed connection with code 1000: EOF"


def test_a_reader_that_has_enough_ends_us_quietly(demo: ModuleType) -> None:
    program = "import sys; from kontena_ws_nb.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "-n", demo.url("ticker?rate=1000")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["id"] == 1
        process.stdout.close()
        assert process.wait(30) == 0
        assert all(line.startswith("INFO: C") for line in process.stderr.read().splitlines())


# --- standard input, output and the terminal: a process each, as a shell starts it --------------------------------------

_PROGRAM = (sys.executable, "-c", "import sys; from kontena_ws_nb.cli import main; sys.exit(main())")


def shell(line: str, *arguments: str, **environ: str) -> tuple[int, bytes, str]:
    """Run a line of sh in which ``"$@"`` is the command line; its exit code, output, and what it said."""
    done = subprocess.run(
        ["sh", "-c", line, "sh", *_PROGRAM, *arguments],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, **environ},
    )
    told = done.stderr.decode()
    assert "Traceback" not in told
    assert "Exception" not in told
    return done.returncode, done.stdout, told


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
    echo = cli._Echo(SimpleNamespace(connection=SimpleNamespace(wire_bytes=(0, 0))), quiet=60)  # type: ignore[arg-type]
    echo._ended.set()
    before = time.monotonic()
    echo._wait_until_quiet()
    assert time.monotonic() - before < 30


def test_a_server_that_never_answers_is_told(run: Any) -> None:
    def mute(peer: Peer) -> None:
        peer.hang()

    with RawServer(mute) as server:
        ran = run("-w", "0.1", server.url, stdin=b"go\n")
    assert ran.code == 0
    assert [text for _, text in ran.log if "no message came within 0.1 s after the end of input; -w SECONDS" in text]


def test_a_close_frame_that_is_not_answered_is_told(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_CLOSE_TIMEOUT", 0.2)
    with RawServer(later(0, mute=True)) as server:
        ran = run(server.url, stdin=b"go\n")
    assert (ran.code, ran.out) == (0, "re: go\n")
    assert "did not answer our close frame within 0.2 s" in next(text for level, text in ran.log if level == "WARNING")


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "x"])
def test_a_quiet_time_is_a_number_of_seconds(text: str) -> None:
    code, _, told = shell('"$@"', f"--wait={text}", "demo")
    assert code == 64
    assert "argument -w/--wait: expected seconds" in told


@pytest.mark.parametrize("line", ['"$@" <&-', '"$@" </dev/null', ': | "$@"'])
def test_without_input_it_closes_when_quiet(demo: ModuleType, line: str) -> None:
    code, out, told = shell(line, "-w", "0.2", demo.url())
    assert (code, out) == (0, b"")
    assert told.splitlines()[-1] == "INFO: Client closed connection with code 1000: EOF"


def test_input_is_a_file(demo: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_bytes(b"x" * 200_000 + "\r\nzwölf\nlast".encode())
    code, out, _ = shell(f'"$@" <{file}', "-w", "0.5", demo.url())
    assert (code, out) == (0, b"x" * 200_000 + "\nzwölf\nlast\n".encode())


@pytest.mark.parametrize("line", ['"$@" 0>/dev/null', 'echo x | "$@" 0>&1'])
def test_input_that_cannot_be_read_is_told(demo: ModuleType, line: str) -> None:
    code, _, told = shell(line, demo.url())
    assert code == 74
    assert "ERROR: cannot read standard input: " in told
    assert told.splitlines()[-1] == "INFO: Client closed connection with code 1000: EOF"


def test_input_that_is_not_utf_8_is_told(run: Any, demo: ModuleType) -> None:
    ran = run(demo.url(), stdin=b"good\nb\xe4d\n\xff")
    assert ran.out == "good\nb\ufffdd\n\ufffd\n"
    warned = [text for level, text in ran.log if level == "WARNING"]
    assert warned[0].startswith("line 2 of the input is not UTF-8 (byte 2)")
    assert warned[1].startswith("line 3 of the input is not UTF-8 (byte 1)")


@pytest.mark.parametrize(
    "arguments", [("-n", "demo/ticker"), ("demo",), ("--help",), ("cert", "--help"), ("demo", "--help"), ("--version",)]
)
def test_a_closed_output_is_told_before_anything_is_sent(arguments: tuple[str, ...]) -> None:
    code, _, told = shell('"$@" >&-', *arguments)
    assert code == 74
    assert told.splitlines()[-1].startswith("ERROR: cannot write to standard output: it is closed; ")
    assert "Connecting" not in told


@pytest.mark.parametrize(
    "arguments",
    [("-n", "demo/ticker?rate=100"), ("--help",), ("cert", "-k", "demo+tls"), ("cert", "--pem", "demo+tls")],
)
def test_a_full_disk_is_told(arguments: tuple[str, ...]) -> None:
    code, _, told = shell('"$@" >/dev/full', *arguments)
    assert code == 74
    assert told.splitlines()[-1].startswith("ERROR: cannot write to standard output: No space left on device; ")


def test_a_closed_or_full_standard_error_changes_nothing(demo: ModuleType) -> None:
    for line in ('echo hi | "$@" 2>&-', 'echo hi | "$@" 2>/dev/full', 'echo hi | "$@" <&0 2>&- 3>&-'):
        assert shell(line, "-w", "0.3", demo.url())[:2] == (0, b"hi\n")


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({"PYTHONIOENCODING": "ascii"}, rb"\u20ac \xe4 \U0001f600"),
        ({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, rb"\u20ac \xe4 \U0001f600"),
        ({"PYTHONIOENCODING": "latin-1:strict"}, b"\\u20ac \xe4 \\U0001f600"),
        ({"PYTHONIOENCODING": "cp1252"}, b"\x80 \xe4 \\U0001f600"),
        ({"LC_ALL": "C"}, "€ ä 😀".encode()),
        ({"PYTHONIOENCODING": "utf-8"}, "€ ä 😀".encode()),
    ],
)
def test_what_the_output_cannot_hold_is_escaped(demo: ModuleType, environ: dict[str, str], shown: bytes) -> None:
    code, out, _ = shell("printf '€ ä 😀\\n' | \"$@\"", "-w", "0.3", demo.url(), **environ)
    assert (code, out) == (0, shown + b"\n")


def test_the_certificate_card_fits_every_encoding() -> None:
    code, out, _ = shell('"$@"', "cert", "demo+tls", PYTHONIOENCODING="ascii")
    assert code == 1
    assert out.isascii()


@pytest.mark.parametrize("arguments", [("-n", "demo/ticker?rate=100"), ("--help",), ("cert", "demo+tls")])
def test_a_reader_that_has_read_one_line_ends_us_quietly(arguments: tuple[str, ...]) -> None:
    line = '{ "$@"; echo "code $?" >&2; } | head -n 1'
    code, out, told = shell(line, *arguments)
    assert (code, out.count(b"\n")) == (0, 1)
    assert told.splitlines()[-1] in ("code 0", "code 1")  # of a bad certificate that was shown
    assert "ERROR" not in told


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


# --- Ctrl+C ----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command line with pipes; killed at the end, when it still runs."""
    with subprocess.Popen(
        [*_PROGRAM, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said_until(process: subprocess.Popen[str], text: str) -> str:
    """Read what it says, to the line that holds a text."""
    assert process.stderr is not None
    told = ""
    while text not in told:
        line = process.stderr.readline()
        assert line, told
        told += line
    return told


def rest_of(process: subprocess.Popen[str]) -> str:
    """Wait for its end; what it still says."""
    process.wait(8)
    assert process.stderr is not None
    told = process.stderr.read()
    assert "Traceback" not in told
    return told


def test_an_interrupt_closes(demo: ModuleType) -> None:
    with started(demo.url()) as process:
        said_until(process, "without ssl")
        process.send_signal(signal.SIGINT)
        assert rest_of(process) == "INFO: Interrupted: closing the connection; Ctrl+C again ends the program at once\n"
        assert process.returncode == 130


def test_a_second_interrupt_leaves_at_once() -> None:
    with RawServer(Peer.hang) as server, started("-n", server.url) as process:
        said_until(process, "without ssl")
        process.send_signal(signal.SIGINT)
        said_until(process, "again ends the program at once")
        process.send_signal(signal.SIGINT)
        assert rest_of(process) == ""
        assert process.returncode == 130


def test_an_interrupt_while_closing_leaves_at_once() -> None:
    def script(peer: Peer) -> None:
        peer.server.results.put(peer.expect(CLOSE))
        peer.hang()

    with RawServer(script) as server, started("-w", "0", server.url) as process:
        assert process.stdin is not None
        process.stdin.close()
        server.result()
        process.send_signal(signal.SIGINT)
        assert "again" not in rest_of(process)
        assert process.returncode == 130


def test_an_interrupt_during_the_opening_handshake_leaves() -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.server.results.put("asked")
        peer.hang()

    with RawServer(script, handshake=False) as server, started(server.url) as process:
        assert server.result() == "asked"
        process.send_signal(signal.SIGINT)
        rest_of(process)
        assert process.returncode == 130


def test_an_interrupt_while_nobody_reads_our_output_leaves() -> None:
    def flood(peer: Peer) -> None:
        while True:
            peer.send(frame(TEXT, b"x" * 60_000))

    with RawServer(flood) as server, started("-n", server.url) as process:
        assert process.stdout is not None
        assert process.stdout.read(100_000)
        process.send_signal(signal.SIGINT)
        said_until(process, "again ends the program at once")
        process.send_signal(signal.SIGINT)
        rest_of(process)
        assert process.returncode == 130


def test_interrupts_are_counted_and_what_was_ignored_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    monkeypatch.setattr(cli._Interrupts, "leave", staticmethod(left.append))
    before = signal.getsignal(signal.SIGINT)
    with cli._Interrupts():
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
    assert left == [130]
    assert signal.getsignal(signal.SIGINT) is before
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with cli._Interrupts():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_interrupts_in_this_process(run: Any, demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cli, "_print", interrupt)
        ran = run("-n", demo.url("headers"))
    assert (ran.code, ran.log[-1]) == (
        130,
        ("INFO", "Interrupted: closing the connection; Ctrl+C again ends the program at once"),
    )
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", SimpleNamespace(write=interrupt))
        with pytest.raises(KeyboardInterrupt):
            cli._write_out("stuck")


def test_closed_standard_streams_are_occupied() -> None:
    free = os.dup(0)
    os.close(free)
    cli._open_closed_streams(free)
    assert os.fstat(free).st_rdev == Path(os.devnull).stat().st_rdev
    os.close(free)


# --- cert ------------------------------------------------------------------------------------------------------------


def test_cert_good_bad_and_none(run: Any, demo: ModuleType, trusted: str) -> None:
    url = demo.url(tls=True)
    good = run("cert", "--ca-file", trusted, url)
    assert good.code == 0
    assert "localhost" in good.out
    bad = run("cert", url)
    assert bad.code == 1
    assert "self-signed" in bad.out
    assert run("cert", url.removeprefix("wss://").strip("/")).code == 1
    assert run("cert", "wss://" + demo.url().removeprefix("ws://")).code == 2
    assert run("cert", demo.url()).code == 2
    assert run("cert", "demo").code == 2
    assert run("cert", "127.0.0.1:1").code == 3
    assert run("cert", "http://x").code == 64
    assert run("cert").code == 64


def test_cert_as_pem_and_json(run: Any, demo: ModuleType) -> None:
    url = demo.url(tls=True)
    pem = run("cert", "--pem", url)
    assert pem.out.encode() == demo.certificate_pem()
    assert pem.log[0][0] == "WARNING"
    assert "self-signed certificate" in pem.log[0][1]
    described = json.loads(run("cert", "--json", url).out)
    assert "self-signed certificate" in json.dumps(described)


def test_cert_pem_of_a_good_one_warns_of_nothing(run: Any, demo: ModuleType, trusted: str) -> None:
    assert run("cert", "--pem", "--ca-file", trusted, demo.url(tls=True)).log == []


# --- convert ---------------------------------------------------------------------------------------------------------


def test_convert(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = str(tmp_path / "a.jsonl"), str(tmp_path / "b.har")
    log = kws.MessageLog()
    log.add("text", b"hello")
    kws.save({"feed": log}, source)
    done = run("convert", source, target)
    assert (done.code, done.log) == (0, [])
    assert done.out.startswith(f"saved 1 message to {target} (HAR, ")
    assert kws.load(target).messages[0].text == "hello"
    assert run("convert", "--secrets", "--keylog", "none", target, str(tmp_path / "c.mitm")).code == 0
    assert "\n  JSON Lines" in run("convert", "--help").out
    assert run("convert", source).code == 64
    (tmp_path / "no.har").write_text("nothing")
    for given, code, said in (
        ((str(tmp_path / "no.har"), target), 65, "cannot be opened as a capture"),
        ((source, str(tmp_path / "b.xyz")), 65, "its suffix '.xyz' says no format"),
        ((str(tmp_path / "missing.har"), target), 74, "No such file"),
        ((source, str(tmp_path / "missing" / "b.har")), 74, "No such file"),
    ):
        failed = run("convert", *given)
        assert (failed.code, failed.out, failed.log[0][0]) == (code, "", "ERROR")
        assert said in failed.log[0][1]

    def without(*_: object) -> None:
        raise ImportError("Parquet and Arrow files need pyarrow")

    monkeypatch.setattr("kontena_ws_nb.captures.arrow.package", without)
    assert run("convert", source, str(tmp_path / "b.parquet")).code == 65


# --- demo ------------------------------------------------------------------------------------------------------------


def test_demo_hands_its_arguments_on(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(lab, "run", lambda folder, **rest: seen.append((folder, rest)) or 7)
    assert run("demo", "work", "--port", "9999", "--no-browser").code == 7
    assert run("demo").code == 7
    assert seen == [
        ("work", {"port": 9999, "browser": False, "say": cli._say}),
        (None, {"port": None, "browser": True, "say": cli._say}),
    ]


def test_demo_without_jupyterlab_gives_the_pip_line(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None if name == "jupyterlab" else object())
    ran = run("demo")
    assert ran.code == 1
    assert ran.log[0][0] == "ERROR"
    assert "the demo needs jupyterlab, which is not installed" in ran.log[0][1]
    assert "pip install 'kontena_ws_nb[demo]'" in ran.log[0][1]


def test_secrets_can_be_asked_for(run: Any, demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def getpass(prompt: str) -> str:
        asked.append(prompt)
        return "s3cret"

    monkeypatch.setattr("getpass.getpass", getpass)
    ran = run("--token", "-", demo.url("headers"))
    assert ran.code == 0
    assert '["Authorization", "Bearer ***"]' in ran.out  # the server has seen it, and only it is masked
    assert "s3cret" not in ran.out
    run("--user", "me", demo.url("headers"))
    assert asked == ["bearer token: ", "password of me: "]


def test_a_secret_nobody_can_type_is_a_wrong_argument(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def getpass(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", getpass)
    assert run("--token", "-", "demo").code == 64


def test_a_mistyped_demo_endpoint_is_a_wrong_argument(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["demo/tickr"], ["cert", "demo+tls/tickr"]):
        with pytest.raises(SystemExit) as caught:
            cli.main(arguments)
        assert caught.value.code == 64
        assert "no such endpoint: did you mean demo/ticker?" in capsys.readouterr().err


# --- what otherwise only happens when two things happen at once -----------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "code"), [(BrokenPipeError(), cli.OK), (OSError(28, "No space left"), cli.INPUT_OUTPUT)]
)
def test_output_that_fails_ends_the_connection(
    run: Any, demo: ModuleType, monkeypatch: pytest.MonkeyPatch, cause: OSError, code: int
) -> None:
    def fail(_message: object) -> None:
        raise cli._OutputError from cause

    monkeypatch.setattr(cli, "_print", fail)
    assert run("-n", demo.url("ticker")).code == code


def test_the_output_is_watched_until_the_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    echo = cli._Echo(SimpleNamespace(), None)  # type: ignore[arg-type]  # never closed
    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        echo._ended.set()
        echo._watch_output()


# --- kontena-ws replay -----------------------------------------------------------------------------------------------


def recorded(folder: Path) -> str:
    log = kws.MessageLog()
    log.add("text", b"recorded")
    log.add("text", b"asked", sent=True)
    kws.save(log, folder / "feed.jsonl")
    return str(folder / "feed.jsonl")


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--wait",), 1), (("--strict", "--speed", "inf"), 1)])
def test_a_capture_is_served_until_it_is_interrupted(tmp_path: Path, options: tuple[str, ...], code: int) -> None:
    command = [sys.executable, "-c", "import sys; from kontena_ws_nb.cli import main; sys.exit(main())", "replay"]
    with subprocess.Popen(
        [*command, recorded(tmp_path), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        with kws.Client.connect(server.stdout.readline().strip()) as client:
            assert client.read(10) == "recorded"
            client.send("something \x1b else")
            with contextlib.suppress(errors.Error):
                client.read(0.2)
        server.send_signal(signal.SIGINT)
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
        cli.main(["replay", *(one.format(file=file) for one in arguments)])
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


# --- kontena-ws record -----------------------------------------------------------------------------------------------


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


def test_an_interrupt_ends_a_recording(demo: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    with started("record", demo.url(), str(path)) as process:
        said_until(process, "without ssl")
        process.send_signal(signal.SIGINT)
        assert rest_of(process) == "INFO: Interrupted: closing the connection; Ctrl+C again ends the program at once\n"
        assert process.returncode == 0
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
    assert run("record", demo.url(), str(notes)).code == cli.USAGE
    assert run("record", "http://localhost/", str(tmp_path / "feed.db")).code == cli.USAGE
    missing = run("record", demo.url(), str(tmp_path / "none" / "feed.db"))
    assert missing.code == cli.INPUT_OUTPUT
    assert missing.log[-1][0] == "ERROR"
    assert "No such file or directory" in missing.log[-1][1]
    assert run("record", "ws://127.0.0.1:1/", str(tmp_path / "feed.db")).code == cli.NO_CONNECTION


def test_what_is_not_in_the_file_is_told(
    run: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli.logger, "propagate", True)
    recorder = SimpleNamespace(wait=bool, rows=5, lost=1200, error="full", path="/feed.db")
    session = SimpleNamespace(
        recording=recorder,
        client=SimpleNamespace(ssl=False),
        messages=SimpleNamespace(wait_for=lambda _: True),
        stats=SimpleNamespace(received_messages=1205),
        error=None,
    )
    assert cli._recorded(session, "ws://localhost/") == cli.INPUT_OUTPUT  # type: ignore[arg-type]
    assert capsys.readouterr().out == "1,205 messages received; 5 rows written to /feed.db\n"
    assert list(dict.fromkeys(caplog.messages[-4:])) == [
        "1,200 rows are lost: they came faster than they could be written",
        "not all is in the file: full",
    ]
    recorder.lost, recorder.error = 0, None
    assert cli._recorded(session, "ws://localhost/") == cli.OK  # type: ignore[arg-type]
