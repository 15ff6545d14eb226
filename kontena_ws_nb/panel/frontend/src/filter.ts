// The filter box: one grammar (read in the kernel), quick terms, counts, and the place of a mistake.

import { button, focused, h, icon, setAttr, setText, SUPPRESS } from "./dom";
import { count } from "./format";
import type { KernelError } from "./link";
import type { Tick } from "./messages";

const TYPING_MS = 150;
const HELP = [
  'word or "two words": messages that contain it',
  "-word: messages without it; - negates any term",
  "/regex/ or /regex/i",
  "dir:sent  dir:received",
  "kind:text,binary,ping,pong,close,open,error,reconnect",
  "size:>1k  size:10..20",
  "$.path  $.items[0].id  $.type=trade",
  "since:10s  since:12:03:44",
].join("\n");
const QUICK: [label: string, term: string, title: string][] = [
  ["Sent", "dir:sent", "Only what was sent"],
  ["Received", "dir:received", "Only what was received"],
  ["Data", "kind:text,binary", "Hide pings, pongs, closes and connection events"],
];

export interface FilterOwner {
  filter(text: string): Promise<void>;
  /** Shows runs of pings and pongs as one row each, or each of them. */
  fold(on: boolean): void;
  leave(): void;
}

export class FilterBar {
  readonly element: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly error = h("div", { class: "kws-filter-error", role: "alert", hidden: true });
  private readonly counts = h("span", { class: "kws-counts" });
  private readonly quick: [HTMLButtonElement, string][];
  private readonly pings = button("Pings", {
    class: "kws-button kws-quick kws-pings",
    title: "Show each ping and pong; otherwise every run of them is one row, unless a filter looks for them",
    "aria-pressed": "false",
  });
  private timer = 0;
  private asked = "";
  private stopped = "";

  constructor(
    private readonly owner: FilterOwner,
    ...actions: HTMLElement[]
  ) {
    this.input = h("input", {
      class: "kws-input kws-filter",
      type: "search",
      spellcheck: "false",
      autocomplete: "off",
      placeholder: "Filter: words  /regex/  -without  dir:sent  $.type=trade",
      title: HELP,
      "aria-label": "Filter messages",
      ...SUPPRESS,
    });
    this.quick = QUICK.map(([label, term, title]) => {
      const one = button(label, {
        class: "kws-button kws-quick",
        title: `${title} (${term})`,
        "aria-pressed": "false",
      });
      one.addEventListener("click", () => this.flip(term));
      return [one, term];
    });
    this.pings.addEventListener("click", () => owner.fold(this.pings.getAttribute("aria-pressed") === "true"));
    this.input.addEventListener("input", () => {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.apply(), TYPING_MS);
    });
    this.input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") void this.apply();
      else if (event.key === "ArrowDown") {
        event.preventDefault();
        owner.leave();
      } else if (event.key === "Escape") {
        event.preventDefault();
        if (this.input.value) {
          this.input.value = "";
          void this.apply();
        } else owner.leave();
      }
    });
    this.element = h(
      "div",
      { class: "kws-filterbar" },
      h("div", { class: "kws-search" }, icon("search"), this.input, this.counts),
      h(
        "div",
        { class: "kws-quicks", role: "group", "aria-label": "Quick filters" },
        ...this.quick.map(([one]) => one),
        this.pings,
      ),
      h("div", { class: "kws-actions" }, ...actions),
      this.error,
    );
  }

  focus(): void {
    this.input.focus();
    this.input.select();
  }

  dispose(): void {
    window.clearTimeout(this.timer);
  }

  tick(tick: Tick): void {
    const { n, kept, dropped, busy, filter, fold } = tick;
    setAttr(this.pings, "aria-pressed", String(!fold));
    const shown = filter
      ? `${count(n)} of ${count(kept)}${busy ? " …" : ""}`
      : `${count(kept)} ${kept === 1 ? "message" : "messages"}`;
    setText(this.counts, dropped ? `${shown} · ${count(dropped)} dropped` : shown);
    if (filter !== this.asked) {
      // Set from Python; what is being typed here is not overwritten.
      this.asked = filter;
      if (focused(this.input) !== this.input) this.input.value = filter;
    }
    if (tick.stopped !== this.stopped) {
      // A pattern that takes too long is found out while it runs, long after the filter was accepted.
      this.stopped = tick.stopped;
      this.complain(tick.stopped, null, filter);
    }
    this.press();
  }

  private press(): void {
    const terms = this.input.value.split(/\s+/);
    for (const [one, term] of this.quick) setAttr(one, "aria-pressed", String(terms.includes(term)));
  }

  private flip(term: string): void {
    const terms = this.input.value.split(/\s+/).filter(Boolean);
    const at = terms.indexOf(term);
    if (at >= 0) terms.splice(at, 1);
    else {
      const key = term.slice(0, term.indexOf(":") + 1);
      terms.splice(0, terms.length, ...terms.filter((one) => !one.startsWith(key)), term);
    }
    this.input.value = terms.join(" ");
    void this.apply();
  }

  private async apply(): Promise<void> {
    window.clearTimeout(this.timer);
    const text = this.input.value.trim();
    this.press();
    if (text === this.asked && this.error.hidden) return;
    this.asked = text;
    try {
      await this.owner.filter(text);
      if (text === this.asked) this.complain("", null, text);
    } catch (error) {
      if (text === this.asked) this.complain((error as Error).message, (error as KernelError).position, text);
    }
  }

  private complain(message: string, position: number | null, text: string): void {
    this.error.hidden = !message;
    setAttr(this.input, "aria-invalid", String(Boolean(message)));
    const place =
      position !== null && position < text.length
        ? [h("code", {}, text.slice(0, position), h("mark", {}, text.slice(position))), " "]
        : [];
    this.error.replaceChildren(...place, message);
  }
}
