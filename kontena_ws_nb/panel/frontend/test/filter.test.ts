import { press, settled, type } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { FilterBar } from "../src/filter";
import type { CompleteAnswer, SeekAnswer } from "../src/messages";
import { KernelError } from "../src/link";
import { aTick } from "./samples";

let asked: string[];
let left: number;
let entered: number;
let answer: () => Promise<void>;
let bar: FilterBar;
let input: HTMLInputElement;
const part = (selector: string): HTMLElement => bar.element.querySelector<HTMLElement>(selector)!;
const quick = (label: string): HTMLButtonElement =>
  bar.element.querySelector<HTMLButtonElement>(`.kws-quick[aria-label="${label}"]`)!;

let folds: boolean[];
let went: number[];
let advised: string[];
let advice: () => Promise<string>;
let completed: (text: string) => Promise<CompleteAnswer>;
let seeks: (at: number, way: number) => SeekAnswer;
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

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  asked = [];
  left = entered = 0;
  folds = [];
  went = [];
  advised = [];
  advice = () => Promise.resolve("no message has the key idd: did you mean $.id?");
  completed = () => Promise.resolve({ v: 1, id: "", k: "complete", start: 0, words: [] });
  seeks = () => place({});
  answer = () => Promise.resolve();
  bar = new FilterBar({
    filter: (text) => {
      asked.push(text);
      return answer();
    },
    fold: (on) => folds.push(on),
    complete: (text) => completed(text),
    advise: (text) => {
      advised.push(text);
      return advice();
    },
    judged: () => undefined,
    find: (text) => {
      asked.push(`find ${text}`);
      return answer();
    },
    seek: (at, way) => Promise.resolve(seeks(at, way)),
    here: () => 7,
    go: (key) => went.push(key),
    leave: () => {
      left += 1;
    },
    enter: () => {
      entered += 1;
    },
  });
  document.body.replaceChildren(bar.element);
  input = bar.element.querySelector("input")!;
});

test("typing is waited for, Enter is not", () => {
  type(input, "tra");
  type(input, "trade");
  assert.deepEqual(asked, []);
  mock.timers.tick(150);
  assert.deepEqual(asked, ["trade"]);
  type(input, "ping ");
  press(input, "Enter");
  mock.timers.tick(150);
  assert.deepEqual(asked, ["trade", "ping"]);
});

test("the place of a mistake is marked, and goes with the next good filter", async () => {
  answer = () => Promise.reject(new KernelError("no such kind", 5));
  type(input, "kind:txt");
  press(input, "Enter");
  await settled();
  assert.equal(part("mark").textContent, "txt");
  assert.equal(input.getAttribute("aria-invalid"), "true");
  answer = () => Promise.resolve();
  press(input, "Escape");
  await settled();
  assert.equal(input.value, "");
  assert.equal(part(".kws-filter-error").hidden, true);
  assert.deepEqual(asked, ["kind:txt", ""]);
});

test("a pattern that is stopped while it runs is told, until another filter is there", () => {
  bar.tick(aTick({ filter: "/(a+)+$/", stopped: "the pattern was stopped after 1 s on message #12" }));
  assert.equal(part(".kws-filter-error").textContent, "the pattern was stopped after 1 s on message #12");
  assert.equal(input.getAttribute("aria-invalid"), "true");
  bar.tick(aTick({ filter: "a" }));
  assert.equal(part(".kws-filter-error").hidden, true);
  assert.equal(input.getAttribute("aria-invalid"), "false");
});

test("an answer to an older filter changes nothing", async () => {
  let fail: (error: Error) => void = () => undefined;
  answer = () => new Promise((_, reject) => (fail = reject));
  type(input, "/slow(/");
  press(input, "Enter");
  answer = () => Promise.resolve();
  type(input, "new");
  press(input, "Enter");
  fail(new KernelError("old"));
  await settled();
  assert.equal(part(".kws-filter-error").hidden, true);
});

test("quick filters are terms of the one grammar, one of a kind", () => {
  quick("Sent").click();
  quick("Data").click();
  quick("Received").click();
  assert.equal(input.value, "kind:text,binary dir:received");
  assert.equal(quick("Received").getAttribute("aria-pressed"), "true");
  assert.equal(quick("Sent").getAttribute("aria-pressed"), "false");
  quick("Received").click();
  assert.equal(input.value, "kind:text,binary");
  assert.equal(asked.at(-1), "kind:text,binary");
});

test("a quick filter stands beside alternatives, not in the last of them; what is quoted stays as it is", () => {
  input.value = 'a or "two  words"';
  quick("Sent").click();
  assert.equal(input.value, '(a or "two  words") dir:sent');
  quick("Received").click();
  assert.equal(input.value, '(a or "two  words") dir:received');
  quick("Received").click();
  assert.equal(input.value, '(a or "two  words")');
  input.value = "i: a || b";
  quick("Data").click();
  assert.equal(input.value, "i: (a || b) kind:text,binary");
});

test("case is ignored by a form of the one grammar", () => {
  const toggle = quick("Ignore case");
  toggle.click();
  assert.deepEqual([input.value, toggle.getAttribute("aria-pressed")], ["", "false"]);
  input.value = "Trade or Quote";
  toggle.click();
  assert.deepEqual([input.value, toggle.getAttribute("aria-pressed")], ["i: Trade or Quote", "true"]);
  assert.equal(asked.at(-1), "i: Trade or Quote");
  toggle.click();
  assert.deepEqual([input.value, toggle.getAttribute("aria-pressed")], ["Trade or Quote", "false"]);
  bar.tick(aTick({ filter: "i: x" })); // set from Python
  assert.equal(toggle.getAttribute("aria-pressed"), "true");
});

