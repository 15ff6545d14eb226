"""The messages between kernel and browser, version 1. The browser's half is ``frontend/src/protocol.ts``: change both.

What lives here: types, and reading what the browser asks. What must not: behaviour. A browser is not trusted to be well formed: every
field is checked here, once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, TypedDict

VERSION = 1

#: Rows of the view that travel with every tick.
TAIL = 60
#: Most rows of one ``rows`` answer.
MAX_ROWS = 500
#: Bytes of a payload in one ``detail`` answer.
DETAIL_BYTES = 200_000

#: Bytes and rows of a file in one ``export`` answer, about; and bytes of a payload that is written into it.
EXPORT_BYTES = 1_000_000
EXPORT_ROWS = 10_000
EXPORT_PAYLOAD = 4_000_000
#: Rows a reader, or Python, can have selected.
MAX_SELECTED = 100

#: Key, time (epoch microseconds: below 2^53), 1 when sent, kind, size in bytes, preview. The key of a row is its permanent index, and while
#: several sessions are merged also the number of its session (`shown`); whatever is called ``index`` in a request is a key.
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
    #: What the source can do or tell besides its rows (`sources.CAPABILITIES`); the rest is greyed out.
    can: list[str]
    #: Whether it can be sent to now.
    writable: bool
    #: When it first opened, or the log began: epoch microseconds; None while there is nothing.
    began: int | None


class StatsInfo(TypedDict):
    """Counters, rate and times of a session."""

    sent_messages: int
    sent_bytes: int
    received_messages: int
    received_bytes: int
    rate: float
    latency: float | None
    uptime: float


class PairInfo(TypedDict):
    """The other half of a request and its response."""

    key: int
    index: int
    sent: int
    #: Whether it is the response to the row that was asked about; else that row answers it.
    answer: bool
    #: Microseconds from the request to the response.
    took: int


class SessionChoice(TypedDict):
    """A session or log the panel can show."""

    name: str
    url: str
    state: str
    shown: bool


class SourceInfo(TypedDict):
    """One of the sessions or logs that are shown."""

    #: In the keys of its rows.
    number: int
    #: No other source of the panel is called so.
    name: str
    state: str
    writable: bool


class Asked(TypedDict):
    """What Python last asked of every view; a view does it once for each new number."""

    follow: tuple[int, bool]
    #: Number, the rows' keys, and the position of the first in the view; None when it is not there.
    select: tuple[int, list[int], int | None]


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
    #: Why the filter has ended before the end; empty when it has not.
    stopped: str
    first: int
    n: int
    total: int
    kept: int
    dropped: int
    asked: Asked
    #: Of several that are merged, what can be said of all of them.
    session: SessionInfo
    stats: StatsInfo
    sources: list[SourceInfo]


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

    def texts(self, key: str, limit: int, most: int) -> list[str]:
        """Read a list of texts.

        Parameters
        ----------
        key : str
            Its name.
        limit : int
            Most characters of each.
        most : int
            How many there may be.

        Returns
        -------
        list of str

        Raises
        ------
        RequestError
            It is missing, too long, or something in it is not text or too long.
        """
        value = self._content.get(key)
        if not isinstance(value, list) or len(value) > most or not all(isinstance(one, str) and len(one) <= limit for one in value):
            raise RequestError(f"{key} must be at most {most} texts of at most {limit} characters")
        return value

    def integers(self, key: str, low: int, high: int, most: int) -> list[int]:
        """Read a list of whole numbers.

        Parameters
        ----------
        key : str
            Its name.
        low, high : int
            What each may be, both included.
        most : int
            How many there may be.

        Returns
        -------
        list of int

        Raises
        ------
        RequestError
            It is missing, too long, or something in it is not such a number.
        """
        value = self._content.get(key)
        if not isinstance(value, list) or len(value) > most or not all(_whole(one, low, high) for one in value):
            raise RequestError(f"{key} must be at most {most} whole numbers from {low} to {high}")
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
        value: Any = self._content.get(key)
        if not _whole(value, low, high):
            raise RequestError(f"{key} must be a whole number from {low} to {high}")
        number: int = value
        return number


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def pack(rows: Any) -> bytes:
    """Write rows as they travel: as JSON in a buffer beside the message.

    Parameters
    ----------
    rows : list of RowItem
        Or None where one was dropped.

    Returns
    -------
    bytes
    """
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode()
