// The message tab: one message as a tree, text, hex or base64, and what can be done with it.

import { copies, type Copied } from "./copyas";
import { button, copyText, h, icon, setAttr, setText, SUPPRESS } from "./dom";
import type { Mode } from "./draft";
import { imageType, picture } from "./embedded";
import { download, unless } from "./export";
import { Found } from "./found";
import { bytes, count, fullTime, visible } from "./format";
import { hexDump, toBase64, toHex } from "./hex";
import { type Json, jsonText, readJson } from "./json";
import { type AskLevel, levelTree } from "./jsonlevels";
import { jsonTree } from "./jsontree";
import { longText } from "./longtext";
import { Popup } from "./popup";
import { paintJson } from "./preview";
import {
  type DecodedInfo,
  DETAIL_BYTES,
  type DetailAnswer,
  LIFECYCLE,
  type SessionInfo,
  type SourceInfo,
} from "./messages";
import { rowSource } from "./rowkey";
import { Tree } from "./tree";
import { fetchPayload, textOf, type Whole } from "./store/payload";
import { timingFacts } from "./timing";

/** Bytes of a payload that are copied or saved from here. */
const MOST = 10_000_000;
/** Bytes of a payload that is put into the composer. */
const EDITED = 1_000_000;
/** What is asked before a received message goes back to the server. */
const SEND_BACK = "It was received: send it back?";
type Shape = "Decoded" | "Tree" | "Pretty" | "Text" | "Hex" | "Base64" | "Image";

const noted = (done: string, masked: boolean): string => (masked ? `${done}, secrets masked` : done);

export interface DetailOwner {
  detail(key: number, offset: number): Promise<[DetailAnswer, DataView]>;
  /** Members of an object or array in a long message. */
  level(key: number, at: number, inside: "object" | "array" | ""): ReturnType<AskLevel>;
  /** Chooses the decoder of a session; an empty name lets the connection decide. */
  decode(of: string, decoder: string): Promise<void>;
  /** Answers or sends the heartbeats of a session's protocol, or stops that. */
  heartbeat(of: string, on: boolean): Promise<void>;
  /** `of` is the name of the session that the message is of. */
  resend(key: number, of: string): Promise<number>;
  /** A text message with names in the place of its secrets. */
  draft(key: number, of: string): Promise<string>;
  /** `said` is told where the message is edited. */
  edit(text: string, mode: Mode, of: string, said: string): void;
  /** Selects another row. */
  go(key: number): void;
  /** Adds a term to the filter. */
  filter(term: string): void;
  /** Makes a column of a path. */
  column?(path: string): void;
  /** Plots the numbers at a path. */
  plot?(path: string): void;
  /** What the filter found in a part of a message, in bytes. */
  found(key: number, low: number, high: number): Promise<readonly string[]>;
  /** The note of a row's bookmark; undefined when it has none. */
  note(key: number): string | undefined;
  /** Whether several sessions are shown: then it is said whose a message is. */
  several(): boolean;
}

export class MessageTab {
  readonly element: HTMLElement;
  private served = true;
  private readonly facts = h("div", { class: "kws-facts" });
  private readonly shapes = h("div", { class: "kws-segments", role: "group", "aria-label": "Show as" });
  private readonly chooser = h("span", {});
  private readonly tools = h("div", { class: "kws-tools" });
  private readonly content = h("div", {
    class: "kws-content",
    tabindex: 0,
    role: "region",
    "aria-label": "Message content",
    ...SUPPRESS,
  });
  private wanted = -1;
  private showing: Promise<void> = Promise.resolve();
  private answer: DetailAnswer | null = null;
  private data = new Uint8Array();
  private masked = false;
  private json: Json | undefined;
  /** The tree of a long message, level by level; null until it is shown. */
  private levels: Tree | null = null;
  /** What is shown, and where it leads; several lead nowhere that could be typed. */
  private sources: readonly SourceInfo[] = [];
  private url = "";
  private readonly note = h("span", { class: "kws-dim", role: "status" });
  private shape: Shape = "Tree";
  private binaryShape: Shape = "Hex";
  /** What the message means, and whether that is shown where there is something. */
  private info: DecodedInfo | null = null;
  private meaning = true;
  /** Of the facts those about time, with a button for the other half of a pair. */
  private timing: readonly Element[] = [];
  private tree: Tree | null = null;
  private readonly found: Found;
  private readonly expand = button("Expand all", { title: "Open every branch (*); again to close them" });
  /** Beside the shapes: a search in what is shown, and opening all of a tree. */
  private readonly inside = h("span", { class: "kws-inside-bar" });

