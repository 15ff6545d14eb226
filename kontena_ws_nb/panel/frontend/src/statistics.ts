// The statistics tab: counters, rates, round trips, and how large messages are.
// What must not live here: counting (the kernel's).

import { h, setText, SUPPRESS, svg } from "./dom";
import { ofSession } from "./facts";
import { bytes, count, millis, rate, span } from "./format";
import type { StatisticsAnswer, Tick } from "./messages";

const NOTHING: Pick<StatisticsAnswer, "rates" | "wire" | "latency" | "available"> = {
  rates: [],
  wire: [0, 0],
  latency: [],
  available: false,
};

export class StatisticsTab {
  readonly element = h("div", {
    class: "kws-page",
    role: "region",
    "aria-label": "Statistics",
    tabindex: 0,
    ...SUPPRESS,
  });
  private readonly whose = h("p", { class: "kws-of", hidden: true });
  private readonly numbers = h("div", { class: "kws-tiles" });
  private readonly line = svg("path", { class: "kws-chart-line", d: "" });
  private readonly area = svg("path", { class: "kws-chart-area", d: "" });
  private readonly together = h("span", { hidden: true }, "(all sessions shown) ");
  private readonly top = h("span", { class: "kws-dim" });

  private readonly sizes = h("div", { class: "kws-sizes" });
  private more: StatisticsAnswer | null = null;
  private last: [Tick, readonly number[]] | null = null;
  private asked = Number.NEGATIVE_INFINITY;
  private asking = false;

  constructor(private readonly ask: () => Promise<StatisticsAnswer>) {
    const chart = svg(
      "svg",
      {
        viewBox: "0 0 120 40",
        preserveAspectRatio: "none",
        class: "kws-chart",
        role: "img",
        "aria-label": "Received messages a second, last two minutes",
      },
      this.area,
      this.line,
    );
    this.element.append(
      this.whose,
      this.numbers,
      h("div", { class: "kws-heading" }, "Received a second, last two minutes ", this.together, this.top),
      chart,
      h("div", { class: "kws-heading" }, "Sizes of the messages received that the log keeps"),
      this.sizes,
    );
  }

  tick(tick: Tick, history: readonly number[]): void {
    this.last = [tick, history];
    this.paint(tick, history);
    void this.renew();
  }

  /** The kernel is gone: what was a moment ago is no rate any more. */
  gone(): void {
    if (!this.last) return;
    const still = <T extends { stats: Tick["stats"] }>(one: T): T => ({ ...one, stats: { ...one.stats, rate: 0 } });
    if (this.more) this.more = { ...still(this.more), rates: [], state: "closed" };
    this.last = [still(this.last[0]), []];
    this.paint(...this.last);
  }

  private paint(tick: Tick, history: readonly number[]): void {
    const several = tick.sources.length > 1;
    this.whose.hidden = this.together.hidden = !several;
    if (several && !this.more) return; // a tick only has the sums
    const { stats, kept, dropped, state } = several ? this.more! : { ...tick, state: tick.session.state };
    setText(this.whose, several ? ofSession(this.more!.name) : "");
    const { rates, wire, latency, available } = this.more ?? NOTHING;
    const minute = rates[1];
    const average = (size: number, many: number): string => (many ? bytes(Math.round(size / many)) : "–");
    const facts: [string, string, string][] = [
      [
        "Received",
        count(stats.received_messages),
        `${bytes(stats.received_bytes)}, ${average(stats.received_bytes, stats.received_messages)} each`,
      ],
      [
        "Sent",
        count(stats.sent_messages),
        `${bytes(stats.sent_bytes)}, ${average(stats.sent_bytes, stats.sent_messages)} each`,
      ],
      [
        "Rate",
        rate(stats.rate),
        rates[0] ? `${bytes(Math.round(rates[0][2]))}/s, last second` : "received, last second",
      ],
      ...(minute
        ? ([["Rate, last minute", rate(minute[1]), `${bytes(Math.round(minute[2]))}/s`]] as [string, string, string][])
        : []),
      [
        "Round trip",
        stats.latency === null ? "–" : millis(stats.latency),
        latency.length
          ? `p50 ${millis(latency[0]!)}, p95 ${millis(latency[1]!)}, p99 ${millis(latency[2]!)}`
          : "last ping",
      ],
      ...(available
        ? ([["On the wire", `▼ ${bytes(wire[1])}`, `▲ ${bytes(wire[0])}, frames without TLS`]] as [
            string,
            string,
            string,
          ][])
        : []),
      ["Rows", count(kept), dropped ? `${count(dropped)} dropped` : "none dropped"],
      [state === "closed" ? "Was open" : "Open for", stats.uptime ? span(stats.uptime) : "–", state],
    ];
    this.numbers.replaceChildren(
      ...facts.map(([name, value, note]) =>
        h(
          "div",
          { class: "kws-tile" },
          h("span", { class: "kws-dim" }, name),
          h("b", {}, value),
          h("span", { class: "kws-dim" }, note),
        ),
      ),
    );
    const top = Math.max(1, ...history);
    setText(this.top, `peak ${rate(Math.max(0, ...history))}`);
    const points = history.map((value, at) => `${120 - history.length + at} ${(39 - (value / top) * 37).toFixed(1)}`);
    const path = points.length ? `M${points.join("L")}` : "";
    this.line.setAttribute("d", path);
    this.area.setAttribute("d", path ? `${path}L119 40L${120 - history.length} 40z` : "");
  }

  /** Asks once a second while the tab is open: ticks do not carry what nobody looks at. */
  private async renew(): Promise<void> {
    if (this.asking || performance.now() - this.asked < 1000) return;
    this.asking = true;
    this.asked = performance.now();
    try {
      this.more = await this.ask();
      this.paintSizes(this.more.sizes);
      if (this.last) this.paint(...this.last);
    } catch {
      // Asked again with the next tick; the status line says that the kernel is busy or gone.
    } finally {
      this.asking = false;
    }
  }

  private paintSizes(sizes: StatisticsAnswer["sizes"]): void {
    if (!sizes.length) {
      this.sizes.replaceChildren(h("span", { class: "kws-dim" }, "none"));
      return;
    }
    const top = Math.max(...sizes.map(([, , many]) => many));
    this.sizes.replaceChildren(
      ...sizes.flatMap(([low, high, many]) => {
        const bar = h("i", { class: "kws-size-bar" });
        bar.style.width = `${(many / top) * 100}%`;
        return [
          h("span", { class: "kws-dim" }, low === high ? bytes(low) : `${bytes(low)} – ${bytes(high)}`),
          h("span", {}, bar),
          h("span", {}, count(many)),
        ];
      }),
    );
  }
}
