// A kernel's side of the line, for tests: keeps what was asked and says what the test wants.

import type { Model } from "../src/link";
import type { FromKernel } from "../src/messages";
import type { Manager } from "../src/link";

export type Sent = {
  k: string;
  id: string;
  seq?: number;
  text?: string;
  key?: number;
  keys?: number[];
  on?: number;
  offset?: number;
  buffers?: number;
};

export class Kernel implements Model {
  readonly sent: Sent[] = [];
  readonly traits = new Map<string, unknown>();
  readonly listeners = new Map<string, (...args: unknown[]) => void>();
  saves = 0;
  widget_manager?: Manager = {};
  get = (name: string): unknown => this.traits.get(name) ?? null;
  set = (name: string, value: unknown): void => void this.traits.set(name, value);
  save_changes = (): void => {
    this.saves += 1;
  };
  send = (content: unknown): void => void this.sent.push(content as Sent);
  on = (name: string, callback: (...args: never[]) => void): void => void this.listeners.set(name, callback as never);
  off = (name: string): void => void this.listeners.delete(name);
  say(message: Partial<FromKernel>, buffers: (ArrayBuffer | ArrayBufferView)[] = []): void {
    this.listeners.get("msg:custom")?.({ v: 1, ...message }, buffers);
  }
  kinds = (): string[] => this.sent.map(({ k }) => k);
  /** The last request of a kind. */
  asked(kind: string): Sent {
    const found = this.sent.filter(({ k }) => k === kind).at(-1);
    if (!found) throw new Error(`nobody asked for ${kind}, but for ${this.kinds().join(", ")}`);
    return found;
  }
  /** Answers the last request of a kind. */
  answer(kind: string, message: Partial<FromKernel>, buffers: (ArrayBuffer | ArrayBufferView)[] = []): void {
    this.say({ k: kind, id: this.asked(kind).id, ...message } as Partial<FromKernel>, buffers);
  }
}
