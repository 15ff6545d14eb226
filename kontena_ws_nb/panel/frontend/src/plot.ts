// Numbers at a JSON path over time: the plots above the table, each with its lines, legend and crosshair, and the form that adds one.
// What must not live here: reading messages, and which points there are (the kernel's).

import { again } from "./columns";
import { Completion } from "./completion";
import { button, h, icon, setAttr, setText, SUPPRESS, svg } from "./dom";
import { clock, count, visible } from "./format";
import type { CompleteAnswer, PlotItem, PointsAnswer, SeriesInfo } from "./messages";
import { axis, upright } from "./overview";
import { Popup } from "./popup";
import { before, exact, tickLabel, ticks, timeLabel, timeTicks } from "./scales";
import { APART_MS, Turns } from "./turns";

export interface PlotOwner {
  points(plot: number): Promise<[PointsAnswer, DataView, DataView]>;
  /** Rejects when a path does not parse, or there are too many. */
  plot(path: string, by: string, where: string): Promise<void>;
  complete(text: string, path: 0 | 1): Promise<CompleteAnswer>;
  /** What is known against a path. */
  advise(path: string): Promise<string>;
  unplot(plot: number): Promise<void>;
  /** Goes to the message of a point. */
  go(plot: number, series: number, time: number, value: number): Promise<void>;
  problem(text: string): void;
}

interface Line extends SeriesInfo {
  /** Where its points are in the arrays. */
  from: number;
  to: number;
}

export interface Points {
  /** Epoch microseconds. */
  times: Float64Array;
  values: Float64Array;
  lines: Line[];
}

export function unpack(answer: PointsAnswer, times: DataView, values: DataView): Points {
  const many = answer.series.reduce((sum, { points }) => sum + points, 0);
  let at = 0;
  return {
    times: Float64Array.from({ length: many }, (_, one) => answer.start + times.getFloat32(4 * one, true) * 1000),
    values: Float64Array.from({ length: many }, (_, one) => values.getFloat64(8 * one, true)),
    lines: answer.series.map((one) => {
      const from = at;
      at += one.points;
      return { ...one, from, to: at };
    }),
  };
}

/** Of some values, those that are numbers: the lowest and the highest; widened where they are one. */
export function range(values: Float64Array): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  const room = high > low ? (high - low) * 0.05 : Math.abs(low) * 0.001 || 1;
  // Of two numbers near the largest the difference is none.
  return Number.isFinite(high - low + room) ? [low - room, high + room] : [-Number.MAX_VALUE / 4, Number.MAX_VALUE / 4];
}

/** Milliseconds until another span of time is drawn, if nothing else is till then. */
const REACH_MS = 700;
/** Points from which on it is drawn once a second. */
const MANY = 1000;
const WIDTH = 1000;
const HEIGHT = 100;
/** Colours and dashes of the stylesheet: twelve lines differ in both. */
const COLOURS = 6;
const DASHES = 4;

class Plot {
  readonly element: HTMLElement;
  private readonly title = h("span", { class: "kws-plot-title" });
  private readonly said = h("span", { class: "kws-strip-said" });
  private readonly note = h("div", { class: "kws-plot-note", hidden: true });
  private readonly grid = svg("path", { class: "kws-plot-grid" });
  private readonly lines = svg("g", { class: "kws-plot-lines" });
  private readonly picture: SVGElement;
  private readonly ys = h("div", { class: "kws-plot-ys", "aria-hidden": "true" });
  private readonly xs = h("div", { class: "kws-axis", "aria-hidden": "true" });
  private readonly cursor = h("div", { class: "kws-strip-cursor", hidden: true });
  private readonly dot = h("div", { class: "kws-plot-dot", hidden: true });
  private readonly area: HTMLElement;
  private readonly legend = h("div", { class: "kws-plot-legend" });
  private readonly turns: Turns;
  private data: Points = { times: new Float64Array(), values: new Float64Array(), lines: [] };
  private readonly hidden = new Set<number>();
  private drawn: [low: number, high: number] = [0, 0];
  private x: [low: number, high: number] = [0, 0];
  private y: [low: number, high: number] = [0, 1];
  private entries = "";
  private timer = 0;
  /** The point the crosshair or the keyboard is on: a line's number in the list, and the place in the arrays. */
  private at: [line: number, point: number] | null = null;

