"""The messages between kernel and browser, version 1: the one definition of each.

The front end's types and constants are made from this file: ``python -m tests.lab.comm_messages`` writes
``frontend/src/messages.ts``, and a test fails when that is stale. A browser is not trusted to be well formed: `Request`
checks every field it reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypedDict

from ..log.kinds import Kind
from .sources import Capability

VERSION: Final = 1

#: Rows of the view that travel with every tick.
TAIL: Final = 60
#: Rows of one page of the browser's cache.
PAGE_ROWS: Final = 100
#: Most rows of one `rows` answer.
MAX_ROWS: Final = 500
#: Bytes of a payload in one `detail` answer.
DETAIL_BYTES: Final = 200_000
#: Members of an object or array in one `level` answer, at most, and bytes of each one's name and of its value.
LEVEL_MEMBERS: Final = 100
LEVEL_BYTES: Final = 500
#: Bytes of an object or array that are shown beside its name.
LEVEL_PREVIEW: Final = 200
#: Bytes of a file in one `export` answer, about.
EXPORT_BYTES: Final = 1_000_000
#: Rows of a file in one `export` answer, at most.
EXPORT_ROWS: Final = 10_000
#: Bytes of a line of a file; one that would be longer is written without its data. With what is before it, it is less than
#: the 5 MB that Databricks lets a widget's message have (docs.databricks.com, Known limitations of notebooks).
EXPORT_LINE: Final = 3_900_000
#: Rows a reader, or Python, can have selected.
MAX_SELECTED: Final = 100

#: What a source is doing; "log": it has no connection; "capture": it was read from a file; "merged": what is said is said of several together.
State = Literal["connecting", "open", "closing", "closed", "log", "capture", "merged"]
#: 0 or 1.
Flag = Literal[0, 1]


def flag(holds: bool) -> Flag:
    """Write a truth as it travels.

    Parameters
    ----------
    holds : bool
        What is said.

    Returns
    -------
    int
        1 or 0.
    """
    return 1 if holds else 0


class RowItem(NamedTuple):
    """A row as it travels. Its key is its permanent index, and while several sources are merged also the number of its source."""

    key: int
    #: Epoch microseconds: below 2^53.
    time: int
    sent: Flag
    kind: Kind
    #: Bytes.
    size: int
    #: At most 160 bytes of the payload, control characters escaped; of several pings and pongs, how many and how long.
    preview: str
    #: How many pings and pongs it stands for, itself included; 0 for a row of its own.
    folded: int
    #: 1 when the connection ended before all of it came.
    incomplete: Flag
    #: What follows travels only where there is something to say. The texts of the panel's own columns, in their order.
    cells: tuple[str, ...] = ()
    #: Number of the first highlight rule that matches, counted from 1; 0 for none.
    rule: int = 0
    #: Where the filter's words are in the preview: begin and end of each, in UTF-16 code units, as JavaScript counts.
    hits: tuple[int, ...] = ()


class Column(NamedTuple):
    """A column of one's own."""

    #: Where its values are, as in a filter: ``$.data.price``.
    path: str
    title: str
    #: Pixels.
    width: int


#: What a rule colours rows with; the page has a light and a dark of each.
Colour = Literal["red", "orange", "yellow", "green", "teal", "blue", "purple", "grey"]


class Highlight(NamedTuple):
    """A saved filter that colours the rows it matches; the first that matches wins."""

    filter: str
    colour: Colour
    #: 0 keeps it without colouring anything.
    on: Flag


class MarkItem(NamedTuple):
    """A bookmark as it travels."""

    #: The row's.
    key: int
    #: Epoch microseconds.
    time: int
    #: What was noted, secrets masked; may be empty.
    note: str


class MemberItem(NamedTuple):
    """A member of an object or array as it travels: texts as they are written, secrets masked, cut off where they are long."""

    #: Quotes included; empty in an array.
    name: str
    kind: Literal["object", "array", "string", "number", "literal"]
    #: The value; of an object or array its beginning.
    text: str
    #: Bytes of the value.
    size: int
    #: Where the value begins: an object or array can be asked for there.
    at: int
    #: How many members the value has.
    total: int


