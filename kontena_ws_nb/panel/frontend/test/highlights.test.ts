import { press } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { COLOURS, Highlights } from "../src/highlights";
import { Line } from "../src/line";
import type { Highlight } from "../src/messages";
import { aRow } from "./samples";

let highlights: Highlights;
let asked: Highlight[][];
let used: string[];
let filter: string;
let refuse: Error | null;

const named = (label: string): HTMLElement =>
  [...document.querySelectorAll<HTMLElement>("[aria-label]")].find((one) => one.getAttribute("aria-label") === label)!;
const rules = (): Highlight[] => [
  ["$.side=sell", "red", 1],
  ["<b>\u202e", "blue", 0],
];
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

beforeEach(() => {
  [asked, used, filter, refuse] = [[], [], "", null];
  highlights = new Highlights({
    set: (wanted) => {
      asked.push(wanted);
      return refuse ? Promise.reject(refuse) : Promise.resolve();
    },
    filter: () => filter,
    use: (text) => used.push(text),
  });
  document.body.replaceChildren(highlights.element);
});

test("the filter is kept with a colour, once", async () => {
  highlights.show([], []);
  highlights.element.click();
  assert.match(document.querySelector(".kws-keep")!.textContent!, /Type a filter/);
  highlights.element.click();
  filter = "ping";
  highlights.element.click();
  assert.equal(document.querySelectorAll(".kws-keep button").length, COLOURS.length);
  named("Highlight in teal").click();
  assert.deepEqual(asked, [[["ping", "teal", 1]]]);
  highlights.show([["ping", "teal", 1]], [""]);
  assert.match(document.querySelector(".kws-keep")!.textContent!, /kept already/);
  assert.equal(highlights.element.getAttribute("aria-label"), "Highlights: 1");
  refuse = new Error("at most 16 highlights");
  named("Remove ping").click();
  await settled();
  assert.equal(document.querySelector("[role=alert]:not([hidden])")!.textContent, "at most 16 highlights");
});

test("each can be recoloured, moved, switched off, used and removed; the keyboard stays in its place", () => {
  highlights.show(rules(), ["", ""]);
  highlights.element.click();
  const colour = named("Colour of $.side=sell") as HTMLSelectElement;
  colour.value = "green";
  colour.dispatchEvent(new Event("change"));
  assert.deepEqual(asked.at(-1)![0], ["$.side=sell", "green", 1]);
  const box = named("Colour the rows of $.side=sell") as HTMLInputElement;
  box.click();
  assert.deepEqual(asked.at(-1)![0], ["$.side=sell", "red", 0]);
  const up = named("Move <b>\\u202e up");
  up.focus();
  up.click();
  assert.deepEqual(
    asked.at(-1)!.map(([text]) => text),
    ["<b>\u202e", "$.side=sell"],
  );
  highlights.show([rules()[1]!, rules()[0]!], ["", ""]);
  assert.ok(document.querySelector(".kws-highlights")!.contains(document.activeElement), "it cannot move up any more");
  named("Filter by $.side=sell").click();
  assert.deepEqual([used, document.querySelector(".kws-highlights")], [["$.side=sell"], null]);
  highlights.element.click();
  named("Remove $.side=sell").click();
  assert.deepEqual(asked.at(-1), [["<b>\u202e", "blue", 0]]);
  press(named("Remove $.side=sell"), "Escape");
  assert.equal(document.querySelector(".kws-highlights"), null);
});

test("a rule that was stopped says why, where it is listed", () => {
  highlights.show(rules(), ["the pattern was stopped", ""]);
  highlights.element.click();
  const [first, second] = [...document.querySelectorAll<HTMLElement>(".kws-rule-line")];
  assert.match(first!.textContent!, /the pattern was stopped/);
  assert.deepEqual([first!.dataset.on, second!.dataset.on], ["false", "false"]);
  assert.deepEqual([highlights.rule(1)![1], highlights.rule(0), highlights.rule(9)], ["red", undefined, undefined]);
});

test("a row says in words which rule it matches", () => {
  const line = new Line("x");
  const around = {
    session: "",
    time: "",
    gap: "",
    cells: [],
    columns: 0,
    rule: rules()[1],
    note: undefined,
    active: false,
  };
  line.write(aRow(0), around);
  assert.match(line.element.className, /kws-ruled kws-in-blue/);
  assert.equal(line.element.querySelector(".kws-c3")!.textContent, "received, highlighted in blue: <b>\\u202e");
  assert.equal(line.element.querySelector(".kws-c0")!.getAttribute("title"), "highlighted in blue: <b>\\u202e");
  line.write(aRow(1, { kind: "error" }), around);
  assert.equal(line.element.querySelector(".kws-c3")!.textContent, "highlighted in blue: <b>\\u202e");
  line.write(aRow(2), { ...around, rule: undefined });
  assert.doesNotMatch(line.element.className, /kws-ruled/);
  assert.equal(line.element.querySelector(".kws-c0")!.getAttribute("title"), "");
});
