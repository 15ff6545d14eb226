r"""Known secrets, and masking them in payloads and any other text that is shown or saved.

`secret` and `know` add values; `mask` and `mask_bytes` mask them, for displays, errors, the logger and files. `headers`
decides which parts of headers and URLs are secret, `transport.credentials` which options are.

A value is found as it is, in base64 (either alphabet, also inside something longer, or broken into lines) and in
hexadecimal (either case, also with separators), each below up to eight layers of JSON, URL, HTML and Python escapes in
any combination, because a server's echo may be escaped differently. If a value itself contains escapes, it is also
looked for with one, two … layers of them decoded, because decoding the text decodes them too. When only part of a text
is shown, masking looks beyond the cut, so that no part of a value remains.

Any thread. The set of values is replaced, never changed, so that reading it takes no lock. Messages are not masked on
their way into the log. If no value is known, all functions return after one comparison.
"""

from __future__ import annotations

import re
import sys
from base64 import b64encode
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import compress
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

from ..system import forks
from .headers import MASK

#: The shortest value that can be masked, in characters; a shorter one would occur in many payloads by chance.
SHORTEST: Final = 4
#: The longest, in bytes; masking looks beyond a cut by a multiple of it.
LONGEST: Final = 16 << 10
#: Above this number of encoded values, they are looked up by their first four bytes instead of searched one by one.
_MANY: Final = 200
#: The shortest value, in bytes, that is also looked for inside longer base64, where its first and last characters are
#: not known.
_INSIDE: Final = 8
#: How many layers of escapes are decoded; JSON in JSON in a URL has three.
_LAYERS: Final = 8
#: How many times longer an escaped value may be and still be found across a cut: a quote in HTML in a URL is
#: ``%26amp%3Bquot%3B``.
_SPELLED: Final = 16
#: The same for short values (up to so many bytes): two layers that escape every character make 36 of one.
_SHORT_SPELLED: Final = 40
_SHORT_BEYOND: Final = 4 << 10
_MASK: Final = MASK.encode()
#: How many bytes `_Squeeze` maps back at a time.
_CHUNK: Final = 1 << 16

_ESCAPE: Final = re.compile(
    rb"\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})|[\\%]u(?P<unit>[0-9a-fA-F]{4})"
    rb"|\\U(?P<long>[0-9a-fA-F]{8})|\\u\{(?P<brace>[0-9a-fA-F]{1,6})\}|\\x(?P<hex>[0-9a-fA-F]{2})|%(?P<percent>[0-9a-fA-F]{2})|\\(?P<short>[\"\\/'bfnrt])"
    rb"|&#[xX]0{0,6}(?P<point>[0-9a-fA-F]{1,6});|&#0{0,6}(?P<decimal>[0-9]{1,7});|&(?P<name>quot|apos|amp|lt|gt);"
)
#: Only the ones that must be escaped; `html.entities` takes a millisecond to import.
_NAMES: Final = {b"quot": b'"', b"apos": b"'", b"amp": b"&", b"lt": b"<", b"gt": b">"}
_SHORT: Final = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}

_Value = TypeVar("_Value", str, bytes)


class _Sought:
    """Finds encoded values ("spellings") in a text.

    Parameters
    ----------
    spellings : mapping
        Each with the smallest distance at which it can overlap itself.
    """

    def __init__(self, spellings: Mapping[bytes, int] = MappingProxyType({})) -> None:
        self.spellings = spellings
        #: Spellings by their first four bytes, as an int in native byte order, which is what a memoryview returns.
        self._starts: dict[int, list[bytes]] = {}
        if len(spellings) > _MANY:
            for spelling in spellings:
                self._starts.setdefault(int.from_bytes(spelling[:SHORTEST], sys.byteorder), []).append(spelling)
        self._numbers = frozenset(self._starts)

    def joined(self, spellings: Iterable[bytes]) -> _Sought:
        """Return one that also finds these spellings."""
        return _Sought({**self.spellings, **{one: _period(one) for one in spellings if one not in self.spellings}})

    def _possible(self, data: bytes) -> Iterable[bytes]:
        """List the spellings to search for: all, or if there are many, those whose first bytes occur in the data."""
        if not self._starts:
            return self.spellings
        found: set[int] = set()
        with memoryview(data) as view:
            for lead in range(SHORTEST):
                stop = lead + (len(data) - lead) // SHORTEST * SHORTEST
                if lead < stop:
                    found |= self._numbers.intersection(view[lead:stop].cast("I"))
        return [one for start in found for one in self._starts[start]]

    def places(self, data: bytes) -> list[tuple[int, int]]:
        """Return the places of the spellings, in no order; they may overlap."""
        found = []
        for spelling in self._possible(data):
            at = data.find(spelling)
            while at >= 0:
                found.append((at, at + len(spelling)))
                at = data.find(spelling, at + self.spellings[spelling])
        return found