class CloseInfo(TypedDict):
    """How a connection ended."""

    code: int
    reason: str
    meaning: str
    #: "" when nobody knows.
    by: Literal["you", "the server", ""]


class Security(TypedDict):
    """What the padlock shows."""

    level: Literal["good", "warn", "bad", "none"]
    label: str
    title: str


class RecordingInfo(TypedDict):
    """What the status line says about a recording."""

    label: str
    title: str
    #: 1 when the file cannot be written at the moment, or rows were lost.
    failing: Flag


class SessionInfo(TypedDict):
    """What the status line says about a source."""

    name: str
    url: str
    state: State
    error: str
    close: CloseInfo | None
    security: Security
    #: Seconds between keepalive pings; null without.
    keepalive: float | None
    #: Null when it is not recorded.
    recording: RecordingInfo | None
    #: What the source can do or tell besides its rows; the rest is greyed out.
    can: list[Capability]
    #: Whether it can be sent to now.
    writable: bool
    #: When it first opened, or the log began: epoch microseconds; null while there is nothing.
    began: int | None


class StatsInfo(TypedDict):
    """Counters, rate and times of a source."""

    sent_messages: int
    sent_bytes: int
    received_messages: int
    received_bytes: int
    #: Received messages a second, over the last second.
    rate: float
    #: Seconds of the last ping's round trip.
    latency: float | None
    #: Seconds since the connection opened, or that it was open.
    uptime: float


class PairInfo(TypedDict):
    """The other half of a request and its response."""

    key: int
    #: Its permanent index.
    index: int
    sent: Flag
    #: Whether it is the response to the row that was asked about; else that row answers it.
    answer: bool
    #: Microseconds from the request to the response.
    took: int


class SourceChoice(TypedDict):
    """A source the panel can show."""

    name: str
    url: str
    state: State
    shown: bool


class SourceInfo(TypedDict):
    """One of the sources that are shown."""

    #: In the keys of its rows.
    number: int
    #: No other source of the panel is called so.
    name: str
    state: State
    can: list[Capability]
    writable: bool


class Asked(TypedDict):
    """What Python last asked of every view; a view does it once for each new number."""

    #: Number, and whether to follow.
    follow: tuple[int, bool]
    #: Number, the rows' keys, and the position of the first in the view; null when it is not there.
    select: tuple[int, list[int], int | None]


class Tick(TypedDict):
    """Absolute state of a view, never an increment: losing one costs nothing. Its buffer holds the view's last rows as JSON."""

    v: Literal[1]
    k: Literal["tick"]
    #: The view it is for, as its requests' ids begin; empty while none has spoken. A view that has got none of its own yet shows any.
    view: str
    seq: int
    #: Whether it asks for an `ack`.
    ack: bool
    #: "pump": published by the kernel's thread. "reply": the answer to a poll.
    via: Literal["pump", "reply"]
    gen: int
    filter: str
    #: Whether every run of pings and pongs is one row. With a filter each is a row of its own.
    fold: bool
    #: Whether the filter still scans older rows.
    busy: bool
    #: Why the filter has ended before the end; empty when it has not.
    stopped: str
    #: Changes when messages are decoded anew: what is shown of one may be old.
    meanings: int
    #: Changes with the columns and highlights (`TableState`): cells and rules of rows from before mean something else.
    layout: int
    #: Changes when bookmarks do, or whether cleared rows can be had back: `marks` tells.
    marks: int
    #: Position of the view's first row; positions are stable within a `gen`.
    first: int
    #: Rows in the view.
    n: int
    #: Rows ever written, kept now, and dropped by retention.
    total: int
    kept: int
    dropped: int
    asked: Asked
    #: Of several that are merged, what can be said of all of them.
    session: SessionInfo
    stats: StatsInfo
    sources: list[SourceInfo]


# ---- answers: each has the id of its request


class RowsAnswer(TypedDict):
    """Its buffer holds the rows as JSON, null where retention dropped one."""

    k: Literal["rows"]
    gen: int
    first: int
    layout: int


