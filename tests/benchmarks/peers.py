"""The clients that are compared: each receives ``count`` text messages and keeps every one.

A client is a function of feed and count that gives seconds, from asking for the stream to holding the last message.
Peers append what their library gives them to a list; ours is a `Session` as people use it, whose log checks UTF-8 and
keeps time and kind as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from socket import SHUT_RDWR
from typing import Any

from tests.benchmarks.flood import Feed

#: Seconds a measurement may take at all.
DEADLINE = 120.0

Client = Callable[[Feed, int], float]


def ours(feed: Feed, count: int) -> float:
    """A session: its own thread reads and records."""
    import kontena_ws_nb as kws

    with kws.connect(
        f"{feed.url}/{count}", compression=feed.compression, ca_file=feed.ca_file, max_bytes=None
    ) as session:
        started = time.perf_counter()
        sent = session.send("go")
        assert session.messages.wait(sent.index + count, DEADLINE), session
        took = time.perf_counter() - started
        session.abort()
    return took


def websocket_client(feed: Feed, count: int) -> float:
    """websocket-client's `recv` in a loop."""
    import websocket

    socket = websocket.create_connection(
        f"{feed.url}/{count}", sslopt={"ca_certs": feed.ca_file} if feed.ca_file else {}
    )
    started = time.perf_counter()
    socket.send("go")
    log: list[Any] = [socket.recv() for _ in range(count)]
    took = time.perf_counter() - started
    assert len(log) == count
    socket.shutdown()
    return took


def _deflate(feed: Feed) -> str | None:
    return "deflate" if feed.compression else None


def websockets_sync(feed: Feed, count: int) -> float:
    """The threaded client of websockets.

    Over TLS its two threads are in OpenSSL at once, which no two may be (python/cpython#143756): where that broke the
    connection, it is measured again.
    """
    from websockets.exceptions import ConnectionClosedError

    for _ in range(2 if feed.ca_file else 0):
        with contextlib.suppress(ConnectionClosedError):
            return _websockets_sync(feed, count)
    return _websockets_sync(feed, count)


def _websockets_sync(feed: Feed, count: int) -> float:
    from websockets.sync.client import connect

    with connect(
        f"{feed.url}/{count}", ssl=feed.context(), compression=_deflate(feed), max_size=None, close_timeout=0.1
    ) as socket:
        started = time.perf_counter()
        socket.send("go")
        log: list[Any] = [socket.recv() for _ in range(count)]
        took = time.perf_counter() - started
        assert len(log) == count
        socket.socket.shutdown(SHUT_RDWR)  # its reading thread meets the end; there is nothing to say goodbye to
    return took


def websockets_asyncio(feed: Feed, count: int) -> float:
    """The asyncio client of websockets."""
    from websockets.asyncio.client import connect

    async def run() -> float:
        options: dict[str, Any] = {"compression": _deflate(feed), "max_size": None, "close_timeout": 0.1}
        async with connect(f"{feed.url}/{count}", ssl=feed.context(), **options) as socket:
            started = time.perf_counter()
            await socket.send("go")
            log: list[Any] = [await socket.recv() for _ in range(count)]
            took = time.perf_counter() - started
            assert len(log) == count
            socket.transport.abort()
            return took

    return asyncio.run(run())


def aiohttp(feed: Feed, count: int) -> float:
    """aiohttp, whose frame parser is Cython."""
    import aiohttp as library

    async def run() -> float:
        async with library.ClientSession() as session:
            socket = await session.ws_connect(
                f"{feed.url}/{count}",
                ssl=feed.context() or True,
                max_msg_size=0,
                compress=15 if feed.compression else 0,
                timeout=library.ClientWSTimeout(ws_close=0.1),
            )
            started = time.perf_counter()
            await socket.send_str("go")
            log: list[Any] = [(await socket.receive()).data for _ in range(count)]
            took = time.perf_counter() - started
            assert len(log) == count
            await socket.close()
            return took

    return asyncio.run(run())


def picows(feed: Feed, count: int, full_log: Callable[[], object] = lambda: None) -> float:
    """picows, which is Cython altogether and calls back; `full_log` is called at the end, while the list is still there."""
    from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

    async def run() -> float:
        log: list[str] = []
        full = asyncio.get_running_loop().create_future()

        class Listener(WSListener):
            def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
                if frame.msg_type == WSMsgType.TEXT:
                    log.append(frame.get_payload_as_utf8_text())
                    if len(log) == count:
                        full.set_result(time.perf_counter())

        transport, _ = await ws_connect(Listener, f"{feed.url}/{count}", ssl_context=feed.context())
        started = time.perf_counter()
        transport.send(WSMsgType.TEXT, b"go")
        ended: float = await full
        full_log()
        transport.disconnect(graceful=False)
        await transport.wait_disconnected()
        return ended - started

    return asyncio.run(run())


PEERS: dict[str, Client] = {
    "websocket-client": websocket_client,
    "websockets": websockets_sync,
    "websockets asyncio": websockets_asyncio,
    "aiohttp": aiohttp,
    "picows": picows,
}

#: Those that know permessage-deflate.
COMPRESSING = ("websockets", "websockets asyncio", "aiohttp")
