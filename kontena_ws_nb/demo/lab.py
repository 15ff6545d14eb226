"""``kontena-ws demo``: a JupyterLab of one's own, with the quickstart open in it.

The working folder, the Jupyter process and its end. The demo server itself runs in the notebook's kernel, where
``%ws_connect demo`` starts it. Called on the main thread of the command line, which waits here until Ctrl+C.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
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

NOTEBOOK = "01_quickstart.ipynb"

#: Seconds JupyterLab may take to answer; a cold start on a slow disk takes twenty.
START_DEADLINE = 120.0

#: Seconds Jupyter may take to stop its kernels.
STOP_DEADLINE = 15.0


def notebook() -> Path:
    """Find the quickstart: inside an installed package, or beside it in a checkout.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    Error
        It is in neither place.
    """
    here = Path(__file__).resolve().parent
    for path in (here / NOTEBOOK, here.parents[1] / "notebooks" / NOTEBOOK):
        if path.exists():
            return path
    raise errors.Error(f"{NOTEBOOK} was not installed with the package", hint="reinstall kontena_ws_nb")


def prepare(folder: str | os.PathLike[str] | None) -> Path:
    """Make a working folder with a copy of the quickstart in it.

    Parameters
    ----------
    folder : path or None
        Where (``~`` is the home folder); None makes a fresh temporary folder. A notebook that is already there is kept.

    Returns
    -------
    pathlib.Path
        The folder, absolute.
    """
    place = Path(tempfile.mkdtemp(prefix="kontena-ws-demo-")) if folder is None else Path(local_path(folder)).absolute()
    place.mkdir(parents=True, exist_ok=True)
    if not (place / NOTEBOOK).exists():
        shutil.copyfile(notebook(), place / NOTEBOOK)
    return place


def command(folder: Path, port: int) -> list[str]:
    """Compose the command that starts JupyterLab.

    Parameters
    ----------
    folder : pathlib.Path
        Its root.
    port : int
        Where it listens, on loopback only.

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
    }
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # containers; Jupyter wants to be told
        settings["ServerApp.allow_root"] = True
    return [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in settings.items())]


def run(
    folder: str | os.PathLike[str] | None = None,
    *,
    port: int | None = None,
    browser: bool = True,
    say: Callable[[str], object] = print,
) -> int:
    """Start JupyterLab, say where it is, and stay until it ends or Ctrl+C is pressed.

    Parameters
    ----------
    folder : path, optional
        Working folder; a fresh temporary one when left out.
    port : int, optional
        Port on loopback; a free one when left out.
    browser : bool, default True
        Open a browser, if this machine has one to show.
    say : callable
        Prints a line.

    Returns
    -------
    int
        Exit code: 0 after Ctrl+C, else Jupyter's own.

    Raises
    ------
    Error
        JupyterLab is not installed, or did not come up; the text says what to do.
    """
    missing = [name for name in ("jupyterlab", "ipykernel") if importlib.util.find_spec(name) is None]
    if missing:
        install = f"{sys.executable} -m pip install 'kontena_ws_nb[demo]'"
        raise errors.Error(
            f"the demo needs {' and '.join(missing)}, not installed here", hint=f"{install} (in a clone: '.[demo]')"
        )
    place = prepare(folder)
    port = port or _free_port()
    token = secrets.token_urlsafe(24)
    # The token goes by the environment: command lines are for everyone on the machine to read.
    environ = dict(os.environ, JUPYTER_TOKEN=token, JUPYTER_PREFER_ENV_PATH="1")
    url = f"http://127.0.0.1:{port}/lab/tree/{NOTEBOOK}?token={token}"
    log = place / ".jupyter.log"
    with _ended_by_signals(), log.open("wb") as output, _process(command(place, port), environ, output) as process:
        say(f"Starting JupyterLab in {place} …")
        try:
            _wait_until_up(process, port, token, log)
            say(f"\n    {url}\n\nCtrl+C ends it.")
            if browser and has_screen(os.environ):
                webbrowser.open(url)
            return process.wait()
        except KeyboardInterrupt:
            say(f"\nStopping JupyterLab; your notebook stays in {place}")
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
        False on a Linux without display, where `webbrowser` would take over the terminal with a text browser.
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
    # A session of its own: Ctrl+C reaches us only, not Jupyter, which would ask "Shutdown this server (y/[n])?".
    process = subprocess.Popen(  # noqa: S603  our own interpreter and our own arguments
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
    """Let a closed terminal or a `kill` end Jupyter and its kernels too, as Ctrl+C does."""

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
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback, whatever HTTP_PROXY says
    end = time.monotonic() + START_DEADLINE
    while True:
        try:
            with opener.open(request, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None or time.monotonic() > end:
                tail = log.read_text(errors="replace")[-2000:]
                raise errors.Error(f"JupyterLab did not come up; the end of {log}:\n{tail}") from None
        time.sleep(0.1)  # another process: there is no event to wait for
