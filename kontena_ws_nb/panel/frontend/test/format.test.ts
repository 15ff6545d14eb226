import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, clock, count, delta, fullTime, millis, rate, span, visible } from "../src/format";

const table = <T>(convert: (value: T) => string, rows: [T, string][]): void => {
  for (const [value, text] of rows) assert.equal(convert(value), text);
};

test("counts are grouped", () =>
  table(count, [
    [0, "0"],
    [48213, "48,213"],
    [2_000_000, "2,000,000"],
  ]));

test("bytes in powers of ten", () =>
  table(bytes, [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [9949, "9.9 kB"],
    [9950, "10 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [67_108_864, "67 MB"],
    [5e12, "5000 GB"],
  ]));

test("rates", () =>
  table(rate, [
    [0, "0/s"],
    [0.4, "0.4/s"],
    [12.4, "12/s"],
    [1234, "1.2 k/s"],
    [123_456, "123 k/s"],
  ]));

test("milliseconds of a round trip", () =>
  table(millis, [
    [0.00002, "20 µs"],
    [0.0012, "1.2 ms"],
    [0.0123, "12 ms"],
    [1.234, "1.23 s"],
  ]));

test("differences", () =>
  table(delta, [
    [0, "+0 µs"],
    [-500, "−500 µs"],
    [4000, "+4.0 ms"],
    [44_000, "+44 ms"],
    [1_234_000, "+1.23 s"],
    [12_345_000, "+12.3 s"],
    [133e6, "+2 m 13 s"],
  ]));

test("spans", () =>
  table(span, [
    [0, "0 s"],
    [0.02, "20 ms"],
    [0.9999, "1.00 s"],
    [1.26, "1.3 s"],
    [12.4, "12 s"],
    [133, "2 m 13 s"],
    [3725, "1 h 2 m"],
    [90_000, "1 d 1 h"],
  ]));

test("clock and full time are local", () => {
  const us = Date.UTC(2026, 0, 2, 3, 4, 5, 6) * 1000 + 789;
  const date = new Date(us / 1000);
  const hours = String(date.getHours()).padStart(2, "0");
  assert.match(clock(us), new RegExp(`^${hours}:\\d\\d:05\\.006$`));
  assert.match(fullTime(us), new RegExp(`^2026-01-0\\d ${hours}:\\d\\d:05\\.006789 [+−]\\d\\d:\\d\\d$`));
});

test("what obeys nobody sees is shown: controls, bidi, zero width, line separators", () => {
  assert.equal(visible("a\tb\nc"), "a\tb\nc");
  assert.equal(visible("\0\x1b[31m\x7f\x85"), "␀␛[31m␡\\u0085");
  assert.equal(visible("\u202eabc\u2066\ufeff\u200b\u2028"), "\\u202eabc\\u2066\\ufeff\\u200b\\u2028");
  assert.equal(visible("é 漢 😀"), "é 漢 😀");
});
