"""`demo`: starting, stopping, URLs, TLS, and every endpoint, with `websockets` as the client."""

from __future__ import annotations

import gzip
import http.client
import json
import logging
import os
import socket
import ssl
import struct
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType, SimpleNamespace
from unittest.mock import Mock
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from kontena_ws_nb import demo as room
from kontena_ws_nb import errors
from kontena_ws_nb.demo import server as server_module
from kontena_ws_nb.demo.server import DemoServer
from tests.lab.waiting import wait_for


def talk(url: str, **options: object) -> ClientConnection:
    # Without a queue's limit: this client stops reading at 16 messages, and then sees no close frame either.
    return connect(url, compression=None, close_timeout=5, max_queue=None, max_size=None, **options)  # type: ignore[arg-type]


def test_echo_of_text_and_bytes(demo: ModuleType) -> None:
    with talk(demo.url()) as client:
        for message in ("héllo", b"\0\xff", "", "x" * 2_000_000):
            client.send(message)
            assert client.recv(5) == message


def test_only_loopback_listens(demo: ModuleType) -> None:
    assert urlsplit(demo.url("ticker")).hostname == "127.0.0.1"
    assert demo.url("ticker") == demo.url() + "ticker"
    assert demo.url(tls=True).startswith("wss://127.0.0.1:")


@pytest.mark.parametrize(
    ("target", "ending", "tls"),
    [
        ("demo", "/", False),
        ("demo/", "/", False),
        ("demo/ticker", "/ticker", False),
        ("demo?x=1", "/?x=1", False),
        ("demo/flood?size=64", "/flood?size=64", False),
        ("demo+tls", "/", True),
        ("demo+tls/close?code=4001", "/close?code=4001", True),
    ],
)
def test_resolve(demo: ModuleType, target: str, ending: str, tls: bool) -> None:
    assert demo.resolve(target) == demo.url(ending, tls=tls)


