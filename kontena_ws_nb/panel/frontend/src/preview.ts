// The preview cell: light JSON colouring of at most 160 characters, as text nodes.
// The messages of a stream look alike, so a cell's elements are kept and written to: new ones would be styled and laid out anew, ten times a second.

import { h, setText } from "./dom";

const TOKEN = /("(?:[^"\\]|\\.)*"?)(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

/** A stretch of text and the class of its element; none for what is not coloured. */
type Part = [text: string, style: string];

function parts(text: string): Part[] {
  const found: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) found.push([text.slice(end, match.index), ""]);
    const [all, string, colon, number] = match;
    if (string !== undefined) {
      found.push([string, colon === undefined ? "kws-string" : "kws-key"]);
      if (colon !== undefined) found.push([colon, ""]);
    } else found.push([all, number === undefined ? "kws-literal" : "kws-number"]);
    end = match.index + all.length;
  }
  if (end < text.length) found.push([text.slice(end), ""]);
  return found;
}

/** Cuts parts where a place begins or ends; what is inside one is marked. */
function marked(all: readonly Part[], hits: readonly number[]): Part[] {
  const found: Part[] = [];
  let at = 0;
  let next = 0; // of the edges: an odd one is an end
  for (const [text, style] of all) {
    for (let from = 0; from < text.length; ) {
      while (next < hits.length && hits[next]! <= at + from) next += 1;
      const to = Math.min(text.length, (hits[next] ?? Infinity) - at);
      found.push([text.slice(from, to), next % 2 ? `${style} kws-hit`.trim() : style]);
      from = to;
    }
    at += text.length;
  }
  return found;
}

/** `hits` are begin and end of each place that was found. */
export function paintPreview(cell: HTMLElement, text: string, json: boolean, hits: readonly number[] = []): void {
  const coloured = json && /^\s*[[{]/.test(text);
  if (coloured || hits.length) paint(cell, marked(coloured ? parts(text) : [[text, ""]], hits));
  else setText(cell, text);
}

/** Writes JSON, or a part of it, in colours. */
export function paintJson(cell: HTMLElement, text: string): void {
  paint(cell, parts(text));
}

function paint(cell: HTMLElement, all: readonly Part[]): void {
  let child = cell.firstChild;
  for (const [part, style] of all) {
    const kept = child as HTMLElement | null;
    child = child?.nextSibling ?? null;
    if (!style && kept?.nodeType === Node.TEXT_NODE) {
      if (kept.nodeValue !== part) kept.nodeValue = part;
    } else if (style && kept?.className === style) setText(kept, part);
    else {
      const made = style ? h("span", { class: style }, part) : document.createTextNode(part);
      if (kept) kept.replaceWith(made);
      else cell.append(made);
    }
  }
  while (child) {
    const next = child.nextSibling;
    child.remove();
    child = next;
  }
}
