import "./browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { readJson } from "../src/json";
import { jsonTree } from "../src/jsontree";
import { nodeOf } from "../src/treenode";

const tree = (text: string): HTMLElement => jsonTree(readJson(text)!);
const open = (details: Element): void => {
  (details as HTMLDetailsElement).open = true;
  details.dispatchEvent(new Event("toggle"));
};

test("leaves show key and exact value, duplicate keys and empty ones too", () => {
  const leaves = [
    ...tree('{"a":9007199254740993,"a":2,"":null,"t":"x\\u202ey","o":{},"l":[]}').querySelectorAll(".kws-leaf"),
  ].map((leaf) => leaf.textContent);
  assert.deepEqual(leaves, ["a: 9007199254740993", "a: 2", ": null", 't: "x\\u202ey"', "o: {}", "l: []"]);
});

test("markup of a server is text", () => {
  const element = tree('{"<img src=x onerror=alert(1)>":"<script>1</script>"}');
  assert.equal(element.querySelector("img, script"), null);
  assert.match(element.textContent!, /<script>1<\/script>/);
});

test("branches are made when opened, a hundred children at a time", () => {
  const element = tree(`[${Array.from({ length: 250 }, (_, at) => `[${at}]`).join()}]`);
  assert.equal(element.querySelectorAll(".kws-branch .kws-branch").length, 100);
  assert.equal(element.querySelectorAll(".kws-leaf").length, 0);
  open(element.querySelectorAll("details")[1]!);
  assert.deepEqual(
    [...element.querySelectorAll(".kws-leaf")].map((leaf) => leaf.textContent),
    ["0: 0"],
  );
  const more = element.querySelector<HTMLButtonElement>(".kws-link")!;
  assert.equal(more.textContent, "show 100 more of 150");
  more.click();
  assert.equal(element.querySelectorAll(".kws-branch .kws-branch").length, 200);
});

test("ten thousand levels cost one element each when opened, none before", () => {
  const element = tree("[".repeat(10_000) + "]".repeat(10_000));
  assert.equal(element.querySelectorAll("details").length, 2);
  assert.match(element.querySelector("summary")!.textContent!, /^\(1\) \[Array\(1\)\]$/);
});

test("summaries and long strings are bounded", () => {
  const element = tree(
    `{"long":"${"x".repeat(5000)}","rest":${JSON.stringify(Array.from({ length: 90 }, (_, at) => ({ at })))}}`,
  );
  assert.ok(element.querySelector("summary")!.textContent!.length < 200);
  assert.match(element.querySelector(".kws-leaf")!.textContent!, /… \(5000 characters\)$/);
});

test("JSON in a text opens in place, made when it is opened; no filter leads into it", () => {
  const element = tree('{"s":"{\\"inner\\":[7]}","t":"plain"}');
  const embedded = element.querySelector<HTMLDetailsElement>(".kws-embedded")!;
  const line = embedded.querySelector("summary")!;
  assert.equal(line.textContent, 's: "{\\"inner\\":[7]}" JSON');
  assert.equal(embedded.querySelector(".kws-chip")!.textContent, "JSON");
  assert.deepEqual([embedded.open, embedded.querySelectorAll("details").length], [false, 0]);
  assert.deepEqual([nodeOf(line)!.path, nodeOf(line)!.value], ["$.s", '{"inner":[7]}']);
  void nodeOf(line)!.open!();
  const [whole, inner] = embedded.querySelectorAll("details");
  assert.deepEqual([embedded.open, whole!.open, inner!.open], [true, true, false]);
  open(inner!);
  const [leaf] = inner!.querySelectorAll(".kws-leaf");
  assert.deepEqual([leaf!.textContent, nodeOf(leaf!)!.path, nodeOf(leaf!)!.value], ["0: 7", null, "7"]);
  assert.equal(nodeOf(inner!.querySelector("summary")!)!.path, null);
  open(embedded);
  assert.equal(embedded.querySelectorAll(".kws-branch > div > details").length, 1, "it is made once");
  assert.equal(element.querySelectorAll(".kws-embedded").length, 1, "a plain text has nothing in it");
});
