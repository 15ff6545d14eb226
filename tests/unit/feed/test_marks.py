"""What readers have put on rows, as it travels; code that makes a DataFrame."""

from __future__ import annotations

from typing import Any

import pandas

from kontena_ws_nb.feed.marks import frame_code, marks, marks_state
from kontena_ws_nb.feed.shown import Sources, name_sources
from kontena_ws_nb.log.log import MessageLog


def filled(*times: int, **limits: Any) -> MessageLog:
    log = MessageLog(**limits)
    for time in times:
        log.add("text", b'{"n":%d}' % time, time_ns=time)
    return log


def test_the_state_changes_with_whatever_there_is_to_tell() -> None:
    log = filled(1, 2)
    sources = Sources(name_sources([log, filled(3)]))
    seen = [marks_state(sources)]

    def changed() -> bool:
        seen.append(marks_state(sources))
        return seen[-1] not in seen[:-1]

    assert not changed()
    log.add("text", b"more")
    assert not changed()
    log.bookmarks.add(0)
    assert changed()
    log.clear(undo=True)
    assert changed()
    log.undo_clear()
    assert changed()
    log.bookmarks.remove(0)
    assert changed()
    log.clear(undo=True)
    assert changed()
    before = marks_state(sources)
    log.forget_cleared()
    assert marks_state(sources) != before


def test_bookmarks_travel_in_the_order_of_time_without_those_of_dropped_rows() -> None:
    one, two = filled(1, 5, max_messages=2), filled(3)
    sources = Sources(name_sources([one, two]))
    one.bookmarks.add([0, 1], "note")
    two.bookmarks.add(0)
    first, second = (sources.number << 44), (sources.number + 1 << 44)
    assert [tuple(mark) for mark in marks(sources, str.upper)] == [
        (first, 0, "NOTE"),
        (second, 0, ""),
        (first | 1, 0, "NOTE"),
    ]
    one.add("text", b"x")
    one.add("text", b"y")
    assert next(mark.key for mark in marks(sources, str)) == second
    alone = Sources(name_sources([two]))
    assert [mark.key for mark in marks(alone, str)] == [0]


def test_code_that_makes_a_frame_makes_it() -> None:
    log, other = filled(1, 2, 3, 4, 5), filled(10)
    code = frame_code([("log", 0), ("log", 2), ("log", 3), ("log", 4)])
    assert code == 'frame = log.where("#0,2..4").to_pandas(json=True)\nframe'
    names: dict[str, Any] = {"log": log, "other": other}
    exec(code, names)
    assert list(names["frame"]["n"]) == [1, 3, 4, 5]
    exec(frame_code([("log", 1), ("other", 0)]), names)
    assert isinstance(names["frame"], pandas.DataFrame)
    assert list(names["frame"]["n"]) == [2, 10]
