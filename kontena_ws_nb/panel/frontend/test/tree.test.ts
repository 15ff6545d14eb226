import { clipboard, labelled, press, settled } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { readJson } from "../src/json";
import { jsonTree } from "../src/jsontree";
import { Tree } from "../src/tree";
import { below, nodeOf, term, wholeNode } from "../src/treenode";

let terms: string[];
let columns: string[];
let plots: string[];
let said: string[];
let tree: Tree;

function draw(text: string, all = true): void {
  [terms, columns, plots, said] = [[], [], [], []];
  tree = new Tree(jsonTree(readJson(text)!), {
    filter: (one) => terms.push(one),
    ...(all && { column: (path: string) => columns.push(path), plot: (path: string) => plots.push(path) }),
    said: (text) => said.push(text),
  });
  document.body.replaceChildren(tree.element);
}

beforeEach(() => draw('{"a":{"b c":[1,"x"]},"n":7,"t":"long","q":null,"":1}'));

const line = (text: string): HTMLElement =>
  [...tree.element.querySelectorAll<HTMLElement>("summary, .kws-leaf")].find((one) =>
    one.textContent!.startsWith(text),
  )!;
const here = (): string => document.activeElement!.textContent!;
const tools = (): HTMLElement => tree.element.querySelector(".kws-node-tools")!;
const buttons = (): string[] =>
  [...tools().querySelectorAll("button")].filter((one) => !one.hidden).map((one) => one.getAttribute("aria-label")!);

test("one line has the keys; arrows walk, open and close", async () => {
  assert.equal(tree.element.querySelectorAll("[tabindex='0']").length, 1);
  line("{").focus();
  press(document.activeElement as HTMLElement, "ArrowDown");
  assert.match(here(), /^a: /);
  press(document.activeElement as HTMLElement, "ArrowRight");
  await settled();
  press(document.activeElement as HTMLElement, "ArrowRight");
  assert.match(here(), /^b c: /);
  press(document.activeElement as HTMLElement, "ArrowLeft");
  assert.match(here(), /^a: /, "to what it is in");
  press(document.activeElement as HTMLElement, "ArrowLeft");
  assert.match(here(), /^a: /, "that closes");
  assert.equal((line("a:").parentElement as HTMLDetailsElement).open, false);
  press(document.activeElement as HTMLElement, "End");
  assert.equal(here(), ": 1");
  press(document.activeElement as HTMLElement, "ArrowDown");
  assert.equal(here(), ": 1");
  press(document.activeElement as HTMLElement, "ArrowUp");
  press(document.activeElement as HTMLElement, "Home");
  assert.match(here(), /^\{/);
  press(document.activeElement as HTMLElement, "ArrowUp");
  assert.match(here(), /^\{/);
  assert.equal(press(document.activeElement as HTMLElement, "c"), true, "letters are the table's");
  assert.equal(press(document.activeElement as HTMLElement, "ArrowDown", { ctrlKey: true }), true);
  assert.equal(press(tree.content, "ArrowDown"), true, "no line has the keys");
});

test("all of it opens, and closes again", async () => {
  press(line("{"), "*");
  await settled();
  await settled();
  assert.equal(tree.expanded, true);
  assert.ok(line('1: "x"'));
  tree.collapse();
  assert.equal(tree.expanded, false);
});

test("a tree with too many branches says how far it was opened", async () => {
  draw(`[${Array.from({ length: 90 }, () => `[${Array.from({ length: 40 }, () => "[1]").join()}]`).join()}]`);
  await tree.expand();
  assert.deepEqual(said, ["the first 2,000 are open"]);
});

test("the line under the pointer has its buttons", async () => {
  assert.equal(tools().hidden, true);
  const over = (one: Element): boolean => one.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
  over(line("n:"));
  assert.deepEqual(buttons(), ["Filter for this", "Hide these", "Copy value", "Copy path", "Add as column", "Plot"]);
  for (const name of buttons()) labelled(tools(), name).click();
  await settled();
  assert.deepEqual(terms, ["$.n=7", "$.n!=7"]);
  assert.deepEqual(columns, ["$.n"]);
  assert.deepEqual(plots, ["$.n"]);
  assert.deepEqual(clipboard.copied.slice(-2), ["7", "$.n"]);
  assert.deepEqual(said, ["copied the value", "copied $.n"]);
  over(line("t:"));
  assert.ok(!buttons().includes("Plot"));
  over(line(": 1"));
  assert.deepEqual(buttons(), ["Copy value"], "no filter leads to an empty key");
  over(line("{"));
  assert.deepEqual(buttons(), ["Copy value", "Copy path"]);
  tree.element.dispatchEvent(new MouseEvent("mouseleave"));
  assert.equal(tools().hidden, true);
  clipboard.refuse = true;
  line("q:").focus();
  labelled(tools(), "Copy value").click();
  await settled();
  assert.match(said.at(-1)!, /^not copied: /);
  clipboard.refuse = false;
  draw('{"n":7}', false);
  over(line("n:"));
  assert.deepEqual(buttons(), ["Filter for this", "Hide these", "Copy value", "Copy path"]);
});

test("a context menu has the names of a line's buttons, and does the same", async () => {
  const ask = (one: Element, init: MouseEventInit = {}): boolean =>
    one.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true, ...init }));
  const entries = (): string[] =>
    [...tree.element.querySelectorAll("[role=menuitem]")].map((one) => one.textContent!.trim());
  assert.equal(ask(line("n:"), { clientX: 9, clientY: 9 }), false);
  assert.deepEqual(entries(), ["Filter for this", "Hide these", "Copy value", "Copy path", "Add as column", "Plot"]);
  [...tree.element.querySelectorAll<HTMLElement>("[role=menuitem]")].at(-2)!.click();
  assert.deepEqual([columns, entries(), here()], [["$.n"], [], "n: 7"]);
  assert.equal(ask(line("{")), false, "of the keyboard");
  assert.deepEqual(entries(), ["Copy value", "Copy path"]);
  press(document.activeElement as HTMLElement, "Escape");
  assert.deepEqual(entries(), []);
  assert.equal(ask(line("n:"), { shiftKey: true }), true, "left to the browser");
  assert.equal(ask(tree.content), true, "no line is there");
  assert.deepEqual(entries(), []);
});

