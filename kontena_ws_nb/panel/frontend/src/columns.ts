// The columns of one's own: their heads (a dialog, widths, order), the field that adds one, and a small curve of a column's numbers.
// What must not live here: reading values (the kernel's), or the rows (line.ts).

import { Completion } from "./completion";
import { button, focused, h, icon, setAttr, setText, SUPPRESS, svg } from "./dom";
import { visible } from "./format";
import type { KernelError } from "./link";
import type { Column, CompleteAnswer, RowItem } from "./messages";
import { Popup } from "./popup";

const NARROWEST = 40;
const WIDEST = 1000;
/** Pixels a column's width changes by for an arrow key. */
const STEP = 10;
const SAVE_MS = 400;
/** Pixels the pointer moves before a head is dragged. */
const SLACK = 4;
/** Numbers of the curve, and how many of one tick's rows are taken: of a fast stream a sample. */
const POINTS = 60;
const OF_A_TICK = 6;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** Whether a cell is a number, also one in a text, as half of all price feeds write theirs. */
export const isNumber = (text: string): boolean => NUMBER.test(text);

/** One head: what it is of, and its parts. */
interface Head {
  column: Column;
  readonly element: HTMLElement;
  readonly label: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly grip: HTMLElement;
  readonly spark: SVGElement;
  readonly line: SVGElement;
  /** The last numbers, as they are spelled. */
  numbers: string[];
  /** Whether a row had something there, and else what the kernel knows about the path; null before it was asked. */
  some: boolean;
  advice: string | null;
}

/** What a curve shows, in words. */
const said = (numbers: readonly string[]): string => {
  const sorted = [...numbers].sort((one, other) => Number(one) - Number(other));
  return `the last ${numbers.length} numbers: ${sorted[0]} to ${sorted.at(-1)}, now ${numbers.at(-1)}`;
};

/** What a form adds to a doubt. */
export const again = (name: string): string => `(${name} once more does it anyway)`;

/** A field with its name, as dialogs have them. */
const field = (name: string, attrs: Record<string, string>): [label: HTMLElement, input: HTMLInputElement] => {
  const input = h("input", {
    class: "kws-input",
    type: "text",
    spellcheck: "false",
    autocomplete: "off",
    maxlength: 500,
    "aria-label": name,
    ...attrs,
    ...SUPPRESS,
  });
  return [h("label", {}, h("span", { class: "kws-dim" }, name), input), input];
};

export class OwnColumns {
  /** Version of what the cells mean: cells of another one are not shown. */
  layout = 0;
  /** Asks for other columns; rejects with what is wrong, and where. */
  ask: (columns: Column[]) => Promise<void> = () => Promise.reject(new Error("no kernel"));
  /** Says what a path may go on with. */
  complete: (text: string) => Promise<CompleteAnswer> = () => Promise.reject(new Error("no kernel"));
  /** Says what is known against a path that finds nothing. */
  advise: (path: string) => Promise<string> = () => Promise.resolve("");
  readonly adder: HTMLButtonElement;
  private heads: Head[] = [];
  /** The last widening, until the kernel knows it. */
  private unsaved: object | null = null;
  private timer = 0;
  private seen = { gen: -1, stop: 0, layout: -1 };
  private enabled = true;

  constructor(
    private readonly row: HTMLElement,
    private readonly sheet: HTMLElement,
    private readonly changed: () => void,
  ) {
    this.adder = button(
      "Add a column",
      { class: "kws-button kws-add", title: "Add a column: what is at a JSON path in each message" },
      "+",
    );
    this.dialog(this.adder, null);
    sheet.append(this.adder);
  }

  get count(): number {
    return this.heads.length;
  }

  get columns(): Column[] {
    return this.heads.map(({ column }) => column);
  }

  /** Adds what is at a path; rejects when that is no path, or a column already. */
  add(path: string): Promise<void> {
    return this.send([...this.columns, [path, "", 0]]);
  }

