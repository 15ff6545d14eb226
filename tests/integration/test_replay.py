"""Captures played to other implementations' clients: each gets every byte, in order, and in time."""

from __future__ import annotations

import contextlib
import json
import math
import subprocess
import threading
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.playback.script import Script
from kontena_ws_nb.playback.server import Replay
from kontena_ws_nb.protocol.batch import Batch
from kontena_ws_nb.recording.records import ConnectionRecord
from tests.browser.harness import Browser
from tests.lab import peers
from tests.lab.playing import START, script, shaken

#: What is hard to carry: nothing at all, all bytes, text of every width, one of some size.
HARD = [
    ("text", b""),
    ("binary", b""),
    ("binary", bytes(range(256))),
    ("text", "\x00\x7f\x80߿ࠀ￿𐀀\U0010ffff".encode()),
    ("text", b'{"n":9007199254740993}'),
    ("binary", b"\xff" * 70_000),
    ("text", b"x" * 70_000),
]


@pytest.fixture
def server() -> Iterator[Replay]:
    rows = [(at, kind, payload) for at, (kind, payload) in enumerate(HARD)]
    end = (9, "close", b"\x0f\xa1" + "Tschüß".encode())
    with Replay([script(*rows, end, handshake=shaken("/feed?x=1", subprotocol="v1"))]) as made:
        yield made


def as_hex(data: str | bytes) -> tuple[str, str]:
    return ("text", data.encode().hex()) if isinstance(data, str) else ("binary", data.hex())


EXPECTED = [(kind, payload.hex()) for kind, payload in HARD]


def test_websockets_gets_every_byte(server: Replay) -> None:
    with connect(server.url, subprotocols=["v1"]) as client:  # type: ignore[list-item]
        assert client.subprotocol == "v1"
        found = [as_hex(client.recv(10)) for _ in EXPECTED]
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(10)
    assert found == EXPECTED
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4001, "Tschüß")


NODE = """
const WebSocket = require('ws');
const socket = new WebSocket(process.argv[1], ['v1']);
const found = [];
socket.on('message', (data, binary) => found.push([binary ? 'binary' : 'text', data.toString('hex')]));
socket.on('close', (code, reason) => console.log(JSON.stringify([socket.protocol, found, code, reason.toString()])));
"""


@pytest.mark.peer("node-ws")
def test_nodes_ws_gets_every_byte(server: Replay) -> None:
    environ = {"NODE_PATH": str(peers.NODE_WS.node_modules), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(
        ["node", "-e", NODE, server.url], env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    protocol, found, code, reason = json.loads(done.stdout)
    assert (protocol, list(map(tuple, found)), code, reason) == ("v1", EXPECTED, 4001, "Tschüß")


PAGE = """url => new Promise((resolve) => {
  const socket = new WebSocket(url, ['v1']), found = [];
  const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({ data }) =>
    found.push(typeof data === 'string' ? ['text', hex(new TextEncoder().encode(data))] : ['binary', hex(data)]);
  socket.onclose = ({ code, reason }) => resolve([socket.protocol, found, code, reason]);
})"""


def test_a_browser_gets_every_byte(server: Replay) -> None:
    with Browser() as browser:
        protocol, found, code, reason = browser.page().evaluate(PAGE, server.url)
    assert (protocol, list(map(tuple, found)), code, reason) == ("v1", EXPECTED, 4001, "Tschüß")


def waited() -> float:
    """Seconds that the threads of this process were ready to run and had no processor (Linux, sched-stats.rst)."""
    found = 0
    for path in Path("/proc/self/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):  # the thread has ended
            found += int(path.read_text().split()[1])
    return found / 1e9


def test_ten_thousand_messages_a_second_keep_their_spacing() -> None:
    # One second, a message each 100 µs. What others take of the processors makes it late, and is measured; waiting from
    # message to message instead of by the clock would make it late by 1 ms a message, which is what epoll waits at least.
    count = 10_000
    log = MessageLog()
    payloads = [b'{"n":%d}' % n for n in range(count)]
    for at, payload in enumerate(payloads):
        log.add("text", payload, time_ns=START + at * 100_000)
    with Replay([Script(ConnectionRecord(opened_ns=START), log)]) as server, connect(server.url) as client:
        came, before = [], waited()
        for payload in payloads:
            assert client.recv(10, decode=False) == payload
            came.append(time.perf_counter())
        busy = waited() - before
    late = sorted(came[at] - came[0] - at / count for at in range(count))
    spread = late[round(0.95 * count)] - late[round(0.05 * count)]
    print(f"spacing: 90 % within {1000 * spread:.1f} ms; without a processor for {1000 * busy:.0f} ms")
    assert spread < 0.1 + busy


def test_a_million_messages_are_not_copied_first() -> None:
    rows = [b"%06d" % n for n in range(1000)]
    log = MessageLog()
    for part in range(1000):
        bounds = list(accumulate(map(len, rows), initial=0))
        log.append(Batch(b"".join(rows), bounds, bytes((1,)) * 1000), START + part)
    before = threading.active_count()
    with Replay([Script(ConnectionRecord(opened_ns=START), log)], math.inf) as server:
        with connect(server.url) as client:
            assert client.recv(10) == "000000"  # the first comes at once
        assert server.wait()
    assert threading.active_count() == before
