import { press, settled } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Picker } from "../src/picker";
import type { SourceChoice } from "../src/messages";
import { aSource } from "./samples";

let shown: string[];
let asked: string[][];
let refuse: string;
let picker: Picker;
const choice = (name: string): SourceChoice => ({
  name,
  url: "wss://host.example",
  state: "open",
  shown: shown.includes(name),
});
const get = <T extends HTMLElement = HTMLElement>(selector: string): T[] => [...document.querySelectorAll<T>(selector)];
const boxes = (): HTMLInputElement[] => get<HTMLInputElement>("input");
const open = async (): Promise<void> => {
  get(".kws-chip")[0]!.click();
  await settled();
};
const flip = async (box: HTMLInputElement): Promise<void> => {
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change"));
  await settled();
  await settled();
};

beforeEach(() => {
  shown = ["feed"];
  asked = [];
  refuse = "";
  picker = new Picker({
    sessions: () => Promise.resolve(["feed", "trades", "\u202Edasm"].map(choice)),
    show: (names) => {
      asked.push(names);
      if (refuse) return Promise.reject(new Error(refuse));
      shown = names;
      return Promise.resolve();
    },
  });
  document.body.replaceChildren(picker.element);
});

test("the name is shown, and how many there are", () => {
  const toggle = get(".kws-chip")[0]!;
  picker.tick([aSource({ name: "feed" })]);
  assert.deepEqual([toggle.textContent, toggle.getAttribute("aria-label")], ["feed", "Session feed"]);
  picker.tick([aSource({ name: "feed" }), aSource({ number: 1, name: "trades" })]);
  assert.deepEqual(
    [toggle.textContent, toggle.getAttribute("aria-label")],
    ["2 sessions", "Sessions feed + trades, merged by time"],
  );
});

test("boxes add to what is shown and take out of it; the last one stays", async () => {
  await open();
  assert.deepEqual(
    boxes().map((box) => [box.checked, box.disabled]),
    [
      [true, true],
      [false, false],
      [false, false],
    ],
  );
  assert.equal(document.activeElement?.getAttribute("aria-label"), "Show only feed");
  await flip(boxes()[1]!);
  assert.deepEqual(asked, [["feed", "trades"]]);
  assert.deepEqual(
    boxes().map((box) => box.disabled),
    [false, false, false],
  );
  assert.equal(document.activeElement, boxes()[1]); // the menu stays open, the focus where it was
  assert.equal(get(".kws-session[aria-pressed=true]").length, 0);
  await flip(boxes()[0]!);
  assert.deepEqual(asked[1], ["trades"]);
  assert.deepEqual(
    boxes().map((box) => box.disabled),
    [false, true, false],
  );
});

test("a name shows one alone, the last button all", async () => {
  await open();
  get(".kws-all")[0]!.click();
  await settled();
  assert.deepEqual(asked[0], ["feed", "trades", "\u202Edasm"]);
  assert.equal(get(".kws-menu").length, 0);
  await open();
  assert.ok(!get(".kws-menu")[0]!.textContent!.includes("\u202E"));
  get(".kws-session")[1]!.click();
  await settled();
  assert.deepEqual(asked[1], ["trades"]);
  await open();
  get(".kws-chip")[0]!.click();
  assert.equal(get(".kws-menu").length, 0);
});

test("arrows go up and down, among boxes or names", async () => {
  await open();
  press(document.activeElement as HTMLElement, "ArrowDown");
  assert.equal(document.activeElement?.getAttribute("aria-label"), "Show only trades");
  boxes()[1]!.focus();
  press(boxes()[1]!, "ArrowDown");
  press(boxes()[2]!, "ArrowDown"); // the first cannot be changed: it is the only one shown
  assert.equal(document.activeElement, boxes()[1]);
  press(boxes()[1]!, "ArrowUp");
  assert.equal(document.activeElement, boxes()[2]);
  assert.equal(press(boxes()[2]!, "x"), true);
  press(boxes()[2]!, "Escape");
  assert.equal(get(".kws-menu").length, 0);
});

test("what the kernel refuses is said", async () => {
  refuse = "a panel merges at most 32 sessions";
  await open();
  await flip(boxes()[1]!);
  assert.equal(get("[role=alert]")[0]!.textContent, refuse);
  await open();
  await open();
  assert.equal(get(".kws-session").length, 3);
  get(".kws-session")[0]!.click();
  await settled();
  assert.equal(get("[role=alert]")[0]!.textContent, refuse);
});

test("a kernel that does not list them is said to", async () => {
  picker = new Picker({ sessions: () => Promise.reject(new Error("no kernel")), show: () => Promise.resolve() });
  document.body.replaceChildren(picker.element);
  picker.element.focus();
  await open();
  assert.equal(get("[role=alert]")[0]!.textContent, "no kernel");
  assert.equal(document.activeElement, picker.element, "nothing else takes keys");
  press(picker.element, "Escape");
  assert.equal(get(".kws-menu").length, 0);
});
