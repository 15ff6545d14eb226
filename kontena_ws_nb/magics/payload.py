"""What ``%ws_send`` sends: text, checked JSON, bytes spelled as hex or base64, or a file.

What lives here: turning typed text into a payload, or saying where it is wrong. What must not: IPython, sessions. Pure
but for reading the file; any thread.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from pathlib import Path

from ..log.filter.query_error import QueryError
from ..redaction.payloads import mask
from ..system.paths import local_path
from .report import UsageError


class PayloadError(QueryError):
    """A payload that is not what was promised; points at its place, like a filter's mistakes."""

    def __str__(self) -> str:
        # Payloads have lines; the caret belongs under the one that is wrong.
        before = mask(self.text, 0, self.position)  # now: a secret may have lines too
        text, position = before + mask(self.text, self.position), len(before)
        begin = text.rfind("\n", 0, position) + 1
        end = text.find("\n", position)
        line = QueryError(self.message, text[begin : end if end >= 0 else None], position - begin)
        where = f" (line {self.text.count(chr(10), 0, self.position) + 1})" if "\n" in self.text else ""
        head, _, picture = str(line).partition("\n")
        return f"{head}{where}\n{picture}"


def check_json(text: str) -> str:
    """Check that a text is JSON.

    Parameters
    ----------
    text : str
        The payload.

    Returns
    -------
    str
        The same, untouched: white space and number spellings are the sender's.

    Raises
    ------
    PayloadError
        It is not; points at the character.
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
    raise ValueError(f"{constant} is JavaScript's, JSON has no such number")


def from_hex(text: str) -> bytes:
    """Read bytes written in hexadecimal.

    Parameters
    ----------
    text : str
        Digits; white space, ``:``, ``-``, ``,`` and ``0x`` between bytes do not matter.

    Returns
    -------
    bytes

    Raises
    ------
    PayloadError
        Another character, or half a byte.
    """
    bare = re.sub(r"0[xX]|[\s:,-]", lambda match: " " * len(match[0]), text)
    wrong = re.search(r"[^0-9a-fA-F ]", bare)
    if wrong:
        raise PayloadError("not hexadecimal; nothing was sent", text, wrong.start())
    digits = bare.replace(" ", "")
    if len(digits) % 2:
        raise PayloadError(
            "half a byte is missing: an odd number of hexadecimal digits; nothing was sent", text, len(text.rstrip())
        )
    return bytes.fromhex(digits)


def from_base64(text: str) -> bytes:
    """Read bytes written in base64, also the URL-safe alphabet, with or without padding.

    Parameters
    ----------
    text : str
        White space does not matter.

    Returns
    -------
    bytes

    Raises
    ------
    PayloadError
        Another character, or a length that cannot be.
    """
    wrong = re.search(r"[^A-Za-z0-9+/\-_\s=]|=(?=[^=\s])", text)
    if wrong:
        raise PayloadError("not base64 (RFC 4648); nothing was sent", text, wrong.start())
    bare = re.sub(r"[\s=]", "", text).translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        raise PayloadError(
            "base64 of this length cannot be: a character is missing; nothing was sent", text, len(text.rstrip())
        ) from None


def from_file(path: str) -> bytes:
    """Read a file.

    Parameters
    ----------
    path : str
        Where; ``~`` is the home directory.

    Returns
    -------
    bytes

    Raises
    ------
    UsageError
        It cannot be read.
    """
    try:
        return Path(local_path(path)).read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; nothing was sent") from error
