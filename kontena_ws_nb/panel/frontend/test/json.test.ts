import assert from "node:assert/strict";
import { test } from "node:test";
import { type Json, jsonText, parseJson, readBeginning, readJson } from "../src/json";

/** What JSON.parse would make of it, numbers as their spelling. */
function plain(value: Json): unknown {
  if (value.type === "object") return Object.fromEntries(value.entries.map(([key, item]) => [key, plain(item)]));
  if (value.type === "array") return value.items.map(plain);
  return value.type === "string" ? value.value : JSON.parse(value.text);
}

test("every value of RFC 8259 is read as JSON.parse reads it", () => {
  for (const text of [
    '{"a":[1,-2.5e3,true,false,null,"x"],"b":{}}',
    "[]",
    "{}",
    " 0 ",
    '"\\u00e9\\n\\"\\\\\\/"',
    "-0",
    "1E+2",
    "\t[\r\n1 , 2]\n",
    '{"":{"":1}}',
  ]) {
    assert.deepEqual(plain(readJson(text)!), JSON.parse(text), text);
  }
});

test("a beginning is what is whole of it, and says where it breaks off", () => {
  const shown = (text: string): string => {
    const value = readBeginning(text);
    return value === undefined
      ? "nothing"
      : JSON.stringify(value, ["type", "cut", "entries", "items", "text", "value"]);
  };
  assert.equal(
    shown('{"a":1,"b":[2,{"c'),
    '{"type":"object","cut":true,"entries":[["a",{"type":"number","text":"1"}],' +
      '["b",{"type":"array","cut":true,"items":[{"type":"number","text":"2"},{"type":"object","cut":true,"entries":[]}]}]]}',
  );
  for (const text of ["[1,", "[1,2", "[1,-2.5e", '[1,"x 7', "[1,tru", '[1,"x\\', "[1,\u0000"])
    assert.equal(shown(text), '{"type":"array","cut":true,"items":[{"type":"number","text":"1"}]}', text);
  for (const text of ["{", '{"a', '{"a"', '{"a":', '{"a":12'])
    assert.equal(shown(text), '{"type":"object","cut":true,"entries":[]}', text);
  assert.equal(shown("[1]"), '{"type":"array","items":[{"type":"number","text":"1"}]}');
  for (const text of ["", "***", '"abc', "12"]) assert.match(shown(text), /nothing|"number"/, text);
});

test("numbers keep their spelling", () => {
  for (const number of ["9007199254740993", "12345678901234567890.10", "1e400", "-0.0", "0.1000"]) {
    assert.deepEqual(readJson(number), { type: "number", text: number });
    assert.equal(jsonText(readJson(`[${number}]`)!), `[\n  ${number}\n]`);
  }
});

test("duplicate keys stay, in order", () => {
  assert.deepEqual(readJson('{"a":1,"b":2,"a":3}'), {
    type: "object",
    entries: [
      ["a", { type: "number", text: "1" }],
      ["b", { type: "number", text: "2" }],
      ["a", { type: "number", text: "3" }],
    ],
  });
});

test("depth costs no stack", () => {
  const depth = 10_000;
  let value = readJson("[".repeat(depth) + "]".repeat(depth))!;
  const text = jsonText(value);
  assert.equal(text.replace(/\s/g, ""), "[".repeat(depth) + "]".repeat(depth));
  let levels = 1;
  while (value.type === "array" && value.items.length) {
    value = value.items[0]!;
    levels += 1;
  }
  assert.equal(levels, depth);
  assert.equal(readJson("[".repeat(depth)), undefined);
  assert.notEqual(readJson(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`), undefined);
});

test("what JSON.parse refuses is refused, with the place", () => {
  const cases: [text: string, at: number, message: string][] = [
    ["", 0, "ends where a value is expected"],
    ["nul", 0, "a value is expected"],
    ["[1,]", 3, "a value is expected"],
    ["[1 2]", 3, "a comma or the end of the array is expected"],
    ["[1", 2, "ends where a comma or the end of the array is expected"],
    ['{"a":1', 6, "ends where a comma or the end of the object is expected"],
    ['{"a":1,}', 7, "a key in double quotes is expected"],
    ["{a:1}", 1, "a key in double quotes is expected"],
    ['{"a" 1}', 5, "a colon is expected"],
    ['{"a" "b"}', 5, "a colon is expected"],
    ['{"a', 3, "the string does not end"],
    ['["a\nb"]', 3, "a control character in a string must be escaped"],
    ['["a\\x"]', 3, "JSON has no such escape"],
    ["1 2", 2, "the end is expected"],
    ["01", 1, "the end is expected"],
    ["[1}", 2, "a comma or the end of the array is expected"],
  ];
  for (const [text, at, message] of cases) {
    assert.throws(() => JSON.parse(text), SyntaxError);
    assert.deepEqual(parseJson(text), { type: "mistake", at, message }, text);
  }
});

test("a lone surrogate survives", () => {
  assert.deepEqual(readJson('"\\ud800"'), { type: "string", value: "\ud800" });
});

test("pretty text reads back as the same value", () => {
  const text = '{"a":[1,{"b":"\\u2028"},[]],"c":{},"d":"é"}';
  assert.deepEqual(readJson(jsonText(readJson(text)!)), readJson(text));
  assert.equal(jsonText(readJson('{"a":[1,2]}')!), '{\n  "a": [\n    1,\n    2\n  ]\n}');
});
