// The live table: fixed-height rows, own virtualisation, keyboard, follow and freeze.
// What must not live here: messages to the kernel (the owner fetches), or the content of the detail.
//
// `top` (a position, fractional) is the truth; scrollTop is derived from it, so that retention may drop rows on the left and
// nothing moves under the pointer. Browsers cap element heights near 18 to 33 million pixels: above MAX_PX the scroll bar is
// scaled and the wheel moves by rows. Where the table cannot scroll any further the page does: nothing contains it.

import { OwnColumns } from "./columns";
import { button, h, setAttr, setText, SUPPRESS } from "./dom";
import { count, delta } from "./format";
import { COMMANDS, type Command } from "./keys";
import { COLUMNS, Line } from "./line";
import { rowSource } from "./rowkey";
import type { Place } from "./rowmenu";
import { Selection } from "./selection";
import { Patience } from "./patience";
import { type Highlight, MAX_ROWS, MAX_SELECTED, PAGE_ROWS, type RowItem } from "./messages";
import type { Pages } from "./store/pages";
import { TimeColumn } from "./times";

const ROW = 22;
const MAX_PX = 6_000_000;
/** Rows painted beyond what is seen; fewer at the end of a stream, where each update writes all of them. */
const OVERSCAN = 4;
const OVERSCAN_FOLLOWING = 1;
const MOST_PAGES = MAX_ROWS / PAGE_ROWS;

export interface GridOwner {
  /** Asks for pages in one request; the answer comes through `Grid.arrived`. */
  fetch(page: number, pages: number): void;
  /** These rows are chosen, in the order of time; the keyboard is on `active`. */
  select(keys: number[], active: number): void;
  command(name: Command): void;
  /** A menu of the selected rows is wanted; false leaves the browser's. */
  menu(place: Place): boolean;
  followed(following: boolean): void;
}

let serial = 0;

export class Grid {
  readonly element: HTMLElement;
  private readonly body: HTMLElement;
  private readonly sizer: HTMLElement;
  private readonly layer: HTMLElement;
  private readonly fresh: HTMLButtonElement;
  private readonly empty: HTMLElement;
  private readonly lines: Line[] = [];
  /** The position that the first line was painted with. */
  private begin = 0;
  private readonly id = `kws-${++serial}-${Math.random().toString(36).slice(2, 7)}`;
  private readonly inflight = new Set<number>();
  private top = 0;
  /** As last told: to ask for it would lay the page out once more. */
  private height = 0;
  /** scrollTop as we left it. */
  private expected = 0;
  /** The keys have just come here: where the browser scrolls to for that, nobody asked it to. */
  private entered = false;
  private scheduled = false;
  private readonly patience = new Patience(() => this.schedule());
  private following = true;
  private frozen: number | null = null;
  private filtered = false;
  private seen = 0;
  /** The first row on screen where the reader left the table, and by how much of a row it stands lower. */
  private place: readonly [key: number, lower: number] | null = null;
  /** Whether the reader moved the table in this view: what another filter, Clear or Undo does to it is no move. */
  private moved = false;
  readonly selection = new Selection();
  readonly times = new TimeColumn(() => this.schedule());
  readonly columns: OwnColumns;
  /** The highlight with a number. */
  rule: (number: number | undefined) => Highlight | undefined = () => undefined;
  private cursor: number | undefined;
  /** Names by number, while several sessions are merged. */
  private names: ReadonlyMap<number, string> = new Map();
  /** The note of a row's bookmark; undefined when it has none. */
  note: (key: number) => string | undefined = () => undefined;
  private readonly observer: ResizeObserver;
  /** What a row says that is not here. */
  private absent = "…";
  /** Paints so far: read by the browser tests. */
  paints = 0;

