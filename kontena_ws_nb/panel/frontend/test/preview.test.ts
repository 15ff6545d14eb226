import "./browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { h } from "../src/dom";
import { paintPreview } from "../src/preview";

const cell = h("div");
/** What a text is painted as: class and text of each part. */
function paint(text: string, json = true): string[] {
  paintPreview(cell, text, json);
  assert.equal(cell.textContent, text);
  return [...cell.childNodes].map((node) => `${(node as Element).className ?? ""} ${node.textContent}`);
}

test("JSON is coloured, cut or not; what is none is not", () => {
  assert.deepEqual(paint('{"a":1.5e3,"b": [true,"x"]}'), [
    " {",
    'kws-key "a"',
    " :",
    "kws-number 1.5e3",
    " ,",
    'kws-key "b"',
    " :",
    "  [",
    "kws-literal true",
    " ,",
    'kws-string "x"',
    " ]}",
  ]);
  assert.deepEqual(paint('["cut'), [" [", 'kws-string "cut']);
  assert.deepEqual(paint('{"a":1}', false), [' {"a":1}']);
  assert.deepEqual(paint("1 true"), [" 1 true"]);
  assert.deepEqual(paint("<b>[1]</b>"), [" <b>[1]</b>"]);
  assert.deepEqual(paint(""), []);
});

test("what looks alike is written into the elements that are there", () => {
  paint('{"seq":1,"type":"trade"}');
  const before = [...cell.childNodes];
  paint('{"seq":1,"type":"error"}');
  assert.deepEqual([...cell.childNodes], before);
  paint('{"seq":"x","type":"error","more":null}'); // a string where a number was
  assert.deepEqual(
    [...cell.childNodes].map((node, at) => node === before[at]),
    [true, true, true, false, true, true, true, true, true, false, false, false, false],
  );
  paint("[1]");
  assert.equal(cell.childNodes.length, 3);
  assert.equal(cell.firstChild, before[0]);
  paint("[]");
  assert.deepEqual([...cell.childNodes], [before[0]]);
});
