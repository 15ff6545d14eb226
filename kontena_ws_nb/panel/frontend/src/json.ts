// A JSON reader that loses nothing: numbers keep their spelling (2^53 and beyond), duplicate keys stay, order stays, and
// depth costs no stack. What must not live here: elements.

/** `cut`: only the beginning is here. */
export type Json =
  | { type: "object"; entries: [key: string, value: Json][]; cut?: true }
  | { type: "array"; items: Json[]; cut?: true }
  | { type: "string"; value: string }
  | { type: "number" | "literal"; text: string };

/** Where a text stops being JSON (offset in UTF-16 units), and what could stand there. */
export interface Mistake {
  type: "mistake";
  at: number;
  message: string;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const BEGUN_STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

type Container = Extract<Json, { type: "object" | "array" }>;

const put = (parent: Container, key: string, value: Json): void => {
  if (parent.type === "object") parent.entries.push([key, value]);
  else parent.items.push(value);
};

/** Reads a text (RFC 8259), or says where it goes wrong. */
export function parseJson(text: string): Json | Mistake {
  return parse(text, []);
}

/** Reads the beginning of an object or array: its members up to where the text breaks off. */
export function readBeginning(text: string): Json | undefined {
  const whole = parseJson(text);
  if (whole.type !== "mistake") return whole;
  const open: { node: Container; key: string }[] = [];
  parse(text.replace(/[-+.\deE]+$/, ""), open); // a number at its end may go on
  for (let inner = open.pop(); inner; inner = open.pop()) {
    inner.node.cut = true;
    const parent = open.at(-1);
    if (!parent) return inner.node;
    put(parent.node, parent.key, inner.node);
  }
  return undefined;
}

/** `open` keeps what has begun and not ended. */
function parse(text: string, open: { node: Container; key: string }[]): Json | Mistake {
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
  const wrong = (expected: string): Mistake => ({
    type: "mistake",
    at,
    message: at >= text.length ? `ends where ${expected} is expected` : `${expected} is expected`,
  });
  /** A string that breaks off: the place is where it does. */
  const broken = (): Mistake => {
    take(BEGUN_STRING);
    return {
      type: "mistake",
      at,
      message:
        at >= text.length
          ? "the string does not end"
          : text[at] === "\\"
            ? "JSON has no such escape"
            : "a control character in a string must be escaped",
    };
  };
  const key = (): string | Mistake => {
    skip();
    const found = take(STRING);
    if (found === undefined) return text[at] === '"' ? broken() : wrong("a key in double quotes");
    skip();
    if (text[at] !== ":") return wrong("a colon");
    at += 1;
    return JSON.parse(found) as string;
  };
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
        const parent = { node, key: "" };
        open.push(parent);
        const name = char === "{" ? key() : "";
        if (typeof name !== "string") return name;
        parent.key = name;
        continue;
      }
    } else if (char === '"') {
      const found = take(STRING);
      if (found === undefined) return broken();
      value = { type: "string", value: JSON.parse(found) as string };
    } else {
      const number = take(NUMBER);
      const literal = number ?? take(LITERAL);
      if (literal === undefined) return wrong("a value");
      value = { type: number === undefined ? "literal" : "number", text: literal };
    }
    // A value ended: put it where it belongs, and close what closes.
    for (;;) {
      const parent = open.at(-1);
      skip();
      if (!parent) return at === text.length ? value : wrong("the end");
      const object = parent.node.type === "object";
      put(parent.node, parent.key, value);
      if (text[at] === ",") {
        at += 1;
        if (object) {
          const name = key();
          if (typeof name !== "string") return name;
          parent.key = name;
        }
        break;
      }
      if (text[at] !== (object ? "}" : "]"))
        return wrong(object ? "a comma or the end of the object" : "a comma or the end of the array");
      at += 1;
      open.pop();
      value = parent.node;
    }
  }
}

/** Reads a text; undefined when it is not JSON. */
export function readJson(text: string): Json | undefined {
  const value = parseJson(text);
  return value.type === "mistake" ? undefined : value;
}

/** Children of a value: keys are undefined in an array. */
export function childrenOf(value: Json): readonly (readonly [key: string | undefined, value: Json])[] {
  return value.type === "object"
    ? value.entries
    : value.type === "array"
      ? value.items.map((item) => [undefined, item] as const)
      : [];
}

/** A value without children, as it is written. */
export function atomText(value: Json): string {
  if (value.type === "string") return JSON.stringify(value.value);
  return value.type === "object" ? "{}" : value.type === "array" ? "[]" : value.text;
}

const MAX_INDENT = 50;

/** Pretty text with the numbers as they came; iterative, bounded by the caller's page. */
export function jsonText(value: Json): string {
  const out: string[] = [];
  const todo: (string | [Json, number])[] = [[value, 0]];
  while (todo.length) {
    const next = todo.pop()!;
    if (typeof next === "string") {
      out.push(next);
      continue;
    }
    const [item, depth] = next;
    const children = childrenOf(item);
    if (!children.length) {
      out.push(atomText(item));
      continue;
    }
    const object = item.type === "object";
    const line = (deep: number): string => `\n${"  ".repeat(Math.min(deep, MAX_INDENT))}`;
    out.push(object ? "{" : "[");
    todo.push(`${line(depth)}${object ? "}" : "]"}`); // a stack: what comes last goes on first
    for (let at = children.length - 1; at >= 0; at--) {
      const [name, one] = children[at]!;
      todo.push(
        [one, depth + 1],
        `${at ? "," : ""}${line(depth + 1)}${name === undefined ? "" : `${JSON.stringify(name)}: `}`,
      );
    }
  }
  return out.join("");
}