class _Squeeze:
    """Searches a text without its separators, and with the digits of an encoding normalised.

    Parameters
    ----------
    between : bytes
        The separators.
    digits, as_written : bytes
        Digits to replace, and what to replace them by.
    """

    def __init__(self, between: bytes, digits: bytes, as_written: bytes) -> None:
        self._between = between
        self._digits = bytes.maketrans(digits, as_written)
        self._kept = bytes(byte not in between for byte in range(256))

    def places(self, data: bytes, sought: _Sought) -> list[tuple[int, int]]:
        """Find spellings in the squeezed text, and return their places in the original one."""
        squeezed = data.translate(self._digits, self._between)
        found = sought.places(squeezed)
        if not found or len(squeezed) == len(data):
            return found
        ends = sorted({place for start, stop in found for place in (start, stop - 1)})
        there: dict[int, int] = {}
        passed = at = begin = 0
        while at < len(ends):  # chunk by chunk, because a list of all places would take 36 times the text's memory
            kept = data[begin : begin + _CHUNK].translate(self._kept)
            following = passed + kept.count(1)
            if ends[at] < following:
                places = list(compress(range(begin, begin + len(kept)), kept))
                while at < len(ends) and ends[at] < following:
                    there[ends[at]] = places[ends[at] - passed]
                    at += 1
            passed, begin = following, begin + _CHUNK
        return [(there[start], there[stop - 1] + 1) for start, stop in found]


#: ``aa:bb``, ``AA-BB``, ``aa bb``, ``0xaa, 0xbb`` (the 0 remains), and lines of a hex dump.
_HEX: Final = _Squeeze(b" \t\r\n:;,-._xX\"'", b"ABCDEF", b"abcdef")
#: MIME has lines of 76 characters, PEM of 64; RFC 4648 section 5 is the alphabet for URLs.
_BASE64: Final = _Squeeze(b" \t\r\n", b"-_", b"+/")


class _Known(NamedTuple):
    """The known values, their spellings by encoding, and how far to look beyond a cut."""

    values: frozenset[bytes] = frozenset()
    plain: _Sought = _Sought()
    in_hex: _Sought = _Sought()
    in_base64: _Sought = _Sought()
    beyond: int = 0


class _Registry:
    """The known values of this process."""

    def __init__(self) -> None:
        self.known = _Known()
        self.lock = forks.lock()


_registry = _Registry()


def secret(value: _Value) -> _Value:
    """Mask a value in everything that is shown or saved from now on: ``token = kws.secret(getpass())``.

    It is shown as ``***`` in messages, logs, panels, exported files, errors, log lines and the command line's output,
    also if it is JSON-escaped, percent-encoded, in base64 or in hexadecimal. Python values do not change:
    `Message.text`, ``data``, ``payload``, ``json()``, ``hex()`` and the ``to_*`` tables return what was received.

    Parameters
    ----------
    value : str or bytes
        At least 4 characters, not counting white space around it; at most 16 KiB.

    Returns
    -------
    str or bytes
        The same value.

    Raises
    ------
    TypeError
        Neither str nor bytes.
    ValueError
        It is too short (masking it would hide parts of many payloads) or too long.

    Examples
    --------
    >>> token = secret("s3cr3t-t0k3n")
    >>> mask('{"token": "s3cr3t-t0k3n"}')
    '{"token": "***"}'
    """
    check(value)
    know([value])
    return value


def check(value: object) -> None:
    """Raise if a value cannot be masked. The error does not show it.

    Parameters
    ----------
    value : object
        The value.

    Raises
    ------
    TypeError, ValueError
        As `secret`.
    """
    if not isinstance(value, (str, bytes)):
        raise TypeError(f"a secret is str or bytes, got {type(value).__name__}")
    if len(value.strip()) < SHORTEST:
        raise ValueError(
            f"a secret of fewer than {SHORTEST} characters cannot be masked: it would hide parts of every payload"
        )
    if len(_encoded(value)) > LONGEST:
        raise ValueError(
            f"a secret of more than {LONGEST:,} bytes cannot be masked; give the part of it that must not be seen"
        )


