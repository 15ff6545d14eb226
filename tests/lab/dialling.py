"""Connections below WebSocket."""

from __future__ import annotations

import socket
from typing import Any

from kontena_ws_nb.options import Options
from kontena_ws_nb.transport.dial import dial
from kontena_ws_nb.transport.url import Target

QUICK = Options(connect_timeout=5.0)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def reach(url: str, **given: Any) -> Any:
    return dial(Target.parse(url), Options.of(QUICK, **given))


def port_of(sock: socket.socket) -> int:
    port: int = sock.getsockname()[1]
    return port
