"""`Panel`: the widget. Wires a `Feed` to a comm and to what is shown.

What lives here: the widget, what Python sees of it, and its pump thread. What must not: deciding what to show when
(`feed`), answering the browser (`handlers`), or words (`status`). Python calls it on any thread, the pump is a thread
of its own: what they share is locked.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import anywidget
import ipywidgets
import traitlets
from comm import DummyComm
from IPython.core.getipython import get_ipython
from IPython.display import display

from ..display.table import MAX_ROWS as SNAPSHOT_ROWS
from ..display.table import Snapshot, counted
from ..feed.comm_messages import (
    MAX_SELECTED,
    VERSION,
    Column,
    Highlight,
    RequestError,
    SavedAnswer,
    SchedulesAnswer,
    SourceChoice,
    TableState,
    pack,
)
from ..feed.feed import Feed, Update
from ..feed.latencies import Latencies
from ..feed.registry import registry
from ..feed.series import Plot
from ..feed.shown import MOST, Shown, name_sources
from ..feed.sources import Source, as_source, capabilities, capable
from ..log.export import write_file
from ..log.log import MessageLog
from ..log.message import Message
from ..redaction.invalid import quoted_if_harmless
from ..redaction.payloads import count
from ..redaction.text import printable
from ..transport.switch_interval import SHORT_SWITCHES
from ..transport.threads import start_thread
from .bundle import packed
from .drafts import Drafts
from .handlers import Handlers, Host
from .library import Library
from .plots import Plots
from .saved import SavedCopy, saved_bundle, saved_state
from .schedule import Schedule, Schedules
from .table_layout import TableLayout
from .templates import Templates
from .trust import page_runs_code
from .undo import Undo
from .views import Views

#: Seconds an update takes to leave the kernel. ipykernel sends it from a thread of its own, in steps that each give the
#: GIL away: beside a cell that computes they would cost a switch interval each (`transport.switch_interval`).
_UNDER_WAY = 0.015
#: Where the details of a message can be.
DETAILS: Final = ("auto", "beside", "below")
_STATIC = Path(__file__).parent / "static"
_logger = logging.getLogger("kontena_ws_nb")


class Panel(anywidget.AnyWidget):
    """A live view of a session, or of any log; `show` merges several.

    Parameters
    ----------
    source : Source or MessageLog
        What to show.
    view : str, optional
        A filter to begin with.

    Examples
    --------
    ``ws.panel.filter = "dir:received $.type=trade"`` shows only these; ``ws.panel.show(ws, other)`` two sessions in one
    table.
    """

    # Text, not paths: of a file anywidget keeps a list, for the whole class, of all instances that would have to hear
    # of a change.
    _esm = packed((_STATIC / "panel.min.js").read_text("utf-8"))
    _css = (_STATIC / "panel.min.css").read_text("utf-8")
    #: What a page without a kernel paints (`feed.comm_messages.Snapshot`).
    _snapshot: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    #: What the time column says, as the reader last chose: for every view, and after a reload of the page.
    _times = traitlets.Enum(("clock", "start", "selected"), "clock").tag(sync=True)
    #: Whether a schedule runs: a page that comes asks for more only then.
    _scheduled = traitlets.Bool(False).tag(sync=True)
    #: Where the details are, likewise.
    _details = traitlets.Enum(DETAILS, "auto").tag(sync=True)
    #: Whether the chart of what came when is open, and what is plotted (`feed.comm_messages.PlotItem`): as `_times`.
    _chart = traitlets.Bool(False).tag(sync=True)
    _plotted: traitlets.List[Any] = traitlets.List().tag(sync=True)

    #: Columns and highlights (`feed.comm_messages.TableState`): for every view, after a reload, and in a saved notebook.
    _arrangement: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)

    def __init__(self, source: Source | MessageLog, *, view: str = "") -> None:
        super().__init__()
        self._told_states: list[str] = []
        self._told_closed: set[str] = set()
        self._told_masked = count()
        self._selected: Sequence[int] = ()
        self._follow = True
        self._trusts_page: bool | None = None
        self._kick = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._own = as_source(source)
        self._drafts = Drafts()
        self._undo = Undo()
        self._copy = SavedCopy(self.model_id or "", self._catch_up)
        self._views = Views(Feed(name_sources([self._own]), named=self._drafts.named))
        self._feed.set_filter(view)
        self._table_layout = TableLayout(self._views, self._drafts, self._tell_arrangement)
        host = Host(
            lambda content, buffers: self.send(content, buffers=buffers),
            self._publish,
            self._wake,
            self._select,
            self._followed,
            self._choices,
            self._choose,
            lambda: self.trusts_page,
            self._table_layout,
        )
        self._templates = Templates(self._drafts)
        self._schedules = Schedules(self._scheduling)
        self._library = Library(self._drafts.named)
        self._plots = Plots(lambda plots: self.set_trait("_plotted", plots))
        self._handlers = Handlers(
            self._views,
            self._drafts,
            self._library,
            self._templates,
            self._schedules,
            self._undo,
            self._plots,
            host,
        )
        self.on_msg(lambda _widget, content, buffers: self._handlers.message(content, buffers))
        # Without a real comm (plain IPython, a script) nobody listens: no thread.
        if self.comm is not None and not isinstance(self.comm, DummyComm):
            _answer_on_any_shell(self.comm)
            self._thread = start_thread(self._pump, "kontena-ws-panel")
        else:
            _unlist(self)
            _unlist(self.layout)

    @property
    def _feed(self) -> Feed:
        """What Python sees, and what is saved: the feed of the view whose filter was set last."""
        return self._views.lead

    # ---- what Python sees

    @property
    def session(self) -> Source | None:
        """The session shown; None for a bare log, and while several are merged."""
        found = self.sessions
        return found[0] if len(self._feed.sources) == 1 and found else None

    @property
    def sessions(self) -> list[Source]:
        """The sessions shown; several are merged by time."""
        return [shown.source for shown in self._feed.sources if shown.state != "log"]

    @property
    def messages(self) -> MessageLog:
        """The log shown; the first one while several are merged."""
        return self._feed.sources[0].log

    def show(self, *sources: Source | MessageLog) -> Panel:
        """Show these sessions instead of what is shown now, several of them merged by time, each row with the name of its session.

        The filter stays and applies to all of them. Rows come in the order of their times and stay where they are: one
        that its reader noted more than 40 ms late goes to the end. What is shown is kept alive; a session that replaces
        another one of its name takes its place. New sessions are not added by themselves.

        Parameters
        ----------
        *sources : Source or MessageLog
            At most 32; none shows what the panel was made for.

        Returns
        -------
        Panel
            This one: as the last line of a cell it is displayed.

        Raises
        ------
        TypeError
            Something that is neither.
        ValueError
            More than 32.

        Examples
        --------
        ``ws.panel.show(ws, other)`` shows two sessions, ``ws.panel.show(*kws.sessions.values())`` all that are open.
        """
        self._attach(name_sources(sources or [self._own]))
        return self

    @property
    def filter(self) -> str:
        """The filter, in the one grammar, as it was set last: here, or in a view of this panel; setting it filters every view."""
        return self._feed.filter

    @filter.setter
    def filter(self, text: str) -> None:
        self._views.each(lambda feed: feed.set_filter(text))
        self._wake()

    @property
    def fold(self) -> bool:
        """Whether every run of pings and pongs is one row, as it is by default; setting it tells every view.

        With a filter each is a row of its own, and a file has all of them in either case.
        """
        return self._feed.fold

    @fold.setter
    def fold(self, on: bool) -> None:
        self._views.each(lambda feed: feed.set_fold(bool(on)))
        self._wake()

    @property
    def selected(self) -> list[Message]:
        """The messages selected in the table, in the order of time; those dropped since are left out.

        Set it to messages of what is shown, or to their indexes while that is one log, to select them in every view of
        this panel; the first is scrolled to and shown, two are compared. At most 100.
        """
        found = [self._feed.sources.find(key) for key in self._selected]
        messages = [source.log.get(index) for source, index in filter(None, found)]
        return [message for message in messages if message is not None]

    @selected.setter
    def selected(self, messages: Iterable[Message | int]) -> None:
        keys = [self._key(message) for message in messages]
        if len(keys) > MAX_SELECTED:
            raise ValueError(f"at most {MAX_SELECTED} messages can be selected, got {len(keys):,}")
        self._selected = keys
        self._views.each(lambda feed: feed.ask_select(keys))
        self._wake()

    def _key(self, message: Message | int) -> int:
        sources = self._feed.sources
        if not sources.merged:
            log = sources[0].log
            return log[message if isinstance(message, int) else log.index(message)].index
        if isinstance(message, int):
            raise ValueError(
                f"{len(sources)} sessions are shown, each with a message {message}: give the message itself, such as ws.messages[{message}]"
            )
        for source in sources:
            if message in source.log:
                return sources.key(source, message.index)
        raise ValueError(f"{message!r} is in none of the {len(sources)} sessions shown")

    @property
    def follow(self) -> bool:
        """Whether the newest message stays in sight, as the last view said that spoke; setting it tells every view."""
        return self._follow

    @follow.setter
    def follow(self, on: bool) -> None:
        self._follow = bool(on)
        self._views.each(lambda feed: feed.ask_follow(self._follow))
        self._wake()

    @property
    def trusts_page(self) -> bool:
        """Whether a page may have ``{{expressions}}`` evaluated, and name the file of `library`.

        By default where it can run code in the kernel anyway: not in Voilà and in apps of marimo, where set it only if every
        visitor may run code.
        """
        return page_runs_code() if self._trusts_page is None else self._trusts_page

    @trusts_page.setter
    def trusts_page(self, on: bool) -> None:
        self._trusts_page = bool(on)

    @property
    def details(self) -> str:
        """Where the details of a message are: ``"auto"`` (beside the table where the panel is 1100 pixels wide, else below), ``"beside"`` or ``"below"``.

        Set here or in the page, for every view; a panel narrower than 660 pixels has them below.
        """
        return str(self._details)

    @details.setter
    def details(self, where: str) -> None:
        if where not in DETAILS:
            raise ValueError(f"details are {', '.join(map(repr, DETAILS))}, got {quoted_if_harmless(str(where))}")
        self._details = where

    def schedule(
        self,
        message: str | bytes | Callable[[], str | bytes],
        every: float,
        *,
        count: int | None = None,
        to: Source | None = None,
        raw: bool = False,
    ) -> Schedule:
        """Send a message now, and again every so many seconds, until it is stopped, the session closes, or the panel.

        It is sent from a thread in the kernel, beside running cells. A session has one schedule in a panel: another one
        takes its place.

        Parameters
        ----------
        message : str, bytes or callable
            ``{{expression}}`` in a str is evaluated anew each time; a callable is called each time.
        every : float
            Seconds, 0.1 to 86,400. Counted from the first message, so that they do not drift; what is missed is left out.
        count : int, optional
            After how many messages it ends.
        to : Session, optional
            Of several that are shown.
        raw : bool, default False
            Send ``{{…}}`` as it is.

        Returns
        -------
        Schedule
            With ``stop()``, ``running``, ``sent`` and ``error``.

        Raises
        ------
        ValueError
            ``every`` or ``count`` is out of range, several sessions are shown, or what is shown cannot send.

        Examples
        --------
        ``ws.panel.schedule('{"op": "ping", "at": {{time.time()}}}', every=5)`` and later
        ``ws.panel.schedules[0].stop()``.
        """
        shown = [one for one in self._feed.sources if to is None or one.source is to]
        if len(shown) != 1:
            raise ValueError(
                f"{len(shown)} sessions are shown: say which one to send to"
                if to is None
                else "that session is not shown in this panel; show it first"
            )
        source = shown[0].source
        if "send" not in capabilities(source):
            raise ValueError(f"{printable(source.name, 100)} cannot send: there is no connection to use")
        fixed = message
        make: Callable[[], str | bytes] = lambda: fixed  # type: ignore[assignment,return-value] # noqa: E731 - not callable then
        if callable(message):
            make = message
        elif isinstance(message, str) and not raw:
            make = partial(self._templates.fill, "Text", message)
        schedule = Schedule(
            shown[0].name,
            shown[0].log,
            lambda: source.state,
            capable(source, "send"),
            make,
            every,
            count,
            self._scheduling,
        )
        self._schedules.begin(schedule)
        return schedule

    @property
    def library(self) -> Library:
        """The messages that readers keep by folder and name: a sequence, with `add`, `remove` and `change`.

        Kept in each reader's browser until a file is asked for, here (``ws.panel.library = "requests.json"``; None for the
        browser) or in the page. The file is JSON to be read and compared, is read again when somebody else changed it,
        and is the one of all panels of this kernel that were not told another one. A ``messages.json`` of this package in
        the working directory is used without asking. Secrets (`kws.secret`) are never written.

        Raises
        ------
        ValueError
            On setting: the file holds something else.
        OSError
            On setting: it cannot be read.
        """
        return self._library

    @library.setter
    def library(self, path: str | os.PathLike[str] | None) -> None:
        self._library.use(path)

    @property
    def schedules(self) -> list[Schedule]:
        """What this panel sends again and again: those that run, and the last one of each session."""
        return self._schedules.all

    def _scheduling(self) -> None:
        """Tell the pages what became of the schedules."""
        all_of_them = self._schedules.all
        self._scheduled = any(one.running for one in all_of_them)
        said: SchedulesAnswer = {"k": "schedules", "schedules": [one.info() for one in all_of_them]}
        self.send({"v": VERSION, "id": "", **said})

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of one's own, between Size and Data, of every view; setting them shows others.

        Each is a JSON path, as a filter has them or as a table with ``json=True`` names its columns, also with a title,
        or with a title and a width in pixels (a `Column`); a path alone keeps the title and width it has. What is there is read from
        the payload, else from what the decoder makes of it, and only of rows that are looked at. At most 12 columns, of
        at most 100 characters a cell; a message of more than 256 KiB is not read, and its cells say so. A CSV file that
        the panel exports has them too, not cut; JSON Lines has the whole messages anyway.

        Raises
        ------
        QueryError
            A path is wrong; it tells where. What there was stays.
        TypeError, ValueError
            Something else is wrong.

        Examples
        --------
        ``ws.panel.columns = ["$.symbol", "$.price"]``, ``ws.panel.columns = {"$.p": "price"}`` with a title, and one more:
        ``ws.panel.columns = [*ws.panel.columns, "$.qty"]``.
        """
        return self._table_layout.now.columns.columns

    @columns.setter
    def columns(self, columns: Iterable[str | Sequence[Any]] | Mapping[str, str]) -> None:
        self._table_layout.set_columns(columns)
        self._wake()

    @property
    def highlights(self) -> tuple[Highlight, ...]:
        """Saved filters with a colour each; a row has the colour of the first that it matches. Setting them is for every view.

        A mapping of filters to colours: red, orange, yellow, green, teal, blue, purple, grey; or a list of `Highlight`:
        filter, colour, and whether it is on. At most 16. Only rows that are looked at are asked; of a message of more than
        256 KiB only kind, direction, size and the like. A rule that takes too long is stopped, and the panel says so.

        Raises
        ------
        QueryError
            A filter is wrong; it tells where. What there was stays.
        TypeError, ValueError
            Something else is wrong.

        Examples
        --------
        ``ws.panel.highlights = {"$.side=sell": "red", "$.qty>100": "orange"}``
        """
        return self._table_layout.now.highlights.rules

    @highlights.setter
    def highlights(self, highlights: Iterable[Sequence[Any]] | Mapping[str, str]) -> None:
        self._table_layout.set_highlights(highlights)
        self._wake()

    def _tell_arrangement(self, state: TableState) -> None:
        self._arrangement = dict(state)

    @property
    def chart(self) -> bool:
        """Whether messages and bytes over time are drawn above the table, in every view of this panel; set it to open or close that.

        A span selected there is a filter: ``since:`` and ``before:`` with times.
        """
        return bool(self._chart)

    @chart.setter
    def chart(self, on: bool) -> None:
        self._chart = bool(on)

    def plot(self, path: str | None, by: str | None = None, where: str = "") -> Plot | None:
        """Plot the numbers at a JSON path over time, above the table of every view.

        Old messages are read too, and new ones as they come; of more than can be read in time a part, chosen at random:
        the plot says so. A point stays as long as the log keeps its message.

        Parameters
        ----------
        path : str or None
            As in a filter: ``$.price``; decoded values have paths too. Numbers, texts that are numbers (``"64210.55"``),
            true (1) and false (0) are drawn. None closes all plots.
        by : str, optional
            A path whose values tell lines apart: ``$.symbol``. The first twelve have one; the others are counted.
        where : str, optional
            A filter: only what matches is plotted, whatever the table shows.

        Returns
        -------
        Plot or None
            The plot: its ``points()`` and ``frame()`` are what it shows as data. None when all were closed.

        Raises
        ------
        QueryError
            A path or the filter does not parse.
        ValueError
            There are three already.

        Examples
        --------
        ``ws.panel.plot("$.price", by="$.symbol", where="$.type=trade")``; ``ws.panel.plots[0].frame()`` has its points.
        """
        if path is None:
            self._plots.keep(())
            return None
        return self._plots.add(self._feed.sources, path, by, where)

    @property
    def plots(self) -> tuple[Plot, ...]:
        """The plots, oldest first; set it to some of them to close the others."""
        return self._plots.all

    @plots.setter
    def plots(self, plots: Sequence[Plot]) -> None:
        self._plots.keep(tuple(plots))

    def response_times(self) -> list[float]:
        """List how long responses took: from a message that was sent to the first one received with the same id.

        The histogram in the Statistics tab counts these.

        Returns
        -------
        list of float
            Seconds, in the order of the responses; the newest 2,000 of the first session shown.

        Examples
        --------
        ``statistics.median(ws.panel.response_times())``
        """
        return Latencies(self.messages).seconds()

    def snapshot(self) -> Snapshot:
        """Take a still picture of the newest rows of the view; it stays in a saved notebook as it is.

        Returns
        -------
        Snapshot
            Displays as a table of at most 20 rows and 12 KB, and as text.

        Examples
        --------
        ``ws.panel.snapshot()`` as a cell's last line keeps what the panel shows now.
        """
        self._feed.finish()  # a filter that was set a line above has not been searched yet
        return self._still()

    def export(self, path: str | os.PathLike[str]) -> int:
        """Write the messages that the filter shows to a file: JSON Lines or CSV, by its suffix; each says whose it is.

        CSV has the `columns` of one's own, too.

        Parameters
        ----------
        path : str or path-like
            Ends in ``.jsonl`` or ``.csv``; a file of that name is replaced once the new one is whole. Secrets
            (`kws.secret`) are masked in it.

        Returns
        -------
        int
            How many messages were written.

        Raises
        ------
        ValueError
            Another suffix.
        OSError
            The file cannot be written; an old one is as it was.
        """
        sources, text = self._feed.sources, self._feed.filter
        own = self._table_layout.now.columns.exported()
        return write_file(path, {source.name: source.log.where(text) for source in sources}, own)

    def attach(self, source: Source | MessageLog) -> None:
        """Show something else in the same place: a session that replaced this one, say. Others that are merged with it stay.

        Parameters
        ----------
        source : Source or MessageLog
            What to show from now on.
        """
        before, self._own = self._own, as_source(source)
        own, shown = self._own, [one.source for one in self._feed.sources]
        if len(shown) > 1 and any(one is own for one in shown):
            return  # the pump has seen already that it took another one's place
        merged = any(one is before for one in shown) and len(shown) > 1
        self._attach(name_sources([own if one is before else one for one in shown] if merged else [own]))

    def _attach(self, sources: list[Shown]) -> None:
        if len(sources) > MOST:
            raise ValueError(f"a panel merges at most {MOST} sessions, got {len(sources)}")
        old = self._feed.sources
        self._selected = ()
        self._views.attach(sources)
        self._plots.attach(self._feed.sources)
        self._wake()
        old[0].log.wake()  # the pump may be waiting for rows of the old logs

    def _replace(self) -> None:
        """Show the session that took another one's name in its place: a cell that connects ran again."""
        shown = self._feed.sources
        now = [_successor(source) for source in shown]
        if any(one is not source.source for one, source in zip(now, shown, strict=True)):
            self._attach(name_sources(now))

    @property
    def closed(self) -> bool:
        """Whether `close` was called: a closed panel shows nothing any more."""
        return self._ended.is_set()

    def close(self) -> None:
        """Free everything: the thread and the comm. The session goes on, and makes another panel when asked for one."""
        if self._thread is not None and not self.closed:
            self._catch_up()  # from now on the table is all there is
        self._copy.close()
        self._schedules.close()
        self._handlers.close()
        self._undo.forget()
        self._ended.set()
        self._wake()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        super().close()
        self.layout.close()  # a widget of its own, which ipywidgets leaves open

    def _offered(self) -> list[Shown]:
        """List what the picker offers: every live session, what is shown, and what the panel was made for."""
        shown = self._feed.sources
        first, last = ([self._own], []) if self._own.state == "log" else ([], [self._own])
        return name_sources([*first, *registry.live.values(), *(one.source for one in shown), *last], shown)

    def _select(self, keys: list[int]) -> None:
        self._selected = keys

    def _followed(self, on: bool) -> None:
        self._follow = on

    def _choices(self) -> list[SourceChoice]:
        shown = self._feed.sources
        described = [(one, one.describe()[0]) for one in self._offered()]
        return [
            {"name": one.name, "url": info["url"], "state": info["state"], "shown": one in shown}
            for one, info in described
        ]

    def _choose(self, names: list[str]) -> None:
        """Show what the picker offers under these names."""
        offered = {source.name: source for source in self._offered()}
        for name in names:
            if name not in offered:
                raise RequestError(f"there is no live session {printable(name, 100)!r}")
        self._attach([offered[name] for name in names] or list(self._feed.sources))

    # ---- the pump

    def _wake(self) -> None:
        self._kick.set()
        self._feed.sources[0].log.wake()

    def _pump(self) -> None:
        """Publish ticks until closed. The only thread that does so unasked."""
        while not self._ended.is_set():
            try:
                self._replace()
                self._undo.expire()
                for view, feed in self._views.all():
                    update = feed.step()
                    if update is not None:
                        self._tell(view, feed, update)
                if self._copy.schedule.left <= 0:
                    self._keep()
            except Exception:
                # A comm that broke, or a session that lies about itself: say so and go on slowly, for a later page may
                # be well.
                _logger.exception("the panel could not publish")
                self._ended.wait(1.0)
            self._wait()

    def _tell(self, view: str, feed: Feed, update: Update) -> None:
        """Send an update to a view; of the one whose filter was set last, note what a saved notebook shows."""
        with SHORT_SWITCHES:
            self._publish(update, view)
            if feed.pause().seconds > _UNDER_WAY:
                self._ended.wait(_UNDER_WAY)
        self._table_layout.refresh()  # a rule was stopped, or a secret is new
        self._told_states = [source["state"] for source in update.tick["sources"]]
        if feed is not self._feed:
            return
        closed = {source["name"] for source in update.tick["sources"] if source["state"] == "closed"}
        older = self._copy.note(update)
        if older and (closed - self._told_closed or update.masked != self._told_masked):
            self._keep()  # at once: the end of a session, and a secret that must not be saved
        self._told_closed, self._told_masked = closed, update.masked

    def _wait(self) -> None:
        pauses = [(feed, feed.pause()) for _, feed in self._views.all()]
        seconds = max(0.0, min(self._copy.schedule.left, self._undo.left, *(pause.seconds for _, pause in pauses)))
        # A view that acknowledges nothing waits for its turn, whatever comes; it must not hold up the others.
        idle = [feed for feed, pause in pauses if pause.until_rows]
        if idle:
            sources = self._feed.sources
            # A session wakes whoever waits on its log when its state changes.
            sources[0].log.wait_for(
                lambda: (
                    self._kick.is_set()
                    or any(feed.news for feed in idle)
                    or self._told_states != [source.state for source in sources]
                ),
                seconds,
                also=[source.log for source in sources[1:]],
            )
        else:
            self._kick.wait(seconds)
        self._kick.clear()

    def _publish(self, update: Update, view: str) -> None:
        update.tick["view"] = view
        self.send(update.tick, buffers=[pack(update.rows)])

    # ---- what is saved

    def _keep(self) -> None:
        """Write what a saved notebook shows."""
        update = self._feed.poll()
        self._snapshot = dict(saved_state(update, self.model_id))
        table = self._table()
        self._copy.write(table, update)
        # A page that was loaded again gets no updates of outputs from before (JupyterLab 4.6): it writes this one itself.
        said: SavedAnswer = {"k": "saved", "html": table["text/html"], "text": table["text/plain"]}
        self.send({"v": VERSION, "id": "", **said})

    def _catch_up(self) -> None:
        """Write it now, unless nothing has changed."""
        if self._copy.note(self._feed.poll()):
            self._keep()

    def _table(self) -> dict[str, str]:
        return saved_bundle(self._still()._repr_mimebundle_(), self.model_id)

    # ---- how it is shown

    def __repr__(self) -> str:
        sources = self._feed.sources
        what = ", ".join(f"{one.name} {printable(one.url, 100)} {one.state}" for one in self.sessions)
        return f"<Panel {what + ', ' if what else ''}{counted(sum(len(source.log) for source in sources))}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Show the live widget, and a table where there is none: all of it in one, for whoever displays it by itself."""
        data, metadata = self._live(self._feed.poll(), kwargs)
        return {**data, **self._still()._repr_mimebundle_()}, metadata

    def _ipython_display_(self) -> None:
        """Show the live widget, and below it what a saved notebook shows instead (`saved`)."""
        if self._thread is None or self.closed or get_ipython() is None:
            display(self._repr_mimebundle_()[0], raw=True)  # type: ignore[no-untyped-call]
            return
        update = self._feed.poll()
        data, metadata = self._live(update, {})
        self._copy.show(data, metadata, self._table(), update)

    def _live(self, update: Update, kwargs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        self._snapshot = dict(saved_state(update, self.model_id))
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        names = ", ".join(printable(source.name, 100) for source in self._feed.sources)
        return {**data, "text/plain": f"<Panel of {names}>"}, metadata

    def _still(self) -> Snapshot:
        rows, total = self._feed.newest(SNAPSHOT_ROWS)
        names = [source.name for source, _ in rows] if self._feed.sources.merged else []
        _, own, highlights = self._table_layout.now
        titles = [column.title for column in own.columns]
        cells = [own.cells(source.log, row.index) for source, row in rows] if titles else []
        found = [highlights.rule(source.log, row.index) for source, row in rows] if highlights else []
        colours = [highlights.rules[rule - 1].colour if rule else "" for rule in found]
        return Snapshot([row for _, row in rows], total, self._title(), names, titles, cells, colours)

    def _title(self) -> str:
        text = self._feed.filter
        said = [f"{one.name}  {one.url}  {one.state}" for one in self.sessions]
        if self._feed.sources.merged:
            said = [", ".join(source.name for source in self._feed.sources) + "  merged by time"]
        what = printable("".join(said), 200)
        return f"{what}  filter: {printable(text, 200)}".lstrip() if text else what


def _successor(shown: Shown) -> Source:
    """Find who took a session's name when it closed; else what is shown already."""
    source = shown.source
    after: Source | None = registry.live.get(source.name) if shown.state == "closed" else None
    return after if after is not None and getattr(after, "previous", None) is source else source


def _unlist(widget: ipywidgets.Widget) -> None:
    """Take a widget that no page can show off the lists of all widgets and comms, which would keep its log alive."""
    if widget.comm is not None:
        getattr(ipywidgets.widgets.widget, "_instances", {}).pop(widget.comm.comm_id, None)
        widget.comm.close()


def _answer_on_any_shell(comm: Any) -> None:
    """Let the page's messages reach a subshell.

    ipykernel 7.4 answers a comm on the shell that last published on it. The pump publishes under the main shell's
    header, so after "Run All" clicks would wait for the cells (12 s measured). Without the private method it falls back
    to the shell the page asked for.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = None
