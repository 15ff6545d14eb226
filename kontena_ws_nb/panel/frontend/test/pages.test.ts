import assert from "node:assert/strict";
import { test } from "node:test";
import type { RowItem } from "../src/messages";
import { PAGE_ROWS } from "../src/messages";
import { Pages } from "../src/store/pages";
import { aTick } from "./samples";

const row = (index: number): RowItem => [index, index * 1000, 0, "text", 1, `row ${index}`, 0, 0];
const rows = (first: number, stop: number): RowItem[] =>
  Array.from({ length: stop - first }, (_, at) => row(first + at));

test("the tail of a tick is where the view ends", () => {
  const pages = new Pages();
  assert.equal(pages.tick(aTick({ gen: 1, n: 500 }), rows(440, 500)), true);
  assert.equal(pages.tick(aTick({ gen: 1, n: 510 }), rows(450, 510)), false);
  assert.deepEqual([pages.first, pages.stop], [0, 510]);
  assert.deepEqual(pages.get(509), row(509));
  assert.equal(pages.get(10), undefined);
});

test("a new generation forgets the rows, a dropped row is null", () => {
  const pages = new Pages();
  pages.tick(aTick({ gen: 1, n: 60 }), rows(0, 60));
  assert.equal(pages.tick(aTick({ gen: 2, n: 60 }), []), true);
  assert.equal(pages.get(59), undefined);
  pages.put(0, [null, row(1)]);
  assert.equal(pages.get(0), null);
  assert.deepEqual(pages.missing(0, 3), [0]);
  assert.deepEqual(pages.missing(0, 2), []);
});

test("missing pages are only those with holes inside the view", () => {
  const pages = new Pages();
  pages.tick(aTick({ gen: 1, first: 100, n: 900 }), rows(940, 1000));
  assert.deepEqual(pages.missing(0, 5000), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  pages.put(300, rows(300, 400));
  assert.deepEqual(pages.missing(250, 450), [2, 4]);
});

test("forty pages are kept: the longest unused go first", () => {
  const pages = new Pages();
  pages.tick(aTick({ gen: 1, n: 100_000 }), []);
  for (let page = 0; page < 40; page++) pages.put(page * PAGE_ROWS, rows(page * PAGE_ROWS, (page + 1) * PAGE_ROWS));
  pages.get(0); // used again
  pages.put(40 * PAGE_ROWS, rows(40 * PAGE_ROWS, 41 * PAGE_ROWS));
  assert.deepEqual(pages.get(0), row(0));
  assert.equal(pages.get(PAGE_ROWS), undefined);
  assert.deepEqual(pages.get(40 * PAGE_ROWS), row(40 * PAGE_ROWS));
});

test("a permanent index is found where it is shown", () => {
  const pages = new Pages();
  pages.tick(aTick({ gen: 1, n: 3 }), [row(7), row(9), row(500)]);
  assert.equal(pages.find(500), 2);
  assert.equal(pages.find(8), undefined);
});