test("what is looked for is opened, also behind the first hundred", async () => {
  draw(`{"rows":[${Array.from({ length: 250 }, (_, n) => `{"n":${n}}`).join()}],"other":{"x":{"y":"Needle"}}}`);
  await tree.reveal(["needle"], true);
  assert.ok(line("y: "));
  assert.equal(line("0: "), undefined, "what does not hold it stays closed");
  await tree.reveal(["249"], false);
  assert.ok(line("n: 249"));
});

test("paths and terms are what the filter reads", () => {
  assert.deepEqual(
    [below("$", "a"), below("$", "a b"), below("$", 'q"'), below("$.x", 3), below("$", ""), below(null, "a")],
    ["$.a", '$["a b"]', '$["q\\""]', "$.x[3]", null, null],
  );
  assert.equal(below(`$.${"x".repeat(1000)}`, "a"), null);
  const of = (path: string | null, text: string): (string | undefined)[] => {
    const node = wholeNode(path, readJson(text)!);
    return [term(node), term(node, true)];
  };
  assert.deepEqual(of("$.a", '"x y"'), ['$.a="x y"', '$.a!="x y"']);
  assert.deepEqual(of("$.a", "null"), ["$.a=null", "$.a!=null"]);
  assert.deepEqual(of("$.a", "[1]"), ["$.a", "-$.a"]);
  assert.deepEqual(of("$", "1"), [undefined, undefined]);
  assert.deepEqual(of(null, "1"), [undefined, undefined]);
  assert.match(of("$.a", `"${"x".repeat(200)}"`)[0]!, /^\$\.a~"x{120}"$/);
  assert.equal(wholeNode("$", readJson("[1]")!).text(), "[\n  1\n]");
  assert.equal(nodeOf(document.body), undefined);
});