  constructor(private readonly owner: DetailOwner) {
    this.found = new Found(this.content, { reveal: (texts, caseless) => this.tree?.reveal(texts, caseless) });
    this.inside.append(this.expand, this.found.element);
    this.expand.addEventListener("click", () => {
      const { tree } = this;
      if (tree?.expanded) tree.collapse();
      else void tree?.expand();
    });
    this.element = h(
      "div",
      { class: "kws-message" },
      h("div", { class: "kws-detail-bar" }, this.facts, this.shapes, this.chooser, this.inside, this.tools),
      this.content,
    );
    this.clear();
  }

  dispose(): void {
    this.found.dispose();
  }

  clear(): void {
    this.wanted = -1;
    this.answer = null;
    this.facts.replaceChildren();
    this.shapes.replaceChildren();
    this.chooser.replaceChildren();
    this.tools.replaceChildren();
    this.tree = null;
    this.inside.hidden = true;
    this.content.replaceChildren(h("p", { class: "kws-dim kws-none" }, "Select a message to see it whole."));
  }

  /** Without a kernel there is nobody who sends. */
  serve(on: boolean): void {
    this.served = on;
    if (this.answer) this.paintTools(this.answer);
  }

  /** What is a log, or otherwise takes no messages, has nobody to send to. */
  tick(session: SessionInfo, sources: readonly SourceInfo[]): void {
    const before = this.bare;
    this.url = sources.length > 1 ? "" : session.url;
    this.sources = sources;
    if (before !== this.bare && this.answer) this.paintTools(this.answer);
  }

  /** Resolves when the row is here, or could not be had. */
  show(key: number): Promise<void> {
    if (this.wanted === key) return this.showing;
    this.wanted = key;
    setText(this.note, "");
    this.levels = null;
    this.showing = this.load(key, 0);
    return this.showing;
  }

  /** Shows the message anew: it is decoded by another decoder, say. */
  reload(): Promise<void> {
    const key = this.wanted;
    this.wanted = -1;
    return key < 0 ? Promise.resolve() : this.show(key);
  }

  /** The row that is shown whole or in part; -1 for none. */
  get shown(): number {
    return this.answer && this.answer.key === this.wanted ? this.wanted : -1;
  }

  /** Bookmarks have changed. */
  marked(): void {
    if (this.answer && this.shown >= 0) this.paintFacts(this.answer);
  }

  /** Key of the message shown; -1 for none. */
  get key(): number {
    return this.wanted;
  }

  private async load(key: number, offset: number): Promise<void> {
    try {
      const [answer, buffer] = await this.owner.detail(key, offset);
      if (this.wanted !== key) return; // another row was chosen meanwhile
      const part = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      if (offset) {
        const joined = new Uint8Array(this.data.length + part.length);
        joined.set(this.data);
        joined.set(part, this.data.length);
        this.data = joined;
      } else this.data = part.slice();
      this.answer = answer;
      if (!offset) this.info = answer.decoded;
      this.masked = Boolean(answer.masked) || (offset > 0 && this.masked);
      this.json = answer.kind === "text" && this.whole ? readJson(this.decode()) : undefined;
      this.paint();
      void this.mark();
    } catch (error) {
      if (this.wanted !== key) return;
      this.clear();
      this.content.replaceChildren(h("p", { class: "kws-error" }, (error as Error).message));
    }
  }

  /** Marks what the filter finds in what is here. */
  async mark(): Promise<void> {
    const { answer } = this;
    if (!answer || answer.key !== this.wanted) return;
    let texts: readonly string[] = [];
    try {
      texts = await this.owner.found(answer.key, 0, answer.next);
    } catch {
      // Nothing is marked; the status line says that the kernel is busy or gone.
    }
    if (answer.key === this.wanted) this.found.set(texts);
  }

  private get whole(): boolean {
    return this.answer !== null && this.answer.next >= this.answer.size;
  }

