import { frame, mouse, press, resized } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Grid } from "../src/grid";
import type { Command } from "../src/keys";
import type { RowItem } from "../src/messages";
import type { Place } from "../src/rowmenu";
import { Pages } from "../src/store/pages";
import { aRow, aTick } from "./samples";

const ROWS = 10;
let pages: Pages;
let grid: Grid;
let fetched: [page: number, pages: number][];
let chosen: [keys: number[], active: number][];
let commands: Command[];
let follows: boolean[];

const layer = (): HTMLElement => grid.element.querySelector<HTMLElement>(".kws-grid")!;
const body = (): HTMLElement => grid.element.querySelector<HTMLElement>(".kws-body")!;
const lines = (): HTMLElement[] => [...layer().querySelectorAll<HTMLElement>(".kws-row")].filter((row) => !row.hidden);
const numbers = (): string[] => lines().map((row) => row.children[0]!.textContent!);
const line = (index: number): HTMLElement =>
  lines().find((row) => row.children[0]!.textContent === index.toLocaleString("en-US"))!;
const selected = (): string[] =>
  lines()
    .filter((row) => row.getAttribute("aria-selected") === "true")
    .map((row) => row.children[0]!.textContent!);
const active = (): string | null =>
  lines()
    .find((row) => row.id === layer().getAttribute("aria-activedescendant"))
    ?.querySelector(".kws-c0")?.textContent ?? null;
/** A tick of so many rows, and the newest of them. */
function tick(n: number, parts: Parameters<typeof aTick>[0] = {}, tail?: RowItem[]): void {
  const first = parts.first ?? 0;
  const rows = tail ?? Array.from({ length: Math.min(60, n) }, (_, at) => aRow(first + n - Math.min(60, n) + at));
  grid.ticked(pages.tick(aTick({ n, total: n, kept: n, ...parts }), rows), "", Boolean(parts.filter));
  frame();
}
function key(name: string, modifiers: Parameters<typeof press>[2] = {}): boolean {
  const free = press(layer(), name, modifiers);
  frame();
  return free;
}
const click = (index: number, modifiers: Parameters<typeof mouse>[1] = {}): boolean => {
  const free = mouse(line(index).querySelector(".kws-c6")!, modifiers);
  frame();
  return free;
};

let menus: Place[] = [];
let offered = true;

beforeEach(() => {
  menus = [];
  offered = true;
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [fetched, chosen, commands, follows] = [[], [], [], []];
  pages = new Pages();
  grid = new Grid(pages, {
    fetch: (page, pages) => fetched.push([page, pages]),
    select: (keys, on) => chosen.push([keys, on]),
    command: (name) => commands.push(name),
    menu: (place) => menus.push(place) > 0 && offered,
    followed: (on) => follows.push(on),
  });
  document.body.replaceChildren(grid.element, ...grid.overlays);
  Object.defineProperty(body(), "clientHeight", { value: ROWS * 22, configurable: true });
});

test("the newest rows are shown and followed; nothing is painted while hidden", () => {
  tick(100);
  assert.deepEqual(
    numbers(),
    Array.from({ length: 11 }, (_, at) => String(89 + at)),
  );
  tick(1234);
  assert.deepEqual([numbers().at(-1), fetched], ["1,233", []]);
  assert.deepEqual(
    [layer().getAttribute("aria-rowcount"), lines().at(-1)!.getAttribute("aria-rowindex")],
    ["1235", "1235"],
  );
  Object.defineProperty(body(), "clientHeight", { value: 0 });
  resized();
  tick(2000);
  assert.equal(numbers().at(-1), "1,233");
});

test("where the browser scrolls to when the table gets the keys is no move of the reader's", () => {
  tick(2000);
  layer().blur();
  layer().focus();
  body().scrollTop = 0;
  body().dispatchEvent(new Event("scroll"));
  frame();
  assert.deepEqual([follows, body().scrollTop, numbers().at(-1)], [[], 1990 * 22, "1,999"]);
  body().scrollTop = 0;
  body().dispatchEvent(new Event("scroll"));
  frame();
  assert.deepEqual([follows, body().scrollTop], [[false], 0]);
});

