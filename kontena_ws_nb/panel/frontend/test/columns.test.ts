import { frame, press } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { isNumber } from "../src/columns";
import { Grid } from "../src/grid";
import type { Column, RowItem } from "../src/messages";
import { Pages } from "../src/store/pages";
import { aRow, aTick } from "./samples";

let grid: Grid;
let pages: Pages;
let asked: Column[][];
let refuse: (Error & { position?: number }) | null;

const sheet = (): HTMLElement => grid.element;
const heads = (): HTMLElement[] => [...sheet().querySelectorAll<HTMLElement>(".kws-headrow > .kws-own")];
const names = (): string[] => heads().map((head) => head.querySelector(".kws-own-name")!.textContent!);
const cells = (index: number): string[] =>
  [...sheet().querySelectorAll<HTMLElement>(".kws-rows .kws-row")]
    .filter((row) => !row.hidden && row.children[0]!.textContent === String(index))
    .flatMap((row) => [...row.querySelectorAll(".kws-own")].map((cell) => cell.textContent!));
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};
const named = (label: string): HTMLElement => document.querySelector<HTMLElement>(`[aria-label="${label}"]`)!;
const withCells = (index: number, ...texts: string[]): RowItem => [...aRow(index), texts] as unknown as RowItem;
function tick(rows: RowItem[], parts: Parameters<typeof aTick>[0] = {}): void {
  const said = aTick({ n: rows.length, total: rows.length, kept: rows.length, layout: 1, ...parts });
  const fresh = pages.tick(said, rows);
  grid.columns.saw(said.gen, said.first + said.n, said.layout, rows);
  grid.ticked(fresh, "", false);
  frame();
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [asked, refuse] = [[], null];
  pages = new Pages();
  grid = new Grid(pages, {
    fetch: () => undefined,
    select: () => undefined,
    command: () => undefined,
    followed: () => undefined,
    menu: () => false,
  });
  grid.columns.ask = (columns) => {
    asked.push(columns);
    return refuse ? Promise.reject(refuse) : Promise.resolve();
  };
  document.body.replaceChildren(grid.element, ...grid.overlays);
  Object.defineProperty(sheet().querySelector(".kws-body")!, "clientHeight", { value: 220, configurable: true });
});

test("what a number is: also one in a text, and nothing longer", () => {
  for (const text of ["1", "-0", "+7.50", ".5", "1e5", "1E-7", "12345678901234567890"]) assert.ok(isNumber(text), text);
  for (const text of ["", "a1", "1,000", "0x10", "1.2.3", "NaN", "… not read: 5 bytes", "1e9999"])
    assert.ok(!isNumber(text), text);
});

test("columns have heads, widths and cells, between size and data", () => {
  grid.columns.show(1, [
    ["$.s", "symbol", 80],
    ["$.p", "<b>\u202e", 120],
  ]);
  assert.deepEqual(names(), ["symbol", "<b>\\u202e"]);
  tick([withCells(0, "BTC", "1.50"), withCells(1, "", "none"), aRow(2)]);
  assert.deepEqual([0, 1, 2].map(cells), [
    ["BTC", "1.50"],
    ["", "none"],
    ["", ""],
  ]);
  const row = sheet().querySelector(".kws-rows .kws-row")!;
  const order = [...row.children].map((cell) => cell.className);
  assert.deepEqual(order.slice(-4), ["kws-c5", "kws-own", "kws-own", "kws-c6"]);
  assert.deepEqual(
    [...row.querySelectorAll(".kws-own")].map((cell) => cell.getAttribute("data-number")),
    ["false", "true"],
  );
  assert.equal(sheet().style.getPropertyValue("--kws-own"), "80px 120px");
  assert.equal(sheet().querySelector(".kws-grid")!.getAttribute("aria-colcount"), "9");
  grid.columns.show(2, []);
  tick([aRow(0)], { layout: 2 });
  assert.deepEqual([names(), cells(0), sheet().className.includes("kws-owns")], [[], [], false]);
});

test("cells of other columns are not shown under these heads", () => {
  grid.columns.show(1, [["$.a", "a", 80]]);
  tick([withCells(0, "old")]);
  assert.deepEqual(cells(0), ["old"]);
  grid.columns.show(2, [["$.b", "b", 80]]); // the tick with its cells is still under way
  frame();
  assert.deepEqual(cells(0), [""]);
  tick([withCells(0, "new")], { layout: 2 });
  assert.deepEqual(cells(0), ["new"]);
  tick([], { layout: 3, n: 1 }); // what the page has is of older columns
  assert.equal(pages.get(0), undefined);
});

