"""The embedded demo server, to try the client without a service.

`url` starts it on demand, once per process, on loopback only; it ends with the process or with `stop`. It imports nothing
of the client. Functions may be called from any thread.
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
    """Return the URL of a demo endpoint; start the server if it is not running.

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
    global _server  # noqa: PLW0603  one server per process
    with _lock:
        if _server is None:
            _server = DemoServer()
            _server.start()
        return _server.url(path, tls=tls)


def resolve(target: str) -> str | None:
    """Return the URL for a short name of the demo server, and start the server.

    Parameters
    ----------
    target : str
        ``demo``, ``demo/ENDPOINT``, ``demo+tls`` or ``demo+tls/ENDPOINT``, with an optional query.

    Returns
    -------
    str or None
        The URL; None if ``target`` is not a short name.

    Raises
    ------
    ValueError
        The server has no such endpoint (the nearest is suggested); nothing was started.

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
    """Return the self-signed certificate of ``demo+tls``, to trust it with ``ca_file``; start the server if it is not running.

    Returns
    -------
    bytes
        PEM.
    """
    url(tls=True)
    with _lock:
        if _server is None:  # stopped by another thread between the two lines
            raise RuntimeError("the demo server was stopped meanwhile; try again")
        return _server.certificate_pem


def running() -> bool:
    """Tell whether the server runs.

    Returns
    -------
    bool
    """
    return _server is not None


def stop() -> None:
    """Stop the server, if it is running: connections are closed with 1001 (going away), and its thread ends."""
    global _server
    with _lock:
        server, _server = _server, None
    if server is not None:
        server.stop()


def _forget() -> None:
    # A forked child has no server thread; its next url() starts another server.
    global _server, _lock
    _server, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):  # pragma: no branch  absent on Windows
    os.register_at_fork(after_in_child=_forget)