test("a row in sight keeps its element however the table moves, and its number when older ones are dropped", () => {
  tick(100);
  const [kept, above] = [line(95), line(90)];
  tick(103);
  assert.equal(line(95), kept);
  key("PageUp"); // from the end
  assert.equal(line(95), kept);
  assert.deepEqual(
    numbers(),
    [...numbers()].sort((one, other) => Number(one) - Number(other)),
  );
  assert.notEqual(line(90), kept);
  tick(90, { first: 10, total: 100, dropped: 10 });
  assert.equal(line(95).getAttribute("aria-rowindex"), "87");
  tick(60_000);
  key("Home");
  assert.ok(above.isConnected && kept.isConnected);
});

test("a row says what it is: direction in words, kind, size, time and the time before", () => {
  tick(4, {}, [
    aRow(0, { kind: "open", preview: "connected" }),
    aRow(1, { sent: 1, preview: '{"a":1}' }),
    aRow(2, { kind: "binary", size: 2048 }),
    aRow(3, { time: aRow(0)[1] + 1_500_000 }),
  ]);
  const texts = lines().map((row) =>
    [...row.querySelectorAll(":scope > :not(.kws-whose)")].map((cell) => cell.textContent),
  );
  assert.deepEqual(
    texts.map(([, , gap, way, kind, size, data]) => [gap, way, kind, size, data]),
    [
      ["", "", "open", "", "connected"],
      ["+1.0 ms", "sent", "text", "5 B", '{"a":1}'],
      ["+1.0 ms", "received", "binary", "2.0 kB", "row 2"],
      ["+1.50 s", "received", "text", "5 B", "row 3"],
    ],
  );
  assert.ok(line(1).querySelector(".kws-key"));
  assert.match(line(0).className, /kws-life/);
});

test("a row of which a part never came says so, and the one that is written there next does not", () => {
  tick(1, {}, [aRow(0, { incomplete: 1 })]);
  assert.match(line(0).className, /kws-incomplete/);
  assert.match(line(0).querySelector(".kws-c6")!.getAttribute("title")!, /before all of it came/);
  tick(1, { gen: 2 }, [aRow(0)]);
  assert.doesNotMatch(line(0).className, /kws-incomplete/);
  assert.equal(line(0).querySelector(".kws-c6")!.getAttribute("title"), "");
});

test("a run of pings and pongs is one quiet row, which is written anew while it grows", () => {
  for (const folded of [2, 3]) {
    tick(1, {}, [aRow(0, { kind: "ping", folded, preview: `${folded} pings and pongs` })]);
    assert.match(line(0).textContent!, new RegExp(`ping/pong${folded} pings and pongs`));
    assert.match(line(0).className, /kws-folded/);
  }
});

test("the wheel at either end of a scaled table, and sideways, is the page's; where there is something to go back to it ends following", () => {
  tick(400_000);
  const wheel = (deltaY: number, parts: object = {}): boolean => {
    const free = body().dispatchEvent(
      Object.assign(new Event("wheel", { bubbles: true, cancelable: true }), {
        deltaX: 0,
        deltaY,
        deltaMode: 0,
        ...parts,
      }),
    );
    frame();
    return free;
  };
  assert.deepEqual([wheel(100), follows], [true, []]);
  for (const parts of [{ shiftKey: true }, { ctrlKey: true }, { deltaX: 200 }])
    assert.deepEqual([wheel(-100, parts), follows], [true, []]);
  assert.deepEqual([wheel(-2), follows], [false, [false]]); // a trackpad, slowly
  grid.follow(true);
  tick(3, { gen: 2 });
  assert.deepEqual([wheel(-100), follows.at(-1)], [true, true]);
});

test("Home and End take the keyboard along: the next arrow chooses what is there", () => {
  tick(
    100,
    {},
    Array.from({ length: 100 }, (_, at) => aRow(at)),
  );
  click(95);
  key("Home");
  assert.deepEqual([selected(), active()], [[], null]);
  key("ArrowDown");
  assert.deepEqual(selected(), ["0"]);
  key("End");
  key("ArrowUp");
  assert.deepEqual(selected(), ["99"]);
});

