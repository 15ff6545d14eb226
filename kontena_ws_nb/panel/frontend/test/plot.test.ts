import { labelled, press, settled, type } from "./browser";
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import type { PlotItem, PointsAnswer } from "../src/messages";
import { type PlotOwner, Plots, range, unpack } from "../src/plot";
import { aTick } from "./samples";

const START = 1_700_000_000_000_000;
const NOTHING: PointsAnswer = {
  v: 1,
  id: "",
  k: "points",
  start: START,
  series: [],
  left_out: 0,
  more: 0,
  passed: 0,
  looked: 0,
  odd: 0,
  large: 0,
  busy: 0,
  problem: "",
};
const ITEM: PlotItem = { number: 1, path: "$.p", by: "$.s", where: "" };

type Drawn = Record<string, [ms: number, value: number][]>;

function said(drawn: Drawn, parts: Partial<PointsAnswer> = {}): [PointsAnswer, DataView, DataView] {
  const all = Object.values(drawn).flat();
  const times = new DataView(new ArrayBuffer(4 * all.length));
  const values = new DataView(new ArrayBuffer(8 * all.length));
  all.forEach(([ms, value], at) => {
    times.setFloat32(4 * at, ms, true);
    values.setFloat64(8 * at, value, true);
  });
  const series = Object.entries(drawn).map(([name, points], number) => ({
    number,
    name,
    count: points.length,
    points: points.length,
    last: points.at(-1)![1],
  }));
  return [{ ...NOTHING, series, looked: all.length, passed: all.length, ...parts }, times, values];
}

interface Bench {
  plots: Plots;
  answer: [PointsAnswer, DataView, DataView];
  asked: number;
  went: number[][];
  problems: string[];
  added: string[][];
  closed: number[];
  refuse: string;
  completed: [text: string, path: number][];
  doubt: Record<string, string>;
  area: () => HTMLElement;
  get: (selector: string) => HTMLElement;
}

const TWO: Drawn = {
  A: [
    [0, 1],
    [1000, 5],
    [2000, 3],
  ],
  B: [
    [500, 2],
    [1500, Number.NaN],
    [2500, 64_210.55],
  ],
};

async function later(ms = 600): Promise<void> {
  mock.timers.tick(ms);
  await settled();
}

async function bench(drawn: Drawn, parts: Partial<PointsAnswer> = {}): Promise<Bench> {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  document.body.replaceChildren();
  const made = {
    answer: said(drawn, parts),
    asked: 0,
    went: [],
    problems: [],
    added: [],
    closed: [],
    refuse: "",
    completed: [],
    doubt: {},
  } as unknown as Bench;
  const done = (): Promise<void> => (made.refuse ? Promise.reject(new Error(made.refuse)) : Promise.resolve());
  const owner: PlotOwner = {
    points: () => {
      made.asked += 1;
      return Promise.resolve(made.answer);
    },
    plot: (...all) => {
      made.added.push(all);
      return done();
    },
    complete: (text, path) => {
      made.completed.push([text, path]);
      return Promise.resolve({ v: 1, id: "", k: "complete", start: 0, words: [["$.price", "JSON key"]] });
    },
    advise: (path) => (made.doubt[path] ? Promise.resolve(made.doubt[path]) : Promise.reject(new Error("wrong"))),
    unplot: (plot) => {
      made.closed.push(plot);
      return done();
    },
    go: (...all) => {
      made.went.push(all);
      return done();
    },
    problem: (text) => made.problems.push(text),
  };
  made.plots = new Plots(owner);
  document.body.append(made.plots.element, made.plots.button);
  made.plots.set([ITEM]);
  await later();
  made.get = (selector) => made.plots.element.querySelector<HTMLElement>(selector)!;
  made.area = () => made.get("[role=slider]");
  Object.assign(made.area(), { getBoundingClientRect: () => ({ left: 0, width: 250, top: 0, height: 100 }) });
  return made;
}

const lines = ({ plots }: Bench): string[] =>
  [...plots.element.querySelectorAll(".kws-plot-lines path")].map((one) => one.getAttribute("d") ?? "");

test("lines are drawn with an axis, a legend and a description", async () => {
  const made = await bench(TWO);
  const [a, b] = lines(made);
  assert.equal(a!.match(/[ML]/g)!.join(""), "MLL");
  assert.equal(b!.match(/[ML]|h/g)!.join(""), "MhMh", "interrupted: each point by itself is a dot");
  assert.equal(
    made.get("[role=img]").getAttribute("aria-label"),
    "2 lines. A: lowest 1, highest 5, last 3; B: lowest 2, highest 64,210.55, last 64,210.55",
  );
  assert.deepEqual(
    [...made.plots.element.querySelectorAll(".kws-plot-entry")].map((one) => one.textContent),
    ["A3", "B64,210.55"],
  );
  const looks = [...made.plots.element.querySelectorAll(".kws-plot-lines path")].map((one) =>
    one.getAttribute("class"),
  );
  assert.equal(new Set(looks).size, 2);
  assert.equal(made.get(".kws-plot-note").hidden, true);
  made.plots.dispose();
});

