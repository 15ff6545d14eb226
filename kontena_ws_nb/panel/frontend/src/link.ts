// One view's line to the kernel: requests with ids, hello until a tick comes, acks, and what to say while nothing answers.
// What must not live here: anything about rows or elements.

import type {
  BackNotice,
  FromKernel,
  Notice,
  RequestKind,
  Requests,
  SavedAnswer,
  SchedulesAnswer,
  Tick,
} from "./messages";
import { VERSION } from "./messages";

/** What is asked of the widget manager; each front end has its own, and none promises more than `get_model`. */
export interface Manager {
  get_model?(id: string): Promise<{ comm_live?: boolean }>;
  /** JupyterLab's and Notebook's: the notebook it belongs to. */
  context?: {
    sessionContext?: { kernelChanged?: Signal<{ oldValue: unknown }> };
    model?: {
      cells?: Iterable<{ outputs?: Outputs }>;
      sharedModel?: { insertCell?(at: number, cell: { cell_type: string; source: string; metadata: object }): unknown };
    };
  };
}

/** Lumino's. */
interface Signal<T> {
  connect(slot: (sender: unknown, args: T) => void): unknown;
  disconnect(slot: (sender: unknown, args: T) => void): unknown;
}

interface Outputs {
  readonly length: number;
  get(at: number): {
    readonly data: Readonly<Record<string, unknown>>;
    setData(all: { data: Record<string, unknown> }): void;
  };
}

export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[] | ArrayBufferView[]): void;
  on(name: string, callback: (...args: never[]) => void): void;
  off(name: string, callback: (...args: never[]) => void): void;
  widget_manager?: Manager;
}

export class KernelError extends Error {
  constructor(
    message: string,
    readonly position: number | null = null,
  ) {
    super(message);
  }
}

interface Pending {
  resolve(answer: FromKernel, buffers: DataView[]): void;
  reject(error: Error): void;
  since: number;
  slow: number;
  limit: number;
}

type Bytes = ArrayBuffer | ArrayBufferView;

/** ipywidgets hands out bytes as DataView, Colab as Uint8Array (googlecolab/colab-cdn-widget-manager), Shiny as ArrayBuffer. */
function viewed(bytes: Bytes): DataView {
  return ArrayBuffer.isView(bytes)
    ? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new DataView(bytes);
}

const HELLO_MS = 1000;
/** How long only other views may be told something before the kernel is asked whether it has let this one go. */
const FORGOTTEN_MS = 10_000;
const SLOW_MS = 400;
export const GONE = "the kernel was restarted or has ended: run the cell again";
const READ_TIMEOUT_MS = 15_000;

export interface LinkEvents {
  tick(tick: Tick, buffer: DataView | undefined): void;
  /** How many requests wait for longer than 400 ms. */
  waiting(count: number): void;
  /** Nobody answered hello; true when the reader has been told already that there is no kernel. */
  unanswered(): boolean;
  /** What a saved notebook shows was written again. */
  saved(table: SavedAnswer): void;
  /** What the kernel sends again and again changed; nobody asked. */
  scheduled(message: SchedulesAnswer): void;
  /** The kernel that owned this panel has ended or was restarted. */
  gone(): void;
}

export class Link {
  /** Names this view: the kernel has a feed for each. */
  private readonly view = Math.random().toString(36).slice(2, 10);
  private serial = 0;
  private readonly pending = new Map<string, Pending>();
  private slow = 0;
  private greeted = false;
  private pumped = false;
  /** When the kernel last told this view something, milliseconds; 0 for never. */
  private told = 0;
  /** What the kernel is told when it may have let this view go. */
  private filter: Omit<BackNotice, "k"> = { filter: "", fold: 1 };
  private hellos = 0;
  private timer = 0;
  private closed = false;
  /** Why nothing can be asked any more; empty while it can. */
  private dead = "";
  /** Round trips of the last requests, milliseconds: read by the browser tests. */
  readonly trips: number[] = [];

  constructor(
    private readonly model: Model,
    private readonly events: LinkEvents,
  ) {
    model.on("msg:custom", this.receive);
    // An event of Jupyter's widget managers: other hosts have messages and changes only (anywidget's specification, Model interface).
    if (model.widget_manager) model.on("comm_live_update", this.lost);
    // It tells of a restart, but not of a kernel that was shut down, here or elsewhere, or has given its place to another.
    model.widget_manager?.context?.sessionContext?.kernelChanged?.connect(this.changed);
    document.addEventListener("visibilitychange", this.seen);
    this.hello();
  }

  /** The first message may sit behind a running cell, so hello is repeated; without ticks from the kernel's thread, poll. */
  private hello = (): void => {
    if (this.closed || this.pumped) return;
    this.hellos += 1;
    this.notify(this.hellos > 3 ? { k: "poll" } : { k: "hello" });
    if (this.hellos === 2 && !this.greeted && !this.events.unanswered()) this.events.waiting(this.slow + 1);
    this.timer = window.setTimeout(this.hello, HELLO_MS);
  };

