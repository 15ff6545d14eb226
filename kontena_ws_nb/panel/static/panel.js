// src/dom.ts
function h(tag, attrs = {}, ...kids) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attrs)) {
    if (key === "class") element.className = String(value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false) element.setAttribute(key, String(value));
  }
  element.append(...kids);
  return element;
}
var SVG = "http://www.w3.org/2000/svg";
function svg(tag, attrs = {}, ...kids) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attrs)) element.setAttribute(key, String(value));
  element.append(...kids);
  return element;
}
var ICONS = {
  lock: "M5 7V5a3 3 0 0 1 6 0v2h1v6H4V7zm1.5 0h3V5a1.5 1.5 0 0 0-3 0z",
  unlock: "M5 7V4.5a3 3 0 0 1 5.8-1l-1.4.6A1.5 1.5 0 0 0 6.5 4.500V7H12v6H4V7z",
  search: "M7 2.500a4.5 4.5 0 0 1 3.6 7.200l3 3-1 1-3-3A4.5 4.5 0 1 1 7 2.500zm0 1.400a3.1 3.1 0 1 0 0 6.2 3.1 3.1 0 0 0 0-6.200z",
  close: "M4 5l1-1 3 3 3-3 1 1-3 3 3 3-1 1-3-3-3 3-1-1 3-3z",
  freeze: "M5 3.500h2v9H5zm4 0h2v9H9z",
  follow: "M7.3 2.500h1.400v6.200l2.3-2.3 1 1-4 4-4-4 1-1 2.3 2.300zM4 12.100h8v1.400H4z",
  clear: "M8 2.200a5.8 5.8 0 1 1 0 11.600A5.8 5.8 0 0 1 8 2.200zm0 1.400a4.4 4.4 0 0 0-3.4 7.200l6.2-6.200A4.4 4.4 0 0 0 8 3.600zm3.4 1.600l-6.2 6.200a4.4 4.4 0 0 0 6.2-6.200z",
  chevron: "M4 6l1-1 3 3 3-3 1 1-4 4z",
  export: "M8 10.200L4.600 6.800l1-1 1.700 1.700V2.500h1.400v5l1.700-1.700 1 1zM3 11h1.400v1.600h7.200V11H13v3H3z",
  copy: "M5.5 2.500h7v8h-2v3h-7v-9h2zm1.3 2H10.500v4.700h.7V3.800H6.800zM4.8 5.800v6.400h4.400V5.800z"
};
function icon(name) {
  return svg("svg", { viewBox: "0 0 16 16", class: "kws-icon", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}
var SUPPRESS = { "data-lm-suppress-shortcuts": "true" };
function button(label, attrs = {}, ...kids) {
  return h("button", { type: "button", class: "kws-button", ...SUPPRESS, ...attrs, "aria-label": label, title: attrs.title ?? label }, ...kids.length ? kids : [label]);
}
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
function setAttr(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { class: "kws-offscreen", ...SUPPRESS });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("the browser refused the clipboard");
  }
}

