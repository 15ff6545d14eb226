// Made by `python -m tests.lab.comm_messages` from feed/comm_messages.py: the messages between kernel and browser. Do not edit.

export type Kind = "text" | "binary" | "ping" | "pong" | "close" | "open" | "error" | "reconnect";
export type Capability =
  | "send"
  | "resend"
  | "close"
  | "reconnect"
  | "handshake"
  | "certificate"
  | "stats"
  | "heartbeat";

/** Rows that are no frames. */
export const LIFECYCLE: readonly Kind[] = ["error", "open", "reconnect"];

/** Close codes that may be sent, and what they mean; 3000 and 4000 stand for all from there on. */
export const CLOSE_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [1000, "normal closure"],
  [1001, "going away"],
  [1002, "protocol error"],
  [1003, "unsupported data"],
  [1007, "invalid payload data"],
  [1008, "policy violation"],
  [1009, "message too big"],
  [1010, "mandatory extension missing"],
  [1011, "internal error"],
  [1012, "service restart"],
  [1013, "try again later"],
  [1014, "bad gateway"],
  [3000, "registered by a library or framework"],
  [4000, "application code"],
];

/** The forms of filters: what to type, and what it means. */
export const FILTER_FORMS: readonly (readonly [form: string, meaning: string])[] = [
  ["word", 'messages that contain it, as a person reads it; quote "two words"'],
  ["a b, a and b", "both: terms side by side must all hold; and binds closer than or"],
  ["a or b", "at least one of them; quote the words and, or, not to search for them"],
  ["-word, not word", "messages without it; - or not negates any term, -(a b) a group"],
  ["( )", "groups: kind:text (trade or quote)"],
  ["/regex/", "Python regular expression; /regex/i ignores case; \\x90 finds a byte of a binary message"],
  ["i:", "ignores case: i:word  i:$.type=trade  i:(a or b); i: with a space behind it, all that follows"],
  ["hex:", "bytes: hex:9003"],
  ["dir:", "sent or received"],
  ["kind:", "text, binary, ping, pong, close, open, error, reconnect; commas mean or"],
  ["size:", "bytes: size:>1k  size:<=10  size:10..20  (k = 1000, ki = 1024); len: is the same"],
  ["conn:", "number of the connection: conn:2  conn:>1"],
  ["#", "number of the row: #123  #100..200  #>100"],
  ["decoder:", "messages that it decodes: decoder:socket.io; commas mean or"],
  ["label:", 'the line it writes about a message contains: label:PUBLISH  label:"EVENT chat"  label:/^ACK/i'],
  ["is:", "is:bookmarked, messages that somebody has bookmarked"],
  ["note:", 'the note of a bookmark contains: note:wrong  note:"two words"'],
  ["since:", "since:10s (ms s m h d; moves with the clock)  since:12:03:44  since:2026-01-31T12:00"],
  ["after:", "the same as since:; after:#123, the rows behind it"],
  ["before:", "older than: before:5m  before:12:03:44; before:#123, the rows in front of it"],
  ["$.path", "JSON that has it (or an array of such): $.type  $.items[0].id  $.items[*].id  $.*.x  $..id anywhere"],
  ["$.path=value", 'equals: $.type=trade  $.id=7 (also "7" and 7.0)  $.id="7" (only the text)'],
  ["$.path=a|b", "one of: $.type=trade|quote, or with commas; a* any ending: $.type=tr*"],
  ["$.path!=value", "has the path, and another value there"],
  ["$.path>5", "numbers, also in strings: > >= < <=, $.qty=10..20"],
  ["$.path~text", "contains: $.type~tr  $.type~/^tr/i; !~ does not"],
];

export const VERSION = 1;

/** Rows of the view that travel with every tick. */
export const TAIL = 60;

/** Rows of one page of the browser's cache. */
export const PAGE_ROWS = 100;

/** Most rows of one `rows` answer. */
export const MAX_ROWS = 500;

/** Bytes of a payload in one `detail` answer. */
export const DETAIL_BYTES = 200_000;

/** Members of an object or array in one `level` answer, at most, and bytes of each one's name and of its value. */
export const LEVEL_MEMBERS = 100;

export const LEVEL_BYTES = 500;