  constructor(
    readonly item: PlotItem,
    private readonly owner: PlotOwner,
  ) {
    const { path, by, where } = item;
    const name = `${path}${by ? ` by ${by}` : ""}${where ? ` where ${where}` : ""}`;
    this.title.append(visible(name));
    const close = button(
      `Close the plot of ${visible(name)}`,
      { class: "kws-button kws-plot-close", title: "Close" },
      "✕",
    );
    close.addEventListener(
      "click",
      () => void owner.unplot(item.number).catch((error: Error) => owner.problem(error.message)),
    );
    this.picture = svg(
      "svg",
      {
        class: "kws-plot-picture",
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": "No numbers yet",
      },
      this.grid,
      this.lines,
    );
    this.area = h(
      "div",
      {
        class: "kws-strip-area",
        role: "slider",
        tabindex: 0,
        "aria-label": `Points of ${visible(name)}: arrow keys walk along a line and between lines, Enter goes to the message`,
        "aria-valuemin": 0,
        "aria-valuemax": 0,
        "aria-valuenow": 0,
        ...SUPPRESS,
      },
      this.cursor,
      this.dot,
    );
    this.element = h(
      "div",
      { class: "kws-plot", role: "group", "aria-label": `Plot of ${visible(name)}` },
      h("div", { class: "kws-strip-head" }, this.title, this.said, close),
      h("div", { class: "kws-plot-box" }, this.ys, h("div", { class: "kws-plot-field" }, this.picture, this.area)),
      this.xs,
      this.legend,
      this.note,
    );
    this.area.addEventListener("pointermove", (event) => this.hover(event));
    this.area.addEventListener("pointerleave", () => this.point(null));
    this.area.addEventListener("click", (event) => {
      this.hover(event);
      void this.go();
    });
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.turns = new Turns(this.element, () => this.ask());
  }

  dispose(): void {
    this.turns.dispose();
    window.clearTimeout(this.timer);
  }

  want(): void {
    this.turns.want();
  }

  hurry(): void {
    this.turns.hurry();
  }

