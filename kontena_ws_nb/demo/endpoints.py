"""The endpoints of the demo server, each of which shows one thing.

An endpoint is a coroutine that gets an open connection and the parameters of the query, which are validated before the
upgrade. Called on the demo server's thread only.
"""

from __future__ import annotations

import asyncio
import difflib
import gzip
import json
import random
import struct
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.protocol import OPEN

from .flood import MIN_SIZE, Blocks

#: Close codes below 3000 that may be sent in a frame (RFC 6455 section 7.4.1 and the IANA registry).
SENDABLE = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})

#: Parsed parameters: numbers are float, texts str.
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Number:
    """A numeric parameter, and its range."""

    default: float
    low: float
    high: float


@dataclass(frozen=True)
class Endpoint:
    """One path of the demo server.

    Parameters
    ----------
    summary : str
        A line about it.
    serve : callable
        The coroutine function; when it returns, the connection is closed with 1000.
    parameters : mapping, optional
        Query parameters: `Number`, or the default of a text.
    check : callable, optional
        Raises ValueError for invalid combinations of parameters.
    """

    summary: str
    serve: Callable[[ServerConnection, Values], Awaitable[None]]
    parameters: Mapping[str, Number | str] = field(default_factory=dict)
    check: Callable[[Values], None] = lambda values: None

    def values(self, query: str) -> dict[str, Any]:
        """Parse and validate a query.

        Parameters
        ----------
        query : str
            The part of the URL after the question mark.

        Returns
        -------
        dict
            All parameters, with defaults for those not in the query.

        Raises
        ------
        ValueError
            A parameter is unknown, or its value invalid; the text says what is valid.
        """
        values: dict[str, Any] = {
            name: p.default if isinstance(p, Number) else p for name, p in self.parameters.items()
        }
        for name, text in parse_qsl(query, keep_blank_values=True):
            parameter = self.parameters.get(name)
            if parameter is None:
                known = ", ".join(self.parameters) or "none"
                raise ValueError(f"no parameter {name!r}; this endpoint has: {known}")
            if isinstance(parameter, Number):
                try:
                    values[name] = float(text)
                except ValueError:
                    raise ValueError(f"{name}: {text!r} is not a number") from None
                if not parameter.low <= values[name] <= parameter.high:  # false for NaN
                    raise ValueError(f"{name}: {text} is not between {parameter.low:.15g} and {parameter.high:.15g}")
            else:
                values[name] = text
        self.check(values)
        return values


def find(target: str) -> tuple[Endpoint, dict[str, Any]]:
    """Find the endpoint of a request target, and validate its parameters.

    Parameters
    ----------
    target : str
        ``/ticker?rate=20``.

    Returns
    -------
    tuple of (Endpoint, dict)

    Raises
    ------
    KeyError
        There is no such path.
    ValueError
        A parameter is invalid.
    """
    parts = urlsplit("//demo" + target)
    endpoint = ENDPOINTS[parts.path.strip("/")]
    return endpoint, endpoint.values(parts.query)


def nearest(target: str) -> str:
    """Suggest an endpoint, if there is none with this path.

    Parameters
    ----------
    target : str
        ``ticker?rate=20``, with or without a leading slash.

    Returns
    -------
    str
        Empty if there is such an endpoint; otherwise a clause with the nearest name, or all names.
    """
    name = urlsplit("//demo/" + target.lstrip("/")).path.strip("/")
    if name in ENDPOINTS:
        return ""
    # What has no name is looked for as echo.
    known = {named or "echo": f"demo/{named}".rstrip("/") for named in ENDPOINTS}
    near = difflib.get_close_matches(name.lower(), known, 1)
    return f"did you mean {known[near[0]]}?" if near else "there are " + ", ".join(known.values())


def catalogue() -> str:
    """List the endpoints, for help texts and the body of a 404.

    Returns
    -------
    str
        A line for each.
    """
    lines = []
    for name, endpoint in ENDPOINTS.items():
        query = "?" + "&".join(f"{p}=" for p in endpoint.parameters) if endpoint.parameters else ""
        lines.append(f"/{name + query:32} {endpoint.summary}\n")
    return "".join(lines)


