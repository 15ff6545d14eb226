// The chart and the plots in a view: what is remembered, what is asked, and what is shown without a kernel.

import { labelled, press, settled } from "./browser";
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { View } from "../src/view";
import { Kernel } from "./kernel";
import { aSession, aSource, aTick } from "./samples";

function bench(traits: Record<string, unknown> = {}): {
  kernel: Kernel;
  view: View;
  get: (selector: string) => HTMLElement;
} {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const kernel = new Kernel();
  for (const [name, value] of Object.entries(traits)) kernel.traits.set(name, value);
  const view = new View(kernel);
  document.body.replaceChildren(view.element);
  return { kernel, view, get: (selector) => view.element.querySelector<HTMLElement>(selector)! };
}

const tick = (kernel: Kernel, total = 0): void =>
  kernel.say(aTick({ total, kept: total, session: aSession(), sources: [aSource()] }), [
    new DataView(new TextEncoder().encode("[]").buffer),
  ]);

test("the chart is opened and closed, is remembered, and asks only while it is open", async () => {
  const { kernel, view, get } = bench();
  tick(kernel);
  mock.timers.tick(1000);
  assert.ok(!kernel.kinds().includes("overview"));
  labelled(view.element, "Chart").click();
  assert.equal(kernel.get("_chart"), true);
  assert.equal(kernel.saves > 0, true);
  mock.timers.tick(10);
  await settled();
  assert.ok(kernel.kinds().includes("overview"));
  assert.equal(get(".kws-strip").hidden, false);
  press(view.element, "g");
  assert.equal(kernel.get("_chart"), false);
  assert.equal(get(".kws-strip").hidden, true);
  kernel.traits.set("_chart", true); // from Python, or another view
  kernel.listeners.get("change:_chart")!();
  assert.equal(labelled(view.element, "Chart").getAttribute("aria-pressed"), "true");
  assert.equal(get(".kws-strip").hidden, false);
  view.dispose();
});

test("what is plotted is remembered, and shown once the kernel speaks", async () => {
  const plotted = [{ number: 4, path: "$.p", by: "", where: "" }];
  const { kernel, view } = bench({ _plotted: plotted, _chart: true });
  assert.equal(view.element.querySelectorAll(".kws-plot").length, 0, "nobody could draw it");
  tick(kernel);
  assert.equal(view.element.querySelectorAll(".kws-plot").length, 1);
  mock.timers.tick(10);
  await settled();
  assert.deepEqual({ ...kernel.asked("points"), id: "" }, { v: 1, k: "points", plot: 4, id: "" });
  kernel.traits.set("_plotted", "not a list");
  kernel.listeners.get("change:_plotted")!();
  assert.equal(view.element.querySelectorAll(".kws-plot").length, 0);
  view.dispose();
});

test("whoever offers it can plot a path; what the kernel refuses is said", async () => {
  const { kernel, view, get } = bench();
  tick(kernel);
  const done = view.plots.add("$.p", "$.s");
  const { path, by, where } = kernel.asked("plot") as unknown as Record<string, string>;
  assert.deepEqual([path, by, where], ["$.p", "$.s", ""]);
  kernel.answer("plot", { k: "error", message: "a panel has at most 3 plots", position: null });
  await assert.rejects(done, /at most 3/);
  assert.ok(get(".kws-charts"));
  view.dispose();
});
