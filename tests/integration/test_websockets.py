"""Client and session with `websockets`, through the demo server, plain and over TLS."""

from __future__ import annotations

import threading
from pathlib import Path
from types import ModuleType

import pytest

import kontena_ws_nb as kws
from tests.lab.waiting import wait_for


@pytest.fixture
def options(demo: ModuleType, tmp_path: Path) -> dict[str, str]:
    """Trust in the demo's certificate."""
    file = tmp_path / "demo.pem"
    file.write_bytes(demo.certificate_pem())
    return {"ca_file": str(file)}


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("compression", [True, False])
def test_echo_in_order_from_several_threads(
    demo: ModuleType, options: dict[str, str], tls: bool, compression: bool
) -> None:
    threads, each = 4, 250
    with kws.Client.connect(demo.url(tls=tls), compression=compression, **options) as client:

        def send(who: int) -> None:
            for n in range(each):
                client.send(f"{who} {n} " + "x" * (n * 7))

        senders = [threading.Thread(target=send, args=(who,)) for who in range(threads)]
        for sender in senders:
            sender.start()
        received = [client.read(30) for _ in range(threads * each)]
        for sender in senders:
            sender.join()
    for who in range(threads):
        own = [str(m).split(" ", 2)[1] for m in received if str(m).startswith(f"{who} ")]
        assert own == [str(n) for n in range(each)]


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("size", [64, 200, 70_000])
def test_a_flood_leaves_no_gap(demo: ModuleType, options: dict[str, str], tls: bool, size: int) -> None:
    count = 20_000_000 // size // 4
    session = kws.connect(demo.url(f"flood?size={size}&count={count}", tls=tls), **options)
    wait_for(lambda: session.closed, 60, "the end of the flood")
    numbers = [message.json()["n"] for message in session.messages if message.kind == "text"]
    assert numbers == list(range(count))
    assert (session.close_code, session.close_reason) == (1000, f"{count} messages sent")


def test_close_code_and_reason_of_the_server(demo: ModuleType) -> None:
    session = kws.connect(demo.url("close"))
    assert session.read(10).json()["type"] == "goodbye"
    with pytest.raises(kws.CloseError) as caught:
        session.read(10)
    assert (caught.value.code, caught.value.reason) == (4000, "demo")


def test_fragments_binary_and_pings(demo: ModuleType) -> None:
    fragments = kws.connect(demo.url("fragments?size=3"), "fragments")
    assert fragments.read(10).text.startswith("This text came as several frames")
    fragments.send(b"0123456789")
    assert fragments.read(10).data == b"0123456789"
    fragments.close()
    pings = kws.connect(demo.url("pings?interval=0.01"), "pings")
    assert pings.expect({"type": "pong"}).json()["seconds"] < 10
    pings.close()
    assert {"ping", "pong"} <= {message.kind for message in pings.messages}


def test_an_aborted_connection(demo: ModuleType) -> None:
    session = kws.connect(demo.url("abort"))
    assert "without a close frame" in session.read(10).text
    with pytest.raises(kws.EOFError):
        session.read(10)
    assert session.close_code == 1006
