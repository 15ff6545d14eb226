// What a line of a tree stands for: where it is, how a filter says so, and what is copied of it. Pure functions, and one registry of elements.
// What must not live here: how a line looks, or what is done with it (tree.ts).

import { type Json, jsonText } from "./json";

/** A line of a tree; `path` is null where no filter leads: inside a text that was opened in place, say. */
export interface TreeNode {
  readonly path: string | null;
  /** What is copied of it. */
  text(): string;
  /** The value as a filter compares it; null for objects, arrays and what is not here whole. */
  readonly value: string | null;
  readonly kind: Json["type"];
  /** Opens it; resolves when its members are here. Only branches have it. */
  open?(): void | Promise<void>;
}

const nodes = new WeakMap<Element, TreeNode>();

export function register<T extends HTMLElement>(line: T, node: TreeNode): T {
  nodes.set(line, node);
  return line;
}

export const nodeOf = (line: Element): TreeNode | undefined => nodes.get(line);

/** A key that needs no quotes in a path, as log/filter/grammar.py reads them. */
const BARE = /^[^\s.[\]=<>!"'$()?@,*~:\u2260\u2264\u2265]+$/;
/** Characters of a text that is compared whole; of a longer one its beginning is looked for. */
const WHOLE = 120;
/** A path that the grammar still reads. */
const LONGEST = 1000;

/** The path of a member: `$.a`, `$["a b"]`, `$[0]`. */
export function below(path: string | null, key: string | number): string | null {
  if (path === null || key === "" || path.length > LONGEST) return null;
  if (typeof key === "number") return `${path}[${key}]`;
  return BARE.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/** How a filter asks for a value, or for any other; undefined where it cannot. */
export function term({ path, value, kind }: TreeNode, without = false): string | undefined {
  if (path === null || path === "$") return undefined;
  if (value === null) return without ? `-${path}` : path;
  if (kind === "string" && value.length > WHOLE)
    return `${path}${without ? "!~" : "~"}${JSON.stringify(value.slice(0, WHOLE))}`;
  return `${path}${without ? "!=" : "="}${kind === "string" ? JSON.stringify(value) : value}`;
}

/** The line of a value that is here whole. */
export function wholeNode(path: string | null, value: Json): TreeNode {
  const scalar = value.type === "string" ? value.value : "text" in value ? value.text : null;
  return { path, kind: value.type, value: scalar, text: () => scalar ?? jsonText(value) };
}