// src/format.ts
var grouped = new Intl.NumberFormat("en-US");
var count = (value) => grouped.format(value);
function bytes(value) {
  if (value < 1e3) return `${value} B`;
  for (const unit of ["kB", "MB", "GB"]) {
    value /= 1e3;
    if (value < 999.5 || unit === "GB") return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
  }
  return "";
}
function rate(value) {
  if (value === 0) return "0/s";
  if (value < 10) return `${value.toFixed(1)}/s`;
  if (value < 1e3) return `${Math.round(value)}/s`;
  return `${(value / 1e3).toFixed(value < 99500 ? 1 : 0)} k/s`;
}
function millis(seconds) {
  const ms = seconds * 1e3;
  if (ms < 0.095) return `${Math.round(ms * 1e3)} µs`;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return `${seconds.toFixed(2)} s`;
}
var two = (value) => String(value).padStart(2, "0");
function clock(us) {
  const date = new Date(us / 1e3);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
function fullTime(us) {
  const date = new Date(us / 1e3);
  const micro = String(Math.floor(us % 1e6)).padStart(6, "0");
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? "−" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${micro} ${zone}`;
}
function delta(us) {
  const sign = us < 0 ? "−" : "+";
  const abs = Math.abs(us);
  if (abs < 1e3) return `${sign}${Math.round(abs)} µs`;
  if (abs < 9950) return `${sign}${(abs / 1e3).toFixed(1)} ms`;
  if (abs < 999500) return `${sign}${Math.round(abs / 1e3)} ms`;
  if (abs < 995e5) return `${sign}${(abs / 1e6).toFixed(abs < 995e4 ? 2 : 1)} s`;
  return `${sign}${span(abs / 1e6)}`;
}
function span(seconds) {
  if (seconds < 60) return `${seconds < 9.95 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} m`;
  return `${Math.floor(whole / 86400)} d ${Math.floor(whole % 86400 / 3600)} h`;
}
var UNSAFE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\p{Cs}]/gu;
var visible = (text) => text.replace(UNSAFE, (char) => {
  const code = char.charCodeAt(0);
  return code < 32 ? String.fromCharCode(9216 + code) : code === 127 ? "␡" : `\\u${code.toString(16).padStart(4, "0")}`;
});

// src/hex.ts
var DUMP_LINES = 4096;
var hex2 = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));
function hexDump(data, base = 0) {
  const lines = [];
  for (let at = 0; at < data.length && lines.length < DUMP_LINES; at += 16) {
    const part = data.subarray(at, at + 16);
    let hex = "";
    let text = "";
    for (let i = 0; i < 16; i++) {
      if (i === 8) hex += " ";
      const value = part[i];
      hex += value === void 0 ? "   " : `${hex2[value]} `;
      if (value !== void 0) text += value >= 32 && value < 127 ? String.fromCharCode(value) : "·";
    }
    lines.push(`${(base + at).toString(16).padStart(8, "0")}  ${hex} ${text}`);
  }
  if (data.length > DUMP_LINES * 16) lines.push(`… ${data.length - DUMP_LINES * 16} more bytes of this page`);
  return lines.join("\n");
}
var toHex = (data) => Array.from(data, (value) => hex2[value]).join(" ");
function toBase64(data) {
  let text = "";
  for (let at = 0; at < data.length; at += 24576) text += btoa(String.fromCharCode(...data.subarray(at, at + 24576)));
  return text;
}
function fromHex(text) {
  const digits = text.replace(/0x|[\s,:;-]/gi, "");
  const bad = /[^0-9a-f]/i.exec(digits);
  if (bad) return `“${bad[0]}” is not a hex digit`;
  if (digits.length % 2) return "a hex digit is missing: bytes have two";
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}
function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text.replace(/\s/g, "").replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  } catch {
    return "not base64";
  }
}

// src/json.ts
var SPACE = /[ \t\n\r]*/y;
var NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
var LITERAL = /true|false|null/y;
var STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
var BEGUN_STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
function parseJson(text) {
  let at = 0;
  const skip = () => {
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
  };
  const take = (pattern) => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return void 0;
    const found = text.slice(at, pattern.lastIndex);
    at = pattern.lastIndex;
    return found;
  };
  const wrong = (expected) => ({ type: "mistake", at, message: at >= text.length ? `ends where ${expected} is expected` : `${expected} is expected` });
  const broken = () => {
    take(BEGUN_STRING);
    return { type: "mistake", at, message: at >= text.length ? "the string does not end" : text[at] === "\\" ? "JSON has no such escape" : "a control character in a string must be escaped" };
  };
  const key = () => {
    skip();
    const found = take(STRING);
    if (found === void 0) return text[at] === '"' ? broken() : wrong("a key in double quotes");
    skip();
    if (text[at] !== ":") return wrong("a colon");
    at += 1;
    return JSON.parse(found);
  };
  const open = [];
  for (; ; ) {
    skip();
    let value;
    const char = text[at];
    if (char === "{" || char === "[") {
      at += 1;
      const node2 = char === "{" ? { type: "object", entries: [] } : { type: "array", items: [] };
      skip();
      if (text[at] === (char === "{" ? "}" : "]")) {
        at += 1;
        value = node2;
      } else {
        const name = char === "{" ? key() : "";
        if (typeof name !== "string") return name;
        open.push({ node: node2, key: name });
        continue;
      }
    } else if (char === '"') {
      const found = take(STRING);
      if (found === void 0) return broken();
      value = { type: "string", value: JSON.parse(found) };
    } else {
      const number = take(NUMBER);
      const literal = number ?? take(LITERAL);
      if (literal === void 0) return wrong("a value");
      value = { type: number === void 0 ? "literal" : "number", text: literal };
    }
    for (; ; ) {
      const parent = open.at(-1);
      skip();
      if (!parent) return at === text.length ? value : wrong("the end");
      const object = parent.node.type === "object";
      if (parent.node.type === "object") parent.node.entries.push([parent.key, value]);
      else parent.node.items.push(value);
      if (text[at] === ",") {
        at += 1;
        if (object) {
          const name = key();
          if (typeof name !== "string") return name;
          parent.key = name;
        }
        break;
      }
      if (text[at] !== (object ? "}" : "]")) return wrong(object ? "a comma or the end of the object" : "a comma or the end of the array");
      at += 1;
      open.pop();
      value = parent.node;
    }
  }
}
function readJson(text) {
  const value = parseJson(text);
  return value.type === "mistake" ? void 0 : value;
}
function childrenOf(value) {
  return value.type === "object" ? value.entries : value.type === "array" ? value.items.map((item) => [void 0, item]) : [];
}
function atomText(value) {
  if (value.type === "string") return JSON.stringify(value.value);
  return value.type === "object" ? "{}" : value.type === "array" ? "[]" : value.text;
}
var MAX_INDENT = 50;
function jsonText(value) {
  const out = [];
  const todo = [[value, 0]];
  while (todo.length) {
    const next = todo.pop();
    if (typeof next === "string") {
      out.push(next);
      continue;
    }
    const [item, depth] = next;
    const children2 = childrenOf(item);
    if (!children2.length) {
      out.push(atomText(item));
      continue;
    }
    const object = item.type === "object";
    const line = (deep) => `
${"  ".repeat(Math.min(deep, MAX_INDENT))}`;
    out.push(object ? "{" : "[");
    todo.push(`${line(depth)}${object ? "}" : "]"}`);
    for (let at = children2.length - 1; at >= 0; at--) {
      const [name, one] = children2[at];
      todo.push([one, depth + 1], `${at ? "," : ""}${line(depth + 1)}${name === void 0 ? "" : `${JSON.stringify(name)}: `}`);
    }
  }
  return out.join("");
}

// src/draft.ts
var MODES = ["Text", "JSON", "Hex", "Base64", "File"];
var GLANCE = 1e5;
function readDraft(mode, text) {
  if (mode === "Text") return { kind: "text", text };
  if (mode === "JSON") {
    const value = parseJson(text);
    return value.type === "mistake" ? { message: `line ${place(text, value.at)}: ${value.message}`, at: value.at } : { kind: "text", text };
  }
  const data = mode === "Hex" ? fromHex(text) : fromBase64(text);
  return typeof data === "string" ? { message: data } : { kind: "binary", data };
}
function place(text, at) {
  const before = text.slice(0, at).split("\n");
  return `${before.length}, column ${before.at(-1).length + 1}`;
}
function describe(payload, mode) {
  if (payload.kind === "binary") return `binary, ${bytes(payload.data.length)}`;
  const size2 = bytes(new TextEncoder().encode(payload.text).length);
  const json = mode === "JSON" || payload.text.length < GLANCE && /^\s*[[{]/.test(payload.text) && readJson(payload.text);
  return json ? `✓ valid JSON, ${size2}` : size2;
}
function fileText(data) {
  try {
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data) };
  } catch {
    return { message: "the file is not UTF-8: a text message must be (RFC 6455 section 5.6); send it as binary" };
  }
}

// src/store/snippets.ts
var KEY = "kontena-ws-nb:snippets";
var MOST = 50;
var LONGEST = 2e4;
var isSnippet = (value) => {
  const { text, mode } = value ?? {};
  return typeof text === "string" && MODES.some((one) => one === mode) && mode !== "File";
};
function saved() {
  try {
    const value = JSON.parse(window.localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter(isSnippet).slice(0, MOST) : [];
  } catch {
    return [];
  }
}
var isSaved = (list2, { text, mode }) => list2.some((one) => one.text === text && one.mode === mode);
function flip(snippet) {
  const before = saved();
  const rest = before.filter((one) => one.text !== snippet.text || one.mode !== snippet.mode);
  if (rest.length === before.length) {
    if (snippet.text.length > LONGEST) throw new Error(`only messages up to ${LONGEST.toLocaleString("en-US")} characters can be saved`);
    rest.unshift(snippet);
  }
  const list2 = rest.slice(0, MOST);
  try {
    window.localStorage.setItem(KEY, JSON.stringify(list2));
  } catch (error) {
    throw new Error(`the browser did not save it: ${error.message}`);
  }
  return list2;
}

// src/composer.ts
var HISTORY = 100;
var FILE_LIMIT = 8e6;
var mac = /Mac|iPhone|iPad/.test(navigator.platform);
var Composer = class {
  constructor(owner) {
    this.owner = owner;
    this.text = h("textarea", { class: "kws-input kws-text", rows: 1, spellcheck: "false", "aria-label": "Message to send", ...SUPPRESS });
    this.mode = h("select", { class: "kws-input kws-mode", "aria-label": "Format", ...SUPPRESS }, ...MODES.map((mode) => h("option", { value: mode }, mode)));
    this.go = button("Send", { class: "kws-button kws-primary kws-send", title: `Send (${mac ? "⌘" : "Ctrl+"}Enter)` });
    this.go.addEventListener("click", () => void this.send());
    this.mode.addEventListener("change", () => this.changed());
    this.mode.addEventListener("keydown", (event) => event.stopPropagation());
    this.file.addEventListener("change", () => void this.readFile());
    this.asText.addEventListener("change", () => this.changed());
    this.star.addEventListener("click", () => this.save());
    this.list.addEventListener("change", () => {
      const one = this.snippets[this.list.selectedIndex - 1];
      if (one) this.fill(one.text, one.mode);
      this.list.selectedIndex = 0;
    });
    this.list.addEventListener("focus", () => this.stored());
    this.list.addEventListener("keydown", (event) => event.stopPropagation());
    this.text.addEventListener("input", () => {
      this.place = this.history.length;
      this.changed();
    });
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.element = h(
      "div",
      { class: "kws-composer" },
      this.text,
      this.fileLine,
      h("div", { class: "kws-compose-line" }, this.mode, this.star, this.list, this.check, this.result, h("span", { class: "kws-dim kws-hint" }, `${mac ? "⌘" : "Ctrl+"}Enter sends · ↑ history`), this.go)
    );
    this.stored();
    this.changed();
  }
  owner;
  element;
  text;
  mode;
  check = h("span", { class: "kws-check" });
  result = h("span", { class: "kws-result", role: "status" });
  go;
  file = h("input", { class: "kws-file", type: "file", "aria-label": "File to send", ...SUPPRESS });
  asText = h("input", { type: "checkbox", ...SUPPRESS });
  fileLine = h("div", { class: "kws-file-line", hidden: true }, this.file, h("label", {}, this.asText, " as text"));
  star = button("Save this message", { class: "kws-button kws-star", "aria-pressed": "false", title: "Keep this message in this browser; again to forget it" }, "☆");
  list = h("select", { class: "kws-input kws-saved", "aria-label": "Saved messages", hidden: true, ...SUPPRESS });
  content = { message: "choose a file" };
  snippets = [];
  history = [];
  place = 0;
  draft = "";
  writable = false;
  sending = false;
  tick(session) {
    this.element.hidden = session.state === "log";
    this.writable = session.writable;
    this.text.placeholder = session.writable ? "Message to send" : session.state === "connecting" ? "connecting…" : `The connection is ${session.state}`;
    this.text.disabled = !session.writable && session.state === "closed";
    this.enable();
  }
  gone() {
    this.writable = false;
    this.text.placeholder = "";
    this.enable();
  }
  /** Puts a message here, to be edited and sent. */
  fill(text, mode) {
    this.text.value = text;
    this.mode.value = mode;
    this.changed();
    this.text.focus();
  }
  get chosen() {
    return this.mode.value;
  }
  /** What would be sent, or why not. */
  read() {
    const mode = this.chosen;
    if (mode !== "File") return readDraft(mode, this.text.value);
    if ("message" in this.content) return this.content;
    return this.asText.checked ? fileText(this.content) : { kind: "binary", data: this.content.slice() };
  }
  async readFile() {
    const file = this.file.files?.[0];
    this.content = { message: file ? "reading…" : "choose a file" };
    if (file && file.size > FILE_LIMIT) this.content = { message: `the file has ${bytes(file.size)}; the panel sends up to ${bytes(FILE_LIMIT)}: send it from Python` };
    else if (file) {
      this.changed();
      let content;
      try {
        content = new Uint8Array(await file.arrayBuffer());
      } catch (error) {
        content = { message: `the file cannot be read: ${error.message}` };
      }
      if (this.file.files?.[0] !== file) return;
      this.content = content;
    }
    this.changed();
  }
  save() {
    try {
      flip({ text: this.text.value, mode: this.chosen });
    } catch (error) {
      setAttr(this.result, "data-bad", "true");
      setText(this.result, error.message);
    }
    this.stored();
    this.changed();
  }
  stored() {
    this.snippets = saved();
    this.list.hidden = this.snippets.length === 0;
    this.list.replaceChildren(h("option", {}, `★ saved (${this.snippets.length})`), ...this.snippets.map(({ text, mode }) => h("option", {}, `${mode}: ${visible(text.slice(0, 60))}`)));
  }
  changed() {
    const file = this.chosen === "File";
    this.text.hidden = file;
    this.fileLine.hidden = !file;
    this.text.rows = Math.max(1, Math.min(8, this.text.value.split("\n").length));
    const payload = this.read();
    const empty = !file && this.text.value === "";
    const problem = "message" in payload;
    setText(this.check, empty ? "" : problem ? payload.message : describe(payload, this.chosen));
    setAttr(this.check, "data-bad", String(problem && !empty));
    setAttr(this.text, "aria-invalid", String(problem && !empty));
    const kept = isSaved(this.snippets, { text: this.text.value, mode: this.chosen });
    setText(this.star, kept ? "★" : "☆");
    setAttr(this.star, "aria-pressed", String(kept));
    this.star.disabled = file || empty;
    this.enable(problem);
  }
  enable(problem = "message" in this.read()) {
    this.go.disabled = !this.writable || this.sending || problem;
  }
  key(event) {
    event.stopPropagation();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void this.send();
    } else if (event.key === "ArrowUp" && this.text.selectionStart === 0 && this.text.selectionEnd === 0) this.recall(-1, event);
    else if (event.key === "ArrowUp" && this.place < this.history.length) this.recall(-1, event);
    else if (event.key === "ArrowDown" && this.place < this.history.length) this.recall(1, event);
  }
  recall(step, event) {
    const place2 = this.place + step;
    if (place2 < 0 || place2 > this.history.length) return;
    event.preventDefault();
    if (this.place === this.history.length) this.draft = this.text.value;
    this.place = place2;
    const entry = this.history[place2];
    this.text.value = entry ? entry.text : this.draft;
    if (entry) this.mode.value = entry.mode;
    this.changed();
  }
  async send() {
    const payload = this.read();
    if ("message" in payload || !this.writable || this.sending) return;
    const entry = { text: this.text.value, mode: this.chosen };
    this.sending = true;
    this.enable();
    setAttr(this.result, "data-bad", "false");
    setText(this.result, "sending…");
    try {
      const index = await this.owner.send(payload);
      setText(this.result, `sent as ${index.toLocaleString("en-US")}`);
      if (entry.mode !== "File") {
        if (this.text.value === entry.text) this.text.value = "";
        if (this.history.at(-1)?.text !== entry.text) this.history.push(entry);
      }
      if (this.history.length > HISTORY) this.history.shift();
      this.place = this.history.length;
    } catch (error) {
      setAttr(this.result, "data-bad", "true");
      setText(this.result, `not sent: ${error.message}`);
    } finally {
      this.sending = false;
      this.changed();
    }
  }
};

// src/jsontree.ts
var BATCH = 100;
var LONG = 500;
function atom(value) {
  if (value.type === "string") {
    const text = JSON.stringify(value.value);
    return h("span", { class: "kws-string" }, visible(text.length > LONG ? `${text.slice(0, LONG)}… (${text.length - 2} characters)` : text));
  }
  return h("span", { class: value.type === "number" || value.type === "literal" ? `kws-${value.type}` : "" }, atomText(value));
}
var size = (value) => value.type === "object" ? value.entries.length : value.type === "array" ? value.items.length : 0;
function summary(value, room = 90) {
  const line = h("span", { class: "kws-summary" });
  const list2 = childrenOf(value);
  line.append(value.type === "array" ? `(${list2.length}) [` : "{");
  let used = 0;
  let first = true;
  for (const [key, item] of list2) {
    if (!first) line.append(", ");
    if (used > room) {
      line.append("…");
      break;
    }
    first = false;
    if (key !== void 0) {
      line.append(h("span", { class: "kws-key" }, visible(key)), ": ");
      used += key.length + 2;
    }
    if (size(item)) {
      line.append(item.type === "array" ? `Array(${size(item)})` : "{…}");
      used += 8;
    } else {
      const shown = item.type === "string" && item.value.length > 40 ? atom({ type: "string", value: `${item.value.slice(0, 40)}…` }) : atom(item);
      line.append(shown);
      used += shown.textContent.length + 2;
    }
  }
  line.append(value.type === "array" ? "]" : "}");
  return line;
}
function children(value, into, from = 0) {
  const total = size(value);
  for (let at = from; at < Math.min(total, from + BATCH); at++) {
    const [key, item] = value.type === "object" ? value.entries[at] : [String(at), value.items[at]];
    into.append(node(item, key, false));
  }
  if (from + BATCH < total) {
    const more = h("button", { type: "button", class: "kws-link", ...SUPPRESS }, `show ${Math.min(BATCH, total - from - BATCH)} more of ${total - from - BATCH}`);
    more.addEventListener("click", () => {
      more.remove();
      children(value, into, from + BATCH);
    });
    into.append(more);
  }
}
function node(value, key, open) {
  const label = key === null ? [] : [h("span", { class: "kws-key" }, visible(key)), ": "];
  if (!size(value)) return h("div", { class: "kws-leaf" }, ...label, atom(value));
  const body = h("div", { class: "kws-branch" });
  const details = h("details", {}, h("summary", { ...SUPPRESS }, ...label, summary(value)), body);
  const fill = () => {
    if (details.open && !body.firstChild) children(value, body);
  };
  details.addEventListener("toggle", fill);
  details.open = open;
  if (open) fill();
  return details;
}
function jsonTree(value) {
  return h("div", { class: "kws-tree" }, node(value, null, true));
}

// src/timing.ts
function timingFacts({ pair, since_previous, since_sent, sent }, go) {
  const facts = [];
  if (since_previous !== null) facts.push(h("span", { class: "kws-since", title: "Time since the row before, in the whole log" }, `${delta(since_previous)} since the row before`));
  if (since_sent !== null && !(sent && since_sent === since_previous)) facts.push(h("span", { class: "kws-since", title: "Time since the last text or binary message that was sent" }, `${delta(since_sent)} since the last sent`));
  if (pair) {
    const what = `${pair.answer ? "response" : "request"} #${count(pair.index)}`;
    const jump = button(`Go to the ${what}`, { class: "kws-button kws-pair", title: "The nearest message the other way with the same id" }, `${pair.answer ? "→" : "←"} ${what}, ${millis(pair.took / 1e6)}`);
    jump.addEventListener("click", () => go(pair.index));
    facts.push(jump);
  }
  return facts;
}

// src/detail.ts
var LINE_LIMIT = 2e4;
var MessageTab = class {
  constructor(owner) {
    this.owner = owner;
    this.element = h("div", { class: "kws-message" }, h("div", { class: "kws-detail-bar" }, this.facts, this.shapes, this.tools), this.content);
    this.clear();
  }
  owner;
  element;
  facts = h("div", { class: "kws-facts" });
  shapes = h("div", { class: "kws-segments", role: "group", "aria-label": "Show as" });
  tools = h("div", { class: "kws-tools" });
  content = h("div", { class: "kws-content", tabindex: 0, role: "region", "aria-label": "Message content", ...SUPPRESS });
  wanted = -1;
  answer = null;
  data = new Uint8Array();
  masked = false;
  json;
  shape = "Tree";
  binaryShape = "Hex";
  clear() {
    this.wanted = -1;
    this.answer = null;
    this.facts.replaceChildren();
    this.shapes.replaceChildren();
    this.tools.replaceChildren();
    this.content.replaceChildren(h("p", { class: "kws-dim kws-none" }, "Select a message to see it whole."));
  }
  async show(index) {
    if (this.wanted === index) return;
    this.wanted = index;
    await this.load(index, 0);
  }
  async load(index, offset) {
    try {
      const [answer, buffer] = await this.owner.detail(index, offset);
      if (this.wanted !== index) return;
      const part = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      if (offset) {
        const joined = new Uint8Array(this.data.length + part.length);
        joined.set(this.data);
        joined.set(part, this.data.length);
        this.data = joined;
      } else this.data = part.slice();
      this.answer = answer;
      this.masked = Boolean(answer.masked) || offset > 0 && this.masked;
      this.json = answer.kind === "text" && this.whole ? readJson(this.decode()) : void 0;
      this.paint();
    } catch (error) {
      if (this.wanted !== index) return;
      this.clear();
      this.content.replaceChildren(h("p", { class: "kws-error" }, error.message));
    }
  }
  get whole() {
    return this.answer !== null && this.answer.next >= this.answer.size;
  }
  decode() {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.data);
  }
  get binary() {
    return this.answer.kind === "binary" || this.answer.kind === "ping" || this.answer.kind === "pong";
  }
  get current() {
    if (this.binary) return this.binaryShape;
    if (!this.json) return this.shape === "Hex" || this.shape === "Base64" ? this.shape : "Text";
    return this.shape;
  }
  paint() {
    const answer = this.answer;
    const way = answer.kind === "open" || answer.kind === "error" || answer.kind === "reconnect" ? "" : answer.sent ? "↑ sent" : "↓ received";
    const facts = [`#${count(answer.index)}`, way, answer.kind, bytes(answer.size), fullTime(answer.time)];
    if (answer.compressed) facts.push("compressed");
    if (answer.fragments > 1) facts.push(`${answer.fragments} fragments`);
    if (this.masked) facts.push("secrets masked");
    if (answer.connection > 1) facts.push(`connection ${answer.connection}`);
    this.facts.replaceChildren(...facts.filter(Boolean).map((fact) => h("span", {}, fact)), ...timingFacts(answer, (index) => this.owner.go(index)));
    const shapes = answer.close ? [] : this.binary ? ["Hex", "Base64", "Text"] : this.json ? ["Tree", "Pretty", "Text", "Hex"] : ["Text", "Hex"];
    this.shapes.replaceChildren(
      ...shapes.map((shape) => {
        const one = button(shape, { "aria-pressed": String(shape === this.current) });
        one.addEventListener("click", () => {
          if (this.binary) this.binaryShape = shape;
          else this.shape = shape;
          this.paint();
          [...this.shapes.children].find((child) => child.textContent === shape)?.dispatchEvent(new Event("focus"));
        });
        return one;
      })
    );
    this.paintTools(answer);
    this.content.replaceChildren(this.body(answer));
    if (!this.whole) {
      const more = button(`Load ${bytes(Math.min(2e5, answer.size - answer.next))} more of ${bytes(answer.size)}`);
      more.addEventListener("click", () => void this.load(answer.index, answer.next));
      this.content.append(h("p", {}, more));
    }
  }
  body(answer) {
    if (answer.close) {
      const { code, meaning, reason, by } = answer.close;
      return h("dl", { class: "kws-list" }, h("dt", {}, "Code"), h("dd", {}, `${code} ${meaning}`), h("dt", {}, "Reason"), h("dd", {}, reason ? visible(reason) : "none"), h("dt", {}, "Sent by"), h("dd", {}, by || "the server"));
    }
    if (answer.size === 0) return h("p", { class: "kws-dim" }, "empty payload");
    const shape = this.current;
    if (shape === "Tree") return jsonTree(this.json);
    return h("pre", { class: shape === "Hex" ? "kws-pre kws-dump" : "kws-pre" }, this.text(shape));
  }
  text(shape) {
    if (shape === "Hex") return hexDump(this.data);
    if (shape === "Base64") return toBase64(this.data);
    const text = visible(shape === "Pretty" ? jsonText(this.json) : this.decode());
    return text.length > LINE_LIMIT && !text.slice(0, LINE_LIMIT).includes("\n") ? text.replace(/.{20000}/g, "$&\n") : text;
  }
  /** Puts the message into the composer; what the page does not know of it, the kernel puts back when it is sent. */
  async edit(answer) {
    const mode = this.json ? "JSON" : "Text";
    if (answer.kind === "binary" && this.masked) throw new Error("it holds a secret, which the page does not get: edit it in Python");
    if (answer.kind === "binary") this.owner.edit(toHex(this.data), "Hex");
    else this.owner.edit(this.masked ? await this.owner.draft(answer.index) : this.decode(), mode);
  }
  paintTools(answer) {
    const note = h("span", { class: "kws-dim", role: "status" });
    const say = (text) => setText(note, text);
    const tools = [note];
    const code = button(`Copy ${answer.code}`, { class: "kws-button kws-codeline", title: `Copy the Python that fetches this message` }, h("code", {}, answer.code));
    code.addEventListener("click", () => copyText(answer.code).then(() => say("copied"), (error) => say(error.message)));
    tools.push(code);
    if (answer.size) {
      const copy = button("Copy", { title: "Copy what is shown" });
      copy.addEventListener("click", () => copyText(this.current === "Tree" ? this.decode() : this.text(this.current)).then(() => say("copied"), (error) => say(error.message)));
      tools.push(copy);
    }
    if ((answer.kind === "text" || answer.kind === "binary") && this.whole) {
      const edit = button("Edit", { title: "Put it into the composer" });
      edit.addEventListener("click", () => void this.edit(answer).catch((error) => say(`not edited: ${error.message}`)));
      const resend = button("Resend", { title: "Send it again as it is" });
      resend.addEventListener("click", () => {
        resend.disabled = true;
        this.owner.resend(answer.index).then((index) => say(`sent as ${count(index)}`), (error) => say(`not sent: ${error.message}`)).finally(() => resend.disabled = false);
      });
      tools.push(edit, resend);
    }
    this.tools.replaceChildren(...tools);
  }
};

