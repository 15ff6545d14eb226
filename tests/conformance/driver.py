"""The echo loop that an Autobahn-style fuzzing server drives: `Client` as it comes, with no option set but what a machine may add.

What lives here: one connection a case, and the order of the cases. What must not: how a server is started, verdicts.
Called from the main thread of a test or of ``python3 -m tests.conformance``; one case at a time.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

from kontena_ws_nb import Client
from kontena_ws_nb.errors import CloseError, EOFError, ProtocolError, SocketError, TimeoutError
from kontena_ws_nb.transport.deadline import Deadline

#: The name our results go by.
AGENT = "kontena_ws_nb"

#: An echo loop: URL and seconds; returns what ended the connection, None when it was closed in order.
Echo = Callable[[str, float], BaseException | None]


@dataclass(frozen=True)
class Exchange:
    """What one case was like from our side; the verdict is the server's."""

    number: int
    seconds: float
    error: BaseException | None


def echo(url: str, seconds: float) -> BaseException | None:
    """Send every message back until the server ends the connection."""
    deadline = Deadline(seconds)
    try:
        client = Client.connect(url, proxy="", connect_timeout=seconds, open_timeout=seconds)
    except (OSError, ProtocolError, TimeoutError) as error:
        return error
    try:
        while (message := client.read(max(0.0, deadline.left() or 0.0))) is not None:
            with suppress(SocketError):  # its close frame came with the message: the next read says how it ended
                client.send(message)
    except (CloseError, EOFError, ProtocolError, TimeoutError) as error:
        return error
    finally:
        if not client.closed:
            client.abort()
    return None


def echo_aiohttp(url: str, seconds: float) -> BaseException | None:
    """Echo with aiohttp's client, to compare times."""
    import aiohttp

    async def run() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url, max_msg_size=0, compress=15) as connection,
        ):
            async for message in connection:
                if message.type is aiohttp.WSMsgType.TEXT:
                    await connection.send_str(message.data)
                elif message.type is aiohttp.WSMsgType.BINARY:
                    await connection.send_bytes(message.data)

    try:
        asyncio.run(asyncio.wait_for(run(), seconds))
    except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
        return error
    return None


def drive(server: str, *, agent: str = AGENT, deadline: float = 60.0, echo: Echo = echo) -> Iterator[Exchange]:
    """Run every case the server has, then make it write its report.

    Parameters
    ----------
    server : str
        ``ws://host:port``.
    agent : str
        Name for the report.
    deadline : float
        Seconds a case may take.
    echo : callable
        The client under test.
    """
    for number in range(1, count(server) + 1):
        begin = time.monotonic()
        error = echo(f"{server}/runCase?case={number}&agent={quote(agent)}", deadline)
        yield Exchange(number, time.monotonic() - begin, error)
    with suppress(EOFError), Client.connect(f"{server}/updateReports?agent={quote(agent)}", proxy="") as client:
        finish(client)


def count(server: str) -> int:
    """Ask how many cases there are."""
    with Client.connect(f"{server}/getCaseCount", proxy="") as client:
        return int(json.loads(client.read(60) or "0"))


def finish(client: Client) -> None:
    """Wait for the server's close: it closes when the report is written."""
    with suppress(CloseError):
        while client.read(600) is not None:
            pass
