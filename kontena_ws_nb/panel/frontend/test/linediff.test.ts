import assert from "node:assert/strict";
import { test } from "node:test";
import { byteChanges } from "../src/bytediff";
import { lineChanges, lineRuns, type Run } from "../src/linediff";

const marked = (runs: readonly Run[]): string => runs.map((run) => (run.marked ? `<${run.text}>` : run.text)).join("");
const shown = (before: string, after: string): string[] =>
  lineChanges(before, after).lines.map(({ kind, number, runs, left }) =>
    left ? `… ${left}` : `${{ same: " ", removed: "-", added: "+" }[kind]}${number} ${marked(runs)}`,
  );

test("lines with their words, and a little around them", () => {
  const head = Array.from({ length: 10 }, (_, at) => `line ${at}`).join("\n");
  assert.deepEqual(shown(`${head}\nthe old one\nlast`, `${head}\nthe new one\nlast\nmore`), [
    "… 8",
    " 9 line 8",
    " 10 line 9",
    "-11 the <old> one",
    "+11 the <new> one",
    " 12 last",
    "+13 <more>",
  ]);
  assert.deepEqual(shown("same\ntext", "same\ntext"), []);
});

test("what is far apart is shown apart, to the end", () => {
  const text = (first: string, last: string): string =>
    [first, ...Array.from({ length: 20 }, (_, at) => String(at)), last, "a", "b", "c"].join("\n");
  assert.deepEqual(shown(text("x", "y"), text("X", "Y")), [
    "-1 <x>",
    "+1 <X>",
    " 2 0",
    " 3 1",
    "… 16",
    " 20 18",
    " 21 19",
    "-22 <y>",
    "+22 <Y>",
    " 23 a",
    " 24 b",
    "… 1",
  ]);
});

test("only what is around a change of a long line is shown", () => {
  const [gone, come] = lineRuns(
    `${"x ".repeat(5000)}old${" y".repeat(5000)}`,
    `${"x ".repeat(5000)}new${" y".repeat(5000)}`,
  );
  assert.match(marked(gone), /^…\(9,940 more\)…(x ){30}<old>( y){30}…\(9,940 more\)…$/);
  assert.match(marked(come), /<new>/);
  const [endless] = lineRuns(
    `${"x".repeat(30_000)}A${"y".repeat(30_000)}`,
    `${"x".repeat(30_000)}B${"y".repeat(30_000)}`,
  );
  assert.match(marked(endless), /more\)…x{60}<A>y{60}…/);
});

test("a surrogate pair is never torn", () => {
  assert.deepEqual(lineRuns("a 😀", "a 😁").map(marked), ["a <😀>", "a <😁>"]);
});

test("texts without a common line, and very long ones, are bounded", () => {
  const many = (name: string): string => Array.from({ length: 2000 }, (_, at) => `${name}${at}`).join("\n");
  const { lines, total, exact } = lineChanges(many("a"), many("b"));
  assert.deepEqual([lines.length, total, exact], [800, 2000, false]);
  const scattered = (name: string): string =>
    Array.from({ length: 1000 }, (_, at) => (at % 5 ? `${at}` : `${name}${at}`)).join("\n");
  assert.ok(lineChanges(scattered("a"), scattered("b")).lines.length < 500);
});

test("bytes by offset, and what only one of them has", () => {
  const before = Uint8Array.from({ length: 40 }, (_, at) => at);
  const after = before.slice(0, 34);
  after[17] = 255;
  const { rows, total } = byteChanges(before, after);
  assert.deepEqual([rows.map(({ offset }) => offset), total], [[16, 32], 7]);
  assert.deepEqual(rows[0]!.marks.indexOf(true), 1);
  assert.deepEqual(rows[1]!.marks, [false, false, true, true, true, true, true, true]);
  assert.equal(byteChanges(before, before).total, 0);
  const big = byteChanges(new Uint8Array(16_000), new Uint8Array(16_000).fill(1));
  assert.deepEqual([big.rows.length, big.total], [200, 16_000]);
});