/** Bytes of an object or array that are shown beside its name. */
export const LEVEL_PREVIEW = 200;

/** Bytes of a file in one `export` answer, about. */
export const EXPORT_BYTES = 1_000_000;

/** Rows of a file in one `export` answer, at most. */
export const EXPORT_ROWS = 10_000;

/** Bytes of a line of a file; one that would be longer is written without its data. With what is before it, it is less than the 5 MB that Databricks lets a widget's message have (docs.databricks.com, Known limitations of notebooks). */
export const EXPORT_LINE = 3_900_000;

/** Rows a reader, or Python, can have selected. */
export const MAX_SELECTED = 100;

/** What a source is doing; "log": it has no connection; "capture": it was read from a file; "merged": what is said is said of several together. */
export type State = "connecting" | "open" | "closing" | "closed" | "log" | "capture" | "merged";

/** 0 or 1. */
export type Flag = 0 | 1;

/** A row as it travels. Its key is its permanent index, and while several sources are merged also the number of its source. */
export type RowItem = readonly [
  key: number,
  /** Epoch microseconds: below 2^53. */
  time: number,
  sent: Flag,
  kind: Kind,
  /** Bytes. */
  size: number,
  /** At most 160 bytes of the payload, control characters escaped; of several pings and pongs, how many and how long. */
  preview: string,
  /** How many pings and pongs it stands for, itself included; 0 for a row of its own. */
  folded: number,
  /** 1 when the connection ended before all of it came. */
  incomplete: Flag,
  /** What follows travels only where there is something to say. The texts of the panel's own columns, in their order. */
  cells?: string[],
  /** Number of the first highlight rule that matches, counted from 1; 0 for none. */
  rule?: number,
  /** Where the filter's words are in the preview: begin and end of each, in UTF-16 code units, as JavaScript counts. */
  hits?: number[],
];

/** A column of one's own. */
export type Column = readonly [
  /** Where its values are, as in a filter: ``$.data.price``. */
  path: string,
  title: string,
  /** Pixels. */
  width: number,
];

/** What a rule colours rows with; the page has a light and a dark of each. */
export type Colour = "red" | "orange" | "yellow" | "green" | "teal" | "blue" | "purple" | "grey";

/** A saved filter that colours the rows it matches; the first that matches wins. */
export type Highlight = readonly [
  filter: string,
  colour: Colour,
  /** 0 keeps it without colouring anything. */
  on: Flag,
];

/** A bookmark as it travels. */
export type MarkItem = readonly [
  /** The row's. */
  key: number,
  /** Epoch microseconds. */
  time: number,
  /** What was noted, secrets masked; may be empty. */
  note: string,
];

/** A member of an object or array as it travels: texts as they are written, secrets masked, cut off where they are long. */
export type MemberItem = readonly [
  /** Quotes included; empty in an array. */
  name: string,
  kind: "object" | "array" | "string" | "number" | "literal",
  /** The value; of an object or array its beginning. */
  text: string,
  /** Bytes of the value. */
  size: number,
  /** Where the value begins: an object or array can be asked for there. */
  at: number,
  /** How many members the value has. */
  total: number,
];

/** How a connection ended. */
export interface CloseInfo {
  code: number;
  reason: string;
  meaning: string;
  /** "" when nobody knows. */
  by: "you" | "the server" | "";
}

/** What the padlock shows. */
export interface Security {
  level: "good" | "warn" | "bad" | "none";
  label: string;
  title: string;
}

/** What the status line says about a recording. */
export interface RecordingInfo {
  label: string;
  title: string;
  /** 1 when the file cannot be written at the moment, or rows were lost. */
  failing: Flag;
}

/** What the status line says about a source. */
export interface SessionInfo {
  name: string;
  url: string;
  state: State;
  error: string;
  close: CloseInfo | null;
  security: Security;
  /** Seconds between keepalive pings; null without. */
  keepalive: number | null;
  /** Null when it is not recorded. */
  recording: RecordingInfo | null;
  /** What the source can do or tell besides its rows; the rest is greyed out. */
  can: Capability[];
  /** Whether it can be sent to now. */
  writable: boolean;
  /** When it first opened, or the log began: epoch microseconds; null while there is nothing. */
  began: number | null;
}

