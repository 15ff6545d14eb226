"""Payloads that are written as text: checked JSON, hexadecimal, base64. Pure functions, any thread."""

from __future__ import annotations

import base64
import binascii
import json
import re

from ..log.filter.query_error import QueryError
from ..redaction.payloads import mask


class PayloadError(QueryError):
    """A payload is not in the form that an option says. The text points at the place, as errors in filters do."""

    def __str__(self) -> str:
        # Show only the line of the payload that the caret is under. Masked before the lines are split, because a secret
        # may span lines.
        before = mask(self.text, 0, self.position)
        text, position = before + mask(self.text, self.position), len(before)
        begin = text.rfind("\n", 0, position) + 1
        end = text.find("\n", position)
        line = QueryError(self.message, text[begin : end if end >= 0 else None], position - begin)
        where = f" (line {self.text.count(chr(10), 0, self.position) + 1})" if "\n" in self.text else ""
        head, _, pointer = str(line).partition("\n")
        return f"{head}{where}\n{pointer}"


def check_json(text: str) -> str:
    """Check that a text is JSON.

    Parameters
    ----------
    text : str
        The payload.

    Returns
    -------
    str
        The same text, with its white space and number formats.

    Raises
    ------
    PayloadError
        It is not JSON.
    """
    try:
        json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise PayloadError(f"not JSON: {error.msg}; nothing was sent", text, error.pos) from None
    except ValueError as error:
        raise PayloadError(
            f"not JSON: {error}; nothing was sent", text, max(0, text.find(str(error).partition(" ")[0]))
        ) from None
    except RecursionError:
        raise PayloadError("this JSON is nested too deeply to check; send it without --json", text, 0) from None
    return text


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not a JSON number")


def from_hex(text: str) -> bytes:
    """Decode hexadecimal.

    Parameters
    ----------
    text : str
        Digits; white space, ``:``, ``-``, ``,`` and ``0x`` are ignored.

    Returns
    -------
    bytes

    Raises
    ------
    PayloadError
        Another character, or an odd number of digits.
    """
    bare = re.sub(r"0[xX]|[\s:,-]", lambda match: " " * len(match[0]), text)
    wrong = re.search(r"[^0-9a-fA-F ]", bare)
    if wrong:
        raise PayloadError("not hexadecimal; nothing was sent", text, wrong.start())
    digits = bare.replace(" ", "")
    if len(digits) % 2:
        raise PayloadError("an odd number of hexadecimal digits; nothing was sent", text, len(text.rstrip()))
    return bytes.fromhex(digits)


def from_base64(text: str) -> bytes:
    """Decode base64 in the standard or URL-safe alphabet (RFC 4648), with or without padding.

    Parameters
    ----------
    text : str
        White space is ignored.

    Returns
    -------
    bytes

    Raises
    ------
    PayloadError
        Another character, or an invalid length.
    """
    wrong = re.search(r"[^A-Za-z0-9+/\-_\s=]|=(?=[^=\s])", text)
    if wrong:
        raise PayloadError("not base64 (RFC 4648); nothing was sent", text, wrong.start())
    bare = re.sub(r"[\s=]", "", text).translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        raise PayloadError(
            "base64 cannot have this length, a character is missing; nothing was sent", text, len(text.rstrip())
        ) from None
