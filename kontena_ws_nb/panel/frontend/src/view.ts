// One view of the panel: puts the parts together and carries messages between them and the kernel.
// What must not live here: how any part looks or works.

import { Announcer } from "./announcer";
import { clearButton, UndoLine } from "./clear";
import { Composer, type Template } from "./composer/composer";
import { MessageTab } from "./detail";
import { Difference } from "./difference";
import { button, focused, h, icon, setAttr, setText, SUPPRESS } from "./dom";
import type { Payload } from "./draft";
import { ExportMenu } from "./export";
import { count, fullTime, visible } from "./format";
import { certificateView, handshakeView, ofSession } from "./facts";
import { FilterBar } from "./filter";
import { Focus, takesLetters } from "./focus";
import { Grid } from "./grid";
import { Highlights } from "./highlights";
import { type Command, COMMANDS, KeyList } from "./keys";
import { type Details, DETAILS, Layout } from "./layout";
import { Latencies } from "./latencies";
import { GONE, Link, type Model } from "./link";
import { editNote, type Mark, Marks } from "./marks";
import { Overview } from "./overview";
import { Picker } from "./picker";
import { Plots } from "./plot";
import {
  type Asked,
  type CompleteAnswer,
  type DetailAnswer,
  type MemberItem,
  PAGE_ROWS,
  type PlotItem,
  type RowItem,
  type Snapshot,
  type TableState,
  type Tick,
} from "./messages";
import { insertCell } from "./notebook";
import { rowIndex, rowSource } from "./rowkey";
import { type Place, RowMenu } from "./rowmenu";
import { alive, hiding, SAVED, writeOutputs } from "./saved";
import { StatisticsTab } from "./statistics";
import { closedText, StatusLine } from "./statusline";
import { Pages } from "./store/pages";
import { Tabs } from "./tabs";
import { TIMES, type Times } from "./times";

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const TABS = ["Message", "Handshake", "Certificate", "Statistics"] as const;
type Tab = (typeof TABS)[number];
/** The widget's trait that remembers the time column. */
const TIMES_TRAIT = "_times";
/** The one that remembers where the details are. */
const DETAILS_TRAIT = "_details";
/** The one that says whether the kernel sends something again and again. */
const SCHEDULED_TRAIT = "_scheduled";
/** The widget's trait that remembers columns and highlights. */
const TABLE_TRAIT = "_arrangement";
/** The widget's traits that remember whether the chart is open, and what is plotted. */
const CHART_TRAIT = "_chart";
const PLOTTED_TRAIT = "_plotted";
/** The widget's trait that is saved with the notebook. */
const SNAPSHOT_TRAIT = "_snapshot";

