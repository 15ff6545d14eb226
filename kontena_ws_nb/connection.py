"""`Connection`: moving messages over one WebSocket connection: who may receive, pings, pause, close and abort.

What lives here: everything that decides what an open connection does next (RFC 6455 section 5.5). What must not: logs, background threads,
displays, close frames and outcomes (`lifecycle`), the API people type (`client`).

Who calls: any thread submits, pings and closes; one thread at a time holds the receive role (`receiving`), and only it receives,
answers pings, sends keepalives and sees the end. No lock that a sender holds while it waits is ever taken by it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from .errors import Error, SocketError, TimeoutError
from .keepalive import Keepalive
from .lifecycle import Lifecycle
from .options import Options
from .wire.compose import PIECE, begin_frame, close_payload, masker
from .wire.deadline import Deadline
from .wire.deflate import THRESHOLD, Deflate
from .wire.frames import CLOSE, OPCODE, PING, PONG, Batch, FrameDecoder
from .wire.interrupts import shielded
from .wire.opening import open_connection
from .wire.outgoing import Outgoing, WriteStalledError

#: Seconds between two looks of a closing thread at whether it may receive now.
_LOOK = 0.05

#: Seconds by which somebody else's receiving may overrun ``close_timeout`` before the closing thread drops the connection.
_PATIENCE = 0.05


class Sink(Protocol):
    """Where `Connection.receive` puts what it received: a list or a deque."""

    def append(self, batch: Batch, /) -> object:
        """Take one batch."""


class Connection(Lifecycle):
    """One WebSocket connection, open when made.

    Parameters
    ----------
    url : str
        Where to.
    options : Options
        All settings.

    Raises
    ------
    ValueError, ConnectError, ProtocolError, TimeoutError
        As `open_connection`.

    Attributes
    ----------
    url : str
        Where it leads, secrets masked.
    options : Options
        What it was opened with.
    handshake : Handshake
        The record of the opening handshake.
    """

    def __init__(self, url: str, options: Options) -> None:
        masker()
        opened = open_connection(url, options)
        super().__init__(opened, options)
        self._chain = opened.chain
        self._trust = opened.trust
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
        self._wire_received = 0

    @property
    def wire_bytes(self) -> tuple[int, int]:
        """Bytes of all frames sent and received so far, as they travel: headers, and payloads compressed; without TLS."""
        return self._wire_sent, self._wire_received

    # ---- sending

    def submit(self, opcode: int, payload: bytes) -> Outgoing:
        """Queue a message and begin writing it without waiting; `send` is this and `finish`.

        Parameters
        ----------
        opcode : int
            TEXT or BINARY.
        payload : bytes
            The message.

        Returns
        -------
        Outgoing

        Raises
        ------
        SocketError
            The connection is not open any more.
        """
        # Queued while the lock is held, so that compressed messages leave in the order they were compressed. An interrupt between
        # compressing and queueing would leave the server without part of the window.
        with shielded(), self._send_lock:
            self.require_open("send")
            withdrawn, rsv1 = None, 0
            if self._deflate is not None and len(payload) >= THRESHOLD:
                payload, withdrawn, rsv1 = self._deflate.deflate(payload), self._deflate.withdrawn, 1
            frame, behind = begin_frame(opcode, payload, rsv1)
            self._wire_sent += len(frame) + max(0, len(payload) - PIECE)
            return self._channel.submit(frame, withdrawn, behind)

    def finish(self, item: Outgoing) -> None:
        """Wait until a submitted message is written.

        Parameters
        ----------
        item : Outgoing
            From `submit`.

        Raises
        ------
        SocketError, TimeoutError
            As `send`.
        """
        if item.done:
            return
        try:
            # The lock: when a compressed message is withdrawn, none that builds on it may slip in.
            self._channel.finish(item, self.options.write_timeout, self._send_lock)
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
            raise error from None
        except OSError as error:
            raise SocketError(f"sending failed: {error.strerror or error}", url=self.url) from error

    def ping_waiter(self, payload: bytes) -> threading.Event:
        """Get an event that is set when the pong to this payload comes. Ask before `ping`.

        Parameters
        ----------
        payload : bytes
            What the ping will carry.

        Returns
        -------
        threading.Event
        """
        return self._keepalive.waiter(payload)

    def ping(self, payload: bytes | None = None) -> bytes:
        """Send a ping; returns at once. `ping_delay` tells later how long the pong took.

        Parameters
        ----------
        payload : bytes, optional
            At most 125 bytes; a high-resolution timestamp by default.

        Returns
        -------
        bytes
            The payload sent.

        Raises
        ------
        ValueError
            The payload is longer than 125 bytes (RFC 6455 section 5.5).
        SocketError
            The connection is not open any more.
        """
        if payload is not None and len(payload) > 125:
            raise ValueError(f"a ping carries at most 125 bytes (RFC 6455 section 5.5), got {len(payload)}")
        with shielded(), self._send_lock:
            self.require_open("ping")
            payload = self._keepalive.begin(payload)
            self._queue_control(PING, payload)
        if self._receiver != threading.get_ident():
            self._channel.wake()  # the ping is a row of the log: the receiver hands it on
        return payload

    def _control(self, opcode: int, payload: bytes) -> None:
        """Send a control frame of the receiver's own, if the connection is still open."""
        with self._send_lock:
            if self._state == "open":
                self._queue_control(opcode, payload)

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
        waiting = patient and not self._channel.more and not self._rest and self._decoder.error is None
        while True:
            if waiting:
                self._rest_until(deadline, shield)
            moved = self._step(into)
            while self._pongs:
                shield.exposing(self._tell_pong, self._pongs.popleft())
            if moved or self._state == "closed" or deadline.passed:
                return None
            waiting = not self._channel.more or self.paused

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
                self._control(PING, self._keepalive.begin(None, keepalive=True))
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
                self._control(PONG, bytes(batch.data))
            elif opcode == PONG and (delay := self._keepalive.pong(bytes(batch.data))) is not None:
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
        """Whether the last read left something."""
        return self._channel.more

    @property
    def paused(self) -> bool:
        """Whether `pause` holds the receiver."""
        return not self._resumed.is_set()

    # ---- the end

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection and wait for the server's answer, at most ``close_timeout``.

        Safe from any thread, from inside a ``for message in client`` loop and from ``on_pong``; a second call only waits. When
        another thread is reading, that thread receives the answer.

        Parameters
        ----------
        code : int, default 1000
            1000, 1001–1003, 1007–1014 or 3000–4999 (RFC 6455 section 7.4).
        reason : str, default ""
            At most 123 bytes of UTF-8.

        Raises
        ------
        ValueError
            A code or reason that may not stand in a close frame; nothing was sent.
        """
        self.begin_close(code, reason)
        if self._receiver == threading.get_ident():
            return  # from on_pong: the read that called it goes on until the server's answer
        while not self._finished.is_set():
            if self._receiving.acquire(blocking=False):
                try:
                    self._receiver = threading.get_ident()
                    while not self.closed:
                        self.receive(self._close_deadline, self._inbox)
                finally:
                    self._receiver = None
                    self._receiving.release()
            # Else somebody reads, and receives the answer; between two reads of theirs it is up to us.
            elif not self._finished.wait(_LOOK) and (self._close_deadline.left() or 0) < -_PATIENCE:
                self.drop(self._close_expired())
                self._conclude()
                self._finished.wait(_LOOK)
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
            self._send_close(close_payload(code, reason), by_us=True)
            self._resumed.set()
            self._channel.wake()

    def abort(self, *, reset: bool = False) -> None:
        """Drop the connection without a close frame.

        Parameters
        ----------
        reset : bool, default False
            Send RST instead of FIN.
        """
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
        if self._state != "closed":
            self._by_us = self._by_us or error is None
            self._fatal = error
        self._channel.abort(reset=reset)
        self._resumed.set()

    def _conclude(self) -> None:
        """After `drop`: end it now, unless somebody receives, who meets the end of the stream."""
        if self._receiving.acquire(blocking=False):
            try:
                self._end(self._eof())
            finally:
                self._receiving.release()
