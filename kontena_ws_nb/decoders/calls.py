"""Protocols of JSON calls and events: what each calls its method, its id, and its answers.

One `Decoder` each; what they share is remembering which method an id belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded, Opening
from .json_text import cut, given, line, parse, parsed, short
from .limits import RECORDS
from .remembered import Remembered

Id = str | int


def _id(value: Any) -> Id | None:
    return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def _shown(number: Any) -> str:
    return "" if number is None else cut(f"#{number}", 40)


def _of(name: str) -> str:
    return f"of {name}" if name else ""


class _Calls(Decoder):
    """A decoder that remembers the methods of calls."""

    stateful = True

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._calls = Remembered()


class JSONRPC(_Calls):
    """JSON-RPC 2.0 (https://www.jsonrpc.org/specification), batches too."""

    name = "json-rpc"
    subprotocols = ("jsonrpc", "json-rpc", "jsonrpc2.0", "json-rpc-2.0")

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the member ``jsonrpc``."""
        for one in first:
            value = parse(one.payload) if b'"jsonrpc"' in one.payload else None
            value = value[0] if isinstance(value, list) and value else value
            if isinstance(value, dict) and value.get("jsonrpc") in ("2.0", "1.0"):
                return True
        return False

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = parse(message.payload)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            calls = [self._call(one, message.sent) for one in value[:RECORDS]]
            said = "; ".join(call.label for call in calls[:3])
            return Decoded(value, line(f"batch of {len(value):,}: {said}"), parts=tuple(calls))
        return self._call(value, message.sent) if isinstance(value, dict) else None

    def _call(self, value: dict[str, Any], sent: bool) -> Decoded:
        number, error = _id(value.get("id")), value.get("error")
        if isinstance(method := value.get("method"), str):
            if number is not None:
                self._calls.keep(sent, number, method)
            return Decoded(value, line(method, _shown(number), given(value.get("params"))), number)
        if error is None and "result" not in value:
            return Decoded(value, line(short(value)))
        asked = "" if number is None else self._calls.take(not sent, number)
        if isinstance(error, dict):
            label = line("error", _shown(number), _of(asked), error.get("code"), given(error.get("message")))
        elif error is not None:
            label = line("error", _shown(number), _of(asked), short(error))
        else:
            label = line("result", _shown(number), _of(asked), short(value.get("result")))
        return Decoded(value, label, None, number)


#: Domains of the Chrome DevTools Protocol, by whose methods a connection is recognized.
_DOMAINS: Final = (
    "Accessibility|Animation|Audits|Browser|BrowserContext|CacheStorage|CSS|Console|Debugger|DOM|DOMDebugger|DOMSnapshot|"
    "DOMStorage|Emulation|Fetch|HeapProfiler|IndexedDB|Input|Inspector|IO|Log|Media|Memory|Network|NodeTracing|NodeWorker|"
    "NodeRuntime|Overlay|Page|Performance|PerformanceTimeline|Profiler|Runtime|Schema|Security|ServiceWorker|Storage|"
    "SystemInfo|Target|Tracing|WebAudio|WebAuthn"
)
_DEVTOOLS_URL: Final = re.compile(r"/devtools/(?:browser|page|worker|iframe|webview|service_worker|shared_worker|tab)/")
_COMMAND: Final = re.compile(rf"(?:{_DOMAINS})\.[a-z][A-Za-z]+")


class DevTools(_Calls):
    """Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol/): commands, results and events.

    An answer's value has the ``method`` of the command it belongs to.
    """

    name = "devtools"

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the URL, or the first command."""
        if _DEVTOOLS_URL.search(opening.url) is not None:
            return True
        for one in first:
            value = parse(one.payload) if one.sent and b'"method"' in one.payload else None
            if (
                isinstance(value, dict)
                and type(value.get("id")) is int
                and "jsonrpc" not in value
                and isinstance(method := value.get("method"), str)
                and _COMMAND.fullmatch(method) is not None
            ):
                return True
        return False

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = parse(message.payload)
        if not isinstance(value, dict):
            return None
        number, method, session = _id(value.get("id")), value.get("method"), _id(value.get("sessionId"))
        if isinstance(method, str):
            if number is not None:  # ids are each session's own
                self._calls.keep(message.sent, (session, number), method)
            return Decoded(value, line(method, _shown(number), _told(value.get("params"))), number)
        if number is None:
            return None
        asked = self._calls.take(not message.sent, (session, number))
        if asked:  # a filter finds the answers of a method
            value["method"] = asked
        if isinstance(error := value.get("error"), dict):
            label = line("error", _shown(number), _of(asked), error.get("code"), given(error.get("message")))
        else:
            label = line("result", _shown(number), _of(asked), given(value.get("result")))
        return Decoded(value, label, None, number)


def _told(params: Any) -> str:
    """Write what people scan events for: where something went, and what came of it."""
    if not isinstance(params, dict):
        return given(params)
    inner = next(
        (params[name] for name in ("request", "response", "frame") if isinstance(params.get(name), dict)), params
    )
    parts = [inner.get(name) for name in ("method", "status", "url") if isinstance(inner.get(name), (str, int))]
    return " ".join(cut(str(part), 200) for part in parts) if "url" in inner and parts else given(params)


