import assert from "node:assert/strict";
import { test } from "node:test";
import { describe, fileText, readDraft } from "../src/draft";

test("text and JSON go as they are typed", () => {
  for (const mode of ["Text", "JSON"] as const)
    assert.deepEqual(readDraft(mode, ' {"n": 9007199254740993} '), { kind: "text", text: ' {"n": 9007199254740993} ' });
});

test("the place of a JSON mistake is named", () => {
  assert.deepEqual(readDraft("JSON", '{\n  "a": tru\n}'), { message: "line 2, column 8: a value is expected", at: 9 });
  assert.deepEqual(readDraft("JSON", ""), { message: "line 1, column 1: ends where a value is expected", at: 0 });
});

test("hex and base64 are bytes, or say what is wrong", () => {
  assert.deepEqual(readDraft("Hex", "de ad"), { kind: "binary", data: Uint8Array.of(0xde, 0xad) });
  assert.deepEqual(readDraft("Base64", "3q0="), { kind: "binary", data: Uint8Array.of(0xde, 0xad) });
  assert.deepEqual(readDraft("Hex", "d"), { message: "a hex digit is missing: bytes have two" });
  assert.deepEqual(readDraft("Base64", "*"), { message: "“*” is not a base64 digit" });
});

test("what can be sent is described", () => {
  assert.equal(describe({ kind: "text", text: "é" }, "Text"), "2 B");
  assert.equal(describe({ kind: "text", text: '{"a":1}' }, "Text"), "✓ valid JSON, 7 B");
  assert.equal(describe({ kind: "text", text: "{a" }, "Text"), "2 B");
  assert.equal(describe({ kind: "text", text: "1" }, "JSON"), "✓ valid JSON, 1 B");
  assert.equal(describe({ kind: "binary", data: new Uint8Array(3) }, "File"), "binary, 3 B");
});

test("a file is text only when it is UTF-8", () => {
  assert.deepEqual(fileText(new TextEncoder().encode("\ufeffé")), { kind: "text", text: "\ufeffé" });
  assert.match((fileText(Uint8Array.of(0xff)) as { message: string }).message, /not UTF-8.*RFC 6455/);
});
