"""The HTTP upgrade: responses other than 101, and invalid ones."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kontena_ws_nb.connection.opening import open_connection
from kontena_ws_nb.connection.upgrade import maybe_tls
from kontena_ws_nb.errors import ConnectError, ProtocolError, TimeoutError
from kontena_ws_nb.options import Options
from kontena_ws_nb.transport import http_response
from kontena_ws_nb.transport.deadline import Deadline
from kontena_ws_nb.transport.http_response import MAX_HEAD
from tests.lab.raw_server import Peer, RawServer, text
from tests.lab.upgrades import QUICK, accepting, answering, opened, refused

# --- accepted


def test_accepted_with_frames_in_the_same_segment() -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.accept("X-Served-By: a", "x-served-by: b", behind=text("first"))
        peer.wait_end()

    with (
        RawServer(script, handshake=False) as server,
        opened(server.url + "path;p=1?q=ü", origin="https://o.test") as connection,
    ):
        handshake = connection.handshake
        assert connection.rest in (b"", text("first"))
        assert (connection.chain, connection.trust) == (None, None)
        assert handshake.request.startswith(b"GET /path;p=1?q=%C3%BC HTTP/1.1\r\n")
        assert b"\r\nOrigin: https://o.test\r\n" in handshake.request
        assert f"\r\nHost: 127.0.0.1:{server.port}\r\n".encode() in handshake.request
        assert handshake.header("X-SERVED-BY") == "a, b"
        assert (handshake.status, handshake.reason, handshake.redirects, handshake.compression) == (
            101,
            "Switching Protocols",
            (),
            None,
        )
        assert handshake.address == ("127.0.0.1", server.port)
        assert set(handshake.timings) == {"dns", "tcp", "upgrade"}


def test_no_origin_by_default_and_a_host_of_ones_own() -> None:
    with RawServer() as server, opened(server.url, headers={"Host": "virtual.test", "X-A": "b"}) as connection:
        request = connection.handshake.request
        assert request.count(b"Host:") == 1
        assert b"\r\nHost: virtual.test\r\n" in request
        assert b"\r\nX-A: b\r\n" in request
        assert b"Origin" not in request


def test_dripped_headers() -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        real = peer.sock
        real.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        class Drip:
            def sendall(self, data: bytes) -> None:
                for byte in data:
                    real.sendall(bytes([byte]))

        peer.sock = Drip()  # type: ignore[assignment]
        peer.accept("X: " + "y" * 500)
        peer.sock = real
        peer.wait_end()

    with RawServer(script, handshake=False) as server, opened(server.url) as connection:
        assert connection.handshake.header("X") == "y" * 500
        assert connection.rest == b""


def test_interim_responses_are_skipped() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    with (
        RawServer(accepting(edit=lambda head: interim + head), handshake=False) as server,
        opened(server.url) as connection,
    ):
        assert connection.handshake.response.startswith(b"HTTP/1.1 101 ")
    error = refused(answering(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 4000, hang=True))
    assert error.message.startswith("the response head is longer than 65,536 bytes")


def test_an_odd_reason_is_none_of_our_business() -> None:
    def script(edit: bytes) -> Callable[[Peer], None]:
        return accepting(edit=lambda head: head.replace(b"101 Switching Protocols", b"101" + edit))

    for reason, told in ((b"", ""), (b" \xe9\xff", "éÿ")):
        with RawServer(script(reason), handshake=False) as server, opened(server.url) as connection:
            assert connection.handshake.reason == told


@pytest.mark.parametrize(
    "edit",
    [
        lambda head: head.replace(b"Upgrade: websocket", b"upgrade: WebSocket"),
        lambda head: head.replace(b"Connection: Upgrade", b"CONNECTION: keep-alive, UPGRADE"),
        # RFC 9110 sections 5.3 and 5.6.1: several lines are one list, whose empty elements do not count.
        lambda head: head.replace(b"Connection: Upgrade", b"Connection: ,keep-alive, ,\r\nconnection: Upgrade,"),
        lambda head: head.replace(b"Upgrade: websocket", b"Upgrade: , WebSocket ,"),
        # RFC 9112 sections 2.2, 4, 5.1 and 5.2: bare LF, blanks, folds.
        lambda head: head.replace(b"\r\n", b"\n"),
        lambda head: head.replace(b"101 Switching Protocols", b" 101\t"),
        lambda head: head.replace(b"Upgrade: websocket", b"Upgrade :\twebsocket "),
        lambda head: head.replace(b"Upgrade: websocket", b"Upgrade:\r\n websocket"),
    ],
)
def test_names_and_tokens_have_no_case(edit: Callable[[bytes], bytes]) -> None:
    with RawServer(accepting(edit=edit), handshake=False) as server, opened(server.url):
        pass


def test_credentials() -> None:
    with RawServer() as server:
        with opened(f"ws://me:p%40ss@127.0.0.1:{server.port}/") as connection:
            assert b"Authorization: Basic bWU6cEBzcw==\r\n" in connection.handshake.request
            assert connection.handshake.url == server.url
        with opened(f"ws://me@127.0.0.1:{server.port}/") as connection:
            assert b"Authorization: Basic bWU6\r\n" in connection.handshake.request
        with opened(f"ws://me:x@127.0.0.1:{server.port}/", token="t") as connection:
            assert b"Authorization: Bearer t\r\n" in connection.handshake.request


def test_cookies_are_not_shared() -> None:
    """websocket-client has one cookie jar for the process; ours never touches it."""
    from websocket._handshake import CookieJar

    with RawServer(accepting("Set-Cookie: session=secret; Path=/; Domain=127.0.0.1"), handshake=False) as server:
        CookieJar.add("others=too; Domain=127.0.0.1")
        CookieJar.add("all=too; Domain=invalid")
        try:
            for _ in range(2):
                with opened(server.url, cookies={"mine": "1"}) as connection:
                    cookies = re.findall(rb"(?i)cookie: ([^\r]*)", connection.handshake.request)
                    assert cookies == [b"mine=1"]
        finally:
            CookieJar.jar.clear()


# --- compression and subprotocols


def test_compression_is_offered_and_read() -> None:
    with RawServer(
        accepting("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover"), handshake=False
    ) as server:
        with opened(server.url) as connection:
            assert (
                b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
                in connection.handshake.request
            )
            assert connection.handshake.compression is not None
            assert connection.handshake.compression.server_no_context_takeover
        with pytest.raises(ProtocolError, match="an extension that was not offered") as caught:
            open_connection(server.url, Options.of(QUICK, compression=False))
        assert caught.value.url == server.url


def test_extensions_twice() -> None:
    error = refused(
        accepting("Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Extensions: permessage-deflate")
    )
    assert "more than one extension" in error.message


def test_a_subprotocol_is_chosen() -> None:
    with (
        RawServer(accepting("Sec-WebSocket-Protocol: chat.V2"), handshake=False) as server,
        opened(server.url, subprotocols=["chat.v1", "chat.V2"]) as connection,
    ):
        assert b"\r\nSec-WebSocket-Protocol: chat.v1, chat.V2\r\n" in connection.handshake.request
        assert connection.handshake.subprotocol == "chat.V2"


@pytest.mark.parametrize(
    ("headers", "offered", "told"),
    [
        (
            ["Sec-WebSocket-Protocol: chat"],
            [],
            "the server chose the subprotocol 'chat', which was not offered (offered: none; RFC 6455 section 4.1)",
        ),
        (
            ["Sec-WebSocket-Protocol: CHAT"],
            ["chat"],
            "the server chose the subprotocol 'CHAT', which was not offered (offered: chat; RFC 6455 section 4.1)",
        ),
        (
            ["Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b"],
            ["a", "b"],
            "the server chose the subprotocol 'a, b', which was not offered (offered: a, b; RFC 6455 section 4.1)",
        ),
    ],
)
def test_subprotocols_nobody_offered(headers: list[str], offered: list[str], told: str) -> None:
    error = refused(accepting(*headers), subprotocols=offered)
    assert (error.message, error.status) == (told, 101)


# --- 101, but not right


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (
            lambda head: re.sub(rb"Upgrade: .*?\r\n", b"", head, count=1),
            "the server answered 101 without 'Upgrade: websocket' (RFC 6455 section 4.1)",
        ),
        (
            lambda head: head.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
            "the server answered 101 without 'Upgrade: websocket' (RFC 6455 section 4.1)",
        ),
        (
            lambda head: head.replace(b"Upgrade: websocket", b"Upgrade: websocket, h2c"),
            "the server answered 101 without 'Upgrade: websocket' (RFC 6455 section 4.1)",
        ),
        (
            lambda head: re.sub(rb"Connection: .*?\r\n", b"", head),
            "the server answered 101 without 'Connection: upgrade' (RFC 6455 section 4.1)",
        ),
        (
            lambda head: re.sub(rb"Sec-WebSocket-Accept: .*?\r\n", b"", head),
            "the server answered 101 without Sec-WebSocket-Accept (RFC 6455 section 4.1)",
        ),
    ],
)
def test_101_with_something_missing(edit: Callable[[bytes], bytes], told: str) -> None:
    error = refused(accepting(edit=edit))
    assert (error.message, error.status) == (told, 101)


@pytest.mark.parametrize("change", [bytes.swapcase, lambda key: b"x" + key], ids=["another case", "wrong"])
def test_a_wrong_accept(change: Callable[[bytes], bytes]) -> None:
    error = refused(
        accepting(edit=lambda head: re.sub(rb"Accept: (\S+)", lambda match: b"Accept: " + change(match[1]), head))
    )
    assert re.fullmatch(
        r"the server answered with Sec-WebSocket-Accept '\S+' instead of '\S+' \(RFC 6455 section 4.1\)", error.message
    )


# --- something else than 101

BODY = b"<h1>go\taway\x1b[31m</h1>"
CHUNKED = b"5;ext=1\r\n" + BODY[:5] + b"\r\n%x\r\n" % (len(BODY) - 5) + BODY[5:] + b"\r\n0\r\nTrailer: x\r\n\r\n"


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 407, 426, 429, 501])
@pytest.mark.parametrize(
    ("framing", "data", "hang"),
    [
        (b"Content-Length: %d\r\n" % len(BODY), BODY + b"beyond", True),
        (b"Transfer-Encoding: chunked\r\n", CHUNKED, True),
        (b"", BODY, False),
    ],
    ids=["length", "chunked", "until the end"],
)
def test_rejected(status: int, framing: bytes, data: bytes, hang: bool) -> None:
    error = refused(answering(b"HTTP/1.1 %d Nope\r\nX-Why: z\r\n%s\r\n%s" % (status, framing, data), hang=hang))
    assert (
        error.message
        == f"the server answered {status} Nope instead of 101 Switching Protocols: <h1>go away\N{REPLACEMENT CHARACTER}[31m</h1>"
    )
    assert (error.status, error.body) == (status, BODY)
    assert ("X-Why", "z") in error.headers
    assert error.hint


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n" + BODY, BODY),  # no end announced, and none comes
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n" + BODY, BODY),  # less than announced
        (b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED[:20], BODY[:5]),
        (b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\nnot hex\r\n" + BODY, b"not hex\r\n" + BODY),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", b""),
    ],
    ids=["silence", "short", "cut chunk", "broken chunk", "empty"],
)
def test_rejected_with_a_body_that_does_not_end(data: bytes, body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_response, "PATIENCE", 0.2)
    error = refused(answering(data, hang=True))
    assert error.status == 404
    assert error.body in (body, b"") if b"cut" in data else body.startswith(error.body[:5])


def test_rejected_and_reset() -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\nstart")
        peer.reset()

    with RawServer(script, handshake=False) as server, pytest.raises((ProtocolError, ConnectError)):
        open_connection(server.url, QUICK)


def test_a_large_body_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    error = refused(answering(b"HTTP/1.1 500 Oops\r\n\r\n" + b"x" * 200_000))
    assert len(error.body) == http_response.MAX_BODY
    assert len(error.message) < 300


def test_a_wanted_client_certificate_said_in_http() -> None:
    error = refused(answering(b"HTTP/1.1 400 Bad Request\r\n\r\nNo required SSL certificate was sent"))
    assert "client_cert=" in error.hint


def test_an_answer_sent_before_the_request_was_read() -> None:
    def script(peer: Peer) -> None:
        peer.send(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy")
        peer.wait_end()

    assert refused(script).status == 503


# --- not HTTP, or too slow, or too much


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "this is an SSH server"),
        (b"220 smtp ready\r\n", "check host and port"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "this looks like TLS: use wss:// instead of ws://"),
        (b"HTTQ", "check host and port"),
    ],
)
def test_not_http(data: bytes, hint: str) -> None:
    error = refused(answering(data, hang=True))
    assert error.message == f"what answered is not HTTP: it begins with {data!r}"
    assert error.hint == hint


@pytest.mark.parametrize(
    "line", [b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 abc x\r\n\r\n", b"HTTP/1.1 101 x\r\nno colon\r\n\r\n"]
)
def test_a_head_that_is_none(line: bytes) -> None:
    refused(answering(line, hang=True))


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 101 x\r\nX: " + b"y" * (MAX_HEAD + 70_000), b"HTTP/1.1 101 x\r\n" + b"X: y\r\n" * 30_000]
)
def test_an_endless_head(data: bytes) -> None:
    error = refused(answering(data, hang=True))
    assert error.message == "the response head is longer than 65,536 bytes (received so far: " + repr(data[:60]) + ")"


@pytest.mark.parametrize(
    ("data", "received"), [(b"", ""), (b"HTTP/1.1 101 Sw", " (received so far: b'HTTP/1.1 101 Sw')")]
)
def test_silence(data: bytes, received: str) -> None:
    error = refused(answering(data, hang=True), TimeoutError, open_timeout=0.2)
    assert error.message == f"no HTTP response within 0.2 s{received}"
    assert (error.phase, error.seconds) == ("open", 0.2)


def test_dripped_headers_that_never_end() -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.1 101 x\r\n")
        while not peer.server.stopping.wait(0.02):
            peer.send(b"X: y\r\n")

    assert refused(script, TimeoutError, open_timeout=0.3).phase == "open"


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 101 Sw"])
def test_hung_up(data: bytes) -> None:
    error = refused(answering(data), ConnectError)
    assert error.message.startswith("the server closed the connection during the opening handshake")
    assert (error.hint is None) == bool(data)


def test_reset() -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.reset()

    error = refused(script, ConnectError)
    assert error.message.startswith("the connection broke during the opening handshake: ")


def test_a_request_that_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    from kontena_ws_nb.transport.stream import Stream
    from kontena_ws_nb.transport.write_queue import WriteStalledError

    def stalled(self: Stream, data: bytes, timeout: float | None) -> None:
        raise WriteStalledError(partial=False)

    monkeypatch.setattr(Stream, "send", stalled)
    assert refused(Peer.hang, TimeoutError).message == "the upgrade request could not be written"


def test_a_broken_send_is_told_when_nothing_was_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    from kontena_ws_nb.transport.stream import Stream

    def broken(self: Stream, data: bytes, timeout: float | None) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(Stream, "send", broken)
    assert "Broken pipe" in refused(lambda peer: peer.sock.shutdown(socket.SHUT_RDWR), ConnectError).message
    assert (
        refused(lambda peer: (peer.send(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), peer.wait_end())).status
        == 503
    )


def test_maybe_tls() -> None:
    assert maybe_tls("ws://h/x") == "if it speaks TLS, write wss://h/x"
    assert maybe_tls("wss://h/x") is None


def test_what_websocket_client_may_ask_of_a_socket() -> None:
    from kontena_ws_nb.connection.upgrade import _Wire
    from kontena_ws_nb.transport.url import Target

    wire = _Wire(None, Target.parse("ws://a/"), Deadline(None))  # type: ignore[arg-type]
    wire.settimeout(1.0)
    wire.close()
    assert wire.gettimeout() == 0


# --- two ways to say one thing


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ({"headers": {"Cookie": "a=1"}, "cookies": {"b": "2"}}, {"cookie": ["b=2; a=1"]}),
        (
            {"headers": {"sec-websocket-protocol": "b"}, "subprotocols": ["a"]},
            {"sec-websocket-protocol": ["a, b"], "cookie": []},
        ),
        ({"headers": {"ORIGIN": "https://o"}, "origin": "https://o"}, {"origin": ["https://o"]}),
        ({"headers": {"authorization": "bearer t"}, "token": "t"}, {"authorization": ["Bearer t"]}),
        ({"headers": ["HOST: v.test", "host: v.test"]}, {"host": ["v.test"]}),
        ({"headers": {"Proxy-Authorization": "Basic eDp5"}}, {"proxy-authorization": []}),
    ],
)
def test_a_request_says_everything_once(given: dict[str, object], lines: dict[str, list[str]]) -> None:
    accept = accepting(*(["Sec-WebSocket-Protocol: b"] if "subprotocols" in given else []))
    with RawServer(accept, handshake=False) as server, opened(server.url, **given) as connection:
        head = connection.handshake.request.decode()
        for name, values in lines.items():
            assert re.findall(rf"(?im)^{name}: (.*?)\r$", head) == values


def test_what_is_given_beats_what_the_url_says() -> None:
    with RawServer() as server:
        url = f"ws://me:pw@127.0.0.1:{server.port}/"
        with opened(url, headers={"authorization": "Bearer t"}) as connection:
            assert re.findall(rb"(?i)authorization: ([^\r]*)", connection.handshake.request) == [b"Bearer t"]


# --- another module named websocket


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("print  # a program of the same name", "import websocket found {file} instead of websocket-client"),
        ("class WebSocket: pass", "import websocket found {file} instead of websocket-client"),
        ("from websocket import WebSocket", "import websocket found {file} instead of websocket-client"),
        (None, "import websocket found nothing instead of websocket-client"),
    ],
)
def test_another_module_named_websocket_is_told(
    source: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "websocket.py"
    if source is None:
        monkeypatch.setitem(sys.modules, "websocket", None)  # as where it is not installed
    else:
        file.write_text(source)
        monkeypatch.delitem(sys.modules, "websocket", raising=False)
        monkeypatch.syspath_prepend(tmp_path)
    with RawServer(lambda peer: peer.wait_end(), handshake=False) as server:
        with pytest.raises(ImportError) as raised, opened(server.url):
            pass
    assert str(raised.value).startswith(said.format(file=file))
    assert "rename or move a file of that name; pip uninstall websocket" in str(raised.value)
    sys.modules.pop("websocket", None)  # of this test; the other one comes back
