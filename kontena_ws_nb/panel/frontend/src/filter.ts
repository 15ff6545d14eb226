// The filter box: one grammar (read in the kernel), quick terms, counts, and the place of a mistake.

import { Completion } from "./completion";
import { button, focused, h, icon, setAttr, setText, SUPPRESS } from "./dom";
import { Find, type FindOwner } from "./find";
import { count } from "./format";
import type { KernelError } from "./link";
import { type CompleteAnswer, FILTER_FORMS, type Tick } from "./messages";

const TYPING_MS = 150;
/** The forms that are shown at once; the others are a key away. */
const FIRST = ["word", "a or b", "-word, not word", "dir:", "kind:", "$.path=value", "$.path>5"];
const HELP = [
  ...FILTER_FORMS.filter(([form]) => FIRST.includes(form)).map(([form, meaning]) => `${form}: ${meaning}`),
  "? in the table lists all forms",
].join("\n");
const QUICK: [label: string, term: string, title: string][] = [
  ["Sent", "dir:sent", "Only what was sent"],
  ["Received", "dir:received", "Only what was received"],
  ["Data", "kind:text,binary", "Hide pings, pongs, closes and connection events"],
];

/** In front of a filter: case does not matter in all that follows. */
const CASELESS = /^i:\s+/i;
/** Between alternatives: they need parentheses before a term is put beside them, for "and" binds closer. */
const OR = /(?:^|\s)(?:or|\|\|?)(?=\s|$)/i;
const GROUP = /\([^()]*\)/g;

function alternatives(text: string): boolean {
  const less = text.replace(GROUP, " ");
  return less === text ? OR.test(text) : alternatives(less);
}

export interface FilterOwner extends Omit<FindOwner, "failed"> {
  filter(text: string): Promise<void>;
  /** What the text may go on with. */
  complete(text: string): Promise<CompleteAnswer>;
  /** What is known against a filter that finds nothing. */
  advise(text: string): Promise<string>;
  /** What is typed has become wrong, or right again. */
  judged(): void;
  /** Shows runs of pings and pongs as one row each, or each of them. */
  fold(on: boolean): void;
  /** Gives the keys to the table. */
  leave(): void;
  /** The same, and a row is chosen. */
  enter(): void;
}

/** What looking for rows needs of the owner. */
const bound = (owner: FilterOwner): Omit<FindOwner, "failed"> => ({
  find: (text) => owner.find(text),
  seek: (at, way) => owner.seek(at, way),
  here: (way) => owner.here(way),
  go: (key, at) => owner.go(key, at),
});

