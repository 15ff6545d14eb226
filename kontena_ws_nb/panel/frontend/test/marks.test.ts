// Bookmarks as the kernel tells them, and the dialog that edits a note.

import { labelled, press, settled } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { h } from "../src/dom";
import { editNote, type Mark, Marks } from "../src/marks";

beforeEach(() => document.body.replaceChildren());

test("they are asked for when a tick says that they changed, and the newest answer counts", async () => {
  const asked: ((list: Mark[]) => void)[] = [];
  let changes = 0;
  const marks = new Marks(
    () => new Promise((resolve) => asked.push(resolve)),
    () => (changes += 1),
  );
  marks.tick(0);
  assert.equal(asked.length, 0);
  marks.tick(64);
  marks.tick(64);
  marks.tick(128);
  assert.equal(asked.length, 2);
  asked[0]!([[9, 9, "old"]]);
  await settled();
  asked[1]!([
    [3, 30, ""],
    [5, 50, "note"],
  ]);
  await settled();
  assert.deepEqual([marks.get(9), marks.get(3), marks.get(5), marks.size, changes], [undefined, "", "note", 2, 1]);
});

test("what was not answered is asked again with the next tick", async () => {
  let asked = 0;
  const marks = new Marks(
    () => {
      asked += 1;
      return Promise.reject(new Error("busy"));
    },
    () => undefined,
  );
  marks.tick(64);
  await settled();
  marks.tick(64);
  assert.equal(asked, 2);
});

test("the next and the one before, from any row, round the end", async () => {
  const marks = new Marks(
    () =>
      Promise.resolve([
        [2, 20, ""],
        [4, 40, ""],
        [6, 60, ""],
      ] as Mark[]),
    () => undefined,
  );
  assert.deepEqual([marks.next(1, 1, 1), marks.next(1, 1, -1)], [undefined, undefined]);
  marks.tick(1);
  await settled();
  const both = (key: number, time: number) => [marks.next(key, time, -1), marks.next(key, time, 1)];
  assert.deepEqual(
    [both(4, 40), both(2, 20), both(6, 60), both(3, 30), both(9, 90), both(-1, 0), both(5, 40)],
    [
      [2, 6],
      [6, 4],
      [4, 2],
      [2, 4],
      [6, 2],
      [6, 2],
      [4, 6],
    ],
  );
});

test("a note is kept with Enter, and not with Escape; Tab stays in the dialog", () => {
  const kept: string[] = [];
  let back = 0;
  const host = h("section", {});
  document.body.append(host, h("p", {}, "elsewhere"));
  const open = (note = ""): HTMLInputElement => {
    editNote(
      host,
      { x: 1, y: 2 },
      "#7",
      note,
      (text) => kept.push(text),
      () => (back += 1),
    );
    return host.querySelector("input")!;
  };
  let field = open("before");
  assert.deepEqual([document.activeElement, field.value], [field, "before"]);
  press(field, "Tab");
  assert.equal(document.activeElement, labelled(host, "Save note"));
  press(document.activeElement as HTMLElement, "Tab");
  press(document.activeElement as HTMLElement, "Tab");
  press(field, "Tab", { shiftKey: true });
  assert.equal(document.activeElement, labelled(host, "Cancel"));
  press(field, "x");
  field.value = " after ";
  press(field, "Enter");
  assert.deepEqual([kept, back, host.childElementCount], [["after"], 1, 0]);
  field = open();
  press(field, "Escape");
  open();
  labelled(host, "Cancel").click();
  field = open();
  field.dispatchEvent(new Event("pointerdown", { bubbles: true }));
  assert.equal(host.childElementCount, 1);
  document.querySelector("p")!.dispatchEvent(new Event("pointerdown", { bubbles: true }));
  assert.deepEqual([kept.length, back, host.childElementCount], [1, 3, 0]);
});
