"""`Background`: the reader thread of a session: receiving into the log, and connecting again.

What lives here: that thread, and opening a connection. What must not: sockets, sending, the user's code (`callbacks`), what people type
(`session`). `_run` is the reader thread; `_open` and `_start` are called by it or by the thread that connects.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace

from .backoff import delays, transient
from .callbacks import Callbacks
from .client import Client
from .conversation import Conversation
from .errors import Error
from .hooks import Hooks
from .log.budget import Budget
from .log.log import MessageLog
from .options import Options
from .pace import Pace
from .plain import noted, printable
from .schedule import Schedule
from .stats import Counters
from .wire.deadline import Deadline
from .wire.frames import SENT, Batch
from .wire.handshake import Handshake

_logger = logging.getLogger("kontena_ws_nb.session")


class Background(Conversation):
    """A conversation over one connection after another, read in the background.

    Parameters
    ----------
    url : str
        Where to connect.
    name : str
        Of the session.
    options : Options
        All settings.
    hooks : Hooks, optional
        Who keeps names.
    budget : Budget, optional
        A limit that several logs share.
    """

    def __init__(self, url: str, name: str, options: Options, hooks: Hooks | None = None, budget: Budget | None = None) -> None:
        self.name = name
        self.options = options
        super().__init__(MessageLog(options.max_bytes, options.max_messages, options.on_full, budget=budget))
        self._given_url = url
        self._hooks = hooks or Hooks()
        self._callbacks = Callbacks(self)
        self._connection = 0
        self._counters = Counters(self.messages)
        self._pace = Pace()
        self._crash: Exception | None = None
        self._lost: Error | None = None
        self._unconfirmed: tuple[int, ...] = ()
        self._last_heard = 0
        self._stopping = threading.Event()
        self._opened = self._ended = 0.0
        self.client = self._open()
        self.url = self.client.url
        self._start()

    def _open(self) -> Client:
        """Connect, and note it. Raises what `Client.connect` raises."""
        started = time.monotonic()
        client = Client.connect(self._given_url, replace(self.options, on_pong=self._callbacks.pong if self.options.on_pong else None))
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
        self._callbacks.opened()
        if self.options.send_every is not None:
            Schedule(self, *self.options.send_every, self._done)

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
            self._callbacks.opened()
            return True
        raise AssertionError("delays() is endless")

    def _finish(self) -> None:
        self._done.set()
        self._hooks.end(self)
        self.messages.wake()

    def _note(self, kind: str, text: str) -> None:
        self.messages.add(kind, noted(text).encode("utf-8", "replace"), connection=self._connection)

    # ---- what has become of it

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


def _wire_facts(handshake: Handshake) -> str:
    facts = [f"{handshake.status} {printable(handshake.reason)}".strip()]
    if subprotocol := handshake.shown_subprotocol:
        facts.append(f"subprotocol {printable(subprotocol)}")
    if handshake.compression is not None:
        facts.append("permessage-deflate")
    if handshake.proxy:
        facts.append(f"through {handshake.proxy}")
    return ", ".join(facts)