def count() -> int:
    """Return how many values are known.

    It only grows; when it has grown, what was shown before may have to be masked again.

    Returns
    -------
    int
    """
    return len(_registry.known.values)


def know(values: Iterable[str | bytes], shortest: int = SHORTEST) -> None:
    """Mask values from now on; ignore those that are too short or too long.

    Parameters
    ----------
    values : iterable of str or bytes
        The values.
    shortest : int, default 4
        Values with fewer characters are ignored.
    """
    found = {_encoded(value.strip()) for value in values if len(value.strip()) >= shortest}
    if found <= _registry.known.values:  # it only grows: no lock needed for what is in it
        return
    with _registry.lock:
        known = _registry.known.values | {value for value in found if len(value) <= LONGEST}
        if known != _registry.known.values:
            before, fresh = _registry.known, known - _registry.known.values
            _registry.known = _Known(
                known,
                before.plain.joined(one for value in fresh for one in _states(value)),
                before.in_hex.joined(one for value in fresh for one in _hex_digits(value)),
                before.in_base64.joined(one for value in fresh for one in _base64_digits(value)),
                max(_SPELLED * (longest := max(map(len, known))), min(_SHORT_SPELLED * longest, _SHORT_BEYOND)),
            )


def mask(text: str, start: int = 0, stop: int | None = None) -> str:
    """Mask known values in a text.

    Parameters
    ----------
    text : str
        Any text, also with lone surrogates.
    start, stop : int, optional
        The part to return, in characters. A value that begins before ``start`` is left out, one that continues after
        ``stop`` is masked.

    Returns
    -------
    str
    """
    known = _registry.known
    if not known.values:
        return text[start:stop]
    low = max(0, start - known.beyond)
    before, wanted = text[low:start].encode("utf-8", "surrogatepass"), text[start:stop].encode("utf-8", "surrogatepass")
    after = b"" if stop is None else text[stop : stop + known.beyond].encode("utf-8", "surrogatepass")
    data = before + wanted + after
    spans = _spans(data, known)
    if not spans:
        return text[start:stop]
    spans = [_characters(data, *span) for span in spans]
    return _replaced(data, spans, len(before), len(before) + len(wanted)).decode("utf-8", "surrogatepass")


def mask_bytes(data: bytes | memoryview, start: int = 0, stop: int | None = None) -> bytes:
    """Mask known values in bytes.

    Parameters
    ----------
    data : bytes or memoryview
        A payload. Only the part to return and a little around it is copied.
    start, stop : int, optional
        The part to return, as for `mask`.

    Returns
    -------
    bytes
        UTF-8 stays UTF-8, unless a known value is not text.
    """
    known = _registry.known
    if not known.values:
        return bytes(data[start:stop])
    low = max(0, start - known.beyond)
    end = len(data) if stop is None else min(stop, len(data))
    part = bytes(data[low : end + known.beyond])
    return _replaced(part, _spans(part, known), start - low, end - low)


def reach(limit: int) -> int:
    """Return how many bytes of a text are needed to mask its first ``limit`` bytes.

    Parameters
    ----------
    limit : int
        How many bytes will be shown.

    Returns
    -------
    int
    """
    return limit + _registry.known.beyond


def secret_parts(text: bytes) -> list[tuple[int, int]]:
    """Return the parts of a text that are masked.

    Parameters
    ----------
    text : bytes
        The whole text, in UTF-8.

    Returns
    -------
    list of (int, int)
        Start and stop of each part, in order, at character boundaries; they neither overlap nor touch.
    """
    return _merged([_characters(text, *span) for span in _spans(text, _registry.known)])


# ---- how a value may be encoded


def _encoded(value: str | bytes) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def _states(value: bytes) -> Iterable[bytes]:
    """List a value with zero, one, two … layers of its own escapes decoded, each also with "+" for a space, as in forms."""
    for _ in range(_LAYERS + 1):
        # Where HTML holds JSON, an escaped backslash is decoded before the quote in front of it, and joins the quote behind.
        for spelling in (value, value.rstrip(b"\\")):
            if len(spelling) >= SHORTEST:
                yield spelling
                yield spelling.replace(b" ", b"+")
        plain = _ESCAPE.sub(_unescaped, value)
        if plain == value or len(plain.strip()) < SHORTEST:
            return
        value = plain