  /** Draws from and to these times at least: as the chart above does. */
  reach(low: number, high: number): void {
    if (low === this.drawn[0] && high === this.drawn[1]) return;
    this.drawn = [low, high];
    // Once: an answer is under way too while rows come.
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.paint(), REACH_MS);
  }

  private async ask(): Promise<boolean> {
    const [answer, times, values] = await this.owner.points(this.item.number);
    this.data = unpack(answer, times, values);
    this.turns.apart = this.data.values.length > MANY ? 2 * APART_MS : APART_MS; // dashes take long to draw
    if (this.at && (this.at[0] >= this.data.lines.length || this.at[1] >= this.data.values.length)) this.at = null;
    this.paint();
    this.tell(answer);
    return answer.busy === 1;
  }

  private tell({ left_out, more, passed, looked, odd, large, problem, busy, series }: PointsAnswer): void {
    const said = [
      problem,
      left_out
        ? `${count(left_out)}${more ? " or more" : ""} other values of ${this.item.by} are not drawn: filter for them`
        : "",
      looked < passed ? `sampled: ${count(looked)} of ${count(passed)} messages` : "",
      odd ? `${count(odd)} ${odd === 1 ? "value is" : "values are"} no finite number` : "",
      large ? `${count(large)} messages above 1 MiB not looked into` : "",
      !series.length && !problem ? (busy ? "reading…" : "no message has a number there") : "",
    ];
    const text = said.filter(Boolean).map(visible).join(" · ");
    this.note.hidden = !text;
    setText(this.note, text);
  }

  private shownLine = ({ number }: Line): boolean => !this.hidden.has(number);

  private paint(): void {
    window.clearTimeout(this.timer);
    const { times, values, lines } = this.data;
    const shown = lines.filter(this.shownLine);
    const own: [number, number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const time of times) {
      own[0] = Math.min(own[0], time);
      own[1] = Math.max(own[1], time);
    }
    const [from, to] = this.drawn;
    this.x = to > from ? [Math.min(from, own[0]), Math.max(to, own[1])] : times.length ? own : [0, 0];
    if (this.x[1] <= this.x[0]) this.x = [this.x[0] - 500_000, this.x[0] + 500_000];
    this.y = range(
      shown.length === lines.length
        ? values
        : Float64Array.from(shown.flatMap((one) => [...values.subarray(one.from, one.to)])),
    );
    while (this.lines.childElementCount > lines.length) this.lines.lastElementChild!.remove();
    while (this.lines.childElementCount < lines.length) this.lines.append(svg("path"));
    lines.forEach((line, at) => {
      const path = this.lines.children[at]!;
      setAttr(path, "class", style(line));
      setAttr(path, "d", this.shownLine(line) ? this.path(line) : "");
    });
    const [ys, step] = ticks(this.y[0], this.y[1], 4);
    setAttr(this.grid, "d", ys.map((one) => `M0 ${this.top(one).toFixed(2)}H${WIDTH}`).join(""));
    upright(this.ys, values.length ? ys.map((one) => [this.top(one), tickLabel(one, step)]) : []);
    const [xs, apart] = timeTicks(...this.x, 6);
    axis(this.xs, times.length ? xs.map((one) => [this.left(one) / WIDTH, timeLabel(one, apart)]) : []);
    setAttr(this.picture, "aria-label", this.summary());
    this.list();
    this.point(this.at);
  }

  private left(time: number): number {
    return ((time - this.x[0]) / (this.x[1] - this.x[0])) * WIDTH;
  }

  private top(value: number): number {
    const [low, high] = this.y;
    return (1 - (value / 2 - low / 2) / (high / 2 - low / 2)) * HEIGHT; // halves: the difference could be too large a number
  }

  /** A line, interrupted where another connection began; a point that stands alone is a dot. */
  private path({ from, to }: Line): string {
    const { times, values } = this.data;
    let path = "";
    let pen = "M";
    for (let at = from; at < to; at++) {
      const value = values[at]!;
      if (Number.isNaN(value)) {
        pen = "M";
        continue;
      }
      path += `${pen}${this.left(times[at]!).toFixed(1)} ${this.top(value).toFixed(2)}`;
      if (pen === "M" && (at + 1 >= to || Number.isNaN(values[at + 1]!))) path += "h0.01";
      pen = "L";
    }
    return path;
  }

  private summary(): string {
    const { values, lines } = this.data;
    if (!lines.length) return "No numbers yet";
    const said = lines.map((line) => {
      const own = values.subarray(line.from, line.to).filter((value) => !Number.isNaN(value));
      const [low, high] = [
        own.reduce((a, b) => Math.min(a, b), own[0]!),
        own.reduce((a, b) => Math.max(a, b), own[0]!),
      ];
      return `${visible(line.name) || this.item.path}: lowest ${exact(low)}, highest ${exact(high)}, last ${exact(line.last)}`;
    });
    return `${lines.length} ${lines.length === 1 ? "line" : "lines"}. ${said.join("; ")}`;
  }

  // ---- legend

  private list(): void {
    const { lines } = this.data;
    const now = JSON.stringify(lines.map(({ number, name }) => [number, name]));
    if (now !== this.entries) {
      this.entries = now;
      this.legend.replaceChildren(...lines.map((line) => this.entry(line)));
    }
    this.legend.hidden = !lines.length;
    lines.forEach((line, at) => {
      setText(this.legend.children[at]!.lastElementChild!, exact(this.value(line, at), 8));
      setAttr(this.legend.children[at]!, "aria-pressed", String(this.shownLine(line)));
    });
  }

  /** Of a line, what the legend says: its value at the crosshair, else its last. */
  private value(line: Line, at: number): number {
    if (!this.at) return line.last;
    if (this.at[0] === at) return this.data.values[this.at[1]]!;
    const { times, values } = this.data;
    let near = before(times, times[this.at[1]]!, line.from, line.to);
    while (near >= line.from && Number.isNaN(values[near]!)) near -= 1;
    return near < line.from ? values[line.from]! : values[near]!;
  }

  private entry(line: Line): HTMLElement {
    const name = visible(line.name) || this.item.path;
    const one = button(
      name,
      { class: "kws-button kws-plot-entry", title: `${name}: ${count(line.count)} numbers. Click to hide or show` },
      svg(
        "svg",
        { class: "kws-plot-sample", viewBox: "0 0 22 8", "aria-hidden": "true" },
        svg("path", { class: style(line), d: "M1 4H21" }),
      ),
      h("span", { class: "kws-plot-name" }, name),
      h("b", {}),
    );
    one.addEventListener("click", () => {
      if (!this.hidden.delete(line.number)) this.hidden.add(line.number);
      this.paint();
    });
    const alone = (on: boolean) => (): void => {
      const at = this.data.lines.findIndex(({ number }) => number === line.number);
      setAttr(this.lines, "data-alone", String(on));
      [...this.lines.children].forEach((path, place) => {
        setAttr(path, "data-this", String(on && place === at));
      });
    };
    one.addEventListener("pointerenter", alone(true));
    one.addEventListener("focus", alone(true));
    one.addEventListener("pointerleave", alone(false));
    one.addEventListener("blur", alone(false));
    return one;
  }

  // ---- crosshair

  private hover(event: MouseEvent): void {
    const box = this.area.getBoundingClientRect();
    if (!box.width) return;
    const { times, values, lines } = this.data;
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best: [number, number] | null = null;
    let least = Number.POSITIVE_INFINITY;
    lines.forEach((line, at) => {
      if (!this.shownLine(line)) return;
      for (let point = line.from; point < line.to; point++) {
        if (Number.isNaN(values[point]!)) continue;
        const dx = (this.left(times[point]!) / WIDTH) * box.width - x;
        const dy = (this.top(values[point]!) / HEIGHT) * box.height - y;
        const away = dx * dx + (dy * dy) / 9; // what is above or below counts less
        if (away < least) [best, least] = [[at, point], away];
      }
    });
    this.point(best);
  }

  private point(at: [line: number, point: number] | null): void {
    this.at = at;
    this.cursor.hidden = this.dot.hidden = at === null;
    this.list();
    if (!at) {
      setText(this.said, "");
      return;
    }
    const line = this.data.lines[at[0]]!;
    const [time, value] = [this.data.times[at[1]]!, this.data.values[at[1]]!];
    this.cursor.style.left = this.dot.style.left = `${this.left(time) / (WIDTH / 100)}%`;
    this.dot.style.top = `${this.top(value)}%`;
    setAttr(this.dot, "class", `kws-plot-dot ${style(line)}`);
    const text = `${clock(time)}  ${visible(line.name)} ${exact(value)}`;
    setText(this.said, text);
    setAttr(this.area, "aria-valuemax", String(line.to - line.from - 1));
    setAttr(this.area, "aria-valuenow", String(at[1] - line.from));
    setAttr(this.area, "aria-valuetext", text);
  }

  private async go(): Promise<void> {
    if (!this.at) return;
    const line = this.data.lines[this.at[0]]!;
    const [time, value] = [this.data.times[this.at[1]]!, this.data.values[this.at[1]]!];
    try {
      await this.owner.go(this.item.number, line.number, Math.round(time), value);
    } catch (error) {
      this.owner.problem((error as Error).message);
    }
  }

  private key(event: KeyboardEvent): void {
    const { lines, values } = this.data;
    const shown = lines.map((_, at) => at).filter((at) => this.shownLine(lines[at]!));
    if (event.ctrlKey || event.metaKey || event.altKey || !shown.length) return;
    const place = this.at ?? [shown[0]!, lines[shown[0]!]!.to];
    const line = lines[place[0]]!;
    let to: [number, number] | null = null;
    const along = (from: number, step: number): void => {
      let at = Math.max(line.from, Math.min(line.to - 1, from));
      while (at > line.from && at < line.to - 1 && Number.isNaN(values[at]!)) at += step;
      if (!Number.isNaN(values[at]!)) to = [place[0], at];
    };
    if (event.key === "ArrowLeft") along(place[1] - 1, -1);
    else if (event.key === "ArrowRight") along(place[1] + 1, 1);
    else if (event.key === "Home") along(line.from, 1);
    else if (event.key === "End") along(line.to - 1, -1);
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const next =
        shown[(shown.indexOf(place[0]) + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length]!;
      const { from, to: end } = lines[next]!;
      const time = this.at ? this.data.times[place[1]]! : Number.POSITIVE_INFINITY;
      let at = Math.max(from, before(this.data.times, time, from, end));
      while (at > from && Number.isNaN(values[at]!)) at -= 1;
      to = [next, at];
    } else if (event.key === "Enter" && this.at) void this.go();
    else if (event.key === "Escape" && this.at) this.point(null);
    else return;
    if (to) this.point(to);
    event.preventDefault();
    event.stopPropagation();
  }
}

