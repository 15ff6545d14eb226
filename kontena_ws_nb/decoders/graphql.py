"""GraphQL over WebSocket: ``graphql-transport-ws`` and the older ``graphql-ws`` of subscriptions-transport-ws.

Sources: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md,
https://github.com/apollographql/subscriptions-transport-ws/blob/master/PROTOCOL.md.
"""

from __future__ import annotations

import re
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded, Opening
from .json_text import parse, short

_OPERATION: Final = re.compile(r"\s*(query|mutation|subscription)?\s*([A-Za-z_][A-Za-z0-9_]*)?")
_STARTS: Final = ("subscribe", "start")
_ANSWERS: Final = ("next", "data", "error", "complete")
#: Operations whose names are remembered.
_AWAITED: Final = 1000


class GraphQL(Decoder):
    """Names the operation that each message belongs to."""

    name = "graphql"
    stateful = True
    subprotocols = ("graphql-transport-ws", "graphql-ws")

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._operations: dict[str, str] = {}

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = parse(message.payload)
        if not isinstance(value, dict) or not isinstance(kind := value.get("type"), str):
            return None
        number, payload = value.get("id"), value.get("payload")
        known = str(number) if isinstance(number, (str, int)) else ""
        label = kind
        if kind in _STARTS and isinstance(payload, dict):
            name = _name(payload)
            self._operations[known] = name
            if len(self._operations) > _AWAITED:
                del self._operations[next(iter(self._operations))]
            return Decoded(value, f"{kind} #{known} {name}", known or None)
        if known:
            label += f" #{known}"
            if operation := self._operations.get(known):
                label += f" {operation}"
        if isinstance(payload, dict) and isinstance(payload.get("errors"), list):
            label += f" errors {short(_messages(payload['errors']))}"
        elif kind in ("next", "data") and isinstance(payload, dict):
            label += f" {short(payload.get('data'))}"
        elif kind == "error":
            label += f" {short(_messages(payload) if isinstance(payload, list) else payload)}"
        elif payload is not None:
            label += f" {short(payload)}"
        return Decoded(value, label, None, known if known and kind in _ANSWERS and not message.sent else None)


def _name(payload: dict[str, Any]) -> str:
    query = payload.get("query")
    found = _OPERATION.match(query) if isinstance(query, str) else None
    name = payload.get("operationName") or (found[2] if found else None)
    return " ".join(str(part) for part in ((found[1] if found else None) or "query", name) if part)


def _messages(errors: list[Any]) -> Any:
    texts = [error.get("message") for error in errors if isinstance(error, dict)]
    return texts[0] if len(texts) == 1 else texts