// src/export.ts
var MOST2 = 1e8;
var FORMATS = [
  ["jsonl", "JSON Lines", "application/jsonl"],
  ["csv", "CSV", "text/csv"]
];
var ExportMenu = class {
  constructor(owner) {
    this.owner = owner;
    this.toggle = button("Export", { class: "kws-button", "aria-haspopup": "dialog", "aria-expanded": "false", title: "Save the rows that the filter shows; secrets are masked" }, icon("export"), "Export");
    this.choices = FORMATS.map(([format, label, type]) => {
      const one = button(label, { title: `Save as ${label}` });
      one.addEventListener("click", () => void this.save(format, type));
      return one;
    });
    const cancel = button("Close", { title: "Stop, and close this menu" });
    cancel.addEventListener("click", () => this.open(false));
    this.menu.append(h("span", { class: "kws-dim" }, "The rows the filter shows, as"), h("div", { class: "kws-row-of" }, ...this.choices, cancel), this.note);
    this.toggle.addEventListener("click", () => this.open(this.menu.hasAttribute("hidden")));
    this.menu.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") this.open(false);
    });
    this.element = h("div", { class: "kws-anchor" }, this.toggle, this.menu);
  }
  owner;
  element;
  toggle;
  menu = h("div", { class: "kws-menu kws-export", role: "dialog", "aria-label": "Export", hidden: true });
  note = h("span", { class: "kws-dim", role: "status" });
  choices;
  running = false;
  stopped = false;
  open(on) {
    this.menu.hidden = !on;
    setAttr(this.toggle, "aria-expanded", String(on));
    if (on) {
      setText(this.note, "");
      this.choices[0].focus();
    } else {
      this.stopped = true;
      this.toggle.focus();
    }
  }
  async save(format, type) {
    if (this.running) return;
    this.running = true;
    this.stopped = false;
    try {
      setText(this.note, await this.collect(format, type));
    } catch (error) {
      setText(this.note, `not saved: ${error.message}`);
    } finally {
      this.running = false;
    }
  }
  async collect(format, type) {
    const { gen, first, stop, name } = this.owner.shown();
    const parts = [];
    let [at, size2, rows] = [first, 0, 0];
    let start = 1;
    do {
      const [answer, part] = await this.owner.part({ gen, format, start, first: at, stop });
      if (this.stopped) return "";
      start = 0;
      at = answer.next;
      rows += answer.rows;
      if (part) {
        size2 += part.byteLength;
        parts.push(part);
      }
      setText(this.note, `${count(rows)} rows, ${bytes(size2)} …`);
    } while (at < stop && size2 < MOST2);
    download(new Blob(parts, { type }), `${(name || "messages").replace(/[^\w.-]+/g, "-")}.${format}`);
    return at < stop ? `saved the first ${count(rows)} rows; for all of them: panel.export("name.${format}") in a cell` : `saved ${count(rows)} ${rows === 1 ? "row" : "rows"}, ${bytes(size2)}`;
  }
};
function download(file, name) {
  const url = URL.createObjectURL(file);
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  window.setTimeout(() => URL.revokeObjectURL(url), 6e4);
}