@pytest.mark.parametrize("target", ["ws://demo", "demos", "demo+ssl", "", "wss://example.org/demo", "DEMO"])
def test_resolve_leaves_other_targets_alone(target: str) -> None:
    assert room.resolve(target) is None


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("demo/tickr", "the demo server has no such endpoint: did you mean demo/ticker?"),
        ("demo/Ticker?rate=5", "the demo server has no such endpoint: did you mean demo/ticker?"),
        ("demo+tls/clos?code=4001", "the demo server has no such endpoint: did you mean demo/close?"),
        ("demo/zzz", "the demo server has no such endpoint: there are demo, demo/"),
    ],
)
def test_a_mistyped_endpoint_is_told_before_anything_is_started(
    target: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_server", None)  # other tests use the one that runs
    with pytest.raises(ValueError, match="no such endpoint") as caught:
        room.resolve(target)
    assert str(caught.value).startswith(told)
    assert not room.running()


def test_the_certificate_verifies_once_trusted_and_not_before(demo: ModuleType) -> None:
    trusting = ssl.create_default_context(cadata=demo.certificate_pem().decode())
    with talk(demo.url(tls=True), ssl=trusting) as client:
        client.send("over TLS")
        assert client.recv(5) == "over TLS"
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed certificate"):
        talk(demo.url(tls=True), ssl=ssl.create_default_context())


def test_ticker_trades_and_takes_orders(demo: ModuleType) -> None:
    with talk(demo.url("ticker?rate=500")) as client:
        first = json.loads(client.recv(5))
        assert (first["type"], first["id"]) == ("trade", 1)
        client.send('{"op": "subscribe", "symbols": ["ETH-USD"], "id": 7}')
        while (answer := json.loads(client.recv(5)))["type"] == "trade":
            pass
        assert answer == {"id": 7, "type": "subscribed", "symbols": ["ETH-USD"]}
        assert {json.loads(client.recv(5))["symbol"] for _ in range(5)} == {"ETH-USD"}
        client.send('{"op": "unsubscribe"}')
        while (answer := json.loads(client.recv(5)))["type"] == "trade":
            pass
        assert answer == {"type": "unsubscribed", "symbols": []}


def test_ticker_that_counts_ends_normally_after_so_many(demo: ModuleType) -> None:
    with talk(demo.url("ticker?rate=1000&count=3")) as client:
        assert [json.loads(client.recv(5))["id"] for _ in range(3)] == [1, 2, 3]
        with pytest.raises(ConnectionClosedOK) as caught:
            client.recv(5)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1000


@pytest.mark.parametrize(
    "nonsense",
    [
        "hello",
        "[]",
        "{}",
        '{"op": "buy"}',
        '{"op": "subscribe", "symbols": ["X"]}',
        '{"op": "subscribe", "symbols": 5}',
        b"\xff",
    ],
)
def test_ticker_says_what_it_did_not_understand(demo: ModuleType, nonsense: str | bytes) -> None:
    with talk(demo.url("ticker?rate=0.1")) as client:
        client.send(nonsense)
        answer = json.loads(client.recv(5))
        assert (answer["type"], answer["try"]["op"]) == ("error", "subscribe")


@pytest.mark.parametrize(
    "query", ["count=2500", "count=2500&size=64", "count=300&rate=100000", "count=20&rate=1000", "count=5&size=70000"]
)
def test_flood_is_numbered_without_gaps_and_ends_with_1000(demo: ModuleType, query: str) -> None:
    count = int(query.split("&", 1)[0].split("=")[1])
    with talk(demo.url(f"flood?{query}")) as client:
        assert [json.loads(m)["n"] for m in client] == list(range(count))
        assert (client.close_code, client.close_reason) == (1000, f"{count} messages sent")


def test_flood_without_end_stops_when_the_client_closes(demo: ModuleType) -> None:
    with talk(demo.url("flood")) as client:
        assert json.loads(client.recv(5))["n"] == 0
        client.send("ignored")
    assert client.close_code == 1000


def test_binary_shows_a_struct_a_picture_gzip_and_every_byte(demo: ModuleType) -> None:
    with talk(demo.url("binary?rate=1000")) as client:
        packed, png, packed_json, all_bytes, second = (client.recv(5) for _ in range(5))
        assert isinstance(packed, bytes)
        assert isinstance(packed_json, bytes)
        assert struct.unpack("<Id8s", packed)[::2] == (1, b"BTC-USD\0")
        assert isinstance(png, bytes)
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        assert json.loads(gzip.decompress(packed_json)) == {"type": "trade", "id": 1}
        assert all_bytes == bytes(range(256))
        assert isinstance(second, bytes)
        assert struct.unpack("<Id8s", second)[::2] == (2, b"BTC-USD\0")


@pytest.mark.parametrize(
    ("query", "code", "reason"),
    [("", 4000, "demo"), ("?code=1011&reason=", 1011, ""), ("?code=4999&reason=b%C3%BCe", 4999, "büe")],
)
def test_close_says_goodbye_first(demo: ModuleType, query: str, code: int, reason: str) -> None:
    with talk(demo.url("close" + query)) as client:
        assert json.loads(client.recv(5)) == {"type": "goodbye", "code": code, "reason": reason}
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(5)
        assert caught.value.rcvd is not None
        assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (code, reason)


def test_headers_tells_what_it_saw(demo: ModuleType) -> None:
    with talk(demo.url("headers"), additional_headers={"X-Debug": "1"}) as client:
        seen = json.loads(client.recv(5))
        assert ["X-Debug", "1"] in seen["headers"]
        assert seen["path"] == "/headers"
        client.send("and echoes")
        assert client.recv(5) == "and echoes"


def test_fragments_arrive_in_pieces(demo: ModuleType) -> None:
    with talk(demo.url("fragments?size=4")) as client:
        assert len(list(client.recv_streaming())) > 10
        client.send(b"123456789")
        assert [bytes(p) for p in client.recv_streaming()][:3] == [b"1234", b"5678", b"9"]


def test_silent_says_nothing_but_answers_pings(demo: ModuleType) -> None:
    with talk(demo.url("silent")) as client:
        client.send("anybody?")
        assert client.ping().wait(5)
        with pytest.raises(TimeoutError):
            client.recv(0.01)


def test_pings_measures_our_pong(demo: ModuleType) -> None:
    with talk(demo.url("pings?interval=0.01")) as client:
        pongs = [json.loads(client.recv(5)) for _ in range(2)]
        assert {p["type"] for p in pongs} == {"pong"}
        assert all(0 <= p["seconds"] < 5 for p in pongs)


def test_abort_sends_no_close_frame(demo: ModuleType) -> None:
    with talk(demo.url("abort")) as client:
        assert "without a close frame" in str(client.recv(5))
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(5)
        assert caught.value.rcvd is None


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("tickr", 404, "No such endpoint: /tickr\n\n/ "),
        ("ticker?speed=2", 400, "no parameter 'speed'; this endpoint has: rate, seed, count\n"),
        ("silent?x=", 400, "no parameter 'x'; this endpoint has: none\n"),
        ("ticker?rate=fast", 400, "rate: 'fast' is not a number\n"),
        ("ticker?rate=nan", 400, "rate: nan is not between 0.1 and 10000\n"),
        ("flood?size=3", 400, "size: 3 is not between 64 and 16777216\n"),
        ("close?code=1005", 400, "code: 1005 may not be sent"),
        ("close?reason=" + "x" * 124, 400, "reason: longer than the 123 bytes"),
        ("reject", 401, "401 Unauthorized: refused because you asked for it\n"),
        ("reject?status=503", 503, "503 Service Unavailable"),
        ("reject?status=499", 418, "418 I'm a Teapot"),
    ],
)
def test_refusals_say_why(demo: ModuleType, path: str, status: int, body: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        talk(demo.url(path))
    response = caught.value.response
    assert response.status_code == status
    assert response.body.decode().startswith(body)
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def test_a_browser_gets_an_answer_too(demo: ModuleType) -> None:
    address = urlsplit(demo.url())
    plain = http.client.HTTPConnection(str(address.hostname), address.port, timeout=5)
    plain.request("GET", "/")
    response = plain.getresponse()
    assert response.status == 426
    assert response.read()
    plain.close()


def test_broken_handshakes_make_no_noise_but_failing_endpoints_do(
    demo: ModuleType, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = urlsplit(demo.url())
    with socket.create_connection((str(address.hostname), address.port or 0), 5) as raw:
        raw.sendall(b"\x16\x03\x01\x00garbage\r\n\r\n")
        while raw.recv(4096):
            pass
    assert caplog.records == []

    async def fail(*_: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setitem(demo.ENDPOINTS, "fail", demo.endpoints.Endpoint("fails", fail))
    with talk(demo.url("fail")) as client:
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(5)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1011
    wait_for(lambda: [r.getMessage() for r in caplog.records] == ["connection handler failed"])


def test_each_server_stops_by_itself_and_closes_with_1001() -> None:
    server = DemoServer()
    server.start()
    with talk(server.url("flood")) as flooded, talk(server.url()) as idle:
        flooded.recv(5)
        server.stop()
        with pytest.raises(ConnectionClosed) as caught:
            idle.recv(5)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1001
    with pytest.raises(errors.Error, match="the demo server is not running; start"):
        server.url()
    server.stop()


def test_the_module_starts_one_server_on_demand_and_stops_it(demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_server", None)
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lambda _: demo.url(), range(8)))) == 1
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lambda _: demo.url(tls=True), range(8)))) == 1
    demo.stop()
    demo.stop()


