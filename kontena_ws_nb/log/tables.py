"""Rows of a log as records, and as tables for Arrow, pandas and polars.

Columns are made from segments, not from messages. The other two are made from Arrow, whose columns look at a segment's
own buffers, so that a payload is copied when somebody converts it, if at all. The fields of JSON payloads are
`json_columns`'.

pyarrow, pandas and polars are imported when asked for. Any thread; segments that are still written to are copied
first.
"""

from __future__ import annotations

import importlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

from .json_columns import arrow_column, json_columns
from .kinds import BYTES, KIND_MASK, KINDS
from .segment import COMPRESSED, INCOMPLETE, SENT, Piece, Segment

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

_NAMES: Final = (
    *("index", "time", "direction", "kind", "size", "connection", "compressed", "fragments", "incomplete"),
    *("text", "data"),
)
_DIRECTIONS: Final = ("received", "sent")
_KINDS: Final = tuple(KINDS.values())
_CODES: Final = list(KINDS)

# What a row's flags say, for all values they can have.
_EVERY: Final = range(256)
_DIRECTION: Final = bytes(bool(flags & SENT) for flags in _EVERY)
_KIND: Final = bytes(_CODES.index(flags & KIND_MASK) if flags & KIND_MASK in KINDS else 0 for flags in _EVERY)
_COMPRESSED: Final = bytes(bool(flags & COMPRESSED) for flags in _EVERY)
_INCOMPLETE: Final = bytes(bool(flags & INCOMPLETE) for flags in _EVERY)
_TEXT: Final = bytes(_KINDS[kind] not in BYTES for kind in _KIND)


def to_records(pieces: Sequence[Piece], json: bool) -> list[dict[str, Any]]:
    """Do what `Tabular.to_records` says, with these rows."""
    rows = [row for segment, indexes in pieces for row in _rows(segment, indexes)]
    fields = json_columns(pieces, _NAMES) if json else {}
    names = (*_NAMES, *fields)
    spread: Iterable[tuple[Any, ...]] = zip(*fields.values(), strict=True) if fields else repeat(())
    return [dict(zip(names, row + more, strict=True)) for row, more in zip(rows, spread, strict=False)]


def _rows(segment: Segment, indexes: Sequence[int]) -> Iterable[tuple[Any, ...]]:
    first, data, starts, bounds = segment.first, segment.data, segment.starts, segment.bounds
    rows = [index - first for index in indexes]
    flags = [segment.flags[row] for row in rows]
    payloads = [bytes(data[starts[row] : bounds[row + 1]]) for row in rows]
    fragments = dict(segment.fragments)
    return zip(
        indexes,
        [segment.times[row] / 1e9 for row in rows],
        [_DIRECTIONS[_DIRECTION[flag]] for flag in flags],
        [_KINDS[_KIND[flag]] for flag in flags],
        map(len, payloads),
        [segment.connection] * len(rows),
        [bool(flag & COMPRESSED) for flag in flags],
        [fragments.get(row, 1) for row in rows],
        [bool(flag & INCOMPLETE) for flag in flags],
        [
            str(payload, "utf-8", "replace") if _TEXT[flag] else None
            for payload, flag in zip(payloads, flags, strict=True)
        ],
        [None if _TEXT[flag] else payload for payload, flag in zip(payloads, flags, strict=True)],
        strict=True,
    )


def to_arrow(pieces: Sequence[Piece], json: bool, method: str = "to_arrow") -> pyarrow.Table:
    """Do what `Tabular.to_arrow` says, with these rows. ``method`` is what the person called, for the error."""
    pa = _package("pyarrow", method)
    batches = [_record_batch(pa, segment, indexes) for segment, indexes in pieces]
    table = pa.Table.from_batches(batches, _schema(pa))
    if not json:
        return table
    fields = json_columns(pieces, _NAMES)
    # All at once: each append_column copies the list of those before it.
    return pa.table(
        [*table.columns, *(arrow_column(pa, values) for values in fields.values())],
        names=[*table.column_names, *fields],
    )


def to_pandas(pieces: Sequence[Piece], json: bool) -> pandas.DataFrame:
    """Do what `Tabular.to_pandas` says, with these rows."""
    pd = _package("pandas", "to_pandas")
    table = to_arrow(pieces, json, "to_pandas")
    frame: pandas.DataFrame = table.select(_NAMES).to_pandas().set_index("index")
    names = table.column_names[len(_NAMES) :]
    if not names:
        return frame
    pa = _package("pyarrow", "to_pandas")
    # A missing integer would make the column float, and round what is beyond 2 ** 53.
    exact = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype(), pa.bool_(): pd.BooleanDtype()}
    fields = table.select(names).to_pandas(types_mapper=exact.get)
    frame = pd.concat([frame, fields.set_index(frame.index)], axis=1)
    return frame