test("a page that moves the panel, and sets it back to its top by that, changes nothing", () => {
  tick(100);
  body().scrollTop = 0; // without an event
  tick(101);
  assert.equal(body().scrollTop, 91 * 22);
});

test("rows that are not here are asked for, pages together, and a dropped one says so", () => {
  tick(5000);
  grid.follow(false);
  body().scrollTop = 22 * 1995;
  body().dispatchEvent(new Event("scroll"));
  frame();
  assert.deepEqual([fetched, numbers()[0], layer().getAttribute("aria-busy")], [[[19, 2]], "4,989", "true"]); // the rows before, for a moment
  frame();
  assert.deepEqual(fetched, [[19, 2]]); // not again while on its way
  mock.timers.tick(100);
  frame();
  assert.deepEqual(
    [numbers()[0], lines()[0]!.querySelector(".kws-c6")!.textContent, layer().getAttribute("aria-busy")],
    ["", "…", "false"],
  );
  assert.deepEqual(
    [...lines()[0]!.querySelectorAll("path")].at(-1)!.getAttribute("d"),
    "",
    "nobody knows which way it went",
  );
  pages.put(
    1900,
    Array.from({ length: 100 }, (_, at) => (at === 95 ? null : aRow(1900 + at))),
  );
  grid.arrived(19, 1);
  frame();
  assert.equal(lines().filter((row) => row.textContent!.includes("dropped: the log was full")).length, 1);
  assert.ok(line(1996));
  assert.deepEqual(follows, [false]);
});

test("once the kernel has gone, rows that are not here say that they will not come", () => {
  tick(5000);
  key("Home");
  mock.timers.tick(100);
  frame();
  assert.equal(lines()[0]!.querySelector(".kws-c6")!.textContent, "…");
  grid.gone();
  frame();
  assert.equal(lines()[0]!.querySelector(".kws-c6")!.textContent, "not read from the kernel before it ended");
});

test("a jump whose rows come soon shows nothing in between", () => {
  tick(5000);
  body().scrollTop = 22 * 1010;
  body().dispatchEvent(new Event("scroll"));
  frame();
  pages.put(
    1000,
    Array.from({ length: 100 }, (_, at) => aRow(1000 + at)),
  );
  grid.arrived(10, 1);
  frame();
  assert.deepEqual([numbers()[0], layer().getAttribute("aria-busy")], ["1,006", "false"]);
  mock.timers.tick(1000);
  const { paints } = grid;
  frame();
  assert.equal(grid.paints, paints); // the timer is gone
  body().scrollTop = 22 * 3010;
  body().dispatchEvent(new Event("scroll"));
  frame();
  grid.close();
  mock.timers.tick(1000);
  frame();
  assert.equal(grid.paints, paints + 1);
});

test("a press chooses a row; Ctrl adds, Shift extends, another button does nothing", () => {
  tick(12);
  assert.equal(click(5, { button: 2 }), true);
  assert.deepEqual(chosen, []);
  click(5);
  click(8, { ctrlKey: true });
  assert.deepEqual([chosen.at(-1), selected(), active()], [[[5, 8], 8], ["5", "8"], "8"]);
  click(8, { metaKey: true });
  assert.deepEqual([selected(), active()], [["5"], "8"]);
  assert.equal(click(10, { shiftKey: true }), false); // no text is marked
  assert.deepEqual([selected(), active(), document.activeElement], [["8", "9", "10"], "10", layer()]);
  click(6, { shiftKey: true });
  assert.deepEqual([selected(), chosen.at(-1)![1]], [["6", "7", "8"], 6]);
  body().dispatchEvent(new MouseEvent("mousedown"));
  assert.equal(chosen.length, 5);
});

