"""`ParquetRows`: the rows of a large folder of Parquet files, read row group by row group as they are asked for. Any thread."""

from __future__ import annotations

import errno
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..log.backing import PAGE, Needle
from ..log.log import MessageLog
from ..log.segment import Decodes, Segment
from ..system import forks
from .arrow import METADATA, add_rows, package
from .files import CaptureBuilder, SessionBuilder

#: Pages that are kept as they were read.
_KEPT: Final = 64
#: Rows of the largest row group that is read as a whole.
_LARGEST: Final = 1 << 21


class Group(NamedTuple):
    """One row group of a file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    number : int
        Which of its row groups.
    first, rows : int
        The permanent index of its first row, and how many it has.
    connection : int
        The largest number of a connection in it.
    metadata : pyarrow.parquet.FileMetaData
        Of the file: another file that takes its name has other.
    """

    path: Path
    number: int
    first: int
    rows: int
    connection: int
    metadata: Any


class _Text(NamedTuple):
    """The payloads of a row group: which rows are binary, and the bytes of two columns with where each row begins in them."""

    binary: list[int]
    columns: list[tuple[bytes, memoryview]]


def groups_of(paths: Sequence[Path]) -> tuple[list[Group], int, bytes] | None:
    """List the row groups of files that we wrote of one session.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        The files, in the order of their rows.

    Returns
    -------
    (list of Group, int, bytes) or None
        The groups, about how many bytes of payload they have, and what the files say of the session; None for other
        files, and damaged ones, which have to be read to know what is in them.
    """
    parquet = package("pyarrow.parquet")
    groups: list[Group] = []
    size = first = 0
    said: set[bytes] = set()
    for path in paths:
        try:
            metadata = parquet.read_metadata(path)
        except (package("pyarrow").ArrowException, OSError, ValueError):
            return None
        said.add((metadata.metadata or {}).get(METADATA, b""))
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            columns = {group.column(at).path_in_schema: group.column(at) for at in range(group.num_columns)}
            largest = columns["connection"].statistics if "connection" in columns else None
            if not {"kind", "text", "data"} <= set(columns) or largest is None or group.num_rows > _LARGEST:
                return None
            connection = largest.max if largest.has_min_max else 1
            groups.append(Group(path, number, first, group.num_rows, connection, metadata))
            first += group.num_rows
            size += sum(columns[name].total_uncompressed_size for name in ("text", "data"))
    return (groups, size, said.pop()) if len(said) == 1 and groups else None


