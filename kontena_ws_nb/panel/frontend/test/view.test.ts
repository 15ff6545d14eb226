import { clipboard, frame, labelled, mouse, press, settled, type } from "./browser";
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import entry from "../src/index";
import type { DecodedInfo, RowItem } from "../src/messages";
import type { View } from "../src/view";
import { Kernel } from "./kernel";
import { aDetail, aRow, aSession, aSource, aTick } from "./samples";

let kernel: Kernel;
let root: HTMLElement;
let remove: () => void;
const encode = (value: unknown): DataView =>
  new DataView(new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)).buffer);
const part = <T extends HTMLElement = HTMLElement>(selector: string): T => root.querySelector<T>(selector)!;
const grid = (): HTMLElement => part(".kws-grid");
const tab = (name: string): HTMLButtonElement =>
  [...root.querySelectorAll<HTMLButtonElement>("[role=tab]")].find((one) => one.textContent === name)!;
const said = (): string => part(".kws-offscreen[role=status]").textContent!;
function tick(rows: RowItem[], parts: Parameters<typeof aTick>[0] = {}): void {
  kernel.say(aTick({ n: rows.length, kept: rows.length, total: rows.length, ...parts }), [encode(rows)]);
  frame();
}
/** Answers the detail that was asked for. */
async function details(...texts: string[]): Promise<void> {
  const asked = kernel.sent.filter(({ k }) => k === "detail").slice(-texts.length);
  for (const [at, { id, key }] of asked.entries())
    kernel.say(aDetail(key!, { id, size: texts[at]!.length, next: texts[at]!.length }), [encode(texts[at]!)]);
  await settled();
}
const row = (index: number): HTMLElement =>
  [...grid().querySelectorAll<HTMLElement>(".kws-row")].find(
    (one) => !one.hidden && one.children[0]!.textContent === String(index),
  )!;
const click = (index: number, modifiers: Parameters<typeof mouse>[1] = {}): void => {
  mouse(row(index), modifiers);
  frame();
};

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  kernel = new Kernel();
  root = document.createElement("div");
  document.body.replaceChildren(root);
  remove = entry.render({ model: kernel, el: root });
  Object.defineProperty(part(".kws-body"), "clientHeight", { value: 220, configurable: true });
});
afterEach(() => remove());

test("a tick paints the rows; the handle counts; the end leaves nothing", () => {
  tick([aRow(0), aRow(1)]);
  assert.ok(row(1));
  assert.equal((part(".kws") as HTMLElement & { kws: View }).kws.ticks, 1);
  remove();
  assert.deepEqual([root.childElementCount, kernel.listeners.size], [0, 0]);
});

/** Shows a panel again as a page does that found it in a notebook. */
async function reopened(live: boolean | undefined, parts: Parameters<typeof aTick>[0] = {}): Promise<void> {
  remove();
  kernel.traits.set("_snapshot", {
    tick: aTick({ n: 3, kept: 3, ...parts }),
    rows: [aRow(1), aRow(2)],
    time: 1_700_000_000_000_000,
    id: "abc",
  });
  kernel.traits.set("_times", "start");
  kernel.widget_manager = { get_model: () => Promise.resolve(live === undefined ? {} : { comm_live: live }) };
  remove = entry.render({ model: kernel, el: root });
  Object.defineProperty(part(".kws-body"), "clientHeight", { value: 220, configurable: true });
  await settled();
  frame();
}

test("what was saved is painted, and said not to be live: nothing can be asked or sent", async () => {
  await reopened(false);
  assert.deepEqual([part(".kws-counts").textContent, part(".kws-times").textContent], ["3 rows", "Since start"]);
  assert.deepEqual([row(0), row(2)?.hidden], [undefined, false]); // the first of the three was not saved
  assert.equal(part(".kws-state").textContent, "saved, not live");
  assert.match(
    part(".kws-banner").textContent!,
    /^Saved 2023-11-1.*, the last 2 of 3 rows, not live: run the cell again/,
  );
  assert.deepEqual(
    [part<HTMLButtonElement>(".kws-send"), part<HTMLInputElement>(".kws-filter"), labelled(root, "Clear")].map(
      ({ disabled }) => disabled,
    ),
    [true, true, true],
  );
  assert.ok(["Handshake", "Certificate", "Statistics"].every((name) => tab(name).disabled));
  mock.timers.tick(5000);
  assert.equal(part(".kws-waiting").textContent, "");
  assert.deepEqual(kernel.kinds().filter((kind) => kind !== "hello" && kind !== "bye").length, 0);
  click(2);
  await settled();
  assert.match(part(".kws-content").textContent!, /only the table was saved/);
  tick([aRow(0), aRow(1), aRow(2)]); // a kernel after all
  assert.deepEqual([part(".kws-state").textContent, part(".kws-banner").hidden], ["open", true]);
  assert.equal(part<HTMLInputElement>(".kws-filter").disabled, false);
  assert.equal(tab("Statistics").disabled, false);
  assert.ok(row(0));
});

test("of a session that was closed, a saved page says how; where nobody tells whether a kernel is there, silence does", async () => {
  const session = aSession({ state: "closed", error: "it broke" });
  await reopened(undefined, { n: 2, session });
  assert.equal(part(".kws-state").textContent, "closed");
  mock.timers.tick(1000);
  assert.equal(part(".kws-state").textContent, "saved, not live");
  assert.match(
    part(".kws-banner > span").textContent!,
    /:\d\d\.\d+ \S+, not live: run the cell again to go live\. It ended: it broke$/,
  );
  mock.timers.tick(1000);
  assert.equal(part(".kws-waiting").textContent, "");
});

test("with a kernel, what was saved stands there until it speaks, and the table in the notebook is hidden", async () => {
  await reopened(true);
  assert.equal(part(".kws-state").textContent, "open");
  mock.timers.tick(1000);
  assert.equal(part(".kws-waiting").textContent, "waiting for the kernel…");
  assert.match(part("style").textContent!, /^\.kws-saved-abc, .*display: none/);
  kernel.listeners.get("change:_snapshot")!();
  assert.equal(root.querySelectorAll("style").length, 1);
  const cells = [{ outputs: { length: 1, get: () => output } }];
  const output = { data: { "text/html": '<div class="kws-saved-abc">' }, setData: mock.fn() };
  kernel.widget_manager = { context: { model: { cells } } };
  kernel.say({ k: "saved", id: "", html: '<div class="kws-saved-abc">new', text: "new" });
  assert.equal(output.setData.mock.callCount(), 1);
});

