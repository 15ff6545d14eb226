"""Programs that the notebooks talk to (Chromium, nginx, Mosquitto, a Jupyter server): found, started on loopback, and ended with the kernel.

Called in the thread that runs the cell.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ..redaction.text import printable, quoted

#: Where servers are beside the PATH of an ordinary user: Debian, others, Homebrew.
_FOLDERS: Final = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin", "/opt/homebrew/sbin")
#: Seconds that a program may take until it is ready, and to end.
_START: Final = 50.0
_END: Final = 5.0
#: Seconds between two looks whether it is.
_PAUSE: Final = 0.02
#: Characters of what a program wrote that an error quotes: the end.
_TOLD: Final = 500


def find(*names: str, install: str, variable: str = "") -> str:
    """Find a program.

    Parameters
    ----------
    *names : str
        What it may be called; the first that is found is taken.
    install : str
        How it is installed; the error says it.
    variable : str, optional
        An environment variable that may hold its path.

    Returns
    -------
    str
        Its path.

    Raises
    ------
    FileNotFoundError
        It is on none of PATH, the folders of servers and the environment variable.

    Examples
    --------
    >>> find("no such program", install="sudo apt install it")
    Traceback (most recent call last):
        ...
    FileNotFoundError: 'no such program' is not on PATH; install it (sudo apt install it) and run the cell again
    """
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *_FOLDERS))
    wanted = [os.environ[variable]] if os.environ.get(variable) else list(names)
    for name in wanted:
        found = shutil.which(name, path=path)
        if found is not None:
            return found
    if variable and wanted != list(names):
        raise FileNotFoundError(f"{variable} names no program: {quoted(wanted[0])}; correct it, or unset it")
    also = f", or put its path into the environment variable {variable}" if variable else ""
    raise FileNotFoundError(f"{names[0]!r} is not on PATH; install it ({install}){also} and run the cell again")


def free_port() -> int:
    """Find a port of 127.0.0.1 that nothing listens on, for programs that cannot choose one and tell it.

    Returns
    -------
    int
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listening(port: int) -> bool:
    """Tell whether something accepts connections on a port of 127.0.0.1.

    Parameters
    ----------
    port : int

    Returns
    -------
    bool
    """
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """A program that runs until it is stopped, or until the kernel ends.

    Parameters
    ----------
    command : sequence of str or path-like
        The program and its arguments.
    ready : callable
        Tells whether it does what it was started for.
    folder : path-like, optional
        Where it runs. A folder of this kind is removed by who made it.
    environ : dict, optional
        Environment variables to set for it.

    Attributes
    ----------
    pid : int
        Its process.

    Raises
    ------
    OSError
        It cannot be started.
    RuntimeError
        It ended instead of becoming ready, or is not ready after 50 s; the text has the end of what it wrote. It does
        not run any more.
    """

    def __init__(
        self,
        command: Sequence[str | os.PathLike[str]],
        ready: Callable[[], object],
        folder: str | os.PathLike[str] | None = None,
        environ: dict[str, str] | None = None,
    ) -> None:
        self._owner = os.getpid()
        with tempfile.TemporaryFile() as output:
            self._process = subprocess.Popen(  # noqa: S603  a notebook's cell says which program
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, **(environ or {})},
            )
            self.pid = self._process.pid
            atexit.register(self.stop)
            try:
                self._wait(ready, Path(command[0]).name)
            except BaseException as error:
                self.stop()
                if isinstance(error, RuntimeError):
                    output.seek(max(0, output.seek(0, os.SEEK_END) - 4 * _TOLD))
                    told = str(output.read(), "utf-8", "replace")[-_TOLD:].strip()
                    raise RuntimeError(
                        f"{error}: {printable(told, None, multiline=True) or 'it wrote nothing'}"
                    ) from None
                raise

    def __repr__(self) -> str:
        return f"<Program {self.pid} {'is running' if self.running else 'has ended'}>"

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def signal(self, number: int) -> None:
        """Send it a signal.

        Parameters
        ----------
        number : int
            As ``signal.SIGHUP``.
        """
        self._process.send_signal(number)

    def wait(self) -> None:
        """Wait until it has ended; after 5 s it is killed."""
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        atexit.unregister(self.stop)

    def stop(self) -> None:
        """Ask it to end, and wait until it has. A forked child leaves it alone."""
        if os.getpid() == self._owner:
            self._process.terminate()
            self.wait()

    def _wait(self, ready: Callable[[], object], name: str) -> None:
        end = time.monotonic() + _START
        while not ready():
            if not self.running:
                raise RuntimeError(f"{name} ended at once (exit code {self._process.returncode})")
            if time.monotonic() >= end:
                raise RuntimeError(f"{name} is not ready after {_START:g} s")
            time.sleep(_PAUSE)
