// The message tab: one message as a tree, text, hex or base64, and what can be done with it.

import { button, copyText, h, setText, SUPPRESS } from "./dom";
import { bytes, count, fullTime, visible } from "./format";
import { hexDump, toBase64, toHex } from "./hex";
import { type Json, jsonText, readJson } from "./json";
import { jsonTree } from "./jsontree";
import type { Mode } from "./draft";
import type { DetailAnswer } from "./protocol";
import { timingFacts } from "./timing";

const LINE_LIMIT = 20_000;
type Shape = "Tree" | "Pretty" | "Text" | "Hex" | "Base64";

export interface DetailOwner {
  detail(index: number, offset: number): Promise<[DetailAnswer, DataView]>;
  resend(index: number): Promise<number>;
  /** A text message with names in the place of its secrets. */
  draft(index: number): Promise<string>;
  edit(text: string, mode: Mode): void;
  /** Selects another row. */
  go(index: number): void;
}

export class MessageTab {
  readonly element: HTMLElement;
  private readonly facts = h("div", { class: "kws-facts" });
  private readonly shapes = h("div", { class: "kws-segments", role: "group", "aria-label": "Show as" });
  private readonly tools = h("div", { class: "kws-tools" });
  private readonly content = h("div", { class: "kws-content", tabindex: 0, role: "region", "aria-label": "Message content", ...SUPPRESS });
  private wanted = -1;
  private answer: DetailAnswer | null = null;
  private data = new Uint8Array();
  private masked = false;
  private json: Json | undefined;
  private shape: Shape = "Tree";
  private binaryShape: Shape = "Hex";

  constructor(private readonly owner: DetailOwner) {
    this.element = h("div", { class: "kws-message" }, h("div", { class: "kws-detail-bar" }, this.facts, this.shapes, this.tools), this.content);
    this.clear();
  }

  clear(): void {
    this.wanted = -1;
    this.answer = null;
    this.facts.replaceChildren();
    this.shapes.replaceChildren();
    this.tools.replaceChildren();
    this.content.replaceChildren(h("p", { class: "kws-dim kws-none" }, "Select a message to see it whole."));
  }

  async show(index: number): Promise<void> {
    if (this.wanted === index) return;
    this.wanted = index;
    await this.load(index, 0);
  }

  private async load(index: number, offset: number): Promise<void> {
    try {
      const [answer, buffer] = await this.owner.detail(index, offset);
      if (this.wanted !== index) return; // another row was chosen meanwhile
      const part = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      if (offset) {
        const joined = new Uint8Array(this.data.length + part.length);
        joined.set(this.data);
        joined.set(part, this.data.length);
        this.data = joined;
      } else this.data = part.slice();
      this.answer = answer;
      this.masked = Boolean(answer.masked) || (offset > 0 && this.masked);
      this.json = answer.kind === "text" && this.whole ? readJson(this.decode()) : undefined;
      this.paint();
    } catch (error) {
      if (this.wanted !== index) return;
      this.clear();
      this.content.replaceChildren(h("p", { class: "kws-error" }, (error as Error).message));
    }
  }

  private get whole(): boolean {
    return this.answer !== null && this.answer.next >= this.answer.size;
  }

