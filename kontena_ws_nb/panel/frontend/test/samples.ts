// What the kernel would say, for tests.

import type { SessionInfo, Stats, Tick } from "../src/protocol";

export const aSession = (parts: Partial<SessionInfo> = {}): SessionInfo => ({
  name: "ws",
  url: "wss://host.example/path",
  state: "open",
  error: "",
  close: null,
  security: { level: "good", label: "valid 61 d", title: "" },
  keepalive: 60,
  writable: true,
  ...parts,
});

export const someStats = (parts: Partial<Stats> = {}): Stats => ({ sent_messages: 0, sent_bytes: 0, received_messages: 0, received_bytes: 0, rate: 0, latency: null, uptime: 0, ...parts });

export const aTick = (parts: Partial<Tick> = {}): Tick => ({
  v: 1,
  k: "tick",
  seq: 1,
  ack: false,
  via: "pump",
  gen: 1,
  filter: "",
  busy: false,
  first: 0,
  n: 0,
  total: 0,
  kept: 0,
  dropped: 0,
  asked: { follow: [0, true], select: [0, [], null] },
  session: aSession(),
  stats: someStats(),
  ...parts,
});
