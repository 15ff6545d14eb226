"""What the README says of options and magics is what the code does."""

from __future__ import annotations

import re

from kontena_ws_nb.magics.flags import FLAGS
from tests.lab.readme import BEGIN, README, replaced


def test_the_table_of_options_is_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert BEGIN in text
    assert replaced(text) == text, "run: python -m tests.lab.readme"


def test_the_picture_is_there() -> None:
    assert (README.parent / "notebooks" / "images" / "panel.png").stat().st_size < 400_000


def test_the_table_of_tasks_has_every_magic_and_no_other() -> None:
    text = README.read_text(encoding="utf-8")
    table = text[text.index("| you want to | magic | Python") : text.index("## In Python")]
    assert set(re.findall(r"%(ws_[a-z]+)", table)) == set(FLAGS)
    assert {magic for magic in re.findall(r"%%(ws_[a-z]+)", table)} == {"ws_connect", "ws_send"}
    for row in table.splitlines():
        if row.startswith("|"):
            assert row.count("|") == 4, row
