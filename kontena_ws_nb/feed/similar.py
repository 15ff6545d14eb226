"""Filters that find messages like one: by the field that tells the kinds of a protocol's messages apart, else by what any message has.

Each is tried on the message itself, and none holds a secret. Pure functions; any thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from ..log.filter.query import Query, QueryError
from ..log.message import Message
from ..redaction.payloads import mask

#: Filters that are offered.
MOST: Final = 6
#: Bytes of a payload that is looked into.
_LARGEST: Final = 1_000_000
#: Characters of a text that is taken for a name of something, not for data.
_LONGEST: Final = 60
#: Fields that say what a message is, the most telling first: JSON-RPC, GraphQL over WebSocket, Phoenix, Socket.IO, exchanges.
_TELLING: Final = (
    *("type", "event", "op", "method", "action", "msg_type", "messageType", "e", "cmd", "command", "kind", "ev"),
    *(
        "channel",
        "topic",
        "stream",
        "feed",
        "table",
        "arg",
        "name",
        "code",
        "status",
        "symbol",
        "s",
        "product_id",
        "id",
    ),
)
#: Objects within that are looked into too.
_WITHIN: Final = ("params", "data", "payload", "result", "message", "arg", "error")
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_STEP: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_WORD: Final = re.compile(r"[A-Za-z]{3,40}(?=[\s:,;.\]]|\Z)")
_RESERVED: Final = frozenset({"true", "false", "null", "or", "and", "not"})


def filters_like(message: Message) -> list[str]:
    """Write filters that find a message and those like it.

    Parameters
    ----------
    message : Message
        Any row.

    Returns
    -------
    list of str
        At most 6, the most telling first. Several terms are in parentheses, so that ``-`` in front leaves all of it out.
    """
    found: dict[str, None] = {}
    for text in _candidates(message):
        if mask(text) == text and _finds(text, message):
            found[text] = None
        if len(found) == MOST - 1:
            break
    direction = f"(kind:{message.kind} dir:{message.direction})"
    return [
        *found,
        direction if message.kind in ("text", "binary", "ping", "pong", "close") else f"kind:{message.kind}",
    ]


def _finds(text: str, message: Message) -> bool:
    try:
        return Query.parse(text).match(message)
    except QueryError:  # a spelling that the grammar takes for something else
        return False


def _candidates(message: Message) -> Iterator[str]:
    if message.kind not in ("text", "binary") or message.size > _LARGEST:
        return
    value = message.decoded
    if value is None and message.kind == "text":
        try:
            value = message.json()
        except ValueError:
            value = None
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0]  # a path of names means those of each
    if isinstance(value, dict):
        yield from _of_object(value)
    elif isinstance(value, list):
        for place, item in enumerate(value[:3]):
            if isinstance(item, str) and (said := _value(item)):
                yield f"$[{place}]={said}"
    elif message.kind == "text" and (word := _WORD.match(message.text[:_LONGEST])):
        yield f'"{word[0]}"'
    if value is not None and (label := re.match(r"[A-Z][A-Za-z_]+", message.label)):
        yield f"label:{label[0]}"


def _of_object(value: dict[str, Any]) -> Iterator[str]:
    paths = [(f"$.{name}", value[name]) for name in _TELLING if name in value]
    for within in _WITHIN:
        inner = value.get(within)
        if isinstance(inner, dict):
            paths += [(f"$.{within}.{name}", inner[name]) for name in _TELLING if name in inner]
    paths += [
        (f"$.{name}", one) for name, one in list(value.items())[:20] if isinstance(one, str) and _STEP.match(name)
    ]
    for path, one in paths:
        if said := _value(one):
            yield f"{path}={said}"


def _value(value: Any) -> str:
    """Spell a value that a filter compares with; empty for what is no name of something."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if 0 <= value < 10**15 else ""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST or not value.isprintable():
        return ""
    if _PLAIN.match(value) and value.lower() not in _RESERVED:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
