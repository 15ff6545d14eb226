// One view of the panel: puts the parts together and carries messages between them and the kernel.
// What must not live here: how any part looks or works.

import { Composer } from "./composer";
import { MessageTab } from "./detail";
import { button, h, icon, setAttr, setText, SUPPRESS } from "./dom";
import type { Payload } from "./draft";
import { ExportMenu } from "./export";
import { certificateView, handshakeView } from "./facts";
import { FilterBar } from "./filter";
import { Grid, PAGE } from "./grid";
import { GONE, Link, type Model } from "./link";
import { Picker } from "./picker";
import type { Asked, Row, Snapshot, Tick } from "./protocol";
import { StatisticsTab } from "./statistics";
import { closedText, StatusLine } from "./statusline";
import { Pages } from "./store/pages";

const decoder = new TextDecoder();
const TABS = ["Message", "Handshake", "Certificate", "Statistics"] as const;
type Tab = (typeof TABS)[number];

const MIN_HEIGHT = 110;
const MAX_HEIGHT = 2000;

export class View {
  readonly element: HTMLElement;
  readonly link: Link;
  readonly grid: Grid;
  /** Ticks so far: read by the browser tests. */
  ticks = 0;
  private readonly pages = new Pages();
  private readonly status: StatusLine;
  private readonly picker: Picker;
  private readonly filter: FilterBar;
  private readonly composer: Composer;
  private readonly message: MessageTab;
  private readonly statistics = new StatisticsTab(async () => (await this.link.request("statistics", {}))[0]);
  private readonly banner = h("div", { class: "kws-banner", role: "status", hidden: true });
  private readonly bannerText = h("span");
  private readonly again = button("Reconnect", { title: "Connect again with the same settings; the log goes on", hidden: true });
  private readonly freezeButton: HTMLButtonElement;
  private readonly followButton: HTMLButtonElement;
  private readonly tabs = new Map<Tab, HTMLButtonElement>();
  private readonly drawer: HTMLElement;
  private readonly pane: HTMLElement;
  private open: Tab | null = null;
  private obeyed: [follow: number, select: number] = [0, 0];
  private last: Tick | null = null;