// src/facts.ts
function list(facts) {
  return h("dl", { class: "kws-list" }, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, visible(value))]));
}
function head(title, text) {
  const copy = button("Copy", { title: `Copy the ${title.toLowerCase()}` });
  copy.addEventListener("click", () => void copyText(text).then(() => setText(copy, "Copied"), () => setText(copy, "No clipboard")));
  return h("section", { class: "kws-head-text" }, h("h4", {}, title, copy), h("pre", { class: "kws-pre", tabindex: 0, ...SUPPRESS }, visible(text.trimEnd())));
}
function waterfall(timings) {
  const total = timings.reduce((sum, [, seconds]) => sum + seconds, 0) || 1;
  const bar = h("div", { class: "kws-waterfall", role: "img", "aria-label": `Opening took ${millis(total)}` });
  const legend = h("div", { class: "kws-legend" });
  timings.forEach(([name, seconds], at) => {
    const part = h("span", { class: `kws-phase kws-phase${at % 5}` });
    part.style.flexGrow = String(Math.max(0.01, seconds / total));
    bar.append(part);
    legend.append(h("span", {}, h("i", { class: `kws-phase kws-phase${at % 5}` }), `${name} ${millis(seconds)}`));
  });
  legend.append(h("span", { class: "kws-dim" }, `together ${millis(total)}`));
  return h("div", {}, bar, legend);
}
function handshakeView(answer) {
  if (!answer.available) return h("p", { class: "kws-dim kws-none" }, "There is no handshake: this connection never opened, or this is a bare log.");
  return h(
    "div",
    { class: "kws-page", role: "region", "aria-label": "Handshake", tabindex: 0, ...SUPPRESS },
    ...answer.timings.length ? [waterfall(answer.timings)] : [],
    list(answer.facts),
    h("div", { class: "kws-columns" }, head("Request", answer.request), head("Response", answer.body ? `${answer.response.trimEnd()}

${answer.body}` : answer.response))
  );
}
function certificateView(answer) {
  if (!answer.available) return h("p", { class: "kws-dim kws-none" }, answer.note);
  const card = h("div", { class: "kws-page kws-card", role: "region", "aria-label": "Certificate", tabindex: 0, ...SUPPRESS });
  card.innerHTML = answer.html;
  return card;
}

// src/filter.ts
var TYPING_MS = 150;
var HELP = [
  'word or "two words": messages that contain it',
  "-word: messages without it; - negates any term",
  "/regex/ or /regex/i",
  "dir:sent  dir:received",
  "kind:text,binary,ping,pong,close,open,error,reconnect",
  "size:>1k  size:10..20",
  "$.path  $.items[0].id  $.type=trade",
  "since:10s  since:12:03:44"
].join("\n");
var QUICK = [
  ["Sent", "dir:sent", "Only what was sent"],
  ["Received", "dir:received", "Only what was received"],
  ["Data", "kind:text,binary", "Hide pings, pongs, closes and connection events"]
];
var FilterBar = class {
  constructor(owner, ...actions) {
    this.owner = owner;
    this.input = h("input", {
      class: "kws-input kws-filter",
      type: "search",
      spellcheck: "false",
      autocomplete: "off",
      placeholder: "Filter: words  /regex/  -without  dir:sent  $.type=trade",
      title: HELP,
      "aria-label": "Filter messages",
      ...SUPPRESS
    });
    this.quick = QUICK.map(([label, term, title]) => {
      const one = button(label, { class: "kws-button kws-quick", title: `${title} (${term})`, "aria-pressed": "false" });
      one.addEventListener("click", () => this.flip(term));
      return [one, term];
    });
    this.input.addEventListener("input", () => {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.apply(), TYPING_MS);
    });
    this.input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") void this.apply();
      else if (event.key === "ArrowDown") {
        event.preventDefault();
        owner.leave();
      } else if (event.key === "Escape" && this.input.value) {
        event.preventDefault();
        this.input.value = "";
        void this.apply();
      }
    });
    this.element = h(
      "div",
      { class: "kws-filterbar" },
      h("div", { class: "kws-search" }, icon("search"), this.input, this.counts),
      h("div", { class: "kws-quicks", role: "group", "aria-label": "Quick filters" }, ...this.quick.map(([one]) => one)),
      h("div", { class: "kws-actions" }, ...actions),
      this.error
    );
  }
  owner;
  element;
  input;
  error = h("div", { class: "kws-filter-error", role: "alert", hidden: true });
  counts = h("span", { class: "kws-counts" });
  quick;
  timer = 0;
  asked = "";
  focus() {
    this.input.focus();
    this.input.select();
  }
  dispose() {
    window.clearTimeout(this.timer);
  }
  tick(tick) {
    const { n, kept, dropped, busy, filter } = tick;
    const shown = filter ? `${count(n)} of ${count(kept)}${busy ? " …" : ""}` : `${count(kept)} ${kept === 1 ? "message" : "messages"}`;
    setText(this.counts, dropped ? `${shown} · ${count(dropped)} dropped` : shown);
    if (filter !== this.asked) {
      this.asked = filter;
      if (document.activeElement !== this.input) this.input.value = filter;
    }
    this.press();
  }
  press() {
    const terms = this.input.value.split(/\s+/);
    for (const [one, term] of this.quick) setAttr(one, "aria-pressed", String(terms.includes(term)));
  }
  flip(term) {
    const terms = this.input.value.split(/\s+/).filter(Boolean);
    const at = terms.indexOf(term);
    if (at >= 0) terms.splice(at, 1);
    else {
      const key = term.slice(0, term.indexOf(":") + 1);
      terms.splice(0, terms.length, ...terms.filter((one) => !one.startsWith(key)), term);
    }
    this.input.value = terms.join(" ");
    void this.apply();
  }
  async apply() {
    window.clearTimeout(this.timer);
    const text = this.input.value.trim();
    this.press();
    if (text === this.asked && this.error.hidden) return;
    this.asked = text;
    try {
      await this.owner.filter(text);
      if (text === this.asked) this.complain("", null, text);
    } catch (error) {
      if (text === this.asked) this.complain(error.message, error.position, text);
    }
  }
  complain(message, position, text) {
    this.error.hidden = !message;
    setAttr(this.input, "aria-invalid", String(Boolean(message)));
    const place2 = position !== null && position < text.length ? [h("code", {}, text.slice(0, position), h("mark", {}, text.slice(position))), " "] : [];
    this.error.replaceChildren(...place2, message);
  }
};

