"""`Channel`: thread-safe bytes in and out of one connected socket, plain or under TLS.

What lives here: receiving, the TLS handshake, the end. What must not: what is sent (`outbound`), polling (`readiness`), HTTP, frames, names of
options.

Who calls: one thread at a time receives (the holder of the connection's receive role); any thread sends. The socket never blocks.
An SSL object is not thread-safe, so TLS goes through memory BIOs: the socket is touched outside the lock, the SSL object inside it.
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable
from typing import Final

from ..errors import again
from .deadline import Deadline
from .tls_records import Records
from .write_queue import Outbound

#: What one read takes from the kernel under TLS, at first and when that was full; plain sockets receive into the decoder's buffer.
_RECV: Final = 64 << 10
_RECV_FULL: Final = 1 << 20


class Channel(Outbound):
    """Bytes over one socket.

    Parameters
    ----------
    sock : socket.socket
        Connected; the channel owns it from now on.
    """

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self._incoming = bytearray()  # ciphertext on its way from the socket to TLS
        self._full = False  # the last of it was all that there was room for
        #: Whether the last read left something, or may have: to wait for the socket would be wrong.
        self.more = False

    # ---- facts

    @property
    def closed(self) -> bool:
        """Whether `close` or `abort` was called."""
        return self._ready.closed

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The SSL object, for its facts only; None on a plain connection."""
        return self._tls.sslobj if self._tls is not None else None

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
        if not self._ready.enter():
            return 0
        try:
            tls = self._tls
            if tls is None:
                received = self._sock.recv_into(buffer)
                self.more = received == len(buffer)
                return received
            while True:
                count = tls.read_into(buffer)
                self.more = self._full or not tls.dry
                if tls.pending:  # the answer to a key update
                    self.drain()
                if count is not None or not self._feed(tls):
                    return count
        except BlockingIOError:
            self.more = False
            return None
        except OSError:
            if self._ready.closed:
                return 0
            raise
        finally:
            self._ready.leave()

    def _feed(self, tls: Records) -> bool:
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
            done = self._step(tls)
            if vouch is not None:
                vouch(tls.sslobj)
            try:
                self._flush(deadline)
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

    def _step(self, tls: Records) -> bool:
        try:
            return tls.handshake()
        except ssl.SSLError:
            self.drain()  # the alert that tells the server why
            raise

    def _flush(self, deadline: Deadline) -> None:
        while True:
            self.drain()
            if self._error is not None:
                raise again(self._error)
            if not self.pending:
                return
            if not self.wait(deadline, read=False, write=True):
                raise TimeoutError

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
        self._ready.close(shutdown=True)

    def abort(self, *, reset: bool = False) -> None:
        """Drop the connection without a word.

        Parameters
        ----------
        reset : bool, default False
            Send RST instead of FIN.
        """
        if reset and self._ready.enter():
            try:
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass  # gone already
            finally:
                self._ready.leave()
        # A shutdown would send the FIN that RST is to replace.
        self._ready.close(shutdown=not reset)