/** What is shown, to see whether it is still that. */
const shown = ({ sources }: Tick): string => JSON.stringify(sources.map(({ number, name }) => [number, name]));

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
  private readonly highlights: Highlights;
  private readonly composer: Composer;
  private readonly message: MessageTab;
  private readonly difference: Difference;
  private readonly keys = new KeyList();
  private readonly announcer = new Announcer(() => this.element.contains(focused(this.element)));
  private readonly statistics = new StatisticsTab(
    async () => (await this.link.request("statistics", { of: this.whose }))[0],
  );
  private readonly latencies = new Latencies(
    this.statistics.element,
    async () => (await this.link.request("pairs", { of: this.whose }))[0],
  );
  private readonly banner = h("div", { class: "kws-banner", hidden: true });
  private readonly bannerText = h("span");
  private readonly again = button("Reconnect", {
    title: "Connect again with the same settings; the log goes on",
    hidden: true,
  });
  /** The rows that were chosen when Clear was pressed. */
  private cleared: number[] = [];
  private readonly undoLine = new UndoLine(() => void this.undo());
  private readonly toast = h("div", { class: "kws-toast", hidden: true });
  private toasting = 0;
  private readonly marks: Marks;
  private readonly menu: RowMenu;
  private readonly freezeButton: HTMLButtonElement;
  private readonly followButton: HTMLButtonElement;
  private readonly chartButton: HTMLButtonElement;
  /** Read by the browser tests. */
  readonly overview: Overview;
  /** `add` plots a path, whoever offers that. */
  readonly plots: Plots;
  private readonly tabs: Tabs<Tab>;
  private readonly layout: Layout;
  private readonly focus: Focus;
  private searching = false;
  private obeyed: [follow: number, select: number] = [0, 0];
  private last: Tick | null = null;
  /** Hides the table of a saved notebook while this view is in the page. */
  private hidden: HTMLStyleElement | null = null;
  /** Whether only what was saved is shown. */
  private still = false;
  /** Whether the widget has a line to a kernel, where the front end tells. */
  private live: boolean | undefined;

  constructor(private readonly model: Model) {
    this.freezeButton = button(
      "Freeze",
      { class: "kws-button kws-toggle", "aria-pressed": "false", title: "Stop the view; the capture goes on" },
      icon("freeze"),
      "Freeze",
    );
    this.followButton = button(
      "Follow",
      { class: "kws-button kws-toggle", "aria-pressed": "true", title: "Keep the newest message in sight (End)" },
      icon("follow"),
      "Follow",
    );
    this.chartButton = button(
      "Chart",
      { class: "kws-button kws-toggle", "aria-pressed": "false", title: "Messages and bytes over time (g)" },
      icon("chart"),
      "Chart",
    );
    this.overview = new Overview({
      overview: async () => {
        const [answer, [counts, sizes]] = await this.link.request("overview", {});
        return [answer, counts!, sizes!];
      },
      brush: async (low, high) => {
        await this.link.request("brush", { low, high });
      },
      drawn: (low, high) => this.plots.reach(low, high),
      problem: (text) => this.say(text, true),
    });
    this.plots = new Plots({
      points: async (plot) => {
        const [answer, [times, values]] = await this.link.request("points", { plot });
        return [answer, times!, values!];
      },
      complete: (text, path) => this.complete(text, path),
      advise: (path) => this.advise(path, 1),
      plot: async (path, by, where) => {
        await this.link.request("plot", { path, by, where });
      },
      unplot: async (plot) => {
        await this.link.request("unplot", { plot });
      },
      go: async (plot, series, time, value) => {
        const [{ key }] = await this.link.request("nearest", { plot, series, time, value });
        if (key !== null) await this.go(key);
      },
      problem: (text) => this.say(text, true),
    });
    this.chartButton.addEventListener("click", () => {
      model.set(CHART_TRAIT, this.chartButton.getAttribute("aria-pressed") !== "true");
      model.save_changes();
      this.charted();
    });
    this.banner.append(this.bannerText, this.again);
    this.again.addEventListener("click", () => void this.reconnect());
    const clear = clearButton(() => {
      this.cleared = this.grid.selection.keys;
      this.forget();
      this.toast.hidden = true; // it speaks of rows that are gone
      void this.link.request("clear", {}).catch((error: Error) => this.say(error.message, true));
    });
    const saving = new ExportMenu({
      shown: () => ({
        gen: this.pages.gen,
        first: this.pages.first,
        stop: this.pages.stop,
        name: this.last?.session.name ?? "",
        state: this.last?.session.state ?? "log",
        notes: this.marks.size ? 1 : 0,
      }),
      part: async (ask) => {
        const [answer, buffers] = await this.link.request("export", ask);
        return [answer, buffers[0]];
      },
    });
    this.picker = new Picker({
      sessions: async () => (await this.link.request("sessions", {}))[0].sessions,
      show: async (names) => {
        await this.link.request("show", { names });
      },
    });
    this.status = new StatusLine(
      { close: (code, reason) => this.close(code, reason), certificate: () => this.tabs.open("Certificate") },
      this.picker.element,
    );
    this.filter = new FilterBar(
      {
        filter: (text) => this.link.request("filter", { text }).then(() => undefined),
        fold: (on) =>
          void this.link.request("fold", { on: on ? 1 : 0 }).catch((error: Error) => this.say(error.message, true)),
        complete: (text) => this.complete(text, 0),
        advise: (text) => this.advise(text, 0),
        judged: () => this.last && this.grid.hint(this.hint(this.last)),
        find: (text) => this.link.request("find", { text }).then(() => undefined),
        seek: async (at, way) => (await this.link.request("seek", { at, way }))[0],
        here: (way) => this.grid.here(way),
        go: (key, at) => {
          this.grid.point([key], at);
          this.link.notify({ k: "select", keys: [key] });
          this.details([key], key);
        },
        leave: () => this.grid.focus(),
        enter: () => this.grid.enter(),
      },
      saving.element,
      this.chartButton,
      this.plots.button,
      this.freezeButton,
      this.followButton,
      clear,
    );
    this.grid = new Grid(this.pages, {
      fetch: (page, pages) => void this.fetch(page, pages),
      select: (keys, active) => {
        this.link.notify({ k: "select", keys });
        this.details(keys, active);
      },
      command: (name) => this.command(name),
      menu: (place) => {
        if (this.still || !this.last) return false;
        this.menu.open(place);
        return true;
      },
      followed: (on) => {
        setAttr(this.followButton, "aria-pressed", String(on));
        this.link.notify({ k: "follow", on: on ? 1 : 0 });
      },
    });
    this.grid.columns.complete = (text) => this.complete(text, 1);
    this.grid.columns.advise = (path) => this.advise(path, 1);
    this.grid.columns.ask = async (columns) => {
      await this.link.request("columns", {
        paths: columns.map(([path]) => path),
        titles: columns.map(([, title]) => title),
        widths: columns.map(([, , width]) => width),
      });
    };
    this.highlights = new Highlights({
      set: async (rules) => {
        await this.link.request("highlights", {
          filters: rules.map(([text]) => text),
          colours: rules.map(([, colour]) => colour),
          on: rules.map(([, , on]) => on),
        });
      },
      filter: () => this.filter.text,
      use: (text) => this.filter.use(text),
    });
    this.filter.beside(this.highlights.element);
    this.grid.rule = (number) => this.highlights.rule(number);
    this.composer = new Composer({
      send: (payload, of) => this.send(payload, of),
      fill: async (mode, text) => (await this.link.request("fill", { mode, text }))[0],
      schedule: (payload, of, every, count) => this.schedule(payload, of, every, count),
      unschedule: async (of) => void (await this.link.request("unschedule", { of })),
      schedules: () => this.schedules(),
      library: async (kind, more = {}) => {
        const browser = more.browser && [encoder.encode(JSON.stringify(more.browser)).buffer];
        const { old = [], new: wanted = [], at = -1, path = "" } = more;
        const [answer, buffers] = await this.link.request(kind, { old, new: wanted, at, path }, browser);
        return [answer, JSON.parse(decoder.decode(buffers[0]))];
      },
      leave: () => this.grid.focus(),
    });
    const detail = async (key: number, offset: number): Promise<[DetailAnswer, DataView]> => {
      const [answer, buffers] = await this.link.request("detail", { key, offset });
      return [answer, buffers[0] ?? new DataView(new ArrayBuffer(0))];
    };
    this.message = new MessageTab({
      detail,
      level: async (key, at, inside) => {
        const [answer, buffers] = await this.link.request("level", { key, at, inside });
        return [answer, JSON.parse(decoder.decode(buffers[0])) as MemberItem[]];
      },
      decode: async (of, name) => {
        await this.link.request("decode", { of, decoder: name });
      },
      heartbeat: async (of, on) => {
        await this.link.request("heartbeat", { of, on: on ? 1 : 0 });
      },
      resend: async (key, of) => (await this.link.request("resend", { of, key }))[0].index,
      draft: async (key, of) => (await this.link.request("draft", { of, key }))[0].text,
      edit: (text, mode, of, said) => this.composer.fill(text, mode, of, said),
      go: (key) => void this.go(key),
      column: (path) =>
        void this.grid.columns.add(path).then(
          () => this.announcer.say("Column added"),
          (error: Error) => this.say(error.message, true),
        ),
      note: (key) => this.marks.get(key),
      plot: (path) => void this.plots.add(path).catch((error: Error) => this.say(error.message, true)),
      several: () => this.several,
      filter: (term) => this.filter.add(term),
      found: async (key, low, high) =>
        this.filter.any ? (await this.link.request("found", { key, low, high }))[0].texts : [],
    });
    this.marks = new Marks(
      async () => {
        const [answer, buffers] = await this.link.request("marks", {});
        if (!answer.undo && !this.undoLine.element.hidden) this.cleared = []; // those rows never come back
        this.undoLine.show(answer.undo);
        return JSON.parse(decoder.decode(buffers[0])) as Mark[];
      },
      () => {
        this.message.marked();
        this.grid.schedule();
      },
    );
    this.grid.note = (key) => this.marks.get(key);
    this.difference = new Difference(detail, (key) => void this.go(key));
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

    this.tabs = new Tabs(TABS, (tab) => this.show(tab));
    const help = button(
      "Keys",
      { class: "kws-button kws-tab", "aria-haspopup": "dialog", title: "Keys of the table (?)" },
      "?",
    );
    help.addEventListener("click", () => this.keys.open());
    const tabline = h("div", { class: "kws-tabline" }, this.tabs.strip);
    const drawer = h("div", { class: "kws-drawer" }, tabline, this.tabs.pane);
    const table = h("div", { class: "kws-table" }, this.grid.element, ...this.grid.overlays, this.toast);
    this.layout = new Layout(
      model,
      {
        chose: (details) => this.remember(DETAILS_TRAIT, details),
        id: () => this.snapshot?.id ?? "",
        title: () => visible(this.last?.session.name ?? "") || "WebSocket",
        failed: (why) => this.say(why, true),
      },
      table,
      this.tabs.pane,
      drawer,
    );
    tabline.append(h("span", { class: "kws-row-of" }, this.layout.toggle, help));
    const charts = h("div", { class: "kws-charts" }, this.overview.element, this.plots.element);
    this.element = h(
      "section",
      { class: "kws", "aria-label": "WebSocket panel", tabindex: -1, ...SUPPRESS },
      this.status.element,
      this.banner,
      this.filter.element,
      this.undoLine.element, // not above: Clear would move under the pointer
      charts,
      this.layout.element,
      this.composer.element,
      this.keys.element,
      this.announcer.element,
    );
    this.menu = this.rowMenu();
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.focus = new Focus(this.element, [
      this.status.element,
      this.banner,
      this.undoLine.element,
      this.filter.element,
      this.grid.element.firstElementChild as HTMLElement,
      charts,
      drawer,
      this.composer.element,
    ]);

    this.remembered();
    model.on(`change:${TIMES_TRAIT}`, this.remembered);
    model.on(`change:${DETAILS_TRAIT}`, this.remembered);
    this.grid.times.changed = (mode) => this.remember(TIMES_TRAIT, mode);
    this.arranged();
    model.on(`change:${TABLE_TRAIT}`, this.arranged);
    model.on(`change:${CHART_TRAIT}`, this.charted);
    model.on(`change:${PLOTTED_TRAIT}`, this.charted);
    model.on(`change:${SNAPSHOT_TRAIT}`, this.hide);
    this.hide();
    this.offline();
    this.link = new Link(model, {
      tick: (tick, buffer) => {
        this.ticks += 1;
        this.revive();
        if (this.ticks === 1 && model.get(SCHEDULED_TRAIT)) this.schedules();
        if (this.ticks === 1) this.charted();
        this.tick(tick, buffer ? (JSON.parse(decoder.decode(buffer)) as RowItem[]) : []);
      },
      waiting: (count) => this.status.wait(count),
      unanswered: () => this.still || this.halt(this.live === undefined),
      saved: (table) => writeOutputs(model.widget_manager, this.snapshot?.id ?? "", table),
      scheduled: (message) => this.composer.scheduled(message.schedules),
      gone: () => {
        this.status.gone();
        this.statistics.gone();
        this.grid.gone();
        this.composer.gone("No kernel: there is nobody to send to");
        this.controls(false);
        this.menu.close();
        this.undoLine.show(0);
        this.again.hidden = true;
        this.say(GONE, true);
      },
    });
  }

  dispose(): void {
    this.link.close();
    this.menu.close();
    window.clearTimeout(this.toasting);
    this.grid.close();
    this.filter.dispose();
    this.message.dispose();
    this.composer.dispose();
    this.layout.dispose();
    this.model.off(`change:${DETAILS_TRAIT}`, this.remembered);
    this.status.dispose();
    this.announcer.dispose();
    this.focus.dispose();
    this.overview.dispose();
    this.plots.dispose();
    this.latencies.dispose();
    this.model.off(`change:${CHART_TRAIT}`, this.charted);
    this.model.off(`change:${PLOTTED_TRAIT}`, this.charted);
    this.model.off(`change:${TIMES_TRAIT}`, this.remembered);
    this.model.off(`change:${TABLE_TRAIT}`, this.arranged);
    this.model.off(`change:${SNAPSHOT_TRAIT}`, this.hide);
  }

  /** The panel's time column, and where its details are: in every view of it, and after a reload. */
  private readonly remembered = (): void => {
    const mode = this.model.get(TIMES_TRAIT) as Times;
    if (TIMES.includes(mode)) this.grid.times.set(mode);
    const details = this.model.get(DETAILS_TRAIT) as Details;
    if (DETAILS.includes(details)) this.layout.set(details);
  };

  private remember(trait: string, value: string): void {
    this.model.set(trait, value);
    this.model.save_changes();
  }

  /** The panel's own columns and highlights, likewise; heads change with the rows that belong to them. */
  private readonly arranged = (): void => {
    const { layout, columns, highlights, problems } = (this.model.get(TABLE_TRAIT) ?? {}) as TableState;
    if (this.last && this.last.layout < (layout ?? 0)) return; // the tick with their cells is under way
    this.highlights.show(highlights ?? [], problems ?? []);
    this.grid.columns.show(layout ?? 0, columns ?? []);
  };

  /** The chart and the plots, as the widget remembers them; none where no kernel speaks. */
  private readonly charted = (): void => {
    const live = this.ticks > 0 && !this.still;
    const on = this.model.get(CHART_TRAIT) === true;
    setAttr(this.chartButton, "aria-pressed", String(on));
    this.overview.show(on && live);
    const items = this.model.get(PLOTTED_TRAIT);
    this.plots.set(live && Array.isArray(items) ? (items as PlotItem[]) : []);
  };

  /** What was saved with the notebook; null before the panel was displayed. */
  private get snapshot(): Required<Snapshot> | null {
    const snapshot = this.model.get(SNAPSHOT_TRAIT) as Snapshot | null;
    return snapshot?.tick ? (snapshot as Required<Snapshot>) : null;
  }

  private readonly hide = (): void => {
    const id = this.snapshot?.id;
    if (!id || this.hidden) return;
    this.hidden = hiding(id);
    this.element.append(this.hidden);
  };

  /** Paints what was saved until the kernel speaks; without one, says that it is not live. */
  private offline(): void {
    const { snapshot } = this;
    if (!snapshot) return;
    this.tick(snapshot.tick, snapshot.rows, true);
    void alive(this.model, snapshot.id).then((live) => {
      this.live = live;
      if (live === false && !this.ticks && this.halt(true)) this.link.end(SAVED);
    });
  }

  /** Shows that what is here was saved and is not live; false when there is nothing. */
  private halt(sure: boolean): boolean {
    const { snapshot } = this;
    if (!snapshot || !sure) return false;
    const { tick, rows, time } = snapshot;
    this.still = true;
    this.status.saved();
    this.composer.gone("Saved, not live: there is nobody to send to");
    this.controls(false);
    for (const tab of ["Handshake", "Certificate", "Statistics"] as const) this.tabs.enable(tab, false);
    this.again.hidden = true;
    const part = rows.length < tick.n ? `, the last ${count(rows.length)} of ${count(tick.n)} rows` : "";
    const ended = tick.session.state === "closed" ? ` It ended: ${closedText(tick.session, tick.stats)}` : "";
    this.say(`Saved ${fullTime(time)}${part}, not live: run the cell again to go live.${ended}`);
    return true;
  }

  /** The kernel spoke after all. */
  private revive(): void {
    if (!this.still) return;
    this.still = false;
    this.controls(true);
    this.charted();
    this.tabs.enable("Statistics", true);
    this.say("");
  }

  /** Switches what asks the kernel on or off. */
  private controls(on: boolean): void {
    for (const one of [...this.filter.element.querySelectorAll("input, button"), this.picker.element])
      (one as HTMLInputElement | HTMLButtonElement).disabled = !on;
    this.grid.columns.enable(on);
    this.message.serve(on);
  }

  private tick(tick: Tick, rows: RowItem[], saved = false): void {
    const before = this.last?.session.state;
    const known = this.last?.meanings;
    const arranged = this.last?.layout === tick.layout;
    if (this.last && shown(this.last) !== shown(tick)) {
      this.forget(); // other sessions' rows
    }
    this.last = tick;
    // Of what was saved there are only these rows.
    const fresh = this.pages.tick(
      saved ? { ...tick, first: tick.first + tick.n - rows.length, n: rows.length } : tick,
      rows,
    );
    if (!arranged) this.arranged();
    this.grid.columns.saw(tick.gen, tick.first + tick.n, tick.layout, rows);
    this.status.tick(tick);
    this.picker.tick(tick.sources);
    this.grid.sessions(new Map(tick.sources.map(({ number, name }) => [number, name])));
    this.filter.tick(tick);
    this.composer.tick(tick.sources);
    this.message.tick(tick.session, tick.sources);
    this.grid.times.start(tick.session.began);
    this.grid.written(tick.total);
    this.announcer.tick(tick);
    if (!saved) {
      this.overview.tick(tick);
      this.plots.tick(tick);
    }
    if (this.tabs.current === "Statistics") {
      this.statistics.tick(tick, this.status.history);
      this.latencies.want();
    }
    this.obey(tick.asked);
    if (!saved) this.marks.tick(tick.marks);
    if (known !== undefined && known !== tick.meanings) void this.message.reload();
    this.grid.ticked(fresh, this.hint(tick), Boolean(tick.filter));
    const searched = this.searching && !tick.busy; // a position is known when the search has come there
    this.searching = tick.busy;
    if ((fresh || searched) && !saved) void this.keepInSight();
    if (fresh && !saved) void this.message.mark();
    const { state, error, close } = tick.session;
    if (state === "closed") {
      if (before !== "closed" || !this.banner.dataset.kept)
        this.say(closedText(tick.session, tick.stats), Boolean(error) && close?.code !== 1000); // the server's, too
    } else if (state === "connecting" && error) this.say(`connecting again: ${error}`, true);
    else if (before !== undefined && before !== state) this.say("");
    this.again.hidden = state !== "closed" || !tick.session.can.includes("reconnect");
    this.tabs.enable("Handshake", tick.session.can.includes("handshake"));
    this.tabs.enable("Certificate", tick.session.can.includes("certificate"));
  }

  /** Does what Python asked, once for each new number. */
  private obey({ follow, select }: Asked): void {
    if (follow[0] !== this.obeyed[0]) this.grid.follow(follow[1]);
    if (select[0] !== this.obeyed[1]) {
      const [, keys, at] = select;
      if (keys.length) {
        this.grid.point(keys, at);
        this.details(keys, keys[0]!);
      } else this.forget();
    }
    this.obeyed = [follow[0], select[0]];
  }

  /** Nothing is chosen any more. */
  private forget(): void {
    this.grid.point([], null);
    this.message.clear();
    this.difference.clear();
    if (this.tabs.current === "Message") this.show("Message");
  }

  /** Shows one message, or what two differ in. */
  private details(keys: readonly number[], active: number): void {
    const [first, second, third] = keys;
    const two = second !== undefined && third === undefined;
    if (two) void this.difference.show(first!, second);
    else {
      this.difference.clear();
      void this.message.show(this.grid.selection.has(active) ? active : first!);
    }
    if (second !== undefined) this.announcer.say(`${keys.length} rows selected`);
    this.tabs.open("Message");
  }

  private get several(): boolean {
    return (this.last?.sources.length ?? 0) > 1;
  }

  /** Name of the session that tabs and buttons are about: the selected message's, else the one to send to, else the first. */
  private get whose(): string {
    const sources = this.last?.sources ?? [];
    const selected = sources.find(({ number }) => number === rowSource(this.message.key));
    return selected?.name ?? this.composer.to ?? sources[0]?.name ?? "";
  }

  /** After another filter, Clear or Undo, the chosen row, else the first on screen, is still in sight; where it is hidden, what came next. */
  private async keepInSight(): Promise<void> {
    const key = this.grid.kept;
    if (key === null) return;
    try {
      const [{ gen, at, near }] = await this.link.request("locate", { key });
      if (gen !== this.pages.gen) return;
      if (at !== null) this.grid.keep(at, true);
      else if (near !== null && !this.searching) this.grid.keep(near, false); // what is next is known when all was searched
    } catch (error) {
      this.say((error as Error).message, true);
    }
  }

  private async go(key: number): Promise<void> {
    try {
      const [{ gen, at }] = await this.link.request("locate", { key });
      this.grid.point([key], gen === this.pages.gen ? at : null);
      this.link.notify({ k: "select", keys: [key] });
      this.details([key], key);
    } catch (error) {
      this.say((error as Error).message, true);
    }
  }

  /** Keys wherever the focus is in the panel, but for fields, menus and dialogs: letters are the table's, and from the panel itself its arrows too. None is the page's. */
  private key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "F3" && plain) {
      event.preventDefault();
      this.filter.next(event.shiftKey ? -1 : 1);
    } else if (target === this.element) {
      this.grid.key(event);
      if (event.defaultPrevented && this.element === focused(this.element)) this.grid.focus();
    } else if (plain && !takesLetters(target)) {
      const command = COMMANDS[event.key];
      if (command && command !== "open") {
        event.preventDefault();
        this.command(command);
      }
    }
    if (plain || event.key === "Enter") event.stopPropagation();
  }

  /** Closes the details; with nothing to close, the second time in a row leaves the panel. */
  private escape(): void {
    if (this.tabs.current !== null) {
      this.tabs.open(null);
      this.grid.focus();
    } else if (!this.focus.escape()) this.announcer.say("Escape once more leaves the panel");
  }

  /** Does what a key of the table stands for. */
  private command(name: Command): void {
    const { keys, active } = this.grid.selection;
    if (name === "escape") this.escape();
    else if (name === "times") this.grid.times.next();
    else if (name === "search") this.filter.focus();
    else if (name === "follow") this.followButton.click();
    else if (name === "chart") this.chartButton.click();
    else if (name === "keys") this.keys.open();
    else if (name === "nextMark" || name === "previousMark") this.nextMark(name === "nextMark" ? 1 : -1);
    else if (!keys.length)
      this.tabs.open("Message"); // says that one has to be chosen
    else if (name === "open") this.details(keys, active);
    else if (name === "bookmark")
      void this.menu.mark(
        keys,
        keys.some((key) => this.marks.get(key) === undefined),
      );
    else if (name === "copy" && keys.length === 2) this.difference.copy();
    else void this.act(name as "copy" | "edit" | "resend");
  }

  /** Does it to the row the keyboard is on, shown by itself: it says there how it went. */
  private async act(name: "copy" | "edit" | "resend"): Promise<void> {
    const { selection } = this.grid;
    const key = selection.has(selection.active) ? selection.active : selection.keys[0]!;
    if (selection.size > 1) await this.go(key);
    this.tabs.open("Message");
    await this.message.show(key);
    if (this.message.shown === key) await this.message[name === "resend" ? "again" : name](); // else another one was chosen meanwhile
  }

  // ---- the menu of rows, bookmarks, and undoing Clear

  private rowMenu(): RowMenu {
    const name = (key: number): string => `#${count(rowIndex(key))}`;
    const source = (key: number) => this.last?.sources.find(({ number }) => number === rowSource(key));
    return new RowMenu(this.element, {
      keys: () => this.grid.selection.keys,
      row: (key) => this.grid.row(key),
      name,
      closed: (key) => {
        const own = source(key);
        if (!own?.can.includes("resend")) return "there is no connection to send it to";
        return own.writable ? "" : `the connection is ${own.state}`;
      },
      note: (key) => this.marks.get(key),
      zero: (key) => this.grid.times.counts(this.grid.row(key)?.[1] ?? -1, name(key)),
      command: (what) => this.command(what),
      ways: async (key) => (await this.message.copies(key)).map(([label, run]) => ({ label, run })),
      like: async (key) => (await this.link.request("like", { key }))[0],
      filter: (term, without) => this.filter.add(term, without),
      compare: (...keys) => {
        this.grid.point(keys, null);
        this.link.notify({ k: "select", keys });
        this.details(keys, keys[1]);
      },
      setZero: (key) => {
        const row = key === null ? null : this.grid.row(key);
        this.grid.times.pin(row ? [row[1], name(row[0])] : null);
      },
      go: (key) => void this.go(key),
      bookmark: async (keys, on) => {
        await this.link.request("bookmark", { keys: [...keys], on: on ? 1 : 0, note: null });
      },
      editNote: (place) => this.editNote(place, name(place.key)),
      lines: async (keys, format, first, layout) => {
        const [answer, buffers] = await this.link.request("lines", {
          keys,
          format,
          first,
          notes: this.marks.size ? 1 : 0,
          layout,
        });
        return [answer, buffers[0]];
      },
      resend: async (key) => this.link.request("resend", { of: source(key)?.name ?? "", key }),
      frame: async (keys) => (await this.link.request("frame", { keys }))[0].code,
      insert: (code) => insertCell(this.model.widget_manager, this.snapshot?.id ?? "", code),
      say: (text) => this.tell(text),
      focus: () => this.grid.focus(),
    });
  }

  private editNote(place: Place, name: string): void {
    const save = async (note: string): Promise<void> => {
      try {
        await this.link.request("bookmark", { keys: [place.key], on: 1, note });
      } catch (error) {
        this.tell(`not noted: ${(error as Error).message}`);
      }
    };
    const before = this.marks.get(place.key) ?? "";
    editNote(
      this.element,
      place,
      name,
      before,
      (note) => void save(note),
      () => this.grid.focus(),
    );
  }

  private nextMark(way: 1 | -1): void {
    const { keys, active } = this.grid.selection;
    const from = this.grid.selection.has(active) ? active : (keys[0] ?? -1);
    const key = this.marks.next(from, this.grid.row(from)?.[1] ?? 0, way);
    if (key === undefined) this.tell("Nothing is bookmarked: b bookmarks the selected row");
    else void this.go(key);
  }

  private async undo(): Promise<void> {
    const chosen = this.cleared;
    try {
      const [{ rows }] = await this.link.request("undo", {});
      this.grid.focus(); // Undo vanishes
      this.undoLine.show(0);
      if (rows) this.chooseAgain(chosen);
      this.tell(
        rows
          ? `${count(rows)} ${rows === 1 ? "row is" : "rows are"} back`
          : "their memory was needed: nothing is left to bring back",
      );
    } catch (error) {
      this.say((error as Error).message, true);
    }
  }

  /** Undo brings back what was chosen, too, unless another row is by now. */
  private chooseAgain(keys: number[]): void {
    if (!keys.length || this.grid.selection.size) return;
    this.grid.point(keys, null);
    this.grid.selection.active = -1; // in sight comes what was in sight, not the chosen row
    this.link.notify({ k: "select", keys });
    if (this.tabs.current === "Message") this.details(keys, keys[0]!);
  }

  /** Says for a moment, over the table, how something went. */
  private tell(text: string): void {
    this.announcer.say(text);
    setText(this.toast, text);
    this.toast.hidden = false;
    window.clearTimeout(this.toasting);
    this.toasting = window.setTimeout(() => {
      this.toast.hidden = true;
    }, 5000);
  }

  private hint({ filter, busy, session, stats, n }: Tick): string {
    if (n > 3 || (n > 0 && (filter || session.state !== "open" || stats.sent_messages + stats.received_messages > 0)))
      return "";
    if (filter) return this.filter.wrong ? "" : busy ? "Searching…" : "No row matches this filter.";
    if (session.state === "open") return "Connected. No messages yet: type one below, or send one from a cell.";
    if (session.state === "connecting") return "Connecting…";
    return "No messages.";
  }

  private async complete(text: string, path: 0 | 1): Promise<CompleteAnswer> {
    return (await this.link.request("complete", { text, path }))[0];
  }

  /** What is known against a filter or a path that finds nothing. */
  private async advise(text: string, path: 0 | 1): Promise<string> {
    return (await this.link.request("advise", { text, path }))[0].text;
  }

  private say(text: string, bad = false): void {
    if (this.bannerText.textContent !== text) this.announcer.say(text);
    setText(this.bannerText, text);
    delete this.banner.dataset.kept;
    this.banner.hidden = !text;
    setAttr(this.banner, "data-bad", String(bad));
  }

  private async fetch(page: number, pages: number): Promise<void> {
    const { gen } = this.pages;
    try {
      const [answer, buffers] = await this.link.request("rows", { gen, first: page * PAGE_ROWS, n: pages * PAGE_ROWS });
      if (answer.gen === this.pages.gen && answer.layout === this.pages.layout && buffers[0])
        this.pages.put(answer.first, JSON.parse(decoder.decode(buffers[0])) as (RowItem | null)[]);
    } catch {
      // Not lost: the grid asks again when it paints and still needs the pages; the status line says that the kernel is busy.
    }
    this.grid.arrived(page, pages);
  }

  private async send(payload: Payload, of: string): Promise<number> {
    const [answer] =
      payload.kind === "binary"
        ? await this.link.request("send", { of, kind: "binary", text: "" }, [payload.data.buffer])
        : await this.link.request("send", { of, kind: payload.kind, text: payload.text });
    return answer.index;
  }

  private async schedule(payload: Payload | Template, of: string, every: number, count: number): Promise<void> {
    const ask = { of, every, count, mode: "Text", text: "" };
    if (payload.kind === "binary")
      await this.link.request("schedule", { ...ask, kind: "binary" }, [payload.data.buffer]);
    else if (payload.kind === "template") await this.link.request("schedule", { ...ask, ...payload });
    else await this.link.request("schedule", { ...ask, kind: "text", text: payload.text });
  }

  /** Asks what the kernel sends again and again. */
  private schedules(): void {
    this.link.request("schedules", {}).then(
      ([{ schedules }]) => this.composer.scheduled(schedules),
      () => undefined, // the status line says what the kernel is up to; the next one tells again
    );
  }

  private async close(code: number, reason: string): Promise<string> {
    try {
      await this.link.request("close", { of: this.whose, code, reason });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  }

  private async reconnect(): Promise<void> {
    this.again.disabled = true;
    try {
      await this.link.request("reconnect", { of: this.whose });
    } catch (error) {
      this.say((error as Error).message, true);
      this.banner.dataset.kept = "1"; // a tick that only repeats "closed" must not hide why it stayed so
    } finally {
      this.again.disabled = false;
    }
  }

  /** Fills the pane with what a tab shows. */
  private show(tab: Tab | null): void {
    this.layout.look();
    if (tab === "Message") this.put(this.grid.selection.size === 2 ? this.difference.element : this.message.element);
    else if (tab === "Statistics") {
      this.put(this.statistics.element);
      this.latencies.want();
      if (this.last) this.statistics.tick(this.last, this.status.history);
    } else if (tab) void this.facts(tab);
  }

  /** What is there already stays: taken out and put in again, it would lose the focus. */
  private put(element: HTMLElement): void {
    const { pane } = this.tabs;
    if (pane.firstChild !== element || pane.childNodes.length > 1) pane.replaceChildren(element);
  }

  private async facts(tab: "Handshake" | "Certificate"): Promise<void> {
    this.tabs.pane.replaceChildren(h("p", { class: "kws-dim kws-none" }, "…"));
    let page: HTMLElement;
    const of = this.whose;
    try {
      page =
        tab === "Handshake"
          ? handshakeView((await this.link.request("handshake", { of }))[0])
          : certificateView((await this.link.request("certificate", { of }))[0]);
    } catch (error) {
      page = h("p", { class: "kws-error kws-none" }, (error as Error).message);
    }
    if (this.tabs.current === tab)
      this.tabs.pane.replaceChildren(...(this.several ? [h("p", { class: "kws-of" }, ofSession(of))] : []), page);
  }
}