test("a row shows its message; two rows what they differ in", async () => {
  tick([aRow(0), aRow(1), aRow(2)]);
  click(0);
  assert.deepEqual(kernel.asked("select").keys, [0]);
  await details("hello");
  assert.deepEqual([part(".kws-content").textContent, tab("Message").getAttribute("aria-selected")], ["hello", "true"]);
  click(2, { ctrlKey: true });
  assert.deepEqual(kernel.asked("select").keys, [0, 2]);
  await details("hello", "hallo");
  assert.match(part(".kws-pane").textContent!, /1 line differs/);
  assert.equal(said(), "2 rows selected");
  press(grid(), "c");
  await settled();
  assert.equal(clipboard.copied.at(-1), "− hello\n+ hallo");
  labelled(root, "Go to #2").click();
  kernel.answer("locate", { gen: 1, at: 2, near: 2 });
  await settled();
  await details("hallo");
  assert.deepEqual([kernel.asked("select").keys, part(".kws-content").textContent], [[2], "hallo"]);
  click(0, { shiftKey: true });
  assert.deepEqual(kernel.asked("select").keys, [0, 1, 2]);
  await details("hello");
  assert.equal(part(".kws-content").textContent, "hello");
});

test("the chosen row is looked for in the next view, and again when the search has ended", async () => {
  tick([aRow(3), aRow(7), aRow(9)], { filter: "x" });
  click(7);
  await details("seven");
  const asked = (): number => kernel.kinds().filter((kind) => kind === "locate").length;
  tick([aRow(1)], { gen: 2, filter: "y", busy: true });
  kernel.answer("locate", { gen: 2, at: null, near: 0 });
  await settled();
  tick([aRow(1), aRow(7)], { gen: 2, filter: "y", busy: true });
  assert.equal(asked(), 1);
  tick([aRow(1), aRow(7)], { gen: 2, filter: "y" });
  assert.equal(asked(), 2);
  kernel.answer("locate", { gen: 2, at: 1, near: 1 });
  await settled();
  tick([aRow(1), aRow(7)], { gen: 2, filter: "y" });
  assert.equal(asked(), 2);
  tick(
    Array.from({ length: 40 }, (_, at) => aRow(at < 20 ? at : at + 20)),
    { gen: 4, filter: "z" },
  );
  kernel.answer("locate", { gen: 4, at: null, near: 20 });
  await settled();
  frame();
  assert.deepEqual(
    [row(40).textContent!.includes("row 40"), row(0)],
    [true, undefined],
    "next to the row that is hidden",
  );
  tick([aRow(0)], { gen: 3 });
  kernel.answer("locate", { k: "error", message: "the kernel is busy", position: null });
  await settled();
  assert.equal(part(".kws-banner span").textContent, "the kernel is busy");
});

test("keys: filter, list of keys, follow, details; and what needs a row says so", async () => {
  tick([aRow(0), aRow(1)]);
  press(grid(), "r");
  assert.match(part(".kws-content").textContent!, /Select a message/);
  press(grid(), "Escape");
  assert.equal(part(".kws-pane").hidden, true);
  press(grid(), "/");
  assert.equal(document.activeElement, part(".kws-filter"));
  press(grid(), "f");
  assert.equal(labelled(root, "Follow").getAttribute("aria-pressed"), "false");
  grid().focus();
  press(grid(), "?");
  assert.equal(part(".kws-help").hidden, false);
  press(document.activeElement as HTMLElement, "Escape");
  assert.equal(document.activeElement, grid());
  labelled(root, "Keys").click();
  press(document.activeElement as HTMLElement, "Escape");
  click(1);
  press(grid(), "Escape");
  press(grid(), "Enter");
  assert.equal(part(".kws-pane").hidden, false);
});

