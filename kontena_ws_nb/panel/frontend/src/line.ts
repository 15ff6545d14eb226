// One row of the table on screen: its elements, made once, and how a message is written into them.
// What must not live here: which row is where, what is chosen (the grid's).

import { isNumber } from "./columns";
import { h, icon, setAttr, setText, svg } from "./dom";
import { bytes, count, fullTime, visible } from "./format";
import { paintPreview } from "./preview";
import { type Highlight, LIFECYCLE, type RowItem } from "./messages";
import { rowIndex } from "./rowkey";

export const COLUMNS = ["#", "Time", "Δ", "", "Kind", "Size", "Data"] as const;
const [DOT, UP, DOWN] = [
  "M8 5.500a2.500 2.500 0 1 1 0 5a2.500 2.500 0 0 1 0-5z",
  "M8 3l4 4.500-1 1-2.250-2.500V13h-1.500V6L5 8.500l-1-1z",
  "M8 13l4-4.500-1-1L8.750 10V3h-1.500v7L5 7.500l-1 1z",
];

/** What a row's cells say that only the grid knows. */
export interface Around {
  /** Name of its session while several are merged. */
  session: string;
  time: string;
  gap: string;
  /** Cells of one's own columns, and how many there are. */
  cells: readonly string[];
  columns: number;
  /** The highlight that the row matches. */
  rule: Highlight | undefined;
  /** Whether the keyboard is on it. */
  active: boolean;
  /** The note of its bookmark; undefined when it has none. */
  note: string | undefined;
}

export class Line {
  readonly element: HTMLElement;
  private readonly cells: HTMLElement[] = COLUMNS.map((_, column) =>
    h("div", { role: "gridcell", class: `kws-c${column}` }),
  );
  private readonly session = h("div", { role: "gridcell", class: "kws-whose" });
  private readonly own: HTMLElement[] = [];
  private readonly arrow = svg("path", {});
  private readonly index = h("span");
  private readonly mark = h("span", { class: "kws-mark", hidden: true }, icon("bookmark"));
  private readonly marked = h("span", { class: "kws-offscreen" });
  private readonly direction = h("span", { class: "kws-offscreen" });
  /** What it shows, to see whether it still does. */
  key = "";
  position = -1;

  constructor(id: string) {
    this.cells[0]!.append(this.mark, this.index, this.marked);
    this.cells[3]!.append(
      svg("svg", { viewBox: "0 0 16 16", class: "kws-icon", "aria-hidden": "true" }, this.arrow),
      this.direction,
    );
    this.element = h("div", { class: "kws-row", role: "row", id }, ...this.cells);
    this.cells[0]!.after(this.session);
  }

  /** No row: nobody finds one by its number here. */
  hide(): void {
    this.element.hidden = true;
    this.element.removeAttribute("aria-rowindex");
    this.key = "";
  }

  /** A row that is not here yet, or was dropped. */
  blank(text: string): void {
    this.element.className = "kws-row kws-loading";
    const texts = [
      this.index,
      this.marked,
      ...this.cells.slice(1, 3),
      this.session,
      ...this.own,
      ...this.cells.slice(4),
    ];
    for (const cell of texts) {
      setText(cell, "");
      setAttr(cell, "title", "");
    }
    setAttr(this.cells[0]!, "title", "");
    setAttr(this.arrow, "d", "");
    this.mark.hidden = true;
    setText(this.direction, "");
    setText(this.cells[6]!, text);
  }

  /** As many cells as there are columns of one's own. */
  private widen(columns: number): void {
    while (this.own.length < columns) {
      const cell = h("div", { role: "gridcell", class: "kws-own" });
      this.cells[6]!.before(cell);
      this.own.push(cell);
    }
    while (this.own.length > columns) this.own.pop()!.remove();
  }

  write(
    [key, at, sent, type, length, preview, folded, incomplete, , , hits]: RowItem,
    { session, time, gap, cells, columns, rule, active, note }: Around,
  ): void {
    this.widen(columns);
    const [number, clock, since, , kind, size, data] = this.cells as [
      HTMLElement,
      HTMLElement,
      HTMLElement,
      HTMLElement,
      HTMLElement,
      HTMLElement,
      HTMLElement,
    ];
    const life = folded > 0 || LIFECYCLE.includes(type); // several frames have no direction either
    this.element.className = `kws-row kws-is-${type}${folded ? " kws-folded" : ""} ${life ? "kws-life" : sent ? "kws-sent" : "kws-received"}${incomplete ? " kws-incomplete" : ""}${active ? " kws-active" : ""}${rule ? ` kws-ruled kws-in-${rule[1]}` : ""}`;
    setText(this.index, count(rowIndex(key)));
    this.mark.hidden = note === undefined;
    const said = note ? visible(note) : "";
    setText(this.marked, note === undefined ? "" : ` bookmarked${said ? `: ${said}` : ""}`);
    const name = visible(session);
    setText(this.session, name);
    setAttr(this.session, "title", name);
    setText(clock, time);
    setAttr(clock, "title", fullTime(at));
    setText(since, gap);
    const marked = rule ? `highlighted in ${rule[1]}: ${visible(rule[0])}` : "";
    setText(this.direction, [...(life ? [] : [sent ? "sent" : "received"]), ...(rule ? [marked] : [])].join(", "));
    setAttr(number, "title", [note === undefined ? "" : said || "Bookmarked", marked].filter(Boolean).join(" · "));
    setAttr(this.arrow, "d", life ? DOT! : sent ? UP! : DOWN!);
    setText(kind, folded ? "ping/pong" : type);
    setText(size, life ? "" : bytes(length));
    this.own.forEach((cell, column) => {
      const text = cells[column] ?? "";
      setText(cell, text);
      setAttr(cell, "title", text);
      setAttr(cell, "data-number", String(isNumber(text)));
    });
    setAttr(data, "title", incomplete ? "The connection ended before all of it came" : said);
    paintPreview(data, preview, type === "text", hits);
  }
}
