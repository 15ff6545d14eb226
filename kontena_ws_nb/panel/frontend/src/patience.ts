// How long a jump may wait for its rows before it shows that they are missing.
// What must not live here: rows, elements.

/** Milliseconds for which the rows of the place before stay in sight: those of the new one are mostly here sooner, and nothing flickers. */
const PATIENCE = 100;

export class Patience {
  /** Undefined while nothing is waited for, null when it has run out. */
  private timer: number | null | undefined;

  constructor(private readonly ranOut: () => void) {}

  /** Told at each painting whether rows are missing: whether to wait for them still. */
  lasts(missing: boolean): boolean {
    if (!missing) this.end();
    else if (this.timer === undefined) {
      this.timer = window.setTimeout(() => {
        this.timer = null;
        this.ranOut();
      }, PATIENCE);
    }
    return Boolean(this.timer);
  }

  end(): void {
    if (this.timer) window.clearTimeout(this.timer);
    this.timer = undefined;
  }
}