test("keys on a row: copy, edit, send again; of several the one the keyboard is on", async () => {
  tick([aRow(0), aRow(1)]);
  click(0);
  await details("hello");
  press(grid(), "c");
  await settled();
  assert.equal(clipboard.copied.at(-1), "hello");
  press(grid(), "e");
  await settled();
  assert.deepEqual(
    [part<HTMLTextAreaElement>(".kws-text").value, document.activeElement],
    ["hello", part(".kws-text")],
  );
  click(1, { ctrlKey: true });
  await details("hello", "other");
  press(grid(), "r");
  kernel.answer("locate", { gen: 1, at: 1, near: 1 });
  await settled();
  await details("other");
  await settled();
  assert.deepEqual(
    [kernel.kinds().includes("resend"), part<HTMLTextAreaElement>(".kws-text").value, document.activeElement],
    [false, "other", part(".kws-text")],
  ); // it was received
  assert.equal(part(".kws-result").textContent, "not sent yet: it was received");
  type(part<HTMLTextAreaElement>(".kws-text"), "mine");
  assert.equal(part(".kws-result").textContent, "");
  tick([aRow(0), aRow(1), aRow(2, { sent: 1 })]);
  click(2);
  const { id } = kernel.asked("detail");
  kernel.say(aDetail(2, { id, sent: 1, size: 4, next: 4 }), [encode("mine")]);
  await settled();
  press(grid(), "r");
  await settled();
  assert.equal(kernel.asked("resend").key, 2);
  kernel.answer("resend", { k: "sent", index: 7 });
  await settled();
  assert.match(part(".kws-tools").textContent!, /sent as #7/);
});

test("the time column is remembered for the panel, and follows other views", () => {
  tick([aRow(0)]);
  press(grid(), "t");
  assert.deepEqual([kernel.traits.get("_times"), kernel.saves], ["start", 1]);
  kernel.traits.set("_times", "selected");
  kernel.listeners.get("change:_times")!();
  assert.deepEqual([part(".kws-times").textContent, kernel.saves], ["vs selected", 1]);
  kernel.traits.set("_times", "nonsense");
  kernel.listeners.get("change:_times")!();
  assert.equal(part(".kws-times").textContent, "vs selected");
});

test("what Python asks is done once: rows, following, nothing", async () => {
  const rows = Array.from({ length: 40 }, (_, at) => aRow(at));
  tick(rows, { asked: { follow: [1, false], select: [1, [3, 5], 3] } });
  await details("a", "b");
  assert.match(part(".kws-pane").textContent!, /1 line differs/);
  assert.equal(labelled(root, "Follow").getAttribute("aria-pressed"), "false");
  const asked = kernel.kinds().filter((kind) => kind === "detail").length;
  tick(rows, { asked: { follow: [1, false], select: [1, [3, 5], 3] } });
  assert.equal(kernel.kinds().filter((kind) => kind === "detail").length, asked);
  tick(rows, { asked: { follow: [2, true], select: [2, [], null] } });
  assert.match(part(".kws-pane").textContent!, /Select a message/);
});

test("another session's rows: nothing of the old one is left", async () => {
  tick([aRow(0)]);
  click(0);
  await details("hello");
  tick([aRow(0)], { session: aSession({ name: "other" }), sources: [aSource({ name: "other" })] });
  assert.match(part(".kws-pane").textContent!, /Select a message/);
  assert.equal(grid().querySelector("[aria-selected=true]"), null);
});

test("states are said: closed and why, connecting again, open", async () => {
  const close = { code: 1000, meaning: "normal closure", reason: "", by: "you" } as const;
  tick([aRow(0)]);
  assert.equal(part(".kws-banner").hidden, true);
  tick([aRow(0)], { session: aSession({ state: "closed", close }) });
  assert.deepEqual(
    [part(".kws-banner span").textContent, said()],
    ["closed 1000 normal closure by you", "closed 1000 normal closure by you"],
  );
  for (const [code, bad] of [
    [1000, "false"],
    [1011, "true"],
  ] as const) {
    tick([aRow(0)], {
      session: aSession({ state: "closed", close: { ...close, code, by: "the server" }, error: "x" }),
    });
    assert.equal(part(".kws-banner").dataset.bad, bad);
  }
  labelled(root, "Reconnect").click();
  assert.equal(labelled(root, "Reconnect").disabled, true);
  kernel.answer("reconnect", { k: "error", message: "refused", position: null });
  await settled();
  tick([aRow(0)], { session: aSession({ state: "closed", close }) });
  assert.equal(part(".kws-banner span").textContent, "refused"); // and stays
  labelled(root, "Reconnect").click();
  kernel.answer("reconnect", { k: "done" });
  tick([aRow(0)], { session: aSession({ state: "connecting", error: "lost" }) });
  assert.equal(part(".kws-banner span").textContent, "connecting again: lost");
  tick([aRow(0)]);
  assert.equal(part(".kws-banner").hidden, true);
  tick([aRow(0)], { session: aSession({ state: "closed", close }) });
  assert.equal(labelled(root, "Reconnect").hidden, false);
  kernel.listeners.get("comm_live_update")!();
  assert.equal(labelled(root, "Reconnect").hidden, true); // whom should it ask?
});

test("an empty panel says what to do", () => {
  const hint = (parts: Parameters<typeof aTick>[0]): string => {
    tick([], parts);
    return part(".kws-empty").textContent!;
  };
  assert.match(hint({}), /No messages yet: type one below, or send one from a cell/);
  assert.equal(hint({ filter: "x", busy: true }), "Searching…");
  assert.equal(hint({ filter: "x" }), "No row matches this filter.");
  const error = part(".kws-filter-error");
  error.hidden = false;
  assert.equal(hint({ filter: "x" }), "", "beside what is wrong with the filter, nothing else is said");
  error.hidden = true;
  assert.equal(hint({ session: aSession({ state: "connecting" }) }), "Connecting…");
  assert.equal(hint({ session: aSession({ state: "log", can: [] }) }), "No messages.");
  tick([aRow(0), aRow(1), aRow(2), aRow(3)]);
  assert.equal(part(".kws-empty").textContent, "");
});

test("pages that are missing are fetched; an old view's answer is dropped, a failure asked again", async () => {
  tick([aRow(4999)], { n: 5000, first: 0 });
  labelled(root, "Follow").click();
  const scroll = (at: number): void => {
    part(".kws-body").scrollTop = at * 22;
    part(".kws-body").dispatchEvent(new Event("scroll"));
    frame();
  };
  scroll(1010);
  assert.equal(kernel.asked("rows").id.length > 0, true);
  kernel.answer("rows", { gen: 99, first: 1000, layout: 0 }, [encode([aRow(1000)])]);
  await settled();
  frame();
  kernel.answer("rows", { gen: 1, first: 1000, layout: 0 }, [
    encode(Array.from({ length: 100 }, (_, at) => aRow(1000 + at))),
  ]);
  await settled();
  frame();
  assert.ok([...grid().querySelectorAll(".kws-row")].some((one) => one.textContent!.includes("row 1012")));
  scroll(3010);
  const count = kernel.kinds().filter((kind) => kind === "rows").length;
  kernel.answer("rows", { k: "error", message: "busy", position: null });
  await settled();
  frame();
  assert.equal(kernel.kinds().filter((kind) => kind === "rows").length, count + 1);
});

test("tabs fetch what they show, and say what went wrong", async () => {
  tick([aRow(0)]);
  tab("Handshake").click();
  assert.equal(part(".kws-pane").textContent, "…");
  kernel.answer("handshake", { available: false });
  await settled();
  assert.match(part(".kws-pane").textContent!, /There is no handshake/);
  part(".kws-lock").click();
  kernel.answer("certificate", { k: "error", message: "no kernel", position: null });
  await settled();
  assert.equal(part(".kws-pane").textContent, "no kernel");
  tab("Statistics").click();
  tick([aRow(0)]);
  assert.match(part(".kws-pane").textContent!, /Received/);
  tab("Handshake").click();
  const slow = kernel.asked("handshake");
  tab("Statistics").click();
  kernel.say({ k: "handshake", id: slow.id, available: false });
  await settled();
  assert.match(part(".kws-pane").textContent!, /Received/);
});

test("freezing, clearing, closing and the filter reach grid and kernel", async () => {
  tick([aRow(0)]);
  labelled(root, "Freeze").click();
  assert.equal(labelled(root, "Freeze").getAttribute("aria-pressed"), "true");
  labelled(root, "Follow").click();
  labelled(root, "Follow").click();
  assert.equal(labelled(root, "Freeze").getAttribute("aria-pressed"), "false");
  part(".kws-clear").click();
  kernel.answer("clear", { k: "error", message: "no", position: null });
  await settled();
  assert.equal(part(".kws-banner span").textContent, "no");
  type(part<HTMLInputElement>(".kws-filter"), "dir:sent");
  press(part(".kws-filter"), "Enter");
  assert.equal(kernel.asked("filter").text, "dir:sent");
  press(part(".kws-filter"), "ArrowDown");
  assert.equal(document.activeElement, grid());
  assert.deepEqual(kernel.asked("select").keys, [0]); // the first in sight
  const asked = kernel.kinds().length;
  press(part(".kws-filter"), "ArrowDown");
  assert.equal(kernel.kinds().length, asked); // one is chosen already
  labelled(root, "Disconnect").click();
  for (const message of [{ k: "error", message: "closing", position: null }, { k: "done" }] as const) {
    labelled(root, "Close connection").click();
    kernel.answer("close", message);
    await settled();
  }
  labelled(root, "Session ws").click();
  kernel.answer("sessions", { sessions: [{ name: "b", url: "ws://b", state: "open", shown: false }] });
  await settled();
  part(".kws-session").click();
  kernel.answer("show", { k: "done" });
  labelled(root, "Export").click();
  labelled(root, "CSV").click();
  kernel.answer("export", { k: "error", message: "no disk", position: null });
  await settled();
  assert.match(part(".kws-export").textContent!, /not saved: no disk/);
});

test("what the composer sends goes as text or as bytes", async () => {
  tick([aRow(0)]);
  type(part<HTMLTextAreaElement>(".kws-text"), "hi");
  part(".kws-send").click();
  assert.deepEqual(kernel.asked("send").text, "hi");
  kernel.answer("send", { k: "sent", index: 1 });
  await settled();
  type(part<HTMLSelectElement>(".kws-mode"), "Hex");
  type(part<HTMLTextAreaElement>(".kws-text"), "ff");
  part(".kws-send").click();
  assert.equal(kernel.asked("send").text, "");
});

test("a row that cannot be gone to says why; a dead kernel too", async () => {
  tick([aRow(0), aRow(1)]);
  click(0);
  kernel.say(
    aDetail(0, {
      id: kernel.asked("detail").id,
      size: 1,
      next: 1,
      pair: { key: 1, index: 1, sent: 0, answer: true, took: 5 },
    }),
    [encode("x")],
  );
  await settled();
  part(".kws-pair").click();
  kernel.answer("locate", { k: "error", message: "it was dropped", position: null });
  await settled();
  assert.equal(part(".kws-banner span").textContent, "it was dropped");
  kernel.listeners.get("comm_live_update")!();
  assert.match(part(".kws-banner span").textContent!, /run the cell again/);
  assert.equal(part(".kws-state").textContent, "no kernel");
});

test("what had the focus in the details keeps it while another message is on its way, and hands it on when it comes", async () => {
  tick([aRow(0), aRow(1)]);
  click(0);
  const { id } = kernel.asked("detail");
  kernel.say(aDetail(0, { id, size: 1, next: 1, pair: { key: 1, index: 1, sent: 0, answer: true, took: 5 } }), [
    encode("x"),
  ]);
  await settled();
  part(".kws-pair").focus();
  part(".kws-pair").click();
  kernel.answer("locate", { gen: 1, at: 1, near: 1 });
  await settled();
  assert.equal(document.activeElement, part(".kws-pair"));
  await details("y");
  await settled();
  assert.equal(document.activeElement, part(".kws"));
});

test("the table is resized by pointer and by key, within bounds", () => {
  const splitter = part(".kws-splitter");
  const table = part(".kws-table");
  Object.defineProperty(table, "offsetHeight", { get: () => Number.parseInt(table.style.height || "308", 10) });
  Object.assign(splitter, { setPointerCapture: () => undefined });
  const pointer = (name: string, clientY: number): boolean =>
    splitter.dispatchEvent(Object.assign(new Event(name), { clientY, pointerId: 1 }));
  pointer("pointerdown", 100);
  pointer("pointermove", 150);
  assert.equal(splitter.getAttribute("aria-valuenow"), "358");
  pointer("lostpointercapture", 0);
  pointer("pointermove", 500);
  assert.equal(splitter.getAttribute("aria-valuenow"), "358");
  press(splitter, "ArrowDown");
  press(splitter, "ArrowUp");
  press(splitter, "x");
  pointer("pointerdown", 0);
  pointer("pointermove", -5000);
  assert.equal(table.style.height, "110px");
});

test("with details open, table and details trade space; keys go further, and to either end", () => {
  tick([aRow(0)]);
  const [splitter, table, pane] = [part(".kws-splitter"), part(".kws-table"), part(".kws-pane")];
  for (const [element, at] of [
    [table, "308"],
    [pane, "220"],
  ] as const)
    Object.defineProperty(element, "offsetHeight", { get: () => Number.parseInt(element.style.height || at, 10) });
  tab("Message").click();
  const after = (key: string): number[] => {
    press(splitter, key);
    return [table, pane].map(({ offsetHeight }) => offsetHeight);
  };
  assert.deepEqual(["ArrowDown", "PageUp", "PageDown", "End", "ArrowDown", "Home"].map(after), [
    [330, 198],
    [220, 308],
    [330, 198],
    [448, 80],
    [448, 80],
    [110, 418],
  ]);
  assert.deepEqual([splitter.getAttribute("aria-valuenow"), splitter.getAttribute("aria-valuemax")], ["110", "448"]);
  tab("Message").click();
  press(splitter, "End");
  assert.deepEqual([table.offsetHeight, pane.offsetHeight], [2000, 418]);
});

test("keys from anywhere in the panel: the table's letters, from the panel itself its arrows; none is the page's", async () => {
  tick([aRow(0), aRow(1), aRow(2)]);
  const leaked: string[] = [];
  root.addEventListener("keydown", ({ key }) => leaked.push(key));
  const panel = part(".kws");
  panel.focus();
  for (const key of ["m", "a", "b", "d", "d", "x"]) press(panel, key);
  press(panel, "ArrowUp");
  frame();
  await details("hello");
  assert.deepEqual([part(".kws-content").textContent, document.activeElement], ["hello", grid()]);
  part(".kws-content").focus();
  for (const key of ["m", "c", "Enter"]) press(part(".kws-content"), key);
  await settled();
  assert.equal(clipboard.copied.at(-1), "hello");
  press(part(".kws-content"), "t");
  assert.equal(part(".kws-times").textContent, "Since start");
  const before = kernel.sent.length;
  for (const field of [part(".kws-filter"), part(".kws-text"), part(".kws-mode")]) press(field, "t");
  assert.deepEqual([part(".kws-times").textContent, kernel.sent.length], ["Since start", before]);
  press(part(".kws-content"), "e", { ctrlKey: true });
  assert.deepEqual(leaked, ["e"]);
  part(".kws-content").focus();
  press(part(".kws-content"), "Escape");
  assert.deepEqual([part(".kws-pane").hidden, document.activeElement], [true, grid()]);
});

const arrange = (): void => {
  kernel.traits.set("_arrangement", {
    layout: 3,
    columns: [["$.a", "a", 80]],
    highlights: [["ping", "red", 1]],
    problems: [""],
  });
  kernel.listeners.get("change:_arrangement")!();
};
const dressed = [...aRow(1), ["1.5"], 1] as unknown as RowItem;

test("columns and highlights are the widget's: asked of the kernel, and shown in every view", async () => {
  arrange();
  tick([aRow(0), dressed], { layout: 3 });
  assert.deepEqual(
    [row(1).querySelector(".kws-own")!.textContent, row(1).classList.contains("kws-in-red")],
    ["1.5", true],
  );
  labelled(root, "Add a column").click();
  part<HTMLInputElement>("[aria-label=Path]").value = "$.b";
  labelled(root, "Add").click();
  kernel.answer("advise", { text: "" });
  await settled();
  const { paths, titles, widths } = kernel.asked("columns") as unknown as Record<string, unknown>;
  assert.deepEqual(
    [paths, titles, widths],
    [
      ["$.a", "$.b"],
      ["a", ""],
      [80, 0],
    ],
  );
  part<HTMLInputElement>(".kws-filter").value = "pong";
  part(".kws-marker").click();
  labelled(root, "Highlight in blue").click();
  const { filters, colours, on } = kernel.asked("highlights") as unknown as Record<string, unknown>;
  assert.deepEqual(
    [filters, colours, on],
    [
      ["ping", "pong"],
      ["red", "blue"],
      [1, 1],
    ],
  );
  labelled(root, "Filter by ping").click();
  assert.equal(kernel.asked("filter").text, "ping");
});

test("rows of older columns are neither kept nor taken", async () => {
  arrange();
  tick([aRow(499)], { n: 500, first: 0, layout: 2 });
  labelled(root, "Follow").click();
  part(".kws-body").scrollTop = 0;
  part(".kws-body").dispatchEvent(new Event("scroll"));
  frame();
  tick([aRow(499)], { n: 500, first: 0, layout: 3 });
  const old = Array.from({ length: 100 }, (_, at) => aRow(at, { preview: "old" }));
  kernel.answer("rows", { gen: 1, first: 0, layout: 2 }, [encode(old)]);
  await settled();
  frame();
  assert.equal(grid().textContent!.includes("old"), false);
  const rows = Array.from({ length: 100 }, (_, at) => [...aRow(at), [`new ${at}`]]);
  kernel.answer("rows", { gen: 1, first: 0, layout: 3 }, [encode(rows)]);
  await settled();
  frame();
  assert.equal(row(0).querySelector(".kws-own")!.textContent, "new 0");
});

test("what was saved has its columns, and nothing that asks a kernel", async () => {
  arrange();
  await reopened(false, { layout: 3 });
  assert.deepEqual(
    [part(".kws-own-name").textContent, part<HTMLButtonElement>(".kws-own-head").disabled, part(".kws-add").hidden],
    ["a", true, true],
  );
  assert.equal(part<HTMLButtonElement>(".kws-marker").disabled, true);
});

/** A right click on a row, and what the menu offers then. */
function offered(index: number): string[] {
  row(index).dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true }));
  frame();
  return [...root.querySelectorAll("[role=menuitem]")].map((one) => one.getAttribute("aria-label")!);
}
const choose = async (label: string): Promise<void> => {
  labelled(root, label).click();
  await settled();
};
/** Bookmarks as the kernel tells them. */
async function marked(state: number, marks: [number, number, string][], undo = 0): Promise<void> {
  tick([aRow(0), aRow(1), aRow(2, { sent: 1 })], { marks: state });
  kernel.answer("marks", { undo }, [encode(marks)]);
  await settled();
  frame();
}

