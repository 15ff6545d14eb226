// The script of a shared page (page.py): paints the rows of the data block, filters them, and shows one. Asks nobody.
(() => {
  const data = document.getElementById("data").textContent;
  const { names, tables, rows } = JSON.parse(data);
  const byId = (id) => document.getElementById(id);
  const [space, view, filter, count, detail, wrong] = ["space", "rows", "filter", "count", "detail", "wrong"].map(byId);
  const HEIGHT = 22;
  const LIFECYCLE = new Set(["open", "error", "reconnect"]);
  const SHOWN = 400;
  // Characters that are invisible, reorder text, or control something.
  const HIDDEN =
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
  const visible = (text, lines) =>
    text.replace(HIDDEN, (one) =>
      lines && (one === "\n" || one === "\t") ? one : `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  const number = new Intl.NumberFormat("en");

  // A row: [index, time, session, sent, kind, size, text or base64, is it base64, label, is a part missing,
  // note of its bookmark, connection - 1, decoder, decoded value as JSON]; what is nothing at the end is left out
  const bytes = (row) => Uint8Array.from(atob(row[6]), (one) => one.charCodeAt(0));
  const preview = (row) => {
    if (row[8]) return visible(row[8].slice(0, SHOWN));
    if (row[4] === "close") return close(bytes(row));
    if (!row[7]) return visible(row[6].slice(0, SHOWN));
    return hex(bytes({ 6: row[6].slice(0, 64) }));
  };
  const hex = (data) => Array.from(data, (one) => one.toString(16).padStart(2, "0")).join(" ");
  const close = (data) =>
    data.length < 2
      ? "1005 no code"
      : `${(data[0] << 8) | data[1]} ${visible(new TextDecoder().decode(data.subarray(2)))}`.trim();

  // ---- filter: in a worker, because nothing else can end a pattern that tries too many ways
  const PATIENCE = 3000; // milliseconds for one row
  let last = "";
  for (const row of rows) if (row[1] > last) last = row[1];
  last ||= "1970-01-01T00:00:00.000000000Z";
  const parse = filterOf(tables, names, last);
  // Runs in the worker: rows come once, as text; then queries, each of which ends the one before.
  function work(last) {
    let [rows, matches, current] = [[], null, 0];
    self.onmessage = ({ data: { data, query, id } }) => {
      if (data) {
        const read = JSON.parse(data);
        rows = read.rows;
        matches = filterOf(read.tables, read.names, last);
        self.postMessage({ ready: true });
        return;
      }
      current = id;
      const holds = matches(query);
      let at = 0;
      const slice = () => {
        if (id !== current) return;
        const [found, until] = [[], performance.now() + 50];
        for (; at < rows.length && performance.now() < until; at++) if (holds(rows[at])) found.push(at);
        self.postMessage({ id, found, at });
        if (at < rows.length) setTimeout(slice, 0);
      };
      slice();
    };
  }
  let worker = null;
  let [ready, query, asked, found, seen, timer] = [false, "", 0, [], 0, 0];
  function start() {
    const source = `"use strict";const filterOf=${filterOf};(${work})(${JSON.stringify(last)})`;
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    worker = new Worker(address);
    URL.revokeObjectURL(address);
    ready = false;
    worker.onmessage = ({ data }) => told(data);
    worker.onerror = (event) => complain(`this browser cannot filter here: ${event.message ?? "no worker"}`);
    worker.postMessage({ data });
  }
  function ask() {
    worker.postMessage({ query, id: asked });
    wait();
  }
  function wait() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      worker.terminate();
      worker = null;
      complain(
        `the filter was stopped at row ${number.format(rows[seen]?.[0] ?? 0)}: its pattern tries too many ways to match. Avoid a repeat inside a repeat, as in (a+)+`,
      );
    }, PATIENCE);
  }
  function told({ ready: begun, id, found: more, at }) {
    if (begun) {
      ready = true;
      if (asked) ask();
    }
    if (id !== asked || begun) return;
    for (const one of more) found.push(one);
    seen = at;
    if (at < rows.length) {
      count.textContent = `${number.format(found.length)} in the first ${number.format(at)} …`;
      wait();
      return;
    }
    clearTimeout(timer);
    display(found);
  }
  // The last good result stays.
  function complain(message) {
    filter.setAttribute("aria-invalid", "true");
    wrong.textContent = visible(message);
    clearTimeout(timer);
    asked++;
    counted();
  }

  // ---- table
  let hits = rows.map((_, at) => at);
  let selected = -1;
  let form = ""; // what the reader chose last
  function element(name, content, kind) {
    const made = document.createElement(name);
    made.textContent = content;
    if (kind) made.className = kind;
    return made;
  }
  const noted = (row) => typeof row[10] === "string";
  function line(at) {
    const row = rows[hits[at]];
    const life = LIFECYCLE.has(row[4]);
    const made = element("div", "", `row${life ? " life" : ""}${row[4] === "error" ? " error" : ""}`);
    made.setAttribute("role", "option");
    made.setAttribute("aria-selected", String(hits[at] === selected));
    made.id = `row-${hits[at]}`;
    made.style.top = `${at * HEIGHT}px`;
    const cells = [
      [`${noted(row) ? "★ " : ""}${number.format(row[0])}`, "number"],
      [row[1].slice(0, 26).replace("T", " ")],
      [life ? "" : row[3] ? "↑ sent" : "↓ received"],
      [row[4] + (row[9] ? " (part)" : "")],
      [life ? "" : number.format(row[5]), "number"],
      [preview(row)],
    ];
    if (names.length > 1) cells.unshift([visible(names[row[2]])]);
    for (const [content, kind] of cells) made.append(element("span", content, kind));
    if (noted(row)) made.title = visible(row[10] || "bookmarked");
    made.addEventListener("click", () => select(at));
    return made;
  }
  function paint() {
    const first = Math.max(0, Math.floor(view.scrollTop / HEIGHT) - 10);
    const last = Math.min(hits.length, Math.ceil((view.scrollTop + view.clientHeight) / HEIGHT) + 10);
    const lines = [];
    for (let at = first; at < last; at++) lines.push(line(at));
    space.replaceChildren(...lines);
  }
  function counted() {
    count.textContent = `${number.format(hits.length)} of ${number.format(rows.length)}`;
  }
  function display(wanted) {
    hits = wanted;
    space.style.height = `${hits.length * HEIGHT}px`;
    counted();
    paint();
  }
  function search() {
    asked++;
    query = filter.value;
    try {
      parse(query);
    } catch (error) {
      complain(error.message);
      return;
    }
    filter.setAttribute("aria-invalid", "false");
    wrong.textContent = "";
    clearTimeout(timer);
    if (!query.trim()) {
      display(rows.map((_, at) => at));
      return;
    }
    count.textContent = "searching …";
    [found, seen] = [[], 0];
    if (!worker) start();
    else if (ready) ask();
  }
  function select(at) {
    if (at < 0 || at >= hits.length) return;
    selected = hits[at];
    view.setAttribute("aria-activedescendant", `row-${selected}`);
    const top = at * HEIGHT;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + HEIGHT > view.scrollTop + view.clientHeight) view.scrollTop = top + HEIGHT - view.clientHeight;
    paint();
    show();
  }

  // ---- detail
  // Indented token by token: numbers stay as they are spelled, and a key that is there twice is shown twice.
  function json(content) {
    try {
      JSON.parse(content);
    } catch {
      return null;
    }
    let [made, depth, opened] = ["", 0, false];
    const line = () => `\n${"  ".repeat(depth)}`;
    for (const [token] of content.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g)) {
      const closes = token === "}" || token === "]";
      if (closes) depth--;
      if (opened !== closes) made += line();
      opened = token === "{" || token === "[";
      if (opened) depth++;
      if (token === ",") made += `,${line()}`;
      else if (token === ":") made += ": ";
      else made += token[0] === '"' ? JSON.stringify(JSON.parse(token)) : token;
    }
    return made;
  }
  function dump(data) {
    const lines = [];
    for (let at = 0; at < Math.min(data.length, 65536); at += 16) {
      const part = data.subarray(at, at + 16);
      const shown = Array.from(part, (one) => (one >= 32 && one < 127 ? String.fromCharCode(one) : "·")).join("");
      lines.push(`${at.toString(16).padStart(8, "0")}  ${hex(part).padEnd(47)}  ${shown}`);
    }
    return lines.join("\n");
  }
  function show() {
    const row = rows[selected];
    const forms = { hex: () => dump(row[7] ? bytes(row) : new TextEncoder().encode(row[6])) };
    const pretty = row[7] ? null : json(row[6]);
    if (pretty !== null) forms.json = () => visible(pretty, true);
    if (row[4] === "close") forms.text = () => close(bytes(row));
    else if (!row[7]) forms.text = () => visible(row[6], true);
    const chosen = forms[form] ? form : pretty !== null ? "json" : forms.text ? "text" : "hex";
    const buttons = Object.keys(forms)
      .sort()
      .map((name) => {
        const made = element("button", name);
        made.setAttribute("aria-pressed", String(name === chosen));
        made.addEventListener("click", () => {
          form = name;
          show();
        });
        return made;
      });
    const note = row[9] ? " · a part of it is missing" : "";
    const head = element("div", `${names[row[2]]} #${number.format(row[0])} · ${number.format(row[5])} bytes${note} `);
    head.append(...buttons);
    const mark = noted(row) ? [element("div", `★ ${visible(row[10] || "bookmarked")}`)] : [];
    detail.replaceChildren(
      head,
      ...mark,
      ...(row[8] ? [element("div", visible(row[8]), "dim")] : []),
      element("pre", forms[chosen]()),
    );
  }

  view.addEventListener("scroll", paint);
  window.addEventListener("resize", paint);
  filter.addEventListener("input", search);
  byId("help").addEventListener("click", () => {
    const shown = byId("forms").toggleAttribute("hidden");
    byId("help").setAttribute("aria-expanded", String(!shown));
  });
  view.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    select(Math.min(hits.length - 1, Math.max(0, hits.indexOf(selected) + step)));
  });
  document.body.classList.toggle("several", names.length > 1);
  search();
})();