test("a field adds a column; what is wrong is said with its place", async () => {
  grid.columns.show(1, [["$.a", "a", 80]]);
  named("Add a column").click();
  const path = document.querySelector<HTMLInputElement>('input[aria-label="Path"]')!;
  path.value = "$.b=5";
  refuse = Object.assign(new Error("without a comparison"), { position: 3 });
  press(path, "Enter");
  await settled();
  const alert = document.querySelector<HTMLElement>(".kws-column [role=alert]")!;
  assert.deepEqual(
    [alert.hidden, alert.textContent, alert.querySelector("mark")!.textContent],
    [false, "$.b=5 without a comparison", "=5"],
  );
  refuse = null;
  path.value = "$.b";
  document.querySelector<HTMLInputElement>('input[aria-label="Title"]')!.value = "B";
  named("Add").click();
  await settled();
  assert.deepEqual(asked.at(-1), [
    ["$.a", "a", 80],
    ["$.b", "B", 0],
  ]);
  assert.equal(document.querySelector(".kws-column"), null, "closed");
  await grid.columns.add("$.c");
  assert.deepEqual(asked.at(-1)!.at(-1), ["$.c", "", 0]);
});

test("a title that nobody chose goes with the path", async () => {
  grid.columns.show(1, [
    ["$.simbol", "simbol", 80],
    ["$.b", "mine", 80],
  ]);
  const correct = async (name: string): Promise<Column[]> => {
    named(`Column ${name}`).click();
    document.querySelector<HTMLInputElement>('input[aria-label="Path"]')!.value = "$.symbol";
    named("Save").click();
    await settled();
    return asked.at(-1)!;
  };
  assert.deepEqual((await correct("simbol"))[0], ["$.symbol", "", 80]); // the kernel gives it its last key
  assert.deepEqual((await correct("mine"))[1], ["$.symbol", "mine", 80]);
});

test("a head's dialog changes, moves and removes its column", async () => {
  const columns: Column[] = [
    ["$.a", "a", 80],
    ["$.b", "b", 90],
    ["$.c", "c", 100],
  ];
  grid.columns.show(1, columns);
  const choose = (name: string): void => {
    named("Column b").click();
    named(name).click();
  };
  choose("Move left");
  assert.deepEqual(
    asked.at(-1)!.map(([path]) => path),
    ["$.b", "$.a", "$.c"],
  );
  choose("Move right");
  assert.deepEqual(
    asked.at(-1)!.map(([path]) => path),
    ["$.a", "$.c", "$.b"],
  );
  choose("Remove");
  assert.deepEqual(
    asked.at(-1)!.map(([path]) => path),
    ["$.a", "$.c"],
  );
  named("Column a").click();
  assert.equal((named("Move left") as HTMLButtonElement).disabled, true);
  document.querySelector<HTMLInputElement>('input[aria-label="Title"]')!.value = "first";
  named("Save").click();
  assert.deepEqual(asked.at(-1)![0], ["$.a", "first", 80]);
  await settled();
  const head = named("Column c");
  head.focus();
  press(head, "ArrowLeft", { shiftKey: true });
  assert.deepEqual(
    asked.at(-1)!.map(([path]) => path),
    ["$.a", "$.c", "$.b"],
  );
  grid.columns.show(2, [columns[0]!, columns[2]!, columns[1]!]);
  assert.equal(document.activeElement, head, "it keeps the keyboard");
  assert.deepEqual(names(), ["a", "c", "b"]);
  const count = asked.length;
  press(named("Column a"), "ArrowLeft", { shiftKey: true });
  assert.equal(asked.length, count, "nothing is left of the first");
});

test("a width changes by keys at once, and is told when it stays", () => {
  grid.columns.show(1, [["$.a", "a", 80]]);
  const grip = named("Width of a");
  press(grip, "ArrowRight");
  press(grip, "ArrowRight");
  assert.deepEqual(
    [grip.getAttribute("aria-valuenow"), sheet().style.getPropertyValue("--kws-own"), asked],
    ["100", "100px", []],
  );
  mock.timers.tick(400);
  assert.deepEqual(asked, [[["$.a", "a", 100]]]);
  press(grip, "Home");
  assert.equal(grip.getAttribute("aria-valuenow"), "40");
  assert.equal(press(grip, "x"), true, "other keys are free");
  grid.close();
  mock.timers.tick(400);
  assert.equal(asked.length, 1);
});