  private decode(): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.data);
  }

  private get binary(): boolean {
    return this.answer!.kind === "binary" || this.answer!.kind === "ping" || this.answer!.kind === "pong";
  }

  private get current(): Shape {
    if (this.binary) return this.binaryShape;
    if (!this.json) return this.shape === "Hex" || this.shape === "Base64" ? this.shape : "Text";
    return this.shape;
  }

  private paint(): void {
    const answer = this.answer!;
    const way = answer.kind === "open" || answer.kind === "error" || answer.kind === "reconnect" ? "" : answer.sent ? "↑ sent" : "↓ received";
    const facts = [`#${count(answer.index)}`, way, answer.kind, bytes(answer.size), fullTime(answer.time)];
    if (answer.compressed) facts.push("compressed");
    if (answer.fragments > 1) facts.push(`${answer.fragments} fragments`);
    if (this.masked) facts.push("secrets masked");
    if (answer.connection > 1) facts.push(`connection ${answer.connection}`);
    this.facts.replaceChildren(...facts.filter(Boolean).map((fact) => h("span", {}, fact)), ...timingFacts(answer, (index) => this.owner.go(index)));

    const shapes: Shape[] = answer.close ? [] : this.binary ? ["Hex", "Base64", "Text"] : this.json ? ["Tree", "Pretty", "Text", "Hex"] : ["Text", "Hex"];
    this.shapes.replaceChildren(
      ...shapes.map((shape) => {
        const one = button(shape, { "aria-pressed": String(shape === this.current) });
        one.addEventListener("click", () => {
          if (this.binary) this.binaryShape = shape;
          else this.shape = shape;
          this.paint();
          [...this.shapes.children].find((child) => child.textContent === shape)?.dispatchEvent(new Event("focus"));
        });
        return one;
      }),
    );
    this.paintTools(answer);
    this.content.replaceChildren(this.body(answer));
    if (!this.whole) {
      const more = button(`Load ${bytes(Math.min(200_000, answer.size - answer.next))} more of ${bytes(answer.size)}`);
      more.addEventListener("click", () => void this.load(answer.index, answer.next));
      this.content.append(h("p", {}, more));
    }
  }

  private body(answer: DetailAnswer): HTMLElement {
    if (answer.close) {
      const { code, meaning, reason, by } = answer.close;
      return h("dl", { class: "kws-list" }, h("dt", {}, "Code"), h("dd", {}, `${code} ${meaning}`), h("dt", {}, "Reason"), h("dd", {}, reason ? visible(reason) : "none"), h("dt", {}, "Sent by"), h("dd", {}, by || "the server"));
    }
    if (answer.size === 0) return h("p", { class: "kws-dim" }, "empty payload");
    const shape = this.current;
    if (shape === "Tree") return jsonTree(this.json!);
    return h("pre", { class: shape === "Hex" ? "kws-pre kws-dump" : "kws-pre" }, this.text(shape));
  }

  private text(shape: Shape): string {
    if (shape === "Hex") return hexDump(this.data);
    if (shape === "Base64") return toBase64(this.data);
    const text = visible(shape === "Pretty" ? jsonText(this.json!) : this.decode());
    // One endless line costs the browser seconds to wrap: break it where it does no harm.
    return text.length > LINE_LIMIT && !text.slice(0, LINE_LIMIT).includes("\n") ? text.replace(/.{20000}/g, "$&\n") : text;
  }

  /** Puts the message into the composer; what the page does not know of it, the kernel puts back when it is sent. */
  private async edit(answer: DetailAnswer): Promise<void> {
    const mode = this.json ? "JSON" : "Text";
    if (answer.kind === "binary" && this.masked) throw new Error("it holds a secret, which the page does not get: edit it in Python");
    if (answer.kind === "binary") this.owner.edit(toHex(this.data), "Hex");
    else this.owner.edit(this.masked ? await this.owner.draft(answer.index) : this.decode(), mode);
  }

  private paintTools(answer: DetailAnswer): void {
    const note = h("span", { class: "kws-dim", role: "status" });
    const say = (text: string) => setText(note, text);
    const tools: HTMLElement[] = [note];
    const code = button(`Copy ${answer.code}`, { class: "kws-button kws-codeline", title: `Copy the Python that fetches this message` }, h("code", {}, answer.code));
    code.addEventListener("click", () => copyText(answer.code).then(() => say("copied"), (error: Error) => say(error.message)));
    tools.push(code);
    if (answer.size) {
      const copy = button("Copy", { title: "Copy what is shown" });
      copy.addEventListener("click", () => copyText(this.current === "Tree" ? this.decode() : this.text(this.current)).then(() => say("copied"), (error: Error) => say(error.message)));
      tools.push(copy);
    }
    if ((answer.kind === "text" || answer.kind === "binary") && this.whole) {
      const edit = button("Edit", { title: "Put it into the composer" });
      edit.addEventListener("click", () => void this.edit(answer).catch((error: Error) => say(`not edited: ${error.message}`)));
      const resend = button("Resend", { title: "Send it again as it is" });
      resend.addEventListener("click", () => {
        resend.disabled = true;
        this.owner
          .resend(answer.index)
          .then((index) => say(`sent as ${count(index)}`), (error: Error) => say(`not sent: ${error.message}`))
          .finally(() => (resend.disabled = false));
      });
      tools.push(edit, resend);
    }
    this.tools.replaceChildren(...tools);
  }
}
