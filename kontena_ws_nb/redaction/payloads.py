r"""Secrets that travel inside payloads: which values they are, and masking them wherever something is shown or saved.

Holds the values (`secret`, `know`) and the one way to mask them (`mask`, `mask_bytes`), which displays, errors, the
logger and files use. Which parts of a header or URL are secret is told by `headers`, which options are by
`transport.credentials`.

A value is found as it is, in base64 (also inside something longer, in either alphabet, broken into lines) and in
hexadecimal (of either case, also with separators); and each of these below up to eight layers of JSON, URL, HTML and
Python escapes, in any mixture: a server's echo is rarely spelled as the original. A value that holds escapes itself is
looked for in every state of their undoing: what undoes the text's escapes undoes the value's own as well. A cut never
goes through a value, because masking looks a little beyond it.

Any thread: what is known is replaced, never changed, so that looking takes no lock. Nothing here is called for a
message on its way into the log; with no value known, everything here is one comparison.
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

#: Characters of the shortest value that can be masked; a shorter one stands in every other payload by chance.
SHORTEST: Final = 4
#: Bytes of the longest; what is longer is a document, and looking for it beyond every cut would cost too much.
LONGEST: Final = 16 << 10
#: Spellings of one kind above which they are looked for by their first bytes: a service that takes a new token every
#: hour has many values.
_MANY: Final = 200
#: Bytes of the shortest value that is also looked for inside longer base64: fewer leave too few characters that are
#: surely its own.
_INSIDE: Final = 8
#: Layers of escapes that are undone: a JSON text in a JSON text in a URL makes three.
_LAYERS: Final = 8
#: How many times longer a value may be spelled and still be found across a cut: HTML in a URL writes
#: ``%26amp%3Bquot%3B`` for a quote.
_SPELLED: Final = 16
#: The same for short values, and up to how many bytes: two layers that escape every character make 36 of one.
_SHORT_SPELLED: Final = 40
_SHORT_BEYOND: Final = 4 << 10
_MASK: Final = MASK.encode()
#: Bytes whose places are found at once.
_CHUNK: Final = 1 << 16

_ESCAPE: Final = re.compile(
    rb"\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})|[\\%]u(?P<unit>[0-9a-fA-F]{4})"
    rb"|\\U(?P<long>[0-9a-fA-F]{8})|\\u\{(?P<brace>[0-9a-fA-F]{1,6})\}|\\x(?P<hex>[0-9a-fA-F]{2})|%(?P<percent>[0-9a-fA-F]{2})|\\(?P<short>[\"\\/'bfnrt])"
    rb"|&#[xX]0{0,6}(?P<point>[0-9a-fA-F]{1,6});|&#0{0,6}(?P<decimal>[0-9]{1,7});|&(?P<name>quot|apos|amp|lt|gt);"
)
#: Only these; `html.entities` takes a millisecond to import.
_NAMES: Final = {b"quot": b'"', b"apos": b"'", b"amp": b"&", b"lt": b"<", b"gt": b">"}
_SHORT: Final = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}

_Value = TypeVar("_Value", str, bytes)


class _Sought:
    """Spellings of one kind, found in a text.

    Parameters
    ----------
    spellings : mapping
        Each with the distance at which it may overlap itself.
    """

    def __init__(self, spellings: Mapping[bytes, int] = MappingProxyType({})) -> None:
        self.spellings = spellings
        #: Spellings by their first bytes, read as a number of this machine: a memoryview gives them so.
        self._starts: dict[int, list[bytes]] = {}
        if len(spellings) > _MANY:
            for spelling in spellings:
                self._starts.setdefault(int.from_bytes(spelling[:SHORTEST], sys.byteorder), []).append(spelling)
        self._numbers = frozenset(self._starts)

    def joined(self, spellings: Iterable[bytes]) -> _Sought:
        """Look for more."""
        return _Sought({**self.spellings, **{one: _period(one) for one in spellings if one not in self.spellings}})

    def _possible(self, data: bytes) -> Iterable[bytes]:
        """List spellings that may be in some data: all, or of many only those whose first bytes are."""
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
        """Find them; in no order, and they may overlap."""
        found = []
        for spelling in self._possible(data):
            at = data.find(spelling)
            while at >= 0:
                found.append((at, at + len(spelling)))
                at = data.find(spelling, at + self.spellings[spelling])
        return found


class _Squeeze:
    """A text without what may stand between the digits of an encoding, each digit in one spelling.

    Parameters
    ----------
    between : bytes
        What is left out.
    digits, as_written : bytes
        Digits that have two spellings, and the one that stands for both.
    """

    def __init__(self, between: bytes, digits: bytes, as_written: bytes) -> None:
        self._between = between
        self._digits = bytes.maketrans(digits, as_written)
        self._kept = bytes(byte not in between for byte in range(256))

    def places(self, data: bytes, sought: _Sought) -> list[tuple[int, int]]:
        """Find spellings in the squeezed text, and say where they are in the text itself."""
        squeezed = data.translate(self._digits, self._between)
        found = sought.places(squeezed)
        if not found or len(squeezed) == len(data):
            return found
        ends = sorted({place for start, stop in found for place in (start, stop - 1)})
        there: dict[int, int] = {}
        passed = at = begin = 0
        while at < len(ends):  # in pieces: a list of all places takes 36 bytes for each of the text's
            kept = data[begin : begin + _CHUNK].translate(self._kept)
            following = passed + kept.count(1)
            if ends[at] < following:
                places = list(compress(range(begin, begin + len(kept)), kept))
                while at < len(ends) and ends[at] < following:
                    there[ends[at]] = places[ends[at] - passed]
                    at += 1
            passed, begin = following, begin + _CHUNK
        return [(there[start], there[stop - 1] + 1) for start, stop in found]


#: ``aa:bb``, ``AA-BB``, ``aa bb``, ``0xaa, 0xbb`` (of which the 0 stays), and the lines of a dump.
_HEX: Final = _Squeeze(b" \t\r\n:;,-._xX\"'", b"ABCDEF", b"abcdef")
#: MIME breaks lines after 76 characters, PEM after 64; RFC 4648 section 5 has an alphabet for URLs and file names.
_BASE64: Final = _Squeeze(b" \t\r\n", b"-_", b"+/")


class _Known(NamedTuple):
    """What is masked: the values, their spellings of each kind, and how far to look beyond a cut."""

    values: frozenset[bytes] = frozenset()
    plain: _Sought = _Sought()
    in_hex: _Sought = _Sought()
    in_base64: _Sought = _Sought()
    beyond: int = 0


class _Registry:
    """Holds what is known to this process."""

    def __init__(self) -> None:
        self.known = _Known()
        self.lock = forks.lock()


_registry = _Registry()


def secret(value: _Value) -> _Value:
    """Mask a value in everything that is shown or saved from now on: ``token = kws.secret(getpass())``.

    It becomes ``***`` in displays of messages, logs and panels, in exported files, errors, logger lines and the command
    line's output; also where it stands JSON-escaped, percent-encoded, in base64 or in hexadecimal. Python values stay
    what they are: `Message.text`, ``data``, ``payload``, ``json()``, ``hex()`` and the ``to_*`` tables give what was
    received.

    Parameters
    ----------
    value : str or bytes
        At least 4 characters, white space around it not counted; at most 16 KiB.

    Returns
    -------
    str or bytes
        The same value.

    Raises
    ------
    TypeError
        Neither str nor bytes.
    ValueError
        Too short: masking it would hide half of every payload. Or too long.

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
    """Refuse what cannot be masked; the text never shows it.

    Parameters
    ----------
    value : object
        What somebody calls a secret.

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
    """Tell how many values are masked; it only grows, so another number means that something shown before may show too much.

    Returns
    -------
    int
    """
    return len(_registry.known.values)


def know(values: Iterable[str | bytes], shortest: int = SHORTEST) -> None:
    """Mask values from now on; those that cannot be masked are left out.

    Parameters
    ----------
    values : iterable of str or bytes
        What to mask.
    shortest : int, default 4
        Characters below which a value is left out.
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
    """Mask what is secret in a text.

    Parameters
    ----------
    text : str
        Any text, lone surrogates included.
    start, stop : int, optional
        The part that is wanted, in characters; a secret that begins in it is masked, of one that began before nothing
        is left.

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
    """Mask what is secret in bytes.

    Parameters
    ----------
    data : bytes or memoryview
        A payload; only the wanted part and a little around it is copied.
    start, stop : int, optional
        The part that is wanted, as for `mask`.

    Returns
    -------
    bytes
        Of a text, UTF-8 again, unless a secret is no text.
    """
    known = _registry.known
    if not known.values:
        return bytes(data[start:stop])
    low = max(0, start - known.beyond)
    end = len(data) if stop is None else min(stop, len(data))
    part = bytes(data[low : end + known.beyond])
    return _replaced(part, _spans(part, known), start - low, end - low)


def reach(limit: int) -> int:
    """Tell how many bytes must be looked at so that the first ``limit`` can be masked.

    Parameters
    ----------
    limit : int
        Bytes wanted.

    Returns
    -------
    int
    """
    return limit + _registry.known.beyond


def secret_parts(text: bytes) -> list[tuple[int, int]]:
    """Find what is masked in a text.

    Parameters
    ----------
    text : bytes
        All of it, in UTF-8.

    Returns
    -------
    list of (int, int)
        Beginning and end of each part, in order, of whole characters; they neither overlap nor touch.
    """
    return _merged([_characters(text, *span) for span in _spans(text, _registry.known)])


# ---- how a value may be spelled


def _encoded(value: str | bytes) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def _states(value: bytes) -> Iterable[bytes]:
    """List what a value is while its own escapes are undone, as those of the text around it are; also as a form writes it, with + for a space."""
    for _ in range(_LAYERS + 1):
        yield value
        yield value.replace(b" ", b"+")
        plain = _ESCAPE.sub(_unescaped, value)
        if plain == value or len(plain.strip()) < SHORTEST:
            return
        value = plain


def _hex_digits(value: bytes) -> Iterable[bytes]:
    """List a value in hexadecimal, and as what `_HEX` leaves of ``0xaa, 0xbb``."""
    yield value.hex().encode()
    yield b"0" + value.hex("0").encode()


def _base64_digits(value: bytes) -> Iterable[bytes]:
    """List a value in base64, and the digits all of whose bits are its own in the base64 of something longer."""
    yield b64encode(value).rstrip(b"=")
    if len(value) >= _INSIDE:
        for lead in range(3):
            padded = b64encode(bytes(lead) + value + bytes(-(lead + len(value)) % 3))
            yield padded[-(-8 * lead // 6) : 8 * (lead + len(value)) // 6]


def _period(spelling: bytes) -> int:
    """Tell the least distance at which it may overlap itself: "abab" 2, "abcd" 4."""
    # The prefix function of Knuth, Morris and Pratt: a server can make us know long values, and asking each distance
    # takes their square.
    same = 0
    borders = [0]
    for byte in spelling[1:]:
        while same and byte != spelling[same]:
            same = borders[same - 1]
        same += byte == spelling[same]
        borders.append(same)
    return len(spelling) - same


# ---- where it is


def _spans(data: bytes, known: _Known, layers: int = _LAYERS) -> list[tuple[int, int]]:
    """Find secrets; in no order, and they may overlap."""
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
    """Carry places in the unescaped data over to the data; an escape that is touched belongs to them whole."""
    starts, ends, plain_starts, plain_ends = [0], [0], [0], [0]  # of every escape; the first is none
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
    """Widen a part to whole characters of UTF-8: a secret that is no text may begin or end inside one."""
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
    """Cut out a part, masked."""
    parts, at = [], start
    for begin, end in _merged(spans):
        if end <= start or begin >= stop:
            continue
        if begin >= start:
            parts += [data[at:begin], _MASK]
        at = min(end, stop)
    return b"".join([*parts, data[at:stop]])
