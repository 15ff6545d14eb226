"""Writing a file so that it is there whole, or not at all: what was there before stays until the new one is complete.

A temporary file in the same folder, fsync, rename (POSIX ``rename`` replaces atomically). Any thread.
"""

from __future__ import annotations

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
    """Open a file that replaces what is at a path when the block has ended well.

    An existing file keeps its permissions; where the path is a symbolic link, what it points to is replaced; a pipe or
    a device is written to as it is.

    Parameters
    ----------
    path : str or path-like
        Where to; its folder must be there and writable. ``~`` is the home folder.

    Yields
    ------
    BinaryIO
        What to write to.

    Raises
    ------
    OSError
        It cannot be written (a full disk, no permission). The old file is as it was, and nothing else is left, whatever
        is raised.
    """
    target = Path(os.path.realpath(local_path(path)))
    old = target.stat() if target.exists() else None
    if old is not None and not stat.S_ISREG(old.st_mode):
        with target.open("wb") as direct:
            yield direct
        return
    if old is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "the file is write-protected", str(path))
    temporary = target.with_name(f".{target.name[:80]}.{token_hex(6)}.tmp")
    try:
        # As private as the old file from the beginning; a new one as the umask says.
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
            # The name of the temporary file would tell nobody anything.
            raise type(error)(error.errno, error.strerror, str(path)) from error
        raise
