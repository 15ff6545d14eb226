import assert from "node:assert/strict";
import { test } from "node:test";
import { rowIndex, rowSource } from "../src/rowkey";

test("a key is the index of the only log, or holds the session's number too, exactly", () => {
  assert.deepEqual([rowSource(7), rowIndex(7)], [0, 7]);
  for (const number of [1, 3, 511]) {
    const key = number * 2 ** 44 + 17_000_000_000_001;
    assert.ok(Number.isSafeInteger(key));
    assert.deepEqual([rowSource(key), rowIndex(key)], [number, 17_000_000_000_001]);
  }
  assert.equal(rowSource(-1), -1); // nothing selected: nobody's
});
