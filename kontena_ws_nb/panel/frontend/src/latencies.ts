// The part of the statistics tab that says how long responses took: a histogram of requests and responses with the same id.
// What must not live here: finding pairs (the kernel's).

import { h, setText } from "./dom";
import { count, millis } from "./format";
import type { PairsAnswer } from "./messages";
import { Turns } from "./turns";

export class Latencies {
  readonly element = h("div", { hidden: true });
  private readonly note = h("span", { class: "kws-dim" });
  private readonly bars = h("div", { class: "kws-sizes" });
  private readonly turns: Turns;

  /** `around` is the tab: it is asked only while that can be seen. */
  constructor(around: HTMLElement, ask: () => Promise<PairsAnswer>) {
    around.append(this.element);
    this.element.append(
      h("div", { class: "kws-heading" }, "From request to response, by their ids ", this.note),
      this.bars,
    );
    this.turns = new Turns(around, async () => {
      if (!this.element.isConnected) return false;
      const answer = await ask();
      this.paint(answer);
      return answer.busy === 1;
    });
  }

  dispose(): void {
    this.turns.dispose();
  }

  /** Something has changed, while the tab is open. */
  want(): void {
    this.turns.want();
  }

  private paint({ counts, percentiles, waiting, skipped }: PairsAnswer): void {
    this.element.hidden = !counts.length;
    const top = Math.max(1, ...counts.map(([, , many]) => many));
    const ranks = ["p50", "p95", "p99"].map((name, at) => `${name} ${millis(percentiles[at] ?? 0)}`).join(", ");
    setText(
      this.note,
      `${ranks}${waiting ? ` · ${count(waiting)} without a response` : ""}${skipped ? ` · ${count(skipped)} older rows not looked at` : ""}`,
    );
    this.bars.replaceChildren(
      ...counts.flatMap(([low, high, many]) => {
        const bar = h("i", { class: "kws-size-bar" });
        bar.style.width = `${(many / top) * 100}%`;
        return [
          h("span", { class: "kws-dim" }, `${millis(low / 1e6)} – ${millis((high + 1) / 1e6)}`),
          h("span", {}, bar),
          h("span", {}, count(many)),
        ];
      }),
    );
  }
}
