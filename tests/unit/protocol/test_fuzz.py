"""A short run of the fuzzers; `python3 -m tests.conformance.fuzz_frames` and `…fuzz_handshake` do the long ones."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kontena_ws_nb.connection import opening
from kontena_ws_nb.redaction import payloads as masking
from tests.conformance import fuzz_frames, fuzz_handshake, fuzzing


@pytest.fixture(autouse=True)
def _what_is_known() -> Iterator[None]:
    before = masking._registry.known
    yield
    masking._registry.known = before


def test_a_thousand_inputs() -> None:
    fuzz_frames.run(1000, seed=20_26)


@pytest.mark.parametrize("path", sorted(fuzz_frames.CORPUS.glob("*.bin")), ids=lambda path: path.stem)
def test_the_seeds_themselves(path: Path) -> None:
    fuzz_frames.check(path.read_bytes(), random.Random(0))


def test_two_thousand_handshakes() -> None:
    fuzz_handshake.run(2000, seed=20_26)


@pytest.mark.parametrize("end", ["end", "silence", "reset"])
@pytest.mark.parametrize("options", range(len(fuzz_handshake.OPTIONS)))
def test_the_seeds_of_handshakes(options: int, end: str) -> None:
    fuzz, chance = fuzz_handshake.Handshakes(), random.Random(0)
    for seed in fuzz_handshake.SEEDS:
        for secure in (False, True):
            fuzz.check(fuzz_handshake.Answers((seed, fuzz_handshake.SEEDS[0]), 0, end, options, secure), chance)
    for seed in fuzz_handshake.PROXY_SEEDS:
        for proxy in range(3):
            fuzz.check(fuzz_handshake.Answers((seed,), 0, end, options, False, proxy), chance)


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_a_response_cut_off_anywhere(cut: int) -> None:
    fuzz = fuzz_handshake.Handshakes()
    for seed in fuzz_handshake.SEEDS:
        fuzz.check(fuzz_handshake.Answers((seed[:cut],), 1, "silence", 1, False), random.Random(cut))


def test_whose_cookie_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of another origin gets back what it set itself, but nothing of ours."""
    away = b"HTTP/1.1 302 Moved\r\nLocation: //other.test/\r\n\r\n"
    again = b"HTTP/1.1 302 Moved\r\nLocation: /\r\nSet-Cookie: sid=<CANARY>\r\n\r\n"
    fuzz, made = fuzz_handshake.Handshakes(), fuzz_handshake.Answers((away, again), 0, "end", 1, False)
    fuzz.check(made, random.Random(0))
    monkeypatch.setattr(opening, "for_another_origin", lambda options: options)
    with pytest.raises(AssertionError, match="a secret for another origin"):
        fuzz.check(made, random.Random(0))


class Finding(fuzzing.Fuzz):
    """Finds something at once."""

    def make(self, chance: random.Random) -> bytes:
        return b"made"

    def check(self, made: object, chance: random.Random) -> None:
        raise ValueError("found")


def test_what_is_found_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="found"):
        fuzzing.run(Finding(), 10, seed=3)
    assert capsys.readouterr().err == "seed 3, input 1: b'made'\n"


def test_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["x", "--inputs", "20", "--jobs", "2"])
    fuzzing.main("fuzz_handshake", "What it does.", fuzz_handshake.Handshakes)
    assert capsys.readouterr().out == "20 inputs, nothing found\n"
    monkeypatch.setattr(sys, "argv", ["x", "--inputs", "1"])
    with pytest.raises(SystemExit):
        fuzzing.main("x", None, Finding)
