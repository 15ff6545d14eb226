"""`connect`, `certificate`, `load`, `save`, `replay` and `sessions`: the functions of the package's Python interface. Any thread."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit
from weakref import WeakSet, finalize

from .connection.client import demo_url
from .connection.opening import secure
from .feed.registry import registry
from .log.retention import Budget
from .options import Options
from .redaction.headers import redact_url
from .redaction.text import quoted
from .session.session import Session, replace_session
from .system import forks
from .system.paths import local_path
from .tls.certificate import Certificate
from .tls.verify import verify_chain
from .transport.credentials import know_credentials
from .transport.dial import dial
from .transport.url import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from typing_extensions import Unpack

    from .captures.capture import Capture
    from .captures.diff import Diff
    from .captures.saving import Saved
    from .options import OptionArguments
    from .playback.server import Replay

    class SessionArguments(OptionArguments, total=False):
        """The keyword arguments of `connect`: the options, and ``on_open``, which is called with a session."""

        on_open: Callable[[Session], object] | None


_D = TypeVar("_D", bound="Callable[..., object]")

_logger = logging.getLogger("kontena_ws_nb")

#: Shorter than the gem's 60 s, because a person waits for a session.
_TIMEOUTS = Options(connect_timeout=10.0, open_timeout=10.0, close_timeout=10.0)


#: The limit that the logs of all sessions share: ``kontena_ws_nb.max_total_bytes``.
budget: Final = Budget(1 << 30)

#: The live sessions, by name.
sessions: Mapping[str, Session] = MappingProxyType(registry.live)

#: Sessions that `connect` chose a name for.
_unnamed: Final[WeakSet[Session]] = WeakSet()
_warned = threading.Event()
_unnamed_lock = forks.lock()


def connect(url: str, name: str | None = None, **options: Unpack[SessionArguments]) -> Session:
    """Open a WebSocket and read it in the background.

    Parameters
    ----------
    url : str
        ``ws://`` or ``wss://``; ``"demo"``, ``"demo/ticker"``, ``"demo+tls"`` … start the embedded demo server;
        ``"replay:feed.har"`` serves a capture (see `replay`; ``replay:feed.har?speed=10&session=a``).
    name : str, optional
        A live session of this name is closed (1000 "replaced") and becomes the new one's ``previous``. If two threads
        connect under one name at the same time, the second waits, and replaces the first one's session. By default the
        name is the URL's host, with a number if that is taken; then running the cell again opens another session, and
        the logger ``kontena_ws_nb`` warns of it once. A session that was given no name is closed (1000) when nothing
        refers to it any more: no variable, cell output, panel, observer or waiting call.
    **options
        See `Options.table`. ``connect_timeout``, ``open_timeout`` and ``close_timeout`` are 10 s by default.

    Returns
    -------
    Session
        Open.

    Raises
    ------
    ValueError, TypeError
        The URL, the name or an option is invalid.
    ConnectError, ProtocolError, TimeoutError
        As `Client.connect`.
    """
    settings = Options.of(_TIMEOUTS, **options)
    if name == "":
        raise ValueError("a session's name cannot be empty")
    if isinstance(url, str) and url.startswith("replay:"):
        return _connect_to_replay(url, name, settings)
    url = demo_url(url)
    if name is not None:
        return _connect(url, name, settings)
    with registry.choose(urlsplit(Target.parse(url).url).hostname or "ws") as chosen:
        session = _connect(url, chosen, settings, kept=False)
    _warn_of_others(session)
    return session


def _connect_to_replay(address: str, name: str | None, settings: Options) -> Session:
    """Serve a capture for as long as there is the session that is connected to it."""
    from .playback.opened import parse

    path, options = parse(address)
    server = replay(path, **options).start()
    try:
        if name is not None:
            session = _connect(server.url, name, settings)
        else:
            with registry.choose(PurePath(path).stem) as chosen:
                session = _connect(server.url, chosen, settings)
    except BaseException:
        server.stop()
        raise
    finalize(session, server.leave)
    return session


def _warn_of_others(session: Session) -> None:
    """Warn, once per process, if an unnamed session is opened while another one to the same URL is still open."""
    with _unnamed_lock:
        before = list(_unnamed)
        _unnamed.add(session)
    others = [other.name for other in before if other.url == session.url and other.state != "closed"]
    if others and not _warned.is_set():
        _warned.set()
        first = min(others, key=len)
        _logger.warning(
            "%s is one more session to %s: %s is still open, and stays open as long as a variable, an output, a panel or an observer holds it. "
            'A session with a name replaces the one before: kws.connect(url, "name"). '
            "kws.sessions[%r].close() closes the one that is open.",
            session.name,
            session.url,
            ", ".join(sorted(others)),
            first,
        )


def _connect(url: str, name: str, settings: Options, *, kept: bool = True) -> Session:
    with registry.turn(name) as before:
        session = Session(url, name, settings, registry, budget, kept=kept)
        registry.replace(session, kept=kept)
        if before is not None:
            replace_session(before, session)
        return session


@atexit.register
def _close_all() -> None:
    """Send 1001 "going away" on every open connection when the process ends, without waiting for answers, and end recordings."""
    live = list(sessions.values())
    for session in live:
        session.client.connection.close_at_exit()
    for session in live:
        session.record(None)


def load(path: str | os.PathLike[str], keylog: str | os.PathLike[str] | None = None) -> Capture:
    """Open a file of messages, our own or another tool's.

    Parameters
    ----------
    path : str or path-like
        One of our own recordings, or a folder of Parquet files; JSON Lines, CSV, Parquet or Arrow; a HAR as Chrome, Playwright (also zipped), HTTP Toolkit or mitmproxy write it; a
        flow file of mitmproxy, a response log of Insomnia, an answer of ZAP's WebSocket API; each also packed with gzip. What it is, its content
        says; the suffix only where that does not tell.
    keylog : str or path-like, optional
        The file with the keys of the TLS connections in a packet capture (``SSLKEYLOGFILE``).

    Returns
    -------
    Capture
        With `messages`, a panel, tables and all that; ``problems`` says what could not be read. What is whole of a
        damaged file is there.

    Raises
    ------
    CaptureError
        The file is none of these, or nothing of it can be read.
    OSError
        It is not there, or may not be read.
    ImportError
        Parquet and Arrow need pyarrow: ``pip install 'kontena_ws_nb[data]'``.

    Examples
    --------
    ``kws.load("from-chrome.har").where("kind:text price")``
    """
    from .captures.load import load as read  # with all formats

    return read(path, keylog)


def save(source: object, path: str | os.PathLike[str], *, secrets: bool = False) -> Saved:
    """Write messages to a file that other tools, or `load`, open.

    Parameters
    ----------
    source : object
        A session, a capture, a log, a view or slice of one, messages; or several of them: a mapping of names, or a
        sequence of sessions and captures.
    path : str or path-like
        Its suffix says the format: ``.jsonl``, ``.csv``, ``.har``, ``.parquet``, ``.arrow``, ``.mitm``, ``.insomnia``,
        ``.zap``. A file of that name is replaced once the new one is whole.
    secrets : bool, default False
        Write everything as it was. By default known secrets are masked in payloads (`secret`), and in URLs, headers and
        cookies whatever may be one.

    Returns
    -------
    Saved
        What was written, and what the format could not hold (``lost``).

    Raises
    ------
    CaptureError
        The suffix says no format that can be written.
    TypeError
        The source is something else.
    OSError
        The file cannot be written; an old one is as it was.
    ImportError
        As for `load`.

    Examples
    --------
    ``kws.save(ws.messages.where("kind:text"), "trades.parquet")``
    """
    from .captures.save import save as write  # with all formats

    return write(source, path, secrets=secrets)


def replay(
    source: object,
    speed: float = 1.0,
    *,
    wait: bool = False,
    strict: bool = False,
    ignore: Iterable[str] = (),
    session: str | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> Replay:
    """Play a capture back as a server on loopback: what was received is sent, in its time, handshake and close code and all.

    Use it in a ``with`` statement, or ``start()`` and ``stop()`` it. Each client gets the next recorded connection, of
    the path it asks for if there is one.

    Parameters
    ----------
    source : object
        A file that `load` opens, or whatever `save` takes: a capture, a session, a log, messages.
    speed : float, default 1.0
        1 is as recorded, 10 ten times as fast, `math.inf` without waiting, 0 only ``server.step()`` by step.
    wait : bool, default False
        Whether the server waits, where the client had sent something, until a client sends the same.
    strict : bool, default False
        Whether a client that sends something else is closed (1008), and leaving the ``with`` statement raises
        `AssertionError` with the ``report``.
    ignore : iterable of str, optional
        Paths of JSON whose values do not count then: ``["$.time", "$..id"]``.
    session : str, optional
        The name of one of several sessions; all by default.
    host : str, default "127.0.0.1"
        Address to listen on.
    port : int, default 0
        Port; 0 takes a free one.

    Returns
    -------
    Replay
        ``url``, ``mismatches`` (how clients differed; complete after ``stop()``) and ``report`` (the same as text).

    Raises
    ------
    CaptureError, OSError, ImportError, TypeError
        As `load` and `save`; or there is no connection in it.
    ValueError
        There is no such session, or ``speed`` or ``ignore`` is none.

    Examples
    --------
    ``with kws.replay("feed.har", wait=True) as server: run_client(server.url)``
    """
    from .playback.opened import replayed  # with asyncio and websockets

    return replayed(source, speed, wait=wait, strict=strict, ignore=ignore, session=session, host=host, port=port)


def capture(
    url: str, folder: str | os.PathLike[str], seconds: float = 60.0, **options: Unpack[OptionArguments]
) -> Saved:
    """Capture what a server sends for some seconds, as Parquet: a plain function, which a cluster can map over many feeds.

    Each call writes a folder of its own into ``folder`` (``capture=…/hour=…/part-….parquet``), so that all of them together
    are one dataset for `load`, DuckDB, Dask and Spark. The column ``session`` has the feed's URL, masked and without its
    scheme. What comes goes to a file at once, and may be larger than memory.

    Parameters
    ----------
    url : str
        As for `connect`.
    folder : str or path-like
        Made if it is not there; all calls may name the same.
    seconds : float, default 60
        How long. It ends earlier when the server closes, or the connection is lost without ``auto_reconnect``.
    **options
        As for `connect`.

    Returns
    -------
    Saved
        What was written where.

    Raises
    ------
    ValueError, TypeError, ConnectError, ProtocolError, TimeoutError
        As `connect`; or ``seconds`` is not more than 0.
    OSError
        The folder cannot be written.
    ImportError
        pyarrow is not installed: ``pip install 'kontena_ws_nb[data]'``.

    Examples
    --------
    ``client.map(kws.capture, urls, folder="/data/feeds", seconds=3600)`` with ``dask.distributed``.
    """
    from .captures.feed import capture_feed  # with all formats

    def recorded(path: Path) -> Session:
        arguments: OptionArguments = {**options, "record": path}
        settings = Options.of(_TIMEOUTS, **arguments)
        if url.startswith("replay:"):
            return _connect_to_replay(url, None, settings)
        target = demo_url(url)
        # Its URL, without what may be secret: in a dataset the name says which feed a row is of, whatever process wrote it.
        feed = redact_url(Target.parse(target).url).partition("://")[2].rstrip("/")
        with registry.choose(feed) as chosen:
            return _connect(target, chosen, settings, kept=False)

    return capture_feed(recorded, Path(local_path(folder)), seconds)


def diff(before: object, after: object, ignore: Iterable[str] = ()) -> Diff:
    """Tell what changed between two captures, message by message; JSON is compared as JSON.

    Parameters
    ----------
    before, after : object
        Files that `load` opens, or whatever `save` takes. Of several sessions those of the same name are compared.
    ignore : iterable of str, optional
        Paths of JSON whose values do not count: ``["$.time", "$..id"]``.

    Returns
    -------
    Diff
        Empty, and so false, when nothing changed. It is text, HTML, a sequence of what differs, and has a ``panel``.

    Raises
    ------
    CaptureError, OSError, ImportError, TypeError
        As `load` and `save`.
    ValueError
        ``ignore`` has something that is no path.

    Examples
    --------
    ``kws.diff("yesterday.har", ws, ignore=["$.time"])``
    """
    from .captures.diff import diff as compare  # with all formats

    return compare(before, after, ignore)


def decoder(name: str) -> Callable[[_D], _D]:
    """Register a decoder of one's own under a name. A decorator.

    Choose it with ``ws.decode = name``, ``connect(…, decode=name)`` or ``%ws_connect --decode NAME``.

    Parameters
    ----------
    name : str
        What people choose it by; a decoder of that name is replaced.

    Returns
    -------
    callable
        Takes a function of a message's data (str for text, bytes for binary messages), which returns an object or None
        when it has nothing to say; or a subclass of `decoders.decoder.Decoder`.

    Raises
    ------
    ValueError
        The name is empty.
    TypeError
        What is decorated is neither.

    Examples
    --------
    >>> @decoder("csv")
    ... def fields(data):
    ...     return data.split(",")
    """
    from .decoders.registry import decoder as register  # with all decoders, which most programs never ask

    return register(name)


def certificate(url: str, **options: Unpack[OptionArguments]) -> Certificate:
    """Fetch and verify the certificate of any TLS server, without opening a WebSocket.

    Parameters
    ----------
    url : str
        ``wss://host[:port]``, ``https://host[:port]`` or just ``host[:port]``; ``"demo+tls"`` as in `connect`.
    **options
        See `Options.table`. ``ssl_verify`` has no effect: a bad certificate is returned, with its verdict.
        ``connect_timeout`` is 10 s by default.

    Returns
    -------
    Certificate
        The server's certificate, with ``chain``, ``verdict`` and ``tls``.

    Raises
    ------
    ValueError, TypeError
        The URL is invalid or a ``ws://`` URL, or an option is invalid.
    ConnectError
        Name lookup, TCP or the proxy failed; `SSLConnectError` when the TLS handshake did.
    TimeoutError
        ``connect_timeout`` passed.
    """
    url = demo_url(url)
    scheme, separator, rest = url.partition("://")
    if separator and scheme.strip().lower() == "https":  # people paste the URL that their browser shows
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
    assert leaf is not None  # a server sends one in every TLS handshake that we offer
    return leaf
