"""The preview of a row's payload in one line, for tables and the panel."""

from __future__ import annotations

from ..close import Close
from ..log.message import Row
from ..redaction.text import visible

#: How many bytes of a binary payload are shown as hexadecimal.
_HEX_BYTES = 32


def preview(row: Row) -> str:
    r"""Describe the payload of a row in one line.

    Parameters
    ----------
    row : Row
        Its ``preview`` may be only the start of the payload; its label stands for it.

    Returns
    -------
    str
        Safe to print; ends in ``…`` if the payload is longer.

    Examples
    --------
    >>> preview(Row(7, 0, "received", "close", 5, b"\x03\xe8bye", False))
    '1000 normal closure “bye”'
    """
    if row.label:
        return visible(row.label)
    start = row.preview
    if row.kind == "close":
        return _close(start)
    if row.kind == "binary" or (row.kind in ("ping", "pong") and not _printable(start)):
        return _binary(start, row.cut)
    text = start.decode("utf-8", "replace")
    if row.cut:
        text = text.rstrip("\ufffd")  # the preview may end inside a character
    return visible(text) + ("…" if row.cut else "")


def _close(payload: bytes) -> str:
    close = Close.decode(payload)
    return f"{close.code} {close.meaning}" + (f" “{visible(close.reason)}”" if close.reason else "")


def _printable(payload: bytes) -> bool:
    return all(0x20 <= byte < 0x7F for byte in payload)


def _binary(payload: bytes, cut: bool) -> str:
    shown = payload[:_HEX_BYTES]
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in shown)
    return f"{shown.hex(' ')}{' …' if cut or len(payload) > len(shown) else ''}  {text}" if shown else ""