  /** Shows these, which the kernel knows. */
  show(layout: number, columns: Column[]): void {
    this.layout = layout;
    const before = this.heads;
    this.heads = columns.map((column) => before.find((one) => one.column[0] === column[0]) ?? this.head(column));
    if (this.heads.length !== before.length || this.heads.some((one, at) => one !== before[at])) {
      const had = focused(this.row) as HTMLElement | null;
      for (const one of before) if (!this.heads.includes(one)) one.element.remove();
      this.row.lastElementChild!.before(...this.heads.map(({ element }) => element));
      if (this.row.contains(had)) had!.focus({ preventScroll: true }); // what is moved loses it
      this.enable(this.enabled);
    }
    this.heads.forEach((head, at) => {
      const [path, title, width] = columns[at]!;
      // What the kernel says may be from before the reader pulled on.
      head.column = [path, title, this.unsaved && before.includes(head) ? head.column[2] : width];
      const name = visible(title);
      setText(head.label, name);
      setAttr(head.button, "aria-label", `Column ${name}`);
      this.draw(head);
      setAttr(head.grip, "aria-label", `Width of ${name}`);
    });
    this.measure();
    this.changed();
  }

  /** Switches what asks the kernel on or off. */
  enable(on: boolean): void {
    this.enabled = on;
    this.adder.hidden = !on;
    for (const { button, grip } of this.heads) {
      button.disabled = !on;
      grip.hidden = !on;
    }
  }

  dispose(): void {
    window.clearTimeout(this.timer);
  }

  // ---- curves

  /** New rows at the end of the view: numbers among them go into the curves. */
  saw(gen: number, stop: number, layout: number, rows: readonly RowItem[]): void {
    if (!this.heads.length) return;
    const before = this.seen;
    const fresh = before.gen !== gen || before.layout !== layout;
    const came = rows.slice(fresh ? 0 : Math.max(0, rows.length - (stop - before.stop)));
    this.seen = { gen, stop, layout };
    if (layout !== this.layout || (!came.length && !fresh)) return;
    this.heads.forEach((head, at) => {
      head.some ||= rows.some((row) => row[8]?.[at]);
      if (head.some) head.advice = "";
      else if (head.advice === null && rows.some(([, , , kind]) => kind === "text" || kind === "binary"))
        void this.doubt(head);
    });
    const every = fresh ? 1 : Math.max(1, Math.ceil(came.length / OF_A_TICK));
    const taken = came.filter((_, at) => (came.length - 1 - at) % every === 0);
    this.heads.forEach((head, at) => {
      const more = taken.map((row) => row[8]?.[at] ?? "").filter(isNumber);
      if (fresh) head.numbers = [];
      if (more.length || fresh) {
        head.numbers = [...head.numbers, ...more].slice(-POINTS);
        this.draw(head);
      }
    });
  }

  /** Nothing so far has what this column shows: perhaps its path is mistyped. */
  private async doubt(head: Head): Promise<void> {
    head.advice = "";
    const said = await this.advise(head.column[0]).catch(() => "");
    if (!head.some) head.advice = said;
    this.draw(head);
  }

  private draw({ advice, numbers, spark, line, element, button, column }: Head): void {
    const values = numbers.map(Number);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const some = values.length > 1;
    setAttr(element, "data-numbers", String(values.length > 0));
    setAttr(element, "data-doubt", String(Boolean(advice)));
    spark.toggleAttribute("hidden", !some);
    const y = (value: number): number => (high > low ? 13 - ((value - low) / (high - low)) * 12 : 7);
    if (some)
      setAttr(
        line,
        "points",
        values.map((value, at) => `${((at / (values.length - 1)) * 48).toFixed(1)},${y(value).toFixed(1)}`).join(" "),
      );
    setAttr(
      button,
      "title",
      `${visible(column[0])}${advice ? `\n${visible(advice)}` : ""}${some ? `\n${said(numbers)}` : ""}\nDrag it, or Shift with an arrow key, to move it`,
    );
  }

  // ---- heads

  private head(column: Column): Head {
    const label = h("span", { class: "kws-own-name" });
    const toggle = button("Column", { class: "kws-button kws-own-head" }, label, icon("chevron"));
    const grip = h("div", {
      class: "kws-grip",
      role: "separator",
      tabindex: 0,
      "aria-orientation": "vertical",
      "aria-valuemin": NARROWEST,
      "aria-valuemax": WIDEST,
      ...SUPPRESS,
    });
    const line = svg("polyline", { points: "" });
    const spark = svg(
      "svg",
      { class: "kws-own-spark", viewBox: "0 0 48 14", preserveAspectRatio: "none", "aria-hidden": "true", hidden: "" },
      line,
    );
    const element = h("div", { role: "columnheader", class: "kws-own" }, toggle, spark, grip);
    const head: Head = {
      column,
      element,
      label,
      button: toggle,
      grip,
      spark,
      line,
      numbers: [],
      some: false,
      advice: null,
    };
    this.dialog(toggle, head);
    this.resizing(head);
    this.dragging(head);
    return head;
  }

