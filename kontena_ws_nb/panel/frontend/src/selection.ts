// Which rows are chosen, and which one the keyboard is on: by key (a row's first field), so that both outlive a change of the filter.
// What must not live here: elements, or positions (the grid's).

import { MAX_SELECTED, type RowItem } from "./messages";

export class Selection {
  /** Key → time; what Python chose has its place in the list until the row is seen. */
  private readonly times = new Map<number, number>();
  /** The row the keyboard is on; -1 for none. */
  active = -1;
  /** Where a range begins. */
  anchor = -1;

  has(key: number): boolean {
    return this.times.has(key);
  }

  get size(): number {
    return this.times.size;
  }

  /** The keys in the order of time. */
  get keys(): number[] {
    return [...this.times].sort(([a, before], [b, after]) => before - after || a - b).map(([key]) => key);
  }

  /** Chooses these keys, which somebody named; the first is where the keyboard is. */
  name(keys: readonly number[]): void {
    this.times.clear();
    keys.forEach((key, place) => {
      this.times.set(key, place);
    });
    this.active = this.anchor = keys[0] ?? -1;
  }

  /** Learns when a named row was. */
  saw([key, time]: RowItem): void {
    if (this.times.has(key)) this.times.set(key, time);
  }

  only([key, time]: RowItem): void {
    this.times.clear();
    this.times.set(key, time);
    this.active = this.anchor = key;
  }

  /** Adds a row or takes it away; nothing when there are too many. The last one stays. */
  flip([key, time]: RowItem): void {
    this.active = this.anchor = key;
    if (this.times.has(key)) {
      if (this.times.size > 1) this.times.delete(key);
    } else if (this.times.size < MAX_SELECTED) this.times.set(key, time);
  }

  /** Chooses just these rows; the anchor stays, the keyboard goes to the last. */
  range(rows: readonly RowItem[]): void {
    this.times.clear();
    for (const [key, time] of rows.slice(0, MAX_SELECTED)) this.times.set(key, time);
    this.active = rows.at(-1)?.[0] ?? this.active;
  }
}
