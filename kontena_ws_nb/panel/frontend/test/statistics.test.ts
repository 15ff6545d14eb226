import { settled } from "./browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatisticsAnswer } from "../src/messages";
import { StatisticsTab } from "../src/statistics";
import { aSource, aTick, someStats } from "./samples";

const anAnswer = (parts: Partial<StatisticsAnswer> = {}): StatisticsAnswer => ({
  v: 1,
  id: "x",
  k: "statistics",
  name: "trades",
  stats: someStats({ received_messages: 7 }),
  state: "closed",
  kept: 9,
  dropped: 0,
  available: true,
  rates: [],
  wire: [0, 0],
  latency: [],
  sizes: [[0, 0, 3]],
  ...parts,
});
const tiles = (tab: StatisticsTab): string => tab.element.querySelector(".kws-tiles")!.textContent!;
const whose = (tab: StatisticsTab): HTMLElement => tab.element.querySelector<HTMLElement>(".kws-of")!;

test("of one session, what the tick says", async () => {
  const tab = new StatisticsTab(() => Promise.resolve(anAnswer()));
  tab.tick(aTick({ stats: someStats({ received_messages: 41 }) }), [1, 2]);
  await settled();
  assert.match(tiles(tab), /^Received41/);
  assert.equal(whose(tab).hidden, true);
});

test("of several, what the kernel says of the one that is asked about: the tick only has their sums", async () => {
  const tab = new StatisticsTab(() => Promise.resolve(anAnswer()));
  tab.tick(
    aTick({
      stats: someStats({ received_messages: 41 }),
      sources: [aSource({ number: 1 }), aSource({ number: 2, name: "trades" })],
    }),
    [1, 2],
  );
  assert.equal(tiles(tab), "");
  await settled();
  assert.match(tiles(tab), /^Received7/);
  assert.match(tiles(tab), /Rows9.*closed$/);
  assert.equal(whose(tab).textContent, "Session trades. Select a message of another one to see that one's.");
  assert.equal(whose(tab).hidden, false);
});

test("without a kernel nothing has a rate any more", async () => {
  const tab = new StatisticsTab(() =>
    Promise.resolve(anAnswer({ state: "open", rates: [[1, 9, 9]], stats: someStats({ rate: 9 }) })),
  );
  tab.gone(); // nothing was shown
  tab.tick(aTick({ stats: someStats({ rate: 9 }) }), [9]);
  tab.gone();
  assert.match(tiles(tab), /Rate0\/s/);
  tab.tick(aTick({ stats: someStats({ rate: 9 }), sources: [aSource(), aSource({ number: 2, name: "trades" })] }), [9]);
  await settled();
  assert.match(tiles(tab), /Rate9\.0\/s/);
  tab.gone();
  assert.match(tiles(tab), /Rate0\/s.*closed$/);
});
