"""Captures for the tests of what plays them: rows with times, and handshakes."""

from __future__ import annotations

import dataclasses
from typing import Any

from kontena_ws_nb.log.kinds import CODES
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.playback.script import Script
from kontena_ws_nb.protocol.batch import Batch
from kontena_ws_nb.protocol.frames import FRAGMENTED
from kontena_ws_nb.protocol.handshake import Handshake
from kontena_ws_nb.recording.records import ConnectionRecord

START = 1_800_000_000_000_000_000


def shaken(path: str = "/feed", status: int = 101, **more: Any) -> Handshake:
    """Make the record of an opening handshake."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    headers = tuple(more.pop("headers", ()))
    if more.get("subprotocol"):
        headers += (("Sec-WebSocket-Protocol", more["subprotocol"]),)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    answer = f"HTTP/1.1 {status} Some Reason\r\n{lines}\r\n".encode()
    made = Handshake(f"ws://127.0.0.1{path}", head, answer, status, "Some Reason", headers)
    return dataclasses.replace(made, **more)


def script(*rows: tuple[float, str, bytes] | tuple[float, str, bytes, bool], **record: Any) -> Script:
    """Make a script of rows: milliseconds, kind (``>text`` is sent), payload."""
    log = MessageLog()
    for at, kind, payload, *fragmented in rows:
        time_ns = START + round(at * 1e6)
        if fragmented:
            code = CODES[kind] | FRAGMENTED
            log.append(Batch(payload, [0, len(payload)], bytes((code,)), fragments={0: 2}), time_ns)
        else:
            log.add(kind.lstrip(">"), payload, sent=kind.startswith(">"), time_ns=time_ns)
    return Script(ConnectionRecord(**record), log)
