"""What a message says: its payload as JSON, and what its connection's decoder makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..decoders.limits import RECORDS
from ..log.filter.json import NOT_JSON, batch, parse_json
from ..log.message import Message


def values(message: Message, exact: bool = False) -> Iterator[Any]:
    """List the values a message may be taken for.

    Parameters
    ----------
    message : Message
        Any row of a log.
    exact : bool, default False
        As for `parse_json`, of the payload.

    Yields
    ------
    object
        The payload's JSON, if it is some; and the decoded value, if that is another. Each is followed by its objects
        when it is an array of them, the first thousand.
    """
    value = parse_json(message.payload, exact)
    if value is not NOT_JSON:
        yield value
        yield from batch(value)[:RECORDS]
    decoded = message.decode()
    if decoded is not None and (value is NOT_JSON or decoded.value != value):
        yield decoded.value
        yield from batch(decoded.value)[:RECORDS]