const style = ({ number }: { number: number }): string => `kws-c-${number % COLOURS} kws-d-${number % DASHES}`;

export class Plots {
  readonly element = h("div", { class: "kws-plots" });
  /** Opens the form. */
  readonly button: HTMLButtonElement;
  private plots: Plot[] = [];
  private readonly lists: Completion[] = [];
  private known = "";
  private drawn: [low: number, high: number] = [0, 0];

  constructor(private readonly owner: PlotOwner) {
    this.button = button(
      "Plot",
      { class: "kws-button kws-plotting", title: "Draw the numbers at a JSON path over time" },
      icon("plot"),
      "Plot",
    );
    this.form();
  }

  dispose(): void {
    for (const one of [...this.plots, ...this.lists]) one.dispose();
  }

  /** What the widget remembers: those there are. */
  set(items: readonly PlotItem[]): void {
    const before = new Map(this.plots.map((plot) => [plot.item.number, plot]));
    this.plots = items.map((item) => before.get(item.number) ?? new Plot(item, this.owner));
    for (const plot of before.values()) if (!this.plots.includes(plot)) plot.dispose();
    this.element.replaceChildren(...this.plots.map(({ element }) => element));
    for (const plot of this.plots) {
      plot.reach(...this.drawn);
      if (!before.has(plot.item.number)) plot.hurry();
    }
  }

