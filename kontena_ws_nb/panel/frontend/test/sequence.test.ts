import assert from "node:assert/strict";
import { test } from "node:test";
import { differ } from "../src/sequence";

/** What the hunks make of the first sequence. */
function applied(a: string, b: string): [string, edits: number] {
  const { hunks, exact } = differ([...a], [...b]);
  assert.equal(exact, true);
  let [text, at, edits] = ["", 0, 0];
  for (const { aFrom, aTo, bFrom, bTo } of hunks) {
    assert.ok(aFrom >= at);
    text += a.slice(at, aFrom) + b.slice(bFrom, bTo);
    edits += aTo - aFrom + bTo - bFrom;
    at = aTo;
  }
  return [text + a.slice(at), edits];
}

/** Length of the shortest script, by the book. */
function shortest(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(a[i - 1] === b[j - 1] ? row[j - 1]! : 1 + Math.min(row[j]!, next[j - 1]!));
    row = next;
  }
  return row[b.length]!;
}

test("the hunks turn one sequence into the other, with as few edits as there can be", () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  const word = (): string => Array.from({ length: random(14) }, () => "abc"[random(3)]).join("");
  for (let round = 0; round < 2000; round++) {
    const [a, b] = [word(), word()];
    assert.deepEqual(applied(a, b), [b, shortest(a, b)], `${a} → ${b}`);
  }
});

test("too much difference is one hunk between the common ends, and says so", () => {
  const [a, b] = [Array.from({ length: 900 }, (_, at) => at), Array.from({ length: 900 }, (_, at) => -at)];
  a[0] = b[0] = 7;
  a[899] = b[899] = 8;
  assert.deepEqual(differ(a, b), { hunks: [{ aFrom: 1, aTo: 899, bFrom: 1, bTo: 899 }], exact: false });
});