test("the menu of a row: what it filters, compares, counts from and where it leads", async () => {
  tick([aRow(0), aRow(1), aRow(2, { sent: 1 })]);
  click(0);
  const entries = offered(2);
  assert.deepEqual(entries, [
    ...["Copy", "Copy as", "Edit in the composer", "Resend", "Filter like this", "Exclude this", "Compare with #0"],
    ...["Time zero here", "Go to its pair", "Bookmark", "Note …"],
  ]);
  const pair = { key: 1, index: 1, sent: 0, answer: true, took: 2000 } as const;
  kernel.answer("like", { filters: ["$.type=trade", "(kind:text dir:sent)"], pair });
  await settled();
  assert.ok(labelled(root, "Go to its response #1, 2.0 ms"));
  await choose("Filter like this");
  await choose("$.type=trade");
  assert.deepEqual([kernel.asked("filter").text, document.activeElement], ["$.type=trade", grid()]);
  offered(2);
  kernel.answer("like", { filters: ["$.type=trade"], pair: null });
  await settled();
  assert.equal(labelled(root, "Go to its pair").title, "no message the other way has its id");
  assert.equal(labelled(root, "Compare with selected").title, "select the other row first, then right-click this one");
  await choose("Exclude this");
  await choose("-$.type=trade");
  assert.equal(kernel.asked("filter").text, "-$.type=trade");
  click(0);
  offered(2);
  await choose("Compare with #0");
  assert.deepEqual(kernel.asked("select").keys, [0, 2]);
  click(1);
  offered(1);
  await choose("Time zero here");
  frame();
  assert.deepEqual([part(".kws-times").textContent, row(2).children[2]!.textContent], ["vs #1", "+0.001"]);
  click(2);
  assert.equal(row(2).children[2]!.textContent, "+0.001", "it stays");
  offered(1);
  await choose("Time as before");
  assert.equal(part(".kws-times").textContent, "vs selected");
  offered(0);
  kernel.answer("like", { k: "error", message: "message 0 was dropped", position: null } as never);
  await settled();
  assert.equal(labelled(root, "Go to its pair").title, "message 0 was dropped");
});

