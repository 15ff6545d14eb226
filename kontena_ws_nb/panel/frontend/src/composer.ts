// The composer: what to send, checked before it goes, with a history.

import { button, h, setAttr, setText, SUPPRESS } from "./dom";
import { bytes } from "./format";
import { fromBase64, fromHex } from "./hex";
import { readJson } from "./json";
import type { SessionInfo } from "./protocol";

export type Payload = { kind: "text"; text: string } | { kind: "binary"; data: Uint8Array<ArrayBuffer> };
const MODES = ["Text", "JSON", "Hex", "Base64"] as const;
export type Mode = (typeof MODES)[number];
const HISTORY = 100;

export interface ComposerOwner {
  send(payload: Payload): Promise<number>;
}

const mac = /Mac|iPhone|iPad/.test(navigator.platform);

export class Composer {
  readonly element: HTMLElement;
  private readonly text: HTMLTextAreaElement;
  private readonly mode: HTMLSelectElement;
  private readonly check = h("span", { class: "kws-check" });
  private readonly result = h("span", { class: "kws-result", role: "status" });
  private readonly go: HTMLButtonElement;
  private readonly history: { text: string; mode: Mode }[] = [];
  private place = 0;
  private draft = "";
  private writable = false;
  private sending = false;

  constructor(private readonly owner: ComposerOwner) {
    this.text = h("textarea", { class: "kws-input kws-text", rows: 1, spellcheck: "false", "aria-label": "Message to send", ...SUPPRESS });
    this.mode = h("select", { class: "kws-input kws-mode", "aria-label": "Format", ...SUPPRESS }, ...MODES.map((mode) => h("option", { value: mode }, mode)));
    this.go = button("Send", { class: "kws-button kws-primary kws-send", title: `Send (${mac ? "⌘" : "Ctrl+"}Enter)` });
    this.go.addEventListener("click", () => void this.send());
    this.mode.addEventListener("change", () => this.changed());
    this.text.addEventListener("input", () => {
      this.place = this.history.length;
      this.changed();
    });
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.element = h(
      "div",
      { class: "kws-composer" },
      this.text,
      h("div", { class: "kws-compose-line" }, this.mode, this.check, this.result, h("span", { class: "kws-dim kws-hint" }, `${mac ? "⌘" : "Ctrl+"}Enter sends · ↑ history`), this.go),
    );
    this.changed();
  }

  tick(session: SessionInfo): void {
    this.element.hidden = session.state === "log";
    this.writable = session.writable;
    this.text.placeholder = session.writable ? "Message to send" : session.state === "connecting" ? "connecting…" : `The connection is ${session.state}`;
    this.text.disabled = !session.writable && session.state === "closed";
    this.enable();
  }

  gone(): void {
    this.writable = false;
    this.text.placeholder = "";
    this.enable();
  }

  /** Puts a message here, to be edited and sent. */
  fill(text: string, mode: Mode): void {
    this.text.value = text;
    this.mode.value = mode;
    this.changed();
    this.text.focus();
  }

  private get chosen(): Mode {
    return this.mode.value as Mode;
  }

  /** What would be sent, or why not. */
  private read(): Payload | string {
    const text = this.text.value;
    switch (this.chosen) {
      case "Text":
        return { kind: "text", text };
      case "JSON":
        return readJson(text) === undefined ? "not valid JSON" : { kind: "text", text };
      case "Hex":
      case "Base64": {
        const data = this.chosen === "Hex" ? fromHex(text) : fromBase64(text);
        return typeof data === "string" ? data : { kind: "binary", data };
      }
    }
  }

  private changed(): void {
    const lines = Math.min(8, this.text.value.split("\n").length);
    this.text.rows = Math.max(1, lines);
    const payload = this.read();
    const problem = typeof payload === "string";
    const empty = this.text.value === "";
    let note = "";
    if (!empty) {
      if (problem) note = payload;
      else if (payload.kind === "binary") note = `binary, ${bytes(payload.data.length)}`;
      else {
        const size = bytes(new TextEncoder().encode(payload.text).length);
        note = this.chosen === "JSON" || (/^\s*[[{]/.test(payload.text) && payload.text.length < 100_000 && readJson(payload.text)) ? `✓ valid JSON, ${size}` : size;
      }
    }
    setText(this.check, note);
    setAttr(this.check, "data-bad", String(problem && !empty));
    this.enable();
  }

  private enable(): void {
    this.go.disabled = !this.writable || this.sending || (typeof this.read() === "string");
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void this.send();
    } else if (event.key === "ArrowUp" && this.text.selectionStart === 0 && this.text.selectionEnd === 0) this.recall(-1, event);
    else if (event.key === "ArrowUp" && this.place < this.history.length) this.recall(-1, event);
    else if (event.key === "ArrowDown" && this.place < this.history.length) this.recall(1, event);
  }

  private recall(step: number, event: KeyboardEvent): void {
    const place = this.place + step;
    if (place < 0 || place > this.history.length) return;
    event.preventDefault();
    if (this.place === this.history.length) this.draft = this.text.value;
    this.place = place;
    const entry = this.history[place];
    this.text.value = entry ? entry.text : this.draft;
    if (entry) this.mode.value = entry.mode;
    this.changed();
  }

  private async send(): Promise<void> {
    const payload = this.read();
    if (typeof payload === "string" || !this.writable || this.sending) return;
    const entry = { text: this.text.value, mode: this.chosen };
    this.sending = true;
    this.enable();
    setAttr(this.result, "data-bad", "false");
    setText(this.result, "sending…");
    try {
      const index = await this.owner.send(payload);
      setText(this.result, `sent as ${index.toLocaleString("en-US")}`);
      if (this.text.value === entry.text) this.text.value = "";
      if (this.history.at(-1)?.text !== entry.text) this.history.push(entry);
      if (this.history.length > HISTORY) this.history.shift();
      this.place = this.history.length;
    } catch (error) {
      setAttr(this.result, "data-bad", "true");
      setText(this.result, `not sent: ${(error as Error).message}`);
    } finally {
      this.sending = false;
      this.changed();
    }
  }
}
