// Forgetting every row: a button that does it at once, and a line that brings the rows back while that can be done.
// What must not live here: how long it can be done (the kernel's).

import { button, h, icon, setText } from "./dom";
import { count } from "./format";

export function clearButton(clear: () => void): HTMLButtonElement {
  const element = button(
    "Clear",
    {
      class: "kws-button kws-clear",
      title: "Forget every row, here and in Python; Undo brings them back for a minute",
    },
    icon("clear"),
    "Clear",
  );
  element.addEventListener("click", clear);
  return element;
}

export class UndoLine {
  readonly element: HTMLElement;
  private readonly text = h("span", { role: "status" });
  private readonly undo = button("Undo", { title: "Bring the rows back, with their numbers and bookmarks" });

  constructor(undo: () => void) {
    this.undo.addEventListener("click", undo);
    this.element = h("div", { class: "kws-undo", hidden: true }, this.text, this.undo);
  }

  /** How many rows can be had back; 0 when none can. */
  show(rows: number): void {
    this.element.hidden = !rows;
    setText(this.text, rows ? `${count(rows)} ${rows === 1 ? "row" : "rows"} forgotten, here and in Python` : "");
  }
}
