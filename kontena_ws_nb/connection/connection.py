"""`Connection`: one WebSocket connection over an open stream: sending, receiving, pings, and the closing handshake.

Any thread sends, pings, pauses and closes. One thread at a time holds the receive role (`Connection.receiving`): it
alone receives, answers pings, sends keepalives and sees the end. It never takes a lock that a sender holds while it
waits. What the states are, and why a connection ended, `protocol.state` decides.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from ..close import Close
from ..errors import Error, ProtocolError, SocketError, TimeoutError, again
from ..options import Options
from ..protocol.arena import BLOCKS
from ..protocol.confirmations import Confirmations
from ..protocol.encode import PIECE, begin_frame, build_frame
from ..protocol.frames import BINARY, CLOSE, INCOMPLETE, OPCODE, PING, PONG, SENT, TEXT, Batch, FrameDecoder
from ..protocol.handshake import Handshake
from ..protocol.keepalive import Keepalive, PongWaiter
from ..protocol.patience import Patience
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

#: Seconds between two looks of a closing thread at whether it may receive now.
_LOOK: Final = 0.05
#: Seconds by which somebody else's receiving may overrun ``close_timeout`` before the closing thread drops the
#: connection.
_PATIENCE: Final = 0.05
#: How many times ``close_timeout`` a server gets that keeps taking what stands before our close frame.
_LONGEST: Final = 10
#: Seconds that a sender whose write failed gives the receiver to learn why: the server's close frame may still be read.
_WHY: Final = 1.0
#: Seconds of silence that are worth telling. Proxies' idle limits are whole seconds, and we count a moment less.
_SILENCE: Final = 0.9
#: Seconds a server gets to end TCP after the closing handshake; the rest of the world does not wait for it.
_LINGER: Final = 2.0
#: A message that drips in: after so many reads in a row of fewer bytes than these, none of which ended a message, each
#: wait begins with a rest of so many seconds. Waking us costs the sender and us more than a few bytes are worth; what
#: flows faster ends the dripping.
DRIPS: Final = 8
_DRIP: Final = 16 << 10
_DRIP_REST: Final = 0.0005

#: Bytes of a control frame, masked and in a TLS record of its own, at most (RFC 6455 section 5.5: 125 of payload).
_CONTROL_FRAME: Final = 256

#: What the logger calls the control frames that are queued; pongs wait for their turn.
_CONTROL: Final = {CLOSE: "close", PING: "ping"}


class Sink(Protocol):
    """Where `Connection.receive` puts what it received: a list or a deque."""

    def append(self, batch: Batch, /) -> object:
        """Take one batch."""


class Connection:
    """One WebSocket connection.

    Parameters
    ----------
    opened : Opened
        What the opening handshake left. The connection owns its stream from now on.
    options : Options
        What it was opened with.

    Attributes
    ----------
    url : str
        Where it leads, secrets masked.
    options : Options
        As given.
    handshake : Handshake
        The record of the opening handshake.
    chain : CertificateChain or None
        What the server sent, with the verdict when one was enforced; None without TLS.
    trust : Trust or None
        Whom was or would be trusted; None without TLS.
    logger : ConnectionLogger
        Says this connection's URL before every line.
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
        self._closing = Patience(None)  # for the answer to our close frame
        self._finished = Latch()
        # Sending.
        self._send_lock = forks.lock()
        self._confirmations = Confirmations()
        self._sent_rows: deque[Batch] = deque()  # control frames we sent, on their way to the log
        self._pong: Outgoing | None = None  # our latest, which may still wait to be written
        self._wire_sent = 0  # bytes of frames; under the send lock
        # Receiving.
        self._rest = opened.rest
        parameters = opened.handshake.compression
        self._deflate = Deflate(parameters) if parameters is not None else None
        self._decoder = FrameDecoder(max_size=options.max_size, inflater=self._deflate, keep=options.max_bytes)
        self._receiving = forks.lock()
        self._receiver: int | None = None
        #: Held for a look at the socket, which never waits: when `pause` returns, none is under way.
        self._taking_bytes = forks.lock()
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
        # What `close` received, and what `read` received and did not hand out yet.
        self._inbox: deque[Batch] = deque()
        self._inbox_row = 0
        self._taking = forks.lock()
        #: The process it belongs to, in a child that has a copy of it.
        self._owner: int | None = None
        forks.tell(self)

    # ---- in a forked child

    def forked(self, owner: int) -> None:
        """Become closed in a child: nothing is written, waited for or told to a logger."""
        self._owner = owner
        self._state = ConnectionState(self.url)
        self._state.failed(SocketError(forks.belongs(owner), url=self.url, hint="connect in this process"))
        self._receiver = None
        self._resumed = threading.Event()  # the parent's may be held
        self._resumed.set()
        self._finished.set()

    @property
    def copied(self) -> bool:
        """Whether it belongs to another process, which forked this one."""
        return self._owner is not None

    def require_own(self) -> None:
        """Refuse to use what belongs to another process.

        Raises
        ------
        SocketError
            This process was forked from that one.
        """
        if self._owner is not None and self.outcome is not None:
            raise again(self.outcome)

    # ---- facts

    @property
    def state(self) -> str:
        """``"open"``, ``"closing"`` or ``"closed"``."""
        return self._state.state

    @property
    def connected(self) -> bool:
        """Whether the socket is still there."""
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
        """Whether the connection is over."""
        return self._state.state == CLOSED

    @property
    def ended(self) -> bool:
        """Whether the connection is over, and its socket closed too: nothing is written any more."""
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
        """Why the connection ended; None while it lives and when it was closed by us."""
        return self._state.outcome

    @property
    def failure(self) -> Error | None:
        """What `read` raises at the end: `outcome`, but an unanswered close of ours is still a close of ours."""
        return self._state.failure

    @property
    def wire_bytes(self) -> tuple[int, int]:
        """Bytes of all frames sent and received so far: headers, and payloads as compressed; without TLS."""
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
        """Numbers of the messages that may be lost when the connection is: sent since the last confirmed round trip.

        A pong confirms what was sent before its ping; the server's answer to our close frame confirms everything.
        """
        return self._confirmations.unconfirmed

    # ---- sending

    def require_open(self, what: str) -> None:
        """Refuse to act on a connection that is not open.

        Parameters
        ----------
        what : str
            The verb for the error.

        Raises
        ------
        SocketError
            The connection is not open any more.
        """
        self.require_own()
        if self._state.state != OPEN:
            raise self.refusal(f"cannot {what}")

    def refusal(self, told: str, because: Error | None = None, hint: str = "connect again") -> SocketError:
        """Word what cannot be done any more, with what ended the connection: in the text, and as its cause.

        Parameters
        ----------
        told : str
            What failed.
        because : Error, optional
            What ended it; what ended this connection when left out.
        hint : str
            What to do.

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
        error = SocketError(f"{told}: {state}", url=self.url, hint=hint)
        error.__cause__ = cause
        return error

    def submit(self, opcode: int, payload: bytes, number: int | None = None) -> Outgoing:
        """Queue a message and begin writing it without waiting; `send` is this and `finish`.

        Parameters
        ----------
        opcode : int
            TEXT or BINARY.
        payload : bytes
            The message.
        number : int, optional
            What it is called in `unconfirmed`: more than any before. By default the next, from 0 on.

        Returns
        -------
        Outgoing

        Raises
        ------
        SocketError
            The connection is not open any more.
        """
        # Queued while the lock is held, so that compressed messages leave in the order they were compressed. An
        # interrupt between compressing and queueing would leave the server without part of the window.
        with shielded(), self._send_lock:
            self.require_open("send")
            withdrawn, rsv1 = None, 0
            if self._deflate is not None and len(payload) >= THRESHOLD:
                payload, withdrawn, rsv1 = self._deflate.deflate(payload), self._deflate.withdrawn, 1
            frame, behind = begin_frame(opcode, payload, rsv1)
            self._wire_sent += len(frame) + max(0, len(payload) - PIECE)
            number = self._confirmations.sent(number)
            item = self._writes.submit(frame, withdrawn, behind)
            item.number = number
            return item

    def push(self) -> int:
        """Write what the socket takes now, and have the receiver do so as soon as it takes more. Never waits.

        Returns
        -------
        int
            Bytes the socket ever took.
        """
        self._writes.drain()
        if self._writes.pending:
            self._stream.wake()
        return self._writes.written

    def finish(self, item: Outgoing, *, waited: bool = False) -> None:
        """Wait until a submitted message is written.

        Parameters
        ----------
        item : Outgoing
            From `submit`.
        waited : bool, default False
            The caller has waited already: give up at once what no byte can be written of.

        Raises
        ------
        SocketError, TimeoutError
            As `send`.
        """
        if item.done:
            return
        try:
            # The lock: when a compressed message is withdrawn, none that builds on it may slip in.
            self._writes.finish(item, 0 if waited else self.options.write_timeout, self._send_lock)
        except WriteStalledError as stalled:
            timeout = self.options.write_timeout or 0
            told = "nothing of the message was sent; the connection is still usable"
            if stalled.partial:
                told = "the message was cut in the middle, so the connection was closed"
            error = TimeoutError("write", timeout, f"the server took no byte for {timeout:g} s; {told}", url=self.url)
            if stalled.partial:
                self.drop(error)
                self._conclude()
            else:
                with self._send_lock:
                    self._wire_sent -= len(item.data)
                self._confirmations.withdrawn(item.number)
            raise error from None
        except OSError as error:
            self._learn_why()
            cause = self._state.cause
            told = str(error.strerror or error) if cause is None else cause.message
            raise SocketError(f"sending failed: {told}", url=self.url) from (cause or error)

    def _learn_why(self) -> None:
        """After a write failed: receive to the end, or let the receiver do so.

        A server that refuses what is being sent says why in a close frame, and a TLS server in an alert; the broken
        write only tells that it hung up.
        """
        deadline = Deadline(_WHY)
        with shielded() as shield:
            while not (self._finished.is_set() or self.paused or deadline.passed):
                if self._receiver == threading.get_ident():
                    return  # from on_pong: the read that called it goes on
                if self._receiving.acquire(blocking=False):
                    try:
                        self._receiver = threading.get_ident()
                        self.receive(deadline, self._inbox, shield=shield)
                    finally:
                        self._end_receiving()
                else:
                    self._stream.wake()
                    shield.exposing(self._finished.wait, _LOOK)

    def _queue_control(self, opcode: int, payload: bytes, told: Callable[[int], object]) -> None:
        """Queue a control frame and note its row. Under the send lock, so that nothing follows a close frame.

        The row comes first: an answer could be faster than a note that the frame was written.
        """

        def written() -> None:
            told(self._writes.written - _CONTROL_FRAME)
            if self._receiver != threading.get_ident():
                self._stream.wake()  # it knows when to look next

        self.logger.debug("sent a %s of %d bytes", _CONTROL[opcode], len(payload))
        self._sent_rows.append(Batch.one(payload, opcode | SENT))
        frame = build_frame(opcode, payload)
        self._wire_sent += len(frame)
        self._writes.submit(frame, told=written)

    # ---- pings

    def pong_waiter(self, payload: bytes, timeout: float | None = None) -> PongWaiter:
        """Get what tells when the pong to this payload came. Ask before `ping`.

        Parameters
        ----------
        payload : bytes
            What the ping will carry.
        timeout : float, optional
            Seconds the server gets from when the ping was written; None waits for ever.

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
            payload = self._keepalive.begin(payload, behind=self._confirmations.latest)
            self._queue_ping(payload)
        if self._receiver != threading.get_ident():
            self._stream.wake()  # the ping is a row of the log: the receiver hands it on
        return payload

    def _queue_ping(self, payload: bytes) -> None:
        self._queue_control(PING, payload, lambda start: self._keepalive.written(payload, start))

    # ---- receiving

    @contextmanager
    def receiving(self, *, patient: bool = False) -> Iterator[None]:
        """Hold the receive role: be the one thread that may call `receive`.

        Parameters
        ----------
        patient : bool, default False
            Wait for the thread that holds it, when that is closing the connection: it receives to the end, in bounded
            time.

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
            if not patient or self._state.state == OPEN or self._receiver == threading.get_ident():
                raise RuntimeError(
                    "another thread is reading from this client already; a client has one reader at a time"
                )
            while not self._receiving.acquire(timeout=_LOOK):
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
            Gets what was received, and the control frames we sent, in order. When the connection ended, `closed` is
            true and `outcome` tells why.
        patient : bool, default False
            Wait before looking, where the last look took all there was. For who waits for answers: these are never
            there at once.
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
            if moved or self._state.state == CLOSED or deadline.passed:
                return None
            waiting = not self.more or self.paused

    def _step(self, into: Sink) -> bool:
        """Do what can be done without waiting; tell whether anything was handed on."""
        if self._decoder.error is not None and self._state.state != CLOSED:
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
            self._fail(error)
        except OSError as error:
            self._end(error)
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
        if self._state.state == CLOSING and self._closing.passed:
            self._fail(self._close_expired())
            return None
        with self._taking_bytes:
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

    def _rest_until(self, deadline: Deadline, shield: shielded) -> None:
        """Wait for the next thing to do, or until the deadline passed."""
        if self.paused:
            shield.exposing(self._resumed.wait, deadline.left())
            return
        stream, writes = self._stream, self._writes
        until = deadline.sooner(Deadline.until(self._closing.next))
        if self._state.state == OPEN:
            until = until.sooner(self._keepalive.next())
        pending = writes.pending
        stream.wait(until, write=pending, shield=shield)
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
            # What stood before the error is the reader's first, while it can still answer: then the next step refuses.
            if not received:
                self._refuse(decoder.error)
        elif decoder.closed:
            self._end()
        return bool(received)

    # ---- messages, one by one

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
                    # Only the holder of the role knows the end: a closing thread sets the state before it hands over
                    # its last batch.
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
        with self._taking:
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

    def _tell_pong(self, delay: float) -> None:
        if self.options.on_pong is not None:
            try:
                self.options.on_pong(delay)
            except Exception:  # the user's code: told to the logger, must not tear the stream
                self.logger.exception("on_pong failed")

    def _answer(self, payload: bytes) -> None:
        """Answer a ping, if the connection is still open.

        RFC 6455 section 5.5.3 lets us answer the latest only, so one pong waits at most: a server that pings and never
        reads makes us keep nothing. A pong is a row, and a line of the logger, when it is written, not before: what it
        is replaced by was never sent.
        """

        def written() -> None:
            self.logger.debug("sent a pong of %d bytes", len(payload))
            self._sent_rows.append(Batch.one(payload, PONG | SENT))
            if self._receiver != threading.get_ident():
                self._stream.wake()  # a sender drained: the receiver hands the row on

        with self._send_lock:
            if self._state.state == OPEN:
                frame = build_frame(PONG, payload)
                self._wire_sent += len(frame)
                instead = self._writes.replace(self._pong, frame, written) if self._pong is not None else 0
                self._wire_sent -= instead
                if not instead:
                    self._pong = self._writes.submit(frame, told=written)

    def _keep_alive(self) -> None:
        """Send a keepalive ping, if the connection is still open."""
        with self._send_lock:
            if self._state.state == OPEN:
                self._queue_ping(self._keepalive.begin(None, keepalive=True, behind=self._confirmations.latest))

    # ---- pausing

    def pause(self) -> None:
        """Stop receiving: the socket's buffers fill and TCP pushes back. Keepalive rests too. Any thread."""
        self.require_own()
        with self._taking_bytes:
            self._resumed.clear()
        if self._state.state != OPEN:
            self._resumed.set()  # closing receives to the end
        self._stream.wake()

    def resume(self) -> None:
        """Receive again after `pause`. Any thread."""
        self.require_own()
        self.rested()
        self._resumed.set()

    def rested(self) -> None:
        """Tell keepalive that the silence was ours: the receiver was away on purpose."""
        self._keepalive.heard()

    @property
    def more(self) -> bool:
        """Whether the last read left something, in the socket or not yet decoded."""
        return self._stream.more or self._decoder.more

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
            return  # from on_pong: the read that called it goes on until the server's answer
        with shielded() as shield:  # an interrupt strikes where this waits, and leaves the receive role free
            while not self._finished.is_set():
                if self._receiving.acquire(blocking=False):
                    try:
                        self._receiver = threading.get_ident()
                        while not self.closed:
                            self.receive(Deadline.until(self._closing.next), self._inbox, shield=shield)
                    finally:
                        self._end_receiving()
                # Else somebody reads, and receives the answer; between two reads of theirs it is up to us.
                elif shield.exposing(self._finished.wait, _LOOK):
                    return
                elif self._closing.passed and (self._closing.left or 0) < -_PATIENCE:
                    self.drop(self._close_expired())
                    self._conclude()
                    shield.exposing(self._finished.wait, _LOOK)
                    return  # if the reader is held up by its own code, it meets the end when it comes back

    def begin_close(self, code: int, reason: str) -> None:
        """Send the close frame and leave the rest to the holder of the receive role.

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
            self._conclude()

    def drop(self, error: Error | None = None, *, reset: bool = False) -> None:
        """Give up the socket and leave the rest to the holder of the receive role.

        Parameters
        ----------
        error : Error, optional
            What made us; None when the user wants it.
        reset : bool, default False
            Send RST instead of FIN.
        """
        self._state.dropped(error)
        self._stream.abort(reset=reset)
        self._resumed.set()

    def _conclude(self) -> None:
        """After `drop`: end it now, unless somebody receives, who meets the end of the stream."""
        if self._receiving.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._receiving.release()

    @property
    def close_left(self) -> float | None:
        """Seconds that the server has left to answer our close frame; None when it has all the time in the world."""
        return self._closing.left

    def goodbye(self) -> None:
        """Send a close frame (1001 "going away") without waiting for anything. For the end of the process."""
        close = Close(1001, "going away")
        self._send_close(close.encode(), asked=close)

    def _send_close(self, payload: bytes, *, asked: Close | None = None, because: Error | None = None) -> None:
        """Send our close frame unless it was sent or is too late; the rest as for `ConnectionState.close_sent`."""
        with self._send_lock:
            if self._state.close_sent(asked, because):
                timeout, writes = None if asked is None else self.options.close_timeout, self._writes
                closing = self._closing = Patience(
                    timeout,
                    lambda: writes.taken,  # no cycle: a session that is dropped is freed at once
                    stalled=timeout,
                    longest=None if timeout is None else _LONGEST * timeout,
                )
                self._queue_control(CLOSE, payload, closing.written)

    # ---- the end, as the holder of the receive role sees it

    def _close_received(self, payload: bytes) -> None:
        """Note the server's close frame and answer it."""
        if self._state.close_received(Close.decode(payload)):
            self._confirmations.confirm(self._confirmations.latest)
        # RFC 6455 section 5.5.1: answer with the code received, unless our close frame is on its way already.
        self._send_close(payload)

    def _refuse(self, error: ProtocolError) -> None:
        """Fail the connection (RFC 6455 section 7.1.7): close frame with the code, then the end."""
        error.url = self.url
        self._send_close(Close(error.close_code or 1002, error.message).cut().encode(), because=error)
        self._fail(error)

    def _close_expired(self) -> Error:
        timeout = self.options.close_timeout or 0
        return TimeoutError(
            "close", timeout, f"the server did not answer our close frame within {timeout:g} s", url=self.url
        )

    def _fail(self, error: Error) -> None:
        error.message = "; ".join([error.message, *self._cut_off()])
        self._state.failed(error)
        self._close_stream()

    def _end(self, broken: OSError | None = None) -> None:
        if self._state.state != CLOSED:
            facts, hint = self._silence()
            self._state.end_of_stream(broken, [*self._cut_off(), *facts], hint)
            self._close_stream()

    def _cut_off(self) -> list[str]:
        """Keep what had come of a message that is cut off, as a row that says so; and tell how much of how much."""
        unfinished = self._decoder.unfinished()
        if unfinished is None:
            return []
        told, row = unfinished
        self._sent_rows.append(row)
        return [told]

    def _silence(self) -> tuple[list[str], str | None]:
        """Tell of the silence before an end that nobody announced, and what it may mean.

        Proxies, NAT and firewalls forget idle connections: nginx's ``proxy_read_timeout`` is 60 s, and so is the idle
        limit of most load balancers.
        """
        seconds, keepalive = self._keepalive.silence, self._keepalive
        if seconds < _SILENCE:
            return [], None
        told = f"nothing was received for {seconds:.1f} s"
        if count := keepalive.unanswered(_SILENCE):
            return [
                f"{told}, no pong to {'our ping' if count == 1 else f'our last {count:,} pings'} either"
            ], "the server answers no pings, or the network lost them"
        often = min(20.0, round(seconds / 3, 1))
        return [told], f"a proxy in between may cut idle connections: ping_interval={often:g} keeps this one busy"

    def _close_stream(self) -> None:
        """Close the socket, now that the outcome is known."""
        self.logger.ended(self.outcome, self.close_code)
        self._decoder.end()
        if self._state.lingers:
            self._linger()
        self._stream.close()
        self._finished.set()

    def _linger(self) -> None:
        """Let the queued close frame out and end our side: the server closes TCP first (RFC 6455 section 7.1.1)."""
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
            pass  # the server was faster; the outcome is known already

    def _discard(self) -> bool:
        """Throw away what is there; False at the end of the stream."""
        scratch = bytearray(65536)
        while count := self._stream.receive_into(memoryview(scratch)):
            pass
        return count is None
