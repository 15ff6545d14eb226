// A tree of a long JSON message: the kernel reads one level of it when it is opened, a hundred members at a time.
// What must not live here: messages that are here whole (jsontree.ts).

import { h, SUPPRESS } from "./dom";
import { bytes, visible } from "./format";
import { readBeginning } from "./json";
import { atom, showMore, summary } from "./jsontree";
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

function member([name, kind, text, size, at, total]: MemberItem, place: number, ask: AskLevel): HTMLElement {
  const key = [h("span", { class: "kws-key" }, visible(name ? label(name) : String(place))), ": "];
  if (kind !== "object" && kind !== "array") return h("div", { class: "kws-leaf" }, ...key, written(kind, text, size));
  if (!total) return h("div", { class: "kws-leaf" }, ...key, kind === "object" ? "{}" : "[]");
  return branch([...key, inside(text, total)], at, ask, false);
}

/** `counted` hears how many members there are, once the kernel has told. */
function branch(
  line: (Node | string)[],
  at: number,
  ask: AskLevel,
  open: boolean,
  counted?: (count: number) => void,
): HTMLElement {
  const body = h("div", { class: "kws-branch" });
  const details = h("details", {}, h("summary", { ...SUPPRESS }, ...line), body);
  const fill = (): void => {
    if (details.open && !body.firstChild) void grow(body, at, "", 0, null, ask, counted);
  };
  details.addEventListener("toggle", fill);
  details.open = open;
  if (open) fill();
  return details;
}

/** Adds the next members; a failure can be tried again. */
async function grow(
  body: HTMLElement,
  at: number,
  inside: Inside,
  place: number,
  total: number | null,
  ask: AskLevel,
  counted?: (count: number) => void,
): Promise<void> {
  const wait = h("div", { class: "kws-dim", role: "status" }, "…");
  body.append(wait);
  const more = (text: string, next: number, of: Inside, from: number): void => {
    const button = h("button", { type: "button", class: "kws-link", ...SUPPRESS }, text);
    button.addEventListener("click", () => {
      button.remove();
      void grow(body, next, of, from, total, ask, counted);
    });
    body.append(button);
  };
  const began = place;
  try {
    // What takes long to find comes in parts: they are added as they come.
    for (let [next, of]: [number | null, Inside] = [at, inside]; next !== null; ) {
      [at, inside] = [next, of];
      const [answer, members]: Awaited<ReturnType<AskLevel>> = await ask(at, inside);
      for (const one of members) wait.before(member(one, place++, ask));
      if (answer.problem) wait.before(h("div", { class: "kws-error" }, answer.problem));
      if (answer.total !== null) {
        total = answer.total;
        counted?.(total);
      }
      [next, of] = [answer.next, answer.kind];
      if (next === null || place - began < LEVEL_MEMBERS) continue;
      more(total === null ? "show more" : showMore(total - place), next, of, place);
      break;
    }
  } catch (error) {
    wait.before(h("div", { class: "kws-error" }, (error as Error).message));
    more("try again", at, inside, place);
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
  return h("div", { class: "kws-tree" }, branch([line], at, ask, true, counted));
}