/** Counters, rate and times of a source. */
export interface StatsInfo {
  sent_messages: number;
  sent_bytes: number;
  received_messages: number;
  received_bytes: number;
  /** Received messages a second, over the last second. */
  rate: number;
  /** Seconds of the last ping's round trip. */
  latency: number | null;
  /** Seconds since the connection opened, or that it was open. */
  uptime: number;
}

/** The other half of a request and its response. */
export interface PairInfo {
  key: number;
  /** Its permanent index. */
  index: number;
  sent: Flag;
  /** Whether it is the response to the row that was asked about; else that row answers it. */
  answer: boolean;
  /** Microseconds from the request to the response. */
  took: number;
}

/** A source the panel can show. */
export interface SourceChoice {
  name: string;
  url: string;
  state: State;
  shown: boolean;
}

/** One of the sources that are shown. */
export interface SourceInfo {
  /** In the keys of its rows. */
  number: number;
  /** No other source of the panel is called so. */
  name: string;
  state: State;
  can: Capability[];
  writable: boolean;
}

/** What Python last asked of every view; a view does it once for each new number. */
export interface Asked {
  /** Number, and whether to follow. */
  follow: [number, boolean];
  /** Number, the rows' keys, and the position of the first in the view; null when it is not there. */
  select: [number, number[], number | null];
}

/** Absolute state of a view, never an increment: losing one costs nothing. Its buffer holds the view's last rows as JSON. */
export interface Tick {
  v: 1;
  k: "tick";
  /** The view it is for, as its requests' ids begin; empty while none has spoken. A view that has got none of its own yet shows any. */
  view: string;
  seq: number;
  /** Whether it asks for an `ack`. */
  ack: boolean;
  /** "pump": published by the kernel's thread. "reply": the answer to a poll. */
  via: "pump" | "reply";
  gen: number;
  filter: string;
  /** Whether every run of pings and pongs is one row. With a filter each is a row of its own. */
  fold: boolean;
  /** Whether the filter still scans older rows. */
  busy: boolean;
  /** Why the filter has ended before the end; empty when it has not. */
  stopped: string;
  /** Changes when messages are decoded anew: what is shown of one may be old. */
  meanings: number;
  /** Changes with the columns and highlights (`TableState`): cells and rules of rows from before mean something else. */
  layout: number;
  /** Changes when bookmarks do, or whether cleared rows can be had back: `marks` tells. */
  marks: number;
  /** Position of the view's first row; positions are stable within a `gen`. */
  first: number;
  /** Rows in the view. */
  n: number;
  /** Rows ever written, kept now, and dropped by retention. */
  total: number;
  kept: number;
  dropped: number;
  asked: Asked;
  /** Of several that are merged, what can be said of all of them. */
  session: SessionInfo;
  stats: StatsInfo;
  sources: SourceInfo[];
}

/** Its buffer holds the rows as JSON, null where retention dropped one. */
export interface RowsAnswer {
  v: 1;
  id: string;
  k: "rows";
  gen: number;
  first: number;
  layout: number;
}

/** What a message means, secrets masked. */
export interface DecodedInfo {
  /** The decoder's name; empty when there is none. */
  decoder: string;
  /** The line it writes about the message; empty when it has nothing to say that the payload does not. */
  label: string;
  /** The value as JSON; empty when there is none, or it is longer than `DETAIL_BYTES`. */
  text: string;
  /** Bytes of the value as JSON. */
  size: number;
  /** The decoder that was chosen; empty when the connection decides. */
  choice: string;
  /** The names of all. */
  decoders: string[];
  /** Whether its protocol's heartbeats are answered or sent; empty when there are none, or nobody to send them. */
  heartbeat: "" | "off" | "on";
  /** What is to be said about one that raises or is slow; empty when there is nothing. */
  problem: string;
}

