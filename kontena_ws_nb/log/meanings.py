"""`Meanings`: what the messages of a log mean, and what people noted about them. Decoders are imported when somebody asks, not before. Any thread."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

from ..decoders.decoder import Decoded, Opening
from ..decoders.limits import CONNECTIONS
from ..system import forks

if TYPE_CHECKING:
    from .bookmarks import Bookmarks
    from .decoded_rows import DecodedRows
    from .decoding import Choice, Decoding
    from .segment import Segment, Segments


class Meanings:
    """Decodes the messages of one log.

    Parameters
    ----------
    log : Segments
        Whose; referred to weakly, because its segments refer to this.
    bookmarks : Bookmarks
        The log's.
    max_bytes : int, optional
        As for `Decoding`.
    """

    def __init__(self, log: Segments, bookmarks: Bookmarks, max_bytes: int | None = None) -> None:
        self._log = ref(log)
        self.notes = bookmarks.notes
        self._max_bytes = max_bytes
        self._openings: dict[int, Opening] = {}
        self._lock = forks.lock()
        self._decoding: Decoding | None = None

    @property
    def decoding(self) -> Decoding:
        """Who decodes them; made when somebody asks."""
        with self._lock:
            if self._decoding is None:
                from .decoding import Decoding

                self._decoding = Decoding(self._log, self._openings, self._max_bytes)
            return self._decoding

    def opened(self, connection: int, opening: Opening) -> None:
        """Be told of a connection, before its first row.

        Parameters
        ----------
        connection : int
            Its number.
        opening : Opening
            What a decoder is told of its handshake.
        """
        self._openings[connection] = opening
        if len(self._openings) > CONNECTIONS:
            del self._openings[next(iter(self._openings))]

    @property
    def generation(self) -> int:
        """As `Decoding.generation`."""
        return 0 if self._decoding is None else self._decoding.generation

    @property
    def choice(self) -> Choice:
        """As `Decoding.choice`."""
        return None if self._decoding is None else self._decoding.choice

    def choose(self, choice: Choice) -> None:
        """As `Decoding.choose`."""
        if choice is not None or self._decoding is not None:
            self.decoding.choose(choice)

    def name(self, connection: int) -> str | None:
        """As `Decoding.name`."""
        return self.decoding.name(connection)

    def rows(self, segment: Segment, stop: int) -> DecodedRows | None:
        """As `Decoding.rows`."""
        return self.decoding.rows(segment, stop)

    def label(self, segment: Segment, row: int) -> str:
        """As `Decoding.label`."""
        return self.decoding.label(segment, row)

    def text(self, segment: Segment, row: int) -> bytes:
        """As `Decoding.text`."""
        return self.decoding.text(segment, row)

    def decoded(self, index: int, connection: int, flags: int, payload: bytes | memoryview) -> Decoded | None:
        """As `Decoding.decoded`."""
        return self.decoding.decoded(index, connection, flags, payload)
