// A payload or a handshake as something to paste: Python, a shell's command. Pure functions: what comes out does what it says, or there is none.

import { toBase64, toHex } from "./hex";
import { type Json, jsonText } from "./json";

/** What a reader could not see, or would take for something else: written as escapes. JSON's own cover the rest. */
const HIDDEN = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A Python literal of a text: JSON's escapes mean the same in Python. */
export const pythonText = (text: string): string => JSON.stringify(text).replace(HIDDEN, escaped);

export const pythonBytes = (data: Uint8Array): string => `bytes.fromhex("${toHex(data)}")`;

/** One word of a POSIX shell; undefined where there is none (NUL ends an argument). */
export const shellWord = (text: string): string | undefined =>
  text.includes("\0") ? undefined : `'${text.replaceAll("'", "'\\''")}'`;

export interface Copied {
  kind: string;
  data: Uint8Array;
  /** Undefined when the bytes are not UTF-8. */
  text: string | undefined;
  json: Json | undefined;
  /** The session in Python; "" for a bare log. */
  session: string;
  /** Where it is connected to, secrets masked; "" for a bare log. */
  url: string;
  close: { code: number; reason: string } | null;
}

/** What `Copy as` offers, in this order; `make` is called when it is chosen. */
export function copies({ kind, data, text, json, session, url, close }: Copied): [label: string, make: () => string][] {
  const found: [string, () => string][] = [];
  const literal = kind === "text" && text !== undefined ? () => pythonText(text) : () => pythonBytes(data);
  if (text !== undefined) found.push(["Text", () => text]);
  if (json) found.push(["Pretty JSON", () => jsonText(json)]);
  if (close) {
    if (session) found.push(["Python", () => `${session}.close(${close.code}, ${pythonText(close.reason)})`]);
  } else
    found.push([
      "Python",
      () => (session && (kind === "text" || kind === "binary") ? `${session}.send(${literal()})` : literal()),
    ]);
  found.push(["Hex", () => toHex(data)], ["Base64", () => toBase64(data)]);
  const word = kind === "text" && text !== undefined ? shellWord(text) : undefined;
  if (word && url) found.push(["wscat command", () => `wscat -c ${shellWord(url)} -x ${word} -w 2`]);
  // websocat sends each line of its input as a message.
  if (word && url && !/[\r\n]/.test(text!))
    found.push(["websocat command", () => `printf '%s\\n' ${word} | websocat -n1 ${shellWord(url)}`]);
  return found;
}

/** The upgrade as a curl command, from the request as it was sent, secrets masked; "" when that is not HTTP. */
export function curl(secure: boolean, request: string): string {
  const [first = "", ...lines] = request.trimEnd().split(/\r?\n/);
  const path = first.split(" ")[1];
  const host = lines
    .find((line) => /^host:/i.test(line))
    ?.slice(5)
    .trim();
  if (!path || !host) return "";
  const headers = lines
    .filter((line) => line.includes(":") && !/^host:/i.test(line))
    .map((line) => `-H ${shellWord(line.trim())}`);
  return ["curl -i -N --http1.1", ...headers, shellWord(`${secure ? "https" : "http"}://${host}${path}`)].join(
    " \\\n  ",
  );
}
