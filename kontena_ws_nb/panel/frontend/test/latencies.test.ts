import { settled } from "./browser";
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { Latencies } from "../src/latencies";
import type { PairsAnswer } from "../src/messages";

const ANSWER: PairsAnswer = {
  v: 1,
  id: "",
  k: "pairs",
  counts: [
    [1024, 2047, 3],
    [65_536, 131_071, 1],
  ],
  percentiles: [0.0015, 0.09, 0.09],
  waiting: 2,
  skipped: 1000,
  busy: 0,
};

test("response times are drawn while the tab is open, and nothing where there are none", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const tab = document.createElement("div");
  let asked = 0;
  let answer = ANSWER;
  const part = new Latencies(tab, () => {
    asked += 1;
    return Promise.resolve(answer);
  });
  const later = async (): Promise<void> => {
    mock.timers.tick(600);
    await settled();
  };
  part.want();
  await later();
  assert.equal(asked, 0, "the tab is closed");
  document.body.append(tab);
  part.want();
  await later();
  assert.equal(part.element.hidden, false);
  assert.equal(
    part.element.querySelector(".kws-dim")!.textContent,
    "p50 1.5 ms, p95 90 ms, p99 90 ms · 2 without a response · 1,000 older rows not looked at",
  );
  assert.deepEqual(
    [...part.element.querySelectorAll(".kws-sizes > span")].map((one) => one.textContent),
    ["1.0 ms – 2.0 ms", "", "3", "66 ms – 131 ms", "", "1"],
  );
  answer = { ...ANSWER, counts: [], percentiles: [], waiting: 0, skipped: 0 };
  part.want();
  await later();
  assert.equal(part.element.hidden, true);
  part.dispose();
});
