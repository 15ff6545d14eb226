"""`Connection`: moving messages over one WebSocket connection: sending, pings, close and abort.

What lives here: what any thread may do to an open connection. What must not: receiving (`receiving`), close frames and outcomes
(`lifecycle`), logs, background threads, displays, the API people type (`client`). Any thread submits, pings and closes.
"""

from __future__ import annotations

import threading

from ..close import Close
from ..errors import Error, SocketError, TimeoutError
from ..options import Options
from ..protocol.encode import PIECE, begin_frame, masker
from ..protocol.frames import PING
from ..protocol.keepalive import PongWaiter
from ..protocol.permessage_deflate import THRESHOLD
from ..transport.interrupts import shielded
from ..transport.write_queue import Outgoing, WriteStalledError
from .opening import open_connection
from .receiving import LOOK, Receiving

#: Seconds by which somebody else's receiving may overrun ``close_timeout`` before the closing thread drops the connection.
_PATIENCE = 0.05


class Connection(Receiving):
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
        try:
            super().__init__(opened, options)
            self._chain = opened.chain
            self._trust = opened.trust
        except BaseException:  # an interrupt: nobody would hold what is open
            opened.channel.close()
            raise

    @property
    def wire_bytes(self) -> tuple[int, int]:
        """Bytes of all frames sent and received so far, as they travel: headers, and payloads compressed; without TLS."""
        return self._wire_sent, self._wire_received

    # ---- sending

    @property
    def unconfirmed(self) -> tuple[range, ...]:
        """The messages sent since the last confirmed round trip, which may be lost when the connection is: their numbers as ranges.

        A pong confirms what was sent before its ping; the server's answer to our close frame confirms everything.
        """
        return self._confirmations.unconfirmed

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
        # Queued while the lock is held, so that compressed messages leave in the order they were compressed. An interrupt between
        # compressing and queueing would leave the server without part of the window.
        with shielded(), self._send_lock:
            self.require_open("send")
            withdrawn, rsv1 = None, 0
            if self._deflate is not None and len(payload) >= THRESHOLD:
                payload, withdrawn, rsv1 = self._deflate.deflate(payload), self._deflate.withdrawn, 1
            frame, behind = begin_frame(opcode, payload, rsv1)
            self._wire_sent += len(frame) + max(0, len(payload) - PIECE)
            number = self._confirmations.sent(number)
            item = self._channel.submit(frame, withdrawn, behind)
            item.number = number
            return item

    def push(self) -> int:
        """Write what the socket takes now, and have the receiver do so as soon as it takes more. Never waits.

        Returns
        -------
        int
            Bytes the socket ever took.
        """
        self._channel.drain()
        if self._channel.pending:
            self._channel.wake()
        return self._channel.written

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
            self._channel.finish(item, 0 if waited else self.options.write_timeout, self._send_lock)
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
            raise SocketError(f"sending failed: {error.strerror or error}", url=self.url) from error

    def pong_waiter(self, payload: bytes) -> PongWaiter:
        """Get what tells when the pong to this payload came. Ask before `ping`.

        Parameters
        ----------
        payload : bytes
            What the ping will carry.

        Returns
        -------
        PongWaiter
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
            payload = self._keepalive.begin(payload, behind=self._confirmations.latest)
            self._queue_control(PING, payload)
        if self._receiver != threading.get_ident():
            self._channel.wake()  # the ping is a row of the log: the receiver hands it on
        return payload

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
        with shielded() as shield:  # an interrupt strikes where this waits, and leaves the receive role free
            while not self._finished.is_set():
                if self._receiving.acquire(blocking=False):
                    try:
                        self._receiver = threading.get_ident()
                        while not self.closed:
                            self.receive(self._close_deadline, self._inbox, shield=shield)
                    finally:
                        self._end_receiving()
                # Else somebody reads, and receives the answer; between two reads of theirs it is up to us.
                elif not shield.exposing(self._finished.wait, LOOK) and (self._close_deadline.left() or 0) < -_PATIENCE:
                    self.drop(self._close_expired())
                    self._conclude()
                    shield.exposing(self._finished.wait, LOOK)
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
            self._send_close(Close(code, reason).encode(), by_us=True)
            self._resumed.set()
            self._channel.wake()

    def abort(self, *, reset: bool = False) -> None:
        """Drop the connection without a close frame.

        Parameters
        ----------
        reset : bool, default False
            Send RST instead of FIN.
        """
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
