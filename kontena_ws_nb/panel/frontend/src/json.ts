// A JSON reader that loses nothing: numbers keep their spelling (2^53 and beyond), duplicate keys stay, order stays, and
// depth costs no stack. What must not live here: elements.

export type Json =
  | { type: "object"; entries: [key: string, value: Json][] }
  | { type: "array"; items: Json[] }
  | { type: "string"; value: string }
  | { type: "number" | "literal"; text: string };

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** Reads a text; undefined when it is not JSON (RFC 8259). */
export function readJson(text: string): Json | undefined {
  let at = 0;
  const skip = (): void => {
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return undefined;
    const found = text.slice(at, pattern.lastIndex);
    at = pattern.lastIndex;
    return found;
  };
  const key = (): string | undefined => {
    skip();
    const found = take(STRING);
    skip();
    if (found === undefined || text[at] !== ":") return undefined;
    at += 1;
    return JSON.parse(found) as string;
  };
  type Container = Extract<Json, { type: "object" | "array" }>;
  const open: { node: Container; key: string }[] = [];
  for (;;) {
    // A value starts here.
    skip();
    let value: Json;
    const char = text[at];
    if (char === "{" || char === "[") {
      at += 1;
      const node: Container = char === "{" ? { type: "object", entries: [] } : { type: "array", items: [] };
      skip();
      if (text[at] === (char === "{" ? "}" : "]")) {
        at += 1;
        value = node;
      } else {
        const name = char === "{" ? key() : "";
        if (name === undefined) return undefined;
        open.push({ node, key: name });
        continue;
      }
    } else if (char === '"') {
      const found = take(STRING);
      if (found === undefined) return undefined;
      value = { type: "string", value: JSON.parse(found) as string };
    } else {
      const number = take(NUMBER);
      const literal = number ?? take(LITERAL);
      if (literal === undefined) return undefined;
      value = { type: number === undefined ? "literal" : "number", text: literal };
    }
    // A value ended: put it where it belongs, and close what closes.
    for (;;) {
      const parent = open.at(-1);
      skip();
      if (!parent) return at === text.length ? value : undefined;
      if (parent.node.type === "object") parent.node.entries.push([parent.key, value]);
      else parent.node.items.push(value);
      const next = text[at];
      at += 1;
      if (next === ",") {
        if (parent.node.type === "object") {
          const name = key();
          if (name === undefined) return undefined;
          parent.key = name;
        }
        break;
      }
      if (next !== (parent.node.type === "object" ? "}" : "]")) return undefined;
      open.pop();
      value = parent.node;
    }
  }
}
