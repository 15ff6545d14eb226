// The messages between kernel and browser, version 1. The kernel's half is panel/protocol.py: change both.
// What lives here: types and constants. What must not: behaviour.

export const VERSION = 1;

export type Kind = "text" | "binary" | "ping" | "pong" | "close" | "open" | "error" | "reconnect";

/** Key (see rowkey), time (epoch µs), 1 when sent, kind, size in bytes, preview (≤ 160 bytes, control characters escaped). */
export type Row = readonly [key: number, time: number, sent: 0 | 1, kind: Kind, size: number, preview: string];

export interface CloseInfo {
  code: number;
  reason: string;
  meaning: string;
  by: "you" | "the server" | "";
}

export interface Security {
  level: "good" | "warn" | "bad" | "none";
  label: string;
  title: string;
}

export interface SessionInfo {
  name: string;
  url: string;
  /** "merged": what is said is said of several sessions together. */
  state: "connecting" | "open" | "closing" | "closed" | "log" | "merged";
  error: string;
  close: CloseInfo | null;
  security: Security;
  keepalive: number | null;
  writable: boolean;
  /** When it first opened, or the log began: epoch µs; null while there is nothing. */
  began: number | null;
}

export interface Stats {
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

/** One of the sessions or logs shown. */
export interface Source {
  /** In the keys of its rows. */
  number: number;
  /** No other source of the panel is called so. */
  name: string;
  state: SessionInfo["state"];
  writable: boolean;
}

/** What Python last asked of every view; done once for each new number. */
export interface Asked {
  follow: [number: number, on: boolean];
  /** The keys of the rows to select, and the position of the first in the view; null when it is not there. */
  select: [number: number, keys: number[], at: number | null];
}

/** The other half of a request and its response. */
export interface Pair {
  key: number;
  index: number;
  sent: 0 | 1;
  /** Whether it is the response to the row asked about; else that row answers it. */
  answer: boolean;
  /** µs from the request to the response. */
  took: number;
}

export interface SessionChoice {
  name: string;
  url: string;
  state: SessionInfo["state"];
  shown: boolean;
}

/** Absolute, never an increment: losing one costs nothing. Its buffer holds the view's last rows as JSON. */
export interface Tick {
  v: 1;
  k: "tick";
  seq: number;
  /** Asks for an `ack` when true. */
  ack: boolean;
  /** "pump": published by the kernel's thread. "reply": the answer to a poll. */
  via: "pump" | "reply";
  gen: number;
  filter: string;
  /** True while the filter still scans older rows. */
  busy: boolean;
  /** Why the filter has ended before the end; empty when it has not. */
  stopped: string;
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
  stats: Stats;
  sources: Source[];
}

interface Answer {
  v: 1;
  id: string;
}
/** Its buffer holds the rows as JSON, null where retention dropped one. */
export interface RowsAnswer extends Answer {
  k: "rows";
  gen: number;
  first: number;
}
/** Its buffer holds bytes `offset` to `next` of the payload, secrets masked: it may be shorter. */
export interface DetailAnswer extends Answer {
  k: "detail";
  key: number;
  index: number;
  /** Name of the source. */
  session: string;
  time: number;
  sent: 0 | 1;
  kind: Kind;
  size: number;
  offset: number;
  /** Where the next part begins; `size` when this was the last. */
  next: number;
  /** 1 when something in the buffer is masked. */
  masked: 0 | 1;
  /** Python that fetches this message, such as `ws.messages[7]`. */
  code: string;
  connection: number;
  compressed: boolean;
  fragments: number;
  close: CloseInfo | null;
  pair: Pair | null;
  /** µs since the row before, and since the last message sent before it. */
  since_previous: number | null;
  since_sent: number | null;
}
export interface LocateAnswer extends Answer {
  k: "locate";
  gen: number;
  /** Position in the view; null when the filter hides it, or it was dropped. */
  at: number | null;
}
/** Its buffer holds a part of the file. */
export interface ExportAnswer extends Answer {
  k: "export";
  /** Position the next part begins at; `stop` when this was the last. */
  next: number;
  rows: number;
}
export interface SessionsAnswer extends Answer {
  k: "sessions";
  sessions: SessionChoice[];
}
export interface StatisticsAnswer extends Answer {
  k: "statistics";
  name: string;
  stats: Stats;
  state: SessionInfo["state"];
  kept: number;
  dropped: number;
  /** False for a bare log, of which only the sizes are known. */
  available: boolean;
  /** Over so many seconds: messages and payload bytes received a second. */
  rates: [seconds: number, messages: number, bytes: number][];
  wire: [sent: number, received: number];
  /** Seconds: p50, p95, p99; empty without a pong. */
  latency: number[];
  /** Payload bytes from, to (both included), and how many messages received have so many. */
  sizes: [low: number, high: number, count: number][];
}
/** A message for the composer; `«secret …»` stands for what the kernel puts back when it is sent. */
export interface DraftAnswer extends Answer {
  k: "draft";
  text: string;
}
export interface SentAnswer extends Answer {
  k: "sent";
  index: number;
}
export interface FilterAnswer extends Answer {
  k: "filter";
  gen: number;
}
export interface HandshakeAnswer extends Answer {
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
export interface CertificateAnswer extends Answer {
  k: "certificate";
  available: boolean;
  /** The kernel's own card: escaped there, never a server's text as it came. */
  html: string;
  note: string;
}
export interface DoneAnswer extends Answer {
  k: "done";
}
export interface ErrorAnswer extends Answer {
  k: "error";
  message: string;
  /** Where in the filter text the mistake is. */
  position: number | null;
}

export type FromKernel =
  | Tick
  | RowsAnswer
  | DetailAnswer
  | DraftAnswer
  | SentAnswer
  | FilterAnswer
  | HandshakeAnswer
  | CertificateAnswer
  | LocateAnswer
  | ExportAnswer
  | SessionsAnswer
  | StatisticsAnswer
  | DoneAnswer
  | ErrorAnswer;

/**
 * What the browser asks, and what answers it. `send`, `resend`, `close` and `reconnect` are never retried. An `index` is a row's key; `of` is the
 * name of a source: the kernel refuses when that is not shown any more, so that nothing reaches another session.
 */
export interface Requests {
  rows: { ask: { gen: number; first: number; n: number }; answer: RowsAnswer };
  detail: { ask: { index: number; offset: number }; answer: DetailAnswer };
  locate: { ask: { index: number }; answer: LocateAnswer };
  export: { ask: { gen: number; format: "jsonl" | "csv"; start: 0 | 1; first: number; stop: number }; answer: ExportAnswer };
  sessions: { ask: Record<never, never>; answer: SessionsAnswer };
  show: { ask: { names: string[] }; answer: DoneAnswer };
  statistics: { ask: { of: string }; answer: StatisticsAnswer };
  filter: { ask: { text: string }; answer: FilterAnswer };
  send: { ask: { of: string; kind: "text" | "binary"; text: string }; answer: SentAnswer };
  /** Sends a row again as it was: the page may not know all of it. */
  resend: { ask: { of: string; index: number }; answer: SentAnswer };
  draft: { ask: { of: string; index: number }; answer: DraftAnswer };
  close: { ask: { of: string; code: number; reason: string }; answer: DoneAnswer };
  reconnect: { ask: { of: string }; answer: DoneAnswer };
  clear: { ask: Record<never, never>; answer: DoneAnswer };
  handshake: { ask: { of: string }; answer: HandshakeAnswer };
  certificate: { ask: { of: string }; answer: CertificateAnswer };
}
export type RequestKind = keyof Requests;

/** Notices: nothing answers them directly. */
export type Notice = { k: "hello" } | { k: "poll" } | { k: "ack"; seq: number } | { k: "select"; indexes: number[] } | { k: "follow"; on: 0 | 1 };

/** The saved state of the widget: what an offline page paints. */
export interface Snapshot {
  tick?: Tick;
  rows?: Row[];
}
