// When a chart asks the kernel: at most twice a second, only after something has changed, and only while it can be seen.
// What must not live here: what is asked.

/** Milliseconds between two questions; and while the kernel still reads older rows. */
export const APART_MS = 500;
export const BUSY_MS = 200;

export class Turns {
  private wanted = false;
  private asking = false;
  private seen = true;
  private timer = 0;
  private due = 0;
  private readonly observer: IntersectionObserver | null = null;

  /** `ask` tells whether there is more to come at once. */
  constructor(
    element: Element,
    private readonly ask: () => Promise<boolean>,
  ) {
    document.addEventListener("visibilitychange", this.plan);
    if (typeof IntersectionObserver === "undefined") return;
    this.observer = new IntersectionObserver((entries) => {
      this.seen = entries.at(-1)?.isIntersecting ?? true;
      this.plan();
    });
    this.observer.observe(element);
  }

  /** Something has changed. */
  want(): void {
    this.wanted = true;
    this.plan();
  }

  /** Asks now, for a reader waits. */
  hurry(): void {
    window.clearTimeout(this.timer);
    this.timer = 0;
    this.due = 0;
    this.want();
  }

  private readonly plan = (): void => {
    if (!this.wanted || this.asking || this.timer || !this.seen || document.visibilityState === "hidden") return;
    this.timer = window.setTimeout(() => void this.turn(), Math.max(0, this.due - performance.now()));
  };

  private async turn(): Promise<void> {
    this.timer = 0;
    this.wanted = false;
    this.asking = true;
    let more = false;
    try {
      more = await this.ask();
    } catch {
      // Asked again with the next change; the status line says that the kernel is busy or gone.
    }
    this.asking = false;
    this.due = performance.now() + (more ? BUSY_MS : APART_MS);
    this.wanted ||= more;
    this.plan();
  }

  dispose(): void {
    this.observer?.disconnect();
    document.removeEventListener("visibilitychange", this.plan);
    window.clearTimeout(this.timer);
    this.asking = true; // what still comes plans nothing
  }
}