test("arrows choose, Shift extends, Ctrl only moves, Space chooses too", () => {
  tick(12);
  key("ArrowDown"); // into what is in sight
  assert.deepEqual(chosen.at(-1), [[2], 2]);
  key("ArrowDown");
  key("ArrowDown", { shiftKey: true });
  assert.deepEqual([selected(), active()], [["3", "4"], "4"]);
  key("ArrowUp", { shiftKey: true });
  assert.deepEqual(selected(), ["3"]);
  key("ArrowDown", { ctrlKey: true });
  key("ArrowDown", { metaKey: true });
  assert.deepEqual([selected(), active()], [["3"], "5"]);
  key(" ", { ctrlKey: true });
  assert.deepEqual(
    [selected(), chosen.at(-1)],
    [
      ["3", "5"],
      [[3, 5], 5],
    ],
  );
  key("ArrowUp", { ctrlKey: true });
  key(" ");
  assert.deepEqual(selected(), ["3", "4", "5"]);
  key(" ", { shiftKey: true });
  key("PageUp");
  assert.deepEqual(selected(), ["0"]);
  key("PageDown", { shiftKey: true });
  assert.deepEqual(selected().length, 10);
});

test("a row that was chosen is kept in sight in the next view, where nothing is followed", () => {
  tick(3, { filter: "x" }, [aRow(20), aRow(50), aRow(90)]);
  assert.equal(grid.kept, null);
  click(90); // the newest that the filter shows, and not the newest of all
  assert.deepEqual([grid.kept, follows], [90, [false]]);
  click(50);
  assert.deepEqual([grid.kept, follows], [50, [false]]);
  tick(100, { gen: 2 });
  grid.keep(50, true);
  frame();
  assert.deepEqual([numbers().includes("50"), numbers().includes("48"), selected()], [true, true, ["50"]]);
  const fresh = grid.overlays[1]! as HTMLElement;
  assert.equal(fresh.hidden, true, "what the filter had hidden is not new");
  tick(200, { gen: 2 });
  frame();
  assert.deepEqual([fresh.hidden, fresh.textContent], [false, "100 new ↓"]);
  grid.keep(150, true); // somebody has scrolled meanwhile
  frame();
  assert.equal(numbers().includes("50"), true);
  key("ArrowDown");
  assert.deepEqual(selected(), ["51"]);
});

test("where the reader left the table is kept over a filter, and Clear and Undo", () => {
  const at = (): string => `${numbers()[0]} ${layer().parentElement!.parentElement!.scrollTop}`;
  const rows = (n: number): RowItem[] => Array.from({ length: n }, (_, row) => aRow(row));
  tick(60, {}, rows(60));
  assert.equal(grid.kept, null, "who follows stays at the end");
  key("Home");
  body().scrollTop = 30.5 * 22;
  body().dispatchEvent(new Event("scroll"));
  frame();
  const left = at();
  assert.equal(grid.kept, 31);
  tick(2, { gen: 2, first: 60 }); // Clear: what is new is at the top
  assert.equal(grid.kept, 31);
  tick(62, { gen: 3 }, rows(62));
  grid.keep(31, true);
  frame();
  assert.equal(at(), left);
  tick(3, { gen: 4, filter: "x" }, [aRow(20), aRow(50), aRow(90)]);
  grid.keep(1, false);
  frame();
  tick(62, { gen: 5 }, rows(62));
  grid.keep(31, true);
  frame();
  assert.equal(at(), left, "also after a filter that hides it");
  key("End");
  assert.equal(grid.kept, null);
});

test("a hundred rows at most", () => {
  tick(
    400,
    {},
    Array.from({ length: 400 }, (_, at) => aRow(at)),
  );
  for (let at = 0; at < 3; at++) key("ArrowUp");
  for (let at = 0; at < 20; at++) key("PageUp", { shiftKey: true });
  assert.deepEqual([chosen.at(-1)![0].length, chosen.at(-1)![1]], [100, chosen.at(-1)![0][0]]);
});

test("Space without a row chosen does nothing; an empty table neither", () => {
  tick(0);
  assert.equal(key(" "), false);
  key("ArrowDown");
  assert.deepEqual(chosen, []);
});

