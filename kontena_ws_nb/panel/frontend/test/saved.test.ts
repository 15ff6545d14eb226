import "./browser";
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Manager } from "../src/link";
import { alive, hiding, writeOutputs } from "../src/saved";
import { Kernel } from "./kernel";

test("whether a kernel is there is asked of the front end; one that does not tell says nothing", async () => {
  const kernel = new Kernel();
  assert.equal(await alive(kernel, "abc"), undefined);
  kernel.widget_manager = { get_model: (id) => Promise.resolve({ comm_live: id === "abc" }) };
  assert.deepEqual([await alive(kernel, "abc"), await alive(kernel, "other")], [true, false]);
  kernel.widget_manager = { get_model: () => Promise.reject(new Error("no such model")) };
  assert.equal(await alive(kernel, "abc"), undefined);
});

test("the styles hide the table of one panel, whatever its id holds", () => {
  assert.equal(
    hiding("a{}b").textContent,
    ".kws-saved-ab, .jp-OutputArea-child:has(.kws-saved-ab), .output_area:has(.kws-saved-ab) { display: none !important }",
  );
});

test("an older table of this panel is written again, and nothing else", () => {
  const outputs = [
    { "text/html": '<div class="kws-saved-abc">old' },
    { "text/html": '<div class="kws-saved-abcd">another panel' },
    { "text/html": '<div class="kws-saved-abc">new' },
    { "text/plain": "7" },
  ].map((data) => ({ data, setData: mock.fn<(all: { data: Record<string, unknown> }) => void>() }));
  const manager: Manager = {
    context: { model: { cells: [{}, { outputs: { length: outputs.length, get: (at) => outputs[at]! } }] } },
  };
  const table = { v: 1, id: "", k: "saved", html: '<div class="kws-saved-abc">new', text: "new" } as const;
  writeOutputs(manager, "abc", table);
  assert.deepEqual(
    outputs.map(({ setData }) => setData.mock.calls.map((call) => call.arguments[0])),
    [[{ data: { "text/html": table.html, "text/plain": "new" } }], [], [], []],
  );
  writeOutputs(undefined, "abc", table);
});
