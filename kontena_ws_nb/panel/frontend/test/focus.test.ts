import { press, settled } from "./browser";
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { button, h } from "../src/dom";
import { Focus, takesLetters } from "../src/focus";

let focus: Focus;
let root: HTMLElement;
let part: HTMLElement;
let cell: HTMLElement;
let outside: HTMLElement;
const at = (): Element | null => document.activeElement;
const pass = async (): Promise<void> => {
  await settled();
  mock.timers.tick(0);
};

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  part = h("div");
  root = h("section", { tabindex: -1 }, part, h("p", {}, "words"));
  cell = h("div", { tabindex: 0 }, root);
  outside = button("Outside");
  document.body.replaceChildren(cell, outside);
  document.hasFocus = () => true;
  focus = new Focus(root, [part]);
});
afterEach(() => focus.dispose());

const mouse = (name: string, element: Element, button = 0): void => {
  element.dispatchEvent(new Event("pointerdown", { bubbles: true }));
  element.dispatchEvent(new MouseEvent(name, { bubbles: true, button }));
};

test("a press on anything holds the focus in the panel, also when Jupyter gives it to the cell; another button does not", async () => {
  for (const name of ["mousedown", "mouseup"]) {
    mouse(name, root.lastElementChild!);
    cell.focus();
    await pass();
    assert.equal(at(), root);
    outside.focus();
  }
  mouse("mousedown", root.lastElementChild!, 2);
  await pass();
  assert.equal(at(), outside);
});

test("whatever has the focus keeps its keys from JupyterLab", () => {
  const link = h("a", { href: "#" });
  part.append(link);
  link.focus();
  assert.equal(link.getAttribute("data-lm-suppress-shortcuts"), "true");
});

test("Ctrl+S and Cmd+S, and no other key, reach JupyterLab from the panel", () => {
  const inner = button("Copy");
  part.append(inner);
  inner.focus();
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  const silent = (init: KeyboardEventInit): boolean => {
    let found: Element | null = null;
    const lumino = ({ target }: Event): void => {
      found = (target as Element).closest("[data-lm-suppress-shortcuts]");
    };
    document.addEventListener("keydown", lumino, { capture: true, once: true });
    inner.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, composed: true, ...init }));
    mock.timers.tick(0);
    assert.equal(inner.closest("[data-lm-suppress-shortcuts]"), inner, "the next key is the panel's again");
    return found !== null;
  };
  assert.equal(silent({ key: "s", ctrlKey: true }), false);
  assert.equal(silent({ key: "S", metaKey: true, shiftKey: true }), false);
  for (const init of [{ key: "s" }, { key: "s", ctrlKey: true, altKey: true }, { key: "Enter", ctrlKey: true }])
    assert.equal(silent(init), true);
  focus.dispose();
  assert.equal(silent({ key: "s", ctrlKey: true }), true);
});

test("what is removed hands the focus to what took its place, else to the panel", async () => {
  part.replaceChildren(button("Copy"), button("Send"));
  (part.lastChild as HTMLElement).focus();
  part.replaceChildren(button("Copy"), button("Send"));
  await pass();
  assert.equal(at(), part.lastChild);
  part.replaceChildren();
  await pass();
  assert.equal(at(), root);
});

test("what is disabled or hidden gets the focus back when it can be used again, unless somebody went on", async () => {
  const one = button("Resend");
  part.replaceChildren(one, h("div", {}, button("Other")));
  for (const name of ["disabled", "hidden"] as const) {
    one.focus();
    one[name] = true;
    await pass();
    assert.equal(at(), root);
    one[name] = false;
    await pass();
    assert.equal(at(), one);
  }
  one.disabled = true;
  await pass();
  press(root, "x");
  one.disabled = false;
  await pass();
  assert.equal(at(), root);
});

test("who left is not called back", async () => {
  const one = button("Gone");
  part.append(one);
  one.focus();
  outside.focus();
  one.remove();
  await pass();
  assert.equal(at(), outside);
  part.append(one);
  one.focus();
  mouse("mousedown", document.body);
  one.blur();
  await pass();
  one.remove();
  await pass();
  assert.equal(at(), document.body);
  part.append(one);
  one.focus();
  one.blur(); // by a page's script
  await pass();
  one.remove();
  await pass();
  assert.equal(at(), document.body);
});

test("the second Escape in a row goes back to what the panel is in; another key begins anew", () => {
  root.focus();
  assert.equal(focus.escape(), false);
  press(root, "x");
  assert.equal(focus.escape(), false);
  press(root, "Escape");
  assert.deepEqual([focus.escape(), at()], [true, cell]);
});

test("fields, menus and dialogs take letters themselves", () => {
  const inside = (outer: HTMLElement): boolean => {
    const one = button("x");
    outer.append(one);
    return takesLetters(one);
  };
  assert.ok(takesLetters(h("input")) && takesLetters(h("textarea")) && takesLetters(h("select")));
  assert.deepEqual([inside(h("div", { role: "dialog" })), inside(h("div", { role: "menu" }))], [true, true]);
  assert.equal(inside(h("div", { role: "tabpanel" })), false);
});