test("keys are commands; others, and those with Alt or Ctrl, are left alone", () => {
  tick(12);
  for (const name of ["Enter", "Escape", "/", "r", "e", "c", "f", "?"]) assert.equal(key(name), false);
  assert.deepEqual(commands, ["open", "escape", "search", "resend", "edit", "copy", "follow", "keys"]);
  for (const [name, modifiers] of [
    ["c", { ctrlKey: true }],
    ["q", {}],
    ["End", { ctrlKey: true }],
    ["Home", { metaKey: true }],
  ] as const)
    assert.equal(key(name, modifiers), true);
  layer().dispatchEvent(new KeyboardEvent("keydown", { key: "c", altKey: true, bubbles: true }));
  assert.equal(commands.length, 8);
  press(grid.times.button, "Enter"); // a button's own key
  assert.equal(commands.length, 8);
  assert.equal(key("t"), false);
  assert.equal(commands.at(-1), "times");
  grid.times.next();
  frame();
  assert.equal(grid.times.button.textContent, "Since start");
  assert.match(line(11).querySelector(".kws-c1")!.textContent!, /^\+0\.011$/);
  grid.times.next();
  frame();
  click(10);
  assert.deepEqual(
    [line(9), line(11)].map((one) => one.querySelector(".kws-c1")!.textContent),
    ["−0.001", "+0.001"],
  );
});

test("following ends where the reader goes back, and a button leads to the newest", () => {
  tick(
    100,
    {},
    Array.from({ length: 100 }, (_, at) => aRow(at)),
  );
  key("Home");
  assert.deepEqual([numbers()[0], follows], ["0", [false]]);
  tick(107);
  const fresh = grid.overlays[1]!;
  assert.deepEqual([numbers()[0], fresh.hidden, fresh.textContent], ["0", false, "7 new ↓"]);
  fresh.click();
  frame();
  assert.deepEqual([numbers().at(-1), fresh.hidden, follows], ["106", true, [false, true]]);
  click(106);
  key("ArrowUp");
  assert.deepEqual(follows, [false, true, false]);
  key("End");
  key("ArrowUp", { ctrlKey: true });
  assert.deepEqual([follows, active()], [[false, true, false, true], "106"]);
  key("ArrowUp", { ctrlKey: true });
  assert.deepEqual(follows, [false, true, false, true, false]);
});

test("freezing stops the view, not the capture", () => {
  tick(20);
  grid.freeze(true);
  grid.freeze(true);
  tick(30);
  assert.deepEqual([grid.isFrozen, numbers().at(-1), grid.overlays[1]!.textContent], [true, "19", "10 new ↓"]);
  tick(5, { gen: 2 });
  assert.equal(numbers().at(-1), "4");
  grid.follow(true);
  tick(31, { gen: 2 });
  assert.deepEqual([grid.isFrozen, numbers().at(-1)], [false, "30"]);
});

test("a selection outlives a filter, also where the filter hides it", () => {
  tick(40);
  click(35);
  tick(2, { gen: 2, filter: "x" }, [aRow(7), aRow(35)]);
  assert.deepEqual([selected(), active()], [["35"], "35"]);
  tick(1, { gen: 3, filter: "y" }, [aRow(7)]);
  assert.deepEqual([selected(), active()], [[], null]);
  key("ArrowDown");
  assert.deepEqual(selected(), ["7"]);
});

test("rows that Python chose are marked and scrolled to", () => {
  tick(
    300,
    {},
    Array.from({ length: 300 }, (_, at) => aRow(at)),
  );
  grid.point([50, 53], 50);
  frame();
  assert.deepEqual([selected(), active(), follows], [["50", "53"], "50", [false]]);
  grid.point([299], null);
  frame();
  assert.deepEqual([selected(), numbers().includes("50")], [[], true]);
  assert.deepEqual(chosen, []);
});

test("beyond what a browser can scroll, the bar is scaled and the wheel moves rows", () => {
  tick(2_000_000);
  Object.defineProperty(body(), "scrollHeight", { value: 6_000_000 });
  body().scrollTop = (6_000_000 - ROWS * 22) / 2;
  body().dispatchEvent(new Event("scroll"));
  frame();
  assert.deepEqual(fetched, [[9999, 2]]);
  mock.timers.tick(100); // the rows never come
  frame();
  const wheel = (deltaY: number, parts: Record<string, unknown> = {}): boolean => {
    const event = Object.assign(new Event("wheel", { bubbles: true, cancelable: true }), {
      deltaY,
      deltaMode: 0,
      ctrlKey: false,
      ...parts,
    });
    body().dispatchEvent(event);
    frame();
    return !event.defaultPrevented;
  };
  const top = (): number => Number(lines()[4]!.getAttribute("aria-rowindex"));
  const before = top();
  assert.equal(wheel(220), false);
  assert.equal(top(), before + 10);
  wheel(-3, { deltaMode: 1 });
  assert.equal(top(), before + 7);
  wheel(1, { deltaMode: 2 });
  assert.equal(top(), before + 17);
  assert.equal(wheel(100, { ctrlKey: true }), true); // zoom
});

