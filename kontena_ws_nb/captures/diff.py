"""`diff`: what changed between two captures, message by message. Any thread."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from ..conversation.changes import Ignored, payload_changes
from ..display.html import Markup, displayed, tag
from ..display.preview import preview
from ..log.filter.json import parse_json
from ..log.kinds import LIFECYCLE
from ..log.log import MessageLog
from ..log.message import Message, Row
from ..redaction.text import printable
from .alignment import align
from .files import copy
from .load import load
from .save import sessions_of
from .saving import SessionRows

if TYPE_CHECKING:
    from ..panel.panel import Panel

#: Rows that text and HTML show.
_ROWS: Final = 200
#: Bytes of a payload that are shown.
_SHOWN: Final = 160
#: Lines about one row.
_LINES: Final = 10
#: Larger payloads, in bytes, are the same only byte by byte.
_PARSED: Final = 4 << 20
_ARROWS: Final = {"sent": "↑", "received": "↓"}
_SIGNS: Final = {"changed": "~", "added": "+", "removed": "-"}
_COLOURS: Final = {
    "changed": Markup("color:#8a5a00"),
    "added": Markup("color:#116329"),
    "removed": Markup("color:#a40e26"),
}
_CELL: Final = Markup("text-align:left;vertical-align:top;padding:1px 10px 1px 0;border:0")
_BOX: Final = Markup("font:12px/1.5 monospace")


@dataclass(frozen=True)
class Difference:
    """One message that differs.

    Parameters
    ----------
    kind : {"changed", "added", "removed"}
        What happened.
    before, after : Message or None
        The message in both; None where it is not there.
    lines : tuple of str
        What changed in it, a line each, secrets masked.
    session : str
        The name of its session.
    """

    kind: Literal["changed", "added", "removed"]
    before: Message | None
    after: Message | None
    lines: tuple[str, ...] = ()
    session: str = ""


class Diff(Sequence[Difference]):
    """What changed between two captures; empty, and so false, when nothing did. Made by `kontena_ws_nb.diff`.

    Parameters
    ----------
    names : (str, str)
        What both are called.
    same : int
        How many messages are in both.
    differences : sequence of Difference
        The others, in their order.

    Attributes
    ----------
    names, same
        As given.
    """

    def __init__(self, names: tuple[str, str], same: int, differences: Sequence[Difference]) -> None:
        self.names = names
        self.same = same
        self._differences = tuple(differences)
        self._panel: Panel | None = None

    def __len__(self) -> int:
        return len(self._differences)

    def __getitem__(self, at: Any) -> Any:
        return self._differences[at]

    @property
    def summary(self) -> str:
        """Both names and how many messages changed, in a line."""
        counts = {kind: sum(one.kind == kind for one in self) for kind in _SIGNS}
        said = [f"{count:,} {kind}" for kind, count in counts.items() if count] or ["nothing changed"]
        return f"{printable(self.names[0])} → {printable(self.names[1])}: {', '.join(said)}, {self.same:,} the same"

    def __str__(self) -> str:
        lines = [self.summary]
        for one in self._differences[:_ROWS]:
            lines.append(f"{_SIGNS[one.kind]} {_place(one)}  {_text(one)}".rstrip())
            lines += [f"    {line}" for line in _shown(one)]
        if len(self) > _ROWS:
            lines.append(f"… and {len(self) - _ROWS:,} more")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        rows = [
            tag(
                "tr",
                tag("td", f"{_SIGNS[one.kind]} {one.kind}", style=Markup(f"{_CELL};{_COLOURS[one.kind]}")),
                tag("td", _place(one), style=_CELL),
                tag("td", _text(one), *(tag("div", line) for line in _shown(one)), style=_CELL),
            )
            for one in self._differences[:_ROWS]
        ]
        more = tag("p", f"… and {len(self) - _ROWS:,} more") if len(self) > _ROWS else None
        table = tag("table", *rows) if rows else None
        return displayed(str(self), tag("div", tag("b", self.summary), table, more, style=_BOX))

    @property
    def panel(self) -> Panel:
        """A panel of what changed: the messages of both, merged by time. Select two to compare them."""
        from ..panel.panel import Panel

        if self._panel is None or self._panel.closed:
            sides = [
                _Side(name, [one for one in rows if one is not None])
                for name, rows in zip(
                    _apart(self.names), ([one.before for one in self], [one.after for one in self]), strict=True
                )
            ]
            self._panel = Panel(sides[0])
            self._panel.show(*sides)
        return self._panel


class _Side:
    """The messages of one capture that differ, as a source of a panel."""

    state = "log"

    def __init__(self, name: str, messages: Iterable[Message]) -> None:
        self.name = name
        self.url = "what differs"
        self.messages = MessageLog(None)
        for message in messages:
            copy(self.messages, message)


def diff(before: Any, after: Any, ignore: Iterable[str] = ()) -> Diff:
    """Do what `kontena_ws_nb.diff` says.

    Parameters
    ----------
    before, after, ignore
        As there.

    Returns
    -------
    Diff
    """
    ignored = Ignored(ignore)
    one, other = _sessions(before), _sessions(after)
    if len(one) == len(other) == 1:
        pairs = [(next(iter(one)), next(iter(one.values())), next(iter(other.values())))]
    else:
        names = [*one, *(name for name in other if name not in one)]
        pairs = [(name, one.get(name, []), other.get(name, [])) for name in names]
    same, found = 0, list[Difference]()
    for name, left, right in pairs:
        equal = align([_key(message, ignored) for message in left], [_key(message, ignored) for message in right])
        same += len(equal)
        found += _differences(left, right, equal, ignored, name)
    return Diff((_name(before, "before"), _name(after, "after")), same, found)


def _sessions(source: Any) -> dict[str, list[Message]]:
    """List the messages of each session: what the two sides sent. When something happened to a connection is no message."""
    held = load(source) if isinstance(source, (str, os.PathLike)) else source
    sessions: list[SessionRows] = sessions_of(held)
    return {one.record.name: [row for row in one.messages if row.kind not in LIFECYCLE] for one in sessions}


def _name(source: Any, other: str) -> str:
    if isinstance(source, (str, os.PathLike)):
        return os.path.basename(os.fspath(source))
    return str(getattr(source, "name", other))


def _apart(names: tuple[str, str]) -> tuple[str, str]:
    return names if names[0] != names[1] else (f"{names[0]} (before)", f"{names[1]} (after)")


def _key(message: Message, ignored: Ignored) -> tuple[str, str, object]:
    """Make what is equal where two messages are the same: JSON is compared as JSON."""
    payload: object = message.payload
    if message.kind in ("text", "binary") and message.size <= _PARSED:
        value = parse_json(message.payload)
        if isinstance(value, (dict, list)):
            payload = json.dumps(_numbers(ignored.without(value)), sort_keys=True)
    return message.direction, message.kind, payload


def _numbers(value: Any) -> Any:
    """Write whole numbers alike: 1.0 is 1."""
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _differences(
    left: Sequence[Message], right: Sequence[Message], equal: Sequence[tuple[int, int]], ignored: Ignored, name: str
) -> Iterator[Difference]:
    """Pair what stands between two equal messages: of the same kind and direction, in their order."""
    at = other = 0
    for here, there in [*equal, (len(left), len(right))]:
        waiting = list(right[other:there])
        for message in left[at:here]:
            partner = next((one for one in waiting if _alike(message, one)), None)
            if partner is None:
                yield Difference("removed", message, None, (), name)
                continue
            place = waiting.index(partner)
            for earlier in waiting[:place]:
                yield Difference("added", None, earlier, (), name)
            del waiting[: place + 1]
            yield Difference("changed", message, partner, _changed(message, partner, ignored), name)
        for message in waiting:
            yield Difference("added", None, message, (), name)
        at, other = here + 1, there + 1


def _changed(before: Message, after: Message, ignored: Ignored) -> tuple[str, ...]:
    if before.kind == "close":
        return (f"{_look(before)} → {_look(after)}",)
    return payload_changes(before.payload, after.payload, ignored)


def _alike(one: Message, other: Message) -> bool:
    return (one.direction, one.kind) == (other.direction, other.kind)


def _place(one: Difference) -> str:
    numbers = [f"#{message.index}" for message in (one.before, one.after) if message is not None]
    message = one.after or one.before
    assert message is not None
    return f"{' → '.join(dict.fromkeys(numbers))} {_ARROWS[message.direction]} {message.kind}"


def _text(one: Difference) -> str:
    message = one.after or one.before
    assert message is not None
    return "" if one.lines else _look(message)


def _look(message: Message) -> str:
    """Show the beginning of a message in a line."""
    start = message.masked(0, _SHOWN)
    row = Row(
        message.index,
        message.time_ns,
        message.direction,
        message.kind,
        message.size,
        start,
        message.size > _SHOWN,
        message.incomplete,
        message.label,
    )
    return preview(row)


def _shown(one: Difference) -> list[str]:
    more = len(one.lines) - _LINES
    return [*one.lines[:_LINES], f"… and {more:,} more"] if more > 0 else list(one.lines)
