// The time column: by the clock, since the start, or since the selected row; the button in its head says which and changes it.
// What must not live here: the Δ column (the grid's), or where the choice is kept (the view's).

import { button, h, icon, setAttr, setText } from "./dom";
import { clock, lapse } from "./format";
import type { RowItem } from "./messages";

export const TIMES = ["clock", "start", "selected"] as const;
export type Times = (typeof TIMES)[number];

const LABELS: Record<Times, [label: string, title: string]> = {
  clock: ["Time", "Local time of the day"],
  start: ["Since start", "Time since the connection first opened, or the log began"],
  selected: ["vs selected", "Time before or after the selected row"],
};

export class TimeColumn {
  readonly button: HTMLButtonElement;
  /** Called when the reader changes it. */
  changed: (mode: Times) => void = () => undefined;
  private mode: Times = "clock";
  private readonly label = h("span");
  private began: number | null = null;
  private chosen: number | null = null;
  /** The row that stays what others are compared with, whatever is selected: its time, and what it is called. */
  private pinned: readonly [at: number, name: string] | null = null;
  private base = 0;

  constructor(private readonly repaint: () => void) {
    this.button = button("Time", { class: "kws-button kws-times" }, this.label, icon("chevron"));
    this.button.addEventListener("click", () => this.next());
    this.set("clock");
  }

  set(mode: Times): void {
    this.mode = mode;
    const [label, title] = this.labels;
    setText(this.label, label);
    setAttr(this.button, "aria-label", `${label}: change the time column`);
    setAttr(this.button, "title", `${title}. Click for another (t)`);
    this.repaint();
  }

  private get labels(): [label: string, title: string] {
    if (this.mode !== "selected" || !this.pinned) return LABELS[this.mode];
    return [`vs ${this.pinned[1]}`, `Time before or after row ${this.pinned[1]}`];
  }

  /** Counts from a row until something else is chosen; null counts as before. */
  pin(row: readonly [at: number, name: string] | null): void {
    this.pinned = row;
    this.set(row ? "selected" : this.mode);
  }

  /** Whether this row is what the column counts from. */
  counts(at: number, name: string): boolean {
    return this.mode === "selected" && this.pinned?.[0] === at && this.pinned[1] === name;
  }

  next(): void {
    this.pinned = null;
    this.set(TIMES[(TIMES.indexOf(this.mode) + 1) % TIMES.length]!);
    this.changed(this.mode);
  }

  /** When the connection first opened, or the log began: epoch µs. */
  start(at: number | null): void {
    this.began = at;
  }

  selected(at: number | null): void {
    if (this.chosen === at) return;
    this.chosen = at;
    if (this.mode === "selected") this.repaint();
  }

  /** Before rows are painted: what they are compared with. Without a start it is the first row of the view, if that is here. */
  painting(first: RowItem | null | undefined): void {
    this.base = this.mode === "start" ? (this.began ?? first?.[1] ?? 0) : (this.pinned?.[0] ?? this.chosen ?? 0);
  }

  /** Differs when the texts do. */
  get key(): string {
    return `${this.mode}${this.mode === "clock" ? "" : this.base}`;
  }

  text(at: number): string {
    return this.mode === "clock" || !this.base ? clock(at) : lapse(at - this.base);
  }
}
