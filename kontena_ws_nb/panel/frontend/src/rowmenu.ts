// What a right click on a row offers, and the keys that do the same: for one row, and for several that are selected.
// What must not live here: how a menu works (menu.ts), or the doing of it (the owner's).

import { copyText } from "./dom";
import { download, unless } from "./export";
import { bytes, count, millis } from "./format";
import { type Entry, Menu } from "./menu";
import type { ExportAnswer, LikeAnswer, RowItem } from "./messages";
import { rowIndex } from "./rowkey";

/** Where a menu was asked for. */
export interface Place {
  x: number;
  y: number;
  /** The row it is about, one of those selected. */
  key: number;
  /** What was selected before that row was. */
  before: readonly number[];
}

type Format = "jsonl" | "csv";
const FORMATS: [format: Format, label: string, type: string][] = [
  ["jsonl", "JSON Lines", "application/jsonl"],
  ["csv", "CSV", "text/csv"],
];

export interface RowOwner {
  /** The rows selected, in the order of time. */
  keys(): number[];
  /** A row, where it is in the page. */
  row(key: number): RowItem | null | undefined;
  /** What its row's menu is called by people: "#48,213". */
  name(key: number): string;
  /** Why nothing can be sent to the session of a row; empty when it can. */
  closed(key: number): string;
  note(key: number): string | undefined;
  /** Whether the time column counts from this row. */
  zero(key: number): boolean;
  command(name: "copy" | "edit" | "resend"): void;
  /** What a row can be copied as. */
  ways(key: number): Promise<Entry[]>;
  like(key: number): Promise<LikeAnswer>;
  filter(term: string, without: boolean): void;
  compare(first: number, second: number): void;
  setZero(key: number | null): void;
  go(key: number): void;
  bookmark(keys: readonly number[], on: boolean): Promise<void>;
  editNote(place: Place): void;
  lines(keys: number[], format: Format, first: number, layout: number): Promise<[ExportAnswer, DataView | undefined]>;
  /** Sends a row again as it is. */
  resend(key: number): Promise<unknown>;
  frame(keys: number[]): Promise<string>;
  /** Puts code into a new cell; false where that cannot be done. */
  insert(code: string): boolean;
  /** Tells how it went. */
  say(text: string): void;
  focus(): void;
}

const plural = (number: number, what: string): string => `${count(number)} ${what}${number === 1 ? "" : "s"}`;

export class RowMenu {
  private menu: Menu | null = null;

  constructor(
    private readonly host: HTMLElement,
    private readonly owner: RowOwner,
  ) {}

  open(place: Place): void {
    this.close();
    const { owner } = this;
    const keys = owner.keys();
    const several = keys.length > 1;
    this.menu = new Menu(
      this.host,
      several ? `${count(keys.length)} rows` : `Row ${owner.name(place.key)}`,
      several ? this.ofSeveral(keys) : this.ofOne(place),
      () => owner.focus(),
    );
    this.menu.open(place.x, place.y);
  }

  close(): void {
    this.menu?.close(false);
    this.menu = null;
  }

  private ofOne(place: Place): (Entry | null)[] {
    const { owner } = this;
    const { key, before } = place;
    const row = owner.row(key);
    const data = row?.[3] === "text" || row?.[3] === "binary";
    const why = data ? owner.closed(key) : "only text and binary messages can be sent";
    const like = owner.like(key);
    like.catch(() => undefined); // said where it is used
    const filters = (without: boolean) => async (): Promise<Entry[]> =>
      (await like).filters.map((term) => ({
        label: without ? `-${term}` : term,
        run: () => owner.filter(term, without),
      }));
    const [other] = before.filter((one) => one !== key);
    const note = owner.note(key);
    const zero = owner.zero(key);
    return [
      { label: "Copy", key: "c", run: () => owner.command("copy") },
      { label: "Copy as", more: () => owner.ways(key) },
      { label: "Edit in the composer", key: "e", why, run: () => owner.command("edit") },
      // What came from the server is not sent back by a slip.
      {
        label: row?.[2] ? "Resend" : "Edit and send back",
        key: "r",
        why,
        run: () => owner.command("resend"),
      },
      null,
      { label: "Filter like this", more: filters(false) },
      { label: "Exclude this", more: filters(true) },
      null,
      other !== undefined && before.length === 1
        ? { label: `Compare with ${owner.name(other)}`, run: () => owner.compare(other, key) }
        : { label: "Compare with selected", why: "select the other row first, then right-click this one" },
      {
        label: zero ? "Time as before" : "Time zero here",
        run: () => owner.setZero(zero ? null : key),
      },
      {
        label: "Go to its pair",
        why: "looking for it …",
        later: like.then(pairEntry(owner), failed("Go to its pair")),
      },
      null,
      {
        label: note === undefined ? "Bookmark" : "Remove bookmark",
        key: "b",
        run: () => void this.mark([key], note === undefined),
      },
      { label: note ? "Edit note …" : "Note …", run: () => owner.editNote(place) },
    ];
  }

