// The composer's text: a field over a copy of what is in it. The copy makes the field as high as the text, and colours JSON: undo, input methods
// and selection stay the field's own. What must not live here: what the text means.

import { h, setAttr, SUPPRESS } from "../dom";
import { type Token, tokens } from "./tokens";

/** Characters that are coloured; a longer text has the field's own colour, so that typing stays quick. */
const COLOURED = 30_000;
/** Characters of such a text that are copied: they fill the field to its greatest height, however wide it is. */
const COPIED = 5000;

const same = (one: Token | undefined, other: Token | undefined): boolean =>
  one !== undefined && other !== undefined && one[0] === other[0] && one[1] === other[1];

export class Editor {
  readonly text = h("textarea", {
    class: "kws-input kws-text",
    rows: 1,
    spellcheck: "false",
    "aria-label": "Message to send",
    ...SUPPRESS,
  });
  private readonly copy = h("pre", { class: "kws-copy", "aria-hidden": "true" });
  readonly element = h("div", { class: "kws-room" }, this.text, this.copy);
  private shown: Token[] = [];

  constructor() {
    this.text.addEventListener("pointerup", () => this.fit());
    this.text.addEventListener("scroll", () => this.follow());
  }

  get value(): string {
    return this.text.value;
  }

  /** Shows what is in the field, `json` in colours; `wrong` is where it goes wrong. */
  paint(json: boolean, wrong?: number): void {
    const { value } = this.text;
    const coloured = json && value.length <= COLOURED;
    const cut: Token[] = coloured ? tokens(value) : [[value.slice(0, COPIED), ""]];
    this.show([...cut, [" ", ""]], coloured ? wrong : undefined);
    setAttr(this.element, "data-coloured", String(coloured));
    this.fit();
    this.follow();
  }

  /** Replaces what differs from what is shown: in a long text typing changes a token or two. */
  private show(now: Token[], wrong?: number): void {
    const { copy } = this;
    const shown = this.shown;
    let [from, to, was] = [0, now.length, shown.length];
    while (same(now[from], shown[from])) from += 1;
    while (to > from && was > from && same(now[to - 1], shown[was - 1])) [to, was] = [to - 1, was - 1];
    const before = copy.childNodes[was] ?? null;
    for (const old of [...copy.childNodes].slice(from, was)) old.remove();
    for (const [text, kind] of now.slice(from, to))
      copy.insertBefore(kind ? h("span", { class: `kws-${kind}` }, text) : h("span", {}, text), before);
    this.shown = now;
    for (const old of copy.querySelectorAll(".kws-wrong")) old.classList.remove("kws-wrong");
    if (wrong === undefined) return;
    let [at, end] = [0, now[0]![0].length];
    while (end <= wrong && at < now.length - 1) end += now[++at]![0].length;
    copy.children[at]!.classList.add("kws-wrong");
  }

  /** Puts another text there as if it had been typed, so that undo brings the old one back. */
  replace(value: string): void {
    this.text.focus();
    this.text.select();
    // Deprecated, and the only way into a field's undo history; where it does nothing the text is replaced without.
    if (!document.execCommand?.("insertText", false, value) || this.text.value !== value) {
      this.text.value = value;
      this.text.dispatchEvent(new Event("input"));
    }
    this.text.setSelectionRange(0, 0);
    this.text.scrollTop = 0;
  }

  /** Chooses the place that is wrong. */
  point(at: number): void {
    this.text.focus();
    this.text.setSelectionRange(at, at + 1);
  }

  private follow(): void {
    this.copy.scrollTop = this.text.scrollTop;
  }

  /** The field grows with its text, until the reader drags it to a height of their own; an emptied one begins anew. */
  private fit(): void {
    const { value, style } = this.text;
    if (!value) style.height = "";
    setAttr(this.element, "data-own", String(style.height !== ""));
  }
}
