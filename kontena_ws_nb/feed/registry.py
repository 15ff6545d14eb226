"""`Registry`: the live sources by name, which panels offer and magics find. Any thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from weakref import WeakValueDictionary

from ..system import forks
from .sources import Source


class _Turn:
    """The right to open a source under one name."""

    def __init__(self) -> None:
        self.lock = forks.lock()


class _Live(WeakValueDictionary[str, Any]):
    """Sources by name, shown as a dict is."""

    def __repr__(self) -> str:
        return repr(dict(self))


class Registry:
    """Sources by name.

    Attributes
    ----------
    live : mapping of str → Source
        Those that have not ended. To be read.
    """

    def __init__(self) -> None:
        self.live = _Live()
        # Those of them that stay until they end. Another one goes when nobody holds it any more.
        self._kept: dict[str, Any] = {}
        # Those that ended, as long as somebody holds them: the next of the name finds its predecessor's log and panel.
        self._latest: WeakValueDictionary[str, Any] = WeakValueDictionary()
        # Chosen for sources that are still opening.
        self._chosen: set[str] = set()
        self._turns: WeakValueDictionary[str, _Turn] = WeakValueDictionary()
        self._lock = forks.lock()
        forks.tell(self)

    def forked(self, owner: int) -> None:
        """Forget the sources in a child: they are the parent's, and so are their names."""
        self.live.clear()
        self._kept.clear()
        self._latest.clear()
        self._chosen.clear()
        self._turns.clear()

    @contextmanager
    def choose(self, base: str) -> Iterator[str]:
        """Choose a name that no live source has, and keep it free while one opens.

        Parameters
        ----------
        base : str
            The name; ``-2``, ``-3`` … is added when it is taken.

        Yields
        ------
        str
            The name.
        """
        with self._lock:
            name, number = base, 2
            while name in self.live or name in self._chosen:
                name, number = f"{base}-{number}", number + 1
            self._chosen.add(name)
        try:
            yield name
        finally:
            self._chosen.discard(name)

    @contextmanager
    def turn(self, name: str) -> Iterator[Any]:
        """Wait until nobody else opens a source under a name. Several threads wait in no order.

        Parameters
        ----------
        name : str
            The name.

        Yields
        ------
        Source or None
            The one that has the name, live or not; None when there is none or nobody holds it any more.
        """
        with self._lock:
            turn = self._turns.get(name) or self._turns.setdefault(name, _Turn())
        with turn.lock:
            with self._lock:
                before = self.live.get(name) or self._latest.get(name)
            yield before

    def begin(self, source: Source, *, kept: bool = True) -> None:
        """List a source that opened; not when it opens again after another one took its name.

        Parameters
        ----------
        source : Source
            Open.
        kept : bool, default True
            Whether to hold it until it ends.
        """
        with self._lock:
            if self.live.setdefault(source.name, source) is source and kept:
                self._kept[source.name] = source

    def replace(self, source: Source, *, kept: bool = True) -> None:
        """List a source in the place of the one that had its name; it may have ended already.

        Parameters
        ----------
        source : Source
            The caller has the name's turn.
        kept : bool, default True
            As for `begin`.
        """
        with self._lock:
            self._latest[source.name] = source
            if source.state != "closed":
                self.live[source.name] = source
                self._kept.pop(source.name, None)
                if kept:
                    self._kept[source.name] = source

    def end(self, source: Source) -> None:
        """Take a source that ended off the list, unless another one has its name.

        Parameters
        ----------
        source : Source
            Its state is ``"closed"``.
        """
        with self._lock:
            if self.live.get(source.name) is source:
                del self.live[source.name]
                self._kept.pop(source.name, None)


#: The one of this process.
registry: Final = Registry()