test("a column of numbers has a curve of those that came, and says it in words", () => {
  grid.columns.show(1, [
    ["$.p", "p", 80],
    ["$.s", "s", 80],
  ]);
  tick([withCells(0, "1", "x"), withCells(1, "10.0", "y"), withCells(2, "", "z")]);
  const [price, symbol] = heads();
  const spark = price!.querySelector(".kws-own-spark")!;
  assert.equal(spark.hasAttribute("hidden"), false);
  assert.equal(spark.querySelector("polyline")!.getAttribute("points"), "0.0,13.0 48.0,1.0");
  assert.match(named("Column p").title, /^\$\.p\nthe last 2 numbers: 1 to 10\.0, now 10\.0\n/);
  assert.equal(symbol!.querySelector(".kws-own-spark")!.hasAttribute("hidden"), true);
  tick([withCells(1, "10.0", "y"), withCells(2, "", "z"), withCells(3, "4", "")], { first: 1 });
  assert.match(named("Column p").title, /the last 3 numbers: 1 to 10\.0, now 4/);
  tick(
    Array.from({ length: 60 }, (_, at) => withCells(1000 + at, String(at), "")),
    { first: 1000 },
  );
  assert.match(named("Column p").title, /the last 9 numbers: 1 to 59, now 59/, "of a fast stream a sample");
  tick([withCells(0, "7", ""), withCells(1, "7", "")], { gen: 2 });
  assert.match(named("Column p").title, /the last 2 numbers: 7 to 7, now 7/, "another filter begins anew");
});

test("without a kernel nothing can be changed", () => {
  grid.columns.show(1, [["$.a", "a", 80]]);
  grid.columns.enable(false);
  assert.deepEqual(
    [named("Add a column").hidden, (named("Column a") as HTMLButtonElement).disabled, named("Width of a").hidden],
    [true, true, true],
  );
  grid.columns.enable(true);
  assert.equal((named("Column a") as HTMLButtonElement).disabled, false);
});

test("without a kernel to ask, adding a column fails", async () => {
  const { columns } = new Grid(pages, {
    fetch: () => undefined,
    select: () => undefined,
    command: () => undefined,
    followed: () => undefined,
    menu: () => false,
  });
  await assert.rejects(columns.add("$.a"), /^Error: no kernel$/);
  await assert.rejects(columns.complete("$."), /^Error: no kernel$/);
});

test("a column that cannot be moved stays where it is", async () => {
  grid.columns.show(1, [
    ["$.a", "a", 80],
    ["$.b", "b", 90],
  ]);
  refuse = new Error("the kernel is gone");
  sheet().style.setProperty("--kws-own", "1px");
  press(named("Column a"), "ArrowRight", { shiftKey: true });
  await settled();
  assert.deepEqual([asked.length, names()], [1, ["a", "b"]]);
  assert.equal(sheet().style.getPropertyValue("--kws-own"), "80px 90px", "the widths are those that are");
});

/** What a pointer does to an element; true when nobody prevented it. */
const pointer = (element: Element, name: string, clientX: number, button = 0): boolean =>
  element.dispatchEvent(
    Object.assign(new Event(name, { bubbles: true, cancelable: true }), { clientX, button, pointerId: 1 }),
  );

test("a width follows the pointer until it is let go", () => {
  grid.columns.show(1, [["$.a", "a", 80]]);
  const grip = named("Width of a");
  const captured: number[] = [];
  grip.setPointerCapture = (id) => void captured.push(id);
  const width = (): string => sheet().style.getPropertyValue("--kws-own");
  assert.equal(pointer(grip, "pointerdown", 100, 2), true, "another button is the browser's");
  pointer(grip, "pointermove", 150);
  assert.deepEqual([width(), captured], ["80px", []]);
  assert.equal(pointer(grip, "pointerdown", 100), false);
  pointer(grip, "pointermove", 150.4);
  assert.deepEqual([width(), captured], ["130px", [1]]);
  pointer(grip, "pointermove", -500);
  assert.equal(width(), "40px");
  pointer(grip, "pointermove", 5000);
  assert.equal(width(), "1000px");
  pointer(grip, "pointermove", 90);
  pointer(grip, "lostpointercapture", 90);
  pointer(grip, "pointermove", 500);
  assert.equal(width(), "70px");
  mock.timers.tick(400);
  assert.deepEqual(asked, [[["$.a", "a", 70]]]);
});