  private ofSeveral(keys: number[]): (Entry | null)[] {
    const { owner } = this;
    const rows = keys.map((key) => owner.row(key));
    const unsent = rows.find((row) => row && row[3] !== "text" && row[3] !== "binary");
    const why = unsent
      ? `only text and binary messages can be sent, not “${unsent[3]}”`
      : keys.map((key) => owner.closed(key)).find(Boolean);
    const received = rows.filter((row) => !row?.[2]).length;
    const unmarked = keys.filter((key) => owner.note(key) === undefined);
    return [
      { label: "Copy as JSON Lines", run: () => void this.copy(keys) },
      {
        label: "Export selected",
        more: async () =>
          FORMATS.map(([format, label, type]) => ({ label, run: () => void this.save(keys, format, type) })),
      },
      {
        label: `Resend ${plural(keys.length, "message")}`,
        why,
        ask: `Send ${count(keys.length)}${received ? `, ${count(received)} of them received` : ""}?`,
        run: () => void this.resend(keys),
      },
      { label: "DataFrame in the notebook", run: () => void this.frame(keys) },
      null,
      {
        label: unmarked.length ? "Bookmark all" : "Remove bookmarks",
        key: "b",
        run: () => void this.mark(keys, unmarked.length > 0),
      },
    ];
  }

  /** Bookmarks rows, or none of them. */
  async mark(keys: readonly number[], on: boolean): Promise<void> {
    await this.tell("not bookmarked", async () => {
      await this.owner.bookmark(keys, on);
      return `${plural(keys.length, "bookmark")} ${on ? "set" : "removed"}`;
    });
  }

  private async collect(keys: number[], format: Format): Promise<[parts: BlobPart[], rows: number, size: number]> {
    const parts: BlobPart[] = [];
    let [first, rows, size, layout] = [0, 0, 0, 0];
    while (first < keys.length) {
      const [answer, part] = await this.owner.lines(keys, format, first, layout);
      ({ next: first, layout } = answer);
      rows += answer.rows;
      if (!part) continue;
      size += part.byteLength;
      parts.push(part as unknown as BlobPart);
    }
    return [parts, rows, size];
  }

  private copy(keys: number[]): Promise<void> {
    return this.tell("not copied", async () => {
      const [parts, rows] = await this.collect(keys, "jsonl");
      await copyText(await new Blob(parts).text());
      return `${plural(rows, "row")} copied as JSON Lines`;
    });
  }

  private save(keys: number[], format: Format, type: string): Promise<void> {
    return this.tell("not saved", async () => {
      const [parts, rows, size] = await this.collect(keys, format);
      download(new Blob(parts, { type }), `selected.${format}`);
      return `${plural(rows, "row")} saved, ${bytes(size)}${unless("panel.selected in a cell")}`;
    });
  }

  private async resend(keys: number[]): Promise<void> {
    let sent = 0;
    try {
      for (const key of keys) {
        await this.owner.resend(key); // in this order
        sent += 1;
      }
      this.owner.say(`${plural(sent, "message")} sent again`);
    } catch (error) {
      this.owner.say(`${count(sent)} of ${count(keys.length)} sent, then: ${(error as Error).message}`);
    }
  }

  private frame(keys: number[]): Promise<void> {
    return this.tell("no DataFrame", async () => {
      const code = await this.owner.frame(keys);
      if (this.owner.insert(code)) return "the code is in a new cell below: run it";
      await copyText(code);
      return "the code is copied: paste it into a cell";
    });
  }

  private async tell(failed: string, action: () => Promise<string>): Promise<void> {
    try {
      this.owner.say(await action());
    } catch (error) {
      this.owner.say(`${failed}: ${(error as Error).message}`);
    }
  }
}

const failed =
  (label: string) =>
  (error: Error): Entry => ({ label, why: error.message });

const pairEntry =
  (owner: RowOwner) =>
  ({ pair }: LikeAnswer): Entry =>
    pair
      ? {
          label: `Go to its ${pair.answer ? "response" : "request"} #${count(rowIndex(pair.key))}, ${millis(pair.took / 1e6)}`,
          run: () => owner.go(pair.key),
        }
      : { label: "Go to its pair", why: "no message the other way has its id" };
