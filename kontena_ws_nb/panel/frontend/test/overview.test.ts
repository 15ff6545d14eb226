import { press, settled } from "./browser";
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import type { OverviewAnswer } from "../src/messages";
import { bars, Overview, unpack } from "../src/overview";
import { aTick } from "./samples";

const START = 1_700_000_000_000_000;
const ANSWER: OverviewAnswer = {
  v: 1,
  id: "",
  k: "overview",
  start: START,
  width: 1_000_000,
  count: 4,
  filtered: 0,
  low: null,
  high: null,
  busy: 0,
};
const COUNTS = [10, 0, 30, 20, 0, 5, 0, 0, 0, 0, 1, 0, 1, 0, 2, 0, 0, 4, 0, 0];

const counts = (many: number): DataView => {
  const view = new DataView(new ArrayBuffer(4 * many));
  COUNTS.slice(0, many).forEach((value, at) => {
    view.setUint32(4 * at, value, true);
  });
  return view;
};
const sizes = (): DataView => {
  const view = new DataView(new ArrayBuffer(32));
  [100, 50, 300, 200].forEach((value, at) => {
    view.setFloat64(8 * at, value, true);
  });
  return view;
};

interface Bench {
  strip: Overview;
  brushed: [number, number][];
  problems: string[];
  drawn: [number, number][];
  area: HTMLElement;
  said: () => string;
  answer: OverviewAnswer;
  fail: boolean;
}

async function bench(parts: Partial<OverviewAnswer> = {}): Promise<Bench> {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const made = {
    brushed: [],
    problems: [],
    drawn: [],
    answer: { ...ANSWER, ...parts },
    fail: false,
  } as unknown as Bench;
  made.strip = new Overview({
    overview: () => Promise.resolve([made.answer, counts(made.answer.filtered ? 20 : 12), sizes()]),
    brush: (low, high) => {
      made.brushed.push([low, high]);
      return made.fail ? Promise.reject(new Error("gone")) : Promise.resolve();
    },
    drawn: (low, high) => made.drawn.push([low, high]),
    problem: (text) => made.problems.push(text),
  });
  document.body.append(made.strip.element);
  made.area = made.strip.element.querySelector<HTMLElement>("[role=slider]")!;
  Object.assign(made.area, { getBoundingClientRect: () => ({ left: 0, width: 400, top: 0, height: 60 }) });
  made.said = () => made.strip.element.querySelector(".kws-strip-said")!.textContent;
  made.strip.show(true);
  await later(1);
  return made;
}

async function later(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await settled();
}

const at = (area: HTMLElement, kind: string, x: number): void => {
  const event = new MouseEvent(kind, { bubbles: true, button: 0, clientX: x });
  area.dispatchEvent(event);
};
const path = (strip: Overview, name: string): string =>
  strip.element.querySelector(`.kws-strip-${name}`)!.getAttribute("d") ?? "";

test("bars are drawn, and described", async () => {
  const { strip, said, drawn } = await bench();
  assert.equal(path(strip, "received").split("M").length - 1, 3);
  assert.equal(path(strip, "sent").split("M").length - 1, 1);
  assert.match(path(strip, "received"), /^M0 24v18\.00h1/, "▼ received ones hang");
  assert.match(path(strip, "sent"), /^M1 24v-4\.00h1/, "▲ sent ones stand");
  assert.deepEqual(
    [...strip.element.querySelectorAll(".kws-strip-key")].map((one) => one.textContent),
    ["▼ received", "▲ sent", "bytes"],
  );
  assert.equal(path(strip, "events"), "M2.5 0V100");
  assert.match(
    strip.element.querySelector("[role=img]")!.getAttribute("aria-label")!,
    /^60 messages received and 5 sent, 650 B, from .*; at most 30 and at least 0 received in 1 s, 20 in the last$/,
  );
  assert.equal(said(), "each bar 1 s · peak 30/s");
  assert.deepEqual(drawn, [[START, START + 4e6]]);
  assert.equal(bars([0, 5], 10, 50, -50), "M1 50v-25.00h1V50z");
  strip.dispose();
});

test("nothing yet", async () => {
  const { strip, said, area } = await bench({ count: 0 });
  assert.equal(strip.element.querySelector("[role=img]")!.getAttribute("aria-label"), "No messages yet");
  assert.equal(said(), "");
  assert.ok(press(area, "Home"), "no key does anything");
  at(area, "pointerdown", 10);
  at(area, "pointermove", 90);
  at(area, "pointerup", 90);
  strip.dispose();
});

test("asks only while it is open, and when something has changed", async () => {
  let asked = 0;
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const strip = new Overview({
    overview: () => {
      asked += 1;
      return Promise.resolve([ANSWER, counts(12), sizes()]);
    },
    brush: () => Promise.resolve(),
    drawn: () => undefined,
    problem: () => undefined,
  });
  strip.tick(aTick({ total: 1 }));
  await later(2000);
  assert.equal(asked, 0);
  strip.show(true);
  await later(1);
  assert.equal(asked, 1);
  strip.tick(aTick({ total: 1 }));
  await later(2000);
  assert.equal(asked, 1, "nothing new");
  strip.tick(aTick({ total: 2 }));
  await later(2000);
  assert.equal(asked, 2);
  strip.show(false);
  strip.tick(aTick({ total: 3 }));
  await later(2000);
  assert.equal(asked, 2);
  strip.dispose();
});

