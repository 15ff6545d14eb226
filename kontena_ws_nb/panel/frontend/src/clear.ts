// Forgetting every row: a button that asks first and says what is lost, for Python loses it too and nothing brings it back.

import { button, h, icon, setText } from "./dom";
import { count, visible } from "./format";
import { Popup } from "./popup";

export interface ClearOwner {
  /** Rows there are, and the names of the sessions they are of; none for a log. */
  rows(): { kept: number; names: string[] };
  clear(): void;
}

export class ClearMenu {
  readonly element: HTMLButtonElement;

  constructor(owner: ClearOwner) {
    this.element = button(
      "Clear",
      { class: "kws-button kws-clear", title: "Forget every row, here and in Python; asks first" },
      icon("clear"),
      "Clear",
    );
    const what = h("p", { class: "kws-ask" });
    const keep = button("Keep them", { title: "" });
    const forget = button("Forget them", { class: "kws-button kws-danger kws-forget", title: "" });
    const menu = h(
      "div",
      { class: "kws-choices kws-clearing", role: "dialog", "aria-label": "Clear" },
      what,
      h("div", { class: "kws-row-of" }, keep, forget),
    );
    const popup = new Popup(this.element, menu, () => {
      const { kept, names } = owner.rows();
      const [one = "", ...others] = names.map(visible);
      const lost = one ? `The log${others.length ? "s" : ""} of ${[one, ...others].join(", ")}` : "The log";
      setText(
        what,
        `Forget ${kept === 1 ? "the only row" : `all ${count(kept)} rows`}, also those the filter hides? ${lost} ${others.length ? "are" : "is"} emptied in Python too, ` +
          `and nothing brings them back. ${one ? "The connection stays; Export" : "Export"} saves them first.`,
      );
    });
    keep.addEventListener("click", () => popup.open(false));
    forget.addEventListener("click", () => {
      popup.open(false);
      owner.clear();
    });
  }
}