test("bookmarks: set, noted, walked through, removed; also those that Python set", async () => {
  await marked(64, [[1, 1_700_000_000_001_000, "look here"]]);
  assert.match(row(1)?.textContent ?? lines(), /bookmarked: look here/);
  click(0);
  press(grid(), "b");
  assert.deepEqual(kernel.asked("bookmark"), { ...kernel.asked("bookmark"), keys: [0], on: 1, note: null });
  kernel.answer("bookmark", { k: "done" });
  await settled();
  assert.equal(part(".kws-toast").textContent, "1 bookmark set");
  press(grid(), "n");
  kernel.answer("locate", { gen: 1, at: 1, near: 1 });
  await settled();
  assert.deepEqual(kernel.asked("select").keys, [1]);
  offeredMarked();
  await choose("Edit note …");
  const field = part<HTMLInputElement>(".kws-noting input");
  assert.equal(field.value, "look here");
  field.value = "and there";
  labelled(root, "Save note").click();
  assert.deepEqual(kernel.asked("bookmark"), { ...kernel.asked("bookmark"), keys: [1], on: 1, note: "and there" });
  kernel.answer("bookmark", { k: "error", message: "too long", position: null } as never);
  await settled();
  assert.equal(part(".kws-toast").textContent, "not noted: too long");
  offeredMarked();
  await choose("Remove bookmark");
  assert.equal((kernel.asked("bookmark") as unknown as { on: number }).on, 0);
  await marked(128, []);
  press(grid(), "p");
  assert.match(part(".kws-toast").textContent!, /^Nothing is bookmarked/);
  mock.timers.tick(5000);
  assert.equal(part(".kws-toast").hidden, true);
});

