"""One process records to a file at a time: who holds the lock, how long another waits, and what a forked child keeps."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kontena_ws_nb.recording import lock as module
from kontena_ws_nb.recording.lock import acquire, alone, release
from kontena_ws_nb.recording.writer import write_database
from kontena_ws_nb.system import forks

HOLD = """
import sys
from kontena_ws_nb.recording.lock import acquire
acquire(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def holder(path: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_another_process_is_told_who_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    path = str(tmp_path / "feed.db")
    with holder(path) as child:
        with pytest.raises(
            OSError, match=rf"process {child.pid} on .* is recording to it: end that, or record"
        ) as caught:
            acquire(path)
        assert (caught.value.errno, caught.value.filename) == (errno.EBUSY, path)
        child.kill()
    acquire(path)  # it died with its process
    release(path)


def test_one_that_is_dying_is_waited_for(tmp_path: Path) -> None:
    path = str(tmp_path / "feed.db")
    with holder(path) as child:
        thread = threading.Timer(0.2, child.kill)
        thread.start()
        acquire(path)
        release(path)
        thread.join()


def test_recorders_of_one_process_share_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "feed.db")
    acquire(path)
    acquire(path)
    release(path)
    assert os.listdir(tmp_path) == ["feed.db-lock"]
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    with monkeypatch.context() as other_process:
        other_process.setattr(module._locks, "held", {})
        with pytest.raises(OSError, match=f"process {os.getpid()}"):
            acquire(path)
    release(path)
    assert os.listdir(tmp_path) == []


def test_a_file_that_is_recorded_to_is_not_replaced(tmp_path: Path) -> None:
    path = str(tmp_path / "feed.db")
    with alone(path):
        with pytest.raises(OSError, match="this process is recording to it"), alone(path):
            pass
    acquire(path)
    with pytest.raises(OSError, match="this process is recording to it"):
        write_database(path, [])
    release(path)
    assert write_database(path, []) == 0
    assert os.listdir(tmp_path) == ["feed.db"]


@pytest.mark.parametrize("told", [b"", b"[]", b'{"process": "x"}', b"\xff", b'{"process": 1}'])
def test_whatever_is_in_its_file(told: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    path = str(tmp_path / "feed.db")
    acquire(path)
    Path(f"{path}-lock").write_bytes(told)
    with monkeypatch.context() as other_process:
        other_process.setattr(module._locks, "held", {})
        with pytest.raises(OSError, match="another process is recording"):
            acquire(path)
    release(path)


def test_a_lock_whose_file_was_unlinked_meanwhile_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, lock, unlinked = str(tmp_path / "feed.db"), module._lock, list[int]()

    def after_it_was_released(descriptor: int) -> None:
        lock(descriptor)
        unlinked.append(descriptor)
        if len(unlinked) < 3:
            os.unlink(f"{path}-lock")
        if len(unlinked) == 2:
            Path(f"{path}-lock").touch()  # a third one was faster

    monkeypatch.setattr(module, "_lock", after_it_was_released)
    acquire(path)
    assert os.path.exists(f"{path}-lock")
    os.unlink(f"{path}-lock")
    release(path)  # its directory may be gone


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError):
        acquire(str(tmp_path / "none" / "feed.db"))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(os, "ftruncate", full)
    with pytest.raises(OSError, match="no room"):
        acquire(str(tmp_path / "feed.db"))


def test_a_forked_child_holds_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "feed.db")
    acquire(path)
    descriptor, _ = module._locks.held[path]
    copy = os.dup(descriptor)
    parents = dict(module._locks.held)
    module._locks.forked(os.getpid())  # closes the child's copy
    assert module._locks.held == {}
    release(path)  # says nothing, does nothing
    module._locks.held[path] = copy, parents[path][1]
    release(path)


def test_it_is_told_of_every_fork(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(forks, "tell", told.append)
    path = str(tmp_path / "feed.db")
    acquire(path)
    release(path)
    assert told == [module._locks]


def test_a_lock_that_cannot_be_made_names_the_recording(tmp_path: Path) -> None:
    path = str(tmp_path / "none" / "feed.db")
    with pytest.raises(FileNotFoundError) as told:
        acquire(path)
    assert told.value.filename == path
