"""`Channel`: thread-safe bytes in and out of one connected socket, plain or under TLS.

What lives here: readiness, deadlines, the outbound queue, TLS records. What must not: HTTP, frames, names of options.

Who calls: one thread at a time receives (the holder of the connection's receive role); any thread sends. The socket never blocks.
An SSL object is not thread-safe, so TLS goes through memory BIOs: the socket is touched outside the lock, the SSL object inside
it. Everything sent passes one ordered queue, and whoever finds the socket writable drains it; the receiver drains too but never
waits for writability, so a blocked writer cannot stop it.
"""

from __future__ import annotations

import errno
import selectors
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE
from typing import Final

from ..errors import again
from .deadline import Deadline
from .interrupts import shielded
from .outgoing import Outgoing, WriteStalledError
from .records import Records

#: What one recv takes from the kernel under TLS; plain sockets receive into the decoder's buffer.
_RECV: Final = 256 << 10
#: Seconds after which a writer that met a wake of the receiver looks again.
_LOOK: Final = 0.05
#: Plaintext is encrypted in pieces, so that a large message neither doubles in memory nor holds the lock for long.
_PIECE: Final = 64 << 10
# select() cannot watch descriptors above 1,023; epoll would cost a descriptor of its own for every wait.
_Selector: Final[type[selectors.BaseSelector]] = getattr(selectors, "PollSelector", selectors.SelectSelector)