class DecodedInfo(TypedDict):
    """What a message means, secrets masked."""

    #: The decoder's name; empty when there is none.
    decoder: str
    #: The line it writes about the message; empty when it has nothing to say that the payload does not.
    label: str
    #: The value as JSON; empty when there is none, or it is longer than `DETAIL_BYTES`.
    text: str
    #: Bytes of the value as JSON.
    size: int
    #: The decoder that was chosen; empty when the connection decides.
    choice: str
    #: The names of all.
    decoders: list[str]
    #: Whether its protocol's heartbeats are answered or sent; empty when there are none, or nobody to send them.
    heartbeat: Literal["", "off", "on"]
    #: What is to be said about one that raises or is slow; empty when there is nothing.
    problem: str


class DetailAnswer(TypedDict):
    """Its buffer holds bytes `offset` to `next` of the payload, secrets masked: it may be shorter."""

    k: Literal["detail"]
    key: int
    #: Permanent index in the log of its source.
    index: int
    #: Name of the source.
    session: str
    time: int
    sent: Flag
    kind: Kind
    size: int
    offset: int
    #: Where the next part begins; `size` when this was the last.
    next: int
    #: 1 when something in the buffer is masked.
    masked: Flag
    #: Python that fetches this message, such as `ws.messages[7]`.
    code: str
    connection: int
    compressed: bool
    fragments: int
    #: Whether the connection ended before all of it came.
    incomplete: bool
    close: CloseInfo | None
    #: Only with the first part.
    decoded: DecodedInfo | None
    pair: PairInfo | None
    #: Microseconds since the row before, and since the last message sent before it.
    since_previous: int | None
    since_sent: int | None


class LevelAnswer(TypedDict):
    """Members of an object or array in a payload. Its buffer holds them as JSON."""

    k: Literal["level"]
    kind: Literal["object", "array"]
    #: Where the next one begins; null after the last.
    next: int | None
    #: Why there are no more though it does not end; empty when it does.
    problem: str
    #: How many there are in all; null when that takes long to find, or the beginning was not asked for.
    total: int | None


class LocateAnswer(TypedDict):
    """Where a row is."""

    k: Literal["locate"]
    gen: int
    #: Position in the view; null when the filter hides it, or it was dropped.
    at: int | None
    #: The same, or where the row is that is next in time; null when there is none, or it was dropped.
    near: int | None


class SeekAnswer(TypedDict):
    """Where what is looked for is."""

    k: Literal["seek"]
    gen: int
    #: The row's key; null when there is none.
    key: int | None
    #: Its position in the view.
    at: int | None
    #: Which of all that have been found so far it is, counted from 1; 0 when it is none.
    number: int
    total: int
    #: Whether older rows are still searched.
    busy: bool


class FoundAnswer(TypedDict):
    """What the filter, and what is looked for, find in a message."""

    k: Literal["found"]
    #: Each once, as it stands there, secrets masked.
    texts: list[str]


class CompleteAnswer(TypedDict):
    """What a filter may go on with."""

    k: Literal["complete"]
    #: Where the word begins that they stand for, in UTF-16 code units.
    start: int
    #: Whole words, best first, and what each means.
    words: list[tuple[str, str]]


class AdviceAnswer(TypedDict):
    """Why a filter, a column or a plot may find nothing."""

    k: Literal["advice"]
    #: A sentence; empty when nothing is known against it.
    text: str


class ExportAnswer(TypedDict):
    """Its buffer holds a part of the file."""

    k: Literal["export"]
    #: Position the next part begins at, and where the last one ends: `next` is `stop` after it. Both count every row, also where
    #: the view folds some; the request for the next part says them.
    next: int
    stop: int
    rows: int
    #: Version of the columns that CSV has; the request for the next part says it.
    layout: int


class SessionsAnswer(TypedDict):
    """What the picker offers."""

    k: Literal["sessions"]
    sessions: list[SourceChoice]


