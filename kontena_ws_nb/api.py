"""`connect`, and the registry of sessions by name.

What lives here: names, and what happens when one is used again. What must not: what a session does. Any thread.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from .connection.opening import secure
from .feed.sources import live
from .log.retention import Budget
from .options import Options
from .redaction.headers import redact_url
from .redaction.text import quoted
from .session.hooks import Hooks
from .session.session import Session
from .tls.certificate import Certificate
from .tls.verify import verify_chain
from .transport.credentials import know_credentials
from .transport.dial import dial
from .transport.url import Target

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import Given


#: A person is watching: shorter waits than the gem's.
_WAITS = Options(connect_timeout=10.0, open_timeout=10.0, close_timeout=10.0)


class Turn:
    """The right to connect under one name; several threads wait for it in no order."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


_live: dict[str, Session] = live
#: Sessions that ended, as long as somebody holds them: the next of the name finds its predecessor's log and panel.
_latest: WeakValueDictionary[str, Session] = WeakValueDictionary()
#: Names chosen for sessions that are still connecting.
_chosen: set[str] = set()
_lock = threading.Lock()
#: Whose turn it is to connect under a name: one thread at a time replaces what is there.
_turns: WeakValueDictionary[str, Turn] = WeakValueDictionary()

#: What the logs of all sessions share: `max_total_bytes` of the package.
budget: Final = Budget(1 << 30)

#: The live sessions, by name.
sessions: Mapping[str, Session] = MappingProxyType(_live)


def connect(url: str, name: str | None = None, **options: Unpack[Given]) -> Session:
    """Open a WebSocket and read it in the background.

    Parameters
    ----------
    url : str
        ``ws://`` or ``wss://``; ``"demo"``, ``"demo/ticker"``, ``"demo+tls"`` … start the embedded demo server.
    name : str, optional
        A live session of this name is closed (1000 "replaced") and kept as ``previous``; of two calls at the same time the second waits, and replaces what the
        first opened. By default the host's name, made unique.
    **options
        See `Options.table`. Connect, open and close wait 10 s by default.

    Returns
    -------
    Session
        Open.

    Raises
    ------
    ValueError, TypeError
        The URL, name or an option cannot work.
    ConnectError, ProtocolError, TimeoutError
        As `Client.connect`.
    """
    settings = Options.of(_WAITS, **options)
    if isinstance(url, str) and url.startswith("demo"):
        from .demo import resolve

        url = resolve(url) or url
    if name is not None:
        if not name:
            raise ValueError("a session's name cannot be empty")
        return _connect(url, name, settings)
    name = _choose_name(urlsplit(Target.parse(url).url).hostname or "ws")
    try:
        return _connect(url, name, settings)
    finally:
        _chosen.discard(name)


def _connect(url: str, name: str, settings: Options) -> Session:
    with _lock:
        turn = _turns.get(name) or _turns.setdefault(name, Turn())
    with turn.lock:
        with _lock:
            before = _live.get(name) or _latest.get(name)
        session = Session(url, name, settings, Hooks(_remember, _forget), budget)
        with _lock:
            _latest[name] = session
            if not session.closed:
                _live[name] = session
        if before is not None:
            _replace(before, session)
        return session


def _replace(before: Session, session: Session) -> None:
    session.previous = before
    before.previous = None  # one generation: older logs are not kept alive
    try:
        before.close(1000, "replaced")
    except BaseException:  # an interrupt: the caller gets no session, so there must be none
        session.abort()
        raise
    if before._panel is not None:
        session._panel = before._panel
        session._panel.attach(session)
        before._panel = None


def _remember(session: Session) -> None:
    """List a session that opened; not when it reconnects after somebody else took its name."""
    with _lock:
        if session.name not in _live:
            _live[session.name] = session


def _forget(session: Session) -> None:
    with _lock:
        if _live.get(session.name) is session:
            del _live[session.name]


def _choose_name(base: str) -> str:
    with _lock:
        name, number = base, 2
        while name in _live or name in _chosen:
            name, number = f"{base}-{number}", number + 1
        _chosen.add(name)
        return name


@atexit.register
def _close_all() -> None:
    """Say goodbye (1001) when the process ends; nobody waits long for a server then."""
    for session in list(_live.values()):
        session.client.goodbye()

def certificate(url: str, **options: Unpack[Given]) -> Certificate:
    """Fetch and judge the certificate of any TLS server; no WebSocket is opened.

    Parameters
    ----------
    url : str
        ``wss://host[:port]``, ``https://host[:port]`` or just ``host[:port]``.
    **options
        See `Options.table`; ``ssl_verify`` has no effect, a bad certificate is described, not refused.

    Returns
    -------
    Certificate
        The server's own, with ``chain``, ``verdict`` and ``tls``.

    Raises
    ------
    ValueError
        The URL is none, or not ``wss://``.
    ConnectError, SSLConnectError, TimeoutError
        No connection, or no TLS.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme.strip().lower() == "https":  # TLS is TLS; people paste what their browser shows
        url = f"wss://{rest}"
    target = Target.parse(url if "://" in url else f"wss://{url}")
    if not target.secure:
        raise ValueError(f"{quoted(redact_url(url))} has no certificate: write wss:// instead of ws://")
    settings = Options.of(Options(connect_timeout=10.0), **{**options, "ssl_verify": False})
    know_credentials(target.resource, settings)
    stream = dial(target, settings).stream
    try:
        chain, trust = secure(stream, target, settings)
    finally:
        stream.close()
    if chain.verdict is None:
        verdict = verify_chain(chain.ders, hostname=chain.hostname, trust=trust, strict=settings.strict, url=redact_url(target.url))
        chain.verdict = replace(verdict, examined=True)
    leaf = chain.leaf
    assert leaf is not None  # a TLS server with certificate authentication always sends one
    return leaf