  /** Whether what is here of a long text may be the beginning of JSON. */
  private get promising(): boolean {
    return this.answer?.kind === "text" && !this.whole && /^[ \t\n\r]*[{[]/.test(this.decode().slice(0, 1000));
  }

  /** Fetches what is not here yet; false when another row was chosen meanwhile. */
  private async complete(): Promise<boolean> {
    const { wanted } = this;
    if (this.whole) return true;
    const { data, masked } = await this.all();
    if (this.wanted !== wanted) return false;
    this.data = data;
    this.masked = masked;
    this.answer = { ...this.answer!, next: this.answer!.size };
    this.json = this.answer.kind === "text" ? readJson(this.decode()) : undefined;
    setText(this.note, "");
    this.paint();
    return true;
  }

  /** Fetches a long text whole, to show what it holds as JSON. */
  private parse(): Promise<void> {
    return this.tell("not shown", async () =>
      (await this.complete()) && !this.json ? "it is not JSON after all" : "",
    );
  }

  private decode(): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.data);
  }

  private get binary(): boolean {
    return this.answer!.kind === "binary" || this.answer!.kind === "ping" || this.answer!.kind === "pong";
  }

  /** The media type of a picture that is here whole; by its bytes. */
  private get picture(): string | undefined {
    return this.binary && this.whole ? imageType(this.data) : undefined;
  }

  private get current(): Shape {
    if (this.info?.label && this.meaning) return "Decoded";
    if (this.binary) return this.binaryShape === "Image" && !this.picture ? "Hex" : this.binaryShape;
    if (!this.json && this.shape === "Tree" && this.promising) return "Tree";
    if (!this.json) return this.shape === "Hex" || this.shape === "Base64" ? this.shape : "Text";
    return this.shape;
  }

  private paintFacts(answer: DetailAnswer): void {
    const way = LIFECYCLE.includes(answer.kind) ? "" : answer.sent ? "↑ sent" : "↓ received";
    const facts = [
      this.owner.several() ? visible(answer.session) : "",
      `#${count(answer.index)}`,
      way,
      answer.kind,
      bytes(answer.size),
      fullTime(answer.time),
    ];
    if (answer.incomplete) facts.push("incomplete: the connection ended before all of it came");
    if (answer.compressed) facts.push("compressed");
    if (answer.fragments > 1) facts.push(`${answer.fragments} fragments`);
    if (this.masked) facts.push("secrets masked");
    if (answer.connection > 1) facts.push(`connection ${answer.connection}`);
    const note = this.owner.note(answer.key);
    if (note !== undefined) facts.push(note ? `bookmarked: ${visible(note)}` : "bookmarked");
    // What can have the keys stays where it is: an element that is put in anew loses them.
    for (const one of [...this.facts.children]) if (!this.timing.includes(one)) one.remove();
    this.facts.prepend(...facts.filter(Boolean).map((fact) => h("span", {}, fact)));
  }

  private paint(): void {
    const answer = this.answer!;
    this.timing = timingFacts(answer, (key) => this.owner.go(key));
    this.facts.replaceChildren(...this.timing);
    this.paintFacts(answer);
    const shapes: Shape[] = answer.close
      ? []
      : this.binary
        ? [...(this.picture ? (["Image"] as const) : []), "Hex", "Base64", "Text"]
        : this.json || this.promising
          ? ["Tree", "Pretty", "Text", "Hex"]
          : ["Text", "Hex"];
    if (this.info?.label) shapes.unshift("Decoded");
    this.shapes.replaceChildren(
      ...shapes.map((shape) => {
        const one = button(shape, { "aria-pressed": String(shape === this.current) });
        one.addEventListener("click", () => {
          this.meaning = shape === "Decoded" || !this.info?.label;
          if (shape !== "Decoded" && this.binary) this.binaryShape = shape;
          else if (shape !== "Decoded") this.shape = shape;
          if (this.promising && shape === "Pretty") void this.parse();
          this.paint();
          [...this.shapes.querySelectorAll("button")].find((each) => each.textContent === shape)?.focus(); // the buttons are new
        });
        return one;
      }),
    );
    this.chooser.replaceChildren(
      ...(this.info ? [this.decoders(this.info, answer), ...this.heartbeat(this.info, answer)] : []),
    );
    this.paintTools(answer);
    this.tree = null;
    this.content.replaceChildren(this.body(answer));
    this.inside.hidden = answer.close !== null || answer.size === 0;
    this.expand.hidden = this.tree === null;
    if (!this.whole && this.current !== "Tree" && this.current !== "Decoded") {
      const more = button(
        `Load ${bytes(Math.min(DETAIL_BYTES, answer.size - answer.next))} more of ${bytes(answer.size)}`,
      );
      more.addEventListener("click", () => void this.load(answer.key, answer.next));
      this.content.append(h("p", {}, more));
    }
  }

