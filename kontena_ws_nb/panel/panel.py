"""`Panel`: the widget. Wires a `Feed` to a comm and a session.

What lives here: the widget, its pump thread, and handlers of the browser's messages. What must not: deciding what to show when (`feed`),
or words (`status`). Handlers run on a subshell thread in JupyterLab ≥ 4.4 and Notebook 7 with ipykernel ≥ 7, on the main thread
elsewhere; the pump is a thread of its own. Everything they share is locked.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets
from comm import DummyComm

from ..display.table import log_bundle
from ..display.text import printable
from ..errors import CLOSE_CODES
from ..log.log import MessageLog
from ..log.message import Message
from ..log.query import QueryError
from .feed import Feed, Update
from .protocol import DETAIL_BYTES, MAX_ROWS, VERSION, CloseInfo, Request, RequestError
from .status import SessionStatus, certificate_answer, handshake_answer, log_status

if TYPE_CHECKING:
    from ..session import Session

_STATIC = Path(__file__).parent / "static"
_logger = logging.getLogger("kontena_ws_nb")

#: Answers to ``send`` that are remembered, so that a message repeated on the way is sent once.
_REMEMBERED = 1000
_BIG = 2**53

Answer = tuple[dict[str, Any], list[bytes]]


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
    >>> panel = ws.panel  # doctest: +SKIP
    >>> panel.filter = "dir:received $.type=trade"  # doctest: +SKIP
    """

    _esm = _STATIC / "panel.js"
    _css = _STATIC / "panel.css"
    #: What a page without a kernel paints: the last tick and its rows.
    _snapshot = traitlets.Dict().tag(sync=True)

    def __init__(self, source: Session | MessageLog, *, view: str = "") -> None:
        super().__init__()
        self._session: Session | None = None
        self._told_state = ""
        self._answers: OrderedDict[str, dict[str, Any] | None] = OrderedDict()
        self._answers_lock = threading.Lock()
        self._chosen: int | None = None
        self._kick = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._feed = Feed(*self._take(source))
        self._feed.set_filter(view)
        self._requests: dict[str, Callable[[Request, Sequence[Any]], Answer | None]] = {
            "hello": self._on_hello,
            "poll": self._on_poll,
            "ack": self._on_ack,
            "select": self._on_select,
            "rows": self._on_rows,
            "detail": self._on_detail,
            "filter": self._on_filter,
            "send": self._on_send,
            "close": self._on_close,
            "reconnect": self._on_reconnect,
            "clear": self._on_clear,
            "handshake": self._on_handshake,
            "certificate": self._on_certificate,
        }
        self.on_msg(self._message)
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
    def selected(self) -> Message | None:
        """The message the reader has selected in the table, None when none is or it was dropped."""
        chosen = self._chosen
        if chosen is None:
            return None
        try:
            return self._feed.log[chosen]
        except IndexError:
            return None

    def attach(self, source: Session | MessageLog) -> None:
        """Show something else in the same place: a session that replaced this one, say.

        Parameters
        ----------
        source : Session or MessageLog
            What to show from now on.
        """
        old = self._feed.log
        self._chosen = None
        self._feed.attach(*self._take(source))
        self._wake()
        old.wake()  # the pump may be waiting for rows of the old log

    def close(self) -> None:
        """Free everything: the thread and the comm. The session goes on."""
        self._ended.set()
        self._wake()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        super().close()

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
                    if state == "closed" != self._told_state:
                        self._keep(update)  # what a saved page shows is the end, not the beginning
                    self._told_state = state
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
        self.send(update.tick, buffers=[_json(update.rows)])

    def _keep(self, update: Update) -> None:
        self._snapshot = {"tick": {**update.tick, "ack": False}, "rows": update.rows}

    # ---- the browser's messages

    def _message(self, _widget: object, content: Any, buffers: Sequence[Any]) -> None:
        known = content if isinstance(content, dict) else {}
        name = known.get("id")
        try:
            request = Request(known)
            handler = self._requests.get(request.kind)
            if handler is None:
                raise RequestError(f"the panel knows no request {request.kind!r}")
            answer = handler(request, buffers)
        except Exception as error:  # noqa: BLE001 - answered to the page, and logged when unexpected
            # Whatever goes wrong belongs to whoever asked; what nobody expects is logged as well.
            self._fail(name, error)
            return
        if answer is not None:
            self._answer(request, *answer)

    def _answer(self, request: Request, fields: dict[str, Any], buffers: Sequence[bytes] = ()) -> None:
        self.send({"v": VERSION, "id": request.id, **fields}, buffers=list(buffers))

    def _fail(self, name: Any, error: Exception) -> None:
        if not isinstance(error, (ValueError, LookupError, OSError, RuntimeError)):
            _logger.error("the panel failed to answer", exc_info=error)
        self.send({"v": VERSION, "k": "error", "id": name, **_problem(error)})

    def _on_hello(self, _request: Request, _buffers: Sequence[Any]) -> None:
        self._feed.hello()
        self._wake()

    def _on_poll(self, _request: Request, _buffers: Sequence[Any]) -> None:
        self._publish(self._feed.poll())

    def _on_ack(self, request: Request, _buffers: Sequence[Any]) -> None:
        self._feed.acked(request.integer("seq", 0, _BIG))

    def _on_select(self, request: Request, _buffers: Sequence[Any]) -> None:
        self._chosen = request.integer("index", 0, _BIG)

    def _on_rows(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        gen = request.integer("gen", 0, _BIG)
        first, rows = self._feed.rows(gen, request.integer("first", 0, _BIG), request.integer("n", 1, MAX_ROWS))
        return {"k": "rows", "gen": gen, "first": first}, [_json(rows)]

    def _on_detail(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        index, offset = request.integer("index", 0, _BIG), request.integer("offset", 0, _BIG)
        log = self._feed.log
        message = log[index]
        # `rows` copies no more than asked for; a 64 MiB message is paged, never copied whole.
        rows = log.rows([index], offset + DETAIL_BYTES)
        payload = rows[0].preview[offset:] if rows else b""
        close: CloseInfo | None = None
        if message.close_code is not None:
            by = "you" if message.direction == "sent" else "the server"
            meaning = CLOSE_CODES.get(message.close_code, "application code")
            close = {"code": message.close_code, "reason": message.close_reason, "meaning": meaning, "by": by}
        return {
            "k": "detail",
            "index": index,
            "time": message.time_ns // 1000,
            "sent": int(message.direction == "sent"),
            "kind": message.kind,
            "size": message.size,
            "offset": offset,
            "code": self._code(index),
            "connection": message.connection,
            "compressed": message.compressed,
            "fragments": message.fragments,
            "close": close,
        }, [payload]

    def _code(self, index: int) -> str:
        session = self._session
        if session is None:
            return f"log[{index}]"
        name = session.name
        return f"{name}.messages[{index}]" if name.isidentifier() else f"kws.sessions[{name!r}].messages[{index}]"

    def _on_filter(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        gen = self._feed.set_filter(request.text("text", 10_000))
        self._wake()
        return {"k": "filter", "gen": gen}, []

    def _on_send(self, request: Request, buffers: Sequence[Any]) -> Answer | None:
        with self._answers_lock:
            if request.id in self._answers:
                # Came twice: sent once. While the first is under way, it answers for both.
                before = self._answers[request.id]
                return (before, []) if before is not None else None
            self._answers[request.id] = None
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        fields: dict[str, Any]
        try:
            data = bytes(buffers[0]) if request.text("kind") == "binary" and buffers else request.text("text")
            fields = {"k": "sent", "index": self._live().send(data).index}
        except Exception as error:  # noqa: BLE001 - answered to the page
            fields = {"k": "error", **_problem(error)}
        with self._answers_lock:
            self._answers[request.id] = fields
        return fields, []

    def _on_close(self, request: Request, _buffers: Sequence[Any]) -> None:
        session = self._live()
        code, reason = request.integer("code", 1000, 4999), request.text("reason", 123)
        self._aside(request, lambda: session.close(code, reason))

    def _on_reconnect(self, request: Request, _buffers: Sequence[Any]) -> None:
        self._aside(request, self._live().reconnect)

    def _aside(self, request: Request, action: Callable[[], object]) -> None:
        """Do what may take as long as its timeout, and answer then: not on the thread that answers the page."""

        def run() -> None:
            try:
                action()
            except Exception as error:  # noqa: BLE001 - answered to the page, and logged when unexpected
                self._fail(request.id, error)
            else:
                self._answer(request, {"k": "done"})

        threading.Thread(target=run, name="kontena-ws-panel-action", daemon=True).start()

    def _on_clear(self, _request: Request, _buffers: Sequence[Any]) -> Answer:
        self._feed.log.clear()
        self._wake()
        return {"k": "done"}, []

    def _on_handshake(self, _request: Request, _buffers: Sequence[Any]) -> Answer:
        return {"k": "handshake", **handshake_answer(self._session.handshake if self._session else None)}, []

    def _on_certificate(self, _request: Request, _buffers: Sequence[Any]) -> Answer:
        if self._session is None:
            return {"k": "certificate", **certificate_answer(None, "A log has no connection, hence no certificate.")}, []
        return {"k": "certificate", **certificate_answer(self._session.certificate)}, []

    def _live(self) -> Session:
        if self._session is None:
            raise RequestError("this panel shows a log; there is no connection to use")
        return self._session

    # ---- how it is shown

    def __repr__(self) -> str:
        session = self._session
        what = f"{session.name} {printable(session.url, 100)} {session.state}, " if session else ""
        return f"<Panel {what}{len(self._feed.log):,} messages>"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Show the live widget, and a static table where there is none (a saved notebook, a code host, a terminal)."""
        self._keep(self._feed.poll())
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        session = self._session
        title = f"{session.name}  {session.url}  {session.state}" if session else ""
        return {**data, **log_bundle(self._feed.log, printable(title, 200))}, metadata


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _problem(error: Exception) -> dict[str, Any]:
    # The page marks the place itself.
    text = error.message if isinstance(error, QueryError) else str(error) or type(error).__name__
    return {"message": printable(text, 1000, multiline=True), "position": getattr(error, "position", None)}


def _answer_on_any_shell(comm: Any) -> None:
    """Let the page's messages reach a subshell.

    ipykernel 7.4 answers a comm on the shell that last published on it. The pump publishes under the main shell's header, so after "Run
    All" clicks would wait for the cells (12 s measured). Without the private method it falls back to the shell the page asked for.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = None
