// A tree of a long JSON message: the kernel reads one level of it when it is opened, a hundred members at a time.
// What must not live here: messages that are here whole (jsontree.ts).

import { h, SUPPRESS } from "./dom";
import { bytes, visible } from "./format";
import { readBeginning, readJson } from "./json";
import { atom, branch, leaf, showMore, summary } from "./jsontree";
import { below, register } from "./treenode";
import { LEVEL_MEMBERS, LEVEL_PREVIEW, type LevelAnswer, type MemberItem } from "./messages";

type Inside = LevelAnswer["kind"] | "";
export type AskLevel = (at: number, inside: Inside) => Promise<[LevelAnswer, readonly MemberItem[]]>;

const encoder = new TextEncoder();

/** A value as it is written, cut off where it was. */
function written(kind: "string" | "number" | "literal", text: string, size: number): HTMLElement {
  const whole = encoder.encode(text).length >= size;
  if (kind !== "string") return atom({ type: kind, text: whole ? text : `${text}…` });
  return h("span", { class: "kws-string" }, visible(whole ? text : `${text}… (${bytes(size)})`));
}

/** What is inside, as jsontree.ts writes it; as it came where it cannot be read, masked say. */
function inside(text: string, count: number | null): HTMLElement {
  const value = readBeginning(text);
  return value ? summary(value, undefined, count) : h("span", { class: "kws-summary" }, visible(`${text}…`));
}

function label(name: string): string {
  try {
    return JSON.parse(name) as string;
  } catch {
    return name; // cut off, or masked
  }
}

/** A container whose members are asked for when it is opened. */
function container(
  line: HTMLElement,
  { at, path, kind }: { at: number; path: string | null; kind: "object" | "array" },
  ask: AskLevel,
  open: boolean,
  counted?: (count: number) => void,
): HTMLElement {
  const body = h("div", { class: "kws-branch" });
  const made = branch(
    line,
    body,
    () => grow(body, { at, inside: "", place: 0, total: null, path }, ask, counted),
    open,
  );
  register(line, { path, kind, value: null, text: () => line.textContent ?? "", open: made.open });
  return made.element;
}

function member(
  [name, kind, text, size, at, total]: MemberItem,
  place: number,
  ask: AskLevel,
  above: string | null,
): HTMLElement {
  const key = name ? label(name) : String(place);
  const path = below(above, name ? key : place);
  const begin = [h("span", { class: "kws-key" }, visible(key)), ": "];
  if (kind === "object" || kind === "array") {
    if (!total) return h("div", { class: "kws-leaf" }, ...begin, kind === "object" ? "{}" : "[]");
    return container(h("summary", { ...SUPPRESS }, ...begin, inside(text, total)), { at, path, kind }, ask, false);
  }
  const whole = encoder.encode(text).length >= size ? readJson(text) : undefined;
  return whole
    ? leaf(begin, key, whole, path)
    : register(h("div", { class: "kws-leaf" }, ...begin, written(kind, text, size)), {
        path,
        kind,
        value: null,
        text: () => text,
      });
}

/** How far a container has been read, and where it is. */
interface Place {
  at: number;
  inside: Inside;
  place: number;
  total: number | null;
  path: string | null;
}

/** Adds the next members; a failure can be tried again. */
async function grow(body: HTMLElement, from: Place, ask: AskLevel, counted?: (count: number) => void): Promise<void> {
  let { at, inside, place, total } = from;
  const wait = h("div", { class: "kws-dim", role: "status" }, "…");
  body.append(wait);
  const more = (text: string, next: Place): void => {
    const button = h("button", { type: "button", class: "kws-link", ...SUPPRESS }, text);
    button.addEventListener("click", () => {
      button.remove();
      void grow(body, next, ask, counted);
    });
    body.append(button);
  };
  try {
    // What takes long to find comes in parts: they are added as they come.
    for (let [next, of]: [number | null, Inside] = [at, inside]; next !== null; ) {
      [at, inside] = [next, of];
      const [answer, members]: Awaited<ReturnType<AskLevel>> = await ask(at, inside);
      for (const one of members) wait.before(member(one, place++, ask, from.path));
      if (answer.problem) wait.before(h("div", { class: "kws-error" }, answer.problem));
      if (answer.total !== null) {
        total = answer.total;
        counted?.(total);
      }
      [next, of] = [answer.next, answer.kind];
      if (next === null || place - from.place < LEVEL_MEMBERS) continue;
      more(total === null ? "show more" : showMore(total - place), { ...from, at: next, inside: of, place, total });
      break;
    }
  } catch (error) {
    wait.before(h("div", { class: "kws-error" }, (error as Error).message));
    more("try again", { ...from, at, inside, place, total });
  }
  wait.remove();
}

/** `begin` is what is known of the message already. */
export function levelTree(begin: string, ask: AskLevel): HTMLElement {
  const start = begin.search(/[{[]/);
  const text = begin.slice(start, start + LEVEL_PREVIEW);
  let line = inside(text, null);
  const counted = (count: number): void => {
    const before = line;
    line = inside(text, count);
    before.replaceWith(line);
  };
  const at = encoder.encode(begin.slice(0, start)).length;
  const kind = begin[start] === "[" ? "array" : "object";
  const first = h("summary", { ...SUPPRESS }, line);
  return h("div", { class: "kws-tree" }, container(first, { at, path: "$", kind }, ask, true, counted));
}