/** Its buffer holds bytes `offset` to `next` of the payload, secrets masked: it may be shorter. */
export interface DetailAnswer {
  v: 1;
  id: string;
  k: "detail";
  key: number;
  /** Permanent index in the log of its source. */
  index: number;
  /** Name of the source. */
  session: string;
  time: number;
  sent: Flag;
  kind: Kind;
  size: number;
  offset: number;
  /** Where the next part begins; `size` when this was the last. */
  next: number;
  /** 1 when something in the buffer is masked. */
  masked: Flag;
  /** Python that fetches this message, such as `ws.messages[7]`. */
  code: string;
  connection: number;
  compressed: boolean;
  fragments: number;
  /** Whether the connection ended before all of it came. */
  incomplete: boolean;
  close: CloseInfo | null;
  /** Only with the first part. */
  decoded: DecodedInfo | null;
  pair: PairInfo | null;
  /** Microseconds since the row before, and since the last message sent before it. */
  since_previous: number | null;
  since_sent: number | null;
}

/** Members of an object or array in a payload. Its buffer holds them as JSON. */
export interface LevelAnswer {
  v: 1;
  id: string;
  k: "level";
  kind: "object" | "array";
  /** Where the next one begins; null after the last. */
  next: number | null;
  /** Why there are no more though it does not end; empty when it does. */
  problem: string;
  /** How many there are in all; null when that takes long to find, or the beginning was not asked for. */
  total: number | null;
}

/** Where a row is. */
export interface LocateAnswer {
  v: 1;
  id: string;
  k: "locate";
  gen: number;
  /** Position in the view; null when the filter hides it, or it was dropped. */
  at: number | null;
  /** The same, or where the row is that is next in time; null when there is none, or it was dropped. */
  near: number | null;
}

/** Where what is looked for is. */
export interface SeekAnswer {
  v: 1;
  id: string;
  k: "seek";
  gen: number;
  /** The row's key; null when there is none. */
  key: number | null;
  /** Its position in the view. */
  at: number | null;
  /** Which of all that have been found so far it is, counted from 1; 0 when it is none. */
  number: number;
  total: number;
  /** Whether older rows are still searched. */
  busy: boolean;
}

/** What the filter, and what is looked for, find in a message. */
export interface FoundAnswer {
  v: 1;
  id: string;
  k: "found";
  /** Each once, as it stands there, secrets masked. */
  texts: string[];
}

/** What a filter may go on with. */
export interface CompleteAnswer {
  v: 1;
  id: string;
  k: "complete";
  /** Where the word begins that they stand for, in UTF-16 code units. */
  start: number;
  /** Whole words, best first, and what each means. */
  words: [string, string][];
}

/** Why a filter, a column or a plot may find nothing. */
export interface AdviceAnswer {
  v: 1;
  id: string;
  k: "advice";
  /** A sentence; empty when nothing is known against it. */
  text: string;
}

/** Its buffer holds a part of the file. */
export interface ExportAnswer {
  v: 1;
  id: string;
  k: "export";
  /** Position the next part begins at, and where the last one ends: `next` is `stop` after it. Both count every row, also where the view folds some; the request for the next part says them. */
  next: number;
  stop: number;
  rows: number;
  /** Version of the columns that CSV has; the request for the next part says it. */
  layout: number;
}

/** What the picker offers. */
export interface SessionsAnswer {
  v: 1;
  id: string;
  k: "sessions";
  sessions: SourceChoice[];
}

/** The statistics tab. */
export interface StatisticsAnswer {
  v: 1;
  id: string;
  k: "statistics";
  name: string;
  stats: StatsInfo;
  state: State;
  kept: number;
  dropped: number;
  /** False for a source without counters, of which only the sizes are known. */
  available: boolean;
  /** Over so many seconds: messages and payload bytes received a second. */
  rates: [number, number, number][];
  /** Bytes sent and received on the wire. */
  wire: [number, number];
  /** Seconds: p50, p95, p99; empty without a pong. */
  latency: number[];
  /** Payload bytes from, to (both included), and how many messages received have so many. */
  sizes: [number, number, number][];
}

/** A message for the composer; `«secret …»` stands for what the kernel puts back when it is sent. */
export interface DraftAnswer {
  v: 1;
  id: string;
  k: "draft";
  text: string;
}

/** A message whose ``{{expressions}}`` were filled in: what `send` of kind ``filled`` sends. */
export interface FilledAnswer {
  v: 1;
  id: string;
  k: "filled";
  /** For `send`; of the last few. */
  name: string;
  kind: "text" | "binary";
  /** Bytes. */
  size: number;
  /** The beginning, secrets masked; of a binary one in hexadecimal. */
  text: string;
}

