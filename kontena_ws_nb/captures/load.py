"""`load`: opens a file of messages, whoever wrote it."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import NoReturn

from ..errors import CaptureError
from ..redaction.text import quoted
from ..system.paths import local_path
from .capture import Capture
from .files import CaptureBuilder, CaptureFile, UnreadableError, regular
from .formats import FORMATS, Format, recognize
from .json_stream import JSONError
from .progress import progress

_logger = logging.getLogger("kontena_ws_nb")


def load(path: str | os.PathLike[str], keylog: str | os.PathLike[str] | None = None) -> Capture:
    """Do what `kontena_ws_nb.load` says.

    Parameters
    ----------
    path, keylog
        As there.

    Returns
    -------
    Capture
    """
    where = Path(local_path(path))
    into = CaptureBuilder()
    try:
        size = regular(where)
        with where.open("rb") as opened, progress(f"reading {where.name}", size) as tick:
            keys = None if keylog is None else local_path(keylog)
            file = CaptureFile(where, opened, size, keylog=keys, tick=tick)
            known = recognize(file.head, where.suffix)
            if known is None:
                raise UnreadableError("it begins like none of the formats")
            into.room = max(into.room, 64 * size)
            _read(known, file, into)
    except UnreadableError as error:
        _refuse(where, str(error))
    names = into.names(file.name)
    sessions = [(session.record(name), session.log) for name, session in zip(names, into.sessions, strict=True)]
    capture = Capture(where, known.name, sessions, into.problems)
    for problem in capture.problems[:1]:
        more = len(capture.problems) - 1
        others = f" (and {more:,} more: capture.problems)" if more else ""
        _logger.warning("%s: %s%s", quoted(where.name), problem, others)
    return capture


def _read(known: Format, file: CaptureFile, into: CaptureBuilder) -> None:
    """Read what can be read."""
    try:
        known.read(file, into)
    except (UnreadableError, JSONError) as error:
        if into.empty:
            raise UnreadableError(f"{error} (it was read as {known.name})") from None
        into.problem(f"the rest cannot be read: {error}")
    if into.empty and into.problems:
        raise UnreadableError(f"{into.problems[0]} (it was read as {known.name})")
    if not into.sessions:
        into.session()


def _refuse(where: Path, why: str) -> NoReturn:
    known = ", ".join(one.name for one in FORMATS)
    raise CaptureError(
        f"{quoted(where.name)} cannot be opened as a capture: {why}", hint=f"kws.load reads {known}"
    ) from None
