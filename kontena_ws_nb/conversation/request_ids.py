"""Finds the id in a message that pairs a request with its response, for ``Session.request`` and for the panel.

JSON-RPC, GraphQL over WebSocket, the Chrome DevTools protocol, Home Assistant and most exchanges put it under ``id``
(in errors too), Discord under ``nonce``, Phoenix under ``ref`` (in its V2 serializer, the second of five items), others
under ``req_id`` and the like. A response has the same id in the same place. Pure; any thread.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, NamedTuple

from ..log.filter.json import NOT_JSON, parse_json
from ..log.message import Message
from .differences import short

#: Keys of an object that may hold its id; the first that is present counts.
KEYS: Final = ("id", "nonce", "ref", "req_id", "reqid", "request_id", "requestId", "correlation_id", "correlationId")
#: Larger payloads, in bytes, are not parsed to look for an id.
_PARSED: Final = 1 << 20
#: [join_ref, ref, topic, event, payload]
_PHOENIX: Final = 5


class Id(NamedTuple):
    """An id, and its place in the message.

    Parameters
    ----------
    steps : tuple of (str or int)
        The path to it, as in `grammar.Path`.
    value : str or Decimal
        7 and ``"7"`` are different ids. Numbers are exact.
    """

    steps: tuple[str | int, ...]
    value: str | Decimal

    def __str__(self) -> str:
        step = self.steps[0]
        place = f"$.{step}" if isinstance(step, str) else f"$[{step}]"
        return f"{place}={short(self.value) if isinstance(self.value, str) else self.value}"


def message_id(message: Message) -> Id | None:
    """Find the id of a message.

    Parameters
    ----------
    message : Message
        Any row of a log.

    Returns
    -------
    Id or None
        None when it is not JSON, or has no id that is a string or number.
    """
    value = _json(message)
    if isinstance(value, dict):
        return next((Id((key,), found) for key in KEYS if (found := _scalar(value.get(key))) is not None), None)
    if isinstance(value, list) and len(value) == _PHOENIX and all(isinstance(item, str) for item in value[1:4]):
        return Id((1,), value[1])
    return None


def repeats(message: Message, found: Id) -> bool:
    """Tell whether a message has this id in this place. It may have other ids.

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
    value, step = _json(message), found.steps[0]
    if isinstance(step, str):
        return isinstance(value, dict) and _scalar(value.get(step)) == found.value
    return isinstance(value, list) and len(value) > step and _scalar(value[step]) == found.value


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
    value = _json(message)
    return isinstance(value, dict) and "jsonrpc" in value and "method" in value


def _json(message: Message) -> Any:
    if message.kind not in ("text", "binary") or message.size > _PARSED:
        return NOT_JSON
    return parse_json(message.payload, exact=True)


def _scalar(value: Any) -> str | Decimal | None:
    if isinstance(value, (str, Decimal)):
        return value
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None
