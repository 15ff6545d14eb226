// What differs between two JSON values, by path: added, removed, changed. Order of keys does not count, numbers are compared as they are
// written, duplicate keys pair in their order, elements of arrays by the shortest edit script. Depth costs no stack.
// What must not live here: elements.

import { atomText, childrenOf, type Json } from "./json";
import { differ } from "./sequence";

export interface Change {
  /** Such as `$.items[2].price`; indexes are those of the second value, but of what was removed. */
  path: string;
  before?: Json;
  after?: Json;
}

/** Changes that are kept; the rest is counted. */
const MOST = 500;
/** Steps of a path that are written; the middle of a longer one is left out. */
const STEPS = 40;

type Step = { up: Step | null; text: string };
type Task = { a: Json | undefined; b: Json | undefined; at: Step };

const stepOf = (key: string | number): string => (typeof key === "number" ? `[${key}]` : /^[A-Za-z_$][\w$-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);

function written(at: Step): string {
  const steps: string[] = [];
  for (let step: Step | null = at; step; step = step.up) steps.push(step.text);
  if (steps.length > STEPS) steps.splice(STEPS / 2, steps.length - STEPS, `…(${steps.length - STEPS} more)…`);
  return steps.reverse().join("");
}

/** Numbers the values so that equal ones, keys in any order, have the same number; children come before what holds them. */
function identify(root: Json, known: Map<string, number>, ids: Map<Json, number>): void {
  const todo: [value: Json, ready: boolean][] = [[root, false]];
  while (todo.length) {
    const [value, ready] = todo.pop()!;
    const children = childrenOf(value);
    if (children.length && !ready) {
      todo.push([value, true]);
      for (const [, child] of children) todo.push([child, false]);
      continue;
    }
    let text: string;
    if (!children.length) text = value.type === "string" ? `"${value.value}` : atomText(value);
    else if (value.type === "object") text = `{${value.entries.map(([key, child]) => `${JSON.stringify(key)}${ids.get(child)}`).sort().join()}`;
    else text = `[${children.map(([, child]) => ids.get(child)).join()}`;
    let id = known.get(text);
    if (id === undefined) {
      id = known.size;
      known.set(text, id);
    }
    ids.set(value, id);
  }
}

function grouped(entries: readonly (readonly [string, Json])[]): Map<string, Json[]> {
  const found = new Map<string, Json[]>();
  for (const [key, value] of entries) {
    const same = found.get(key);
    if (same) same.push(value);
    else found.set(key, [value]);
  }
  return found;
}

/** The changes from one value to the other in the order of the texts, and how many there are with those that were not kept. */
export function jsonChanges(before: Json, after: Json): { changes: Change[]; total: number } {
  const ids = new Map<Json, number>();
  const known = new Map<string, number>();
  identify(before, known, ids);
  identify(after, known, ids);
  const changes: Change[] = [];
  let total = 0;
  const todo: Task[] = [{ a: before, b: after, at: { up: null, text: "$" } }];
  while (todo.length) {
    const { a, b, at } = todo.pop()!;
    if (a && b && ids.get(a) === ids.get(b)) continue;
    const next: Task[] = [];
    const under = (key: string | number, one: Json | undefined, other: Json | undefined): void => {
      next.push({ a: one, b: other, at: { up: at, text: stepOf(key) } });
    };
    if (a?.type === "object" && b?.type === "object") {
      const [old, fresh] = [grouped(a.entries), grouped(b.entries)];
      for (const key of new Set([...old.keys(), ...fresh.keys()])) {
        const [gone, come] = [old.get(key) ?? [], fresh.get(key) ?? []];
        for (let each = 0; each < Math.max(gone.length, come.length); each++) under(key, gone[each], come[each]);
      }
    } else if (a?.type === "array" && b?.type === "array") {
      const { hunks } = differ(a.items.map((item) => ids.get(item)), b.items.map((item) => ids.get(item)));
      for (const { aFrom, aTo, bFrom, bTo } of hunks) {
        const both = Math.min(aTo - aFrom, bTo - bFrom);
        for (let each = 0; each < both; each++) under(bFrom + each, a.items[aFrom + each], b.items[bFrom + each]);
        for (let each = aFrom + both; each < aTo; each++) under(each, a.items[each], undefined);
        for (let each = bFrom + both; each < bTo; each++) under(each, undefined, b.items[each]);
      }
    } else {
      total += 1;
      if (changes.length < MOST) changes.push({ path: written(at), ...(a && { before: a }), ...(b && { after: b }) });
    }
    for (let each = next.length - 1; each >= 0; each--) todo.push(next[each]!); // a stack: the first goes on last
  }
  return { changes, total };
}
