// What a right click on rows does, where nothing of a whole panel is needed.

import { clipboard, labelled, settled } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { RowMenu, type RowOwner } from "../src/rowmenu";
import { aRow } from "./samples";

let host: HTMLElement;
let menu: RowMenu;
let said: string[];
let resent: number[];
let marked: [keys: readonly number[], on: boolean][];
let asked: Parameters<RowOwner["lines"]>[];
let inserted: string[];
let refuse: string;
let takes: boolean;
let files: [name: string, file: Blob][];
let noted: Set<number>;
const keys = [3, 4, 5];

const click = HTMLElement.prototype.click;
let blob: Blob;
URL.createObjectURL = (file) => {
  blob = file as Blob;
  return "blob:x";
};
URL.revokeObjectURL = () => undefined;
HTMLElement.prototype.click = function (this: HTMLElement) {
  if (this.tagName === "A") files.push([this.getAttribute("download")!, blob]);
  else click.call(this);
};

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [said, resent, marked, asked, inserted, files] = [[], [], [], [], [], []];
  [refuse, takes, noted] = ["", true, new Set()];
  host = document.createElement("section");
  document.body.replaceChildren(host);
  const never = (): never => assert.fail("not asked for");
  menu = new RowMenu(host, {
    keys: () => keys,
    row: (key) => aRow(key, { sent: key === 4 ? 1 : 0 }),
    name: (key) => `#${key}`,
    closed: () => "",
    note: (key) => (noted.has(key) ? "" : undefined),
    zero: () => false,
    command: never,
    ways: never,
    like: never,
    filter: never,
    compare: never,
    setZero: never,
    go: never,
    editNote: never,
    bookmark: async (some, on) => void marked.push([some, on]),
    lines: async (...ask) => {
      if (refuse) throw new Error(refuse);
      asked.push(ask);
      const [, format, first] = ask;
      // The row in the middle is not there any more: nothing comes of it.
      return [
        { v: 1, id: "", k: "export", next: first + 1, stop: keys.length, rows: first === 1 ? 0 : 1, layout: 7 },
        first === 1 ? undefined : new DataView(new TextEncoder().encode(`${format} ${first}\n`).buffer),
      ];
    },
    resend: async (key) => {
      if (refuse && resent.length) throw new Error(refuse);
      resent.push(key);
    },
    frame: async () => "frame = ws",
    insert: (code) => {
      if (takes) inserted.push(code);
      return takes;
    },
    say: (text) => said.push(text),
    focus: () => undefined,
  });
});

async function choose(...labels: string[]): Promise<void> {
  menu.open({ x: 0, y: 0, key: 4, before: [] });
  for (const label of labels) {
    labelled(host, label).click();
    for (let turn = 0; turn < 6; turn++) await settled();
  }
}

test("the rows that are selected are saved in a format of one's own, in parts", async () => {
  await choose("Export selected", "CSV");
  await choose("Export selected", "JSON Lines");
  assert.deepEqual(said, ["2 rows saved, 12 B", "2 rows saved, 16 B"]);
  assert.deepEqual(
    asked.map(([some, format, first]) => [some.length, format, first]),
    ["csv", "jsonl"].flatMap((format) => [0, 1, 2].map((first) => [3, format, first])),
  );
  assert.deepEqual(
    files.map(([name, { type }]) => [name, type]),
    [
      ["selected.csv", "text/csv"],
      ["selected.jsonl", "application/jsonl"],
    ],
  );
  assert.equal(await files[0]![1].text(), "csv 0\ncsv 2\n");
});

test("what cannot be read is neither saved nor copied, and says why", async () => {
  refuse = "the kernel is busy";
  await choose("Export selected", "CSV");
  await choose("Copy as JSON Lines");
  assert.deepEqual([said, files], [["not saved: the kernel is busy", "not copied: the kernel is busy"], []]);
});

test("messages are sent again in their order, after a question, until one is not", async () => {
  await choose("Resend 3 messages");
  assert.deepEqual(resent, []);
  await choose("Resend 3 messages", "Send 3, 2 of them received?");
  assert.deepEqual([resent, said], [[3, 4, 5], ["3 messages sent again"]]);
  [resent, refuse] = [[], "it is closed"];
  await choose("Resend 3 messages", "Send 3, 2 of them received?");
  assert.deepEqual([resent, said.at(-1)], [[3], "1 of 3 sent, then: it is closed"]);
});

test("a DataFrame's code goes into a new cell, where there are none to the clipboard", async () => {
  await choose("DataFrame in the notebook");
  assert.deepEqual([inserted, said], [["frame = ws"], ["the code is in a new cell below: run it"]]);
  takes = false;
  await choose("DataFrame in the notebook");
  assert.deepEqual(
    [inserted.length, clipboard.copied.at(-1), said.at(-1)],
    [1, "frame = ws", "the code is copied: paste it into a cell"],
  );
});

test("all are bookmarked unless all are; then none is", async () => {
  noted = new Set([3, 5]);
  await choose("Bookmark all");
  noted = new Set(keys);
  await choose("Remove bookmarks");
  assert.deepEqual(marked, [
    [keys, true],
    [keys, false],
  ]);
  assert.deepEqual(said, ["3 bookmarks set", "3 bookmarks removed"]);
});
