// The preview cell: light JSON colouring of at most 160 characters, as text nodes.

import { h } from "./dom";

const TOKEN = /("(?:[^"\\]|\\.)*"?)(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

export function paintPreview(cell: HTMLElement, text: string, json: boolean): void {
  if (!json || !/^\s*[[{]/.test(text)) {
    cell.textContent = text;
    return;
  }
  const parts: (Node | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    const [all, string, colon, number] = match;
    if (string !== undefined) {
      parts.push(h("span", { class: colon === undefined ? "kws-string" : "kws-key" }, string));
      if (colon !== undefined) parts.push(colon);
    } else parts.push(h("span", { class: number === undefined ? "kws-literal" : "kws-number" }, all));
    end = match.index + all.length;
  }
  parts.push(text.slice(end));
  cell.replaceChildren(...parts);
}