// src/preview.ts
var TOKEN = /("(?:[^"\\]|\\.)*"?)(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;
function paintPreview(cell, text, json) {
  if (!json || !/^\s*[[{]/.test(text)) {
    cell.textContent = text;
    return;
  }
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    const [all, string, colon, number] = match;
    if (string !== void 0) {
      parts.push(h("span", { class: colon === void 0 ? "kws-string" : "kws-key" }, string));
      if (colon !== void 0) parts.push(colon);
    } else parts.push(h("span", { class: number === void 0 ? "kws-literal" : "kws-number" }, all));
    end = match.index + all.length;
  }
  parts.push(text.slice(end));
  cell.replaceChildren(...parts);
}

// src/store/pages.ts
var PAGE = 100;
var MAX_PAGES = 40;
var Pages = class {
  gen = -1;
  /** Position of the first row of the view, and one past its last. */
  first = 0;
  stop = 0;
  pages = /* @__PURE__ */ new Map();
  /** Takes a tick; true when the old rows mean nothing any more. */
  tick(tick, tail) {
    const fresh = tick.gen !== this.gen;
    if (fresh) {
      this.gen = tick.gen;
      this.pages.clear();
    }
    this.first = tick.first;
    this.stop = tick.first + tick.n;
    this.put(this.stop - tail.length, tail);
    return fresh;
  }
  put(first, rows) {
    rows.forEach((row, offset) => {
      const position = first + offset;
      this.page(Math.floor(position / PAGE), true)[position % PAGE] = row;
    });
    for (const key of this.pages.keys()) {
      if (this.pages.size <= MAX_PAGES) break;
      this.pages.delete(key);
    }
  }
  /** Most recently used pages last, so that eviction takes the first. */
  page(key, make) {
    let page = this.pages.get(key);
    if (page) {
      this.pages.delete(key);
      this.pages.set(key, page);
    } else if (make) {
      page = new Array(PAGE);
      this.pages.set(key, page);
    }
    return page;
  }
  /** The row at a position; null when the kernel dropped it, undefined when it is not here yet. */
  get(position) {
    return this.page(Math.floor(position / PAGE), false)?.[position % PAGE];
  }
  /** The pages between two positions that have a hole there. */
  missing(first, stop) {
    const found = /* @__PURE__ */ new Set();
    for (let position = Math.max(first, this.first); position < Math.min(stop, this.stop); position++) {
      if (this.get(position) === void 0) found.add(Math.floor(position / PAGE));
    }
    return [...found];
  }
  /** Where a permanent index is shown, if it is in the cache. */
  find(index) {
    for (const [key, page] of this.pages) {
      const offset = page.findIndex((row) => row?.[0] === index);
      if (offset >= 0) return key * PAGE + offset;
    }
    return void 0;
  }
};

// src/grid.ts
var ROW = 22;
var MAX_PX = 6e6;
var OVERSCAN = 4;
var MOST_PAGES = 500 / PAGE;
var COLUMNS = ["#", "Time", "Δ", "", "Kind", "Size", "Data"];
var LIFECYCLE = /* @__PURE__ */ new Set(["open", "error", "reconnect"]);
var serial = 0;
var Grid = class {
  constructor(pages, owner) {
    this.pages = pages;
    this.owner = owner;
    const head2 = h("div", { class: "kws-row kws-headrow", role: "row", "aria-rowindex": 1 });
    head2.append(
      ...COLUMNS.map(
        (name, column) => h("div", { role: "columnheader", class: `kws-c${column}`, title: name === "Δ" ? "Time since the row above" : "" }, name || h("span", { class: "kws-offscreen" }, "Direction"))
      )
    );
    this.layer = h("div", { class: "kws-rows kws-grid", role: "grid", tabindex: 0, "aria-label": "Messages", "aria-colcount": COLUMNS.length, "aria-owns": `${this.id}-head`, ...SUPPRESS });
    this.sizer = h("div", { class: "kws-sizer" }, this.layer);
    this.empty = h("div", { class: "kws-empty" });
    this.body = h("div", { class: "kws-body" }, this.sizer);
    this.fresh = button("Newest messages", { class: "kws-button kws-fresh", hidden: true });
    this.fresh.addEventListener("click", () => this.follow(true));
    this.element = h(
      "div",
      { class: "kws-sheet" },
      h("div", { class: "kws-head", id: `${this.id}-head`, role: "rowgroup" }, head2),
      this.body
    );
    this.body.addEventListener("scroll", () => this.scrolled());
    this.body.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.layer.addEventListener("mousedown", (event) => {
      if (event.button !== 0) return;
      const line = this.lines.find((one) => one.element.contains(event.target));
      if (line) this.choose(line.position);
    });
    this.observer = new ResizeObserver(() => this.schedule());
    this.observer.observe(this.body);
  }
  pages;
  owner;
  element;
  body;
  sizer;
  layer;
  fresh;
  empty;
  lines = [];
  id = `kws-${++serial}-${Math.random().toString(36).slice(2, 7)}`;
  inflight = /* @__PURE__ */ new Set();
  top = 0;
  expected = 0;
  scheduled = false;
  following = true;
  frozen = null;
  seen = 0;
  selected = -1;
  cursor;
  observer;
  /** Paints so far: read by the browser tests. */
  paints = 0;
  /** The overlays, to be placed in a positioned parent. */
  get overlays() {
    return [this.empty, this.fresh];
  }
  close() {
    this.observer.disconnect();
  }
  // ---- what the owner tells
  /** A tick came. `hint` says what to do while there is nothing to see; lifecycle rows alone are nothing. */
  ticked(freshView, hint) {
    if (freshView) {
      this.inflight.clear();
      this.cursor = void 0;
      if (this.frozen !== null) this.frozen = this.pages.stop;
      if (!this.following) this.top = this.pages.first;
    }
    setText(this.empty, hint);
    this.schedule();
  }
  arrived(page, pages) {
    for (let at = page; at < page + pages; at++) this.inflight.delete(at);
    this.schedule();
  }
  follow(on) {
    if (on) this.freeze(false);
    if (this.following !== on) {
      this.following = on;
      this.owner.followed(on);
    }
    if (!on) this.seen = this.stop;
    this.schedule();
  }
  freeze(on) {
    if (on === (this.frozen !== null)) return;
    this.frozen = on ? this.pages.stop : null;
    if (on) this.seen = this.pages.stop;
    this.schedule();
  }
  get isFrozen() {
    return this.frozen !== null;
  }
  focus() {
    this.layer.focus({ preventScroll: true });
  }
  // ---- geometry
  get stop() {
    return this.frozen === null ? this.pages.stop : Math.max(this.pages.first, Math.min(this.frozen, this.pages.stop));
  }
  get visible() {
    return this.body.clientHeight / ROW;
  }
  get maxTop() {
    return Math.max(this.pages.first, this.stop - this.visible);
  }
  get scaled() {
    return (this.stop - this.pages.first) * ROW > MAX_PX;
  }
  scrolled() {
    const at = this.body.scrollTop;
    if (Math.abs(at - this.expected) < 1) return;
    this.expected = at;
    const room = this.body.scrollHeight - this.body.clientHeight;
    const first = this.pages.first;
    this.top = this.scaled ? first + at / Math.max(1, room) * (this.maxTop - first) : first + at / ROW;
    this.letGo();
    this.schedule();
  }
  wheel(event) {
    if (!this.scaled || event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    const pixels = event.deltaMode === 0 ? event.deltaY : event.deltaY * ROW * (event.deltaMode === 2 ? this.visible : 1);
    this.move(pixels / ROW);
  }
  move(rows) {
    this.top = Math.max(this.pages.first, Math.min(this.maxTop, this.top + rows));
    this.letGo();
    this.schedule();
  }
  letGo() {
    const atEnd = this.top >= this.maxTop - 0.5;
    if (atEnd === this.following || atEnd && this.frozen !== null) return;
    this.following = atEnd;
    if (!atEnd) this.seen = this.stop;
    this.owner.followed(atEnd);
  }
  // ---- painting
  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.paint();
    });
  }
  paint() {
    this.paints += 1;
    const height = this.body.clientHeight;
    if (height === 0) return;
    const { first } = this.pages;
    const stop = this.stop;
    const total = stop - first;
    if (this.following) this.top = this.maxTop;
    this.top = Math.max(first, Math.min(this.top, this.maxTop));
    const pixels = Math.min(total * ROW, MAX_PX);
    this.sizer.style.height = `${pixels}px`;
    const room = Math.max(0, pixels - height);
    const want = this.scaled ? (this.top - first) / Math.max(1e-9, this.maxTop - first) * room : (this.top - first) * ROW;
    if (Math.abs(this.body.scrollTop - want) > 0.75) this.body.scrollTop = want;
    this.expected = this.body.scrollTop;
    const start = Math.max(first, Math.floor(this.top) - OVERSCAN);
    const end = Math.min(stop, Math.ceil(this.top + this.visible) + OVERSCAN);
    this.layer.style.top = `${this.scaled ? this.expected - (this.top - start) * ROW : (start - first) * ROW}px`;
    setAttr(this.layer, "aria-rowcount", String(total + 1));
    this.pool(Math.ceil(this.visible) + 2 * OVERSCAN + 1);
    let active = "";
    this.lines.forEach((line, offset) => {
      const position = start + offset;
      if (position >= end) {
        line.element.hidden = true;
        return;
      }
      line.element.hidden = false;
      if (this.paintLine(line, position, first)) active = line.element.id;
    });
    if (active) setAttr(this.layer, "aria-activedescendant", active);
    else this.layer.removeAttribute("aria-activedescendant");
    this.paintFresh();
    this.empty.hidden = !this.empty.textContent;
    this.fetch(this.pages.missing(start, end).filter((page) => !this.inflight.has(page)));
  }
  fetch(missing) {
    if (this.inflight.size >= 3) return;
    const page = missing[0];
    if (page === void 0) return;
    const pages = Math.min(MOST_PAGES, missing.filter((one, offset) => one === page + offset).length);
    for (let at = page; at < page + pages; at++) this.inflight.add(at);
    this.owner.fetch(page, pages);
  }
  paintFresh() {
    const waiting = this.pages.stop - this.seen;
    const below = this.pages.stop > this.top + this.visible || this.frozen !== null;
    const show = (!this.following || this.frozen !== null) && waiting > 0 && below;
    this.fresh.hidden = !show;
    if (show) setText(this.fresh, `${count(waiting)} new ↓`);
  }
  pool(size2) {
    while (this.lines.length < size2) {
      const arrow = svg("path", {});
      const cells = COLUMNS.map((_, column) => h("div", { role: "gridcell", class: `kws-c${column}` }));
      const label = h("span", { class: "kws-offscreen" });
      cells[3].append(svg("svg", { viewBox: "0 0 16 16", class: "kws-icon", "aria-hidden": "true" }, arrow), label);
      const element = h("div", { class: "kws-row", role: "row", id: `${this.id}-${this.lines.length}` }, ...cells);
      this.layer.append(element);
      this.lines.push({ element, cells, arrow: label, key: "", position: -1 });
    }
    while (this.lines.length > size2) this.lines.pop().element.remove();
  }
  /** Fills one row; true when it is the selected one. */
  paintLine(line, position, first) {
    const row = this.pages.get(position);
    const before = position > first ? this.pages.get(position - 1) : void 0;
    const chosen = row != null && row[0] === this.selected;
    if (chosen) this.cursor = position;
    const key = `${this.pages.gen}:${position}:${row === void 0 ? "?" : row === null ? "-" : row[0]}:${before ? 1 : 0}:${chosen ? 1 : 0}`;
    if (line.key === key) return chosen;
    line.key = key;
    line.position = position;
    const { element, cells } = line;
    setAttr(element, "aria-rowindex", String(position - first + 2));
    setAttr(element, "aria-selected", String(chosen));
    const [number, time, gap, way, kind, size2, data] = cells;
    if (!row) {
      element.className = "kws-row kws-loading";
      for (const cell of [number, time, gap, kind, size2]) setText(cell, "");
      setText(line.arrow, "");
      setText(data, row === null ? "dropped: the log was full" : "…");
      return false;
    }
    const [index, at, sent, type, length, preview] = row;
    const life = LIFECYCLE.has(type);
    element.className = `kws-row kws-is-${type} ${life ? "kws-life" : sent ? "kws-sent" : "kws-received"}`;
    setText(number, count(index));
    setText(time, clock(at));
    setAttr(time, "title", fullTime(at));
    setText(gap, before ? delta(at - before[1]) : "");
    setText(line.arrow, life ? "" : sent ? "sent" : "received");
    setAttr(way.firstElementChild.firstElementChild, "d", life ? "M8 5.500a2.500 2.500 0 1 1 0 5a2.500 2.500 0 0 1 0-5z" : sent ? "M8 3l4 4.500-1 1-2.250-2.500V13h-1.500V6L5 8.500l-1-1z" : "M8 13l4-4.500-1-1L8.750 10V3h-1.500v7L5 7.500l-1 1z");
    setText(kind, type);
    setText(size2, life ? "" : bytes(length));
    paintPreview(data, preview, type === "text");
    return chosen;
  }
  // ---- selection and keys
  choose(position) {
    const row = this.pages.get(position);
    if (!row) return;
    this.cursor = position;
    this.selected = row[0];
    if (this.following && position < this.stop - 1 && this.maxTop > this.pages.first) this.follow(false);
    this.owner.select(row);
    this.reveal(position);
  }
  /** Selects a row the kernel named; its position is null where the filter hides it. */
  point(index, position) {
    this.selected = index;
    this.cursor = position ?? void 0;
    if (position !== null) {
      if (this.following && position < this.stop - 1 && this.maxTop > this.pages.first) this.follow(false);
      this.reveal(position);
    } else this.schedule();
  }
  reveal(position) {
    if (position < this.top) this.top = position;
    else if (position + 1 > this.top + this.visible) this.top = position + 1 - this.visible;
    this.schedule();
  }
  step(rows) {
    const from = this.cursor ?? this.pages.find(this.selected) ?? (rows > 0 ? Math.ceil(this.top) - 1 : Math.floor(this.top + this.visible));
    const position = Math.max(this.pages.first, Math.min(this.stop - 1, from + rows));
    this.cursor = position;
    this.reveal(position);
    this.choose(position);
  }
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.visible) - 1);
    const action = {
      ArrowDown: () => this.step(1),
      ArrowUp: () => this.step(-1),
      PageDown: () => this.step(page),
      PageUp: () => this.step(-page),
      Home: () => {
        this.top = this.pages.first;
        this.letGo();
        this.schedule();
      },
      End: () => this.follow(true),
      Enter: () => this.owner.open(),
      Escape: () => this.owner.escape(),
      "/": () => this.owner.search()
    };
    const run = action[event.key];
    if (!run) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  }
};

