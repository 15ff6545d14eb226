"""permessage-deflate with third-party servers: the negotiated parameters, and messages of mixed sizes that are echoed unchanged.

Node's ws with every perMessageDeflate option, `websockets` with every parameter, aiohttp's server, and nginx in
between.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.sync.server import ServerConnection, serve

import kontena_ws_nb as kws
from kontena_ws_nb.protocol.permessage_deflate import THRESHOLD, Parameters
from tests.lab.certificates import lab
from tests.lab.process import node_ws
from tests.lab.tls_programs import nginx
from tests.lab.waiting import wait_for

#: Around every length at which frames, windows or buffers change, and a few of no special length.
SIZES = (
    0,
    1,
    2,
    63,
    64,
    65,
    125,
    126,
    127,
    255,
    256,
    257,
    1000,
    4095,
    32_767,
    32_768,
    32_769,
    65_535,
    65_536,
    65_537,
    262_145,
    1_000_003,
)

WORDS = [
    "ping",
    "pong",
    "Größe",
    "価格",
    "🌍",
    "price",
    "volume",
    "bid",
    "ask",
    "symbol",
    "timestamp",
    "true",
    "false",
    "null",
    "0.001",
    "12345.678",
]


def messages(seed: int = 0) -> list[str | bytes]:
    """Text that compresses, noise that does not, and runs that compress to almost nothing, in mixed order; some come again."""
    chance = random.Random(seed)
    made: list[str | bytes] = []
    for size in SIZES:
        made += [
            chance.randbytes(size),
            bytes([size % 251]) * size,
            " ".join(chance.choices(WORDS, k=size // 6 + 1))[:size],
        ]
    made += [json.dumps({"id": n, "words": chance.choices(WORDS, k=5)}) for n in range(100)]
    made += chance.choices(made, k=30)
    chance.shuffle(made)
    return made


def ten_thousand() -> list[str | bytes]:
    """Ten thousand messages of mixed sizes: most are small, as they are in life, and some are larger than windows and socket buffers."""
    chance = random.Random(10_000)
    words = " ".join(chance.choices(WORDS, k=50_000))
    noise = chance.randbytes(200_000)
    made: list[str | bytes] = []
    for _ in range(10_000):
        size = int(2 ** chance.uniform(0, 17 if chance.random() < 0.02 else 11)) - 1
        at = chance.randrange(100_000)
        made.append(words[at : at + size] if chance.random() < 0.7 else noise[at : at + size])
    return made


def assert_echo(
    url: str,
    expected: Parameters | None,
    sent: list[str | bytes] | None = None,
    *,
    threshold: int = THRESHOLD,
    **options: Any,
) -> None:
    """Send everything at once; all must come back as sent, compressed when that was agreed and they reach the server's threshold."""
    sent = sent if sent is not None else messages()
    session = kws.connect(url, **options)
    assert session.handshake.compression == expected
    for message in sent:
        session.send(message)
    wait_for(lambda: session.stats.received_messages == len(sent) or session.closed, 60, "every echo")
    session.close()
    rows = [row for row in session.messages if row.direction == "received" and row.kind in ("text", "binary")]
    assert [type(row.data) for row in rows] == [type(message) for message in sent]
    assert [row.data for row in rows] == sent
    assert {row.compressed for row in rows if row.size >= threshold} == {expected is not None}
    assert not any(row.compressed for row in rows if row.size < threshold and threshold > THRESHOLD)
    assert session.close_code == 1000


# -- Node's ws

BITS = range(8, 16)

NODE: list[tuple[dict[str, Any], Parameters]] = [
    ({}, Parameters()),
    ({"serverNoContextTakeover": True}, Parameters(server_no_context_takeover=True)),
    ({"clientNoContextTakeover": True}, Parameters(client_no_context_takeover=True)),
    ({"serverNoContextTakeover": True, "clientNoContextTakeover": True}, Parameters(True, True)),
    *(({"serverMaxWindowBits": bits}, Parameters(server_max_window_bits=bits)) for bits in BITS),
    *(({"clientMaxWindowBits": bits}, Parameters(client_max_window_bits=bits)) for bits in BITS),
    (
        {
            "serverNoContextTakeover": True,
            "clientNoContextTakeover": True,
            "serverMaxWindowBits": 10,
            "clientMaxWindowBits": 9,
        },
        Parameters(True, True, 10, 9),
    ),
    *(({"zlibDeflateOptions": {"level": level}}, Parameters()) for level in (0, 1, 9)),
    *(({"zlibDeflateOptions": {"memLevel": memory, "chunkSize": 1024}}, Parameters()) for memory in (1, 9)),
    *(({"zlibDeflateOptions": {"strategy": strategy}}, Parameters()) for strategy in range(5)),
    ({"zlibInflateOptions": {"chunkSize": 64}}, Parameters()),
]


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    with node_ws("compress.js") as url:
        yield url


def node_url(node: str, options: dict[str, Any], fragments: int = 1) -> str:
    # threshold 0: ws would send what is shorter than 1 KiB as it is.
    return f"{node}/?options={quote(json.dumps({'threshold': 0, **options}))}&fragments={fragments}"


@pytest.mark.peer("node-ws")
@pytest.mark.parametrize(
    ("options", "expected"), NODE, ids=lambda value: json.dumps(value) if isinstance(value, dict) else ""
)
def test_node_ws(node: str, options: dict[str, Any], expected: Parameters) -> None:
    assert_echo(node_url(node, options), expected)


