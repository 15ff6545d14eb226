"""`Stream`: bytes in and out of one connected socket, plain or under TLS.

One thread at a time receives (the holder of the connection's receive role); any thread sends. The socket never blocks.
An SSL object is not thread-safe, so TLS goes through memory BIOs (`tls_records`): the socket is touched outside the
lock, the SSL object inside it.
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable
from typing import Final

from .deadline import Deadline
from .interrupts import shielded
from .poller import Poller
from .tls_records import TLSRecords
from .write_queue import WriteQueue

#: What one read takes from the kernel under TLS, at first and when that was full; plain sockets receive into the
#: decoder's buffer.
_RECV: Final = 64 << 10
_RECV_FULL: Final = 1 << 20
#: A read that brought so much is one of many: then it is worth while to let more gather, up to so much.
_STREAMS: Final = 64 << 10
_GATHERED: Final = 1 << 20


class Stream:
    """Bytes over one socket.

    Parameters
    ----------
    sock : socket.socket
        Connected; the stream owns it from now on.

    Attributes
    ----------
    writes : WriteQueue
        Everything that is sent.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._poller = Poller(sock)
        self.writes = WriteQueue(sock, self._poller)
        self._incoming = bytearray()  # ciphertext on its way from the socket to TLS
        self._full = False  # the last of it was all that there was room for
        self._streams = False  # the last read of a plain socket brought much
        #: Whether the last read left something, or may have: to wait for the socket would be wrong.
        self.more = False

    # ---- facts

    @property
    def closed(self) -> bool:
        """Whether `close` or `abort` was called."""
        return self._poller.closed

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The SSL object, for its facts only; None on a plain connection."""
        return self.writes.tls.sslobj if self.writes.tls is not None else None

    # ---- waiting

    def wait(
        self,
        deadline: Deadline,
        *,
        read: bool = True,
        write: bool = False,
        shield: shielded | None = None,
        missing: int = 0,
    ) -> bool:
        """Wait until the socket is ready or `wake` is called.

        Parameters
        ----------
        deadline : Deadline
            When to stop waiting.
        read, write : bool
            What to wait for.
        shield : shielded, optional
            See `Poller.wait`.
        missing : int, default 0
            Bytes without which what comes is of no use. While much comes at once, it is let gather up to so much.

        Returns
        -------
        bool
            False when the deadline passed first.
        """
        least = min(missing, _GATHERED) if self._streams and missing >= _STREAMS else 1
        return self._poller.wait(deadline, read=read, write=write, shield=shield, least=least)

    def wake(self) -> None:
        """Make the receiver return from `wait`. Any thread."""
        self._poller.wake()

    # ---- sending and receiving

    def send(self, data: bytes | memoryview, timeout: float | None) -> None:
        """Write everything; as `WriteQueue.send`.

        Parameters
        ----------
        data : bytes-like
            What to write.
        timeout : float, optional
            Seconds without any progress before giving up; None waits for ever.

        Raises
        ------
        WriteStalledError, OSError
            As `WriteQueue.send`.
        """
        self.writes.send(data, timeout)

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
        if not self._poller.enter():
            return 0
        try:
            tls = self.writes.tls
            if tls is None:
                received = self._sock.recv_into(buffer)
                self.more = received == len(buffer)
                self._streams = received >= _STREAMS
                return received
            while True:
                count = tls.read_into(buffer)
                self.more = self._full or not tls.dry
                if tls.pending:  # the answer to a key update
                    self.writes.drain()
                if count is not None or not self._feed(tls):
                    return count
        except BlockingIOError:
            self.more = self._streams = False
            return None
        except OSError:
            if self._poller.closed:
                return 0
            raise
        finally:
            self._poller.leave()

    def _feed(self, tls: TLSRecords) -> bool:
        """Move ciphertext from the socket to TLS; False when there is none now."""
        if not self._incoming or (self._full and len(self._incoming) < _RECV_FULL):
            self._incoming = bytearray(_RECV_FULL if self._full else _RECV)
        self._full = False
        try:
            count = self._sock.recv_into(self._incoming)
        except BlockingIOError:
            return False
        self._full = count == len(self._incoming)
        with memoryview(self._incoming) as view:
            tls.feed(view[:count])
        return True

    # ---- TLS

    def start_tls(
        self,
        context: ssl.SSLContext,
        server_hostname: str,
        deadline: Deadline,
        vouch: Callable[[ssl.SSLObject], object] | None = None,
    ) -> ssl.SSLObject:
        """Do the TLS handshake. Before any other thread knows the stream.

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
        tls = self.writes.tls = TLSRecords(context, server_hostname)
        while True:
            done = self._step(tls)
            if vouch is not None:
                vouch(tls.sslobj)
            try:
                self.writes.flush(deadline)
            except OSError:
                # The server may have said why before it hung up.
                while not done and self._feed(tls):
                    done = self._step(tls)
                raise
            if done:
                return tls.sslobj
            while not self._feed(tls):
                if not self.wait(deadline):
                    raise TimeoutError

    def _step(self, tls: TLSRecords) -> bool:
        try:
            return tls.handshake()
        except ssl.SSLError:
            self.writes.drain()  # the alert that tells the server why
            raise

    # ---- the end

    def shutdown_write(self) -> None:
        """Say that nothing more comes (TLS close_notify, then FIN)."""
        if self.writes.tls is not None:
            self.writes.tls.finish()
            self.writes.drain()
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the peer was faster

    def close(self) -> None:
        """Close the socket; every thread waiting on it returns. May be called twice, from any thread."""
        self._poller.close(shutdown=True)

    def abort(self, *, reset: bool = False) -> None:
        """Drop the connection without a word.

        Parameters
        ----------
        reset : bool, default False
            Send RST instead of FIN.
        """
        if reset and self._poller.enter():
            try:
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass  # gone already
            finally:
                self._poller.leave()
        # A shutdown would send the FIN that RST is to replace.
        self._poller.close(shutdown=not reset)
