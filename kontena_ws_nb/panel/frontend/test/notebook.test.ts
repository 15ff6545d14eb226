import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manager } from "../src/link";
import { insertCell } from "../src/notebook";

const output = (id: string) => ({
  data: { "application/vnd.jupyter.widget-view+json": { model_id: id } },
  setData: () => undefined,
});
const cell = (...ids: string[]) => ({ outputs: { length: ids.length, get: (at: number) => output(ids[at]!) } });

test("a cell goes below the one that shows the panel; elsewhere there is none", () => {
  const made: [number, object][] = [];
  const sharedModel = { insertCell: (at: number, what: object) => made.push([at, what]) };
  const manager: Manager = { context: { model: { cells: [cell(), {}, cell("other", "mine"), cell()], sharedModel } } };
  assert.equal(insertCell(manager, "mine", "code"), true);
  assert.deepEqual(made, [[3, { cell_type: "code", source: "code", metadata: {} }]]);
  assert.equal(insertCell(manager, "gone", "code"), false);
  assert.equal(insertCell({ context: { model: { sharedModel } } }, "mine", "code"), false);
  for (const none of [undefined, {}, { context: {} }, { context: { model: { cells: [] } } }])
    assert.equal(insertCell(none, "mine", "code"), false);
});
