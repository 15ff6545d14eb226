// What texts and numbers hold: JSON, base64 with text or a picture in it, a URL, a time. Said beside the value, and opened in place.
// What must not live here: trees (jsontree.ts draws what is inside). A picture is shown only after its bytes were looked at, and never SVG or HTML.

import { h, SUPPRESS } from "./dom";
import { bytes, fullTime, visible } from "./format";
import { fromBase64, hexDump } from "./hex";
import { type Json, readJson } from "./json";
import { textOf } from "./store/payload";

/** Characters that are looked at: more is for the other shapes of a message. */
const LOOKED_AT = 2_000_000;
const SHORTEST_BASE64 = 16;
const DUMPED = 1024;

/** What was found in a text: a word for it, and what it looks like opened. */
export interface Inside {
  name: "JSON" | "base64" | "image" | "URL";
  open(tree: (value: Json) => HTMLElement): HTMLElement;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$|^[A-Za-z0-9_-]+={0,2}$/;
const DATA_URL = /^data:[\w.+-]*\/?[\w.+-]*(?:;[\w=.-]+)*;base64,/i;
const SIGNATURES: [type: string, begin: readonly number[]][] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", [0x47, 0x49, 0x46, 0x38]],
  ["image/bmp", [0x42, 0x4d]],
];

/** The media type of a picture, by its first bytes; undefined for all else, SVG too. */
export function imageType(data: Uint8Array): string | undefined {
  const ascii = (from: number, to: number): string => String.fromCharCode(...data.subarray(from, to));
  if (ascii(0, 4) === "RIFF" && ascii(8, 12) === "WEBP") return "image/webp";
  if (ascii(4, 12) === "ftypavif") return "image/avif";
  if (data.length < 32) return undefined;
  return SIGNATURES.find(([, begin]) => begin.every((byte, at) => data[at] === byte))?.[0];
}

/** A picture, drawn from its bytes alone. */
export function picture(data: Uint8Array, type: string): HTMLElement {
  const url = URL.createObjectURL(new Blob([data.slice()], { type }));
  const image = h("img", { class: "kws-picture", alt: `${type}, ${bytes(data.length)}`, src: url });
  const note = h("figcaption", { class: "kws-dim" }, `${type}, ${bytes(data.length)}`);
  const done = (): void => URL.revokeObjectURL(url);
  image.addEventListener("load", () => {
    done();
    note.textContent = `${type}, ${image.naturalWidth} × ${image.naturalHeight}, ${bytes(data.length)}`;
  });
  image.addEventListener("error", () => {
    done();
    note.textContent = `${type}, ${bytes(data.length)}: it cannot be drawn`;
  });
  return h("figure", { class: "kws-figure" }, image, note);
}

/** What a text holds; undefined when it is just a text. */
export function insideText(text: string): Inside | undefined {
  if (text.length < 2 || text.length > LOOKED_AT) return undefined;
  if (/^\s*[[{]/.test(text)) {
    const value = readJson(text);
    if (value) return { name: "JSON", open: (tree) => tree(value) };
  }
  if (/^(?:https?|wss?):\/\/\S+$/i.test(text)) return insideUrl(text);
  const [head = ""] = DATA_URL.exec(text) ?? [];
  const body = text.slice(head.length);
  if (!head && (text.length < SHORTEST_BASE64 || !BASE64.test(text) || !mixed(text))) return undefined;
  return insideBase64(body);
}

/** Words, numbers and hexadecimal are base64 too, by their letters: only what no person would write is taken for it. */
const mixed = (text: string): boolean =>
  /=$/.test(text) || (/[a-z]/.test(text) && /[A-Z]/.test(text) && /[0-9+/_-]/.test(text) && !/^[\da-f-]+$/i.test(text));

function insideBase64(text: string): Inside | undefined {
  const data = fromBase64(text);
  if (typeof data === "string" || !data.length) return undefined;
  const type = imageType(data);
  if (type) return { name: "image", open: () => picture(data, type) };
  const plain = textOf(data);
  const readable = plain !== undefined && !/[\u0000-\u0008\u000e-\u001f]/.test(plain);
  const json = readable && /^\s*[[{]/.test(plain) ? readJson(plain) : undefined;
  return {
    name: "base64",
    open: (tree) =>
      json
        ? tree(json)
        : readable
          ? h("pre", { class: "kws-pre" }, visible(plain))
          : h(
              "pre",
              { class: "kws-pre kws-dump" },
              hexDump(data.subarray(0, DUMPED)) +
                (data.length > DUMPED ? `\n… ${bytes(data.length - DUMPED)} more` : ""),
            ),
  };
}

function insideUrl(text: string): Inside | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  const string = (value: string): Json => ({ type: "string", value });
  const parts: [string, Json][] = [
    ["host", string(url.host)],
    ["path", string(safely(url.pathname))],
  ];
  if (url.search)
    parts.push(["query", { type: "object", entries: [...url.searchParams].map(([key, one]) => [key, string(one)]) }]);
  if (url.hash) parts.push(["fragment", string(safely(url.hash.slice(1)))]);
  return {
    name: "URL",
    open: (tree) => {
      const opened = h("div", {}, tree({ type: "object", entries: parts }));
      if (url.protocol.startsWith("http")) {
        // It leads where it says, in a page that knows nothing of this one; only who presses it asks there.
        const rest = { target: "_blank", rel: "noopener noreferrer nofollow", referrerpolicy: "no-referrer" };
        opened.append(
          h("a", { class: "kws-leave", href: url.href, ...rest, ...SUPPRESS }, `open ${url.host} in a new tab`),
        );
      }
      return opened;
    },
  };
}

function safely(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const NAMED = /time|date|stamp|^ts$|_ts$|^t$|_at$|At$|^exp$|^iat$|^nbf$|created|updated|expires|since|until/i;
const YEAR_US = 366 * 86_400 * 1e6;
const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/** The local time that a number or text stands for; undefined when it is none, or too doubtful: seconds only under a name that says so. */
export function timeOf(key: string, value: Json, around = Date.now() * 1000): string | undefined {
  if (value.type === "string" && ISO.test(value.value)) {
    const at = Date.parse(value.value.replace(" ", "T"));
    return Number.isNaN(at) ? undefined : fullTime(at * 1000);
  }
  const text = value.type === "string" ? value.value : value.type === "number" ? value.text : "";
  if (!/^\d{10}(?:\.\d{1,9})?$|^\d{13}(?:\.\d{1,6})?$|^\d{16}$|^\d{19}$/.test(text)) return undefined;
  const digits = text.indexOf(".") < 0 ? text.length : text.indexOf(".");
  const us = digits === 10 ? Number(text) * 1e6 : digits === 13 ? Number(text) * 1e3 : Number(text.slice(0, 16));
  if (digits < 16 && !NAMED.test(key)) return undefined;
  return Math.abs(us - around) < 10 * YEAR_US ? fullTime(Math.round(us)) : undefined;
}
