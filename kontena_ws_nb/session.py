"""`Session`: what a notebook holds. A name, a client, a reader thread, and a log that outlives connections.

What lives here: the background reader, reconnecting, sending. What must not: sockets, widgets, names, the reading side
(`conversation`). Methods may be
called from any thread; ``_run`` is the reader thread and never runs user code.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .backoff import delays, transient
from .client import Client
from .conversation import WAIT, Conversation
from .errors import Error, SocketError, TimeoutError
from .hooks import Hooks
from .log.budget import Budget
from .log.log import MessageLog
from .log.message import Message
from .options import Options
from .pace import Pace
from .schedule import Schedule
from .state import StateObserver
from .stats import Counters, Stats
from .tls.certificate import Certificate
from .wire.compose import close_payload, encode
from .wire.deadline import Deadline
from .wire.frames import SENT, TEXT, Batch
from .wire.handshake import Handshake
from .wire.interrupts import shielded

if TYPE_CHECKING:
    from .panel.panel import Panel

_logger = logging.getLogger("kontena_ws_nb.session")

#: Seconds `close` gives a reader that is connecting again; its attempt may take ``connect_timeout``.
_CONNECTING = 0.1


class Session(Conversation):
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

    def __init__(self, url: str, name: str, options: Options, hooks: Hooks | None = None, budget: Budget | None = None) -> None:
        self.name = name
        self.options = options
        self.previous: Session | None = None
        super().__init__(MessageLog(options.max_bytes, options.max_messages, options.on_full, budget=budget))
        self._given_url = url
        self._hooks = hooks or Hooks()
        self._connection = 0
        self._send_order = threading.Lock()
        self._counters = Counters(self.messages)
        self._panel: Panel | None = None
        self._pace = Pace()
        self._crash: Exception | None = None
        self._lost: Error | None = None
        self._unconfirmed: tuple[int, ...] = ()
        self._last_heard = 0
        self._stopping = threading.Event()
        self._pongs: deque[float] = deque()
        self._pong_lock = threading.Lock()
        self._opened = self._ended = 0.0
        self.client = self._open()
        self.url = self.client.url
        self._start()

    def _open(self) -> Client:
        """Connect, and note it. Raises what `Client.connect` raises."""
        started = time.monotonic()
        client = Client.connect(self._given_url, replace(self.options, on_pong=self._pong_hook if self.options.on_pong else None))
        self._counters.follow(client)
        self._opened = time.monotonic()
        gap = f", after a gap of {self._opened - self._ended:.1f} s" if self._connection else ""
        self._connection += 1
        took = (self._opened - started) * 1000
        self._note("reconnect" if gap else "open", f"connected to {client.url} in {took:.0f} ms ({_wire_facts(client.handshake)}){gap}")
        return client

    def _start(self) -> None:
        self._done = threading.Event()  # a new one: who waits for the old end has seen it
        self._stopping.clear()
        self._crash = self._lost = None
        self._hooks.begin(self)
        self._thread = threading.Thread(target=self._run, name=f"kontena-ws-reader-{self.name}", daemon=True)
        self._thread.start()
        self._opened_hook()
        if self.options.send_every is not None:
            Schedule(self, *self.options.send_every, self._done)

    # ---- the user's callbacks: beside the reader, never on it

    def _opened_hook(self) -> None:
        if self.options.on_open is not None:
            threading.Thread(
                target=self._guarded, args=("on_open", self.options.on_open, self), name=f"kontena-ws-open-{self.name}", daemon=True
            ).start()

    def _pong_hook(self, delay: float) -> None:
        """Hand a pong to ``on_pong``, in order: one thread as long as there are any."""
        with self._pong_lock:
            self._pongs.append(delay)
            if len(self._pongs) == 1:
                threading.Thread(target=self._tell_pongs, name=f"kontena-ws-pong-{self.name}", daemon=True).start()

    def _tell_pongs(self) -> None:
        while True:
            assert self.options.on_pong is not None
            self._guarded("on_pong", self.options.on_pong, self._pongs[0])
            with self._pong_lock:
                self._pongs.popleft()
                if not self._pongs:
                    return

    def _guarded(self, what: str, fn: Callable[[Any], object], argument: object) -> None:
        try:
            fn(argument)
        except Exception as error:  # the user's code on a thread of ours: it shows in the log and in the logger
            _logger.exception("%s of %s failed", what, self.name)
            self._note("error", f"{what} failed: {type(error).__name__}: {error}")

    # ---- the reader thread

    def _run(self) -> None:
        try:
            self._receive(self.client)
            while self._connect_again():
                self._receive(self.client)
        except Exception as error:  # a defect of ours: the session ends with it, and read() raises it
            _logger.exception("the reader of %s failed", self.name)
            self._crash = error
            self.client.abort()
        finally:
            self._finish()

    def _receive(self, client: Client) -> None:
        """Record one connection until it ends."""
        log, pace, counters, never = self.messages, self._pace, self._counters, Deadline(None)
        with client.receiving(patient=True):
            while not client.closed:
                batches: list[Batch] = []
                client.receive(never, batches)
                now = time.time_ns()
                size, heard = 0, False
                for batch in batches:
                    size += counters.received(batch)
                    heard = heard or not batch.flags[0] & SENT  # our own pings and pongs say nothing about the server
                    if not self._stopping.is_set() or not log.full:  # a full log that blocks takes what is left of nobody
                        log.append(batch, now, self._connection)
                if heard:
                    self._last_heard = log.next_index
                if log.full:
                    self._hold(client)
                pace.read(size, client.more)
        self._ended = time.monotonic()
        self._unconfirmed = self._sent_since(self._last_heard)
        outcome = client.outcome
        if outcome is not None and client.close_code == 1006:  # a close frame is a row of its own
            self._note("error", str(outcome))
        self.messages.wake()

    def _hold(self, client: Client) -> None:
        """Do what ``on_full`` says: close, or wait until somebody took enough, while TCP pushes back on the server."""
        log = self.messages
        if log.on_full == "close":
            if client.open:
                self._note("error", "the log is full (max_bytes, max_messages): closing, as on_full='close' asks")
                client.begin_close(1000, "the log is full")
            return
        log.wait_for(lambda: not log.full or self._stopping.is_set() or not client.open)
        client.rested()

    def _sent_since(self, index: int) -> tuple[int, ...]:
        return tuple(
            message.index for message in self.messages.since(index) if message.direction == "sent" and message.kind in ("text", "binary")
        )

    def _connect_again(self) -> bool:
        """After a lost connection: wait and try, until it works, it is hopeless, or the user closes."""
        lost = self.client.failure
        if not self.options.auto_reconnect or not transient(lost):
            return False
        if self._unconfirmed:
            count = len(self._unconfirmed)
            shown = ", ".join(map(str, self._unconfirmed[:5])) + (" …" if count > 5 else "")
            self._note(
                "error",
                f"{count} sent after the last sign of life may be lost, and {'is' if count == 1 else 'are'} not sent again: {shown}",
            )
        self._lost = lost
        for attempt, delay in enumerate(delays(), 1):
            if self.options.reconnect_attempts is not None and attempt > self.options.reconnect_attempts:
                self._note("error", f"gave up after {attempt - 1} tries")
                return False
            self._note("reconnect", f"connecting again in {delay:.1f} s (try {attempt})")
            if self._stopping.wait(delay):
                return False
            try:
                client = self._open()
            except Error as error:
                if self._stopping.is_set():
                    return False
                self._lost = error
                self._note("error", str(error))
                if not transient(error):
                    return False
                continue
            self.client, self._lost = client, None
            if self._stopping.is_set():  # closed while we connected
                client.close()
                return False
            self._opened_hook()
            return True
        raise AssertionError("delays() is endless")

    def _finish(self) -> None:
        self._done.set()
        self._hooks.end(self)
        self.messages.wake()

    def _note(self, kind: str, text: str) -> None:
        self.messages.add(kind, text.encode("utf-8", "replace"), connection=self._connection)

    # ---- facts

    @property
    def state(self) -> str:
        """``"connecting"`` (again, after a loss), ``"open"``, ``"closing"`` or ``"closed"``."""
        if self._done.is_set():
            return "closed"
        if self._lost is not None:
            return "connecting"
        return "closing" if self.client.closed else self.client.state

    @property
    def error(self) -> Exception | None:
        """Why the session ended, or what it is recovering from; None while all is well and when it was closed by us."""
        if self._stopping.is_set() and self._crash is None:
            return None if self._lost is not None else self.client.failure
        return self._crash or self._lost or self.client.failure

    @property
    def unconfirmed(self) -> tuple[int, ...]:
        """Indexes of messages sent after the last sign of life of a connection that was lost; they may not have arrived."""
        return self._unconfirmed

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
        return self._counters.snapshot(self.client.latencies, uptime)

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
        # An interrupt between the row and the bytes would leave a row of something that was never sent.
        with shielded(), self._send_order:
            client.require_open("send")
            index = self.messages.add("text" if opcode == TEXT else "binary", payload, sent=True, connection=self._connection)
            row = self.messages[index]  # now: retention may drop it while we wait
            problem: Error | None = None
            try:
                item = client.submit(opcode, payload)
            except Error as error:  # closed between the two
                problem = error
        self._pace.sent()
        try:
            if problem is not None:
                raise problem
            client.finish(item)
        except Error as error:
            self._note("error", f"message {index} was not sent: {error.message}")
            raise
        self._counters.sent(len(payload))
        self._expect_from = max(self._expect_from, index + 1)
        return row

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
        self.messages.wait_for(lambda: answered.is_set() or client.closed, deadline.left())
        if answered.is_set():
            return client.ping_delay if client.ping_delay is not None else time.perf_counter() - started
        if client.closed:
            raise SocketError("the connection ended before the pong came", url=self.url)
        raise TimeoutError("ping", timeout or 0, f"no pong within {timeout:g} s", url=self.url)

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
        close_payload(code, reason)  # refused before anything is stopped
        if not self._done.is_set():
            self._stopping.set()
            self.client.begin_close(code, reason)  # the reader receives the answer, or waits for it close_timeout
            self.messages.wake()
            self._leave()

    def abort(self, reset: bool = False) -> None:
        """Drop the connection without a close frame.

        Parameters
        ----------
        reset : bool, default False
            Send RST instead of FIN.
        """
        if not self._done.is_set():
            self._stopping.set()
            self.client.drop(reset=reset)
            self.messages.wake()
            self._leave()

    def _leave(self) -> None:
        """Wait for the reader thread, unless it is busy connecting again: then it ends by itself, and the session has ended now."""
        connecting = self._lost is not None
        self._thread.join(_CONNECTING if connecting else None)
        if self._thread.is_alive():
            self._finish()

    def reconnect(self) -> Session:
        """Connect again with the same settings; the log goes on, `Message.connection` counts up.

        Returns
        -------
        Session
            This one, open.

        Raises
        ------
        ConnectError, ProtocolError, TimeoutError
            As `Client.connect`; the session stays closed.
        """
        if not self.closed:
            self.close(1000, "reconnect")
        self._thread.join()  # it may still be trying to connect
        self.client = self._open()
        self._start()
        return self

    def pause(self) -> None:
        """Stop reading the socket: its buffers fill and TCP pushes back on the server. Keepalive rests too."""
        self.client.pause()

    def resume(self) -> None:
        """Read again after `pause`."""
        self.client.resume()

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
        """The live panel of this session; kept when the session is replaced under its name; another one after it was closed."""
        if self._panel is None or self._panel.closed:
            from .panel.panel import Panel

            self._panel = Panel(self)
        return self._panel

    def __repr__(self) -> str:
        return f"<Session {self.name!r} {self.url} {self.state}, {len(self.messages):,} messages>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from .display.session import session_bundle

        return session_bundle(self)


def _wire_facts(handshake: Handshake) -> str:
    facts = [f"{handshake.status} {handshake.reason}".strip()]
    if handshake.subprotocol:
        facts.append(f"subprotocol {handshake.subprotocol}")
    if handshake.compression is not None:
        facts.append("permessage-deflate")
    if handshake.proxy:
        facts.append(f"through {handshake.proxy}")
    return ", ".join(facts)
