import { labelled, press, resized, settled } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Layout } from "../src/layout";
import { Kernel } from "./kernel";

let width: number;
let kernel: Kernel;
let layout: Layout;
let pane: HTMLElement;
let drawer: HTMLElement;
let table: HTMLElement;
let root: HTMLElement;
let chosen: string[];
let problems: string[];
const beside = (): string => layout.element.dataset.beside!;
const size = (element: HTMLElement, name: string, read: () => number): unknown =>
  Object.defineProperty(element, name, { get: read, configurable: true });
const wide = (pixels: number): void => {
  width = pixels;
  resized();
};
const menu = (name: string): HTMLElement => {
  layout.toggle.click();
  return labelled(root, name);
};

beforeEach(() => {
  kernel = new Kernel();
  [chosen, problems] = [[], []];
  [table, pane, drawer] = [document.createElement("div"), document.createElement("div"), document.createElement("div")];
  drawer.append(pane);
  layout = new Layout(
    kernel,
    {
      chose: (details) => chosen.push(details),
      id: () => "abc",
      title: () => "feed",
      failed: (why) => problems.push(why),
    },
    table,
    pane,
    drawer,
  );
  root = document.createElement("div");
  root.className = "kws";
  root.append(layout.element, layout.toggle);
  document.body.replaceChildren(root);
  size(layout.element, "offsetWidth", () => width);
  size(layout.element, "offsetHeight", () => Number.parseInt(layout.element.style.height || "440", 10));
  size(table, "offsetHeight", () => 308);
  size(drawer, "offsetWidth", () => Number.parseInt(layout.element.style.getPropertyValue("--kws-side") || "500", 10));
  wide(800);
});

test("details are beside the table where the panel is wide, and only while they are open", () => {
  for (const [pixels, where] of [
    [800, "false"],
    [1100, "true"],
    [1070, "true"], // a scroll bar that comes and goes moves nothing
    [1059, "false"],
    [1070, "false"],
    [1400, "true"],
  ] as const) {
    wide(pixels);
    assert.equal(beside(), where, String(pixels));
  }
  pane.hidden = true;
  layout.look();
  assert.equal(beside(), "false");
});

test("what the reader chose holds, but where both have no room", () => {
  menu("Details: beside the table").click();
  assert.deepEqual([beside(), chosen, document.activeElement], ["true", ["beside"], layout.toggle]);
  wide(659);
  assert.equal(beside(), "false");
  wide(1400);
  layout.set("below"); // another view
  assert.equal(beside(), "false");
  layout.toggle.click();
  const checked = [...root.querySelectorAll("[role=menuitemradio]")].map((one) => one.getAttribute("aria-checked"));
  assert.deepEqual(checked, ["false", "false", "true"]);
});

test("beside, the line is a vertical one: arrows give the details width, and both a height, within bounds", () => {
  wide(1400);
  const { splitter } = layout;
  assert.deepEqual(
    ["aria-orientation", "aria-label", "aria-valuemin", "aria-valuemax", "aria-valuenow"].map((name) =>
      splitter.getAttribute(name),
    ),
    ["vertical", "Resize the details", "320", "1080", "500"],
  );
  for (const [key, now] of [
    ["ArrowLeft", 522],
    ["ArrowRight", 500],
    ["Home", 1080],
    ["End", 320],
  ] as const) {
    press(splitter, key);
    assert.deepEqual([drawer.offsetWidth, splitter.getAttribute("aria-valuenow")], [now, String(now)], key);
  }
  press(splitter, "ArrowDown");
  press(splitter, "PageUp");
  assert.equal(layout.element.style.height, "352px");
  press(splitter, "x");
  wide(800);
  assert.deepEqual([layout.element.style.height, splitter.getAttribute("aria-orientation")], ["", "horizontal"]);
  press(splitter, "ArrowLeft");
  assert.equal(drawer.offsetWidth, 320, "below, the details are as wide as the panel");
  wide(1400);
  assert.equal(layout.element.style.height, "352px", "as the reader left it");
});

test("beside, the pointer drags the width", () => {
  wide(1400);
  const { splitter } = layout;
  Object.assign(splitter, { setPointerCapture: () => undefined });
  const pointer = (name: string, clientX: number): boolean =>
    splitter.dispatchEvent(Object.assign(new Event(name), { clientX, pointerId: 1 }));
  pointer("pointerdown", 900);
  pointer("pointermove", 850);
  assert.equal(drawer.offsetWidth, 550);
  pointer("pointermove", -5000);
  assert.equal(drawer.offsetWidth, 1080);
  pointer("lostpointercapture", 0);
  pointer("pointermove", 900);
  assert.equal(drawer.offsetWidth, 1080);
});

test("in JupyterLab it opens in a tab of its own, which comes to the front the next time", async () => {
  const shown: unknown[] = [];
  const widget = {
    isAttached: false,
    title: { label: "", closable: false },
    classes: [] as string[],
    addClass: (name: string) => void widget.classes.push(name),
  };
  let made = 0;
  const laidOut: unknown[] = [];
  const aView = {
    trigger: (event: string) => laidOut.push(event),
    displayed: Promise.resolve(),
    layoutPromise: Promise.resolve(),
  };
  kernel.widget_manager = {
    get_model: async (id: string) => ({ id }),
    create_view: async () => ({ ...aView, luminoWidget: ++made && widget }),
    context: { addSibling: (...all: unknown[]) => shown.push(all) },
  } as never;
  assert.throws(() => menu("Open in a tab of its own"), "Notebook 7 has a context and no dock");
  layout.toggle.click();
  const dock = document.createElement("div");
  dock.id = "jp-main-dock-panel";
  document.body.append(dock);
  menu("Open in a tab of its own").click();
  await settled();
  assert.deepEqual(
    [shown, widget.title, widget.classes],
    [[[widget, { mode: "split-right" }]], { label: "feed", closable: true }, ["kws-docked"]],
  );
  assert.deepEqual(laidOut, ["displayed"], "before it is in the dock");
  widget.isAttached = true;
  menu("Open in a tab of its own").click();
  await settled();
  assert.deepEqual([made, shown.length], [1, 2]);
  widget.isAttached = false; // closed
  Object.assign(kernel.widget_manager!, { create_view: async () => ({}) });
  menu("Open in a tab of its own").click();
  await settled();
  assert.match(problems[0]!, /^not opened in a tab of its own: .*right click the output/);
  root.classList.add("kws-docked");
  assert.throws(() => menu("Open in a tab of its own"), "it is in one");
  layout.dispose();
});