const lines = (): string => grid().textContent!;
/** The menu of row 1, which is bookmarked: its first cell says more than its number. */
function offeredMarked(): void {
  const [line] = [...grid().querySelectorAll<HTMLElement>(".kws-row")].filter((one) =>
    one.textContent!.startsWith("1 book"),
  );
  line!.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true }));
  frame();
}

test("several rows: copied, saved, sent again in order, made a DataFrame of", async () => {
  tick([aRow(0), aRow(1), aRow(2, { sent: 1 })]);
  click(0);
  click(2, { shiftKey: true });
  assert.deepEqual(offered(1), [
    ...["Copy as JSON Lines", "Export selected", "Resend 3 messages", "DataFrame in the notebook", "Bookmark all"],
  ]);
  await choose("Copy as JSON Lines");
  kernel.answer("lines", { k: "export", next: 2, stop: 3, rows: 2, layout: 4 }, [encode("a\n")]);
  await settled();
  assert.equal((kernel.asked("lines") as unknown as { layout: number }).layout, 4, "the columns of the part before");
  kernel.answer("lines", { k: "export", next: 3, stop: 3, rows: 1, layout: 4 }, [encode("b\n")]);
  for (let turn = 0; turn < 4; turn++) await settled();
  assert.deepEqual(
    [clipboard.copied.at(-1), part(".kws-toast").textContent],
    ["a\nb\n", "3 rows copied as JSON Lines"],
  );
  offered(1);
  await choose("Resend 3 messages");
  await choose("Send 3, 2 of them received?");
  assert.equal(kernel.asked("resend").key, 0);
  kernel.answer("resend", { k: "sent", index: 3 });
  await settled();
  assert.equal(kernel.asked("resend").key, 1);
  kernel.answer("resend", { k: "error", message: "closed", position: null } as never);
  await settled();
  assert.equal(part(".kws-toast").textContent, "1 of 3 sent, then: closed");
  offered(1);
  await choose("DataFrame in the notebook");
  kernel.answer("frame", { code: "frame = ws" });
  await settled();
  await settled();
  assert.deepEqual(
    [clipboard.copied.at(-1), part(".kws-toast").textContent],
    ["frame = ws", "the code is copied: paste it into a cell"],
  );
  offered(1);
  await choose("Bookmark all");
  kernel.answer("bookmark", { k: "error", message: "too many", position: null } as never);
  await settled();
  assert.equal(part(".kws-toast").textContent, "not bookmarked: too many");
});

test("what cannot be sent is greyed out with the reason; what is saved has the browser's menu", async () => {
  const reason = (label: string): string => labelled(root, label).title;
  tick([aRow(0), aRow(1, { kind: "ping" })], { sources: [aSource({ state: "closed", writable: false })] });
  offered(0);
  assert.equal(reason("Edit and send back"), "the connection is closed");
  offered(1);
  assert.equal(reason("Edit in the composer"), "only text and binary messages can be sent");
  click(0);
  click(1, { shiftKey: true });
  offered(1);
  assert.match(reason("Resend 2 messages"), /not “ping”/);
  click(0);
  tick([aRow(0)], { sources: [aSource({ state: "log", can: [], writable: false })] });
  offered(0);
  assert.equal(reason("Edit and send back"), "there is no connection to send it to");
  await reopened(false);
  assert.deepEqual(offered(1), []);
});

test("after Clear a line says how many rows are gone, and brings them back", async () => {
  press(grid(), "p");
  assert.match(part(".kws-toast").textContent!, /^Nothing is bookmarked/);
  labelled(root, "Clear").click();
  assert.equal(part(".kws-toast").hidden, true, "it speaks of rows that are gone");
  await marked(3, [], 48_213);
  const line = part(".kws-undo");
  assert.deepEqual([line.hidden, line.firstChild!.textContent], [false, "48,213 rows forgotten, here and in Python"]);
  labelled(root, "Undo").focus();
  labelled(root, "Undo").click();
  kernel.answer("undo", { k: "undone", rows: 48_213 });
  await settled();
  assert.deepEqual(
    [line.hidden, part(".kws-toast").textContent, document.activeElement],
    [true, "48,213 rows are back", grid()],
  );
  await marked(5, [], 1);
  assert.match(line.textContent!, /^1 row forgotten/);
  labelled(root, "Undo").click();
  kernel.answer("undo", { k: "undone", rows: 0 });
  await settled();
  assert.match(part(".kws-toast").textContent!, /nothing is left/);
  labelled(root, "Undo").click();
  kernel.answer("undo", { k: "error", message: "no", position: null } as never);
  await settled();
  assert.equal(part(".kws-banner span").textContent, "no");
});

