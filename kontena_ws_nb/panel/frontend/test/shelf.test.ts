import "./browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { change, type Kept, nameOf, read } from "../src/composer/shelf";

const NEW = "kontena-ws-nb:messages";
const OLD = "kontena-ws-nb:snippets";
const aMessage = (name: string, more: Partial<Kept> = {}): Kept => ({
  name,
  folder: "",
  mode: "Text",
  text: name,
  ...more,
});
const names = (): string[] => read().map(({ folder, name }) => (folder ? `${folder}/${name}` : name));

beforeEach(() => localStorage.clear());

test("messages are added, renamed, moved and deleted; a name that is taken gets a number", () => {
  for (const name of ["a", "b", "c"]) change(null, aMessage(name), -1);
  change(aMessage("b"), aMessage("B", { folder: "f" }), -1);
  assert.deepEqual(names(), ["a", "f/B", "c"]);
  change(aMessage("c"), aMessage("c"), 0);
  change(null, aMessage("c"), -1);
  assert.deepEqual(names(), ["c", "a", "f/B", "c (2)"]);
  change(aMessage("B", { folder: "f" }), null, -1);
  change(aMessage("gone"), null, -1);
  assert.deepEqual(names(), ["c", "a", "c (2)"]);
});

test("what was saved before messages had names is there, named by its beginning, once", () => {
  localStorage.setItem(
    OLD,
    JSON.stringify([{ text: " two\n lines", mode: "Text" }, { text: "two lines", mode: "JSON" }, 7]),
  );
  assert.deepEqual(read(), [
    { name: "two lines", folder: "", mode: "Text", text: " two\n lines" },
    { name: "two lines (2)", folder: "", mode: "JSON", text: "two lines" },
  ]);
  change(read()[0]!, null, -1);
  assert.deepEqual(names(), ["two lines (2)"], "what was deleted does not come back");
  assert.ok(localStorage.getItem(OLD), "an older panel still finds its own");
});

test("what is stored by others is not trusted, what is too long or too much not saved", () => {
  for (const stored of ["{", "7", '[null, {"name": 1}, {"name": "x", "folder": "", "text": "x", "mode": "File"}]']) {
    localStorage.setItem(NEW, stored);
    assert.deepEqual(read(), []);
  }
  assert.throws(() => change(null, aMessage("x", { text: "x".repeat(20_001) }), -1), /only messages up to 20,000/);
  localStorage.setItem(NEW, JSON.stringify(Array.from({ length: 1000 }, (_, at) => aMessage(`${at}`))));
  assert.throws(() => change(null, aMessage("x"), -1), /1000 messages: delete some/);
  assert.deepEqual([nameOf(" a \n b "), nameOf(""), nameOf("x".repeat(99)).length], ["a b", "empty", 40]);
});

test("a page that may not store says so when asked to", (context) => {
  const page = window;
  context.after(() => Object.assign(globalThis, { window: page }));
  const refuse = (): never => {
    throw new Error("SecurityError");
  };
  Object.assign(globalThis, { window: Object.defineProperty({ ...page }, "localStorage", { get: refuse }) });
  assert.deepEqual(read(), []);
  assert.throws(() => change(null, aMessage("x"), -1), /the browser did not save it: SecurityError/);
});
