"""Protocols of JSON calls and events: what each calls its method, its id, and its answers.

One `Decoder` each; what they share is remembering which method an id belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded, Opening
from .json_text import parse, parsed, short

#: Calls whose methods are remembered.
_AWAITED: Final = 4096

Id = str | int


class _Calls:
    """Methods by id and direction, until they are answered; the oldest are forgotten."""

    def __init__(self) -> None:
        self._methods: dict[tuple[bool, Id], str] = {}

    def asked(self, sent: bool, number: Id, method: str) -> None:
        self._methods[sent, number] = method
        if len(self._methods) > _AWAITED:
            del self._methods[next(iter(self._methods))]

    def answered(self, sent: bool, number: Id) -> str:
        return self._methods.pop((not sent, number), "")


def _id(value: Any) -> Id | None:
    return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def _given(label: str, value: Any) -> str:
    return label if value is None or value in ({}, []) else f"{label} {short(value)}"


class JSONRPC(Decoder):
    """JSON-RPC 2.0 (https://www.jsonrpc.org/specification), batches too."""

    name = "json-rpc"
    stateful = True
    subprotocols = ("jsonrpc", "json-rpc")

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._calls = _Calls()

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the member ``jsonrpc``."""
        return any(re.search(rb'"jsonrpc"\s*:\s*"[12]\.', one.payload) is not None for one in first)

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = parse(message.payload)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            labels = [self._call(one, message.sent).label for one in value]
            return Decoded(value, f"batch of {len(value)}: {'; '.join(labels[:3])}")
        return self._call(value, message.sent) if isinstance(value, dict) else None

    def _call(self, value: dict[str, Any], sent: bool) -> Decoded:
        number = _id(value.get("id"))
        if isinstance(method := value.get("method"), str):
            if number is not None:
                self._calls.asked(sent, number, method)
            kind = "notification" if number is None else f"#{number}"
            return Decoded(value, _given(f"{kind} {method}", value.get("params")), number)
        method = "" if number is None else self._calls.answered(sent, number)
        told = f" of {method}" if method else ""
        if isinstance(error := value.get("error"), dict):
            label = f"error{told} {error.get('code')} {short(error.get('message'))}"
        else:
            label = f"result{told} {short(value.get('result'))}"
        return Decoded(value, label, None, number)


class DevTools(Decoder):
    """Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol/): commands, results and events."""

    name = "devtools"
    stateful = True

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._calls = _Calls()

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the URL."""
        return re.search(r"/devtools/(?:browser|page|worker)/", opening.url) is not None

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = parse(message.payload)
        if not isinstance(value, dict):
            return None
        number, method = _id(value.get("id")), value.get("method")
        if isinstance(method, str):
            if number is not None:
                self._calls.asked(message.sent, number, method)
            return Decoded(value, _given(method, value.get("params")), number)
        if number is None:
            return None
        asked = self._calls.answered(message.sent, number)
        if asked:  # a filter finds the answers of a method
            value["method"] = asked
        error = value.get("error")
        if isinstance(error, dict):
            return Decoded(value, f"error of {asked or number} {short(error.get('message'))}", None, number)
        return Decoded(value, _given(f"result of {asked or number}", value.get("result")), None, number)


class OCPP(Decoder):
    """OCPP-J 1.6 and 2.0.1 (Open Charge Alliance): arrays of message type, id, action and payload."""

    name = "ocpp"
    stateful = True
    subprotocols = ("ocpp1.6", "ocpp2.0", "ocpp2.0.1", "ocpp2.1")

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._calls = _Calls()

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        found = parse(message.payload)
        if not isinstance(found, list) or len(found) < 3 or not isinstance(number := found[1], str):
            return None
        if found[0] == 2 and len(found) >= 4 and isinstance(action := found[2], str):
            self._calls.asked(message.sent, number, action)
            value = {"type": "CALL", "id": number, "action": action, "payload": found[3]}
            return Decoded(value, _given(f"CALL {action}", found[3]), number)
        action = self._calls.answered(message.sent, number)
        told = f" of {action}" if action else ""
        if found[0] == 3:
            value = {"type": "CALLRESULT", "id": number, "action": action, "payload": found[2]}
            return Decoded(value, _given(f"CALLRESULT{told}", found[2]), None, number)
        if found[0] == 4 and len(found) >= 4:
            value = {"type": "CALLERROR", "id": number, "action": action, "code": found[2], "description": found[3]}
            if len(found) > 4:
                value["details"] = found[4]
            return Decoded(value, f"CALLERROR{told} {found[2]} {short(found[3])}", None, number)
        return None


