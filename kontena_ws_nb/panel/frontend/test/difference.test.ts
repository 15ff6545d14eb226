import { clipboard, labelled, settled } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Difference } from "../src/difference";
import { fetchPayload, textOf } from "../src/store/payload";
import { payloads } from "./samples";

const went: number[] = [];
const content: Parameters<typeof payloads>[0] = {
  1: ['{"a":1,"s":"old text"}', { sent: 1 }],
  2: ['{"s":"new text","a":1}'],
  3: ['{ "a": 1, "s": "old text" }'],
  4: ["one\ntwo"],
  5: ["one\n2"],
  6: [Uint8Array.of(1, 2, 3), { kind: "binary" }],
  7: [Uint8Array.of(1, 9, 3, 4), { kind: "binary" }],
  8: ["x".repeat(1_100_000)],
  9: ["<img src=x>"],
};
let difference: Difference;
const words = (): string => difference.element.querySelector(".kws-facts")!.textContent!;
const cells = (): string[][] =>
  [...difference.element.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent!));
async function show(first: number, second: number): Promise<void> {
  await difference.show(first, second);
  await settled();
}

beforeEach(() => {
  went.length = 0;
  difference = new Difference(payloads(content), (index) => went.push(index));
  document.body.replaceChildren(difference.element);
});

test("JSON by path, with the time between, whichever was chosen first", async () => {
  await show(2, 1);
  assert.match(words(), /^\+1\.0 ms#1 ↑ text 22 B→#2 ↓ text 22 B1 path differs$/);
  assert.deepEqual(cells(), [["changed", "$.s", '"old text"', '"new text"']]);
  assert.deepEqual(
    [...difference.element.querySelectorAll("del, ins")].map((one) => one.textContent),
    ["old", "new"],
  );
  difference.copy();
  await settled();
  assert.equal(clipboard.copied.at(-1), 'changed $.s: "old text" → "new text"');
  labelled(difference.element, "Go to #2").click();
  assert.deepEqual(went, [2]);
});

test("the same values in another layout, and the same bytes, are said to be equal", async () => {
  await show(1, 3);
  assert.match(difference.element.textContent!, /equalPathsLinesBytes.*The values are equal; the texts differ/);
  labelled(difference.element, "Bytes").click();
  assert.match(words(), /bytes differ$/);
  await show(1, 1);
  assert.match(difference.element.textContent!, /The payloads are equal\./);
});

test("texts by line, bytes by offset; the way stays chosen where it can be", async () => {
  await show(4, 5);
  assert.deepEqual(cells(), [
    ["1", " ", "one"],
    ["2", "−", "two"],
    ["2", "+", "2"],
  ]);
  labelled(difference.element, "Copy").click();
  await settled();
  assert.equal(clipboard.copied.at(-1), "  one\n− two\n+ 2");
  await show(6, 7);
  assert.deepEqual(cells(), [
    ["00000000", "−", "01 02 03    ", "···"],
    ["", "+", "01 09 03 04 ", "····"],
  ]);
  assert.match(words(), /2 bytes differ$/);
  assert.deepEqual(
    [...difference.element.querySelectorAll("[aria-pressed]")].map((one) => one.textContent),
    ["Bytes"],
  );
  await show(4, 6);
  assert.match(words(), /7 bytes differ$/);
  await show(4, 5);
  labelled(difference.element, "Bytes").click();
  assert.equal(document.activeElement!.textContent, "Bytes");
  await show(1, 2);
  assert.equal(labelled(difference.element, "Bytes").getAttribute("aria-pressed"), "true");
});

test("much is compared as far as it goes, and says so", async () => {
  await show(8, 4);
  assert.match(difference.element.textContent!, /Only the first 200 kB of each are compared/);
  content[10] = [`{${Array.from({ length: 600 }, (_, at) => `"k${at}":1`).join()}}`];
  content[11] = ["{}"];
  await show(10, 11);
  assert.match(words(), /600 paths differ$/);
  assert.deepEqual(cells().at(-1), ["… and 100 more"]);
  content[12] = [new Uint8Array(10_000), { kind: "binary" }];
  content[13] = [new Uint8Array(10_000).fill(7), { kind: "binary" }];
  await show(12, 13);
  assert.match(cells().at(-1)![2]!, /^… and 6,800 more bytes$/);
  content[14] = [`${"a\n".repeat(50)}b`];
  content[15] = [`${"a\n".repeat(50)}c`];
  await show(14, 15);
  assert.deepEqual(cells()[0], ["", "", "48 equal lines"]);
});

test("masked secrets are said to be so", async () => {
  content[16] = ['{"token":"***"}', { masked: 1 }];
  await show(16, 1);
  assert.match(difference.element.textContent!, /Secrets are masked: what differs in them is not shown/);
});

test("markup is text; a failure is said, and tried again", async () => {
  await show(4, 9);
  assert.equal(difference.element.querySelector("img"), null);
  await show(4, 99);
  assert.match(difference.element.textContent!, /#4 and #99.*no message 99/);
  content[99] = ["one\ntwo"];
  await show(4, 99);
  assert.match(difference.element.textContent!, /The payloads are equal/);
  clipboard.refuse = true;
  Object.assign(document, { execCommand: () => false });
  difference.copy();
  await settled();
  clipboard.refuse = false;
  assert.match(difference.element.textContent!, /the browser refused the clipboard/);
});

test("the answer for two that are not wanted any more is dropped", async () => {
  const slow = difference.show(1, 2);
  await show(4, 5);
  await slow;
  assert.equal(cells().length, 3);
  const failing = difference.show(1, 77);
  await show(4, 5);
  await failing;
  assert.equal(cells().length, 3);
});

test("a payload is fetched to its end, or as far as asked", async () => {
  const progress: number[] = [];
  const fetch = payloads({ 1: ["x".repeat(250)], 2: [""] }, 100);
  const { data, complete } = await fetchPayload(fetch, 1, 1000, (bytes) => progress.push(bytes));
  assert.deepEqual([data.length, complete, progress], [250, true, [100, 200]]);
  assert.deepEqual(
    [(await fetchPayload(fetch, 1, 150)).data.length, (await fetchPayload(fetch, 1, 150)).complete],
    [200, false],
  );
  assert.equal((await fetchPayload(fetch, 2, 10)).complete, true);
  assert.equal(textOf(Uint8Array.of(0xff)), undefined);
});
