"""Compressed messages: one by one, and as a stream."""

from __future__ import annotations

import zlib

import pytest
import zstandard

from kontena_ws_nb.decoders import compressed
from kontena_ws_nb.decoders.decoder import Decoded, Encoded, Opening
from kontena_ws_nb.decoders.registry import DECODERS
from tests.lab.conversations import received, sent, streamed

from .test_envelopes import COMPRESS

DISCORD = "wss://gateway.example/?v=10&encoding=json&compress="


@pytest.mark.parametrize("name", COMPRESS)
def test_one_by_one(name: str) -> None:
    decoder = DECODERS[name](Opening())
    for message in (received(COMPRESS[name](b'{"a":1}')), sent(COMPRESS[name](b'{"a":1}'))) * 2:
        assert decoder.decode(message) == Decoded({"a": 1}, f'{name} {{"a": 1}}')
    assert decoder.decode(received("hello")) is None


@pytest.mark.parametrize("name", ["zlib", "deflate", "gzip"])
def test_a_stream(name: str) -> None:
    parts = streamed(
        '{"a":"hello hello"}',
        '{"b":"hello hello"}',
        '{"c":"hello"}',
        window={"zlib": 15, "deflate": -15, "gzip": 31}[name],
    )
    decoder = DECODERS[name](Opening())
    found = [decoder.decode(received(one)) for one in parts]
    assert [None if one is None else one.value for one in found] == [
        {"a": "hello hello"},
        {"b": "hello hello"},
        {"c": "hello"},
    ]


def test_a_stream_of_zstandard() -> None:
    stream = zstandard.ZstdCompressor().compressobj()
    decoder = DECODERS["zstd"](Opening())
    for text in (b'{"a":"hello"}', b'{"a":"hello"}'):
        part = stream.compress(text) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        found = decoder.decode(received(part))
        assert found is not None
        assert found.value == {"a": "hello"}


def test_a_broken_stream_begins_anew_with_the_next_whole_one() -> None:
    first, second = streamed("one", "two")
    decoder = DECODERS["zlib"](Opening())
    told = [
        decoder.decode(received(one)) for one in (first, b"garbage", second, zlib.compress(b"three"), first, second)
    ]
    assert [None if one is None else one.value for one in told] == ["one", None, None, "three", "one", "two"]


def test_a_part_that_says_nothing_yet() -> None:
    packed = zlib.compress(b"hello")
    decoder = DECODERS["zlib"](Opening())
    assert decoder.decode(received(packed[:2])) == Decoded(b"", "zlib 0 bytes")
    assert decoder.decode(received(packed[2:])) == Decoded("hello", 'zlib "hello"')


def test_a_bomb() -> None:
    found = DECODERS["gzip"](Opening()).decode(received(COMPRESS["gzip"](bytes(20 << 20))))
    assert found is not None
    assert found.label.startswith("gzip: more than")
    assert found.value == {"hint": found.label}


def test_without_the_package_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "package", lambda name: None)
    found = DECODERS["zstd"](Opening()).decode(received(b"x"))
    assert found is not None
    assert "pip install" in found.label


@pytest.mark.parametrize(
    ("message", "url", "name"),
    [
        (received(streamed("x")[0]), "", "zlib"),
        (received(zlib.compress(b"x")), "", None),
        (received(zlib.compress(b"x")), DISCORD + "zlib-stream", None),
        (received(zstandard.compress(b"x")), DISCORD + "zstd-stream", "zstd"),
        (received(zstandard.compress(b"x")), "", None),
        (received(COMPRESS["gzip"](b"x")), "", None),
        (sent(streamed("x")[0]), "", None),
        (received("{}"), DISCORD + "zstd-stream", None),
    ],
)
def test_streams_are_recognized(message: Encoded, url: str, name: str | None) -> None:
    recognizing = [one for one, kind in DECODERS.items() if kind.recognizes(Opening(url), [message])]
    assert recognizing == ([] if name is None else [name])
