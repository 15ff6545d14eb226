"""Invalid input, in Python and in magics: each gives one clear line and no traceback, and leaks nothing (the leak check is autouse)."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import kontena_ws_nb as kws
from tests.lab.shell import ipython
from tests.lab.tls_server import TLSServer


@contextlib.contextmanager
def answering(response: bytes) -> Iterator[int]:
    """Serve one connection on loopback: read a request head (or whatever comes), answer, close. Gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(5)
                    connection.recv(65536)
                    connection.sendall(response)
                    with contextlib.suppress(OSError):
                        connection.shutdown(socket.SHUT_WR)
                        connection.recv(65536)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def http(status: str, body: bytes, *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: text/plain", f"Content-Length: {len(body)}", *headers])
    return head.encode() + b"\r\n\r\n" + body


def refused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextlib.contextmanager
def wrong_scheme() -> Iterator[str]:
    yield "http://127.0.0.1:1/feed"


@contextlib.contextmanager
def secure_wrong_scheme() -> Iterator[str]:
    yield "https://example.org/feed"


@contextlib.contextmanager
def no_scheme() -> Iterator[str]:
    yield "example.org/feed"


@contextlib.contextmanager
def empty_host() -> Iterator[str]:
    yield "ws:///feed"


@contextlib.contextmanager
def bad_port() -> Iterator[str]:
    yield "ws://127.0.0.1:99999/"


@contextlib.contextmanager
def unresolvable() -> Iterator[str]:
    yield "ws://no-such-host.invalid/feed"


@contextlib.contextmanager
def refused() -> Iterator[str]:
    yield f"ws://localhost:{refused_port()}/"


@contextlib.contextmanager
def plain_http() -> Iterator[str]:
    with answering(http("200 OK", b"<html>It works!</html>")) as port:
        yield f"ws://127.0.0.1:{port}/"


@contextlib.contextmanager
def not_found() -> Iterator[str]:
    with answering(http("404 Not Found", b"no feed of that name\x1b[31m")) as port:
        yield f"ws://127.0.0.1:{port}/fed"


@contextlib.contextmanager
def unauthorized() -> Iterator[str]:
    with answering(http("401 Unauthorized", b'{"error": "token expired"}', "WWW-Authenticate: Bearer")) as port:
        yield f"ws://127.0.0.1:{port}/feed"


@contextlib.contextmanager
def not_http() -> Iterator[str]:
    with answering(b"220 mail.example ESMTP ready\r\n") as port:
        yield f"ws://127.0.0.1:{port}/"


@contextlib.contextmanager
def hung_up() -> Iterator[str]:
    with answering(b"") as port:
        yield f"ws://127.0.0.1:{port}/"


@contextlib.contextmanager
def tls_on_a_plain_port() -> Iterator[str]:
    with TLSServer(mode="plain_http") as server:
        yield f"wss://localhost:{server.port}/"


@contextlib.contextmanager
def plain_on_a_tls_port() -> Iterator[str]:
    with TLSServer() as server:
        yield f"ws://localhost:{server.port}/"


@contextlib.contextmanager
def self_signed() -> Iterator[str]:
    with TLSServer("selfsigned") as server:
        yield f"wss://localhost:{server.port}/"


CASES = [
    (wrong_scheme, ValueError, r"'http://127.0.0.1:1/feed' .*ws://"),
    (secure_wrong_scheme, ValueError, r"'https://example.org/feed' .*wss://"),
    (no_scheme, ValueError, r"'example.org/feed' .*wss?://"),
    (empty_host, ValueError, r"'ws:///feed' .*host"),
    (bad_port, ValueError, r"'ws://127.0.0.1:99999/' .*[Pp]ort"),
    (unresolvable, kws.ConnectError, r"no-such-host\.invalid.*"),
    (refused, kws.ConnectError, r"localhost:\d+.*[Cc]onnection refused.*kernel"),
    (plain_http, kws.ProtocolError, r"200"),
    (not_found, kws.ProtocolError, r"404"),
    (unauthorized, kws.ProtocolError, r"401"),
    (not_http, kws.ProtocolError, r"HTTP"),
    (hung_up, kws.ConnectError, r"closed|ended|hung up"),
    (tls_on_a_plain_port, kws.SSLConnectError, r"ws://"),
    (plain_on_a_tls_port, kws.Error, r"wss://"),
    (self_signed, kws.SSLVerifyError, r"self.signed certificate"),
]
IDS = [case[0].__name__ for case in CASES]
BODIES = {"not_found": "no feed of that name", "unauthorized": '{"error": "token expired"}', "plain_http": "It works!"}


@pytest.fixture
def shell() -> Iterator[Any]:
    with ipython() as shell:
        shell.run_line_magic("load_ext", "kontena_ws_nb")
        yield shell


@pytest.mark.parametrize(("server", "error", "said"), CASES, ids=IDS)
def test_in_python(server, error, said):
    with server() as url, pytest.raises(error) as caught:
        kws.connect(url, "ws")
    text = str(caught.value)
    assert re.search(said, text), text
    assert "\n" not in text
    assert len(text) < 800
    assert not kws.sessions
    if isinstance(caught.value, kws.ProtocolError) and server.__name__ in BODIES:
        assert BODIES[server.__name__] in caught.value.body.decode()
        assert caught.value.status in (200, 401, 404)


@pytest.mark.parametrize(("server", "error", "said"), CASES, ids=IDS)
def test_with_a_magic(server, error, said, shell, capsys):
    with server() as url:
        result = shell.run_cell(f"%ws_connect {url}")
    assert isinstance(result.error_in_exec, error)
    out = capsys.readouterr().out
    assert re.search(said, out), out
    assert "Traceback" not in out
    assert "File " not in out
    assert "\x1b" not in out
    body = BODIES.get(server.__name__)
    assert len(out.strip().splitlines()) == 1, out
    assert body is None or out.count(body) == 1
    assert "ws" not in shell.user_ns
    assert not kws.sessions


@pytest.mark.parametrize(("server", "error"), [(case[0], case[1]) for case in CASES], ids=IDS)
def test_secrets_do_not_show(server, error, shell, capsys):
    with server() as url:
        secret = url.replace("://", "://me:hunter2@", 1) + "?token=hunter2"
        result = shell.run_cell(f"%ws_connect -H 'Authorization: Bearer hunter2' --cookie sid=hunter2 {secret}")
    assert isinstance(result.error_in_exec, (error, ValueError))
    out = capsys.readouterr().out
    # IPython echoes nothing of the cell when the error renders itself.
    assert "hunter2" not in out
    assert "hunter2" not in str(result.error_in_exec)


def test_bad_arguments_in_python(demo):
    for call, said in [
        (lambda: kws.connect(b"ws://127.0.0.1/"), "text"),
        (lambda: kws.connect("demo", ping_intervall=1), "did you mean 'ping_interval'"),
        (lambda: kws.connect("demo", connect_timeout="5"), "expected seconds"),
    ]:
        with pytest.raises(TypeError, match=said):
            call()
    for call, said in [
        (lambda: kws.connect("demo", name=""), "cannot be empty"),
        (lambda: kws.connect("demo", headers="X: a\r\nY: b"), "line break"),
        (lambda: kws.connect("demo", connect_timeout=-1), "more than 0 seconds"),
        (lambda: kws.connect("ws://127.0.0.1/\r\nX: y"), "control character"),
    ]:
        with pytest.raises(ValueError, match=said):
            call()
    with kws.connect("demo", "ws") as ws:
        with pytest.raises(TypeError, match="str"):
            ws.send(5)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="JSON"):
            ws.send_json(float("nan"))
        with pytest.raises(ValueError, match="close code"):
            ws.close(999)
        with pytest.raises(ValueError, match="did you mean text"):
            ws.messages.where("kind:txt")
        assert ws.send("still open").text == "still open"
    with pytest.raises(kws.SocketError, match="closed"):
        ws.send("x")


def test_a_missing_store_is_named(tmp_path):
    with TLSServer() as server, pytest.raises(kws.SSLConnectError, match=r"nowhere\.pem"):
        kws.connect(server.url, "ws", ca_file=str(tmp_path / "nowhere.pem"))
