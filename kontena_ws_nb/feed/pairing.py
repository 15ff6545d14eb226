"""What happened around a row: the answer to a request, and how long ago the rows before it were.

Looks from one row to others of its log, on a budget, and keeps nothing. Any thread.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from ..conversation.request_ids import Id, message_id, repeats
from ..log.filter.grammar import Direction, Kind, Path
from ..log.filter.query import Query, Scan
from ..log.kinds import KIND_MASK
from ..log.segment import SENT
from ..log.sequence import Reading
from .comm_messages import PairInfo, flag

if TYPE_CHECKING:
    from ..log.message import Message

#: Seconds a search for the other half may take: a click is waiting.
BUDGET = 0.05
#: Rows of the first look; each further one is four times as far.
_NEAR = 1024
#: Flags of a row → whether it is text or binary that was sent.
_SENT_DATA = bytes(bool(flags & SENT) and flags & KIND_MASK in (1, 2) for flags in range(256))


def pair(log: Reading, message: Message) -> PairInfo | None:
    """Find the other half of a request and its response: the nearest row the other way that repeats its id.

    On the same connection, and at the same place (`conversation.request_ids`). A sent message is looked at as a request first, a
    received one as a response.

    Parameters
    ----------
    log : Reading
        Where the message is.
    message : Message
        One half.

    Returns
    -------
    PairInfo or None
        None when there is none, or it was not found in `BUDGET` seconds.
    """
    found = message_id(message)
    if found is None:
        return None
    other = "received" if message.direction == "sent" else "sent"
    query = Query(
        "",
        [
            Direction(0, False, frozenset({other})),
            Kind(0, False, frozenset({"text", "binary"})),
            Path(0, False, found.steps, (found.value,)),
        ],
    )
    deadline = monotonic() + BUDGET

    def nearest(way: int) -> int | None:
        if found.steps:
            return _nearest(log, query, message.index, way, deadline)
        return _nearest_told(log, found, message, way, deadline)

    ways = (1, -1) if message.direction == "sent" else (-1, 1)
    for way in ways:
        index = nearest(way)
        half = None if index is None else log.get(index)
        if half is not None and half.connection == message.connection:
            request = message if way > 0 else half
            took = (half.time_ns - message.time_ns) * way // 1000
            return {
                "key": half.index,
                "index": half.index,
                "sent": flag(half.direction == "sent"),
                "answer": request is message,
                "took": took,
            }
    return None


def _nearest(log: Reading, query: Query, index: int, way: int, deadline: float) -> int | None:
    reach = _NEAR
    near = index + 1 if way > 0 else index
    while monotonic() < deadline and (near < log.next_index if way > 0 else near > log.first_index):
        far = near + way * reach
        hits = Scan(query, log, min(near, max(far, 0))).step(deadline, max(near, far))
        if hits:
            return hits[0] if way > 0 else hits[-1]
        near, reach = far, reach * 4
    return None


def _nearest_told(log: Reading, found: Id, message: Message, way: int, deadline: float) -> int | None:
    """As `_nearest`, for an id that only the decoder knows the place of."""
    index = message.index + way
    while log.first_index <= index < log.next_index and monotonic() < deadline:
        half = log.get(index)
        if (
            half is not None
            and half.direction != message.direction
            and half.connection == message.connection
            and repeats(half, found)
        ):
            return index
        index += way
    return None


def since_previous(log: Reading, message: Message) -> int | None:
    """Tell the time since the row before.

    Parameters
    ----------
    log : Reading
        Where the message is.
    message : Message
        A row.

    Returns
    -------
    int or None
        Microseconds; None without a row before it.
    """
    before = log.get(message.index - 1) if message.index else None
    return None if before is None else (message.time_ns - before.time_ns) // 1000


def since_sent(log: Reading, message: Message) -> int | None:
    """Tell the time since the last text or binary message that was sent before a row.

    Parameters
    ----------
    log : Reading
        Where the message is.
    message : Message
        A row.

    Returns
    -------
    int or None
        Microseconds; None when nothing was sent before it, or it was not found in `BUDGET` seconds.
    """
    deadline = monotonic() + BUDGET
    for segment in log.backwards(message.index):
        if monotonic() >= deadline:
            return None
        row = (
            bytes(segment.flags[: max(0, min(segment.count, message.index - segment.first))])
            .translate(_SENT_DATA)
            .rfind(1)
        )
        if row >= 0:
            return (message.time_ns - segment.times[row]) // 1000
    return None