test("twelve lines all look different", async () => {
  const twelve = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`S${at}`, [[at, at]]])) as Drawn;
  const made = await bench(twelve);
  const looks = [...made.plots.element.querySelectorAll(".kws-plot-lines path")].map((one) =>
    one.getAttribute("class"),
  );
  assert.equal(new Set(looks).size, 12);
  made.plots.dispose();
});

test("what is not drawn is said", async () => {
  const made = await bench(TWO, {
    left_out: 9988,
    more: 1,
    looked: 10,
    passed: 100,
    odd: 1,
    large: 2,
    problem: "the disk is gone",
  });
  assert.equal(
    made.get(".kws-plot-note").textContent,
    "the disk is gone · 9,988 or more other values of $.s are not drawn: filter for them · sampled: 10 of 100 messages · " +
      "1 value is no finite number · 2 messages above 1 MiB not looked into",
  );
  made.answer = said({}, {});
  made.plots.tick(aTick({ total: 1 }));
  await later();
  assert.equal(made.get(".kws-plot-note").textContent, "no message has a number there");
  assert.deepEqual(lines(made), []);
  assert.equal(made.get("[role=img]").getAttribute("aria-label"), "No numbers yet");
  made.answer = said({}, { busy: 1 });
  made.plots.tick(aTick({ total: 2 }));
  await later();
  assert.equal(made.get(".kws-plot-note").textContent, "reading…");
  assert.ok(press(made.area(), "End"), "no key does anything");
  made.area().dispatchEvent(new MouseEvent("click", { clientX: 5, clientY: 5 }));
  assert.deepEqual(made.went, []);
  made.plots.dispose();
});

test("one point, one value, and numbers near the largest have a range", async () => {
  const made = await bench({ "": [[0, 7]] });
  assert.match(lines(made)[0]!, /^M500\.0 50\.00h0\.01$/);
  assert.equal(made.get(".kws-plot-entry").textContent, "$.p7");
  assert.deepEqual(range(Float64Array.of()), [0, 1]);
  assert.deepEqual(range(Float64Array.of(0, 0)), [-1, 1]);
  const [low, high] = range(Float64Array.of(-1.7e308, 1.7e308));
  assert.ok(Number.isFinite(high - low));
  made.plots.dispose();
});

test("the crosshair says the nearest point, the legend the others; a click goes to its message", async () => {
  const made = await bench(TWO);
  made.area().dispatchEvent(new MouseEvent("pointermove", { clientX: 100, clientY: 99 }));
  assert.match(made.get(".kws-strip-said").textContent, /^\d\d:\d\d:\d\d\.\d{3} {2}A 5$/);
  assert.deepEqual(
    [...made.plots.element.querySelectorAll(".kws-plot-entry b")].map((one) => one.textContent),
    ["5", "2"],
  );
  made.area().dispatchEvent(new MouseEvent("click", { clientX: 249, clientY: 1 }));
  await settled();
  assert.deepEqual(made.went, [[1, 1, START + 2_500_000, 64_210.55]]);
  made.area().dispatchEvent(new MouseEvent("pointerleave"));
  assert.equal(made.get(".kws-strip-said").textContent, "");
  made.plots.dispose();
});

test("the keyboard walks along lines and between them", async () => {
  const made = await bench(TWO);
  const area = made.area();
  const value = (): string => area.getAttribute("aria-valuetext")!.slice(14);
  press(area, "ArrowLeft");
  assert.equal(value(), "A 3");
  press(area, "Home");
  assert.equal(value(), "A 1");
  press(area, "ArrowRight");
  press(area, "ArrowDown");
  assert.equal(value(), "B 2", "at that time or before");
  press(area, "ArrowRight");
  assert.equal(value(), "B 64,210.55", "over the gap");
  press(area, "ArrowUp");
  assert.equal(value(), "A 3");
  press(area, "Enter");
  await settled();
  assert.deepEqual(made.went, [[1, 0, START + 2_000_000, 3]]);
  press(area, "Escape");
  assert.equal(made.get(".kws-plot-dot").hidden, true);
  assert.ok(press(area, "Escape"), "then it is the panel's");
  assert.ok(press(area, "End", { ctrlKey: true }));
  made.plots.dispose();
});

