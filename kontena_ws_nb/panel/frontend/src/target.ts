// To whom the composer sends: the only session shown, or while several are merged the one that was chosen. It never moves on to another one by itself.
// What must not live here: sending.

import { h, SUPPRESS } from "./dom";
import { visible } from "./format";
import type { SourceInfo } from "./messages";

export class Target {
  readonly element = h("select", {
    class: "kws-input kws-to",
    "aria-label": "Session to send to",
    hidden: true,
    ...SUPPRESS,
  });
  private name: string | null = null;
  private offered: SourceInfo[] = [];
  private shown = "";

  constructor(changed: () => void) {
    this.element.addEventListener("keydown", (event) => event.stopPropagation());
    this.element.addEventListener("change", () => {
      this.name = this.element.value || null;
      changed();
    });
  }

  /** Takes what is shown now; true when what has been typed would go to another session than before. */
  tick(sources: SourceInfo[]): boolean {
    const before = this.name;
    this.offered = sources.filter((one) => one.can.includes("send"));
    if (sources.length === 1) this.name = this.offered[0]?.name ?? null;
    else if (!this.session) this.name = null;
    this.element.hidden = sources.length === 1;
    this.paint();
    return before !== null && this.name !== null && this.name !== before;
  }

  /** The session; none while several are shown and none was chosen. */
  get session(): SourceInfo | undefined {
    return this.offered.find((one) => one.name === this.name);
  }

  /** Whether any source takes messages: a log takes nothing. */
  get possible(): boolean {
    return this.offered.length > 0;
  }

  /** Whether there is a choice, so that whoever sends must see to whom. */
  get several(): boolean {
    return !this.element.hidden;
  }

  choose(name: string): void {
    if (!this.offered.some((one) => one.name === name)) return;
    this.name = name;
    this.paint();
  }

  /** The options are made anew only when they changed: ten times a second would close the list. */
  private paint(): void {
    const options = this.offered.map(({ name, state }): [string, string] => [
      name,
      `to ${visible(name)}${state === "open" ? "" : ` (${state})`}`,
    ]);
    const shown = JSON.stringify(options);
    if (shown !== this.shown) {
      this.shown = shown;
      this.element.replaceChildren(
        h("option", { value: "" }, "to …"),
        ...options.map(([value, label]) => h("option", { value }, label)),
      );
    }
    if (this.element.value !== (this.name ?? "")) this.element.value = this.name ?? "";
  }
}
