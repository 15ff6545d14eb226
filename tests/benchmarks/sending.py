"""The way back: how fast messages are sent, masked, from one thread and from eight; and the round trip of a small one.

    python -m tests.benchmarks.sending [--sizes 32 200 …] [--rounds 5] [--small]

The server counts bytes and says when all are there: a rate is from the first send until then. A call's latency is from
one thread. picows has no threads: it is measured where one sends, and waits while its buffer is full. Bars: as fast as
websockets everywhere; a round trip of 100 bytes within 1.2 × that of picows.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import threading
import time
from collections.abc import Callable

from tests.benchmarks.flood import serving
from tests.benchmarks.receive import SIZES, label
from tests.benchmarks.report import Table, begin, parser, publish

#: Bytes and messages of one measurement, at most.
MOST = 128 << 20
MESSAGES = 20_000
THREADS = 8
ECHOED = 100

#: Seconds until all is there, and of each call (of one thread).
Sent = tuple[float, list[float]]


def _send(send: Callable[[bytes], object], message: bytes, count: int, threads: int) -> list[float]:
    """Send from so many threads; seconds of each call of the first."""
    took: list[float] = []

    def run(first: bool) -> None:
        for _ in range(count // threads):
            started = time.perf_counter()
            send(message)
            if first:
                took.append(time.perf_counter() - started)

    others = [threading.Thread(target=run, args=(False,)) for _ in range(threads - 1)]
    for other in others:
        other.start()
    run(True)
    for other in others:
        other.join()
    return took


def ours(url: str, message: bytes, count: int, threads: int) -> Sent:
    """A session: what is sent is in its log."""
    import kontena_ws_nb as kws

    with kws.connect(url, compression=False) as session:
        started = time.perf_counter()
        calls = _send(session.send, message, count, threads)
        assert session.read(60).text == "done"
        took = time.perf_counter() - started
        session.abort()
    return took, calls


def websocket_client(url: str, message: bytes, count: int, threads: int) -> Sent:
    """websocket-client."""
    import websocket

    socket = websocket.create_connection(url)
    started = time.perf_counter()
    calls = _send(socket.send_binary, message, count, threads)
    assert socket.recv() == "done"
    took = time.perf_counter() - started
    socket.shutdown()
    return took, calls


def websockets(url: str, message: bytes, count: int, threads: int) -> Sent:
    """The threaded client of websockets."""
    from websockets.sync.client import connect

    with connect(url, compression=None, close_timeout=0.1) as socket:
        started = time.perf_counter()
        calls = _send(socket.send, message, count, threads)
        assert socket.recv() == "done"
        took = time.perf_counter() - started
    return took, calls


def picows(url: str, message: bytes, count: int, threads: int) -> Sent:
    """picows in an event loop."""
    from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

    async def run() -> Sent:
        done = asyncio.get_running_loop().create_future()
        writable = asyncio.Event()
        writable.set()

        class Listener(WSListener):
            def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
                if frame.msg_type == WSMsgType.TEXT and not done.done():
                    done.set_result(None)

            def pause_writing(self) -> None:
                writable.clear()

            def resume_writing(self) -> None:
                writable.set()

        transport, _ = await ws_connect(Listener, url)
        started, calls = time.perf_counter(), []
        for _ in range(count):
            before = time.perf_counter()
            transport.send(WSMsgType.BINARY, message)
            if not writable.is_set():
                await writable.wait()
            calls.append(time.perf_counter() - before)
        await done
        took = time.perf_counter() - started
        transport.disconnect(graceful=False)
        await transport.wait_disconnected()
        return took, calls

    return asyncio.run(run())


CLIENTS = {"ours": ours, "websocket-client": websocket_client, "websockets": websockets, "picows": picows}


def _there_and_back(exchange: Callable[[], object], count: int) -> list[float]:
    took = []
    for _ in range(count):
        started = time.perf_counter()
        exchange()
        took.append(time.perf_counter() - started)
    return took


def trips_of_a_client(url: str, count: int) -> list[float]:
    """`Client`, in the caller's thread."""
    import kontena_ws_nb as kws

    with kws.Client.connect(url, compression=False) as client:
        message = "x" * ECHOED
        took = _there_and_back(lambda: (client.send(message), client.read()), count)
        client.abort()
    return took


def trips_of_a_session(url: str, count: int) -> list[float]:
    """`Session`: another thread receives and records."""
    import kontena_ws_nb as kws

    with kws.connect(url, compression=False) as session:
        message = "x" * ECHOED
        took = _there_and_back(lambda: (session.send(message), session.read()), count)
        session.abort()
    return took