_ACTION: Final = re.compile(r"[A-Z][A-Za-z0-9]{2,63}")


class OCPP(_Calls):
    """OCPP-J 1.6, 2.0.1 and 2.1 (Open Charge Alliance): arrays of message type, id, action and payload, as objects."""

    name = "ocpp"
    subprotocols = ("ocpp1.2", "ocpp1.5", "ocpp1.6", "ocpp2.0", "ocpp2.0.1", "ocpp2.1")

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the first call."""
        for one in first:
            found = parse(one.payload) if one.text and one.payload[:1] == b"[" else None
            if (
                isinstance(found, list)
                and len(found) == 4
                and type(found[0]) is int
                and found[0] == 2
                and isinstance(found[1], str)
                and isinstance(found[2], str)
                and _ACTION.fullmatch(found[2]) is not None
                and isinstance(found[3], dict)
            ):
                return True
        return False

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        found = parse(message.payload)
        if not isinstance(found, list) or len(found) < 3 or not isinstance(number := found[1], str):
            return None
        kind = found[0] if type(found[0]) is int else 0
        if kind in (2, 6) and len(found) >= 4 and isinstance(action := found[2], str):
            value = {"type": "CALL" if kind == 2 else "SEND", "id": number, "action": action, "payload": found[3]}
            if kind == 2:
                self._calls.keep(message.sent, number, action)
            return Decoded(value, line(value["type"], action, given(found[3])), number if kind == 2 else None)
        if kind not in (3, 4, 5) or (kind != 3 and len(found) < 4):
            return None
        action = self._calls.take(not message.sent, number)
        value = {"type": _OCPP_ANSWERS[kind], "id": number, "action": action}
        if kind == 3:
            value["payload"] = found[2]
            return Decoded(value, line(value["type"], _of(action), given(found[2])), None, number)
        value |= {"code": found[2], "description": found[3]}
        if len(found) > 4:
            value["details"] = found[4]
        code = found[2] if isinstance(found[2], str) else short(found[2])
        # A CALLRESULTERROR (OCPP 2.1) says that our answer was wrong: nobody waits for it.
        return Decoded(
            value, line(value["type"], _of(action), code, given(found[3])), None, number if kind == 4 else None
        )


_OCPP_ANSWERS: Final = {3: "CALLRESULT", 4: "CALLERROR", 5: "CALLRESULTERROR"}


class Phoenix(_Calls):
    """Phoenix channels (https://hexdocs.pm/phoenix/writing_a_channels_client.html), serializers 1 and 2."""

    name = "phoenix"
    subprotocols = ("phoenix",)
    heartbeat = (30.0, '[null,"heartbeat","phoenix","heartbeat",{}]')

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the version in the query, or an event of the protocol's own."""
        if re.search(r"/websocket/?\?(?:.*&)?vsn=[12]\.", opening.url):
            return True
        for one in first:
            found = _phoenix(one) if one.text else None
            if found is not None and (
                str(found["event"]).startswith("phx_") or (found["topic"], found["event"]) == ("phoenix", "heartbeat")
            ):
                return True
        return False

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = _phoenix(message)
        if value is None:
            return None
        topic, event, payload = value["topic"], value["event"], value.get("payload")
        number = _id(value.get("ref"))
        if event == "phx_reply":
            asked = "" if number is None else self._calls.take(not message.sent, number)
            if asked:
                value["of"] = asked
            status, response = "", payload
            if isinstance(payload, dict):
                status, response = payload.get("status", ""), payload.get("response")
            label = line(topic, "reply", f"to {asked}" if asked else "", status, given(response))
            return Decoded(value, label, None, number)
        if number is not None and message.sent:
            self._calls.keep(True, number, str(event))
        return Decoded(value, line(topic, event, given(payload)), number if message.sent else None)


def _phoenix(message: Encoded) -> dict[str, Any] | None:
    found: Any = parse(message.payload) if message.text else _phoenix_binary(message.payload, message.sent)
    if isinstance(found, list) and len(found) == 5:
        found = dict(zip(("join_ref", "ref", "topic", "event", "payload"), found, strict=True))
    if isinstance(found, dict) and isinstance(found.get("topic"), str) and isinstance(found.get("event"), str):
        return found
    return None


def _phoenix_binary(data: bytes, sent: bool) -> list[Any] | None:
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
    """Pusher Channels (https://pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol/).

    Their data are JSON in a text.
    """

    name = "pusher"
    replies = (("$.event=pusher:ping", '{"event":"pusher:pong","data":{}}'),)

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by an event of the protocol's own."""
        for one in first:
            value = parse(one.payload) if b'"pusher' in one.payload else None
            if isinstance(value, dict) and str(value.get("event")).startswith(("pusher:", "pusher_internal:")):
                return True
        return False

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = parse(message.payload)
        if not isinstance(value, dict) or not isinstance(event := value.get("event"), str):
            return None
        if isinstance(value.get("data"), str):
            value["data"] = parsed(value["data"])
        channel = value["channel"] if isinstance(value.get("channel"), str) else ""
        data = value.get("data")
        if not channel and event == "pusher:subscribe" and isinstance(data, dict):
            return Decoded(value, line(event, data.get("channel")))
        return Decoded(value, line(channel, event, given(data)))
