"""The embedded demo server: something to talk to when there is no service at hand.

`url` starts it on demand, once a process, on loopback only; it ends with the process or with `stop`. Nothing of the
client side is imported here: tests and notebooks use both ends, which never meet in code. Every function may be called
from any thread.
"""

from __future__ import annotations

import os
import threading

from .endpoints import ENDPOINTS, nearest
from .server import DemoServer

__all__ = ["ENDPOINTS", "DemoServer", "certificate_pem", "resolve", "running", "stop", "url"]

_lock = threading.Lock()
_server: DemoServer | None = None


def url(path: str = "", tls: bool = False) -> str:
    """Give the address of a demo endpoint, starting the server when it is not running.

    Parameters
    ----------
    path : str, default ""
        An endpoint of `ENDPOINTS`, with an optional query: ``"ticker"``, ``"flood?size=64"``.
    tls : bool, default False
        Whether to serve it over TLS, with a self-signed certificate.

    Returns
    -------
    str
        ``ws://127.0.0.1:PORT/PATH``, or ``wss://…``.

    Raises
    ------
    Error
        The server cannot listen on loopback; the text says why.
    """
    global _server  # noqa: PLW0603  one server a process, by design
    with _lock:
        if _server is None:
            _server = DemoServer()
            _server.start()
        return _server.url(path, tls=tls)


def resolve(target: str) -> str | None:
    """Turn the short names people type into addresses of the demo server.

    Parameters
    ----------
    target : str
        ``demo``, ``demo/ENDPOINT``, ``demo+tls`` or ``demo+tls/ENDPOINT``; anything else is not ours.

    Returns
    -------
    str or None
        The address, the server started; None when `target` names no demo.

    Raises
    ------
    ValueError
        The server has no such endpoint; the nearest is suggested, and nothing was started.

    Examples
    --------
    >>> resolve("wss://example.org") is None
    True
    """
    name, _, path = target.partition("/")
    name, question, query = name.partition("?")
    if name not in ("demo", "demo+tls"):
        return None
    meant = nearest(path)
    if meant:
        raise ValueError(f"the demo server has no such endpoint: {meant}")
    return url(path + question + query, tls=name == "demo+tls")


def certificate_pem() -> bytes:
    """Give the self-signed certificate of ``demo+tls``, to trust it with ``ca_file``.

    Returns
    -------
    bytes
        PEM. The server is started when it is not running.
    """
    url(tls=True)
    with _lock:
        if _server is None:  # pragma: no cover  stopped by another thread between the two lines
            raise RuntimeError("the demo server was stopped meanwhile; ask again")
        return _server.certificate_pem


def running() -> bool:
    """Tell whether the server runs.

    Returns
    -------
    bool
    """
    return _server is not None


def stop() -> None:
    """Stop the server: connections close with 1001 (going away), its thread ends. Without a server, nothing happens."""
    global _server
    with _lock:
        server, _server = _server, None
    if server is not None:
        server.stop()


def _forget() -> None:
    # A forked child has the object but not its thread: the next url() there must start a server of its own.
    global _server, _lock
    _server, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):  # pragma: no branch  absent on Windows
    os.register_at_fork(after_in_child=_forget)