async def _echo(connection: ServerConnection, _values: Values) -> None:
    async for message in connection:
        await connection.send(message)


async def _ticker(connection: ServerConnection, values: Values) -> None:
    prices = {"BTC-USD": 64210.55, "ETH-USD": 3155.20, "SOL-USD": 141.37}
    wanted = set(prices)
    draw = random.Random(int(values["seed"]))  # noqa: S311  a random walk, not a secret
    number = 0

    async def trades() -> None:
        nonlocal number
        while not values["count"] or number < values["count"]:
            await asyncio.sleep(1 / values["rate"])
            symbol = draw.choice(list(prices))
            prices[symbol] *= 1 + draw.gauss(0, 0.0004)
            number += 1
            trade = {
                "type": "trade",
                "id": number,
                "symbol": symbol,
                "price": f"{prices[symbol]:.2f}",
                "size": f"{draw.expovariate(8):.4f}",
                "side": draw.choice(["buy", "sell"]),
                "time": round(time.time(), 3),
            }
            if symbol in wanted:
                await connection.send(json.dumps(trade))

    async def orders() -> None:
        async for message in connection:
            answer = _answer(message, prices, wanted)
            await connection.send(json.dumps(answer))

    await _together(trades(), orders())


def _answer(message: str | bytes, prices: Mapping[str, float], wanted: set[str]) -> dict[str, Any]:
    """Answer a message to the ticker, and change the set of wanted symbols."""
    try:
        order = json.loads(message)
        operation, symbols = order["op"], set(order.get("symbols", prices))
        if operation not in ("subscribe", "unsubscribe") or not symbols <= prices.keys():
            raise ValueError("unknown op or symbol")
    except (ValueError, TypeError, KeyError, AttributeError):
        example = {"op": "subscribe", "symbols": ["BTC-USD"]}
        return {"type": "error", "message": "not understood", "try": example, "symbols": list(prices)}
    if operation == "subscribe":
        wanted.clear()
        wanted.update(symbols)
    else:
        wanted.difference_update(symbols)
    answer = {"type": operation + "d", "symbols": sorted(wanted)}
    return {"id": order["id"], **answer} if "id" in order else answer


async def _flood(connection: ServerConnection, values: Values) -> None:
    blocks = Blocks(int(values["size"]))
    count, rate = int(values["count"]), values["rate"]
    clock = asyncio.get_running_loop().time
    sent, began = 0, clock()
    reader = asyncio.ensure_future(_discard(connection))
    try:
        while (not count or sent < count) and connection.protocol.state is OPEN:
            due = int((clock() - began) * rate) - sent if rate else blocks.block_messages
            if due <= 0:
                await asyncio.sleep(0.005)
                continue
            # Written to the transport directly, in one call for thousands of frames. There was no await since the state
            # was checked, so nothing follows a close frame.
            frames = blocks.take(sent, min(due, count - sent) if count else due)
            connection.transport.write(frames)
            sent += len(frames) // blocks.frame_bytes
            await connection.drain()
            await asyncio.sleep(0)  # so that the loop also reads, even if drain() never has to wait
    finally:
        reader.cancel()
    await connection.close(1000, f"{sent} messages sent")


async def _binary(connection: ServerConnection, values: Values) -> None:
    async def samples() -> None:
        number = 0
        while True:
            number += 1
            packed = struct.pack("<Id8s", number, time.time(), b"BTC-USD")
            for sample in (
                packed,
                _PNG,
                gzip.compress(b'{"type": "trade", "id": %d}' % number, mtime=0),
                bytes(range(256)),
            ):
                await connection.send(sample)
                await asyncio.sleep(1 / values["rate"])

    await _together(samples(), _echo(connection, values))


async def _close(connection: ServerConnection, values: Values) -> None:
    code, reason = int(values["code"]), values["reason"]
    await connection.send(json.dumps({"type": "goodbye", "code": code, "reason": reason}))
    await connection.close(code, reason)


