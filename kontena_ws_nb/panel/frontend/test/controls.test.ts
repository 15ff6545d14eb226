// Small controls: tabs, popups, the list of keys, the time column, long texts.

import { frame, labelled, press } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { button, h } from "../src/dom";
import { KeyList } from "../src/keys";
import { FILTER_FORMS } from "../src/messages";
import { blocks, longText } from "../src/longtext";
import { Popup } from "../src/popup";
import { Tabs } from "../src/tabs";
import { TimeColumn } from "../src/times";
import { aRow } from "./samples";

beforeEach(() => document.body.replaceChildren());

test("tabs: one can be reached with Tab, arrows walk, a press opens and closes", () => {
  const shown: (string | null)[] = [];
  const tabs = new Tabs(["A", "B", "C"], (name) => shown.push(name));
  document.body.append(tabs.strip, tabs.pane);
  const all = [...tabs.strip.querySelectorAll("button")];
  const reach = (): string[] =>
    all.filter((one) => one.getAttribute("tabindex") === "0").map((one) => one.textContent!);
  assert.deepEqual([reach(), tabs.pane.hidden], [["A"], true]);
  all[0]!.focus();
  assert.equal(press(all[0]!, "ArrowLeft"), false);
  assert.deepEqual([document.activeElement!.textContent, reach(), shown], ["C", ["C"], []]);
  press(all[2]!, "ArrowRight");
  press(all[0]!, "End");
  press(all[2]!, "Home");
  assert.equal(press(all[0]!, "x"), true);
  press(all[0]!, "ArrowRight");
  all[1]!.click();
  assert.deepEqual(
    [
      tabs.current,
      tabs.pane.hidden,
      all[1]!.getAttribute("aria-selected"),
      all[1]!.getAttribute("aria-controls"),
      tabs.pane.getAttribute("aria-labelledby"),
    ],
    ["B", false, "true", tabs.pane.id, all[1]!.id],
  );
  all[1]!.click();
  assert.deepEqual([tabs.current, tabs.pane.hidden, reach(), shown], [null, true, ["B"], ["B", null]]);
});

test("a popup hangs in the panel while it is open, and lets the focus go where it came from", () => {
  const toggle = button("Open");
  const menu = h("div", { role: "menu" });
  const panel = h("section", { class: "kws" }, h("div", {}, toggle), h("p", {}, "elsewhere"));
  document.body.append(panel);
  new Popup(toggle, menu, () => menu.replaceChildren(button("one"), button("two"), button("three")));
  assert.deepEqual(
    [toggle.getAttribute("aria-haspopup"), toggle.getAttribute("aria-expanded"), menu.isConnected],
    ["menu", "false", false],
  );
  toggle.click();
  assert.deepEqual(
    [menu.parentElement, toggle.getAttribute("aria-expanded"), document.activeElement!.textContent],
    [panel, "true", "one"],
  );
  const walk = (key: string): string => {
    press(document.activeElement as HTMLElement, key);
    return document.activeElement!.textContent!;
  };
  assert.deepEqual(["ArrowUp", "ArrowDown", "ArrowDown", "End", "Home"].map(walk), [
    "three",
    "one",
    "two",
    "three",
    "one",
  ]);
  let leaked = 0;
  panel.addEventListener("keydown", () => leaked++);
  walk("x");
  walk("Escape");
  assert.deepEqual([leaked, menu.isConnected, document.activeElement], [0, false, toggle]);
  toggle.click();
  menu.dispatchEvent(new Event("pointerdown", { bubbles: true }));
  assert.equal(menu.isConnected, true);
  panel.querySelector("p")!.dispatchEvent(new Event("pointerdown", { bubbles: true }));
  assert.equal(menu.isConnected, false);
  toggle.click();
  toggle.click();
  assert.equal(menu.isConnected, false);
  toggle.click();
  panel.remove(); // the page took the panel out, with what hangs in it
  document.body.dispatchEvent(new Event("pointerdown", { bubbles: true }));
  assert.deepEqual([menu.parentNode, toggle.getAttribute("aria-expanded")], [null, "false"]);
});

test("a popup opens above where there is more room, and inside the panel", () => {
  const box =
    (top: number, left: number, width: number, height: number): (() => DOMRect) =>
    () =>
      ({ top, left, width, height, bottom: top + height, right: left + width }) as DOMRect;
  const toggle = button("Open");
  const menu = h("div", { role: "menu" });
  const panel = h("section", { class: "kws" }, toggle);
  document.body.append(panel);
  panel.getBoundingClientRect = box(100, 50, 600, 500);
  toggle.getBoundingClientRect = box(560, 630, 15, 20);
  menu.getBoundingClientRect = box(0, 0, 150, 200);
  new Popup(toggle, menu);
  toggle.click();
  assert.deepEqual([menu.style.top, menu.style.left], ["258px", "444px"]);
  toggle.click();
  toggle.getBoundingClientRect = box(200, 60, 15, 20);
  toggle.click();
  assert.deepEqual([menu.style.top, menu.style.left], ["122px", "10px"]);
  toggle.click();
});

