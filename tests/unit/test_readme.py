"""What the README says of options is what the code does."""

from __future__ import annotations

from tests.lab.readme import BEGIN, README, replaced


def test_the_table_of_options_is_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert BEGIN in text
    assert replaced(text) == text, "run: python -m tests.lab.readme"


def test_the_picture_is_there() -> None:
    assert (README.parent / "notebooks" / "images" / "panel.png").stat().st_size < 400_000