test("a mistake at the end has its place behind the text", async () => {
  answer = () => Promise.reject(new KernelError("a term is missing", 4));
  type(input, "a or");
  press(input, "Enter");
  await settled();
  assert.deepEqual([part("code").textContent, part("mark").textContent], ["a or\u00a0", "\u00a0"]);
});

test("counts say how many of how many, and what was dropped", () => {
  bar.tick(aTick({ n: 1, kept: 1 }));
  assert.equal(part(".kws-counts").textContent, "1 row");
  bar.tick(aTick({ n: 812, kept: 48_213, dropped: 5, filter: "x", busy: true }));
  assert.equal(part(".kws-counts").textContent, "812 of 48,213 … · 5 dropped");
  assert.equal(input.value, "x"); // set from Python
});

test("what is being typed is not overwritten; the help is short, and says where the whole is", () => {
  input.focus();
  input.value = "typing";
  bar.tick(aTick({ filter: "from Python" }));
  assert.equal(input.value, "typing");
  for (const term of ["-word", "a or b", "dir:", "kind:", "$.path=value", "? in the table"])
    assert.ok(input.title.includes(term), term);
  assert.ok(input.title.split("\n").length <= 10);
  press(input, "ArrowDown");
  assert.equal(entered, 1);
  bar.focus();
  assert.equal(document.activeElement, input);
  bar.dispose();
});

test("a button shows each ping and pong, and folds them again; an empty box is left with Escape", () => {
  for (const fold of [true, false]) {
    bar.tick(aTick({ fold }));
    assert.equal(quick("Pings").getAttribute("aria-pressed"), String(!fold));
    quick("Pings").click();
  }
  assert.deepEqual(folds, [false, true]);
  press(input, "Escape");
  assert.equal(left, 1);
});

test("a condition is added, or its opposite, instead of what was said of the same field", () => {
  const added = (before: string, term: string, without = false): string => {
    input.value = before;
    bar.add(term, without);
    assert.equal(asked.at(-1), input.value);
    return input.value;
  };
  assert.equal(added("", "$.type=trade"), "$.type=trade");
  assert.equal(added("", "(kind:text dir:sent)", true), "-(kind:text dir:sent)");
  assert.equal(added("ping $.type=trade", "$.type=quote"), "ping $.type=quote");
  assert.equal(added('$.type="a \\" b" ping', "$.type=quote"), "ping $.type=quote");
  assert.equal(added("-$.type=trade", "$.type=trade"), "$.type=trade");
  assert.equal(added("$.type=trade x", "$.type=trade", true), "x -$.type=trade");
  assert.equal(added("-$.type=trade x", "$.type=quote", true), "-$.type=trade x -$.type=quote");
  assert.equal(added("$.n!=1", "$.n!=2"), "$.n!=1 $.n!=2", "each leaves out one more");
  assert.equal(added("a or b", "label:EVENT"), "(a or b) label:EVENT");
  assert.equal(added("i: a or b", '"x"'), 'i: (a or b) "x"');
});

test("a search that ended without a match is told what may be wrong, once; never while it searches", async () => {
  const said = (): string => (part(".kws-filter-advice").hidden ? "" : part(".kws-filter-advice").textContent!);
  bar.tick(aTick({ filter: "$.idd", n: 0, gen: 2, busy: true }));
  bar.tick(aTick({ filter: "", n: 0, gen: 2 }));
  bar.tick(aTick({ filter: "$.idd", n: 1, gen: 2 }));
  assert.deepEqual(advised, []);
  bar.tick(aTick({ filter: "$.idd", n: 0, gen: 3 }));
  bar.tick(aTick({ filter: "$.idd", n: 0, gen: 3 }));
  await settled();
  assert.deepEqual([advised, said()], [["$.idd"], "no message has the key idd: did you mean $.id?"]);
  bar.tick(aTick({ filter: "$.idd", n: 1, gen: 3 }));
  assert.equal(said(), "", "one came");
  advice = () => Promise.reject(new Error("no kernel"));
  bar.tick(aTick({ filter: "$.x", n: 0, gen: 4 }));
  await settled();
  assert.equal(said(), "");
  let release: (text: string) => void = () => undefined;
  advice = () => new Promise((resolve) => (release = resolve));
  bar.tick(aTick({ filter: "$.y", n: 0, gen: 5 }));
  bar.tick(aTick({ filter: "$.y", n: 2, gen: 5 }));
  release("late");
  await settled();
  assert.equal(said(), "", "something was found meanwhile");
});

test("while what is typed is wrong, only that is said", async () => {
  bar.tick(aTick({ filter: "$.idd", n: 0, gen: 3 }));
  await settled();
  answer = () => Promise.reject(new KernelError("expected )", 1));
  type(input, "(");
  press(input, "Enter");
  await settled();
  await settled();
  assert.deepEqual([bar.wrong, part(".kws-filter-advice").hidden], [true, true]);
  bar.tick(aTick({ filter: "$.idd", n: 0, gen: 6 }));
  await settled();
  assert.deepEqual(advised, ["$.idd"]);
});
