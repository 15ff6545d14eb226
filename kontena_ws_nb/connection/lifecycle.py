"""`Lifecycle`: the states of a connection, its close frames, and why it ended.

What lives here: the closing handshake (RFC 6455 section 7) and everything that decides about the end. What must not: receiving, waiting
for messages, pings.

Who calls: any thread asks for facts and sends close frames; `_end` and what it calls belong to the holder of the receive role.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from ..close import Close
from ..errors import CloseError, EOFError, Error, ProtocolError, SocketError, TimeoutError
from ..options import Options
from ..protocol.confirmations import Confirmations
from ..protocol.encode import build_frame
from ..protocol.frames import CLOSE, PING, SENT, Batch
from ..protocol.handshake import Handshake
from ..redaction.headers import redact_url
from ..transport.deadline import Deadline
from ..transport.latch import Latch
from .logger import ConnectionLogger
from .opening import Opened

#: What each state may become; the gem's predicates (connected, open, closing, closed) read from it.
_NEXT: Final = {"open": ("closing", "closed"), "closing": ("closed",), "closed": ()}

#: What the logger calls control frames; pongs are `Receiving`'s.
_CONTROL: Final = {CLOSE: "close", PING: "ping"}

#: Seconds a server gets to end TCP after the closing handshake; the rest of the world does not wait for it.
_LINGER: Final = 2.0


class Lifecycle:
    """What `Connection` is, apart from moving messages.

    Parameters
    ----------
    opened : Opened
        What the opening handshake left.
    options : Options
        All settings.
    """

    def __init__(self, opened: Opened, options: Options) -> None:
        self.options = options
        self.url = redact_url(opened.handshake.url)
        self.logger = ConnectionLogger(self.url)
        self.logger.debug("connected to %s port %d", *opened.handshake.address)
        self.handshake: Handshake = opened.handshake
        self._channel = opened.channel
        self._state = "open"
        self._state_lock = threading.Lock()
        self._send_lock = threading.Lock()
        self._finished = Latch()
        self._confirmations = Confirmations()
        #: Control frames we sent, on their way to the log.
        self._sent_rows: deque[Batch] = deque()
        self._wire_sent = 0  # bytes of frames; under the send lock
        self._close_deadline = Deadline(None)
        self._close_received: Close | None = None
        self._by_us = False
        #: The payload of our close frame, when it was the first.
        self._asked_to_close: bytes | None = None
        #: What made us drop the connection ourselves.
        self._fatal: Error | None = None
        self._outcome: Error | None = None

    # ---- facts

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
    def ended(self) -> bool:
        """Whether the connection is over, and its socket closed too: nothing is written any more."""
        return self._finished.is_set()

    @property
    def close_code(self) -> int | None:
        """The code the server closed with or answered ours with; 1006 when it did neither (RFC 6455 section 7.1.5); None while open."""
        if self._close_received is not None:
            return self._close_received.code
        return None if self._state != "closed" else 1006

    @property
    def close_reason(self) -> str | None:
        """The reason that came with `close_code`; None while the connection is open."""
        if self._close_received is not None:
            return self._close_received.reason
        return None if self._state != "closed" else ""

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

    # ---- close frames

    def _queue_control(self, opcode: int, payload: bytes) -> None:
        """Queue a control frame and note its row. Under the send lock, so that nothing follows a close frame."""
        self.logger.debug("sent a %s of %d bytes", _CONTROL[opcode], len(payload))
        self._sent_rows.append(Batch.one(payload, opcode | SENT))
        frame = build_frame(opcode, payload)
        self._wire_sent += len(frame)
        self._channel.queue(frame)

    def _send_close(self, payload: bytes, *, by_us: bool = False) -> bool:
        """Send our close frame unless it was sent or is too late; tell whether it was sent now."""
        with self._send_lock:
            if not self._become("closing"):
                return False
            self._by_us = by_us
            if by_us:
                self._asked_to_close = payload
                self._close_deadline = Deadline(self.options.close_timeout)
            self._queue_control(CLOSE, payload)
            return True

    def _close_answered(self, payload: bytes) -> None:
        """Note the server's close frame and answer it."""
        self._close_received = Close.decode(payload)
        asked = self._asked_to_close
        # Section 5.5.1: an answer repeats the code. A close frame of the server's own that crossed ours says nothing about what we sent.
        if asked is not None and payload[:2] == asked[:2] and payload[2:] in (b"", asked[2:]):
            self._confirmations.confirm(self._confirmations.latest)
        # RFC 6455 section 5.5.1: answer with the code received, unless our close frame is on its way already.
        self._send_close(payload)

    def goodbye(self) -> None:
        """Send a close frame (1001 "going away") without waiting for anything. For the end of the process."""
        self._send_close(Close(1001, "going away").encode(), by_us=True)

    # ---- the end; only the holder of the receive role

    def _become(self, state: str) -> bool:
        with self._state_lock:
            if state not in _NEXT[self._state]:
                return False
            self._state = state
            return True

    def _refuse(self, error: ProtocolError) -> None:
        """Fail the connection (RFC 6455 section 7.1.7): close frame with the code, then the end."""
        error.url = self.url
        self._send_close(Close(error.close_code or 1002, error.message).cut().encode())
        self._end(error)

    def _eof(self) -> Error | None:
        """Word the end of the stream."""
        if self._close_received is not None or self._channel.closed:
            return self._fatal  # the closing handshake is over, or we dropped the connection
        what = "the connection ended without a close frame (1006)"
        if self._state == "closing":
            what = "the server answered our close frame by ending the connection (1006)"
        return EOFError(what, url=self.url)

    def _broken(self, error: OSError) -> Error | None:
        """Word what the socket raised."""
        if self._channel.closed:
            return self._fatal
        broken = EOFError(f"the connection broke: {error.strerror or error} (1006)", url=self.url)
        broken.__cause__ = error
        return broken

    def _close_expired(self) -> Error:
        timeout = self.options.close_timeout or 0
        return TimeoutError("close", timeout, f"the server did not answer our close frame within {timeout:g} s", url=self.url)

    def _end(self, error: Error | None) -> None:
        """Record the outcome and close the socket; once."""
        if self._state == "closed":
            return
        if self._close_received is not None and error is None and not self._by_us:
            error = CloseError(*self._close_received, url=self.url)
        self._outcome = error
        self._become("closed")
        self.logger.ended(error, self.close_code)
        if self._close_received is not None or isinstance(error, ProtocolError):
            self._linger()
        self._channel.close()
        self._finished.set()

    def _linger(self) -> None:
        """Let the queued close frame out, then end our side. RFC 6455 section 7.1.1: the server closes TCP first, if it is quick."""
        deadline = Deadline(min(_LINGER, self.options.close_timeout or _LINGER)).sooner(self._close_deadline)
        channel = self._channel
        try:
            while channel.pending and not deadline.passed:
                channel.wait(deadline, write=True)
                channel.drain()
                if channel.pending and not self._discard():
                    return
            if not channel.pending:
                channel.shutdown_write()
            while not deadline.passed and self._discard():
                channel.wait(deadline)
        except OSError:
            pass  # the server was faster; the outcome is known already

    def _discard(self) -> bool:
        """Throw away what is there; False at the end of the stream."""
        scratch = bytearray(65536)
        while count := self._channel.receive_into(memoryview(scratch)):
            pass
        return count is None