// src/protocol.ts
var VERSION = 1;

// src/link.ts
var KernelError = class extends Error {
  constructor(message, position = null) {
    super(message);
    this.position = position;
  }
  position;
};
var HELLO_MS = 1e3;
var SLOW_MS = 400;
var GONE = "the kernel was restarted or has ended: run the cell again";
var READ_TIMEOUT_MS = 15e3;
var Link = class {
  constructor(model, events) {
    this.model = model;
    this.events = events;
    model.on("msg:custom", this.receive);
    model.on("comm_live_update", this.lost);
    this.hello();
  }
  model;
  events;
  view = Math.random().toString(36).slice(2, 10);
  serial = 0;
  pending = /* @__PURE__ */ new Map();
  slow = 0;
  greeted = false;
  pumped = false;
  hellos = 0;
  timer = 0;
  closed = false;
  dead = false;
  /** Round trips of the last requests, milliseconds: read by the browser tests. */
  trips = [];
  /** The first message may sit behind a running cell, so hello is repeated; without ticks from the kernel's thread, poll. */
  hello = () => {
    if (this.closed || this.pumped) return;
    this.hellos += 1;
    this.notify(this.hellos > 3 ? { k: "poll" } : { k: "hello" });
    if (this.hellos === 2 && !this.greeted) this.events.waiting(this.slow + 1);
    this.timer = window.setTimeout(this.hello, HELLO_MS);
  };
  notify(notice) {
    if (this.dead) return;
    this.model.send({ v: VERSION, id: `${this.view}:0`, ...notice });
  }
  request(kind, ask, buffers = []) {
    if (this.dead) return Promise.reject(new KernelError(GONE));
    const id = `${this.view}:${++this.serial}`;
    return new Promise((resolve, reject) => {
      const entry = {
        resolve: (answer, data) => resolve([answer, data]),
        reject,
        since: performance.now(),
        slow: 0,
        limit: 0
      };
      entry.slow = window.setTimeout(() => {
        entry.slow = 0;
        this.slow += 1;
        this.events.waiting(this.slow);
      }, SLOW_MS);
      this.pending.set(id, entry);
      if (kind === "rows") {
        entry.limit = window.setTimeout(() => this.settle(id)?.reject(new KernelError("the kernel did not answer")), READ_TIMEOUT_MS);
      }
      this.model.send({ v: VERSION, k: kind, id, ...ask }, void 0, buffers);
    });
  }
  settle(id) {
    const entry = this.pending.get(id);
    if (!entry) return void 0;
    this.pending.delete(id);
    window.clearTimeout(entry.limit);
    if (entry.slow) window.clearTimeout(entry.slow);
    else {
      this.slow -= 1;
      this.events.waiting(this.slow);
    }
    return entry;
  }
  receive = (message, buffers = []) => {
    if (this.closed || message.v !== VERSION) return;
    this.dead = false;
    if (message.k === "tick") {
      if (!this.greeted) {
        this.greeted = true;
        this.events.waiting(this.slow);
      }
      if (message.via === "pump") this.pumped = true;
      this.events.tick(message, buffers[0]);
      if (message.ack) requestAnimationFrame(() => this.closed || this.notify({ k: "ack", seq: message.seq }));
      return;
    }
    const entry = this.settle(message.id);
    if (!entry) return;
    if (message.k === "error") {
      entry.reject(new KernelError(message.message, message.position));
      return;
    }
    this.trips.push(performance.now() - entry.since);
    if (this.trips.length > 1e3) this.trips.shift();
    entry.resolve(message, buffers);
  };
  lost = () => {
    if (this.closed) return;
    window.clearTimeout(this.timer);
    this.dead = true;
    this.events.gone();
    for (const id of [...this.pending.keys()]) this.settle(id)?.reject(new KernelError(GONE));
  };
  close() {
    this.closed = true;
    window.clearTimeout(this.timer);
    this.model.off("msg:custom", this.receive);
    this.model.off("comm_live_update", this.lost);
    for (const entry of this.pending.values()) {
      window.clearTimeout(entry.slow);
      window.clearTimeout(entry.limit);
    }
    this.pending.clear();
  }
};

// src/picker.ts
var Picker = class {
  constructor(owner) {
    this.owner = owner;
    this.toggle = button("Session", { class: "kws-button kws-chip", "aria-haspopup": "dialog", "aria-expanded": "false", title: "The session's name in Python; choose another to show" }, this.name, icon("chevron"));
    this.toggle.addEventListener("click", () => void this.open(this.menu.hasAttribute("hidden")));
    this.menu.addEventListener("keydown", (event) => {
      event.stopPropagation();
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        const all = [...this.menu.querySelectorAll("button")];
        all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
        event.preventDefault();
      } else if (event.key === "Escape") this.close();
    });
    this.element = h("div", { class: "kws-anchor" }, this.toggle, this.menu);
  }
  owner;
  element;
  name = h("span");
  toggle;
  menu = h("div", { class: "kws-menu kws-sessions", role: "dialog", "aria-label": "Sessions", hidden: true });
  tick(name) {
    setText(this.name, name || "log");
    setAttr(this.toggle, "aria-label", `Session ${name || "log"}`);
  }
  close() {
    this.menu.hidden = true;
    setAttr(this.toggle, "aria-expanded", "false");
    this.toggle.focus();
  }
  async open(on) {
    if (!on) {
      this.close();
      return;
    }
    this.menu.replaceChildren(h("span", { class: "kws-dim" }, "…"));
    this.menu.hidden = false;
    setAttr(this.toggle, "aria-expanded", "true");
    try {
      const lines = (await this.owner.sessions()).map((one) => this.line(one));
      this.menu.replaceChildren(...lines);
      (lines.find((one) => one.getAttribute("aria-pressed") === "true") ?? lines[0])?.focus();
    } catch (error) {
      this.complain(error);
    }
  }
  line({ name, url, state, shown }) {
    const one = button(name || "log", { class: "kws-button kws-session", "aria-pressed": String(shown), "data-state": state, title: url }, h("b", {}, name || "log"), h("span", { class: "kws-dim" }, state), h("span", { class: "kws-dim kws-url" }, url));
    one.addEventListener("click", () => void this.owner.show(name).then(() => this.close(), (error) => this.complain(error)));
    return one;
  }
  complain(error) {
    this.menu.replaceChildren(h("span", { class: "kws-error", role: "alert" }, error.message));
  }
};

