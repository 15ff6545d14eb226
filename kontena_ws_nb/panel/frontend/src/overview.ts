// The chart above the table: messages and bytes over time, and the span of it that the filter shows. A span is chosen by dragging, or with the
// arrow keys and Shift. What must not live here: counting, and what a span means to a filter (the kernel's).

import { h, setAttr, setText, SUPPRESS, svg } from "./dom";
import { bytes, clock, count, rate, span } from "./format";
import type { OverviewAnswer, Tick } from "./messages";
import { tickLabel, timeLabel, timeTicks } from "./scales";
import { Turns } from "./turns";

export interface OverviewOwner {
  overview(): Promise<[OverviewAnswer, DataView, DataView]>;
  /** Shows the rows of a span only: epoch microseconds; 0, 0 for all. */
  brush(low: number, high: number): Promise<void>;
  /** What is drawn: epoch microseconds from and to. */
  drawn(low: number, high: number): void;
  problem(text: string): void;
}

export interface Buckets {
  start: number;
  width: number;
  received: number[];
  sent: number[];
  events: number[];
  /** Messages the filter shows, received and sent; null without one. */
  shown: [received: number[], sent: number[]] | null;
  size: number[];
}

export function unpack(answer: OverviewAnswer, counts: DataView, sizes: DataView): Buckets {
  const { start, width, count: many, filtered } = answer;
  const part = (at: number): number[] =>
    Array.from({ length: many }, (_, bucket) => counts.getUint32(4 * (at * many + bucket), true));
  return {
    start,
    width,
    received: part(0),
    sent: part(1),
    events: part(2),
    shown: filtered ? [part(3), part(4)] : null,
    size: Array.from({ length: many }, (_, bucket) => sizes.getFloat64(8 * bucket, true)),
  };
}

/** Bars as one path, in a box of `many` by 100: up from a base, or down. */
export function bars(values: readonly number[], top: number, base: number, reach: number): string {
  return values
    .map((value, at) => (value ? `M${at} ${base}v${((value / top) * reach).toFixed(2)}h1V${base}z` : ""))
    .join("");
}

/** Where sent bars stand and received ones hang, and the band of bytes, in hundredths of the height. */
const [BASE, BYTES] = [24, 100];
/** How far the bars reach: sent ones up (▲), received ones down (▼), as everywhere. */
const [UP, DOWN] = [-24, 54];
/** Pixels the pointer moves before it chooses a span. */
const CLICK = 4;
const BRUSH_MS = 250;

export class Overview {
  readonly element: HTMLElement;
  private readonly said = h("span", { class: "kws-strip-said" });
  private readonly received = svg("path", { class: "kws-strip-received" });
  private readonly sent = svg("path", { class: "kws-strip-sent" });
  private readonly shown = svg("path", { class: "kws-strip-shown kws-strip-of-received" });
  private readonly shownSent = svg("path", { class: "kws-strip-shown kws-strip-of-sent" });
  private readonly size = svg("path", { class: "kws-strip-size" });
  private readonly events = svg("path", { class: "kws-strip-events" });
  private readonly picture: SVGElement;
  private readonly span = h("div", { class: "kws-strip-span", hidden: true });
  private readonly cursor = h("div", { class: "kws-strip-cursor", hidden: true });
  private readonly ys = h("div", { class: "kws-plot-ys", "aria-hidden": "true" });
  private readonly axis = h("div", { class: "kws-axis", "aria-hidden": "true" });
  private readonly area: HTMLElement;
  private readonly turns: Turns;
  private data: Buckets | null = null;
  private known = "";
  /**
   * The filter's span, open at an end without a limit, and the one that is being chosen: epoch microseconds, as buckets become wider meanwhile.
   */
  private chosen: [number, number] | null = null;
  private choosing: [from: number, to: number] | null = null;
  /** When the bucket the keyboard is on begins; null before a key was pressed. */
  private at: number | null = null;
  /** When the bucket begins from which Shift goes on choosing. */
  private anchor: number | null = null;
  private timer = 0;

  constructor(private readonly owner: OverviewOwner) {
    this.picture = svg(
      "svg",
      { class: "kws-strip-picture", preserveAspectRatio: "none", role: "img", viewBox: "0 0 1 100" },
      this.size,
      this.received,
      this.sent,
      this.shown,
      this.shownSent,
      this.events,
    );
    this.area = h(
      "div",
      {
        class: "kws-strip-area",
        role: "slider",
        tabindex: 0,
        "aria-label": "Time in the chart; Shift and arrow keys choose a span, Escape shows all",
        "aria-valuemin": 0,
        "aria-valuemax": 0,
        "aria-valuenow": 0,
        ...SUPPRESS,
      },
      this.span,
      this.cursor,
    );
    this.element = h(
      "div",
      { class: "kws-strip", role: "group", "aria-label": "Messages over time", hidden: true },
      h(
        "div",
        { class: "kws-strip-head" },
        h("span", { class: "kws-strip-key kws-strip-of-received" }, "▼ received"),
        h("span", { class: "kws-strip-key kws-strip-of-sent" }, "▲ sent"),
        h("span", { class: "kws-strip-key kws-strip-of-size" }, "bytes"),
        this.said,
      ),
      h("div", { class: "kws-plot-box" }, this.ys, h("div", { class: "kws-strip-box" }, this.picture, this.area)),
      this.axis,
    );
    this.listen();
    this.turns = new Turns(this.element, () => this.ask());
  }

