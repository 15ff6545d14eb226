"""The two fuzzing servers: kosoku (Python 3, the translated cases) and the original autobahntestsuite (Python 2.7, in a cache folder).

Both are processes of their own that listen on loopback, get their selection of cases at the start, and write
``index.json`` into a folder. What must not live here: our client, verdicts.
"""

from __future__ import annotations

import contextlib
import glob
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.lab.peers import ROOT, run
from tests.lab.waiting import wait_for

#: Where the original suite is installed, and where it writes.
CACHE = ROOT / ".cache" / "autobahn"

SUITE = "autobahntestsuite==25.10.1"
VIRTUALENV = "virtualenv==20.15.1"  # the last that can make environments for Python 2.7

#: The suite listens on every address; this makes it listen on loopback only. The reactor must be chosen first.
LOOPBACK = """
from autobahntestsuite import choosereactor
from twisted.internet import reactor
listen = reactor.listenTCP
reactor.listenTCP = lambda port, factory, backlog=50, interface='': listen(port, factory, backlog, interface or '127.0.0.1')
from autobahntestsuite.wstest import run
run()
"""


class RunnerMissingError(Exception):
    """The fuzzing server cannot be had on this machine."""


@contextlib.contextmanager
def kosoku(cases: Sequence[str], folder: Path) -> Iterator[str]:
    """Run kosoku with these cases (ids or globs); gives its URL. It ends by itself once its report was asked for."""
    if importlib.util.find_spec("kosoku") is None:
        raise RunnerMissingError("the package kosoku is not installed; pip install 'kontena_ws_nb[test]' brings it")
    chosen = [argument for case in cases for argument in ("-i", case)]
    start = [sys.executable, "-c", "from kosoku._cli import main; main()"]
    command = [*start, "-m", "fuzzingserver", "-o", str(folder), *chosen, "127.0.0.1:0"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, stdin=quiet, stdout=quiet, stderr=subprocess.PIPE, text=True, env=unmeasured()
    ) as child:
        assert child.stderr is not None
        try:
            line = child.stderr.readline()
            if "listening on ws://" not in line:
                raise RunnerMissingError(f"kosoku did not start: {line}{child.stderr.read()}")
            yield line.rsplit(" ", 1)[1].strip()
            wait_for(lambda: child.poll() is not None, 60, "kosoku's report")
        finally:
            _end(child)


@contextlib.contextmanager
def original(cases: Sequence[str], folder: Path) -> Iterator[str]:
    """Run the original suite's server with these cases; gives its URL."""
    python = CACHE / "py27" / "bin" / "python"
    if not (CACHE / "py27" / "bin" / "wstest").exists():
        raise RunnerMissingError(
            f"the original suite is not in {CACHE}; python3 -m tests.conformance --original installs it"
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    url = f"ws://127.0.0.1:{port}"
    spec = folder / "spec.json"
    spec.write_text(
        json.dumps(
            {"url": url, "outdir": str(folder), "cases": list(cases), "exclude-cases": [], "exclude-agent-cases": {}}
        )
    )
    command = [str(python), "-c", LOOPBACK, "-m", "fuzzingserver", "-s", str(spec), "-u", "0"]
    with (
        (folder / "server.log").open("w") as log,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as child,
    ):
        try:

            def up() -> bool:
                if child.poll() is not None:
                    raise RunnerMissingError(f"the original suite ended at once, see {folder / 'server.log'}")
                with socket.socket() as attempt:
                    return attempt.connect_ex(("127.0.0.1", port)) == 0

            wait_for(up, 60, "the original suite")
            yield url
        finally:
            _end(child)


def unmeasured() -> dict[str, str]:
    """Get an environment in which coverage does not slow a server that is none of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS")}


def _end(child: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()


def install_original() -> None:
    """Install the original suite for Python 2.7 into `CACHE`; takes a minute.

    Raises
    ------
    RunnerMissingError
        There is no Python 2.7.
    """
    if (CACHE / "py27" / "bin" / "wstest").exists():
        return
    python = python27()
    if python is None:
        raise RunnerMissingError("no Python 2.7: set PYTHON27 to one, or 'pyenv install 2.7.18'")
    shutil.rmtree(CACHE / "py27", ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    tool = CACHE / "tool"
    run([sys.executable, "-m", "venv", str(tool)])
    run([str(tool / "bin" / "pip"), "install", "--quiet", VIRTUALENV])
    run([str(tool / "bin" / "virtualenv"), "--quiet", "-p", python, str(CACHE / "py27")])
    run([str(CACHE / "py27" / "bin" / "pip"), "install", "--quiet", SUITE])


def python27() -> str | None:
    """Find a Python 2.7: the environment variable PYTHON27, pyenv, PATH (last: pyenv's stand-in there may lead nowhere)."""
    root = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    found = [os.environ.get("PYTHON27"), *glob.glob(f"{root}/versions/2.7.*/bin/python2.7"), shutil.which("python2.7")]
    return next(filter(None, found), None)
