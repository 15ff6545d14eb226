"""`Mismatch`: how what a client sent differs from what was recorded. Values; any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..conversation.changes import Ignored, changes
from ..conversation.differences import short
from ..log.filter.json import NOT_JSON, parse_json
from ..log.message import Message

#: Larger payloads, in bytes, are compared as they are, not as JSON.
_PARSED: Final = 4 << 20
#: Lines of a mismatch that are shown.
_LINES: Final = 20


@dataclass(frozen=True)
class Mismatch:
    """One difference between a client and the capture that is played to it.

    Parameters
    ----------
    connection : int
        Which recorded connection.
    expected : Message or None
        What was recorded; None when nothing more was.
    got : str, bytes or None
        What came instead; None when nothing did.
    differences : tuple of str
        A line each, secrets masked.
    """

    connection: int
    expected: Message | None
    got: str | bytes | None
    differences: tuple[str, ...]

    def __str__(self) -> str:
        where = f"connection {self.connection}" if self.expected is None else f"message {self.expected.index}"
        if self.got is None:
            said = f"{where}: the client did not send it"
        elif self.expected is None:
            said = f"{where}: the client sent more than was recorded"
        else:
            said = f"{where}: the client sent something else"
        more = len(self.differences) - _LINES
        lines = [said, *(f"    {line}" for line in self.differences[:_LINES])]
        return "\n".join([*lines, f"    … and {more:,} more"] if more > 0 else lines)


def compare(expected: Message, got: str | bytes, ignored: Ignored) -> tuple[str, ...]:
    """Tell how a message differs from the recorded one.

    Parameters
    ----------
    expected : Message
        The recorded one, text or binary.
    got : str or bytes
        What a client sent.
    ignored : Ignored
        What does not count in JSON.

    Returns
    -------
    tuple of str
        A line each; empty when they are the same. JSON is compared as JSON where something is ignored, else byte for
        byte, and the lines say what differs in it.
    """
    payload = got.encode() if isinstance(got, str) else got
    if (kind := "text" if isinstance(got, str) else "binary") != expected.kind:
        return (f"it was {expected.kind}, and is {kind}", *_lines(expected.payload, payload))
    if payload == expected.payload:
        return ()
    if max(len(payload), expected.size) <= _PARSED:
        before, after = parse_json(expected.payload), parse_json(payload)
        if before is not NOT_JSON and after is not NOT_JSON:
            found = changes(ignored.without(before), ignored.without(after))
            if found or not ignored:
                return tuple(map(str, found)) or (
                    "the same JSON, written in another way",
                    *_lines(expected.payload, payload),
                )
            return ()
    return _lines(expected.payload, payload)


def _lines(before: bytes, after: bytes) -> tuple[str, ...]:
    """Show both, from a little before where they begin to differ."""
    at = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), None)
    at = min(len(before), len(after)) if at is None else at
    if len(before) == len(after) == at:
        return ()
    start = max(0, at - 20)
    return (f"at byte {at}: {_shown(before[start : at + 40])}", f"came {_shown(after[start : at + 40])}")


def _shown(payload: bytes) -> str:
    try:
        return short(payload.decode())
    except UnicodeDecodeError:
        return short(payload)
