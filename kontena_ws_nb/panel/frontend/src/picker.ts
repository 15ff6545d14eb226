// Which sessions the panel shows: the name in the status line, and a menu of those there are. A line shows one of them alone, its box adds it to
// the others, merged by time. What must not live here: what showing them means (the kernel's).

import { button, h, icon, setAttr, setText, SUPPRESS } from "./dom";
import { visible } from "./format";
import type { SourceChoice, SourceInfo } from "./messages";
import { Popup } from "./popup";

export interface PickerOwner {
  sessions(): Promise<SourceChoice[]>;
  show(names: string[]): Promise<void>;
}

export class Picker {
  readonly element: HTMLButtonElement;
  private readonly name = h("span");
  private readonly popup: Popup;
  private readonly menu = h("div", {
    class: "kws-menu kws-sessions",
    role: "dialog",
    "aria-label": "Sessions",
  });

  constructor(private readonly owner: PickerOwner) {
    this.element = button(
      "Session",
      { class: "kws-button kws-chip", title: "The session's name in Python; choose another one to show, or several" },
      this.name,
      icon("chevron"),
    );
    this.popup = new Popup(this.element, this.menu, () => void this.open());
  }

  tick(sources: SourceInfo[]): void {
    const names = sources.map(({ name }) => visible(name)).join(" + ");
    setText(this.name, sources.length > 1 ? `${sources.length} sessions` : names);
    setAttr(this.element, "aria-label", sources.length > 1 ? `Sessions ${names}, merged by time` : `Session ${names}`);
  }

  private async open(): Promise<void> {
    this.menu.replaceChildren(h("span", { class: "kws-dim" }, "…"));
    if (await this.list())
      (
        this.menu.querySelector<HTMLElement>(".kws-session[aria-pressed=true]") ??
        this.menu.querySelector<HTMLElement>(".kws-session")
      )?.focus();
  }

  /** Fills the menu with what there is now; false when the kernel did not say. */
  private async list(): Promise<boolean> {
    try {
      const offered = await this.owner.sessions();
      const shown = offered.filter((one) => one.shown);
      const all = button("All, merged by time", {
        class: "kws-button kws-all",
        title: "Show all of these in one table, in the order of their times",
      });
      all.addEventListener("click", () => void this.show(offered.map(({ name }) => name)));
      this.menu.replaceChildren(...offered.map((one) => this.line(one, shown)), ...(offered.length > 1 ? [all] : []));
      return true;
    } catch (error) {
      this.complain(error as Error);
      return false;
    }
  }

  private line({ name, url, state, shown }: SourceChoice, all: SourceChoice[]): HTMLElement {
    const label = visible(name);
    const alone = shown && all.length === 1;
    const box = h("input", {
      type: "checkbox",
      "aria-label": `${label} in the table`,
      title: alone ? "The only one shown" : shown ? "Take it out of the table" : "Add it to the table, merged by time",
      disabled: alone,
      ...SUPPRESS,
    });
    box.checked = shown;
    box.addEventListener("change", () => void this.flip(name, box.checked, all));
    const one = button(
      `Show only ${label}`,
      { class: "kws-button kws-session", "aria-pressed": String(alone), "data-state": state, title: url },
      h("b", {}, label),
      h("span", { class: "kws-dim" }, state),
      h("span", { class: "kws-dim kws-url" }, url),
    );
    one.addEventListener("click", () => void this.show([name]));
    return h("div", { class: "kws-pick" }, box, one);
  }

  private async show(names: string[]): Promise<void> {
    try {
      await this.owner.show(names);
      this.popup.open(false);
    } catch (error) {
      this.complain(error as Error);
    }
  }

  /** Adds one to what is shown, or takes it out; the menu stays open. */
  private async flip(name: string, on: boolean, all: SourceChoice[]): Promise<void> {
    const names = all.map((one) => one.name).filter((one) => one !== name);
    try {
      await this.owner.show(on ? [...names, name] : names);
      if (await this.list())
        [...this.menu.querySelectorAll<HTMLInputElement>("input:not([disabled])")]
          .find((one) => one.getAttribute("aria-label") === `${visible(name)} in the table`)
          ?.focus();
    } catch (error) {
      this.complain(error as Error);
    }
  }

  private complain(error: Error): void {
    this.menu.replaceChildren(h("span", { class: "kws-error", role: "alert" }, error.message));
  }
}
