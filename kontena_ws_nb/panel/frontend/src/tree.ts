// A tree of a message in use: one place in it has the keys, arrows walk its lines, and the line under the pointer or the keys has its buttons, or
// the same as a context menu.
// What must not live here: how values are drawn (jsontree.ts, jsonlevels.ts) or what they hold (embedded.ts).

import { button, copyText, focused, h, icon, type Icon, SUPPRESS } from "./dom";
import { Menu } from "./menu";
import { nodeOf, term, type TreeNode } from "./treenode";

const LINES = "summary, .kws-leaf";
/** Lines that "expand all" opens at most. */
const MOST = 2000;

export interface TreeOwner {
  /** Adds a term to the filter. */
  filter(term: string): void;
  /** Makes a column of a path. */
  column?(path: string): void;
  /** Plots the numbers at a path. */
  plot?(path: string): void;
  /** What was done, or why not. */
  said(text: string): void;
}

type Action = [
  name: string,
  title: string,
  icon: Icon,
  run: (node: TreeNode) => void,
  can: (node: TreeNode) => boolean,
];

export class Tree {
  readonly element: HTMLElement;
  private readonly tools = h("div", { class: "kws-node-tools", role: "toolbar", "aria-label": "Value", hidden: true });
  private readonly able: [HTMLButtonElement, (node: TreeNode) => boolean][] = [];
  /** The line that the buttons are beside, and the one that Tab comes to. */
  private line: HTMLElement | null = null;
  private roving: HTMLElement | null = null;
  private scheduled = false;

  constructor(
    readonly content: HTMLElement,
    private readonly owner: TreeOwner,
  ) {
    this.element = h("div", { class: "kws-treebox" }, content, this.tools);
    for (const [name, title, picture, run, can] of this.actions()) {
      const one = button(name, { class: "kws-button", title }, icon(picture));
      one.addEventListener("click", () => {
        const node = this.line && nodeOf(this.line);
        if (node) run(node);
      });
      this.tools.append(one);
      this.able.push([one, can]);
    }
    content.addEventListener("contextmenu", (event) => this.menu(event));
    content.addEventListener("mouseover", ({ target }) => this.point(this.lineAt(target as Element)));
    content.addEventListener("focusin", ({ target }) => this.point(this.lineAt(target as Element)));
    this.element.addEventListener("mouseleave", () => this.point(this.lineAt(focused(content))));
    this.element.addEventListener("keydown", (event) => this.key(event));
    content.addEventListener("mousedown", ({ target }) => this.rove(this.lineAt(target as Element)));
    content.addEventListener("toggle", () => this.schedule(), true);
    this.dress();
  }

  private actions(): Action[] {
    const { owner } = this;
    const copy = (text: string, what: string): void => {
      copyText(text).then(
        () => owner.said(`copied ${what}`),
        (error: Error) => owner.said(`not copied: ${error.message}`),
      );
    };
    const filtered = (node: TreeNode): boolean => term(node) !== undefined;
    return [
      [
        "Filter for this",
        "Show only messages with this value here",
        "include",
        (node) => owner.filter(term(node)!),
        filtered,
      ],
      [
        "Hide these",
        "Hide messages with this value here",
        "exclude",
        (node) => owner.filter(term(node, true)!),
        filtered,
      ],
      ["Copy value", "Copy the value", "copy", (node) => copy(node.text(), "the value"), () => true],
      [
        "Copy path",
        "Copy the path, as filters and columns take it",
        "path",
        (node) => copy(node.path!, node.path!),
        ({ path }) => path !== null,
      ],
      [
        "Add as column",
        "Make it a column of the table",
        "column",
        (node) => owner.column!(node.path!),
        ({ path }) => Boolean(owner.column && path && path !== "$"),
      ],
      [
        "Plot",
        "Plot the numbers here over time",
        "plot",
        (node) => owner.plot!(node.path!),
        ({ path, value }) => Boolean(owner.plot && path && value && Number.isFinite(Number(value))),
      ],
    ];
  }

