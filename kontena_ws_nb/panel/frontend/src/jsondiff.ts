// What differs between two JSON values, by path: added, removed, changed. Order of keys does not count, numbers are compared as they are
// written, duplicate keys pair in their order, elements of arrays by the shortest edit script. Depth costs no stack.
// What must not live here: elements.

import type { Json } from "./json";
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

const stepOf = (key: string | number): string =>
  typeof key === "number" ? `[${key}]` : /^[A-Za-z_$][\w$-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;

function written(at: Step): string {
  const steps: string[] = [];
  for (let step: Step | null = at; step; step = step.up) steps.push(step.text);
  if (steps.length > STEPS) steps.splice(STEPS / 2, steps.length - STEPS, `…(${steps.length - STEPS} more)…`);
  return steps.reverse().join("");
}

/** Numbers the values so that equal ones, keys in any order, have the same number; children come before what holds them. */
class Identities {
  private readonly ids = new Map<Json, number>();
  /** Texts are apart from what is written in other ways: both are looked up as they are, which is what makes it quick. */
  private readonly texts = new Map<string, number>();
  private readonly others = new Map<string, number>();

  constructor(...roots: Json[]) {
    for (const root of roots) this.number(root);
  }

  readonly of = (value: Json): number => this.ids.get(value)!;

  private number(root: Json): void {
    const todo: [values: readonly Json[], at: number, parent: Json | null][] = [[[root], 0, null]];
    while (todo.length) {
      const top = todo[todo.length - 1]!;
      const value = top[0][top[1]++];
      if (!value) {
        todo.pop();
        if (top[2]) this.note(top[2]);
      } else if (value.type === "array" && value.items.length) todo.push([value.items, 0, value]);
      else if (value.type === "object" && value.entries.length)
        todo.push([value.entries.map(([, child]) => child), 0, value]);
      else this.note(value);
    }
  }

  private note(value: Json): void {
    let text: string;
    if (value.type === "string") text = value.value;
    else if (value.type === "object")
      text = `{${value.entries
        .map(([key, child]) => JSON.stringify(key) + this.of(child))
        .sort()
        .join()}`;
    else if (value.type === "array") text = `[${value.items.map(this.of).join()}`;
    else text = value.text;
    const known = value.type === "string" ? this.texts : this.others;
    let id = known.get(text);
    if (id === undefined) {
      id = this.texts.size + this.others.size;
      known.set(text, id);
    }
    this.ids.set(value, id);
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
  const ids = new Identities(before, after);
  const changes: Change[] = [];
  let total = 0;
  const todo: Task[] = [{ a: before, b: after, at: { up: null, text: "$" } }];
  while (todo.length) {
    const { a, b, at } = todo.pop()!;
    if (a && b && ids.of(a) === ids.of(b)) continue;
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
      const { hunks } = differ(a.items.map(ids.of), b.items.map(ids.of));
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
