"""Which view has which feed."""

from __future__ import annotations

from kontena_ws_nb.feed.feed import Feed
from kontena_ws_nb.feed.shown import name_sources
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel.views import MOST_VIEWS, SILENT, Views


class Bench:
    def __init__(self) -> None:
        self.now = 0.0
        self.log = MessageLog()
        self.views = Views(Feed(name_sources([self.log])), lambda: self.now)

    def filters(self) -> dict[str, str]:
        return {view: feed.filter for view, feed in self.views.all()}


def test_the_first_view_takes_the_feed_that_is_there() -> None:
    bench = Bench()
    bench.views.lead.set_filter("set before")
    assert bench.filters() == {"": "set before"}
    assert bench.views.of("a") is bench.views.lead
    assert bench.views.of("b") is not bench.views.lead
    assert bench.filters() == {"a": "set before", "b": "set before"}
    gens = [feed.gen for _, feed in bench.views.all()]
    assert len(set(gens)) == 2, "positions of one view mean nothing in another"


def test_what_python_asks_is_for_every_view_and_for_those_that_come() -> None:
    bench = Bench()
    bench.views.of("a")
    bench.views.each(lambda feed: feed.ask_follow(False))
    for view in ("a", "b"):
        assert bench.views.of(view).poll().tick["asked"]["follow"] == (1, False)
    bench.views.of("a").set_fold(False)
    assert not bench.views.of("c").fold
    assert bench.views.of("b").fold


def test_rows_have_the_same_key_in_every_view() -> None:
    bench = Bench()
    other = MessageLog()
    other.add("text", b"row")
    for view in ("a", "b"):
        bench.views.of(view)
        bench.views.attach(name_sources([bench.log, other]))
    found = [feed.sources for _, feed in bench.views.all()]
    assert found[0] is found[1] is bench.views.of("late").sources
    assert len(found[0]) == 2


def test_who_leaves_is_forgotten_and_the_last_filter_stays() -> None:
    bench = Bench()
    bench.views.of("a").set_filter("one")
    bench.views.of("b", leads=True).set_filter("two")
    assert bench.views.lead.filter == "two"
    bench.views.leave("b")
    assert bench.views.lead.filter == "one"
    bench.views.leave("a")
    bench.views.leave("a")
    assert bench.filters() == {"": "one"}
    assert bench.views.of("c").filter == "one"
    assert bench.views.knows("c")
    assert not bench.views.knows("a")


def test_silent_views_are_let_go_but_for_the_last() -> None:
    bench = Bench()
    for view in ("a", "b", "c"):
        bench.views.of(view)
    bench.now = SILENT
    bench.views.of("b")
    bench.now += 1
    assert list(bench.filters()) == ["b"]
    bench.now += 2 * SILENT
    assert list(bench.filters()) == ["b"]


def test_there_are_at_most_so_many() -> None:
    bench = Bench()
    for at in range(MOST_VIEWS):
        bench.views.of(f"view{at}")
    bench.views.of("view0")
    bench.views.of("late", leads=True)
    assert not bench.views.knows("view1")
    assert bench.views.knows("view0")
    assert len(bench.filters()) == MOST_VIEWS
