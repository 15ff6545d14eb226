// Two messages compared: the time between them, and what differs in their payloads: JSON by path, text by line and character, bytes by offset.
// What must not live here: finding what differs (jsondiff, linediff, bytediff), or which two (the grid's selection).

import { byteChanges } from "./bytediff";
import { button, copyText, h, setText, SUPPRESS } from "./dom";
import { bytes, count, delta, visible } from "./format";
import { ascii } from "./hex";
import { type Json, jsonText, readJson } from "./json";
import { jsonChanges } from "./jsondiff";
import { atom, summary } from "./jsontree";
import { lineChanges, lineRuns, type Run } from "./linediff";
import { DETAIL_BYTES } from "./messages";
import { type Fetch, fetchPayload, textOf, type Whole } from "./store/payload";

/** Bytes of each payload that are compared, one page of them: more would hold the browser up. */
const MOST = DETAIL_BYTES;
const SHAPES = ["Paths", "Lines", "Bytes"] as const;
type Shape = (typeof SHAPES)[number];

interface Side extends Whole {
  text: string | undefined;
  json: Json | undefined;
}

export class Difference {
  readonly element: HTMLElement;
  private readonly facts = h("div", { class: "kws-facts" });
  private readonly shapes = h("div", { class: "kws-segments", role: "group", "aria-label": "Compare by" });
  private readonly note = h("span", { class: "kws-dim", role: "status" });
  private readonly tools = h("div", { class: "kws-tools" }, this.note);
  private readonly content = h("div", {
    class: "kws-content",
    tabindex: 0,
    role: "region",
    "aria-label": "Difference",
    ...SUPPRESS,
  });
  private wanted = "";
  private sides: [Side, Side] | null = null;
  private shape: Shape = "Paths";
  private plain = "";

  constructor(
    private readonly fetch: Fetch,
    private readonly go: (key: number) => void,
  ) {
    const copy = button("Copy", { title: "Copy the difference as text (c)" });
    copy.addEventListener("click", () => this.copy());
    this.tools.append(copy);
    this.element = h(
      "div",
      { class: "kws-message" },
      h("div", { class: "kws-detail-bar" }, this.facts, this.shapes, this.tools),
      this.content,
    );
  }

  clear(): void {
    this.wanted = "";
  }

  copy(): void {
    copyText(this.plain).then(
      () => setText(this.note, "copied"),
      (error: Error) => setText(this.note, error.message),
    );
  }

  async show(first: number, second: number): Promise<void> {
    const wanted = `${first} ${second}`;
    if (this.wanted === wanted) return;
    this.wanted = wanted;
    try {
      const sides = (await Promise.all(
        [first, second].map(async (key) => read(await fetchPayload(this.fetch, key, MOST))),
      )) as [Side, Side];
      if (this.wanted !== wanted) return; // others were chosen meanwhile
      this.sides = sides.sort((a, b) => a.answer.time - b.answer.time || a.answer.key - b.answer.key);
      this.paint();
    } catch (error) {
      if (this.wanted !== wanted) return;
      this.clear(); // chosen again, they are fetched again
      this.facts.replaceChildren(h("span", {}, `#${count(first)} and #${count(second)}`));
      this.shapes.replaceChildren();
      this.content.replaceChildren(h("p", { class: "kws-error" }, (error as Error).message));
    }
  }

  private paint(): void {
    const [a, b] = this.sides!;
    setText(this.note, "");
    const name = ({ answer }: Side): HTMLElement => {
      const one = button(
        `Go to #${count(answer.index)}`,
        { class: "kws-button kws-pair" },
        `#${count(answer.index)} ${answer.sent ? "↑" : "↓"} ${answer.kind} ${bytes(answer.size)}`,
      );
      one.addEventListener("click", () => this.go(answer.key));
      return one;
    };
    const result = h("span");
    this.facts.replaceChildren(
      h("span", { title: "Time between the two" }, delta(b.answer.time - a.answer.time)),
      name(a),
      h("span", {}, "→"),
      name(b),
      result,
    );
    const possible = SHAPES.filter((shape) =>
      shape === "Paths"
        ? a.json && b.json
        : shape === "Lines"
          ? a.text !== undefined && b.text !== undefined && a.answer.kind !== "binary"
          : true,
    );
    const current = possible.includes(this.shape) ? this.shape : possible[0]!;
    this.shapes.replaceChildren(
      ...possible.map((shape) => {
        const one = button(shape, { "aria-pressed": String(shape === current) });
        one.addEventListener("click", () => {
          this.shape = shape;
          this.paint();
          [...this.shapes.querySelectorAll("button")].find((each) => each.textContent === shape)?.focus();
        });
        return one;
      }),
    );
    const cut = !(a.complete && b.complete);
    const [words, body, plain] = this.compare(current, a, b);
    this.plain = plain;
    setText(result, words);
    this.content.replaceChildren(
      ...(a.masked || b.masked
        ? [h("p", { class: "kws-dim" }, "Secrets are masked: what differs in them is not shown.")]
        : []),
      ...(cut
        ? [h("p", { class: "kws-dim" }, `Only the first ${bytes(MOST)} of each are compared: the rest is for Python.`)]
        : []),
      body,
    );
  }

  private compare(shape: Shape, a: Side, b: Side): [words: string, body: HTMLElement, plain: string] {
    const parts =
      shape === "Paths"
        ? paths(a.json!, b.json!)
        : shape === "Lines"
          ? lines(laidOut(a), laidOut(b))
          : offsets(a.data, b.data);
    if (parts[0]) return parts;
    const same = a.data.length === b.data.length && a.data.every((value, at) => value === b.data[at]);
    const words = same
      ? "The payloads are equal."
      : shape === "Paths"
        ? "The values are equal; the texts differ in spaces or in the order of keys."
        : "Nothing differs.";
    return ["equal", h("p", { class: "kws-dim kws-none" }, words), words];
  }
}

