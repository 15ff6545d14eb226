// A whole payload, fetched page by page. What must not live here: elements, or what is done with it.

import type { DetailAnswer } from "../messages";

export type Fetch = (key: number, offset: number) => Promise<[DetailAnswer, DataView]>;

export interface Whole {
  answer: DetailAnswer;
  data: Uint8Array<ArrayBuffer>;
  /** False when it is longer than was asked for. */
  complete: boolean;
  /** Whether something in it is masked. */
  masked: boolean;
}

/** Fetches at least `most` bytes of a message, or all there are. */
export async function fetchPayload(
  fetch: Fetch,
  key: number,
  most: number,
  progress: (bytes: number) => void = () => undefined,
): Promise<Whole> {
  const parts: Uint8Array[] = [];
  let [length, offset, masked] = [0, 0, false];
  for (;;) {
    const [answer, part] = await fetch(key, offset);
    parts.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    length += part.byteLength;
    masked ||= Boolean(answer.masked);
    const complete = answer.next >= answer.size;
    if (complete || answer.next >= most || answer.next <= offset) {
      const data = new Uint8Array(length);
      let at = 0;
      for (const one of parts) {
        data.set(one, at);
        at += one.length;
      }
      return { answer, data, complete, masked };
    }
    offset = answer.next;
    progress(offset);
  }
}

/** The bytes as text; undefined when they are not UTF-8. */
export function textOf(data: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return undefined;
  }
}
