"""How connections begin: of every protocol that has a decoder, and of ordinary feeds that have none.

What is recognized is tested against all of them, and they are what the fuzzing of decoders mutates.

python -m tests.lab.conversations COUNT    feeds COUNT mutated messages to each decoder, and tells the slowest
"""

from __future__ import annotations

import gc
import gzip
import json
import random
import resource
import struct
import sys
import time
import zlib
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import brotli
import cbor2
import msgpack
import zstandard

from kontena_ws_nb.decoders.decoder import Decoded, Decoder, Encoded, Opening
from kontena_ws_nb.decoders.registry import DECODERS


class Conversation(NamedTuple):
    """The first messages of a connection, and the decoder it should get."""

    decoder: str
    messages: tuple[Encoded, ...]
    url: str = "ws://127.0.0.1/"
    subprotocol: str | None = None

    @property
    def opening(self) -> Opening:
        """What a decoder is told."""
        return Opening(self.url, self.subprotocol)


def sent(data: Any) -> Encoded:
    """Make a message of ours: text, bytes, or JSON of anything else."""
    return received(data)._replace(sent=True)


def received(data: Any) -> Encoded:
    """Make a message of the server's, as `sent`."""
    if isinstance(data, bytes):
        return Encoded(data, False)
    return Encoded((data if isinstance(data, str) else json.dumps(data)).encode(), True)


def v1(channel: str, *parts: Any) -> bytes:
    """Pack a message as v1.kernel.websocket.jupyter.org does."""
    packed = [channel.encode(), *(one if isinstance(one, bytes) else json.dumps(one).encode() for one in parts)]
    offsets = [8 * (len(packed) + 2)]
    for one in packed:
        offsets.append(offsets[-1] + len(one))
    return struct.pack(f"<{len(offsets) + 1}Q", len(offsets), *offsets) + b"".join(packed)


def record(value: Any) -> bytes:
    """Pack a record of SignalR's MessagePack protocol."""
    packed: bytes = msgpack.packb(value)
    size, head = len(packed), b""
    while size > 127:
        head, size = head + bytes([size & 127 | 128]), size >> 7
    return head + bytes([size]) + packed


def mqtt(first: int, *parts: str) -> bytes:
    """Pack a packet of MQTT: its first byte, and what follows in hexadecimal."""
    body = bytes.fromhex("".join(parts))
    assert len(body) < 128
    return bytes([first, len(body)]) + body


def streamed(*texts: str, window: int = 15) -> list[bytes]:
    """Compress texts as one stream of zlib that is flushed after each."""
    stream = zlib.compressobj(wbits=window)
    return [stream.compress(text.encode()) + stream.flush(zlib.Z_SYNC_FLUSH) for text in texts]


def _header(kind: str, number: str) -> dict[str, str]:
    return {"msg_id": number, "msg_type": kind, "session": "s", "username": "u", "version": "5.3"}


_SID = {"sid": "x", "upgrades": [], "pingInterval": 25000, "pingTimeout": 20000, "maxPayload": 1000000}
_ORDER_BOOK = {"e": "depthUpdate", "E": 1700000000000, "s": "BTCUSDT", "b": [["1.5", "2"]], "a": []}
_AUDIO = "UklGRiQAAABXQVZFZm10IBAAAAABAAEA" * 60

