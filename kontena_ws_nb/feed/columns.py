"""`Columns`: columns of one's own: what is at JSON paths in the messages of the rows that travel. Any thread.

A cell says what a filter with this path would find: in the payload's JSON, else in the decoded value. Numbers are as they
are spelled, texts without their quotes, secrets masked, control characters visible. Every cell, every message that is
parsed and the number of columns are bounded, and a message is parsed once while its row is shown (`per_row`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ..decoders.json_text import Spelled, cut, short
from ..log.decoding import shown, text_of
from ..log.export import FIELDS, NOTES, Own
from ..log.filter.conditions import values_at
from ..log.filter.grammar import Step, parse_path, path_text
from ..log.filter.json import NOT_JSON, parse_spelled
from ..log.log import MessageLog
from ..log.message import Message
from ..redaction.headers import MASK
from ..redaction.payloads import mask_bytes
from ..redaction.text import visible
from .comm_messages import Column
from .per_row import LARGEST, PerRow

#: Columns, characters of a path or a title, and pixels of a column's width.
MOST: Final = 12
LONGEST: Final = 500
NARROWEST, WIDEST = 40, 1000
WIDTH: Final = 110
#: Characters of a cell, before escaping.
CELL: Final = 100
#: The same in a file, where nothing is cut: a cell is not longer than the message that is read.
_WHOLE: Final = 8 * LARGEST
#: Values of one path that a cell lists.
_VALUES: Final = 20
#: A masked number: JSON only with quotes around it.
_MASKED: Final = re.compile(rb"(?<=[\[,:\s])" + re.escape(MASK.encode()) + rb"(?=[\],}\s])")


def read_columns(
    wanted: Iterable[str | Sequence[Any]] | Mapping[str, str], known: Sequence[Column] = ()
) -> tuple[Column, ...]:
    """Read which columns are wanted.

    Parameters
    ----------
    wanted : iterable of str or Column, or mapping
        Paths, also with a title, or with a title and a width.
    known : sequence of Column, optional
        What there is: where only a path is written, it keeps its title and its width.

    Returns
    -------
    tuple of Column

    Raises
    ------
    QueryError
        A path is wrong; it tells where.
    TypeError, ValueError
        Something else is wrong.
    """
    if isinstance(wanted, str):
        raise TypeError(f'a list of paths is wanted: columns = ["{cut(wanted, 50)}"]')
    items = wanted.items() if isinstance(wanted, Mapping) else wanted
    before = {column.path: column for column in known}
    columns: list[Column] = []
    taken: list[tuple[Step, ...]] = []
    for item in items:
        parts = [item] if isinstance(item, str) else [*item] if isinstance(item, Sequence) else []
        path, title, width = (parts + ["", "", 0][len(parts) :])[:3]
        if (
            not parts
            or len(parts) > 3
            or not (isinstance(path, str) and isinstance(title, str) and isinstance(width, int))
        ):
            raise TypeError("a column is a path, or (path, title), or (path, title, width)")
        if len(path) > LONGEST or len(title) > LONGEST:
            raise ValueError(f"a column's path and its title have at most {LONGEST} characters")
        steps = parse_path(path)
        if steps in taken:
            raise ValueError(f"{visible(cut(path, 100))} is a column already")
        taken.append(steps)
        path = path.strip() if path.strip().startswith("$") else path_text(steps)
        old = before.get(path)
        title = title or (old.title if old else _title(steps, path))
        width = max(NARROWEST, min(WIDEST, width or (old.width if old else WIDTH)))
        columns.append(Column(path, title, width))
    if len(columns) > MOST:
        raise ValueError(f"a table has at most {MOST} columns of one's own, got {len(columns)}")
    return tuple(columns)


def _title(steps: Sequence[Step], path: str) -> str:
    last = steps[-1] if steps else None
    return last if isinstance(last, str) else path


class Columns:
    """What some columns say about messages.

    Parameters
    ----------
    columns : sequence of Column, optional
        From `read_columns`.
    """

    def __init__(self, columns: Sequence[Column] = ()) -> None:
        self.columns = tuple(columns)
        self._paths = [parse_path(column.path) for column in self.columns]
        self._cells: PerRow[tuple[str, ...]] = PerRow(self._read, ())

    def renamed(self, columns: Sequence[Column]) -> Columns:
        """Make the same ones with other titles or widths, which know what these have read.

        Parameters
        ----------
        columns : sequence of Column
            Of the same paths.

        Returns
        -------
        Columns
        """
        made = Columns(columns)
        made._cells = self._cells
        return made

    def knows(self, log: MessageLog, index: int) -> bool:
        """As `PerRow.knows`."""
        return self._cells.knows(log, index)

    def cells(self, log: MessageLog, index: int) -> tuple[str, ...]:
        """Write a row's cells.

        Parameters
        ----------
        log : MessageLog
            Where it is.
        index : int
            Its permanent index.

        Returns
        -------
        tuple of str
            In the order of the columns, empty where there is no value; none at all where all are empty.
        """
        return self._cells.of(log, index)

    def exported(self) -> Own | None:
        """Give them as columns of a file: what the table shows, not cut.

        Returns
        -------
        Own or None
            Named by their titles; by the path where the title is another column's name. None when there are no columns.
        """
        if not self.columns:
            return None
        titles = [*FIELDS, *NOTES, *(column.title for column in self.columns)]
        names = tuple(path if titles.count(title) > 1 else title for path, title, _ in self.columns)
        empty = ("",) * len(names)
        return Own(tuple(map(visible, names)), lambda message: self._read(message, _WHOLE) or empty)

    def _read(self, message: Message, room: int = CELL) -> tuple[str, ...]:
        # The part of a message that was cut off is no message.
        if message.kind not in ("text", "binary") or message.incomplete:
            return ()
        if message.size > LARGEST:
            return (f"… not read: {message.size:,} bytes",) * len(self._paths)
        payload = message.payload
        found = [_values(payload, self._paths)]
        if not all(found[0]):
            decoded = shown(message.decode(), payload)
            # JSON that nothing had to be done about says all in the payload, as for filters.
            if decoded is not None and (decoded.label or message.kind == "binary"):
                text = text_of(decoded, payload)
                if 0 < len(text) <= LARGEST:
                    found.append(_values(text, self._paths))
        cells = [_cell(next(filter(None, values), []), room) for values in zip(*found, strict=True)]
        return tuple(cells) if any(cells) else ()


def _values(text: bytes, paths: Sequence[tuple[Step, ...]]) -> list[list[Any]]:
    """Find what is at each path; secrets are masked before anything is taken apart."""
    masked = mask_bytes(text)
    value = parse_spelled(masked)
    if value is NOT_JSON and masked != text:
        value = parse_spelled(_MASKED.sub(lambda found: b'"%b"' % found[0], masked))
    return [[] if value is NOT_JSON else values_at(value, steps) for steps in paths]


def _cell(values: Sequence[Any], room: int) -> str:
    """Write values in a few characters."""
    most = _VALUES if room == CELL else len(values)
    texts = [_text(value, room) for value in values[:most]]
    return visible(_cut(", ".join(texts) + (", …" if len(values) > most else ""), room))


def _text(value: Any, room: int) -> str:
    if isinstance(value, Spelled) or (isinstance(value, str) and value):
        return _cut(value, room)
    return short(value, room)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{cut(text, room)}…"