  notify(notice: Notice): void {
    if (this.dead) return;
    this.model.send({ v: VERSION, id: `${this.view}:0`, ...notice });
  }

  request<K extends RequestKind>(
    kind: K,
    ask: Requests[K]["ask"],
    buffers: ArrayBuffer[] = [],
  ): Promise<[Requests[K]["answer"], DataView[]]> {
    if (this.dead) return Promise.reject(new KernelError(this.dead));
    const id = `${this.view}:${++this.serial}`;
    return new Promise((resolve, reject) => {
      const entry: Pending = {
        resolve: (answer, data) => resolve([answer as Requests[K]["answer"], data]),
        reject,
        since: performance.now(),
        slow: 0,
        limit: 0,
      };
      entry.slow = window.setTimeout(() => {
        entry.slow = 0;
        this.slow += 1;
        this.events.waiting(this.slow);
      }, SLOW_MS);
      this.pending.set(id, entry);
      if (kind === "rows") {
        // A read that got lost may be asked again by whoever still needs it; send and close wait as long as it takes.
        entry.limit = window.setTimeout(
          () => this.settle(id)?.reject(new KernelError("the kernel did not answer")),
          READ_TIMEOUT_MS,
        );
      }
      // The kernel is told how many buffers to expect: a host that drops them must not make a file an empty message.
      const sent = buffers.length > 0 && { buffers: buffers.length };
      this.model.send({ v: VERSION, k: kind, id, ...ask, ...sent }, undefined, buffers);
    });
  }

  private settle(id: string): Pending | undefined {
    const entry = this.pending.get(id);
    if (!entry) return undefined;
    this.pending.delete(id);
    window.clearTimeout(entry.limit);
    if (entry.slow) window.clearTimeout(entry.slow);
    else {
      this.slow -= 1;
      this.events.waiting(this.slow);
    }
    return entry;
  }

  private receive = (message: FromKernel, given: Bytes[] = []): void => {
    if (this.closed || message.v !== VERSION) return;
    const buffers = given.map(viewed);
    this.dead = "";
    if (message.k === "tick") {
      const other = message.view !== "" && message.view !== this.view;
      if (other && this.told) {
        if (performance.now() - this.told > FORGOTTEN_MS) this.back();
        return;
      }
      if (!other) {
        this.told = performance.now();
        this.filter = { filter: message.filter, fold: message.fold ? 1 : 0 };
      }
      if (!this.greeted) {
        this.greeted = true;
        this.events.waiting(this.slow);
      }
      if (message.via === "pump" && !other) this.pumped = true;
      this.events.tick(message, buffers[0]);
      // No frames in a hidden tab, hence no ack there: the kernel slows down until the tab is shown.
      if (message.ack && !other)
        requestAnimationFrame(() => this.closed || this.notify({ k: "ack", seq: message.seq }));
      return;
    }
    if (message.k === "saved") {
      this.events.saved(message);
      return;
    }
    if (message.k === "schedules" && !message.id) {
      this.events.scheduled(message);
      return;
    }
    const entry = this.settle(message.id);
    if (!entry) return; // another view's
    if (message.k === "error") {
      entry.reject(new KernelError(message.message, message.position));
      return;
    }
    this.trips.push(performance.now() - entry.since);
    if (this.trips.length > 1000) this.trips.shift();
    entry.resolve(message, buffers);
  };

  private back(): void {
    this.told = performance.now();
    this.notify({ k: "back", ...this.filter });
  }

  private readonly seen = (): void => {
    if (this.told && document.visibilityState === "visible") this.back();
  };

  private lost = (): void => {
    // The event comes for the better too; a live comm answers ticks, so only silence counts.
    if (this.closed) return;
    this.end(GONE);
    this.events.gone();
  };

  private readonly changed = (_: unknown, { oldValue }: { oldValue: unknown }): void => {
    if (oldValue && this.greeted) this.lost();
  };

  /** Asks nothing any more, for this reason; should the kernel speak after all, it goes on. */
  end(reason: string): void {
    window.clearTimeout(this.timer);
    this.dead = reason;
    for (const id of [...this.pending.keys()]) this.settle(id)?.reject(new KernelError(reason));
  }

  close(): void {
    this.notify({ k: "bye" });
    this.closed = true;
    document.removeEventListener("visibilitychange", this.seen);
    window.clearTimeout(this.timer);
    this.model.off("msg:custom", this.receive);
    if (this.model.widget_manager) this.model.off("comm_live_update", this.lost);
    this.model.widget_manager?.context?.sessionContext?.kernelChanged?.disconnect(this.changed);
    for (const entry of this.pending.values()) {
      window.clearTimeout(entry.slow);
      window.clearTimeout(entry.limit);
    }
    this.pending.clear();
  }
}
