"""``kontena-ws`` as a process: started by a shell or with pipes, what it did, and what it prints until Ctrl+C."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

#: The installed command, with this interpreter.
PROGRAM: Final = (sys.executable, "-c", "import sys; from kontena_ws_nb.cli import main; sys.exit(main())")


def environment(**environ: str) -> dict[str, str]:
    """What people have: output in buffers, which a tester's shell may have switched off."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | environ


@dataclass
class Ran:
    """What a command line did."""

    code: int
    out: str
    log: list[tuple[str, str]] = field(default_factory=list)


def shell(line: str, *arguments: str, **environ: str) -> tuple[int, bytes, str]:
    """Run a line of sh in which ``"$@"`` is the command line; its exit code, output, and what it said."""
    done = subprocess.run(
        ["sh", "-c", line, "sh", *PROGRAM, *arguments],
        capture_output=True,
        timeout=60,
        check=False,
        env=environment(**environ),
    )
    told = done.stderr.decode()
    assert "Traceback" not in told
    assert "Exception" not in told
    return done.returncode, done.stdout, told


@contextlib.contextmanager
def started(*arguments: str, before: Sequence[str] = ()) -> Iterator[subprocess.Popen[str]]:
    """Run the command line with pipes, perhaps by another program; killed at the end, when it still runs."""
    with subprocess.Popen(
        [*before, *PROGRAM, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
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


def signalled(process: subprocess.Popen[str], number: int = signal.SIGINT) -> None:
    """Signal it again and again until it ends: soon after the first, another one is the same."""
    while process.poll() is None:
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)


def rest_of(process: subprocess.Popen[str]) -> str:
    """Wait for its end; what it still says."""
    process.wait(8)
    assert process.stderr is not None
    told = process.stderr.read()
    assert "Traceback" not in told
    return told
