"""What is kept of earlier messages is bounded in number and in size."""

from __future__ import annotations

from kontena_ws_nb.decoders.limits import NAME, REMEMBERED
from kontena_ws_nb.decoders.remembered import Remembered


def test_names_are_kept_by_direction_and_id() -> None:
    kept = Remembered()
    kept.keep(True, 1, "a")
    kept.keep(False, 1, "b")
    assert (kept.get(True, 1), kept.get(False, 1), kept.get(True, "1")) == ("a", "b", "")
    assert (kept.take(True, 1), kept.take(True, 1), len(kept)) == ("a", "", 1)


def test_the_oldest_is_forgotten() -> None:
    kept = Remembered()
    for number in range(REMEMBERED):
        kept.keep(True, number, "a")
    kept.keep(True, 0, "b")  # the newest again
    kept.keep(True, REMEMBERED, "a")
    assert (len(kept), kept.get(True, 0), kept.get(True, 1)) == (REMEMBERED, "b", "")


def test_long_ids_are_not_kept_and_long_names_cut() -> None:
    kept = Remembered()
    for number in ("x" * (NAME + 1), 1 << NAME, ("s", "x" * (NAME + 1))):
        kept.keep(True, number, "a")
    assert len(kept) == 0
    kept.keep(True, ("s", 1), "n" * 1000)
    assert kept.get(True, ("s", 1)) == "n" * NAME