def to_polars(pieces: Sequence[Piece], json: bool) -> polars.DataFrame:
    """Do what `Tabular.to_polars` says, with these rows."""
    pl = _package("polars", "to_polars")
    frame: polars.DataFrame = pl.from_arrow(
        # In one piece: of many, polars makes its own copies of every column at once (measured: four times the memory).
        to_arrow(pieces, json, "to_polars").combine_chunks()
    )
    return frame


def _package(name: str, method: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise  # it is there, but broken
        raise ImportError(
            f"{method}() needs {name}, which is not installed: pip install 'kontena_ws_nb[data]'", name=name
        ) from None


def _schema(pa: Any) -> Any:
    words = pa.dictionary(pa.int8(), pa.string())
    types = {
        "time": pa.timestamp("ns", "UTC"),
        "direction": words,
        "kind": words,
        "connection": pa.int32(),
        "compressed": pa.bool_(),
    }
    types |= {"fragments": pa.int32(), "incomplete": pa.bool_(), "text": pa.large_string(), "data": pa.large_binary()}
    return pa.schema([pa.field(name, types.get(name, pa.int64())) for name in _NAMES])


def _record_batch(pa: Any, segment: Segment, indexes: Sequence[int]) -> Any:
    """Columns that look at the buffers of one segment; of all its rows at first, because then nothing is copied."""
    from pyarrow import compute

    # Nobody but us looks at the copy, so what it points to never changes.
    segment = segment if segment.sealed and not segment.headers else segment.seal()
    count, flags = segment.count, bytes(segment.flags)
    # Offsets of 64 bits: a message may be larger than 2 GiB. From 0: the segment's part of the memory it shares with
    # others.
    bounds = pa.Array.from_buffers(pa.uint32(), count + 1, [None, pa.py_buffer(segment.bounds)]).cast(pa.int64())
    bounds = compute.subtract(bounds, segment.starts[0])

    def look(kind: Any, buffer: Any) -> Any:
        return pa.Array.from_buffers(kind, count, [None, pa.py_buffer(buffer)])

    def words(table: bytes, names: Sequence[str]) -> Any:
        return pa.DictionaryArray.from_arrays(look(pa.int8(), flags.translate(table)), pa.array(names))

    fragments = array("i", (1,)) * count
    for row, frames in dict(segment.fragments).items():
        if row < count:
            fragments[row] = frames
    batch = pa.RecordBatch.from_arrays(
        [
            look(pa.int64(), array("q", range(segment.first, segment.first + count))),
            look(pa.timestamp("ns", "UTC"), segment.times),
            words(_DIRECTION, _DIRECTIONS),
            words(_KIND, _KINDS),
            compute.subtract(bounds.slice(1), bounds.slice(0, count)),
            look(pa.int32(), array("i", (segment.connection,)) * count),
            look(pa.uint8(), flags.translate(_COMPRESSED)).cast(pa.bool_()),
            look(pa.int32(), fragments),
            look(pa.uint8(), flags.translate(_INCOMPLETE)).cast(pa.bool_()),
            *_payloads(pa, segment, look(pa.uint8(), flags.translate(_TEXT)).cast(pa.bool_()), bounds),
        ],
        schema=_schema(pa),
    )
    if indexes == range(segment.first, segment.first + count):
        return batch
    # Some of them are copied: ten rows must not keep megabytes alive that retention wants to give back.
    return batch.take(pa.array([index - segment.first for index in indexes], pa.int64()))


def _payloads(pa: Any, segment: Segment, is_text: Any, bounds: Any) -> tuple[Any, Any]:
    """Make the columns ``text`` and ``data``: the same bytes, each row visible in one of them."""
    from pyarrow import compute

    payloads = pa.py_buffer(segment.data).slice(segment.starts[0], segment.size)

    def visible(kind: Any, mask: Any) -> Any:
        return pa.Array.from_buffers(kind, segment.count, [mask.buffers()[1], bounds.buffers()[1], payloads])

    data = visible(pa.large_binary(), compute.invert(is_text))
    text = visible(pa.large_string(), is_text)
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:  # some of it is not UTF-8
        rows = enumerate(is_text.to_pylist())
        text = pa.array(
            [str(segment.payload(row), "utf-8", "replace") if shown else None for row, shown in rows], pa.large_string()
        )
    return text, data
