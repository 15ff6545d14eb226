"""Debug WebSockets in a notebook: a threaded client, an observable log, a live panel, magics and a certificate inspector.

What lives here: the public names, and nothing else. Everything that is not listed in ``__all__`` (plus `TimeoutError` and
`EOFError`, which a star import must not let shadow the builtins) is private.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .client import Client
from .errors import (
    CloseError,
    ConnectError,
    EOFError,  # noqa: F401 - public, but not for star imports
    Error,
    ProtocolError,
    SocketError,
    SSLConnectError,
    SSLVerifyError,
    TimeoutError,  # noqa: F401 - public, but not for star imports
)
from .examine import certificate
from .log.log import MessageLog
from .log.message import Message
from .options import Options
from .session import Session
from .sessions import connect, sessions
from .tls.certificate import Certificate
from .wire.handshake import Handshake

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__version__ = "0.1.0"

__all__ = [
    "Certificate",
    "Client",
    "CloseError",
    "ConnectError",
    "Error",
    "Handshake",
    "Message",
    "MessageLog",
    "Options",
    "ProtocolError",
    "SSLConnectError",
    "SSLVerifyError",
    "Session",
    "SocketError",
    "certificate",
    "connect",
    "sessions",
]


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Register the magics: ``%load_ext kontena_ws_nb``.

    Parameters
    ----------
    ipython : InteractiveShell
        The shell that loads us.
    """
    from .magics import load

    load(ipython)


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Remove the magics and close what they opened: ``%unload_ext kontena_ws_nb``.

    Parameters
    ----------
    ipython : InteractiveShell
        The shell that unloads us.
    """
    from .magics import unload

    unload(ipython)
