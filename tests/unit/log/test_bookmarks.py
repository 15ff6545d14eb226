"""Bookmarks: by permanent index, bounded, with notes; in filters; after retention, clear and undo."""

from __future__ import annotations

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.errors import Error
from kontena_ws_nb.log import bookmarks as bookmarks_module
from kontena_ws_nb.log.bookmarks import NOTE, Bookmarks
from kontena_ws_nb.log.log import MessageLog


def filled(*texts: str, **limits: int) -> MessageLog:
    log = MessageLog(**limits)
    for text in texts:
        log.add("text", text.encode())
    return log


def test_bookmarks_by_message_and_by_index() -> None:
    log = filled("a", "b", "c", "d")
    log.bookmarks.add(log[2], "third")
    log.bookmarks.add([0, -1])
    log.bookmarks.add(0, "  first \n of all ")
    assert list(log.bookmarks) == [0, 2, 3]
    assert {index: one.note for index, one in log.bookmarks.items()} == {0: "first of all", 2: "third", 3: ""}
    assert [message.note for message in log] == ["first of all", None, "third", ""]
    log.bookmarks.add(2)
    assert log[2].note == "third", "bookmarked already"
    one = log.bookmarks[2]
    assert (one.index, one.kind, one.direction, one.size, one.preview, one.time_ns) == (
        *(2, "text", "received", 1, b"c"),
        log[2].time_ns,
    )
    generation = log.bookmarks.generation
    log.bookmarks.remove([1, 99])
    assert log.bookmarks.generation == generation, "nothing changed"
    log.bookmarks.remove(log[0])
    assert (list(log.bookmarks), log.bookmarks.generation) == ([2, 3], generation + 1)
    log.bookmarks.clear()
    assert (len(log.bookmarks), 2 in log.bookmarks) == (0, False)
    with pytest.raises(KeyError):
        log.bookmarks[2]


def test_a_message_of_no_log_has_no_note() -> None:
    log = filled("a")
    log.bookmarks.add(0, "x")
    assert kws.Message(*log[0]._row).note is None


def test_what_is_not_there_and_what_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    log = filled("a", "b", "c")
    with pytest.raises(IndexError, match="message 7 does not exist, or not any more"):
        log.bookmarks.add([0, 7])
    with pytest.raises(IndexError, match="message -1 does not exist"):
        log.bookmarks.add(-4)
    assert len(log.bookmarks) == 0, "all or nothing"
    log.bookmarks.add(0, "x" * NOTE)
    with pytest.raises(ValueError, match="a note has at most 500 characters, this one 501"):
        log.bookmarks.add(0, "x" * (NOTE + 1))
    monkeypatch.setattr(bookmarks_module, "MOST", 2)
    log.bookmarks.add(1)
    with pytest.raises(ValueError, match="at most 2 bookmarks, this would make 3: remove some first"):
        log.bookmarks.add(2)
    assert list(log.bookmarks) == [0, 1]
    log.bookmarks.add(1, "changed")


def test_a_bookmark_outlives_its_row() -> None:
    log = filled("first", max_messages=1)
    log.bookmarks.add(0, "keep")
    log.add("text", b"second")
    assert log.first_index == 1
    one = log.bookmarks[0]
    assert (one.note, one.preview) == ("keep", b"first")
    log.bookmarks.add(0, "still")
    assert log.bookmarks[0].note == "still"
    log.bookmarks.remove(0)
    assert len(log.bookmarks) == 0


def test_clear_takes_them_and_undo_brings_them_back(monkeypatch: pytest.MonkeyPatch) -> None:
    log = filled("a", "b")
    log.bookmarks.add([0, 1], "old")
    log.clear(undo=True)
    assert (len(log.bookmarks), 1 in log.bookmarks) == (0, False)
    log.add("text", b"c")
    log.bookmarks.add(2, "new")
    assert list(log.bookmarks) == [2]
    log.undo_clear()
    assert [one.note for one in log.bookmarks.values()] == ["old", "old", "new"]
    log.clear(undo=True)
    monkeypatch.setattr(bookmarks_module, "MOST", 2)
    log.add("text", b"d")
    log.bookmarks.add(3)
    log.undo_clear()
    assert list(log.bookmarks) == [2, 3], "never more than there may be"


def test_one_that_is_removed_while_another_thread_changes_its_note(monkeypatch: pytest.MonkeyPatch) -> None:
    log = filled("a")
    log.bookmarks.add(0)
    rows = log.rows

    def removed_meanwhile(indices: list[int]) -> object:
        found = rows(indices)
        log.bookmarks.remove(0)
        return found

    monkeypatch.setattr(log, "rows", removed_meanwhile)
    log.bookmarks.add(0, "late")
    assert len(log.bookmarks) == 0


def test_they_are_shown_without_secrets_and_bounded() -> None:
    kws.secret("hunter2hunter2")
    log = filled(*('{"token":"hunter2hunter2"}' for _ in range(12)))
    log.bookmarks.add(0, "the hunter2hunter2 one")
    said = repr(log.bookmarks)
    assert said == '<1 bookmarks: <Bookmark 0 \'the *** one\': received text 26 B {"token":"***"}>>'
    assert b"hunter2" not in log.bookmarks[0].preview
    log.bookmarks.add(range(12))
    assert repr(log.bookmarks).endswith(", and 2 more>")
    assert repr(MessageLog().bookmarks) == "<0 bookmarks>"


def test_they_do_not_keep_their_log_alive() -> None:
    kept: Bookmarks = filled("a").bookmarks
    assert len(kept) == 0
    with pytest.raises(Error, match="the log of these bookmarks is gone"):
        kept.add(0)


def test_filters_find_them() -> None:
    log = filled("alpha", "beta", "gamma", "delta")
    view, without = log.where("is:bookmarked"), log.where("-is:bookmarked a")
    assert (len(view), len(without)) == (0, 4)
    log.bookmarks.add([1, 3], "Wrong price")
    assert [message.text for message in view] == ["beta", "delta"]
    assert [message.text for message in without] == ["alpha", "gamma"]

    def found(text: str) -> list[int]:
        hits = [message.index for message in log.where(text)]
        assert [message.index for message in log if log.where(text).query.match(message)] == hits
        return hits

    log.bookmarks.add(3, "late")
    assert found("note:price") == [1]
    assert found("note:wrong") == []
    assert found("i:note:WRONG") == [1]
    assert found("note:price|late") == [1, 3]
    assert found("is:marked -note:late") == [1]
    assert found("is:bookmarked or gamma") == [1, 2, 3]
    assert found("/e/ (note:late or is:bookmarked)") == [1, 3]
    assert found("note!=late is:bookmarked") == [1]
    assert found('-note:"late"') == [0, 1, 2]
