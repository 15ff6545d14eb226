"""Previews with what a filter found: where it is, also when it is far behind the beginning."""

from __future__ import annotations

from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.feed import marked as module
from kontena_ws_nb.feed.marked import Marked
from kontena_ws_nb.log.filter import grammar
from kontena_ws_nb.log.filter.found import Finder
from kontena_ws_nb.log.log import MessageLog


def shown(filter_text: str, payload: bytes, kind: Any = "text") -> tuple[str, list[str]] | None:
    """The preview, and what is marked in it."""
    log = MessageLog()
    log.add(kind, payload)
    (row,) = log.rows([0])
    found = Marked(Finder(grammar.parse(filter_text))).preview(0, row, log[0])
    if found is None:
        return None
    text, edges = found
    units = text.encode("utf-16-le")
    return text, [
        str(units[2 * low : 2 * high], "utf-16-le") for low, high in zip(edges[::2], edges[1::2], strict=True)
    ]


def test_a_place_at_the_beginning_stays_where_it_is() -> None:
    assert shown("needle", b'{"a":"needle"}') == ('{"a":"needle"}', ["needle"])
    text, marks = shown("needle", b"needle " + b"x" * 500) or ("", [])
    assert text.startswith("needle xxx")
    assert text.endswith("x…")
    assert marks == ["needle"]


def test_a_place_far_behind_comes_into_sight() -> None:
    text, marks = shown("needle", b"x" * 300 + b" a needle in here " + b"y" * 300) or ("", [])
    assert text.startswith("…xxx")
    assert text.endswith("yyy…")
    assert " a needle in here " in text
    assert marks == ["needle"]
    text, marks = shown("needle", b"x" * 140 + b" needle") or ("", [])
    assert text == "x" * 140 + " needle"
    assert marks == ["needle"]
    text, marks = shown("needle", b"x" * 155 + b"needle") or ("", [])
    assert text == "…" + "x" * 40 + "needle"
    assert marks == ["needle"]


def test_a_place_across_the_end_of_the_preview_is_still_shown() -> None:
    _text, marks = shown("needle word", b"needle" + b"x" * 150 + b"word") or ("", [])
    assert "needle" in marks


def test_characters_outside_the_basic_plane_and_escapes_are_counted() -> None:
    assert shown("needle", "😀\x1b needle".encode()) == ("😀\\x1b needle", ["needle"])
    _text, marks = shown("needle", ("😀" * 200 + " needle").encode()) or ("", [])
    assert marks == ["needle"]


def test_nothing_to_mark() -> None:
    assert shown("other", b"text") is None
    assert shown("other", b"\x00\x01", "binary") is None
    assert shown("other", b"\x03\xe8bye", "close") is None


def test_other_kinds() -> None:
    assert shown("bye", b"\x03\xe8bye", "close") == ("1000 normal closure “bye”", ["bye"])
    assert shown("broke", b"it broke", "error") == ("it broke", ["broke"])


def test_binary_messages_are_marked_in_both_columns() -> None:
    assert shown("hex:0203", bytes(range(8)), "binary") == (
        "00 01 02 03 04 05 06 07  ········",
        ["02 03", "··"],
    )
    text, marks = shown("needle", b"\x00" * 100 + b"needle" + b"\xff" * 100, "binary") or ("", [])
    assert text.startswith("… 00 00")
    assert " …  " in text
    assert marks == ["6e 65 65 64 6c 65", "needle"]
    text, marks = shown("/a+/", b"a" * 20 + b"\x00" + b"a" * 40, "binary") or ("", [])
    assert marks == [("61 " * 20).strip(), ("61 " * 11).strip(), "a" * 20, "a" * 11]
    text, marks = shown("/a/", b"a" + b"\x00" * 40 + b"a", "binary") or ("", [])
    assert marks == ["61", "a"], "what is beyond the line is not marked"


def test_what_a_decoder_says_is_looked_at_first_then_the_value() -> None:
    log = MessageLog()
    log.meanings.choose("socket.io")
    log.add("text", b'42["chat","' + b"x" * 300 + b' needle"]')
    (row,) = log.rows([0])
    assert row.label
    of = lambda text: Marked(Finder(grammar.parse(text))).preview(0, row, log[0])  # noqa: E731
    label = of("chat")
    assert label is not None
    assert label[0].startswith(row.label[:10])
    moved = of("needle")
    assert moved is not None
    assert "needle" in moved[0]
    assert moved[0].startswith(row.label[:10])
    text, edges = moved
    assert text[edges[0] : edges[1]] == "needle"
    assert of("nowhere") is None


def test_secrets_are_not_found_and_not_shown() -> None:
    kws.secret("hunter2hunter2")
    assert shown("hunter2hunter2", b'{"a":"hunter2hunter2"}') is None
    text, _ = shown("needle", b"x" * 300 + b"hunter2hunter2 needle") or ("", [])
    assert "hunter2" not in text
    assert "needle" in text


def test_rows_are_remembered_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 2)
    log = MessageLog()
    for text in (b"a", b"b", b"c"):
        log.add("text", text)
    marked = Marked(Finder(grammar.parse("a or b or c")))
    for row in log.rows([0, 1, 2]):
        assert marked.preview(row.index, row, log[row.index]) is not None
    (row,) = log.rows([2])
    assert marked.preview(2, row, None) is not None, "remembered"
    (row,) = log.rows([0])
    assert marked.preview(0, row, None) is None, "forgotten, and dropped from the log"
    assert marked.preview(0, row, log[0]) is not None


def test_texts_for_the_details() -> None:
    log = MessageLog()
    log.add("text", b'{"price":64, "a":"needle", "b":"Needle needle"}')
    marked = Marked(Finder(grammar.parse("i:needle $.price>5")))
    assert marked.texts(log[0], 0, 1000) == ["64", "needle", "Needle"]
    assert marked.texts(log[0], 0, 12) == ["64"]
    log.add("text", b"x" * 2000)
    assert Marked(Finder(grammar.parse("/x+/"))).texts(log[1], 0, 2000) == ["x" * 500]