  private body(answer: DetailAnswer): HTMLElement {
    if (answer.close) {
      const { code, meaning, reason, by } = answer.close;
      return h(
        "dl",
        { class: "kws-list" },
        h("dt", {}, "Code"),
        h("dd", {}, `${code} ${meaning}`),
        h("dt", {}, "Reason"),
        h("dd", {}, reason ? visible(reason) : "none"),
        h("dt", {}, "Sent by"),
        h("dd", {}, by || "the server"),
      );
    }
    if (answer.size === 0) return h("p", { class: "kws-dim" }, "empty payload");
    const shape = this.current;
    if (shape === "Decoded") return this.decodedBody(this.info!, answer);
    if (shape === "Image") return picture(this.data, this.picture!);
    if (shape === "Tree" && this.json) return this.drawn(this.inUse(jsonTree(this.json)));
    if (shape === "Tree") return this.byLevels(answer);
    if (shape === "Pretty") return longText(this.text(shape), "kws-pre", paintJson);
    return longText(this.text(shape), shape === "Hex" ? "kws-pre kws-dump" : "kws-pre");
  }

  /** A tree, with keys and buttons. */
  private inUse(content: HTMLElement): Tree {
    const { owner } = this;
    return new Tree(content, {
      filter: (term) => owner.filter(term),
      ...(owner.column && { column: (path: string) => owner.column!(path) }),
      ...(owner.plot && { plot: (path: string) => owner.plot!(path) }),
      said: (text) => setText(this.note, text),
    });
  }

  private drawn(tree: Tree): HTMLElement {
    this.tree = tree;
    return tree.element;
  }

  private decodedBody({ label, text, size, problem }: DecodedInfo, { code }: DetailAnswer): HTMLElement {
    const json = text ? readJson(text) : undefined;
    const long =
      size && !text ? h("p", { class: "kws-dim" }, `${bytes(size)} as JSON; in a cell: ${code}.decoded`) : "";
    return h(
      "div",
      {},
      h("p", { class: "kws-decoded" }, visible(label)),
      problem ? h("p", { class: "kws-error" }, visible(problem)) : "",
      json ? this.drawn(this.inUse(jsonTree(json))) : long || longText(visible(text), "kws-pre"),
    );
  }

  /** Which decoder says what the messages of this session mean. */
  private decoders({ decoder, decoders, choice, problem }: DecodedInfo, answer: DetailAnswer): HTMLSelectElement {
    const listed = choice && !decoders.includes(choice) ? [...decoders, choice] : decoders;
    const select = h(
      "select",
      { class: "kws-decoder", "aria-label": "Decoder", title: problem || "What says what messages mean" },
      h("option", { value: "" }, `auto${decoder && !choice ? `: ${visible(decoder)}` : ""}`),
      ...listed.map((name) => h("option", { value: name }, visible(name))),
    );
    select.value = choice;
    select.addEventListener("change", () => this.change("select", this.owner.decode(answer.session, select.value)));
    return select;
  }

  private heartbeat({ heartbeat, decoder }: DecodedInfo, { session }: DetailAnswer): HTMLElement[] {
    if (!heartbeat) return [];
    const on = heartbeat === "on";
    const toggle = button("Heartbeat", {
      class: "kws-button kws-toggle",
      "aria-pressed": String(on),
      title: `Keep the connection alive as ${visible(decoder)} wants it`,
    });
    toggle.addEventListener("click", () => this.change("button", this.owner.heartbeat(session, !on)));
    return [toggle];
  }

  /** Shows the message anew when something else is made of it; what was used is new then. */
  private change(used: string, done: Promise<void>): void {
    void this.tell("not changed", async () => {
      await done;
      await this.reload();
      this.chooser.querySelector<HTMLElement>(used)?.focus();
      return "";
    });
  }