def test_an_address_that_cannot_be_listened_on() -> None:
    server = DemoServer(host="192.0.2.1")  # TEST-NET-1 (RFC 5737): nobody's address
    with pytest.raises(errors.Error, match=r"the demo server cannot listen on 192\.0\.2\.1: "):
        server.start()


def test_a_forked_child_lets_go_of_the_sockets_and_keeps_their_numbers() -> None:
    """As `system/test_forks.py` shows with a real child; here in this process, with sockets of its own."""
    near, far = socket.socketpair()
    closed, other = socket.socketpair()
    closed.close()
    other.close()
    server = DemoServer()
    server._servers[False] = SimpleNamespace(sockets=[near, closed])  # type: ignore[assignment]
    held, peer = socket.socketpair()
    connection = Mock(transport=SimpleNamespace(get_extra_info={"socket": held}.get))
    server._connections.add(connection)
    with near, far, held, peer:
        number = near.fileno()
        server.forked(4711)
        assert (far.recv(1), peer.recv(1)) == (b"", b"")
        assert os.fstat(number).st_rdev == os.stat(os.devnull).st_rdev
        assert not os.get_inheritable(number)
    with pytest.raises(errors.Error, match="not running"):
        server.url()


def test_a_server_that_is_stopped_while_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_server", None)
    monkeypatch.setattr(room, "url", lambda **_: "")
    with pytest.raises(RuntimeError, match="stopped meanwhile; try again"):
        room.certificate_pem()


def test_a_forked_child_forgets_its_parents_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_server", object())
    lock = room._lock
    room._forget()
    assert room._server is None
    assert room._lock is not lock


def test_the_server_logs_under_our_name() -> None:
    assert server_module.logger is logging.getLogger("kontena_ws_nb.demo")
