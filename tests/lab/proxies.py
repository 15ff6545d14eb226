"""Third-party proxies: squid, tinyproxy, Dante and microsocks, with and without authentication where they support it.

Settings, starting and stopping. Called from the thread of the test; everything they write is in a temporary
folder.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import peers
from .process import process
from .tls_programs import free_port
from .waiting import wait_for

USER, PASSWORD = "me", "p:w d/"  # what an URL must quote

_SQUID = """
http_port 127.0.0.1:{port}
visible_hostname lab
pid_filename none
coredump_dir {folder}
access_log none
cache_log {folder}/log
cache_store_log none
cache deny all
shutdown_lifetime 0 seconds
{access}
"""

_SQUID_AUTH = """
auth_param basic program {helper} {folder}/passwords
auth_param basic children 1
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
"""

_TINYPROXY = """
Port {port}
Listen 127.0.0.1
Timeout 60
LogFile "{folder}/log"
LogLevel Error
{access}
"""

_DANTED = """
logoutput: {folder}/log
internal: 127.0.0.1 port = {port}
external: 127.0.0.1
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}
socks pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}
"""


@contextlib.contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[None]:
    with process(command) as child:

        def up() -> bool:
            assert child.poll() is None, f"{command[0]} ended at once"
            with socket.socket() as attempt:
                return attempt.connect_ex(("127.0.0.1", port)) == 0

        wait_for(up, 30, command[0])
        yield


@contextlib.contextmanager
def _configured(text: str, **values: object) -> Iterator[tuple[str, str]]:
    """Write a configuration into a folder that a server which gives up root can still use; both paths."""
    with tempfile.TemporaryDirectory(prefix="lab-proxy-") as folder:
        Path(folder).chmod(0o777)
        config = Path(folder) / "config"
        config.write_text(text.format(folder=folder, **values))
        yield folder, str(config)


@contextlib.contextmanager
def squid(*, auth: bool = False) -> Iterator[int]:
    """Run squid; gives its port."""
    port = free_port()
    access = "http_access allow all"
    with _configured(_SQUID, port=port, access="{access}") as (folder, config):
        if auth:
            helper = next(
                path
                for path in ("/usr/lib/squid/basic_ncsa_auth", "/usr/lib64/squid/basic_ncsa_auth")
                if os.path.exists(path)
            )
            access = _SQUID_AUTH.format(helper=helper, folder=folder)
            command = [str(peers.OPENSSL.path), "passwd", "-apr1", PASSWORD]
            secret = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
            (Path(folder) / "passwords").write_text(f"{USER}:{secret}\n")
        Path(config).write_text(Path(config).read_text().replace("{access}", access))
        with _running([str(peers.SQUID.path), "-N", "-f", config], port):
            yield port


@contextlib.contextmanager
def tinyproxy(*, auth: bool = False) -> Iterator[int]:
    """Run tinyproxy; gives its port. Its passwords hold no blanks."""
    port = free_port()
    access = f"BasicAuth {USER} plain" if auth else ""
    with _configured(_TINYPROXY, port=port, access=access) as (_, config):
        with _running([str(peers.TINYPROXY.path), "-d", "-c", config], port):
            yield port


@contextlib.contextmanager
def danted() -> Iterator[int]:
    """Run Dante, which speaks SOCKS 4 (not 4a) and 5; gives its port."""
    port = free_port()
    with _configured(_DANTED, port=port) as (folder, config):
        with _running([str(peers.DANTED.path), "-f", config, "-p", f"{folder}/pid"], port):
            yield port


@contextlib.contextmanager
def microsocks(*, auth: bool = False) -> Iterator[int]:
    """Run microsocks, which speaks SOCKS 5; gives its port."""
    port = free_port()
    access = ["-u", USER, "-P", PASSWORD] if auth else []
    with _running([str(peers.MICROSOCKS.path), "-i", "127.0.0.1", "-p", str(port), *access], port):
        yield port