  /** The buttons of a line with their names. Shift leaves it to the notebook, or to the browser. */
  private menu(event: MouseEvent): void {
    const line = this.lineAt(event.target as Element);
    const node = line && nodeOf(line);
    if (!node || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.rove(line);
    const { left, bottom } = line.getBoundingClientRect();
    const [x, y] = event.clientX || event.clientY ? [event.clientX, event.clientY] : [left, bottom]; // of the keyboard
    const entries = this.actions()
      .filter(([, , , , can]) => can(node))
      .map(([label, , , run]) => ({ label, run: () => run(node) }));
    const host = this.element.closest<HTMLElement>(".kws") ?? this.element;
    new Menu(host, "Value", entries, () => line.focus({ preventScroll: true })).open(x, y);
  }

  /** Opens every branch that is there, level by level; says when there were too many. */
  async expand(): Promise<void> {
    let opened = 0;
    for (;;) {
      const closed = [...this.content.querySelectorAll<HTMLElement>("details:not([open]) > summary")].filter(
        (line) => !line.closest(".kws-embedded"),
      );
      if (!closed.length || !this.element.isConnected) break;
      for (const line of closed) {
        if (opened++ >= MOST) {
          this.owner.said(`the first ${MOST.toLocaleString("en-US")} are open`);
          return this.dress();
        }
        await nodeOf(line)?.open?.();
      }
    }
    this.dress();
  }

  collapse(): void {
    for (const one of this.content.querySelectorAll<HTMLDetailsElement>("details details[open]")) one.open = false;
    this.dress();
  }

  /** Opens what holds one of these texts, level by level, and the members behind it that are not there yet. */
  async reveal(texts: readonly string[], caseless: boolean): Promise<void> {
    const fold = (text: string): string => (caseless ? text.toLowerCase() : text);
    const wanted = texts.map(fold);
    const holds = (line: Element | null): boolean => {
      const text = fold((line && nodeOf(line)?.text()) ?? "");
      return wanted.some((one) => text.includes(one));
    };
    for (let opened = 0; opened < MOST && this.element.isConnected; ) {
      const closed = [...this.content.querySelectorAll("details:not([open]) > summary")].filter(holds);
      for (const line of closed) await nodeOf(line)!.open?.();
      opened += closed.length;
      const more = [...this.content.querySelectorAll<HTMLElement>("details[open] > .kws-branch > .kws-link")].filter(
        (one) => !this.complete(one, wanted, fold),
      );
      for (const one of more) one.click();
      opened += 100 * more.length;
      if (!closed.length && !more.length) break;
    }
    this.dress();
  }

  /** Whether the members that are here hold as many of the texts as the branch does. */
  private complete(more: HTMLElement, texts: readonly string[], fold: (text: string) => string): boolean {
    const many = (text: string): number => texts.reduce((sum, one) => sum + fold(text).split(one).length - 1, 0);
    const here = [...more.parentElement!.children].flatMap((one) => {
      const line = one.tagName === "DETAILS" ? one.firstElementChild : one;
      const node = line && nodeOf(line);
      return node ? [many(node.text()) + many(line.querySelector(".kws-key")?.textContent ?? "")] : [];
    });
    const whole = nodeOf(more.closest("details")!.firstElementChild!);
    return here.reduce((sum, one) => sum + one, 0) >= many(whole?.text() ?? "");
  }

  /** Whether everything that is there is open. */
  get expanded(): boolean {
    return this.content.querySelector("details:not([open]) > summary") === null;
  }

  /** Lines that can be seen. */
  private get lines(): HTMLElement[] {
    return [...this.content.querySelectorAll<HTMLElement>(LINES)].filter((line) => {
      const closed = line.closest("details:not([open])");
      return !closed || (line.parentElement === closed && !closed.parentElement?.closest("details:not([open])"));
    });
  }

  private lineAt(element: Element | null): HTMLElement | null {
    const line = element?.closest<HTMLElement>(LINES) ?? null;
    return line && this.content.contains(line) && nodeOf(line) ? line : null;
  }

  /** Once a frame, however many branches open. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.dress();
    });
  }

  /** One line has the keys, so that Tab passes the tree in one step. */
  private dress(): void {
    let first: HTMLElement | undefined;
    for (const line of this.content.querySelectorAll<HTMLElement>(LINES)) {
      if (!nodeOf(line)) continue;
      first ??= line;
      line.setAttribute("data-lm-suppress-shortcuts", SUPPRESS["data-lm-suppress-shortcuts"]);
      if (line !== this.roving) line.tabIndex = -1;
    }
    if (!this.roving?.isConnected) this.roving = first ?? null;
    if (this.roving) this.roving.tabIndex = 0;
    this.point(this.line?.isConnected ? this.line : null);
  }

  private rove(line: HTMLElement | null): void {
    if (!line || line === this.roving) return;
    if (this.roving) this.roving.tabIndex = -1;
    this.roving = line;
    line.tabIndex = 0;
  }

  /** Puts the buttons beside a line. */
  private point(line: HTMLElement | null): void {
    if (this.tools.contains(focused(this.tools)) && line !== this.line) return; // they are being used
    this.line = line;
    this.tools.hidden = line === null;
    const node = line && nodeOf(line);
    if (!node) return;
    for (const [one, can] of this.able) one.hidden = !can(node);
    this.tools.style.top = `${line.getBoundingClientRect().top - this.element.getBoundingClientRect().top}px`;
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const lines = this.lines;
    const here = this.tools.contains(event.target as Node) ? this.line : this.lineAt(event.target as Element);
    const at = here ? lines.indexOf(here) : -1;
    if (at < 0) return;
    const details = here!.tagName === "SUMMARY" ? (here!.parentElement as HTMLDetailsElement) : null;
    let to: HTMLElement | null | undefined;
    if (event.key === "ArrowDown") to = lines[at + 1] ?? here;
    else if (event.key === "ArrowUp") to = lines[at - 1] ?? here;
    else if (event.key === "Home") to = lines[0];
    else if (event.key === "End") to = lines.at(-1);
    else if (event.key === "ArrowRight") {
      to = details?.open ? (lines[at + 1] ?? here) : here;
      if (details && !details.open) void Promise.resolve(nodeOf(here!)?.open?.()).then(() => this.dress());
    } else if (event.key === "ArrowLeft") {
      const above = (details ?? here!).parentElement!.closest("details")?.querySelector<HTMLElement>("summary");
      to = details?.open ? here : (above ?? here);
      if (details) details.open = false;
    } else if (event.key === "*") void this.expand();
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (to) {
      this.rove(to);
      to.focus();
    }
  }
}
