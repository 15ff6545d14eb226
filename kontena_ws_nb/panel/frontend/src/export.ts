// Saving the filtered rows as a file: the kernel writes it in parts, the browser puts them together and downloads.
// What must not live here: the file formats (the kernel's), or the view (the owner knows what is shown).

import { button, h, icon, setText } from "./dom";
import { bytes, count } from "./format";
import type { ExportAnswer, State } from "./messages";
import { Popup } from "./popup";

/** A file is put together in the page's memory: larger ones are for Python. */
const MOST = 100_000_000;
/** What a capture's name says of its own format. */
const SUFFIX = /(?:\.[a-z]\w*)?(?:\.(?:gz|bz2|xz|zst))?$/i;
type Format = "jsonl" | "csv";
const FORMATS: [format: Format, label: string, type: string][] = [
  ["jsonl", "JSON Lines", "application/jsonl"],
  ["csv", "CSV", "text/csv"],
];

export interface ExportOwner {
  /** What is shown now: generation, first position, one past the last, and the session's name. */
  shown(): { gen: number; first: number; stop: number; name: string; state: State; notes: 0 | 1 };
  part(ask: {
    gen: number;
    format: Format;
    start: 0 | 1;
    first: number;
    stop: number;
    notes: 0 | 1;
    layout: number;
  }): Promise<[ExportAnswer, DataView | undefined]>;
}

export class ExportMenu {
  readonly element: HTMLButtonElement;
  private readonly menu = h("div", {
    class: "kws-menu kws-export",
    role: "dialog",
    "aria-label": "Export",
  });
  private readonly note = h("span", { class: "kws-dim", role: "status" });
  private readonly whole = h(
    "span",
    { class: "kws-dim", hidden: true },
    "The whole session, handshake too: in a cell, ",
    h("code", {}, 'ws.save("name.har")'),
    " or ",
    h("code", {}, "%ws_save name.har"),
  );
  private readonly choices: HTMLButtonElement[];
  private running = false;
  private stopped = false;

  constructor(private readonly owner: ExportOwner) {
    this.element = button(
      "Export",
      { class: "kws-button", title: "Save the rows that the filter shows; secrets are masked" },
      icon("export"),
      "Export",
    );
    this.choices = FORMATS.map(([format, label, type]) => {
      const one = button(label, { title: `Download as ${label}` });
      one.addEventListener("click", () => void this.save(format, type));
      return one;
    });
    const cancel = button(
      "Close",
      { class: "kws-button kws-export-close", title: "Stop, and close this menu (Escape)" },
      "✕",
    );
    cancel.addEventListener("click", () => popup.open(false));
    this.menu.append(
      h("div", { class: "kws-export-head" }, h("span", { class: "kws-dim" }, "The rows the filter shows, as"), cancel),
      h("div", { class: "kws-row-of" }, ...this.choices),
      this.note,
      this.whole,
    );
    const popup = new Popup(
      this.element,
      this.menu,
      () => {
        setText(this.note, "");
        this.whole.hidden = ["log", "capture", "merged"].includes(this.owner.shown().state);
      },
      {
        first: this.choices[0]!,
        closed: () => {
          this.stopped = true;
        },
        stays: () => this.running, // while a file is being made
      },
    );
  }

  private async save(format: Format, type: string): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.stopped = false;
    try {
      setText(this.note, await this.collect(format, type));
    } catch (error) {
      setText(this.note, `not saved: ${(error as Error).message}`);
    } finally {
      this.running = false;
    }
  }

  private async collect(format: Format, type: string): Promise<string> {
    const { gen, first, stop: end, name, state, notes } = this.owner.shown();
    const parts: BlobPart[] = [];
    let [at, stop, size, rows, layout] = [first, end, 0, 0, 0];
    let start: 0 | 1 = 1;
    do {
      const [answer, part] = await this.owner.part({ gen, format, start, first: at, stop, notes, layout });
      if (this.stopped) return "";
      start = 0;
      ({ next: at, stop, layout } = answer); // the first two count also what the view folds
      rows += answer.rows;
      if (part) {
        size += part.byteLength;
        parts.push(part as unknown as BlobPart);
      }
      setText(this.note, `${count(rows)} rows, ${bytes(size)} …`);
    } while (at < stop && size < MOST);
    const named = state === "capture" ? name.replace(SUFFIX, "") : name;
    const file = `${(named || "messages").replace(/[^\w.-]+/g, "-")}.${format}`;
    download(new Blob(parts, { type }), file);
    return at < stop
      ? `downloaded ${file}: the first ${count(rows)} rows; for all of them: panel.export("name.${format}") in a cell`
      : `downloaded ${file}: ${count(rows)} ${rows === 1 ? "row" : "rows"}, ${bytes(size)}${unless(`panel.export("name.${format}") in a cell`)}`;
  }
}

/**
 * What to add to "saved": nothing, where a page may save files. A frame without an origin of its own is sandboxed, most such frames may
 * not, and neither they nor the reader are told (HTML, section 4.8.5, allow-downloads).
 */
export function unless(otherwise: string): string {
  return window.origin === "null" ? `, if this page may save files; else: ${otherwise}` : "";
}

export function download(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = h("a", { href: url, download: name });
  document.body.append(link); // Firefox wants it in the page
  link.click();
  link.remove();
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
