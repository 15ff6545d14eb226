// The kept messages: a list by folder with a search, a form for name and folder, and where they are kept. What must not live here: how they are
// stored (shelf, and the kernel's library), sending.

import { button, focused, h, setAttr, setText, SUPPRESS } from "../dom";
import { MODES, type Mode } from "../draft";
import { visible } from "../format";
import type { LibraryAnswer } from "../messages";
import { change, type Kept, nameOf, read } from "./shelf";

type Item = [name: string, folder: string, mode: string, text: string];
const item = ({ name, folder, mode, text }: Kept): Item => [name, folder, mode, text];
const same = (one: Kept, other: Kept): boolean => item(one).join("\n") === item(other).join("\n");

export interface LibraryOwner {
  /** Asks the kernel: what it keeps, or what it keeps after a change. */
  ask(
    kind: "library" | "keep" | "library_file",
    more?: { old?: Item | []; new?: Item | []; at?: number; path?: string; browser?: Item[] },
  ): Promise<[LibraryAnswer, Item[]]>;
  written(): { text: string; mode: Mode };
  fill(kept: Kept): void;
  leave(): void;
}

const field = (label: string, more = {}): HTMLInputElement =>
  h("input", { class: "kws-input", "aria-label": label, placeholder: label, maxlength: 100, ...SUPPRESS, ...more });

export class Library {
  readonly toggle = button("Saved messages", { "aria-expanded": "false", title: "Messages that were kept" }, "Saved");
  readonly star = button("Save this message", { class: "kws-button kws-star", title: "Keep this message" }, "☆");
  private readonly search = field("Search saved messages", { type: "search" });
  private readonly list = h("div", { class: "kws-kept-list" });
  private readonly where = h("div", { class: "kws-repeat" });
  private readonly said = h("span", { role: "status" });
  private readonly name = field("Name");
  private readonly folder = field("Folder");
  private readonly form = h("div", { class: "kws-repeat", role: "group", "aria-label": "Keep", hidden: true });
  readonly element = h(
    "div",
    { class: "kws-library", role: "group", "aria-label": "Saved messages", hidden: true },
    h("div", { class: "kws-repeat" }, this.search, this.said),
    this.form,
    this.list,
    this.where,
  );
  private all: Kept[] = [];
  private path = "";
  private directory = "";
  /** Whether the kernel answered: without one there is only the browser. */
  private kernel = false;

