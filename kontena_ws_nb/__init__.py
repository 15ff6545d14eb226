"""Debug WebSockets in a notebook: a live panel, magics, a threaded client and a certificate inspector.

In a notebook, ``%load_ext kontena_ws_nb`` and ``%ws_connect wss://host/path``; ``%ws_help`` is the page of the magics. In Python::

    import kontena_ws_nb as kws
    ws = kws.connect("wss://host/path")     # a session, which reads in the background; "demo" is a server of its own
    ws.send("text"), ws.send_json({...})    # what was sent is returned
    ws.expect("$.type=pong")                # waits for a message that matches; ws.read() for the next, ws.collect(10) for ten
    ws.request({"id": 7, "op": "sum"})      # sends, and waits for the answer
    ws.messages.where("$.price>100")        # every frame, by index, filter or as a table: .to_pandas(json=True)
    ws.panel                                # the live view, as the last line of a cell
    ws.certificate, ws.handshake, ws.stats  # what the connection is
    ws.close(1000, "bye")

    kws.certificate("host:port")            # whose certificate is that, and why is it refused?
    kws.load("feed.har"), ws.save(path)     # captures of eleven formats; ws.record(path) writes while it happens
    kws.replay(path), kws.diff(a, b)        # a capture as a server; what changed between two
    kws.secret(value)                       # masked as *** from now on, everywhere
    kws.sessions                            # the open ones, by name

Without a thread: `Client`. Every error derives from `Error`, and says what happened to what, why, and what to do next; ``%ws_help 1006`` or, in a
terminal, ``kontena-ws help 1006`` says more, by close code, HTTP status, class or ``error.topic``.
Go on with ``help(kws.connect)`` (every option), ``help(kws.Session)``, ``help(kws.MessageLog)``, ``help(kws.Capture)``, ``help(kws.Error)``, and
``kontena-ws --help`` in a terminal. The documentation is built of ``notebooks/docs`` in the source.

The names in ``__all__`` are public, and so are `TimeoutError` and `EOFError`, which are left out of ``__all__`` so that
a star import does not shadow the builtins. Everything else is private.
"""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

from . import display as _display  # noqa: F401  registers how objects look
from .api import budget as _budget
from .api import capture, certificate, connect, decoder, diff, load, replay, save, sessions
from .captures.capture import Capture
from .connection.client import Client
from .errors import CaptureError, CloseError, ConnectError, Error, ProtocolError, SocketError

# Public, but not in __all__. Type checkers treat a name imported "as" itself as exported.
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

__version__ = "0.2.0"

__all__ = [
    "Capture",
    "CaptureError",
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
    "capture",
    "certificate",
    "connect",
    "decoder",
    "diff",
    "load",
    "replay",
    "save",
    "secret",
    "sessions",
]


class _Package(types.ModuleType):
    """The class of this module, so that `max_total_bytes` can be a property: assigning it checks the value and drops rows.

    Source: the Python reference, section 3.3.2.1, "Customizing module attribute access".
    """

    def __dir__(self) -> list[str]:
        """List the public names, so that Tab does not offer submodules."""
        dunders = [name for name in vars(self) if name.startswith("__")]
        return sorted({*__all__, "EOFError", "TimeoutError", "max_total_bytes", *dunders})

    @property
    def max_total_bytes(self) -> int | None:
        """Bytes that the logs of all sessions together may hold: payloads and 21 bytes a row.

        1 GiB by default; None means no limit.

        Above the limit, the largest logs drop their oldest rows; assigning a smaller limit drops them at once. Logs with
        ``on_full="block"`` or ``"close"`` count towards the limit but drop nothing.
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
        The shell that loads the extension.
    """
    from .magics import load

    load(ipython)


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Remove the magics and close what they opened: ``%unload_ext kontena_ws_nb``.

    Parameters
    ----------
    ipython : InteractiveShell
        The shell that unloads the extension.
    """
    from .magics import unload

    unload(ipython)
