// Looking for rows without hiding the others: which is the next, how many there are. Beside the filter, in whose box it is typed.
// What must not live here: the box (filter.ts), or which rows match (the kernel's).

import { button, h, setAttr, setText } from "./dom";
import { count } from "./format";
import type { SeekAnswer } from "./messages";

/** Between two looks at a search that is under way. */
const AGAIN_MS = 150;

export interface FindOwner {
  find(text: string): Promise<void>;
  seek(at: number, way: 1 | -1 | 0): Promise<SeekAnswer>;
  /** Position of the chosen row, else of what is seen first: to go on from. */
  here(way: 1 | -1): number;
  /** Chooses a row. */
  go(key: number, at: number | null): void;
  failed(error: Error): void;
}

export class Find {
  /** Whether what is typed hides the other rows, as a filter does. */
  readonly hides = button("Filter", {
    class: "kws-button kws-quick kws-hides",
    "aria-pressed": "true",
    title: "Show only rows that match; otherwise all are shown, and ↑ ↓ go from match to match",
  });
  readonly element: HTMLElement;
  private readonly place = h("span", { class: "kws-place", role: "status" });
  private text = "";
  private turn = 0;

  constructor(private readonly owner: FindOwner) {
    const previous = button(
      "Previous match",
      { class: "kws-button", title: "The match before (Shift+Enter, Shift+F3)" },
      "↑",
    );
    const next = button("Next match", { class: "kws-button", title: "The next match (Enter, F3)" }, "↓");
    previous.addEventListener("click", () => void this.go(-1));
    next.addEventListener("click", () => void this.go(1));
    this.element = h("span", { class: "kws-finding", hidden: true }, this.place, previous, next);
  }

  get on(): boolean {
    return this.hides.getAttribute("aria-pressed") === "false";
  }

  /** Looks for this instead; nothing for an empty text. */
  async look(text: string): Promise<void> {
    if (text === this.text) return;
    await this.owner.find(text);
    this.text = text;
    this.element.hidden = !text;
    setText(this.place, "");
    if (text) await this.go(1);
  }

  flip(): void {
    setAttr(this.hides, "aria-pressed", String(this.on));
  }

  /** To the next match or the one before; a search that has not come there is waited for. */
  async go(way: 1 | -1): Promise<void> {
    if (!this.text) return;
    const turn = ++this.turn;
    try {
      const from = this.owner.here(way);
      for (;;) {
        const { key, at, number, total, busy } = await this.owner.seek(from, way);
        if (turn !== this.turn) return;
        if (key !== null) {
          setText(this.place, `${count(number)} of ${count(total)}${busy ? "…" : ""}`);
          return this.owner.go(key, at);
        }
        setText(this.place, busy ? "searching…" : "no match");
        if (!busy) return;
        await new Promise((resolve) => window.setTimeout(resolve, AGAIN_MS));
        if (turn !== this.turn) return;
      }
    } catch (error) {
      if (turn === this.turn) this.owner.failed(error as Error);
    }
  }

  /** Nobody waits any more. */
  dispose(): void {
    this.turn += 1;
  }
}
