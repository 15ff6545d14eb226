"""Programs for the notebooks: found or not, ready or not, and none left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kontena_ws_nb.demo import programs
from kontena_ws_nb.demo.programs import Program, find, free_port, listening

#: Listens on a port, tells it in a file, and goes on.
_SERVER = """
import signal, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
signal.pause()
"""


def server() -> tuple[Program, int]:
    port = free_port()
    return Program([sys.executable, "-c", _SERVER, str(port)], lambda: listening(port)), port


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def program_file(folder: Path, name: str) -> Path:
    made = folder / name
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)
    return made


def test_it_is_found_on_path_or_by_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = program_file(tmp_path, "lab-first"), program_file(tmp_path, "lab-second")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("LAB_PROGRAM", raising=False)
    assert find("lab-none", "lab-second", "lab-first", install="…", variable="LAB_PROGRAM") == str(second)
    monkeypatch.setenv("LAB_PROGRAM", str(first))
    assert find("lab-second", install="…", variable="LAB_PROGRAM") == str(first)
    monkeypatch.setenv("LAB_PROGRAM", "")
    assert find("lab-second", install="…", variable="LAB_PROGRAM") == str(second)


def test_servers_are_found_where_path_does_not_lead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = program_file(tmp_path, "lab-server")
    monkeypatch.setattr(programs, "_FOLDERS", (str(tmp_path),))
    assert find("lab-server", install="…") == str(made)


def test_what_is_not_there_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_PROGRAM", raising=False)
    with pytest.raises(FileNotFoundError) as caught:
        find("lab-none", "lab-nothing", install="apt install lab")
    assert str(caught.value) == "'lab-none' is not on PATH; install it (apt install lab) and run the cell again"
    with pytest.raises(FileNotFoundError) as caught:
        find("lab-none", install="apt install lab", variable="LAB_PROGRAM")
    assert str(caught.value) == (
        "'lab-none' is not on PATH; install it (apt install lab), or put its path into the environment variable "
        "LAB_PROGRAM and run the cell again"
    )
    monkeypatch.setenv("LAB_PROGRAM", "/nowhere/\x1b[31mlab")
    with pytest.raises(FileNotFoundError) as caught:
        find("lab-none", install="apt install lab", variable="LAB_PROGRAM")
    assert str(caught.value) == "LAB_PROGRAM names no program: '/nowhere/\\x1b[31mlab'; correct it, or unset it"


def test_it_runs_until_it_is_stopped() -> None:
    program, port = server()
    assert program.running
    assert listening(port)
    assert repr(program) == f"<Program {program.pid} is running>"
    program.stop()
    assert gone(program.pid)
    assert not listening(port)
    assert repr(program) == f"<Program {program.pid} has ended>"
    program.stop()  # once more does nothing


def test_a_signal_reaches_it() -> None:
    program, _ = server()
    program.signal(signal.SIGINT)
    program.wait()
    assert not program.running


def test_what_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "_END", 0.1)
    deaf = f"import signal; signal.signal(15, signal.SIG_IGN); open({str(tmp_path / 'deaf')!r}, 'w'); signal.pause()"
    program = Program([sys.executable, "-c", deaf], (tmp_path / "deaf").exists)
    program.stop()
    assert gone(program.pid)


def test_one_that_ends_at_once_says_what_it_wrote() -> None:
    with pytest.raises(RuntimeError) as caught:
        Program(
            [sys.executable, "-c", "print('x' * 9000, '\\x1b[31mno such option'); raise SystemExit(3)"], lambda: False
        )
    name = Path(sys.executable).name
    assert str(caught.value).startswith(f"{name} ended at once (exit code 3): xxx")
    assert str(caught.value).endswith(r"xxx \x1b[31mno such option")
    assert len(str(caught.value)) < 600
    with pytest.raises(RuntimeError, match=r"\(exit code 0\): it wrote nothing$"):
        Program([sys.executable, "-c", ""], lambda: False)


def test_one_that_is_never_ready_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_START", 0.05)
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)  # type: ignore[call-overload]
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    with pytest.raises(RuntimeError, match=r"is not ready after 0\.05 s: it wrote nothing$"):
        Program([sys.executable, "-c", "import time; time.sleep(99)"], lambda: False)

    def interrupted() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Program([sys.executable, "-c", "import time; time.sleep(99)"], interrupted)
    with pytest.raises(RuntimeError, match=r"^the port is somebody else's: it wrote nothing$"):
        Program([sys.executable, "-c", "import time; time.sleep(99)"], refuse)
    assert [one.poll() is None for one in started] == [False] * 3


def refuse() -> bool:
    raise RuntimeError("the port is somebody else's")


def test_a_folder_and_an_environment(tmp_path: Path) -> None:
    code = "import os, time; open('made', 'w').write(os.environ['LAB_TOLD']); time.sleep(99)"
    program = Program(
        [sys.executable, "-c", code], lambda: (tmp_path / "made").exists(), tmp_path, {"LAB_TOLD": "this"}
    )
    program.stop()


def test_it_ends_with_the_process_that_started_it() -> None:
    """Also where the last cell, which would stop it, has not run; but not with a forked child of that process."""
    code = """
import os, sys, time
from kontena_ws_nb.demo.programs import Program
program = Program([sys.executable, "-c", "import time; time.sleep(99)"], lambda: True)
child = os.fork()
if child == 0:
    sys.exit()
os.waitpid(child, 0)
print(program.pid, program.running)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    pid, running = ended.stdout.split()
    assert running == "True"
    assert gone(int(pid))
