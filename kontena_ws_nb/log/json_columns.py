"""The fields of JSON messages as columns of a table: parsing, naming, and choosing a column's type. `tables` makes the other columns.

Servers choose names, types and depth, so everything is bounded. Any thread; runs in Python between messages, so that
an interrupt lands and the reader gets its turn.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Container, Sequence
from itertools import chain
from typing import Any, Final

from ..protocol.frames import BINARY, TEXT
from .filter.json import parse_json
from .kinds import KIND_MASK
from .segment import INCOMPLETE, Piece

#: Objects deeper than this are not spread.
_DEPTH: Final = 8
#: Messages × fields. A message of its own field each must not cost memory by the square.
_CELLS: Final = 100_000_000
#: Characters of all names. A long key with many fields within makes as many long names.
_LETTERS: Final = 100_000_000


class _Field:
    """What is known of one place: the values of its column, and the fields of objects found there."""

    __slots__ = ("inner", "name", "values")

    def __init__(self, name: str) -> None:
        self.name = name
        self.values: list[Any] | None = None
        self.inner: dict[str, _Field] = {}


class _Spreader:
    """Collects columns, message by message."""

    def __init__(self, count: int, taken: Container[str]) -> None:
        self._count = count
        self._taken = taken
        self._root = _Field("")
        self._letters = 0
        self.columns: dict[str, list[Any]] = {}

    def add(self, row: int, fields: dict[str, Any], within: _Field | None = None, depth: int = 1) -> None:
        """Enter the fields of one message's object."""
        known = (within or self._root).inner
        for key, value in fields.items():
            field = known.get(key)
            if field is None:
                field = known[key] = _Field(self._name(key, within))
                self._letters += len(field.name)
                if self._letters > _LETTERS:
                    raise ValueError(
                        f"the names of the JSON fields of these {self._count:,} messages have more than {_LETTERS:,} characters: choose fewer messages first"
                    )
            if type(value) is dict and depth < _DEPTH:
                self.add(row, value, field, depth + 1)
                continue
            values = field.values
            if values is None:
                values = field.values = self._column(field.name)
            if len(values) < row:
                values.extend([None] * (row - len(values)))
            values.append(value)

    def _column(self, name: str) -> list[Any]:
        if (len(self.columns) + 1) * self._count > _CELLS:
            raise ValueError(
                f"these {self._count:,} messages have more than {len(self.columns):,} different JSON fields: "
                "choose fewer messages first, as in messages.where('$.type=trade').to_pandas(json=True)"
            )
        values = self.columns[f"$.{name}" if name in self._taken else name] = []
        return values

    @staticmethod
    def _name(key: str, within: _Field | None) -> str:
        # Quoted where the name could be read as another path's.
        name = key if key not in ("", "$") and "." not in key and key[0] != '"' else json.dumps(key)
        return name if within is None else f"{within.name}.{name}"


def json_columns(pieces: Sequence[Piece], taken: Container[str]) -> dict[str, list[Any]]:
    """Parse messages and spread their fields.

    Parameters
    ----------
    pieces : sequence of (Segment, sequence of int)
        The rows.
    taken : container of str
        Names that other columns have.

    Returns
    -------
    dict of str → list
        By column, in order of first appearance; each as long as there are rows, None where there is nothing.

    Raises
    ------
    ValueError
        Too many different fields.
    """
    count = sum(len(indexes) for _, indexes in pieces)
    spreader = _Spreader(count, taken)
    number = -1
    for segment, indexes in pieces:
        first, data, flags = segment.first, segment.data, segment.flags
        starts, bounds = segment.starts, segment.bounds
        decoded = segment.decoded_rows(max(indexes) - first + 1) if indexes else None
        for index in indexes:
            number += 1
            row = index - first
            # The part of a message that was cut off is no message, even where it parses: 12 of 123.
            if flags[row] & (KIND_MASK | INCOMPLETE) in (TEXT, BINARY):
                # A byte order mark may be ignored (RFC 8259 section 8.1).
                payload = segment.decoded_text(row, decoded) or bytes(data[starts[row] : bounds[row + 1]])
                value = parse_json(payload.removeprefix(codecs.BOM_UTF8))
                if type(value) is list:  # an array at the root: its elements are fields, named as in a filter's $[0]
                    value = {f"[{at}]": element for at, element in enumerate(value)}
                if type(value) is dict:
                    spreader.add(number, value)
    for values in spreader.columns.values():
        values.extend([None] * (count - len(values)))
    return spreader.columns


def arrow_column(pa: Any, values: list[Any]) -> Any:
    """Make an Arrow column of JSON values.

    Parameters
    ----------
    pa : module
        pyarrow.
    values : list
        As ``json.loads`` makes them.

    Returns
    -------
    pyarrow.Array
        Of a type that holds each exactly; text when no other does.
    """
    types = _types(values)
    if types == {list}:
        items = _types(chain.from_iterable(value for value in values if value is not None))
        candidates = [pa.list_(kind) for kind in _scalars(pa, items)]
    else:
        candidates = _scalars(pa, types)
    for kind in candidates:
        try:
            return pa.array(values, kind)
        except (OverflowError, pa.ArrowInvalid, UnicodeEncodeError):
            continue  # an integer it has no room for, or half of a surrogate pair
    return pa.array([_as_text(value) for value in values], pa.large_string())


def _types(values: Any) -> set[type]:
    return set(map(type, values)) - {type(None)}


def _scalars(pa: Any, types: set[type]) -> list[Any]:
    """Arrow types to try for values of these types; none when they have no common one."""
    if not types:
        return [pa.null()]
    if types == {int}:
        return [pa.int64(), pa.uint64()]
    if types <= {int, float}:
        return [pa.float64()]
    return {str: [pa.large_string()], bool: [pa.bool_()]}.get(types.pop(), []) if len(types) == 1 else []


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:  # writing goes a little deeper than reading did
        text = "(nested too deeply)"
    return text.encode("utf-8", "replace").decode()
