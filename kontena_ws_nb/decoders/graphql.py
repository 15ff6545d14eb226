"""GraphQL over WebSocket: ``graphql-transport-ws`` and the older ``graphql-ws`` of subscriptions-transport-ws.

Sources: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md,
https://github.com/apollographql/subscriptions-transport-ws/blob/master/PROTOCOL.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded, Opening
from .json_text import cut, given, line, parse, short
from .limits import NAME
from .remembered import Remembered

#: An operation at its beginning, or behind fragments and comments. Queries may have neither word nor name.
_OPERATION: Final = re.compile(r"(?:^|[\s},])(query|mutation|subscription)\b\s*([A-Za-z_][A-Za-z0-9_]*)?")
_IGNORED: Final = re.compile(r"(?:[\s,\ufeff]+|#[^\n]*)*")
#: Characters of a document in which its operation is looked for.
_LOOKED_AT: Final = 16 << 10
_STARTS: Final = ("subscribe", "start")
_ANSWERS: Final = ("next", "data", "error", "complete")
#: What the protocols know; `ka` and the like are the older one's.
_KEYS: Final = frozenset({"type", "id", "payload"})


class GraphQL(Decoder):
    """Names the operation that each message belongs to."""

    name = "graphql"
    stateful = True
    subprotocols = ("graphql-transport-ws", "graphql-ws")
    replies = (("$.type=ping", '{"type":"pong"}'),)

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._operations = Remembered()

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the messages that a connection begins with."""
        for one in first:
            value = parse(one.payload) if b'"connection_' in one.payload else None
            if (
                isinstance(value, dict)
                and value.get("type") in ("connection_init", "connection_ack")
                and value.keys() <= _KEYS
            ):
                return True
        return False

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = parse(message.payload)
        if not isinstance(value, dict) or not isinstance(kind := value.get("type"), str):
            return None
        number, payload = value.get("id"), value.get("payload")
        known = cut(str(number), NAME) if isinstance(number, (str, int)) and not isinstance(number, bool) else ""
        shown = cut(f"#{known}", 40) if known else ""
        if kind in _STARTS and isinstance(payload, dict):
            name = _name(payload)
            self._operations.keep(message.sent, known, name)
            return Decoded(value, line(kind, shown, name), known or None)
        ends = kind in ("complete", "error", "stop")
        # A client's "complete" and "stop" end what it began itself.
        asker = message.sent if ends and message.sent else not message.sent
        operation = ""
        if known:
            operation = self._operations.take(asker, known) if ends else self._operations.get(asker, known)
        if isinstance(payload, dict) and isinstance(payload.get("errors"), list):
            told = f"errors {short(_messages(payload['errors']))}"
        elif kind in ("next", "data") and isinstance(payload, dict):
            told = short(payload.get("data", payload))
        elif kind in ("error", "connection_error"):
            told = given(_messages(payload if isinstance(payload, list) else [payload]))
        else:
            told = given(payload)
        answers = known if known and kind in _ANSWERS and not message.sent else None
        if kind == "connection_init" and message.sent:
            return Decoded(value, line(kind, told), kind)
        if kind in ("connection_ack", "connection_error") and not message.sent:
            answers = "connection_init"
        return Decoded(value, line(kind, shown, operation, told), None, answers)


def _name(payload: dict[str, Any]) -> str:
    query = payload.get("query")
    said = payload.get("operationName")
    if not isinstance(query, str):
        return cut(str(said or ""), NAME)
    text = query[:_LOOKED_AT]
    ignored = _IGNORED.match(text)
    text = text[ignored.end() :] if ignored is not None else text
    found = None if text.startswith("{") else _OPERATION.search(text)
    kind, name = (found[1], found[2]) if found is not None else ("query", None)
    return " ".join(cut(str(part), NAME) for part in (kind, said or name) if part)


def _messages(errors: list[Any]) -> Any:
    texts = [error.get("message") if isinstance(error, dict) else error for error in errors[:3]]
    return texts[0] if len(texts) == 1 else texts
