"""What a message costs where few come: processor time of the receiving process, at 100 and 1,000 messages a second.

    python -m tests.benchmarks.few [--rates 100 1000] [--seconds 5] [--rounds 3] [--small]

A session records; websocket-client, websockets (the threaded client) and picows append what they get to a list. Each
has a process of its own; connecting is not counted. Messages of 200 bytes, each sent when it is due.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks import isolated
from tests.benchmarks.flood import serving
from tests.benchmarks.report import Table, begin, parser, publish

SIZE = 200

#: Processor seconds, and messages.
Cost = tuple[float, int]


def _between(seconds: float, count: Callable[[], int]) -> Cost:
    """Wait while another thread receives."""
    time.sleep(0.3)  # until connecting is over
    used, before = time.process_time(), count()
    time.sleep(seconds)
    return time.process_time() - used, count() - before


def ours(url: str, seconds: float) -> Cost:
    """A session."""
    import kontena_ws_nb as kws

    with kws.connect(url, compression=False) as session:
        session.send("go")
        found = _between(seconds, lambda: len(session.messages))
        session.abort()
    return found


def _in_a_thread(receive: Callable[[], Any], seconds: float) -> Cost:
    log: list[Any] = []

    def run() -> None:
        try:
            while True:
                log.append(receive())
        except Exception:
            return

    threading.Thread(target=run, daemon=True).start()
    return _between(seconds, lambda: len(log))


def websocket_client(url: str, seconds: float) -> Cost:
    """websocket-client's `recv` in a thread."""
    import websocket

    socket = websocket.create_connection(url)
    socket.send("go")
    found = _in_a_thread(socket.recv, seconds)
    socket.shutdown()
    return found


def websockets(url: str, seconds: float) -> Cost:
    """The threaded client of websockets."""
    from websockets.sync.client import connect

    with connect(url, compression=None, close_timeout=0.1) as socket:
        socket.send("go")
        found = _in_a_thread(socket.recv, seconds)
        socket.socket.close()
    return found


def picows(url: str, seconds: float) -> Cost:
    """picows in an event loop."""
    from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

    async def run() -> Cost:
        log: list[str] = []

        class Listener(WSListener):
            def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
                if frame.msg_type == WSMsgType.TEXT:
                    log.append(frame.get_payload_as_utf8_text())

        transport, _ = await ws_connect(Listener, url)
        transport.send(WSMsgType.TEXT, b"go")
        await asyncio.sleep(0.3)
        used, before = time.process_time(), len(log)
        await asyncio.sleep(seconds)
        found = time.process_time() - used, len(log) - before
        transport.disconnect(graceful=False)
        await transport.wait_disconnected()
        return found

    return asyncio.run(run())


CLIENTS = {"ours": ours, "websocket-client": websocket_client, "websockets": websockets, "picows": picows}


def main(arguments: list[str]) -> int:
    """Run it."""
    options = parser(__doc__)
    options.add_argument("--rates", type=int, nargs="+", default=(100, 1000))
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--client", choices=list(CLIENTS), help="measure this one at --url in this process")
    options.add_argument("--url")
    given = options.parse_args(arguments)
    if given.client:
        print(json.dumps(CLIENTS[given.client](given.url, given.seconds)))
        return 0
    if given.small:
        given.seconds, given.rounds = 0.5, 1
    begin(given, f"{SIZE} B; µs of processor time a message")
    table = Table("Few messages: µs of processor time each", ["messages/s", *CLIENTS])
    with serving() as flood:
        for rate in given.rates:
            url = flood.feed("paced", SIZE).with_count(rate).url
            costs: dict[str, list[float]] = {name: [] for name in CLIENTS}
            for _ in range(given.rounds):
                for name in CLIENTS:
                    used, count = isolated.measured(
                        __spec__.name, "--client", name, "--url", url, "--seconds", given.seconds
                    )
                    costs[name].append(used / count * 1e6)
            medians = [statistics.median(cost) for cost in costs.values()]
            table.add([f"{rate:,}", *(f"{median:.0f}" for median in medians)])
            print(" | ".join(table.rows[-1]), flush=True)
    publish([table], given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