class StatisticsAnswer(TypedDict):
    """The statistics tab."""

    k: Literal["statistics"]
    name: str
    stats: StatsInfo
    state: State
    kept: int
    dropped: int
    #: False for a source without counters, of which only the sizes are known.
    available: bool
    #: Over so many seconds: messages and payload bytes received a second.
    rates: list[tuple[int, float, float]]
    #: Bytes sent and received on the wire.
    wire: tuple[int, int]
    #: Seconds: p50, p95, p99; empty without a pong.
    latency: list[float]
    #: Payload bytes from, to (both included), and how many messages received have so many.
    sizes: list[tuple[int, int, int]]


class DraftAnswer(TypedDict):
    """A message for the composer; `«secret …»` stands for what the kernel puts back when it is sent."""

    k: Literal["draft"]
    text: str


class FilledAnswer(TypedDict):
    """A message whose ``{{expressions}}`` were filled in: what `send` of kind ``filled`` sends."""

    k: Literal["filled"]
    #: For `send`; of the last few.
    name: str
    kind: Literal["text", "binary"]
    #: Bytes.
    size: int
    #: The beginning, secrets masked; of a binary one in hexadecimal.
    text: str


class ScheduleInfo(TypedDict):
    """A message that the kernel sends again and again."""

    #: Name of the session.
    of: str
    #: Seconds.
    every: float
    #: After how many it ends; 0 for no limit.
    count: int
    sent: int
    running: Flag
    #: Seconds until the next one.
    next: float
    #: What went wrong last; empty when the last one was sent.
    error: str


class SchedulesAnswer(TypedDict):
    """The schedules of the panel. Told also when one changes: then its id is empty."""

    k: Literal["schedules"]
    schedules: list[ScheduleInfo]


class LibraryAnswer(TypedDict):
    """Where kept messages are. Its buffer holds them as JSON, each as name, folder, mode and text; none while the browser keeps them."""

    k: Literal["library"]
    #: The file; empty while the browser keeps them.
    path: str
    #: Where a file that the page asks for would be.
    directory: str


class SentAnswer(TypedDict):
    """A message was sent."""

    k: Literal["sent"]
    #: Its permanent index.
    index: int


class FilterAnswer(TypedDict):
    """The filter is set."""

    k: Literal["filter"]
    gen: int


class HandshakeAnswer(TypedDict):
    """The handshake tab."""

    k: Literal["handshake"]
    available: bool
    url: str
    request: str
    response: str
    facts: list[tuple[str, str]]
    #: Phase and seconds, in order.
    timings: list[tuple[str, float]]
    body: str


class CertificateAnswer(TypedDict):
    """The certificate tab."""

    k: Literal["certificate"]
    available: bool
    #: The kernel's own card: escaped there, never a server's text as it came.
    html: str
    note: str


class OverviewAnswer(TypedDict):
    """What came when. Its buffers: uint32 counts of the buckets, and float64 of the buckets' bytes; little-endian."""

    k: Literal["overview"]
    #: Epoch microseconds: where the first bucket begins.
    start: int
    #: Microseconds of a bucket.
    width: int
    #: How many there are. The first buffer has of each the messages received; then of each those sent; what happened to the connection; messages received that the filter shows; those sent.
    count: int
    #: Whether the last two of these are there.
    filtered: Flag
    #: The filter's limits of time, epoch microseconds; null where there is none.
    low: int | None
    high: int | None
    #: Whether there is more to count: ask again soon.
    busy: Flag


class SeriesInfo(TypedDict):
    """One line of a plot."""

    #: Tells it from the plot's others.
    number: int
    name: str
    #: Numbers it stands for, and how many points follow.
    count: int
    points: int
    last: float


class PointsAnswer(TypedDict):
    """The points of a plot, series by series. Its buffers: float32 times, and float64 values; little-endian."""

    k: Literal["points"]
    #: Epoch microseconds. Times are milliseconds from there; a value is NaN where another connection began.
    start: int
    series: list[SeriesInfo]
    #: Values without a series, and whether there may be more.
    left_out: int
    more: Flag
    #: Messages, and those of them that were looked into.
    passed: int
    looked: int
    #: Values that are no finite number, and messages too large to be looked into.
    odd: int
    large: int
    #: Whether there is more to read: ask again soon.
    busy: Flag
    #: Why the reading has ended; empty when it has not.
    problem: str


