"""`acquire`: lets one process at a time record to a file. The lock dies with its process.

It is on a file of its own beside the recording: closing a descriptor of the recording itself would take away the locks
that SQLite has on it ("How To Corrupt An SQLite Database File", section 2.2).
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ..redaction.text import quoted
from ..system import forks

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


#: Seconds to wait for a process that is about to end, and between two looks.
PATIENCE: Final = 5.0
_PAUSE: Final = 0.05
#: Windows locks bytes, and nobody can read them then: one behind what is written.
_FAR: Final = 4096


class _Locks:
    """The locks of this process, by path: several of its recorders may share one."""

    def __init__(self) -> None:
        self.guard = forks.lock()
        self.held: dict[str, tuple[int, int]] = {}  # descriptor, and how many share it

    def forked(self, owner: int) -> None:
        """Close the copies in a forked child; the parent's locks stay."""
        for descriptor, _ in self.held.values():
            os.close(descriptor)
        self.held.clear()


_locks: Final = _Locks()


def acquire(path: str) -> None:
    """Take the lock of a recording, or share the one this process has.

    Parameters
    ----------
    path : str
        The recording; the lock is ``{path}-lock``.

    Raises
    ------
    OSError
        EBUSY: another process has it, and still had it after 5 s; or the lock's file cannot be made.
    """
    limit = time.monotonic() + PATIENCE
    while not _take(path):
        if time.monotonic() >= limit:
            raise OSError(errno.EBUSY, f"{_holder(path)} is recording to it: end that, or record to another file", path)
        time.sleep(_PAUSE)


@contextmanager
def alone(path: str) -> Iterator[None]:
    """Have the lock of a recording, and nobody else, also not in this process.

    Parameters
    ----------
    path : str
        As for `acquire`.

    Yields
    ------
    None

    Raises
    ------
    OSError
        As `acquire`; EBUSY at once when this process records to it.
    """
    if path in _locks.held:
        raise OSError(errno.EBUSY, "this process is recording to it: end that, or choose another file", path)
    acquire(path)
    try:
        yield
    finally:
        release(path)


def release(path: str) -> None:
    """Give the lock back.

    Parameters
    ----------
    path : str
        As for `acquire`.
    """
    with _locks.guard:
        if path not in _locks.held:  # of the parent process
            return
        descriptor, users = _locks.held.pop(path)
        if users > 1:
            _locks.held[path] = descriptor, users - 1
            return
        try:
            os.unlink(f"{path}-lock")
        except (FileNotFoundError, PermissionError):
            pass  # its directory is gone; or this is Windows, where nobody unlinks a file that is open
        finally:
            os.close(descriptor)


def _take(path: str) -> bool:
    with _locks.guard:
        if path in _locks.held:
            descriptor, users = _locks.held[path]
            _locks.held[path] = descriptor, users + 1
            return True
        try:
            descriptor = os.open(f"{path}-lock", os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise OSError(error.errno, error.strerror, path) from error  # nobody asked for the lock's file
        try:
            _lock(descriptor)
            # Whoever had it before unlinks it, perhaps after we opened it.
            if not os.path.samestat(os.fstat(descriptor), os.stat(f"{path}-lock")):
                raise BlockingIOError
            os.ftruncate(descriptor, 0)
            os.write(descriptor, json.dumps({"process": os.getpid(), "host": socket.gethostname()}).encode())
        except (BlockingIOError, FileNotFoundError):
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        _locks.held[path] = descriptor, 1
        forks.tell(_locks)
        return True


def _holder(path: str) -> str:
    """Say who has a lock; anybody may have written to its file."""
    try:
        with open(f"{path}-lock", "rb") as file:
            told = json.loads(file.read(1000))
        return f"process {int(told['process'])} on {quoted(str(told['host']), 60)}"
    except (OSError, ValueError, TypeError, KeyError):
        return "another process"
