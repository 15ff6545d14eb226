import { labelled, press, settled, type } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Library, type LibraryOwner } from "../src/composer/library";
import { change, type Kept, read } from "../src/composer/shelf";

type Asked = Parameters<LibraryOwner["ask"]>;
let library: Library;
let asked: Asked[];
let answer: (...ask: Asked) => ReturnType<LibraryOwner["ask"]>;
let used: Kept[];
let left: number;
const aMessage = (name: string, folder = ""): Kept => ({ name, folder, mode: "Text", text: `text of ${name}` });
const part = <T extends HTMLElement = HTMLElement>(selector: string): T => library.element.querySelector<T>(selector)!;
const names = (): string[] =>
  [...library.element.querySelectorAll(".kws-use b, .kws-folder")].map((one) => one.textContent!);
const field = (label: string): HTMLInputElement => part<HTMLInputElement>(`[aria-label="${label}"]`);
const click = async (label: string): Promise<void> => {
  labelled(document.body, label).click();
  await settled();
};
const use = (name: string): HTMLButtonElement => labelled(library.element, `Use ${name}`);
const says = (path: string, all: Kept[]): ReturnType<LibraryOwner["ask"]> =>
  Promise.resolve([
    { v: 1, id: "", k: "library", path, directory: "/work" },
    all.map(({ name, folder, mode, text }) => [name, folder, mode, text]),
  ]);

beforeEach(() => {
  localStorage.clear();
  [asked, used, left] = [[], [], 0];
  answer = () => says("", []);
  library = new Library({
    ask: (...ask) => {
      asked.push(ask);
      return answer(...ask);
    },
    written: () => ({ text: "written", mode: "JSON" }),
    fill: (kept) => used.push(kept),
    leave: () => (left += 1),
  });
  document.body.replaceChildren(library.star, library.toggle, library.element);
});

test("nothing is asked before somebody looks; without a kernel the browser's are there", async () => {
  change(null, aMessage("a"), -1);
  assert.deepEqual(asked, []);
  answer = () => Promise.reject(new Error("no kernel"));
  await click("Saved messages");
  assert.deepEqual([names(), library.element.lastElementChild!.textContent], [["a"], "kept in this browser"]);
  use("a").click();
  assert.deepEqual([used, library.element.hidden], [[aMessage("a")], true]);
});

test("a message is kept under a name, in a folder, found, renamed, rewritten and deleted, and that undone", async () => {
  await click("Save this message");
  assert.equal(document.activeElement, field("Name"));
  type(field("Name"), "login");
  type(field("Folder"), "auth");
  press(field("Name"), "Enter");
  await settled();
  assert.deepEqual(read(), [{ name: "login", folder: "auth", mode: "JSON", text: "written" }]);
  assert.deepEqual([names(), document.activeElement, library.star.textContent], [["auth", "login"], use("login"), "★"]);
  change(null, aMessage("ping"), -1);
  await click("Saved messages");
  await click("Saved messages");
  type(field("Search saved messages"), "AUTH written");
  assert.deepEqual(names(), ["auth", "login"]);
  type(field("Search saved messages"), "nobody");
  assert.match(part(".kws-kept-list").textContent!, /none matches/);
  type(field("Search saved messages"), "");
  press(use("ping"), "F2");
  type(field("Name"), "pong");
  await click("Keep with what is written");
  assert.deepEqual(read()[1], { name: "pong", folder: "", mode: "JSON", text: "written" });
  await click("Edit pong");
  await click("Cancel");
  press(use("pong"), "Delete");
  await settled();
  assert.deepEqual([names(), part("[role=status]").textContent], [["auth", "login"], "deleted pong Undo"]);
  await click("Undo");
  assert.deepEqual(names(), ["pong", "auth", "login"]);
  await click("Edit pong");
  await click("Delete");
  assert.deepEqual(names(), ["auth", "login"]);
});

test("keys walk through the names, and move a message within its folder", async () => {
  for (const one of [aMessage("a"), aMessage("x", "f"), aMessage("b"), aMessage("c")]) change(null, one, -1);
  await click("Saved messages");
  press(document.activeElement as HTMLElement, "ArrowDown");
  assert.equal(document.activeElement, use("a"));
  press(use("a"), "ArrowDown", { altKey: true });
  await settled();
  assert.deepEqual([names(), document.activeElement], [["b", "a", "c", "f", "x"], use("a")]);
  press(use("b"), "ArrowUp", { altKey: true });
  press(use("x"), "ArrowDown", { altKey: true });
  press(use("x"), "q");
  await settled();
  assert.deepEqual(names(), ["b", "a", "c", "f", "x"]);
  use("b").focus();
  press(use("b"), "ArrowUp");
  assert.equal(document.activeElement, field("Search saved messages"));
  press(use("b"), "F2");
  press(field("Name"), "ArrowDown");
  assert.equal(document.activeElement, field("Name"), "arrows are the field's there");
  press(field("Name"), "Escape");
  assert.deepEqual([library.element.hidden, left], [false, 0]);
  press(field("Search saved messages"), "Escape");
  await settled();
  assert.deepEqual([library.element.hidden, left], [true, 1]);
});

test("they are kept in a file when the reader asks, with its path in sight; the kernel then does it all", async () => {
  change(null, aMessage("mine"), -1);
  await click("Saved messages");
  assert.match(library.element.textContent!, /kept in this browser;.*\/work\/messages\.json/);
  type(field("File"), "sub/a.json");
  assert.match(library.element.textContent!, /\/work\/sub\/a\.json/);
  answer = () => Promise.reject(new Error("a page can ask for a .json file below"));
  await click("Keep in a file");
  assert.match(part("[role=status]").textContent!, /below/);
  answer = () => says("/work/sub/a.json", [aMessage("mine"), { ...aMessage("odd"), mode: "XML" as never }]);
  await click("Keep in a file");
  assert.deepEqual(asked.at(-1), [
    "library_file",
    { path: "sub/a.json", browser: [["mine", "", "Text", "text of mine"]] },
  ]);
  assert.match(library.element.textContent!, /kept in \/work\/sub\/a\.json/);
  press(use("mine"), "Delete");
  await settled();
  assert.deepEqual(asked.at(-1), ["keep", { old: ["mine", "", "Text", "text of mine"], new: [], at: -1 }]);
  answer = () => Promise.reject(new Error("it was changed in the file meanwhile"));
  press(use("odd"), "Delete");
  await settled();
  assert.deepEqual(
    [part("[role=status]").textContent, names()],
    ["it was changed in the file meanwhile", ["mine", "odd"]],
  );
  await click("Saved messages");
  await click("Saved messages");
  assert.match(part("[role=status]").textContent!, /meanwhile/, "a file that cannot be read says why");
  answer = () => says("", []);
  await click("Keep in this browser instead");
  assert.deepEqual([asked.at(-1), names()], [["library_file", { path: "" }], ["mine"]]);
});

test("what cannot be kept says so, and the form stays", async () => {
  library = new Library({
    ask: () => says("", []),
    written: () => ({ text: "x".repeat(20_001), mode: "Text" }),
    fill: () => undefined,
    leave: () => undefined,
  });
  document.body.replaceChildren(library.star, library.element);
  await click("Save this message");
  await click("Keep");
  assert.match(part("[role=status]").textContent!, /only messages up to 20,000/);
  assert.equal(field("Name").closest("[hidden]"), null);
});