test("rows dropped at the beginning move nothing that is seen", () => {
  tick(
    100,
    {},
    Array.from({ length: 100 }, (_, at) => aRow(at)),
  );
  grid.follow(false);
  body().scrollTop = 50 * 22;
  body().dispatchEvent(new Event("scroll"));
  frame();
  const before = numbers();
  tick(70, { first: 30 });
  assert.deepEqual(numbers(), before);
  grid.close();
});

test("rows of several sessions say whose they are, and are chosen by key", () => {
  const [mine, theirs] = [2 ** 44 + 7, 2 ** 45 + 7];
  grid.sessions(
    new Map([
      [1, "feed"],
      [2, "\u202Edart"],
    ]),
  );
  tick(2, {}, [aRow(mine), aRow(theirs)]);
  assert.deepEqual(
    lines().map((row) => [row.children[0]!.textContent, row.querySelector(".kws-whose")!.textContent]),
    [
      ["7", "feed"],
      ["7", "\\u202edart"],
    ],
  );
  mouse(lines()[1]!.querySelector(".kws-c6")!);
  frame();
  assert.deepEqual(chosen, [[[theirs], theirs]]);
  assert.equal(lines()[1]!.getAttribute("aria-selected"), "true");
});

/** A right click on a row; true when the browser's own menu opens. */
const right = (index: number, modifiers: { shiftKey?: boolean } = {}): boolean => {
  const free = line(index).dispatchEvent(
    new MouseEvent("contextmenu", { bubbles: true, cancelable: true, clientX: 7, clientY: 8, ...modifiers }),
  );
  frame();
  return free;
};

test("a right click selects its row unless it is selected, and wants the menu there; with Shift it is the browser's", () => {
  tick(5);
  click(1);
  assert.equal(right(3), false);
  assert.deepEqual([selected(), menus], [["3"], [{ x: 7, y: 8, key: 3, before: [1] }]]);
  click(4, { shiftKey: true });
  assert.equal(right(3), false);
  assert.deepEqual(
    [selected(), menus.at(-1)!.before],
    [
      ["3", "4"],
      [3, 4],
    ],
  );
  assert.equal(right(2, { shiftKey: true }), true);
  offered = false;
  assert.equal(right(2), true);
  assert.equal(layer().dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true })), true);
});

test("the menu key and Shift F10 want the menu of the row the keyboard is on", () => {
  assert.equal(key("ContextMenu"), false);
  assert.equal(menus.length, 0, "there is no row");
  tick(5);
  key("ContextMenu");
  assert.deepEqual([selected(), menus.at(-1)!.key], [["0"], 0]);
  key("ArrowDown");
  key("ArrowDown", { ctrlKey: true });
  key("F10", { shiftKey: true });
  assert.deepEqual([selected(), menus.at(-1)!.key, menus.at(-1)!.before], [["2"], 2, [1]]);
  assert.equal(key("F10"), true);
});

test("a bookmarked row says so, with its note", () => {
  const notes = new Map([
    [1, "look\u202e"],
    [2, ""],
  ]);
  grid.note = (one) => notes.get(one);
  tick(4);
  const said = (index: number) => {
    const [cell] = lines()[index]!.children;
    return [cell!.textContent, cell!.getAttribute("title"), cell!.querySelector<HTMLElement>(".kws-mark")!.hidden];
  };
  assert.deepEqual([0, 1, 2].map(said), [
    ["0", "", true],
    ["1 bookmarked: look\\u202e", "look\\u202e", false],
    ["2 bookmarked", "Bookmarked", false],
  ]);
  notes.clear();
  grid.schedule();
  frame();
  assert.deepEqual(said(1), ["1", "", true]);
  assert.deepEqual([grid.row(2)?.[0], grid.row(99)], [2, undefined]);
});
