import { frame, labelled, press, settled, type } from "./browser";
import assert from "node:assert/strict";
import { after, afterEach, beforeEach, test } from "node:test";
import { Found, places } from "../src/found";

// What happy-dom lacks: the registry of marks, boxes of places, and scrolling to an element.
class Marks extends Set<Range> {}
const registry = new Map<string, Marks>();
const painted = (name: string): string[] => [...(registry.get(name) ?? [])].map(String);
const boxes = { place: [0, 10], content: [0, 100] };
const box = ([top, bottom]: number[]): DOMRect => ({ top, bottom, height: bottom! - top! }) as DOMRect;
let scrolled: string[] = [];
Element.prototype.scrollIntoView = function (this: Element): void {
  scrolled.push(this.className);
};
Object.getPrototypeOf(document.createRange()).getBoundingClientRect = (): DOMRect => box(boxes.place);
const supported = (yes: boolean): void =>
  void Object.assign(globalThis, yes ? { Highlight: Marks, CSS: { highlights: registry } } : { Highlight: undefined });
after(() => supported(false));

let content: HTMLElement;
let found: Found;
let revealed: [texts: readonly string[], caseless: boolean][];
let reveal: () => void | Promise<void>;
const field = (): HTMLInputElement => found.element.querySelector("input")!;
const said = (): string => found.element.querySelector("[role=status]")!.textContent!;
async function look(text: string): Promise<void> {
  type(field(), text);
  await settled();
}

beforeEach(() => {
  supported(true);
  registry.clear();
  [scrolled, revealed, reveal] = [[], [], () => undefined];
  Object.assign(boxes, { place: [0, 10], content: [0, 100] });
  content = document.createElement("div");
  content.innerHTML =
    '<p class="one">a <b class="bold">nee</b>dle, a Needle</p>' +
    '<details class="outer"><summary class="sum">needle outside</summary>' +
    '<details class="inner"><summary>x</summary><i class="deep">the last needle</i></details></details>';
  content.getBoundingClientRect = () => box(boxes.content);
  found = new Found(content, {
    reveal: (texts, caseless) => {
      revealed.push([texts, caseless]);
      return reveal();
    },
  });
  document.body.replaceChildren(found.element, content);
});
afterEach(() => {
  found.dispose();
  frame();
});

const told = (
  root: Node,
  texts: string[],
  caseless = false,
  most?: number,
): [string, string, number, string, number][] =>
  places(root, texts, caseless, most).map((range) => [
    range.toString(),
    (range.startContainer as Text).data,
    range.startOffset,
    (range.endContainer as Text).data,
    range.endOffset,
  ]);

test("places are found over several elements, in the order of the text, none of an empty one", () => {
  const line = content.querySelector("p")!;
  assert.deepEqual(told(line, ["needle"]), [["needle", "nee", 0, "dle, a Needle", 3]]);
  assert.deepEqual(told(line, ["needle"], true), [
    ["needle", "nee", 0, "dle, a Needle", 3],
    ["Needle", "dle, a Needle", 7, "dle, a Needle", 13],
  ]);
  assert.deepEqual(told(line, ["dle", "", "nee", "a "]), [
    ["a ", "a ", 0, "a ", 2],
    ["nee", "nee", 0, "nee", 3],
    ["dle", "dle, a Needle", 0, "dle, a Needle", 3],
    ["a ", "dle, a Needle", 5, "dle, a Needle", 7],
    ["dle", "dle, a Needle", 10, "dle, a Needle", 13],
  ]);
  assert.deepEqual(
    told(line, ["a needle", "needle, a"]).map(([text, , from, , to]) => [text, from, to]),
    [
      ["a needle", 0, 3],
      ["needle, a", 0, 6],
    ],
    "places that overlap",
  );
  assert.equal(told(content, ["e"], false, 3).length, 3);
  assert.deepEqual(told(content, ["nowhere"]), []);
});

test("a letter that has two in lower case hides no place of another: none is told", () => {
  content.textContent = "İ and needle";
  assert.deepEqual(told(content, ["needle"], true), []);
  assert.equal(told(content, ["needle"]).length, 1);
});

test("what the filter found is marked, and gone through round and round", () => {
  assert.deepEqual([said(), found.element.getAttribute("data-any")], ["", "false"]);
  const [before, next] = [labelled(found.element, "Previous place"), labelled(found.element, "Next place")];
  assert.deepEqual([before.disabled, next.disabled], [true, true]);
  found.set(["needle", "Needle"]);
  assert.deepEqual([said(), found.element.getAttribute("data-any")], ["4 found", "true"]);
  assert.deepEqual(painted("kws-found"), ["needle", "Needle", "needle", "needle"]);
  assert.deepEqual(painted("kws-found-now"), []);
  assert.deepEqual([before.disabled, next.disabled], [false, false]);
  next.click();
  next.click();
  assert.deepEqual([said(), painted("kws-found-now")], ["2 of 4", ["Needle"]]);
  before.click();
  before.click();
  assert.equal(said(), "4 of 4");
  next.click();
  assert.equal(said(), "1 of 4");
  found.set(["Needle"]);
  before.click();
  assert.equal(said(), "1 of 1");
  found.set(["needle"]);
  before.click();
  assert.equal(said(), "3 of 3", "the one before the first is the last");
  found.set([]);
  assert.deepEqual([said(), painted("kws-found"), painted("kws-found-now")], ["", [], []]);
});