def trips_of_websocket_client(url: str, count: int) -> list[float]:
    """websocket-client."""
    import websocket

    socket = websocket.create_connection(url)
    message = "x" * ECHOED
    took = _there_and_back(lambda: (socket.send(message), socket.recv()), count)
    socket.shutdown()
    return took


def trips_of_websockets(url: str, count: int) -> list[float]:
    """The threaded client of websockets."""
    from websockets.sync.client import connect

    with connect(url, compression=None, close_timeout=0.1) as socket:
        message = "x" * ECHOED
        return _there_and_back(lambda: (socket.send(message), socket.recv()), count)


def trips_of_picows(url: str, count: int) -> list[float]:
    """picows: the next one leaves in the callback."""
    from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

    async def run() -> list[float]:
        took: list[float] = []
        done = asyncio.get_running_loop().create_future()
        message, started = b"x" * ECHOED, 0.0

        class Listener(WSListener):
            def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
                nonlocal started
                if frame.msg_type == WSMsgType.TEXT:
                    frame.get_payload_as_utf8_text()
                    took.append(time.perf_counter() - started)
                    if len(took) == count:
                        done.set_result(None)
                        return
                    started = time.perf_counter()
                    transport.send(WSMsgType.TEXT, message)

        transport, _ = await ws_connect(Listener, url)
        started = time.perf_counter()
        transport.send(WSMsgType.TEXT, message)
        await done
        transport.disconnect(graceful=False)
        await transport.wait_disconnected()
        return took

    return asyncio.run(run())


TRIPS = {
    "Client": trips_of_a_client,
    "Session": trips_of_a_session,
    "websocket-client": trips_of_websocket_client,
    "websockets": trips_of_websockets,
    "picows": trips_of_picows,
}


def percentiles(calls: list[float]) -> str:
    """Name the middle one and the 99th of a hundred, in µs."""
    ordered = sorted(calls)
    return " · ".join(f"{ordered[int(len(ordered) * share)] * 1e6:,.0f}" for share in (0.5, 0.99))


def main(arguments: list[str]) -> int:
    """Run it."""
    options = parser(__doc__)
    options.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args(arguments)
    messages, trips = MESSAGES, 3000
    if given.small:
        given.rounds, given.sizes, messages, trips = 1, (200,), 160, 50
    begin(given, "medians")
    others = [name for name in CLIENTS if name != "ours"]
    head = ["message, threads", "ours, messages/s", *(f"÷ {name}" for name in others), "a call, µs, p50 · p99"]
    table = Table("Sent (messages/s; ours ÷ theirs)", [*head, "websockets' call"])
    with serving() as flood:
        for size in given.sizes:
            message, count = bytes(size), max(THREADS, min(messages, MOST // size) // THREADS * THREADS)
            url = f"{flood.plain}/sink/{size}/{count}"
            for threads in (1, THREADS):
                names = [name for name in CLIENTS if threads == 1 or name != "picows"]
                took: dict[str, list[Sent]] = {name: [] for name in names}
                for _ in range(given.rounds):
                    for name in names:
                        took[name].append(CLIENTS[name](url, message, count, threads))
                seconds = {name: statistics.median(one[0] for one in runs) for name, runs in took.items()}
                ratios = [f"{seconds[name] / seconds['ours']:.2f} ×" if name in seconds else "–" for name in others]
                calls = [
                    percentiles([call for _, run in took[name] for call in run]) for name in ("ours", "websockets")
                ]
                table.add(
                    [f"{label('sink', size)}, {threads}", f"{count / seconds['ours']:,.0f}", *ratios, *calls],
                    "≥ 1 × websockets",
                    seconds["websockets"] >= seconds["ours"],
                )
                print(" | ".join(table.rows[-1]), flush=True)
        url = f"{flood.plain}/echo/{ECHOED}/{trips}"
        laps: dict[str, list[float]] = {name: [] for name in TRIPS}
        for _ in range(given.rounds):
            for name, trip in TRIPS.items():
                laps[name] += trip(url, trips)
    middle = {name: statistics.median(all_) for name, all_ in laps.items()}
    back = Table(f"Round trip of {ECHOED} bytes, µs", ["client", "p50 · p99", "p50 ÷ picows"])
    for name, all_ in laps.items():
        bar = name in ("Client", "Session")
        ratio = middle[name] / middle["picows"]
        back.add(
            [name, percentiles(all_), f"{ratio:.2f} ×"], "≤ 1.2 × picows" if bar else "", ratio <= 1.2 if bar else None
        )
    publish([table, back], given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