  /** A long message's tree: what is opened in it stays open while other shapes are looked at. */
  private byLevels({ key }: DetailAnswer): HTMLElement {
    this.levels ??= this.inUse(
      levelTree(this.decode().slice(0, 1000), (at, inside) => this.owner.level(key, at, inside)),
    );
    return this.drawn(this.levels);
  }

  private text(shape: Shape): string {
    if (shape === "Hex") return hexDump(this.data);
    if (shape === "Base64") return toBase64(this.data);
    return visible(shape === "Pretty" ? jsonText(this.json!) : this.decode());
  }

  // ---- what can be done with it: by button, and by the table's keys

  /** Copies what is shown, all of it. */
  copy(): Promise<void> {
    return this.tell("not copied", async () => {
      const shape = this.current;
      if (shape === "Decoded") {
        const { text, size } = this.info!;
        if (size && !text)
          throw new Error(`${bytes(size)} are too much for a page; in a cell: ${this.answer!.code}.decoded`);
        await copyText(text);
        return noted("copied", text.includes("***"));
      }
      if (shape === "Hex" || shape === "Pretty") {
        await copyText(this.text(shape));
        return noted("copied", this.masked);
      }
      const { data, masked } = await this.all();
      await copyText(shape === "Base64" ? toBase64(data) : new TextDecoder("utf-8", { ignoreBOM: true }).decode(data));
      return noted("copied", masked);
    });
  }

  /** Puts it into the composer; what the page does not know of it, the kernel puts back when it is sent. */
  edit(said = ""): Promise<void> {
    return this.tell("not edited", async () => {
      this.sendable();
      const { key, kind, session, size, code } = this.answer!;
      if (size > EDITED) throw new Error(`${bytes(size)} are too much for the composer; in a cell: ${code}`);
      if (!(await this.complete())) return "";
      const mode = this.json ? "JSON" : "Text";
      if (kind === "binary" && this.masked)
        throw new Error("it holds a secret, which the page does not get: edit it in Python");
      if (kind === "binary") this.owner.edit(toHex(this.data), "Hex", session, said);
      else this.owner.edit(this.masked ? await this.owner.draft(key, session) : this.decode(), mode, session, said);
      return "";
    });
  }

  resend(): Promise<void> {
    return this.tell("not sent", async () => {
      this.sendable();
      if (this.closed) throw new Error(this.closed);
      const { key, session } = this.answer!;
      return `sent as #${count(await this.owner.resend(key, session))}`;
    });
  }

  /** What a bare key does: sends again what was sent. What came from the server is not sent back by a slip: it is put into the composer. */
  again(): Promise<void> {
    const { sent, kind } = this.answer ?? {};
    const received = sent === 0 && !this.bare && (kind === "text" || kind === "binary"); // what cannot be sent says so
    return received && !this.closed ? this.edit("not sent yet: it was received") : this.resend();
  }

  private async tell(failed: string, action: () => Promise<string>): Promise<void> {
    if (!this.answer) return;
    try {
      setText(this.note, await action());
    } catch (error) {
      setText(this.note, `${failed}: ${(error as Error).message}`);
    }
  }

  /** Whether the message is of a source that takes no messages, such as a log. */
  private get bare(): boolean {
    const own = this.sources.find(({ number }) => number === rowSource(this.wanted));
    return !own?.can.includes("send");
  }

  /** Why nothing can be sent at the moment. */
  private get closed(): string {
    const own = this.sources.find(({ number }) => number === rowSource(this.wanted));
    return own?.writable ? "" : `the connection is ${own?.state ?? "closed"}`;
  }

  private sendable(): void {
    const { kind } = this.answer!;
    if (this.bare) throw new Error("there is no connection to send it to");
    if (kind !== "text" && kind !== "binary") throw new Error(`only text and binary messages can be, not “${kind}”`);
  }

  /** The whole payload. */
  private async all(): Promise<Pick<Whole, "data" | "masked">> {
    const { key, size, code } = this.answer!;
    if (this.whole) return { data: this.data.slice(), masked: this.masked };
    if (size > MOST) throw new Error(`${bytes(size)} are too much for a page; in a cell: ${code}.payload`);
    return fetchPayload(
      (at, offset) => this.owner.detail(at, offset),
      key,
      MOST,
      (done) => setText(this.note, `${bytes(done)} of ${bytes(size)} …`),
    );
  }