test("what hides a place is opened; a summary is seen without what it is of", () => {
  const outer = content.querySelector<HTMLDetailsElement>(".outer")!;
  const inner = content.querySelector<HTMLDetailsElement>(".inner")!;
  found.set(["needle"]);
  labelled(found.element, "Next place").click();
  labelled(found.element, "Next place").click();
  assert.deepEqual([outer.open, inner.open, scrolled], [false, false, ["bold", "sum"]]);
});

test("a place inside is shown with everything around it opened, and scrolled to where its element is higher", () => {
  found.set(["last needle"]);
  labelled(found.element, "Next place").click();
  assert.deepEqual(
    [...content.querySelectorAll("details")].map(({ open }) => open),
    [true, true],
  );
  assert.deepEqual(scrolled, ["deep"]);
  content.scrollTop = 0;
  frame();
  assert.equal(content.scrollTop, 0, "it is in sight");
  boxes.place = [400, 410];
  labelled(found.element, "Next place").click();
  frame();
  assert.equal(Math.round(content.scrollTop), 367);
  boxes.place = [-200, -190];
  labelled(found.element, "Next place").click();
  frame();
  assert.equal(Math.round(content.scrollTop), 133);
});

test("what is typed is looked for without its case, once what hides it is open, and replaces the filter's", async () => {
  found.set(["outside"]);
  await look("NEEDLE");
  assert.deepEqual(revealed, [[["NEEDLE"], true]]);
  assert.deepEqual([said(), painted("kws-found-now")], ["1 of 4", ["needle"]]);
  assert.equal(press(field(), "Enter"), false);
  assert.equal(said(), "2 of 4");
  press(field(), "Enter", { shiftKey: true });
  assert.equal(said(), "1 of 4");
  assert.equal(press(field(), "x"), true, "other keys are the field's");
  await look("nowhere");
  assert.equal(said(), "not found");
  press(field(), "Enter");
  assert.equal(said(), "not found");
  assert.equal(press(field(), "Escape"), false);
  await settled();
  assert.deepEqual([field().value, said(), painted("kws-found")], ["", "1 found", ["outside"]]);
  assert.equal(press(field(), "Escape"), true, "nothing is left to empty");
});

test("what was typed meanwhile is what is looked for", async () => {
  let open: () => void = () => undefined;
  reveal = () => new Promise((resolve) => (open = resolve));
  await look("nee");
  const first = open;
  await look("last");
  first();
  await settled();
  assert.equal(said(), "", "what was asked first is forgotten");
  open();
  await settled();
  assert.deepEqual([said(), painted("kws-found")], ["1 of 1", ["last"]]);
});

test("what is drawn later is marked too, once a frame; where one is stays, or becomes the last", async () => {
  const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  found.set(["needle"]);
  labelled(found.element, "Previous place").click();
  assert.equal(said(), "3 of 3");
  content.append("needle");
  await later();
  content.append(" and a needle");
  await later();
  assert.equal(said(), "3 of 3");
  frame();
  assert.equal(said(), "3 of 5");
  assert.equal(painted("kws-found").length, 5);
  content.querySelector("details")!.remove();
  content.querySelector("p")!.remove();
  await later();
  frame();
  assert.deepEqual([said(), painted("kws-found-now").length], ["2 of 2", 1]);
});

test("very many places are counted up to a bound", () => {
  content.textContent = "e".repeat(2100);
  found.set(["e"]);
  assert.equal(said(), "2,000+ found");
  labelled(found.element, "Next place").click();
  assert.equal(said(), "1 of 2,000+");
});

test("the field is gone to with what is in it chosen; the end takes the marks away", () => {
  field().value = "nee";
  found.focus();
  assert.equal(document.activeElement, field());
  assert.deepEqual([field().selectionStart, field().selectionEnd], [0, 3]);
  found.set([]);
  assert.equal(painted("kws-found").length, 4);
  found.dispose();
  assert.deepEqual(painted("kws-found"), []);
});

test("without such marks in a browser places are counted and gone to all the same", () => {
  supported(false);
  found.set(["needle"]);
  labelled(found.element, "Next place").click();
  assert.deepEqual([said(), registry.size], ["1 of 3", 0]);
});
