"""What the benchmarks' server sends: text frames of several kinds, made ahead or a block at a time, as bytes.

Nothing here opens a socket; needs nothing but the standard library, and shares no code with what it feeds.
"""

from __future__ import annotations

import functools
import random
import struct
import time
import zlib
from collections.abc import Callable, Iterator

#: Bytes handed to the socket at once.
BLOB = 1 << 20
#: Numbered messages are made so many at a time: all of a block share the leading digits, which `bytes.replace` fills in
#: at C speed.
BLOCK = 10_000
_HIGH = b"\x00hi\x00"  # as long as the digits that take its place

_TRADE = b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000000,"s":"BTCUSDT","t":3300000000,"p":"37000.01","q":"0.0012"},"pad":"'


def frame(payload: bytes, first: int = 0x81) -> bytes:
    """Build an unmasked frame; `first` is FIN, RSV1 and opcode (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < 126:
        head = bytes((first, size))
    elif size < 65536:
        head = bytes((first, 126)) + struct.pack("!H", size)
    else:
        head = bytes((first, 127)) + struct.pack("!Q", size)
    return head + payload


def message(size: int) -> bytes:
    """Make a JSON text of this size, as far as there is room for it."""
    return b"x" * size if size < len(_TRADE) + 2 else _TRADE + b"x" * (size - len(_TRADE) - 2) + b'"}'


def trades(size: int, first: int) -> bytes:
    """Make a JSON text of this size (200 at least) that compresses as a feed does: times and numbers rise, prices are random."""
    chance = random.Random(first)
    text, number = b'{"stream":"trades","data":[', first
    while True:
        trade = (
            f'{{"e":"trade","E":{1700000000000 + number},"s":"{chance.choice(("BTCUSDT", "ETHUSDT"))}","t":{3300000000 + number},'
            f'"p":"{37000 + chance.random() * 100:.2f}","q":"{chance.random():.4f}"}},'
        ).encode()
        if len(text) + len(trade) + 12 > size:
            return text[:-1] + b'],"pad":"'.ljust(size - len(text) - 1, b"x") + b'"}'
        text += trade
        number += 1


def flood(size: int, count: int) -> Iterator[bytes]:
    """Yield the same message again and again, a blob at a time."""
    one = frame(message(size))
    each = max(1, min(count, BLOB // len(one)))
    blob = one * each
    for _ in range(count // each):
        yield blob
    yield one * (count % each)


def single(size: int, count: int) -> Iterator[bytes]:
    """Yield the same message again and again, one at a time."""
    one = frame(message(size))
    for _ in range(count):
        yield one


class _Deflate:
    """A server's permessage-deflate with context takeover (RFC 7692 section 7.2.1)."""

    def __init__(self, level: int = zlib.Z_DEFAULT_COMPRESSION) -> None:
        self._deflate = zlib.compressobj(level, zlib.DEFLATED, -15)

    def frame(self, payload: bytes) -> bytes:
        data = self._deflate.compress(payload) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return frame(data[:-4], 0xC1)


@functools.lru_cache
def _deflated_block(size: int) -> tuple[bytes, list[int]]:
    """Compress about a megabyte of trades; frames and where each ends. Begins afresh, so that the block may follow itself."""
    deflate = _Deflate()
    block, ends = bytearray(), []
    for number in range(max(8, min(5000, BLOB // size))):
        block += deflate.frame(trades(size, number))
        ends.append(len(block))
    return bytes(block), ends


def deflated(size: int, count: int) -> Iterator[bytes]:
    """Yield compressed trades."""
    block, ends = _deflated_block(size)
    for _ in range(count // len(ends)):
        yield block
    if rest := count % len(ends):
        yield block[: ends[rest - 1]]


@functools.lru_cache
def _numbered_template(size: int, head: bytes) -> bytes:
    tail = b'","pad":"'
    pad = b"x" * (size - 25)
    assert len(pad) + 25 == size, "numbered messages have 25 bytes at least"
    return b"".join(head + b'{"n":"' + _HIGH + b"%04d" % low + tail + pad + b'"}' for low in range(BLOCK))


def numbers(size: int, start: int, stop: int, head: bytes = b"") -> bytes:
    """Make the payloads ``{"n":"00001234","pad":"…"}`` of these numbers, back to back, each behind `head`."""
    step, template = len(head) + size, _numbered_template(size, head)
    pieces = []
    for block in range(start // BLOCK, -(-stop // BLOCK)):
        low, high = max(start - block * BLOCK, 0), min(stop - block * BLOCK, BLOCK)
        pieces.append(template[low * step : high * step].replace(_HIGH, b"%04d" % block))
    return b"".join(pieces)


def numbered(size: int, count: int) -> Iterator[bytes]:
    """Yield the messages number 0 to count - 1."""
    head = frame(bytes(size))[:-size]
    for start in range(0, count, BLOCK):
        yield numbers(size, start, min(start + BLOCK, count), head)


def numbered_deflated(size: int, count: int) -> Iterator[bytes]:
    """Yield the messages number 0 to count - 1, compressed."""
    deflate = _Deflate(level=1)
    for start in range(0, count, BLOCK):
        payloads = numbers(size, start, min(start + BLOCK, count))
        yield b"".join([deflate.frame(payloads[at : at + size]) for at in range(0, len(payloads), size)])


def paced(size: int, rate: int) -> Iterator[bytes]:
    """Yield so many messages a second for ever, all that are due each millisecond at once; an empty blob says that nothing is due."""
    one = frame(message(size))
    for due in _due(rate):
        yield one * due
        yield b""


def paced_single(size: int, rate: int) -> Iterator[bytes]:
    """Yield so many messages a second for ever, one at a time."""
    one = frame(message(size))
    for due in _due(rate):
        for _ in range(due):
            yield one
        yield b""


def paced_trades(size: int, rate: int) -> Iterator[bytes]:
    """Yield so many trades a second for ever, JSON of about this size that differs from one to the next, as `paced` does."""
    frames = [
        frame(
            b'{"type":"trade","symbol":"%s","price":%.2f,"qty":"%d.5","side":"%s","seq":%d,"pad":"'
            % (
                (b"BTC-USD", b"ETH-USD")[at % 2],
                64210 + at * 7919 % 1000 / 10,
                at % 17,
                (b"buy", b"sell")[at % 3 % 2],
                at,
            )
            + b"x" * max(0, size - 100)
            + b'"}'
        )
        for at in range(1000)
    ]
    at = 0
    for due in _due(rate):
        yield b"".join([frames[number % len(frames)] for number in range(at, at + due)])
        at += due
        yield b""


def _due(rate: int) -> Iterator[int]:
    """Tell each millisecond how many messages are due; what is overdue, because the client did not take it, comes a bit at a time."""
    started, sent = time.monotonic(), 0
    while True:
        some = min(int((time.monotonic() - started) * rate) - sent, max(1, rate // 50))
        if some:
            yield some
            sent += some
        else:
            time.sleep(0.001)


#: By the first part of the URL's path; what ends in "deflate" is compressed. Functions of size and count (or rate); an
#: empty blob has what was made so far sent at once.
STREAMS: dict[str, Callable[[int, int], Iterator[bytes]]] = {
    "flood": flood,
    "single": single,
    "deflate": deflated,
    "numbers": numbered,
    "numbers-deflate": numbered_deflated,
    "paced": paced,
    "paced-single": paced_single,
    "paced-trades": paced_trades,
}
