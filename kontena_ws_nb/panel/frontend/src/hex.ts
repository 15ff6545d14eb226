// Bytes to and from text: hex dumps, base64, and what people type into the composer. Pure functions.

const DUMP_LINES = 4096;

const hex2 = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));

/** Bytes as ASCII; a dot stands for what has no picture. */
export const ascii = (data: Uint8Array): string =>
  Array.from(data, (value) => (value >= 0x20 && value < 0x7f ? String.fromCharCode(value) : "·")).join("");

/** "00000010  89 50 4e 47 …  |.PNG....|", sixteen bytes a line, at most 64 KiB. */
export function hexDump(data: Uint8Array, base = 0): string {
  const lines: string[] = [];
  for (let at = 0; at < data.length && lines.length < DUMP_LINES; at += 16) {
    const part = data.subarray(at, at + 16);
    let hex = "";
    for (let i = 0; i < 16; i++) {
      if (i === 8) hex += " ";
      const value = part[i];
      hex += value === undefined ? "   " : `${hex2[value]} `;
    }
    lines.push(`${(base + at).toString(16).padStart(8, "0")}  ${hex} ${ascii(part)}`);
  }
  if (data.length > DUMP_LINES * 16) lines.push(`… ${data.length - DUMP_LINES * 16} more bytes of this page`);
  return lines.join("\n");
}

/** "de ad be ef". */
export const toHex = (data: Uint8Array): string => Array.from(data, (value) => hex2[value]).join(" ");

export function toBase64(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; at += 0x6000) text += btoa(String.fromCharCode(...data.subarray(at, at + 0x6000)));
  return text;
}

/** Reads "de ad be ef", "0xdeadbeef", "de:ad"; a string says what is wrong. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | string {
  const digits = text.replace(/0x|[\s,:;-]/gi, "");
  const bad = /[^0-9a-f]/i.exec(digits);
  if (bad) return `“${bad[0]}” is not a hex digit`;
  if (digits.length % 2) return "a hex digit is missing: bytes have two";
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}

/** Reads base64 in either alphabet, with spaces, padded or not at all; a string says what is wrong. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | string {
  const digits = text.replace(/\s/g, "").replace(/-/g, "+").replace(/_/g, "/");
  const bad = /[^A-Za-z0-9+/=]/u.exec(digits);
  if (bad) return `“${bad[0]}” is not a base64 digit`;
  try {
    return Uint8Array.from(atob(digits), (char) => char.charCodeAt(0));
  } catch {
    return /=[^=]|===/.test(digits)
      ? "“=” may only pad the end, twice at most"
      : "not base64: four digits stand for three bytes, and “=” fills the last four";
  }
}
