"""`Panel`: the widget. Wires a `Feed` to a comm and a session.

What lives here: the widget, what Python sees of it, and its pump thread. What must not: deciding what to show when (`feed`), answering the
browser (`handlers`), or words (`status`). Python calls it on any thread, the pump is a thread of its own: what they share is locked.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets
from comm import DummyComm

from ..display.table import MAX_ROWS as SNAPSHOT_ROWS
from ..display.table import Snapshot
from ..display.text import printable
from ..log.log import MessageLog
from ..log.message import Message
from ..masking import count
from ..recording.lines import write_file
from ..sessions import sessions
from .drafts import Drafts
from .feed import Feed, Update
from .handlers import Handlers
from .protocol import MAX_SELECTED, RequestError, SessionChoice, pack
from .status import SessionStatus, log_status

if TYPE_CHECKING:
    from ..session import Session

_STATIC = Path(__file__).parent / "static"
_logger = logging.getLogger("kontena_ws_nb")


class Panel(anywidget.AnyWidget):
    """A live view of a session, or of any log.

    Parameters
    ----------
    source : Session or MessageLog
        What to show.
    view : str, optional
        A filter to begin with.

    Examples
    --------
    ``ws.panel.filter = "dir:received $.type=trade"`` shows only these.
    """

    _esm = _STATIC / "panel.js"
    _css = _STATIC / "panel.css"
    #: What a page without a kernel paints: the last tick and its rows.
    _snapshot = traitlets.Dict().tag(sync=True)
    #: What the time column says, as the reader last chose: for every view, and after a reload of the page.
    _times = traitlets.Enum(("clock", "start", "selected"), "clock").tag(sync=True)

    def __init__(self, source: Session | MessageLog, *, view: str = "") -> None:
        super().__init__()
        self._session: Session | None = None
        self._told_state = ""
        self._told_masked = count()
        self._selected: Sequence[int] = ()
        self._follow = True
        self._kick = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._own = source
        self._drafts = Drafts()
        self._feed = Feed(*self._take(source), named=self._drafts.named)
        self._feed.set_filter(view)
        self._handlers = Handlers(self)
        self.on_msg(lambda _widget, content, buffers: self._handlers.message(content, buffers))
        # Without a real comm (plain IPython, a script) nobody listens: no thread.
        if self.comm is not None and not isinstance(self.comm, DummyComm):
            _answer_on_any_shell(self.comm)
            self._thread = threading.Thread(target=self._pump, name="kontena-ws-panel", daemon=True)
            self._thread.start()

    # ---- what Python sees

    @property
    def session(self) -> Session | None:
        """The session shown; None for a bare log."""
        return self._session

    @property
    def messages(self) -> MessageLog:
        """The log shown."""
        return self._feed.log

    @property
    def filter(self) -> str:
        """The filter, in the one grammar; setting it filters every view of this panel."""
        return self._feed.filter

    @filter.setter
    def filter(self, text: str) -> None:
        self._feed.set_filter(text)
        self._wake()

    @property
    def selected(self) -> list[Message]:
        """The messages selected in the table, in the order of time; those dropped since are left out.

        Set it to messages of the log, or to their indexes, to select them in every view of this panel; the first is scrolled to and
        shown, two are compared. At most 100.
        """
        log = self._feed.log
        return [message for message in map(log.get, self._selected) if message is not None]

    @selected.setter
    def selected(self, messages: Iterable[Message | int]) -> None:
        log = self._feed.log
        keys = [log[message if isinstance(message, int) else log.index(message)].index for message in messages]
        if len(keys) > MAX_SELECTED:
            raise ValueError(f"at most {MAX_SELECTED} messages can be selected, got {len(keys):,}")
        self._selected = keys
        self._feed.ask_select(keys)
        self._wake()

    @property
    def follow(self) -> bool:
        """Whether the newest message stays in sight, as the last view said that spoke; setting it tells every view."""
        return self._follow

    @follow.setter
    def follow(self, on: bool) -> None:
        self._follow = bool(on)
        self._feed.ask_follow(self._follow)
        self._wake()

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
        """Write the messages that the filter shows to a file: JSON Lines or CSV, by its suffix.

        Parameters
        ----------
        path : str or path-like
            Ends in ``.jsonl`` or ``.csv``; a file of that name is replaced. Secrets (`kws.secret`) are masked in it.

        Returns
        -------
        int
            How many messages were written.

        Raises
        ------
        ValueError
            Another suffix.
        OSError
            The file cannot be written.
        """
        return write_file(path, self._feed.log.where(self._feed.filter))

    def attach(self, source: Session | MessageLog) -> None:
        """Show something else in the same place: a session that replaced this one, say.

        Parameters
        ----------
        source : Session or MessageLog
            What to show from now on.
        """
        self._own = source
        self._show(source)

    def _show(self, source: Session | MessageLog) -> None:
        old = self._feed.log
        self._selected = ()
        self._feed.attach(*self._take(source))
        self._wake()
        old.wake()  # the pump may be waiting for rows of the old log

    @property
    def closed(self) -> bool:
        """Whether `close` was called: a closed panel shows nothing any more."""
        return self._ended.is_set()

    def close(self) -> None:
        """Free everything: the thread and the comm. The session goes on, and makes another panel when asked for one."""
        self._ended.set()
        self._wake()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        super().close()
        self.layout.close()  # a widget of its own, which ipywidgets leaves open

    def _choices(self) -> list[SessionChoice]:
        """List what the picker offers: the panel's own source, what is shown, and every live session."""
        own, shown = self._own, self._session
        offered = {
            session.name: session
            for session in (*sessions.values(), shown, own)
            if session is not None and not isinstance(session, MessageLog)
        }
        found: list[SessionChoice] = [
            {"name": name, "url": printable(session.url, 300), "state": session.state, "shown": session is shown}
            for name, session in offered.items()
        ]
        if isinstance(own, MessageLog):
            found.insert(0, {"name": "", "url": "the log of this panel", "state": "log", "shown": shown is None})
        return found

    def _choose(self, name: str) -> None:
        """Show what the picker offers under a name."""
        own = self._own
        if (isinstance(own, MessageLog) and not name) or (not isinstance(own, MessageLog) and own.name == name):
            self._show(own)
        elif name in sessions:
            self._show(sessions[name])
        else:
            raise RequestError(f"there is no live session {printable(name, 100)!r}")

    def _take(self, source: Session | MessageLog) -> tuple[MessageLog, Callable[[], Any]]:
        if isinstance(source, MessageLog):
            self._session = None
            return source, lambda: log_status(source)
        self._session = source
        return source.messages, SessionStatus(source)

    # ---- the pump

    def _wake(self) -> None:
        self._kick.set()
        self._feed.log.wake()

    def _pump(self) -> None:
        """Publish ticks until closed. The only thread that does so unasked."""
        while not self._ended.is_set():
            try:
                update = self._feed.step()
                if update is not None:
                    self._publish(update)
                    state = update.tick["session"]["state"]
                    if state == "closed" != self._told_state or (self._snapshot and update.masked != self._told_masked):
                        self._keep(update)  # what a saved page shows is the end, not the beginning, and no secret
                    self._told_state, self._told_masked = state, update.masked
            except Exception:
                # A comm that broke, or a session that lies about itself: say so and go on slowly, for a later page may be well.
                _logger.exception("the panel could not publish")
                self._ended.wait(1.0)
            self._wait()

    def _wait(self) -> None:
        pause = self._feed.pause()
        if pause.until_rows:
            feed, log, session = self._feed, self._feed.log, self._session
            # A session wakes whoever waits on its log when its state changes.
            log.wait_for(
                lambda: self._kick.is_set() or log.next_index != feed.seen or (session is not None and session.state != self._told_state),
                pause.seconds,
            )
        else:
            self._kick.wait(pause.seconds)
        self._kick.clear()

    def _publish(self, update: Update) -> None:
        self.send(update.tick, buffers=[pack(update.rows)])

    def _keep(self, update: Update) -> None:
        self._snapshot = {"tick": {**update.tick, "ack": False}, "rows": update.rows}

    # ---- how it is shown

    def __repr__(self) -> str:
        session = self._session
        what = f"{session.name} {printable(session.url, 100)} {session.state}, " if session else ""
        return f"<Panel {what}{len(self._feed.log):,} messages>"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Show the live widget, and a static table where there is none (a saved notebook, a code host, a terminal).

        The table is of the moment it was shown, and stays so: `snapshot` makes a later one. It is not refreshed through a ``display_id`` when
        the session closes, for JupyterLab 4.6 answers ``update_display`` of the same widget with a new view: live, but without the draft, the
        selection, the open tab and the place of the reader (measured). And a panel that is a cell's result has no ``display_id``.
        """
        self._keep(self._feed.poll())
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, **self._still()._repr_mimebundle_()}, metadata

    def _still(self) -> Snapshot:
        return Snapshot(*self._feed.newest(SNAPSHOT_ROWS), title=self._title())

    def _title(self) -> str:
        session, text = self._session, self._feed.filter
        what = printable(f"{session.name}  {session.url}  {session.state}" if session else "", 200)
        return f"{what}  filter: {printable(text, 200)}".lstrip() if text else what


def _answer_on_any_shell(comm: Any) -> None:
    """Let the page's messages reach a subshell.

    ipykernel 7.4 answers a comm on the shell that last published on it. The pump publishes under the main shell's header, so after "Run
    All" clicks would wait for the cells (12 s measured). Without the private method it falls back to the shell the page asked for.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = None
