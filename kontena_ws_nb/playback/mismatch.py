"""`Mismatch`: how what a client sent differs from what was recorded. Values; any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..conversation.changes import Ignored, payload_changes
from ..log.message import Message

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
        As `payload_changes`.
    """
    payload = got.encode() if isinstance(got, str) else got
    kind = "text" if isinstance(got, str) else "binary"
    other = () if kind == expected.kind else (f"it was {expected.kind}, and is {kind}",)
    return (*other, *payload_changes(expected.payload, payload, ignored))
