"""`connect`, `certificate`, and `sessions`: what people begin with. Any thread."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from weakref import WeakSet

from .connection.client import demo_url
from .connection.opening import secure
from .feed.registry import registry
from .log.retention import Budget
from .options import Options
from .redaction.headers import redact_url
from .redaction.text import quoted
from .session.session import Session, replace_session
from .system import forks
from .tls.certificate import Certificate
from .tls.verify import verify_chain
from .transport.credentials import know_credentials
from .transport.dial import dial
from .transport.url import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Unpack

    from .options import OptionArguments

    class SessionArguments(OptionArguments, total=False):
        """What `connect` takes by name: the options, and what is called with a session."""

        on_open: Callable[[Session], object] | None


_logger = logging.getLogger("kontena_ws_nb")

#: A person is watching: shorter waits than the gem's.
_WAITS = Options(connect_timeout=10.0, open_timeout=10.0, close_timeout=10.0)


#: What the logs of all sessions share: `max_total_bytes` of the package.
budget: Final = Budget(1 << 30)

#: The live sessions, by name.
sessions: Mapping[str, Session] = MappingProxyType(registry.live)

#: Those whose names were chosen for them.
_unnamed: Final[WeakSet[Session]] = WeakSet()
_told = threading.Event()
_telling = forks.lock()


def connect(url: str, name: str | None = None, **options: Unpack[SessionArguments]) -> Session:
    """Open a WebSocket and read it in the background.

    Parameters
    ----------
    url : str
        ``ws://`` or ``wss://``; ``"demo"``, ``"demo/ticker"``, ``"demo+tls"`` … start the embedded demo server.
    name : str, optional
        A live session of this name is closed (1000 "replaced") and kept as ``previous``; of two calls at the same time
        the second waits, and replaces what the first opened. By default the host's name, made unique: then a cell that
        runs again opens one more session, which the logger ``kontena_ws_nb`` says once.
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
    url = demo_url(url)
    if name is not None:
        if not name:
            raise ValueError("a session's name cannot be empty")
        return _connect(url, name, settings)
    with registry.choose(urlsplit(Target.parse(url).url).hostname or "ws") as chosen:
        session = _connect(url, chosen, settings)
    _tell_of_others(session)
    return session


def _tell_of_others(session: Session) -> None:
    """Say once in a process that a session without a name of its own replaces none: a cell that connects ran again."""
    with _telling:
        before = list(_unnamed)
        _unnamed.add(session)
    others = [other.name for other in before if other.url == session.url and other.state != "closed"]
    if others and not _told.is_set():
        _told.set()
        first = min(others, key=len)
        _logger.warning(
            "%s is one more session to %s: %s is still open, and stays open when its variable gets another value. "
            'A session with a name replaces the one before: kws.connect(url, "name"). '
            "kws.sessions[%r].close() closes the one that is open.",
            session.name,
            session.url,
            ", ".join(sorted(others)),
            first,
        )


def _connect(url: str, name: str, settings: Options) -> Session:
    with registry.turn(name) as before:
        session = Session(url, name, settings, registry, budget)
        registry.replace(session)
        if before is not None:
            replace_session(before, session)
        return session


@atexit.register
def _close_all() -> None:
    """Say goodbye (1001) when the process ends; nobody waits long for a server then."""
    for session in list(sessions.values()):
        session.client.connection.goodbye()


def certificate(url: str, **options: Unpack[OptionArguments]) -> Certificate:
    """Fetch and judge the certificate of any TLS server; no WebSocket is opened.

    Parameters
    ----------
    url : str
        ``wss://host[:port]``, ``https://host[:port]`` or just ``host[:port]``; ``"demo+tls"`` as in `connect`.
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
    url = demo_url(url)
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
        verdict = verify_chain(
            chain.ders, hostname=chain.hostname, trust=trust, strict=settings.strict, url=redact_url(target.url)
        )
        chain.verdict = replace(verdict, examined=True)
    leaf = chain.leaf
    assert leaf is not None  # a TLS server with certificate authentication always sends one
    return leaf