class Phoenix(Decoder):
    """Phoenix channels (https://hexdocs.pm/phoenix/writing_a_channels_client.html), serializers 1 and 2."""

    name = "phoenix"
    stateful = True
    subprotocols = ("phoenix",)

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._calls = _Calls()

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the version in the query, or the first join."""
        if re.search(r"/websocket\?(?:.*&)?vsn=[12]\.", opening.url):
            return True
        return any(b'"phx_join"' in one.payload or b'"phx_reply"' in one.payload for one in first)

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        found: Any = parse(message.payload) if message.text else self._binary(message.payload, message.sent)
        if isinstance(found, list) and len(found) == 5:
            value = dict(zip(("join_ref", "ref", "topic", "event", "payload"), found, strict=True))
        elif isinstance(found, dict) and "topic" in found and "event" in found:
            value = found
        else:
            return None
        topic, event, payload = value["topic"], value["event"], value.get("payload")
        number = _id(value.get("ref"))
        if event == "phx_reply":
            asked = "" if number is None else self._calls.answered(message.sent, number)
            status, response = (
                (payload.get("status"), payload.get("response")) if isinstance(payload, dict) else ("", payload)
            )
            return Decoded(
                value, _given(f"{topic} reply{f' to {asked}' if asked else ''} {status}", response), None, number
            )
        if number is not None and message.sent:
            self._calls.asked(message.sent, number, str(event))
        return Decoded(value, _given(f"{topic} {event}", payload), number if message.sent else None)

    @staticmethod
    def _binary(data: bytes, sent: bool) -> list[Any] | None:
        """Read a binary push, reply or broadcast (Phoenix.Socket.V2.JSONSerializer)."""
        if not data or data[0] > 2:
            return None
        kind = data[0]
        fields = 4 if kind == 1 or (kind == 0 and sent) else 3 if kind == 0 else 2
        sizes, at, texts = data[1 : 1 + fields], 1 + fields, []
        if len(sizes) < fields or at + sum(sizes) > len(data):
            return None
        for size in sizes:
            texts.append(str(data[at : at + size], "utf-8", "replace"))
            at += size
        rest = data[at:]
        if kind == 1:
            join, ref, topic, status = texts
            return [join, ref, topic, "phx_reply", {"status": status, "response": rest}]
        if kind == 2:
            topic, event = texts
            return [None, None, topic, event, rest]
        # Only a client's push has a ref.
        return [texts[0], texts[1] if sent else None, *texts[-2:], rest]


class Pusher(Decoder):
    """Pusher Channels (https://pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol/): data is JSON in a text."""

    name = "pusher"

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the first event."""
        return any(b'"pusher:' in one.payload for one in first)

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = parse(message.payload)
        if not isinstance(value, dict) or not isinstance(event := value.get("event"), str):
            return None
        if isinstance(value.get("data"), str):
            value["data"] = parsed(value["data"])
        channel = f"{value['channel']} " if isinstance(value.get("channel"), str) else ""
        return Decoded(value, _given(f"{channel}{event}", value.get("data")))


class Realtime(Decoder):
    """Events of realtime LLM services (OpenAI's Realtime API and those like it): audio is told by its length."""

    name = "realtime"
    subprotocols = ("realtime",)

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the first events."""
        return any(
            re.search(
                rb'"type"\s*:\s*"(?:session\.(?:created|update)|response\.create|input_audio_buffer\.)', one.payload
            )
            is not None
            for one in first
        )

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = parse(message.payload)
        if not isinstance(value, dict) or not isinstance(kind := value.get("type"), str):
            return None
        audio = value.get("audio", value.get("delta") if "audio" in kind and "transcript" not in kind else None)
        if isinstance(audio, str) and len(audio) >= 16:
            # 16-bit samples, 24,000 a second, one channel: what these services begin with.
            seconds = len(audio) * 3 // 4 / 48_000
            name = "audio" if "audio" in value else "delta"
            value = {**value, name: f"({seconds:.2f} s of audio)"}
            return Decoded(value, f"{kind} {seconds:.2f} s")
        told = next((value[name] for name in ("delta", "transcript", "text", "error") if value.get(name)), None)
        if told is None and isinstance(response := value.get("response"), dict):
            told = response.get("usage") or response.get("status")
        return Decoded(value, kind if told is None else f"{kind} {short(told)}")