def _check_close(values: Values) -> None:
    code, reason = int(values["code"]), values["reason"].encode()
    if not (code in SENDABLE or code >= 3000):
        raise ValueError(f"code: {code} may not be sent; those of RFC 6455 section 7.4 and 3000 to 4999 may")
    if len(reason) > 123:
        raise ValueError(
            f"reason: longer than the 123 bytes that fit in a close frame (RFC 6455 section 5.5): {len(reason)}"
        )


async def _headers(connection: ServerConnection, values: Values) -> None:
    request = connection.request
    described = {
        "path": request.path if request else "",
        "headers": list(request.headers.raw_items()) if request else [],
        "subprotocol": connection.subprotocol,
        "from": list(connection.remote_address[:2]),
    }
    await connection.send(json.dumps(described))
    await _echo(connection, values)


async def _fragments(connection: ServerConnection, values: Values) -> None:
    size = int(values["size"])

    async def pieces(message: str | bytes) -> AsyncIterator[Any]:
        for start in range(0, len(message), size):
            yield message[start : start + size]

    await connection.send(pieces("This text came as several frames, but it is one message."))
    async for message in connection:
        await connection.send(pieces(message))


async def _silent(connection: ServerConnection, _values: Values) -> None:
    await _discard(connection)


async def _pings(connection: ServerConnection, values: Values) -> None:
    async def heartbeat() -> None:
        while True:
            seconds = await (await connection.ping())
            await connection.send(json.dumps({"type": "pong", "seconds": round(seconds, 6)}))
            await asyncio.sleep(values["interval"])

    await _together(heartbeat(), _echo(connection, values))


async def _abort(connection: ServerConnection, _values: Values) -> None:
    await connection.send("The connection ends now, without a close frame (1006).")
    connection.transport.abort()


async def _reject(_connection: ServerConnection, _values: Values) -> None:
    raise AssertionError("rejected before the upgrade, see DemoServer")


async def _discard(connection: ServerConnection) -> None:
    async for _ in connection:
        pass


async def _together(*coroutines: Awaitable[None]) -> None:
    """Run coroutines until one ends or fails; cancel the others, and raise the exception, if any."""
    tasks = [asyncio.ensure_future(c) for c in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for task, result in zip(tasks, results, strict=True):
        if task in done and isinstance(result, BaseException):
            raise result


def _png() -> bytes:
    """Make an 8 × 8 image with a gradient (PNG specification, section 5)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(channel for x in range(8) for channel in (x * 36, y * 36, 160)) for y in range(8))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


_PNG = _png()

#: Every path of the demo server, by name.
ENDPOINTS: dict[str, Endpoint] = {
    "": Endpoint("sends back what you send", _echo),
    "ticker": Endpoint(
        'JSON trades (count=0: without end); understands {"op": "subscribe", "symbols": ["BTC-USD"]}',
        _ticker,
        {"rate": Number(10, 0.1, 10_000), "seed": Number(1, 0, 2**31), "count": Number(0, 0, 10**12)},
    ),
    "flood": Endpoint(
        "numbered messages as fast as the socket takes them (rate=0) or at a rate",
        _flood,
        {"size": Number(200, MIN_SIZE, 1 << 24), "rate": Number(0, 0, 10_000_000), "count": Number(0, 0, 10**12)},
    ),
    "binary": Endpoint(
        "packed structs, a PNG, gzip, every byte; sends back what you send", _binary, {"rate": Number(4, 0.1, 1_000)}
    ),
    "close": Endpoint(
        "sends a message and closes with a code",
        _close,
        {"code": Number(4000, 1000, 4999), "reason": "demo"},
        _check_close,
    ),
    "headers": Endpoint("sends the handshake it received, then sends back what you send", _headers),
    "fragments": Endpoint("sends back what you send, in several frames", _fragments, {"size": Number(16, 1, 1 << 20)}),
    "silent": Endpoint("reads, but never sends anything", _silent),
    "pings": Endpoint(
        "pings you and sends the round trip; sends back what you send", _pings, {"interval": Number(1, 0.01, 3600)}
    ),
    "abort": Endpoint("drops the connection without a close frame", _abort),
    "reject": Endpoint(
        "rejects the upgrade with an HTTP status and a body", _reject, {"status": Number(401, 400, 599)}
    ),
}
