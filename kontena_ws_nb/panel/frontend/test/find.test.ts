import { labelled, press, settled, type } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Completion } from "../src/completion";
import { Find } from "../src/find";
import type { CompleteAnswer, SeekAnswer } from "../src/messages";

const place = (parts: Partial<SeekAnswer>): SeekAnswer => ({
  v: 1,
  id: "",
  k: "seek",
  gen: 1,
  key: null,
  at: null,
  number: 0,
  total: 0,
  busy: false,
  ...parts,
});
let asked: unknown[][];
let went: unknown[][];
let failed: string[];
let answers: (SeekAnswer | Error)[];
let find: Find;
const said = (): string => find.element.querySelector(".kws-place")!.textContent!;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [asked, went, failed, answers] = [[], [], [], []];
  find = new Find({
    find: (text) => Promise.resolve(void asked.push(["find", text])),
    seek: (at, way) => {
      asked.push([at, way]);
      const next = answers.shift() ?? place({});
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
    here: (way) => 10 * way,
    go: (key, at) => went.push([key, at]),
    failed: (error) => failed.push(error.message),
  });
  document.body.replaceChildren(find.hides, find.element);
});

test("the first match is gone to, the others by the buttons", async () => {
  answers = [
    place({ key: 5, at: 4, number: 2, total: 12 }),
    place({ key: 9, at: 8, number: 3, total: 1200, busy: true }),
  ];
  await find.look("needle");
  assert.deepEqual(went, [[5, 4]]);
  assert.equal(said(), "2 of 12");
  assert.equal(find.element.hidden, false);
  labelled(find.element, "Next match").click();
  await settled();
  assert.equal(said(), "3 of 1,200…");
  labelled(find.element, "Previous match").click();
  await settled();
  assert.equal(said(), "no match");
  assert.deepEqual(asked, [
    ["find", "needle"],
    [10, 1],
    [10, 1],
    [-10, -1],
  ]);
  await find.look("needle");
  assert.equal(asked.length, 4, "the same again asks nothing");
  await find.look("");
  assert.equal(find.element.hidden, true);
  await find.go(1);
  assert.equal(asked.length, 5, "there is nothing to look for");
});

test("a search that has not come there is waited for, until something else is asked", async () => {
  answers = [place({ busy: true }), place({ key: 1, at: 1, number: 1, total: 1 })];
  const first = find.look("needle");
  await settled();
  assert.equal(said(), "searching…");
  mock.timers.tick(200);
  await first;
  assert.deepEqual(went, [[1, 1]]);
  answers = [place({ busy: true })];
  const second = find.go(1);
  await settled();
  find.dispose();
  mock.timers.tick(200);
  await second;
  assert.equal(went.length, 1);
});

test("an answer that comes too late goes nowhere; a failure is told", async () => {
  answers = [place({ key: 1, at: 1, number: 1, total: 2 })];
  await find.look("needle");
  answers = [place({ key: 2, at: 2, number: 2, total: 2 }), place({ key: 1, at: 1, number: 1, total: 2 })];
  await Promise.all([find.go(1), find.go(1)]);
  assert.deepEqual(went.slice(1), [[1, 1]]);
  answers = [new Error("the kernel is gone")];
  await find.go(1);
  assert.deepEqual(failed, ["the kernel is gone"]);
  answers = [new Error("late"), place({})];
  await Promise.all([find.go(1), find.go(1)]);
  assert.deepEqual(failed, ["the kernel is gone"]);
});

test("whether others are hidden is a switch", () => {
  assert.equal(find.on, false);
  find.flip();
  assert.equal(find.on, true);
  assert.equal(find.hides.getAttribute("aria-pressed"), "false");
  find.flip();
  assert.equal(find.on, false);
});

// ---- completion

const complete = (start: number, ...words: string[]): CompleteAnswer => ({
  v: 1,
  id: "",
  k: "complete",
  start,
  words: words.map((word) => [word, `about ${word}`]),
});
let field: HTMLInputElement;
let completion: Completion;
let accepted: number;
let reply: () => Promise<CompleteAnswer>;
const options = (): string[] => [...completion.list.children].map((one) => one.firstElementChild!.textContent!);
const key = (name: string, parts: { ctrlKey?: boolean; shiftKey?: boolean } = {}): boolean =>
  completion.key(new KeyboardEvent("keydown", { key: name, ...parts }));

