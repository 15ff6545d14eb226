"""What the browser asks of a panel, and the answers.

What lives here: one method for each kind of request. What must not: the widget and its thread (`panel`), deciding what
to show when (`feed`). Methods run on a subshell thread in JupyterLab ≥ 4.4 and Notebook 7 with ipykernel ≥ 7, on the
main thread elsewhere.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from IPython.core.getipython import get_ipython

from ..close import Close
from ..decoders.registry import DECODERS, RAW
from ..feed import columns, highlights
from ..feed.comm_messages import (
    DETAIL_BYTES,
    EXPORT_BYTES,
    EXPORT_LINE,
    LEVEL_BYTES,
    LEVEL_MEMBERS,
    LEVEL_PREVIEW,
    MAX_ROWS,
    MAX_SELECTED,
    VERSION,
    CloseInfo,
    MemberItem,
    Request,
    RequestError,
    SourceChoice,
    pack,
    units,
)
from ..feed.decoded import decoded_info
from ..feed.feed import Feed, Update
from ..feed.json_levels import Container, Level, Stopped, read_level
from ..feed.marks import frame_code, marks
from ..feed.pairing import pair, since_previous, since_sent
from ..feed.registry import registry
from ..feed.shown import Shown
from ..feed.similar import filters_like
from ..feed.sources import Capability, Source, capabilities, capable
from ..feed.status import certificate_answer, handshake_answer, statistics_answer
from ..log.bookmarks import NOTE
from ..log.export import FORMATS, LineOf, line_format
from ..log.filter.completion import NEWEST, complete_path, complete_term, term_at_end
from ..log.filter.query import QueryError
from ..log.filter.unknown import advice, advice_on_path
from ..log.message import Message
from ..redaction.payloads import mask
from ..redaction.text import printable, visible
from .drafts import Drafts
from .library import LONGEST_TEXT, Library, SavedMessage
from .library import MOST as MOST_KEPT
from .plots import Plots, ResponseTimes, overview_answer, pairs_answer, points_answer
from .schedule import MOST, Schedule, Schedules
from .table_layout import TableLayout
from .templates import Templates
from .undo import Undo
from .views import Views

_logger = logging.getLogger("kontena_ws_nb")

#: Answers to ``send`` that are remembered, so that a message repeated on the way is sent once.
REMEMBERED = 1000
#: Views that can each search through a message.
MOST_WALKS = 8
#: Answers of threads that are kept, to be told again.
MOST_ASIDE = 8
_BIG = 2**53
#: Characters of a template.
_MOST_TEXT = 10_000_000
#: Characters of a note as it is typed; in the place of secrets it has names.
_NOTE = 4 * NOTE
#: Names in a request; how many can be merged is the panel's to say.
_MOST_NAMES = 1000

#: Not every front end passes buffers on (posit-dev/positron, pull 7464).
_NO_BYTES = "the bytes did not arrive, so nothing was done: this front end does not pass them on; send them from a cell: ws.send(b'…')"

Answer = tuple[dict[str, Any], list[bytes]]


@dataclass(frozen=True)
class Host:
    """What the handlers ask of the widget.

    Parameters
    ----------
    send : callable
        Sends a message and its buffers to the pages.
    publish : callable
        Sends an update to a view.
    wake : callable
        Makes the pump look at once.
    selected, followed : callable
        Told the keys of the rows that a reader selected, and whether the newest row is followed.
    choices : callable
        Lists what the picker offers.
    choose : callable
        Shows what the picker offers under some names.
    trusts : callable
        Tells whether a page may run code.
    table : TableLayout
        The columns and highlights.
    """

    send: Callable[[dict[str, Any], list[bytes]], object]
    publish: Callable[[Update, str], object]
    wake: Callable[[], object]
    selected: Callable[[list[int]], object]
    followed: Callable[[bool], object]
    choices: Callable[[], list[SourceChoice]]
    choose: Callable[[list[str]], object]
    trusts: Callable[[], bool]
    table: TableLayout


class Walk:
    """Searches through one long message: stopped when another one is chosen.

    Parameters
    ----------
    key : int
        The row's.
    """

    def __init__(self, key: int) -> None:
        self.key = key
        #: Whether nobody wants to know any more.
        self.stopped = False


class Handlers:
    """Answers the pages of one panel.

    Parameters
    ----------
    views : Views
        What is shown, and where.
    drafts : Drafts
        The names of secrets in what the page writes.
    library : Library
        The messages that are kept.
    templates : Templates
        What fills in the expressions in them.
    schedules : Schedules
        What is sent again and again.
    undo : Undo
        What was cleared.
    plots : Plots
        The plots.
    host : Host
        The widget.
    """

    def __init__(
        self,
        views: Views,
        drafts: Drafts,
        library: Library,
        templates: Templates,
        schedules: Schedules,
        undo: Undo,
        plots: Plots,
        host: Host,
    ) -> None:
        self._host = host
        self._undo = undo
        self._plots = plots
        self._times = ResponseTimes()
        self._views = views
        self._answers: OrderedDict[str, dict[str, Any] | None] = OrderedDict()
        self._answers_lock = threading.Lock()
        #: By view, what threads answered last.
        self._aside_answers: deque[tuple[str, dict[str, Any], list[bytes]]] = deque(maxlen=MOST_ASIDE)
        self._drafts = drafts
        self._library = library
        self._templates = templates
        self._schedules = schedules
        self._walks: OrderedDict[str, Walk] = OrderedDict()
        self._walking = threading.Lock()
        self._requests: dict[str, Callable[[Request, Sequence[Any]], Answer | None]] = {
            "hello": self._on_hello,
            "bye": self._on_bye,
            "back": self._on_back,
            "poll": self._on_poll,
            "ack": self._on_ack,
            "select": self._on_select,
            "follow": self._on_follow,
            "rows": self._on_rows,
            "locate": self._on_locate,
            "detail": self._on_detail,
            "level": self._on_level,
            "filter": self._on_filter,
            "fold": self._on_fold,
            "columns": self._on_columns,
            "highlights": self._on_highlights,
            "overview": self._on_overview,
            "brush": self._on_brush,
            "plot": self._on_plot,
            "unplot": self._on_unplot,
            "points": self._on_points,
            "nearest": self._on_nearest,
            "pairs": self._on_pairs,
            "decode": self._on_decode,
            "heartbeat": self._on_heartbeat,
            "send": self._on_send,
            "fill": self._on_fill,
            "schedule": self._on_schedule,
            "unschedule": self._on_unschedule,
            "schedules": self._on_schedules,
            "library": self._on_library,
            "keep": self._on_keep,
            "library_file": self._on_library_file,
            "resend": self._on_resend,
            "draft": self._on_draft,
            "close": self._on_close,
            "reconnect": self._on_reconnect,
            "clear": self._on_clear,
            "find": self._on_find,
            "seek": self._on_seek,
            "found": self._on_found,
            "complete": self._on_complete,
            "advise": self._on_advise,
            "undo": self._on_undo,
            "marks": self._on_marks,
            "bookmark": self._on_bookmark,
            "like": self._on_like,
            "lines": self._on_lines,
            "frame": self._on_frame,
            "export": self._on_export,
            "sessions": self._on_sessions,
            "show": self._on_show,
            "statistics": self._on_statistics,
            "handshake": self._on_handshake,
            "certificate": self._on_certificate,
        }

    def message(self, content: Any, buffers: Sequence[Any]) -> None:
        """Take one message of a page; whatever goes wrong is answered to whoever asked.

        Parameters
        ----------
        content : object
            As it came.
        buffers : sequence
            Its binary parts.
        """
        known = content if isinstance(content, dict) else {}
        try:
            request = Request(known)
            handler = self._requests.get(request.kind)
            if handler is None:
                raise RequestError(f"the panel knows no request {request.kind!r}")
            if "buffers" in known and request.integer("buffers", 0, _BIG) != len(buffers):
                raise RequestError(_NO_BYTES)
            answer = handler(request, buffers)
        except Exception as error:  # noqa: BLE001 - answered to the page, and logged when unexpected
            self._host.send({"v": VERSION, "id": known.get("id"), **self._failure(error)}, [])
            return
        if answer is not None:
            self._answer(request, *answer)

    def _answer(self, request: Request, fields: dict[str, Any], buffers: Sequence[bytes] = ()) -> None:
        self._host.send({"v": VERSION, "id": request.id, **fields}, list(buffers))

    @staticmethod
    def _failure(error: Exception) -> dict[str, Any]:
        if not isinstance(error, (ValueError, LookupError, OSError, RuntimeError)):
            _logger.error("the panel failed to answer", exc_info=error)
        return {"k": "error", **_problem(error)}

    def _feed(self, request: Request) -> Feed:
        return self._views.of(request.view)

    def _on_hello(self, request: Request, _buffers: Sequence[Any]) -> None:
        self._feed(request).hello()
        self._host.wake()

    def _on_bye(self, request: Request, _buffers: Sequence[Any]) -> None:
        self._views.leave(request.view)

    def _on_back(self, request: Request, _buffers: Sequence[Any]) -> None:
        known = self._views.knows(request.view)
        feed = self._feed(request)
        self._on_hello(request, ())
        if not known:
            feed.set_fold(bool(request.integer("fold", 0, 1)))
            feed.set_filter(self._drafts.filled(request.text("filter", 10_000)))

    def _on_poll(self, request: Request, _buffers: Sequence[Any]) -> None:
        # Who asks for updates may get only what is sent while it is answered (Colab): what a thread answered is told again.
        with self._answers_lock:
            again = [one for one in self._aside_answers if one[0] == request.view]
            for one in again:
                self._aside_answers.remove(one)
        for _, fields, buffers in again:
            self._host.send(fields, buffers)
        self._host.publish(self._feed(request).poll(), request.view)

    def _on_ack(self, request: Request, _buffers: Sequence[Any]) -> None:
        self._feed(request).acked(request.integer("seq", 0, _BIG))

    def _on_select(self, request: Request, _buffers: Sequence[Any]) -> None:
        self._host.selected(request.integers("keys", 0, _BIG, MAX_SELECTED))

    def _on_follow(self, request: Request, _buffers: Sequence[Any]) -> None:
        self._host.followed(bool(request.integer("on", 0, 1)))

    def _on_rows(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        gen, feed = request.integer("gen", 0, _BIG), self._feed(request)
        layout = feed.layout
        first, rows = feed.rows(gen, request.integer("first", 0, _BIG), request.integer("n", 1, MAX_ROWS))
        return {"k": "rows", "gen": gen, "first": first, "layout": layout}, [pack(rows)]

    def _on_locate(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        found = self._feed(request).locate(request.integer("key", 0, _BIG))
        return {"k": "locate", "gen": found.gen, "at": found.at, "near": found.near}, []

    def _on_detail(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        key, offset = request.integer("key", 0, _BIG), request.integer("offset", 0, _BIG)
        sources = self._views.lead.sources
        source, index = self._row(key)
        log = source.log
        message = log[index]
        self._chosen(request, key)
        # A 64 MiB message is paged, never copied whole.
        following = min(offset + DETAIL_BYTES, message.size)
        payload = message.masked(offset, following)
        close: CloseInfo | None = None
        if message.kind == "close":
            by: Literal["you", "the server"] = "you" if message.direction == "sent" else "the server"
            said = Close.decode(message.view)
            close = {"code": said.code, "reason": mask(said.reason), "meaning": said.meaning, "by": by}
        half = pair(log, message)
        return {
            "k": "detail",
            "key": key,
            "index": index,
            "session": source.name,
            "time": message.time_ns // 1000,
            "sent": int(message.direction == "sent"),
            "kind": message.kind,
            "size": message.size,
            "offset": offset,
            "next": following,
            "masked": int(payload != message.view[offset:following]),
            "code": _code(source, index),
            "connection": message.connection,
            "compressed": message.compressed,
            "fragments": message.fragments,
            "incomplete": message.incomplete,
            "close": close,
            "decoded": None if offset else decoded_info(source.source, message),
            "pair": half and {**half, "key": sources.key(source, half["index"])},
            "since_previous": since_previous(log, message),
            "since_sent": since_sent(log, message),
        }, [payload]

    def _chosen(self, request: Request, key: int) -> Walk:
        """Go on with what this view searches in this message, and stop what it searches in another one."""
        with self._answers_lock:
            walk = self._walks.pop(request.view, None)
            if walk is None or walk.key != key:
                if walk is not None:
                    walk.stopped = True
                walk = Walk(key)
            self._walks[request.view] = walk
            while len(self._walks) > MOST_WALKS:
                self._walks.popitem(last=False)[1].stopped = True
            return walk

    def _on_level(self, request: Request, _buffers: Sequence[Any]) -> None:
        key, at, inside = request.integer("key", 0, _BIG), request.integer("at", 0, _BIG), request.text("inside", 6)
        if inside not in {"object", "array", ""}:
            raise RequestError("inside must be object, array, or nothing")
        container: Container | None = "object" if inside == "object" else "array" if inside else None
        source, index = self._row(key)
        message = source.log[index]
        walk = self._chosen(request, key)

        def read() -> Answer:
            with self._walking:  # one at a time: each can keep a core busy
                try:
                    level = read_level(message.view, at, container, LEVEL_MEMBERS, lambda: walk.stopped)
                except Stopped:
                    raise RequestError("another message was chosen meanwhile") from None
            return _level(message, level)

        self._aside(request, read)

    def close(self) -> None:
        """Stop what is under way: nobody waits for it any more."""
        with self._answers_lock:
            for walk in self._walks.values():
                walk.stopped = True

    def _on_filter(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        gen = self._views.of(request.view, leads=True).set_filter(self._drafts.filled(request.text("text", 10_000)))
        self._host.wake()
        return {"k": "filter", "gen": gen}, []

    def _on_find(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        gen = self._feed(request).set_find(self._drafts.filled(request.text("text", 10_000)))
        self._host.wake()
        return {"k": "filter", "gen": gen}, []

    def _on_seek(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        place = self._feed(request).seek(request.integer("at", -1, _BIG), request.integer("way", -1, 1))
        return {"k": "seek", **place._asdict()}, []

    def _on_found(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        low = request.integer("low", 0, _BIG)
        high = min(request.integer("high", low, _BIG), low + DETAIL_BYTES)
        return {"k": "found", "texts": self._feed(request).found(request.integer("key", 0, _BIG), low, high)}, []

    def _on_complete(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        text = request.text("text", 10_000)
        if request.integer("path", 0, 1):
            return {"k": "complete", "start": 0, "words": complete_path(text, self._newest())}, []
        start = term_at_end(text)
        return {"k": "complete", "start": units(text[:start]), "words": complete_term(text[start:], self._newest())}, []

    def _on_advise(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        # Asked when a search has ended, or before a column or a plot is added: never while rows are searched.
        text, path = self._drafts.filled(request.text("text", 10_000)), request.integer("path", 0, 1)
        every = all(len(source.log) <= NEWEST for source in self._views.lead.sources)
        said = (advice_on_path if path else advice)(text, self._newest(), every)
        return {"k": "advice", "text": printable(said, 1000)}, []

    def _newest(self) -> list[Message]:
        return [message for source in self._views.lead.sources for message in source.log[-NEWEST:]]

    def _on_fold(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        gen = self._views.of(request.view, leads=True).set_fold(bool(request.integer("on", 0, 1)))
        self._host.wake()
        return {"k": "filter", "gen": gen}, []

    def _on_columns(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        most = columns.MOST + 1  # one too many is refused in words
        self._host.table.asked(
            request.texts("paths", columns.LONGEST, most),
            request.texts("titles", columns.LONGEST, most),
            request.integers("widths", 0, columns.WIDEST, most),
        )
        self._host.wake()
        return {"k": "done"}, []

    def _on_highlights(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        most = highlights.MOST + 1
        self._host.table.asked_highlights(
            request.texts("filters", highlights.LONGEST, most),
            request.texts("colours", 20, most),
            request.integers("on", 0, 1, most),
        )
        self._host.wake()
        return {"k": "done"}, []

    def _on_overview(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        return overview_answer(*self._feed(request).overview())

    def _on_brush(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        low, high = request.integer("low", 0, _BIG), request.integer("high", 0, _BIG)
        gen = self._views.of(request.view, leads=True).set_span(low * 1000, high * 1000)
        self._host.wake()
        return {"k": "filter", "gen": gen}, []

    def _on_plot(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        path, by, where = (self._drafts.filled(request.text(name, 1000)) for name in ("path", "by", "where"))
        self._plots.add(self._views.lead.sources, path, by, where)
        return {"k": "done"}, []

    def _on_unplot(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        gone = self._plots.find(request.integer("plot", 0, _BIG))
        self._plots.keep([one for one in self._plots.all if one is not gone])
        return {"k": "done"}, []

    def _on_points(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        return points_answer(self._plots.find(request.integer("plot", 0, _BIG)), len(self._plots.all))

    def _on_nearest(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        plot, series = self._plots.find(request.integer("plot", 0, _BIG)), request.integer("series", 0, _BIG)
        key = plot.nearest(series, request.integer("time", 0, _BIG) * 1000, request.number("value"))
        return {"k": "nearest", "key": key}, []

    def _on_pairs(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        return pairs_answer(self._times.of(self._shown(request).log)), []

    def _on_decode(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        log, name = self._shown(request).log, request.text("decoder", 100)
        if name and name not in (*DECODERS, RAW, log.meanings.choice):  # a schema's file is opened in Python only
            raise RequestError(f"the panel knows no decoder {printable(name)!r}")
        log.meanings.choose(name or None)
        log.wake()
        self._host.wake()
        return {"k": "done"}, []

    def _on_heartbeat(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        self._able(request, "heartbeat")
        source: Any = self._shown(request).source
        source.heartbeat = bool(request.integer("on", 0, 1))
        return {"k": "done"}, []

    def _on_send(self, request: Request, buffers: Sequence[Any]) -> Answer | None:
        def send() -> Message:
            kind, send = request.text("kind", 10), self._able(request, "send")
            message: Message = send(
                self._templates.take(request.text("text", 100)) if kind == "filled" else self._written(request, buffers)
            )
            return message

        return self._once(request, send)

    def _written(self, request: Request, buffers: Sequence[Any]) -> str | bytes:
        """Read a message as it was typed or chosen."""
        if request.text("kind", 10) == "binary":
            if not buffers:
                raise RequestError(_NO_BYTES)
            return bytes(buffers[0])
        return self._drafts.filled(request.text("text"))

    def _on_fill(self, request: Request, _buffers: Sequence[Any]) -> None:
        mode, text = request.text("mode", 10), request.text("text", _MOST_TEXT)
        self._trusted("evaluate {{expressions}}")

        def fill() -> Answer:
            name, shown = self._templates.show(mode, text)
            return {"k": "filled", "name": name, **shown}, []

        self._aside(request, fill)

    def _on_schedule(self, request: Request, buffers: Sequence[Any]) -> None:
        send, shown = self._able(request, "send"), self._shown(request)
        mode, text = request.text("mode", 10), request.text("text", _MOST_TEXT)
        every, count = request.integer("every", 0, _BIG) / 1000, request.integer("count", 0, MOST)
        template = request.text("kind", 10) == "template"
        if template:
            self._trusted("evaluate {{expressions}}")
        data = "" if template else self._written(request, buffers)
        make = (lambda: self._templates.fill(mode, text)) if template else lambda: data
        source, schedules = shown.source, self._schedules
        schedule = Schedule(
            shown.name, shown.log, lambda: source.state, send, make, every, count or None, schedules.told
        )

        def begin() -> Answer:
            schedules.begin(schedule)  # waits for the end of the one before
            return {"k": "done"}, []

        self._aside(request, begin)

    def _on_unschedule(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        self._schedules.stop(request.text("of", 1000))
        return {"k": "done"}, []

    def _on_library(self, _request: Request, _buffers: Sequence[Any]) -> Answer:
        path, kept = self._library.path, self._library.read()
        where = {"path": visible(str(path or "")), "directory": visible(str(Path.cwd()))}
        return {"k": "library", **where}, [json.dumps(kept).encode()]

    def _on_keep(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        old, new = (request.texts(key, LONGEST_TEXT, 4) for key in ("old", "new"))
        at = request.integer("at", -1, _BIG)
        self._library.change(_kept(old) if old else None, _kept(new) if new else None, None if at < 0 else at)
        return self._on_library(request, ())

    def _on_library_file(self, request: Request, buffers: Sequence[Any]) -> Answer:
        self._trusted("name a file")
        said = json.loads(bytes(buffers[0])) if buffers else []
        if not isinstance(said, list) or len(said) > MOST_KEPT:
            raise RequestError(f"messages must be a list of at most {MOST_KEPT:,}")
        self._library.ask(request.text("path", 1000), [_kept(one) for one in said])
        return self._on_library(request, ())

    def _trusted(self, what: str) -> None:
        """Refuse what a page may do only where it can run code anyway."""
        if not self._host.trusts():
            raise RequestError(f"here a page may not {what}: in a cell, panel.trusts_page = True allows it")

    def _on_schedules(self, _request: Request, _buffers: Sequence[Any]) -> Answer:
        return {"k": "schedules", "schedules": [one.info() for one in self._schedules.all]}, []

    def _on_resend(self, request: Request, _buffers: Sequence[Any]) -> Answer | None:
        # From the log, not from the page, which knows no secrets.
        def resend() -> Message:
            _, index = self._asked(request)
            sent: list[Message] = self._able(request, "resend")(index)
            return sent[0]

        return self._once(request, resend)

    def _on_draft(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        source, index = self._asked(request)
        return {"k": "draft", "text": self._drafts.named(source.log[index].text)}, []

    def _once(self, request: Request, send: Callable[[], Message]) -> Answer | None:
        """Send, however often the same request comes."""
        with self._answers_lock:
            if request.id in self._answers:
                # Came twice: sent once. While the first is under way, it answers for both.
                before = self._answers[request.id]
                return (before, []) if before is not None else None
            self._answers[request.id] = None
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        fields: dict[str, Any]
        try:
            fields = {"k": "sent", "index": send().index}
        except Exception as error:  # noqa: BLE001 - answered to the page
            fields = {"k": "error", **_problem(error)}
        with self._answers_lock:
            self._answers[request.id] = fields
        return fields, []

    def _on_close(self, request: Request, _buffers: Sequence[Any]) -> None:
        close = self._able(request, "close")
        code, reason = request.integer("code", 1000, 4999), request.text("reason", 123)
        self._aside(request, lambda: _done(close(code, reason)))

    def _on_reconnect(self, request: Request, _buffers: Sequence[Any]) -> None:
        reconnect = self._able(request, "reconnect")
        self._aside(request, lambda: _done(reconnect()))

    def _aside(self, request: Request, action: Callable[[], Answer]) -> None:
        """Do what may take long, and answer then: not on the thread that answers the page."""

        def run() -> None:
            try:
                fields, buffers = action()
            except Exception as error:  # noqa: BLE001 - answered to the page, and logged when unexpected
                fields, buffers = self._failure(error), []
            message = {"v": VERSION, "id": request.id, **fields}
            with self._answers_lock:
                self._aside_answers.append((request.view, message, buffers))
            self._host.send(message, buffers)

        threading.Thread(target=run, name="kontena-ws-panel-action", daemon=True).start()

    def _on_clear(self, _request: Request, _buffers: Sequence[Any]) -> Answer:
        self._undo.clear(source.log for source in self._views.lead.sources)
        self._host.wake()
        return {"k": "done"}, []

    def _on_undo(self, _request: Request, _buffers: Sequence[Any]) -> Answer:
        rows = sum(source.log.undo_clear() for source in self._views.lead.sources)
        self._host.wake()
        return {"k": "undone", "rows": rows}, []

    # ---- rows that a reader marked or chose

    def _on_marks(self, _request: Request, _buffers: Sequence[Any]) -> Answer:
        sources = self._views.lead.sources
        undo = sum(source.log.undoable for source in sources)
        return {"k": "marks", "undo": undo}, [pack(marks(sources, self._drafts.named))]

    def _on_bookmark(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        note = None if request.empty("note") else self._drafts.filled(request.text("note", _NOTE))
        on = request.integer("on", 0, 1)
        for source, indexes in self._rows(request):
            if on:
                source.log.bookmarks.add(indexes, note)
            else:
                source.log.bookmarks.remove(indexes)
        self._host.wake()
        return {"k": "done"}, []

    def _on_like(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        key = request.integer("key", 0, _BIG)
        source, index = self._row(key)
        message = source.log[index]
        half = pair(source.log, message)
        return {
            "k": "like",
            "filters": filters_like(message),
            "pair": half and {**half, "key": half["index"] + key - index},
        }, []

    def _on_lines(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        keys = request.integers("keys", 0, _BIG, MAX_SELECTED)
        layout = self._host.table.now.version
        at = first = request.integer("first", 0, MAX_SELECTED)
        head, line = self._format(request, not first)
        parts, size = [head.encode()] if not first else [], 0
        rows = 0
        while at < len(keys) and size < EXPORT_BYTES:
            source, index = self._row(keys[at])
            message = source.log.get(index)
            if message is not None:
                rows += 1
                parts.append(_line(line, message, source.name))
                size += len(parts[-1])
            at += 1
        return {"k": "export", "next": at, "stop": len(keys), "rows": rows, "layout": layout}, [b"".join(parts)]

    def _on_frame(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        rows = self._rows(request)
        for source, _ in rows:
            if _replaced(source):
                raise RequestError(
                    f"{printable(source.name, 100)} was replaced by another session of its name, which no variable holds: "
                    "use panel.selected in a cell"
                )
        code = [(_log(source), index) for source, indexes in rows for index in sorted(indexes)]
        return {"k": "frame", "code": frame_code(code)}, []

    def _rows(self, request: Request) -> list[tuple[Shown, list[int]]]:
        """Read which rows are meant, by their sources."""
        found: dict[str, tuple[Shown, list[int]]] = {}
        for key in request.integers("keys", 0, _BIG, MAX_SELECTED):
            source, index = self._row(key)
            found.setdefault(source.name, (source, []))[1].append(index)
        return list(found.values())

    def _on_export(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        layout = self._host.table.now.version
        head, line = self._format(request, bool(request.integer("start", 0, 1)))
        first, stop = request.integer("first", 0, _BIG), request.integer("stop", 0, _BIG)
        start = request.integer("start", 0, 1)
        sources = self._views.lead.sources
        if start:
            first, stop = self._feed(request).spread(first, stop)
        low, keys = self._feed(request).keys(request.integer("gen", 0, _BIG), first, stop)
        parts, size, read, rows = [head.encode()] if start else [], 0, 0, 0
        for key in keys:
            found = sources.find(key)
            message = found and found[0].log.get(found[1])
            read += 1
            if found and message is not None:
                rows += 1
                parts.append(_line(line, message, found[0].name))
                size += len(parts[-1])
            if size >= EXPORT_BYTES:
                break
        return {"k": "export", "next": low + read, "stop": stop, "rows": rows, "layout": layout}, [b"".join(parts)]

    def _format(self, request: Request, start: bool) -> tuple[str, LineOf]:
        """Read which format a file has: its head, and what writes a line; with the table's columns, the same in all parts."""
        name = request.text("format", 10)
        if name not in FORMATS:
            raise RequestError(f"the panel exports {', '.join(FORMATS)}, not {name!r}")
        layout = self._host.table.now
        if not start and request.integer("layout", 0, _BIG) != layout.version and name == "csv":
            raise RequestError("the columns were changed meanwhile: export again")
        return line_format(name, bool(request.integer("notes", 0, 1)), layout.columns.exported())

    def _on_sessions(self, _request: Request, _buffers: Sequence[Any]) -> Answer:
        return {"k": "sessions", "sessions": self._host.choices()}, []

    def _on_show(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        self._host.choose(request.texts("names", 1000, _MOST_NAMES))
        return {"k": "done"}, []

    def _on_statistics(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        shown = self._shown(request)
        return {"k": "statistics", **statistics_answer(shown.name, shown.source, shown.describe())}, []

    def _on_handshake(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        source = self._shown(request).source
        return {"k": "handshake", **handshake_answer(capable(source, "handshake"), _expression(source))}, []

    def _on_certificate(self, request: Request, _buffers: Sequence[Any]) -> Answer:
        source = self._shown(request).source
        note = "" if "certificate" in capabilities(source) else "There is no connection, hence no certificate."
        note = "The file has no certificate of this connection." if source.state == "capture" else note
        return {"k": "certificate", **certificate_answer(capable(source, "certificate"), note)}, []

    def _shown(self, request: Request) -> Shown:
        """Find which of the sessions shown a request means. Never another one: it may have been made before others were shown."""
        name = request.text("of", 1000)
        for source in self._views.lead.sources:
            if source.name == name:
                return source
        raise RequestError(f"{printable(name, 100)} is not shown in this panel any more; nothing was done")

    def _row(self, key: int) -> tuple[Shown, int]:
        found = self._views.lead.sources.find(key)
        if found is None:
            raise RequestError("the session of this message is not shown any more: select it again")
        return found

    def _asked(self, request: Request) -> tuple[Shown, int]:
        """Read which message is meant; it must be of the session that the page takes it to be of."""
        source, index = self._row(request.integer("key", 0, _BIG))
        if source is not self._shown(request):
            raise RequestError("this message is of another session than the page shows: select it again")
        return source, index

    def _able(self, request: Request, what: Capability) -> Any:
        """Get what a source must be able to do for this request."""
        source = self._shown(request).source
        if what not in capabilities(source):
            raise RequestError(f"{printable(source.name, 100)} cannot {what}: there is no connection to use")
        return capable(source, what)


def _kept(said: Any) -> SavedMessage:
    """Read a kept message as it travels."""
    if not isinstance(said, list) or len(said) != 4 or not all(isinstance(one, str) for one in said):
        raise RequestError("a kept message has a name, a folder, a mode and a text")
    return SavedMessage(*said)


def _line(line: LineOf, message: Message, name: str) -> bytes:
    """Write a line of a file: without its data where it would be too long to be sent."""
    written = line(message, EXPORT_LINE, name).encode()
    return written if len(written) <= EXPORT_LINE else line(message, 0, name).encode()


def _done(_result: object) -> Answer:
    """Say that it has been done."""
    return {"k": "done"}, []


def _level(message: Message, level: Level) -> Answer:
    """Write members for the page."""

    def written(start: int, stop: int, most: int) -> str:
        return message.masked(start, min(stop, start + most)).decode(
            "utf-8", "ignore"
        )  # a character that is cut in two

    members = [
        MemberItem(
            written(*member.name, LEVEL_BYTES) if member.name else "",
            member.kind,
            written(member.start, member.stop, LEVEL_PREVIEW if member.kind in {"object", "array"} else LEVEL_BYTES),
            member.stop - member.start,
            member.start,
            member.total,
        )
        for member in level.members
    ]
    answer = {"k": "level", "kind": level.kind, "next": level.next, "problem": level.problem, "total": level.total}
    return answer, [pack(members)]


def _code(shown: Shown, index: int) -> str:
    """Python that fetches a message."""
    return "panel.selected[0]" if _replaced(shown) else f"{_log(shown)}[{index}]"


def _replaced(shown: Shown) -> bool:
    """Whether it is a session that was replaced, and no variable holds: its name means another one."""
    return shown.state != "log" and shown.name != shown.source.name and _variable(shown.source, "") is None


def _log(shown: Shown) -> str:
    """Python that gives a log."""
    if shown.state == "log":
        return _variable(shown.log, "log") or "log"
    return f"{_expression(shown.source)}.messages"


def _expression(source: Source) -> str:
    """Python that gives a source: a variable of the notebook; else, and without a notebook, what its name says."""
    if (name := _variable(source, source.name)) is not None:
        return name
    if (own := getattr(source, "expression", None)) is not None:
        return str(own)
    known = registry.live.get(source.name) is source and get_ipython() is not None
    return source.name if source.name.isidentifier() and not known else f"kws.sessions[{source.name!r}]"


def _variable(value: object, wanted: str) -> str | None:
    """Name a variable of the notebook that holds a value, the wanted one if several do."""
    shell = get_ipython()
    variables = {} if shell is None else shell.user_ns.copy()  # at once: a cell may be running
    names = [name for name, held in variables.items() if held is value and not name.startswith("_")]
    return wanted if wanted in names else names[0] if names else None


def _problem(error: Exception) -> dict[str, Any]:
    # The page marks the place itself.
    text = error.message if isinstance(error, QueryError) else str(error) or type(error).__name__
    return {"message": printable(text, 1000, multiline=True), "position": getattr(error, "position", None)}
