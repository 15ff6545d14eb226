"""``%ws_send``: which payloads are meant, and sending them one after the other.

What lives here: combining --json --hex --base64 --file --each, and the loop of --repeat. What must not: IPython's line,
sessions' names. The cell's thread; an interrupt stops between two messages and says how far it came.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from IPython.display import ProgressBar

from ..log.message import Message
from ..redaction.invalid import quoted_if_harmless
from ..session.session import Session
from . import payload
from .report import UsageError

#: Sending that takes longer than this (seconds) shows how far it is.
_LONG: Final = 1.0


def payloads(
    given: Mapping[str, Any], text: str, body: str | None, fill: Callable[[Mapping[str, Any], str], str]
) -> list[str | bytes]:
    """Make the payloads.

    Parameters
    ----------
    given : mapping
        The options of ``%ws_send``.
    text : str
        The rest of the line.
    body : str, optional
        The cell's body, for ``%%ws_send``.
    fill : callable
        Puts ``{{values}}`` in; called with the options and a text.

    Returns
    -------
    list of str or bytes
        At least one.

    Raises
    ------
    UsageError, QueryError
        Options that exclude each other, nothing to send, or text that is not what was promised.
    """
    forms = [name for name in ("json", "hex", "base64", "file") if name in given]
    if len(forms) > 1 and forms != ["json", "file"]:
        raise UsageError(f"%ws_send: --{forms[0]} and --{forms[1]} exclude each other")
    if "file" in given:
        left = text or body
        if left:
            raise UsageError(f"%ws_send: either --file or text, not both: {quoted_if_harmless(left)} is left over")
        content = payload.from_file(given["file"])
        if "json" not in given and "each" not in given:
            return [content]
        body = str(content, "utf-8", "replace")
        given = {**given, "raw": True}  # a file is not typed here: its braces are its own
    if not text and body is None:
        raise UsageError(
            "%ws_send: what? %ws_send TEXT, or %%ws_send with a body (an empty body sends an empty message)"
        )
    whole = text if body is None else body
    pieces = [line for line in whole.splitlines() if line.strip()] if "each" in given else [whole]
    if not pieces:
        raise UsageError("%ws_send: --each: there is no line to send")
    return [_one(given, fill(given, piece)) for piece in pieces]


def _one(given: Mapping[str, Any], text: str) -> str | bytes:
    if "hex" in given:
        return payload.from_hex(text)
    if "base64" in given:
        return payload.from_base64(text)
    return payload.check_json(text) if "json" in given else text


def deliver(session: Session, data: Sequence[str | bytes], repeat: int, interval: float, silent: bool) -> list[Message]:
    """Send payloads, the whole sequence `repeat` times.

    Parameters
    ----------
    session : Session
        Where to.
    data : sequence of str or bytes
        What.
    repeat : int
        How often.
    interval : float
        Seconds from one message to the next.
    silent : bool
        Show no progress.

    Returns
    -------
    list of Message
        What was sent.

    Raises
    ------
    UsageError
        `repeat` is 0.
    """
    if repeat < 1:
        raise UsageError("%ws_send: --repeat 0 sends nothing")
    total = repeat * len(data)
    progress = ProgressBar(total) if (total - 1) * interval > _LONG and not silent else None  # type: ignore[no-untyped-call]
    if progress is not None:
        progress.display()  # type: ignore[no-untyped-call]
    sent: list[Message] = []
    begun = time.monotonic()
    try:
        for number in range(total):
            # From the first one on, so that the time sending takes does not add up.
            time.sleep(max(0.0, begun + number * interval - time.monotonic()))
            sent.append(session.send(data[number % len(data)]))
            if progress is not None:
                progress.progress = number + 1
    except KeyboardInterrupt:
        print(f"interrupted: {len(sent):,} of {total:,} messages were sent")
        raise
    return sent
