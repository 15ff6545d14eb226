// A tree of a long JSON message: the kernel reads one level of it when it is opened, a hundred members at a time.
// What must not live here: messages that are here whole (jsontree.ts).

import { h, SUPPRESS } from "./dom";
import { bytes, visible } from "./format";
import { atom } from "./jsontree";
import { LEVEL_MEMBERS, type LevelAnswer, type MemberItem } from "./messages";

type Inside = LevelAnswer["kind"] | "";
export type AskLevel = (at: number, inside: Inside) => Promise<[LevelAnswer, readonly MemberItem[]]>;

const encoder = new TextEncoder();
const nested = (kind: MemberItem[1]): boolean => kind === "object" || kind === "array";

/** A value as it is written, cut off where it was. */
function written(kind: MemberItem[1], text: string, size: number): HTMLElement {
  const whole = encoder.encode(text).length >= size;
  if (kind === "number" || kind === "literal") return atom({ type: kind, text: whole ? text : `${text}…` });
  return h(
    "span",
    { class: nested(kind) ? "kws-summary" : "kws-string" },
    visible(whole ? text : `${text}… (${bytes(size)})`),
  );
}

function label(name: string): string {
  try {
    return JSON.parse(name) as string;
  } catch {
    return name; // cut off, or masked
  }
}

function member([name, kind, text, size, at]: MemberItem, place: number, ask: AskLevel): HTMLElement {
  const key = [h("span", { class: "kws-key" }, visible(name ? label(name) : String(place))), ": "];
  const value = written(kind, nested(kind) ? text.replace(/\s+/g, " ") : text, size);
  if (!nested(kind) || /^[{[]\s*[}\]]$/.test(text)) return h("div", { class: "kws-leaf" }, ...key, value);
  return branch([...key, value], at, ask, false);
}

function branch(line: (Node | string)[], at: number, ask: AskLevel, open: boolean): HTMLElement {
  const body = h("div", { class: "kws-branch" });
  const details = h("details", {}, h("summary", { ...SUPPRESS }, ...line), body);
  const fill = (): void => {
    if (details.open && !body.firstChild) void grow(body, at, "", 0, ask);
  };
  details.addEventListener("toggle", fill);
  details.open = open;
  if (open) fill();
  return details;
}

/** Adds the next members; a failure can be tried again. */
async function grow(body: HTMLElement, at: number, inside: Inside, place: number, ask: AskLevel): Promise<void> {
  const wait = h("div", { class: "kws-dim", role: "status" }, "…");
  body.append(wait);
  const more = (text: string, next: number, of: Inside, from: number): void => {
    const button = h("button", { type: "button", class: "kws-link", ...SUPPRESS }, text);
    button.addEventListener("click", () => {
      button.remove();
      void grow(body, next, of, from, ask);
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
      [next, of] = [answer.next, answer.kind];
      if (next === null || place - began < LEVEL_MEMBERS) continue;
      more("show more", next, of, place);
      break;
    }
  } catch (error) {
    wait.before(h("div", { class: "kws-error" }, (error as Error).message));
    more("try again", at, inside, place);
  }
  wait.remove();
}

/** `size` is the whole message's, `begin` what is known of it already. */
export function levelTree(begin: string, size: number, ask: AskLevel): HTMLElement {
  const start = begin.search(/[{[]/);
  const kind = begin[start] === "{" ? "object" : "array";
  const line = written(kind, begin.slice(start, start + 80).replace(/\s+/g, " "), size);
  return h("div", { class: "kws-tree" }, branch([line], encoder.encode(begin.slice(0, start)).length, ask, true));
}