function read(whole: Whole): Side {
  const { answer, data, complete } = whole;
  const text =
    answer.kind === "binary"
      ? undefined
      : complete
        ? textOf(data)
        : new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);
  return { ...whole, text, json: complete && text !== undefined ? readJson(text) : undefined };
}

/** JSON is compared by line as it is laid out: on one line there is little to see. */
const laidOut = ({ json, text }: Side): string => (json ? jsonText(json) : text!);

const runsOf = (runs: readonly Run[], tag: "del" | "ins"): (Node | string)[] =>
  runs.map(({ text, marked }) => (marked ? h(tag, {}, visible(text)) : visible(text)));

function value(one: Json | undefined): HTMLElement | string {
  if (!one) return "";
  return (one.type === "object" && one.entries.length) || (one.type === "array" && one.items.length)
    ? summary(one)
    : atom(one);
}

function paths(before: Json, after: Json): [string, HTMLElement, string] {
  const { changes, total } = jsonChanges(before, after);
  const plain: string[] = [];
  const rows = changes.map(({ path, before: a, after: b }) => {
    const kind = !a ? "added" : !b ? "removed" : "changed";
    const [old, fresh] = [h("td", {}, value(a)), h("td", {}, value(b))];
    if (a?.type === "string" && b?.type === "string") {
      const [gone, come] = lineRuns(JSON.stringify(a.value), JSON.stringify(b.value));
      old.replaceChildren(...runsOf(gone, "del"));
      fresh.replaceChildren(...runsOf(come, "ins"));
    }
    plain.push(
      `${kind} ${path}: ${[old, fresh]
        .map((cell) => cell.textContent)
        .filter(Boolean)
        .join(" → ")}`,
    );
    return h("tr", { class: `kws-${kind}` }, h("td", {}, kind), h("th", { scope: "row" }, visible(path)), old, fresh);
  });
  if (total > changes.length)
    rows.push(h("tr", {}, h("td", { colspan: 4, class: "kws-dim" }, `… and ${count(total - changes.length)} more`)));
  const head = h(
    "tr",
    {},
    ...["", "Path", "Before", "After"].map((name) =>
      h("th", { scope: "col" }, name || h("span", { class: "kws-offscreen" }, "Change")),
    ),
  );
  return [
    total ? `${count(total)} ${total === 1 ? "path differs" : "paths differ"}` : "",
    h("table", { class: "kws-diff kws-paths" }, h("thead", {}, head), h("tbody", {}, ...rows)),
    plain.join("\n"),
  ];
}

const SIGNS = { same: " ", removed: "−", added: "+" } as const;

function lines(before: string, after: string): [string, HTMLElement, string] {
  const { lines: found, total, exact } = lineChanges(before, after);
  const plain: string[] = [];
  const rows = found.map(({ kind, number, runs, left }) => {
    if (left)
      return h(
        "tr",
        {},
        h("td"),
        h("td"),
        h("td", { class: "kws-dim" }, `${count(left)} equal ${left === 1 ? "line" : "lines"}`),
      );
    plain.push(`${SIGNS[kind]} ${runs.map(({ text }) => text).join("")}`);
    return h(
      "tr",
      { class: `kws-${kind}` },
      h("td", {}, count(number)),
      h("td", {}, SIGNS[kind]),
      h("td", {}, ...runsOf(runs, kind === "removed" ? "del" : "ins")),
    );
  });
  const words = total
    ? `${count(total)} ${total === 1 ? "line differs" : "lines differ"}${exact ? "" : ", too many to be aligned"}`
    : "";
  return [words, h("table", { class: "kws-diff kws-lines" }, h("tbody", {}, ...rows)), plain.join("\n")];
}

function offsets(before: Uint8Array, after: Uint8Array): [string, HTMLElement, string] {
  const { rows, total } = byteChanges(before, after);
  const plain: string[] = [];
  const side = (data: Uint8Array, marks: readonly boolean[], tag: "del" | "ins"): HTMLElement => {
    const cell = h("td");
    marks.forEach((marked, at) => {
      const text = data[at]?.toString(16).padStart(2, "0") ?? "  ";
      cell.append(marked && text.trim() ? h(tag, {}, text) : text, " ");
    });
    return cell;
  };
  const body = rows.flatMap(({ offset, before: a, after: b, marks }) => {
    const address = offset.toString(16).padStart(8, "0");
    const [old, fresh] = [side(a, marks, "del"), side(b, marks, "ins")];
    plain.push(`${address} − ${old.textContent} ${ascii(a)}`, `${address} + ${fresh.textContent} ${ascii(b)}`);
    return [
      h("tr", { class: "kws-removed" }, h("td", {}, address), h("td", {}, "−"), old, h("td", {}, ascii(a))),
      h("tr", { class: "kws-added" }, h("td"), h("td", {}, "+"), fresh, h("td", {}, ascii(b))),
    ];
  });
  const shown = rows.reduce((sum, { marks }) => sum + marks.filter(Boolean).length, 0);
  if (shown < total)
    body.push(h("tr", {}, h("td"), h("td"), h("td", { class: "kws-dim" }, `… and ${count(total - shown)} more bytes`)));
  return [
    total ? `${count(total)} ${total === 1 ? "byte differs" : "bytes differ"}` : "",
    h("table", { class: "kws-diff kws-lines kws-bytes" }, h("tbody", {}, ...body)),
    plain.join("\n"),
  ];
}