  dispose(): void {
    this.turns.dispose();
    window.clearTimeout(this.timer);
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  show(on: boolean): void {
    if (this.open === on) return;
    this.element.hidden = !on;
    if (on) this.turns.hurry();
    else this.owner.drawn(0, 0);
  }

  tick({ gen, total, kept, n, busy, filter }: Tick): void {
    const now = JSON.stringify([gen, total, kept, n, busy, filter]);
    if (now === this.known) return;
    this.known = now;
    if (this.open) this.turns.want();
  }

  private async ask(): Promise<boolean> {
    if (!this.open) return false;
    const [answer, counts, sizes] = await this.owner.overview();
    this.data = unpack(answer, counts, sizes);
    const { low, high } = answer;
    this.chosen = low === null && high === null ? null : [low ?? -Infinity, high ?? Infinity];
    this.paint(this.data);
    return answer.busy === 1;
  }

  private paint({ start, width, received, sent, events, shown, size }: Buckets): void {
    const many = received.length;
    const top = Math.max(1, ...received, ...sent);
    const heaviest = Math.max(1, ...size);
    setAttr(this.picture, "viewBox", `0 0 ${Math.max(1, many)} 100`);
    setAttr(this.picture, "data-filtered", String(shown !== null));
    setAttr(this.received, "d", bars(received, top, BASE, DOWN));
    setAttr(this.sent, "d", bars(sent, top, BASE, UP));
    setAttr(this.shown, "d", shown ? bars(shown[0], top, BASE, DOWN) : "");
    setAttr(this.shownSent, "d", shown ? bars(shown[1], top, BASE, UP) : "");
    setAttr(this.size, "d", bars(size, heaviest, BYTES, -20));
    setAttr(this.events, "d", events.map((one, at) => (one ? `M${at + 0.5} 0V100` : "")).join(""));
    const sum = (all: readonly number[]): number => all.reduce((left, right) => left + right, 0);
    const peak = Math.max(0, ...received);
    setAttr(
      this.picture,
      "aria-label",
      many
        ? `${count(sum(received))} messages received and ${count(sum(sent))} sent, ${bytes(sum(size))}, from ${clock(start)} to ${clock(start + many * width)}; ` +
            `at most ${count(peak)} and at least ${count(Math.min(...received))} received in ${span(width / 1e6)}, ${count(received.at(-1)!)} in the last`
        : "No messages yet",
    );
    setAttr(this.area, "aria-valuemax", String(Math.max(0, many - 1)));
    const [at, step] = many ? timeTicks(start, start + many * width, 6) : [[], 0];
    axis(
      this.axis,
      at.map((one) => [(one - start) / (many * width), timeLabel(one, step)]),
    );
    upright(
      this.ys,
      many
        ? [
            [BASE + DOWN - 10, tickLabel(top, 1)],
            [BYTES - 10, bytes(heaviest)],
          ]
        : [],
    );
    if (!many) this.at = null;
    this.point(this.current);
    this.paintSpan();
    this.owner.drawn(start, start + many * width);
  }

  private paintSpan(): void {
    const both = this.choosing ?? this.chosen;
    this.span.hidden = !both;
    if (!both || !this.data) return;
    const { start, width, received } = this.data;
    const whole = width * received.length;
    const [low, high] = both
      .map((one) => Math.max(0, Math.min(whole, one - start)))
      .sort((left, right) => left - right);
    this.span.style.left = `${(low! / whole) * 100}%`;
    this.span.style.width = `${((high! - low!) / whole) * 100}%`;
  }

  /** The bucket of a time, of those there are. */
  private bucket(time: number): number {
    const { start, width, received } = this.data!;
    return Math.max(0, Math.min(received.length - 1, Math.floor((time - start) / width)));
  }

  /** The bucket the keyboard is on. */
  private get current(): number | null {
    return this.at === null || !this.data ? null : this.bucket(this.at);
  }

  /** Says what is in a bucket; of none, what a bucket is. */
  private point(at: number | null): void {
    const { data } = this;
    this.cursor.hidden = at === null || !data;
    if (!data) return;
    const many = data.received.length;
    if (at === null || at >= many) {
      const peak = Math.max(0, ...data.received);
      setText(this.said, many ? `each bar ${span(data.width / 1e6)} · peak ${rate(peak / (data.width / 1e6))}` : "");
      return;
    }
    this.cursor.style.left = `${((at + 0.5) / many) * 100}%`;
    const from = data.start + at * data.width;
    const fine = data.width < 1e6 ? 12 : 8;
    const shown = data.shown ? ` · ${count(data.shown[0][at]! + data.shown[1][at]!)} shown` : "";
    const happened = data.events[at]
      ? ` · ${data.events[at]} connection ${data.events[at] === 1 ? "event" : "events"}`
      : "";
    const text = `${clock(from).slice(0, fine)} – ${clock(from + data.width).slice(0, fine)}: ▼ ${count(data.received[at]!)} ▲ ${count(data.sent[at]!)} · ${bytes(data.size[at]!)}${shown}${happened}`;
    setText(this.said, text);
    setAttr(this.area, "aria-valuenow", String(at));
    setAttr(this.area, "aria-valuetext", text.replace("▼ ", "received ").replace(" ▲ ", ", sent "));
  }

  // ---- choosing

  private listen(): void {
    const { area } = this;
    const time = ({ clientX }: MouseEvent, { start, width, received }: Buckets): number => {
      const box = area.getBoundingClientRect();
      const share = box.width ? Math.max(0, Math.min(1, (clientX - box.left) / box.width)) : 0;
      return start + share * width * received.length;
    };
    let pressed: { x: number; at: number } | null = null;
    area.addEventListener("pointermove", (event) => {
      if (!this.data?.received.length) return;
      const at = time(event, this.data);
      if (pressed && (this.choosing || Math.abs(event.clientX - pressed.x) >= CLICK)) {
        this.choosing = [pressed.at, at];
        this.paintSpan();
      }
      this.point(this.bucket(at));
    });
    area.addEventListener("pointerleave", () => this.point(this.current));
    area.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.data?.received.length) return;
      pressed = { x: event.clientX, at: time(event, this.data) };
      area.setPointerCapture?.(event.pointerId);
    });
    area.addEventListener("pointerup", (event) => {
      if (!pressed || !this.data) return;
      if (this.choosing) this.apply();
      else this.at = time(event, this.data);
      pressed = null;
    });
    area.addEventListener("pointercancel", () => {
      pressed = null;
      this.choosing = null;
      this.paintSpan();
    });
    area.addEventListener("dblclick", () => this.clear());
    area.addEventListener("keydown", (event) => this.key(event));
  }

  private key(event: KeyboardEvent): void {
    const many = this.data?.received.length ?? 0;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (!this.chosen && !this.choosing) return; // then it is the panel's
      this.clear();
    } else {
      const from = this.current ?? many;
      const to = {
        ArrowLeft: from - 1,
        ArrowRight: from + 1,
        PageUp: from - 10,
        PageDown: from + 10,
        Home: 0,
        End: many - 1,
        Enter: from,
      }[event.key];
      if (to === undefined || !many) return;
      const { start, width } = this.data!;
      const begin = (bucket: number): number => start + Math.max(0, Math.min(many - 1, bucket)) * width;
      this.at = begin(to);
      if (event.shiftKey || event.key === "Enter") {
        this.anchor ??= begin(from); // whole buckets, both ends included, whichever way it goes
        this.choosing = [Math.min(this.anchor, this.at), Math.max(this.anchor, this.at) + width];
        this.paintSpan();
        window.clearTimeout(this.timer);
        this.timer = window.setTimeout(() => this.apply(), BRUSH_MS);
      } else this.anchor = null;
      this.point(this.current);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private apply(): void {
    const { choosing, data } = this;
    this.choosing = null;
    if (!choosing || !data) return;
    const [low, high] = choosing.map((one) => (one - data.start) / data.width).sort((left, right) => left - right);
    // Whole buckets: what is seen of one is in or out.
    const first = Math.floor(low! + 1e-9);
    const last = Math.max(first + 1, Math.ceil(high! - 1e-9));
    this.chosen = [data.start + first * data.width, data.start + last * data.width];
    this.paintSpan();
    void this.brush(...this.chosen);
  }

  private clear(): void {
    window.clearTimeout(this.timer);
    this.choosing = this.chosen = this.anchor = null;
    this.paintSpan();
    void this.brush(0, 0);
  }

  private async brush(low: number, high: number): Promise<void> {
    try {
      await this.owner.brush(low, high);
    } catch (error) {
      this.owner.problem((error as Error).message);
    }
    this.turns.hurry();
  }
}

/** Writes the labels of an upright axis. */
export function upright(element: HTMLElement, labels: readonly (readonly [at: number, text: string])[]): void {
  axis(
    element,
    labels.map(([, text]) => [0.5, text]),
  );
  labels.forEach(([at], number) => {
    const { style } = element.children[number] as HTMLElement;
    style.left = "";
    style.top = `${at}%`;
  });
}

/** Writes the labels of an axis, each at its share of the length. */
export function axis(element: HTMLElement, labels: readonly (readonly [at: number, text: string])[]): void {
  while (element.childElementCount > labels.length) element.lastElementChild!.remove();
  while (element.childElementCount < labels.length) element.append(h("span"));
  labels.forEach(([at, text], number) => {
    const label = element.children[number] as HTMLElement;
    label.style.left = `${at * 100}%`;
    // Whole also at the ends.
    label.style.transform = at < 0.03 ? "none" : at > 0.97 ? "translateX(-100%)" : "";
    setText(label, text);
  });
}
