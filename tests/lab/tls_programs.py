"""Third-party TLS servers: nginx and ``openssl s_server``, with any chain of the certificate lab.

Settings, starting and stopping. Called from the thread of the test; everything they write is in a temporary
folder.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import peers
from .certificates import lab
from .process import free_port, process
from .waiting import wait_for

#: One server, in the foreground, with one worker and no files outside its folder. It answers every request with 204.
_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
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
        ssl_protocols TLSv1.2 TLSv1.3;
        {more}
        location / {{ {location} }}
    }}
}}
"""

_PROXY = "proxy_pass {upstream}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"


@contextlib.contextmanager
def nginx(case: str, upstream: str, *, client_ca: bool = False) -> Iterator[int]:
    """Run nginx in front of a WebSocket server (``http://…``) with a case of the lab; gives its port."""
    made, port = lab(), free_port()
    with tempfile.TemporaryDirectory(prefix="lab-nginx-") as folder:
        more = f"ssl_client_certificate {made.ca_file}; ssl_verify_client on;" if client_ca else ""
        text = _NGINX.format(
            folder=folder,
            port=port,
            chain=made.path(f"{case}.pem"),
            key=made.path(f"{case}.key"),
            more=more,
            location=_PROXY.format(upstream=upstream),
        )
        config = Path(folder) / "nginx.conf"
        config.write_text(text)
        with _running([str(peers.NGINX.path), "-e", "stderr", "-p", folder, "-c", str(config)], port):
            yield port


@contextlib.contextmanager
def s_server(case: str, *options: str) -> Iterator[int]:
    """Run ``openssl s_server`` with a case of the lab and more of its options (``-tls1_2`` …); gives its port."""
    made, port = lab(), free_port()
    leaf, key = made.path(f"{case}.pem"), made.path(f"{case}.key")
    command = [
        str(peers.OPENSSL.path),
        "s_server",
        "-quiet",
        "-accept",
        f"127.0.0.1:{port}",
        "-cert",
        leaf,
        "-key",
        key,
    ]
    with tempfile.NamedTemporaryFile("w", prefix="lab-chain-", suffix=".pem") as above:
        above.write("".join(ssl.DER_cert_to_PEM_cert(der) for der in made.chains[case][1:]))
        above.flush()
        if made.chains[case][1:]:
            command += ["-cert_chain", above.name]
        with _running([*command, *options], port):
            yield port


@contextlib.contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[None]:
    with process(command) as child:

        def up() -> bool:
            assert child.poll() is None, f"{command[0]} ended at once"
            with socket.socket() as attempt:
                return attempt.connect_ex(("127.0.0.1", port)) == 0

        wait_for(up, 30, command[0])
        yield
