"""The messages between kernel and browser, version 1. The browser's half is ``frontend/src/protocol.ts``: change both.

What lives here: types, and reading what the browser asks. What must not: behaviour. A browser is not trusted to be well formed: every
field is checked here, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

VERSION = 1

#: Rows of the view that travel with every tick.
TAIL = 60
#: Most rows of one ``rows`` answer.
MAX_ROWS = 500
#: Bytes of a payload in one ``detail`` answer.
DETAIL_BYTES = 200_000

#: Permanent index, time (epoch microseconds: below 2^53), 1 when sent, kind, size in bytes, preview.
RowItem = tuple[int, int, int, str, int, str]


class CloseInfo(TypedDict):
    """How a connection ended."""

    code: int
    reason: str
    meaning: str
    by: str  # "you", "the server" or "" when nobody knows


class Security(TypedDict):
    """What the padlock shows."""

    level: Literal["good", "warn", "bad", "none"]
    label: str
    title: str


class SessionInfo(TypedDict):
    """What the status line says about a session."""

    name: str
    url: str
    state: str
    error: str
    close: CloseInfo | None
    security: Security
    keepalive: float | None
    writable: bool


class StatsInfo(TypedDict):
    """Counters, rate and times of a session."""

    sent_messages: int
    sent_bytes: int
    received_messages: int
    received_bytes: int
    rate: float
    latency: float | None
    uptime: float


class Tick(TypedDict):
    """Absolute state of a view, never an increment: losing one costs nothing."""

    v: int
    k: Literal["tick"]
    seq: int
    ack: bool
    via: Literal["pump", "reply"]
    gen: int
    filter: str
    busy: bool
    first: int
    n: int
    total: int
    kept: int
    dropped: int
    session: SessionInfo
    stats: StatsInfo


class RequestError(ValueError):
    """What the browser sent is not a request of this protocol."""


class Request:
    """One message of the browser.

    Parameters
    ----------
    content : Mapping
        As it came.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content
        self.kind = self.text("k", 20)
        self.id = self.text("id", 64)
        if content.get("v") != VERSION:
            raise RequestError(f"the panel speaks version {VERSION}, the page {content.get('v')!r}: reload the page")

    def text(self, key: str, limit: int | None = None) -> str:
        """Read a text field.

        Parameters
        ----------
        key : str
            Its name.
        limit : int, optional
            Most characters.

        Returns
        -------
        str

        Raises
        ------
        RequestError
            It is missing, not text, or too long.
        """
        value = self._content.get(key)
        if not isinstance(value, str) or (limit is not None and len(value) > limit):
            raise RequestError(f"{key} must be text{f' of at most {limit} characters' if limit else ''}")
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        """Read a whole number.

        Parameters
        ----------
        key : str
            Its name.
        low, high : int
            What it may be, both included.

        Returns
        -------
        int

        Raises
        ------
        RequestError
            It is missing, not a whole number, or out of range.
        """
        value = self._content.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise RequestError(f"{key} must be a whole number from {low} to {high}")
        return value
