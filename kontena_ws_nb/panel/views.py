"""`Views`: the feeds of one panel's views, each with its own filter, folding and pace. Any thread.

A panel can be looked at in several places at once: two outputs, two browser tabs, two people. What a reader filters
there is theirs, as in two windows of a browser's developer tools; what the panel shows, and what Python asks for, is
for all of them.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from ..feed.feed import Feed
from ..feed.shown import Shown, Sources

#: Views of one panel that are served; more let the one go that was not heard of for longest.
MOST_VIEWS: Final = 8
#: Seconds after which a view that says nothing is let go: its tab was closed, or nobody has looked at it.
SILENT: Final = 600.0


class Views:
    """Which view has which feed.

    Parameters
    ----------
    feed : Feed
        The first view's.
    clock : callable, optional
        Seconds, rising.
    """

    def __init__(self, feed: Feed, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self._views: OrderedDict[str, Feed] = OrderedDict()  # in the order they were heard of
        self._heard: dict[str, float] = {}
        self._lead = feed

    @property
    def lead(self) -> Feed:
        """The feed whose filter was set last: what Python reads, and what is saved."""
        return self._lead

    def of(self, view: str, *, leads: bool = False) -> Feed:
        """Find a view's feed; one that has none gets one, with the filter that was set last.

        Parameters
        ----------
        view : str
            The view.
        leads : bool, optional
            Whether its filter is being set.

        Returns
        -------
        Feed
        """
        with self._lock:
            feed = self._views.pop(view, None)
            if feed is None:
                feed = self._lead.another() if self._lead in self._views.values() else self._lead
            self._views[view] = feed
            self._heard[view] = self._clock()
            if leads:
                self._lead = feed
            if len(self._views) > MOST_VIEWS:
                self.leave(next(iter(self._views)))
            return feed

    def knows(self, view: str) -> bool:
        """Whether a view has a feed."""
        return view in self._views

    def leave(self, view: str) -> None:
        """Let a view go; the last one's filter stays, for the next that comes.

        Parameters
        ----------
        view : str
            The view.
        """
        with self._lock:
            feed = self._views.pop(view, None)
            self._heard.pop(view, None)
            if feed is self._lead and self._views:
                self._lead = next(reversed(self._views.values()))

    def all(self) -> list[tuple[str, Feed]]:
        """List the views and their feeds, without those that have been silent for long; the view is empty when there is none."""
        with self._lock:
            silent = [view for view, heard in self._heard.items() if self._clock() - heard > SILENT]
            for view in silent[: len(self._views) - 1]:
                self.leave(view)
            return list(self._views.items()) or [("", self._lead)]

    def each(self, do: Callable[[Feed], object]) -> None:
        """Do something with every feed.

        Parameters
        ----------
        do : callable
            What.
        """
        with self._lock:
            for _, feed in self.all():
                do(feed)

    def attach(self, sources: Sequence[Shown]) -> None:
        """Show other logs in every view.

        Parameters
        ----------
        sources : sequence of Shown
            What is shown from now on.
        """
        with self._lock:
            made = Sources(sources, self._lead.sources)  # one for all: a row's key is the same in each view
            self.each(lambda feed: feed.attach(made))
