// A menu under a button: opens and closes it, Escape and a press elsewhere too, arrow keys walk through its buttons. While it is open it hangs
// in the panel itself: where its button is, it would be cut off. What must not live here: what is in it.

import { focused, origin, setAttr } from "./dom";

export class Popup {
  constructor(
    private readonly toggle: HTMLButtonElement,
    private readonly menu: HTMLElement,
    /** Called before it opens. */
    private readonly fill: () => void = () => undefined,
  ) {
    setAttr(toggle, "aria-haspopup", menu.getAttribute("role") ?? "true");
    setAttr(toggle, "aria-expanded", "false");
    toggle.addEventListener("click", () => this.open(!menu.isConnected));
    menu.addEventListener("keydown", (event) => this.key(event));
  }

  /** A press elsewhere closes it; listens only while it is open. */
  private readonly outside = (event: Event): void => {
    const to = origin(event);
    if (!this.menu.contains(to) && !this.toggle.contains(to)) this.open(false, false);
  };

  open(on: boolean, focus = true): void {
    if (on) this.hang();
    else this.menu.remove();
    document[on ? "addEventListener" : "removeEventListener"]("pointerdown", this.outside, true);
    setAttr(this.toggle, "aria-expanded", String(on));
    if (focus) (on ? this.buttons[0] : this.toggle)?.focus({ preventScroll: true });
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
    return [...this.menu.querySelectorAll<HTMLElement>("button:not(:disabled), input, select")];
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    const all = this.buttons;
    const here = focused(this.menu) as HTMLElement;
    const at = all.indexOf(here);
    const dialog = this.menu.getAttribute("role") === "dialog"; // Tab walks through a dialog, and leaves a menu
    const next =
      dialog && event.key === "Tab"
        ? at + (event.shiftKey ? -1 : 1)
        : here.matches("input[type=text], select")
          ? undefined // these keys are the field's
          : { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      all[(next + all.length) % all.length]?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") this.open(false);
  }
}
