"""Writes files atomically: a temporary file in the same directory, ``fsync``, and ``rename``. Any thread."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from .paths import local_path


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file that replaces the one at a path, if the block ends without an exception.

    An existing file keeps its permissions. If the path is a symbolic link, its target is replaced. A pipe or device is
    written to directly.

    Parameters
    ----------
    path : str or path-like
        The file; its directory must exist and be writable. ``~`` is the home directory.

    Yields
    ------
    BinaryIO
        The file to write to.

    Raises
    ------
    OSError
        It cannot be written (no such folder, disk full, no permission). After any exception, the old file is unchanged and the temporary
        one is removed.
    """
    target = Path(os.path.realpath(local_path(path)))
    old = target.stat() if target.exists() else None
    if old is not None and not stat.S_ISREG(old.st_mode):
        with target.open("wb") as direct:
            yield direct
        return
    if old is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "the file is write-protected", str(path))
    folder = target.parent
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist: create it first"
        kind = NotADirectoryError if folder.exists() else FileNotFoundError
        number = errno.ENOTDIR if folder.exists() else errno.ENOENT
        raise kind(number, f"the folder {str(folder)!r} {what}, or choose another one", str(path))
    temporary = target.with_name(f".{target.name[:80]}.{token_hex(6)}.tmp")
    try:
        # Private from the beginning if it replaces a file; a new file gets the permissions of the umask.
        descriptor = os.open(
            temporary,
            os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0),
            0o600 if old is not None else 0o666,
        )
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        if old is not None:
            temporary.chmod(stat.S_IMODE(old.st_mode))
        os.replace(temporary, target)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if type(error).__module__ == "builtins" and isinstance(error, OSError) and error.errno is not None:
            # Name the path instead of the temporary file.
            raise type(error)(error.errno, error.strerror, str(path)) from error
        raise
