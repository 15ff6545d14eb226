// What the browser keeps of the log: the newest tick and a bounded cache of rows by position.
// What must not live here: elements, or who asks when.

import { PAGE_ROWS, type RowItem, type Tick } from "../messages";

const MAX_PAGES = 40;

export class Pages {
  gen = -1;
  /** Version of what the rows' cells and rules mean. */
  layout = 0;
  /** Position of the first row of the view, and one past its last. */
  first = 0;
  stop = 0;
  private pages = new Map<number, (RowItem | null | undefined)[]>();

  /** Takes a tick; true when the old rows mean nothing any more. */
  tick(tick: Tick, tail: readonly RowItem[]): boolean {
    const fresh = tick.gen !== this.gen;
    if (fresh || tick.layout !== this.layout) this.pages.clear();
    this.gen = tick.gen;
    this.layout = tick.layout;
    this.first = tick.first;
    this.stop = tick.first + tick.n;
    this.put(this.stop - tail.length, tail);
    return fresh;
  }

  put(first: number, rows: readonly (RowItem | null)[]): void {
    rows.forEach((row, offset) => {
      const position = first + offset;
      this.page(Math.floor(position / PAGE_ROWS), true)![position % PAGE_ROWS] = row;
    });
    for (const key of this.pages.keys()) {
      if (this.pages.size <= MAX_PAGES) break;
      this.pages.delete(key);
    }
  }

  /** Most recently used pages last, so that eviction takes the first. */
  private page(key: number, make: boolean): (RowItem | null | undefined)[] | undefined {
    let page = this.pages.get(key);
    if (page) {
      this.pages.delete(key);
      this.pages.set(key, page);
    } else if (make) {
      page = new Array<RowItem | null | undefined>(PAGE_ROWS);
      this.pages.set(key, page);
    }
    return page;
  }

  /** The row at a position; null when the kernel dropped it, undefined when it is not here yet. */
  get(position: number): RowItem | null | undefined {
    return this.page(Math.floor(position / PAGE_ROWS), false)?.[position % PAGE_ROWS];
  }

  /** The pages between two positions that have a hole there. */
  missing(first: number, stop: number): number[] {
    const found = new Set<number>();
    for (let position = Math.max(first, this.first); position < Math.min(stop, this.stop); position++) {
      if (this.get(position) === undefined) found.add(Math.floor(position / PAGE_ROWS));
    }
    return [...found];
  }

  /** Whether any of these rows is here. */
  any(first: number, stop: number): boolean {
    for (let position = first; position < stop; position++) if (this.get(position) !== undefined) return true;
    return false;
  }

  /** Where a row is shown, if it is in the cache. */
  find(id: number): number | undefined {
    for (const [key, page] of this.pages) {
      const offset = page.findIndex((row) => row?.[0] === id);
      if (offset >= 0) return key * PAGE_ROWS + offset;
    }
    return undefined;
  }
}
