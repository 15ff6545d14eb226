"""Makes the payloads of ``%ws_send`` and sends them.

Called in the thread that runs the cell. An interrupt stops between two messages, and prints how many were sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from IPython.display import ProgressBar

from ..conversation import payload
from ..log.message import Message
from ..redaction.invalid import quoted_if_harmless
from ..session.session import Session
from ..system.paths import local_path
from .report import UsageError

#: Sending that takes longer than this, in seconds, shows a progress bar.
_LONG: Final = 1.0


def payloads(
    values: Mapping[str, Any], text: str, body: str | None, fill: Callable[[Mapping[str, Any], str], str]
) -> list[str | bytes]:
    """Make the payloads.

    Parameters
    ----------
    values : mapping
        The options of ``%ws_send``.
    text : str
        The rest of the line.
    body : str, optional
        The cell's body, for ``%%ws_send``.
    fill : callable
        Replaces ``{{expression}}``; called with the options and a text.

    Returns
    -------
    list of str or bytes
        At least one.

    Raises
    ------
    UsageError, QueryError
        Options exclude each other, there is nothing to send, or the text is not in the form that an option says.
    """
    forms = [name for name in ("json", "hex", "base64", "file") if name in values]
    if len(forms) > 1 and forms != ["json", "file"]:
        raise UsageError(f"%ws_send: --{forms[0]} and --{forms[1]} exclude each other")
    if "file" in values:
        left = text or body
        if left:
            raise UsageError(f"%ws_send: --file and text exclude each other; the text is {quoted_if_harmless(left)}")
        content = from_file(values["file"])
        if "json" not in values and "each" not in values:
            return [content]
        body = str(content, "utf-8", "replace")
        values = {**values, "raw": True}  # braces in a file are not expressions
    if not text and body is None:
        raise UsageError(
            "%ws_send: a text is missing: %ws_send TEXT, or %%ws_send with a body (an empty body sends an empty message)"
        )
    whole = text if body is None else body
    pieces = [line for line in whole.splitlines() if line.strip()] if "each" in values else [whole]
    if not pieces:
        raise UsageError("%ws_send: --each: the text has no lines to send")
    return [_one(values, fill(values, piece)) for piece in pieces]


def _one(values: Mapping[str, Any], text: str) -> str | bytes:
    if "hex" in values:
        return payload.from_hex(text)
    if "base64" in values:
        return payload.from_base64(text)
    return payload.check_json(text) if "json" in values else text


def deliver(session: Session, data: Sequence[str | bytes], repeat: int, interval: float, silent: bool) -> list[Message]:
    """Send a sequence of payloads, ``repeat`` times.

    Parameters
    ----------
    session : Session
        The session to send with.
    data : sequence of str or bytes
        The payloads.
    repeat : int
        How many times.
    interval : float
        Seconds from one message to the next.
    silent : bool
        Show no progress bar.

    Returns
    -------
    list of Message
        The sent messages.

    Raises
    ------
    UsageError
        ``repeat`` is 0.
    Error
        As `Session.send`.
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
            # Measured from the first message, so that the time that sending takes does not accumulate.
            time.sleep(max(0.0, begun + number * interval - time.monotonic()))
            sent.append(session.send(data[number % len(data)]))
            if progress is not None:
                progress.progress = number + 1
    except KeyboardInterrupt:
        print(f"interrupted: {len(sent):,} of {total:,} messages were sent")
        raise
    return sent


def from_file(path: str) -> bytes:
    """Read a file.

    Parameters
    ----------
    path : str
        The path; ``~`` is the home directory.

    Returns
    -------
    bytes

    Raises
    ------
    UsageError
        It cannot be read.
    """
    try:
        return Path(local_path(path)).read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; nothing was sent") from error
