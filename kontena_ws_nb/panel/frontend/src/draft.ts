// What the composer's text means in each of its formats. Pure functions; the file format is read by the composer.

import { bytes } from "./format";
import { fromBase64, fromHex } from "./hex";
import { parseJson, readJson } from "./json";

/** `filled`: what the kernel filled in, by its name. */
export type Payload = { kind: "text" | "filled"; text: string } | { kind: "binary"; data: Uint8Array<ArrayBuffer> };
export const MODES = ["Text", "JSON", "Hex", "Base64", "File"] as const;
export type Mode = (typeof MODES)[number];

/** Why a draft cannot be sent, and at which character. */
export interface Problem {
  message: string;
  at?: number;
}

/** A text longer than this is not looked at for JSON on every key press. */
const GLANCE = 100_000;

/** What would be sent, or why not. */
export function readDraft(mode: Exclude<Mode, "File">, text: string): Payload | Problem {
  if (mode === "Text") return { kind: "text", text };
  if (mode === "JSON") {
    const value = parseJson(text);
    return value.type === "mistake"
      ? { message: `line ${place(text, value.at)}: ${value.message}`, at: value.at }
      : { kind: "text", text };
  }
  const data = mode === "Hex" ? fromHex(text) : fromBase64(text);
  return typeof data === "string" ? { message: data } : { kind: "binary", data };
}

/** "2, column 7" of an offset, both counted from 1. */
export function place(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `${before.length}, column ${before.at(-1)!.length + 1}`;
}

/** What the composer says of a draft that can be sent: "✓ valid JSON, 12 B". */
export function describe(payload: Payload, mode: Mode): string {
  if (payload.kind === "binary") return `binary, ${bytes(payload.data.length)}`;
  const size = bytes(new TextEncoder().encode(payload.text).length);
  const json =
    mode === "JSON" || (payload.text.length < GLANCE && /^\s*[[{]/.test(payload.text) && readJson(payload.text));
  return json ? `✓ valid JSON, ${size}` : size;
}

/** Bytes of a file as text, or why they are none. */
export function fileText(data: Uint8Array<ArrayBuffer>): Payload | Problem {
  try {
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data) };
  } catch {
    return { message: "the file is not UTF-8: a text message must be (RFC 6455 section 5.6); send it as binary" };
  }
}
