// The keys of the table: what each does, and the dialog that lists them, and the forms of filters.
// What must not live here: doing it (the view's and the grid's).

import { button, focused, h, SUPPRESS } from "./dom";
import { FILTER_FORMS } from "./messages";

export type Command =
  | "open"
  | "escape"
  | "search"
  | "resend"
  | "edit"
  | "copy"
  | "follow"
  | "times"
  | "chart"
  | "keys"
  | "bookmark"
  | "nextMark"
  | "previousMark";

/** Keys without Ctrl, ⌘ or Alt. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  Enter: "open",
  Escape: "escape",
  "/": "search",
  r: "resend",
  e: "edit",
  c: "copy",
  f: "follow",
  t: "times",
  b: "bookmark",
  n: "nextMark",
  p: "previousMark",
  g: "chart",
  "?": "keys",
};

const CTRL = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";
const LIST: [keys: string[], what: string][] = [
  [["↑", "↓", "PgUp", "PgDn"], "choose a row"],
  [["Shift ↑", "Shift ↓"], "choose several rows; two are compared"],
  [[`${CTRL} ↑`, `${CTRL} ↓`, "Space"], "go to a row without choosing; choose it too, or not"],
  [["Home", "End"], "go to the oldest row; to the newest, and follow"],
  [["Enter", "Esc"], "open the details; close them"],
  [["Esc Esc"], "back to the notebook"],
  [["/"], "go to the filter"],
  [["c"], "copy the payload"],
  [["e"], "edit it in the composer"],
  [["r"], "send it again; what was received goes to the composer"],
  [["f"], "follow the newest row, or stop"],
  [["t"], "time: clock, since the start, since the selected row"],
  [["b"], "bookmark the selected rows, or not any more"],
  [["n", "p"], "go to the next bookmark; to the one before"],
  [["≣", "Shift F10"], "the menu of the selected rows; also by a right click"],
  [["g"], "chart of messages over time; in it Shift ← → choose a span"],
  [["?"], "this list"],
  [[`${CTRL} Enter`], "in the composer: send"],
  [[`${CTRL} Shift F`], "in the composer: format JSON; again compacts"],
];

export class KeyList {
  readonly element: HTMLElement;
  private back: HTMLElement | null = null;
  private readonly done = button("Close", { title: "Close (Esc)" });

  constructor() {
    const list = h(
      "dl",
      { class: "kws-keys" },
      ...LIST.flatMap(([keys, what]) => [h("dt", {}, ...keys.map((key) => h("kbd", {}, key))), h("dd", {}, what)]),
    );
    this.element = h(
      "div",
      {
        class: "kws-help",
        role: "dialog",
        "aria-modal": "true",
        "aria-label": "Keys of the table, and filters",
        tabindex: -1,
        hidden: true,
        ...SUPPRESS,
      },
      h("div", { class: "kws-heading" }, "Keys of the table", this.done),
      list,
      h("div", { class: "kws-heading" }, "Filters: what to type"),
      h(
        "dl",
        { class: "kws-keys" },
        ...FILTER_FORMS.flatMap(([form, meaning]) => [h("dt", {}, h("code", {}, form)), h("dd", {}, meaning)]),
      ),
    );
    this.done.addEventListener("click", () => this.close());
    this.element.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape" || event.key === "?") this.close();
      if (event.key !== "Tab") return;
      event.preventDefault(); // nothing else in it has the focus
      this.done.focus();
    });
  }

  open(): void {
    this.back = focused(this.element) as HTMLElement | null;
    this.element.hidden = false;
    this.done.focus();
  }

  private close(): void {
    this.element.hidden = true;
    this.back?.focus({ preventScroll: true });
  }
}