/** A message that the kernel sends again and again. */
export interface ScheduleInfo {
  /** Name of the session. */
  of: string;
  /** Seconds. */
  every: number;
  /** After how many it ends; 0 for no limit. */
  count: number;
  sent: number;
  running: Flag;
  /** Seconds until the next one. */
  next: number;
  /** What went wrong last; empty when the last one was sent. */
  error: string;
}

/** The schedules of the panel. Told also when one changes: then its id is empty. */
export interface SchedulesAnswer {
  v: 1;
  id: string;
  k: "schedules";
  schedules: ScheduleInfo[];
}

/** Where kept messages are. Its buffer holds them as JSON, each as name, folder, mode and text; none while the browser keeps them. */
export interface LibraryAnswer {
  v: 1;
  id: string;
  k: "library";
  /** The file; empty while the browser keeps them. */
  path: string;
  /** Where a file that the page asks for would be. */
  directory: string;
}

/** A message was sent. */
export interface SentAnswer {
  v: 1;
  id: string;
  k: "sent";
  /** Its permanent index. */
  index: number;
}

/** The filter is set. */
export interface FilterAnswer {
  v: 1;
  id: string;
  k: "filter";
  gen: number;
}

/** The handshake tab. */
export interface HandshakeAnswer {
  v: 1;
  id: string;
  k: "handshake";
  available: boolean;
  url: string;
  request: string;
  response: string;
  facts: [string, string][];
  /** Phase and seconds, in order. */
  timings: [string, number][];
  body: string;
}

/** The certificate tab. */
export interface CertificateAnswer {
  v: 1;
  id: string;
  k: "certificate";
  available: boolean;
  /** The kernel's own card: escaped there, never a server's text as it came. */
  html: string;
  note: string;
}

/** What came when. Its buffers: uint32 counts of the buckets, and float64 of the buckets' bytes; little-endian. */
export interface OverviewAnswer {
  v: 1;
  id: string;
  k: "overview";
  /** Epoch microseconds: where the first bucket begins. */
  start: number;
  /** Microseconds of a bucket. */
  width: number;
  /** How many there are. The first buffer has of each the messages received; then of each those sent; what happened to the connection; messages received that the filter shows; those sent. */
  count: number;
  /** Whether the last two of these are there. */
  filtered: Flag;
  /** The filter's limits of time, epoch microseconds; null where there is none. */
  low: number | null;
  high: number | null;
  /** Whether there is more to count: ask again soon. */
  busy: Flag;
}

/** One line of a plot. */
export interface SeriesInfo {
  /** Tells it from the plot's others. */
  number: number;
  name: string;
  /** Numbers it stands for, and how many points follow. */
  count: number;
  points: number;
  last: number;
}

/** The points of a plot, series by series. Its buffers: float32 times, and float64 values; little-endian. */
export interface PointsAnswer {
  v: 1;
  id: string;
  k: "points";
  /** Epoch microseconds. Times are milliseconds from there; a value is NaN where another connection began. */
  start: number;
  series: SeriesInfo[];
  /** Values without a series, and whether there may be more. */
  left_out: number;
  more: Flag;
  /** Messages, and those of them that were looked into. */
  passed: number;
  looked: number;
  /** Values that are no finite number, and messages too large to be looked into. */
  odd: number;
  large: number;
  /** Whether there is more to read: ask again soon. */
  busy: Flag;
  /** Why the reading has ended; empty when it has not. */
  problem: string;
}

/** The message of a point; null when it is not there any more. */
export interface NearestAnswer {
  v: 1;
  id: string;
  k: "nearest";
  key: number | null;
}

/** How long responses took. */
export interface PairsAnswer {
  v: 1;
  id: string;
  k: "pairs";
  /** Microseconds from, to (both included), and how many responses took so long. */
  counts: [number, number, number][];
  /** Seconds: p50, p95, p99; empty without a pair. */
  percentiles: number[];
  /** Requests without a response. */
  waiting: number;
  /** Rows that were not read, for there were too many. */
  skipped: number;
  /** Whether there is more to read: ask again soon. */
  busy: Flag;
}

/** A plot, as the widget remembers it. */
export interface PlotItem {
  number: number;
  path: string;
  /** Empty without one. */
  by: string;
  where: string;
}