class NearestAnswer(TypedDict):
    """The message of a point; null when it is not there any more."""

    k: Literal["nearest"]
    key: int | None


class PairsAnswer(TypedDict):
    """How long responses took."""

    k: Literal["pairs"]
    #: Microseconds from, to (both included), and how many responses took so long.
    counts: list[tuple[int, int, int]]
    #: Seconds: p50, p95, p99; empty without a pair.
    percentiles: list[float]
    #: Requests without a response.
    waiting: int
    #: Rows that were not read, for there were too many.
    skipped: int
    #: Whether there is more to read: ask again soon.
    busy: Flag


class PlotItem(TypedDict):
    """A plot, as the widget remembers it."""

    number: int
    path: str
    #: Empty without one.
    by: str
    where: str


class SavedAnswer(TypedDict):
    """The table that a saved notebook shows has been written again. Nobody asked: its id is empty."""

    k: Literal["saved"]
    #: The whole output, as `text/html` and as `text/plain`.
    html: str
    text: str


class MarksAnswer(TypedDict):
    """Its buffer holds the bookmarks as JSON, in the order of time."""

    k: Literal["marks"]
    #: How many rows that were cleared can be had back.
    undo: int


class UndoneAnswer(TypedDict):
    """Cleared rows are back."""

    k: Literal["undone"]
    #: How many.
    rows: int


class LikeAnswer(TypedDict):
    """What leads from a row to others."""

    k: Literal["like"]
    #: Filters that find rows like it, the most telling first.
    filters: list[str]
    pair: PairInfo | None


class FrameAnswer(TypedDict):
    """Python that makes a DataFrame of the rows."""

    k: Literal["frame"]
    code: str


class DoneAnswer(TypedDict):
    """What was asked for has been done."""

    k: Literal["done"]


class ErrorAnswer(TypedDict):
    """What was asked for cannot be done; any request may get it."""

    k: Literal["error"]
    message: str
    #: Where in the filter text the mistake is.
    position: int | None


# ---- requests: what the browser asks. `key` is a row's key. `of` is the name of a source: the kernel refuses when that is not shown any
# more, so that nothing reaches another one. `send`, `resend`, `close` and `reconnect` are never retried.


class RowsRequest(TypedDict):
    """Rows between two positions."""

    gen: int
    first: int
    n: int


class DetailRequest(TypedDict):
    """A part of a row's payload, and what is known about the row."""

    key: int
    offset: int


class LevelRequest(TypedDict):
    """Members of an object or array. Asking about another message ends a search that is under way."""

    key: int
    #: Where it begins in the payload, or where its next member does.
    at: int
    #: What the next member is of; "" from the beginning.
    inside: Literal["object", "array", ""]


class LocateRequest(TypedDict):
    """Where a row is in the view."""

    key: int


class FindRequest(TypedDict):
    """Look for what matches, and hide nothing."""

    #: In the filter grammar; empty looks for nothing.
    text: str


class SeekRequest(TypedDict):
    """The next row that matches, or the one before; beyond the last it begins anew."""

    #: Position in the view to go on from.
    at: int
    #: 1 for a row behind it, -1 for one in front of it, 0 for the row there.
    way: int


class FoundRequest(TypedDict):
    """What of a part of a message is to be marked."""

    key: int
    #: The part, in bytes of the payload.
    low: int
    high: int


class CompleteRequest(TypedDict):
    """What a filter may go on with."""

    #: Up to the cursor.
    text: str
    #: 1 for a field that takes a JSON path only: it is completed by a key alone, too.
    path: Flag


class AdviseRequest(TypedDict):
    """Whether a JSON key is one that no message has."""

    #: The whole filter, or the path.
    text: str
    path: Flag


class FoldRequest(TypedDict):
    """Show runs of pings and pongs as one row each, or each of them."""

    on: Flag


class DecodeRequest(TypedDict):
    """Choose the decoder of a source."""

    of: str
    #: A name; empty lets the connection decide.
    decoder: str


class HeartbeatRequest(TypedDict):
    """Answer or send the heartbeats of a source's protocol, or stop that."""

    of: str
    on: Flag