  tick({
    total,
    kept,
    sources,
    meanings,
  }: {
    total: number;
    kept: number;
    sources: unknown[];
    meanings: number;
  }): void {
    const now = JSON.stringify([total, kept, meanings, sources]);
    if (now === this.known) return;
    this.known = now;
    for (const plot of this.plots) plot.want();
  }

  /** The chart above draws from and to these times; 0, 0 when it is closed. */
  reach(low: number, high: number): void {
    this.drawn = [low, high];
    for (const plot of this.plots) plot.reach(low, high);
  }

  /** Plots a path: what a menu or a tree offers. */
  add(path: string, by = "", where = ""): Promise<void> {
    return this.owner.plot(path, by, where);
  }

  private form(): void {
    const lists: Completion[] = this.lists;
    const field = (label: string, placeholder: string, isPath: 0 | 1 = 1): HTMLInputElement => {
      const input = h("input", {
        class: "kws-input kws-plot-path",
        type: "text",
        spellcheck: "false",
        autocomplete: "off",
        placeholder,
        "aria-label": label,
        ...SUPPRESS,
      });
      const ask = (text: string): Promise<CompleteAnswer> => this.owner.complete(text, isPath);
      lists.push(new Completion(input, ask, () => undefined, isPath === 1));
      return input;
    };
    const path = field("Path of the number", "$.price");
    const by = field("Path that tells lines apart", "$.symbol (optional)");
    const where = field("Only messages that match this filter", "filter (optional)", 0);
    const error = h("div", { class: "kws-error", role: "alert" });
    const done = button("Draw it", { class: "kws-button kws-primary", title: "Draw it (Enter)" });
    const menu = h(
      "div",
      { class: "kws-choices kws-plot-form", role: "dialog", "aria-label": "Plot" },
      h("label", {}, "Number", path, lists[0]!.list),
      h("label", {}, "By", by, lists[1]!.list),
      h("label", {}, "Only", where, lists[2]!.list),
      error,
      done,
    );
    const popup = new Popup(this.button, menu, () => setText(error, ""));
    this.button.addEventListener("click", () => menu.isConnected && path.focus({ preventScroll: true }));
    let warned = "";
    const submit = async (): Promise<void> => {
      setText(error, "");
      for (const one of lists) one.close();
      const wanted = JSON.stringify([path.value, by.value]);
      // Said once, before there is an empty plot to close.
      for (const one of wanted === warned ? [] : [path, by]) {
        const doubt = one.value && (await this.owner.advise(one.value).catch(() => "")); // a wrong path is told below
        if (!doubt) continue;
        warned = wanted;
        setText(error, `${visible(doubt)} ${again("Draw it")}`);
        one.focus();
        return;
      }
      try {
        await this.add(path.value, by.value, where.value);
        path.value = by.value = where.value = "";
        popup.open(false);
      } catch (failed) {
        setText(error, (failed as Error).message);
        path.focus();
      }
    };
    done.addEventListener("click", () => void submit());
    for (const [at, one] of [path, by, where].entries())
      one.addEventListener("keydown", (event) => {
        const list = lists[at]!;
        // Tab walks through the fields, unless a list is open.
        if ((list.isOpen || event.ctrlKey) && list.key(event)) return event.stopPropagation();
        if (event.key === "Enter") {
          event.preventDefault();
          void submit();
        }
        if (event.key !== "Escape") event.stopPropagation();
      });
    done.addEventListener("keydown", (event) => {
      if (event.key !== "Tab" || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      path.focus();
    });
  }
}
