// A menu or a dialog under a button: opens and closes it, Escape and a press elsewhere too, arrow keys walk through its buttons. While it is open
// it hangs in the panel itself: where its button is, it would be cut off. What must not live here: what is in it.

import { focused, origin, setAttr } from "./dom";

interface Habits {
  /** What gets the keys when it opens; the first that takes keys where there is none. */
  first?: HTMLElement;
  /** Called when it has closed. */
  closed?(): void;
  /** Whether a press elsewhere leaves it open now. */
  stays?(): boolean;
}

export class Popup {
  constructor(
    private readonly toggle: HTMLButtonElement,
    private readonly menu: HTMLElement,
    /** Called before it opens. */
    private readonly fill: () => void = () => undefined,
    private readonly habits: Habits = {},
  ) {
    setAttr(toggle, "aria-haspopup", menu.getAttribute("role") ?? "true");
    setAttr(toggle, "aria-expanded", "false");
    toggle.addEventListener("click", () => this.open(!this.isOpen));
    for (const one of [menu, toggle]) one.addEventListener("keydown", (event) => this.isOpen && this.key(event));
  }

  /** A press elsewhere closes it; listens only while it is open. */
  private readonly outside = (event: Event): void => {
    const to = origin(event);
    if (!this.menu.contains(to) && !this.toggle.contains(to) && !this.habits.stays?.()) this.open(false, false);
  };

  /** Also in a panel that is out of the page for a moment, as one of a notebook that is scrolled away, or for good. */
  get isOpen(): boolean {
    return this.menu.parentNode !== null;
  }

  open(on: boolean, focus = true): void {
    if (on === this.isOpen) return;
    if (on) this.hang();
    else this.menu.remove();
    document[on ? "addEventListener" : "removeEventListener"]("pointerdown", this.outside, true);
    setAttr(this.toggle, "aria-expanded", String(on));
    if (focus) (on ? (this.habits.first ?? this.buttons[0]) : this.toggle)?.focus({ preventScroll: true });
    if (!on) this.habits.closed?.();
  }

  /** Below the button, or above where there is more room; never beyond the panel's right edge. */
  private hang(): void {
    this.fill();
    const panel = this.toggle.closest<HTMLElement>(".kws") ?? document.body;
    panel.append(this.menu);
    const [around, at, own] = [panel, this.toggle, this.menu].map((one) => one.getBoundingClientRect()) as [
      DOMRect,
      DOMRect,
      DOMRect,
    ];
    const below = around.bottom - at.bottom >= own.height || around.bottom - at.bottom >= at.top - around.top;
    this.menu.style.top = `${(below ? at.bottom + 2 : at.top - own.height - 2) - around.top}px`;
    this.menu.style.left = `${Math.max(4, Math.min(at.left, around.right - own.width - 6) - around.left)}px`;
  }

  private get buttons(): HTMLElement[] {
    return [...this.menu.querySelectorAll<HTMLElement>(":is(button, input, select):not(:disabled)")];
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    const here = focused(this.menu) as HTMLElement;
    const dialog = this.menu.getAttribute("role") === "dialog"; // Tab walks through a dialog, and leaves a menu
    // Arrows go up and down among what is of one kind: boxes, or buttons.
    const all = this.buttons.filter((one) => event.key === "Tab" || one.tagName === here.tagName);
    const at = all.indexOf(here);
    const next =
      dialog && event.key === "Tab"
        ? at + (event.shiftKey ? -1 : 1)
        : here.matches("input:not([type=checkbox]), select")
          ? undefined // these keys are the field's
          : { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      all[(next + all.length) % all.length]?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") this.open(false);
  }
}
