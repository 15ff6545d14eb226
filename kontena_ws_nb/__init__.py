"""Debug WebSockets in a notebook: a threaded client, an observable log, a live panel, magics and a certificate inspector.

What lives here: the public names, and nothing else. Everything that is not listed in ``__all__`` (plus `TimeoutError`
and `EOFError`, which a star import must not let shadow the builtins) is private.
"""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

from . import display as _display  # noqa: F401  registers how objects look
from .api import budget as _budget
from .api import certificate, connect, sessions
from .connection.client import Client
from .errors import CloseError, ConnectError, Error, ProtocolError, SocketError

# Public, but not for star imports: type checkers take what is imported under its own name as exported.
from .errors import EOFError as EOFError
from .errors import TimeoutError as TimeoutError
from .log.log import MessageLog
from .log.message import Message
from .options import Options
from .protocol.handshake import Handshake
from .redaction.payloads import secret
from .session import card as _card  # noqa: F401  registers how sessions look
from .session.session import Session
from .tls.certificate import Certificate
from .tls.errors import SSLConnectError, SSLVerifyError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    max_total_bytes: int | None

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
    "secret",
    "sessions",
]


class _Package(types.ModuleType):
    """The package's class: a plain variable could neither act when it is assigned nor refuse a value.

    Source: the Python reference, section 3.3.2.1, "Customizing module attribute access".
    """

    def __dir__(self) -> list[str]:
        """List what is public: Tab offers these, not the modules inside."""
        dunders = [name for name in vars(self) if name.startswith("__")]
        return sorted({*__all__, "EOFError", "TimeoutError", "max_total_bytes", *dunders})

    @property
    def max_total_bytes(self) -> int | None:
        """Bytes that the logs of all sessions together keep, 1 GiB by default: payloads and 21 bytes a row; None means no limit.

        The largest logs drop their oldest rows, at once when a smaller limit is assigned. Logs with ``on_full="block"``
        or ``"close"`` count, but keep what they promise.
        """
        return _budget.max_bytes

    @max_total_bytes.setter
    def max_total_bytes(self, value: int | None) -> None:
        _budget.max_bytes = value


sys.modules[__name__].__class__ = _Package


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
