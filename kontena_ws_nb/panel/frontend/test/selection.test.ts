import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_SELECTED } from "../src/messages";
import { Selection } from "../src/selection";
import { aRow } from "./samples";

test("one, some, a range: in the order of time, not of choosing", () => {
  const selection = new Selection();
  selection.only(aRow(5));
  selection.flip(aRow(2));
  selection.flip(aRow(9, { time: 1 }));
  assert.deepEqual(selection.keys, [9, 2, 5]);
  selection.flip(aRow(2));
  assert.deepEqual([selection.keys, selection.active], [[9, 5], 2]);
  selection.range([aRow(4), aRow(3)]);
  assert.deepEqual([selection.keys, selection.active, selection.anchor], [[3, 4], 3, 2]);
});

test("the last one stays, and there are never too many", () => {
  const selection = new Selection();
  selection.only(aRow(1));
  selection.flip(aRow(1));
  assert.deepEqual(selection.keys, [1]);
  selection.range(Array.from({ length: 150 }, (_, at) => aRow(at)));
  assert.equal(selection.size, MAX_SELECTED);
  selection.flip(aRow(1000));
  assert.equal(selection.has(1000), false);
});

test("what Python named keeps its order until the rows are seen", () => {
  const selection = new Selection();
  selection.name([8, 3]);
  assert.deepEqual([selection.keys, selection.active], [[8, 3], 8]);
  for (const row of [aRow(3), aRow(8), aRow(4)]) selection.saw(row);
  assert.deepEqual(selection.keys, [3, 8]);
  selection.name([]);
  assert.deepEqual([selection.size, selection.active], [0, -1]);
});