class ExportRequest(TypedDict):
    """A part of a file. Of the first part the positions are the view's, of the others those of the answer before."""

    gen: int
    format: Literal["jsonl", "csv"]
    #: 1 for the first part.
    start: Flag
    first: int
    stop: int
    #: 1 where something is bookmarked: the same for all parts.
    notes: Flag
    #: Of the answer before; 0 for the first part.
    layout: int


class ShowRequest(TypedDict):
    """Show these sources."""

    names: list[str]


class OfRequest(TypedDict):
    """Something about a source."""

    of: str


class FilterRequest(TypedDict):
    """Show what matches."""

    text: str


class ColumnsRequest(TypedDict):
    """Show these columns; of each the path, the title (empty: from the path) and the width (0: the usual one)."""

    paths: list[str]
    titles: list[str]
    widths: list[int]


class HighlightsRequest(TypedDict):
    """Colour rows by these rules; of each the filter, the colour, and whether it is on."""

    filters: list[str]
    colours: list[str]
    on: list[int]


class SendRequest(TypedDict):
    """Send a message; a binary one is in the buffer, and one that was filled in is meant by its name."""

    of: str
    kind: Literal["text", "binary", "filled"]
    text: str


class FillRequest(TypedDict):
    """Evaluate the ``{{expressions}}`` of a message, and show it: only when the reader asks for it."""

    mode: str
    text: str


class ScheduleRequest(TypedDict):
    """Send a message again and again, in the place of the session's schedule; a binary one is in the buffer."""

    of: str
    kind: Literal["text", "binary", "template"]
    #: How the text of a template is written.
    mode: str
    text: str
    #: Milliseconds.
    every: int
    #: 0 for no limit.
    count: int


class KeepRequest(TypedDict):
    """Add, change, move or delete a kept message, each said as name, folder, mode and text."""

    #: As it was; empty to add one.
    old: list[str]
    #: As it is to be; empty to delete it.
    new: list[str]
    #: Its position among all; -1 leaves it where it is.
    at: int


class LibraryRequest(TypedDict):
    """Keep messages in a file: the reader asked for it, and was shown the path. The buffer holds the browser's, as in `LibraryAnswer`."""

    #: Below the kernel's working directory; empty for the browser.
    path: str


class RowRequest(TypedDict):
    """Something about a row of a source: the page may not know all of it."""

    of: str
    key: int


class BookmarkRequest(TypedDict):
    """Bookmark rows, or remove their bookmarks."""

    keys: list[int]
    on: Flag
    #: Null keeps the notes there are.
    note: str | None


class KeysRequest(TypedDict):
    """Something about several rows."""

    keys: list[int]


class LinesRequest(TypedDict):
    """A part of a file of these rows: those that are still there."""

    keys: list[int]
    format: Literal["jsonl", "csv"]
    #: The place in `keys` of the first.
    first: int
    #: 1 where something is bookmarked: the same for all parts.
    notes: Flag
    #: Of the answer before; 0 for the first part.
    layout: int


class CloseRequest(TypedDict):
    """Close the connection."""

    of: str
    code: int
    reason: str


class BrushRequest(TypedDict):
    """Show the rows of a span only: epoch microseconds, the first included, the last not; `high` 0 for all."""

    low: int
    high: int


class PlotRequest(TypedDict):
    """Plot the numbers at a path, by the values of another one, of the messages that match a filter; both may be empty."""

    path: str
    by: str
    where: str


class PlotNumberRequest(TypedDict):
    """Something about a plot."""

    plot: int


class NearestRequest(TypedDict):
    """The message of a point."""

    plot: int
    series: int
    #: Epoch microseconds.
    time: int
    value: float


class NothingRequest(TypedDict):
    """Nothing needs to be said."""