test("Undo brings back what was chosen, too, unless another row is by now", async () => {
  tick([aRow(0), aRow(1), aRow(2)]);
  part(".kws-rows .kws-row").dispatchEvent(new MouseEvent("mousedown", { bubbles: true }));
  frame();
  const chosen = (): string[] =>
    [...root.querySelectorAll("[aria-selected=true] .kws-c0")].map((one) => one.textContent!);
  assert.deepEqual(chosen(), ["0"]);
  const undo = async (): Promise<void> => {
    await marked(3, [], 3);
    labelled(root, "Undo").click();
    kernel.answer("undo", { k: "undone", rows: 3 });
    await settled();
    frame();
  };
  labelled(root, "Clear").click();
  frame();
  assert.deepEqual(chosen(), []);
  await undo();
  assert.deepEqual(
    [chosen(), kernel.asked("select").keys, kernel.kinds().slice(-2)],
    [["0"], [0], ["select", "detail"]],
  );
  tab("Message").click(); // closes it
  labelled(root, "Clear").click();
  await undo();
  assert.deepEqual([chosen(), kernel.kinds().at(-1)], [["0"], "select"]);
  labelled(root, "Clear").click();
  [...root.querySelectorAll(".kws-rows .kws-row")][2]!.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }));
  await undo();
  assert.deepEqual(chosen(), ["2"]);
  labelled(root, "Clear").click();
  await marked(4, [], 3);
  await marked(5, []); // the minute is over
  frame();
  await undo(); // of a Clear elsewhere
  assert.deepEqual(chosen(), []);
});

/** What was asked last of a kind, without what every question has. */
function question(kind: string): Record<string, unknown> {
  const {
    k: _,
    id: __,
    v: ___,
    view: ____,
    seq: _____,
    ...rest
  } = kernel.asked(kind) as unknown as Record<string, unknown>;
  return rest;
}
const later = async (ms = 1): Promise<void> => {
  mock.timers.tick(ms);
  await settled();
};
const START = 1_700_000_000_000_000;
const banner = (): string => part(".kws-banner span").textContent!;
const refusal = (message: string): never => ({ k: "error", message, position: null }) as never;

test("the chart asks for its bars, and what is chosen in it limits the view", async () => {
  tick([aRow(0)]);
  labelled(root, "Chart").click();
  await later();
  const counts = new DataView(new ArrayBuffer(4 * 6));
  counts.setUint32(0, 3, true);
  counts.setUint32(4, 1, true);
  const buckets = { start: START, width: 1_000_000, count: 2, filtered: 0, low: null, high: null, busy: 0 } as const;
  kernel.answer("overview", buckets, [counts, new DataView(new ArrayBuffer(16))]);
  await settled();
  assert.equal(part(".kws-strip-said").textContent, "each bar 1 s · peak 3.0/s");
  const area = part(".kws-strip [role=slider]");
  press(area, "Home");
  press(area, "Enter");
  await later(300);
  assert.deepEqual(question("brush"), { low: START, high: START + 1_000_000 });
  kernel.answer("brush", { k: "done" });
  await later();
  kernel.answer("overview", { ...buckets, low: START, high: START + 1_000_000 }, [
    counts,
    new DataView(new ArrayBuffer(16)),
  ]);
  await settled();
  assert.equal(part(".kws-strip-span").hidden, false);
  press(area, "Escape");
  assert.deepEqual(question("brush"), { low: 0, high: 0 });
  kernel.answer("brush", refusal("no such time"));
  await settled();
  assert.equal(banner(), "no such time");
});

test("plots ask for their points, a point leads to its message, and closing one is asked too", async () => {
  kernel.traits.set("_plotted", [{ number: 4, path: "$.p", by: "", where: "" }]);
  tick([aRow(0), aRow(1)]);
  await later();
  assert.deepEqual(question("points"), { plot: 4 });
  const [times, values] = [new DataView(new ArrayBuffer(8)), new DataView(new ArrayBuffer(16))];
  times.setFloat32(4, 1000, true);
  values.setFloat64(0, 5, true);
  values.setFloat64(8, 7.5, true);
  const series = [{ number: 2, name: "", count: 2, points: 2, last: 7.5 }];
  const said = { left_out: 0, more: 0, passed: 2, looked: 2, odd: 0, large: 0, busy: 0, problem: "" } as const;
  kernel.answer("points", { start: START, series, ...said }, [times, values]);
  await settled();
  const area = part(".kws-plot [role=slider]");
  press(area, "End");
  press(area, "Enter");
  const { plot, value } = question("nearest");
  assert.deepEqual([plot, question("nearest").series, value], [4, 2, 7.5]);
  kernel.answer("nearest", { key: null });
  await settled();
  assert.equal(kernel.kinds().includes("locate"), false, "it is not there any more");
  press(area, "Enter");
  kernel.answer("nearest", { key: 1 });
  await settled();
  kernel.answer("locate", { gen: 1, at: 1, near: 1 });
  await settled();
  assert.deepEqual(kernel.asked("select").keys, [1]);
  labelled(root, "Close the plot of $.p").click();
  assert.deepEqual(question("unplot"), { plot: 4 });
  kernel.answer("unplot", refusal("it is closed"));
  await settled();
  assert.equal(banner(), "it is closed");
});

