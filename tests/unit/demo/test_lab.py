"""`demo.lab`: the working folder, the command, and every way the Jupyter process can end. A real one runs in tests/integration."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from kontena_ws_nb import errors
from kontena_ws_nb.demo import lab, notebooks

#: Stands in for JupyterLab: answers anything with 200, and ends on SIGTERM.
SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replace JupyterLab by a program of ours, and no browser."""
    monkeypatch.setattr(lab, "has_screen", lambda _: False)

    def use(program: str) -> None:
        monkeypatch.setattr(lab, "command", lambda _folder, port: [sys.executable, "-c", program, str(port)])

    return use


def test_the_notebooks_are_copied_once(tmp_path: Path) -> None:
    folder = lab.prepare(tmp_path / "new")
    names = {path.name for path in folder.iterdir()}
    assert names == {"start.ipynb", *(path.name for path in notebooks.shipped())}
    for name in names:
        assert json.loads((folder / name).read_text(encoding="utf-8"))["nbformat"] == 4
        (folder / name).write_text("mine")
    last = notebooks.shipped()[-1].name
    (folder / last).unlink()  # one that a newer version has
    assert lab.prepare(folder) == folder
    assert {path.name for path in folder.iterdir()} == names
    assert (folder / "start.ipynb").read_text() == "mine"
    assert (folder / last).read_text(encoding="utf-8") == notebooks.opened_here(
        notebooks.shipped()[-1].read_text(encoding="utf-8")
    )


def test_a_fresh_folder_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lab.tempfile, "mkdtemp", lambda prefix: str(tmp_path / prefix))
    assert lab.prepare(None) == tmp_path / "kontena-ws-demo-"


@pytest.mark.parametrize(("uid", "told"), [(0, True), (1000, False)])
def test_the_command_stays_on_loopback_and_carries_no_token(
    monkeypatch: pytest.MonkeyPatch, uid: int, told: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid, raising=False)
    command = lab.command(Path("work"), 1234)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert {"--ServerApp.ip=127.0.0.1", "--ServerApp.port=1234", "--ServerApp.open_browser=False"} <= set(command)
    assert ("--ServerApp.allow_root=True" in command) == told
    assert f"--LabApp.workspaces_dir={Path('work/.jupyter-workspaces')}" in command
    assert "token" not in " ".join(command)


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "w"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_has_screen(monkeypatch: pytest.MonkeyPatch, platform: str, environ: dict[str, str], expected: bool) -> None:
    monkeypatch.setattr(lab.sys, "platform", platform)
    assert lab.has_screen(environ) is expected


def test_it_says_where_opens_a_browser_and_ends_on_ctrl_c(
    stand_in: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(SERVER)
    opened: list[str] = []

    def browser(url: str) -> None:
        opened.append(url)
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5).close()
        raise KeyboardInterrupt  # the reader presses Ctrl+C

    monkeypatch.setattr(lab, "has_screen", lambda _: True)
    monkeypatch.setattr(lab.webbrowser, "open", browser)
    assert lab.run(tmp_path) == 0
    printed = capsys.readouterr().out
    assert opened[0] in printed
    assert "/lab/tree/start.ipynb?token=" in opened[0]
    assert "Ctrl+C stops JupyterLab." in printed
    assert f"your notebook is kept in {tmp_path}" in printed


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_kill_or_a_closed_terminal_ends_jupyter_too(
    stand_in: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    stand_in(SERVER)
    number = getattr(signal, name)
    before = signal.getsignal(number)
    wait_until_up = lab._wait_until_up

    def then_kill(process: subprocess.Popen[bytes], port: int, token: str, log: Path) -> None:
        wait_until_up(process, port, token, log)
        signal.pthread_kill(threading.main_thread().ident or 0, number)

    monkeypatch.setattr(lab, "_wait_until_up", then_kill)
    assert lab.run(tmp_path, browser=False) == 0
    assert signal.getsignal(number) is before


def test_jupyter_ends_by_itself(
    stand_in: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in("import sys; sys.exit(3)")
    monkeypatch.setattr(lab, "_wait_until_up", lambda *_: None)
    assert lab.run(tmp_path, port=1) == 3


def test_jupyter_that_does_not_come_up_shows_the_end_of_its_log(
    stand_in: Callable[[str], None], tmp_path: Path
) -> None:
    stand_in("import sys; sys.exit('port taken')")
    with pytest.raises(errors.Error, match=r"(?s)JupyterLab did not start; the end of .*\.jupyter\.log:\nport taken"):
        lab.run(tmp_path)


def test_jupyter_that_does_not_end_is_killed(
    stand_in: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVER)
    monkeypatch.setattr(lab, "STOP_DEADLINE", 0.1)
    monkeypatch.setattr(lab, "has_screen", lambda _: True)

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lab.webbrowser, "open", interrupt)
    assert lab.run(tmp_path) == 0