@pytest.mark.peer("node-ws")
@pytest.mark.parametrize("options", [{}, {"serverNoContextTakeover": True}, {"serverMaxWindowBits": 9}])
def test_node_ws_in_fragments(node: str, options: dict[str, Any]) -> None:
    expected = Parameters(options.get("serverNoContextTakeover", False), False, options.get("serverMaxWindowBits", 15))
    assert_echo(node_url(node, options, fragments=7), expected)


@pytest.mark.peer("node-ws")
def test_node_ws_with_a_threshold(node: str) -> None:
    """It counts only without context takeover (RFC 7692 has no rule for it)."""
    assert_echo(node_url(node, {"threshold": 1024, "serverNoContextTakeover": True}), Parameters(True), threshold=1024)
    assert_echo(node_url(node, {"threshold": 1024}), Parameters())


@pytest.mark.peer("node-ws")
@pytest.mark.parametrize("limit", [1, 100])
def test_node_ws_with_a_concurrency_limit(limit: int) -> None:
    """On a server of its own: the first connection of a process sets it for all."""
    with node_ws("compress.js") as url:
        assert_echo(node_url(url, {"concurrencyLimit": limit}), Parameters())


@pytest.mark.peer("node-ws")
@pytest.mark.parametrize("takeover", [True, False])
def test_node_ws_ten_thousand(node: str, takeover: bool) -> None:
    options = {} if takeover else {"serverNoContextTakeover": True, "clientNoContextTakeover": True}
    assert_echo(node_url(node, options), Parameters(not takeover, not takeover), ten_thousand())


@pytest.mark.peer("node-ws")
def test_node_ws_without(node: str) -> None:
    assert_echo(node_url(node, {}), None, compression=False)


# -- websockets


@contextmanager
def websockets_echo(factory: ServerPerMessageDeflateFactory) -> Iterator[str]:
    def echo(connection: ServerConnection) -> None:
        for message in connection:
            connection.send(message)

    with serve(echo, "127.0.0.1", 0, extensions=[factory], compression=None, max_size=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"server_no_context_takeover": True},
        {"client_no_context_takeover": True},
        *({"server_max_window_bits": bits} for bits in (9, 12, 15)),
        *({"client_max_window_bits": bits} for bits in (8, 9, 12, 15)),
        {
            "server_no_context_takeover": True,
            "client_no_context_takeover": True,
            "server_max_window_bits": 9,
            "client_max_window_bits": 9,
        },
    ],
    ids=str,
)
def test_websockets(given: dict[str, Any]) -> None:
    with websockets_echo(ServerPerMessageDeflateFactory(**given)) as url:
        assert_echo(url, Parameters(**given))


def test_statistics_tell_payloads_from_what_travels() -> None:
    with websockets_echo(ServerPerMessageDeflateFactory()) as url, kws.connect(url) as session:
        session.send("a" * 100_000)
        session.expect("aaa")
        stats = session.stats
    assert stats.sent_bytes == stats.received_bytes == 100_000
    assert 10 < stats.sent_wire_bytes < 1000
    assert 10 < stats.received_wire_bytes < 1000


def test_websockets_ten_thousand() -> None:
    with websockets_echo(ServerPerMessageDeflateFactory()) as url:
        assert_echo(url, Parameters(), ten_thousand())


# -- aiohttp


@contextmanager
def aiohttp_echo(**options: Any) -> Iterator[str]:
    """Run aiohttp's server on a loop of its own, in a thread."""
    from aiohttp import WSMsgType, web

    async def echo(request: web.Request) -> web.WebSocketResponse:
        response = web.WebSocketResponse(max_msg_size=0, **options)
        await response.prepare(request)
        async for message in response:
            await (
                response.send_str(message.data) if message.type is WSMsgType.TEXT else response.send_bytes(message.data)
            )
        return response

    ports: list[int] = []
    ready = threading.Event()
    stop = asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        application = web.Application()
        application.router.add_get("/", echo)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.append(runner.addresses[0][1])
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        assert ready.wait(30)
        yield f"ws://127.0.0.1:{ports[0]}/"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@pytest.mark.parametrize("compress", [True, False])
def test_aiohttp(compress: bool) -> None:
    with aiohttp_echo(compress=compress) as url:
        assert_echo(url, Parameters() if compress else None)


def test_aiohttp_ten_thousand() -> None:
    with aiohttp_echo(compress=True) as url:
        assert_echo(url, Parameters(), ten_thousand())


# -- nginx in between


@pytest.mark.peer("nginx")
@pytest.mark.parametrize("given", [{}, {"server_no_context_takeover": True, "client_max_window_bits": 10}], ids=str)
def test_nginx_in_between(given: dict[str, Any]) -> None:
    with (
        websockets_echo(ServerPerMessageDeflateFactory(**given)) as url,
        nginx("good", url.replace("ws://", "http://")) as port,
    ):
        assert_echo(f"wss://localhost:{port}/", Parameters(**given), ca_file=lab().ca_file)


@pytest.mark.peer("nginx")
def test_nginx_in_between_ten_thousand() -> None:
    with (
        websockets_echo(ServerPerMessageDeflateFactory()) as url,
        nginx("good", url.replace("ws://", "http://")) as port,
    ):
        assert_echo(f"wss://localhost:{port}/", Parameters(), ten_thousand(), ca_file=lab().ca_file)