#: What the browser asks, and what answers it.
REQUESTS: Final[Mapping[str, tuple[type, type]]] = {
    "rows": (RowsRequest, RowsAnswer),
    "detail": (DetailRequest, DetailAnswer),
    "level": (LevelRequest, LevelAnswer),
    "locate": (LocateRequest, LocateAnswer),
    "find": (FindRequest, FilterAnswer),
    "seek": (SeekRequest, SeekAnswer),
    "found": (FoundRequest, FoundAnswer),
    "complete": (CompleteRequest, CompleteAnswer),
    "advise": (AdviseRequest, AdviceAnswer),
    "export": (ExportRequest, ExportAnswer),
    "sessions": (NothingRequest, SessionsAnswer),
    "show": (ShowRequest, DoneAnswer),
    "statistics": (OfRequest, StatisticsAnswer),
    "filter": (FilterRequest, FilterAnswer),
    "fold": (FoldRequest, FilterAnswer),
    "columns": (ColumnsRequest, DoneAnswer),
    "highlights": (HighlightsRequest, DoneAnswer),
    "overview": (NothingRequest, OverviewAnswer),
    "brush": (BrushRequest, FilterAnswer),
    "plot": (PlotRequest, DoneAnswer),
    "unplot": (PlotNumberRequest, DoneAnswer),
    "points": (PlotNumberRequest, PointsAnswer),
    "nearest": (NearestRequest, NearestAnswer),
    "pairs": (OfRequest, PairsAnswer),
    "decode": (DecodeRequest, DoneAnswer),
    "heartbeat": (HeartbeatRequest, DoneAnswer),
    "send": (SendRequest, SentAnswer),
    "fill": (FillRequest, FilledAnswer),
    "schedule": (ScheduleRequest, DoneAnswer),
    "unschedule": (OfRequest, DoneAnswer),
    "schedules": (NothingRequest, SchedulesAnswer),
    "library": (NothingRequest, LibraryAnswer),
    "keep": (KeepRequest, LibraryAnswer),
    "library_file": (LibraryRequest, LibraryAnswer),
    "resend": (RowRequest, SentAnswer),
    "draft": (RowRequest, DraftAnswer),
    "close": (CloseRequest, DoneAnswer),
    "reconnect": (OfRequest, DoneAnswer),
    "clear": (NothingRequest, DoneAnswer),
    "undo": (NothingRequest, UndoneAnswer),
    "marks": (NothingRequest, MarksAnswer),
    "bookmark": (BookmarkRequest, DoneAnswer),
    "like": (LocateRequest, LikeAnswer),
    "lines": (LinesRequest, ExportAnswer),
    "frame": (KeysRequest, FrameAnswer),
    "handshake": (OfRequest, HandshakeAnswer),
    "certificate": (OfRequest, CertificateAnswer),
}


class AckNotice(TypedDict):
    """An update has been painted."""

    seq: int


class BackNotice(TypedDict):
    """A view that could not be seen can be: the kernel may have let it go meanwhile, and then takes up its filter."""

    filter: str
    fold: Flag


class SelectNotice(TypedDict):
    """The reader selected these rows."""

    keys: list[int]


class FollowNotice(TypedDict):
    """The reader follows the newest row, or not any more."""

    on: Flag


#: What the browser tells; nothing answers it directly.
NOTICES: Final[Mapping[str, type]] = {
    "hello": NothingRequest,
    "bye": NothingRequest,
    "back": BackNotice,
    "poll": NothingRequest,
    "ack": AckNotice,
    "select": SelectNotice,
    "follow": FollowNotice,
}


class TableState(TypedDict, total=False):
    """What the table shows besides the rows themselves, in every view and after a reload of the page: a trait of the widget."""

    #: As in a tick.
    layout: int
    columns: list[Column]
    highlights: list[Highlight]
    #: Why each of the rules was stopped; empty where it was not.
    problems: list[str]


class Snapshot(TypedDict, total=False):
    """The saved state of the widget: what a page without a kernel paints. Empty until the panel is displayed."""

    #: Its position and count are the whole view's.
    tick: Tick
    #: The view's newest rows.
    rows: list[RowItem]
    #: When it was written: epoch microseconds.
    time: int
    #: The widget's model id: the table that a live view hides has the class `kws-saved-<id>`.
    id: str


class RequestError(ValueError):
    """What the browser sent is not a request of this protocol."""


