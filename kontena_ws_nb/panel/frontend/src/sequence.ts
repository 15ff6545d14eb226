// What differs between two sequences: the shortest edit script (Myers, "An O(ND) Difference Algorithm", 1986), on a budget.
// Pure functions. What must not live here: what the items mean.

/** Where the sequences differ: `a[aFrom..aTo)` became `b[bFrom..bTo)`; either may be empty. */
export interface Hunk {
  aFrom: number;
  aTo: number;
  bFrom: number;
  bTo: number;
}

/** Edits that are looked for: beyond, what is between the common ends counts as replaced. Costs at most the square of it in memory. */
const EDITS = 400;

/** The hunks, in order; `exact` is false when the search was given up. */
export function differ<T>(a: ArrayLike<T>, b: ArrayLike<T>, edits = EDITS): { hunks: Hunk[]; exact: boolean } {
  let start = 0;
  let [aEnd, bEnd] = [a.length, b.length];
  while (start < aEnd && start < bEnd && a[start] === b[start]) start++;
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  if (start === aEnd && start === bEnd) return { hunks: [], exact: true };
  const whole = [{ aFrom: start, aTo: aEnd, bFrom: start, bTo: bEnd }];
  if (start === aEnd || start === bEnd) return { hunks: whole, exact: true };
  const [n, m] = [aEnd - start, bEnd - start];
  const most = Math.min(n + m, edits);
  const reach = new Int32Array(2 * most + 3);
  const trail: Int32Array[] = [];
  for (let d = 0; d <= most; d++) {
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && reach[most + k]! < reach[most + k + 2]!);
      let x = down ? reach[most + k + 2]! : reach[most + k]! + 1;
      let y = x - k;
      while (x < n && y < m && a[start + x] === b[start + y]) {
        x++;
        y++;
      }
      reach[most + 1 + k] = x;
      if (x >= n && y >= m) return { hunks: back(trail, d, n, m, start), exact: true };
    }
    trail.push(reach.slice(most + 1 - d, most + 2 + d)); // what the next round reads, and no more
  }
  return { hunks: whole, exact: false };
}

/** Walks the trail from the end to the beginning. */
function back(trail: Int32Array[], edits: number, n: number, m: number, start: number): Hunk[] {
  const hunks: Hunk[] = [];
  let [x, y] = [n, m];
  for (let d = edits; d > 0; d--) {
    const reach = trail[d - 1]!;
    const at = (diagonal: number): number => reach[diagonal + d - 1] ?? -1;
    const k = x - y;
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const before = down ? at(k + 1) : at(k - 1);
    const [fromX, fromY] = [before, before - (down ? k + 1 : k - 1)];
    const [aTo, bTo] = down ? [fromX, fromY + 1] : [fromX + 1, fromY];
    const last = hunks.at(-1);
    if (last && last.aFrom === start + aTo && last.bFrom === start + bTo) {
      last.aFrom = start + fromX;
      last.bFrom = start + fromY;
    } else hunks.push({ aFrom: start + fromX, aTo: start + aTo, bFrom: start + fromY, bTo: start + bTo });
    [x, y] = [fromX, fromY];
  }
  return hunks.reverse();
}