  private copied(data: Uint8Array, text: string | undefined): Copied {
    const { kind, code, close } = this.answer!;
    const bare = this.bare;
    return {
      kind,
      data,
      text,
      json: this.json,
      session: bare ? "" : code.replace(/\.messages\[\d+\]$/, ""),
      url: bare ? "" : this.url,
      close,
    };
  }

  /** The menu of everything a payload can be copied as; a choice fetches what is not here yet. */
  private copyMenu(answer: DetailAnswer): HTMLButtonElement {
    const toggle = button(
      "Copy as",
      { class: "kws-button kws-more", title: "Copy as Python, hex, …" },
      icon("chevron"),
    );
    const menu = h("div", { class: "kws-choices", role: "menu", "aria-label": "Copy as" });
    const popup = new Popup(toggle, menu, () => {
      menu.replaceChildren(
        ...this.ways(answer).map(([label, run]) => {
          const one = button(label, { role: "menuitem", tabindex: -1, title: "" });
          one.addEventListener("click", () => {
            popup.open(false);
            run();
          });
          return one;
        }),
      );
    });
    return toggle;
  }

  /** What the row can be copied as, once it is here. */
  async copies(key: number): Promise<[label: string, run: () => void][]> {
    await this.show(key);
    if (this.shown !== key || !this.answer) throw new Error("the row is not here any more");
    if (!this.answer.size) throw new Error("it is empty");
    return this.ways(this.answer);
  }

  /** Each says in the message tab how it went. */
  private ways(answer: DetailAnswer): [label: string, run: () => void][] {
    const isText = answer.kind === "text" && (!this.whole || textOf(this.data) !== undefined);
    const choices: [string, () => Promise<string>][] = copies(
      this.copied(this.data, isText ? this.decode() : undefined),
    ).map(([label]) => [
      label,
      async () => {
        const { data, masked } = await this.all();
        const make = copies(this.copied(data, answer.kind === "text" ? textOf(data) : undefined)).find(
          ([one]) => one === label,
        )?.[1];
        if (!make) throw new Error("it is not UTF-8");
        await copyText(make());
        return noted(`copied as ${label}`, masked);
      },
    ]);
    choices.push([
      "Save as a file",
      async () => {
        const { data, masked } = await this.all();
        download(
          new Blob([data]),
          `${answer.code.replace(/\W+/g, "-").replace(/-$/, "")}.${this.json ? "json" : answer.kind === "text" ? "txt" : "bin"}`,
        );
        return noted(`saved${unless(`${answer.code}.data in a cell`)}`, masked);
      },
    ]);
    return choices.map(([label, action]) => [
      label,
      () => void this.tell(label.startsWith("Save") ? "not saved" : "not copied", action),
    ]);
  }

  private paintTools(answer: DetailAnswer): void {
    const tools: HTMLElement[] = [this.note];
    const code = button(
      `Copy ${answer.code}`,
      { class: "kws-button kws-codeline", title: "Copy the Python that fetches this message" },
      h("code", {}, answer.code),
    );
    code.addEventListener(
      "click",
      () => void this.tell("not copied", () => copyText(answer.code).then(() => "copied")),
    );
    tools.push(code);
    if (answer.size) {
      const copy = button("Copy", { title: "Copy what is shown (c)" });
      copy.addEventListener("click", () => void this.copy());
      tools.push(copy, this.copyMenu(answer));
    }
    if (!this.bare && (answer.kind === "text" || answer.kind === "binary")) {
      const edit = button("Edit", { title: "Put it into the composer (e)" });
      edit.addEventListener("click", () => void this.edit());
      const label = this.owner.several() ? `Resend to ${visible(answer.session)}` : "Resend";
      const resend = button(label, {
        title: answer.sent
          ? "Send it again as it is (r), to the session it is of"
          : "Send to the server what came from it, as it is: asks first",
      });
      const named = (name: string): void => {
        setText(resend, name);
        setAttr(resend, "aria-label", name);
      };
      edit.disabled = resend.disabled = !this.served;
      resend.addEventListener("click", () => {
        if (!answer.sent && !this.closed && resend.textContent === label) {
          named(SEND_BACK);
          return;
        }
        resend.disabled = true;
        named(label);
        void this.resend().finally(() => (resend.disabled = !this.served));
      });
      resend.addEventListener("blur", () => named(label));
      tools.push(edit, resend);
    }
    this.tools.replaceChildren(...tools);
  }
}
