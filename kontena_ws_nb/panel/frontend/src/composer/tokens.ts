// JSON as it is typed: its tokens for colours, also where it is not whole; and the same tokens with other white space between them. What is
// written stays as it is written: digits, escapes, duplicate keys. Pure functions. What must not live here: elements.

import type { Problem } from "../draft";
import { parseJson } from "../json";

export type TokenKind = "key" | "string" | "number" | "literal" | "template" | "mark" | "";
export type Token = readonly [text: string, kind: TokenKind];

/** In this order; what is none of them is text as well, so that every character is of one token. */
const TOKEN =
  /("(?:[^"\\\n]|\\.)*"(?=\s*:))|("(?:[^"\\\n]|\\.)*"?)|(-?\d[\d.eE+-]*)|((?:true|false|null)\b)|(\{\{[\s\S]*?\}\})|([{}[\],:])|(\s+|[^\s"{}[\],:\d-]+|-)/y;
const KINDS: readonly TokenKind[] = ["key", "string", "number", "literal", "template", "mark", ""];

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text))
    found.push([match[0], KINDS[match.findIndex((group, at) => at > 0 && group !== undefined) - 1] ?? ""]);
  return found;
}

/** A text whose expressions are numbers of the same length, so that the rest can be checked and places hold. */
const blank = (all: readonly Token[]): string =>
  all.map(([text, kind]) => (kind === "template" ? `0${" ".repeat(text.length - 1)}` : text)).join("");

const INDENT = "  ";
const DEEPEST = 50;

function written(all: readonly Token[], pretty: boolean): string {
  const out: string[] = [];
  let depth = 0;
  const line = (): string => (pretty ? `\n${INDENT.repeat(Math.min(depth, DEEPEST))}` : "");
  all.forEach(([text, kind], at) => {
    if (kind !== "mark") out.push(text);
    else if (text === "{" || text === "[") {
      depth += 1;
      const next = all[at + 1]?.[0];
      out.push(text, next === "}" || next === "]" ? "" : line());
    } else if (text === ",") out.push(text, line());
    else if (text === ":") out.push(pretty ? ": " : ":");
    else {
      depth -= 1;
      const before = all[at - 1]?.[0];
      out.push(before === "{" || before === "[" ? "" : line(), text);
    }
  });
  return out.join("");
}

/** The text on lines of its own for each member, or compact when it is so already; `said` is what was done. */
export function reformat(text: string): { text: string; said: string } | Problem {
  const all = tokens(text);
  const value = parseJson(blank(all));
  if (value.type === "mistake") return { message: value.message, at: value.at };
  const words = all.filter(([word, kind]) => kind !== "" || word.trim());
  const pretty = written(words, true);
  if (pretty !== text) return { text: pretty, said: "formatted; again compacts" };
  const compact = written(words, false);
  return { text: compact, said: compact === text ? "formatted already" : "compacted; again formats" };
}