/** The table that a saved notebook shows has been written again. Nobody asked: its id is empty. */
export interface SavedAnswer {
  v: 1;
  id: string;
  k: "saved";
  /** The whole output, as `text/html` and as `text/plain`. */
  html: string;
  text: string;
}

/** Its buffer holds the bookmarks as JSON, in the order of time. */
export interface MarksAnswer {
  v: 1;
  id: string;
  k: "marks";
  /** How many rows that were cleared can be had back. */
  undo: number;
}

/** Cleared rows are back. */
export interface UndoneAnswer {
  v: 1;
  id: string;
  k: "undone";
  /** How many. */
  rows: number;
}

/** What leads from a row to others. */
export interface LikeAnswer {
  v: 1;
  id: string;
  k: "like";
  /** Filters that find rows like it, the most telling first. */
  filters: string[];
  pair: PairInfo | null;
}

/** Python that makes a DataFrame of the rows. */
export interface FrameAnswer {
  v: 1;
  id: string;
  k: "frame";
  code: string;
}

/** What was asked for has been done. */
export interface DoneAnswer {
  v: 1;
  id: string;
  k: "done";
}

/** What was asked for cannot be done; any request may get it. */
export interface ErrorAnswer {
  v: 1;
  id: string;
  k: "error";
  message: string;
  /** Where in the filter text the mistake is. */
  position: number | null;
}

/** Rows between two positions. */
export interface RowsRequest {
  gen: number;
  first: number;
  n: number;
}

/** A part of a row's payload, and what is known about the row. */
export interface DetailRequest {
  key: number;
  offset: number;
}

/** Members of an object or array. Asking about another message ends a search that is under way. */
export interface LevelRequest {
  key: number;
  /** Where it begins in the payload, or where its next member does. */
  at: number;
  /** What the next member is of; "" from the beginning. */
  inside: "object" | "array" | "";
}

/** Where a row is in the view. */
export interface LocateRequest {
  key: number;
}

/** Look for what matches, and hide nothing. */
export interface FindRequest {
  /** In the filter grammar; empty looks for nothing. */
  text: string;
}

/** The next row that matches, or the one before; beyond the last it begins anew. */
export interface SeekRequest {
  /** Position in the view to go on from. */
  at: number;
  /** 1 for a row behind it, -1 for one in front of it, 0 for the row there. */
  way: number;
}

/** What of a part of a message is to be marked. */
export interface FoundRequest {
  key: number;
  /** The part, in bytes of the payload. */
  low: number;
  high: number;
}

/** What a filter may go on with. */
export interface CompleteRequest {
  /** Up to the cursor. */
  text: string;
  /** 1 for a field that takes a JSON path only: it is completed by a key alone, too. */
  path: Flag;
}

/** Whether a JSON key is one that no message has. */
export interface AdviseRequest {
  /** The whole filter, or the path. */
  text: string;
  path: Flag;
}

/** Show runs of pings and pongs as one row each, or each of them. */
export interface FoldRequest {
  on: Flag;
}

/** Choose the decoder of a source. */
export interface DecodeRequest {
  of: string;
  /** A name; empty lets the connection decide. */
  decoder: string;
}

/** Answer or send the heartbeats of a source's protocol, or stop that. */
export interface HeartbeatRequest {
  of: string;
  on: Flag;
}

/** A part of a file. Of the first part the positions are the view's, of the others those of the answer before. */
export interface ExportRequest {
  gen: number;
  format: "jsonl" | "csv";
  /** 1 for the first part. */
  start: Flag;
  first: number;
  stop: number;
  /** 1 where something is bookmarked: the same for all parts. */
  notes: Flag;
  /** Of the answer before; 0 for the first part. */
  layout: number;
}

/** Show these sources. */
export interface ShowRequest {
  names: string[];
}

/** Something about a source. */
export interface OfRequest {
  of: string;
}

/** Show what matches. */
export interface FilterRequest {
  text: string;
}

/** Show these columns; of each the path, the title (empty: from the path) and the width (0: the usual one). */
export interface ColumnsRequest {
  paths: string[];
  titles: string[];
  widths: number[];
}

/** Colour rows by these rules; of each the filter, the colour, and whether it is on. */
export interface HighlightsRequest {
  filters: string[];
  colours: string[];
  on: number[];
}

