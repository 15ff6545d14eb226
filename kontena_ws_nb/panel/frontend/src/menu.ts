// A context menu (WAI-ARIA menu): at a place in the window, never cut off, with submenus, arrow keys and type-ahead.
// What must not live here: what is in it, or what a choice does.

import { button, focused, h, origin, setAttr, setText } from "./dom";

export interface Entry {
  label: string;
  /** The key that does the same. */
  key?: string;
  /** Why it cannot be done; it is greyed out then. */
  why?: string | undefined;
  /** What is said instead of the label before it is done: a second press does it. */
  ask?: string | undefined;
  run?: () => void;
  /** What it opens; may have to be asked for. */
  more?: () => Promise<Entry[]>;
  /** What takes its place once that is known. */
  later?: Promise<Entry>;
}

/** Milliseconds the pointer rests on an entry before submenus open or close: on its way to one it crosses others. */
const REST_MS = 180;
const TYPING_MS = 700;
/** Pixels that stay free at the window's edges. */
const EDGE = 4;

export class Menu {
  readonly element: HTMLElement;
  private items: HTMLButtonElement[] = [];
  private sub: Menu | null = null;
  private owner: HTMLButtonElement | null = null;
  private timer = 0;
  private typed = "";
  private typing = 0;
  private closed = false;
  /** Moves it to where it fits. */
  private place: () => void = () => undefined;

  /** `entries` have null where a line is drawn. `back` gets the focus, and hears that it is closed. */
  constructor(
    private readonly host: HTMLElement,
    label: string,
    entries: readonly (Entry | null)[],
    private readonly back: () => void,
    private readonly parent: Menu | null = null,
  ) {
    this.element = h("div", { class: "kws-choices kws-context", role: "menu", "aria-label": label, popover: "manual" });
    this.fill(entries);
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("contextmenu", (event) => {
      event.preventDefault(); // a second one, of the key that opened it, say
      event.stopPropagation();
    });
  }

  private fill(entries: readonly (Entry | null)[]): void {
    this.items = [];
    const parts = entries.map((entry) => {
      if (!entry) return h("div", { role: "separator", class: "kws-between" });
      const item = this.item(entry);
      this.items.push(item);
      return item;
    });
    this.element.replaceChildren(...parts);
  }

