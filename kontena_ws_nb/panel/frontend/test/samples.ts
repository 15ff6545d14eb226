// What the kernel would say, for tests.

import type { DetailAnswer, RowItem, SessionInfo, SourceInfo, StatsInfo, Tick } from "../src/messages";

export const aSession = (parts: Partial<SessionInfo> = {}): SessionInfo => ({
  name: "ws",
  url: "wss://host.example/path",
  state: "open",
  error: "",
  close: null,
  security: { level: "good", label: "valid 61 d", title: "" },
  keepalive: 60,
  recording: null,
  can: ["send", "resend", "close", "reconnect", "handshake", "certificate", "stats"],
  writable: true,
  began: null,
  ...parts,
});

export const aSource = (parts: Partial<SourceInfo> = {}): SourceInfo => ({
  number: 0,
  name: "ws",
  state: "open",
  can: ["send", "resend", "close", "reconnect", "handshake", "certificate", "stats"],
  writable: true,
  ...parts,
});

export const someStats = (parts: Partial<StatsInfo> = {}): StatsInfo => ({
  sent_messages: 0,
  sent_bytes: 0,
  received_messages: 0,
  received_bytes: 0,
  rate: 0,
  latency: null,
  uptime: 0,
  ...parts,
});

export const aTick = (parts: Partial<Tick> = {}): Tick => ({
  v: 1,
  k: "tick",
  view: "",
  seq: 1,
  ack: false,
  via: "pump",
  gen: 1,
  filter: "",
  fold: true,
  busy: false,
  stopped: "",
  meanings: 0,
  layout: 0,
  marks: 0,
  first: 0,
  n: 0,
  total: 0,
  kept: 0,
  dropped: 0,
  asked: { follow: [0, true], select: [0, [], null] },
  session: aSession(),
  stats: someStats(),
  sources: [aSource()],
  ...parts,
});

export const aRow = (
  index: number,
  parts: {
    time?: number;
    sent?: 0 | 1;
    kind?: RowItem[3];
    size?: number;
    preview?: string;
    folded?: number;
    incomplete?: 0 | 1;
  } = {},
): RowItem => [
  index,
  parts.time ?? 1_700_000_000_000_000 + index * 1000,
  parts.sent ?? 0,
  parts.kind ?? "text",
  parts.size ?? 5,
  parts.preview ?? `row ${index}`,
  parts.folded ?? 0,
  parts.incomplete ?? 0,
];

export const aDetail = (index: number, parts: Partial<DetailAnswer> = {}): DetailAnswer => ({
  v: 1,
  id: "x:1",
  k: "detail",
  key: index,
  index,
  session: "ws",
  time: 1_700_000_000_000_000 + index * 1000,
  sent: 0,
  kind: "text",
  size: 0,
  offset: 0,
  next: 0,
  masked: 0,
  code: `ws.messages[${index}]`,
  connection: 1,
  compressed: false,
  fragments: 1,
  incomplete: false,
  close: null,
  decoded: null,
  pair: null,
  since_previous: null,
  since_sent: null,
  ...parts,
});

/** A kernel's payloads, served in pages of so many bytes. */
export const payloads =
  (content: Record<number, [payload: string | Uint8Array, parts?: Partial<DetailAnswer>]>, page = 200_000) =>
  (index: number, offset: number): Promise<[DetailAnswer, DataView]> => {
    const found = content[index];
    if (!found) return Promise.reject(new Error(`no message ${index}`));
    const data = typeof found[0] === "string" ? new TextEncoder().encode(found[0]) : found[0];
    return Promise.resolve([
      aDetail(index, { size: data.length, offset, next: Math.min(data.length, offset + page), ...found[1] }),
      new DataView(data.slice(offset, offset + page).buffer),
    ]);
  };