class Channel:
    """Bytes over one socket.

    Parameters
    ----------
    sock : socket.socket
        Connected; the channel owns it from now on.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)
        self._tls: Records | None = None
        self._queue: deque[Outgoing] = deque()
        self._cipher = memoryview(b"")  # encrypted, not yet written
        self._out_lock = threading.Lock()
        self._written = 0
        self._error: OSError | None = None
        self._waiters = 0
        self._closed = False
        self._state_lock = threading.Lock()

    # ---- facts

    @property
    def closed(self) -> bool:
        """Whether `close` or `abort` was called."""
        return self._closed

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The SSL object, for its facts only; None on a plain connection."""
        return self._tls.sslobj if self._tls is not None else None

    @property
    def pending(self) -> bool:
        """Whether something waits to be written, and can be."""
        return self._error is None and bool(self._queue or self._cipher or (self._tls is not None and self._tls.pending))

    @property
    def written(self) -> int:
        """Bytes written so far."""
        return self._written

    def peer(self) -> tuple[str, int]:
        """Tell who is at the other end.

        Returns
        -------
        (str, int)
            Address and port; a unix socket's path and 0.
        """
        name = self._sock.getpeername()
        return (name[0], name[1]) if isinstance(name, tuple) else (str(name), 0)

    # ---- waiting

    def wait(self, deadline: Deadline, *, read: bool = True, write: bool = False) -> bool:
        """Wait until the socket is ready or `wake` is called.

        Parameters
        ----------
        deadline : Deadline
            When to stop waiting.
        read, write : bool
            What to wait for.

        Returns
        -------
        bool
            False when the deadline passed first.
        """
        with self._state_lock:
            if self._closed:
                return True
            self._waiters += 1
        try:
            with _Selector() as selector:
                selector.register(self._sock, (EVENT_READ if read else 0) | (EVENT_WRITE if write else 0))
                selector.register(self._wake_in, EVENT_READ)
                ready = selector.select(deadline.left())
                woken = any(key.fileobj is self._wake_in for key, _ in ready)
                if woken and not read and not self._closed:
                    # Meant for the receiver, which may be busy elsewhere: do not spin on it.
                    selector.unregister(self._wake_in)
                    selector.select(deadline.sooner(Deadline(_LOOK)).left())
        finally:
            self._leave()
        if woken and read:
            self._drain_wakes()
        return bool(ready)

    def _leave(self) -> None:
        with self._state_lock:
            self._waiters -= 1
            last = self._closed and not self._waiters
        if last:
            self._release()

    def wake(self) -> None:
        """Make the receiver return from `wait`. Any thread."""
        try:
            self._wake_out.send(b"\0")
        except (BlockingIOError, OSError):
            pass  # full: it is awake already; closed: nobody waits

    def _drain_wakes(self) -> None:
        try:
            while len(self._wake_in.recv(4096)) == 4096:
                pass
        except OSError:
            pass  # empty or closed: either way nothing is left to read

    # ---- receiving

    def receive_into(self, buffer: memoryview) -> int | None:
        """Receive what is there, without waiting.

        Parameters
        ----------
        buffer : memoryview
            Not empty.

        Returns
        -------
        int or None
            Bytes received; 0 at the end of the stream; None when nothing is there now.

        Raises
        ------
        OSError
            The connection broke; `ssl.SSLError` when TLS did.
        """
        tls = self._tls
        if tls is None:
            try:
                return self._sock.recv_into(buffer)
            except BlockingIOError:
                return None
            except OSError:
                if self._closed:
                    return 0
                raise
        while True:
            count = tls.read_into(buffer)
            if tls.pending:  # the answer to a key update
                self.drain()
            if count is not None or not self._feed(tls):
                return count

    def _feed(self, tls: Records) -> bool:
        """Move ciphertext from the socket to TLS; False when there is none now."""
        try:
            data = self._sock.recv(_RECV)
        except BlockingIOError:
            return False
        except OSError:
            if not self._closed:
                raise
            data = b""
        tls.feed(data)
        return True

    # ---- sending

    def send(self, data: bytes | memoryview, timeout: float | None) -> None:
        """Write everything, in order with what other threads send.

        Parameters
        ----------
        data : bytes-like
            What to write.
        timeout : float, optional
            Seconds without any progress before giving up; None waits for ever.

        Raises
        ------
        WriteStalledError
            No progress; says whether part of the data is on the wire.
        OSError
            The connection broke.
        """
        self.finish(self.submit(data), timeout)

    def submit(self, data: bytes | memoryview) -> Outgoing:
        """Queue a write and begin it without waiting.

        Parameters
        ----------
        data : bytes-like
            What to write.

        Returns
        -------
        Outgoing
            For `finish`.
        """
        item = Outgoing(data)
        self._queue.append(item)
        self.drain()
        return item

    def finish(self, item: Outgoing, timeout: float | None) -> None:
        """Wait until a submitted write is done.

        Parameters
        ----------
        item : Outgoing
            From `submit`.
        timeout : float, optional
            Seconds without any progress before giving up; None waits for ever.

        Raises
        ------
        WriteStalledError, OSError
            As `send`.
        """
        progress, deadline = -1, Deadline(timeout)
        while not item.done:
            if self._error is not None:
                raise again(self._error)
            if self._closed:
                raise BrokenPipeError(errno.EPIPE, "the connection was closed while sending")
            if progress != self._written:
                progress, deadline = self._written, Deadline(timeout)
            self.wait(deadline, read=False, write=True)
            self.drain()
            # A wake meant for the receiver makes every wait return at once: the clock decides, not what wait said.
            if deadline.passed and progress == self._written:
                self._give_up(item)

    def _give_up(self, item: Outgoing) -> None:
        with self._out_lock:
            if item.done:
                return
            if not item.started:
                self._queue.remove(item)
                raise WriteStalledError(partial=False)
            self._error = BrokenPipeError(errno.EPIPE, "a message was cut off by write_timeout")
        raise WriteStalledError(partial=True)

    def queue(self, data: bytes) -> None:
        """Write without waiting: what does not fit now leaves when somebody drains. Used by the receiver.

        Parameters
        ----------
        data : bytes
            A control frame.
        """
        self.submit(data)

    def drain(self) -> None:
        """Write what the socket takes now. Any thread; never waits, not even for another thread that drains."""
        while self.pending and not self._closed:
            with shielded():  # an interrupt between send() and the note of what was sent would send it twice
                if not self._out_lock.acquire(blocking=False):
                    return  # the holder looks at the queue again after releasing
                try:
                    more = self._drain_locked()
                except OSError as error:
                    # The sender that waits raises it; the receiver meets it on the socket itself.
                    self._error = error
                    return
                finally:
                    self._out_lock.release()
            if not more:
                return

    def _drain_locked(self) -> bool:
        """Write until the socket is full (False) or the queue empty (True)."""
        while True:
            if self._tls is None:
                if not self._queue:
                    return True
                item = self._queue[0]
                sent = self._write(item.data)
                if sent is None:
                    return False
                item.started = True
                item.data = item.data[sent:]
                if not item.data:
                    item.done = True
                    self._queue.popleft()
                continue
            if not self._cipher:
                if not self._tls.pending and self._queue:
                    self._encrypt(self._tls)
                self._cipher = memoryview(self._tls.take())
                if not self._cipher:
                    return True
            sent = self._write(self._cipher)
            if sent is None:
                return False
            self._cipher = self._cipher[sent:]
            if not self._cipher and self._queue and self._queue[0].started and not self._queue[0].data:
                self._queue.popleft().done = True

    def _encrypt(self, tls: Records) -> None:
        item = self._queue[0]
        item.started = True
        if item.data:
            item.data = item.data[tls.encrypt(item.data[:_PIECE]) :]

    def _write(self, data: memoryview) -> int | None:
        try:
            count = self._sock.send(data)
        except BlockingIOError:
            return None
        self._written += count
        return count

    # ---- TLS

    def start_tls(
        self,
        context: ssl.SSLContext,
        server_hostname: str,
        deadline: Deadline,
        vouch: Callable[[ssl.SSLObject], object] | None = None,
    ) -> ssl.SSLObject:
        """Do the TLS handshake. Before any other thread knows the channel.

        Parameters
        ----------
        context : ssl.SSLContext
            Client context.
        server_hostname : str
            For SNI and, when the context verifies, the check of names.
        deadline : Deadline
            For the whole handshake.
        vouch : callable, optional
            Asked each time before something is sent; raises to keep it (a client certificate) back.

        Returns
        -------
        ssl.SSLObject
            Also in `tls`, and there after a failure too: the chain is read from it.

        Raises
        ------
        ssl.SSLError
            The handshake failed; the alert has been sent.
        OSError
            The connection broke.
        builtins.TimeoutError
            The deadline passed.
        """
        tls = self._tls = Records(context, server_hostname)
        while True:
            try:
                done = tls.handshake()
            except ssl.SSLError:
                self.drain()  # the alert that tells the server why
                raise
            if vouch is not None:
                vouch(tls.sslobj)
            self._flush(deadline)
            if done:
                return tls.sslobj
            while not self._feed(tls):
                if not self.wait(deadline):
                    raise TimeoutError

    def _flush(self, deadline: Deadline) -> None:
        self.drain()
        while self.pending:
            if not self.wait(deadline, read=False, write=True):
                raise TimeoutError
            self.drain()
        if self._error is not None:
            raise again(self._error)

    # ---- the end

    def shutdown_write(self) -> None:
        """Say that nothing more comes (TLS close_notify, then FIN)."""
        if self._tls is not None:
            self._tls.finish()
            self.drain()
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the peer was faster

    def close(self) -> None:
        """Close the socket; every thread waiting on it returns. May be called twice, from any thread."""
        with self._state_lock:
            if self._closed:
                return
            self._closed = True
            idle = not self._waiters
        self.wake()
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # not connected any more
        if idle:
            self._release()

    def abort(self, *, reset: bool = False) -> None:
        """Drop the connection without a word.

        Parameters
        ----------
        reset : bool, default False
            Send RST instead of FIN.
        """
        if reset:
            try:
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass  # gone already
            # shutdown() would send the FIN that RST is to replace: close at once; a waiter is woken by its wake socket.
            with self._state_lock:
                if self._closed:
                    return
                self._closed = True
                idle = not self._waiters
            self.wake()
            if idle:
                self._release()
            return
        self.close()

    def _release(self) -> None:
        # Only when nobody polls: a closed descriptor's number may be given to another file at once.
        self._sock.close()
        self._wake_in.close()
        self._wake_out.close()
