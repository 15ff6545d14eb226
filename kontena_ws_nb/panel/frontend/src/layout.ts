// Where the details are: beside the table in a wide panel, below it in a narrow one, or where the reader said; the line between the two, moved by
// pointer and keys; and the panel in a tab of its own. What must not live here: what the table and the details show.

import { button, h, icon, setAttr, SUPPRESS } from "./dom";
import type { Model } from "./link";
import { Popup } from "./popup";

export const DETAILS = ["auto", "beside", "below"] as const;
export type Details = (typeof DETAILS)[number];
const LABELS: Record<Details, string> = {
  auto: "Details: beside when wide",
  beside: "Details: beside the table",
  below: "Details: below the table",
};

/** Widths of the panel, pixels: from the first on details are beside by themselves, and below the second always below. Between `WIDE - SLACK` and `WIDE` they stay. */
const WIDE = 1100;
const SLACK = 40;
const ROOM = 660;
/** The least of each side, pixels. */
const MIN_SIDE = 320;
const MIN_HEIGHT = 110;
const MAX_HEIGHT = 2000;
const MIN_PANE = 80;
/** Pixels the line moves by for an arrow key: a row. */
const STEP = 22;

/** JupyterLab's own tab: a widget of Lumino that a manager of ipywidgets makes, shown by the notebook's context. Both are public, and only JupyterLab has both. */
interface Docked {
  readonly isAttached: boolean;
  readonly title: { label: string; closable: boolean };
  addClass(name: string): void;
}
interface DockedView {
  luminoWidget?: Docked;
  trigger(event: "displayed"): void;
  displayed: Promise<unknown>;
  layoutPromise: Promise<unknown>;
}
interface Docks {
  get_model?(id: string): Promise<unknown>;
  create_view?(model: unknown): Promise<DockedView>;
  context?: { addSibling?(widget: Docked, options: { mode: string }): unknown };
}

export interface LayoutOwner {
  chose(details: Details): void;
  /** The widget's id, for another view of it, and what the tab is called. */
  id(): string;
  title(): string;
  failed(why: string): void;
}

export class Layout {
  /** The table and the details. */
  readonly element: HTMLElement;
  readonly toggle = button("Layout", { class: "kws-button kws-tab", title: "Where the details are" }, icon("split"));
  readonly splitter = h("div", { class: "kws-splitter", role: "separator", tabindex: 0, ...SUPPRESS });
  private details: Details = "auto";
  private width = 0;
  private tall = "";
  private docked: Docked | null = null;
  private readonly observer = new ResizeObserver(() => this.look());

  constructor(
    private readonly model: Model,
    private readonly owner: LayoutOwner,
    private readonly table: HTMLElement,
    private readonly pane: HTMLElement,
    private readonly drawer: HTMLElement,
  ) {
    drawer.prepend(this.splitter);
    this.element = h("div", { class: "kws-middle" }, table, drawer);
    const choices = DETAILS.map((one) => {
      const choice = button(LABELS[one], { role: "menuitemradio", title: "" });
      choice.addEventListener("click", () => {
        popup.open(false);
        this.set(one);
        owner.chose(one);
      });
      return choice;
    });
    const tab = button("Open in a tab of its own", { role: "menuitem", title: "In JupyterLab, beside the notebook" });
    tab.addEventListener("click", () => {
      popup.open(false);
      void this.dock();
    });
    const menu = h("div", { class: "kws-choices", role: "menu", "aria-label": "Layout" }, ...choices);
    const popup = new Popup(this.toggle, menu, () => {
      for (const [at, one] of choices.entries()) setAttr(one, "aria-checked", String(DETAILS[at] === this.details));
      if (this.canDock) menu.append(tab);
      else tab.remove();
    });
    this.resizing();
    this.look();
    this.observer.observe(this.element);
  }

  dispose(): void {
    this.observer.disconnect();
  }

  set(details: Details): void {
    this.details = details;
    this.look();
  }

  private get beside(): boolean {
    return this.element.dataset.beside === "true";
  }

