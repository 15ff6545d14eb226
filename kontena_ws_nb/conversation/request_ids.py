"""Finds the id in a message that pairs a request with its response, for ``Session.request`` and for the panel.

A decoder that knows its protocol says which id a message has, and which it answers. Otherwise the id is looked for:
JSON-RPC, GraphQL over WebSocket, the Chrome DevTools protocol, Home Assistant and most exchanges put it under ``id``
(in errors too), Discord under ``nonce``, Phoenix under ``ref`` (in its V2 serializer, the second of five items), others
under ``req_id`` and the like. A response has the same id in the same place. What only looks like an id (any key that
ends in ``id``, ``ref``, ``seq`` …, at any depth) is one too: a message without it would be a stranger's. Any thread.
"""

from __future__ import annotations

import re
from collections import deque
from decimal import Decimal
from typing import Any, Final, NamedTuple

from ..decoders.decoder import Decoded
from ..log.message import Message
from .differences import short
from .values import values

#: Keys of an object that may hold its id; the first that is present counts.
KEYS: Final = ("id", "nonce", "ref", "req_id", "reqid", "request_id", "requestId", "correlation_id", "correlationId")
#: Larger payloads, in bytes, are not parsed to look for an id.
_PARSED: Final = 1 << 20
#: Keys that look like ids wherever they stand, and how many objects are looked into for them.
_ALIKE: Final = re.compile(
    r"(?:^|[_.-])(?:id|uuid|guid|nonce|ref|seq|[crmt]id|msgid|reqid)$|[a-z](?:Id|ID|Uuid|UUID|Guid|Ref|Seq|Nonce)$",
)
_LOOKED_AT: Final = 1000
#: [join_ref, ref, topic, event, payload]
_PHOENIX: Final = 5


class Id(NamedTuple):
    """An id, and its place in the message.

    Parameters
    ----------
    steps : tuple of (str or int)
        The path to it, as in `grammar.Path`; empty when the decoder told it.
    value : str or Decimal
        7 and ``"7"`` are different ids. Numbers are exact.
    """

    steps: tuple[str | int, ...]
    value: str | Decimal

    def __str__(self) -> str:
        place = "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in self.steps)
        return f"{f'${place}' if place else 'id'}={short(self.value) if isinstance(self.value, str) else self.value}"


def message_id(message: Message, alike: bool = False) -> Id | None:
    """Find the id of a message.

    Parameters
    ----------
    message : Message
        Any row of a log.
    alike : bool, default False
        Whether what only looks like an id will do: who pairs by it may find nothing, but no stranger.

    Returns
    -------
    Id or None
        None when it has no id that is a string or number.
    """
    told, there = _told(message), _values(message)
    found = next(filter(None, map(_placed, there)), None)
    if told and (found is None or found.value != told[0]):
        return Id((), told[0])
    return next(filter(None, map(_alike, there)), None) if found is None and alike else found


def _placed(value: Any) -> Id | None:
    """Find an id where most protocols have it."""
    if isinstance(value, dict):
        return next((Id((key,), found) for key in KEYS if (found := _scalar(value.get(key))) is not None), None)
    if isinstance(value, list) and len(value) == _PHOENIX and all(isinstance(item, str) for item in value[1:4]):
        return Id((1,), value[1])
    return None


def _told(message: Message) -> list[str | Decimal]:
    """List the ids that the decoder tells of: what the message is called, and what it answers."""
    ids = (one for part in _parts(message) for one in (part.answers, part.id))
    return [found for one in ids if (found := _scalar(one)) is not None]


def _parts(message: Message) -> tuple[Decoded, ...]:
    """List what the message means, and what it has several of: each has ids of its own."""
    decoded = message.decode() if message.size <= _PARSED else None
    return () if decoded is None else (decoded, *decoded.parts)


def _alike(value: Any) -> Id | None:
    """Find what looks like an id, the outermost first."""
    left: deque[tuple[tuple[str | int, ...], Any]] = deque([((), value)])
    looked = 0
    while left and looked < _LOOKED_AT:
        steps, value = left.popleft()
        looked += 1
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in inside:
            if isinstance(key, str) and _ALIKE.search(key) and (found := _scalar(item)) is not None:
                return Id((*steps, key), found)
            if isinstance(item, (dict, list)):
                left.append(((*steps, key), item))
    return None


def repeats(message: Message, found: Id) -> bool:
    """Tell whether a message has this id in this place, or answers it. It may have other ids.

    Parameters
    ----------
    message : Message
        Any row of a log.
    found : Id
        What to look for.

    Returns
    -------
    bool
    """
    if not found.steps:
        return found.value in _told(message)
    return any(_repeats(value, found) for value in _values(message))


def _repeats(value: Any, found: Id) -> bool:
    for step in found.steps:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
    return _scalar(value) == found.value


def is_request(message: Message) -> bool:
    """Tell whether a message is itself a request: JSON-RPC 2.0 with a ``method``. Its id may equal one of ours.

    Parameters
    ----------
    message : Message
        Any row of a log.

    Returns
    -------
    bool
    """
    parts = _parts(message)
    if any(one.id is not None or one.answers is not None for one in parts):
        return all(one.answers is None for one in parts)
    return any(isinstance(value, dict) and "jsonrpc" in value and "method" in value for value in _values(message))


def _values(message: Message) -> list[Any]:
    if message.kind not in ("text", "binary") or message.size > _PARSED:
        return []
    return list(values(message, exact=True))


def _scalar(value: Any) -> str | Decimal | None:
    if isinstance(value, (str, Decimal)):
        return value
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None
