"""`TLSRecords`: TLS as a transformation of bytes, with no socket.

One SSL object between two memory buffers, and the lock that makes it usable from two threads: the receiver calls `feed`
and `read_into`, whoever drains the write queue calls `encrypt` and `take`.
"""

from __future__ import annotations

import ssl

from ..errors import again
from ..system import forks
from .switch_interval import SHORT_SWITCHES


class TLSRecords:
    """One TLS connection's state.

    Parameters
    ----------
    context : ssl.SSLContext
        Client context.
    server_hostname : str
        For SNI and the check of names.
    """

    def __init__(self, context: ssl.SSLContext, server_hostname: str) -> None:
        self._in = ssl.MemoryBIO()
        self._out = ssl.MemoryBIO()
        self._lock = forks.lock()
        self._error: ssl.SSLError | None = None
        #: Whether the last `read_into` ended because more ciphertext is needed; not when it filled its buffer, nor
        #: before an end or an error.
        self.dry = False
        #: For its facts only (version, cipher, chain).
        self.sslobj = context.wrap_bio(self._in, self._out, server_hostname=server_hostname)

    @property
    def pending(self) -> bool:
        """Whether ciphertext waits to be taken."""
        return bool(self._out.pending)

    def handshake(self) -> bool:
        """Go on with the handshake.

        Returns
        -------
        bool
            False when it needs more bytes from the server.

        Raises
        ------
        ssl.SSLError
            It failed; the alert for the server waits to be taken.
        """
        with self._lock:
            try:
                self.sslobj.do_handshake()
            except ssl.SSLWantReadError:
                return False
            return True

    def feed(self, data: memoryview) -> None:
        """Take ciphertext from the socket.

        Parameters
        ----------
        data : memoryview
            Empty at the end of the stream.
        """
        with self._lock:
            if data:
                self._in.write(data)
            else:
                self._in.write_eof()

    def read_into(self, buffer: memoryview) -> int | None:
        """Decrypt what is there.

        A TLS read returns one record of at most 16 KiB, so it is repeated until the buffer is full.

        Parameters
        ----------
        buffer : memoryview
            Not empty.

        Returns
        -------
        int or None
            Bytes; 0 at the end of the stream; None when more ciphertext is needed.

        Raises
        ------
        ssl.SSLError
            A broken record; what stood before it has been returned.
        """
        with self._lock, SHORT_SWITCHES:
            return self._read_records(buffer)

    def _read_records(self, buffer: memoryview) -> int | None:
        got, size = 0, len(buffer)
        self.dry = False
        while got < size:
            if self._error is not None:
                raise again(self._error)
            try:
                count = self.sslobj.read(size - got, buffer[got:])
            except ssl.SSLWantReadError:
                self.dry = True
                return got or None
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return got
            except ssl.SSLError as error:
                # Kept: OpenSSL tells the reason only once, and what stood before it is handed out first.
                self._error = error
                if got:
                    return got
                continue
            if not count:
                return got
            got += int(count)
        return got

    def encrypt(self, data: memoryview) -> int:
        """Encrypt some plaintext.

        Parameters
        ----------
        data : memoryview
            Not empty.

        Returns
        -------
        int
            How much of it.
        """
        with self._lock:
            return self.sslobj.write(data)

    def take(self) -> bytes:
        """Take the ciphertext that waits to be written.

        Returns
        -------
        bytes
        """
        with self._lock:
            return self._out.read()

    def finish(self) -> None:
        """Make a close_notify (RFC 8446 section 6.1); the server's is not waited for."""
        with self._lock:
            try:
                self.sslobj.unwrap()
            except (ssl.SSLError, ValueError):
                pass  # WANT_READ: ours is made, theirs is not there yet; anything else: TLS is over already
