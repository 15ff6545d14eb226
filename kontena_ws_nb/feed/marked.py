"""`Marked`: the preview of a row with the places the filter found, moved along to the first one. Called with the feed's lock held.

A row's preview is the beginning of its payload. Where the filter found something further behind, the preview begins
there instead: who searches wants to see what was found.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from ..display.preview import preview
from ..log.decoding import label_of, text_of
from ..log.decoding import shown as decoded_shown
from ..log.filter.found import Finder, Span
from ..log.message import Message, Row
from ..redaction.payloads import mask, mask_bytes
from ..redaction.text import visible
from .comm_messages import units

#: Bytes of a payload that are looked at for a place to show.
LOOKED_AT: Final = 32_768
#: Characters of a preview that has been moved along, and how many of them stand in front of the place.
_WIDTH: Final = 160
_IN_FRONT: Final = 40
#: Bytes of a binary payload on a line.
_HEX_BYTES: Final = 32
_HEX_IN_FRONT: Final = 8
#: Rows that are remembered: the pages a browser keeps, about.
_REMEMBERED: Final = 4096
#: Texts that were found in one message, and characters of each, for its details.
_TEXTS: Final = 50
_LONG: Final = 500

#: A preview, and begin and end of each place in it in UTF-16 code units.
Preview = tuple[str, tuple[int, ...]]


class Marked:
    """Writes previews with what a filter found.

    Parameters
    ----------
    finder : Finder
        What to look for.
    """

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._known: OrderedDict[int, Preview | None] = OrderedDict()

    def preview(self, key: int, row: Row, message: Message | None) -> Preview | None:
        """Write the preview of a row.

        Parameters
        ----------
        key : int
            Its key: what was written once is remembered.
        row : Row
            As the table shows it.
        message : Message, optional
            All of it; None when it was dropped meanwhile.

        Returns
        -------
        (str, tuple of int) or None
            None when there is nothing to mark.
        """
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        if message is None:
            return None
        written = self._known[key] = self._write(row, message)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return written

    def texts(self, message: Message, low: int, high: int) -> list[str]:
        """List what is found in a part of a message, to be marked in its details.

        Parameters
        ----------
        message : Message
            Any row.
        low, high : int
            The part, in bytes of the payload; the decoded value is looked at too.

        Returns
        -------
        list of str
            Each once, secrets masked.
        """
        parts = [str(message.masked(low, high), "utf-8", "replace"), *_decoded(message, high - low)]
        found = (
            text[start : min(end, start + _LONG)] for text in parts for start, end in self._finder.spans(text, _TEXTS)
        )
        return list(dict.fromkeys(found))[:_TEXTS]

    def _write(self, row: Row, message: Message) -> Preview | None:
        if row.kind == "binary" and not row.label:
            return self._binary(message)
        if row.kind != "text" or row.label:
            said = row.label or preview(row)  # secrets are masked in it, and other characters written as what they are
            spans = self._finder.spans(said)
            if spans or not row.label:
                return _marked(said, spans) if spans else None
            for text in _decoded(message, LOOKED_AT):
                if spans := self._finder.spans(text):
                    line, places = _moved(text, spans)
                    front = f"{visible(said)}  "
                    return front + line, tuple(units(front) + place for place in places)
        text = str(message.masked(0, LOOKED_AT), "utf-8", "replace")
        spans = self._finder.spans(text)
        if not spans:
            return None
        if spans[0][1] <= len(row.preview):
            start = str(row.preview, "utf-8", "replace").rstrip("\ufffd" if row.cut else "")
            end = "…" if row.cut else ""
            return _marked(start, [span for span in spans if span[1] <= len(start)] or spans[:1], end)
        return _moved(text, spans)

    def _binary(self, message: Message) -> Preview | None:
        payload = message.masked(0, LOOKED_AT)
        found = sorted((at, at + len(part)) for part in self._finder.hex if (at := payload.find(part)) >= 0)
        # A byte, a character: what is written in ASCII within a binary message is found too.
        found = found or self._finder.spans(payload.decode("latin-1"), 5)
        if not found:
            return None
        first = max(0, found[0][0] - _HEX_IN_FRONT) if found[0][1] > _HEX_BYTES else 0
        shown = payload[first : first + _HEX_BYTES]
        front, behind = "… " if first else "", " …" if message.size > first + len(shown) else ""
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in shown)
        dump = f"{front}{shown.hex(' ')}{behind}  "
        places: list[Span] = []
        for low, high in ((low - first, min(high - first, len(shown))) for low, high in found):
            if low < len(shown):
                places.append((len(front) + 3 * low, len(front) + 3 * high - 1))
                places.append((len(dump) + low, len(dump) + high))
        return dump + text, tuple(edge for place in sorted(places) for edge in place)


def _decoded(message: Message, most: int) -> list[str]:
    """Write what a message was decoded to, as it is shown: no text when the payload says the same."""
    found = decoded_shown(message.decode(), message.payload)
    if found is None or (message.kind == "text" and not found.label):
        return []
    return [mask(label_of(found)), str(mask_bytes(text_of(found, message.payload), 0, most), "utf-8", "replace")]


def _moved(text: str, spans: Sequence[Span]) -> Preview:
    """Write a text from a little in front of the first place."""
    low = max(0, spans[0][0] - _IN_FRONT)
    low = 0 if spans[0][1] <= _WIDTH else low
    high = low + _WIDTH
    inside = [(start - low, min(end, high) - low) for start, end in spans if start < high]
    line, places = _marked(text[low:high], inside, "…" if len(text) > high else "")
    return (f"…{line}", tuple(1 + place for place in places)) if low else (line, places)


def _marked(text: str, spans: Sequence[Span], end: str = "") -> Preview:
    """Write a text for a table, and say where the places are then: what is invisible is written as an escape."""
    line, places, at = "", [], 0
    for low, high in spans:
        line += visible(text[at:low])
        places.append(units(line))
        line += visible(text[low:high])
        places.append(units(line))
        at = high
    return line + visible(text[at:]) + end, tuple(places)
