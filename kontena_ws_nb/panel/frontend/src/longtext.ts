// Much text without a frozen page: blocks that the browser lays out when they come into sight (content-visibility). The text stays whole:
// it can be searched for and selected. What must not live here: what the text means.

import { h } from "./dom";

const LINES = 80;
const CHARACTERS = 8000;
const LINE_PX = 18;
/** Characters of a line, roughly, for the height a block is thought to have until it is seen. */
const WIDTH = 120;

/** Cuts after line breaks, and inside a line that goes on and on (never inside a surrogate pair). */
export function blocks(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = at;
    for (let line = 0; line < LINES && end < text.length && end - at < CHARACTERS; line++) {
      const stop = text.indexOf("\n", end);
      end = stop < 0 ? text.length : stop + 1;
    }
    if (end - at > 2 * CHARACTERS) end = at + CHARACTERS + Number(/[\ud800-\udbff]/.test(text[at + CHARACTERS - 1]!));
    found.push(text.slice(at, end));
    at = end;
  }
  return found;
}

/** `colour` writes a block's text into it: what is out of sight is plain until it comes into sight. */
export function longText(
  text: string,
  name = "kws-pre",
  colour?: (block: HTMLElement, text: string) => void,
): HTMLElement {
  const parts = blocks(text);
  if (parts.length < 2) {
    const all = h("pre", { class: name }, text);
    colour?.(all, text);
    return all;
  }
  return h(
    "pre",
    { class: name },
    ...parts.map((part) => {
      const block = h("div", { class: "kws-block" }, part);
      if (colour)
        block.addEventListener("contentvisibilityautostatechange", (event) => {
          if (!(event as ContentVisibilityAutoStateChangeEvent).skipped && !block.firstElementChild)
            colour(block, part);
        });
      const lines = part.split("\n");
      block.style.containIntrinsicSize = `auto ${LINE_PX * lines.reduce((sum, line, at) => sum + (at < lines.length - 1 || line ? Math.ceil((line.length || 1) / WIDTH) : 0), 0)}px`;
      return block;
    }),
  );
}
