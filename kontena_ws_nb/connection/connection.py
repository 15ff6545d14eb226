"""`Connection`: one WebSocket connection over an open stream: sending, receiving, pings, and the closing handshake.

Any thread may send, ping, pause and close. One thread at a time holds the receive role (`Connection.receiving`): only
that thread receives, answers pings, sends keepalive pings and ends the connection, or one that it lends the role to
(`Connection.lent`). It never waits for a lock that a waiting sender holds. The state machine is `protocol.state`.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from ..close import Close
from ..errors import Error, ProtocolError, SocketError, TimeoutError, again
from ..options import Options
from ..protocol.answer_timeout import AnswerTimeout
from ..protocol.arena import BLOCKS
from ..protocol.confirmations import Confirmations
from ..protocol.encode import PIECE, begin_frame, build_frame, masking_keys
from ..protocol.frames import BINARY, CLOSE, INCOMPLETE, OPCODE, PING, PONG, SENT, TEXT, Batch, FrameDecoder
from ..protocol.handshake import Handshake
from ..protocol.keepalive import Keepalive, PongWaiter
from ..protocol.permessage_deflate import THRESHOLD, Deflate
from ..protocol.state import CLOSED, CLOSING, OPEN, ConnectionState
from ..redaction.headers import redact_url
from ..system import forks
from ..transport.deadline import Deadline
from ..transport.interrupts import shielded
from ..transport.latch import Latch
from ..transport.write_queue import Outgoing, WriteStalledError
from .logger import ConnectionLogger
from .opening import Opened

#: Seconds between two checks of a waiting thread whether it can take the receive role.
_POLL: Final = 0.05
#: Seconds after ``close_timeout`` that the closing thread gives another thread, which receives, to end the connection.
_GRACE: Final = 0.05
#: A server that keeps taking bytes that were queued before our close frame gets at most so many times
#: ``close_timeout``.
_LONGEST: Final = 10
#: After a failed write: seconds to wait for the server's close frame, which may still be in the socket.
_WAIT_FOR_REASON: Final = 1.0
#: Seconds of silence before the end that are mentioned in the error. Idle timeouts of proxies are whole seconds; what
#: we measure may be a little less.
_SILENCE: Final = 0.9
#: Seconds to wait for the server to close TCP after the closing handshake.
_LINGER: Final = 2.0
#: When a message arrives in small pieces: after ``DRIPS`` reads in a row of fewer than ``_DRIP`` bytes, none of which
#: completed a message, sleep ``_DRIP_REST`` seconds before each wait. Waking up for a few bytes costs more than it is
#: worth.
DRIPS: Final = 8
_DRIP: Final = 16 << 10
_DRIP_REST: Final = 0.0005

#: The most bytes of a masked control frame (RFC 6455 section 5.5: 125 of payload) in a TLS record of its own.
_CONTROL_FRAME: Final = 256

#: Bytes in the queue that nobody waits for, above which nothing is added: messages whose sender was interrupted or
#: cancelled, and pings. So a server that does not read makes us keep no more than that, what threads and coroutines
#: wait for, the latest pong (RFC 6455 section 5.5.3), one keepalive ping and the close frame.
LEFT: Final = 16 << 20
#: Rows of our pings that the receiver has not passed on: beyond, no ping is sent where they are recorded (it is paused,
#: say); elsewhere, beyond twice as many, the oldest are forgotten.
ROWS: Final = 4096
#: What a queued ping counts for, or a batch: the objects around it.
_PING: Final = 1 << 10

#: Names of the control frames for the logger; a pong is logged when it is written.
_CONTROL: Final = {CLOSE: "close", PING: "ping"}


class Sink(Protocol):
    """Where `Connection.receive` puts received batches: a list or a deque."""

    def append(self, batch: Batch, /) -> object:
        """Add a batch."""


class _UpTo:
    """A sink that keeps so many bytes and drops what comes then: for a caller that closes, and reads no more meanwhile.

    Parameters
    ----------
    inbox : deque of Batch
        What is there already counts.
    most : int or None
        None keeps everything.
    """

    def __init__(self, inbox: deque[Batch], most: int | None) -> None:
        self._inbox = inbox
        self._left = math.inf if most is None else most - sum(batch.size for batch in inbox)

    def append(self, batch: Batch) -> None:
        """Add a batch, or drop it."""
        if self._left > 0:
            self._left -= batch.size + _PING
            self._inbox.append(batch)


class Connection:
    """One WebSocket connection.

    Parameters
    ----------
    opened : Opened
        The result of the opening handshake. The connection owns its stream from now on.
    options : Options
        The options it was opened with.

    Attributes
    ----------
    url : str
        The URL it is connected to, secrets masked.
    options : Options
        The options it was opened with.
    handshake : Handshake
        The record of the opening handshake.
    chain : CertificateChain or None
        The certificates the server sent, with the verdict if they were verified; None without TLS.
    trust : Trust or None
        The CAs that are trusted; None without TLS.
    logger : ConnectionLogger
        Adds the URL to every line.
    """

    def __init__(self, opened: Opened, options: Options) -> None:
        self.options = options
        self.url = redact_url(opened.handshake.url)
        self.logger = ConnectionLogger(self.url)
        self.logger.debug("connected to %s port %d", *opened.handshake.address)
        self.handshake: Handshake = opened.handshake
        self.chain = opened.chain
        self.trust = opened.trust
        self._stream = opened.stream
        self._writes = opened.stream.writes
        self._state = ConnectionState(self.url)
        self._closing = AnswerTimeout(None)  # the time limit for the answer to our close frame
        self._finished = Latch()
        # Sending.
        self._send_lock = forks.lock()
        self._confirmations = Confirmations()
        # Control frames we sent, for the receiver to pass on.
        self._sent_rows: deque[Batch] = deque(maxlen=2 * ROWS)
        #: Whether whoever receives keeps these rows.
        self.recorded = False
        self._pong: Outgoing | None = None  # our latest pong, which may still be queued
        self._wire_sent = 0  # bytes of frames; under the send lock
        self._keys = masking_keys()  # under the send lock
        # Receiving.
        self._rest = opened.rest
        parameters = opened.handshake.compression
        self._deflate = Deflate(parameters) if parameters is not None else None
        self._decoder = FrameDecoder(max_size=options.max_size, inflater=self._deflate, keep=options.max_bytes)
        self._receiving = forks.lock()
        self._receiver: int | None = None
        #: Held during each read of the socket, which never blocks: when `pause` returns, no read is under way.
        self._read_lock = forks.lock()
        self._resumed = threading.Event()
        self._resumed.set()
        self._keepalive = Keepalive(
            options.ping_interval,
            options.ping_timeout,
            taken=lambda: opened.stream.writes.taken,
            stalled=options.write_timeout,
        )
        self._pongs: deque[float] = deque()
        self._wire_received = 0
        self._drips = 0
        # Received by `close`, or by `read` and not yet returned.
        self._inbox: deque[Batch] = deque()
        self._inbox_row = 0
        self._inbox_lock = forks.lock()
        #: In a forked child's copy: the process it belongs to.
        self._owner: int | None = None
        forks.tell(self)

    # ---- in a forked child

    def forked(self, owner: int) -> None:
        """Become closed in a forked child: nothing is written, waited for or logged."""
        self._owner = owner
        self._state = ConnectionState(self.url)
        self._state.failed(SocketError(forks.belongs(owner), url=self.url, hint="connect in this process"))
        self._receiver = None
        self._resumed = threading.Event()  # the parent's may be held
        self._resumed.set()
        self._finished.set()

    @property
    def copied(self) -> bool:
        """Whether this is a forked child's copy of the parent's connection."""
        return self._owner is not None

    def require_own(self) -> None:
        """Raise if this is a forked child's copy of the parent's connection.

        Raises
        ------
        SocketError
            It is.
        """
        if self._owner is not None and self.outcome is not None:
            raise again(self.outcome)

    # ---- state

    @property
    def state(self) -> str:
        """``"open"``, ``"closing"`` or ``"closed"``."""
        return self._state.state

    @property
    def connected(self) -> bool:
        """Whether the socket is still open."""
        return self._state.state != CLOSED

    @property
    def open(self) -> bool:
        """Whether messages can be sent."""
        return self._state.state == OPEN

    @property
    def closing(self) -> bool:
        """Whether the closing handshake is under way."""
        return self._state.state == CLOSING

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self._state.state == CLOSED

    @property
    def ended(self) -> bool:
        """Whether the connection has ended and its socket is closed."""
        return self._finished.is_set()

    @property
    def close_code(self) -> int | None:
        """The server's close code; 1006 when it sent no close frame (RFC 6455 section 7.1.5); None while open."""
        return self._state.close_code

    @property
    def close_reason(self) -> str | None:
        """The reason that came with `close_code`; None while the connection is open."""
        return self._state.close_reason

    @property
    def outcome(self) -> Error | None:
        """Why the connection ended; None while it is open and when it was closed by us."""
        return self._state.outcome

    @property
    def failure(self) -> Error | None:
        """What `read` raises at the end: `outcome`, but None if we closed and the server did not answer."""
        return self._state.failure

    @property
    def wire_bytes(self) -> tuple[int, int]:
        """Bytes of all frames sent and received so far, before TLS: frame headers and payloads, compressed if they were."""
        return self._wire_sent, self._wire_received

    @property
    def ping_delay(self) -> float | None:
        """Seconds the latest pong took; None before the first."""
        return self._keepalive.delay

    @property
    def latencies(self) -> tuple[float, ...]:
        """Seconds of the latest pongs, oldest first, at most 1,000."""
        return tuple(self._keepalive.delays)

    @property
    def unconfirmed(self) -> tuple[range, ...]:
        """Numbers of the sent messages that the server may not have received.

        A pong confirms the messages sent before its ping; the server's answer to our close frame confirms all.
        """
        return self._confirmations.unconfirmed

    # ---- sending

    def require_open(self, what: str) -> None:
        """Raise if the connection is not open.

        Parameters
        ----------
        what : str
            A verb for the error: what cannot be done.

        Raises
        ------
        SocketError
            The connection is not open any more.
        """
        self.require_own()
        if self._state.state != OPEN:
            raise self.refusal(f"cannot {what}")

    def refusal(self, failed: str, because: Error | None = None, hint: str = "connect again") -> SocketError:
        """Make the error for something that an ended connection cannot do, with the reason of the end as its cause.

        Parameters
        ----------
        failed : str
            What cannot be done.
        because : Error, optional
            The reason; by default why this connection ended.
        hint : str
            What to do next.

        Returns
        -------
        SocketError
        """
        cause = because or self._state.cause
        state = f"the connection is {self._state.state}"
        if cause is not None:
            state += f": {cause.message}"
        elif self.close_code is not None:
            state += f" with {self.close_code}"
        error = SocketError(f"{failed}: {state}", url=self.url, hint=hint)
        error.__cause__ = cause
        return error

    def submit(self, opcode: int, payload: bytes, note: Callable[[], int] | None = None) -> Outgoing:
        """Queue a message, and write what the socket takes without waiting. `Client.send` is this and `finish`.

        Parameters
        ----------
        opcode : int
            TEXT or BINARY.
        payload : bytes
            The message.
        note : callable, optional
            Notes the message before it is queued, in the order of queueing, and returns its number in `unconfirmed`,
            larger than all before; must be quick. By default the next one, from 0. Not called when the connection is
            not open.

        Returns
        -------
        Outgoing
            For `finish`.

        Raises
        ------
        SocketError
            The connection is not open any more.
        TimeoutError
            More than `LEFT` bytes that nobody waits for are in the queue already (phase ``"write"``).
        """
        # Compressed and queued under one lock, because messages must be sent in the order they were compressed. The
        # shield keeps an interrupt from coming in between, after which the server would lack part of the LZ77 window.
        with shielded(), self._send_lock:
            if self._state.state != OPEN:
                self.require_open("send")
            if self._writes.left > LEFT:
                raise self._crowded("send")
            number = self._confirmations.sent(None if note is None else note())
            withdrawn, rsv1 = None, 0
            if self._deflate is not None and len(payload) >= THRESHOLD:
                payload, withdrawn, rsv1 = self._deflate.deflate(payload), self._deflate.withdrawn, 1
            frame, behind = begin_frame(opcode, payload, rsv1, next(self._keys))
            self._wire_sent += len(frame) if behind is None else len(frame) + len(payload) - PIECE
            item = self._writes.submit(frame, withdrawn, behind)
            if not item.done:
                item.number, item.size = number, len(payload)
            return item

    def push(self) -> int:
        """Write what the socket takes now, and wake the receiver to write the rest. Never waits.

        Returns
        -------
        int
            Bytes written since the connection opened.
        """
        self._writes.drain()
        if self._writes.pending:
            self._stream.wake()
        return self._writes.written

    def finish(
        self, item: Outgoing, *, waited: bool = False, failed: Callable[[Error], object] = lambda error: None
    ) -> None:
        """Wait until a submitted message is written.

        Parameters
        ----------
        item : Outgoing
            From `submit`.
        waited : bool, default False
            Do not wait: the caller has waited ``write_timeout`` already.
        failed : callable, optional
            Called with what is raised, before the connection is given up for it.

        Raises
        ------
        SocketError, TimeoutError
            As `Client.send`.
        """
        if item.done:
            return
        try:
            # The lock keeps other messages from being compressed while a compressed one is withdrawn.
            self._writes.finish(item, 0 if waited else self.options.write_timeout, self._send_lock)
        except KeyboardInterrupt:
            self.leave(item)
            raise
        except WriteStalledError as stalled:
            timeout = self.options.write_timeout or 0
            state = "nothing of the message was sent; the connection is still usable"
            if stalled.partial:
                state = "the message was cut in the middle, so the connection was closed"
            error = TimeoutError("write", timeout, f"the server took no byte for {timeout:g} s; {state}", url=self.url)
            failed(error)
            if stalled.partial:
                self.drop(error)
                self._end_unless_receiving()
            else:
                with self._send_lock:
                    self._wire_sent -= len(item.data)
                self._confirmations.withdrawn(item.number)
            raise error from None
        except OSError as error:
            self._receive_reason()
            cause = self._state.cause
            reason = str(error.strerror or error) if cause is None else cause.message
            problem = SocketError(f"sending failed: {reason}", url=self.url)
            failed(problem)
            raise problem from (cause or error)

    def leave(self, item: Outgoing) -> None:
        """Note that nobody waits for a submitted message any more. It is sent all the same, but counts for `LEFT`.

        Parameters
        ----------
        item : Outgoing
            From `submit`.
        """
        self._writes.leave(item)

    def _crowded(self, what: str) -> TimeoutError:
        """Make the error for what would be one thing too many that nobody waits for."""
        return TimeoutError(
            "write",
            self.options.write_timeout or 0,
            f"cannot {what}: the server takes nothing, and {self._writes.left:,} bytes that nobody waits for any more "
            "are still to be sent",
            url=self.url,
            hint="wait for what was sent, or close the connection",
        )

    def _held_up(self) -> TimeoutError:
        return TimeoutError(
            "read",
            0,
            f"cannot ping: {len(self._sent_rows):,} pings were sent since something was last received",
            url=self.url,
            hint="resume() receiving first" if self.paused else "something holds the receiving thread up",
        )

    def _receive_reason(self) -> None:
        """After a failed write, receive until the end, or wait until the receiver has.

        The server's close frame or TLS alert says why it closed; the write error does not.
        """
        deadline = Deadline(_WAIT_FOR_REASON)
        with shielded() as shield:
            while not (self._finished.is_set() or self.paused or deadline.passed):
                if self._receiver == threading.get_ident():
                    return  # called from on_pong: the read that called it will receive the rest
                if self._receiving.acquire(blocking=False):
                    try:
                        self._receiver = threading.get_ident()
                        self.receive(deadline, _UpTo(self._inbox, self.options.max_bytes), shield=shield)
                    finally:
                        self._end_receiving()
                else:
                    self._stream.wake()
                    shield.exposing(self._finished.wait, _POLL)

    def _queue_control(self, opcode: int, payload: bytes, on_written: Callable[[int], object]) -> Outgoing:
        """Queue a control frame, and its row. Under the send lock, so that nothing follows a close frame.

        The row is added at once, and not when the frame is written, so that it precedes the row of the answer.
        """

        def written() -> None:
            on_written(self._writes.written - _CONTROL_FRAME)
            if self._receiver != threading.get_ident():
                self._stream.wake()  # to compute its next timeout again

        self.logger.debug("sent a %s of %d bytes", _CONTROL[opcode], len(payload))
        self._sent_rows.append(Batch.one(payload, opcode | SENT))
        frame = build_frame(opcode, payload)
        self._wire_sent += len(frame)
        return self._writes.submit(frame, told=written)

    # ---- pings

    def pong_waiter(self, payload: bytes, timeout: float | None = None) -> PongWaiter:
        """Return an event for the pong to a ping. Call it before `ping`.

        Parameters
        ----------
        payload : bytes
            The payload of the ping.
        timeout : float, optional
            Seconds from when the ping is written; None waits for ever.

        Returns
        -------
        PongWaiter
        """
        return self._keepalive.waiter(payload, timeout)

    def ping(self, payload: bytes | None = None) -> bytes:
        """As `Client.ping`."""
        if payload is not None and len(payload) > 125:
            raise ValueError(f"a ping carries at most 125 bytes (RFC 6455 section 5.5), got {len(payload)}")
        with shielded(), self._send_lock:
            self.require_open("ping")
            if self._writes.left > LEFT:
                raise self._crowded("ping")
            if self.recorded and len(self._sent_rows) >= ROWS:
                raise self._held_up()
            payload = self._keepalive.begin(payload, behind=self._confirmations.latest)
            item = self._queue_ping(payload)
            item.size = _PING  # nobody waits until it is written
            self._writes.leave(item)
        if self._receiver != threading.get_ident():
            self._stream.wake()  # to pass on the ping's row
        return payload

    def _queue_ping(self, payload: bytes) -> Outgoing:
        return self._queue_control(PING, payload, lambda start: self._keepalive.written(payload, start))

    # ---- receiving

    @contextmanager
    def receiving(self, *, patient: bool = False) -> Iterator[None]:
        """Hold the receive role: only its holder may call `receive`.

        Parameters
        ----------
        patient : bool, default False
            If another thread holds it to close the connection, wait for that thread, which takes a bounded time.

        Raises
        ------
        RuntimeError
            Another thread holds the role.
        """
        held = False  # an interrupt may come right after the shield
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
            if not patient or self._state.state == OPEN or self._receiver == threading.get_ident():
                raise RuntimeError(
                    "another thread is reading from this client already; a client has one reader at a time"
                )
            while not self._receiving.acquire(timeout=_POLL):
                shield.exposing(bool)
        self._receiver = threading.get_ident()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let the calling thread call `receive`, on behalf of the holder of the receive role, who waits meanwhile."""
        holder = self._receiver
        self._receiver = threading.get_ident()
        try:
            yield
        finally:
            self._receiver = holder

    def _end_receiving(self) -> None:
        self._receiver = None
        self._receiving.release()

    def receive(self, deadline: Deadline, into: Sink, *, patient: bool = False, shield: shielded | None = None) -> None:
        """Wait for bytes, decode them, and answer control frames. Called by the holder of the receive role.

        Parameters
        ----------
        deadline : Deadline
            Return at this time even if nothing came.
        into : list or deque
            Gets the received batches, and the control frames we sent, in order. When the connection has ended, `closed`
            is true and `outcome` says why.
        patient : bool, default False
            If the last read emptied the socket, wait before reading again. Faster for callers that wait for an answer,
            which is never there at once.
        shield : shielded, optional
            The caller's shield. An interrupt comes through only where this waits, so that the connection stays usable.
        """
        if shield is None:
            with shielded() as own:
                return self.receive(deadline, into, patient=patient, shield=own)
        waiting = patient and not self.more and self._decoder.error is None
        while True:
            if waiting:
                if self._drips >= DRIPS and not deadline.passed:
                    shield.exposing(time.sleep, _DRIP_REST)
                self._wait_for_events(deadline, shield)
            before = self._wire_received
            moved = self._step(into)
            if moved or self._wire_received - before >= _DRIP:
                self._drips = 0
            elif self._wire_received > before:
                self._drips += 1
            while self._pongs:
                shield.exposing(self._call_on_pong, self._pongs.popleft())
            if moved or self._state.state == CLOSED or deadline.passed:
                return None
            waiting = not self.more or self.paused

    def _step(self, into: Sink) -> bool:
        """Read, decode and answer, without waiting; return whether anything was added to ``into``."""
        if self._decoder.error is not None and self._state.state != CLOSED:
            self._refuse(self._decoder.error)
            return self._deliver_sent_rows(into)
        moved = False
        try:
            count = self._take_bytes()
            # Control frames that we sent before this read come before the received batches, answers after them.
            moved = self._deliver_sent_rows(into)
            if count is not None:
                moved = self._decode(count, into) or moved
        except TimeoutError as error:
            self._fail(error)
        except OSError as error:
            self._end(error)
        return self._deliver_sent_rows(into) or moved

    def _deliver_sent_rows(self, into: Sink) -> bool:
        moved = False
        while self._sent_rows:
            into.append(self._sent_rows.popleft())
            moved = True
        return moved

    def _take_bytes(self) -> int | None:
        """Read into the decoder's buffer, without waiting; check the closing deadline and keepalive.

        None if there was nothing.
        """
        if self._decoder.more and not self.paused:
            return 0
        if self._rest:  # received with the handshake's response
            with self._decoder.buffer() as buffer:
                count = min(len(buffer), len(self._rest))
                buffer[:count] = self._rest[:count]
            self._rest = self._rest[count:]
            return count
        if self._state.state == CLOSING and self._closing.passed:
            self._fail(self._close_expired())
            return None
        with self._read_lock:
            if self.paused:
                return None
            if self._state.state == OPEN and self._keepalive.due():
                self._keep_alive()
            with self._decoder.buffer() as buffer:
                received = self._stream.receive_into(buffer)
        if received:
            self._keepalive.heard()
            return received
        if received == 0:
            self._end()
        elif self._state.state == OPEN and self._keepalive.expired():
            raise self._silent()
        return None

    def _wait_for_events(self, deadline: Deadline, shield: shielded) -> None:
        """Wait until there is something to read or write, or a deadline has passed."""
        if self.paused:
            shield.exposing(self._resumed.wait, deadline.left())
            return
        stream, writes = self._stream, self._writes
        until = deadline.sooner(Deadline.until(self._closing.next))
        if self._state.state == OPEN:
            until = until.sooner(self._keepalive.next())
        pending = writes.pending
        stream.wait(until, write=pending, shield=shield, missing=self._decoder.missing)
        if pending:
            writes.drain()

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
                self._close_received(bytes(batch.data))
            elif opcode == PING and self.options.auto_pong:
                self._answer(bytes(batch.data))
            elif opcode == PONG and (delay := self._keepalive.pong(bytes(batch.data))) is not None:
                self._confirmations.confirm(self._keepalive.confirmed)
                self.logger.debug("pong after %.1f ms", delay * 1000)
                self._pongs.append(delay)
        if decoder.error is not None:
            # Batches before the error are returned first, while they can still be answered; the next step fails the
            # connection.
            if not received:
                self._refuse(decoder.error)
        elif decoder.closed:
            self._end()
        return bool(received)

    # ---- reading messages one by one

    def read(self, timeout: float | None = None) -> str | bytes | None:
        """As `Client.read`."""
        self.require_own()
        if self._receiver == threading.get_ident():
            raise RuntimeError("on_pong cannot read: the read that called it goes on when it returns")
        deadline = Deadline(timeout)
        with shielded() as shield:
            while True:
                if self._inbox and (message := self._take()) is not None:
                    return message
                self._begin_receiving(True, shield)
                try:
                    # Checked under the receive role: a closing thread changes the state before it adds its last batch.
                    if not self._inbox and self._state.state == CLOSED:
                        if self.failure is not None:
                            raise again(self.failure)
                        return None
                    if not self._inbox:
                        self.receive(deadline, self._inbox, patient=True, shield=shield)
                finally:
                    self._end_receiving()
                if not self._inbox and deadline.passed and self._state.state != CLOSED:
                    raise TimeoutError("read", timeout or 0, f"no message within {timeout:g} s", url=self.url)

    def _take(self) -> str | bytes | None:
        with self._inbox_lock:
            while self._inbox:
                batch, row = self._inbox[0], self._inbox_row
                if row + 1 < len(batch):
                    self._inbox_row = row + 1
                else:
                    self._inbox.popleft()
                    self._inbox_row = 0
                    BLOCKS.offer(batch.data)  # all of it was handed out
                opcode = batch.flags[row] & (OPCODE | SENT | INCOMPLETE)
                if opcode == TEXT:
                    return batch.text(row)
                if opcode == BINARY:
                    return batch.payload(row)
            return None

    # ---- control frames

    def _call_on_pong(self, delay: float) -> None:
        if self.options.on_pong is not None:
            try:
                self.options.on_pong(delay)
            except Exception:  # the user's code; it is logged, and must not end the connection
                self.logger.exception("on_pong failed")

    def _answer(self, payload: bytes) -> None:
        """Answer a ping, if the connection is still open.

        RFC 6455 section 5.5.3 lets us answer only the latest ping, so at most one pong is queued, even for a server
        that pings but never reads. The row and the log line are made when the pong is written, because a queued one may
        be replaced.
        """

        def written() -> None:
            self.logger.debug("sent a pong of %d bytes", len(payload))
            self._sent_rows.append(Batch.one(payload, PONG | SENT))
            if self._receiver != threading.get_ident():
                self._stream.wake()  # to pass on the row; a sender wrote the pong

        with self._send_lock:
            if self._state.state == OPEN:
                frame = build_frame(PONG, payload)
                self._wire_sent += len(frame)
                replaced = self._writes.replace(self._pong, frame, written) if self._pong is not None else 0
                self._wire_sent -= replaced
                if not replaced:
                    self._pong = self._writes.submit(frame, told=written)

    def _keep_alive(self) -> None:
        """Send a keepalive ping, if the connection is still open."""
        with self._send_lock:
            if self._state.state == OPEN:
                self._queue_ping(self._keepalive.begin(None, keepalive=True, behind=self._confirmations.latest))

    # ---- pausing

    def pause(self) -> None:
        """Stop receiving: the socket's buffers fill and TCP pushes back.

        No keepalive pings are sent meanwhile. Any thread.
        """
        self.require_own()
        with self._read_lock:
            self._resumed.clear()
        if self._state.state != OPEN:
            self._resumed.set()  # the closing handshake needs the receiver
        self._stream.wake()

    def resume(self) -> None:
        """Receive again after `pause`. Any thread."""
        self.require_own()
        self.restart_silence()
        self._resumed.set()

    def restart_silence(self) -> None:
        """Restart keepalive's timeouts: nothing was received because nothing was read."""
        self._keepalive.heard()

    def limit(self, room: int | None) -> None:
        """Limit what one call of `receive` brings. Called by the holder of the receive role.

        Parameters
        ----------
        room : int, optional
            As `FrameDecoder.room`.
        """
        self._decoder.room = room

    @property
    def more(self) -> bool:
        """Whether the last read left bytes in the socket, or some are not decoded yet."""
        return self._stream.more or self._decoder.more or bool(self._rest)

    @property
    def paused(self) -> bool:
        """Whether `pause` holds the receiver."""
        return not self._resumed.is_set()

    # ---- closing

    def close(self, code: int = 1000, reason: str = "") -> None:
        """As `Client.close`."""
        self.require_own()
        self.begin_close(code, reason)
        if self._receiver == threading.get_ident():
            return  # called from on_pong: the read that called it will receive the server's answer
        with shielded() as shield:  # an interrupt comes through only where this waits, without the receive role
            while not self._finished.is_set():
                if self._receiving.acquire(blocking=False):
                    try:
                        self._receiver = threading.get_ident()
                        sink = _UpTo(self._inbox, self.options.max_bytes)
                        while not self.closed:
                            self.receive(Deadline.until(self._closing.next), sink, shield=shield)
                    finally:
                        self._end_receiving()
                # Another thread is reading and will receive the answer; between two of its reads, this one does.
                elif shield.exposing(self._finished.wait, _POLL):
                    return
                elif self._closing.passed and (self._closing.left or 0) < -_GRACE:
                    self.drop(self._close_expired())
                    self._end_unless_receiving()
                    shield.exposing(self._finished.wait, _POLL)
                    return  # the reading thread is busy elsewhere, and ends the connection when it reads again

    def begin_close(self, code: int, reason: str) -> None:
        """Send a close frame; the holder of the receive role receives the answer.

        Parameters
        ----------
        code, reason
            As for `close`.

        Raises
        ------
        ValueError
            As for `close`.
        """
        with shielded():
            close = Close(code, reason)
            self._send_close(close.encode(), asked=close)
            self._resumed.set()
            self._stream.wake()

    def abort(self, *, reset: bool = False) -> None:
        """As `Client.abort`."""
        self.require_own()
        with shielded():
            self.drop(reset=reset)
            self._end_unless_receiving()

    def drop(self, error: Error | None = None, *, reset: bool = False) -> None:
        """Shut the socket down; the holder of the receive role ends the connection.

        Parameters
        ----------
        error : Error, optional
            Why; None when the user asked for it.
        reset : bool, default False
            Send RST instead of FIN.
        """
        self._state.dropped(error)
        self._stream.abort(reset=reset)
        self._resumed.set()

    def _end_unless_receiving(self) -> None:
        """After `drop`, end the connection, unless a thread is receiving, which will."""
        if self._receiving.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._receiving.release()

    @property
    def close_time_left(self) -> float | None:
        """Seconds that the server has left to answer our close frame; None without a limit."""
        return self._closing.left

    def close_at_exit(self) -> None:
        """Send a close frame (1001 "going away") without waiting for anything; called when the process ends."""
        close = Close(1001, "going away")
        self._send_close(close.encode(), asked=close)

    def _send_close(self, payload: bytes, *, asked: Close | None = None, because: Error | None = None) -> None:
        """Send a close frame, unless one was sent or the connection has ended.

        ``asked, because`` as `ConnectionState.close_sent`.
        """
        with self._send_lock:
            if self._state.close_sent(asked, because):
                timeout, writes = None if asked is None else self.options.close_timeout, self._writes
                closing = self._closing = AnswerTimeout(
                    timeout,
                    lambda: writes.taken,  # without self, to avoid a reference cycle
                    stalled=timeout,
                    longest=None if timeout is None else _LONGEST * timeout,
                )
                self._queue_control(CLOSE, payload, closing.written)

    # ---- the end; called by the holder of the receive role

    def _close_received(self, payload: bytes) -> None:
        """Note the server's close frame and answer it."""
        if self._state.close_received(Close.decode(payload)):
            self._confirmations.confirm(self._confirmations.latest)
        # RFC 6455 section 5.5.1: answer with the received code, unless we sent a close frame already.
        self._send_close(payload)

    def _refuse(self, error: ProtocolError) -> None:
        """_Fail the WebSocket Connection_ (RFC 6455 section 7.1.7): send a close frame with the code, and end it."""
        error.url = self.url
        self._send_close(Close(error.close_code or 1002, error.message).cut().encode(), because=error)
        self._fail(error)

    def _close_expired(self) -> Error:
        timeout = self.options.close_timeout or 0
        return TimeoutError(
            "close", timeout, f"the server did not answer our close frame within {timeout:g} s", url=self.url
        )

    def _fail(self, error: Error) -> None:
        error.message = "; ".join([error.message, *self._keep_cut_message()])
        self._state.failed(error)
        self._close_stream()

    def _end(self, broken: OSError | None = None) -> None:
        if self._state.state != CLOSED:
            details, hint = self._silence()
            self._state.end_of_stream(broken, [*self._keep_cut_message(), *details], hint)
            self._close_stream()

    def _keep_cut_message(self) -> list[str]:
        """Add the received part of a message that was cut off as an incomplete row; return a clause with how much came."""
        unfinished = self._decoder.unfinished()
        if unfinished is None:
            return []
        clause, row = unfinished
        self._sent_rows.append(row)
        return [clause]

    def _silence(self) -> tuple[list[str], str | None]:
        """Describe the silence before an end without a close frame, and hint at its cause.

        Proxies, NAT and firewalls cut idle connections: nginx's ``proxy_read_timeout`` is 60 s, and so is the idle
        timeout of most load balancers.
        """
        seconds, keepalive = self._keepalive.silence, self._keepalive
        if seconds < _SILENCE:
            return [], None
        silent = f"nothing was received for {seconds:.1f} s"
        if count := keepalive.unanswered(_SILENCE):
            return [
                f"{silent}, no pong to {'our ping' if count == 1 else f'our last {count:,} pings'} either"
            ], "the server answers no pings, or the network lost them"
        interval = min(20.0, round(seconds / 3, 1))
        return [silent], f"a proxy in between may cut idle connections: ping_interval={interval:g} keeps this one busy"

    def _close_stream(self) -> None:
        """Close the socket, after the outcome was set."""
        self.logger.ended(self.outcome, self.close_code)
        self._decoder.end()
        if self._state.lingers:
            self._linger()
        self._stream.close()
        self._finished.set()

    def _linger(self) -> None:
        """Write the queued close frame and shut down our side, so that the server closes TCP first (RFC 6455 section 7.1.1)."""
        deadline = Deadline(min(_LINGER, self.options.close_timeout or _LINGER)).sooner(
            Deadline.until(self._closing.next)
        )
        stream, writes = self._stream, self._writes
        try:
            while writes.pending and not deadline.passed:
                stream.wait(deadline, write=True)
                writes.drain()
                if writes.pending and not self._discard():
                    return
            if not writes.pending:
                stream.shutdown_write()
            while not deadline.passed and self._discard():
                stream.wait(deadline)
        except OSError:
            pass  # the server closed first; the outcome is set already

    def _discard(self) -> bool:
        """Read and discard what is in the socket; False at the end of the stream."""
        scratch = bytearray(65536)
        while count := self._stream.receive_into(memoryview(scratch)):
            pass
        return count is None