  private item(entry: Entry): HTMLButtonElement {
    const { label, key = "", why = "", ask, run, more, later } = entry;
    const text = h("span", { class: "kws-what" }, label);
    const item = button(
      label,
      { class: "kws-button", role: "menuitem", tabindex: -1, title: why },
      text,
      h("span", { class: "kws-dim kws-hint-key", "aria-hidden": "true" }, more ? "▸" : key),
    );
    if (why) {
      setAttr(item, "aria-disabled", "true");
      setAttr(item, "aria-description", why);
    }
    if (key) setAttr(item, "aria-keyshortcuts", key);
    if (more) {
      setAttr(item, "aria-haspopup", "menu");
      setAttr(item, "aria-expanded", "false");
    }
    item.addEventListener("click", () => {
      if (why) return;
      if (more) void this.opens(item, entry, true);
      else if (ask && text.textContent !== ask) {
        setText(text, ask);
        setAttr(item, "aria-label", ask);
        item.classList.add("kws-danger");
      } else {
        this.close();
        run?.();
      }
    });
    void later?.then((known) => this.replace(item, this.item(known)));
    item.addEventListener("pointerenter", () => {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => {
        if (this.owner === item || this.closed) return;
        this.shut();
        item.focus({ preventScroll: true });
        if (more && !why) void this.opens(item, entry, false);
      }, REST_MS);
    });
    return item;
  }

  private replace(old: HTMLButtonElement, item: HTMLButtonElement): void {
    const had = focused(this.element) === old;
    this.items = this.items.map((one) => (one === old ? item : one));
    old.replaceWith(item);
    this.place(); // it may be wider now
    if (had) item.focus({ preventScroll: true });
  }

  /** Opens it with its corner there, or where it fits; the first entry gets the focus. */
  open(x: number, y: number): void {
    this.hang(x, y, x);
    document.addEventListener("pointerdown", this.outside, true);
    window.addEventListener("scroll", this.scrolled, true);
    window.addEventListener("blur", this.gone);
    window.addEventListener("resize", this.gone);
    this.items[0]?.focus({ preventScroll: true });
  }

  /** In the top layer, where the browser has one: an output's area would cut it off. */
  private hang(x: number, y: number, other: number): void {
    this.host.append(this.element);
    this.element.showPopover?.();
    this.place = () => this.fit(x, y, other);
    this.place();
  }

  private fit(x: number, y: number, other: number): void {
    const { width, height } = this.element.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const left = x + width + EDGE <= clientWidth || other === x ? x : other - width;
    const top = y + height + EDGE <= clientHeight || other !== x ? y : y - height;
    const within = (at: number, size: number, room: number): number => Math.max(EDGE, Math.min(at, room - size - EDGE));
    this.element.style.left = `${within(left, width, clientWidth)}px`;
    this.element.style.top = `${within(top, height, clientHeight)}px`;
  }

  private async opens(item: HTMLButtonElement, { label, more }: Entry, focus: boolean): Promise<void> {
    this.shut();
    this.owner = item;
    setAttr(item, "aria-expanded", "true");
    let entries: Entry[];
    try {
      entries = await more!();
    } catch (error) {
      entries = [{ label: "Not available", why: (error as Error).message }];
    }
    if (this.closed || this.owner !== item) return; // elsewhere meanwhile
    this.sub = new Menu(this.host, label, entries, () => item.focus({ preventScroll: true }), this);
    const { left, right, top } = item.getBoundingClientRect();
    this.sub.hang(right, top - 5, left);
    if (focus) this.sub.items[0]?.focus({ preventScroll: true });
  }

  /** Closes the submenu. */
  private shut(): void {
    if (this.owner) setAttr(this.owner, "aria-expanded", "false");
    this.owner = null;
    this.sub?.remove();
    this.sub = null;
  }

  private remove(): void {
    this.closed = true;
    window.clearTimeout(this.timer);
    window.clearTimeout(this.typing);
    this.shut();
    this.element.remove();
  }

  /** Closes all of it; the focus goes back, unless it went elsewhere. */
  close(focus = true): void {
    if (this.parent) {
      this.parent.close(focus);
      return;
    }
    if (this.closed) return;
    document.removeEventListener("pointerdown", this.outside, true);
    window.removeEventListener("scroll", this.scrolled, true);
    window.removeEventListener("blur", this.gone);
    window.removeEventListener("resize", this.gone);
    if (focus) this.back();
    this.remove();
  }

  private readonly gone = (): void => this.close();

  private holds(node: Node): boolean {
    return this.element.contains(node) || Boolean(this.sub?.holds(node));
  }

  private readonly outside = (event: Event): void => {
    if (!this.holds(origin(event))) this.close(false);
  };

  /** The page moves, and with it what the menu is about; the table moves by itself while rows come. */
  private readonly scrolled = (event: Event): void => {
    const to = origin(event);
    if (!this.host.contains(to)) this.close();
  };

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    const { items } = this;
    const at = items.indexOf(focused(this.element) as HTMLButtonElement);
    const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: items.length - 1 }[event.key];
    const item = items[at];
    if (next !== undefined) items[(next + items.length) % items.length]?.focus({ preventScroll: true });
    else if (event.key === "ArrowRight") {
      if (item?.getAttribute("aria-haspopup")) item.click();
    } else if (event.key === "ArrowLeft") {
      if (this.parent) this.fold();
    } else if (event.key === "Escape") {
      if (this.parent) this.fold();
      else this.close();
    } else if (event.key === "Tab") this.close();
    else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey)
      this.type(event.key, at);
    else return;
    event.preventDefault();
  }

  /** Goes back to the menu that opened this one. */
  private fold(): void {
    this.back();
    this.parent!.shut();
  }

  /** The next entry that begins so; the same letter again goes on to the one after. */
  private type(letter: string, at: number): void {
    window.clearTimeout(this.typing);
    this.typing = window.setTimeout(() => {
      this.typed = "";
    }, TYPING_MS);
    const once = this.typed === letter.toLowerCase();
    this.typed = once ? this.typed : this.typed + letter.toLowerCase();
    const from = this.typed.length > 1 ? Math.max(0, at) : at + 1;
    const { items } = this;
    items
      .map((_, place) => items[(from + place) % items.length]!)
      .find((one) => one.textContent?.toLowerCase().startsWith(this.typed))
      ?.focus({ preventScroll: true });
  }
}