test("where the others are not hidden, what is typed is gone to, also by F3", async () => {
  tick([aRow(0), aRow(1), aRow(2)]);
  (root.querySelector(".kws-hides") as HTMLButtonElement).click();
  await settled();
  const field = part<HTMLInputElement>(".kws-filter");
  type(field, "row");
  press(field, "Enter");
  assert.equal(question("filter").text, "", "nothing is hidden");
  kernel.answer("filter", { k: "done" });
  await settled();
  assert.deepEqual(question("find"), { text: "row" });
  kernel.answer("find", { k: "done" });
  await settled();
  const found = { gen: 1, number: 1, total: 2, busy: false };
  assert.equal(question("seek").way, 1);
  kernel.answer("seek", { ...found, key: 1, at: 1 });
  await settled();
  await details("row 1");
  assert.deepEqual([kernel.asked("select").keys, part(".kws-place").textContent], [[1], "1 of 2"]);
  assert.equal(part(".kws-content").textContent, "row 1");
  assert.equal(press(grid(), "F3"), false, "the browser's own search stays away");
  await settled();
  assert.deepEqual(question("seek"), { at: 1, way: 1 });
  kernel.answer("seek", { ...found, key: 2, at: 2, number: 2 });
  await settled();
  assert.deepEqual([kernel.asked("select").keys, part(".kws-place").textContent], [[2], "2 of 2"]);
  press(grid(), "F3", { shiftKey: true });
  await settled();
  assert.deepEqual(question("seek"), { at: 2, way: -1 });
  assert.equal(press(grid(), "F3", { ctrlKey: true }), true);
});

test("what a message's pane asks of the kernel: a decoder, heartbeats, levels of a long JSON", async () => {
  tick([aRow(0), aRow(1)]);
  click(0);
  const decoded = {
    decoder: "socket.io",
    label: "ping",
    text: "",
    size: 0,
    choice: "",
    heartbeat: "off",
    decoders: ["socket.io", "raw"],
    problem: "",
  } satisfies DecodedInfo;
  const shown = async (): Promise<void> => {
    kernel.say(aDetail(0, { id: kernel.asked("detail").id, size: 1, next: 1, decoded }), [encode("2")]);
    await settled();
  };
  await shown();
  type(part<HTMLSelectElement>(".kws-decoder"), "raw");
  assert.deepEqual(question("decode"), { of: "ws", decoder: "raw" });
  kernel.answer("decode", refusal("it raised"));
  await settled();
  assert.match(part(".kws-tools [role=status]").textContent!, /not changed: it raised/);
  labelled(part(".kws-pane"), "Heartbeat").click();
  assert.deepEqual(question("heartbeat"), { of: "ws", on: 1 });
  const asked = kernel.asked("detail").id;
  kernel.answer("heartbeat", { k: "done" });
  await settled();
  assert.notEqual(kernel.asked("detail").id, asked, "what is shown is asked anew");
  await shown();
  click(1);
  kernel.say(aDetail(1, { id: kernel.asked("detail").id, size: 20_000_000, next: 2 }), [encode("[1")]);
  await settled();
  assert.deepEqual(question("level"), { key: 1, at: 0, inside: "" });
  kernel.answer("level", { kind: "array", next: null, problem: "", total: 1 }, [
    encode([["", "number", "7", 1, 1, 0]]),
  ]);
  await settled();
  assert.match(part(".kws-tree").textContent!, /0: 7$/);
});

test("a value of a message becomes a column or a plot; what is refused is said", async () => {
  tick([aRow(0)]);
  click(0);
  await details('{"n":5}');
  part(".kws-tree .kws-leaf").dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
  labelled(root, "Add as column").click();
  assert.deepEqual(question("columns"), { paths: ["$.n"], titles: [""], widths: [0] });
  kernel.answer("columns", { k: "done" });
  await settled();
  assert.equal(said(), "Column added");
  labelled(root, "Add as column").click();
  kernel.answer("columns", refusal("it is a column already"));
  await settled();
  assert.equal(banner(), "it is a column already");
  labelled(part(".kws-pane"), "Plot").click();
  assert.deepEqual(question("plot"), { path: "$.n", by: "", where: "" });
  kernel.answer("plot", { k: "done" });
  await settled();
  assert.equal(banner(), "it is a column already");
  labelled(part(".kws-pane"), "Plot").click();
  kernel.answer("plot", refusal("there are six"));
  await settled();
  assert.equal(banner(), "there are six");
});

test("what is repeated is the kernel's, as text, bytes or template; a panel shown again asks what goes on", async () => {
  const field = part<HTMLTextAreaElement>(".kws-text");
  kernel.traits.set("_scheduled", true);
  tick([aRow(0)]);
  kernel.answer("schedules", {
    schedules: [{ of: "ws", every: 5, count: 0, sent: 3, running: 1, next: 5, error: "" }],
  } as never);
  await settled();
  assert.match(part(".kws-repeats").textContent!, /repeating every 5 s · sent 3/);
  labelled(root, "Repeat").click();
  const asked = async (kind: string, text: string): Promise<Record<string, unknown>> => {
    type(part<HTMLSelectElement>(".kws-mode"), kind);
    type(field, text);
    labelled(root, "Start").click();
    await settled();
    const all = question("schedule");
    kernel.answer("schedule", { k: "done" });
    await settled();
    return all;
  };
  const every = { of: "ws", every: 5000, count: 0, mode: "Text" };
  assert.deepEqual(await asked("Text", "ping"), { ...every, kind: "text", text: "ping" });
  assert.deepEqual(await asked("Hex", "ff"), { ...every, kind: "binary", text: "", buffers: 1 });
  labelled(root, "Stop repeating to ws").click();
  assert.deepEqual(question("unschedule"), { of: "ws" });
});

test("saved messages are the kernel's where it keeps them", async () => {
  tick([aRow(0)]);
  labelled(root, "Saved messages").click();
  assert.deepEqual(question("library"), { old: [], new: [], at: -1, path: "" });
  kernel.answer("library", { path: "/work/saved.json", directory: "/work" }, [
    encode([["login", "", "Text", "hello"]]),
  ]);
  await settled();
  labelled(root, "Use login").click();
  assert.equal(part<HTMLTextAreaElement>(".kws-text").value, "hello");
});

test("what is shown is saved in parts as they come", async () => {
  tick([aRow(0), aRow(1)]);
  const files: Blob[] = [];
  URL.createObjectURL = (file) => `blob:${files.push(file as Blob)}`;
  labelled(root, "Export").click();
  labelled(root, "CSV").click();
  kernel.answer("export", { next: 1, stop: 2, rows: 1, layout: 0 }, [encode("a\n")]);
  await settled();
  kernel.answer("export", { next: 2, stop: 2, rows: 1, layout: 0 }, [encode("b\n")]);
  await settled();
  await settled();
  assert.equal(await files[0]!.text(), "a\nb\n");
});
