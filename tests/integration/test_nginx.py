"""nginx as a reverse proxy for a WebSocket server: TLS, reload, restart, a backend that is down."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import kontena_ws_nb as kws
from tests.lab import peers
from tests.lab.certificates import lab
from tests.lab.process import process
from tests.lab.raw_server import Peer, RawServer, echo
from tests.lab.tls_programs import free_port
from tests.lab.waiting import wait_for

pytestmark = pytest.mark.peer("nginx")

#: With a master, for reload; workers end what they hold 1 s after it, as `worker_shutdown_timeout` is used to.
_CONFIG = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_processes 1;
worker_shutdown_timeout 1s;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {chain};
        ssl_certificate_key {key};
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            {silence}
        }}
    }}
}}
"""


@dataclass
class Nginx:
    """A running nginx."""

    port: int
    child: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"wss://localhost:{self.port}/"

    def workers(self) -> set[str]:
        return set(Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text().split())

    def reload(self) -> None:
        """Let a new worker take over, and wait until it has."""
        before = self.workers()
        os.kill(self.child.pid, signal.SIGHUP)
        wait_for(lambda: self.workers() - before, 20, "a new worker of nginx")


@contextlib.contextmanager
def nginx(upstream: int, silence: str | None = None) -> Iterator[Nginx]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="lab-nginx-") as folder:
        config = Path(folder) / "nginx.conf"
        made = lab()
        config.write_text(
            _CONFIG.format(
                folder=folder,
                port=port,
                upstream=upstream,
                silence="" if silence is None else f"proxy_read_timeout {silence};",
                chain=made.path("good.pem"),
                key=made.path("good.key"),
            )
        )
        with process([str(peers.NGINX.path), "-e", "stderr", "-p", folder, "-c", str(config)]) as child:
            running = Nginx(port, child)

            def up() -> bool:
                assert child.poll() is None, "nginx ended at once"
                with socket.socket() as attempt:
                    return attempt.connect_ex(("127.0.0.1", port)) == 0

            wait_for(up, 30, "nginx")
            yield running


def test_a_conversation() -> None:
    with RawServer() as server, nginx(server.port) as front:
        with kws.connect(front.url, ca_file=lab().ca_file) as session:
            assert session.certificate is not None
            assert session.certificate.verdict.ok
            for message in ("hello", b"\0" * 300_000):
                session.send(message)
                answer = session.read()
                assert answer is not None
                assert answer.data == message
            assert session.ping() > 0
        assert session.close_code == 1000


def test_reload_ends_the_connection_and_the_session_connects_again() -> None:
    """nginx drops what the old worker holds: 1006 (1001 from servers that say goodbye), and the new worker serves."""
    with RawServer() as server, nginx(server.port) as front:
        with kws.connect(front.url, ca_file=lab().ca_file, auto_reconnect=True) as session:
            session.request("before", match="before")
            front.reload()
            wait_for(lambda: server.connections == 2 and session.state == "open", 30, "the second connection")
            answer = session.request("after", match="after")
            assert answer.connection == 2
            told = [message.text for message in session.messages if message.kind == "error"]
            assert "(1006)" in told[0]
            assert [text.partition(":")[0] for text in told[1:]] == ["1 message may have been lost"]
            assert session.error is None


def test_without_reconnecting_the_loss_is_told() -> None:
    with RawServer() as server, nginx(server.port) as front:
        with kws.connect(front.url, ca_file=lab().ca_file) as session:
            front.reload()
            assert session.join(30)
            with pytest.raises(kws.EOFError) as caught:
                session.read()
            assert (caught.value.code, session.close_code) == (1006, 1006)


def test_a_backend_that_says_goodbye() -> None:
    with (
        RawServer(lambda peer: peer.close(1001, "restarting"), lambda peer: peer.answer_close()) as server,
        nginx(server.port) as front,
    ):
        with kws.connect(front.url, ca_file=lab().ca_file, auto_reconnect=True) as session:
            wait_for(lambda: server.connections == 2 and session.state == "open", 30, "the second connection")
            closes = [message for message in session.messages if message.kind == "close"]
            assert (closes[0].close_code, closes[0].close_reason) == (1001, "restarting")


def test_a_backend_that_is_gone() -> None:
    """502 is the proxy's word for it; it is worth another try."""
    with RawServer() as gone:
        port = gone.port
    with nginx(port) as front:
        with pytest.raises(kws.ProtocolError) as caught:
            kws.connect(front.url, ca_file=lab().ca_file)
        assert caught.value.status == 502
        assert b"nginx" in caught.value.body


def test_keepalive_outlasts_the_proxys_patience() -> None:
    """proxy_read_timeout ends quiet connections; our pings keep them."""
    with RawServer() as server, nginx(server.port, silence="1s") as front:
        quiet = kws.connect(front.url, "quiet", ca_file=lab().ca_file, ping_interval=None)
        with kws.connect(front.url, "lively", ca_file=lab().ca_file, ping_interval=0.3) as lively:
            assert quiet.join(30)
            assert isinstance(quiet.error, kws.EOFError)
            told = r"\(1006\); nothing was received for (0\.9|1\.\d) s; a proxy in between may cut idle connections: "
            assert re.search(told + r"ping_interval=0\.\d keeps this one busy$", str(quiet.error))
            assert lively.request("x", match="x").data == "x"
            assert lively.state == "open"


def answers_pings_only(peer: Peer) -> None:
    """Be silent, for as long as it takes."""
    peer.sock.settimeout(None)
    echo(peer)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_defaults_outlast_nginxs() -> None:
    """nginx's proxy_read_timeout is 60 s: a silent session of ours is alive after 150 s, and one without pings is told why it is not."""
    with RawServer(answers_pings_only) as server, nginx(server.port) as front:
        began = time.monotonic()
        quiet = kws.connect(front.url, "quiet", ca_file=lab().ca_file, ping_interval=None)
        with kws.connect(front.url, "defaults", ca_file=lab().ca_file) as session:
            assert quiet.join(90)
            print(f"{time.monotonic() - began:.1f} s: {quiet.state}: {quiet.error}")
            assert str(quiet.error).endswith(
                "(1006); nothing was received for 60.0 s; "
                "a proxy in between may cut idle connections: ping_interval=20 keeps this one busy"
            )
            assert not session.join(150 - (time.monotonic() - began))
            print(
                f"{time.monotonic() - began:.1f} s: {session.state}, {session.client.connection.latencies} s of round trips"
            )
            assert session.request("alive", match="alive").data == "alive"
            assert len(session.client.connection.latencies) == 7
