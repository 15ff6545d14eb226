// Highlights: the button beside the filter that keeps it with a colour, and the list of those there are: to recolour, reorder, switch off, remove,
// and to filter by. What must not live here: which row matches what (the kernel's).

import { button, focused, h, icon, setAttr, setText, SUPPRESS } from "./dom";
import { visible } from "./format";
import type { Colour, Highlight } from "./messages";
import { Popup } from "./popup";

export const COLOURS: readonly Colour[] = ["red", "orange", "yellow", "green", "teal", "blue", "purple", "grey"];

export interface HighlightsOwner {
  /** Asks for these; rejects with what is wrong. */
  set(rules: Highlight[]): Promise<void>;
  /** The filter as it is typed. */
  filter(): string;
  /** Filters by this text. */
  use(text: string): void;
}

export class Highlights {
  readonly element: HTMLButtonElement;
  private rules: Highlight[] = [];
  private problems: string[] = [];
  private readonly error = h("p", { class: "kws-error kws-ask", role: "alert", hidden: true });
  private readonly list = h("div", { class: "kws-rules" });
  private readonly keep = h("div", { class: "kws-keep" });
  private readonly popup: Popup;
  private readonly menu: HTMLElement;

  constructor(private readonly owner: HighlightsOwner) {
    this.element = button(
      "Highlights",
      {
        class: "kws-button kws-marker",
        title: "Highlights: filters that are kept, with a colour for the rows they match",
      },
      icon("marker"),
    );
    this.menu = h(
      "div",
      { class: "kws-choices kws-highlights", role: "dialog", "aria-label": "Highlights" },
      this.keep,
      this.error,
      this.list,
    );
    this.popup = new Popup(this.element, this.menu, () => {
      this.error.hidden = true;
      this.fill();
    });
  }

  /** Shows these, which the kernel knows. */
  show(rules: Highlight[], problems: string[]): void {
    this.rules = rules;
    this.problems = problems;
    setAttr(this.element, "aria-label", rules.length ? `Highlights: ${rules.length}` : "Highlights");
    setAttr(this.element, "data-some", String(rules.some(([, , on]) => on)));
    if (this.menu.isConnected) this.fill();
  }

  /** The rule with a number, from 1; undefined for none. */
  rule(number: number | undefined): Highlight | undefined {
    return number ? this.rules[number - 1] : undefined;
  }

  /** Writes the dialog; what had the focus keeps it, or what is in its place. */
  private fill(): void {
    const at = this.controls.indexOf(focused(this.menu) as HTMLElement);
    const name = at < 0 ? "" : this.controls[at]!.getAttribute("aria-label");
    const text = this.owner.filter();
    const kept = this.rules.some(([filter]) => filter === text);
    const swatches = COLOURS.map((colour) => {
      const one = button(
        `Highlight in ${colour}`,
        { class: `kws-button kws-swatch kws-in-${colour}`, title: colour },
        "",
      );
      one.addEventListener("click", () => void this.set([...this.rules, [text, colour, 1]]));
      return one;
    });
    this.keep.replaceChildren(
      ...(text && !kept
        ? [
            h("span", { class: "kws-dim" }, "Keep this filter, and colour its rows"),
            h("code", { class: "kws-rule-text" }, visible(text)),
            h("div", { class: "kws-row-of", role: "group", "aria-label": "Colour" }, ...swatches),
          ]
        : [
            h(
              "span",
              { class: "kws-dim" },
              kept ? "This filter is kept already." : "Type a filter: here it can be kept, and its rows coloured.",
            ),
          ]),
    );
    this.list.replaceChildren(...this.rules.map((rule, place) => this.line(rule, place)));
    if (at >= 0)
      (
        this.controls.find((one) => one.getAttribute("aria-label") === name) ??
        this.controls[Math.min(at, this.controls.length - 1)] ??
        this.element
      ).focus();
  }

  private get controls(): HTMLElement[] {
    return [...this.menu.querySelectorAll<HTMLElement>("button:not(:disabled), select, input")];
  }

  private line([text, colour, on]: Highlight, at: number): HTMLElement {
    const shown = visible(text);
    const change = (rule: Highlight): void =>
      void this.set(this.rules.map((one, place) => (place === at ? rule : one)));
    const box = h("input", {
      type: "checkbox",
      "aria-label": `Colour the rows of ${shown}`,
      title: on ? "Switch it off" : "Switch it on",
      ...SUPPRESS,
    });
    box.checked = Boolean(on);
    box.addEventListener("change", () => change([text, colour, box.checked ? 1 : 0]));
    const select = h(
      "select",
      { class: "kws-input", "aria-label": `Colour of ${shown}`, title: "Colour", ...SUPPRESS },
      ...COLOURS.map((one) => h("option", { value: one, selected: one === colour }, one)),
    );
    select.addEventListener("change", () => change([text, select.value as Colour, on]));
    const use = button(
      `Filter by ${shown}`,
      { class: "kws-button kws-rule-text", title: `Filter by it: ${shown}` },
      shown,
    );
    use.addEventListener("click", () => {
      this.popup.open(false);
      this.owner.use(text);
    });
    const up = button(`Move ${shown} up`, { title: "Move up: the first that matches wins", disabled: at === 0 }, "↑");
    up.addEventListener("click", () => {
      const rules = [...this.rules];
      rules.splice(at - 1, 0, ...rules.splice(at, 1));
      void this.set(rules);
    });
    const remove = button(`Remove ${shown}`, { title: "Remove it" }, "✕");
    remove.addEventListener("click", () => void this.set(this.rules.filter((_, place) => place !== at)));
    const problem = this.problems[at];
    return h(
      "div",
      { class: `kws-rule-line kws-in-${colour}`, "data-on": String(Boolean(on) && !problem) },
      h("span", { class: "kws-swatch" }),
      box,
      use,
      select,
      up,
      remove,
      ...(problem ? [h("span", { class: "kws-error" }, problem)] : []),
    );
  }

  private async set(rules: Highlight[]): Promise<void> {
    try {
      await this.owner.set(rules);
      this.error.hidden = true;
    } catch (error) {
      setText(this.error, (error as Error).message);
      this.error.hidden = false;
    }
  }
}
