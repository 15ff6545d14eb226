// What is only shown: timing facts, handshake, certificate, statistics.

import { clipboard, settled } from "./browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateView, handshakeView } from "../src/facts";
import type { HandshakeAnswer, StatisticsAnswer } from "../src/messages";
import { StatisticsTab } from "../src/statistics";
import { timingFacts } from "../src/timing";
import { aDetail, aSession, aTick, someStats } from "./samples";

const HANDSHAKE: HandshakeAnswer = {
  v: 1,
  id: "x:1",
  k: "handshake",
  available: true,
  url: "wss://host/",
  request: "GET / HTTP/1.1\r\nHost: host\r\nAuthorization: ***\r\n\r\n",
  response: "HTTP/1.1 403 Forbidden\r\n\r\n",
  facts: [
    ["URL", "wss://host/"],
    ["Status", "403 <b>no</b>"],
  ],
  timings: [
    ["DNS", 0.001],
    ["TLS", 0.03],
  ],
  body: "go away",
};

test("how long ago the rows before were, and the other half of a request", () => {
  const went: number[] = [];
  const facts = timingFacts(
    aDetail(3, {
      since_previous: 1000,
      since_sent: 2_000_000,
      pair: { key: 1, index: 1, sent: 1, answer: false, took: 30_000 },
    }),
    (index) => went.push(index),
  );
  assert.deepEqual(
    facts.map((one) => one.textContent),
    ["+1.0 ms since the row before", "+2.00 s since the last sent", "← request #1, 30 ms"],
  );
  facts[2]!.click();
  assert.deepEqual(went, [1]);
  const own = timingFacts(
    aDetail(3, {
      sent: 1,
      since_previous: 1000,
      since_sent: 1000,
      pair: { key: 9, index: 9, sent: 0, answer: true, took: 500 },
    }),
    () => undefined,
  );
  assert.deepEqual(
    own.map((one) => one.textContent),
    ["+1.0 ms since the row before", "→ response #9, 0.5 ms"],
  );
  assert.deepEqual(
    timingFacts(aDetail(0), () => undefined),
    [],
  );
});

test("a handshake: heads, facts, phases; copied as it was, or as curl", async () => {
  const page = handshakeView(HANDSHAKE);
  document.body.replaceChildren(page);
  assert.match(page.textContent!, /DNS 1\.0 msTLS 30 mstogether 31 ms.*403 <b>no<\/b>.*go away/s);
  assert.equal(page.querySelector("b"), null);
  const copy = [...page.querySelectorAll<HTMLButtonElement>(".kws-heading button")];
  assert.deepEqual(
    copy.map((one) => one.textContent),
    ["Copy", "Copy as curl", "Copy"],
  );
  for (const one of copy) one.click();
  await settled();
  assert.deepEqual(clipboard.copied.slice(-3), [
    HANDSHAKE.request,
    "curl -i -N --http1.1 \\\n  -H 'Authorization: ***' \\\n  'https://host/'",
    `${HANDSHAKE.response.trimEnd()}\n\n${HANDSHAKE.body}`,
  ]);
  assert.equal(copy[1]!.textContent, "Copied");
  clipboard.refuse = true;
  Object.assign(document, { execCommand: () => false });
  copy[0]!.click();
  await settled();
  clipboard.refuse = false;
  assert.equal(copy[0]!.textContent, "No clipboard");
});

test("a handshake without phases, and none at all", () => {
  assert.equal(handshakeView({ ...HANDSHAKE, timings: [], body: "" }).querySelector(".kws-waterfall"), null);
  assert.match(handshakeView({ ...HANDSHAKE, timings: [["DNS", 0]] }).textContent!, /together 0 µs/);
  assert.match(handshakeView({ ...HANDSHAKE, available: false }).textContent!, /There is no handshake/);
});

test("a certificate is the kernel's own card; without one it says why", () => {
  const answer = { v: 1, id: "x:1", k: "certificate" } as const;
  const card = certificateView({
    ...answer,
    available: true,
    html: '<div tabindex="0">card</div><details><summary>chain</summary></details><a href="#">x</a>',
    note: "",
  });
  assert.equal(card.textContent, "cardchainx");
  assert.deepEqual(
    [...card.querySelectorAll("[data-lm-suppress-shortcuts]")].map((one) => one.tagName),
    ["DIV", "SUMMARY", "A"],
  );
  assert.equal(
    certificateView({ ...answer, available: false, html: "", note: "ws:// has none" }).textContent,
    "ws:// has none",
  );
});

test("statistics: counters, rates, sizes; asked once a second while the tab is open", async () => {
  let asked = 0;
  let fail = false;
  const answer: StatisticsAnswer = {
    v: 1,
    id: "x:1",
    k: "statistics",
    name: "ws",
    stats: someStats(),
    state: "open",
    kept: 0,
    dropped: 0,
    available: true,
    rates: [
      [1, 10, 1000],
      [60, 8, 800],
    ],
    wire: [100, 2000],
    latency: [0.01, 0.02, 0.03],
    sizes: [
      [1, 1, 2],
      [16, 31, 4],
    ],
  };
  const tab = new StatisticsTab(() => {
    asked += 1;
    return fail ? Promise.reject(new Error("busy")) : Promise.resolve(answer);
  });
  document.body.replaceChildren(tab.element);
  tab.tick(
    aTick({
      stats: someStats({
        sent_messages: 0,
        received_messages: 2000,
        received_bytes: 20_000,
        rate: 12.5,
        latency: 0.012,
        uptime: 61,
      }),
      kept: 2000,
      dropped: 7,
    }),
    [0, 5, 10],
  );
  await settled();
  const tiles = [...tab.element.querySelectorAll(".kws-tile")].map((one) => one.textContent);
  assert.deepEqual(tiles, [
    "Received2,00020 kB, 10 B each",
    "Sent00 B, – each",
    "Rate13/s1.0 kB/s, last second",
    "Rate, last minute8.0/s800 B/s",
    "Round trip12 msp50 10 ms, p95 20 ms, p99 30 ms",
    "On the wire▼ 2.0 kB▲ 100 B, frames without TLS",
    "Rows2,0007 dropped",
    "Open for1 m 1 sopen",
  ]);
  assert.match(tab.element.querySelector(".kws-sizes")!.textContent!, /1 B216 B – 31 B4/);
  tab.tick(aTick(), []);
  assert.equal(asked, 1);
  const now = performance.now;
  performance.now = () => now.call(performance) + 5000;
  try {
    fail = true;
    tab.tick(aTick({ session: aSession({ state: "closed" }) }), []);
    await settled();
    assert.equal(asked, 2);
    answer.sizes = [];
    fail = false;
    performance.now = () => now.call(performance) + 20_000;
    tab.tick(aTick(), []);
    await settled();
  } finally {
    performance.now = now;
  }
  assert.equal(tab.element.querySelector(".kws-sizes")!.textContent, "none");
});
