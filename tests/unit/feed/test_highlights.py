"""Highlights: which are wanted, and which of them a row matches first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kontena_ws_nb.feed.comm_messages import Highlight
from kontena_ws_nb.feed.highlights import COLOURS, LONGEST, MOST, Highlights, read_highlights
from kontena_ws_nb.feed.per_row import LARGEST
from kontena_ws_nb.log.filter.query import QueryError
from kontena_ws_nb.log.log import MessageLog


def test_filters_have_colours_and_an_order() -> None:
    assert read_highlights({"$.side=sell": "red", " ping ": "grey"}) == (
        Highlight("$.side=sell", "red", 1),
        Highlight("ping", "grey", 1),
    )
    assert read_highlights([("a", "blue"), ["b", "teal", False], Highlight("c", "red", 1)]) == (
        Highlight("a", "blue", 1),
        Highlight("b", "teal", 0),
        Highlight("c", "red", 1),
    )


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("$.side=", 7, "a value is missing"),
        ("/(/", 1, "regular expression"),
        ("", 0, "an empty one matches every row"),
        ("a since:10s", 2, "moves with the clock"),
        ("a or (b since:10s)", 8, "moves with the clock"),
        ("-since:5m", 0, "moves with the clock"),
    ],
)
def test_a_wrong_filter_is_told_with_its_place(text: str, place: int, words: str) -> None:
    with pytest.raises(QueryError, match=words) as caught:
        read_highlights({"good": "red", text: "red"})
    assert caught.value.position == place


def test_what_is_no_list_of_rules_is_refused() -> None:
    for wrong in (["$.a=1"], [("a",)], [("a", "red", 1, 1)]):
        with pytest.raises(TypeError, match="a filter and a colour"):
            read_highlights(wrong)
    with pytest.raises(TypeError, match="a filter is text, got int"):
        read_highlights([(5, "red")])
    with pytest.raises(ValueError, match=f"one of {', '.join(COLOURS)}; got 'pink'"):
        read_highlights({"a": "pink"})
    with pytest.raises(ValueError, match="is a highlight already"):
        read_highlights([("a", "red"), (" a", "blue")])
    with pytest.raises(ValueError, match=f"at most {MOST} highlights"):
        read_highlights({f"a{number}": "red" for number in range(MOST + 1)})
    with pytest.raises(ValueError, match="at most 1,000 characters"):
        read_highlights({"a" * (LONGEST + 1): "red"})
    assert read_highlights({"since:2026-01-31": "red", "before:12:00 x": "red"}), "these stay where they are"


def rules(log: MessageLog, *wanted: tuple[str, str] | tuple[str, str, int]) -> list[int]:
    highlights = Highlights(read_highlights(wanted))
    return [highlights.rule(log, index) for index in range(log.next_index)]


def test_the_first_that_matches_wins_and_what_is_off_is_passed_over() -> None:
    log = MessageLog()
    for text in (b'{"side":"sell"}', b'{"side":"buy"}', b"hello"):
        log.add("text", text)
    log.add("error", b"boo")
    assert rules(log, ("$.side=sell", "red"), ("$.side", "blue"), ("kind:error", "orange")) == [1, 2, 0, 3]
    assert rules(log, ("$.side=sell", "red", 0), ("$.side", "blue")) == [2, 2, 0, 0]
    assert not Highlights(read_highlights([("a", "red", 0)]))


def test_decoded_values_and_labels_are_asked() -> None:
    log = MessageLog()
    log.add("binary", b"\x82\xa1x\x01\xa1y\xa3two")
    assert rules(log, ("$.y=two", "red")) == [1]


def test_of_a_large_message_only_what_is_known_without_it_is_asked() -> None:
    log = MessageLog()
    log.add("text", b'{"x":1,"pad":"' + b"x" * LARGEST + b'"}')
    assert rules(log, ("$.x=1", "red"), ("xxx", "red"), ("/x/", "red"), ("label:x", "red"), ("size:>100k", "blue")) == [
        5
    ]


def test_a_pattern_that_takes_for_ever_is_stopped_once() -> None:
    log = MessageLog()
    for number in range(3):
        log.add("text", b"a" * 60 + b"b %d" % number)
    highlights = Highlights(read_highlights({"/(a|aa)+$/": "red", "/[0-9]/": "blue"}))
    assert [highlights.rule(log, index) for index in range(3)] == [2, 2, 2]
    assert "was stopped" in highlights.problems[0]
    assert "message #0" in highlights.problems[0]
    assert highlights.problems[1] == ""


def test_a_rule_that_is_slow_on_average_is_stopped() -> None:
    def clock() -> Iterator[float]:
        now = 0.0
        while True:
            yield now
            now += 0.05  # what the first rule takes each time

    ticking = clock()
    log = MessageLog()
    for _ in range(20):
        log.add("text", b"row")
    highlights = Highlights(read_highlights({"nothing": "red"}), worked=lambda: next(ticking))
    assert [highlights.rule(log, index) for index in range(20)] == [0] * 20
    assert "it takes 50 ms for a row" in highlights.problems[0]
    assert next(ticking) < 0.6, "it was not asked any more"
    quick = Highlights(read_highlights({"row": "red"}), worked=lambda: 0.0)
    assert [quick.rule(log, index) for index in range(20)] == [1] * 20
    assert quick.problems == [""]
