// When a message came, compared with others: the row before, what was sent last, and the other half of a request and its response.
// What must not live here: two rows the reader chose (the grid's).

import { button, h } from "./dom";
import { count, delta, millis } from "./format";
import type { DetailAnswer } from "./messages";

export function timingFacts(
  { pair, since_previous, since_sent, sent }: DetailAnswer,
  go: (key: number) => void,
): HTMLElement[] {
  const facts: HTMLElement[] = [];
  if (since_previous !== null)
    facts.push(
      h(
        "span",
        {
          class: "kws-since",
          title:
            "Time since the row before it in the log: also one that the table does not show, or has in a row of pings and pongs",
        },
        `${delta(since_previous)} since the row before`,
      ),
    );
  if (since_sent !== null && !(sent && since_sent === since_previous))
    facts.push(
      h(
        "span",
        { class: "kws-since", title: "Time since the last text or binary message that was sent" },
        `${delta(since_sent)} since the last sent`,
      ),
    );
  if (pair) {
    const what = `${pair.answer ? "→ response" : "← request"} #${count(pair.index)}, ${millis(pair.took / 1e6)}`;
    const jump = button(
      `${what}: go to it`, // what is seen is a part of the name: people say it to their computers (WCAG 2.5.3)
      { class: "kws-button kws-pair", title: "The nearest message the other way with the same id" },
      what,
    );
    jump.addEventListener("click", () => go(pair.key));
    facts.push(jump);
  }
  return facts;
}