// src/statistics.ts
var NOTHING = { rates: [], wire: [0, 0], latency: [], available: false };
var StatisticsTab = class {
  constructor(ask) {
    this.ask = ask;
    const chart = svg("svg", { viewBox: "0 0 120 40", preserveAspectRatio: "none", class: "kws-chart", role: "img", "aria-label": "Received messages a second, last two minutes" }, this.area, this.line);
    this.element.append(this.numbers, h("h4", {}, "Received a second, last two minutes ", this.top), chart, h("h4", {}, "Sizes of the messages received that the log keeps"), this.sizes);
  }
  ask;
  element = h("div", { class: "kws-page", role: "region", "aria-label": "Statistics", tabindex: 0, ...SUPPRESS });
  numbers = h("div", { class: "kws-tiles" });
  line = svg("path", { class: "kws-chart-line", d: "" });
  area = svg("path", { class: "kws-chart-area", d: "" });
  top = h("span", { class: "kws-dim" });
  sizes = h("div", { class: "kws-sizes" });
  more = null;
  last = null;
  asked = 0;
  asking = false;
  tick(tick, history) {
    this.last = [tick, history];
    this.paint(tick, history);
    void this.renew();
  }
  paint({ stats, kept, dropped, session }, history) {
    const { rates, wire, latency, available } = this.more ?? NOTHING;
    const minute = rates[1];
    const average = (size2, many) => many ? bytes(Math.round(size2 / many)) : "–";
    const facts = [
      ["Received", count(stats.received_messages), `${bytes(stats.received_bytes)}, ${average(stats.received_bytes, stats.received_messages)} each`],
      ["Sent", count(stats.sent_messages), `${bytes(stats.sent_bytes)}, ${average(stats.sent_bytes, stats.sent_messages)} each`],
      ["Rate", rate(stats.rate), rates[0] ? `${bytes(Math.round(rates[0][2]))}/s, last second` : "received, last second"],
      ...minute ? [["Rate, last minute", rate(minute[1]), `${bytes(Math.round(minute[2]))}/s`]] : [],
      ["Round trip", stats.latency === null ? "–" : millis(stats.latency), latency.length ? `p50 ${millis(latency[0])}, p95 ${millis(latency[1])}, p99 ${millis(latency[2])}` : "last ping"],
      ...available ? [["On the wire", `▼ ${bytes(wire[1])}`, `▲ ${bytes(wire[0])}, frames without TLS`]] : [],
      ["Rows", count(kept), dropped ? `${count(dropped)} dropped` : "none dropped"],
      [session.state === "closed" ? "Was open" : "Open for", stats.uptime ? span(stats.uptime) : "–", session.state]
    ];
    this.numbers.replaceChildren(...facts.map(([name, value, note]) => h("div", { class: "kws-tile" }, h("span", { class: "kws-dim" }, name), h("b", {}, value), h("span", { class: "kws-dim" }, note))));
    const top = Math.max(1, ...history);
    setText(this.top, `peak ${rate(Math.max(0, ...history))}`);
    const points = history.map((value, at) => `${120 - history.length + at} ${(39 - value / top * 37).toFixed(1)}`);
    const path = points.length ? `M${points.join("L")}` : "";
    this.line.setAttribute("d", path);
    this.area.setAttribute("d", path ? `${path}L119 40L${120 - history.length} 40z` : "");
  }
  /** Asks once a second while the tab is open: ticks do not carry what nobody looks at. */
  async renew() {
    if (this.asking || performance.now() - this.asked < 1e3) return;
    this.asking = true;
    this.asked = performance.now();
    try {
      this.more = await this.ask();
      this.paintSizes(this.more.sizes);
      if (this.last) this.paint(...this.last);
    } catch {
    } finally {
      this.asking = false;
    }
  }
  paintSizes(sizes) {
    if (!sizes.length) {
      this.sizes.replaceChildren(h("span", { class: "kws-dim" }, "none"));
      return;
    }
    const top = Math.max(...sizes.map(([, , many]) => many));
    this.sizes.replaceChildren(
      ...sizes.flatMap(([low, high, many]) => {
        const bar = h("i", { class: "kws-size-bar" });
        bar.style.width = `${many / top * 100}%`;
        return [h("span", { class: "kws-dim" }, low === high ? bytes(low) : `${bytes(low)} – ${bytes(high)}`), h("span", {}, bar), h("span", {}, count(many))];
      })
    );
  }
};