/** Send a message; a binary one is in the buffer, and one that was filled in is meant by its name. */
export interface SendRequest {
  of: string;
  kind: "text" | "binary" | "filled";
  text: string;
}

/** Evaluate the ``{{expressions}}`` of a message, and show it: only when the reader asks for it. */
export interface FillRequest {
  mode: string;
  text: string;
}

/** Send a message again and again, in the place of the session's schedule; a binary one is in the buffer. */
export interface ScheduleRequest {
  of: string;
  kind: "text" | "binary" | "template";
  /** How the text of a template is written. */
  mode: string;
  text: string;
  /** Milliseconds. */
  every: number;
  /** 0 for no limit. */
  count: number;
}

/** Add, change, move or delete a kept message, each said as name, folder, mode and text. */
export interface KeepRequest {
  /** As it was; empty to add one. */
  old: string[];
  /** As it is to be; empty to delete it. */
  new: string[];
  /** Its position among all; -1 leaves it where it is. */
  at: number;
}

/** Keep messages in a file: the reader asked for it, and was shown the path. The buffer holds the browser's, as in `LibraryAnswer`. */
export interface LibraryRequest {
  /** Below the kernel's working directory; empty for the browser. */
  path: string;
}

/** Something about a row of a source: the page may not know all of it. */
export interface RowRequest {
  of: string;
  key: number;
}

/** Bookmark rows, or remove their bookmarks. */
export interface BookmarkRequest {
  keys: number[];
  on: Flag;
  /** Null keeps the notes there are. */
  note: string | null;
}

/** Something about several rows. */
export interface KeysRequest {
  keys: number[];
}

/** A part of a file of these rows: those that are still there. */
export interface LinesRequest {
  keys: number[];
  format: "jsonl" | "csv";
  /** The place in `keys` of the first. */
  first: number;
  /** 1 where something is bookmarked: the same for all parts. */
  notes: Flag;
  /** Of the answer before; 0 for the first part. */
  layout: number;
}

/** Close the connection. */
export interface CloseRequest {
  of: string;
  code: number;
  reason: string;
}

/** Show the rows of a span only: epoch microseconds, the first included, the last not; `high` 0 for all. */
export interface BrushRequest {
  low: number;
  high: number;
}

/** Plot the numbers at a path, by the values of another one, of the messages that match a filter; both may be empty. */
export interface PlotRequest {
  path: string;
  by: string;
  where: string;
}

/** Something about a plot. */
export interface PlotNumberRequest {
  plot: number;
}

/** The message of a point. */
export interface NearestRequest {
  plot: number;
  series: number;
  /** Epoch microseconds. */
  time: number;
  value: number;
}