test("an entry hides its line, and makes it stand out", async () => {
  const made = await bench(TWO);
  const entry = labelled(made.plots.element, "B");
  entry.dispatchEvent(new Event("focus"));
  assert.equal(made.get(".kws-plot-lines").getAttribute("data-alone"), "true");
  assert.equal(made.plots.element.querySelectorAll("path[data-this=true]").length, 1);
  entry.dispatchEvent(new Event("blur"));
  assert.equal(made.get(".kws-plot-lines").getAttribute("data-alone"), "false");
  entry.click();
  assert.equal(lines(made)[1], "");
  assert.equal(entry.getAttribute("aria-pressed"), "false");
  press(made.area(), "End");
  press(made.area(), "ArrowDown");
  assert.match(made.area().getAttribute("aria-valuetext")!, / A /, "it is passed over");
  entry.click();
  assert.notEqual(lines(made)[1], "");
  made.plots.dispose();
});

test("plots come and go as the widget remembers them; each asks only when something has changed", async () => {
  const made = await bench(TWO);
  const before = made.asked;
  made.plots.tick(aTick({ total: 5 }));
  made.plots.tick(aTick({ total: 5 }));
  await later(2000);
  assert.equal(made.asked, before + 1);
  const first = made.get(".kws-plot");
  made.plots.set([ITEM, { number: 2, path: "$.q", by: "", where: "x" }]);
  assert.equal(made.get(".kws-plot"), first, "the same as before");
  assert.equal(made.plots.element.children.length, 2);
  made.plots.reach(START - 1e6, START + 9e6);
  await later(800);
  assert.match(lines(made)[0]!, /^M100\.0 /);
  labelled(made.plots.element, "Close the plot of $.q where x").click();
  assert.deepEqual(made.closed, [2]);
  made.plots.set([ITEM]);
  assert.equal(made.plots.element.children.length, 1);
  made.refuse = "gone";
  labelled(made.plots.element, "Close the plot of $.p by $.s").click();
  press(made.area(), "End");
  press(made.area(), "Enter");
  await settled();
  assert.deepEqual(made.problems, ["gone", "gone"]);
  made.plots.dispose();
});

test("a form adds one, and says what is wrong with a path", async () => {
  const made = await bench(TWO);
  made.plots.button.click();
  const form = document.querySelector<HTMLElement>("[role=dialog]")!;
  const [path, by] = [...form.querySelectorAll("input")];
  assert.equal(document.activeElement, path);
  made.refuse = "this is no JSON path";
  type(path!, "price");
  press(path!, "Enter");
  await settled();
  assert.equal(form.querySelector("[role=alert]")!.textContent, "this is no JSON path");
  made.refuse = "";
  type(path!, "$.price");
  type(by!, "$.symbol");
  assert.ok(press(path!, "Tab"), "the page's: it walks through the fields");
  press(labelled(form, "Draw it"), "Tab");
  assert.equal(document.activeElement, path);
  labelled(form, "Draw it").click();
  await settled();
  assert.deepEqual(made.added, [
    ["price", "", ""],
    ["$.price", "$.symbol", ""],
  ]);
  assert.equal(form.isConnected, false);
  made.plots.button.click();
  press(path!, "Escape");
  assert.equal(form.isConnected, false);
  made.plots.dispose();
});

test("points are unpacked", () => {
  const { times, values, lines: all } = unpack(...said(TWO));
  assert.deepEqual([...times.slice(0, 3)], [START, START + 1e6, START + 2e6]);
  assert.equal(values[5], 64_210.55);
  assert.deepEqual(
    all.map(({ from, to }) => [from, to]),
    [
      [0, 3],
      [3, 6],
    ],
  );
});

test("a path that no message has is doubted once in the form, before there is an empty plot", async () => {
  const made = await bench(TWO);
  made.plots.button.click();
  const form = document.querySelector<HTMLElement>("[role=dialog]")!;
  const [path, by, where] = [...form.querySelectorAll("input")];
  const said = (): string => form.querySelector("[role=alert]")!.textContent!;
  made.doubt["$.pric"] = "no message has the key pric: did you mean $.price?";
  type(path!, "$.pric");
  press(path!, "Enter");
  await settled();
  assert.deepEqual(
    [made.added, said(), form.isConnected],
    [[], "no message has the key pric: did you mean $.price? (Draw it once more does it anyway)", true],
  );
  type(path!, "$.price");
  type(by!, "$.pric");
  press(by!, "Enter");
  await settled();
  assert.deepEqual([made.added.length, document.activeElement], [0, by]);
  press(by!, "Enter");
  await settled();
  assert.deepEqual(made.added, [["$.price", "$.pric", ""]], "whoever waits for it gets it");
  made.plots.button.click();
  type(path!, "pri");
  await later(120);
  const list = form.querySelector<HTMLElement>("[role=listbox]")!;
  assert.deepEqual([made.completed, list.hidden], [[["pri", 1]], false]);
  press(path!, "Tab");
  assert.deepEqual([path!.value, list.hidden], ["$.price", true]);
  press(where!, " ", { ctrlKey: true });
  await settled();
  assert.deepEqual(made.completed.at(-1), ["", 0], "a filter is completed as a filter");
  made.plots.dispose();
});
