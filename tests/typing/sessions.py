"""Typical use of sessions, for mypy --strict (`test_typing`). Checked, not run."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Literal

from typing_extensions import assert_type

import kontena_ws_nb as kws
from kontena_ws_nb.log.sequence import Rows
from kontena_ws_nb.log.view import View
from kontena_ws_nb.session.stats import Stats


def subscribe(session: kws.Session) -> None:
    session.send_json({"op": "subscribe", "symbols": ["BTC-USD"]})


def connecting() -> kws.Session:
    assert_type(kws.connect("demo"), kws.Session)
    assert_type(kws.sessions, Mapping[str, kws.Session])
    return kws.connect(
        "wss://feed.example/v1",
        "feed",
        headers={"Authorization": "Bearer …"},
        subprotocols="chat",
        cookies="a=1; b=2",
        ca_file=Path("ca.pem"),
        resolve={"feed.example": "127.0.0.1"},
        ping_interval=None,
        max_bytes=1 << 20,
        on_full="block",
        auto_reconnect=True,
        on_open=subscribe,
        on_pong=print,
        send_every=(30, "ping"),
    )


def sending(ws: kws.Session) -> None:
    assert_type(ws.send("text"), kws.Message)
    assert_type(ws.send(memoryview(b"binary")), kws.Message)
    assert_type(ws.send_json([1, {"a": None}]), kws.Message)
    assert_type(ws.resend(ws.messages[-1]), list[kws.Message])
    ws.resend(3)
    ws.resend([1, ws.messages[2]])
    ws.resend(ws.messages[1:])
    ws.resend(ws.messages.where("dir:sent"))
    assert_type(ws.ping(), float)


def waiting(ws: kws.Session) -> None:
    message = ws.read()
    assert_type(message, kws.Message | None)
    if message is not None:
        assert_type(message.data, str | bytes)
        assert_type(message.text, str)
        assert_type(message.close_code, int | None)
    assert_type(ws.expect("$.type=pong"), kws.Message)
    assert_type(ws.expect(re.compile("pong"), timeout=None), kws.Message)
    assert_type(ws.expect(re.compile(b"pong"), 3, since=0), kws.Message)
    assert_type(ws.expect({"type": "pong", "at": ..., "n": int, "list": [1, ...]}), kws.Message)
    assert_type(ws.expect([..., "7", ..., "phx_reply", {}]), kws.Message)
    assert_type(ws.expect(lambda message: message.size > 3), kws.Message)
    assert_type(ws.request({"id": 7}), kws.Message)
    assert_type(ws.request("ping", "pong", timeout=1), kws.Message)
    assert_type(ws.request(b"x", match={"a": 1}), kws.Message)
    assert_type(ws.collect(3), list[kws.Message])
    assert_type(ws.collect(until={"done": True}, timeout=None), list[kws.Message])
    assert_type(ws.collect(seconds=0.5, since=ws.send("go").index), list[kws.Message])
    assert_type(ws.join(10), bool)
    assert_type(iter(ws), Iterator[kws.Message])
    for each in ws:
        assert_type(each, kws.Message)


async def awaiting(ws: kws.Session) -> None:
    assert_type(await ws.aread(), kws.Message | None)
    assert_type(await ws.aexpect({"type": "pong"}), kws.Message)
    assert_type(await ws.arequest({"id": 7}), kws.Message)
    assert_type(await ws.acollect(3), list[kws.Message])
    await ws.wait_closed()
    assert_type(ws.__aiter__(), AsyncIterator[kws.Message])
    async for each in ws:
        assert_type(each, kws.Message)
    first, second = await asyncio.gather(ws.arequest({"id": 1}), ws.arequest({"id": 2}))
    assert_type((first, second), tuple[kws.Message, kws.Message])


def looking(ws: kws.Session) -> None:
    log = ws.messages
    assert_type(log, kws.MessageLog)
    assert_type(log[-1], kws.Message)
    assert_type(log[1:3], Rows)
    assert_type(log[1:3][0], kws.Message)
    assert_type(log.where("$.type=trade"), View)
    assert_type(log.where("trade")[0], kws.Message)
    assert_type(log.where("trade")[:5], Rows)
    assert_type([message.direction for message in log], list[Literal["received", "sent"]])
    assert_type(len(log), int)
    assert_type(ws.certificate, kws.Certificate | None)
    assert_type(ws.handshake, kws.Handshake)
    assert_type(ws.error, Exception | None)
    assert_type(ws.close_code, int | None)
    assert_type(ws.previous, kws.Session | None)
    assert_type(ws.stats, Stats)
    assert_type(ws.state, str)
    with ws as again:
        assert_type(again, kws.Session)
    assert_type(ws.reconnect(), kws.Session)
    kws.max_total_bytes = None
