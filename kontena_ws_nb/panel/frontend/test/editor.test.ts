import { type } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Editor } from "../src/composer/editor";

let editor: Editor;
const copy = (): HTMLElement => editor.element.querySelector<HTMLElement>(".kws-copy")!;
const write = (value: string, json = true, wrong?: number): void => {
  editor.text.value = value;
  editor.paint(json, wrong);
};

beforeEach(() => {
  editor = new Editor();
  document.body.replaceChildren(editor.element);
});

test("the copy is what is in the field, coloured where it is JSON", () => {
  write('{"a": 1}\n');
  assert.equal(copy().textContent, '{"a": 1}\n ');
  assert.deepEqual(
    [...copy().querySelectorAll(".kws-key, .kws-number")].map((one) => one.textContent),
    ['"a"', "1"],
  );
  assert.equal(editor.element.dataset.coloured, "true");
  write("<b>1</b>", false);
  assert.deepEqual(
    [copy().textContent, copy().querySelector("b"), editor.element.dataset.coloured],
    ["<b>1</b> ", null, "false"],
  );
});

test("typing changes the tokens it touches, and no others", () => {
  const values = Array.from({ length: 500 }, (_, at) => at);
  write(JSON.stringify(values));
  const before = [...copy().children];
  values[250] = 9999;
  write(JSON.stringify(values));
  const kept = new Set(copy().children);
  assert.equal(before.filter((one) => !kept.has(one)).length, 1);
  assert.equal(copy().textContent, `${JSON.stringify(values)} `);
  for (const text of ["[1,1,1]", "[1,1]", "[1,1,1,1]", "", "[]"]) {
    write(text);
    assert.equal(copy().textContent, `${text} `);
  }
});

test("the place that is wrong is marked, at the end too, and no longer than it is", () => {
  write('{"a":}', true, 5);
  assert.equal(copy().querySelector(".kws-wrong")!.textContent, "}");
  write('{"a":', true, 5);
  assert.equal(copy().querySelector(".kws-wrong")!.textContent, " ");
  write('{"a":1}', true);
  assert.equal(copy().querySelector(".kws-wrong"), null);
  editor.point(2);
  assert.deepEqual([editor.text.selectionStart, editor.text.selectionEnd], [2, 3]);
});

test("a long text is not coloured, and only its beginning is copied", () => {
  write(`[${"1,".repeat(20_000)}1]`);
  assert.deepEqual([editor.element.dataset.coloured, copy().textContent!.length], ["false", 5001]);
});

test("formatting can be undone: the text goes in as if typed, or at least goes in", () => {
  write("[1]");
  let heard = 0;
  editor.text.addEventListener("input", () => (heard += 1));
  editor.replace("[\n  1\n]");
  assert.deepEqual([editor.value, heard, editor.text.selectionStart], ["[\n  1\n]", 1, 0]);
  const page = document as { execCommand?: unknown };
  page.execCommand = (_name: string, _ui: boolean, value: string) => {
    type(editor.text, value);
    return true;
  };
  editor.replace("[1]");
  delete page.execCommand;
  assert.deepEqual([editor.value, heard], ["[1]", 2]);
});

test("a height of the reader's own stays until the field is emptied; the copy scrolls with the field", () => {
  write("text", false);
  editor.text.style.height = "99px";
  editor.text.dispatchEvent(new Event("pointerup"));
  assert.equal(editor.element.dataset.own, "true");
  editor.text.scrollTop = 7;
  editor.text.dispatchEvent(new Event("scroll"));
  assert.equal(copy().scrollTop, 7);
  write("", false);
  assert.deepEqual([editor.element.dataset.own, editor.text.style.height], ["false", ""]);
});
