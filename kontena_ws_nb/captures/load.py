"""`load`: opens a file of messages, whoever wrote it."""

from __future__ import annotations

import gzip
import logging
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from ..errors import CaptureError
from ..redaction.text import quoted
from ..system.paths import local_path
from .capture import Capture
from .database import MAGIC, open_database
from .dataset import read_dataset
from .files import CaptureBuilder, CaptureFile, UnreadableError, regular
from .formats import FORMATS, PARQUET, RECORDING, Format, by_suffix, recognize
from .json_stream import JSONError
from .progress import progress

_GZIP: Final = b"\x1f\x8b"
_CHUNK: Final = 1 << 20

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
    given = Path(local_path(path))
    where = given.absolute()
    into = CaptureBuilder()
    try:
        known = (
            _folder(where, into)
            or _recording(where, into)
            or _file(where, None if keylog is None else local_path(keylog), into)
        )
        if into.empty and into.problems:
            raise UnreadableError(f"{into.problems[0]} (it was read as {known.name})")
    except UnreadableError as error:
        _refuse(where, str(error))
    if not into.sessions:
        into.session()
    names = into.names(where.name.partition(".")[0] or "capture")
    for session in into.sessions:
        session.finish()
    sessions = [(session.record(name), session.log) for name, session in zip(names, into.sessions, strict=True)]
    capture = Capture(given, known.name, sessions, into.problems)
    for problem in capture.problems[:1]:
        more = len(capture.problems) - 1
        others = f" (and {more:,} more: capture.problems)" if more else ""
        _logger.warning("%s: %s%s", quoted(where.name), problem, others)
    return capture


def _folder(where: Path, into: CaptureBuilder) -> Format | None:
    """Read a folder of Parquet files; None when it is no folder."""
    if not where.is_dir():
        return None
    with told(PARQUET, into):
        read_dataset(where, into)
    return PARQUET


@contextmanager
def told(known: Format, into: CaptureBuilder) -> Iterator[None]:
    """Keep what was read before a part that cannot be, and tell the decoders what was agreed."""
    try:
        yield
    except (UnreadableError, JSONError) as error:
        if into.empty:
            raise UnreadableError(f"{error} (it was read as {known.name})") from None
        into.problem(f"the rest cannot be read: {error}")
    for session in into.sessions:
        session.tell_decoders()


def _recording(where: Path, into: CaptureBuilder) -> Format | None:
    """Open a recording; None when it is something else, whatever its suffix says. Before anybody opens the file (see there)."""
    if by_suffix(where.suffix) is not RECORDING:
        return None
    if not regular(where):
        return RECORDING
    try:
        open_database(where, into)
    except UnreadableError:
        with where.open("rb") as opened:
            if opened.read(len(MAGIC)) == MAGIC:
                raise
        return None
    return RECORDING


def _file(where: Path, keylog: str | None, into: CaptureBuilder) -> Format:
    """Read what can be read of any other file."""
    size = regular(where)
    into.room = max(into.room, 64 * size)
    suffix = Path(where.stem).suffix if where.suffix.lower() == ".gz" else where.suffix
    with ExitStack() as stack:
        opened: BinaryIO = stack.enter_context(where.open("rb"))
        tick = stack.enter_context(progress(f"reading {where.name}", size))
        if opened.read(2) == _GZIP:
            opened, size = stack.enter_context(_unpacked(opened, into, tick))
        opened.seek(0)
        file = CaptureFile(where, opened, size, keylog=keylog, tick=tick)
        known = recognize(file.head, suffix)
        if known is None:
            raise UnreadableError("it begins like none of the formats")
        with told(known, into):
            known.read(file, into)
    return known


@contextmanager
def _unpacked(packed: BinaryIO, into: CaptureBuilder, tick: Callable[[int], object]) -> Iterator[tuple[BinaryIO, int]]:
    """Unpack gzip (RFC 1952) to a temporary file: readers move about in it. Of half a file, what there is."""
    packed.seek(0)
    with tempfile.TemporaryFile() as target, gzip.GzipFile(fileobj=packed) as source:
        while True:
            try:
                data = source.read(_CHUNK)
            except (EOFError, OSError, zlib.error):
                into.problem("it is packed with gzip, and the rest of it cannot be unpacked")
                break
            if target.tell() + len(data) > into.room:
                into.problem("it unpacks to far more than a file of its size should, and is read up to there")
                break
            if not target.write(data):
                break
            tick(packed.tell())
        yield target, target.tell()


def _refuse(where: Path, why: str) -> NoReturn:
    known = ", ".join(one.name for one in FORMATS)
    raise CaptureError(
        f"{quoted(where.name)} cannot be opened as a capture: {why}", hint=f"kws.load reads {known}"
    ) from None