  /** The dialog under a head, or under the `+`: path and title, and what else can be done to a column. */
  private dialog(toggle: HTMLButtonElement, head: Head | null): void {
    const [pathLabel, path] = field("Path", { placeholder: "$.data.price" });
    const [titleLabel, title] = field("Title", { placeholder: "the path's last key" });
    const completion = new Completion(
      path,
      (text) => this.complete(text),
      () => undefined,
      true,
    );
    let warned = "";
    pathLabel.append(completion.list);
    const error = h("p", { class: "kws-error kws-ask", role: "alert", hidden: true });
    const curve = h("p", { class: "kws-dim kws-ask" });
    const save = button(head ? "Save" : "Add", { class: "kws-button kws-primary", title: "" });
    const own = (name: string, title: string, act: () => void): HTMLButtonElement => {
      const one = button(name, { title });
      one.addEventListener("click", () => {
        popup.open(false);
        act();
      });
      return one;
    };
    const left = own("Move left", "", () => this.move(head!, -1));
    const right = own("Move right", "", () => this.move(head!, 1));
    const remove = own("Remove", "Remove this column; messages stay as they are", () => {
      void this.tell(this.columns.filter((one) => one !== head!.column));
    });
    const menu = h(
      "div",
      { class: "kws-choices kws-column", role: "dialog", "aria-label": head ? "Column" : "Add a column" },
      pathLabel,
      titleLabel,
      error,
      curve,
      h("div", { class: "kws-row-of" }, save, ...(head ? [left, right, remove] : [])),
    );
    const popup = new Popup(toggle, menu, () => {
      const [now, named] = head?.column ?? ["", ""];
      path.value = now;
      title.value = now.endsWith(`.${named}`) ? "" : named; // a title that nobody chose goes with the path
      error.hidden = true;
      const at = head ? this.heads.indexOf(head) : 0;
      left.disabled = at === 0;
      right.disabled = at === this.heads.length - 1;
      setText(
        curve,
        head
          ? head.numbers.length > 1
            ? said(head.numbers)
            : visible(head.advice ?? "")
          : "As in a filter: $.items[0].id, $..id anywhere. Decoded values too.",
      );
    });
    const apply = async (): Promise<void> => {
      const wanted: Column = [path.value, title.value, head?.column[2] ?? 0];
      // Said once, before; whoever waits for such messages goes on.
      if (path.value !== warned && path.value !== head?.column[0]) {
        const doubt = await this.advise(path.value).catch(() => ""); // a wrong path is told below, with its place
        if (doubt) {
          warned = path.value;
          setText(error, `${visible(doubt)} ${again(head ? "Save" : "Add")}`);
          error.hidden = false;
          path.focus();
          return;
        }
      }
      try {
        await this.send(
          head ? this.columns.map((one) => (one === head.column ? wanted : one)) : [...this.columns, wanted],
        );
        popup.open(false);
      } catch (problem) {
        const { message, position } = problem as KernelError;
        const mark =
          position == null
            ? []
            : [
                h("code", {}, path.value.slice(0, position), h("mark", {}, path.value.slice(position) || "\u00a0")),
                " ",
              ];
        error.replaceChildren(...mark, message);
        error.hidden = false;
        path.focus();
      }
    };
    save.addEventListener("click", () => void apply());
    for (const input of [path, title])
      input.addEventListener("keydown", (event) => {
        if (input === path && completion.key(event)) event.stopPropagation();
        else if (event.key === "Enter") void apply();
      });
  }

  /** Asks for columns, with the widths they have here: none is asked for once more by itself, from before. */
  private async send(columns: Column[]): Promise<void> {
    window.clearTimeout(this.timer);
    const { unsaved } = this;
    try {
      await this.ask(columns);
    } finally {
      if (this.unsaved === unsaved) this.unsaved = null;
    }
  }

