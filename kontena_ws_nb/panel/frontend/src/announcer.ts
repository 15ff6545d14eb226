// What a screen reader hears unasked: states at once, the result of a filter, and now and then how many messages came. Never one for each row.
// What must not live here: what is shown.

import { h } from "./dom";
import { count } from "./format";
import type { Tick } from "./messages";

/** New messages are told at most this often. */
export const QUIET_MS = 5000;

export class Announcer {
  readonly element = h("div", { class: "kws-offscreen", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  private state = "";
  private filter = "";
  private searching = false;
  private told = -1;
  private timer = 0;
  private newest = 0;

  /** `present` says whether the reader is in this panel: others keep silent about their messages. */
  constructor(private readonly present: () => boolean) {}

  /** Says it now, also when it was the last thing said. */
  say(text: string): void {
    if (text) this.element.replaceChildren(h("span", {}, text));
  }

  tick({ session, filter, busy, n, kept, total }: Tick): void {
    if (this.state && this.state !== session.state && session.state !== "closed")
      this.say(`connection ${session.state}`); // why it closed is in the banner
    this.state = session.state;
    if (filter !== this.filter) this.searching = true;
    this.filter = filter;
    if (this.searching && !busy) {
      this.searching = false;
      this.say(
        filter ? `${count(n)} of ${count(kept)} match` : `no filter, ${count(kept)} ${kept === 1 ? "row" : "rows"}`,
      );
    }
    this.newest = total;
    if (this.told < 0 || !this.present()) this.told = total;
    else if (total > this.told && !this.timer) this.timer = window.setTimeout(() => this.tell(), QUIET_MS);
  }

  private tell(): void {
    this.timer = 0;
    const fresh = this.newest - this.told;
    this.told = this.newest;
    if (fresh > 0 && this.present()) this.say(`${count(fresh)} new ${fresh === 1 ? "row" : "rows"}`);
  }

  dispose(): void {
    window.clearTimeout(this.timer);
  }
}