export class FilterBar {
  readonly element: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly error = h("div", { class: "kws-filter-error", role: "alert", hidden: true });
  private readonly advice = h("div", { class: "kws-filter-advice", role: "status", hidden: true });
  private readonly counts = h("span", { class: "kws-counts" });
  private readonly quick: [HTMLButtonElement, string][];
  private readonly pings = button("Pings", {
    class: "kws-button kws-quick kws-pings",
    title: "Show each ping and pong; otherwise every run of them is one row, unless a filter looks for them",
    "aria-pressed": "false",
  });
  private readonly caseless = button(
    "Ignore case",
    { class: "kws-button kws-quick kws-caseless", title: "Ignore case (i:)", "aria-pressed": "false" },
    "Aa",
  );
  private readonly find: Find;
  private readonly completion: Completion;
  private timer = 0;
  private asked = "";
  private found = "";
  private stopped = "";
  /** The generation whose search found nothing, when advice was asked for. */
  private advised = -1;

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
    this.caseless.addEventListener("click", () => {
      const text = this.input.value.trim();
      this.input.value = CASELESS.test(text) ? text.replace(CASELESS, "") : text && `i: ${text}`;
      void this.apply();
    });
    this.input.addEventListener("input", () => {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.apply(), TYPING_MS);
    });
    this.find = new Find({ ...bound(owner), failed: (error) => this.complain(error.message, null, this.input.value) });
    this.find.hides.addEventListener("click", () => {
      this.find.flip();
      void this.apply();
    });
    this.completion = new Completion(
      this.input,
      (text) => owner.complete(text),
      () => void this.apply(),
    );
    this.input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (this.completion.key(event)) return;
      if (event.key === "Enter" || event.key === "F3") {
        event.preventDefault();
        void this.enter(event.shiftKey ? -1 : 1);
      } else if (event.key === "ArrowDown") {
        event.preventDefault();
        owner.enter();
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
      h(
        "div",
        { class: "kws-search" },
        icon("search"),
        this.input,
        this.completion.list,
        this.caseless,
        this.find.hides,
        this.find.element,
        this.counts,
      ),
      h(
        "div",
        { class: "kws-quicks", role: "group", "aria-label": "Quick filters" },
        ...this.quick.map(([one]) => one),
        this.pings,
      ),
      h("div", { class: "kws-actions" }, ...actions),
      this.error,
      this.advice,
    );
  }

  /** Whether what is typed is no filter, or was stopped: the table shows what held before. */
  get wrong(): boolean {
    return !this.error.hidden;
  }

  focus(): void {
    this.input.focus();
    this.input.select();
  }

  /** The filter as it is typed. */
  get text(): string {
    return this.input.value.trim();
  }

  /** Filters by a text from elsewhere. */
  use(text: string): void {
    if (this.find.on) this.find.flip();
    this.input.value = text;
    void this.apply();
    this.focus();
  }

  /** Places something at the end of the field. */
  beside(element: HTMLElement): void {
    this.counts.after(element);
  }

  dispose(): void {
    window.clearTimeout(this.timer);
    this.completion.dispose();
    this.find.dispose();
  }

  /** Whether anything is looked for. */
  get any(): boolean {
    return Boolean(this.asked || this.found);
  }

  /** What is typed holds now; where it hides nothing, on to the next match. */
  private async enter(way: 1 | -1): Promise<void> {
    if (!(await this.apply()) && this.find.on) await this.find.go(way);
  }

  /** The next match or the one before, from wherever the keys are. */
  next(way: 1 | -1): void {
    void this.enter(way);
  }

  tick(tick: Tick): void {
    const { n, kept, dropped, busy, filter, fold } = tick;
    setAttr(this.pings, "aria-pressed", String(!fold));
    const shown = filter
      ? `${count(n)} of ${count(kept)}${busy ? " …" : ""}`
      : `${count(kept)} ${kept === 1 ? "row" : "rows"}`;
    setText(this.counts, dropped ? `${shown} · ${count(dropped)} dropped` : shown);
    if (filter !== this.asked) {
      // Set from Python; what is being typed here is not overwritten.
      this.asked = filter;
      if (focused(this.input) !== this.input && !this.find.on) this.input.value = filter;
    }
    if (tick.stopped !== this.stopped) {
      // A pattern that takes too long is found out while it runs, long after the filter was accepted.
      this.stopped = tick.stopped;
      this.complain(tick.stopped, null, filter);
    }
    this.press();
    void this.advise(tick);
  }

  /** Once a search has ended without a match, what may be wrong with the filter; once for each. */
  private async advise({ gen, n, busy, filter }: Tick): Promise<void> {
    const nothing = Boolean(filter) && n === 0 && !busy && !this.wrong;
    if (!nothing) {
      this.advice.hidden = true;
      this.advised = -1;
    } else if (this.advised !== gen) {
      this.advised = gen;
      const text = await this.owner.advise(filter).catch(() => "");
      if (this.advised !== gen) return; // another filter, or something was found
      setText(this.advice, text);
      this.advice.hidden = !text;
    }
  }

  private press(): void {
    const terms = this.input.value.split(/\s+/);
    for (const [one, term] of this.quick) setAttr(one, "aria-pressed", String(terms.includes(term)));
    setAttr(this.caseless, "aria-pressed", String(CASELESS.test(this.input.value.trim())));
  }

  private flip(term: string): void {
    const text = this.input.value.trim();
    const [prefix] = CASELESS.exec(text) ?? [""];
    const key = term.slice(0, term.indexOf(":") + 1);
    // White space elsewhere stays: it may be in quotes.
    let rest = text
      .slice(prefix.length)
      .replace(new RegExp(`(^|\\s+)${key}\\S+(?=\\s|$)`, "g"), "")
      .trim();
    if (!text.split(/\s+/).includes(term)) rest = `${alternatives(rest) ? `(${rest})` : rest} ${term}`.trim();
    this.input.value = prefix + rest;
    void this.apply();
  }

  /** Narrows the filter by a condition, or its opposite, instead of what it says of the same field. */
  add(term: string, without = false): void {
    const text = this.input.value.trim();
    const [prefix] = CASELESS.exec(text) ?? [""];
    const plain = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const field = /^(?:\$[^=!]*=|label:)/.exec(term)?.[0];
    const value = `"(?:[^"\\\\]|\\\\.)*"|[^\\s")]+`;
    const same = field && !without ? `-?${plain(term)}|${plain(field)}(?:${value})` : `-?${plain(term)}`;
    const rest = text
      .slice(prefix.length)
      .replace(new RegExp(`(^|\\s)(?:${same})(?=\\s|$)`, "g"), "")
      .trim();
    this.input.value = `${prefix}${alternatives(rest) ? `(${rest})` : rest} ${without ? "-" : ""}${term}`.trim();
    if (this.find.on) this.find.flip();
    void this.apply();
  }

  /** Makes what is typed hold; true when it was something else than before. */
  private async apply(): Promise<boolean> {
    window.clearTimeout(this.timer);
    const text = this.input.value.trim();
    this.press();
    const [hiding, finding] = this.find.on ? ["", text] : [text, ""];
    if (hiding === this.asked && finding === this.found && this.error.hidden) return false;
    [this.asked, this.found] = [hiding, finding];
    try {
      await this.owner.filter(hiding);
      await this.find.look(finding);
      if (text === this.input.value.trim()) this.complain("", null, text);
    } catch (error) {
      if (text === this.input.value.trim())
        this.complain((error as Error).message, (error as KernelError).position, text);
    }
    return true;
  }

  private complain(message: string, position: number | null, text: string): void {
    this.error.hidden = !message;
    if (message) this.advice.hidden = true;
    this.owner.judged();
    setAttr(this.input, "aria-invalid", String(Boolean(message)));
    const place =
      position !== null
        ? [h("code", {}, text.slice(0, position), h("mark", {}, text.slice(position) || "\u00a0")), " "] // or at its end
        : [];
    this.error.replaceChildren(...place, message);
  }
}
