// A context menu: where it opens, how keys walk through it, and that it leaves nothing behind.

import { press, settled } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { h } from "../src/dom";
import { type Entry, Menu } from "../src/menu";

let host: HTMLElement;
let done: string[];
let menu: Menu;
const run = (what: string) => (): void => void done.push(what);
const items = (): HTMLButtonElement[] => [...host.querySelectorAll<HTMLButtonElement>("[role=menuitem]")];
const item = (label: string): HTMLButtonElement => items().find((one) => one.getAttribute("aria-label") === label)!;
const at = (): string => document.activeElement!.getAttribute("aria-label") ?? "";
const hit = (key: string): boolean => press(document.activeElement as HTMLElement, key);

function open(entries: (Entry | null)[], x = 10, y = 20): void {
  menu = new Menu(host, "Row #1", entries, run("back"));
  menu.open(x, y);
}
const ENTRIES = (): (Entry | null)[] => [
  { label: "Copy", key: "c", run: run("copy") },
  { label: "Copy as", more: () => Promise.resolve([{ label: "Hex", run: run("hex") }, { label: "Text" }]) },
  null,
  { label: "Resend", ask: "Send 2?", run: run("resend") },
  { label: "Edit", why: "there is no connection", run: run("never") },
];

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [host, done] = [h("section", {}), []];
  document.body.replaceChildren(host, h("p", {}, "elsewhere"));
});

test("arrows, Home and End walk, letters find, Escape gives the focus back and leaves nothing", () => {
  open(ENTRIES());
  const menus = host.querySelector<HTMLElement>("[role=menu]")!;
  assert.deepEqual(
    [at(), menus.getAttribute("aria-label"), menus.style.left, menus.style.top],
    ["Copy", "Row #1", "4px", "4px"],
  );
  assert.equal(hit("ArrowDown"), false);
  assert.equal(at(), "Copy as");
  hit("End");
  assert.equal(at(), "Edit");
  hit("ArrowDown");
  hit("ArrowUp");
  hit("ArrowUp");
  assert.equal(at(), "Resend");
  hit("Home");
  hit("c");
  assert.equal(at(), "Copy as");
  hit("c");
  assert.equal(at(), "Copy");
  mock.timers.tick(700);
  hit("r");
  hit("e");
  assert.equal(at(), "Resend");
  mock.timers.tick(700);
  hit("z");
  assert.deepEqual([at(), hit("F5"), hit("ArrowLeft")], ["Resend", true, false]);
  hit("Escape");
  assert.deepEqual([done, host.childElementCount], [["back"], 0]);
  menu.close();
  assert.deepEqual(done, ["back"], "once");
});

test("a choice closes it first; what asks does it the second time; what cannot be done says why and does nothing", () => {
  open(ENTRIES());
  assert.deepEqual(
    [item("Edit").getAttribute("aria-disabled"), item("Edit").title, item("Copy").getAttribute("aria-keyshortcuts")],
    ["true", "there is no connection", "c"],
  );
  item("Edit").click();
  item("Resend").click();
  assert.deepEqual([done, item("Send 2?").textContent], [[], "Send 2?"]);
  item("Send 2?").click();
  assert.deepEqual([done, host.childElementCount], [["back", "resend"], 0]);
  open(ENTRIES());
  hit("Tab");
  assert.equal(host.childElementCount, 0);
});

test("a submenu opens to the right and is left again; its choice closes all", async () => {
  open(ENTRIES());
  hit("ArrowDown");
  hit("ArrowRight");
  assert.equal(item("Copy as").getAttribute("aria-expanded"), "true");
  await settled();
  assert.equal(at(), "Hex");
  hit("ArrowLeft");
  assert.deepEqual([at(), items().length, item("Copy as").getAttribute("aria-expanded")], ["Copy as", 4, "false"]);
  hit("ArrowRight");
  await settled();
  hit("Escape");
  assert.deepEqual([at(), items().length], ["Copy as", 4]);
  item("Copy as").click();
  await settled();
  item("Hex").click();
  assert.deepEqual([done, host.childElementCount], [["back", "hex"], 0]);
});

test("what could not be asked for says why; an answer that comes late opens nothing", async () => {
  let answer: (entries: Entry[]) => void = () => undefined;
  open([
    { label: "Broken", more: () => Promise.reject(new Error("no kernel")) },
    { label: "Slow", more: () => new Promise((resolve) => (answer = resolve)) },
  ]);
  item("Broken").click();
  await settled();
  assert.equal(item("Not available").title, "no kernel");
  item("Slow").click();
  menu.close();
  answer([{ label: "late" }]);
  await settled();
  assert.equal(host.childElementCount, 0);
});

test("the pointer opens a submenu where it rests, and closes another", async () => {
  open(ENTRIES());
  const rest = async (label: string): Promise<void> => {
    item(label).dispatchEvent(new Event("pointerenter"));
    mock.timers.tick(180);
    await settled();
  };
  await rest("Copy as");
  assert.deepEqual([at(), items().length], ["Copy as", 6], "the focus stays: nothing was chosen");
  await rest("Copy as");
  assert.equal(items().length, 6);
  await rest("Edit");
  assert.deepEqual([at(), items().length], ["Edit", 4]);
  item("Copy").dispatchEvent(new Event("pointerenter"));
  menu.close();
  mock.timers.tick(180);
});

test("an entry is replaced once more is known, with the focus on it", async () => {
  open([{ label: "Pair", why: "looking …", later: Promise.resolve({ label: "Go to #7", run: run("go") }) }]);
  assert.equal(at(), "Pair");
  await settled();
  assert.equal(at(), "Go to #7");
  item("Go to #7").click();
  assert.deepEqual(done, ["back", "go"]);
});

test("a press elsewhere, a page that scrolls and another window close it; the table that moves does not", () => {
  const closes = (what: () => void): [open: boolean, told: string[]] => {
    done = [];
    open(ENTRIES());
    what();
    const left = host.childElementCount > 0;
    const told = done;
    menu.close(false);
    return [left, told];
  };
  assert.deepEqual(
    closes(() => document.querySelector("p")!.dispatchEvent(new Event("pointerdown", { bubbles: true }))),
    [false, []],
  );
  assert.deepEqual(
    closes(() => item("Copy").dispatchEvent(new Event("pointerdown", { bubbles: true }))),
    [true, []],
  );
  assert.deepEqual(
    closes(() => document.dispatchEvent(new Event("scroll", { bubbles: true }))),
    [false, ["back"]],
  );
  assert.deepEqual(
    closes(() => host.dispatchEvent(new Event("scroll", { bubbles: true }))),
    [true, []],
  );
  open(ENTRIES());
  const again = new MouseEvent("contextmenu", { bubbles: true, cancelable: true });
  assert.equal(item("Copy").dispatchEvent(again), false, "the key that opened it tells once more");
});
