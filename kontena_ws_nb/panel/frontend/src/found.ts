// What was found, marked in what is shown of a message, and a search in it: how many, the next, the one before.
// Marks are the browser's own (CSS Custom Highlight API): no element of a message is changed. What must not live here: what is looked for
// in other messages (the filter's), or how a message is drawn.

import { button, h, setAttr, setText, SUPPRESS } from "./dom";
import { count } from "./format";

/** Places that are marked at most. */
const MOST = 2000;
const [ALL, NOW] = ["kws-found", "kws-found-now"];

interface Marks {
  add(range: AbstractRange): unknown;
  delete(range: AbstractRange): unknown;
}
declare const Highlight: (new () => Marks) | undefined;

/** One registry for a page, whatever panels are in it; none in browsers that have no such marks. */
function marks(name: string): Marks | undefined {
  if (typeof Highlight === "undefined" || typeof CSS === "undefined") return undefined;
  const registry = (CSS as unknown as { highlights?: Map<string, Marks> }).highlights;
  let own = registry?.get(name);
  if (registry && !own) {
    own = new Highlight();
    registry.set(name, own);
  }
  return own;
}

/** Places of texts in elements, also where they go over several of them. */
export function places(root: Node, texts: readonly string[], caseless: boolean, most = MOST): Range[] {
  const walker = document.createTreeWalker(root, 4 /* NodeFilter.SHOW_TEXT */);
  const nodes: [node: Text, from: number][] = [];
  let all = "";
  for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
    nodes.push([node, all.length]);
    all += node.data;
  }
  const fold = (text: string): string => (caseless ? text.toLowerCase() : text);
  const within = fold(all);
  if (within.length !== all.length) return []; // a letter that has two when it is lower case: no place could be told
  const found: [number, number][] = [];
  for (const text of texts)
    for (
      let at = within.indexOf(fold(text));
      text && at >= 0 && found.length < most;
      at = within.indexOf(fold(text), at + text.length)
    )
      found.push([at, at + text.length]);
  let index = 0;
  const place = (offset: number, end: boolean): [Text, number] => {
    while (index > 0 && nodes[index]![1] >= offset + Number(!end)) index -= 1;
    while (index + 1 < nodes.length && nodes[index + 1]![1] < offset + Number(!end)) index += 1;
    const [node, from] = nodes[index]!;
    return [node, offset - from];
  };
  return found
    .sort(([one], [other]) => one - other)
    .map(([low, high]) => {
      const range = document.createRange();
      range.setStart(...place(low, false));
      range.setEnd(...place(high, true));
      return range;
    });
}

export interface FoundOwner {
  /** Opens what hides more of them; resolves when it is open. */
  reveal(texts: readonly string[], caseless: boolean): void | Promise<void>;
}

export class Found {
  /** The field, and where one is. */
  readonly element: HTMLElement;
  private readonly field = h("input", {
    class: "kws-input kws-inside",
    type: "search",
    spellcheck: "false",
    autocomplete: "off",
    placeholder: "Search in it",
    "aria-label": "Search in this message",
    ...SUPPRESS,
  });
  private readonly counts = h("span", { class: "kws-dim kws-found-count", role: "status" });
  private readonly before = button(
    "Previous place",
    { class: "kws-button", title: "The place before (Shift+Enter)" },
    "↑",
  );
  private readonly after = button("Next place", { class: "kws-button", title: "The next place (Enter)" }, "↓");
  private readonly observer: MutationObserver;
  private filtered: readonly string[] = [];
  private ranges: Range[] = [];
  private at = -1;
  private scheduled = false;

  constructor(
    private readonly content: HTMLElement,
    private readonly owner: FoundOwner,
  ) {
    this.element = h("span", { class: "kws-find-in" }, this.field, this.counts, this.before, this.after);
    this.before.addEventListener("click", () => this.go(-1));
    this.after.addEventListener("click", () => this.go(1));
    this.field.addEventListener("input", () => void this.search());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.go(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape" && this.field.value) {
        this.field.value = "";
        void this.search();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.observer = new MutationObserver(() => this.schedule());
    this.observer.observe(content, { subtree: true, childList: true, characterData: true });
    this.paint();
  }

  dispose(): void {
    this.observer.disconnect();
    this.unmark();
  }

  /** What the filter found in the message that is shown. */
  set(texts: readonly string[]): void {
    this.filtered = texts;
    this.at = -1;
    this.mark();
  }

  focus(): void {
    this.field.focus();
    this.field.select();
  }

  /** What is looked for: what was typed, else what the filter found. */
  private get wanted(): [texts: readonly string[], caseless: boolean] {
    return this.field.value ? [[this.field.value], true] : [this.filtered, false];
  }

  private async search(): Promise<void> {
    this.at = -1;
    const asked = this.field.value;
    if (asked) await this.owner.reveal(...this.wanted);
    if (asked !== this.field.value) return;
    this.mark();
    if (asked && this.ranges.length) this.go(1);
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.mark();
    });
  }

  private unmark(): void {
    for (const range of this.ranges) {
      marks(ALL)?.delete(range);
      marks(NOW)?.delete(range);
    }
  }

  private mark(): void {
    this.unmark();
    const [texts, caseless] = this.wanted;
    this.ranges = texts.length ? places(this.content, texts, caseless) : [];
    for (const range of this.ranges) marks(ALL)?.add(range);
    this.at = Math.min(this.at, this.ranges.length - 1);
    const now = this.ranges[this.at];
    if (now) marks(NOW)?.add(now);
    this.paint();
  }

  private paint(): void {
    const { length } = this.ranges;
    const [texts] = this.wanted;
    const most = length >= MOST ? "+" : "";
    setText(
      this.counts,
      !texts.length
        ? ""
        : !length
          ? "not found"
          : this.at < 0
            ? `${count(length)}${most} found`
            : `${count(this.at + 1)} of ${count(length)}${most}`,
    );
    this.before.disabled = this.after.disabled = length === 0;
    setAttr(this.element, "data-any", String(texts.length > 0));
  }

  private go(way: 1 | -1): void {
    const { length } = this.ranges;
    if (!length) return;
    const before = this.ranges[this.at];
    if (before) marks(NOW)?.delete(before);
    this.at = this.at < 0 && way < 0 ? length - 1 : (this.at + way + length) % length;
    const range = this.ranges[this.at]!;
    marks(NOW)?.add(range);
    this.show(range);
    this.paint();
  }

  /** Brings a place into sight, opening what hides it. */
  private show(range: Range): void {
    const element = range.startContainer.parentElement!;
    for (
      let one = element.closest("details:not([open])");
      one && this.content.contains(one);
      one = one.parentElement!.closest("details:not([open])")
    )
      if (!element.closest("summary") || element.closest("summary")!.parentElement !== one)
        (one as HTMLDetailsElement).open = true;
    element.scrollIntoView({ block: "nearest", inline: "nearest" });
    // An element of many lines is in sight before its place is.
    requestAnimationFrame(() => {
      const [at, around] = [range.getBoundingClientRect(), this.content.getBoundingClientRect()];
      if (at.top < around.top || at.bottom > around.bottom)
        this.content.scrollTop += at.top - around.top - around.height / 3;
    });
  }
}