// src/statusline.ts
var SAMPLES = 40;
var CODES = [
  [1e3, "normal closure"],
  [1001, "going away"],
  [1002, "protocol error"],
  [1003, "unsupported data"],
  [1007, "invalid payload data"],
  [1008, "policy violation"],
  [1009, "message too big"],
  [1011, "internal error"],
  [4e3, "application code"]
];
function closedText(session, stats) {
  const close = session.close;
  if (!close) return session.error || "closed";
  const by = close.by ? ` by ${close.by}` : "";
  const reason = close.reason ? ` “${close.reason}”` : "";
  const after = stats.uptime > 0 ? ` after ${span(stats.uptime)}` : "";
  return `closed ${close.code} ${close.meaning}${reason}${by}${after}`;
}
var StatusLine = class {
  constructor(owner, picker) {
    this.owner = owner;
    this.lock = button("Certificate", { class: "kws-button kws-lock" }, this.lockIcon, this.lockText);
    this.lock.addEventListener("click", () => owner.certificate());
    this.bars = svg("path", { d: "" });
    const spark = svg("svg", { class: "kws-spark", viewBox: `0 0 ${SAMPLES * 2} 16`, preserveAspectRatio: "none", "aria-hidden": "true" }, this.bars);
    this.closeButton = button("Close the connection", { class: "kws-button kws-close", "aria-expanded": "false" }, icon("close"), "Close");
    this.menu = this.makeMenu();
    this.closeButton.addEventListener("click", () => this.toggle(this.menu.hasAttribute("hidden")));
    this.element = h(
      "div",
      { class: "kws-status" },
      h("div", { class: "kws-identity" }, h("span", { class: "kws-pill" }, this.dot, this.state), this.url, picker, this.lock),
      this.waiting,
      h("div", { class: "kws-traffic" }, this.latency, this.keepalive, this.sent, this.received, h("span", { class: "kws-metric kws-speed" }, spark, this.speed)),
      h("div", { class: "kws-anchor" }, this.closeButton, this.menu)
    );
    this.timer = window.setInterval(() => this.sample(), 1e3);
  }
  owner;
  element;
  state = h("span", { class: "kws-state" });
  dot = h("span", { class: "kws-dot", "aria-hidden": "true" });
  url = h("span", { class: "kws-url" });
  lock;
  lockIcon = icon("lock");
  lockText = h("span");
  latency = metric("kws-latency", "Round trip of the last ping");
  keepalive = metric("kws-keepalive", "Pings are sent this often; they can hide an idle timeout of the server");
  sent = metric("kws-out", "Sent");
  received = metric("kws-in", "Received");
  speed = metric("kws-rate", "Received messages a second");
  bars;
  waiting = h("span", { class: "kws-waiting", role: "status" });
  closeButton;
  menu;
  samples = [];
  timer;
  latest = 0;
  dispose() {
    window.clearInterval(this.timer);
  }
  wait(count2) {
    setText(this.waiting, count2 ? "waiting for the kernel…" : "");
  }
  gone() {
    setAttr(this.element, "data-state", "closed");
    setText(this.state, "no kernel");
    this.closeButton.hidden = true;
    this.latest = 0;
  }
  tick({ session, stats }) {
    setAttr(this.element, "data-state", session.state);
    setText(this.state, session.state);
    paintUrl(this.url, session.url);
    const { level, label, title } = session.security;
    this.lock.hidden = session.state === "log";
    setAttr(this.lock, "data-level", level);
    setAttr(this.lock, "title", title);
    setText(this.lockText, label);
    setAttr(this.lockIcon, "class", level === "none" ? "kws-icon kws-open-lock" : "kws-icon");
    setText(this.latency, stats.latency === null ? "" : `⇅ ${millis(stats.latency)}`);
    setText(this.keepalive, session.keepalive ? `keepalive ${session.keepalive} s` : session.state === "log" ? "" : "no keepalive");
    setText(this.sent, `▲ ${count(stats.sent_messages)} · ${bytes(stats.sent_bytes)}`);
    setText(this.received, `▼ ${count(stats.received_messages)} · ${bytes(stats.received_bytes)}`);
    setText(this.speed, rate(stats.rate));
    this.latest = stats.rate;
    this.closeButton.hidden = session.state === "log" || session.state === "closed";
    this.closeButton.disabled = session.state !== "open";
    if (this.closeButton.hidden) this.toggle(false);
  }
  /** The rates of the last seconds, newest last: the statistics tab draws them too. */
  get history() {
    return this.samples;
  }
  sample() {
    this.samples.push(this.latest);
    if (this.samples.length > 120) this.samples.shift();
    const shown = this.samples.slice(-SAMPLES);
    const top = Math.max(1, ...shown);
    const offset = SAMPLES - shown.length;
    const path = shown.map((value, at) => value > 0 ? `M${(offset + at) * 2} 16v${-Math.max(1, value / top * 15).toFixed(1)}h1.4V16z` : "").join("");
    setAttr(this.bars, "d", path);
  }
  makeMenu() {
    const id = `kws-codes-${Math.random().toString(36).slice(2, 8)}`;
    const code = h("input", { class: "kws-input kws-code", type: "number", min: 1e3, max: 4999, value: 1e3, list: id, "aria-label": "Close code", ...SUPPRESS });
    const meaning = h("span", { class: "kws-dim" }, "normal closure");
    const reason = h("input", { class: "kws-input kws-reason", type: "text", maxlength: 123, placeholder: "reason (optional)", "aria-label": "Close reason", ...SUPPRESS });
    const error = h("div", { class: "kws-error", role: "alert" });
    const submit = h("button", { type: "submit", class: "kws-button kws-danger", ...SUPPRESS }, "Close connection");
    const codes = h("datalist", { id }, ...CODES.map(([value, label]) => h("option", { value, label: `${value} ${label}` })));
    const form = h("form", { class: "kws-menu", "aria-label": "Close the connection", hidden: true }, codes, h("label", {}, "Code", code, meaning), h("label", {}, "Reason", reason), error, submit);
    code.addEventListener("input", () => {
      const value = Number(code.value);
      const known = CODES.find(([one]) => one === value)?.[1];
      setText(meaning, known ?? (value >= 4e3 && value < 5e3 ? "application code" : value >= 3e3 && value < 4e3 ? "registered by a library" : "not a code one may send"));
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const size2 = new TextEncoder().encode(reason.value).length;
      if (size2 > 123) {
        setText(error, `the reason has ${size2} bytes; a close frame holds 123 (RFC 6455 section 5.5)`);
        return;
      }
      submit.disabled = true;
      void this.owner.close(Number(code.value), reason.value).then((problem) => {
        submit.disabled = false;
        setText(error, problem);
        if (!problem) this.toggle(false);
      });
    });
    form.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") {
        this.toggle(false);
        this.closeButton.focus();
      }
    });
    return form;
  }
  toggle(open) {
    if (this.menu.hasAttribute("hidden") === !open) return;
    this.menu.hidden = !open;
    setAttr(this.closeButton, "aria-expanded", String(open));
    if (open) this.menu.querySelector(".kws-reason").focus();
  }
};
function metric(name, title) {
  return h("span", { class: `kws-metric ${name}`, title });
}
function paintUrl(element, url) {
  if (element.title === url) return;
  element.title = url;
  const match = /^(wss?:\/\/)([^/?#]*)(.*)$/.exec(url);
  if (!match) element.textContent = url;
  else element.replaceChildren(h("span", { class: "kws-dim" }, match[1]), h("span", { class: "kws-host" }, match[2]), h("span", { class: "kws-dim" }, match[3]));
}

// src/view.ts
var decoder = new TextDecoder();
var TABS = ["Message", "Handshake", "Certificate", "Statistics"];
var MIN_HEIGHT = 110;
var MAX_HEIGHT = 2e3;
var View = class {
  element;
  link;
  grid;
  /** Ticks so far: read by the browser tests. */
  ticks = 0;
  pages = new Pages();
  status;
  picker;
  filter;
  composer;
  message;
  statistics = new StatisticsTab(async () => (await this.link.request("statistics", {}))[0]);
  banner = h("div", { class: "kws-banner", role: "status", hidden: true });
  bannerText = h("span");
  again = button("Reconnect", { title: "Connect again with the same settings; the log goes on", hidden: true });
  freezeButton;
  followButton;
  tabs = /* @__PURE__ */ new Map();
  drawer;
  pane;
  open = null;
  obeyed = [0, 0];
  last = null;
  constructor(model) {
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
      }
    });
    this.picker = new Picker({
      sessions: async () => (await this.link.request("sessions", {}))[0].sessions,
      show: async (name) => {
        await this.link.request("show", { name });
      }
    });
    this.status = new StatusLine({ close: (code, reason) => this.close(code, reason), certificate: () => this.toggle("Certificate", true) }, this.picker.element);
    this.filter = new FilterBar({ filter: (text) => this.link.request("filter", { text }).then(() => void 0), leave: () => this.grid.focus() }, this.freezeButton, this.followButton, clear, saving.element);
    this.grid = new Grid(this.pages, {
      fetch: (page, pages) => void this.fetch(page, pages),
      select: (row) => this.select(row),
      open: () => this.toggle("Message", true),
      escape: () => this.toggle(null),
      search: () => this.filter.focus(),
      followed: (on) => {
        setAttr(this.followButton, "aria-pressed", String(on));
        this.link.notify({ k: "follow", on: on ? 1 : 0 });
      }
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
      go: (index) => void this.go(index)
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
      void this.link.request("clear", {}).catch((error) => this.say(error.message, true));
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
      const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
      next.focus();
      event.preventDefault();
      event.stopPropagation();
    });
    this.drawer = h("div", { class: "kws-drawer" }, splitter, strip, this.pane);
    this.pane.hidden = true;
    const table = h("div", { class: "kws-table" }, this.grid.element, ...this.grid.overlays);
    this.element = h("section", { class: "kws", "aria-label": "WebSocket panel" }, this.status.element, this.banner, this.filter.element, table, this.drawer, this.composer.element);
    this.resizing(splitter, table);
    this.offline(model.get("_snapshot"));
    this.link = new Link(model, {
      tick: (tick, buffer) => {
        this.ticks += 1;
        this.tick(tick, buffer ? JSON.parse(decoder.decode(buffer)) : []);
      },
      waiting: (count2) => this.status.wait(count2),
      gone: () => {
        this.status.gone();
        this.composer.gone();
        this.say(GONE, true);
      }
    });
  }
  dispose() {
    this.link.close();
    this.grid.close();
    this.filter.dispose();
    this.status.dispose();
  }
  /** A saved page has no kernel: paint what was saved with it. */
  offline(snapshot) {
    if (snapshot?.tick) this.tick(snapshot.tick, snapshot.rows ?? []);
  }
  tick(tick, rows) {
    const before = this.last?.session.state;
    if (this.last && this.last.session.name !== tick.session.name) {
      this.message.clear();
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
    else if (before !== void 0 && before !== state) this.say("");
    this.again.hidden = state !== "closed";
  }
  /** Does what Python asked, once for each new number. */
  obey({ follow, select }) {
    if (follow[0] !== this.obeyed[0]) this.grid.follow(follow[1]);
    if (select[0] !== this.obeyed[1]) {
      const [, [index], at] = select;
      this.grid.point(index ?? -1, at);
      if (index === void 0) this.message.clear();
      else this.detail(index);
    }
    this.obeyed = [follow[0], select[0]];
  }
  detail(index) {
    this.toggle("Message", true);
    void this.message.show(index);
  }
  async go(index) {
    try {
      const [{ gen, at }] = await this.link.request("locate", { index });
      this.grid.point(index, gen === this.pages.gen ? at : null);
      this.link.notify({ k: "select", indexes: [index] });
      this.detail(index);
    } catch (error) {
      this.say(error.message, true);
    }
  }
  hint({ filter, busy, session, stats, n }) {
    if (n > 3 || n > 0 && (filter || session.state !== "open" || stats.sent_messages + stats.received_messages > 0)) return "";
    if (filter) return busy ? "Searching…" : "No message matches this filter.";
    if (session.state === "open") return `Connected. No messages yet: type one below, or ${session.name || "ws"}.send("hello") in a cell.`;
    if (session.state === "connecting") return "Connecting…";
    return "No messages.";
  }
  say(text, bad = false) {
    setText(this.bannerText, text);
    delete this.banner.dataset.kept;
    this.banner.hidden = !text;
    setAttr(this.banner, "data-bad", String(bad));
  }
  async fetch(page, pages) {
    const { gen } = this.pages;
    try {
      const [answer, buffers] = await this.link.request("rows", { gen, first: page * PAGE, n: pages * PAGE });
      if (answer.gen === this.pages.gen && buffers[0]) this.pages.put(answer.first, JSON.parse(decoder.decode(buffers[0])));
    } catch {
    }
    this.grid.arrived(page, pages);
  }
  async send(payload) {
    const [answer] = payload.kind === "text" ? await this.link.request("send", { kind: "text", text: payload.text }) : await this.link.request("send", { kind: "binary", text: "" }, [payload.data.buffer]);
    return answer.index;
  }
  async close(code, reason) {
    try {
      await this.link.request("close", { code, reason });
      return "";
    } catch (error) {
      return error.message;
    }
  }
  async reconnect() {
    this.again.disabled = true;
    try {
      await this.link.request("reconnect", {});
    } catch (error) {
      this.say(error.message, true);
      this.banner.dataset.kept = "1";
    } finally {
      this.again.disabled = false;
    }
  }
  select(row) {
    this.link.notify({ k: "select", indexes: [row[0]] });
    this.detail(row[0]);
  }
  toggle(tab, keep = false) {
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
  async facts(tab) {
    this.pane.replaceChildren(h("p", { class: "kws-dim kws-none" }, "…"));
    let page;
    try {
      page = tab === "Handshake" ? handshakeView((await this.link.request("handshake", {}))[0]) : certificateView((await this.link.request("certificate", {}))[0]);
    } catch (error) {
      page = h("p", { class: "kws-error kws-none" }, error.message);
    }
    if (this.open === tab) this.pane.replaceChildren(page);
  }
  resizing(splitter, table) {
    const set = (height) => {
      const bounded = Math.max(MIN_HEIGHT, Math.min(MAX_HEIGHT, height));
      table.style.height = `${bounded}px`;
      setAttr(splitter, "aria-valuenow", String(bounded));
    };
    splitter.addEventListener("pointerdown", (event) => {
      splitter.setPointerCapture(event.pointerId);
      const start = event.clientY;
      const height = table.offsetHeight;
      const move = (moved) => set(height + moved.clientY - start);
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
};

// src/index.ts
function render({ model, el }) {
  const view = new View(model);
  el.append(view.element);
  Object.defineProperty(view.element, "kws", { value: view });
  return () => {
    view.dispose();
    view.element.remove();
  };
}
var index_default = { render };
export {
  index_default as default
};
