// Bookmarks and notes of the rows that are shown, as the kernel last told them, and the dialog that edits a note.
// What must not live here: where rows are painted (the grid's), or which row is meant.

import { button, enters, focused, h, origin, SUPPRESS } from "./dom";

/** Key, epoch µs, and what was noted. */
export type Mark = readonly [key: number, time: number, note: string];

/** Characters of a note. */
const NOTE = 500;

export class Marks {
  private state = 0;
  private list: readonly Mark[] = [];
  private notes: ReadonlyMap<number, string> = new Map();

  constructor(
    /** Asks the kernel for all of them. */
    private readonly ask: () => Promise<Mark[]>,
    private readonly changed: () => void,
  ) {}

  get size(): number {
    return this.list.length;
  }

  /** The note of a row, perhaps empty; undefined when it has no bookmark. */
  get(key: number): string | undefined {
    return this.notes.get(key);
  }

  /** A tick came: what it says has changed is asked for. */
  tick(state: number): void {
    if (state === this.state) return;
    this.state = state;
    void this.fetch(state);
  }

  private async fetch(state: number): Promise<void> {
    try {
      const list = await this.ask();
      if (state !== this.state) return; // it has changed once more
      this.list = list;
      this.notes = new Map(list.map(([key, , note]) => [key, note]));
      this.changed();
    } catch {
      if (state === this.state) this.state = -1; // the next tick asks again
    }
  }

  /** The bookmarked row after or before another one; beyond the last comes the first. */
  next(key: number, time: number, way: 1 | -1): number | undefined {
    const { list } = this;
    const at = list.findIndex(([one]) => one === key);
    if (at >= 0) return list[(at + way + list.length) % list.length]?.[0];
    const after = list.findIndex(([one, when]) => when > time || (when === time && one > key));
    const place = after < 0 ? list.length : after;
    return list[(way > 0 ? place : place - 1 + list.length) % Math.max(1, list.length)]?.[0];
  }
}

/** Asks for a note: Enter keeps it, Escape does not. */
export function editNote(
  host: HTMLElement,
  { x, y }: { x: number; y: number },
  name: string,
  note: string,
  done: (note: string) => void,
  back: () => void,
): void {
  const field = h("input", {
    class: "kws-input",
    maxlength: NOTE,
    value: note,
    "aria-label": "Note",
    placeholder: "What about it?",
    spellcheck: "true",
    ...SUPPRESS,
  });
  const keep = button("Save note", { title: "Save (Enter)" }, "Save");
  const drop = button("Cancel", { title: "Cancel (Esc)" });
  const form = h(
    "div",
    { class: "kws-choices kws-noting", role: "dialog", "aria-label": `Note on ${name}`, popover: "manual" },
    h("label", { class: "kws-dim" }, `Note on ${name}`),
    field,
    h("div", { class: "kws-row-of" }, keep, drop),
  );
  const close = (focus = true): void => {
    document.removeEventListener("pointerdown", outside, true);
    if (focus) back();
    form.remove();
  };
  const outside = (event: Event): void => {
    if (!form.contains(origin(event))) close(false);
  };
  const save = (): void => {
    close();
    done(field.value.trim());
  };
  keep.addEventListener("click", save);
  drop.addEventListener("click", () => close());
  form.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    if (enters(event)) save();
    if (event.key !== "Tab") return;
    const all = [field, keep, drop];
    const at = all.indexOf(focused(form) as HTMLInputElement);
    event.preventDefault();
    all[(at + (event.shiftKey ? -1 : 1) + all.length) % all.length]!.focus();
  });
  host.append(form);
  form.showPopover?.();
  const { width, height } = form.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  form.style.left = `${Math.max(4, Math.min(x, clientWidth - width - 4))}px`;
  form.style.top = `${Math.max(4, Math.min(y, clientHeight - height - 4))}px`;
  document.addEventListener("pointerdown", outside, true);
  field.focus({ preventScroll: true });
  field.select();
}