/** What the browser asks, and what answers it. */
export interface Requests {
  rows: { ask: RowsRequest; answer: RowsAnswer };
  detail: { ask: DetailRequest; answer: DetailAnswer };
  level: { ask: LevelRequest; answer: LevelAnswer };
  locate: { ask: LocateRequest; answer: LocateAnswer };
  find: { ask: FindRequest; answer: FilterAnswer };
  seek: { ask: SeekRequest; answer: SeekAnswer };
  found: { ask: FoundRequest; answer: FoundAnswer };
  complete: { ask: CompleteRequest; answer: CompleteAnswer };
  advise: { ask: AdviseRequest; answer: AdviceAnswer };
  export: { ask: ExportRequest; answer: ExportAnswer };
  sessions: { ask: Record<never, never>; answer: SessionsAnswer };
  show: { ask: ShowRequest; answer: DoneAnswer };
  statistics: { ask: OfRequest; answer: StatisticsAnswer };
  filter: { ask: FilterRequest; answer: FilterAnswer };
  fold: { ask: FoldRequest; answer: FilterAnswer };
  columns: { ask: ColumnsRequest; answer: DoneAnswer };
  highlights: { ask: HighlightsRequest; answer: DoneAnswer };
  overview: { ask: Record<never, never>; answer: OverviewAnswer };
  brush: { ask: BrushRequest; answer: FilterAnswer };
  plot: { ask: PlotRequest; answer: DoneAnswer };
  unplot: { ask: PlotNumberRequest; answer: DoneAnswer };
  points: { ask: PlotNumberRequest; answer: PointsAnswer };
  nearest: { ask: NearestRequest; answer: NearestAnswer };
  pairs: { ask: OfRequest; answer: PairsAnswer };
  decode: { ask: DecodeRequest; answer: DoneAnswer };
  heartbeat: { ask: HeartbeatRequest; answer: DoneAnswer };
  send: { ask: SendRequest; answer: SentAnswer };
  fill: { ask: FillRequest; answer: FilledAnswer };
  schedule: { ask: ScheduleRequest; answer: DoneAnswer };
  unschedule: { ask: OfRequest; answer: DoneAnswer };
  schedules: { ask: Record<never, never>; answer: SchedulesAnswer };
  library: { ask: Record<never, never>; answer: LibraryAnswer };
  keep: { ask: KeepRequest; answer: LibraryAnswer };
  library_file: { ask: LibraryRequest; answer: LibraryAnswer };
  resend: { ask: RowRequest; answer: SentAnswer };
  draft: { ask: RowRequest; answer: DraftAnswer };
  close: { ask: CloseRequest; answer: DoneAnswer };
  reconnect: { ask: OfRequest; answer: DoneAnswer };
  clear: { ask: Record<never, never>; answer: DoneAnswer };
  undo: { ask: Record<never, never>; answer: UndoneAnswer };
  marks: { ask: Record<never, never>; answer: MarksAnswer };
  bookmark: { ask: BookmarkRequest; answer: DoneAnswer };
  like: { ask: LocateRequest; answer: LikeAnswer };
  lines: { ask: LinesRequest; answer: ExportAnswer };
  frame: { ask: KeysRequest; answer: FrameAnswer };
  handshake: { ask: OfRequest; answer: HandshakeAnswer };
  certificate: { ask: OfRequest; answer: CertificateAnswer };
}
export type RequestKind = keyof Requests;
export type FromKernel =
  | Tick
  | RowsAnswer
  | DetailAnswer
  | LevelAnswer
  | LocateAnswer
  | SeekAnswer
  | FoundAnswer
  | CompleteAnswer
  | AdviceAnswer
  | ExportAnswer
  | SessionsAnswer
  | StatisticsAnswer
  | DraftAnswer
  | FilledAnswer
  | SchedulesAnswer
  | LibraryAnswer
  | SentAnswer
  | FilterAnswer
  | HandshakeAnswer
  | CertificateAnswer
  | OverviewAnswer
  | PointsAnswer
  | NearestAnswer
  | PairsAnswer
  | SavedAnswer
  | MarksAnswer
  | UndoneAnswer
  | LikeAnswer
  | FrameAnswer
  | DoneAnswer
  | ErrorAnswer;

/** An update has been painted. */
export interface AckNotice {
  seq: number;
}

/** A view that could not be seen can be: the kernel may have let it go meanwhile, and then takes up its filter. */
export interface BackNotice {
  filter: string;
  fold: Flag;
}

/** The reader selected these rows. */
export interface SelectNotice {
  keys: number[];
}

/** The reader follows the newest row, or not any more. */
export interface FollowNotice {
  on: Flag;
}

/** What the browser tells; nothing answers it directly. */
export type Notice =
  | { k: "hello" }
  | { k: "bye" }
  | ({ k: "back" } & BackNotice)
  | { k: "poll" }
  | ({ k: "ack" } & AckNotice)
  | ({ k: "select" } & SelectNotice)
  | ({ k: "follow" } & FollowNotice);

/** What the table shows besides the rows themselves, in every view and after a reload of the page: a trait of the widget. */
export interface TableState {
  /** As in a tick. */
  layout?: number;
  columns?: Column[];
  highlights?: Highlight[];
  /** Why each of the rules was stopped; empty where it was not. */
  problems?: string[];
}

/** The saved state of the widget: what a page without a kernel paints. Empty until the panel is displayed. */
export interface Snapshot {
  /** Its position and count are the whole view's. */
  tick?: Tick;
  /** The view's newest rows. */
  rows?: RowItem[];
  /** When it was written: epoch microseconds. */
  time?: number;
  /** The widget's model id: the table that a live view hides has the class `kws-saved-<id>`. */
  id?: string;
}
