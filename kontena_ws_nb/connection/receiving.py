"""`Receiving`: the receiving half of a connection: who may receive, answering pings, keepalive, pause.

What lives here: everything that the holder of the receive role does (RFC 6455 section 5.5), and how it is held up. What must not: sending
messages, closing (`connection`), close frames and outcomes (`lifecycle`).

Who calls: one thread at a time holds the receive role (`receiving`), and only it receives, answers pings, sends keepalives and sees the end.
No lock that a sender holds while it waits is ever taken by it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from ..errors import TimeoutError
from ..options import Options
from ..protocol.encode import build_frame
from ..protocol.frames import CLOSE, OPCODE, PING, PONG, SENT, Batch, FrameDecoder
from ..protocol.keepalive import Keepalive
from ..protocol.permessage_deflate import Deflate
from ..transport.deadline import Deadline
from ..transport.interrupts import shielded
from ..transport.write_queue import Outgoing
from .lifecycle import Lifecycle
from .opening import Opened

#: Seconds between two looks of a closing thread at whether it may receive now.
LOOK = 0.05
#: A message that drips in: after so many reads in a row of fewer bytes than these, none of which ended a message, each wait begins with a rest
#: of so many seconds. Waking us costs the sender and us more than a few bytes are worth; what flows faster ends the dripping.
DRIPS: Final = 8
_DRIP: Final = 16 << 10
_DRIP_REST: Final = 0.0005


class Sink(Protocol):
    """Where `Connection.receive` puts what it received: a list or a deque."""

    def append(self, batch: Batch, /) -> object:
        """Take one batch."""


class Receiving(Lifecycle):
    """One WebSocket connection, as far as receiving goes.

    Parameters
    ----------
    opened : Opened
        The open connection.
    options : Options
        All settings.
    """

    def __init__(self, opened: Opened, options: Options) -> None:
        super().__init__(opened, options)
        self._rest = opened.rest
        parameters = self.handshake.compression
        self._deflate = Deflate(parameters) if parameters is not None else None
        self._decoder = FrameDecoder(max_size=options.max_size, inflater=self._deflate)
        self._receiving = threading.Lock()
        self._receiver: int | None = None
        #: Held for a look at the socket, which never waits: when `pause` returns, none is under way.
        self._taking_bytes = threading.Lock()
        self._resumed = threading.Event()
        self._resumed.set()
        self._inbox: deque[Batch] = deque()
        self._keepalive = Keepalive(options.ping_interval, options.ping_timeout)
        self._pongs: deque[float] = deque()
        self._pong: Outgoing | None = None  # our latest, which may still wait to be written
        self._wire_received = 0
        self._drips = 0

    # ---- receiving

    @contextmanager
    def receiving(self, *, patient: bool = False) -> Iterator[None]:
        """Hold the receive role: be the one thread that may call `receive`.

        Parameters
        ----------
        patient : bool, default False
            Wait for the thread that holds it, when that is closing the connection: it receives to the end, in bounded time.

        Raises
        ------
        RuntimeError
            Another thread holds it.
        """
        held = False  # an interrupt may come as soon as the shield ends
        try:
            with shielded() as shield:
                self._begin_receiving(patient, shield)
                held = True
            yield
        finally:
            if held:
                self._end_receiving()

    def _begin_receiving(self, patient: bool, shield: shielded) -> None:
        if not self._receiving.acquire(blocking=False):
            if not patient or self._state == "open" or self._receiver == threading.get_ident():
                raise RuntimeError("another thread is reading from this client already; a client has one reader at a time")
            while not self._receiving.acquire(timeout=LOOK):
                shield.exposing(bool)
        self._receiver = threading.get_ident()

    def _end_receiving(self) -> None:
        self._receiver = None
        self._receiving.release()

    def receive(self, deadline: Deadline, into: Sink, *, patient: bool = False, shield: shielded | None = None) -> None:
        """Wait for bytes, decode them, answer control frames. One step; called by the holder of the receive role.

        Parameters
        ----------
        deadline : Deadline
            When to return empty-handed.
        into : list or deque
            Gets what was received, and the control frames we sent, in order. When the connection ended, `closed` is true and
            `outcome` tells why.
        patient : bool, default False
            Wait before looking, where the last look took all there was. For who waits for answers: these are never there at once.
        shield : shielded, optional
            The caller's. An interrupt leaves the connection usable because it can strike only where this waits.
        """
        if shield is None:
            with shielded() as own:
                return self.receive(deadline, into, patient=patient, shield=own)
        waiting = patient and not self.more and not self._rest and self._decoder.error is None
        while True:
            if waiting:
                if self._drips >= DRIPS and not deadline.passed:
                    shield.exposing(time.sleep, _DRIP_REST)
                self._rest_until(deadline, shield)
            before = self._wire_received
            moved = self._step(into)
            if moved or self._wire_received - before >= _DRIP:
                self._drips = 0
            elif self._wire_received > before:
                self._drips += 1
            while self._pongs:
                shield.exposing(self._tell_pong, self._pongs.popleft())
            if moved or self._state == "closed" or deadline.passed:
                return None
            waiting = not self.more or self.paused

    def _step(self, into: Sink) -> bool:
        """Do what can be done without waiting; tell whether anything was handed on."""
        if self._decoder.error is not None and self._state != "closed":
            self._refuse(self._decoder.error)
            return self._hand_on(into)
        moved = False
        try:
            count = self._take_bytes()
            # What we sent before these bytes were looked at stands before them; our answers to them stand behind.
            moved = self._hand_on(into)
            if count is not None:
                moved = self._decode(count, into) or moved
        except TimeoutError as error:
            self._end(error)
        except OSError as error:
            self._end(self._broken(error))
        return self._hand_on(into) or moved

    def _hand_on(self, into: Sink) -> bool:
        moved = False
        while self._sent_rows:
            into.append(self._sent_rows.popleft())
            moved = True
        return moved

    def _take_bytes(self) -> int | None:
        """Move what is there into the decoder's buffer; see to deadlines and keepalive."""
        if self._decoder.more and not self.paused:
            return 0
        if self._rest:  # came with the handshake's response
            with self._decoder.buffer() as buffer:
                count = min(len(buffer), len(self._rest))
                buffer[:count] = self._rest[:count]
            self._rest = self._rest[count:]
            return count
        if self._state == "closing" and self._close_deadline.passed:
            self._end(self._close_expired())
            return None
        with self._taking_bytes:
            if self.paused:
                return None
            if self._state == "open" and self._keepalive.due():
                self._keep_alive()
            with self._decoder.buffer() as buffer:
                received = self._channel.receive_into(buffer)
        if received:
            self._keepalive.heard()
            return received
        if received == 0:
            self._end(self._eof())
        elif self._state == "open" and self._keepalive.expired():
            raise self._silent()
        return None

    def _rest_until(self, deadline: Deadline, shield: shielded) -> None:
        """Wait for the next thing to do, or until the deadline passed."""
        if self.paused:
            shield.exposing(self._resumed.wait, deadline.left())
            return
        channel = self._channel
        until = deadline.sooner(self._close_deadline)
        if self._state == "open":
            until = until.sooner(self._keepalive.next())
        pending = channel.pending
        channel.wait(until, write=pending, shield=shield)
        if pending:
            channel.drain()

    def _silent(self) -> TimeoutError:
        timeout = self._keepalive.timeout or 0
        return TimeoutError(
            "ping",
            timeout,
            f"no sign of life within {timeout:g} s after a ping: closed by our ping_timeout",
            url=self.url,
            hint="the server or the network hangs; ping_timeout=None waits for ever",
        )

    def _decode(self, count: int, into: Sink) -> bool:
        decoder = self._decoder
        self._wire_received += count
        received = decoder.received(count)
        for batch in received:
            into.append(batch)
            opcode = batch.flags[0] & OPCODE
            if opcode == CLOSE:
                self._close_answered(bytes(batch.data))
            elif opcode == PING and self.options.auto_pong:
                self._answer(bytes(batch.data))
            elif opcode == PONG and (delay := self._keepalive.pong(bytes(batch.data))) is not None:
                self._confirmations.confirm(self._keepalive.confirmed)
                self.logger.debug("pong after %.1f ms", delay * 1000)
                self._pongs.append(delay)
        if decoder.error is not None:
            # What stood before the error is the reader's first, while it can still answer: then the next step refuses.
            if not received:
                self._refuse(decoder.error)
        elif decoder.closed:
            self._end(None)
        return bool(received)

    def _tell_pong(self, delay: float) -> None:
        if self.options.on_pong is not None:
            try:
                self.options.on_pong(delay)
            except Exception:  # the user's code: told to the logger, must not tear the stream
                self.logger.exception("on_pong failed")

    def _answer(self, payload: bytes) -> None:
        """Answer a ping, if the connection is still open.

        RFC 6455 section 5.5.3 lets us answer the latest only, so one pong waits at most: a server that pings and never reads makes us keep nothing.
        A pong is a row, and a line of the logger, when it is written, not before: what it is replaced by was never sent.
        """

        def written() -> None:
            self.logger.debug("sent a pong of %d bytes", len(payload))
            self._sent_rows.append(Batch.one(payload, PONG | SENT))
            if self._receiver != threading.get_ident():
                self._channel.wake()  # a sender drained: the receiver hands the row on

        with self._send_lock:
            if self._state == "open":
                frame = build_frame(PONG, payload)
                self._wire_sent += len(frame)
                instead = self._channel.replace(self._pong, frame, written) if self._pong is not None else 0
                self._wire_sent -= instead
                if not instead:
                    self._pong = self._channel.submit(frame, told=written)

    def _keep_alive(self) -> None:
        """Send a keepalive ping, if the connection is still open."""
        with self._send_lock:
            if self._state == "open":
                self._queue_control(PING, self._keepalive.begin(None, keepalive=True, behind=self._confirmations.latest))

    # ---- pausing

    def pause(self) -> None:
        """Stop receiving: the socket's buffers fill and TCP pushes back. Keepalive rests too. Any thread."""
        with self._taking_bytes:
            self._resumed.clear()
        if self._state != "open":
            self._resumed.set()  # closing receives to the end
        self._channel.wake()

    def resume(self) -> None:
        """Receive again after `pause`. Any thread."""
        self.rested()
        self._resumed.set()

    def rested(self) -> None:
        """Tell keepalive that the silence was ours: the receiver was away on purpose."""
        self._keepalive.heard()

    @property
    def more(self) -> bool:
        """Whether the last read left something, in the socket or not yet decoded."""
        return self._channel.more or self._decoder.more

    @property
    def paused(self) -> bool:
        """Whether `pause` holds the receiver."""
        return not self._resumed.is_set()
