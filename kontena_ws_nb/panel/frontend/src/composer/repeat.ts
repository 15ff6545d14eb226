// Sending what is written again and again: how often, and what the kernel says of what runs. The kernel sends; here it is begun, watched and stopped.

import { button, h, setText, SUPPRESS } from "../dom";
import { visible } from "../format";
import type { ScheduleInfo } from "../messages";

export interface RepeatOwner {
  /** Begins what is written, every so many milliseconds, so many times (0: no limit). */
  begin(every: number, count: number): Promise<void>;
  stop(of: string): Promise<void>;
  /** Asks what runs: the kernel has said nothing when the next one was due. */
  ask(): void;
  several(): boolean;
  /** Takes the focus when the fields close. */
  leave(): void;
}

/** Seconds as people say them. */
const seconds = (value: number): string => (value < 10 && value % 1 ? value.toFixed(1) : String(Math.round(value)));
/** Milliseconds after which one that is due counts as not heard of. */
const LATE = 3000;

export class Repeat {
  readonly toggle = button("Repeat", {
    class: "kws-button",
    "aria-expanded": "false",
    title: "Send what is written every few seconds",
  });
  private readonly every = h("input", {
    class: "kws-input kws-few",
    type: "number",
    min: "0.1",
    max: "86400",
    step: "any",
    value: "5",
    "aria-label": "Seconds from one to the next",
    ...SUPPRESS,
  });
  private readonly times = h("input", {
    class: "kws-input kws-few",
    type: "number",
    min: "1",
    max: "1000000",
    placeholder: "∞",
    "aria-label": "How many times; empty for no limit",
    ...SUPPRESS,
  });
  readonly start = button("Start", { class: "kws-button", title: "Send it now, and again until it is stopped" });
  private readonly problem = h("span", { class: "kws-error", role: "alert" });
  private readonly form = h(
    "div",
    { class: "kws-repeat", role: "group", "aria-label": "Repeat", hidden: true },
    "every",
    this.every,
    "s,",
    this.times,
    "times",
    this.start,
    this.problem,
  );
  private readonly list = h("div", { class: "kws-repeats", hidden: true });
  readonly element = h("div", {}, this.form, this.list);
  private said: readonly ScheduleInfo[] = [];
  private at = 0;
  private timer = 0;

  constructor(private readonly owner: RepeatOwner) {
    this.toggle.addEventListener("click", () => this.open(Boolean(this.form.hidden)));
    this.form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.open(false);
      this.owner.leave();
    });
    for (const field of [this.every, this.times])
      field.addEventListener("keydown", (event) => {
        if (event.key === "Escape") return; // the form's
        event.stopPropagation();
        if (event.key === "Enter") void this.begin();
      });
    this.start.addEventListener("click", () => void this.begin());
  }

  private open(on: boolean): void {
    this.form.hidden = !on;
    this.toggle.setAttribute("aria-expanded", String(on));
    if (on) this.every.focus();
  }

  private async begin(): Promise<void> {
    const every = Math.round(this.every.valueAsNumber * 1000);
    const count = this.times.value ? this.times.valueAsNumber : 0;
    setText(this.problem, "");
    try {
      if (!(every >= 100 && every <= 86_400_000)) throw new Error("0.1 to 86,400 seconds");
      if (!(Number.isInteger(count) && count >= (this.times.value ? 1 : 0) && count <= 1_000_000))
        throw new Error("1 to 1,000,000 times");
      await this.owner.begin(every, count);
    } catch (error) {
      setText(this.problem, `not started: ${(error as Error).message}`);
    }
  }

  /** Shows what the kernel says of them. */
  told(all: readonly ScheduleInfo[]): void {
    [this.said, this.at] = [all, performance.now()];
    window.clearInterval(this.timer);
    if (all.some(({ running }) => running)) this.timer = window.setInterval(() => this.paint(), 1000);
    const stale = [...this.list.children].map((one) => (one as HTMLElement).dataset.of).join("\n");
    if (stale !== all.map(({ of }) => of).join("\n")) this.list.replaceChildren(...all.map((one) => this.line(one)));
    this.list.hidden = !all.length;
    this.paint();
  }

  private line({ of }: ScheduleInfo): HTMLElement {
    const stop = button(`Stop repeating to ${visible(of)}`, { class: "kws-button kws-danger", title: "Stop" }, "Stop");
    stop.addEventListener("click", () => {
      stop.disabled = true;
      this.owner.stop(of).catch((error: Error) => {
        stop.disabled = false;
        setText(this.problem, error.message);
      });
    });
    return h("div", { class: "kws-repeat", "data-of": of }, h("span"), h("span", { class: "kws-error" }), stop);
  }

  private paint(): void {
    const past = (performance.now() - this.at) / 1000;
    this.said.forEach(({ of, every, count, sent, running, next, error }, at) => {
      const [text, bad, stop] = this.list.children[at]!.children as unknown as [Element, Element, HTMLButtonElement];
      const left = Math.max(0, next - past);
      const number = `sent ${sent.toLocaleString("en-US")}${count ? ` of ${count.toLocaleString("en-US")}` : ""}`;
      setText(
        text,
        `${this.owner.several() ? `${visible(of)}: ` : ""}${running ? "repeating" : "repeated"} every ${seconds(every)} s · ${number}${
          running && every >= 1 ? ` · next in ${seconds(Math.ceil(left))} s` : ""
        }`,
      );
      setText(bad, visible(error));
      stop.hidden = !running;
    });
    if (this.said.some(({ running, next }) => running && (past - next) * 1000 > LATE)) {
      this.at = performance.now(); // once for each time
      this.owner.ask();
    }
  }

  dispose(): void {
    window.clearInterval(this.timer);
  }
}