  /** What cannot be refused, or is undone by the next look at what there is. */
  private async tell(columns: Column[]): Promise<void> {
    try {
      await this.send(columns);
    } catch {
      this.measure(); // the kernel is gone, which the status line says
    }
  }

  private move(head: Head, by: number): void {
    const columns = this.columns;
    const at = columns.indexOf(head.column);
    const to = Math.max(0, Math.min(columns.length - 1, at + by));
    if (to === at) return;
    columns.splice(to, 0, ...columns.splice(at, 1));
    void this.tell(columns);
  }

  // ---- widths

  /** Writes the widths where the rows' grid reads them. */
  private measure(): void {
    const widths = this.heads.map(({ column }) => column[2]);
    const { style, classList } = this.sheet;
    classList.toggle("kws-owns", widths.length > 0);
    style.setProperty("--kws-own", widths.map((width) => `${width}px`).join(" "));
    style.setProperty("--kws-own-width", `${widths.reduce((sum, width) => sum + width, 0)}px`);
    for (const { grip, column } of this.heads) setAttr(grip, "aria-valuenow", String(column[2]));
  }

  private resize(head: Head, width: number): void {
    const [path, title] = head.column;
    head.column = [path, title, Math.round(Math.max(NARROWEST, Math.min(WIDEST, width)))];
    this.measure();
    window.clearTimeout(this.timer);
    this.unsaved = {};
    this.timer = window.setTimeout(() => void this.tell(this.columns), SAVE_MS);
  }

  private resizing(head: Head): void {
    const { grip } = head;
    grip.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      grip.setPointerCapture(event.pointerId);
      const [start, width] = [event.clientX, head.column[2]];
      const move = (moved: PointerEvent): void => this.resize(head, width + moved.clientX - start);
      grip.addEventListener("pointermove", move);
      grip.addEventListener("lostpointercapture", () => grip.removeEventListener("pointermove", move), { once: true });
    });
    grip.addEventListener("keydown", (event) => {
      const width = head.column[2];
      const to = {
        ArrowLeft: width - STEP,
        ArrowRight: width + STEP,
        PageDown: width - 5 * STEP,
        PageUp: width + 5 * STEP,
        Home: NARROWEST,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.resize(head, to);
    });
  }

  // ---- order

  /** A head that is dragged goes where it is let go; Shift and an arrow move it too. */
  private dragging(head: Head): void {
    const { button, element } = head;
    button.addEventListener("keydown", (event) => {
      const by = event.shiftKey ? { ArrowLeft: -1, ArrowRight: 1 }[event.key] : undefined;
      if (by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.move(head, by);
    });
    let dragged = false;
    const place = (x: number): number =>
      this.heads.filter(({ element: one }) => {
        const { left, width } = one.getBoundingClientRect();
        return one !== element && x > left + width / 2;
      }).length;
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const start = event.clientX;
      dragged = false;
      button.setPointerCapture(event.pointerId); // also what happens beside it is told
      const move = ({ clientX }: PointerEvent): void => {
        if (!dragged && Math.abs(clientX - start) < SLACK) return;
        dragged = true;
        const to = place(clientX);
        element.classList.add("kws-dragged");
        const others = this.heads.filter((one) => one !== head);
        others.forEach((one, at) => {
          setAttr(
            one.element,
            "data-drop",
            at === to ? "before" : at === to - 1 && to === others.length ? "after" : "",
          );
        });
      };
      const end = (ended: PointerEvent): void => {
        button.removeEventListener("pointermove", move);
        for (const type of ["pointerup", "pointercancel"] as const) button.removeEventListener(type, end);
        element.classList.remove("kws-dragged");
        for (const one of this.heads) one.element.removeAttribute("data-drop");
        if (dragged && ended.type === "pointerup") this.move(head, place(ended.clientX) - this.heads.indexOf(head));
      };
      button.addEventListener("pointermove", move);
      for (const type of ["pointerup", "pointercancel"] as const) button.addEventListener(type, end);
    });
    button.addEventListener(
      "click",
      (event) => {
        if (dragged) event.stopImmediatePropagation();
        dragged = false;
      },
      true,
    );
  }
}
