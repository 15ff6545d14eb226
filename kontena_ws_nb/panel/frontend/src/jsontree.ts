// A collapsible tree of a JSON value. Branches are made when opened, and a hundred children at a time.

import { h, SUPPRESS } from "./dom";
import { visible } from "./format";
import { atomText, childrenOf, type Json } from "./json";

const BATCH = 100;
const LONG = 500;

export function atom(value: Json): HTMLElement {
  if (value.type === "string") {
    const text = JSON.stringify(value.value);
    return h(
      "span",
      { class: "kws-string" },
      visible(text.length > LONG ? `${text.slice(0, LONG)}… (${text.length - 2} characters)` : text),
    );
  }
  return h(
    "span",
    { class: value.type === "number" || value.type === "literal" ? `kws-${value.type}` : "" },
    atomText(value),
  );
}

const size = (value: Json): number =>
  value.type === "object" ? value.entries.length : value.type === "array" ? value.items.length : 0;

const cut = (value: Json): boolean => "cut" in value;

/** One line that says what is inside, as developer tools do: {type: "trade", id: 7, …}. `count` is null when it is not known. */
export function summary(value: Json, room = 90, count: number | null = size(value)): HTMLElement {
  const line = h("span", { class: "kws-summary" });
  const list = childrenOf(value);
  line.append(value.type === "array" ? `${count === null ? "" : `(${count}) `}[` : "{");
  let used = 0;
  let first = true;
  let more = cut(value) && count !== list.length;
  for (const [key, item] of list) {
    if (used > room) {
      more = true;
      break;
    }
    if (!first) line.append(", ");
    first = false;
    if (key !== undefined) {
      line.append(h("span", { class: "kws-key" }, visible(key)), ": ");
      used += key.length + 2;
    }
    if (size(item) || cut(item)) {
      line.append(item.type === "object" ? "{…}" : cut(item) ? "[…]" : `Array(${size(item)})`);
      used += 8;
    } else {
      const shown =
        item.type === "string" && item.value.length > 40
          ? atom({ type: "string", value: `${item.value.slice(0, 40)}…` })
          : atom(item);
      line.append(shown);
      used += shown.textContent!.length + 2;
    }
  }
  if (more) line.append(first ? "…" : ", …");
  line.append(value.type === "array" ? "]" : "}");
  return line;
}

export const showMore = (left: number): string => `show ${Math.min(BATCH, left)} more of ${left}`;

function children(value: Json, into: HTMLElement, from = 0): void {
  const total = size(value);
  for (let at = from; at < Math.min(total, from + BATCH); at++) {
    const [key, item]: [string, Json] =
      value.type === "object" ? value.entries[at]! : [String(at), (value as { items: Json[] }).items[at]!];
    into.append(node(item, key, false));
  }
  if (from + BATCH < total) {
    const more = h("button", { type: "button", class: "kws-link", ...SUPPRESS }, showMore(total - from - BATCH));
    more.addEventListener("click", () => {
      more.remove();
      children(value, into, from + BATCH);
    });
    into.append(more);
  }
}

function node(value: Json, key: string | null, open: boolean): HTMLElement {
  const label = key === null ? [] : [h("span", { class: "kws-key" }, visible(key)), ": "];
  if (!size(value)) return h("div", { class: "kws-leaf" }, ...label, atom(value));
  const body = h("div", { class: "kws-branch" });
  const details = h("details", {}, h("summary", { ...SUPPRESS }, ...label, summary(value)), body);
  const fill = (): void => {
    if (details.open && !body.firstChild) children(value, body);
  };
  details.addEventListener("toggle", fill);
  details.open = open;
  if (open) fill();
  return details;
}

export function jsonTree(value: Json): HTMLElement {
  return h("div", { class: "kws-tree" }, node(value, null, true));
}
