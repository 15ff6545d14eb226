"""Packages that may be missing: what people are told."""

from __future__ import annotations

import json

from kontena_ws_nb.decoders.packages import missing, package


def test_a_package_is_there_or_not() -> None:
    assert package("json") is json
    assert package("kontena_ws_nb_no_such_package") is None


def test_the_hint_says_what_to_install() -> None:
    hint = missing("zstandard", "zstd")
    assert (
        hint.label == "zstd: needs the package zstandard; pip install 'kontena_ws_nb[decoders]' and restart the kernel"
    )
    assert hint.value == {"hint": hint.label}
