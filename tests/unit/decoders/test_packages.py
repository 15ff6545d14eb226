"""Packages that may be missing: what people are told."""

from __future__ import annotations

import json
from importlib import metadata

import cbor2
import pytest

from kontena_ws_nb.decoders.packages import missing, package


def test_a_package_is_there_or_not() -> None:
    assert package("json") is json
    assert package("kontena_ws_nb_no_such_package") is None


@pytest.mark.parametrize(
    ("version", "there"), [("5.9.0", False), ("6.0", True), ("6.0rc1", True), ("10.1.2", True), ("6", True)]
)
def test_a_package_that_is_too_old_is_not_there(version: str, there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: version)
    assert (package.__wrapped__("cbor2") is cbor2) is there
    assert "needs the package cbor2>=6; pip" in missing("cbor2", "CBOR").label


def test_the_hint_says_what_to_install() -> None:
    hint = missing("zstandard", "zstd")
    assert (
        hint.label == "zstd: needs the package zstandard; pip install 'kontena_ws_nb[decoders]' and restart the kernel"
    )
    assert hint.value == {"hint": hint.label}
