// What differs between two texts: lines, and inside a changed line runs of characters. Pure functions.

import { differ } from "./sequence";

/** A run of characters; `marked` when it differs. */
export interface Run {
  text: string;
  marked: boolean;
}
/** "same" with runs is a line both have; without runs it stands for `left` lines both have. */
export interface Line {
  kind: "same" | "removed" | "added";
  /** Counted from 1, in the first text for what was removed, else in the second. */
  number: number;
  runs: Run[];
  left: number;
}

const CONTEXT = 2;
const MOST = 400;
/** Characters shown around what differs in a long line. */
const AROUND = 60;
/** Longer lines are compared from both ends only. */
const WORDS = 20_000;

/** Splits off what both have at the ends, never inside a surrogate pair. */
const words = (line: string): string[] =>
  line.length > WORDS ? [line] : (line.match(/[\p{L}\p{N}_]+|\s+|./gsu) ?? []);

/** Runs of one side, shortened where nothing differs. */
function runs(tokens: readonly string[], marks: readonly (readonly [from: number, to: number])[]): Run[] {
  const found: Run[] = [];
  let at = 0;
  marks.forEach(([from, to], each) => {
    found.push({ text: shorten(tokens.slice(at, from).join(""), each > 0, true), marked: false });
    found.push({ text: tokens.slice(from, to).join(""), marked: true });
    at = to;
  });
  found.push({ text: shorten(tokens.slice(at).join(""), marks.length > 0, false), marked: false });
  return found
    .filter(({ text }) => text)
    .map((run) => (run.marked ? { ...run, text: shorten(run.text, true, true) } : run));
}

function shorten(text: string, head: boolean, tail: boolean): string {
  const keep = (Number(head) + Number(tail) || 1) * AROUND;
  if (text.length <= keep + 40) return text;
  const start = head || !tail ? text.slice(0, AROUND) : "";
  const end = tail ? text.slice(-AROUND) : "";
  return `${start}…(${(text.length - start.length - end.length).toLocaleString("en-US")} more)…${end}`;
}

/** A changed line from both sides. */
export function lineRuns(before: string, after: string): [Run[], Run[]] {
  let [a, b] = [words(before), words(after)];
  if (a.length === 1 && b.length === 1) [a, b] = ends(before, after);
  const { hunks } = differ(a, b, 200);
  return [
    runs(
      a,
      hunks.map(({ aFrom, aTo }) => [aFrom, aTo] as const).filter(([from, to]) => to > from),
    ),
    runs(
      b,
      hunks.map(({ bFrom, bTo }) => [bFrom, bTo] as const).filter(([from, to]) => to > from),
    ),
  ];
}

/** The common beginning, what is between, and the common end of two texts. */
function ends(a: string, b: string): [string[], string[]] {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start++;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const cut = (text: string): string[] => [
    text.slice(0, start),
    text.slice(start, text.length - end),
    text.slice(text.length - end),
  ];
  return [cut(a), cut(b)];
}

/** The changed lines with a little around them; `total` counts changed lines also where they were not kept, `exact` is false when the texts differ too much to be aligned. */
export function lineChanges(before: string, after: string): { lines: Line[]; total: number; exact: boolean } {
  const [a, b] = [before.split("\n"), after.split("\n")];
  const { hunks, exact } = differ(a, b);
  const lines: Line[] = [];
  let [total, at] = [0, 0]; // `at`: the next line of the second text
  const same = (from: number, to: number): void => {
    for (let each = from; each < to; each++)
      lines.push({ kind: "same", number: each + 1, runs: runs([b[each]!], []), left: 0 });
  };
  const skip = (left: number): void => {
    if (left > 0) lines.push({ kind: "same", number: 0, runs: [], left });
  };
  for (const { aFrom, aTo, bFrom, bTo } of hunks) {
    total += Math.max(aTo - aFrom, bTo - bFrom);
    if (lines.length >= MOST) continue;
    const head = at ? Math.min(at + CONTEXT, bFrom) : 0;
    same(at, head);
    const tail = Math.max(head, bFrom - CONTEXT);
    skip(tail - head);
    same(tail, bFrom);
    const removed: Line[] = [];
    const added: Line[] = [];
    for (let each = 0; each < Math.min(MOST, Math.max(aTo - aFrom, bTo - bFrom)); each++) {
      const [old, fresh] = [
        aFrom + each < aTo ? a[aFrom + each] : undefined,
        bFrom + each < bTo ? b[bFrom + each] : undefined,
      ];
      const [gone, come] =
        old !== undefined && fresh !== undefined
          ? lineRuns(old, fresh)
          : [runs([old ?? ""], [[0, 1]]), runs([fresh ?? ""], [[0, 1]])];
      if (old !== undefined) removed.push({ kind: "removed", number: aFrom + each + 1, runs: gone, left: 0 });
      if (fresh !== undefined) added.push({ kind: "added", number: bFrom + each + 1, runs: come, left: 0 });
    }
    lines.push(...removed, ...added);
    at = bTo;
  }
  if (hunks.length && lines.length < MOST) {
    const head = Math.min(at + CONTEXT, b.length);
    same(at, head);
    skip(b.length - head);
  }
  return { lines, total, exact };
}
