"""The command line: what goes where, at which level, and with which exit code. Run in this process, against the demo server."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from kontena_ws_nb import cli, errors
from kontena_ws_nb.demo import lab
from kontena_ws_nb.tls.errors import SSLVerifyError


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
    assert "user=, and the header Authorization say two different things; give one" in capsys.readouterr().err


def test_the_writer_ends_quietly_when_the_connection_is_gone(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(_: str) -> None:
        raise errors.SocketError("gone")

    reader, writer = os.pipe()
    os.write(writer, b"x\n")
    os.close(writer)
    monkeypatch.setattr(cli.logger, "propagate", True)
    caplog.set_level(logging.DEBUG, cli.logger.name)
    cli._write(SimpleNamespace(send=send), reader, threading.Event(), 0)  # type: ignore[arg-type]
    os.close(reader)
    assert caplog.messages[-1] == "gone"


@pytest.mark.parametrize(("failure", "code"), [(KeyboardInterrupt, 130), (BrokenPipeError, 0)])
def test_interrupts_and_broken_pipes_close_the_connection(
    run: Any, demo: ModuleType, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException], code: int
) -> None:
    def fail(_: object) -> None:
        raise failure

    monkeypatch.setattr(cli, "_print", fail)
    monkeypatch.setattr(cli, "_discard_output", lambda: None)
    assert run("-n", demo.url("headers")).code == code


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
        assert all(line.startswith("INFO: Conn") for line in process.stderr.read().splitlines())


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


# --- demo ------------------------------------------------------------------------------------------------------------


def test_demo_hands_its_arguments_on(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(lab, "run", lambda folder, **rest: seen.append((folder, rest)) or 7)
    assert run("demo", "work", "--port", "9999", "--no-browser").code == 7
    assert run("demo").code == 7
    assert seen == [("work", {"port": 9999, "browser": False}), (None, {"port": None, "browser": True})]


def test_demo_without_jupyterlab_gives_the_pip_line(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None if name == "jupyterlab" else object())
    ran = run("demo")
    assert ran.code == 1
    assert ran.log[0][0] == "ERROR"
    assert "the demo needs jupyterlab, not installed here" in ran.log[0][1]
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
