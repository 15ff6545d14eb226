"""``kontena-ws demo``: starts JupyterLab with the notebooks and a page that lists them, and waits until it ends or Ctrl+C is pressed.

The demo server itself runs in the notebook's kernel, where ``%ws_connect demo`` starts it. Called on the main thread of
the command line.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

from .. import errors
from ..system.paths import local_path
from . import notebooks

#: Seconds to wait for JupyterLab's first response; it may take 20 s from a slow disk.
START_DEADLINE = 120.0

#: Seconds to wait for Jupyter to stop its kernels.
STOP_DEADLINE = 15.0


def prepare(folder: str | os.PathLike[str] | None) -> Path:
    """Make a working folder with copies of the notebooks in it, and the start page.

    Parameters
    ----------
    folder : path or None
        The folder (``~`` is the home directory); None makes a new temporary one. What is in it is not overwritten.

    Returns
    -------
    pathlib.Path
        The folder, absolute.
    """
    place = Path(tempfile.mkdtemp(prefix="kontena-ws-demo-")) if folder is None else Path(local_path(folder)).absolute()
    place.mkdir(parents=True, exist_ok=True)
    shipped = notebooks.shipped()
    for path in shipped:
        if not (place / path.name).exists():
            text = notebooks.opened_here(path.read_text(encoding="utf-8"))
            (place / path.name).write_text(text, encoding="utf-8", newline="\n")
    if not (place / notebooks.START).exists():
        (place / notebooks.START).write_text(notebooks.start_page(shipped), encoding="utf-8")
    return place


def command(folder: Path, port: int) -> list[str]:
    """Compose the command that starts JupyterLab.

    Parameters
    ----------
    folder : pathlib.Path
        Its root directory.
    port : int
        Its port, on loopback.

    Returns
    -------
    list of str
    """
    settings = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": folder,
        "ServerApp.open_browser": False,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        # JupyterLab's layout is one for all folders of a user: it would open what is open elsewhere, and keep what is open here.
        "LabApp.workspaces_dir": folder / ".jupyter-workspaces",
    }
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in containers; Jupyter refuses to run as root otherwise
        settings["ServerApp.allow_root"] = True
    return [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in settings.items())]


def run(
    folder: str | os.PathLike[str] | None = None,
    *,
    port: int | None = None,
    browser: bool = True,
    say: Callable[[str], object] = print,
) -> int:
    """Start JupyterLab, print its URL, and wait until it ends or Ctrl+C is pressed.

    Parameters
    ----------
    folder : path, optional
        Working folder; a new temporary one by default.
    port : int, optional
        Port on loopback; a free one by default.
    browser : bool, default True
        Open a browser, if there is a display.
    say : callable
        Prints a line.

    Returns
    -------
    int
        Exit code: 0 after Ctrl+C, otherwise Jupyter's.

    Raises
    ------
    Error
        JupyterLab is not installed, or did not start; the text says what to do.
    """
    missing = [name for name in ("jupyterlab", "ipykernel") if importlib.util.find_spec(name) is None]
    if missing:
        install = f"{sys.executable} -m pip install 'kontena_ws_nb[demo]'"
        raise errors.Error(
            f"the demo needs {' and '.join(missing)}, which is not installed", hint=f"{install} (in a clone: '.[demo]')"
        )
    place = prepare(folder)
    port = port or _free_port()
    token = secrets.token_urlsafe(24)
    # The token is passed in the environment, because all users of the machine can read command lines.
    environ = dict(os.environ, JUPYTER_TOKEN=token, JUPYTER_PREFER_ENV_PATH="1")
    url = f"http://127.0.0.1:{port}/lab/tree/{notebooks.START}?token={token}"
    log = place / ".jupyter.log"
    with _ended_by_signals(), log.open("wb") as output, _process(command(place, port), environ, output) as process:
        say(f"Starting JupyterLab in {place} …")
        try:
            _wait_until_up(process, port, token, log)
            say(f"\n    {url}\n\nCtrl+C stops JupyterLab.")
            if browser and has_screen(os.environ):
                webbrowser.open(url)
            return process.wait()
        except KeyboardInterrupt:
            say(f"\nStopping JupyterLab; your notebook is kept in {place}")
            return 0


def has_screen(environ: Mapping[str, str]) -> bool:
    """Tell whether a browser could show a window.

    Parameters
    ----------
    environ : mapping
        Environment variables.

    Returns
    -------
    bool
        False on Linux without a display, where `webbrowser` would start a text browser in the terminal.
    """
    if sys.platform in ("win32", "darwin"):
        return True
    return any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _process(arguments: list[str], environ: dict[str, str], output: object) -> Iterator[subprocess.Popen[bytes]]:
    # In a new session, so that Ctrl+C does not reach Jupyter, which would ask "Shutdown this server (y/[n])?".
    process = subprocess.Popen(  # noqa: S603  our own arguments
        arguments,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=output,  # type: ignore[call-overload]
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_DEADLINE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Handle SIGTERM and SIGHUP like Ctrl+C, so that Jupyter and its kernels are stopped too."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _wait_until_up(process: subprocess.Popen[bytes], port: int, token: str, log: Path) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/status", headers={"Authorization": f"token {token}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy for loopback
    end = time.monotonic() + START_DEADLINE
    while True:
        try:
            with opener.open(request, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None or time.monotonic() > end:
                tail = log.read_text(errors="replace")[-2000:]
                raise errors.Error(f"JupyterLab did not start; the end of {log}:\n{tail}") from None
        time.sleep(0.1)
