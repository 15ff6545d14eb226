"""A short run of the fuzzer; `python3 -m tests.conformance.fuzz_frames` does the long ones."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.conformance import fuzz_frames


def test_a_thousand_inputs() -> None:
    fuzz_frames.run(1000, seed=20_26)


@pytest.mark.parametrize("path", sorted(fuzz_frames.CORPUS.glob("*.bin")), ids=lambda path: path.stem)
def test_the_seeds_themselves(path: Path) -> None:
    fuzz_frames.check(path.read_bytes(), random.Random(0))
