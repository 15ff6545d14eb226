import "./browser";
import assert from "node:assert/strict";
import test from "node:test";
import { before, exact, nice, tickLabel, ticks, timeLabel, timeTicks } from "../src/scales";

test("round numbers from any range, never too many", () => {
  assert.deepEqual(ticks(96.2, 111.5, 4), [[100, 105, 110], 5]);
  assert.deepEqual(ticks(0, 1, 4)[0], [0, 0.5, 1]);
  assert.deepEqual(ticks(5, 5, 4), [[5], 0]);
  for (const [low, high] of [
    [-1e300, 1e300],
    [1e-12, 3e-12],
    [0.1, 0.3],
    [64_210.54, 64_210.56],
    [-7, 12_345],
  ] as const) {
    const [at, step] = ticks(low, high, 4);
    assert.ok(at.length >= 1 && at.length <= 5, `${low} to ${high}: ${at}`);
    for (const one of at) assert.ok(one >= low - step * 1e-6 && one <= high + step * 1e-6);
  }
  assert.deepEqual([1.2, 2, 3, 7, 10].map(nice), [2, 2, 5, 10, 10]);
});

test("ticks are written no finer than they are apart", () => {
  assert.deepEqual(
    [
      [100, 5],
      [0.0001, 0.0001],
      [64_210.55, 0.01],
      [20_000, 5000],
      [2_500_000, 500_000],
      [25_000_000, 5_000_000],
      [0, 5_000_000],
      [1e20, 1e19],
      [2e-9, 1e-9],
      [5, 0],
    ].map(([value, step]) => tickLabel(value!, step!)),
    ["100", "0.0001", "64,210.55", "20 k", "2,500 k", "25 M", "0", "1.0e+20", "2.0e-9", "5"],
  );
});

test("values are told exactly", () => {
  assert.deepEqual(
    [64_210.55, 0, -0.1, 1e300, 1.5e-9, 123_456_789_012].map((one) => exact(one)),
    ["64,210.55", "0", "-0.1", "1e+300", "1.5e-9", "123,456,789,012"],
  );
  assert.equal(exact(102.782749409, 8), "102.78275");
});

test("times at whole steps of a clock", () => {
  const start = new Date(2026, 0, 31, 12, 3, 44, 250).getTime() * 1000;
  const [at, step] = timeTicks(start, start + 10e6, 6);
  assert.equal(step, 2e6);
  assert.deepEqual(
    at.map((one) => timeLabel(one, step)),
    ["12:03:46", "12:03:48", "12:03:50", "12:03:52", "12:03:54"],
  );
  assert.deepEqual(timeTicks(5, 5, 6), [[5], 0]);
  const days = timeTicks(start, start + 30 * 86_400e6, 6);
  assert.deepEqual(days[0].map((one) => timeLabel(one, days[1])).length > 2, true);
  assert.match(timeLabel(days[0][0]!, days[1]), /^\d{4}-\d\d-\d\d$/);
  assert.equal(timeLabel(start, 60e6), "12:03");
  assert.equal(timeLabel(start, 1000), "03:44.250");
  for (const span of [1e3, 1e5, 1e7, 1e9, 1e11, 1e13, 1e15]) {
    const many = timeTicks(start, start + span, 6)[0].length;
    assert.ok(many >= 1 && many <= 7, `${span}: ${many}`);
  }
});

test("the last number that is not above one", () => {
  const all = [1, 3, 3, 5];
  assert.deepEqual(
    [0, 1, 3, 4, 9].map((one) => before(all, one, 0, 4)),
    [-1, 0, 2, 2, 3],
  );
  assert.equal(before(all, 0, 2, 4), 1, "in a part of them");
});