  constructor(model: Model) {
    this.freezeButton = button("Freeze", { class: "kws-button kws-toggle", "aria-pressed": "false", title: "Stop the view; the capture goes on" }, icon("freeze"), "Freeze");
    this.followButton = button("Follow", { class: "kws-button kws-toggle", "aria-pressed": "true", title: "Keep the newest message in sight (End)" }, icon("follow"), "Follow");
    this.banner.append(this.bannerText, this.again);
    this.again.addEventListener("click", () => void this.reconnect());
    const clear = button("Clear", { class: "kws-button kws-clear", title: "Forget every row; the connection stays" }, icon("clear"), "Clear");
    const saving = new ExportMenu({
      shown: () => ({ gen: this.pages.gen, first: this.pages.first, stop: this.pages.stop, name: this.last?.session.name ?? "" }),
      part: async (ask) => {
        const [answer, buffers] = await this.link.request("export", ask);
        return [answer, buffers[0]];
      },
    });
    this.picker = new Picker({
      sessions: async () => (await this.link.request("sessions", {}))[0].sessions,
      show: async (name) => {
        await this.link.request("show", { name });
      },
    });
    this.status = new StatusLine({ close: (code, reason) => this.close(code, reason), certificate: () => this.toggle("Certificate", true) }, this.picker.element);
    this.filter = new FilterBar({ filter: (text) => this.link.request("filter", { text }).then(() => undefined), leave: () => this.grid.focus() }, this.freezeButton, this.followButton, clear, saving.element);
    this.grid = new Grid(this.pages, {
      fetch: (page, pages) => void this.fetch(page, pages),
      select: (row) => this.select(row),
      open: () => this.toggle("Message", true),
      escape: () => this.toggle(null),
      search: () => this.filter.focus(),
      followed: (on) => {
        setAttr(this.followButton, "aria-pressed", String(on));
        this.link.notify({ k: "follow", on: on ? 1 : 0 });
      },
    });
    this.composer = new Composer({ send: (payload) => this.send(payload) });
    this.message = new MessageTab({
      detail: async (index, offset) => {
        const [answer, buffers] = await this.link.request("detail", { index, offset });
        return [answer, buffers[0] ?? new DataView(new ArrayBuffer(0))];
      },
      resend: async (index) => (await this.link.request("resend", { index }))[0].index,
      draft: async (index) => (await this.link.request("draft", { index }))[0].text,
      edit: (text, mode) => this.composer.fill(text, mode),
      go: (index) => void this.go(index),
    });
    this.freezeButton.addEventListener("click", () => {
      this.grid.freeze(!this.grid.isFrozen);
      setAttr(this.freezeButton, "aria-pressed", String(this.grid.isFrozen));
    });
    this.followButton.addEventListener("click", () => {
      const on = this.followButton.getAttribute("aria-pressed") !== "true";
      setAttr(this.freezeButton, "aria-pressed", "false");
      setAttr(this.followButton, "aria-pressed", String(on));
      this.grid.follow(on);
    });
    clear.addEventListener("click", () => {
      this.message.clear();
      void this.link.request("clear", {}).catch((error: Error) => this.say(error.message, true));
    });

    const strip = h("div", { class: "kws-tabs", role: "tablist", "aria-label": "Details" });
    this.pane = h("div", { class: "kws-pane", role: "tabpanel" });
    const splitter = h("div", { class: "kws-splitter", role: "separator", tabindex: 0, "aria-orientation": "horizontal", "aria-label": "Resize the table", "aria-valuemin": MIN_HEIGHT, "aria-valuemax": MAX_HEIGHT, "aria-valuenow": 308, ...SUPPRESS });
    for (const tab of TABS) {
      const one = button(tab, { class: "kws-button kws-tab", role: "tab", "aria-selected": "false", title: "" });
      one.addEventListener("click", () => this.toggle(tab));
      strip.append(one);
      this.tabs.set(tab, one);
    }
    strip.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const all = [...this.tabs.values()];
      const next = all[(all.indexOf(document.activeElement as HTMLButtonElement) + step + all.length) % all.length]!;
      next.focus();
      event.preventDefault();
      event.stopPropagation();
    });
    this.drawer = h("div", { class: "kws-drawer" }, splitter, strip, this.pane);
    this.pane.hidden = true;
    const table = h("div", { class: "kws-table" }, this.grid.element, ...this.grid.overlays);
    this.element = h("section", { class: "kws", "aria-label": "WebSocket panel" }, this.status.element, this.banner, this.filter.element, table, this.drawer, this.composer.element);
    this.resizing(splitter, table);

    this.offline(model.get("_snapshot") as Snapshot | null);
    this.link = new Link(model, {
      tick: (tick, buffer) => {
        this.ticks += 1;
        this.tick(tick, buffer ? (JSON.parse(decoder.decode(buffer)) as Row[]) : []);
      },
      waiting: (count) => this.status.wait(count),
      gone: () => {
        this.status.gone();
        this.composer.gone();
        this.say(GONE, true);
      },
    });
  }

  dispose(): void {
    this.link.close();
    this.grid.close();
    this.filter.dispose();
    this.status.dispose();
  }

  /** A saved page has no kernel: paint what was saved with it. */
  private offline(snapshot: Snapshot | null): void {
    if (snapshot?.tick) this.tick(snapshot.tick, snapshot.rows ?? []);
  }

  private tick(tick: Tick, rows: Row[]): void {
    const before = this.last?.session.state;
    if (this.last && this.last.session.name !== tick.session.name) {
      this.message.clear(); // another session's rows
      this.grid.point(-1, null);
    }
    this.last = tick;
    const fresh = this.pages.tick(tick, rows);
    this.status.tick(tick);
    this.picker.tick(tick.session.name);
    this.filter.tick(tick);
    this.composer.tick(tick.session);
    if (this.open === "Statistics") this.statistics.tick(tick, this.status.history);
    this.obey(tick.asked);
    this.grid.ticked(fresh, this.hint(tick));
    const { state, error } = tick.session;
    if (state === "closed") {
      if (before !== "closed" || !this.banner.dataset.kept) this.say(closedText(tick.session, tick.stats), Boolean(error));
    } else if (state === "connecting" && error) this.say(`connecting again: ${error}`, true);
    else if (before !== undefined && before !== state) this.say("");
    this.again.hidden = state !== "closed";
  }

  /** Does what Python asked, once for each new number. */
  private obey({ follow, select }: Asked): void {
    if (follow[0] !== this.obeyed[0]) this.grid.follow(follow[1]);
    if (select[0] !== this.obeyed[1]) {
      const [, [index], at] = select;
      this.grid.point(index ?? -1, at);
      if (index === undefined) this.message.clear();
      else this.detail(index);
    }
    this.obeyed = [follow[0], select[0]];
  }

  private detail(index: number): void {
    this.toggle("Message", true);
    void this.message.show(index);
  }

  private async go(index: number): Promise<void> {
    try {
      const [{ gen, at }] = await this.link.request("locate", { index });
      this.grid.point(index, gen === this.pages.gen ? at : null);
      this.link.notify({ k: "select", indexes: [index] });
      this.detail(index);
    } catch (error) {
      this.say((error as Error).message, true);
    }
  }

  private hint({ filter, busy, session, stats, n }: Tick): string {
    if (n > 3 || (n > 0 && (filter || session.state !== "open" || stats.sent_messages + stats.received_messages > 0))) return "";
    if (filter) return busy ? "Searching…" : "No message matches this filter.";
    if (session.state === "open") return `Connected. No messages yet: type one below, or ${session.name || "ws"}.send("hello") in a cell.`;
    if (session.state === "connecting") return "Connecting…";
    return "No messages.";
  }

  private say(text: string, bad = false): void {
    setText(this.bannerText, text);
    delete this.banner.dataset.kept;
    this.banner.hidden = !text;
    setAttr(this.banner, "data-bad", String(bad));
  }

  private async fetch(page: number, pages: number): Promise<void> {
    const { gen } = this.pages;
    try {
      const [answer, buffers] = await this.link.request("rows", { gen, first: page * PAGE, n: pages * PAGE });
      if (answer.gen === this.pages.gen && buffers[0]) this.pages.put(answer.first, JSON.parse(decoder.decode(buffers[0])) as (Row | null)[]);
    } catch {
      // Not lost: the grid asks again when it paints and still needs the pages; the status line says that the kernel is busy.
    }
    this.grid.arrived(page, pages);
  }

  private async send(payload: Payload): Promise<number> {
    const [answer] =
      payload.kind === "text"
        ? await this.link.request("send", { kind: "text", text: payload.text })
        : await this.link.request("send", { kind: "binary", text: "" }, [payload.data.buffer]);
    return answer.index;
  }

  private async close(code: number, reason: string): Promise<string> {
    try {
      await this.link.request("close", { code, reason });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  }

  private async reconnect(): Promise<void> {
    this.again.disabled = true;
    try {
      await this.link.request("reconnect", {});
    } catch (error) {
      this.say((error as Error).message, true);
      this.banner.dataset.kept = "1"; // a tick that only repeats "closed" must not hide why it stayed so
    } finally {
      this.again.disabled = false;
    }
  }

  private select(row: Row): void {
    this.link.notify({ k: "select", indexes: [row[0]] });
    this.detail(row[0]);
  }

  private toggle(tab: Tab | null, keep = false): void {
    this.open = tab === this.open && !keep ? null : tab;
    for (const [name, one] of this.tabs) setAttr(one, "aria-selected", String(name === this.open));
    this.pane.hidden = this.open === null;
    if (this.open === null) return;
    setAttr(this.pane, "aria-label", this.open);
    if (this.open === "Message") this.pane.replaceChildren(this.message.element);
    else if (this.open === "Statistics") {
      this.pane.replaceChildren(this.statistics.element);
      if (this.last) this.statistics.tick(this.last, this.status.history);
    } else void this.facts(this.open);
  }

  private async facts(tab: "Handshake" | "Certificate"): Promise<void> {
    this.pane.replaceChildren(h("p", { class: "kws-dim kws-none" }, "…"));
    let page: HTMLElement;
    try {
      page = tab === "Handshake" ? handshakeView((await this.link.request("handshake", {}))[0]) : certificateView((await this.link.request("certificate", {}))[0]);
    } catch (error) {
      page = h("p", { class: "kws-error kws-none" }, (error as Error).message);
    }
    if (this.open === tab) this.pane.replaceChildren(page);
  }

  private resizing(splitter: HTMLElement, table: HTMLElement): void {
    const set = (height: number): void => {
      const bounded = Math.max(MIN_HEIGHT, Math.min(MAX_HEIGHT, height));
      table.style.height = `${bounded}px`;
      setAttr(splitter, "aria-valuenow", String(bounded));
    };
    splitter.addEventListener("pointerdown", (event) => {
      splitter.setPointerCapture(event.pointerId);
      const start = event.clientY;
      const height = table.offsetHeight;
      const move = (moved: PointerEvent): void => set(height + moved.clientY - start);
      splitter.addEventListener("pointermove", move);
      splitter.addEventListener("lostpointercapture", () => splitter.removeEventListener("pointermove", move), { once: true });
    });
    splitter.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 22, ArrowUp: -22 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      set(table.offsetHeight + step);
    });
  }
}