class Request:
    """One message of the browser.

    Parameters
    ----------
    content : Mapping
        As it came.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content
        self.kind = self.text("k", 20)
        self.id = self.text("id", 64)
        #: Which view of the panel asks.
        self.view = self.id.partition(":")[0]
        if content.get("v") != VERSION:
            raise RequestError(f"the panel speaks version {VERSION}, the page {content.get('v')!r}: reload the page")

    def text(self, key: str, limit: int | None = None) -> str:
        """Read a text field.

        Parameters
        ----------
        key : str
            Its name.
        limit : int, optional
            Most characters.

        Returns
        -------
        str

        Raises
        ------
        RequestError
            It is missing, not text, or too long.
        """
        value = self._content.get(key)
        if not isinstance(value, str) or (limit is not None and len(value) > limit):
            raise RequestError(f"{key} must be text{f' of at most {limit} characters' if limit else ''}")
        return value

    def empty(self, key: str) -> bool:
        """Tell whether a field says nothing: it is null.

        Parameters
        ----------
        key : str
            Its name.

        Returns
        -------
        bool
        """
        return key in self._content and self._content[key] is None

    def texts(self, key: str, limit: int, most: int) -> list[str]:
        """Read a list of texts.

        Parameters
        ----------
        key : str
            Its name.
        limit : int
            Most characters of each.
        most : int
            How many there may be.

        Returns
        -------
        list of str

        Raises
        ------
        RequestError
            It is missing, too long, or something in it is not text or too long.
        """
        value = self._content.get(key)
        if (
            not isinstance(value, list)
            or len(value) > most
            or not all(isinstance(one, str) and len(one) <= limit for one in value)
        ):
            raise RequestError(f"{key} must be at most {most} texts of at most {limit} characters")
        return value

    def integers(self, key: str, low: int, high: int, most: int) -> list[int]:
        """Read a list of whole numbers.

        Parameters
        ----------
        key : str
            Its name.
        low, high : int
            What each may be, both included.
        most : int
            How many there may be.

        Returns
        -------
        list of int

        Raises
        ------
        RequestError
            It is missing, too long, or something in it is not such a number.
        """
        value = self._content.get(key)
        if not isinstance(value, list) or len(value) > most or not all(_whole(one, low, high) for one in value):
            raise RequestError(f"{key} must be at most {most} whole numbers from {low} to {high}")
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        """Read a whole number.

        Parameters
        ----------
        key : str
            Its name.
        low, high : int
            What it may be, both included.

        Returns
        -------
        int

        Raises
        ------
        RequestError
            It is missing, not a whole number, or out of range.
        """
        value: Any = self._content.get(key)
        if not _whole(value, low, high):
            raise RequestError(f"{key} must be a whole number from {low} to {high}")
        number: int = value
        return number

    def number(self, key: str) -> float:
        """Read a number.

        Parameters
        ----------
        key : str
            Its name.

        Returns
        -------
        float

        Raises
        ------
        RequestError
            It is missing, not a number, or not finite.
        """
        value: Any = self._content.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= _LARGEST:
            raise RequestError(f"{key} must be a number")
        return float(value)


#: The largest float.
_LARGEST: Final = float.fromhex("0x1.fffffffffffffp+1023")


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def pack(rows: Sequence[tuple[object, ...] | None]) -> bytes:
    """Write rows as they travel: as JSON in a buffer beside the message, without what they have nothing to say of.

    Parameters
    ----------
    rows : sequence of RowItem or MemberItem
        Or None where one was dropped.

    Returns
    -------
    bytes
    """
    return json.dumps([_short(row) for row in rows], separators=(",", ":"), ensure_ascii=False).encode()


def units(text: str) -> int:
    """Count the UTF-16 code units of a text: places in it as JavaScript has them.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    int

    Examples
    --------
    >>> units("a\N{GRINNING FACE}")
    3
    """
    return len(text) + sum(char > "\uffff" for char in text)


#: Fields of a row that always travel.
_ALWAYS: Final = len(RowItem._fields) - len(RowItem._field_defaults)


def _short(row: tuple[object, ...] | None) -> tuple[object, ...] | None:
    if not isinstance(row, RowItem):
        return row
    long = len(row)
    while long > _ALWAYS and not row[long - 1]:
        long -= 1
    return row[:long]
