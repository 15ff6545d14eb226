"""`Look`: one message while conditions look at it: its text, its JSON, and what a person reads, each made at most once."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple, Protocol

from ..kinds import BYTES, CODES, KIND_MASK
from .json import parse_json

_ESCAPE: Final = re.compile(r"""\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))""")
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CLOSE: Final = CODES["close"]
#: Kinds whose payload may be any bytes, a close frame's because of its code.
_BYTES: Final = frozenset(CODES[kind] for kind in BYTES)
_NOT_YET: Final = object()


class Meaning(NamedTuple):
    """What a decoder says about a message.

    Parameters
    ----------
    decoder : str
        Its name.
    text : bytes
        The value as JSON; empty when the payload says all of it.
    label : str
        The line people read.
    """

    decoder: str
    text: bytes
    label: str


class Decodable(Protocol):
    """Knows what a message means."""

    def decoder(self) -> str | None:
        """Tell its connection's decoder; None when there is none."""

    def meaning(self) -> Meaning | None:
        """Tell what the decoder says; None when that is nothing."""

    def note(self) -> str | None:
        """Tell the note of its bookmark; None when it has none."""


class Look:
    """A message, looked at.

    Parameters
    ----------
    payload : bytes
        What it carries.
    flags : int
        Of its row: kind and direction.
    index, time_ns, connection : int, default 0
        As of `Message`.
    source : Decodable, optional
        Asked for what it means.
    """

    # Class attributes, so that making one costs no more than what it is asked.
    _text: str | None = None
    _read: str | None = None
    _exact: Any = _NOT_YET
    _floats: Any = _NOT_YET
    _meaning: Any = _NOT_YET
    _decoded: Look | None = None

    def __init__(
        self,
        payload: bytes,
        flags: int,
        index: int = 0,
        time_ns: int = 0,
        connection: int = 0,
        source: Decodable | None = None,
    ) -> None:
        self.source = source
        self.payload = payload
        self.flags = flags
        self.index = index
        self.time_ns = time_ns
        self.connection = connection

    @property
    def meaning(self) -> Meaning | None:
        """What its decoder says; None when it says nothing."""
        if self._meaning is _NOT_YET:
            self._meaning = None if self.source is None else self.source.meaning()
        found: Meaning | None = self._meaning
        return found

    @property
    def decoded(self) -> Look | None:
        """The decoded value, looked at as the JSON text of it; None when there is none that says more than the payload."""
        if self._decoded is None and (meaning := self.meaning) is not None and meaning.text:
            self._decoded = Look(meaning.text, CODES["text"])
        return self._decoded

    @property
    def text(self) -> str:
        """The payload as text, U+FFFD for what is not UTF-8; of a close frame its reason (RFC 6455 section 5.5.1)."""
        if self._text is None:
            payload = self.payload[2:] if self.flags & KIND_MASK == _CLOSE else self.payload
            self._text = str(payload, "utf-8", "replace")
        return self._text

    @property
    def read(self) -> str:
        """The text as a person reads it: one layer of JSON's escapes undone (RFC 8259 section 7), without a byte order mark."""
        if self._read is None:
            text = self.text.removeprefix("\ufeff")
            if "\\" in text:
                text = _ESCAPE.sub(_undone, text)
                if not text.isascii():
                    # Of a character beyond U+FFFF each half was escaped for itself.
                    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            self._read = text
        return self._read

    @property
    def bytewise(self) -> str:
        """A character for each byte, for patterns over bytes; empty where the payload is text."""
        return str(self.payload, "latin-1") if self.flags & KIND_MASK in _BYTES and not self.payload.isascii() else ""

    def json(self, exact: bool) -> Any:
        """Parse the payload.

        Parameters
        ----------
        exact : bool
            As for `parse_json`.

        Returns
        -------
        object
            As `parse_json`.
        """
        if self._exact is not _NOT_YET:
            return self._exact
        if exact:
            self._exact = parse_json(self.payload, True)
            return self._exact
        if self._floats is _NOT_YET:
            self._floats = parse_json(self.payload)
        return self._floats


def _undone(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else _SHORT.get(found[2], found[2])
