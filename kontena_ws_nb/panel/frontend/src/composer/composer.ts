// The composer: what to send, checked before it goes, with a history and saved messages.
// What must not live here: what a text means (draft), its field (editor), or what is kept (library).

import { button, h, setAttr, setText, SUPPRESS } from "../dom";
import { describe, fileText, MODES, type Mode, type Payload, place, type Problem, readDraft } from "../draft";
import { bytes, visible } from "../format";
import type { FilledAnswer, ScheduleInfo, SourceInfo } from "../messages";
import { Target } from "../target";
import { Editor } from "./editor";
import { Filling } from "./filling";
import { Library, type LibraryOwner } from "./library";
import { Repeat } from "./repeat";
import { reformat } from "./tokens";

const HISTORY = 100;
/** A file goes to the kernel in one message: Jupyter servers refuse more than 10 MB by default. */
const FILE_LIMIT = 8_000_000;
/** A text that may be JSON whatever its format says: it begins so. */
const JSON_LIKE = /^\s*[[{]/;

/** A message whose {{expressions}} are filled in each time it is sent. */
export interface Template {
  kind: "template";
  mode: Mode;
  text: string;
}
interface Past {
  text: string;
  mode: Mode;
  filled?: boolean;
}

export interface ComposerOwner {
  /** `of` is the session's name. */
  send(payload: Payload, of: string): Promise<number>;
  /** Evaluates the expressions in a text, and says what would be sent. */
  fill(mode: Mode, text: string): Promise<FilledAnswer>;
  schedule(payload: Payload | Template, of: string, every: number, count: number): Promise<void>;
  unschedule(of: string): Promise<void>;
  library: LibraryOwner["ask"];
  /** Asks for what `scheduled` is told. */
  schedules(): void;
  /** The reader is done here. */
  leave(): void;
}

const mac = /Mac|iPhone|iPad/.test(navigator.platform);

export class Composer {
  readonly element: HTMLElement;
  private readonly editor = new Editor();
  private readonly text = this.editor.text;
  private readonly filling = new Filling();
  private readonly repeat: Repeat;
  private readonly format = button(
    "Format JSON",
    { title: `Format JSON, again compacts (${mac ? "⌘⇧F" : "Ctrl+Shift+F"}); numbers stay as they are written` },
    "Format",
  );
  private readonly mode: HTMLSelectElement;
  private readonly check = h("span", { class: "kws-check" });
  private readonly result = h("span", { class: "kws-result", role: "status" });
  private readonly go: HTMLButtonElement;
  private readonly file = h("input", { class: "kws-file", type: "file", "aria-label": "File to send", ...SUPPRESS });
  private readonly asText = h("input", { type: "checkbox", ...SUPPRESS });
  private readonly fileLine = h(
    "div",
    { class: "kws-file-line", hidden: true },
    this.file,
    h("label", {}, this.asText, " as text"),
  );
  private readonly library: Library;
  private content: Uint8Array<ArrayBuffer> | Problem = { message: "choose a file" };
  private readonly history: Past[] = [];
  private place = 0;
  /** What was being written while the history is looked through. */
  private draft: Past = { text: "", mode: "Text" };
  /** The format before a message was recalled, chosen or edited: it comes back once that is sent. */
  private before: Mode | null = null;
  private readonly sendEmpty = button("Send an empty message", { class: "kws-link", title: "" });
  private readonly target = new Target(() => this.chose());
  private writable = false;
  /** Another session took the place of the one that something was typed for: sending asks once more. */
  private unsure = false;
  private sending = false;

  constructor(private readonly owner: ComposerOwner) {
    this.repeat = new Repeat({
      begin: (every, count) => this.begin(every, count),
      stop: (of) => owner.unschedule(of),
      ask: () => owner.schedules(),
      several: () => this.target.several,
      leave: () => this.text.focus(),
    });
    this.mode = h(
      "select",
      { class: "kws-input kws-mode", "aria-label": "Format", ...SUPPRESS },
      ...MODES.map((mode) => h("option", { value: mode }, mode)),
    );
    this.go = button("Send", { class: "kws-button kws-primary kws-send", title: `Send (${mac ? "⌘" : "Ctrl+"}Enter)` });
    this.go.addEventListener("click", () => {
      this.text.focus(); // what is typed next is the next message, and no key of the table
      void this.send();
    });
    this.sendEmpty.addEventListener("click", () => {
      this.text.focus(); // the button vanishes
      void this.send(true);
    });
    this.mode.addEventListener("change", () => {
      this.before = null;
      this.tell("");
      this.changed();
    });
    this.mode.addEventListener("keydown", (event) => event.stopPropagation());
    this.file.addEventListener("change", () => void this.readFile());
    this.asText.addEventListener("change", () => this.changed());
    this.library = new Library({
      ask: (kind, more) => owner.library(kind, more),
      written: () => ({ text: this.text.value, mode: this.chosen }),
      fill: ({ text, mode }) => this.fill(text, mode),
      leave: () => this.text.focus(),
    });
    this.text.addEventListener("input", () => {
      this.place = this.history.length;
      this.tell(""); // it was about what stood here before
      this.changed();
    });
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.format.addEventListener("click", () => this.reformat());
    this.filling.toggle.addEventListener("click", () => {
      this.filling.set(!this.filling.on);
      this.changed();
      if (this.filling.on) void this.preview();
    });
    this.check.addEventListener("click", () => {
      const draft = this.read();
      if ("message" in draft && draft.at !== undefined) this.editor.point(draft.at);
    });
    this.element = h(
      "div",
      { class: "kws-composer" },
      this.editor.element,
      this.fileLine,
      this.filling.element,
      this.repeat.element,
      this.library.element,
      h(
        "div",
        { class: "kws-compose-line" },
        this.mode,
        this.format,
        this.filling.toggle,
        this.repeat.toggle,
        this.library.star,
        this.library.toggle,
        this.check,
        this.result,
        h(
          "span",
          { class: "kws-last" },
          h("span", { class: "kws-dim kws-hint" }, `${mac ? "⌘" : "Ctrl+"}Enter sends · ↑ history`),
          this.target.element,
          this.go,
        ),
      ),
    );
    this.changed();
  }

  tick(sources: SourceInfo[]): void {
    if (this.target.tick(sources) && !this.empty) this.unsure = true;
    this.aim();
  }

  /** Name of the session that would get what is typed. */
  get to(): string | undefined {
    return this.target.session?.name;
  }

  private aim(): void {
    const { session, several, possible } = this.target;
    this.element.hidden = !possible;
    this.writable = session?.writable ?? false;
    const name = several && session ? ` to ${visible(session.name)}` : "";
    const connection = several && session ? `connection of ${visible(session.name)}` : "connection";
    this.text.placeholder = !session
      ? "Choose below which session to send to"
      : session.writable
        ? `Message to send${name}`
        : session.state === "connecting"
          ? "connecting…"
          : `The ${connection} is ${session.state}`;
    this.enable();
  }

  private chose(): void {
    this.unsure = false;
    this.aim();
  }

  /** What the kernel says of what it sends again and again. */
  scheduled(all: readonly ScheduleInfo[]): void {
    this.repeat.told(all);
  }

  dispose(): void {
    this.repeat.dispose();
  }

  gone(placeholder: string): void {
    this.repeat.told([]);
    this.writable = false;
    this.text.placeholder = placeholder;
    this.enable();
  }

  /** Puts a message here, to be edited and sent: to the session it is of, unless it is of none. */
  fill(text: string, mode: Mode, of?: string, said = ""): void {
    if (of !== undefined) {
      this.target.choose(of);
      this.chose();
    }
    const before = this.before ?? this.chosen;
    this.filling.set(false); // whoever wrote it: what it says is evaluated only when the reader says so
    this.text.value = text;
    this.mode.value = mode;
    this.settle();
    this.before = before;
    this.tell(said);
    this.changed();
    this.text.focus();
  }

  private tell(said: string, bad = false): void {
    setAttr(this.result, "data-bad", String(bad));
    this.result.replaceChildren(said);
  }

  /** What is in the box now is what is being written, in its own format: the history begins anew. */
  private settle(): void {
    this.place = this.history.length;
    this.before = null;
  }

  private get empty(): boolean {
    return this.chosen !== "File" && this.text.value === "";
  }

  private get chosen(): Mode {
    return this.mode.value as Mode;
  }

  /** What would be sent, or why not. */
  private read(): Payload | Template | Problem {
    const mode = this.chosen;
    if (this.filling.on) {
      const name = this.filling.ready;
      return name ? { kind: "filled", text: name } : { kind: "template", mode, text: this.text.value };
    }
    if (mode !== "File") return readDraft(mode, this.text.value);
    if ("message" in this.content) return this.content;
    return this.asText.checked ? fileText(this.content) : { kind: "binary", data: this.content.slice() };
  }

  private async readFile(): Promise<void> {
    const file = this.file.files?.[0];
    this.content = { message: file ? "reading…" : "choose a file" };
    if (file && file.size > FILE_LIMIT)
      this.content = {
        message: `the file has ${bytes(file.size)}; the panel sends up to ${bytes(FILE_LIMIT)}: send it from Python`,
      };
    else if (file) {
      this.changed();
      let content: Uint8Array<ArrayBuffer> | Problem;
      try {
        content = new Uint8Array(await file.arrayBuffer());
      } catch (error) {
        content = { message: `the file cannot be read: ${(error as Error).message}` };
      }
      if (this.file.files?.[0] !== file) return; // another one was chosen meanwhile
      this.content = content;
    }
    this.changed();
  }

  private changed(): void {
    const file = this.chosen === "File";
    this.editor.element.hidden = file;
    this.fileLine.hidden = !file;
    const { empty } = this;
    const { value } = this.text;
    this.filling.look(value, this.chosen);
    const payload = this.read();
    const problem = "message" in payload;
    const json = this.chosen === "JSON" || (this.chosen === "Text" && JSON_LIKE.test(value));
    this.editor.paint(json, problem && !empty ? payload.at : undefined);
    this.format.disabled = !json || empty;
    const braces = this.filling.toggle.hidden ? "" : " · {{…}} goes as it is: press {{ }} to fill in";
    setText(
      this.check,
      empty
        ? ""
        : problem
          ? payload.message + braces
          : payload.kind === "text" || payload.kind === "binary"
            ? describe(payload, this.chosen) + braces
            : "",
    );
    setAttr(this.check, "data-bad", String(problem && !empty));
    setAttr(this.text, "aria-invalid", String(problem && !empty));
    this.library.look(value, this.chosen);
    this.library.star.disabled = file || empty;
    this.enable(problem);
  }

  private enable(problem = "message" in this.read()): void {
    this.go.disabled = !this.writable || this.sending || problem;
    this.repeat.toggle.disabled = !this.writable;
    this.repeat.start.disabled = this.go.disabled || this.empty;
    const { session, several } = this.target;
    const does = this.filling.on && !this.filling.ready ? "Preview" : "Send";
    const label = does + (several && session ? ` to ${visible(session.name)}` : "");
    setText(this.go, label);
    setAttr(this.go, "aria-label", label);
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (!event.repeat) void this.send();
    } else if (event.key.toLowerCase() === "f" && event.shiftKey && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.reformat();
    } else if (event.key === "Escape") this.owner.leave();
    else if (event.key === "ArrowUp" && this.text.selectionStart === 0 && this.text.selectionEnd === 0)
      this.recall(-1, event);
    else if (event.key === "ArrowUp" && this.place < this.history.length) this.recall(-1, event);
    else if (event.key === "ArrowDown" && this.place < this.history.length) this.recall(1, event);
  }

  private recall(step: number, event: KeyboardEvent): void {
    const place = this.place + step;
    if (place < 0 || place > this.history.length) return;
    event.preventDefault();
    this.before ??= this.chosen;
    if (this.place === this.history.length)
      this.draft = { text: this.text.value, mode: this.chosen, filled: this.filling.on };
    this.place = place;
    const { text, mode, filled } = this.history[place] ?? this.draft;
    this.text.value = text;
    this.mode.value = mode;
    this.filling.set(filled ?? false);
    this.changed();
  }

  private reformat(): void {
    const { value } = this.text;
    const done = reformat(value);
    if ("message" in done) {
      this.tell(`not formatted: line ${place(value, done.at!)}: ${done.message}`, true);
      this.editor.point(done.at!);
      return;
    }
    if (done.text !== value) this.editor.replace(done.text);
    this.tell(done.said);
    this.changed();
  }

  /** Fills in the expressions of what is written, and shows what would be sent; true when it is. */
  private async preview(): Promise<boolean> {
    const [text, mode] = [this.text.value, this.chosen];
    this.sending = true;
    this.tell("filling in…");
    this.enable();
    try {
      const answer = await this.owner.fill(mode, text);
      if (this.text.value !== text || this.chosen !== mode || !this.filling.on) {
        this.tell("");
        return false;
      }
      this.filling.show(text, mode, answer);
      this.tell("");
      return true;
    } catch (error) {
      const at = (error as { position?: number | null }).position;
      this.tell(`${at == null ? "" : `line ${place(text, at)}: `}${(error as Error).message}`, true);
      return false;
    } finally {
      this.sending = false;
      this.changed();
    }
  }

  /** Has the kernel send what is written again and again; what has expressions is shown before. */
  private async begin(every: number, count: number): Promise<void> {
    const payload = this.read();
    if ("message" in payload) throw new Error(payload.message);
    if (this.empty || !this.writable) throw new Error(this.empty ? "nothing to send" : this.text.placeholder);
    const { on } = this.filling;
    if (on && !this.filling.ready) {
      if (await this.preview()) throw new Error("see what would be sent; Start again sends it");
      throw new Error("it cannot be filled in");
    }
    const template: Template = { kind: "template", mode: this.chosen, text: this.text.value };
    await this.owner.schedule(on ? template : payload, this.to!, every, count);
  }

  /** Sends what is written. Nothing written is no message: an empty one has to be asked for. */
  private async send(empty = false): Promise<void> {
    const payload = this.read();
    if ("message" in payload || this.sending) return;
    if (!this.writable) {
      this.tell(`not sent: ${this.text.placeholder}`, true);
      return;
    }
    if (payload.kind === "template") {
      await this.preview();
      return;
    }
    const of = this.to!;
    if (this.empty && !empty) {
      this.tell("nothing to send: ");
      this.result.append(this.sendEmpty);
      return;
    }
    if (this.unsure) {
      this.unsure = false;
      this.tell(`not sent: it would go to ${visible(of)} now; send again if that is right`, true);
      return;
    }
    const entry = { text: this.text.value, mode: this.chosen, filled: payload.kind === "filled" };
    this.filling.forget();
    this.sending = true;
    this.enable();
    this.tell("sending…");
    try {
      const index = await this.owner.send(payload, of);
      this.tell(`sent${this.target.several ? ` to ${visible(of)}` : ""} as #${index.toLocaleString("en-US")}`);
      if (entry.mode !== "File") {
        if (this.text.value === entry.text) {
          this.text.value = "";
          if (this.before) this.mode.value = this.before; // the format of what was recalled was that message's only
        }
        if (entry.text && this.history.at(-1)?.text !== entry.text) this.history.push(entry);
      }
      if (this.history.length > HISTORY) this.history.shift();
      this.settle();
    } catch (error) {
      this.tell(`not sent: ${(error as Error).message}`, true);
    } finally {
      this.sending = false;
      this.changed();
    }
  }
}
