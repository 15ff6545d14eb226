// Which session the panel shows: the name in the status line, and a menu of those there are.
// What must not live here: what showing one means (the kernel's).

import { button, h, icon, setAttr, setText } from "./dom";
import type { SessionChoice } from "./protocol";

export interface PickerOwner {
  sessions(): Promise<SessionChoice[]>;
  show(name: string): Promise<void>;
}

export class Picker {
  readonly element: HTMLElement;
  private readonly name = h("span");
  private readonly toggle: HTMLButtonElement;
  private readonly menu = h("div", { class: "kws-menu kws-sessions", role: "dialog", "aria-label": "Sessions", hidden: true });

  constructor(private readonly owner: PickerOwner) {
    this.toggle = button("Session", { class: "kws-button kws-chip", "aria-haspopup": "dialog", "aria-expanded": "false", title: "The session's name in Python; choose another to show" }, this.name, icon("chevron"));
    this.toggle.addEventListener("click", () => void this.open(this.menu.hasAttribute("hidden")));
    this.menu.addEventListener("keydown", (event) => {
      event.stopPropagation();
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        const all = [...this.menu.querySelectorAll("button")];
        all[(all.indexOf(document.activeElement as HTMLButtonElement) + step + all.length) % all.length]?.focus();
        event.preventDefault();
      } else if (event.key === "Escape") this.close();
    });
    this.element = h("div", { class: "kws-anchor" }, this.toggle, this.menu);
  }

  tick(name: string): void {
    setText(this.name, name || "log");
    setAttr(this.toggle, "aria-label", `Session ${name || "log"}`);
  }

  private close(): void {
    this.menu.hidden = true;
    setAttr(this.toggle, "aria-expanded", "false");
    this.toggle.focus();
  }

  private async open(on: boolean): Promise<void> {
    if (!on) {
      this.close();
      return;
    }
    this.menu.replaceChildren(h("span", { class: "kws-dim" }, "…"));
    this.menu.hidden = false;
    setAttr(this.toggle, "aria-expanded", "true");
    try {
      const lines = (await this.owner.sessions()).map((one) => this.line(one));
      this.menu.replaceChildren(...lines);
      (lines.find((one) => one.getAttribute("aria-pressed") === "true") ?? lines[0])?.focus();
    } catch (error) {
      this.complain(error as Error);
    }
  }

  private line({ name, url, state, shown }: SessionChoice): HTMLButtonElement {
    const one = button(name || "log", { class: "kws-button kws-session", "aria-pressed": String(shown), "data-state": state, title: url }, h("b", {}, name || "log"), h("span", { class: "kws-dim" }, state), h("span", { class: "kws-dim kws-url" }, url));
    one.addEventListener("click", () => void this.owner.show(name).then(() => this.close(), (error: Error) => this.complain(error)));
    return one;
  }

  private complain(error: Error): void {
    this.menu.replaceChildren(h("span", { class: "kws-error", role: "alert" }, error.message));
  }
}