  constructor(private readonly owner: LibraryOwner) {
    this.toggle.addEventListener("click", () => void this.open(this.element.hasAttribute("hidden")));
    this.star.addEventListener("click", () => {
      const { text, mode } = owner.written();
      void this.open(true).then(() => this.edit(null, { name: nameOf(text), folder: "", mode, text }));
    });
    this.search.addEventListener("input", () => this.paint());
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  private async open(on: boolean): Promise<void> {
    this.element.hidden = !on;
    setAttr(this.toggle, "aria-expanded", String(on));
    this.form.hidden = true;
    if (!on) return;
    this.search.value = "";
    this.say("");
    await this.do(() => this.owner.ask("library"), true);
    this.search.focus();
  }

  private say(text: string, bad = false): void {
    this.said.className = bad ? "kws-error" : "kws-dim";
    this.said.replaceChildren(text);
  }

  /** Does something in the kernel and shows what is kept then; `quiet`: without a kernel the browser's are shown. */
  private async do(ask: () => Promise<[LibraryAnswer, Item[]]>, quiet = false): Promise<boolean> {
    try {
      const [{ path, directory }, items] = await ask();
      this.kernel = true;
      [this.path, this.directory] = [path, directory];
      this.all = path
        ? items.map(([name, folder, mode, text]) => ({
            name,
            folder,
            mode: MODES.find((one) => one === mode) ?? "Text",
            text,
          }))
        : read();
    } catch (error) {
      if (!quiet || this.kernel) this.say((error as Error).message, true);
      if (quiet && !this.path) this.all = read();
      if (!quiet) return false;
    }
    this.paint();
    return true;
  }

  private async change(old: Kept | null, wanted: Kept | null, at = -1): Promise<boolean> {
    if (this.path)
      return this.do(() => this.owner.ask("keep", { old: old ? item(old) : [], new: wanted ? item(wanted) : [], at }));
    try {
      this.all = change(old, wanted, at);
    } catch (error) {
      this.say((error as Error).message, true);
      return false;
    }
    this.paint();
    return true;
  }

  /** Whether what is written is kept, as far as is known. */
  look(text: string, mode: Mode): void {
    const kept = this.all.some((one) => one.text === text && one.mode === mode);
    setText(this.star, kept ? "★" : "☆");
  }

  private paint(): void {
    const words = this.search.value.toLowerCase().split(/\s+/);
    const shown = this.all.filter((one) => words.every((word) => item(one).join("\n").toLowerCase().includes(word)));
    const folders = [...new Set(["", ...shown.map(({ folder }) => folder)])];
    this.list.replaceChildren(
      ...folders.flatMap((folder) => {
        const inside = shown.filter((one) => one.folder === folder).map((one) => this.row(one));
        return folder ? [h("div", { class: "kws-folder kws-dim" }, visible(folder)), ...inside] : inside;
      }),
    );
    if (!shown.length)
      this.list.append(
        h("span", { class: "kws-dim" }, this.all.length ? "none matches" : "none yet: ☆ keeps what is written"),
      );
    this.place();
    const { text, mode } = this.owner.written();
    this.look(text, mode);
  }

  private row(one: Kept): HTMLElement {
    const name = visible(one.name);
    const use = button(
      `Use ${name}`,
      { class: "kws-button kws-use", title: "Put it in the composer; F2 renames, Delete deletes, Alt+↑ ↓ moves" },
      h("b", {}, name),
      h("span", { class: "kws-dim" }, one.mode),
      h("code", { class: "kws-dim" }, visible(one.text.slice(0, 200))),
    );
    use.addEventListener("click", () => {
      void this.open(false);
      this.owner.fill(one);
    });
    use.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (event.key === "F2") this.edit(one, one);
      else if (event.key === "Delete") void this.drop(one);
      else if (event.altKey && step) void this.move(one, step);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    const edit = button(`Edit ${name}`, { title: "Rename, move, rewrite or delete it" }, "Edit");
    edit.addEventListener("click", () => this.edit(one, one));
    return h("div", { class: "kws-kept" }, use, edit);
  }

  /** Moves it within its folder. */
  private async move(one: Kept, step: number): Promise<void> {
    const inside = this.all.filter(({ folder }) => folder === one.folder);
    const beside = inside[inside.findIndex((other) => same(other, one)) + step];
    if (!beside) return;
    if (await this.change(one, one, this.all.indexOf(beside))) this.point(one.name);
  }

  private point(name: string): void {
    const found = [...this.list.querySelectorAll("button")].find(
      (one) => one.ariaLabel === `Use ${visible(name)}` || one.getAttribute("aria-label") === `Use ${visible(name)}`,
    );
    (found ?? this.search).focus();
  }

  private async drop(one: Kept): Promise<void> {
    const at = this.all.findIndex((other) => same(other, one));
    this.form.hidden = true;
    if (!(await this.change(one, null))) return;
    const undo = button("Undo", { class: "kws-link", title: "" });
    undo.addEventListener("click", () => void this.change(null, one, at).then((done) => done && this.say("")));
    this.say(`deleted ${visible(one.name)} `);
    this.said.append(undo);
    this.search.focus();
  }

  /** Asks for name and folder. `old` is null for a new one. */
  private edit(old: Kept | null, one: Kept): void {
    const done = async (wanted: Kept): Promise<void> => {
      const named = {
        ...wanted,
        name: this.name.value.trim() || nameOf(wanted.text),
        folder: this.folder.value.trim(),
      };
      if (!(await this.change(old, named))) return;
      this.form.hidden = true;
      this.say(`kept as ${visible(named.name)}`);
      this.point(named.name);
    };
    const save = button("Keep", { class: "kws-button kws-primary", title: "" });
    save.addEventListener("click", () => void done(one));
    const rewrite = button("Keep with what is written", { title: "The text of the composer in place of its own" });
    rewrite.addEventListener("click", () => void done({ ...one, ...this.owner.written() }));
    const drop = button("Delete", { class: "kws-button kws-danger", title: "" });
    drop.addEventListener("click", () => void this.drop(one));
    const cancel = button("Cancel", { title: "" });
    cancel.addEventListener("click", () => {
      this.form.hidden = true;
      this.search.focus();
    });
    [this.name.value, this.folder.value] = [one.name, one.folder];
    this.form.onkeydown = (event) => {
      if (event.key !== "Enter" || (event.target as HTMLElement).tagName !== "INPUT") return;
      event.preventDefault(); // else it would press the button that gets the focus
      void done(one);
    };
    this.form.replaceChildren(this.name, this.folder, save, ...(old ? [rewrite, drop] : []), cancel);
    this.form.hidden = false;
    this.name.focus();
    this.name.select();
  }

  /** Where they are kept, and where else they could be. */
  private place(): void {
    if (!this.kernel) {
      this.where.replaceChildren(h("span", { class: "kws-dim" }, "kept in this browser"));
      return;
    }
    if (this.path) {
      const back = button("Keep in this browser instead", { class: "kws-link", title: "The file stays as it is" });
      back.addEventListener("click", () => void this.do(() => this.owner.ask("library_file", { path: "" })));
      this.where.replaceChildren(h("span", { class: "kws-dim" }, `kept in ${this.path}`), back);
      return;
    }
    const path = field("File", { value: "messages.json", maxlength: 1000 });
    const go = button("Keep in a file", { title: "The kernel writes it" });
    const to = h("code", { class: "kws-dim" });
    const tell = (): void => setText(to, `${this.directory}/${visible(path.value)}`);
    path.addEventListener("input", tell);
    go.addEventListener(
      "click",
      () => void this.do(() => this.owner.ask("library_file", { path: path.value, browser: this.all.map(item) })),
    );
    tell();
    this.where.replaceChildren(h("span", { class: "kws-dim" }, "kept in this browser;"), go, path, to);
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Escape") {
      if (this.form.hidden) {
        void this.open(false);
        this.owner.leave();
      } else {
        this.form.hidden = true;
        this.search.focus();
      }
    } else if (step && !this.form.contains(event.target as Node) && !this.where.contains(event.target as Node)) {
      const all = [this.search, ...this.list.querySelectorAll<HTMLElement>(".kws-use")];
      const at = all.indexOf(focused(this.element) as HTMLElement);
      all[(Math.max(at, 0) + step + all.length) % all.length]!.focus();
      event.preventDefault();
    }
  }
}