  /** Puts the details where they belong now: beside only while they are open. */
  look(): void {
    const { element, splitter, details } = this;
    this.width = element.offsetWidth || this.width;
    const wide = details === "auto" ? this.width >= (this.beside ? WIDE - SLACK : WIDE) : details === "beside";
    const beside = wide && this.width >= ROOM && !this.pane.hidden;
    if (splitter.ariaLabel && beside === this.beside) return;
    if (this.beside && !beside) this.tall = element.style.height;
    element.style.height = beside ? this.tall : "";
    setAttr(element, "data-beside", String(beside));
    setAttr(splitter, "aria-orientation", beside ? "vertical" : "horizontal");
    setAttr(splitter, "aria-label", beside ? "Resize the details" : "Resize the table");
    setAttr(splitter, "aria-valuemin", String(beside ? MIN_SIDE : MIN_HEIGHT));
    setAttr(splitter, "aria-valuemax", String(beside ? Math.max(MIN_SIDE, this.width - MIN_SIDE) : MAX_HEIGHT));
    setAttr(splitter, "aria-valuenow", String((beside ? this.drawer.offsetWidth : this.table.offsetHeight) || 308));
  }

  private resizing(): void {
    const { splitter } = this;
    splitter.addEventListener("pointerdown", (event) => {
      splitter.setPointerCapture(event.pointerId);
      const { beside } = this;
      const [start, size] = beside
        ? [event.clientX, this.drawer.offsetWidth]
        : [event.clientY, this.table.offsetHeight];
      const move = (moved: PointerEvent): void =>
        beside ? this.widen(size + start - moved.clientX) : this.lower(size + moved.clientY - start);
      splitter.addEventListener("pointermove", move);
      splitter.addEventListener("lostpointercapture", () => splitter.removeEventListener("pointermove", move), {
        once: true,
      });
    });
    splitter.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[event.key];
      const aside = { ArrowLeft: 1, ArrowRight: -1, Home: 1000, End: -1000 }[event.key];
      if (this.beside && aside) this.widen(this.drawer.offsetWidth + aside * STEP);
      else if (this.beside && step)
        this.element.style.height = `${bounded(this.element.offsetHeight + step * STEP, 2 * MIN_HEIGHT, MAX_HEIGHT)}px`;
      else if (!this.beside && (step || event.key === "Home" || event.key === "End"))
        this.lower(step ? this.table.offsetHeight + step * STEP : event.key === "Home" ? 0 : this.most);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** Gives the details beside the table a width. */
  private widen(width: number): void {
    const most = Math.max(MIN_SIDE, this.element.offsetWidth - MIN_SIDE);
    const side = bounded(width, MIN_SIDE, most);
    this.element.style.setProperty("--kws-side", `${side}px`);
    setAttr(this.splitter, "aria-valuenow", String(side));
    setAttr(this.splitter, "aria-valuemax", String(most));
  }

  /** Height the table can have. */
  private get most(): number {
    const { pane, table } = this;
    return pane.hidden ? MAX_HEIGHT : Math.max(MIN_HEIGHT, table.offsetHeight + pane.offsetHeight - MIN_PANE);
  }

  /** Moves the line between table and details: what one gains the other gives. Without details the panel grows. */
  private lower(wanted: number): void {
    const { pane, table, most } = this;
    const height = bounded(wanted, MIN_HEIGHT, most);
    if (!pane.hidden) pane.style.height = `${pane.offsetHeight + table.offsetHeight - height}px`;
    table.style.height = `${height}px`;
    setAttr(this.splitter, "aria-valuenow", String(height));
    setAttr(this.splitter, "aria-valuemax", String(most));
  }

  private get docks(): Docks {
    return (this.model.widget_manager ?? {}) as Docks;
  }

  /** Notebook 7's context cannot show a second widget: only JupyterLab has a dock. In a tab of its own it is already. */
  private get canDock(): boolean {
    const { create_view, get_model, context } = this.docks;
    return Boolean(
      create_view &&
        get_model &&
        context?.addSibling &&
        document.getElementById("jp-main-dock-panel") &&
        this.owner.id() &&
        !this.element.closest(".kws-docked, .jp-LinkedOutputView"),
    );
  }

  /** Shows another view of the panel beside the notebook; the one there is already comes to the front. */
  private async dock(): Promise<void> {
    const { docks, owner } = this;
    try {
      if (!this.docked?.isAttached) {
        const view = await docks.create_view!(await docks.get_model!(owner.id()));
        const widget = view.luminoWidget;
        if (!widget)
          throw new Error("this JupyterLab has no place for it: right click the output, Create New View for Output");
        // ipywidgets lays a view out once it is displayed: it would take away the place that the dock has given it.
        view.trigger("displayed");
        await view.displayed;
        await view.layoutPromise;
        widget.addClass("kws-docked");
        Object.assign(widget.title, { label: owner.title(), closable: true });
        this.docked = widget;
      }
      docks.context!.addSibling!(this.docked, { mode: "split-right" });
    } catch (error) {
      owner.failed(`not opened in a tab of its own: ${(error as Error).message}`);
    }
  }
}

const bounded = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));
