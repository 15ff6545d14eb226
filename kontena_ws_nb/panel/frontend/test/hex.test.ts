import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBase64, fromHex, hexDump, toBase64, toHex } from "../src/hex";

const all = Uint8Array.from({ length: 256 }, (_, value) => value);

test("a dump has offset, bytes and printable characters", () => {
  assert.equal(hexDump(new TextEncoder().encode("\x89PNG")), `00000000  c2 89 50 4e 47${" ".repeat(36)}··PNG`);
  assert.equal(hexDump(all).split("\n").length, 16);
  assert.match(hexDump(all.subarray(0, 16), 0x20), /^00000020 {2}00 01 02 03 04 05 06 07 {2}08 /);
});

test("a dump is bounded", () => {
  const lines = hexDump(new Uint8Array(5000 * 16)).split("\n");
  assert.equal(lines.length, 4097);
  assert.equal(lines.at(-1), "… 14464 more bytes of this page");
});

test("base64 there and back, also a megabyte", () => {
  for (const data of [all, new Uint8Array(1_000_000).fill(7), new Uint8Array()]) {
    assert.equal(toBase64(data), Buffer.from(data).toString("base64"));
    assert.deepEqual(fromBase64(toBase64(data)), data);
  }
  assert.deepEqual(fromBase64(" -_ \n8= "), Uint8Array.of(0xfb, 0xff)); // the URL alphabet, and spaces
  assert.equal(fromBase64("a*b"), "“*” is not a base64 digit");
  assert.equal(fromBase64("3q2+7w="), "not base64: four digits stand for three bytes, and “=” fills the last four");
  for (const text of ["3q=2", "3q2+===="]) assert.equal(fromBase64(text), "“=” may only pad the end, twice at most");
});

test("hex as people write it", () => {
  for (const text of ["deadbeef", "DE AD BE EF", "0xde,0xad,0xbe,0xef", "de:ad:be:ef", "de-ad\nbe;ef"])
    assert.deepEqual(fromHex(text), Uint8Array.of(0xde, 0xad, 0xbe, 0xef), text);
  assert.deepEqual(fromHex(""), new Uint8Array());
  assert.equal(fromHex("de a"), "a hex digit is missing: bytes have two");
  assert.equal(fromHex("0xgg"), "“g” is not a hex digit");
  assert.deepEqual(fromHex(toHex(all)), all);
});
