"""What a saved notebook shows of a panel: a table in an output of its own, beside the live view, written again as things change.

It is an output of its own because JupyterLab answers ``update_display`` of a widget with a new view, without the draft,
the selection and the place of its reader. The live view hides the table for as long as it is there (`frontend/src/saved.ts`);
whatever runs no widgets shows it: a notebook opened without a kernel, nbconvert's HTML, a code host.
"""

from __future__ import annotations

import logging
import math
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Final

from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.getipython import get_ipython

from ..display.html import Markup, tag
from ..feed.comm_messages import Snapshot, Tick, pack
from ..feed.feed import Update

#: Seconds after a change until it is written, when no other follows; while changes go on, the wait grows to the most:
#: each writing changes the notebook's file, and what everybody gets who edits it together with others.
SOON: Final = 1.0
MOST: Final = 30.0
#: Seconds without a change after which the wait is short again.
CALM: Final = 60.0
#: Bytes of rows in the widget's saved state.
ROWS_BYTES: Final = 12_000

_logger = logging.getLogger("kontena_ws_nb")


class Schedule:
    """When a saved copy is written: a second after the last change, and while they go on at least every 30 s.

    Parameters
    ----------
    clock : callable, optional
        Seconds, rising.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = self._last = self._since = -math.inf
        self._due = math.inf

    def changed(self) -> None:
        """Note that what is saved is older than what there is."""
        now = self._clock()
        if now - self._last > CALM:
            self._began = now
        if self._due == math.inf:
            self._since = now
        self._last = now
        longest = min(MOST, max(SOON, (now - self._began) / 10))
        self._due = min(now + max(SOON, longest / 3), self._since + longest)

    def written(self) -> None:
        """Note that the copy is as new as can be."""
        self._due = math.inf

    @property
    def left(self) -> float:
        """Seconds until it should be written; infinite when nothing has changed."""
        return self._due - self._clock()


class SavedCopy:
    """When one panel's table is written again, and the notebook's outputs that hold it. Any thread.

    Parameters
    ----------
    name : str
        The output's display id.
    after_cell : callable
        A method, called after each cell once there is such an output: nbconvert and nbclient take no output that comes
        between two cells.
    clock : callable, optional
        Seconds, rising.
    """

    def __init__(
        self, name: str, after_cell: Callable[[], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.schedule = Schedule(clock)
        self._name = name
        self._publisher: Any = None
        self._sign: object = None
        self._lock = threading.Lock()
        # Weakly: a panel that nobody else knows any more must not be kept alive by IPython.
        self._after_cell = weakref.WeakMethod(after_cell)

    def note(self, update: Update) -> bool:
        """Look whether an update shows something else than the copy.

        Parameters
        ----------
        update : Update
            What the panel shows now.

        Returns
        -------
        bool
            Whether the copy is older than what there is.
        """
        with self._lock:
            if _sign(update) != self._sign:
                self._sign = _sign(update)
                self.schedule.changed()
            return self.schedule.left < math.inf

    def show(self, live: dict[str, Any], metadata: dict[str, Any], table: dict[str, str], update: Update) -> None:
        """Display a live view, and the table below it.

        Parameters
        ----------
        live : dict
            The widget's MIME bundle.
        metadata : dict
            Its metadata.
        table : dict
            The table's MIME bundle.
        update : Update
            What it shows.
        """
        shell: Any = get_ipython()
        publisher = shell.display_pub
        with self._lock:
            publisher.publish(live, metadata)
            publisher.publish(table, {}, transient={"display_id": self._name})
            if isinstance(publisher, CapturingDisplayPublisher):
                return  # %%capture keeps what was published for a display later on; an update would only fill its list
            self._publisher = publisher
            self._written(update)
        _after_cells[self._name] = self._after_cell
        shell.events.register("post_run_cell", _after_each_cell)

    def write(self, table: dict[str, str], update: Update) -> None:
        """Write the table again, in every output that has it.

        Parameters
        ----------
        table : dict
            Its MIME bundle.
        update : Update
            What it shows.
        """
        with self._lock:
            self._written(update)
            if self._publisher is not None:
                self._publisher.publish(table, {}, transient={"display_id": self._name}, update=True)

    def _written(self, update: Update) -> None:
        self._sign = _sign(update)
        self.schedule.written()

    def close(self) -> None:
        """Write nothing any more."""
        _after_cells.pop(self._name, None)


#: By display id: what is called after each cell.
_after_cells: dict[str, weakref.WeakMethod[Callable[[], object]]] = {}


def _after_each_cell(_result: object) -> None:
    """Let every copy catch up, before the cell counts as finished."""
    for name, one in list(_after_cells.items()):
        catch_up = one()
        if catch_up is None:
            _after_cells.pop(name, None)
            continue
        try:
            catch_up()
        except Exception:
            _logger.exception("the saved copy of a panel could not be written")


def _sign(update: Update) -> object:
    """Tell what a table shows, without what moves by itself."""
    tick = update.tick
    states = [(source["name"], source["state"]) for source in tick["sources"]]
    return tick["gen"], tick["layout"], tick["first"], tick["n"], tick["kept"], tick["dropped"], states, update.masked


def saved_bundle(still: dict[str, str], name: str) -> dict[str, str]:
    """Mark a table as saved, not live.

    Parameters
    ----------
    still : dict
        ``text/plain`` and ``text/html`` of the table.
    name : str
        The widget's id.

    Returns
    -------
    dict
        The same, marked: by its class the live view finds what it hides. The styles are for JupyterLab, which writes
        "model not found" above it when it has no kernel; where styles are left out nothing is lost.
    """
    note = f"Saved {time.strftime('%Y-%m-%d %H:%M:%S %z')}, not live: run the cell again for a live panel."
    own = f"kws-saved-{name}"
    above = f".jp-OutputArea-child:has(+ .jp-OutputArea-child .{own}):not(:has(.kws)) > .jupyter-widgets"
    html = tag(
        "div",
        tag("p", tag("em", note)),
        Markup(still["text/html"]),
        tag("style", Markup(f"{above} {{ display: none }}")),
        class_=own,
    )
    return {"text/plain": f"{note}\n{still['text/plain']}", "text/html": str(html)}


def saved_state(update: Update, name: str) -> Snapshot:
    """Write what a page without a kernel paints.

    Parameters
    ----------
    update : Update
        What the panel shows now.
    name : str
        The widget's id.

    Returns
    -------
    Snapshot
        The newest rows, `ROWS_BYTES` of them at most.
    """
    room, first = ROWS_BYTES, len(update.rows)
    while first > 0:
        room -= len(pack([update.rows[first - 1]]))
        if room < 0:
            break
        first -= 1
    tick: Tick = {**update.tick, "ack": False}
    return {"tick": tick, "rows": update.rows[first:], "time": time.time_ns() // 1000, "id": name}
