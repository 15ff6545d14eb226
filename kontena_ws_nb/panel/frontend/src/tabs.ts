// The tabs below the table: which one is open, and its pane (WAI-ARIA tabs, activated by Enter or Space: what a tab shows may have to be fetched).
// What must not live here: what they show.

import { button, focused, h, setAttr } from "./dom";

let serial = 0;

export class Tabs<Name extends string> {
  readonly strip: HTMLElement;
  readonly pane: HTMLElement;
  private readonly all = new Map<Name, HTMLButtonElement>();
  private chosen: Name | null = null;

  constructor(
    names: readonly Name[],
    private readonly shown: (name: Name | null) => void,
  ) {
    const id = `kws-tabs-${++serial}-${Math.random().toString(36).slice(2, 7)}`;
    this.pane = h("div", { class: "kws-pane", role: "tabpanel", id, hidden: true });
    this.strip = h("div", { class: "kws-tabs", role: "tablist", "aria-label": "Details" });
    names.forEach((name, at) => {
      const one = button(name, {
        class: "kws-button kws-tab",
        role: "tab",
        id: `${id}-${at}`,
        "aria-selected": "false",
        "aria-controls": id,
        tabindex: at ? -1 : 0,
        title: "",
      });
      one.addEventListener("click", () => this.open(name === this.chosen ? null : name));
      this.strip.append(one);
      this.all.set(name, one);
    });
    this.strip.addEventListener("keydown", (event) => this.key(event));
  }

  /** Greys a tab out, or not any more. */
  enable(name: Name, on: boolean): void {
    const one = this.all.get(name)!;
    if (one.disabled === !on) return;
    one.disabled = !on;
    if (!on && this.chosen === name) this.open(null);
  }

  get current(): Name | null {
    return this.chosen;
  }

  /** Opens a tab, or closes the pane. */
  open(name: Name | null): void {
    this.chosen = name;
    for (const [each, one] of this.all) {
      setAttr(one, "aria-selected", String(each === name));
      if (name !== null) setAttr(one, "tabindex", each === name ? "0" : "-1");
    }
    this.pane.hidden = name === null;
    if (name !== null) setAttr(this.pane, "aria-labelledby", this.all.get(name)!.id);
    this.shown(name);
  }

  private key(event: KeyboardEvent): void {
    const all = [...this.all.values()].filter((one) => !one.disabled);
    const at = all.indexOf(focused(this.strip) as HTMLButtonElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    for (const one of all) setAttr(one, "tabindex", "-1");
    const one = all[(next + all.length) % all.length]!;
    setAttr(one, "tabindex", "0");
    one.focus();
  }
}