test("the list of keys keeps the focus, and gives it back", () => {
  const before = button("before");
  const keys = new KeyList();
  document.body.append(before, keys.element);
  before.focus();
  keys.open();
  const close = labelled(keys.element, "Close");
  assert.deepEqual([keys.element.hidden, document.activeElement], [false, close]);
  assert.equal(press(close, "Tab"), false);
  assert.equal(document.activeElement, close);
  press(close, "x");
  assert.equal(keys.element.hidden, false);
  press(close, "Escape");
  assert.deepEqual([keys.element.hidden, document.activeElement], [true, before]);
  keys.open();
  close.click();
  assert.equal(keys.element.hidden, true);
  assert.match(keys.element.textContent!, /send it again/);
  for (const [form, meaning] of FILTER_FORMS) assert.ok(keys.element.textContent!.includes(form + meaning), form);
});

test("the time column says which it is, and what each row has", () => {
  let painted = 0;
  const told: string[] = [];
  const times = new TimeColumn(() => painted++);
  times.changed = (mode) => told.push(mode);
  const [row] = [aRow(7)];
  times.painting(row);
  assert.match(times.text(row[1]), /^\d\d:\d\d:\d\d\.\d{3}$/);
  times.button.click();
  times.painting(row);
  assert.deepEqual([times.button.textContent, times.text(row[1] + 1_500_000)], ["Since start", "+1.500"]); // since the first row that is here
  times.start(row[1] - 3_723_004_000);
  times.painting(undefined);
  assert.equal(times.text(row[1]), "+1:02:03.004");
  times.next();
  const key = times.key;
  times.painting(row);
  assert.match(times.text(row[1]), /^\d\d:/); // nothing is selected
  const before = painted;
  times.selected(row[1] + 61_000_000);
  times.selected(row[1] + 61_000_000);
  assert.equal(painted, before + 1);
  times.painting(row);
  assert.deepEqual([times.button.textContent, times.text(row[1])], ["vs selected", "−1:01.000"]);
  assert.notEqual(times.key, key);
  times.next();
  times.selected(1);
  assert.deepEqual(told, ["start", "selected", "clock"]);
  frame();
});

test("a long text is in blocks that are laid out when seen, and stays whole", () => {
  const texts = [
    "short",
    "line\n".repeat(1000),
    "x".repeat(100_000),
    `${"x".repeat(15_999)}😀${"y".repeat(9000)}`,
    "😀".repeat(9000),
    `a\n${"b".repeat(50_000)}\nc`,
  ];
  for (const text of texts) {
    assert.equal(blocks(text).join(""), text);
    assert.ok(blocks(text).every((block) => block.length <= 16_001 && !/^[\udc00-\udfff]/.test(block)));
    assert.equal(longText(text).textContent, text);
  }
  assert.equal(longText("short").querySelector("div"), null);
  assert.equal(blocks("line\n".repeat(1000)).length, 13);
  const block = longText("line\n".repeat(1000), "kws-pre x").querySelector<HTMLElement>("div")!;
  assert.match(block.getAttribute("style")!, /auto 1440px/);
});

test("a text is coloured at once, and a block of a long one when it first comes into sight", () => {
  const coloured: string[] = [];
  const colour = (block: HTMLElement, text: string): void => {
    coloured.push(text);
    block.replaceChildren(h("b", {}, text));
  };
  assert.equal(longText("short", "kws-pre", colour).textContent, "short");
  assert.deepEqual(coloured, ["short"]);
  const long = longText("line\n".repeat(200), "kws-pre", colour);
  assert.equal(coloured.length, 1, "nothing is in sight yet");
  const seen = (skipped: boolean): boolean =>
    long.firstElementChild!.dispatchEvent(Object.assign(new Event("contentvisibilityautostatechange"), { skipped }));
  seen(true);
  assert.equal(coloured.length, 1);
  seen(false);
  seen(false);
  assert.deepEqual(coloured.slice(1), ["line\n".repeat(80)]);
  assert.equal(long.textContent, "line\n".repeat(200));
});

test("a tab that has nothing to show is greyed out, keys skip it, and an open one closes", () => {
  const shown: (string | null)[] = [];
  const tabs = new Tabs(["One", "Two", "Three"] as const, (name) => shown.push(name));
  document.body.replaceChildren(tabs.strip, tabs.pane);
  tabs.open("Two");
  tabs.enable("Two", true);
  tabs.enable("Two", false);
  assert.deepEqual([tabs.current, shown], [null, ["Two", null]]);
  const [one, two, three] = [...tabs.strip.querySelectorAll("button")] as [
    HTMLButtonElement,
    HTMLButtonElement,
    HTMLButtonElement,
  ];
  assert.deepEqual([one.disabled, two.disabled, three.disabled], [false, true, false]);
  one.focus();
  press(one, "ArrowRight");
  assert.equal(document.activeElement, three);
  tabs.enable("Two", true);
  assert.equal(two.disabled, false);
});
