// The export menu.

import { labelled, press, settled } from "./browser";
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { State } from "../src/messages";
import { ExportMenu, type ExportOwner, unless } from "../src/export";

test("export: part by part into one file, named after the session; stopped, refused, too large", async () => {
  const files: [name: string, text: string, type: string][] = [];
  const click = HTMLElement.prototype.click;
  let file: Blob | undefined;
  URL.createObjectURL = (one) => {
    file = one as Blob;
    return "blob:x";
  };
  const revoked: string[] = [];
  URL.revokeObjectURL = (url) => void revoked.push(url);
  mock.timers.enable({ apis: ["setTimeout"] });
  const layouts: number[] = [];
  let part: ExportOwner["part"] = ({ first, stop, layout }) => {
    layouts.push(layout);
    return Promise.resolve([
      { v: 1, id: "", k: "export", next: Math.min(stop, first + 2), stop, rows: Math.min(2, stop - first), layout: 6 },
      new DataView(new TextEncoder().encode(`${first};`).buffer),
    ]);
  };
  const shown = { gen: 4, first: 10, stop: 13, name: "my ws", state: "open" as State, notes: 0 as const };
  const menu = new ExportMenu({ shown: () => shown, part: (ask) => part(ask) });
  document.body.replaceChildren(menu.element);
  const note = (): string => document.querySelector("[role=status]")!.textContent!;
  const toggle = menu.element;
  const save = async (label: string): Promise<void> => {
    labelled(document.body, label).click();
    for (let turn = 0; turn < 4; turn++) await settled();
  };
  HTMLElement.prototype.click = function (this: HTMLElement) {
    if (this.tagName === "A") files.push([this.getAttribute("download")!, "", file!.type]);
    else click.call(this);
  };
  try {
    toggle.click();
    assert.equal(document.activeElement, labelled(document.body, "JSON Lines"));
    await save("JSON Lines");
    assert.deepEqual(
      [files, note(), await file!.text()],
      [[["my-ws.jsonl", "", "application/jsonl"]], "downloaded my-ws.jsonl: 3 rows, 6 B", "10;12;"],
    );
    assert.deepEqual(layouts, [0, 6], "the columns of the first part are those of all");
    const hint = document.querySelector<HTMLElement>(".kws-export > :last-child")!;
    assert.match(hint.textContent!, /The whole session.* ws\.save\("name\.har"\) or %ws_save name\.har/);
    assert.equal(hint.hidden, false);
    mock.timers.tick(60_000);
    assert.deepEqual(revoked, ["blob:x"]);
    const whole = part;
    shown.stop = 12; // two rows here, for one of them stands for two
    part = ({ first, stop, start, layout }) =>
      whole({ gen: 4, format: "csv", first, notes: 0, start, stop: start ? 13 : stop, layout });
    await save("CSV");
    assert.deepEqual([note(), await file!.text()], ["downloaded my-ws.csv: 3 rows, 6 B", "10;12;"]);
    files.pop();
    shown.stop = 13;
    part = () => Promise.reject(new Error("no kernel"));
    await save("CSV");
    assert.equal(note(), "not saved: no kernel");
    part = () =>
      Promise.resolve([
        { v: 1, id: "", k: "export", next: 11, stop: 13, rows: 1, layout: 0 },
        { byteLength: 200_000_000 } as DataView,
      ]);
    await save("CSV");
    assert.equal(note(), 'downloaded my-ws.csv: the first 1 rows; for all of them: panel.export("name.csv") in a cell');
    const opened = (): boolean => document.querySelector(".kws-export") !== null;
    labelled(document.body, "CSV").dispatchEvent(new Event("pointerdown", { bubbles: true }));
    assert.equal(opened(), true);
    document.body.dispatchEvent(new Event("pointerdown", { bubbles: true }));
    assert.equal(opened(), false, "a press elsewhere closes it");
    toggle.click();
    let release: () => void = () => undefined;
    part = (ask) => new Promise((resolve) => (release = () => resolve(whole(ask))));
    labelled(document.body, "CSV").click();
    labelled(document.body, "CSV").click(); // while the first is under way
    labelled(document.body, "Close").click();
    release();
    await settled();
    assert.deepEqual(
      [files.length, toggle.getAttribute("aria-expanded"), document.activeElement],
      [2, "false", toggle],
    );
    toggle.click();
    for (const [name, file] of [
      ["trades.har", "trades.csv"],
      ["my.trades.jsonl.gz", "my.trades.csv"],
      [".har", "messages.csv"],
      ["2026.10", "2026.10.csv"],
    ] as const) {
      shown.state = "capture";
      shown.name = name;
      part = whole;
      await save("CSV");
      assert.equal(files.at(-1)![0], file, "its own suffix does not stay in between");
    }
    toggle.click();
    toggle.click();
    assert.equal(hint.hidden, true, "a capture is a file already");
    press(labelled(document.body, "CSV"), "Escape");
    assert.equal(toggle.getAttribute("aria-expanded"), "false");
  } finally {
    HTMLElement.prototype.click = click;
    mock.timers.reset();
  }
});

test("a frame without an origin of its own may not save files, and is not told: so it does not promise", () => {
  assert.equal(unless("x"), "");
  const origin = Object.getOwnPropertyDescriptor(window, "origin");
  Object.defineProperty(window, "origin", { value: "null", configurable: true });
  assert.equal(
    unless("ws.messages[1].data in a cell"),
    ", if this page may save files; else: ws.messages[1].data in a cell",
  );
  if (origin) Object.defineProperty(window, "origin", origin);
  else Reflect.deleteProperty(window, "origin");
});