  constructor(
    private readonly pages: Pages,
    private readonly owner: GridOwner,
  ) {
    const head = h("div", { class: "kws-row kws-headrow", role: "row", "aria-rowindex": 1 });
    head.append(
      ...COLUMNS.map((name, column) =>
        h(
          "div",
          {
            role: "columnheader",
            class: `kws-c${column}`,
            title:
              name === "Δ" ? "Time since the row above; where that is many pings and pongs, since their first" : "",
          },
          name === "Time" ? this.times.button : name || h("span", { class: "kws-offscreen" }, "Direction"),
        ),
      ),
    );
    head.firstElementChild!.after(h("div", { role: "columnheader", class: "kws-whose" }, "Session"));
    // The grid is the layer of rows, inside what scrolls: a scrolling region must hold what has the focus. The head stands above it, so it is owned.
    this.layer = h("div", {
      class: "kws-rows kws-grid",
      role: "grid",
      tabindex: 0,
      "aria-label": "Messages",
      "aria-multiselectable": "true",
      "aria-colcount": COLUMNS.length,
      "aria-owns": `${this.id}-head`,
      ...SUPPRESS,
    });
    this.sizer = h("div", { class: "kws-sizer" }, this.layer);
    this.empty = h("div", { class: "kws-empty" });
    this.body = h("div", { class: "kws-body" }, this.sizer);
    this.fresh = button("Newest messages", { class: "kws-button kws-fresh", hidden: true });
    this.fresh.addEventListener("click", () => {
      this.focus(); // it vanishes
      this.follow(true);
    });
    this.element = h(
      "div",
      { class: "kws-sheet" },
      h("div", { class: "kws-head", id: `${this.id}-head`, role: "rowgroup" }, head),
      this.body,
    );
    this.columns = new OwnColumns(head, this.element, () => {
      this.count();
      this.schedule();
    });
    this.body.addEventListener("scroll", () => {
      this.element.firstElementChild!.scrollLeft = this.body.scrollLeft;
      this.scrolled();
    });
    this.body.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.layer.addEventListener("keydown", (event) => this.key(event));
    this.layer.addEventListener("focus", () => {
      this.entered = true;
      this.schedule();
    });
    // On the press, not the release: ten times a second the row under the pointer may be another one.
    this.layer.addEventListener("mousedown", (event) => {
      if (event.button !== 0) return;
      const line = this.lines.find((one) => one.element.contains(event.target as Node));
      if (!line) return;
      if (event.shiftKey) {
        event.preventDefault(); // it would mark text
        this.focus();
      }
      this.choose(line.position, event.shiftKey ? "range" : event.ctrlKey || event.metaKey ? "flip" : "only");
    });
    this.layer.addEventListener("contextmenu", (event) => {
      if (event.shiftKey) return; // leaves the browser's
      const line = this.lines.find((one) => one.element.contains(event.target as Node));
      const row = line && this.pages.get(line.position);
      if (row && this.offer(row, line.position, event.clientX, event.clientY)) {
        event.preventDefault();
        event.stopPropagation(); // JupyterLab listens at the document for its own
      }
    });
    this.observer = new ResizeObserver(() => {
      this.height = this.body.clientHeight;
      this.schedule();
    });
    this.observer.observe(this.body);
  }

  /** The overlays, to be placed in a positioned parent. */
  get overlays(): HTMLElement[] {
    return [this.empty, this.fresh];
  }

  close(): void {
    this.observer.disconnect();
    this.columns.dispose();
    this.patience.end();
  }

  // ---- what the owner tells

  /** Whose the rows are; a column tells it where there are several. */
  sessions(names: ReadonlyMap<number, string>): void {
    this.names = names;
    this.element.classList.toggle("kws-merged", names.size > 1);
    this.count();
  }

  private count(): void {
    setAttr(this.layer, "aria-colcount", String(COLUMNS.length + this.columns.count + (this.names.size > 1 ? 1 : 0)));
  }

  /** How many rows were ever written: the column of their numbers is as wide as the largest needs. */
  written(total: number): void {
    this.element.style.setProperty("--kws-digits", String(Math.max(5, count(total).length)));
  }

