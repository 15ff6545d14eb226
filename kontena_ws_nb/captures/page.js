// The script of a shared page (page.py): paints the rows of the data block, filters them, and shows one. Asks nobody.
"use strict";
(() => {
  const { names, rows } = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const [space, view, filter, count, detail] = ["space", "rows", "filter", "count", "detail"].map(byId);
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

  // A row: [index, time, session, sent, kind, size, text or base64, is it base64, label, is a part missing]
  const bytes = (row) => Uint8Array.from(atob(row[6]), (one) => one.charCodeAt(0));
  const text = (row) => (row[7] ? Array.from(bytes(row), (one) => String.fromCharCode(one)).join("") : row[6]);
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

  // ---- filter: words, "quoted words", /patterns/, dir: kind: size: session:, and - in front for "not"
  const SIZE = /^size:(<=|>=|<|>|=)?(\d+(?:\.\d+)?)(k|m)?b?$/i;
  function condition(word) {
    const size = SIZE.exec(word);
    if (size) {
      const limit = Number(size[2]) * ({ k: 1024, m: 1048576 }[(size[3] ?? "").toLowerCase()] ?? 1);
      const is = { "<": (a) => a < limit, ">": (a) => a > limit, "<=": (a) => a <= limit, ">=": (a) => a >= limit };
      const holds = is[size[1]] ?? ((a) => a === limit);
      return (row) => holds(row[5]);
    }
    const named = /^(dir|kind|session):(.+)$/i.exec(word);
    if (named) {
      const [key, wanted] = [named[1].toLowerCase(), named[2].toLowerCase().split(",")];
      if (key === "dir") return (row) => !LIFECYCLE.has(row[4]) && wanted.includes(row[3] ? "sent" : "received");
      if (key === "kind") return (row) => wanted.includes(row[4]);
      return (row) => wanted.includes(names[row[2]].toLowerCase());
    }
    const pattern = /^\/(.+)\/([a-z]*)$/i.exec(word);
    if (pattern) {
      const search = new RegExp(pattern[1], pattern[2].replace(/[gy]/g, ""));
      return (row) => search.test(text(row)) || search.test(row[8]);
    }
    const plain = word.replace(/^"(.*)"$/, "$1").toLowerCase();
    return (row) => text(row).toLowerCase().includes(plain) || row[8].toLowerCase().includes(plain);
  }
  function parse(query) {
    const words = query.match(/-?(?:\/(?:\\.|[^/\\])+\/[a-z]*|"[^"]*"|\S+)/gi) ?? [];
    return words.map((word) => {
      const not = word.length > 1 && word[0] === "-";
      const holds = condition(not ? word.slice(1) : word);
      return not ? (row) => !holds(row) : holds;
    });
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
  function line(at) {
    const row = rows[hits[at]];
    const life = LIFECYCLE.has(row[4]);
    const made = element("div", "", `row${life ? " life" : ""}${row[4] === "error" ? " error" : ""}`);
    made.setAttribute("role", "option");
    made.setAttribute("aria-selected", String(hits[at] === selected));
    made.id = `row-${hits[at]}`;
    made.style.top = `${at * HEIGHT}px`;
    const cells = [
      [number.format(row[0]), "number"],
      [row[1].slice(0, 26).replace("T", " ")],
      [life ? "" : row[3] ? "↑ sent" : "↓ received"],
      [row[4] + (row[9] ? " (part)" : "")],
      [life ? "" : number.format(row[5]), "number"],
      [preview(row)],
    ];
    if (names.length > 1) cells.unshift([visible(names[row[2]])]);
    for (const [content, kind] of cells) made.append(element("span", content, kind));
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
  function search() {
    let conditions;
    try {
      conditions = parse(filter.value);
      filter.setAttribute("aria-invalid", "false");
    } catch {
      filter.setAttribute("aria-invalid", "true"); // a pattern that is none, or not yet
      return;
    }
    hits = [];
    for (let at = 0; at < rows.length; at++) if (conditions.every((holds) => holds(rows[at]))) hits.push(at);
    space.style.height = `${hits.length * HEIGHT}px`;
    count.textContent = `${number.format(hits.length)} of ${number.format(rows.length)}`;
    paint();
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
  function json(content) {
    try {
      return JSON.stringify(JSON.parse(content), null, 2);
    } catch {
      return null;
    }
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
    detail.replaceChildren(head, ...(row[8] ? [element("div", visible(row[8]), "dim")] : []), element("pre", forms[chosen]()));
  }

  view.addEventListener("scroll", paint);
  window.addEventListener("resize", paint);
  filter.addEventListener("input", search);
  view.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    select(Math.min(hits.length - 1, Math.max(0, hits.indexOf(selected) + step)));
  });
  document.body.classList.toggle("several", names.length > 1);
  search();
})();
