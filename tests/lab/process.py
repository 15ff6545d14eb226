"""Servers in processes of their own: starting them, waiting for them, and stopping their process group."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from . import peers
from .certificates import CertificateLab, issue
from .waiting import wait_for


@contextlib.contextmanager
def process(
    command: Sequence[str], *, environ: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a server with pipes on its standard input and output; both are closed and the process is waited for at the end."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ, **(environ or {})),
        cwd=cwd,
    ) as child:
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()


@contextlib.contextmanager
def node_ws(script_name: str = "server.js") -> Iterator[str]:
    """Run Node's ws; gives its URL, without a trailing slash."""
    script = peers.NODE_WS.source / script_name
    with process(["node", str(script)], environ={"NODE_PATH": str(peers.NODE_WS.node_modules)}) as child:
        assert child.stdout is not None
        port = child.stdout.readline().strip()
        assert port.isdigit(), f"node did not start: {port!r}"
        yield f"ws://127.0.0.1:{port}"


@contextlib.contextmanager
def protocol_peers() -> Iterator[dict[str, str]]:
    """Run third-party implementations of many protocols; gives their URLs by name, without a trailing slash."""
    script = peers.PROTOCOLS.source / "server.js"
    with tempfile.TemporaryDirectory(prefix="protocols-") as folder, contextlib.ExitStack() as stack:
        CertificateLab(Path(folder)).write("peer", issue("127.0.0.1", san=("IP:127.0.0.1",)))
        environ = {"NODE_PATH": str(peers.PROTOCOLS.node_modules), "TLS_FILES": f"{folder}/peer"}
        child = stack.enter_context(process(["node", str(script)], environ=environ))
        assert child.stdout is not None
        line = next((line for line in child.stdout if line.startswith("{")), "")
        assert line, "node did not start"
        yield {name: f"ws://127.0.0.1:{port}" for name, port in json.loads(line).items()}


@contextlib.contextmanager
def mosquitto(folder: Path) -> Iterator[str]:
    """Run Mosquitto, which speaks MQTT over WebSocket; gives its URL."""
    assert peers.MOSQUITTO.path is not None
    port = free_port()
    settings = folder / "mosquitto.conf"
    # Version 2.0 does not start with nothing but WebSockets.
    listeners = f"listener 0 {folder}/mqtt\nlistener {port} 127.0.0.1\nprotocol websockets\n"
    settings.write_text(f"{listeners}allow_anonymous true\npersistence false\nuser root\n")
    with process([peers.MOSQUITTO.path, "-c", str(settings)]) as child:
        wait_until_listening(child, port, "Mosquitto")
        yield f"ws://127.0.0.1:{port}"


@contextlib.contextmanager
def devtools(chromium: str, folder: Path) -> Iterator[str]:
    """Run Chromium without a window; gives the URL of its DevTools, for the whole browser."""
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
    address = folder / "DevToolsActivePort"
    command = [chromium, *flags, "--no-proxy-server", f"--user-data-dir={folder}", "--remote-debugging-port=0"]
    with process([*command, "about:blank"]) as child:

        def up() -> bool:
            assert child.poll() is None, "Chromium ended at once"
            return address.exists() and address.read_text().count("\n") == 1

        wait_for(up, 60, "Chromium")
        port, path = address.read_text().split("\n")
        yield f"ws://127.0.0.1:{port}{path}"


@contextlib.contextmanager
def jupyter_server(folder: Path, token: str) -> Iterator[str]:
    """Run a Jupyter server without a front end; gives its address (http), without a trailing slash."""
    environ = {
        name: str(folder / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    environ |= {"JUPYTER_TOKEN": token, "JUPYTER_PREFER_ENV_PATH": "1"}
    port = free_port()
    settings = {
        "ip": "127.0.0.1",
        "port": port,
        "port_retries": 0,
        "open_browser": False,
        "allow_root": True,
        "root_dir": folder,
    }
    arguments = [f"--ServerApp.{name}={value}" for name, value in settings.items()]
    with process(
        [sys.executable, "-m", "jupyter_server", "--ServerApp.log_level=ERROR", *arguments], environ=environ, cwd=folder
    ) as child:
        wait_until_listening(child, port, "a Jupyter server")
        yield f"http://127.0.0.1:{port}"


def free_port() -> int:
    """Find a port of 127.0.0.1 that nothing listens on, for servers that cannot choose one and tell it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_listening(child: subprocess.Popen[str], port: int, what: str) -> None:
    """Wait until a server accepts connections; fails at once when it has ended."""

    def up() -> bool:
        assert child.poll() is None, f"{what} ended at once"
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", port)) == 0

    wait_for(up, 60, what)
