import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonText, readJson } from "../src/json";
import { jsonChanges } from "../src/jsondiff";

const compare = (before: string, after: string): string[] =>
  jsonChanges(readJson(before)!, readJson(after)!).changes.map(
    ({ path, before: a, after: b }) =>
      `${path}: ${[a, b].map((one) => (one ? jsonText(one).replace(/\s+/g, "") : "-")).join(" > ")}`,
  );

test("added, removed and changed by path; the order of keys does not count", () => {
  assert.deepEqual(compare('{"a":1,"b":{"c":[1,2]},"d":4}', '{"b":{"c":[1,3]},"a":1,"e f":5}'), [
    "$.b.c[1]: 2 > 3",
    "$.d: 4 > -",
    '$["e f"]: - > 5',
  ]);
  assert.deepEqual(compare('{"a":{"x":1,"y":[]}}', ' {"a" : {"y":[],"x":1}}'), []);
});

test("numbers are what is written, never what a float makes of it", () => {
  assert.deepEqual(compare('{"n":9007199254740993}', '{"n":9007199254740992}'), [
    "$.n: 9007199254740993 > 9007199254740992",
  ]);
  assert.deepEqual(compare("[1.0]", "[1.00]"), ["$[0]: 1.0 > 1.00"]);
});

test("a text is no number, and an empty object no empty array", () => {
  assert.deepEqual(compare('["1",{},null]', '[1,[],"null"]'), [
    '$[0]: "1" > 1',
    "$[1]: {} > []",
    '$[2]: null > "null"',
  ]);
});

test("what was put in or taken out of an array does not shift the rest", () => {
  assert.deepEqual(compare('[{"id":1},{"id":2},{"id":3}]', '[{"id":0},{"id":1},{"id":3}]'), [
    '$[0]: - > {"id":0}',
    '$[1]: {"id":2} > -',
  ]);
});

test("duplicate keys pair in their order", () => {
  assert.deepEqual(compare('{"a":1,"a":2}', '{"a":1,"a":3,"a":4}'), ["$.a: 2 > 3", "$.a: - > 4"]);
});

test("keys that look like the marks of the reader stay apart", () => {
  assert.deepEqual(compare('{"a1":2}', '{"a":12}'), ["$.a1: 2 > -", "$.a: - > 12"]);
  assert.deepEqual(compare('["a,b"]', '["a","b"]'), ['$[0]: "a,b" > "a"', '$[1]: - > "b"']);
});

test("ten thousand levels cost no stack, and a path stays readable", () => {
  const deep = (inner: string): string => "[".repeat(10_000) + inner + "]".repeat(10_000);
  const [line, ...rest] = compare(deep("1"), deep("2"));
  assert.deepEqual(rest, []);
  assert.match(line!, /^\$(\[0\]){19}…\(9961 more\)…(\[0\]){20}: 1 > 2$/);
});

test("five hundred changes are kept, the rest is counted", () => {
  const list = (one: string): string => `{${Array.from({ length: 3000 }, (_, at) => `"k${at}":${one}`).join()}}`;
  const { changes, total } = jsonChanges(readJson(list("1"))!, readJson(list("2"))!);
  assert.deepEqual([changes.length, total], [500, 3000]);
});
