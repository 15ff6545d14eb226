"""The clients that are compared: each receives ``count`` text messages and keeps every one.

A peer is a function of URL and count that gives seconds, from asking for the flood to holding the last message. Peers append what
their library gives them to a list; ours is a `Session` as people use it, whose log checks UTF-8 and keeps time and kind as well.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

DEADLINE = 120.0


def ours(url: str, count: int) -> float:
    """A session: its own thread reads and records."""
    import kontena_ws_nb as kws

    with kws.connect(url, compression=False, max_bytes=None) as session:
        started = time.perf_counter()
        sent = session.send("go")
        assert session.messages.wait(sent.index + count, DEADLINE), session
        took = time.perf_counter() - started
        session.abort()
    return took


def websocket_client(url: str, count: int) -> float:
    """websocket-client's `recv` in a loop."""
    import websocket

    socket = websocket.create_connection(url)
    started = time.perf_counter()
    socket.send("go")
    log: list[Any] = [socket.recv() for _ in range(count)]
    took = time.perf_counter() - started
    assert len(log) == count
    socket.shutdown()
    return took


def websockets_sync(url: str, count: int) -> float:
    """The threaded client of websockets."""
    from websockets.sync.client import connect

    with connect(url, compression=None, max_size=None, close_timeout=0.1) as socket:
        started = time.perf_counter()
        socket.send("go")
        log: list[Any] = [socket.recv() for _ in range(count)]
        took = time.perf_counter() - started
        assert len(log) == count
        socket.socket.close()
    return took


def aiohttp(url: str, count: int) -> float:
    """aiohttp, whose frame parser is Cython."""
    import aiohttp as library

    async def run() -> float:
        async with library.ClientSession() as session:
            socket = await session.ws_connect(url, max_msg_size=0, compress=0, timeout=library.ClientWSTimeout(ws_close=0.1))
            started = time.perf_counter()
            await socket.send_str("go")
            log: list[Any] = [(await socket.receive()).data for _ in range(count)]
            took = time.perf_counter() - started
            assert len(log) == count
            await socket.close()
            return took

    return asyncio.run(run())


def picows(url: str, count: int) -> float:
    """picows, which is Cython altogether and calls back."""
    from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

    async def run() -> float:
        log: list[str] = []
        full = asyncio.get_running_loop().create_future()

        class Listener(WSListener):  # type: ignore[misc]
            def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
                if frame.msg_type == WSMsgType.TEXT:
                    log.append(frame.get_payload_as_utf8_text())
                    if len(log) == count:
                        full.set_result(time.perf_counter())

        transport, _ = await ws_connect(Listener, url)
        started = time.perf_counter()
        transport.send(WSMsgType.TEXT, b"go")
        ended: float = await full
        transport.disconnect(graceful=False)
        await transport.wait_disconnected()
        return ended - started

    return asyncio.run(run())


PEERS: dict[str, Callable[[str, int], float]] = {
    "websocket-client": websocket_client,
    "websockets": websockets_sync,
    "aiohttp": aiohttp,
    "picows": picows,
}