def _hex_digits(value: bytes) -> Iterable[bytes]:
    """List a value in hexadecimal, and what `_HEX` makes of ``0xaa, 0xbb``."""
    yield value.hex().encode()
    yield b"0" + value.hex("0").encode()


def _base64_digits(value: bytes) -> Iterable[bytes]:
    """List a value in base64, and for the three alignments inside longer base64 the digits that depend on the value only."""
    yield b64encode(value).rstrip(b"=")
    if len(value) >= _INSIDE:
        for lead in range(3):
            padded = b64encode(bytes(lead) + value + bytes(-(lead + len(value)) % 3))
            yield padded[-(-8 * lead // 6) : 8 * (lead + len(value)) // 6]


def _period(spelling: bytes) -> int:
    """Return the smallest distance at which a spelling can overlap itself: 2 for "abab", 4 for "abcd"."""
    # The prefix function of Knuth, Morris and Pratt, in linear time, because values that a server sets may be long.
    same = 0
    borders = [0]
    for byte in spelling[1:]:
        while same and byte != spelling[same]:
            same = borders[same - 1]
        same += byte == spelling[same]
        borders.append(same)
    return len(spelling) - same


# ---- where a value is


def _spans(data: bytes, known: _Known, layers: int = _LAYERS) -> list[tuple[int, int]]:
    """Return the places of known values, in no order; they may overlap."""
    spans = known.plain.places(data) + _HEX.places(data, known.in_hex) + _BASE64.places(data, known.in_base64)
    if layers and (b"\\" in data or b"%" in data or b"&" in data):
        plain = _ESCAPE.sub(_unescaped, data)
        if plain != data and (inner := _spans(plain, known, layers - 1)):
            spans += _outside(data, inner)
    return spans


def _unescaped(match: re.Match[bytes]) -> bytes:
    kind, text = match.lastgroup, match[match.lastindex or 0]
    if kind == "short":
        return _SHORT.get(text, text)
    if kind in ("percent", "hex"):
        return bytes((int(text, 16),))
    if kind == "name":
        return _NAMES[text]
    if kind == "low":
        return chr(0x10000 + ((int(match["high"], 16) & 0x3FF) << 10) + (int(text, 16) & 0x3FF)).encode()
    point = int(text, 10 if kind == "decimal" else 16)
    return chr(point).encode("utf-8", "surrogatepass") if point < 0x110000 else match[0]


def _outside(data: bytes, inner: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Map places in the unescaped data to the original data; an escape that is touched is included as a whole."""
    starts, ends, plain_starts, plain_ends = [0], [0], [0], [0]  # of every escape, after an empty one at 0
    for match in _ESCAPE.finditer(data):
        start, end = match.span()
        plain = plain_ends[-1] + start - ends[-1]
        starts.append(start)
        ends.append(end)
        plain_starts.append(plain)
        plain_ends.append(plain + len(_unescaped(match)))

    def carried(place: int) -> tuple[int, int]:
        at = bisect_right(plain_starts, place) - 1
        if place < plain_ends[at]:
            return starts[at], ends[at]
        place += ends[at] - plain_ends[at]
        return place, place + 1

    return [(carried(start)[0], carried(stop - 1)[1]) for start, stop in inner]


def _characters(text: bytes, start: int, stop: int) -> tuple[int, int]:
    """Widen a part to character boundaries of UTF-8: a value that is not text may begin or end inside a character."""
    while start and text[start] & 0xC0 == 0x80:
        start -= 1
    while stop < len(text) and text[stop] & 0xC0 == 0x80:
        stop += 1
    return start, stop


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(stop, merged[-1][1])
        else:
            merged.append((start, stop))
    return merged


def _replaced(data: bytes, spans: list[tuple[int, int]], start: int, stop: int) -> bytes:
    """Return a part of the data, masked."""
    parts, at = [], start
    for begin, end in _merged(spans):
        if end <= start or begin >= stop:
            continue
        if begin >= start:
            parts += [data[at:begin], _MASK]
        at = min(end, stop)
    return b"".join([*parts, data[at:stop]])
