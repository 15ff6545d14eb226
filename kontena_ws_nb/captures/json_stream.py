"""`JSONStream`: reads JSON piece by piece, so that a large file needs little memory, and the beginning of half a file is not lost."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

#: Characters of the largest value that is read as a whole: a message, say.
LARGEST: Final = 256 << 20
#: How deep objects and arrays that are walked through or skipped may be nested; those read as a whole are bounded by
#: Python's own recursion limit.
_DEEPEST: Final = 64
_CHUNK: Final = 1 << 18
_SPACES: Final = " \t\r\n"
#: So far from its end, an error in a text is no consequence of its being cut there: the longest escape has 12 characters.
_FAR: Final = 64


_ENDED: Final = "it ends in the middle"


class JSONError(ValueError):
    """What is read is no JSON, or ends too early."""


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < 40 else Decimal(digits)


#: Numbers with a fraction keep their digits: times have more than a float holds. `strict` would refuse control
#: characters in strings, which some tools write.
_decoder: Final = json.JSONDecoder(parse_float=Decimal, parse_int=_integer, strict=False)


def parse(text: str) -> Any:
    """Read one value.

    Parameters
    ----------
    text : str
        All of it; white space around it is allowed.

    Returns
    -------
    object
        Numbers with a fraction are `decimal.Decimal`.

    Raises
    ------
    JSONError
        It is no JSON, or nested too deeply.
    """
    try:
        return _decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise JSONError(_said(error)) from None


def _said(error: Exception) -> str:
    # JSONDecodeError's own text has a place, and no part of the document.
    return "it is nested too deeply" if isinstance(error, RecursionError) else f"it is not JSON: {error}"


class JSONStream:
    """A JSON document that is read from its beginning to its end, once.

    Parameters
    ----------
    read : callable
        Reads up to a number of bytes; empty at the end.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        # With a byte order mark, as some editors write it. What is not UTF-8 becomes U+FFFD.
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._text = ""
        self._at = 0
        self._ended = False
        #: How many values were taken: who iterates sees whether one was.
        self._taken = 0

    def _more(self) -> bool:
        """Read on; at least as much as there is, so that a long value is looked at few times."""
        if self._ended:
            return False
        data = self._read(max(_CHUNK, len(self._text) - self._at))
        self._ended = not data
        self._text = self._text[self._at :] + self._decode(data, not data)
        self._at = 0
        return True

    def peek(self) -> str:
        """Look at the next character that is no white space.

        Returns
        -------
        str
            Empty at the end.
        """
        while True:
            text, at, stop = self._text, self._at, len(self._text)
            while at < stop and text[at] in _SPACES:
                at += 1
            self._at = at
            if at < stop:
                return text[at]
            if not self._more():
                return ""

    def value(self) -> Any:
        """Take the next value as a whole.

        Returns
        -------
        object
            Numbers with a fraction are `decimal.Decimal`.

        Raises
        ------
        JSONError
            It is no JSON, too large or nested too deeply, or the document ends in it.
        """
        self.peek()
        while True:
            try:
                value, end = _decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string") or error.pos + _FAR > len(self._text)
                if not cut:
                    raise JSONError(_said(error)) from None
                if len(self._text) - self._at > LARGEST:
                    raise JSONError("a value in it is too large") from None
                if not self._more():
                    raise JSONError(_ENDED) from None
                continue
            except (ValueError, RecursionError) as error:
                raise JSONError(_said(error)) from None
            if end == len(self._text) and self._text[end - 1] not in '"}]' and self._more():
                continue  # a number may go on
            self._at = end
            self._taken += 1
            return value

    def _expect(self, character: str) -> None:
        if (found := self.peek()) != character:
            raise JSONError(f"it is not JSON: {character!r} is missing" if found else _ENDED)
        self._at += 1

    def items(self) -> Iterator[int]:
        """Walk through the array that comes next; what is not taken of an item is skipped.

        Yields
        ------
        int
            The item's number. It is what comes next.

        Raises
        ------
        JSONError
            It is no array, or as for `value`.
        """
        self._expect("[")
        number = 0
        while self.peek() != "]":
            if number:
                self._expect(",")
            taken = self._taken
            yield number
            if self._taken == taken:
                self.skip()
            number += 1
        self._at += 1
        self._taken += 1

    def members(self) -> Iterator[str]:
        """Walk through the object that comes next; a value that is not taken is skipped.

        Yields
        ------
        str
            The member's name. Its value is what comes next.

        Raises
        ------
        JSONError
            It is no object, or as for `value`.
        """
        self._expect("{")
        first = True
        while self.peek() != "}":
            if not first:
                self._expect(",")
            first = False
            if self.peek() != '"':
                raise JSONError("it is not JSON: a name is missing" if self.peek() else _ENDED)
            name = self.value()
            self._expect(":")
            taken = self._taken
            yield name
            if self._taken == taken:
                self.skip()
        self._at += 1
        self._taken += 1

    def skip(self, depth: int = _DEEPEST) -> None:
        """Pass over the next value.

        Parameters
        ----------
        depth : int, optional
            How deep it may be nested.

        Raises
        ------
        JSONError
            As for `value`.
        """
        character = self.peek()
        if character not in ("{", "["):
            self.value()
            return
        if not depth:
            raise JSONError("it is nested too deeply")
        for _ in self.members() if character == "{" else self.items():
            self.skip(depth - 1)
