"""Many threads and many connections at once.

Small by default, so that all of it takes well under a minute; ``KWS_STRESS=full`` in the environment runs the sizes the
project promises: 100,000 messages both ways over TLS, 500 connections, 1,000 closes.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import subprocess
import sys
import threading
import time
from types import ModuleType
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.connection.client import Client
from tests.lab.certificates import lab
from tests.lab.interrupts import interrupt_soon
from tests.lab.leaks import Snapshot, resident
from tests.lab.process import process
from tests.lab.raw_server import Peer, RawServer, echo, frame, text
from tests.lab.waiting import wait_for

FULL = os.environ.get("KWS_STRESS") == "full"
MESSAGES = 100_000 if FULL else 8_000
CONNECTIONS = 500 if FULL else 60
CLOSES = 1_000 if FULL else 60
SENDERS = 8

pytestmark = pytest.mark.timeout(600 if FULL else 120)

#: An echo server in a process of its own: our threads and its loop would share one interpreter otherwise.
_SERVER = """
import asyncio, ssl, sys
from websockets.asyncio.server import serve
async def echo(connection):
    async for message in connection:
        await connection.send(message)
async def main():
    context = None
    if sys.argv[1] != "-":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
    async with serve(echo, "127.0.0.1", 0, ssl=context, compression=sys.argv[3] or None, max_size=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().create_future()
asyncio.run(main())
"""


@contextlib.contextmanager
def echo_server(*, tls: bool, compression: str = "") -> Any:
    files = (lab().path("good.pem"), lab().path("good.key")) if tls else ("-", "-")
    with process([sys.executable, "-c", _SERVER, *files, compression]) as child:
        assert child.stdout is not None
        port = int(child.stdout.readline())
        yield f"{'wss://localhost' if tls else 'ws://127.0.0.1'}:{port}/"


def payload(sender: int, number: int) -> str:
    """A message that shows whether it is whole: 20 to about 2,000 bytes."""
    body = f"{sender} {number} " + "ü" * (number * 37 % 1000)
    return f"{body} {len(body)}"


@pytest.mark.parametrize("compression", ["", "deflate"])
def test_eight_senders_and_one_reader_over_tls(compression: str) -> None:
    """Order per sender is kept; nothing is lost or torn, in either direction."""
    each = MESSAGES // SENDERS

    with echo_server(tls=True, compression=compression) as url, Client.connect(url, ca_file=lab().ca_file) as client:
        problems: list[BaseException] = []

        def send(sender: int) -> None:
            try:
                for number in range(each):
                    client.send(payload(sender, number))
            except BaseException as error:
                problems.append(error)
                client.abort()

        threads = [threading.Thread(target=send, args=(sender,)) for sender in range(SENDERS)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        following = [0] * SENDERS
        for _ in range(each * SENDERS):
            message = client.read(60)
            assert isinstance(message, str)
            sender, number, *_ = message.split(" ", 2)
            assert int(number) == following[int(sender)]
            assert message == payload(int(sender), int(number))
            following[int(sender)] += 1
        took = time.monotonic() - started
        for thread in threads:
            thread.join(30)
        assert problems == []
        assert following == [each] * SENDERS
        with pytest.raises(kws.TimeoutError):
            client.read(0.05)  # nothing came twice
    print(
        f"{each * SENDERS:,} messages each way over TLS{' compressed' if compression else ''}: {each * SENDERS / took:,.0f} a second"
    )


def test_a_session_under_the_same_load() -> None:
    each = MESSAGES // SENDERS
    with echo_server(tls=True) as url, kws.connect(url, "stress", ca_file=lab().ca_file) as session:
        threads = [
            threading.Thread(target=lambda s=s: [session.send(payload(s, n)) for n in range(each)])  # type: ignore[misc]
            for s in range(SENDERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(300)
        wait_for(lambda: session.stats.received_messages == each * SENDERS, 60)
        sent = [message.text for message in session.messages if message.direction == "sent" and message.kind == "text"]
        received = [
            message.text for message in session.messages if message.direction == "received" and message.kind == "text"
        ]
    assert received == sent  # an echo: the order of the log is the order on the wire


def test_connecting_and_closing_again_and_again(demo: ModuleType) -> None:
    """Neither threads nor descriptors nor memory are left."""
    for tls in (False, True):
        url = demo.url(tls=tls)

        def once(url: str = url, tls: bool = tls) -> None:
            session = kws.connect(url, "again", ssl_verify=False)
            session.send("x")
            assert session.read() is not None
            (session.close if random.random() < 0.8 else session.abort)()
            with Client.connect(url, ssl_verify=False) as client:
                client.send("y")
                assert client.read(10) == "y"

        for _ in range(CONNECTIONS // 10):
            once()  # caches fill
        gc.collect()
        before, memory = Snapshot.take(), resident()
        for _ in range(CONNECTIONS // 2):
            once()
        gc.collect()
        assert before.check() == []
        grown = resident() - memory
        assert grown < (8 << 20) + CONNECTIONS * 4096, f"{grown:,} bytes more after {CONNECTIONS} connections"


SERVERS = {
    "quick": echo,
    "flooding": lambda peer: _flood(peer),
    "silent": Peer.hang,
    "half a frame": lambda peer: (peer.send(frame(2, bytes(100))[:50]), peer.hang()),
    "closing too": lambda peer: peer.close(1001),
}


def _flood(peer: Peer) -> None:
    chunk = text("x" * 200) * 50
    with contextlib.suppress(OSError):
        while not peer.server.stopping.is_set():
            peer.send(chunk)


@pytest.mark.parametrize("kind", SERVERS)
def test_close_from_another_thread_at_any_moment(kind: str) -> None:
    """It returns within close_timeout + 0.1 s of the server's last sign of life, whatever the reader and a sender are doing.

    What the server's kernel takes before the close frame is such a sign (`protocol.answer_timeout`): here once, its buffers are small.
    """
    limit = 0.1
    late: list[float] = []
    dice = random.Random(kind)
    with RawServer(SERVERS[kind], receive_buffer=4096) as server:
        for _ in range(CLOSES // len(SERVERS)):
            client = Client.connect(server.url, close_timeout=limit)
            ends: list[Any] = []
            go = threading.Event()

            def read(client: Client = client, ends: list[Any] = ends, go: threading.Event = go) -> None:
                go.set()
                try:
                    ends.append(sum(1 for _ in client))
                except kws.CloseError as error:
                    ends.append(error)

            def send(client: Client = client) -> None:
                with contextlib.suppress(kws.SocketError, kws.TimeoutError):
                    while True:
                        client.send(b"x" * 10_000)

            threads = [threading.Thread(target=read), threading.Thread(target=send)]
            for thread in threads:
                thread.start()
            go.wait(10)
            threading.Event().wait(dice.random() * 0.01)  # the random moment
            started = time.monotonic()
            client.close()
            took = time.monotonic() - started
            if took > 2 * limit + 0.1:
                late.append(took)
            wait_for(lambda client=client: client.closed)  # type: ignore[misc]
            for thread in threads:
                thread.join(20)
                assert not thread.is_alive()
            assert len(ends) == 1
    # Other work on the machine delays threads; a hang would be seconds.
    assert len(late) <= max(1, CLOSES // len(SERVERS) // 50), f"late: {sorted(late)}"
    assert max(late, default=0) < limit + 1


@pytest.mark.parametrize("what", ["read", "expect", "ping", "join", "iterate"])
def test_an_interrupt_stops_a_wait_at_once_and_the_session_is_immune(what: str) -> None:
    waits: dict[str, Any] = {
        "read": lambda session: session.read(None),
        "expect": lambda session: session.expect("never", None),
        "ping": lambda session: session.ping(None),
        "join": lambda session: session.join(),
        "iterate": list,
    }
    script = echo if what != "ping" else lambda peer: peer.answer_close()
    with RawServer(script) as server, kws.connect(server.url, "immune") as session:
        started = time.monotonic()
        with interrupt_soon(0.1), pytest.raises(KeyboardInterrupt):
            waits[what](session)
        assert time.monotonic() - started < 0.5
        if what != "ping":
            session.send("still there")
            assert session.expect("still there").data == "still there"
        assert session.state == "open"


@pytest.mark.parametrize("phase", ["tcp", "tls", "upgrade"])
def test_an_interrupt_stops_connecting_at_once(phase: str) -> None:
    from tests.integration.test_faults import full_queue

    with contextlib.ExitStack() as stack:
        if phase == "tcp":
            url = f"ws://127.0.0.1:{stack.enter_context(full_queue())}/"
        else:
            server = stack.enter_context(RawServer(Peer.hang, handshake=False))
            url = server.url if phase == "upgrade" else server.url.replace("ws://", "wss://")
        started = time.monotonic()
        with interrupt_soon(0.1), pytest.raises(KeyboardInterrupt):
            kws.connect(url, "never")
        assert time.monotonic() - started < 0.5
        assert "never" not in kws.sessions


def test_the_process_ends_with_sessions_open() -> None:
    """At exit the server hears 1001, and nobody waits."""
    program = (
        "import sys, kontena_ws_nb as kws\n"
        "session = kws.connect(sys.argv[1])\n"
        "session.send('x'); session.read(); print('leaving', flush=True)\n"
    )
    with RawServer(lambda peer: (peer.send(text("hello")), peer.expect(1), peer.answer_close())[-1]) as server:
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program, server.url],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "leaving\n", "")
        assert server.result() == (1001, "going away")
        assert time.monotonic() - started < 15


def test_requests_in_parallel(demo: ModuleType) -> None:
    """Each thread gets the answer to its own question."""
    with kws.connect(demo.url(), "parallel") as session:
        wrong: list[Any] = []

        def ask(thread: int) -> None:
            for number in range(25):
                identity = f"{thread}-{number}"
                answer = session.request({"id": identity}, match={"id": identity}).json()
                if answer != json.loads(f'{{"id": "{identity}"}}'):
                    wrong.append(answer)

        threads = [threading.Thread(target=ask, args=(thread,)) for thread in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert wrong == []
