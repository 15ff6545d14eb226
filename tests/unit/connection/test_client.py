"""`Client`: connecting, reading, iterating, sending, and its properties."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.connection.client import Client
from tests.lab.certificates import lab
from tests.lab.raw_server import BINARY, CLOSE, PING, TEXT, Peer, RawServer, close_frame, frame, text
from tests.lab.tls_server import TLSServer, accept_websocket, server_context
from tests.lab.waiting import wait_for


def test_facts_of_a_plain_connection() -> None:
    with RawServer(headers=("X-Served-By: lab",)) as server:
        with Client.connect(server.url) as client:
            assert client.url == server.url
            assert (client.host, client.port) == ("127.0.0.1", server.port)
            assert client.http_status == 101
            assert client.http_headers["X-Served-By"] == "lab"
            assert (client.ssl, client.ssl_verify, client.ssl_hostname) == (False, True, None)
            assert client.ssl_cert is None
            assert client.verify_ssl_cert() is None
            assert repr(client) == f"<Client {server.url} open>"
        assert repr(client) == f"<Client {server.url} closed>"


def test_facts_of_a_tls_connection() -> None:
    with TLSServer("good", handler=accept_websocket) as server:
        with Client.connect(f"wss://localhost:{server.port}/", ca_file=lab().ca_file) as client:
            assert (client.ssl, client.ssl_verify, client.ssl_hostname) == (True, True, "localhost")
            certificate = client.ssl_cert
            assert certificate is not None
            assert client.verify_ssl_cert() is certificate


def test_a_bad_certificate_without_verification() -> None:
    with TLSServer("expired", handler=accept_websocket) as server:
        options = {"ssl_verify": False, "ssl_hostname": "good.test", "ca_file": lab().ca_file}
        with Client.connect(f"wss://localhost:{server.port}/", **options) as client:
            assert not client.ssl_verify
            assert client.ssl_cert is client.ssl_cert  # judged once
            with pytest.raises(kws.SSLVerifyError) as caught:
                client.verify_ssl_cert()
    assert caught.value.verify_code == 10


def test_options_by_name_or_value() -> None:
    with RawServer() as server, Client.connect(server.url, kws.Options(ping_interval=None), ping_timeout=3) as client:
        assert (client.options.ping_interval, client.options.ping_timeout) == (None, 3)


def test_credentials_are_not_shown() -> None:
    with RawServer() as server, Client.connect(f"ws://me:secret@127.0.0.1:{server.port}/?token=abc") as client:
        assert client.url == f"ws://127.0.0.1:{server.port}/?token=***"


def test_refused() -> None:
    with RawServer() as server:
        url = server.url
    with pytest.raises(kws.ConnectError, match="Connection refused"):
        Client.connect(url)


@pytest.mark.parametrize(
    ("data", "opcode", "payload"),
    [
        ("grüße", TEXT, "grüße".encode()),
        (b"\0\xff", BINARY, b"\0\xff"),
        (bytearray(b"a"), BINARY, b"a"),
        (memoryview(b"abcd")[::2], BINARY, b"ac"),
        ("", TEXT, b""),
    ],
)
def test_send(data: Any, opcode: int, payload: bytes) -> None:
    with RawServer(lambda peer: (peer.read(), peer.answer_close())[0]) as server:
        with Client.connect(server.url) as client:
            client.send(data)
        assert server.result() == (opcode, payload)


@pytest.mark.parametrize("data", [None, 1, ["a"], {"a": 1}])
def test_send_something_else(data: Any) -> None:
    with RawServer() as server, Client.connect(server.url) as client:
        with pytest.raises(
            TypeError, match=rf"^a message is str \(text\) or bytes \(binary\), got {type(data).__name__}; for JSON"
        ):
            client.send(data)
        client.send("usable")
        assert client.read() == "usable"


def test_send_after_close() -> None:
    with RawServer() as server:
        client = Client.connect(server.url)
        client.close()
        with pytest.raises(kws.SocketError) as caught:
            client.send("x")
        assert str(caught.value) == f"{client.url}: cannot send: the connection is closed with 1000; connect again"
        with pytest.raises(kws.SocketError, match="cannot ping: the connection is closed"):
            client.ping()


def test_send_while_closing() -> None:
    with RawServer(Peer.answer_close) as server:
        client = Client.connect(server.url)
        client.connection.close_at_exit()
        with pytest.raises(kws.SocketError, match="cannot send: the connection is closing; connect again"):
            client.send("x")
        client.close()


def test_send_into_a_reset_connection() -> None:
    gone = threading.Event()
    with RawServer(lambda peer: (peer.reset(), gone.set())) as server:
        client = Client.connect(server.url)
        assert gone.wait(10)
        with pytest.raises(kws.SocketError) as caught:  # noqa: PT012 - the first send may still get through
            while True:
                client.send("x")
        assert str(caught.value).startswith(f"{client.url}: sending failed: ")
        assert isinstance(caught.value, OSError)
        with pytest.raises(kws.EOFError):
            client.read()


def test_compression() -> None:
    """Compressed both ways, short messages not; the frames' RSV1 is looked at by the server's library tests."""
    server_side: list[tuple[int, int]] = []

    def script(peer: Peer) -> None:
        for _ in range(2):
            first = peer._exactly(1)[0]
            peer._have = bytes([first]) + peer._have
            opcode, payload = peer.read()
            server_side.append((first, len(payload)))
            peer.send(frame(opcode, payload, rsv1=bool(first & 0x40)))
        peer.answer_close()

    with RawServer(
        script, headers=("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover",)
    ) as server:
        with Client.connect(server.url) as client:
            client.send("short")
            client.send("long " * 100)
            assert client.read() == "short"
            assert client.read() == "long " * 100
    assert server_side[0] == (0x81, 5)
    assert server_side[1][0] == 0xC1
    assert server_side[1][1] < 50


# ---- reading


def test_read_text_and_binary() -> None:
    def script(peer: Peer) -> None:
        peer.send(
            text("a")
            + frame(BINARY, b"b")
            + frame(PING, b"")
            + text("")
            + frame(TEXT, b"c", fin=False)
            + frame(0, b"d")
        )
        peer.answer_close()

    with RawServer(script) as server, Client.connect(server.url) as client:
        assert [client.read() for _ in range(4)] == ["a", b"b", "", "cd"]


def test_read_in_time() -> None:
    with RawServer() as server, Client.connect(server.url) as client:
        for timeout in (0, 0.05):
            started = time.monotonic()
            with pytest.raises(kws.TimeoutError) as caught:
                client.read(timeout)
            assert timeout <= time.monotonic() - started < timeout + 1
            assert str(caught.value) == f"{client.url}: no message within {timeout:g} s"
            assert (caught.value.phase, caught.value.seconds) == ("read", timeout)
        client.send("still usable")
        assert client.read(5) == "still usable"


def test_iteration_ends_when_we_close() -> None:
    with RawServer(lambda peer: (peer.send(text("1") + text("2") + text("3")), peer.answer_close())) as server:
        client = Client.connect(server.url)
        got = []
        for message in client:
            got.append(message)
            if message == "2":
                client.close()  # from inside the loop
        assert got == ["1", "2", "3"]


def test_iteration_raises_when_the_server_closes() -> None:
    with RawServer(lambda peer: (peer.send(text("1")), peer.close(4000, "enough"))) as server:
        client = Client.connect(server.url)
        got: list[Any] = []
        with pytest.raises(kws.CloseError) as caught:
            got.extend(client)
        assert got == ["1"]
        assert (caught.value.code, caught.value.reason) == (4000, "enough")


def test_the_first_frames_travel_with_the_handshake() -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.accept(behind=text("early") + text("x" * 300_000) + close_frame(1001))
        peer.wait_end()

    with RawServer(script, handshake=False) as server:
        client = Client.connect(server.url)
        assert client.read() == "early"
        assert client.read() == "x" * 300_000
        with pytest.raises(kws.CloseError):
            client.read()


def test_a_second_reader_is_refused() -> None:
    with RawServer() as server:
        client = Client.connect(server.url)
        got: list[Any] = []
        reader = threading.Thread(target=lambda: got.append(client.read()))
        reader.start()
        wait_for(lambda: client.connection._receiver is not None)
        with pytest.raises(
            RuntimeError,
            match=r"^another thread is reading from this client already; a client has one reader at a time$",
        ):
            client.read()
        client.send("for the first")
        reader.join(10)
        assert got == ["for the first"]
        client.close()


def test_a_reader_waits_for_a_thread_that_closes() -> None:
    going = threading.Event()

    def script(peer: Peer) -> None:
        peer.expect(CLOSE)
        going.wait(10)
        peer.send(text("last") + close_frame())

    with RawServer(script) as server:
        client = Client.connect(server.url)
        closer = threading.Thread(target=client.close)
        closer.start()
        wait_for(lambda: client.closing and client.connection._receiver is not None)
        timer = threading.Timer(0.1, going.set)
        timer.start()
        assert list(client) == ["last"]
        closer.join(10)
        timer.join()


def test_tls_echo() -> None:
    with (
        RawServer(context=server_context("good")) as server,
        Client.connect(server.url, ca_file=lab().ca_file) as client,
    ):
        client.send("x" * 100_000)
        assert client.read(10) == "x" * 100_000


def test_latencies() -> None:
    with RawServer() as server, Client.connect(server.url) as client:
        assert (client.ping_delay, client.connection.latencies) == (None, ())
        client.ping()
        client.send("behind the ping")
        assert client.read() == "behind the ping"
        assert client.ping_delay is not None
        assert 0 < client.ping_delay < 10
        assert client.connection.latencies == (client.ping_delay,)


def test_what_people_type_and_nothing_else() -> None:
    names = {name for name in vars(Client) if not name.startswith("_")}
    assert names == {
        *("connect", "send", "read", "ping", "close", "abort", "verify_ssl_cert"),
        *("url", "options", "handshake", "state", "connected", "open", "closing", "closed"),
        *("close_code", "close_reason", "ping_delay", "host", "port"),
        *("http_status", "http_headers", "ssl", "ssl_verify", "ssl_hostname", "ssl_cert"),
    }
