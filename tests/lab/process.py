"""Servers in processes of their own: starting them, waiting for them, and stopping their process group."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from . import peers
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
def jupyter_server(folder: Path, token: str) -> Iterator[str]:
    """Run a Jupyter server without a front end; gives its address (http), without a trailing slash."""
    environ = {
        name: str(folder / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    environ |= {"JUPYTER_TOKEN": token, "JUPYTER_PREFER_ENV_PATH": "1"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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

        def up() -> bool:
            assert child.poll() is None, "the Jupyter server ended at once"
            with socket.socket() as attempt:
                return attempt.connect_ex(("127.0.0.1", port)) == 0

        wait_for(up, 60, "a Jupyter server")
        yield f"http://127.0.0.1:{port}"