  /** A tick came. `hint` says what to do while there is nothing to see; lifecycle rows alone are nothing. */
  ticked(freshView: boolean, hint: string, filtered: boolean): void {
    this.filtered = filtered;
    if (freshView) {
      this.inflight.clear();
      this.cursor = undefined;
      this.moved = false;
      if (this.frozen !== null) this.frozen = this.pages.stop;
      this.seen = this.pages.stop; // what another filter shows now is not new
      if (!this.following) this.top = this.pages.first;
    }
    this.hint(hint);
  }

  /** The kernel has gone: what is not here now never comes. */
  gone(): void {
    this.absent = "not read from the kernel before it ended";
    this.schedule();
  }

  /** Says what to do while there is nothing to see. */
  hint(text: string): void {
    setText(this.empty, text);
    this.schedule();
  }

  arrived(page: number, pages: number): void {
    for (let at = page; at < page + pages; at++) this.inflight.delete(at);
    this.schedule();
  }

  follow(on: boolean): void {
    if (on) this.freeze(false);
    if (this.following !== on) {
      this.following = on;
      this.owner.followed(on);
    }
    if (!on) this.seen = this.stop;
    this.schedule();
  }

  freeze(on: boolean): void {
    if (on === (this.frozen !== null)) return;
    this.frozen = on ? this.pages.stop : null;
    if (on) this.seen = this.pages.stop;
    this.schedule();
  }

  get isFrozen(): boolean {
    return this.frozen !== null;
  }

  focus(): void {
    this.layer.focus({ preventScroll: true });
  }

  // ---- geometry

  private get stop(): number {
    return this.frozen === null ? this.pages.stop : Math.max(this.pages.first, Math.min(this.frozen, this.pages.stop));
  }
  private get visible(): number {
    return this.height / ROW;
  }
  private get maxTop(): number {
    return Math.max(this.pages.first, this.stop - this.visible);
  }
  private get scaled(): boolean {
    return (this.stop - this.pages.first) * ROW > MAX_PX;
  }

  private scrolled(): void {
    const at = Math.max(0, this.body.scrollTop); // where scrolling bounces it is less for a moment
    const by = at - this.expected;
    if (Math.abs(by) < 1 || this.entered) return;
    this.expected = at;
    const room = this.body.scrollHeight - this.body.clientHeight;
    const first = this.pages.first;
    this.top = this.scaled ? first + (at / Math.max(1, room)) * (this.maxTop - first) : first + at / ROW;
    this.letGo(by);
    this.schedule();
  }

  /** Where the scroll bar is scaled the wheel moves by rows. At either end, and sideways, it is the page's, as a browser does it elsewhere. */
  private wheel(event: WheelEvent): void {
    const { deltaX, deltaY, deltaMode } = event;
    if (!this.scaled || !event.cancelable || event.ctrlKey || event.shiftKey || Math.abs(deltaY) <= Math.abs(deltaX))
      return;
    const rows = deltaMode === 0 ? deltaY / ROW : deltaY * (deltaMode === 2 ? this.visible : 1);
    const top = Math.max(this.pages.first, Math.min(this.maxTop, this.top + rows));
    if (top === this.top) return;
    event.preventDefault();
    this.top = top;
    this.letGo(rows);
    this.schedule();
  }

  /** Scrolling back ends following, however slowly, where there is something to go back to; scrolling to the end begins it. */
  private letGo(by: number): void {
    this.moved = true;
    const atEnd = this.top >= this.maxTop - (by < 0 ? 0.75 / ROW : 0.5);
    if (atEnd === this.following || (atEnd && this.frozen !== null)) return;
    this.following = atEnd;
    if (!atEnd) this.seen = this.stop;
    this.owner.followed(atEnd);
  }

  // ---- painting

  schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.paint();
    });
  }

  private paint(): void {
    this.paints += 1;
    this.entered = false;
    this.height ||= this.body.clientHeight;
    if (this.height === 0) return; // hidden
    const { first } = this.pages;
    const stop = this.stop;
    const total = stop - first;
    if (this.following) this.top = this.maxTop;
    this.top = Math.max(first, Math.min(this.top, this.maxTop));
    const overscan = this.following ? OVERSCAN_FOLLOWING : OVERSCAN;
    const start = Math.max(first, Math.floor(this.top) - overscan);
    const end = Math.min(stop, Math.ceil(this.top + this.visible) + overscan);
    this.fetch(this.pages.missing(start, end).filter((page) => !this.inflight.has(page))); // first: the kernel works while we paint
    const waits = this.patience.lasts(end > start && !this.pages.any(start, end));
    setAttr(this.layer, "aria-busy", String(waits));
    if (!waits) this.paintLines(start, end, first);
    setAttr(this.layer, "aria-rowcount", String(total + 1));
    this.remember();
    this.position(first, start, total);
  }

  /** Notes where the reader has left the table, for views to come. */
  private remember(): void {
    if (this.following) {
      this.moved = true;
      this.place = null;
    } else if (this.moved) {
      const at = Math.ceil(this.top);
      const row = this.pages.get(at);
      if (row) this.place = [row[0], at - this.top];
    }
  }

  private paintLines(start: number, end: number, first: number): void {
    this.pool(Math.ceil(this.visible) + 2 * OVERSCAN + 1);
    this.turn(start);
    let active = "";
    this.times.painting(this.pages.get(first));
    this.lines.forEach((line, offset) => {
      const position = start + offset;
      if (position >= end) {
        line.hide();
        return;
      }
      line.element.hidden = false;
      if (this.paintLine(line, position, first)) active = line.element.id;
    });
    if (active) setAttr(this.layer, "aria-activedescendant", active);
    else this.layer.removeAttribute("aria-activedescendant");
    this.paintFresh();
    this.empty.hidden = !this.empty.textContent;
  }

  /** Puts the rows where the scroll bar says they are. Last: to ask for scrollTop lays the page out, which is to be done once a frame. */
  private position(first: number, start: number, total: number): void {
    const pixels = Math.min(total * ROW, MAX_PX);
    const room = Math.max(0, pixels - this.height);
    const want = this.scaled
      ? ((this.top - first) / Math.max(1e-9, this.maxTop - first)) * room
      : (this.top - first) * ROW;
    this.sizer.style.height = `${pixels}px`;
    this.layer.style.top = `${this.scaled ? want - (this.top - start) * ROW : (start - first) * ROW}px`;
    if (Math.abs(this.body.scrollTop - want) > 0.75) this.body.scrollTop = want; // also where a page that moved us has set it to 0
    this.expected = this.body.scrollTop;
  }

  private fetch(missing: readonly number[]): void {
    if (this.inflight.size >= 3) return; // the newest place wins: the rest is asked for when these are here
    const page = missing[0];
    if (page === undefined) return;
    // A place on the edge of two pages is one round trip all the same.
    const pages = Math.min(MOST_PAGES, missing.filter((one, offset) => one === page + offset).length);
    for (let at = page; at < page + pages; at++) this.inflight.add(at);
    this.owner.fetch(page, pages);
  }

  private paintFresh(): void {
    const waiting = this.pages.stop - this.seen;
    const below = this.pages.stop > this.top + this.visible || this.frozen !== null;
    const show = (!this.following || this.frozen !== null) && waiting > 0 && below;
    this.fresh.hidden = !show;
    if (show) setText(this.fresh, `${count(waiting)} new ↓`);
  }

  private pool(size: number): void {
    while (this.lines.length < size) {
      const line = new Line(`${this.id}-${this.lines.length}`);
      this.layer.append(line.element);
      this.lines.push(line);
    }
    while (this.lines.length > size) this.lines.pop()!.element.remove();
  }

  /** Rows that stay in sight keep their elements: what is pressed, marked or read aloud there is still the same row. */
  private turn(start: number): void {
    const by = start - this.begin;
    this.begin = start;
    if (Math.abs(by) >= this.lines.length) return;
    const moved = this.lines.splice(by > 0 ? 0 : this.lines.length + by, Math.abs(by));
    const elements = moved.map((line) => line.element);
    if (by > 0) {
      this.lines.push(...moved);
      this.layer.append(...elements);
    } else {
      this.lines.unshift(...moved);
      this.layer.prepend(...elements);
    }
  }

  /** Fills one row; true when the keyboard is on it. */
  private paintLine(line: Line, position: number, first: number): boolean {
    const row = this.pages.get(position);
    const before = position > first ? this.pages.get(position - 1) : undefined;
    const chosen = row != null && this.selection.has(row[0]);
    const active = row != null && row[0] === this.selection.active;
    setAttr(line.element, "aria-rowindex", String(position - first + 2)); // another one when older rows are dropped
    if (chosen) this.selection.saw(row);
    if (active) this.cursor = position;
    if (active && chosen) this.times.selected(row[1]);
    const note = row ? this.note(row[0]) : undefined;
    const key = `${this.pages.gen}:${position}:${row === undefined ? this.absent : row === null ? "-" : `${row[0]}.${row[6]}`}:${before ? 1 : 0}:${chosen ? 1 : 0}${active ? "a" : ""}:${this.times.key}:${this.pages.layout}.${this.columns.layout}:${note ?? "-"}`;
    if (line.key === key) return active;
    line.key = key;
    line.position = position;
    setAttr(line.element, "aria-selected", String(chosen));
    const ours = this.pages.layout === this.columns.layout; // else the heads are of others for a moment
    if (row)
      line.write(row, {
        cells: (ours && row[8]) || [],
        columns: this.columns.count,
        rule: ours ? this.rule(row[9]) : undefined,
        session: this.names.get(rowSource(row[0])) ?? "",
        time: this.times.text(row[1]),
        gap: before ? delta(row[1] - before[1]) : "",
        active,
        note,
      });
    else line.blank(row === null ? "dropped: the log was full" : this.absent);
    return active;
  }

  // ---- selection and keys (WAI-ARIA grid: arrows choose, Shift extends, Ctrl or ⌘ moves only, Space chooses too)

  private choose(position: number, how: "only" | "flip" | "range"): void {
    let row = this.pages.get(position);
    if (!row) return;
    const from = how === "range" ? (this.pages.find(this.selection.anchor) ?? position) : position;
    if (how === "range") {
      position = Math.max(from - MAX_SELECTED + 1, Math.min(from + MAX_SELECTED - 1, position));
      const way = position < from ? -1 : 1;
      const rows = Array.from({ length: Math.abs(position - from) + 1 }, (_, at) => this.pages.get(from + at * way));
      this.selection.range(rows.filter((one) => one != null));
      row = this.pages.get(position) ?? row;
    } else if (how === "flip") this.selection.flip(row);
    else this.selection.only(row);
    this.cursor = position;
    this.times.selected(row[1]);
    this.stay(position);
    this.owner.select(this.selection.keys, this.selection.active);
    this.reveal(position);
  }

  /** Offers the menu of a row, which is selected then. */
  private offer(row: RowItem, position: number, x: number, y: number): boolean {
    const before = this.selection.keys;
    if (!this.selection.has(row[0])) this.choose(position, "only");
    return this.owner.menu({ x, y, key: row[0], before });
  }

  /** The menu of the row the keyboard is on; of the first on screen where it is on none. */
  private offerActive(): void {
    if (this.cursor === undefined || this.selection.active < 0) this.enter();
    const position = this.cursor;
    const row = position === undefined ? undefined : this.pages.get(position);
    if (!row) return;
    this.reveal(position!);
    this.paint();
    const line = this.lines.find((one) => one.position === position && !one.element.hidden);
    const { left, bottom } = (line?.element ?? this.layer).getBoundingClientRect();
    this.offer(row, position!, left + 24, bottom);
  }

  /** The row with a key, where it is in the page. */
  row(key: number): RowItem | null | undefined {
    const position = this.pages.find(key);
    return position === undefined ? undefined : this.pages.get(position);
  }

  /** Selects rows the kernel named; the position of the first is null where the filter hides it. */
  point(keys: readonly number[], position: number | null): void {
    this.selection.name(keys);
    this.times.selected(null); // until it is painted
    this.cursor = position ?? undefined;
    if (position !== null) {
      this.stay(position);
      this.reveal(position);
    } else this.schedule();
  }

  /**
   * Who chose a row no longer follows, where the newest would take it out of sight: now, or without the filter. The newest
   * that a filter shows, often the only one, is rarely the newest of all.
   */
  private stay(position: number): void {
    if (this.following && (this.filtered || (position < this.stop - 1 && this.maxTop > this.pages.first)))
      this.follow(false);
  }

  /** The row to keep in sight in another view, where nothing is followed: the chosen one, else the first on screen. */
  get kept(): number | null {
    const { active } = this.selection;
    if (this.following) return null;
    return this.selection.has(active) ? active : (this.place?.[0] ?? null);
  }

  /**
   * Brings the place of `kept` in this view into sight, unless somebody has scrolled meanwhile: the chosen row with what is
   * around it, another one where it stood. `exact` when it is the row itself, and not what comes next.
   */
  keep(position: number, exact: boolean): void {
    if (this.top !== this.pages.first) return;
    const chosen = this.selection.has(this.selection.active);
    const before = chosen ? Math.floor(this.visible / 2) : (this.place?.[1] ?? 0);
    this.cursor = chosen && exact ? position : undefined;
    this.top = Math.max(this.pages.first, Math.min(this.maxTop, position - before));
    if (chosen) this.moved = true;
    this.schedule();
  }

  /** Takes the keys; where no row is chosen, that is the first on screen now. */
  enter(): void {
    this.focus();
    if (this.cursor === undefined) this.step(1, "only");
  }

  /** The place to search on from: the chosen row, else the edge of what is seen. */
  here(way: 1 | -1): number {
    const chosen = this.cursor ?? this.pages.find(this.selection.active);
    return chosen ?? (way > 0 ? Math.ceil(this.top) - 1 : Math.floor(this.top + this.visible));
  }

  private reveal(position: number): void {
    this.moved = true;
    if (position < this.top) this.top = position;
    else if (position + 1 > this.top + this.visible) this.top = position + 1 - this.visible;
    this.schedule();
  }

  private step(rows: number, how: "only" | "range" | "move"): void {
    const from =
      this.cursor ??
      this.pages.find(this.selection.active) ??
      (rows > 0 ? Math.ceil(this.top) - 1 : this.following ? this.stop : Math.floor(this.top + this.visible));
    const position = Math.max(this.pages.first, Math.min(this.stop - 1, from + rows));
    this.cursor = position;
    this.reveal(position);
    if (how !== "move") this.choose(position, how);
    else {
      this.selection.active = this.pages.get(position)?.[0] ?? -1;
      if (this.following && position < this.stop - 1) this.follow(false);
    }
  }

  /** Home and End move what is seen, and the keyboard with it: the next arrow chooses what is there. */
  private edge(newest: boolean): void {
    this.cursor = undefined;
    this.selection.active = -1;
    if (newest) this.follow(true);
    else {
      this.top = this.pages.first;
      this.letGo(-1);
      this.schedule();
    }
  }

  /** Does what a key of the table does. */
  key(event: KeyboardEvent): void {
    if (event.altKey) return;
    const page = Math.max(1, Math.floor(this.visible) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    const only = !event.ctrlKey && !event.metaKey;
    const command = only ? COMMANDS[event.key] : undefined;
    if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) this.offerActive();
    else if (step) this.step(step, event.shiftKey ? "range" : only ? "only" : "move");
    else if (event.key === " ") {
      if (this.cursor !== undefined) this.choose(this.cursor, event.shiftKey ? "range" : "flip");
    } else if ((event.key === "Home" || event.key === "End") && only) this.edge(event.key === "End");
    else if (command) this.owner.command(command);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

export { PAGE_ROWS };
