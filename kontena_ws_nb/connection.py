"""`Connection`: the state of one WebSocket connection, who may receive, keepalive, and the closing handshake.

What lives here: everything that decides what an open connection does next (RFC 6455 sections 5.5 and 7). What must not: logs,
background threads, displays, the API people type (`client`).

Who calls: any thread submits, pings and closes; one thread at a time holds the receive role (`receiving`), and only it receives,
answers pings, sends keepalives and sees the end. No lock that a sender holds while it waits is ever taken by it.
"""

from __future__ import annotations

import logging
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from .errors import CloseError, EOFError, Error, ProtocolError, SocketError, TimeoutError
from .keepalive import Keepalive
from .options import Options
from .redact import redact_url
from .wire.compose import build_frame, close_payload
from .wire.deadline import Deadline
from .wire.deflate import THRESHOLD, Deflate
from .wire.frames import CLOSE, OPCODE, PING, PONG, SENT, Batch, FrameDecoder
from .wire.handshake import Handshake
from .wire.opening import open_connection
from .wire.outgoing import Outgoing, WriteStalledError

#: What each state may become; the gem's predicates (connected, open, closing, closed) read from it.
_NEXT: Final = {"open": ("closing", "closed"), "closing": ("closed",), "closed": ()}


class Connection:
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
        self.options = options
        opened = open_connection(url, options)
        self.url = redact_url(opened.handshake.url)
        self.handshake: Handshake = opened.handshake
        self._channel = opened.channel
        self._chain = opened.chain
        self._trust = opened.trust
        self.logger = logging.getLogger("kontena_ws_nb.connection")
        parameters = self.handshake.compression
        self._deflate = Deflate(parameters) if parameters is not None else None
        self._decoder = FrameDecoder(max_size=options.max_size, inflater=self._deflate)
        self._state = "open"
        self._state_lock = threading.Lock()
        self._send_lock = threading.Lock()
        self._receiving = threading.Lock()
        self._receiver: int | None = None
        self._finished = threading.Event()
        self._resumed = threading.Event()
        self._resumed.set()
        self._inbox: deque[Batch] = deque()
        self._inbox_row = 0
        self._sent_rows: deque[Batch] = deque()
        self._keepalive = Keepalive(options.ping_interval, options.ping_timeout)
        self._close_deadline = Deadline(None)
        self._close_sent: tuple[int, str] | None = None
        self._close_received: tuple[int, str] | None = None
        self._outcome: Error | None = None
        self._rest = opened.rest
        self._by_us = False

    @property
    def state(self) -> str:
        """``"open"``, ``"closing"`` or ``"closed"``."""
        return self._state

    @property
    def connected(self) -> bool:
        """Whether the socket is still there."""
        return self._state != "closed"

    @property
    def open(self) -> bool:
        """Whether messages can be sent."""
        return self._state == "open"

    @property
    def closing(self) -> bool:
        """Whether the closing handshake is under way."""
        return self._state == "closing"

    @property
    def closed(self) -> bool:
        """Whether the connection is over."""
        return self._state == "closed"

    @property
    def close_code(self) -> int | None:
        """The code the connection closed with: the server's, else ours, 1006 when it broke; None while it is open."""
        if self._close_received is not None:
            return self._close_received[0]
        return None if self._state != "closed" else 1006

    @property
    def close_reason(self) -> str | None:
        """The reason that came with `close_code`; None while the connection is open."""
        if self._close_received is not None:
            return self._close_received[1]
        return None if self._state != "closed" else ""

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
        # Queued while the lock is held, so that compressed messages leave in the order they were compressed.
        with self._send_lock:
            self.require_open("send")
            if self._deflate is not None and len(payload) >= THRESHOLD:
                return self._channel.submit(build_frame(opcode, self._deflate.deflate(payload), rsv1=1))
            return self._channel.submit(build_frame(opcode, payload))

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
        try:
            self._channel.finish(item, self.options.write_timeout)
        except WriteStalledError as stalled:
            timeout = self.options.write_timeout or 0
            if stalled.partial:
                self._channel.close()
            told = (
                "the message was cut in the middle, so the connection was closed"
                if stalled.partial
                else "nothing of the message was sent; the connection is still usable"
            )
            raise TimeoutError("write", timeout, f"the server took no byte for {timeout:g} s; {told}", url=self.url) from None
        except OSError as error:
            raise SocketError(f"sending failed: {error.strerror or error}", url=self.url) from error

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
        if self._state != "open":
            said = f" with {self.close_code}" if self.close_code is not None else ""
            raise SocketError(f"cannot {what}: the connection is {self._state}{said}", url=self.url, hint="connect again")

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
        self.require_open("ping")
        payload = self._keepalive.begin(payload)
        self._control(PING, payload)
        return payload

    def _control(self, opcode: int, payload: bytes) -> None:
        self._sent_rows.append(Batch(payload, [len(payload)], bytes((opcode | SENT,))))
        self._channel.queue(build_frame(opcode, payload))

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
        if not self._receiving.acquire(blocking=False):
            if not patient or self._state == "open":
                raise RuntimeError("another thread is reading from this client already; a client has one reader at a time")
            self._receiving.acquire()
        self._receiver = threading.get_ident()
        try:
            yield
        finally:
            self._receiver = None
            self._receiving.release()

    def receive(self, deadline: Deadline) -> list[Batch]:
        """Wait for bytes, decode them, answer control frames. One step; called by the holder of the receive role.

        Parameters
        ----------
        deadline : Deadline
            When to return empty-handed.

        Returns
        -------
        list of Batch
            What was received, and the control frames we sent; perhaps nothing. When the connection ended, `closed` is true
            and `outcome` tells why.
        """
        batches: list[Batch] = []
        try:
            if self._decoder.error is not None and not self.closed:
                self._refuse(self._decoder.error)
            elif self._rest:
                batches += self._feed_rest()
            else:
                count = self._await_bytes(deadline)
                if count is not None:
                    batches += self._decode(count)
        except TimeoutError as error:
            self._end(error)
        except OSError as error:
            self._end(self._broken(error))
        while self._sent_rows:
            batches.append(self._sent_rows.popleft())
        return batches

    def _feed_rest(self) -> list[Batch]:
        """Decode what came with the handshake's response."""
        rest, self._rest = self._rest, b""
        batches: list[Batch] = []
        while rest and self._decoder.error is None:
            with self._decoder.buffer() as buffer:
                count = min(len(buffer), len(rest))
                buffer[:count] = rest[:count]
            rest = rest[count:]
            batches += self._decode(count)
        return batches

    def _await_bytes(self, deadline: Deadline) -> int | None:
        """Receive; wait when nothing is there, sending keepalive pings meanwhile."""
        channel = self._channel
        while True:
            if self._state == "closing" and self._close_deadline.passed:
                self._end(self._close_expired())
                return None
            if not self._resumed.is_set():
                left = deadline.left()
                if not self._resumed.wait(left) and deadline.passed:
                    return None
                continue
            if self._state == "open" and self._keepalive.due():
                self._control(PING, self._keepalive.begin(None, keepalive=True))
            with self._decoder.buffer() as buffer:
                count = channel.receive_into(buffer)
            if count:
                self._keepalive.heard()
                return count
            if count == 0:
                self._end(self._eof())
                return None
            if self._sent_rows:
                return None  # a ping of ours is a row: hand it on
            until = deadline.sooner(self._close_deadline)
            if self._state == "open":
                if self._keepalive.expired():
                    raise self._silent()
                until = until.sooner(self._keepalive.next())
            if not channel.wait(until, write=channel.pending) and deadline.passed:
                return None
            if channel.pending:
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

    def pause(self) -> None:
        """Stop receiving: the socket's buffers fill and TCP pushes back. Keepalive rests too. Any thread."""
        if self._state == "open":
            self._resumed.clear()
            self._channel.wake()

    def resume(self) -> None:
        """Receive again after `pause`. Any thread."""
        self._keepalive.heard()
        self._resumed.set()

    @property
    def paused(self) -> bool:
        """Whether `pause` holds the receiver."""
        return not self._resumed.is_set()

    def _decode(self, count: int) -> list[Batch]:
        decoder = self._decoder
        batches = decoder.received(count)
        for batch in batches:
            opcode = batch.flags[0] & OPCODE
            if opcode >= CLOSE:
                self._answer(opcode, bytes(batch.data))
        if decoder.error is not None:
            # What stood before the error is the reader's first, while it can still answer: the next `receive` refuses.
            if not batches:
                self._refuse(decoder.error)
        elif decoder.closed:
            self._end(None)
        return batches

    def _answer(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            if self.options.auto_pong and self._state == "open":
                self._control(PONG, payload)
        elif opcode == PONG:
            delay = self._keepalive.pong(payload)
            if delay is not None and self.options.on_pong is not None:
                try:
                    self.options.on_pong(delay)
                except Exception:  # the user's code: told to the logger, must not tear the stream
                    self.logger.exception("on_pong failed")
        else:
            code = struct.unpack_from("!H", payload)[0] if payload else 1005
            self._close_received = (code, payload[2:].decode())
            # RFC 6455 section 5.5.1: answer with the code received, unless our close frame is on its way already.
            self._send_close(payload)

    def _send_close(self, payload: bytes, given: tuple[int, str] | None = None, *, by_us: bool = False) -> bool:
        """Send our close frame unless it was sent; tell whether it was sent now."""
        with self._send_lock:
            if self._close_sent is not None:
                return False
            self._by_us = by_us
            if by_us:
                self._close_deadline = Deadline(self.options.close_timeout)
            self._close_sent = given or (struct.unpack_from("!H", payload)[0] if payload else 1005, "")
            self._become("closing")
            self._control(CLOSE, payload)
            return True

    def _become(self, state: str) -> bool:
        with self._state_lock:
            if state not in _NEXT[self._state]:
                return False
            self._state = state
            return True

    def _refuse(self, error: ProtocolError) -> None:
        """Fail the connection (RFC 6455 section 7.1.7): close frame with the code, then the end."""
        error.url = self.url
        code = error.close_code or 1002
        reason = error.message.encode()[:120].decode("utf-8", "ignore")
        self._send_close(struct.pack("!H", code) + reason.encode(), (code, reason))
        self._end(error)

    def _eof(self) -> Error | None:
        if self._close_received is not None or self._channel.closed:
            return None  # the closing handshake is over, or we aborted
        what = "the connection ended without a close frame (1006)"
        if self._state == "closing":
            what = "the server answered our close frame by ending the connection (1006)"
        return EOFError(what, url=self.url)

    def _broken(self, error: OSError) -> Error | None:
        if self._channel.closed:
            return None  # we aborted
        broken = EOFError(f"the connection broke: {error.strerror or error} (1006)", url=self.url)
        broken.__cause__ = error
        return broken

    def _close_expired(self) -> Error:
        timeout = self.options.close_timeout or 0
        return TimeoutError("close", timeout, f"the server did not answer our close frame within {timeout:g} s", url=self.url)

    def _end(self, error: Error | None) -> None:
        """Record the outcome and close the socket. Called by the holder of the receive role, once."""
        if self._close_received is not None and error is None and not self._by_us:
            code, reason = self._close_received
            error = CloseError(code, reason, url=self.url)
        if not self._become("closed"):
            return
        self._outcome = error
        if isinstance(error, (CloseError, ProtocolError)) or error is None:
            self._say_goodbye()
        self._channel.close()
        self._finished.set()

    def _say_goodbye(self) -> None:
        """Let the queued close frame out, then end our side. RFC 6455 section 7.1.1: the server closes TCP first, if it is quick."""
        deadline = Deadline(min(2.0, self.options.close_timeout or 2.0)).sooner(self._close_deadline)
        channel = self._channel
        try:
            while channel.pending and channel.wait(deadline, read=False, write=True):
                before = channel.written
                channel.drain()
                if channel.written == before and deadline.passed:
                    break
            channel.shutdown_write()
            scratch = bytearray(65536)
            while not deadline.passed:
                with memoryview(scratch) as view:
                    count = channel.receive_into(view)
                if count == 0 or (count is None and not channel.wait(deadline)):
                    break
        except OSError:
            pass  # the server was faster; the outcome is known already

    @property
    def outcome(self) -> Error | None:
        """Why the connection ended; None while it lives and when it was closed by us."""
        return self._outcome

    @property
    def failure(self) -> Error | None:
        """What `read` raises at the end: `outcome`, except that an unanswered close of ours is still a close of ours."""
        if self._by_us and isinstance(self._outcome, (EOFError, TimeoutError)):
            return None
        return self._outcome

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
        payload = close_payload(code, reason)
        if self._send_close(payload, (code, reason), by_us=True):
            self._resumed.set()
            self._channel.wake()
        if self._receiver == threading.get_ident():
            return  # inside the read loop: the loop goes on until the server's answer
        limit = Deadline(None if self.options.close_timeout is None else self.options.close_timeout + 5)
        while not self._finished.is_set():
            try:
                with self.receiving():
                    while not self.closed:
                        self._inbox.extend(self.receive(self._close_deadline))
            except RuntimeError:  # somebody else reads, and receives the answer
                pass
            if not self._finished.wait(0.05) and limit.passed:
                self.abort()

    def goodbye(self) -> None:
        """Send a close frame (1001 "going away") without waiting for anything. For the end of the process."""
        if self._state == "open":
            self._send_close(close_payload(1001, "going away"), (1001, "going away"), by_us=True)

    def abort(self, *, reset: bool = False) -> None:
        """Drop the connection without a close frame.

        Parameters
        ----------
        reset : bool, default False
            Send RST instead of FIN.
        """
        self._by_us = True
        self._channel.abort(reset=reset)
        self._resumed.set()
        if self._receiving.acquire(blocking=False):  # else the receiver meets the end of the stream
            try:
                self._end(None)
            finally:
                self._receiving.release()
