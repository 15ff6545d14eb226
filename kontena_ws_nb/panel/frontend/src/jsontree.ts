// A collapsible tree of a JSON value. Branches are made when opened, and a hundred children at a time.
// What must not live here: what is done with a line (tree.ts), or what texts hold (embedded.ts).

import { h, SUPPRESS } from "./dom";
import { insideText, timeOf } from "./embedded";
import { visible } from "./format";
import { atomText, childrenOf, type Json } from "./json";
import { below, register, wholeNode } from "./treenode";

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

/** Where a value is in the tree: its key, if it has one, and the path that a filter takes there. */
interface At {
  readonly key: string | null;
  readonly path: string | null;
}

function children(value: Json, { path }: At, into: HTMLElement, from = 0): void {
  const total = size(value);
  for (let at = from; at < Math.min(total, from + BATCH); at++) {
    const [key, item]: [string | number, Json] =
      value.type === "object" ? value.entries[at]! : [at, (value as { items: Json[] }).items[at]!];
    into.append(node(item, { key: String(key), path: below(path, key) }, false));
  }
  if (from + BATCH < total) {
    const more = h("button", { type: "button", class: "kws-link", ...SUPPRESS }, showMore(total - from - BATCH));
    more.addEventListener("click", () => {
      more.remove();
      children(value, { key: null, path }, into, from + BATCH);
    });
    into.append(more);
  }
}

/** A branch: `fill` makes what is in it when it is opened first, and may take a while. */
export function branch(
  line: HTMLElement,
  body: HTMLElement,
  fill: () => void | Promise<void>,
  opened: boolean,
): { element: HTMLDetailsElement; open: () => void | Promise<void> } {
  const element = h("details", {}, line, body);
  const filled = (): void | Promise<void> => (element.open && !body.firstChild ? fill() : undefined);
  element.addEventListener("toggle", () => void filled());
  const open = (): void | Promise<void> => {
    element.open = true;
    return filled();
  };
  if (opened) void open();
  return { element, open };
}

/** The line of a value that has no members: what it holds opens in place, and a time is said beside it. */
export function leaf(label: readonly (Node | string)[], key: string, value: Json, path: string | null): HTMLElement {
  const inside = value.type === "string" ? insideText(value.value) : undefined;
  const time = timeOf(key, value);
  const said = time === undefined ? [] : [h("span", { class: "kws-time" }, ` ${time}`)];
  const described = wholeNode(path, value);
  if (!inside) return register(h("div", { class: "kws-leaf" }, ...label, atom(value), ...said), described);
  const chip = h("span", { class: "kws-chip" }, inside.name);
  const line = h("summary", { ...SUPPRESS }, ...label, atom(value), " ", chip);
  const body = h("div", { class: "kws-branch" });
  // What was opened in place is no part of the message's own JSON: no filter leads there.
  const tree = (held: Json): HTMLElement => h("div", {}, node(held, { key: null, path: null }, true));
  const made = branch(line, body, () => body.append(inside.open(tree)), false);
  register(line, { ...described, open: made.open });
  made.element.className = "kws-embedded";
  return made.element;
}

function node(value: Json, at: At, open: boolean): HTMLElement {
  const label = at.key === null ? [] : [h("span", { class: "kws-key" }, visible(at.key)), ": "];
  if (!size(value)) return leaf(label, at.key ?? "", value, at.path);
  const line = h("summary", { ...SUPPRESS }, ...label, summary(value));
  const body = h("div", { class: "kws-branch" });
  const made = branch(line, body, () => children(value, at, body), open);
  register(line, { ...wholeNode(at.path, value), open: made.open });
  return made.element;
}

export function jsonTree(value: Json): HTMLElement {
  return h("div", { class: "kws-tree" }, node(value, { key: null, path: "$" }, true));
}
