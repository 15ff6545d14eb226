// Keeps the focus, and with it the keys, in the panel: what is clicked in it keeps the keys in it, and what had the focus and is gone (removed,
// disabled, hidden) hands it to what took its place, else to the panel itself. Without that JupyterLab's command mode gets the next key.

import { focused, origin, SUPPRESS } from "./dom";

const [NAME, VALUE] = Object.entries(SUPPRESS)[0]!;
const EDITABLE = "input, textarea, select, [contenteditable]";

/** Whether letters typed there are text, or a menu's or a dialog's: none of the table's keys. */
export const takesLetters = (element: Element): boolean =>
  element.closest(`${EDITABLE}, [role=dialog], [role=menu]`) !== null;

export class Focus {
  /** What in the panel had the focus last; null once it went elsewhere. */
  private had: HTMLElement | null = null;
  /** What was disabled or hidden while it had the focus: it gets it back when it can be used again. */
  private lost: HTMLElement | null = null;
  /** Between a press and what follows it: in a busy page keys come first. */
  private holding = 0;
  /** The last key was an Escape that closed nothing. */
  private escaped = false;
  private readonly observer = new MutationObserver(() => this.look());

  /** `watched` are the parts of the panel whose elements come and go: not the rows, which do so ten times a second. */
  constructor(
    private readonly root: HTMLElement,
    watched: readonly HTMLElement[],
  ) {
    root.addEventListener("focusin", (event) => {
      this.had = event.target as HTMLElement;
      this.had.setAttribute(NAME, VALUE); // whatever it is: a link in a certificate, a scroll bar that Chromium lets have the focus
    });
    root.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget) this.had = root.contains(relatedTarget as Node) ? this.had : null;
      else window.setTimeout(() => this.look(), 0); // nothing yet: it is gone, or the window is another one's
    });
    for (const press of ["mousedown", "mouseup"] as const)
      root.addEventListener(press, ({ button }) => {
        if (button !== 0) return;
        window.clearTimeout(this.holding);
        this.holding = window.setTimeout(() => this.hold(), 0); // after Jupyter, which gives it to the cell
      });
    root.addEventListener("keydown", ({ key }) => key === "Escape" || this.touched(), true);
    document.addEventListener("pointerdown", this.pressed, true);
    window.addEventListener("keydown", this.saving, true);
    for (const part of watched)
      this.observer.observe(part, { subtree: true, childList: true, attributeFilter: ["disabled", "hidden"] });
  }

  dispose(): void {
    this.observer.disconnect();
    document.removeEventListener("pointerdown", this.pressed, true);
    window.removeEventListener("keydown", this.saving, true);
  }

  /** An Escape that closed nothing: the second in a row goes back to where the panel is. True when it did. */
  escape(): boolean {
    if (!this.escaped) {
      this.escaped = true;
      return false;
    }
    this.touched();
    this.had = null;
    window.clearTimeout(this.holding); // who leaves is not called back
    (focused(this.root) as HTMLElement | null)?.blur();
    this.root.parentElement?.closest<HTMLElement>("[tabindex]")?.focus({ preventScroll: true });
    return true;
  }

  private touched(): void {
    this.lost = null;
    this.escaped = false;
  }

  private readonly pressed = (event: Event): void => {
    this.touched();
    if (this.root.contains(origin(event))) return;
    this.had = null;
    window.clearTimeout(this.holding);
  };

  /** Ctrl+S saves the notebook from here too. Lumino, which listens at the document, finds nothing that suppresses it for this one key. */
  private readonly saving = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
    const silent = event
      .composedPath()
      .filter((one) => one instanceof Element && this.root.contains(one) && one.hasAttribute(NAME)) as Element[];
    for (const element of silent) element.removeAttribute(NAME);
    window.setTimeout(() => {
      for (const element of silent) element.setAttribute(NAME, VALUE);
    }, 0);
  };

  private get inside(): boolean {
    return this.root.contains(focused(this.root));
  }

  private hold(): void {
    if (!this.inside && this.root.isConnected) this.give(this.root);
  }

  private usable(element: HTMLElement): boolean {
    return this.root.contains(element) && !element.matches(":disabled") && !element.closest("[hidden]");
  }

  private look(): void {
    if (this.lost && focused(this.root) === this.root && this.usable(this.lost)) this.give(this.lost);
    else if (this.had && !this.usable(this.had)) this.recover(this.had);
    else if (this.had && !this.inside && document.hasFocus()) this.had = null;
  }

  private recover(gone: HTMLElement): void {
    const now = focused(this.root);
    if (now && now !== document.body && now !== gone) return; // it is elsewhere already
    const name = gone.getAttribute("aria-label");
    const next =
      name &&
      [...this.root.querySelectorAll<HTMLElement>(gone.tagName)].find(
        (one) => one.getAttribute("aria-label") === name && this.usable(one),
      );
    this.give(next || this.root);
    this.lost = gone;
  }

  private give(element: HTMLElement): void {
    this.lost = null;
    element.focus({ preventScroll: true });
  }
}
