"""`Session`: what a notebook holds. A name, a client, a reader thread, and a log that outlives connections.

What lives here: the background reader and the session's cursors. What must not: sockets, widgets, names. Methods may be
called from any thread; ``_run`` is the reader thread and never runs user code.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .client import Client
from .errors import Error, SocketError, TimeoutError, again
from .log.log import MessageLog
from .log.matcher import Match, Matcher
from .log.message import Message
from .options import Options
from .pace import Pace
from .state import StateObserver
from .stats import Counters, Stats
from .tls.certificate import Certificate
from .wire.compose import encode
from .wire.deadline import Deadline
from .wire.handshake import Handshake

if TYPE_CHECKING:
    from .panel.panel import Panel

_logger = logging.getLogger("kontena_ws_nb.session")

#: Seconds of `read`, `expect` and `ping` when nothing else is said.
WAIT = 10.0


class Session:
    """A named WebSocket connection that is read in the background.

    Made by `sessions.connect`.

    Attributes
    ----------
    name : str
        Its name in `sessions` and in the notebook.
    url : str
        Where it leads, secrets masked.
    messages : MessageLog
        Every message, control frame and lifecycle event.
    previous : Session or None
        The session this one replaced under its name.
    """

    def __init__(self, url: str, name: str, options: Options, on_end: Callable[[Session], object] | None = None) -> None:
        self.name = name
        self._on_end = on_end
        self.options = options
        self.previous: Session | None = None
        self.messages = MessageLog(options.max_bytes, options.max_messages, options.on_full)
        self._given_url = url
        self._connection = 1
        self._cursor = 0
        self._expect_from = 0
        self._cursor_lock = threading.Lock()
        self._send_order = threading.Lock()
        self._counters = Counters()
        self._panel: Panel | None = None
        self._pace = Pace()
        self._crash: Exception | None = None
        started = time.monotonic()
        self.client = Client.connect(url, options)
        self.url = self.client.url
        self._opened = time.monotonic()
        self._ended: float | None = None
        self._done = threading.Event()
        took = (self._opened - started) * 1000
        self._note("open", f"connected to {self.url} in {took:.0f} ms ({_wire_facts(self.client.handshake)})")
        self._thread = threading.Thread(target=self._run, name=f"kontena-ws-reader-{name}", daemon=True)
        self._thread.start()

    # ---- the reader thread

    def _run(self) -> None:
        client, log, pace = self.client, self.messages, self._pace
        never = Deadline(None)
        try:
            with client.receiving():
                while not client.closed:
                    batches = client.receive(never)
                    now = time.time_ns()
                    size = 0
                    for batch in batches:
                        size += self._counters.received(batch)
                        log.append(batch, now, self._connection)
                    pace.rest(size)
        except Exception as error:  # a defect of ours: the session ends with it, and read() raises it
            _logger.exception("the reader of %s failed", self.name)
            self._crash = error
            client.abort()
        finally:
            self._finish(client)

    def _finish(self, client: Client) -> None:
        failure = self.error
        if failure is not None and client.close_code in (None, 1006):
            self._note("error", str(failure))
        self._ended = time.monotonic()
        self._done.set()
        if self._on_end is not None:
            self._on_end(self)
        self.messages.wake()

    def _note(self, kind: str, text: str) -> None:
        self.messages.add(kind, text.encode("utf-8", "replace"), connection=self._connection)

    # ---- facts

    @property
    def state(self) -> str:
        """``"open"``, ``"closing"`` or ``"closed"``."""
        return "closed" if self._done.is_set() else "closing" if self.client.state == "closed" else self.client.state

    @property
    def closed(self) -> bool:
        """Whether the session is over and its log complete."""
        return self._done.is_set()

    @property
    def error(self) -> Exception | None:
        """Why the session ended; None while it lives and when it was closed by us."""
        return self._crash or self.client.failure

    @property
    def handshake(self) -> Handshake:
        """The record of the latest opening handshake."""
        return self.client.handshake

    @property
    def certificate(self) -> Certificate | None:
        """The server's certificate with its chain and verdict; None without TLS."""
        return self.client.ssl_cert

    @property
    def close_code(self) -> int | None:
        """The code of the latest connection's end; None while it is open."""
        return self.client.close_code

    @property
    def close_reason(self) -> str | None:
        """The reason that came with `close_code`."""
        return self.client.close_reason

    @property
    def stats(self) -> Stats:
        """Counts up to now; cheap to ask."""
        uptime = (self._ended or time.monotonic()) - self._opened
        return self._counters.snapshot(self.messages.dropped, self.client.ping_delay, uptime)

    # ---- sending

    def send(self, data: str | bytes | bytearray | memoryview) -> Message:
        """Send one message.

        Parameters
        ----------
        data : str or bytes-like
            Text goes as a text message, bytes as a binary one.

        Returns
        -------
        Message
            The row of the log.

        Raises
        ------
        TypeError
            Neither str nor bytes-like.
        SocketError
            The connection is not open.
        TimeoutError
            No progress within ``write_timeout``.
        """
        opcode, payload = encode(data)
        client = self.client
        # Senders only; the reader never takes it. Makes the order of the log the order on the wire.
        with self._send_order:
            client.require_open("send")
            index = self.messages.add("text" if opcode == 1 else "binary", payload, sent=True, connection=self._connection)
            item = client.submit(opcode, payload)
        self._pace.sent()
        try:
            client.finish(item)
        except Error as error:
            self._note("error", f"message {index} was not sent: {error.message}")
            raise
        self._counters.sent(len(payload))
        self._expect_from = max(self._expect_from, index + 1)
        return self.messages[index]

    def send_json(self, obj: Any) -> Message:
        """Send an object as a JSON text message.

        Parameters
        ----------
        obj : object
            What `json.dumps` takes.

        Returns
        -------
        Message

        Raises
        ------
        TypeError, ValueError
            Not JSON-able; nothing was sent.
        SocketError, TimeoutError
            As `send`.
        """
        return self.send(json.dumps(obj, ensure_ascii=False, allow_nan=False))

    def ping(self, timeout: float | None = WAIT) -> float:
        """Send a ping and wait for its pong.

        Parameters
        ----------
        timeout : float, optional
            Seconds, 10 by default; None waits for ever.

        Returns
        -------
        float
            Seconds of round trip.

        Raises
        ------
        TimeoutError
            No pong in time (phase ``"ping"``).
        SocketError
            The connection is not open, or ended meanwhile.
        """
        client = self.client
        payload = time.perf_counter_ns().to_bytes(8, "big") + b"rtt"
        answered = client.ping_waiter(payload)
        started = time.perf_counter()
        client.ping(payload)
        self._pace.sent()
        deadline = Deadline(timeout)
        self.messages.wait_for(lambda: answered.is_set() or self._done.is_set(), deadline.left())
        if answered.is_set():
            return client.ping_delay if client.ping_delay is not None else time.perf_counter() - started
        if self._done.is_set():
            raise SocketError("the connection ended before the pong came", url=self.url)
        raise TimeoutError("ping", timeout or 0, f"no pong within {timeout:g} s", url=self.url)

    # ---- receiving

    def read(self, timeout: float | None = WAIT) -> Message | None:
        """Read the next received message at the session's cursor.

        Parameters
        ----------
        timeout : float, optional
            Seconds, 10 by default; None waits for ever.

        Returns
        -------
        Message or None
            None when the session was closed by us and everything was read.

        Raises
        ------
        TimeoutError
            Nothing came in time; the session stays as it is.
        CloseError, EOFError, ProtocolError, SocketError
            The connection ended and everything was read.
        """
        deadline = Deadline(timeout)
        log = self.messages
        while True:
            with self._cursor_lock:
                done = self._done.is_set()  # before looking: rows precede it
                seen = log.next_index
                index = log.find_data(self._cursor)
                self._cursor = seen if index is None else index + 1
                if index is not None:
                    return log[index]
            if done:
                if self.error is not None:
                    raise again(self.error)
                return None
            if not log.wait_for(lambda seen=seen: log.next_index > seen or self._done.is_set(), deadline.left()):  # type: ignore[misc]
                raise TimeoutError("read", timeout or 0, f"no message within {timeout:g} s", url=self.url)

    def __iter__(self) -> Iterator[Message]:
        """Iterate over received text and binary messages, from the oldest kept; waits, and ends with the session."""
        log = self.messages
        at = log.first_index
        while True:
            done = self._done.is_set()
            seen = log.next_index
            index = log.find_data(at)
            if index is not None:
                at = index + 1
                yield log[index]
                continue
            at = seen
            if done:
                if self.error is not None:
                    raise again(self.error)
                return
            log.wait_for(lambda seen=seen: log.next_index > seen or self._done.is_set())  # type: ignore[misc]

    # ---- expecting

    def expect(self, match: Match, timeout: float | None = WAIT, *, since: int | None = None) -> Message:
        """Wait for a received message that matches.

        Parameters
        ----------
        match : str, re.Pattern, dict or callable
            Filter text (the one grammar), a regex, a JSON subset (``...`` stands for any value), or a function of the message.
        timeout : float, optional
            Seconds, 10 by default; None waits for ever.
        since : int, optional
            Permanent index to search from; by default after the last send or the last match, whichever is later.

        Returns
        -------
        Message
            The first match. `read`'s cursor stays where it is.

        Raises
        ------
        TimeoutError
            Nothing matched in time (phase ``"expect"``); the text shows the nearest misses.
        CloseError, EOFError, SocketError
            The connection ended before anything matched.
        """
        matcher = Matcher(match)
        deadline = Deadline(timeout)
        log = self.messages
        at = start = self._expect_from if since is None else since
        while True:
            done = self._done.is_set()
            seen = log.next_index
            while (index := log.find_data(at)) is not None and index < seen:
                at = index + 1
                message = log[index]
                if matcher(message):
                    self._expect_from = max(self._expect_from, at)
                    return message
            at = max(at, seen)
            if done:
                raise (
                    again(self.error)
                    if self.error is not None
                    else SocketError(f"the session was closed before {matcher} came", url=self.url)
                )
            if not log.wait_for(lambda seen=seen: log.next_index > seen or self._done.is_set(), deadline.left()):  # type: ignore[misc]
                raise TimeoutError("expect", timeout or 0, _missed(log, matcher, start, timeout or 0), url=self.url)

    def request(self, data: str | bytes | dict[str, Any] | list[Any], *, match: Match, timeout: float | None = WAIT) -> Message:
        """Send, then expect from that send on.

        Parameters
        ----------
        data : str, bytes, dict or list
            What to send; dict and list go as JSON.
        match : str, re.Pattern, dict or callable
            As for `expect`.
        timeout : float, optional
            Seconds, 10 by default.

        Returns
        -------
        Message
            The answer.

        Raises
        ------
        TimeoutError, CloseError, SocketError
            As `send` and `expect`.
        """
        sent = self.send_json(data) if isinstance(data, (dict, list)) else self.send(data)
        return self.expect(match, timeout, since=sent.index + 1)

    # ---- the end

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection; waits for the server's answer, at most ``close_timeout``.

        Parameters
        ----------
        code : int, default 1000
            Close code to send.
        reason : str, default ""
            At most 123 bytes of UTF-8.

        Raises
        ------
        ValueError
            A code or reason that may not be sent; the session stays open.
        """
        self.client.close(code, reason)
        self._thread.join()

    def abort(self, reset: bool = False) -> None:
        """Drop the connection without a close frame.

        Parameters
        ----------
        reset : bool, default False
            Send RST instead of FIN.
        """
        self.client.abort(reset=reset)
        self._thread.join()

    def wait_closed(self, timeout: float | None = None) -> bool:
        """Wait until the session is over.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits for ever.

        Returns
        -------
        bool
            False when the time was up.
        """
        return self._done.wait(timeout)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def observe_state(self, fn: Any) -> StateObserver:
        """Call ``fn()`` on a notifier thread whenever `state` changes.

        Parameters
        ----------
        fn : callable
            Takes nothing.

        Returns
        -------
        StateObserver
            Ends with its ``close()``.
        """
        return StateObserver(self, fn)

    # ---- displays (upward, imported when asked for)

    @property
    def panel(self) -> Panel:
        """The live panel of this session; made once, kept when the session is replaced under its name."""
        if self._panel is None:
            from .panel.panel import Panel

            self._panel = Panel(self)
        return self._panel

    def __repr__(self) -> str:
        return f"<Session {self.name!r} {self.url} {self.state}, {len(self.messages):,} messages>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from .display.session import session_bundle

        return session_bundle(self)


def _missed(log: MessageLog, matcher: Matcher, start: int, timeout: float) -> str:
    """Word an expectation that was not met: the nearest misses first."""
    candidates: list[Message] = []
    at = start
    while (index := log.find_data(at)) is not None and len(candidates) < 1000:
        candidates.append(log[index])
        at = index + 1
    told = f"nothing matched {matcher} within {timeout:g} s; {len(candidates):,} messages came meanwhile"
    misses = [(matcher.miss(message), message) for message in candidates]
    near = sorted(misses, key=lambda miss: len(miss[0]))[:3] if any(miss for miss, _ in misses) else misses[-3:]
    lines = [f"  {message!r}" + (f": {'; '.join(miss[:3])}" if miss else "") for miss, message in near]
    return "\n".join([told, *(["nearest misses:", *lines] if lines else [])])


def _wire_facts(handshake: Handshake) -> str:
    facts = [f"{handshake.status} {handshake.reason}".strip()]
    if handshake.subprotocol:
        facts.append(f"subprotocol {handshake.subprotocol}")
    if handshake.compression is not None:
        facts.append("permessage-deflate")
    if handshake.proxy:
        facts.append(f"through {handshake.proxy}")
    return ", ".join(facts)