function typed(text: string): void {
  type(field, text);
  field.setSelectionRange(text.length, text.length);
  mock.timers.tick(200);
}

beforeEach(() => {
  accepted = 0;
  reply = () => Promise.resolve(complete(2, "$.type", "$.time"));
  field = document.createElement("input");
  completion = new Completion(
    field,
    () => reply(),
    () => {
      accepted += 1;
    },
  );
  document.body.replaceChildren(field, completion.list);
});

test("a path that is typed gets a list; arrows choose, Enter and Tab take", async () => {
  typed("word");
  await settled();
  assert.equal(completion.isOpen, false, "a word needs no list");
  assert.equal(key("ArrowDown"), false);
  typed("a $.t");
  await settled();
  assert.deepEqual(options(), ["$.type", "$.time"]);
  assert.equal(field.getAttribute("aria-expanded"), "true");
  assert.equal(key("Enter"), false, "nothing is chosen: Enter is the filter's");
  key("ArrowDown");
  key("ArrowDown");
  key("ArrowUp");
  assert.equal(completion.list.children[0]!.getAttribute("aria-selected"), "true");
  assert.equal(field.getAttribute("aria-activedescendant"), completion.list.children[0]!.id);
  key("Enter");
  assert.equal(field.value, "a $.type");
  assert.deepEqual([accepted, completion.isOpen], [1, false]);
  typed("a $.t");
  await settled();
  key("Tab");
  assert.equal(field.value, "a $.type");
  typed("a $.t");
  await settled();
  assert.equal(key("Escape"), true);
  assert.equal(completion.isOpen, false);
  assert.equal(key("Escape"), false);
  assert.equal(key("x"), false);
  completion.dispose();
});

test("Tab and Ctrl+Space ask; the only word is taken at once, and none opens nothing", async () => {
  typed("kin");
  await settled();
  assert.equal(key("Tab"), true);
  await settled();
  assert.deepEqual(options(), ["$.type", "$.time"]);
  typed("kin");
  reply = () => Promise.resolve(complete(0, "kind:"));
  key("Tab");
  await settled();
  assert.equal(field.value, "kind:");
  typed("");
  assert.equal(key("Tab"), false, "out of the field");
  assert.equal(key("Tab", { shiftKey: true }), false);
  reply = () => Promise.resolve(complete(0));
  key(" ", { ctrlKey: true });
  await settled();
  assert.equal(completion.isOpen, false);
});

test("Tab that finds nothing, or gets no answer, leaves the field the second time", async () => {
  for (const answer of [
    () => Promise.resolve(complete(0)),
    () => Promise.resolve(complete(0, "$.price>64000")), // it is complete
    () => new Promise<CompleteAnswer>(() => undefined),
    () => Promise.reject(new Error("gone")),
  ]) {
    reply = answer;
    typed("$.price>64000");
    assert.equal(key("Tab"), true);
    await settled();
    assert.equal(key("Tab"), false);
    field.dispatchEvent(new Event("blur"));
    assert.equal(key("Tab"), true, "who comes back can ask again");
    typed("$.price>6400");
    assert.equal(key("Tab"), true, "another text is another question");
  }
});

test("a press takes a word, leaving closes, and late or failed answers open nothing", async () => {
  typed("a $.t");
  await settled();
  completion.list.children[1]!.firstElementChild!.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }));
  assert.equal(field.value, "a $.time");
  typed("a $.t");
  await settled();
  completion.list.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }));
  assert.equal(completion.isOpen, true, "beside the words");
  field.dispatchEvent(new Event("blur"));
  assert.equal(completion.isOpen, false);
  reply = () => Promise.reject(new Error("gone"));
  typed("$.");
  await settled();
  assert.equal(completion.isOpen, false);
  let late: (answer: CompleteAnswer) => void = () => undefined;
  reply = () => new Promise((resolve) => (late = resolve));
  typed("$.x");
  field.dispatchEvent(new Event("blur"));
  late(complete(0, "$.xyz"));
  await settled();
  assert.equal(completion.isOpen, false);
  assert.equal(press(field, "a"), true);
});
