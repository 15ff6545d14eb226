// {{expressions}} in what is written: a switch that is off until the reader presses it, because evaluating is running code, and what would be sent,
// as the kernel filled it in. What is shown is what is sent. What must not live here: evaluating (the kernel's), sending.

import { button, h, setAttr, setText } from "../dom";
import type { Mode } from "../draft";
import { bytes } from "../format";
import type { FilledAnswer } from "../messages";

export class Filling {
  readonly toggle = button(
    "Fill in {{expressions}}",
    {
      class: "kws-button kws-fill",
      "aria-pressed": "false",
      hidden: true,
      title: "Evaluate {{expressions}} in the kernel and show what would be sent; off, braces go as they are",
    },
    "{{ }}",
  );
  private readonly head = h("span", { class: "kws-dim" });
  private readonly body = h("pre", { class: "kws-filled-text", tabindex: 0, "aria-label": "What would be sent" });
  readonly element = h("div", { class: "kws-filled", hidden: true }, this.head, this.body);
  private of = "";
  private name = "";

  /** Whether expressions are evaluated. */
  get on(): boolean {
    return this.toggle.getAttribute("aria-pressed") === "true";
  }

  set(on: boolean): void {
    setAttr(this.toggle, "aria-pressed", String(on));
    if (!on) this.forget();
  }

  /** Looks at what is written: without braces there is nothing to fill in, and what was shown of another text is no more. */
  look(text: string, mode: Mode): void {
    const possible = mode !== "File" && text.includes("{{");
    this.toggle.hidden = !possible;
    if (!possible) this.set(false);
    else if (this.of !== mode + text) this.forget();
  }

  /** The name of what was shown of what is written; undefined when it has to be filled in first. */
  get ready(): string | undefined {
    return this.name || undefined;
  }

  show(text: string, mode: Mode, { name, kind, size, text: filled }: FilledAnswer): void {
    [this.of, this.name] = [mode + text, name];
    setText(this.head, `would send ${kind === "binary" ? "binary, " : ""}${bytes(size)}:`);
    setText(this.body, filled);
    this.element.hidden = false;
  }

  forget(): void {
    this.of = this.name = "";
    this.element.hidden = true;
  }
}