test("a head is dragged to its place, which is seen before it is let go; a press without a way is a click", async () => {
  const columns: Column[] = [
    ["$.a", "a", 100],
    ["$.b", "b", 100],
    ["$.c", "c", 100],
  ];
  grid.columns.show(1, columns);
  heads().forEach((head, at) => {
    head.getBoundingClientRect = () => ({ left: 100 * at, width: 100 }) as DOMRect;
  });
  const head = named("Column a");
  head.setPointerCapture = () => undefined;
  const drops = (): (string | null)[] => heads().map((one) => one.getAttribute("data-drop"));
  const dragged = (): boolean => heads()[0]!.classList.contains("kws-dragged");
  const opened = (): boolean => document.querySelector(".kws-column") !== null;

  pointer(head, "pointerdown", 50, 2);
  pointer(head, "pointermove", 250);
  assert.equal(dragged(), false, "another button");

  pointer(head, "pointerdown", 50);
  pointer(head, "pointermove", 52);
  assert.deepEqual([dragged(), drops()], [false, [null, null, null]]);
  pointer(head, "pointerup", 52);
  head.click();
  assert.deepEqual([opened(), asked], [true, []]);
  head.click();
  assert.equal(opened(), false);

  pointer(head, "pointerdown", 50);
  pointer(head, "pointermove", 120);
  assert.deepEqual([dragged(), drops()], [true, [null, "before", ""]]);
  pointer(head, "pointermove", 180);
  assert.deepEqual(drops(), [null, "", "before"]);
  pointer(head, "pointermove", 290);
  assert.deepEqual(drops(), [null, "", "after"]);
  pointer(head, "pointermove", 51); // once it is dragged, the way back counts too
  assert.deepEqual(drops(), [null, "before", ""]);
  pointer(head, "pointerup", 180);
  assert.deepEqual([dragged(), drops()], [false, [null, null, null]]);
  assert.deepEqual(asked, [[columns[1], columns[0], columns[2]]]);
  head.click(); // what the browser says of a press that ends on the same element
  assert.equal(opened(), false, "it was dragged, not clicked");
  head.click();
  assert.equal(opened(), true);
  head.click();
  pointer(head, "pointermove", 290);
  assert.equal(dragged(), false, "it was let go");

  pointer(head, "pointerdown", 50);
  pointer(head, "pointermove", 290);
  pointer(head, "pointercancel", 290);
  assert.deepEqual([dragged(), drops(), asked.length], [false, [null, null, null], 1]);
});

test("what the kernel says of before undoes no pull, and a pull sends no order of before", async () => {
  grid.columns.show(1, [
    ["$.s", "symbol", 100],
    ["$.p", "price", 100],
  ]);
  press(named("Width of price"), "ArrowLeft");
  const [, , pulled] = grid.columns.columns[1]!;
  assert.notEqual(pulled, 100);
  grid.columns.show(1, [
    ["$.s", "symbol", 100],
    ["$.p", "price", 100],
  ]);
  assert.equal(grid.columns.columns[1]![2], pulled);
  press(named("Column price"), "ArrowLeft", { shiftKey: true });
  await settled();
  mock.timers.tick(5000);
  await settled();
  assert.deepEqual(asked, [
    [
      ["$.p", "price", pulled],
      ["$.s", "symbol", 100],
    ],
  ]);
  grid.columns.show(1, [
    ["$.p", "price", 77],
    ["$.s", "symbol", 100],
  ]);
  assert.equal(grid.columns.columns[0]![2], 77, "the kernel knows: what it says holds again");
});

test("a column that stays empty is doubted: while rows are there, and until one has something", async () => {
  const doubts: string[] = [];
  grid.columns.advise = (path) => {
    doubts.push(path);
    return path === "$.idd" ? Promise.resolve("no message has the key idd") : Promise.reject(new Error("gone"));
  };
  grid.columns.show(1, [
    ["$.idd", "idd", 80],
    ["$.x", "x", 80],
  ]);
  const doubted = (): (string | null)[] => heads().map((head) => head.getAttribute("data-doubt"));
  tick([aRow(0, { kind: "open" })]);
  assert.deepEqual(doubts, [], "no message yet");
  tick([aRow(0, { kind: "open" }), aRow(1)]);
  await settled();
  tick([aRow(0), aRow(1), aRow(2)]);
  await settled();
  assert.deepEqual(
    [doubts, doubted()],
    [
      ["$.idd", "$.x"],
      ["true", "false"],
    ],
  );
  assert.match(heads()[0]!.querySelector("button")!.title, /no message has the key idd/);
  tick([aRow(0), aRow(1), aRow(2), withCells(3, "7", "")]);
  assert.deepEqual(doubted(), ["false", "false"]);
});

test("a path that no message has is doubted once before it becomes a column", async () => {
  grid.columns.show(1, []);
  grid.columns.advise = (path) => Promise.resolve(path === "$.idd" ? "no message has the key idd" : "");
  named("Add a column").click();
  const dialog = document.querySelector<HTMLElement>(".kws-column")!;
  const path = dialog.querySelector("input")!;
  const said = (): string => dialog.querySelector("[role=alert]")!.textContent!;
  path.value = "$.idd";
  press(path, "Enter");
  await settled();
  assert.deepEqual([asked, said()], [[], "no message has the key idd (Add once more does it anyway)"]);
  press(path, "Enter");
  await settled();
  assert.deepEqual(asked, [[["$.idd", "", 0]]]);
});