class ParquetRows:
    """Rows of Parquet files: a `Backing`.

    Parameters
    ----------
    groups : sequence of Group
        From `groups_of`.
    """

    first = 0
    before = 0

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = groups
        self._firsts = [group.first for group in groups]
        self.stop = groups[-1].first + groups[-1].rows
        self.meanings: Decodes | None = None
        self.problem = ""
        #: The row group that was read last, and pages, by their first row.
        self._tables: dict[int, Any] = {}
        self._read: OrderedDict[int, list[Segment]] = OrderedDict()
        #: The row group that was searched last.
        self._latest: tuple[int, _Text] | None = None
        self._lock = forks.lock()

    @property
    def paths(self) -> list[Path]:
        """The files."""
        return list(dict.fromkeys(group.path for group in self._groups))

    def missing(self, first: int) -> int:
        """As `Backing.missing`: none."""
        return 0

    def segments(self, start: int, stop: int, *, backwards: bool = False) -> Iterator[Segment]:
        """As `Backing.segments`."""
        start, stop = max(start, 0), min(stop, self.stop)
        if start >= stop:
            return
        pages = self._pages(start, stop)
        for page in reversed(pages) if backwards else pages:
            segments = self._segments(*page)
            for segment in reversed(segments) if backwards else segments:
                if segment.first < stop and segment.first + segment.count > start:
                    yield segment if segment.first + segment.count <= stop else _cut(segment, stop - segment.first)

    def _pages(self, start: int, stop: int) -> list[tuple[int, int, int]]:
        """List the parts of row groups that are read at once: the group, and between which permanent indexes."""
        found = []
        for number in range(self._number(start), self._number(stop - 1) + 1):
            group = self._groups[number]
            at, end = max(group.first, start // PAGE * PAGE), min(group.first + group.rows, stop)
            while at < end:
                following = min((at // PAGE + 1) * PAGE, group.first + group.rows)
                found.append((number, at, following))
                at = following
        return found

    def locate(self, index: int) -> tuple[Segment, int] | None:
        """As `Backing.locate`."""
        found = next(self.segments(index, index + 1), None) if 0 <= index < self.stop else None
        return None if found is None else (found, index - found.first)

    def sought(self, needles: Sequence[Needle], start: int, stop: int, *, times: bool) -> Iterator[Segment]:
        """As `Backing.sought`."""
        if not needles or self._may_hold(needles, max(start, 0), min(stop, self.stop)):
            yield from self.segments(start, stop)

    def _may_hold(self, needles: Sequence[Needle], start: int, stop: int) -> bool:
        """Tell whether a needle is in a text, or a row is binary, from the bytes of a column and not from rows."""
        for number in range(self._number(start), self._number(stop - 1) + 1) if start < stop else ():
            group, text = self._groups[number], self._text(number)
            low, high = max(start - group.first, 0), min(stop - group.first, group.rows)
            if bisect_left(text.binary, low) < bisect_left(text.binary, high):
                return True
            for data, offsets in text.columns:
                part = data[offsets[low] : offsets[high]]
                small = part.lower() if any(folded for _, folded in needles) else part
                if any(needle in (small if folded else part) for needle, folded in needles):
                    return True
        return False

    def _text(self, number: int) -> _Text:
        """Read the payloads of a row group, as columns."""
        with self._lock:
            if self._latest is not None and self._latest[0] == number:
                return self._latest[1]
        table = self._table(self._groups[number], ["kind", "text", "data"])
        kinds = table.column("kind").to_pylist()
        columns = []
        for name, kind in (("text", "large_string"), ("data", "large_binary")):
            column = table.column(name).cast(kind).combine_chunks()
            _, offsets, data = column.buffers()
            numbers = memoryview(offsets).cast("q")[column.offset :]
            columns.append((b"" if data is None else bytes(data), numbers))
        text = _Text([at for at, kind in enumerate(kinds) if kind == "binary"], columns)
        with self._lock:
            self._latest = number, text
        return text

    def controls(self, start: int, stop: int) -> list[int]:
        """As `Backing.controls`."""
        start, stop = max(start, 0), min(stop, self.stop)
        found: list[int] = []
        for number in range(self._number(start), self._number(stop - 1) + 1) if start < stop else ():
            group = self._groups[number]
            kinds = self._table(group, ["kind"]).column("kind").to_pylist()
            found += [group.first + at for at, kind in enumerate(kinds) if kind in ("ping", "pong")]
        return [index for index in found if start <= index < stop]

    def begins(self, connection: int) -> int:
        """As `Backing.begins`."""
        found = next((group for group in self._groups if group.connection >= connection), None)
        if found is None:
            return self.stop
        numbers = self._table(found, ["connection"]).column("connection").to_pylist()
        return found.first + next(at for at, number in enumerate(numbers) if number >= connection)

    def _number(self, index: int) -> int:
        return bisect_right(self._firsts, index) - 1

    def _table(self, group: Group, columns: list[str] | None = None) -> Any:
        parquet = package("pyarrow.parquet")
        try:
            with parquet.ParquetFile(group.path) as file:
                same = file.metadata.equals(group.metadata)
                table = file.read_row_group(group.number, columns=columns) if same else None
                if table is not None:
                    table.validate(full=True)
        except (package("pyarrow").ArrowException, OSError, ValueError) as error:
            self.problem = f"{group.path.name} cannot be read any more"
            raise OSError(errno.EIO, self.problem, str(group.path)) from error
        if table is None:
            self.problem = "another file has its name now: open that again, with kws.load"
            raise OSError(errno.ESTALE, self.problem, str(group.path))
        self.problem = ""
        return table

    def _segments(self, number: int, start: int, stop: int) -> list[Segment]:
        """Read a page, or the part of it that is in a row group."""
        with self._lock:
            if (found := self._read.get(start)) is not None:
                self._read.move_to_end(start)
                return found
            table = self._tables.get(number)
        group = self._groups[number]
        if table is None:
            table = self._table(group)
        into, session = CaptureBuilder(), SessionBuilder()
        for batch in table.slice(start - group.first, stop - start).to_batches():
            add_rows(batch, _Every(session), into)
        if len(session.log) != stop - start:
            self.problem = f"{group.path.name} has rows that are no messages"
            raise OSError(errno.EIO, self.problem, str(group.path))
        segments = [self._placed(segment, start) for segment in session.log.segments() if segment.count]
        with self._lock:
            self._tables = {number: table}
            self._read[start] = segments
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return segments

    def _placed(self, segment: Segment, first: int) -> Segment:
        sealed = segment if segment.sealed else segment.seal()
        sealed.first += first
        sealed.meanings = self.meanings
        return sealed


class _Every(dict[str, SessionBuilder]):
    """One session, whatever a row says of its name."""

    def __init__(self, session: SessionBuilder) -> None:
        super().__init__()
        self._session = session

    def get(self, key: object, default: object = None) -> SessionBuilder:
        """Give the session."""
        return self._session


def _cut(segment: Segment, count: int) -> Segment:
    """Take the first rows of a sealed segment."""
    fragments = {row: frames for row, frames in segment.fragments.items() if row < count}
    return Segment(
        segment.first,
        segment.before,
        segment.connection,
        segment.data,
        segment.bounds[: count + 1],
        segment.times[:count],
        segment.flags[:count],
        count,
        fragments,
        meanings=segment.meanings,
    )


def backed(groups: Sequence[Group], size: int) -> MessageLog:
    """Make a log of rows that stay in their files.

    Parameters
    ----------
    groups : sequence of Group
        From `groups_of`.
    size : int
        About how many bytes of payload they have.

    Returns
    -------
    MessageLog
        Nobody writes to it.
    """
    log = MessageLog(None)
    log.back(ParquetRows(groups), size)
    return log
