// Completion of a filter while it is typed: a list under the field (WAI-ARIA combobox with a listbox), filled by the kernel.
// What must not live here: which words there are (log/filter/completion.py), or what the filter does.

import { h, setAttr } from "./dom";
import { visible } from "./format";
import type { CompleteAnswer } from "./messages";

const TYPING_MS = 120;
/** Where a list helps without being asked for: behind a path, a comparison or a key. */
const WANTED = /(?:^|[\s(!-])(?:i:)?(?:\$[^\s"]*|(?:dir|kind|decoder):[^\s"]*)$/;

let serial = 0;

export class Completion {
  readonly list = h("div", {
    class: "kws-menu kws-completions",
    role: "listbox",
    "aria-label": "Completions",
    hidden: true,
  });
  private words: [text: string, meaning: string][] = [];
  private from = 0;
  private chosen = -1;
  private timer = 0;
  private asked = 0;
  /** What Tab asked about last: pressed once more there, it leaves the field. */
  private tabbed: string | null = null;
  private readonly id = `kws-complete-${++serial}-${Math.random().toString(36).slice(2, 7)}`;

  constructor(
    private readonly field: HTMLInputElement,
    private readonly ask: (text: string) => Promise<CompleteAnswer>,
    private readonly accepted: () => void,
    /** Of a path, a key alone is completed too. */
    private readonly path = false,
  ) {
    this.list.id = this.id;
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.id,
    }))
      field.setAttribute(name, value);
    field.addEventListener("input", () => {
      this.tabbed = null;
      this.close();
      if ((this.path ? /\S/ : WANTED).test(this.before))
        this.timer = window.setTimeout(() => void this.open(), TYPING_MS);
    });
    field.addEventListener("blur", () => {
      this.tabbed = null;
      this.close();
    });
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault(); // the field keeps the keys
      const at = [...this.list.children].indexOf((event.target as Element).closest("[role=option]")!);
      if (at >= 0) this.accept(at);
    });
  }

  dispose(): void {
    window.clearTimeout(this.timer);
  }

  private get before(): string {
    return this.field.value.slice(0, this.field.selectionStart ?? this.field.value.length);
  }

  get isOpen(): boolean {
    return !this.list.hidden;
  }

  /**
   * A key in the field; true when it was the list's. Tab completes, as it does in a cell. What it found nothing for, or the
   * kernel has not answered, it leaves the field from when it is pressed again: nobody is caught in here.
   */
  key(event: KeyboardEvent): boolean {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (event.key === " " && event.ctrlKey) void this.open();
    else if (event.key === "Tab" && plain && !this.isOpen && this.before !== this.tabbed && /\S$/.test(this.before)) {
      this.tabbed = this.before;
      void this.open(true);
    } else if (!this.isOpen || !plain) return false;
    else if (event.key === "ArrowDown") this.choose((this.chosen + 1) % this.words.length);
    else if (event.key === "ArrowUp") this.choose((this.chosen - 1 + this.words.length) % this.words.length);
    else if (event.key === "Tab") this.accept(Math.max(0, this.chosen));
    else if (event.key === "Enter" && this.chosen >= 0) this.accept(this.chosen);
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    return true;
  }

  close(): void {
    window.clearTimeout(this.timer);
    this.asked += 1;
    this.list.hidden = true;
    this.chosen = -1;
    setAttr(this.field, "aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  /** `only`: the only word there is is taken at once. */
  private async open(only = false): Promise<void> {
    const mine = ++this.asked;
    const text = this.before;
    let answer: CompleteAnswer;
    try {
      answer = await this.ask(text);
    } catch {
      return; // no list; what is typed means the same without one
    }
    if (mine !== this.asked || text !== this.before) return; // typed on meanwhile
    this.words = answer.words;
    this.from = answer.start;
    if (only && this.words.length === 1) return this.accept(0);
    this.list.replaceChildren(
      ...this.words.map(([word, meaning], at) =>
        h(
          "div",
          { role: "option", id: `${this.id}-${at}`, class: "kws-option", "aria-selected": "false" },
          h("code", {}, visible(word)),
          h("span", { class: "kws-dim" }, visible(meaning)),
        ),
      ),
    );
    this.list.hidden = this.words.length === 0;
    setAttr(this.field, "aria-expanded", String(this.isOpen));
  }

  private choose(at: number): void {
    this.chosen = at;
    for (const [index, one] of [...this.list.children].entries()) setAttr(one, "aria-selected", String(index === at));
    setAttr(this.field, "aria-activedescendant", `${this.id}-${at}`);
    this.list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  private accept(at: number): void {
    const [word] = this.words[at]!;
    const end = this.before.length;
    this.field.value = this.field.value.slice(0, this.from) + word + this.field.value.slice(end);
    const cursor = this.from + word.length;
    this.field.setSelectionRange(cursor, cursor);
    this.close();
    this.accepted();
  }
}
