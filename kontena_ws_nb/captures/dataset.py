"""A folder of Parquet files, partitioned by time: what DuckDB, Dask and Spark read as one table, however large it is.

``hour=2023-11-14-22/part-0.parquet`` and so on, as Hive names partitions. Files are written one after another, and read
in the order of their names.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, Literal

from ..log.export import merged
from ..log.message import Message
from .arrow import batches_of, package, read_parquet, schema_of, sessions_of_metadata
from .files import CaptureBuilder, CaptureFile, UnreadableError
from .parquet_rows import backed, groups_of
from .saving import Saving, SessionRows

Period = Literal["hour", "day"]

#: How the name of a partition says its time, in UTC.
_NAMES: Final = {"hour": "%Y-%m-%d-%H", "day": "%Y-%m-%d"}
_SECONDS: Final = {"hour": 3600, "day": 86_400}
#: Rows from which on they stay in their files.
_LARGE: Final = 200_000
#: Files of one folder that are read, and folders below it that are looked into: a dataset has one an hour.
_MOST: Final = 100_000
_FOLDERS: Final = 20_000


def write_dataset(folder: Path, sessions: Sequence[SessionRows], saving: Saving, partition_by: Period | None) -> int:
    """Write sessions, merged by time, to a folder of Parquet files.

    Parameters
    ----------
    folder : pathlib.Path
        Made; there may be an empty one.
    sessions : sequence of SessionRows
        What.
    saving : Saving
        How.
    partition_by : {"hour", "day"}, optional
        A folder for each; None writes one file.

    Returns
    -------
    int
        Bytes of all files.

    Raises
    ------
    ValueError
        Another ``partition_by``.
    FileExistsError
        There is something in the folder.
    ImportError
        pyarrow is not installed.
    OSError
        It cannot be written; there is no folder then.
    """
    if partition_by not in (None, *_NAMES):
        raise ValueError(f"partition_by is hour, day or None, got {partition_by!r}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(17, "there is something already; choose another folder", str(folder))
    parquet = package("pyarrow.parquet")
    schema = schema_of(sessions, saving)
    temporary = folder.with_name(f".{folder.name}.{token_hex(6)}.tmp")
    temporary.mkdir()
    size = 0
    try:
        pairs = saving.each(merged({one.record.name: one.messages for one in sessions}))
        for number, (partition, part) in enumerate(_parts(pairs, partition_by)):
            path = temporary / partition / f"part-{number:06}.parquet"
            path.parent.mkdir(exist_ok=True)
            with closing(parquet.ParquetWriter(path, schema, compression="zstd")) as writer:
                for batch in batches_of(schema, part, saving):
                    writer.write_batch(batch)
            size += path.stat().st_size
        if folder.exists():
            folder.rmdir()
        os.replace(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return size


def _parts(
    pairs: Iterator[tuple[Message, str]], partition_by: Period | None
) -> Iterator[tuple[str, Iterator[tuple[Message, str]]]]:
    """Divide messages where another partition begins; never into none."""
    if partition_by is None:
        yield ".", pairs
        return
    following = next(pairs, None)
    while following is not None:
        period = following[0].time_ns // (_SECONDS[partition_by] * 10**9)
        when = time.gmtime(period * _SECONDS[partition_by])
        left: list[tuple[Message, str] | None] = []
        yield (
            f"{partition_by}={time.strftime(_NAMES[partition_by], when)}",
            _while(following, pairs, period, partition_by, left),
        )
        following = left[0]


def _while(
    first: tuple[Message, str], pairs: Iterator[tuple[Message, str]], period: int, partition_by: Period, left: list[Any]
) -> Iterator[tuple[Message, str]]:
    yield first
    for pair in pairs:
        if pair[0].time_ns // (_SECONDS[partition_by] * 10**9) != period:
            left.append(pair)
            return
        yield pair
    left.append(None)


def read_dataset(folder: Path, into: CaptureBuilder) -> None:
    """Read a folder of Parquet files.

    Parameters
    ----------
    folder : pathlib.Path
        The folder.
    into : CaptureBuilder
        Gets what is in it.

    Raises
    ------
    UnreadableError
        There is no such file in it, or one cannot be read; what stands before it was read.
    ImportError
        pyarrow is not installed.
    """
    paths = files_of(folder)
    if not paths:
        raise UnreadableError("it is a folder without Parquet files")
    if _page(paths, into):
        return
    into.room = max(into.room, 64 * sum(path.stat().st_size for path in paths))
    for path in paths:
        with path.open("rb") as opened:
            read_parquet(CaptureFile(path, opened, path.stat().st_size), into)


def _page(paths: Sequence[Path], into: CaptureBuilder) -> bool:
    """Leave the rows of a large dataset where they are, if it is ours and of one session."""
    found = groups_of(paths)
    if found is None or sum(group.rows for group in found[0]) < _LARGE:
        return False
    groups, size, said = found
    sessions = sessions_of_metadata(said, into)
    if len(sessions) != 1:
        return False
    for session in sessions.values():
        session.log = backed(groups, size)
    return True


def files_of(folder: Path) -> list[Path]:
    """List the Parquet files below a folder.

    Parameters
    ----------
    folder : pathlib.Path
        The folder; links in it are not followed.

    Returns
    -------
    list of pathlib.Path
        By name; none that is hidden.
    """
    found: list[Path] = []
    for visited, (where, folders, names) in enumerate(os.walk(folder)):
        if visited > _FOLDERS:
            raise UnreadableError(f"it has more than {_FOLDERS:,} folders below it")
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(where) / name for name in sorted(names) if name.endswith(".parquet") and not name.startswith(".")
        ]
        if len(found) > _MOST:
            raise UnreadableError(f"it has more than {_MOST:,} files")
    return found
