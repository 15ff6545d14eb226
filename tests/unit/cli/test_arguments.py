"""Arguments: options that reach the connection, secrets that are typed, and what is refused."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest

from kontena_ws_nb.cli import main
from tests.lab.command import shell


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
        main(["--user", "me:pw", "-H", "Authorization: Bearer t", "ws://h/"])
    assert ended.value.code == 64
    assert "user= and the header Authorization have different values; pass one" in capsys.readouterr().err


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
            main(arguments)
        assert caught.value.code == 64
        assert "no such endpoint: did you mean demo/ticker?" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "x"])
def test_a_quiet_time_is_a_number_of_seconds(text: str) -> None:
    code, _, told = shell('"$@"', f"--wait={text}", "demo")
    assert code == 64
    assert "argument -w/--wait: expected seconds" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--no-verify=t0psecr3t", "demo"], "argument -k/--no-verify: takes no value"),
        (["cert", "--c=t0psecr3t", "demo+tls"], "--c is ambiguous: "),
        (["--tokne=t0psecr3t", "demo"], "'--tokne' is not an option; did you mean '--token'?"),
        (["convert", "a.har", "b.har", "t0psecr3t"], "there are more arguments"),
        (["--timeout", "t0psecr3t", "demo"], "argument --timeout: expected seconds, got text of 9 characters"),
    ],
)
def test_refused_arguments_are_not_quoted(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr().err
    assert ended.value.code == 64
    assert told in said
    assert "t0psecr3t" not in said
