"""Feed the frame decoder millions of broken streams: no crash, no hang, no growth, and both paths agree.

    python3 -m tests.conformance.fuzz_frames --inputs 10000000 [--seed N] [--jobs N]

Inputs are made from the corpus beside this file (one stream a file, first byte: bit 0 = permessage-deflate negotiated,
bit 1 = small ``max_size``) by flipping, cutting, repeating and splicing bytes, and by writing new frame heads. Each is
decoded by the fast path in random pieces and compared with the slow path; anything but a `ProtocolError` with a close
code is a failure, printed with the input. Two in a hundred are also dripped byte by byte. Memory is looked at every
100,000 inputs. Standard library only; the unit tests run a few thousand.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from kontena_ws_nb.protocol.frames import KEPT, FrameDecoder
from kontena_ws_nb.protocol.permessage_deflate import Inflate
from tests.conformance import fuzzing
from tests.lab.streams import Outcome, cut, decode, frame

CORPUS = Path(__file__).parent / "corpus"
#: Longest input; more only costs time.
LONGEST = 4096

_HEADS = [bytes([first, second]) for first in range(256) for second in (0, 1, 5, 125, 126, 127, 128, 254, 255)]
_BITS = bytes([0, 1, 0x7F, 0x80, 0x81, 0x82, 0x88, 0xC1, 0xFE, 0xFF])


def corpus() -> list[bytes]:
    """The seeds, in a fixed order."""
    seeds = [path.read_bytes() for path in sorted(CORPUS.glob("*.bin"))]
    if not seeds:
        raise FileNotFoundError(f"no seeds in {CORPUS}")
    return seeds


def mutate(seed: bytes, other: bytes, chance: random.Random) -> bytes:
    """Break a stream in one to eight places."""
    data = bytearray(seed)
    for _ in range(chance.randint(1, 8)):
        size = len(data)
        at = chance.randrange(size + 1)
        kind = chance.randrange(8)
        if kind == 0 and size:
            data[at % size] ^= 1 << chance.randrange(8)
        elif kind == 1 and size:
            data[at % size] = chance.choice(_BITS)
        elif kind == 2:
            del data[at : at + chance.randint(1, 20)]
        elif kind == 3:
            data[at:at] = data[at : at + chance.randint(1, 200)]
        elif kind == 4:
            begin = chance.randrange(len(other) + 1)
            data[at:at] = other[begin : begin + chance.randint(1, 300)]
        elif kind == 5:
            data[at:at] = chance.choice(_HEADS)
        elif kind == 6:
            data[at:at] = chance.randbytes(chance.randint(1, 10))
        else:
            data[at:at] = frame(
                chance.randrange(16),
                chance.randbytes(chance.choice([0, 1, 2, 10, 125, 126, 300])),
                fin=chance.random() < 0.7,
                rsv=chance.choice([0, 0, 0, 4, 2]),
            )
    return bytes(data[:LONGEST])


def outcome(data: bytes, pieces: Sequence[bytes], *, fast: bool) -> Outcome:
    """Decode one input."""
    mode = data[0] if data else 0
    decoder = FrameDecoder(max_size=KEPT if mode & 2 else None, inflater=Inflate() if mode & 1 else None, fast=fast)
    result = decode(decoder, pieces)
    if decoder.error is not None and decoder.error.close_code not in (1002, 1007, 1009):
        raise AssertionError(f"refused with {decoder.error.close_code}")
    return result


def check(data: bytes, chance: random.Random) -> None:
    """Decode one input every way."""
    stream = data[1:]
    whole = outcome(data, [stream], fast=False)
    assert outcome(data, [stream], fast=True) == whole
    pieces = cut(stream, [chance.randrange(len(stream) + 1) for _ in range(chance.randint(0, 6))])
    assert outcome(data, pieces, fast=True) == whole
    if chance.random() < 0.02:
        assert outcome(data, cut(stream, range(len(stream))), fast=True) == whole


class Frames:
    """The fuzz of frames."""

    def __init__(self) -> None:
        self._seeds = corpus()

    def make(self, chance: random.Random) -> bytes:
        return mutate(chance.choice(self._seeds), chance.choice(self._seeds), chance)

    def check(self, made: object, chance: random.Random) -> None:
        assert isinstance(made, bytes)
        check(made, chance)


def run(inputs: int, seed: int) -> None:
    """Check so many inputs."""
    fuzzing.run(Frames(), inputs, seed)


if __name__ == "__main__":
    fuzzing.main("fuzz_frames", __doc__, Frames)
