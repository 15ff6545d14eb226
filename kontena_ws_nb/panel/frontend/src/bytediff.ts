// What differs between two byte strings, offset by offset. Pure functions.

/** Sixteen bytes of both from an offset; `marks` says which differ. */
export interface ByteRow {
  offset: number;
  before: Uint8Array;
  after: Uint8Array;
  marks: boolean[];
}

const WIDTH = 16;
const MOST = 200;

/** The rows that differ, at most 200 of them, and how many bytes differ in all. */
export function byteChanges(before: Uint8Array, after: Uint8Array): { rows: ByteRow[]; total: number } {
  const rows: ByteRow[] = [];
  let total = 0;
  for (let offset = 0; offset < Math.max(before.length, after.length); offset += WIDTH) {
    const stop = Math.min(offset + WIDTH, Math.max(before.length, after.length));
    let wrong = 0;
    for (let at = offset; at < stop; at++) wrong += Number(before[at] !== after[at]);
    total += wrong;
    if (!wrong || rows.length >= MOST) continue;
    const marks = Array.from({ length: stop - offset }, (_, at) => before[offset + at] !== after[offset + at]);
    rows.push({ offset, before: before.subarray(offset, stop), after: after.subarray(offset, stop), marks });
  }
  return { rows, total };
}
