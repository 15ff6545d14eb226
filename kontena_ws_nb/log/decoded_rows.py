"""`DecodedRows`: what the rows of a segment mean, as JSON texts that filters search like payloads."""

from __future__ import annotations

from array import array
from typing import Final

__all__ = ["LABEL_BYTES", "DecodedRows", "beginning"]

#: Bytes that a row costs besides its text and its label.
_ROW: Final = 16
#: Bytes of text a segment's rows may have; those behind are decoded when somebody looks.
_MOST: Final = 32 << 20
#: Bytes of text that one row may have.
_MOST_OF_ROW: Final = 4 << 20
#: Bytes of a value's text that stand for a label.
LABEL_BYTES: Final = 400


def beginning(text: bytes) -> str:
    """Take what stands for a label, where a decoder writes none: the beginning of the value's text.

    Parameters
    ----------
    text : bytes
        JSON, or the payload that says the same.

    Returns
    -------
    str
    """
    return str(text[:LABEL_BYTES], "utf-8", "ignore")


class DecodedRows:
    """The decoded values of a segment's rows, from the first on.

    Rows are added by one thread at a time and never change, so others may read those below `count` meanwhile.

    Parameters
    ----------
    decoder : str
        The decoder's name.

    Attributes
    ----------
    data : bytearray
        The texts, back to back.
    bounds : array of uint32
        ``count + 1`` offsets: row *i* is ``data[bounds[i]:bounds[i + 1]]``; empty where the payload says all.
    labels : list of str or None
        What the decoder writes about each: empty where the value's own text says it best, None for what was not decoded.
    aside : list of int
        Rows whose text is too long to be kept: they have to be decoded to be searched.
    """

    __slots__ = ("aside", "bounds", "data", "decoder", "labels", "size")

    def __init__(self, decoder: str) -> None:
        self.decoder = decoder
        self.data = bytearray()
        self.bounds = array("I", (0,))
        self.labels: list[str | None] = []
        self.aside: list[int] = []
        #: Bytes it costs.
        self.size = 0

    @property
    def starts(self) -> array[int]:
        """Where each text begins, as of `Segment`."""
        return self.bounds

    @property
    def count(self) -> int:
        """Rows there are."""
        return len(self.labels)

    def add(self, text: bytes, label: str | None) -> None:
        """Add the next row.

        Parameters
        ----------
        text : bytes
            JSON; empty where the payload says all.
        label : str or None
            None when it was not decoded.
        """
        if len(text) > _MOST_OF_ROW or len(self.data) + len(text) > _MOST:
            self.aside.append(self.count)
            text = b""
        self.data += text
        self.bounds.append(len(self.data))
        self.size += len(text) + len(label or "") + _ROW
        self.labels.append(label)

    def payload(self, row: int) -> bytes:
        """Copy one text out.

        Parameters
        ----------
        row : int
            Below `count`.

        Returns
        -------
        bytes
            Empty where there is none, or it is `aside`.
        """
        return bytes(self.data[self.bounds[row] : self.bounds[row + 1]])
