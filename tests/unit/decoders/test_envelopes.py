"""Compression around payloads: recognized, and undone in bounds."""

from __future__ import annotations

import gzip
import random
import time
import zlib

import brotli
import pytest
import zstandard

from kontena_ws_nb.decoders import envelopes
from kontena_ws_nb.decoders.envelopes import NAMES, Inflater, TooLongError, mark, undo
from kontena_ws_nb.decoders.limits import INFLATED_ANYWAY


def deflated(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


COMPRESS = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "deflate": deflated,
    "zstd": zstandard.compress,
    "brotli": lambda data: brotli.compress(data, quality=3),
}
TEXT = b'{"price": 70000.5, "side": "buy"}' * 100


def test_every_kind_is_tested() -> None:
    assert set(COMPRESS) == set(NAMES)


@pytest.mark.parametrize("name", COMPRESS)
@pytest.mark.parametrize("data", [b"", b"x", TEXT])
def test_undone(name: str, data: bytes) -> None:
    packed = COMPRESS[name](data)
    assert undo(packed, name) == data
    assert undo(packed[:-1], name) is None
    assert undo(b"hello", name) is None
    assert mark(packed) == (name if name in ("gzip", "zlib", "zstd") else None)


@pytest.mark.parametrize("name", ["gzip", "zlib", "deflate", "zstd"])
def test_what_comes_behind_the_end_makes_it_none(name: str) -> None:
    assert undo(COMPRESS[name](TEXT) + b"x", name) is None


@pytest.mark.parametrize("level", [1, 6, 9])
def test_zlib_is_recognized_at_every_level(level: int) -> None:
    assert mark(zlib.compress(b"x", level)) == "zlib"


@pytest.mark.parametrize("payload", [b"", b"x\x9c", b"xylophone", b"\x1f\x8b", b"\x28\xb5\x2f"])
def test_what_has_no_mark(payload: bytes) -> None:
    assert mark(payload) is None


def test_a_raw_stream_that_is_flushed_is_whole() -> None:
    stream = zlib.compressobj(wbits=-15)
    packed = stream.compress(TEXT) + stream.flush(zlib.Z_SYNC_FLUSH)
    assert undo(packed, "deflate") == TEXT
    assert undo(packed[:-4], "deflate") is None


@pytest.mark.parametrize("name", COMPRESS)
def test_bombs(name: str) -> None:
    bomb = COMPRESS[name](bytes(20 << 20))
    assert len(bomb) < 128 << 10
    since = time.thread_time()
    with pytest.raises(TooLongError, match=r"more than [\d,]+ bytes inside: not undone"):
        undo(bomb, name)
    assert time.thread_time() - since < 1


@pytest.mark.parametrize("name", COMPRESS)
def test_the_bound_grows_with_what_came(name: str) -> None:
    assert undo(COMPRESS[name](bytes(INFLATED_ANYWAY)), name) == bytes(INFLATED_ANYWAY)
    noise = random.Random(1).randbytes(2 * INFLATED_ANYWAY)
    assert undo(COMPRESS[name](noise), name) == noise


def test_without_the_package_nothing_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelopes, "package", lambda name: None)
    assert undo(zstandard.compress(b"x"), "zstd") is None


def test_a_stream() -> None:
    stream = zlib.compressobj()
    inflater = Inflater("zlib")
    for text in (b"one", b"two"):
        assert inflater.inflate(stream.compress(text) + stream.flush(zlib.Z_SYNC_FLUSH)) == text
        assert not inflater.at_end
    assert inflater.inflate(stream.flush()) == b""
    assert (inflater.at_end, inflater.is_clean) == (True, True)