PROTOCOLS: Final = (
    Conversation(
        "socket.io",
        (
            received("0" + json.dumps(_SID, separators=(",", ":"))),
            sent("40"),
            received('40{"sid":"y"}'),
            sent('421["hello",{"a":1},"b"]'),
            received('431["ok"]'),
            received('42/chat,["message","hi"]'),
            received('451-/chat,7["file",{"_placeholder":true,"num":0}]'),
            received(b"\1\2\3"),
            sent('461-/chat,7[{"_placeholder":true,"num":0}]'),
            sent(b"\1\2\3"),
            received("2"),
            sent("3"),
            received("41"),
            received('44{"message":"no"}'),
            received(msgpack.packb({"type": 2, "nsp": "/", "data": ["a", 1], "id": 3})),
        ),
    ),
    Conversation(
        "sockjs",
        (
            received("o"),
            sent('["{\\"type\\":\\"ping\\"}"]'),
            received('a["{\\"a\\":1}","b"]'),
            received('m"x"'),
            received("h"),
            received('c[3000,"Go away!"]'),
        ),
        "ws://127.0.0.1/echo/123/abcdefgh/websocket",
    ),
    Conversation(
        "jupyter",
        (
            sent(
                {
                    "channel": "shell",
                    "header": _header("execute_request", "1"),
                    "parent_header": {},
                    "content": {"code": "1+1"},
                }
            ),
            received(
                {
                    "channel": "iopub",
                    "header": _header("stream", "2"),
                    "parent_header": _header("execute_request", "1"),
                    "metadata": {},
                    "content": {"name": "stdout", "text": "hi"},
                }
            ),
            received(
                v1(
                    "iopub",
                    _header("execute_result", "3"),
                    _header("execute_request", "1"),
                    {},
                    {"data": {"text/plain": "2"}, "execution_count": 1},
                    b"buffer",
                )
            ),
        ),
    ),
    Conversation(
        "devtools",
        (
            sent({"id": 1, "method": "Page.navigate", "params": {"url": "http://127.0.0.1/"}}),
            received({"id": 1, "result": {"frameId": "F"}}),
            received(
                {
                    "method": "Network.responseReceived",
                    "params": {"response": {"url": "http://127.0.0.1/", "status": 200}},
                }
            ),
            sent({"id": 2, "method": "Runtime.evaluate", "sessionId": "S", "params": {"expression": "1"}}),
            received({"id": 2, "sessionId": "S", "error": {"code": -32000, "message": "no"}}),
        ),
    ),
    Conversation(
        "stomp",
        (
            sent("CONNECT\naccept-version:1.2\nhost:a\npasscode:secret\n\n\0"),
            received("CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0\n"),
            sent("SUBSCRIBE\nid:0\ndestination:/queue/a\nreceipt:7\n\n\0"),
            received("RECEIPT\nreceipt-id:7\n\n\0"),
            received('MESSAGE\nsubscription:0\nmessage-id:1\ndestination:/queue/a\ncontent-length:7\n\n{"a":1}\0'),
            received("ERROR\nmessage:no\\cyes\n\nlong\0MESSAGE\n\na\0"),
            received("\n"),
        ),
    ),
    Conversation(
        "mqtt",
        (
            sent(
                mqtt(
                    0x10,
                    "0004 4d515454 05 ee 003c 05 1100000e10 0003 696431",  # version 5, all flags, an expiry, "id1"
                    "00 0001 77 0003 6d6f72 0004 75736572 0006 736563726574",  # a will, a user name, a password
                )
            ),
            received(mqtt(0x20, "00 00 03 22000a")),
            sent(mqtt(0x82, "0001 00 0003 612f23 01 0003 622f23 2d")),
            received(mqtt(0x90, "0001 00 01 87")),
            received(mqtt(0x32, "0003 612f62 0007 05 230001 0b01") + mqtt(0x31, "0000 03 230001 7b7d")),
            received(mqtt(0x40, "0007") + mqtt(0xC0) + mqtt(0xD0) + mqtt(0xE0) + mqtt(0xF0, "18 00")),
            received(mqtt(0x62, "0007") + mqtt(0x50, "0007 10 0b 26 0001 61 0001 62 1f 0001 63") + b"\x70\x04"),
            received(b"\0\7\0\0"),
            sent(mqtt(0xA2, "0002 00 0003 612f23")),
            received(mqtt(0xB0, "0002 00 11")),
        ),
    ),
    Conversation(
        "signalr",
        (
            sent('{"protocol":"json","version":1}\x1e'),
            received("{}\x1e"),
            sent('{"type":1,"invocationId":"1","target":"Add","arguments":[1,2]}\x1e'),
            received('{"type":3,"invocationId":"1","result":3}\x1e{"type":6}\x1e'),
            received(record([1, {}, None, "Say", ["hi"], []]) + record([6])),
            received(record([3, {}, "1", 1, "no"])),
            received(record([7, "bye", True])),
        ),
    ),
    Conversation(
        "phoenix",
        (
            sent(["1", "1", "rooms:lobby", "phx_join", {}]),
            received(["1", "1", "rooms:lobby", "phx_reply", {"status": "ok", "response": {}}]),
            received([None, None, "rooms:lobby", "new_msg", {"body": "hi"}]),
            sent(b"\0\1\1\x05\x0412a:bcdpush\1\2"),
            received(b"\1\1\1\x05\x0212a:bcdok\1\2"),
            received(b"\2\x05\x03a:bcdmsg\1\2"),
            received({"topic": "t", "event": "e", "payload": {}, "ref": None}),
        ),
    ),
    Conversation(
        "pusher",
        (
            received({"event": "pusher:connection_established", "data": '{"socket_id":"1.1","activity_timeout":120}'}),
            sent({"event": "pusher:subscribe", "data": {"channel": "ticks"}}),
            received({"event": "pusher_internal:subscription_succeeded", "channel": "ticks", "data": "{}"}),
            received({"event": "tick", "channel": "ticks", "data": '{"a":1}'}),
        ),
    ),
    Conversation(
        "json-rpc",
        (
            sent({"jsonrpc": "2.0", "id": 1, "method": "add", "params": [1, 2]}),
            received({"jsonrpc": "2.0", "id": 1, "result": 3}),
            received({"jsonrpc": "2.0", "id": 2, "error": {"code": -32601, "message": "Method not found"}}),
            received({"jsonrpc": "2.0", "method": "tick", "params": {"a": 1}}),
            sent([{"jsonrpc": "2.0", "id": 3, "method": "a"}, {"jsonrpc": "2.0", "method": "b"}]),
        ),
    ),
    Conversation(
        "realtime",
        (
            received({"type": "session.created", "event_id": "e1", "session": {"output_audio_format": "pcm16"}}),
            sent(
                {
                    "type": "session.update",
                    "session": {"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}},
                }
            ),
            sent({"type": "input_audio_buffer.append", "audio": _AUDIO}),
            received({"type": "response.output_audio.delta", "event_id": "e2", "delta": _AUDIO}),
            received({"type": "response.output_audio_transcript.delta", "event_id": "e3", "delta": "Hello"}),
            received(
                {
                    "type": "response.done",
                    "event_id": "e4",
                    "response": {"status": "completed", "usage": {"total_tokens": 7}},
                }
            ),
            received({"type": "error", "event_id": "e5", "error": {"code": "bad", "message": "no", "event_id": "c1"}}),
            received(
                {
                    "serverContent": {
                        "modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": _AUDIO}}]}
                    }
                }
            ),
        ),
    ),
    Conversation(
        "realtime",
        (sent({"setup": {"model": "models/a"}}), received({"setupComplete": {}})),
    ),
    Conversation(
        "realtime",
        (
            received({"type": "conversation_initiation_metadata", "conversation_initiation_metadata_event": {}}),
            received({"type": "audio", "audio_event": {"audio_base_64": _AUDIO, "event_id": 1}}),
        ),
    ),
    Conversation(
        "graphql",
        (
            sent({"type": "connection_init", "payload": {}}),
            received({"type": "connection_ack"}),
            sent({"id": "1", "type": "subscribe", "payload": {"query": "subscription Ticks { tick }"}}),
            received({"id": "1", "type": "next", "payload": {"data": {"tick": 1}}}),
            received({"id": "1", "type": "next", "payload": {"data": None, "errors": [{"message": "no"}]}}),
            received({"id": "2", "type": "error", "payload": [{"message": "no"}]}),
            received({"id": "1", "type": "complete"}),
            received({"type": "ping"}),
        ),
    ),
    Conversation(
        "ocpp",
        (
            sent([2, "1", "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}]),
            received([3, "1", {"status": "Accepted", "interval": 300}]),
            received([4, "2", "NotImplemented", "no", {}]),
            received([5, "2", "FormatViolation", "no", {}]),
            received([6, "3", "NotifyPeriodicEventStream", {"id": 1}]),
        ),
    ),
    Conversation("zlib", tuple(received(one) for one in streamed('{"op":10}', '{"op":0,"t":"READY"}', '{"op":11}'))),
    Conversation(
        "zstd",
        (received(zstandard.compress(b'{"op":10}')),),
        "wss://gateway.example/?v=10&encoding=json&compress=zstd-stream",
    ),
)

#: Binary that is decoded by what it looks like.
BINARY: Final = Conversation(
    "plain",
    (
        received(msgpack.packb({"a": [1, "b", None], "t": msgpack.Timestamp(1, 5), 3: b"\0"})),
        received(msgpack.packb([{"a": 1}] * 20)),
        received(cbor2.dumps({"a": [1, 2.5, b"x"], "n": 1 << 80})),
        received(bytes.fromhex("d81c82d81d00c11a514b67b0")),
        received(bytes.fromhex("d9d9f7a2616ac4822119 6ab3 6175d82550".replace(" ", "")) + bytes(16)),
        received(gzip.compress(json.dumps(_ORDER_BOOK).encode())),
        received(zlib.compress(msgpack.packb({"a": 1}))),
        received(zlib.compress(b'{"a":1}')[2:-4]),
        received(zstandard.compress(b'{"a":1}')),
        received(brotli.compress(b'{"a":1}')),
        received(b"hello\n"),
        received(bytes.fromhex("089601120361626319000000000000f83f1a0408011002 25 0000c03f".replace(" ", ""))),
        received({"a": '{"b":"[1,2]"}'}),
    ),
)

#: Feeds of JSON that are no protocol of ours.
FEEDS: Final[dict[str, tuple[Encoded, ...]]] = {
    "Binance": (
        sent({"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1}),
        received({"result": None, "id": 1}),
        received({"e": "trade", "s": "BTCUSDT", "p": "70000.50000000", "q": "0.1", "m": True}),
    ),
    "Binance's API": (
        sent({"id": "a", "method": "order.place", "params": {"symbol": "BTCUSDT"}}),
        received({"id": "a", "status": 200, "result": {}, "rateLimits": []}),
    ),
    "Bitfinex": (
        received({"event": "info", "version": 2}),
        sent({"event": "subscribe", "channel": "trades", "symbol": "tBTCUSD"}),
        received([17470, "tu", [401597395, 1574694478808, 0.005, 7245.3]]),
        received([17470, "hb"]),
    ),
    "Bitmex": (
        received({"info": "Welcome", "version": "2"}),
        sent({"op": "subscribe", "args": ["trade"]}),
        received({"table": "trade", "action": "partial", "data": []}),
    ),
    "Bitstamp": (
        sent({"event": "bts:subscribe", "data": {"channel": "live_trades_btcusd"}}),
        received({"event": "bts:subscription_succeeded", "channel": "live_trades_btcusd", "data": {}}),
    ),
    "Bybit": (
        sent({"op": "subscribe", "args": ["publicTrade.BTCUSDT"], "req_id": "1"}),
        received({"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": 1, "data": []}),
    ),
    "Coinbase": (
        sent({"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["ticker"]}),
        received({"type": "subscriptions", "channels": []}),
        received({"type": "ticker", "price": "1"}),
    ),
    "Coinbase Advanced": (
        sent({"type": "subscribe", "channel": "level2"}),
        received({"channel": "l2_data", "events": []}),
    ),
    "Deepgram": (
        received({"type": "Metadata", "request_id": "r"}),
        received({"type": "Results", "channel": {"alternatives": [{"transcript": "hi"}]}}),
    ),
    "Discord": (
        received({"op": 10, "d": {"heartbeat_interval": 41250}, "s": None, "t": None}),
        sent({"op": 2, "d": {"intents": 513}}),
        received({"op": 0, "t": "READY", "s": 1, "d": {"session_id": "s"}}),
    ),
    "Finnhub": (
        sent({"type": "subscribe", "symbol": "AAPL"}),
        received({"type": "trade", "data": [{"p": 1, "s": "AAPL"}]}),
        received({"type": "ping"}),
    ),
    "Home Assistant": (
        received({"type": "auth_required", "ha_version": "2024.1"}),
        sent({"type": "auth", "access_token": "t"}),
        received({"type": "auth_ok"}),
        sent({"id": 18, "type": "subscribe_events"}),
        received({"id": 18, "type": "result", "success": True, "result": None}),
    ),
    "Huobi": (sent({"sub": "market.btcusdt.trade", "id": "1"}), received({"ping": 1700000000000})),
    "Kraken": (
        received({"event": "systemStatus", "status": "online"}),
        sent({"event": "subscribe", "pair": ["XBT/USD"], "subscription": {"name": "trade"}}),
        received([337, [["1", "2", "3", "b", "l", ""]], "trade", "XBT/USD"]),
        received([2, "1", "Trade", []]),
    ),
    "Kraken v2": (
        sent({"method": "subscribe", "params": {"channel": "ticker"}, "req_id": 1}),
        received({"method": "subscribe", "result": {}, "success": True, "req_id": 1}),
    ),
    "KuCoin": (
        received({"id": "a", "type": "welcome"}),
        sent({"id": "b", "type": "subscribe", "topic": "/market/ticker:BTC-USDT", "response": True}),
        received({"id": "b", "type": "ack"}),
    ),
    "Mattermost": (
        sent({"seq": 1, "action": "authentication_challenge", "data": {"token": "t"}}),
        received({"event": "hello", "data": {"server_version": "9"}, "broadcast": {}, "seq": 0}),
    ),
    "Mercure and chat": (received("hello"), sent("world"), received("o"), sent("h"), received("2"), received("[1,2]")),
    "OBS": (
        received({"op": 0, "d": {"obsWebSocketVersion": "5", "rpcVersion": 1}}),
        sent({"op": 1, "d": {"rpcVersion": 1}}),
    ),
    "OKX": (
        sent({"op": "subscribe", "args": [{"channel": "trades"}]}),
        received({"event": "subscribe", "arg": {"channel": "trades"}, "connId": "c"}),
    ),
    "Polygon": (
        received([{"ev": "status", "status": "connected", "message": "Connected Successfully"}]),
        received([{"ev": "T", "sym": "AAPL", "p": 1}]),
    ),
    "protoo": (
        sent({"request": True, "id": 1, "method": "getRouterRtpCapabilities", "data": {}}),
        received({"response": True, "id": 1, "ok": True, "data": {}}),
        received({"notification": True, "method": "activeSpeaker", "data": {}}),
    ),
    "Rails ActionCable": (
        received({"type": "welcome"}),
        sent({"command": "subscribe", "identifier": '{"channel":"Chat"}'}),
        received({"type": "confirm_subscription", "identifier": '{"channel":"Chat"}'}),
        received({"type": "ping", "message": 1}),
    ),
    "RosBridge": (
        sent({"op": "subscribe", "topic": "/chatter", "type": "std_msgs/String"}),
        received({"op": "publish", "topic": "/chatter", "msg": {"data": "hi"}}),
    ),
    "Selenium BiDi": (
        sent({"id": 1, "method": "session.subscribe", "params": {"events": ["log.entryAdded"]}}),
        received({"type": "success", "id": 1, "result": {}}),
        received({"type": "event", "method": "log.entryAdded", "params": {"text": "hi"}}),
    ),
    "Shelly": (
        sent({"id": 1, "src": "me", "method": "Switch.GetStatus", "params": {"id": 0}}),
        received({"id": 1, "src": "shelly", "dst": "me", "result": {"output": False}}),
    ),
    "Slack RTM": (
        received({"type": "hello"}),
        sent({"id": 1, "type": "message", "channel": "C", "text": "hi"}),
        received({"ok": True, "reply_to": 1, "ts": "1.1", "text": "hi"}),
    ),
    "Slack's socket mode": (
        received({"type": "hello", "num_connections": 1}),
        received({"envelope_id": "e", "type": "events_api", "payload": {"event": {"type": "message"}}}),
        sent({"envelope_id": "e"}),
    ),
    "Spotify-like": (received({"type": "message", "uri": "hm://pusher/v1/connections/x", "method": "PUT"}),),
    "Twilio media": (
        received({"event": "connected", "protocol": "Call", "version": "1.0.0"}),
        received({"event": "start", "sequenceNumber": "1", "start": {"streamSid": "M"}}),
        received({"event": "media", "media": {"payload": "AAAA"}}),
    ),
    "Twitch EventSub": (
        received({"metadata": {"message_type": "session_welcome"}, "payload": {"session": {"id": "s"}}}),
    ),
    "Twitch IRC": (sent("PASS oauth:x\r\nNICK a"), received(":tmi.twitch.tv 001 a :Welcome, GLHF!\r\n")),
    "Twitch PubSub": (
        sent({"type": "LISTEN", "nonce": "n", "data": {"topics": ["t"]}}),
        received({"type": "RESPONSE", "nonce": "n", "error": ""}),
        received({"type": "MESSAGE", "data": {"topic": "t", "message": "{}"}}),
        sent({"type": "PING"}),
    ),
    "Vite's HMR": (received({"type": "connected"}), received({"type": "update", "updates": []})),
    "WAMP": (
        sent([1, "realm1", {"roles": {}}]),
        received([2, 123456, {"roles": {}}]),
        sent([48, 1, {}, "com.example.add", [1, 2]]),
        received([50, 1, {}, [3]]),
    ),
    "WAMP 1": (
        received([0, "s", 1, "server"]),
        sent([2, "c1", "http://example.com/add", 1, 2]),
        received([3, "c1", 3]),
    ),
    "what talks about protocols": (
        received({"text": 'send {"jsonrpc": "2.0"} or "phx_join" or "pusher:ping" to it', "type": "session.createdx"}),
        received({"log": '"connection_ack" "msg_type" CONNECT\n', "event": "pushers"}),
        received({"type": "connection_ack", "id": 1, "user": "a"}),
        received({"topic": "t", "event": "update", "payload": {}}),
        received({"type": "session.created", "user": "a"}),
    ),
}


def _filled(unit: bytes, head: bytes = b"", tail: bytes = b"") -> bytes:
    return head + unit * (((64 << 10) - len(head) - len(tail)) // len(unit)) + tail


def _nested(data: bytes, levels: int) -> bytes:
    """Put a Protobuf message in a field of a message, and so on."""
    for _ in range(levels):
        size = len(data)
        data = b"\x0a" + bytes([size & 127 | 128, size >> 7 & 127 | 128, size >> 14]) + data
    return data


#: 64 KiB that cost as much as possible.
WORST: Final = (
    _filled(b"0,", b"[", b"0]"),
    _filled(b"[],", b"[", b"[]]"),
    _filled(b'{"a":1},', b"[", b"{}]"),
    _filled(b"[" * 90 + b"]" * 90 + b",", b"[", b"1]"),
    _filled(b"1" * 4299 + b",", b"[", b"1]"),
    b"[" * (32 << 10) + b"]" * (32 << 10),
    json.dumps(["[[],[],[]]"] * 4000).encode(),
    _filled(b"\0", b"\xdc\xff\xfd"),
    _filled(b"\x90", b"\xdc\xff\xfd"),
    _filled(b"\xd6\xff\0\0\0\1", b"\xdc\x2a\xaa"),
    _filled(b"\xdc"),
    _filled(b"\xdf\0\x0f\xff\xff\xa1a"),
    _filled(b"\x9a\0\0\xff\xff"),
    _filled(b"\xbb\0\0\0\0\0\0\xff\xff\0"),
    _filled(b"\x80", b"\x9a\0\0\xff\xfb"),
    _filled(b"\x80"),
    _filled(b"\xc2\x58\x40" + b"\xff" * 64),
    _filled(b"\x08\x01"),
    _filled(b"\x0a\x02\x08\x01"),
    _nested(b"\x08\x01" * 20_000, 31),
    _filled(mqtt(0xC0)),
    _filled(mqtt(0x30, "0001 61")),
    _filled(b"\0\0\1", b"\x82\xfb\xff\x03\0\1"),
    _filled(b"ACK\n\n\0"),
    _filled(b"a\\n:\\c\n", b"SEND\n", b"\n\0"),
    _filled(b"\r\n\r", b"SEND\n"),
    _filled(b'{"type":6}\x1e'),
    _filled(record([6])),
    _filled(b'"[1]",', b"a[", b'"x"]'),
    _filled(b'{"_placeholder":true,"num":0},', b'42["x",', b"1]"),
    struct.pack("<Q", 8000) + struct.pack("<Q", 64008) * 8000 + bytes(1000),
    json.dumps({"type": "subscribe", "id": "1", "payload": {"query": "#\n" * 20_000}}).encode(),
    json.dumps({"type": "x", "a": [{"audio": "A" * 20}] * 1900}).encode(),
    gzip.compress(_filled(b"\0") * 1000),
    zlib.compress(b"[" + b"0," * (2 << 20)),
    zlib.compress(b"[" + b"[]," * (1 << 20))[2:-4],
    brotli.compress(_filled(b"\0") * 1000),
    zstandard.compress(_filled(b"\0") * 1000),
)


#: What is put in place of a value of JSON.
_ODD: Final = (
    None,
    True,
    0,
    -1,
    1.5,
    1 << 70,
    1e999,
    "",
    "x" * 300,
    "\ud800\x1b[0m",
    [],
    [None],
    {},
    {"a": []},
    [[1, 2], 3],
    "1",
    [1, "a"],
)


def _confused(chance: random.Random, data: bytes) -> bytes:
    """Put something odd in place of a value of a JSON text, or of the JSON behind some letters."""
    begin = min((at for at in (data.find(b"{"), data.find(b"[")) if at >= 0), default=-1)
    end = max(data.rfind(b"}"), data.rfind(b"]")) + 1
    try:
        value = json.loads(data[begin:end])
    except ValueError:
        return data
    at = value
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return data
        key = chance.choice(keys)
        if isinstance(at[key], (dict, list)) and at[key] and chance.random() < 0.7:
            at = at[key]
            continue
        if chance.random() < 0.2:
            del at[key]
        else:
            at[key] = chance.choice(_ODD)
        return data[:begin] + json.dumps(value, separators=(",", ":")).encode() + data[end:]


def mutated(seed: int, seeds: tuple[Encoded, ...], count: int) -> Iterator[Encoded]:
    """Mutate messages: bytes flipped, cut, doubled, inserted, and messages crossed with each other."""
    chance = random.Random(seed)
    for _ in range(count):
        one = chance.choice(seeds)
        data = bytearray(_confused(chance, one.payload) if chance.random() < 0.5 else one.payload)
        for _ in range(chance.choice((0, 0, 0, 1, 1, 2, 8))):
            at = chance.randrange(len(data) + 1)
            kind = chance.randrange(7)
            if kind == 0 and data:
                data[at - 1] = chance.randrange(256)
            elif kind == 1 and data:
                data[at - 1] ^= 1 << chance.randrange(8)
            elif kind == 2:
                del data[at:]
            elif kind == 3:
                del data[at : at + chance.randrange(1, 9)]
            elif kind == 4:
                data[at:at] = bytes(
                    chance.choices((0, 1, 34, 44, 58, 91, 93, 123, 125, 127, 128, 255), k=chance.randrange(1, 5))
                )
            elif kind == 5:
                other = chance.choice(seeds).payload
                data[at:] = other[chance.randrange(len(other) + 1) :]
            else:
                data[at:at] = data[at // 2 : at] * chance.choice((1, 2, 50))
        yield Encoded(
            bytes(data[: 64 << 10]), chance.random() < 0.9 if one.text else chance.random() < 0.1, chance.random() < 0.4
        )


def seeds(name: str) -> tuple[Encoded, ...]:
    """Give the messages that a decoder's fuzzing begins with; it also sees some of all others'."""
    own = tuple(
        one for conversation in (*PROTOCOLS, BINARY) if conversation.decoder == name for one in conversation.messages
    )
    own = own or BINARY.messages
    others = tuple(one for conversation in (*PROTOCOLS, BINARY) for one in conversation.messages)
    return (*own * 20, *others)


class Fuzzed(NamedTuple):
    """What came of it."""

    messages: int
    decoded: int
    slowest: float
    slowest_message: Encoded | None


def cost_of(decoder: Decoder, message: Encoded) -> tuple[Decoded | None, float]:
    """What is decoded of a message, and the processor time it cost, in seconds.

    Without what garbage collection costs meanwhile: half a second in a process that many tests ran in.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        since = time.thread_time()
        found = decoder.decode(message)
        return found, time.thread_time() - since
    finally:
        if collects:
            gc.enable()


def fuzz(kind: type[Decoder], count: int, seed: int = 1) -> Fuzzed:
    """Feed mutated messages to a decoder, a new one after each thousand. It must not raise, and what it gives is looked at."""
    decoder = kind(Opening())
    decoded, slowest, slowest_message = 0, 0.0, None
    for number, message in enumerate(mutated(seed, seeds(kind.name), count)):
        if number % 1000 == 0:
            decoder = kind(Opening())
        found, took = cost_of(decoder, message)
        kind.recognizes(Opening(), [message])
        if took > slowest:
            slowest, slowest_message = took, message
        if found is not None:
            decoded += 1
            check(found)
    return Fuzzed(count, decoded, slowest, slowest_message)


def check(found: Any) -> None:
    """Look at what a decoder gave: a value that JSON could be made of, one line that can be printed, ids."""
    json.dumps(found.value, default=_only_bytes)
    assert isinstance(found.label, str), found
    assert found.label.isprintable(), found
    assert len(found.label) < 3000, found
    for number in (found.id, found.answers):
        assert number is None or type(number) in (str, int), found


def _only_bytes(value: object) -> str:
    assert isinstance(value, bytes), type(value)
    return value.hex()


if __name__ == "__main__":
    for name, kind in DECODERS.items():
        since = time.monotonic()
        result = fuzz(kind, int(sys.argv[1]))
        print(
            f"{name:12} {result.decoded:8,} of {result.messages:,} decoded, slowest {1000 * result.slowest:.2f} ms,",
            f"{time.monotonic() - since:.0f} s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB",
            flush=True,
        )
        if result.slowest > 0.02 and result.slowest_message is not None:
            print("   ", len(result.slowest_message.payload), result.slowest_message.payload[:100])
