import { settled } from "./browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { type AskLevel, levelTree } from "../src/jsonlevels";
import type { LevelAnswer, MemberItem } from "../src/messages";

const answer = (members: MemberItem[], more: Partial<LevelAnswer> = {}): Awaited<ReturnType<AskLevel>> => [
  { v: 1, id: "", k: "level", kind: "object", next: null, problem: "", total: null, ...more },
  members,
];
const open = async (details: Element): Promise<void> => {
  (details as HTMLDetailsElement).open = true;
  details.dispatchEvent(new Event("toggle"));
  await settled();
};
const leaves = (tree: Element): (string | null)[] =>
  [...tree.querySelectorAll(".kws-leaf")].map((leaf) => leaf.textContent);

test("a level comes when it is opened, values as they are written", async () => {
  const asked: [number, string][] = [];
  const tree = levelTree(' \n{"a": 1, "t": "abc', async (at, inside) => {
    asked.push([at, inside]);
    return at === 2
      ? answer([
          ['"a"', "number", "12345678901234567890", 20, 8, 0],
          ['"t"', "string", '"<b>\u202e', 500, 40, 0],
          ['"o"', "object", "{ }", 3, 600, 0],
          ['"p"', "object", '{"i": {"x": 1}, "l": [1, 2], "d": 12345', 900, 605, 4],
          ['"cut', "literal", "true", 4, 610, 0],
          ['"rows"', "array", '[\n {"x"', 5_000_000, 700, 41_000],
        ])
      : answer([["", "number", "1", 1, 701, 0]], { kind: "array" });
  });
  await settled();
  assert.equal(tree.querySelector("summary")!.textContent, "{a: 1, …}");
  assert.deepEqual(leaves(tree), ["a: 12345678901234567890", 't: "<b>\\u202e… (500 B)', "o: {}", '"cut: true']);
  assert.equal(tree.querySelector("b"), null);
  const [, object, rows] = tree.querySelectorAll("details");
  assert.equal(object!.querySelector("summary")!.textContent, "p: {i: {…}, l: Array(2), …}");
  assert.equal(rows!.querySelector("summary")!.textContent, "rows: (41000) [{…}, …]");
  assert.deepEqual(asked, [[2, ""]]);
  await open(rows!);
  await open(rows!);
  assert.deepEqual(asked, [
    [2, ""],
    [700, ""],
  ]);
  assert.deepEqual(leaves(rows!), ["0: 1"]);
});

test("a part that took long goes on by itself, a hundred members wait for the reader; what ends too early says so", async () => {
  const asked: [number, string][] = [];
  const tree = levelTree("[1,2", async (at, inside) => {
    asked.push([at, inside]);
    const many = at === 3 ? 99 : 1;
    return answer(
      Array.from({ length: many }, () => ["", "number", String(at), 1, at, 0] as const),
      {
        kind: "array",
        total: at === 0 ? 101 : null,
        next: at === 0 ? 3 : at === 3 ? 400 : null,
        problem: at === 400 ? "it breaks off" : "",
      },
    );
  });
  await settled();
  await settled();
  assert.deepEqual(asked, [
    [0, ""],
    [3, "array"],
  ]);
  assert.deepEqual(leaves(tree).slice(-1), ["99: 3"]);
  assert.equal(tree.querySelector("summary")!.textContent, "(101) [1, …]");
  assert.deepEqual(
    [...tree.querySelectorAll("button")].map((one) => one.textContent),
    ["show 1 more of 1"],
  );
  tree.querySelector("button")!.click();
  await settled();
  assert.deepEqual([leaves(tree)[0], ...leaves(tree).slice(-1)], ["0: 0", "100: 400"]);
  assert.equal(tree.querySelector(".kws-error")!.textContent, "it breaks off");
  assert.equal(tree.querySelector("button, [role=status]"), null);
});

test("what failed can be tried again", async () => {
  let well = false;
  const tree = levelTree("{", async () => {
    if (!well) throw new Error("the kernel is gone");
    return answer([]);
  });
  await settled();
  assert.equal(tree.querySelector(".kws-error")!.textContent, "the kernel is gone");
  well = true;
  tree.querySelector("button")!.click();
  await settled();
  assert.equal(tree.querySelector("button"), null);
});