test("what the pointer is over is said; dragging chooses whole bars, a double click shows all", async () => {
  const { strip, area, said, brushed } = await bench();
  at(area, "pointermove", 150);
  assert.match(said(), /^\d\d:\d\d:\d\d – \d\d:\d\d:\d\d: ▼ 0 ▲ 5 · 50 B$/);
  at(area, "pointermove", 250);
  assert.match(said(), /▼ 30 ▲ 0 · 300 B · 1 connection event$/);
  at(area, "pointerleave", 0);
  assert.match(said(), /^each bar/);
  at(area, "pointerdown", 150);
  at(area, "pointermove", 152);
  assert.equal(strip.element.querySelector<HTMLElement>(".kws-strip-span")!.hidden, true, "not yet");
  at(area, "pointermove", 310);
  at(area, "pointerup", 310);
  assert.deepEqual(brushed, [[START + 1e6, START + 4e6]]);
  assert.equal(strip.element.querySelector<HTMLElement>(".kws-strip-span")!.style.left, "25%");
  at(area, "pointerdown", 390);
  at(area, "pointermove", 210);
  at(area, "pointercancel", 0);
  at(area, "pointerup", 0);
  assert.equal(brushed.length, 1, "given up");
  area.dispatchEvent(new MouseEvent("dblclick"));
  assert.deepEqual(brushed.at(-1), [0, 0]);
  strip.dispose();
});

test("a span that is being chosen keeps its time when the bars become wider meanwhile", async () => {
  const made = await bench();
  const { strip, area, brushed } = made;
  at(area, "pointerdown", 120);
  at(area, "pointermove", 190);
  made.answer = { ...ANSWER, width: 2_000_000 };
  strip.tick(aTick({ total: 1 }));
  await later(2000);
  assert.equal(strip.element.querySelector<HTMLElement>(".kws-strip-span")!.style.left, "15%");
  at(area, "pointermove", 195);
  at(area, "pointerup", 195);
  assert.deepEqual(brushed, [[START, START + 4e6]], "from 1.2 s, which the first bar holds now, to 3.9 s");
  press(area, "Home");
  press(area, "ArrowRight");
  made.answer = { ...ANSWER };
  strip.tick(aTick({ total: 2 }));
  await later(2000);
  assert.equal(area.getAttribute("aria-valuenow"), "2", "the bar at 2 s");
  strip.dispose();
});

test("the keyboard walks, chooses and lets go", async () => {
  const made = await bench();
  const { strip, area, said, brushed } = made;
  const answered = (parts: Partial<OverviewAnswer>): void => {
    made.answer = { ...ANSWER, ...parts };
  };
  press(area, "ArrowLeft");
  assert.match(area.getAttribute("aria-valuetext")!, /received 20, sent 0 · 200 B$/);
  assert.equal(area.getAttribute("aria-valuenow"), "3");
  press(area, "Home");
  assert.match(said(), /▼ 10 ▲ 0/);
  press(area, "ArrowRight", { shiftKey: true });
  press(area, "ArrowRight", { shiftKey: true });
  await later(300);
  assert.deepEqual(brushed, [[START, START + 3e6]]);
  press(area, "ArrowRight");
  press(area, "ArrowLeft", { shiftKey: true });
  await later(300);
  assert.deepEqual(brushed.at(-1), [START + 2e6, START + 4e6], "the other way");
  strip.tick(aTick({ total: 1 }));
  answered({ low: START + 2e6, high: START + 4e6 });
  await later(600);
  press(area, "Escape");
  assert.deepEqual(brushed.at(-1), [0, 0]);
  answered({});
  await later(600);
  assert.ok(press(area, "Escape"), "with nothing chosen it is the panel's");
  assert.ok(press(area, "x"));
  assert.ok(press(area, "Home", { ctrlKey: true }));
  strip.dispose();
});

test("the filter's own span is shown, with what it shows of each bar", async () => {
  const { strip, said, area } = await bench({ filtered: 1, low: START + 1e6, high: null });
  const span = strip.element.querySelector<HTMLElement>(".kws-strip-span")!;
  assert.deepEqual([span.hidden, span.style.left, span.style.width], [false, "25%", "75%"]);
  assert.equal(path(strip, "shown").split("M").length - 1, 2);
  at(area, "pointermove", 10);
  assert.match(said(), /· 1 shown$/);
  strip.dispose();
});

test("a span that the kernel refuses is said", async () => {
  const made = await bench();
  made.fail = true;
  press(made.area, "Enter");
  await later(300);
  assert.deepEqual([made.problems, made.brushed], [["gone"], [[START + 3e6, START + 4e6]]]);
  made.strip.dispose();
});

test("what came is unpacked wherever it lies in a buffer", () => {
  const shifted = new DataView(new ArrayBuffer(101), 5, 96);
  shifted.setUint32(0, 7, true);
  const { received } = unpack({ ...ANSWER, count: 1 }, shifted, new DataView(new ArrayBuffer(8)));
  assert.deepEqual(received, [7]);
});
