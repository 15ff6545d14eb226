// src/dom.ts
function h(tag, attrs = {}, ...kids) {
  const element = document.createElement(tag);
  for (const [key, value2] of Object.entries(attrs)) {
    if (key === "class") element.className = String(value2);
    else if (value2 === true) element.setAttribute(key, "");
    else if (value2 !== false) element.setAttribute(key, String(value2));
  }
  element.append(...kids);
  return element;
}
var SVG = "http://www.w3.org/2000/svg";
function svg(tag, attrs = {}, ...kids) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value2] of Object.entries(attrs)) element.setAttribute(key, String(value2));
  element.append(...kids);
  return element;
}
var ICONS = {
  lock: "M5 7V5a3 3 0 0 1 6 0v2h1v6H4V7zm1.5 0h3V5a1.5 1.5 0 0 0-3 0z",
  unlock: "M5 7V4.5a3 3 0 0 1 5.8-1l-1.4.6A1.5 1.5 0 0 0 6.5 4.500V7H12v6H4V7z",
  search: "M7 2.500a4.5 4.5 0 0 1 3.6 7.200l3 3-1 1-3-3A4.5 4.5 0 1 1 7 2.500zm0 1.400a3.1 3.1 0 1 0 0 6.2 3.1 3.1 0 0 0 0-6.200z",
  plug: "M5.500 2H7v3h2V2h1.500v3H12v3.500a3.500 3.500 0 0 1-3.250 3.490V14h-1.500v-2.010A3.500 3.500 0 0 1 4 8.500V5h1.500z",
  freeze: "M5 3.500h2v9H5zm4 0h2v9H9z",
  follow: "M7.3 2.500h1.400v6.200l2.3-2.3 1 1-4 4-4-4 1-1 2.3 2.300zM4 12.100h8v1.400H4z",
  clear: "M8 2.200a5.8 5.8 0 1 1 0 11.600A5.8 5.8 0 0 1 8 2.200zm0 1.400a4.4 4.4 0 0 0-3.4 7.200l6.2-6.200A4.4 4.4 0 0 0 8 3.600zm3.4 1.600l-6.2 6.200a4.4 4.4 0 0 0 6.2-6.200z",
  chevron: "M4 6l1-1 3 3 3-3 1 1-4 4z",
  split: "M2 3h12v10H2zm1.400 1.400v7.200h4.900V4.400zm6.300 0v7.200h2.900V4.400z",
  export: "M8 10.200L4.600 6.800l1-1 1.700 1.700V2.500h1.400v5l1.700-1.700 1 1zM3 11h1.400v1.600h7.200V11H13v3H3z",
  marker: "M9.800 2.200l4 4-5.600 5.600-3 1-1-1 1-3zM2.500 12.500h3v1.300h-3z",
  include: "M8 2.200a5.8 5.8 0 1 1 0 11.600A5.8 5.8 0 0 1 8 2.200zm0 1.400a4.4 4.4 0 1 0 0 8.800 4.4 4.4 0 0 0 0-8.800zM7.3 5.200h1.400v2.100h2.100v1.400H8.700v2.100H7.300V8.700H5.200V7.300h2.100z",
  exclude: "M8 2.200a5.8 5.8 0 1 1 0 11.600A5.8 5.8 0 0 1 8 2.200zm0 1.400a4.4 4.4 0 1 0 0 8.800 4.4 4.4 0 0 0 0-8.800zM5.2 7.300h5.600v1.400H5.200z",
  path: "M3 3h4v1.400H4.400v2.900H8v1.400H4.400v2.900H8V13H3zM9.500 6.600h4v2.800h-4zM9.500 10.900h4v2.800h-4z",
  column: "M3 3h10v10H3zm1.400 1.400v7.200h2.400V4.400zm3.800 0v7.200h3.400V4.400z",
  plot: "M2.600 12.400l3.200-5 2.600 2.600 4-6.400 1.200.800-5 8-2.600-2.600-2.200 3.400z",
  copy: "M5.5 2.500h7v8h-2v3h-7v-9h2zm1.3 2H10.500v4.700h.7V3.800H6.800zM4.8 5.800v6.400h4.400V5.800z",
  bookmark: "M4 2h8v12l-4-3.200L4 14z",
  chart: "M2.500 13.500v-1.400h11v1.400zM3.500 11V7.500h2V11zm3.500 0V3h2v8zm3.500 0V5.500h2V11z"
};
function icon(name) {
  return svg(
    "svg",
    { viewBox: "0 0 16 16", class: "kws-icon", "aria-hidden": "true" },
    svg("path", { d: ICONS[name] })
  );
}
var SUPPRESS = { "data-lm-suppress-shortcuts": "true" };
function button(label2, attrs = {}, ...kids) {
  return h(
    "button",
    { type: "button", class: "kws-button", ...SUPPRESS, ...attrs, "aria-label": label2, title: attrs.title ?? label2 },
    ...kids.length ? kids : [label2]
  );
}
function focused(within) {
  return within.getRootNode().activeElement ?? null;
}
function origin(event) {
  return event.composedPath()[0] ?? event.target;
}
function setText(element, text) {
  const { firstChild } = element;
  if (text && firstChild?.nodeType === Node.TEXT_NODE && !firstChild.nextSibling) {
    if (firstChild.nodeValue !== text) firstChild.nodeValue = text;
  } else if (element.textContent !== text) element.textContent = text;
}
function setAttr(element, name, value2) {
  if (element.getAttribute(name) !== value2) element.setAttribute(name, value2);
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
function enters(event) {
  const confirms = event.key === "Enter" && !event.isComposing && event.target.tagName === "INPUT";
  if (confirms) event.preventDefault();
  return confirms;
}

// src/format.ts
var grouped = new Intl.NumberFormat("en-US");
var count = (value2) => grouped.format(value2);
function bytes(value2) {
  if (value2 < 1e3) return `${value2} B`;
  for (const unit of ["kB", "MB", "GB"]) {
    value2 /= 1e3;
    if (value2 < 999.5 || unit === "GB") return `${value2 < 9.95 ? value2.toFixed(1) : Math.round(value2)} ${unit}`;
  }
  return "";
}
function rate(value2) {
  if (value2 === 0) return "0/s";
  if (value2 < 10) return `${value2.toFixed(1)}/s`;
  if (value2 < 1e3) return `${Math.round(value2)}/s`;
  return `${(value2 / 1e3).toFixed(value2 < 99500 ? 1 : 0)} k/s`;
}
function millis(seconds2) {
  const ms = seconds2 * 1e3;
  if (ms < 0.095) return `${Math.round(ms * 1e3)} µs`;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return `${seconds2.toFixed(2)} s`;
}
var two = (value2) => String(value2).padStart(2, "0");
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
function lapse(us) {
  const ms = Math.round(Math.abs(us) / 1e3);
  const [hours, minutes, seconds2] = [
    Math.floor(ms / 36e5),
    Math.floor(ms / 6e4) % 60,
    `${Math.floor(ms / 1e3) % 60}.${String(ms % 1e3).padStart(3, "0")}`
  ];
  const head2 = hours ? `${hours}:${two(minutes)}:` : minutes ? `${minutes}:` : "";
  return `${us < 0 ? "−" : "+"}${head2}${head2 ? seconds2.padStart(6, "0") : seconds2}`;
}
function span(seconds2) {
  if (seconds2 > 0 && seconds2 < 1) return millis(seconds2);
  if (seconds2 < 60) return `${seconds2 < 9.95 ? Math.round(seconds2 * 10) / 10 : Math.round(seconds2)} s`;
  const whole = Math.round(seconds2);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} m`;
  return `${Math.floor(whole / 86400)} d ${Math.floor(whole % 86400 / 3600)} h`;
}
var UNSAFE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\p{Cs}]/gu;
var visible = (text) => text.replace(UNSAFE, (char) => {
  const code = char.charCodeAt(0);
  return code < 32 ? String.fromCharCode(9216 + code) : code === 127 ? "␡" : `\\u${code.toString(16).padStart(4, "0")}`;
});

// src/announcer.ts
var QUIET_MS = 5e3;
var Announcer = class {
  /** `present` says whether the reader is in this panel: others keep silent about their messages. */
  constructor(present) {
    this.present = present;
  }
  present;
  element = h("div", { class: "kws-offscreen", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  state = "";
  filter = "";
  searching = false;
  told = -1;
  timer = 0;
  newest = 0;
  /** Says it now, also when it was the last thing said. */
  say(text) {
    if (text) this.element.replaceChildren(h("span", {}, text));
  }
  tick({ session, filter, busy, n, kept, total }) {
    if (this.state && this.state !== session.state && session.state !== "closed")
      this.say(`connection ${session.state}`);
    this.state = session.state;
    if (filter !== this.filter) this.searching = true;
    this.filter = filter;
    if (this.searching && !busy) {
      this.searching = false;
      this.say(
        filter ? `${count(n)} of ${count(kept)} match` : `no filter, ${count(kept)} ${kept === 1 ? "row" : "rows"}`
      );
    }
    this.newest = total;
    if (this.told < 0 || !this.present()) this.told = total;
    else if (total > this.told && !this.timer) this.timer = window.setTimeout(() => this.tell(), QUIET_MS);
  }
  tell() {
    this.timer = 0;
    const fresh = this.newest - this.told;
    this.told = this.newest;
    if (fresh > 0 && this.present()) this.say(`${count(fresh)} new ${fresh === 1 ? "row" : "rows"}`);
  }
  dispose() {
    window.clearTimeout(this.timer);
  }
};

// src/clear.ts
function clearButton(clear) {
  const element = button(
    "Clear",
    {
      class: "kws-button kws-clear",
      title: "Forget every row, here and in Python; Undo brings them back for a minute"
    },
    icon("clear"),
    "Clear"
  );
  element.addEventListener("click", clear);
  return element;
}
var UndoLine = class {
  element;
  text = h("span", { role: "status" });
  undo = button("Undo", { title: "Bring the rows back, with their numbers and bookmarks" });
  constructor(undo) {
    this.undo.addEventListener("click", undo);
    this.element = h("div", { class: "kws-undo", hidden: true }, this.text, this.undo);
  }
  /** How many rows can be had back; 0 when none can. */
  show(rows) {
    this.element.hidden = !rows;
    setText(this.text, rows ? `${count(rows)} ${rows === 1 ? "row" : "rows"} forgotten, here and in Python` : "");
  }
};

// src/hex.ts
var DUMP_LINES = 4096;
var hex2 = Array.from({ length: 256 }, (_, value2) => value2.toString(16).padStart(2, "0"));
var ascii = (data) => Array.from(data, (value2) => value2 >= 32 && value2 < 127 ? String.fromCharCode(value2) : "·").join("");
function hexDump(data, base = 0) {
  const lines2 = [];
  for (let at = 0; at < data.length && lines2.length < DUMP_LINES; at += 16) {
    const part = data.subarray(at, at + 16);
    let hex = "";
    for (let i = 0; i < 16; i++) {
      if (i === 8) hex += " ";
      const value2 = part[i];
      hex += value2 === void 0 ? "   " : `${hex2[value2]} `;
    }
    lines2.push(`${(base + at).toString(16).padStart(8, "0")}  ${hex} ${ascii(part)}`);
  }
  if (data.length > DUMP_LINES * 16) lines2.push(`… ${data.length - DUMP_LINES * 16} more bytes of this page`);
  return lines2.join("\n");
}
var toHex = (data) => Array.from(data, (value2) => hex2[value2]).join(" ");
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
  const digits = text.replace(/\s/g, "").replace(/-/g, "+").replace(/_/g, "/");
  const bad = /[^A-Za-z0-9+/=]/u.exec(digits);
  if (bad) return `“${bad[0]}” is not a base64 digit`;
  try {
    return Uint8Array.from(atob(digits), (char) => char.charCodeAt(0));
  } catch {
    return /=[^=]|===/.test(digits) ? "“=” may only pad the end, twice at most" : "not base64: four digits stand for three bytes, and “=” fills the last four";
  }
}

// src/json.ts
var SPACE = /[ \t\n\r]*/y;
var NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
var LITERAL = /true|false|null/y;
var STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
var BEGUN_STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
var put = (parent, key, value2) => {
  if (parent.type === "object") parent.entries.push([key, value2]);
  else parent.items.push(value2);
};
function parseJson(text) {
  return parse(text, []);
}
function readBeginning(text) {
  const whole = parseJson(text);
  if (whole.type !== "mistake") return whole;
  const open = [];
  parse(text.replace(/[-+.\deE]+$/, ""), open);
  for (let inner = open.pop(); inner; inner = open.pop()) {
    inner.node.cut = true;
    const parent = open.at(-1);
    if (!parent) return inner.node;
    put(parent.node, parent.key, inner.node);
  }
  return void 0;
}
function parse(text, open) {
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
  const wrong = (expected) => ({
    type: "mistake",
    at,
    message: at >= text.length ? `ends where ${expected} is expected` : `${expected} is expected`
  });
  const broken = () => {
    take(BEGUN_STRING);
    return {
      type: "mistake",
      at,
      message: at >= text.length ? "the string does not end" : text[at] === "\\" ? "JSON has no such escape" : "a control character in a string must be escaped"
    };
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
  for (; ; ) {
    skip();
    let value2;
    const char = text[at];
    if (char === "{" || char === "[") {
      at += 1;
      const node2 = char === "{" ? { type: "object", entries: [] } : { type: "array", items: [] };
      skip();
      if (text[at] === (char === "{" ? "}" : "]")) {
        at += 1;
        value2 = node2;
      } else {
        const parent = { node: node2, key: "" };
        open.push(parent);
        const name = char === "{" ? key() : "";
        if (typeof name !== "string") return name;
        parent.key = name;
        continue;
      }
    } else if (char === '"') {
      const found = take(STRING);
      if (found === void 0) return broken();
      value2 = { type: "string", value: JSON.parse(found) };
    } else {
      const number = take(NUMBER);
      const literal = number ?? take(LITERAL);
      if (literal === void 0) return wrong("a value");
      value2 = { type: number === void 0 ? "literal" : "number", text: literal };
    }
    for (; ; ) {
      const parent = open.at(-1);
      skip();
      if (!parent) return at === text.length ? value2 : wrong("the end");
      const object = parent.node.type === "object";
      put(parent.node, parent.key, value2);
      if (text[at] === ",") {
        at += 1;
        if (object) {
          const name = key();
          if (typeof name !== "string") return name;
          parent.key = name;
        }
        break;
      }
      if (text[at] !== (object ? "}" : "]"))
        return wrong(object ? "a comma or the end of the object" : "a comma or the end of the array");
      at += 1;
      open.pop();
      value2 = parent.node;
    }
  }
}
function readJson(text) {
  const value2 = parseJson(text);
  return value2.type === "mistake" ? void 0 : value2;
}
function childrenOf(value2) {
  return value2.type === "object" ? value2.entries : value2.type === "array" ? value2.items.map((item2) => [void 0, item2]) : [];
}
function atomText(value2) {
  if (value2.type === "string") return JSON.stringify(value2.value);
  return value2.type === "object" ? "{}" : value2.type === "array" ? "[]" : value2.text;
}
var MAX_INDENT = 50;
function jsonText(value2) {
  const out = [];
  const todo = [[value2, 0]];
  while (todo.length) {
    const next = todo.pop();
    if (typeof next === "string") {
      out.push(next);
      continue;
    }
    const [item2, depth] = next;
    const children2 = childrenOf(item2);
    if (!children2.length) {
      out.push(atomText(item2));
      continue;
    }
    const object = item2.type === "object";
    const line = (deep) => `
${"  ".repeat(Math.min(deep, MAX_INDENT))}`;
    out.push(object ? "{" : "[");
    todo.push(`${line(depth)}${object ? "}" : "]"}`);
    for (let at = children2.length - 1; at >= 0; at--) {
      const [name, one] = children2[at];
      todo.push(
        [one, depth + 1],
        `${at ? "," : ""}${line(depth + 1)}${name === void 0 ? "" : `${JSON.stringify(name)}: `}`
      );
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
    const value2 = parseJson(text);
    return value2.type === "mistake" ? { message: `line ${place(text, value2.at)}: ${value2.message}`, at: value2.at } : { kind: "text", text };
  }
  const data = mode === "Hex" ? fromHex(text) : fromBase64(text);
  return typeof data === "string" ? { message: data } : { kind: "binary", data };
}
function place(text, at) {
  const before2 = text.slice(0, at).split("\n");
  return `${before2.length}, column ${before2.at(-1).length + 1}`;
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

// src/target.ts
var Target = class {
  element = h("select", {
    class: "kws-input kws-to",
    "aria-label": "Session to send to",
    hidden: true,
    ...SUPPRESS
  });
  name = null;
  offered = [];
  shown = "";
  constructor(changed) {
    this.element.addEventListener("keydown", (event) => event.stopPropagation());
    this.element.addEventListener("change", () => {
      this.name = this.element.value || null;
      changed();
    });
  }
  /** Takes what is shown now; true when what has been typed would go to another session than before. */
  tick(sources) {
    const before2 = this.name;
    this.offered = sources.filter((one) => one.can.includes("send"));
    if (sources.length === 1) this.name = this.offered[0]?.name ?? null;
    else if (!this.session) this.name = null;
    this.element.hidden = sources.length === 1;
    this.paint();
    return before2 !== null && this.name !== null && this.name !== before2;
  }
  /** The session; none while several are shown and none was chosen. */
  get session() {
    return this.offered.find((one) => one.name === this.name);
  }
  /** Whether any source takes messages: a log takes nothing. */
  get possible() {
    return this.offered.length > 0;
  }
  /** Whether there is a choice, so that whoever sends must see to whom. */
  get several() {
    return !this.element.hidden;
  }
  choose(name) {
    if (!this.offered.some((one) => one.name === name)) return;
    this.name = name;
    this.paint();
  }
  /** The options are made anew only when they changed: ten times a second would close the list. */
  paint() {
    const options = this.offered.map(({ name, state }) => [
      name,
      `to ${visible(name)}${state === "open" ? "" : ` (${state})`}`
    ]);
    const shown2 = JSON.stringify(options);
    if (shown2 !== this.shown) {
      this.shown = shown2;
      this.element.replaceChildren(
        h("option", { value: "" }, "to …"),
        ...options.map(([value2, label2]) => h("option", { value: value2 }, label2))
      );
    }
    if (this.element.value !== (this.name ?? "")) this.element.value = this.name ?? "";
  }
};

// src/composer/tokens.ts
var TOKEN = /("(?:[^"\\\n]|\\.)*"(?=\s*:))|("(?:[^"\\\n]|\\.)*"?)|(-?\d[\d.eE+-]*)|((?:true|false|null)\b)|(\{\{[\s\S]*?\}\})|([{}[\],:])|(\s+|[^\s"{}[\],:\d-]+|-)/y;
var KINDS = ["key", "string", "number", "literal", "template", "sign", ""];
function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text))
    found.push([match[0], KINDS[match.findIndex((group, at) => at > 0 && group !== void 0) - 1] ?? ""]);
  return found;
}
var blank = (all) => all.map(([text, kind]) => kind === "template" ? `0${" ".repeat(text.length - 1)}` : text).join("");
var INDENT = "  ";
var DEEPEST = 50;
function written(all, pretty) {
  const out = [];
  let depth = 0;
  const line = () => pretty ? `
${INDENT.repeat(Math.min(depth, DEEPEST))}` : "";
  all.forEach(([text, kind], at) => {
    if (kind !== "sign") out.push(text);
    else if (text === "{" || text === "[") {
      depth += 1;
      const next = all[at + 1]?.[0];
      out.push(text, next === "}" || next === "]" ? "" : line());
    } else if (text === ",") out.push(text, line());
    else if (text === ":") out.push(pretty ? ": " : ":");
    else {
      depth -= 1;
      const before2 = all[at - 1]?.[0];
      out.push(before2 === "{" || before2 === "[" ? "" : line(), text);
    }
  });
  return out.join("");
}
function reformat(text) {
  const all = tokens(text);
  const value2 = parseJson(blank(all));
  if (value2.type === "mistake") return { message: value2.message, at: value2.at };
  const words2 = all.filter(([word, kind]) => kind !== "" || word.trim());
  const pretty = written(words2, true);
  if (pretty !== text) return { text: pretty, said: "formatted; again compacts" };
  const compact = written(words2, false);
  return { text: compact, said: compact === text ? "formatted already" : "compacted; again formats" };
}

// src/composer/editor.ts
var COLOURED = 15e3;
var COPIED = 5e3;
var same = (one, other) => one !== void 0 && other !== void 0 && one[0] === other[0] && one[1] === other[1];
var Editor = class {
  text = h("textarea", {
    class: "kws-input kws-text",
    rows: 1,
    spellcheck: "false",
    "aria-label": "Message to send",
    ...SUPPRESS
  });
  copy = h("pre", { class: "kws-copy", "aria-hidden": "true" });
  element = h("div", { class: "kws-room" }, this.text, this.copy);
  shown = [];
  constructor() {
    this.text.addEventListener("pointerup", () => this.fit());
    this.text.addEventListener("scroll", () => this.follow());
  }
  get value() {
    return this.text.value;
  }
  /** Shows what is in the field, `json` in colours; `wrong` is where it goes wrong. */
  paint(json, wrong) {
    const { value: value2 } = this.text;
    const coloured = json && value2.length <= COLOURED;
    const cut2 = coloured ? tokens(value2) : [[value2.slice(0, COPIED), ""]];
    this.show([...cut2, [" ", ""]], coloured ? wrong : void 0);
    setAttr(this.element, "data-coloured", String(coloured));
    this.fit();
    this.follow();
  }
  /** Replaces what differs from what is shown: in a long text typing changes a token or two. */
  show(now, wrong) {
    const { copy } = this;
    const shown2 = this.shown;
    let [from, to, was] = [0, now.length, shown2.length];
    while (same(now[from], shown2[from])) from += 1;
    while (to > from && was > from && same(now[to - 1], shown2[was - 1])) [to, was] = [to - 1, was - 1];
    const before2 = copy.childNodes[was] ?? null;
    for (const old of [...copy.childNodes].slice(from, was)) old.remove();
    for (const [text, kind] of now.slice(from, to))
      copy.insertBefore(kind ? h("span", { class: `kws-${kind}` }, text) : h("span", {}, text), before2);
    this.shown = now;
    for (const old of copy.querySelectorAll(".kws-wrong")) old.classList.remove("kws-wrong");
    if (wrong === void 0) return;
    let [at, end] = [0, now[0][0].length];
    while (end <= wrong && at < now.length - 1) end += now[++at][0].length;
    copy.children[at].classList.add("kws-wrong");
  }
  /** Puts another text there as if it had been typed, so that undo brings the old one back. */
  replace(value2) {
    this.text.focus();
    this.text.select();
    if (!document.execCommand?.("insertText", false, value2) || this.text.value !== value2) {
      this.text.value = value2;
      this.text.dispatchEvent(new Event("input"));
    }
    this.text.setSelectionRange(0, 0);
    this.text.scrollTop = 0;
  }
  /** Chooses the place that is wrong. */
  point(at) {
    this.text.focus();
    this.text.setSelectionRange(at, at + 1);
  }
  follow() {
    this.copy.scrollTop = this.text.scrollTop;
  }
  /** The field grows with its text, until the reader drags it to a height of their own; an emptied one begins anew. */
  fit() {
    const { value: value2, style: style2 } = this.text;
    if (!value2) style2.height = "";
    setAttr(this.element, "data-own", String(style2.height !== ""));
  }
};

// src/composer/filling.ts
var Filling = class {
  toggle = button(
    "Fill in {{expressions}}",
    {
      class: "kws-button kws-fill",
      "aria-pressed": "false",
      hidden: true,
      title: "Evaluate {{expressions}} in the kernel and show what would be sent; off, braces go as they are"
    },
    "{{ }}"
  );
  head = h("span", { class: "kws-dim" });
  body = h("pre", { class: "kws-filled-text", tabindex: 0, "aria-label": "What would be sent" });
  element = h("div", { class: "kws-filled", hidden: true }, this.head, this.body);
  of = "";
  name = "";
  /** Whether expressions are evaluated. */
  get on() {
    return this.toggle.getAttribute("aria-pressed") === "true";
  }
  set(on) {
    setAttr(this.toggle, "aria-pressed", String(on));
    if (!on) this.forget();
  }
  /** Looks at what is written: without braces there is nothing to fill in, and what was shown of another text is no more. */
  look(text, mode) {
    const possible = mode !== "File" && text.includes("{{");
    this.toggle.hidden = !possible;
    if (!possible) this.set(false);
    else if (this.of !== mode + text) this.forget();
  }
  /** The name of what was shown of what is written; undefined when it has to be filled in first. */
  get ready() {
    return this.name || void 0;
  }
  show(text, mode, { name, kind, size: size2, text: filled }) {
    [this.of, this.name] = [mode + text, name];
    setText(this.head, `would send ${kind === "binary" ? "binary, " : ""}${bytes(size2)}:`);
    setText(this.body, filled);
    this.element.hidden = false;
  }
  forget() {
    this.of = this.name = "";
    this.element.hidden = true;
  }
};

// src/composer/shelf.ts
var KEY = "kontena-ws-nb:messages";
var OLD_KEY = "kontena-ws-nb:snippets";
var MOST = 1e3;
var LONGEST = 2e4;
var isKept = (value2) => {
  const { name, folder, mode, text } = value2 ?? {};
  return [name, folder, text].every((one) => typeof one === "string") && MODES.some((one) => one === mode) && mode !== "File";
};
var nameOf = (text) => text.trim().replace(/\s+/g, " ").slice(0, 40) || "empty";
function free(list2, one) {
  const taken = new Set(list2.filter(({ folder }) => folder === one.folder).map(({ name: name2 }) => name2));
  let name = one.name;
  for (let number = 2; taken.has(name); number++) name = `${one.name} (${number})`;
  return { ...one, name };
}
function read() {
  try {
    const stored = window.localStorage.getItem(KEY);
    const value2 = JSON.parse(stored ?? window.localStorage.getItem(OLD_KEY) ?? "[]");
    if (!Array.isArray(value2)) return [];
    const list2 = [];
    for (const one of value2) {
      const kept = stored === null ? { ...one, name: nameOf(String(one?.text)), folder: "" } : one;
      if (isKept(kept)) list2.push(stored === null ? free(list2, kept) : kept);
    }
    return list2.slice(0, MOST);
  } catch {
    return [];
  }
}
function change(old, wanted, at) {
  const list2 = read();
  const place2 = old ? list2.findIndex(({ name, folder }) => name === old.name && folder === old.folder) : -1;
  if (place2 >= 0) list2.splice(place2, 1);
  if (wanted) {
    if (wanted.text.length > LONGEST)
      throw new Error(`only messages up to ${LONGEST.toLocaleString("en-US")} characters can be saved in the browser`);
    if (list2.length >= MOST) throw new Error(`the browser keeps ${MOST} messages: delete some`);
    list2.splice(at >= 0 ? at : place2 >= 0 ? place2 : list2.length, 0, free(list2, wanted));
  }
  try {
    window.localStorage.setItem(KEY, JSON.stringify(list2));
  } catch (error) {
    throw new Error(`the browser did not save it: ${error.message}`);
  }
  return list2;
}

// src/composer/library.ts
var item = ({ name, folder, mode, text }) => [name, folder, mode, text];
var same2 = (one, other) => item(one).join("\n") === item(other).join("\n");
var field = (label2, more = {}) => h("input", { class: "kws-input", "aria-label": label2, placeholder: label2, maxlength: 100, ...SUPPRESS, ...more });
var Library = class {
  constructor(owner) {
    this.owner = owner;
    this.toggle.addEventListener("click", () => void this.open(this.element.hasAttribute("hidden")));
    this.star.addEventListener("click", () => {
      const { text, mode } = owner.written();
      void this.open(true).then(() => this.edit(null, { name: nameOf(text), folder: "", mode, text }));
    });
    this.search.addEventListener("input", () => this.paint());
    this.element.addEventListener("keydown", (event) => this.key(event));
  }
  owner;
  toggle = button("Saved messages", { "aria-expanded": "false", title: "Messages that were kept" }, "Saved");
  star = button("Save this message", { class: "kws-button kws-star", title: "Keep this message" }, "☆");
  search = field("Search saved messages", { type: "search" });
  list = h("div", { class: "kws-kept-list" });
  where = h("div", { class: "kws-repeat" });
  said = h("span", { role: "status" });
  name = field("Name");
  folder = field("Folder");
  form = h("div", { class: "kws-repeat", role: "group", "aria-label": "Keep", hidden: true });
  element = h(
    "div",
    { class: "kws-library", role: "group", "aria-label": "Saved messages", hidden: true },
    h("div", { class: "kws-repeat" }, this.search, this.said),
    this.form,
    this.list,
    this.where
  );
  all = [];
  path = "";
  directory = "";
  /** Whether the kernel answered: without one there is only the browser. */
  kernel = false;
  async open(on) {
    this.element.hidden = !on;
    setAttr(this.toggle, "aria-expanded", String(on));
    this.form.hidden = true;
    if (!on) return;
    this.search.value = "";
    this.say("");
    await this.do(() => this.owner.ask("library"), true);
    this.search.focus();
  }
  say(text, bad = false) {
    this.said.className = bad ? "kws-error" : "kws-dim";
    this.said.replaceChildren(text);
  }
  /** Does something in the kernel and shows what is kept then; `quiet`: without a kernel the browser's are shown. */
  async do(ask, quiet = false) {
    try {
      const [{ path, directory }, items] = await ask();
      this.kernel = true;
      [this.path, this.directory] = [path, directory];
      this.all = path ? items.map(([name, folder, mode, text]) => ({
        name,
        folder,
        mode: MODES.find((one) => one === mode) ?? "Text",
        text
      })) : read();
    } catch (error) {
      if (!quiet || this.kernel) this.say(error.message, true);
      if (quiet && !this.path) this.all = read();
      if (!quiet) return false;
    }
    this.paint();
    return true;
  }
  async change(old, wanted, at = -1) {
    if (this.path)
      return this.do(() => this.owner.ask("keep", { old: old ? item(old) : [], new: wanted ? item(wanted) : [], at }));
    try {
      this.all = change(old, wanted, at);
    } catch (error) {
      this.say(error.message, true);
      return false;
    }
    this.paint();
    return true;
  }
  /** Whether what is written is kept, as far as is known. */
  look(text, mode) {
    const kept = this.all.some((one) => one.text === text && one.mode === mode);
    setText(this.star, kept ? "★" : "☆");
  }
  paint() {
    const words2 = this.search.value.toLowerCase().split(/\s+/);
    const shown2 = this.all.filter((one) => words2.every((word) => item(one).join("\n").toLowerCase().includes(word)));
    const folders = [.../* @__PURE__ */ new Set(["", ...shown2.map(({ folder }) => folder)])];
    this.list.replaceChildren(
      ...folders.flatMap((folder) => {
        const inside2 = shown2.filter((one) => one.folder === folder).map((one) => this.row(one));
        return folder ? [h("div", { class: "kws-folder kws-dim" }, visible(folder)), ...inside2] : inside2;
      })
    );
    if (!shown2.length)
      this.list.append(
        h("span", { class: "kws-dim" }, this.all.length ? "none matches" : "none yet: ☆ keeps what is written")
      );
    this.place();
    const { text, mode } = this.owner.written();
    this.look(text, mode);
  }
  row(one) {
    const name = visible(one.name);
    const use = button(
      `Use ${name}`,
      { class: "kws-button kws-use", title: "Put it in the composer; F2 renames, Delete deletes, Alt+↑ ↓ moves" },
      h("b", {}, name),
      h("span", { class: "kws-dim" }, one.mode),
      h("code", { class: "kws-dim" }, visible(one.text.slice(0, 200)))
    );
    use.addEventListener("click", () => {
      void this.open(false);
      this.owner.fill(one);
    });
    use.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (event.key === "F2") this.edit(one, one);
      else if (event.key === "Delete") void this.drop(one);
      else if (event.altKey && step) void this.move(one, step);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    const edit = button(`Edit ${name}`, { title: "Rename, move, rewrite or delete it" }, "Edit");
    edit.addEventListener("click", () => this.edit(one, one));
    return h("div", { class: "kws-kept" }, use, edit);
  }
  /** Moves it within its folder. */
  async move(one, step) {
    const inside2 = this.all.filter(({ folder }) => folder === one.folder);
    const beside = inside2[inside2.findIndex((other) => same2(other, one)) + step];
    if (!beside) return;
    if (await this.change(one, one, this.all.indexOf(beside))) this.point(one.name);
  }
  point(name) {
    const found = [...this.list.querySelectorAll("button")].find(
      (one) => one.ariaLabel === `Use ${visible(name)}` || one.getAttribute("aria-label") === `Use ${visible(name)}`
    );
    (found ?? this.search).focus();
  }
  async drop(one) {
    const at = this.all.findIndex((other) => same2(other, one));
    this.form.hidden = true;
    if (!await this.change(one, null)) return;
    const undo = button("Undo", { class: "kws-link", title: "" });
    undo.addEventListener("click", () => void this.change(null, one, at).then((done) => done && this.say("")));
    this.say(`deleted ${visible(one.name)} `);
    this.said.append(undo);
    this.search.focus();
  }
  /** Asks for name and folder. `old` is null for a new one. */
  edit(old, one) {
    const done = async (wanted) => {
      const named = {
        ...wanted,
        name: this.name.value.trim() || nameOf(wanted.text),
        folder: this.folder.value.trim()
      };
      if (!await this.change(old, named)) return;
      this.form.hidden = true;
      this.say(`kept as ${visible(named.name)}`);
      this.point(named.name);
    };
    const save = button("Keep", { class: "kws-button kws-primary", title: "" });
    save.addEventListener("click", () => void done(one));
    const rewrite = button("Keep with what is written", { title: "The text of the composer in place of its own" });
    rewrite.addEventListener("click", () => void done({ ...one, ...this.owner.written() }));
    const drop = button("Delete", { class: "kws-button kws-danger", title: "" });
    drop.addEventListener("click", () => void this.drop(one));
    const cancel = button("Cancel", { title: "" });
    cancel.addEventListener("click", () => {
      this.form.hidden = true;
      this.search.focus();
    });
    [this.name.value, this.folder.value] = [one.name, one.folder];
    this.form.onkeydown = (event) => {
      if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
      event.preventDefault();
      void done(one);
    };
    this.form.replaceChildren(this.name, this.folder, save, ...old ? [rewrite, drop] : [], cancel);
    this.form.hidden = false;
    this.name.focus();
    this.name.select();
  }
  /** Where they are kept, and where else they could be. */
  place() {
    if (!this.kernel) {
      this.where.replaceChildren(h("span", { class: "kws-dim" }, "kept in this browser"));
      return;
    }
    if (this.path) {
      const back2 = button("Keep in this browser instead", { class: "kws-link", title: "The file stays as it is" });
      back2.addEventListener("click", () => void this.do(() => this.owner.ask("library_file", { path: "" })));
      this.where.replaceChildren(h("span", { class: "kws-dim" }, `kept in ${this.path}`), back2);
      return;
    }
    const path = field("File", { value: "messages.json", maxlength: 1e3 });
    const go = button("Keep in a file", { title: "The kernel writes it" });
    const to = h("code", { class: "kws-dim" });
    const tell = () => setText(to, `${this.directory}/${visible(path.value)}`);
    path.addEventListener("input", tell);
    go.addEventListener(
      "click",
      () => void this.do(() => this.owner.ask("library_file", { path: path.value, browser: this.all.map(item) }))
    );
    tell();
    this.where.replaceChildren(h("span", { class: "kws-dim" }, "kept in this browser;"), go, path, to);
  }
  key(event) {
    event.stopPropagation();
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Escape") {
      if (this.form.hidden) {
        void this.open(false);
        this.owner.leave();
      } else {
        this.form.hidden = true;
        this.search.focus();
      }
    } else if (step && !this.form.contains(event.target) && !this.where.contains(event.target)) {
      const all = [this.search, ...this.list.querySelectorAll(".kws-use")];
      const at = all.indexOf(focused(this.element));
      all[(Math.max(at, 0) + step + all.length) % all.length].focus();
      event.preventDefault();
    }
  }
};

// src/composer/repeat.ts
var seconds = (value2) => value2 < 10 && value2 % 1 ? value2.toFixed(1) : String(Math.round(value2));
var LATE = 3e3;
var Repeat = class {
  constructor(owner) {
    this.owner = owner;
    this.toggle.addEventListener("click", () => this.open(Boolean(this.form.hidden)));
    this.form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.open(false);
      this.owner.leave();
    });
    for (const field3 of [this.every, this.times])
      field3.addEventListener("keydown", (event) => {
        if (event.key === "Escape") return;
        event.stopPropagation();
        if (event.key === "Enter") void this.begin();
      });
    this.start.addEventListener("click", () => void this.begin());
  }
  owner;
  toggle = button("Repeat", {
    class: "kws-button",
    "aria-expanded": "false",
    title: "Send what is written every few seconds"
  });
  every = h("input", {
    class: "kws-input kws-few",
    type: "number",
    min: "0.1",
    max: "86400",
    step: "any",
    value: "5",
    "aria-label": "Seconds from one to the next",
    ...SUPPRESS
  });
  times = h("input", {
    class: "kws-input kws-few",
    type: "number",
    min: "1",
    max: "1000000",
    placeholder: "∞",
    "aria-label": "How many times; empty for no limit",
    ...SUPPRESS
  });
  start = button("Start", { class: "kws-button", title: "Send it now, and again until it is stopped" });
  problem = h("span", { class: "kws-error", role: "alert" });
  form = h(
    "div",
    { class: "kws-repeat", role: "group", "aria-label": "Repeat", hidden: true },
    "every",
    this.every,
    "s,",
    this.times,
    "times",
    this.start,
    this.problem
  );
  list = h("div", { class: "kws-repeats", hidden: true });
  element = h("div", {}, this.form, this.list);
  said = [];
  at = 0;
  timer = 0;
  open(on) {
    this.form.hidden = !on;
    this.toggle.setAttribute("aria-expanded", String(on));
    if (on) this.every.focus();
  }
  async begin() {
    const every = Math.round(this.every.valueAsNumber * 1e3);
    const count2 = this.times.value ? this.times.valueAsNumber : 0;
    setText(this.problem, "");
    try {
      if (!(every >= 100 && every <= 864e5)) throw new Error("0.1 to 86,400 seconds");
      if (!(Number.isInteger(count2) && count2 >= (this.times.value ? 1 : 0) && count2 <= 1e6))
        throw new Error("1 to 1,000,000 times");
      await this.owner.begin(every, count2);
    } catch (error) {
      setText(this.problem, `not started: ${error.message}`);
    }
  }
  /** Shows what the kernel says of them. */
  told(all) {
    [this.said, this.at] = [all, performance.now()];
    window.clearInterval(this.timer);
    if (all.some(({ running }) => running)) this.timer = window.setInterval(() => this.paint(), 1e3);
    const stale = [...this.list.children].map((one) => one.dataset.of).join("\n");
    if (stale !== all.map(({ of }) => of).join("\n")) this.list.replaceChildren(...all.map((one) => this.line(one)));
    this.list.hidden = !all.length;
    this.paint();
  }
  line({ of }) {
    const stop = button(`Stop repeating to ${visible(of)}`, { class: "kws-button kws-danger", title: "Stop" }, "Stop");
    stop.addEventListener("click", () => {
      stop.disabled = true;
      this.owner.stop(of).catch((error) => {
        stop.disabled = false;
        setText(this.problem, error.message);
      });
    });
    return h("div", { class: "kws-repeat", "data-of": of }, h("span"), h("span", { class: "kws-error" }), stop);
  }
  paint() {
    const past = (performance.now() - this.at) / 1e3;
    this.said.forEach(({ of, every, count: count2, sent, running, next, error }, at) => {
      const [text, bad, stop] = this.list.children[at].children;
      const left = Math.max(0, next - past);
      const number = `sent ${sent.toLocaleString("en-US")}${count2 ? ` of ${count2.toLocaleString("en-US")}` : ""}`;
      setText(
        text,
        `${this.owner.several() ? `${visible(of)}: ` : ""}${running ? "repeating" : "repeated"} every ${seconds(every)} s · ${number}${running && every >= 1 ? ` · next in ${seconds(Math.ceil(left))} s` : ""}`
      );
      setText(bad, visible(error));
      stop.hidden = !running;
    });
    if (this.said.some(({ running, next }) => running && (past - next) * 1e3 > LATE)) {
      this.at = performance.now();
      this.owner.ask();
    }
  }
  dispose() {
    window.clearInterval(this.timer);
  }
};

// src/composer/composer.ts
var HISTORY = 100;
var FILE_LIMIT = 8e6;
var JSON_LIKE = /^\s*[[{]/;
var mac = /Mac|iPhone|iPad/.test(navigator.platform);
var Composer = class {
  constructor(owner) {
    this.owner = owner;
    this.repeat = new Repeat({
      begin: (every, count2) => this.begin(every, count2),
      stop: (of) => owner.unschedule(of),
      ask: () => owner.schedules(),
      several: () => this.target.several,
      leave: () => this.text.focus()
    });
    this.mode = h(
      "select",
      { class: "kws-input kws-mode", "aria-label": "Format", ...SUPPRESS },
      ...MODES.map((mode) => h("option", { value: mode }, mode))
    );
    this.go = button("Send", { class: "kws-button kws-primary kws-send", title: `Send (${mac ? "⌘" : "Ctrl+"}Enter)` });
    this.go.addEventListener("click", () => {
      this.text.focus();
      void this.send();
    });
    this.sendEmpty.addEventListener("click", () => {
      this.text.focus();
      void this.send(true);
    });
    this.mode.addEventListener("change", () => {
      this.before = null;
      this.tell("");
      this.changed();
    });
    this.mode.addEventListener("keydown", (event) => event.stopPropagation());
    this.file.addEventListener("change", () => void this.readFile());
    this.asText.addEventListener("change", () => this.changed());
    this.library = new Library({
      ask: (kind, more) => owner.library(kind, more),
      written: () => ({ text: this.text.value, mode: this.chosen }),
      fill: ({ text, mode }) => this.fill(text, mode),
      leave: () => this.text.focus()
    });
    this.text.addEventListener("input", () => {
      this.place = this.history.length;
      this.tell("");
      this.changed();
    });
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.format.addEventListener("click", () => this.reformat());
    this.filling.toggle.addEventListener("click", () => {
      this.filling.set(!this.filling.on);
      this.changed();
      if (this.filling.on) void this.preview();
    });
    this.check.addEventListener("click", () => {
      const draft = this.read();
      if ("message" in draft && draft.at !== void 0) this.editor.point(draft.at);
    });
    this.element = h(
      "div",
      { class: "kws-composer" },
      this.editor.element,
      this.fileLine,
      this.filling.element,
      this.repeat.element,
      this.library.element,
      h(
        "div",
        { class: "kws-compose-line" },
        this.mode,
        this.format,
        this.filling.toggle,
        this.repeat.toggle,
        this.library.star,
        this.library.toggle,
        this.check,
        this.result,
        h(
          "span",
          { class: "kws-last" },
          h("span", { class: "kws-dim kws-hint" }, `${mac ? "⌘" : "Ctrl+"}Enter sends · ↑ history`),
          this.target.element,
          this.go
        )
      )
    );
    this.changed();
  }
  owner;
  element;
  editor = new Editor();
  text = this.editor.text;
  filling = new Filling();
  repeat;
  format = button(
    "Format JSON",
    { title: `Format JSON, again compacts (${mac ? "⌘⇧F" : "Ctrl+Shift+F"}); numbers stay as they are written` },
    "Format"
  );
  mode;
  check = h("span", { class: "kws-check" });
  result = h("span", { class: "kws-result", role: "status" });
  go;
  file = h("input", { class: "kws-file", type: "file", "aria-label": "File to send", ...SUPPRESS });
  asText = h("input", { type: "checkbox", ...SUPPRESS });
  fileLine = h(
    "div",
    { class: "kws-file-line", hidden: true },
    this.file,
    h("label", {}, this.asText, " as text")
  );
  library;
  content = { message: "choose a file" };
  history = [];
  place = 0;
  /** What was being written while the history is looked through. */
  draft = { text: "", mode: "Text" };
  /** The format before a message was recalled, chosen or edited: it comes back once that is sent. */
  before = null;
  sendEmpty = button("Send an empty message", { class: "kws-link", title: "" });
  target = new Target(() => this.chose());
  writable = false;
  /** Another session took the place of the one that something was typed for: sending asks once more. */
  unsure = false;
  sending = false;
  tick(sources) {
    if (this.target.tick(sources) && !this.empty) this.unsure = true;
    this.aim();
  }
  /** Name of the session that would get what is typed. */
  get to() {
    return this.target.session?.name;
  }
  aim() {
    const { session, several, possible } = this.target;
    this.element.hidden = !possible;
    this.writable = session?.writable ?? false;
    const name = several && session ? ` to ${visible(session.name)}` : "";
    const connection = several && session ? `connection of ${visible(session.name)}` : "connection";
    this.text.placeholder = !session ? "Choose below which session to send to" : session.writable ? `Message to send${name}` : session.state === "connecting" ? "connecting…" : `The ${connection} is ${session.state}`;
    this.enable();
  }
  chose() {
    this.unsure = false;
    this.aim();
  }
  /** What the kernel says of what it sends again and again. */
  scheduled(all) {
    this.repeat.told(all);
  }
  dispose() {
    this.repeat.dispose();
  }
  gone(placeholder) {
    this.repeat.told([]);
    this.writable = false;
    this.text.placeholder = placeholder;
    this.enable();
  }
  /** Puts a message here, to be edited and sent: to the session it is of, unless it is of none. */
  fill(text, mode, of, said2 = "") {
    if (of !== void 0) {
      this.target.choose(of);
      this.chose();
    }
    const before2 = this.before ?? this.chosen;
    this.filling.set(false);
    this.text.value = text;
    this.mode.value = mode;
    this.settle();
    this.before = before2;
    this.tell(said2);
    this.changed();
    this.text.focus();
  }
  tell(said2, bad = false) {
    setAttr(this.result, "data-bad", String(bad));
    this.result.replaceChildren(said2);
  }
  /** What is in the box now is what is being written, in its own format: the history begins anew. */
  settle() {
    this.place = this.history.length;
    this.before = null;
  }
  get empty() {
    return this.chosen !== "File" && this.text.value === "";
  }
  get chosen() {
    return this.mode.value;
  }
  /** What would be sent, or why not. */
  read() {
    const mode = this.chosen;
    if (this.filling.on) {
      const name = this.filling.ready;
      return name ? { kind: "filled", text: name } : { kind: "template", mode, text: this.text.value };
    }
    if (mode !== "File") return readDraft(mode, this.text.value);
    if ("message" in this.content) return this.content;
    return this.asText.checked ? fileText(this.content) : { kind: "binary", data: this.content.slice() };
  }
  async readFile() {
    const file = this.file.files?.[0];
    this.content = { message: file ? "reading…" : "choose a file" };
    if (file && file.size > FILE_LIMIT)
      this.content = {
        message: `the file has ${bytes(file.size)}; the panel sends up to ${bytes(FILE_LIMIT)}: send it from Python`
      };
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
  changed() {
    const file = this.chosen === "File";
    this.editor.element.hidden = file;
    this.fileLine.hidden = !file;
    const { empty } = this;
    const { value: value2 } = this.text;
    this.filling.look(value2, this.chosen);
    const payload = this.read();
    const problem = "message" in payload;
    const json = this.chosen === "JSON" || this.chosen === "Text" && JSON_LIKE.test(value2);
    this.editor.paint(json, problem && !empty ? payload.at : void 0);
    this.format.disabled = !json || empty;
    const braces = this.filling.toggle.hidden ? "" : " · {{…}} goes as it is: press {{ }} to fill in";
    setText(
      this.check,
      empty ? "" : problem ? payload.message + braces : payload.kind === "text" || payload.kind === "binary" ? describe(payload, this.chosen) + braces : ""
    );
    setAttr(this.check, "data-bad", String(problem && !empty));
    setAttr(this.text, "aria-invalid", String(problem && !empty));
    this.library.look(value2, this.chosen);
    this.library.star.disabled = file || empty;
    this.enable(problem);
  }
  enable(problem = "message" in this.read()) {
    this.go.disabled = !this.writable || this.sending || problem;
    this.repeat.toggle.disabled = !this.writable;
    this.repeat.start.disabled = this.go.disabled || this.empty;
    const { session, several } = this.target;
    const does = this.filling.on && !this.filling.ready ? "Preview" : "Send";
    const label2 = does + (several && session ? ` to ${visible(session.name)}` : "");
    setText(this.go, label2);
    setAttr(this.go, "aria-label", label2);
  }
  key(event) {
    event.stopPropagation();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (!event.repeat) void this.send();
    } else if (event.key.toLowerCase() === "f" && event.shiftKey && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.reformat();
    } else if (event.key === "Escape") this.owner.leave();
    else if (event.key === "ArrowUp" && this.text.selectionStart === 0 && this.text.selectionEnd === 0)
      this.recall(-1, event);
    else if (event.key === "ArrowUp" && this.place < this.history.length) this.recall(-1, event);
    else if (event.key === "ArrowDown" && this.place < this.history.length) this.recall(1, event);
  }
  recall(step, event) {
    const place2 = this.place + step;
    if (place2 < 0 || place2 > this.history.length) return;
    event.preventDefault();
    this.before ??= this.chosen;
    if (this.place === this.history.length)
      this.draft = { text: this.text.value, mode: this.chosen, filled: this.filling.on };
    this.place = place2;
    const { text, mode, filled } = this.history[place2] ?? this.draft;
    this.text.value = text;
    this.mode.value = mode;
    this.filling.set(filled ?? false);
    this.changed();
  }
  reformat() {
    const { value: value2 } = this.text;
    const done = reformat(value2);
    if ("message" in done) {
      this.tell(`not formatted: line ${place(value2, done.at)}: ${done.message}`, true);
      this.editor.point(done.at);
      return;
    }
    if (done.text !== value2) this.editor.replace(done.text);
    this.tell(done.said);
    this.changed();
  }
  /** Fills in the expressions of what is written, and shows what would be sent; true when it is. */
  async preview() {
    const [text, mode] = [this.text.value, this.chosen];
    this.sending = true;
    this.tell("filling in…");
    this.enable();
    try {
      const answer = await this.owner.fill(mode, text);
      if (this.text.value !== text || this.chosen !== mode || !this.filling.on) {
        this.tell("");
        return false;
      }
      this.filling.show(text, mode, answer);
      this.tell("");
      return true;
    } catch (error) {
      const at = error.position;
      this.tell(`${at == null ? "" : `line ${place(text, at)}: `}${error.message}`, true);
      return false;
    } finally {
      this.sending = false;
      this.changed();
    }
  }
  /** Has the kernel send what is written again and again; what has expressions is shown before. */
  async begin(every, count2) {
    const payload = this.read();
    if ("message" in payload) throw new Error(payload.message);
    if (this.empty || !this.writable) throw new Error(this.empty ? "nothing to send" : this.text.placeholder);
    const { on } = this.filling;
    if (on && !this.filling.ready) {
      if (await this.preview()) throw new Error("see what would be sent; Start again sends it");
      throw new Error("it cannot be filled in");
    }
    const template = { kind: "template", mode: this.chosen, text: this.text.value };
    await this.owner.schedule(on ? template : payload, this.to, every, count2);
  }
  /** Sends what is written. Nothing written is no message: an empty one has to be asked for. */
  async send(empty = false) {
    const payload = this.read();
    if ("message" in payload || this.sending) return;
    if (!this.writable) {
      this.tell(`not sent: ${this.text.placeholder}`, true);
      return;
    }
    if (payload.kind === "template") {
      await this.preview();
      return;
    }
    const of = this.to;
    if (this.empty && !empty) {
      this.tell("nothing to send: ");
      this.result.append(this.sendEmpty);
      return;
    }
    if (this.unsure) {
      this.unsure = false;
      this.tell(`not sent: it would go to ${visible(of)} now; send again if that is right`, true);
      return;
    }
    const entry = { text: this.text.value, mode: this.chosen, filled: payload.kind === "filled" };
    this.filling.forget();
    this.sending = true;
    this.enable();
    this.tell("sending…");
    try {
      const index = await this.owner.send(payload, of);
      this.tell(`sent${this.target.several ? ` to ${visible(of)}` : ""} as #${index.toLocaleString("en-US")}`);
      if (entry.mode !== "File") {
        if (this.text.value === entry.text) {
          this.text.value = "";
          if (this.before) this.mode.value = this.before;
        }
        if (entry.text && this.history.at(-1)?.text !== entry.text) this.history.push(entry);
      }
      if (this.history.length > HISTORY) this.history.shift();
      this.settle();
    } catch (error) {
      this.tell(`not sent: ${error.message}`, true);
    } finally {
      this.sending = false;
      this.changed();
    }
  }
};

// src/copyas.ts
var HIDDEN = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;
var escaped = (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
var pythonText = (text) => JSON.stringify(text).replace(HIDDEN, escaped);
var pythonBytes = (data) => `bytes.fromhex("${toHex(data)}")`;
var shellWord = (text) => text.includes("\0") ? void 0 : `'${text.replaceAll("'", "'\\''")}'`;
function copies({ kind, data, text, json, session, url, close }) {
  const found = [];
  const literal = kind === "text" && text !== void 0 ? () => pythonText(text) : () => pythonBytes(data);
  if (text !== void 0) found.push(["Text", () => text]);
  if (json) found.push(["Pretty JSON", () => jsonText(json)]);
  if (close) {
    if (session) found.push(["Python", () => `${session}.close(${close.code}, ${pythonText(close.reason)})`]);
  } else
    found.push([
      "Python",
      () => session && (kind === "text" || kind === "binary") ? `${session}.send(${literal()})` : literal()
    ]);
  found.push(["Hex", () => toHex(data)], ["Base64", () => toBase64(data)]);
  const word = kind === "text" && text !== void 0 ? shellWord(text) : void 0;
  if (word && url) found.push(["wscat command", () => `wscat -c ${shellWord(url)} -x ${word} -w 2`]);
  if (word && url && !/[\r\n]/.test(text))
    found.push(["websocat command", () => `printf '%s\\n' ${word} | websocat -n1 ${shellWord(url)}`]);
  return found;
}
function curl(secure, request) {
  const [first = "", ...lines2] = request.trimEnd().split(/\r?\n/);
  const path = first.split(" ")[1];
  const host = lines2.find((line) => /^host:/i.test(line))?.slice(5).trim();
  if (!path || !host) return "";
  const headers = lines2.filter((line) => line.includes(":") && !/^host:/i.test(line)).map((line) => `-H ${shellWord(line.trim())}`);
  return ["curl -i -N --http1.1", ...headers, shellWord(`${secure ? "https" : "http"}://${host}${path}`)].join(
    " \\\n  "
  );
}

// src/store/payload.ts
async function fetchPayload(fetch, key, most, progress = () => void 0) {
  const parts2 = [];
  let [length, offset, masked] = [0, 0, false];
  for (; ; ) {
    const [answer, part] = await fetch(key, offset);
    parts2.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    length += part.byteLength;
    masked ||= Boolean(answer.masked);
    const complete = answer.next >= answer.size;
    if (complete || answer.next >= most || answer.next <= offset) {
      const data = new Uint8Array(length);
      let at = 0;
      for (const one of parts2) {
        data.set(one, at);
        at += one.length;
      }
      return { answer, data, complete, masked };
    }
    offset = answer.next;
    progress(offset);
  }
}
function textOf(data) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return void 0;
  }
}

// src/embedded.ts
var LOOKED_AT = 2e6;
var SHORTEST_BASE64 = 16;
var DUMPED = 1024;
var BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$|^[A-Za-z0-9_-]+={0,2}$/;
var DATA_URL = /^data:[\w.+-]*\/?[\w.+-]*(?:;[\w=.-]+)*;base64,/i;
var SIGNATURES = [
  ["image/png", [137, 80, 78, 71, 13, 10, 26, 10]],
  ["image/jpeg", [255, 216, 255]],
  ["image/gif", [71, 73, 70, 56]],
  ["image/bmp", [66, 77]]
];
function imageType(data) {
  const ascii2 = (from, to) => String.fromCharCode(...data.subarray(from, to));
  if (ascii2(0, 4) === "RIFF" && ascii2(8, 12) === "WEBP") return "image/webp";
  if (ascii2(4, 12) === "ftypavif") return "image/avif";
  if (data.length < 32) return void 0;
  return SIGNATURES.find(([, begin]) => begin.every((byte, at) => data[at] === byte))?.[0];
}
function picture(data, type) {
  const url = URL.createObjectURL(new Blob([data.slice()], { type }));
  const image = h("img", { class: "kws-picture", alt: `${type}, ${bytes(data.length)}`, src: url });
  const note = h("figcaption", { class: "kws-dim" }, `${type}, ${bytes(data.length)}`);
  const done = () => URL.revokeObjectURL(url);
  image.addEventListener("load", () => {
    done();
    note.textContent = `${type}, ${image.naturalWidth} × ${image.naturalHeight}, ${bytes(data.length)}`;
  });
  image.addEventListener("error", () => {
    done();
    note.textContent = `${type}, ${bytes(data.length)}: it cannot be drawn`;
  });
  return h("figure", { class: "kws-figure" }, image, note);
}
function insideText(text) {
  if (text.length < 2 || text.length > LOOKED_AT) return void 0;
  if (/^\s*[[{]/.test(text)) {
    const value2 = readJson(text);
    if (value2) return { name: "JSON", open: (tree) => tree(value2) };
  }
  if (/^(?:https?|wss?):\/\/\S+$/i.test(text)) return insideUrl(text);
  const [head2 = ""] = DATA_URL.exec(text) ?? [];
  const body = text.slice(head2.length);
  if (!head2 && (text.length < SHORTEST_BASE64 || !BASE64.test(text) || !mixed(text))) return void 0;
  return insideBase64(body);
}
var mixed = (text) => /=$/.test(text) || /[a-z]/.test(text) && /[A-Z]/.test(text) && /[0-9+/_-]/.test(text) && !/^[\da-f-]+$/i.test(text);
function insideBase64(text) {
  const data = fromBase64(text);
  if (typeof data === "string" || !data.length) return void 0;
  const type = imageType(data);
  if (type) return { name: "image", open: () => picture(data, type) };
  const plain = textOf(data);
  const readable = plain !== void 0 && !/[\u0000-\u0008\u000e-\u001f]/.test(plain);
  const json = readable && /^\s*[[{]/.test(plain) ? readJson(plain) : void 0;
  return {
    name: "base64",
    open: (tree) => json ? tree(json) : readable ? h("pre", { class: "kws-pre" }, visible(plain)) : h(
      "pre",
      { class: "kws-pre kws-dump" },
      hexDump(data.subarray(0, DUMPED)) + (data.length > DUMPED ? `
… ${bytes(data.length - DUMPED)} more` : "")
    )
  };
}
function insideUrl(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    return void 0;
  }
  const string = (value2) => ({ type: "string", value: value2 });
  const parts2 = [
    ["host", string(url.host)],
    ["path", string(safely(url.pathname))]
  ];
  if (url.search)
    parts2.push(["query", { type: "object", entries: [...url.searchParams].map(([key, one]) => [key, string(one)]) }]);
  if (url.hash) parts2.push(["fragment", string(safely(url.hash.slice(1)))]);
  return {
    name: "URL",
    open: (tree) => {
      const opened = h("div", {}, tree({ type: "object", entries: parts2 }));
      if (url.protocol.startsWith("http")) {
        const rest = { target: "_blank", rel: "noopener noreferrer nofollow", referrerpolicy: "no-referrer" };
        opened.append(
          h("a", { class: "kws-leave", href: url.href, ...rest, ...SUPPRESS }, `open ${url.host} in a new tab`)
        );
      }
      return opened;
    }
  };
}
function safely(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
var NAMED = /time|date|stamp|^ts$|_ts$|^t$|_at$|At$|^exp$|^iat$|^nbf$|created|updated|expires|since|until/i;
var YEAR_US = 366 * 86400 * 1e6;
var ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;
function timeOf(key, value2, around = Date.now() * 1e3) {
  if (value2.type === "string" && ISO.test(value2.value)) {
    const at = Date.parse(value2.value.replace(" ", "T"));
    return Number.isNaN(at) ? void 0 : fullTime(at * 1e3);
  }
  const text = value2.type === "string" ? value2.value : value2.type === "number" ? value2.text : "";
  if (!/^\d{10}(?:\.\d{1,9})?$|^\d{13}(?:\.\d{1,6})?$|^\d{16}$|^\d{19}$/.test(text)) return void 0;
  const digits = text.indexOf(".") < 0 ? text.length : text.indexOf(".");
  const us = digits === 10 ? Number(text) * 1e6 : digits === 13 ? Number(text) * 1e3 : Number(text.slice(0, 16));
  if (digits < 16 && !NAMED.test(key)) return void 0;
  return Math.abs(us - around) < 10 * YEAR_US ? fullTime(Math.round(us)) : void 0;
}

// src/popup.ts
var Popup = class {
  constructor(toggle, menu, fill = () => void 0, habits = {}) {
    this.toggle = toggle;
    this.menu = menu;
    this.fill = fill;
    this.habits = habits;
    setAttr(toggle, "aria-haspopup", menu.getAttribute("role") ?? "true");
    setAttr(toggle, "aria-expanded", "false");
    toggle.addEventListener("click", () => this.open(!this.isOpen));
    for (const one of [menu, toggle]) one.addEventListener("keydown", (event) => this.isOpen && this.key(event));
  }
  toggle;
  menu;
  fill;
  habits;
  /** A press elsewhere closes it; listens only while it is open. */
  outside = (event) => {
    const to = origin(event);
    if (!this.menu.contains(to) && !this.toggle.contains(to) && !this.habits.stays?.()) this.open(false, false);
  };
  /** Also in a panel that is out of the page for a moment, as one of a notebook that is scrolled away, or for good. */
  get isOpen() {
    return this.menu.parentNode !== null;
  }
  open(on, focus = true) {
    if (on === this.isOpen) return;
    if (on) this.hang();
    else this.menu.remove();
    document[on ? "addEventListener" : "removeEventListener"]("pointerdown", this.outside, true);
    setAttr(this.toggle, "aria-expanded", String(on));
    if (focus) (on ? this.habits.first ?? this.buttons[0] : this.toggle)?.focus({ preventScroll: true });
    if (!on) this.habits.closed?.();
  }
  /** Below the button, or above where there is more room; never beyond the panel's right edge. */
  hang() {
    this.fill();
    const panel = this.toggle.closest(".kws") ?? document.body;
    panel.append(this.menu);
    const [around, at, own] = [panel, this.toggle, this.menu].map((one) => one.getBoundingClientRect());
    const below2 = around.bottom - at.bottom >= own.height || around.bottom - at.bottom >= at.top - around.top;
    this.menu.style.top = `${(below2 ? at.bottom + 2 : at.top - own.height - 2) - around.top}px`;
    this.menu.style.left = `${Math.max(4, Math.min(at.left, around.right - own.width - 6) - around.left)}px`;
  }
  get buttons() {
    return [...this.menu.querySelectorAll(":is(button, input, select):not(:disabled)")];
  }
  key(event) {
    event.stopPropagation();
    const here = focused(this.menu);
    const dialog = this.menu.getAttribute("role") === "dialog";
    const all = this.buttons.filter((one) => event.key === "Tab" || one.tagName === here.tagName);
    const at = all.indexOf(here);
    const next = dialog && event.key === "Tab" ? at + (event.shiftKey ? -1 : 1) : here.matches("input:not([type=checkbox]), select") ? void 0 : { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next !== void 0) {
      event.preventDefault();
      all[(next + all.length) % all.length]?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") this.open(false);
  }
};

// src/export.ts
var MOST2 = 1e8;
var SUFFIX = /(?:\.[a-z]\w*)?(?:\.(?:gz|bz2|xz|zst))?$/i;
var FORMATS = [
  ["jsonl", "JSON Lines", "application/jsonl"],
  ["csv", "CSV", "text/csv"]
];
var ExportMenu = class {
  constructor(owner) {
    this.owner = owner;
    this.element = button(
      "Export",
      { class: "kws-button", title: "Save the rows that the filter shows; secrets are masked" },
      icon("export"),
      "Export"
    );
    this.choices = FORMATS.map(([format, label2, type]) => {
      const one = button(label2, { title: `Download as ${label2}` });
      one.addEventListener("click", () => void this.save(format, type));
      return one;
    });
    const cancel = button(
      "Close",
      { class: "kws-button kws-export-close", title: "Stop, and close this menu (Escape)" },
      "✕"
    );
    cancel.addEventListener("click", () => popup.open(false));
    this.menu.append(
      h("div", { class: "kws-export-head" }, h("span", { class: "kws-dim" }, "The rows the filter shows, as"), cancel),
      h("div", { class: "kws-row-of" }, ...this.choices),
      this.note,
      this.whole
    );
    const popup = new Popup(
      this.element,
      this.menu,
      () => {
        setText(this.note, "");
        this.whole.hidden = ["log", "capture", "merged"].includes(this.owner.shown().state);
      },
      {
        first: this.choices[0],
        closed: () => {
          this.stopped = true;
        },
        stays: () => this.running
        // while a file is being made
      }
    );
  }
  owner;
  element;
  menu = h("div", {
    class: "kws-menu kws-export",
    role: "dialog",
    "aria-label": "Export"
  });
  note = h("span", { class: "kws-dim", role: "status" });
  whole = h(
    "span",
    { class: "kws-dim", hidden: true },
    "The whole session, handshake too: in a cell, ",
    h("code", {}, 'ws.save("name.har")'),
    " or ",
    h("code", {}, "%ws_save name.har")
  );
  choices;
  running = false;
  stopped = false;
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
    const { gen, first, stop: end, name, state, notes } = this.owner.shown();
    const parts2 = [];
    let [at, stop, size2, rows, layout] = [first, end, 0, 0, 0];
    let start = 1;
    do {
      const [answer, part] = await this.owner.part({ gen, format, start, first: at, stop, notes, layout });
      if (this.stopped) return "";
      start = 0;
      ({ next: at, stop, layout } = answer);
      rows += answer.rows;
      if (part) {
        size2 += part.byteLength;
        parts2.push(part);
      }
      setText(this.note, `${count(rows)} rows, ${bytes(size2)} …`);
    } while (at < stop && size2 < MOST2);
    const named = state === "capture" ? name.replace(SUFFIX, "") : name;
    const file = `${(named || "messages").replace(/[^\w.-]+/g, "-")}.${format}`;
    download(new Blob(parts2, { type }), file);
    return at < stop ? `downloaded ${file}: the first ${count(rows)} rows; for all of them: panel.export("name.${format}") in a cell` : `downloaded ${file}: ${count(rows)} ${rows === 1 ? "row" : "rows"}, ${bytes(size2)}${unless(`panel.export("name.${format}") in a cell`)}`;
  }
};
function unless(otherwise) {
  return window.origin === "null" ? `, if this page may save files; else: ${otherwise}` : "";
}
function download(file, name) {
  const url = URL.createObjectURL(file);
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  window.setTimeout(() => URL.revokeObjectURL(url), 6e4);
}

// src/found.ts
var MOST3 = 2e3;
var [ALL, NOW] = ["kws-found", "kws-found-now"];
function marks(name) {
  if (typeof Highlight === "undefined" || typeof CSS === "undefined") return void 0;
  const registry = CSS.highlights;
  let own = registry?.get(name);
  if (registry && !own) {
    own = new Highlight();
    registry.set(name, own);
  }
  return own;
}
function places(root, texts, caseless, most = MOST3) {
  const walker = document.createTreeWalker(
    root,
    4
    /* NodeFilter.SHOW_TEXT */
  );
  const nodes2 = [];
  let all = "";
  for (let node2 = walker.nextNode(); node2; node2 = walker.nextNode()) {
    nodes2.push([node2, all.length]);
    all += node2.data;
  }
  const fold = (text) => caseless ? text.toLowerCase() : text;
  const within = fold(all);
  if (within.length !== all.length) return [];
  const found = [];
  for (const text of texts)
    for (let at = within.indexOf(fold(text)); text && at >= 0 && found.length < most; at = within.indexOf(fold(text), at + text.length))
      found.push([at, at + text.length]);
  let index = 0;
  const place2 = (offset, end) => {
    while (index > 0 && nodes2[index][1] >= offset + Number(!end)) index -= 1;
    while (index + 1 < nodes2.length && nodes2[index + 1][1] < offset + Number(!end)) index += 1;
    const [node2, from] = nodes2[index];
    return [node2, offset - from];
  };
  return found.sort(([one], [other]) => one - other).map(([low, high]) => {
    const range2 = document.createRange();
    range2.setStart(...place2(low, false));
    range2.setEnd(...place2(high, true));
    return range2;
  });
}
var Found = class {
  constructor(content, owner) {
    this.content = content;
    this.owner = owner;
    this.element = h("span", { class: "kws-find-in" }, this.field, this.counts, this.before, this.after);
    this.before.addEventListener("click", () => this.go(-1));
    this.after.addEventListener("click", () => this.go(1));
    this.field.addEventListener("input", () => void this.search());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.go(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape" && this.field.value) {
        this.field.value = "";
        void this.search();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.observer = new MutationObserver(() => this.schedule());
    this.observer.observe(content, { subtree: true, childList: true, characterData: true });
    this.paint();
  }
  content;
  owner;
  /** The field, and where one is. */
  element;
  field = h("input", {
    class: "kws-input kws-inside",
    type: "search",
    spellcheck: "false",
    autocomplete: "off",
    placeholder: "Search in it",
    "aria-label": "Search in this message",
    ...SUPPRESS
  });
  counts = h("span", { class: "kws-dim kws-found-count", role: "status" });
  before = button(
    "Previous place",
    { class: "kws-button", title: "The place before (Shift+Enter)" },
    "↑"
  );
  after = button("Next place", { class: "kws-button", title: "The next place (Enter)" }, "↓");
  observer;
  filtered = [];
  ranges = [];
  at = -1;
  scheduled = false;
  dispose() {
    this.observer.disconnect();
    this.unmark();
  }
  /** What the filter found in the message that is shown. */
  set(texts) {
    this.filtered = texts;
    this.at = -1;
    this.mark();
  }
  focus() {
    this.field.focus();
    this.field.select();
  }
  /** What is looked for: what was typed, else what the filter found. */
  get wanted() {
    return this.field.value ? [[this.field.value], true] : [this.filtered, false];
  }
  async search() {
    this.at = -1;
    const asked = this.field.value;
    if (asked) await this.owner.reveal(...this.wanted);
    if (asked !== this.field.value) return;
    this.mark();
    if (asked && this.ranges.length) this.go(1);
  }
  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.mark();
    });
  }
  unmark() {
    for (const range2 of this.ranges) {
      marks(ALL)?.delete(range2);
      marks(NOW)?.delete(range2);
    }
  }
  mark() {
    this.unmark();
    const [texts, caseless] = this.wanted;
    this.ranges = texts.length ? places(this.content, texts, caseless) : [];
    for (const range2 of this.ranges) marks(ALL)?.add(range2);
    this.at = Math.min(this.at, this.ranges.length - 1);
    const now = this.ranges[this.at];
    if (now) marks(NOW)?.add(now);
    this.paint();
  }
  paint() {
    const { length } = this.ranges;
    const [texts] = this.wanted;
    const most = length >= MOST3 ? "+" : "";
    setText(
      this.counts,
      !texts.length ? "" : !length ? "not found" : this.at < 0 ? `${count(length)}${most} found` : `${count(this.at + 1)} of ${count(length)}${most}`
    );
    this.before.disabled = this.after.disabled = length === 0;
    setAttr(this.element, "data-any", String(texts.length > 0));
  }
  go(way) {
    const { length } = this.ranges;
    if (!length) return;
    const before2 = this.ranges[this.at];
    if (before2) marks(NOW)?.delete(before2);
    this.at = this.at < 0 && way < 0 ? length - 1 : (this.at + way + length) % length;
    const range2 = this.ranges[this.at];
    marks(NOW)?.add(range2);
    this.show(range2);
    this.paint();
  }
  /** Brings a place into sight, opening what hides it. */
  show(range2) {
    const element = range2.startContainer.parentElement;
    for (let one = element.closest("details:not([open])"); one && this.content.contains(one); one = one.parentElement.closest("details:not([open])"))
      if (!element.closest("summary") || element.closest("summary").parentElement !== one)
        one.open = true;
    element.scrollIntoView({ block: "nearest", inline: "nearest" });
    requestAnimationFrame(() => {
      const [at, around] = [range2.getBoundingClientRect(), this.content.getBoundingClientRect()];
      if (at.top < around.top || at.bottom > around.bottom)
        this.content.scrollTop += at.top - around.top - around.height / 3;
    });
  }
};

// src/treenode.ts
var nodes = /* @__PURE__ */ new WeakMap();
function register(line, node2) {
  nodes.set(line, node2);
  return line;
}
var nodeOf = (line) => nodes.get(line);
var BARE = /^[^\s.[\]=<>!"'$()?@,*~:\u2260\u2264\u2265]+$/;
var WHOLE = 120;
var LONGEST2 = 1e3;
function below(path, key) {
  if (path === null || key === "" || path.length > LONGEST2) return null;
  if (typeof key === "number") return `${path}[${key}]`;
  return BARE.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
function term({ path, value: value2, kind }, without = false) {
  if (path === null || path === "$") return void 0;
  if (value2 === null) return without ? `-${path}` : path;
  if (kind === "string" && value2.length > WHOLE)
    return `${path}${without ? "!~" : "~"}${JSON.stringify(value2.slice(0, WHOLE))}`;
  return `${path}${without ? "!=" : "="}${kind === "string" ? JSON.stringify(value2) : value2}`;
}
function wholeNode(path, value2) {
  const scalar = value2.type === "string" ? value2.value : "text" in value2 ? value2.text : null;
  return { path, kind: value2.type, value: scalar, text: () => scalar ?? jsonText(value2) };
}

// src/jsontree.ts
var BATCH = 100;
var LONG = 500;
function atom(value2) {
  if (value2.type === "string") {
    const text = JSON.stringify(value2.value);
    return h(
      "span",
      { class: "kws-string" },
      visible(text.length > LONG ? `${text.slice(0, LONG)}… (${text.length - 2} characters)` : text)
    );
  }
  return h(
    "span",
    { class: value2.type === "number" || value2.type === "literal" ? `kws-${value2.type}` : "" },
    atomText(value2)
  );
}
var size = (value2) => value2.type === "object" ? value2.entries.length : value2.type === "array" ? value2.items.length : 0;
var cut = (value2) => "cut" in value2;
function summary(value2, room = 90, count2 = size(value2)) {
  const line = h("span", { class: "kws-summary" });
  const list2 = childrenOf(value2);
  line.append(value2.type === "array" ? `${count2 === null ? "" : `(${count2}) `}[` : "{");
  let used = 0;
  let first = true;
  let more = cut(value2) && count2 !== list2.length;
  for (const [key, item2] of list2) {
    if (used > room) {
      more = true;
      break;
    }
    if (!first) line.append(", ");
    first = false;
    if (key !== void 0) {
      line.append(h("span", { class: "kws-key" }, visible(key)), ": ");
      used += key.length + 2;
    }
    if (size(item2) || cut(item2)) {
      line.append(item2.type === "object" ? "{…}" : cut(item2) ? "[…]" : `Array(${size(item2)})`);
      used += 8;
    } else {
      const shown2 = item2.type === "string" && item2.value.length > 40 ? atom({ type: "string", value: `${item2.value.slice(0, 40)}…` }) : atom(item2);
      line.append(shown2);
      used += shown2.textContent.length + 2;
    }
  }
  if (more) line.append(first ? "…" : ", …");
  line.append(value2.type === "array" ? "]" : "}");
  return line;
}
var showMore = (left) => `show ${Math.min(BATCH, left)} more of ${left}`;
function children(value2, { path }, into, from = 0) {
  const total = size(value2);
  for (let at = from; at < Math.min(total, from + BATCH); at++) {
    const [key, item2] = value2.type === "object" ? value2.entries[at] : [at, value2.items[at]];
    into.append(node(item2, { key: String(key), path: below(path, key) }, false));
  }
  if (from + BATCH < total) {
    const more = h("button", { type: "button", class: "kws-link", ...SUPPRESS }, showMore(total - from - BATCH));
    more.addEventListener("click", () => {
      more.remove();
      children(value2, { key: null, path }, into, from + BATCH);
    });
    into.append(more);
  }
}
function branch(line, body, fill, opened) {
  const element = h("details", {}, line, body);
  const filled = () => element.open && !body.firstChild ? fill() : void 0;
  element.addEventListener("toggle", () => void filled());
  const open = () => {
    element.open = true;
    return filled();
  };
  if (opened) void open();
  return { element, open };
}
function leaf(label2, key, value2, path) {
  const inside2 = value2.type === "string" ? insideText(value2.value) : void 0;
  const time = timeOf(key, value2);
  const said2 = time === void 0 ? [] : [h("span", { class: "kws-time" }, ` ${time}`)];
  const described = wholeNode(path, value2);
  if (!inside2) return register(h("div", { class: "kws-leaf" }, ...label2, atom(value2), ...said2), described);
  const chip = h("span", { class: "kws-chip" }, inside2.name);
  const line = h("summary", { ...SUPPRESS }, ...label2, atom(value2), " ", chip);
  const body = h("div", { class: "kws-branch" });
  const tree = (held) => h("div", {}, node(held, { key: null, path: null }, true));
  const made = branch(line, body, () => body.append(inside2.open(tree)), false);
  register(line, { ...described, open: made.open });
  made.element.className = "kws-embedded";
  return made.element;
}
function node(value2, at, open) {
  const label2 = at.key === null ? [] : [h("span", { class: "kws-key" }, visible(at.key)), ": "];
  if (!size(value2)) return leaf(label2, at.key ?? "", value2, at.path);
  const line = h("summary", { ...SUPPRESS }, ...label2, summary(value2));
  const body = h("div", { class: "kws-branch" });
  const made = branch(line, body, () => children(value2, at, body), open);
  register(line, { ...wholeNode(at.path, value2), open: made.open });
  return made.element;
}
function jsonTree(value2) {
  return h("div", { class: "kws-tree" }, node(value2, { key: null, path: "$" }, true));
}

// src/messages.ts
var LIFECYCLE = ["error", "open", "reconnect"];
var CLOSE_CODES = [
  [1e3, "normal closure"],
  [1001, "going away"],
  [1002, "protocol error"],
  [1003, "unsupported data"],
  [1007, "invalid payload data"],
  [1008, "policy violation"],
  [1009, "message too big"],
  [1010, "mandatory extension missing"],
  [1011, "internal error"],
  [1012, "service restart"],
  [1013, "try again later"],
  [1014, "bad gateway"],
  [3e3, "registered by a library or framework"],
  [4e3, "application code"]
];
var FILTER_FORMS = [
  ["word", 'messages that contain it, as a person reads it; quote "two words"'],
  ["a b, a and b", "both: terms side by side must all hold; and binds closer than or"],
  ["a or b", "at least one of them; quote the words and, or, not to search for them"],
  ["-word, not word", "messages without it; - or not negates any term, -(a b) a group"],
  ["( )", "groups: kind:text (trade or quote)"],
  ["/regex/", "Python regular expression; /regex/i ignores case; \\x90 finds a byte of a binary message"],
  ["i:", "ignores case: i:word  i:$.type=trade  i:(a or b); i: with a space behind it, all that follows"],
  ["hex:", "bytes: hex:9003"],
  ["dir:", "sent or received"],
  ["kind:", "text, binary, ping, pong, close, open, error, reconnect; commas mean or"],
  ["size:", "bytes: size:>1k  size:<=10  size:10..20  (k = 1000, ki = 1024); len: is the same"],
  ["conn:", "number of the connection: conn:2  conn:>1"],
  ["#", "number of the row: #123  #100..200  #>100"],
  ["decoder:", "messages that it decodes: decoder:socket.io; commas mean or"],
  ["label:", 'the line it writes about a message contains: label:PUBLISH  label:"EVENT chat"  label:/^ACK/i'],
  ["is:", "is:bookmarked, messages that somebody has bookmarked"],
  ["note:", 'the note of a bookmark contains: note:wrong  note:"two words"'],
  ["since:", "since:10s (ms s m h d; moves with the clock)  since:12:03:44  since:2026-01-31T12:00"],
  ["after:", "the same as since:; after:#123, the rows behind it"],
  ["before:", "older than: before:5m  before:12:03:44; before:#123, the rows in front of it"],
  ["$.path", "JSON that has it (or an array of such): $.type  $.items[0].id  $.items[*].id  $.*.x  $..id anywhere"],
  ["$.path=value", 'equals: $.type=trade  $.id=7 (also "7" and 7.0)  $.id="7" (only the text)'],
  ["$.path=a|b", "one of: $.type=trade|quote, or with commas; a* any ending: $.type=tr*"],
  ["$.path!=value", "has the path, and another value there"],
  ["$.path>5", "numbers, also in strings: > >= < <=, $.qty=10..20"],
  ["$.path~text", "contains: $.type~tr  $.type~/^tr/i; !~ does not"]
];
var VERSION = 1;
var PAGE_ROWS = 100;
var MAX_ROWS = 500;
var DETAIL_BYTES = 2e5;
var LEVEL_MEMBERS = 100;
var LEVEL_PREVIEW = 200;
var MAX_SELECTED = 100;

// src/jsonlevels.ts
var encoder = new TextEncoder();
function written2(kind, text, size2) {
  const whole = encoder.encode(text).length >= size2;
  if (kind !== "string") return atom({ type: kind, text: whole ? text : `${text}…` });
  return h("span", { class: "kws-string" }, visible(whole ? text : `${text}… (${bytes(size2)})`));
}
function inside(text, count2) {
  const value2 = readBeginning(text);
  return value2 ? summary(value2, void 0, count2) : h("span", { class: "kws-summary" }, visible(`${text}…`));
}
function label(name) {
  try {
    return JSON.parse(name);
  } catch {
    return name;
  }
}
function container(line, { at, path, kind }, ask, open, counted) {
  const body = h("div", { class: "kws-branch" });
  const made = branch(
    line,
    body,
    () => grow(body, { at, inside: "", place: 0, total: null, path }, ask, counted),
    open
  );
  register(line, { path, kind, value: null, text: () => line.textContent ?? "", open: made.open });
  return made.element;
}
function member([name, kind, text, size2, at, total], place2, ask, above) {
  const key = name ? label(name) : String(place2);
  const path = below(above, name ? key : place2);
  const begin = [h("span", { class: "kws-key" }, visible(key)), ": "];
  if (kind === "object" || kind === "array") {
    if (!total) return h("div", { class: "kws-leaf" }, ...begin, kind === "object" ? "{}" : "[]");
    return container(h("summary", { ...SUPPRESS }, ...begin, inside(text, total)), { at, path, kind }, ask, false);
  }
  const whole = encoder.encode(text).length >= size2 ? readJson(text) : void 0;
  return whole ? leaf(begin, key, whole, path) : register(h("div", { class: "kws-leaf" }, ...begin, written2(kind, text, size2)), {
    path,
    kind,
    value: null,
    text: () => text
  });
}
async function grow(body, from, ask, counted) {
  let { at, inside: inside2, place: place2, total } = from;
  const wait = h("div", { class: "kws-dim", role: "status" }, "…");
  body.append(wait);
  const more = (text, next) => {
    const button2 = h("button", { type: "button", class: "kws-link", ...SUPPRESS }, text);
    button2.addEventListener("click", () => {
      button2.remove();
      void grow(body, next, ask, counted);
    });
    body.append(button2);
  };
  try {
    for (let [next, of] = [at, inside2]; next !== null; ) {
      [at, inside2] = [next, of];
      const [answer, members] = await ask(at, inside2);
      for (const one of members) wait.before(member(one, place2++, ask, from.path));
      if (answer.problem) wait.before(h("div", { class: "kws-error" }, answer.problem));
      if (answer.total !== null) {
        total = answer.total;
        counted?.(total);
      }
      [next, of] = [answer.next, answer.kind];
      if (next === null || place2 - from.place < LEVEL_MEMBERS) continue;
      more(total === null ? "show more" : showMore(total - place2), { ...from, at: next, inside: of, place: place2, total });
      break;
    }
  } catch (error) {
    wait.before(h("div", { class: "kws-error" }, error.message));
    more("try again", { ...from, at, inside: inside2, place: place2, total });
  }
  wait.remove();
}
function levelTree(begin, ask) {
  const start = begin.search(/[{[]/);
  const text = begin.slice(start, start + LEVEL_PREVIEW);
  let line = inside(text, null);
  const counted = (count2) => {
    const before2 = line;
    line = inside(text, count2);
    before2.replaceWith(line);
  };
  const at = encoder.encode(begin.slice(0, start)).length;
  const kind = begin[start] === "[" ? "array" : "object";
  const first = h("summary", { ...SUPPRESS }, line);
  return h("div", { class: "kws-tree" }, container(first, { at, path: "$", kind }, ask, true, counted));
}

// src/longtext.ts
var LINES = 80;
var CHARACTERS = 8e3;
var LINE_PX = 18;
var WIDTH = 120;
function blocks(text) {
  const found = [];
  for (let at = 0; at < text.length; ) {
    let end = at;
    for (let line = 0; line < LINES && end < text.length && end - at < CHARACTERS; line++) {
      const stop = text.indexOf("\n", end);
      end = stop < 0 ? text.length : stop + 1;
    }
    if (end - at > 2 * CHARACTERS) end = at + CHARACTERS + Number(/[\ud800-\udbff]/.test(text[at + CHARACTERS - 1]));
    found.push(text.slice(at, end));
    at = end;
  }
  return found;
}
function longText(text, name = "kws-pre", colour) {
  const parts2 = blocks(text);
  if (parts2.length < 2) {
    const all = h("pre", { class: name }, text);
    colour?.(all, text);
    return all;
  }
  return h(
    "pre",
    { class: name },
    ...parts2.map((part) => {
      const block = h("div", { class: "kws-block" }, part);
      if (colour)
        block.addEventListener("contentvisibilityautostatechange", (event) => {
          if (!event.skipped && !block.firstElementChild)
            colour(block, part);
        });
      const lines2 = part.split("\n");
      block.style.containIntrinsicSize = `auto ${LINE_PX * lines2.reduce((sum, line, at) => sum + (at < lines2.length - 1 || line ? Math.ceil((line.length || 1) / WIDTH) : 0), 0)}px`;
      return block;
    })
  );
}

// src/preview.ts
var TOKEN2 = /("(?:[^"\\]|\\.)*"?)(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;
function parts(text) {
  const found = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN2)) {
    if (match.index > end) found.push([text.slice(end, match.index), ""]);
    const [all, string, colon, number] = match;
    if (string !== void 0) {
      found.push([string, colon === void 0 ? "kws-string" : "kws-key"]);
      if (colon !== void 0) found.push([colon, ""]);
    } else found.push([all, number === void 0 ? "kws-literal" : "kws-number"]);
    end = match.index + all.length;
  }
  if (end < text.length) found.push([text.slice(end), ""]);
  return found;
}
function marked(all, hits) {
  const found = [];
  let at = 0;
  let next = 0;
  for (const [text, style2] of all) {
    for (let from = 0; from < text.length; ) {
      while (next < hits.length && hits[next] <= at + from) next += 1;
      const to = Math.min(text.length, (hits[next] ?? Infinity) - at);
      found.push([text.slice(from, to), next % 2 ? `${style2} kws-hit`.trim() : style2]);
      from = to;
    }
    at += text.length;
  }
  return found;
}
function paintPreview(cell, text, json, hits = []) {
  const coloured = json && /^\s*[[{]/.test(text);
  if (coloured || hits.length) paint(cell, marked(coloured ? parts(text) : [[text, ""]], hits));
  else setText(cell, text);
}
function paintJson(cell, text) {
  paint(cell, parts(text));
}
function paint(cell, all) {
  let child = cell.firstChild;
  for (const [part, style2] of all) {
    const kept = child;
    child = child?.nextSibling ?? null;
    if (!style2 && kept?.nodeType === Node.TEXT_NODE) {
      if (kept.nodeValue !== part) kept.nodeValue = part;
    } else if (style2 && kept?.className === style2) setText(kept, part);
    else {
      const made = style2 ? h("span", { class: style2 }, part) : document.createTextNode(part);
      if (kept) kept.replaceWith(made);
      else cell.append(made);
    }
  }
  while (child) {
    const next = child.nextSibling;
    child.remove();
    child = next;
  }
}

// src/rowkey.ts
var SHARE = 2 ** 44;
var rowIndex = (key) => key % SHARE;
var rowSource = (key) => Math.floor(key / SHARE);

// src/menu.ts
var REST_MS = 180;
var TYPING_MS = 700;
var EDGE = 4;
var Menu = class _Menu {
  /** `entries` have null where a line is drawn. `back` gets the focus, and hears that it is closed. */
  constructor(host, label2, entries, back2, parent = null) {
    this.host = host;
    this.back = back2;
    this.parent = parent;
    this.element = h("div", { class: "kws-choices kws-context", role: "menu", "aria-label": label2, popover: "manual" });
    this.fill(entries);
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      event.stopPropagation();
    });
  }
  host;
  back;
  parent;
  element;
  items = [];
  sub = null;
  owner = null;
  timer = 0;
  typed = "";
  typing = 0;
  closed = false;
  /** Moves it to where it fits. */
  place = () => void 0;
  fill(entries) {
    this.items = [];
    const parts2 = entries.map((entry) => {
      if (!entry) return h("div", { role: "separator", class: "kws-between" });
      const item2 = this.item(entry);
      this.items.push(item2);
      return item2;
    });
    this.element.replaceChildren(...parts2);
  }
  item(entry) {
    const { label: label2, key = "", why = "", ask, run, more, later } = entry;
    const text = h("span", { class: "kws-what" }, label2);
    const item2 = button(
      label2,
      { class: "kws-button", role: "menuitem", tabindex: -1, title: why },
      text,
      h("span", { class: "kws-dim kws-hint-key", "aria-hidden": "true" }, more ? "▸" : key)
    );
    if (why) {
      setAttr(item2, "aria-disabled", "true");
      setAttr(item2, "aria-description", why);
    }
    if (key) setAttr(item2, "aria-keyshortcuts", key);
    if (more) {
      setAttr(item2, "aria-haspopup", "menu");
      setAttr(item2, "aria-expanded", "false");
    }
    item2.addEventListener("click", () => {
      if (why) return;
      if (more) void this.opens(item2, entry, true);
      else if (ask && text.textContent !== ask) {
        setText(text, ask);
        setAttr(item2, "aria-label", ask);
        item2.classList.add("kws-danger");
      } else {
        this.close();
        run?.();
      }
    });
    void later?.then((known) => this.replace(item2, this.item(known)));
    item2.addEventListener("pointerenter", () => {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => {
        if (this.owner === item2 || this.closed) return;
        this.shut();
        item2.focus({ preventScroll: true });
        if (more && !why) void this.opens(item2, entry, false);
      }, REST_MS);
    });
    return item2;
  }
  replace(old, item2) {
    const had = focused(this.element) === old;
    this.items = this.items.map((one) => one === old ? item2 : one);
    old.replaceWith(item2);
    this.place();
    if (had) item2.focus({ preventScroll: true });
  }
  /** Opens it with its corner there, or where it fits; the first entry gets the focus. */
  open(x, y) {
    this.hang(x, y, x);
    document.addEventListener("pointerdown", this.outside, true);
    window.addEventListener("scroll", this.scrolled, true);
    window.addEventListener("blur", this.gone);
    window.addEventListener("resize", this.gone);
    this.items[0]?.focus({ preventScroll: true });
  }
  /** In the top layer, where the browser has one: an output's area would cut it off. */
  hang(x, y, other) {
    this.host.append(this.element);
    this.element.showPopover?.();
    this.place = () => this.fit(x, y, other);
    this.place();
  }
  fit(x, y, other) {
    const { width, height } = this.element.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const left = x + width + EDGE <= clientWidth || other === x ? x : other - width;
    const top = y + height + EDGE <= clientHeight || other !== x ? y : y - height;
    const within = (at, size2, room) => Math.max(EDGE, Math.min(at, room - size2 - EDGE));
    this.element.style.left = `${within(left, width, clientWidth)}px`;
    this.element.style.top = `${within(top, height, clientHeight)}px`;
  }
  async opens(item2, { label: label2, more }, focus) {
    this.shut();
    this.owner = item2;
    setAttr(item2, "aria-expanded", "true");
    let entries;
    try {
      entries = await more();
    } catch (error) {
      entries = [{ label: "Not available", why: error.message }];
    }
    if (this.closed || this.owner !== item2) return;
    this.sub = new _Menu(this.host, label2, entries, () => item2.focus({ preventScroll: true }), this);
    const { left, right, top } = item2.getBoundingClientRect();
    this.sub.hang(right, top - 5, left);
    if (focus) this.sub.items[0]?.focus({ preventScroll: true });
  }
  /** Closes the submenu. */
  shut() {
    if (this.owner) setAttr(this.owner, "aria-expanded", "false");
    this.owner = null;
    this.sub?.remove();
    this.sub = null;
  }
  remove() {
    this.closed = true;
    window.clearTimeout(this.timer);
    window.clearTimeout(this.typing);
    this.shut();
    this.element.remove();
  }
  /** Closes all of it; the focus goes back, unless it went elsewhere. */
  close(focus = true) {
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
  gone = () => this.close();
  holds(node2) {
    return this.element.contains(node2) || Boolean(this.sub?.holds(node2));
  }
  outside = (event) => {
    if (!this.holds(origin(event))) this.close(false);
  };
  /** The page moves, and with it what the menu is about; the table moves by itself while rows come. */
  scrolled = (event) => {
    const to = origin(event);
    if (!this.host.contains(to)) this.close();
  };
  key(event) {
    event.stopPropagation();
    const { items } = this;
    const at = items.indexOf(focused(this.element));
    const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: items.length - 1 }[event.key];
    const item2 = items[at];
    if (next !== void 0) items[(next + items.length) % items.length]?.focus({ preventScroll: true });
    else if (event.key === "ArrowRight") {
      if (item2?.getAttribute("aria-haspopup")) item2.click();
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
  fold() {
    this.back();
    this.parent.shut();
  }
  /** The next entry that begins so; the same letter again goes on to the one after. */
  type(letter, at) {
    window.clearTimeout(this.typing);
    this.typing = window.setTimeout(() => {
      this.typed = "";
    }, TYPING_MS);
    const once = this.typed === letter.toLowerCase();
    this.typed = once ? this.typed : this.typed + letter.toLowerCase();
    const from = this.typed.length > 1 ? Math.max(0, at) : at + 1;
    const { items } = this;
    items.map((_, place2) => items[(from + place2) % items.length]).find((one) => one.textContent?.toLowerCase().startsWith(this.typed))?.focus({ preventScroll: true });
  }
};

// src/tree.ts
var LINES2 = "summary, .kws-leaf";
var MOST4 = 2e3;
var Tree = class {
  constructor(content, owner) {
    this.content = content;
    this.owner = owner;
    this.element = h("div", { class: "kws-treebox" }, content, this.tools);
    for (const [name, title, picture2, run, can] of this.actions()) {
      const one = button(name, { class: "kws-button", title }, icon(picture2));
      one.addEventListener("click", () => {
        const node2 = this.line && nodeOf(this.line);
        if (node2) run(node2);
      });
      this.tools.append(one);
      this.able.push([one, can]);
    }
    content.addEventListener("contextmenu", (event) => this.menu(event));
    content.addEventListener("mouseover", ({ target }) => this.point(this.lineAt(target)));
    content.addEventListener("focusin", ({ target }) => this.point(this.lineAt(target)));
    this.element.addEventListener("mouseleave", () => this.point(this.lineAt(focused(content))));
    this.element.addEventListener("keydown", (event) => this.key(event));
    content.addEventListener("mousedown", ({ target }) => this.rove(this.lineAt(target)));
    content.addEventListener("toggle", () => this.schedule(), true);
    this.dress();
  }
  content;
  owner;
  element;
  tools = h("div", { class: "kws-node-tools", role: "toolbar", "aria-label": "Value", hidden: true });
  able = [];
  /** The line that the buttons are beside, and the one that Tab comes to. */
  line = null;
  roving = null;
  scheduled = false;
  actions() {
    const { owner } = this;
    const copy = (text, what) => {
      copyText(text).then(
        () => owner.said(`copied ${what}`),
        (error) => owner.said(`not copied: ${error.message}`)
      );
    };
    const filtered = (node2) => term(node2) !== void 0;
    return [
      [
        "Filter for this",
        "Show only messages with this value here",
        "include",
        (node2) => owner.filter(term(node2)),
        filtered
      ],
      [
        "Hide these",
        "Hide messages with this value here",
        "exclude",
        (node2) => owner.filter(term(node2, true)),
        filtered
      ],
      ["Copy value", "Copy the value", "copy", (node2) => copy(node2.text(), "the value"), () => true],
      [
        "Copy path",
        "Copy the path, as filters and columns take it",
        "path",
        (node2) => copy(node2.path, node2.path),
        ({ path }) => path !== null
      ],
      [
        "Add as column",
        "Make it a column of the table",
        "column",
        (node2) => owner.column(node2.path),
        ({ path }) => Boolean(owner.column && path && path !== "$")
      ],
      [
        "Plot",
        "Plot the numbers here over time",
        "plot",
        (node2) => owner.plot(node2.path),
        ({ path, value: value2 }) => Boolean(owner.plot && path && value2 && Number.isFinite(Number(value2)))
      ]
    ];
  }
  /** The buttons of a line with their names. Shift leaves it to the notebook, or to the browser. */
  menu(event) {
    const line = this.lineAt(event.target);
    const node2 = line && nodeOf(line);
    if (!node2 || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.rove(line);
    const { left, bottom } = line.getBoundingClientRect();
    const [x, y] = event.clientX || event.clientY ? [event.clientX, event.clientY] : [left, bottom];
    const entries = this.actions().filter(([, , , , can]) => can(node2)).map(([label2, , , run]) => ({ label: label2, run: () => run(node2) }));
    const host = this.element.closest(".kws") ?? this.element;
    new Menu(host, "Value", entries, () => line.focus({ preventScroll: true })).open(x, y);
  }
  /** Opens every branch that is there, level by level; says when there were too many. */
  async expand() {
    let opened = 0;
    for (; ; ) {
      const closed = [...this.content.querySelectorAll("details:not([open]) > summary")].filter(
        (line) => !line.closest(".kws-embedded")
      );
      if (!closed.length || !this.element.isConnected) break;
      for (const line of closed) {
        if (opened++ >= MOST4) {
          this.owner.said(`the first ${MOST4.toLocaleString("en-US")} are open`);
          return this.dress();
        }
        await nodeOf(line)?.open?.();
      }
    }
    this.dress();
  }
  collapse() {
    for (const one of this.content.querySelectorAll("details details[open]")) one.open = false;
    this.dress();
  }
  /** Opens what holds one of these texts, level by level, and the members behind it that are not there yet. */
  async reveal(texts, caseless) {
    const fold = (text) => caseless ? text.toLowerCase() : text;
    const wanted = texts.map(fold);
    const holds = (line) => {
      const text = fold((line && nodeOf(line)?.text()) ?? "");
      return wanted.some((one) => text.includes(one));
    };
    for (let opened = 0; opened < MOST4 && this.element.isConnected; ) {
      const closed = [...this.content.querySelectorAll("details:not([open]) > summary")].filter(holds);
      for (const line of closed) await nodeOf(line).open?.();
      opened += closed.length;
      const more = [...this.content.querySelectorAll("details[open] > .kws-branch > .kws-link")].filter(
        (one) => !this.complete(one, wanted, fold)
      );
      for (const one of more) one.click();
      opened += 100 * more.length;
      if (!closed.length && !more.length) break;
    }
    this.dress();
  }
  /** Whether the members that are here hold as many of the texts as the branch does. */
  complete(more, texts, fold) {
    const many = (text) => texts.reduce((sum, one) => sum + fold(text).split(one).length - 1, 0);
    const here = [...more.parentElement.children].flatMap((one) => {
      const line = one.tagName === "DETAILS" ? one.firstElementChild : one;
      const node2 = line && nodeOf(line);
      return node2 ? [many(node2.text()) + many(line.querySelector(".kws-key")?.textContent ?? "")] : [];
    });
    const whole = nodeOf(more.closest("details").firstElementChild);
    return here.reduce((sum, one) => sum + one, 0) >= many(whole?.text() ?? "");
  }
  /** Whether everything that is there is open. */
  get expanded() {
    return this.content.querySelector("details:not([open]) > summary") === null;
  }
  /** Lines that can be seen. */
  get lines() {
    return [...this.content.querySelectorAll(LINES2)].filter((line) => {
      const closed = line.closest("details:not([open])");
      return !closed || line.parentElement === closed && !closed.parentElement?.closest("details:not([open])");
    });
  }
  lineAt(element) {
    const line = element?.closest(LINES2) ?? null;
    return line && this.content.contains(line) && nodeOf(line) ? line : null;
  }
  /** Once a frame, however many branches open. */
  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.dress();
    });
  }
  /** One line has the keys, so that Tab passes the tree in one step. */
  dress() {
    let first;
    for (const line of this.content.querySelectorAll(LINES2)) {
      if (!nodeOf(line)) continue;
      first ??= line;
      line.setAttribute("data-lm-suppress-shortcuts", SUPPRESS["data-lm-suppress-shortcuts"]);
      if (line !== this.roving) line.tabIndex = -1;
    }
    if (!this.roving?.isConnected) this.roving = first ?? null;
    if (this.roving) this.roving.tabIndex = 0;
    this.point(this.line?.isConnected ? this.line : null);
  }
  rove(line) {
    if (!line || line === this.roving) return;
    if (this.roving) this.roving.tabIndex = -1;
    this.roving = line;
    line.tabIndex = 0;
  }
  /** Puts the buttons beside a line. */
  point(line) {
    if (this.tools.contains(focused(this.tools)) && line !== this.line) return;
    this.line = line;
    this.tools.hidden = line === null;
    const node2 = line && nodeOf(line);
    if (!node2) return;
    for (const [one, can] of this.able) one.hidden = !can(node2);
    this.tools.style.top = `${line.getBoundingClientRect().top - this.element.getBoundingClientRect().top}px`;
  }
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const lines2 = this.lines;
    const here = this.tools.contains(event.target) ? this.line : this.lineAt(event.target);
    const at = here ? lines2.indexOf(here) : -1;
    if (at < 0) return;
    const details = here.tagName === "SUMMARY" ? here.parentElement : null;
    let to;
    if (event.key === "ArrowDown") to = lines2[at + 1] ?? here;
    else if (event.key === "ArrowUp") to = lines2[at - 1] ?? here;
    else if (event.key === "Home") to = lines2[0];
    else if (event.key === "End") to = lines2.at(-1);
    else if (event.key === "ArrowRight") {
      to = details?.open ? lines2[at + 1] ?? here : here;
      if (details && !details.open) void Promise.resolve(nodeOf(here)?.open?.()).then(() => this.dress());
    } else if (event.key === "ArrowLeft") {
      const above = (details ?? here).parentElement.closest("details")?.querySelector("summary");
      to = details?.open ? here : above ?? here;
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
};

// src/timing.ts
function timingFacts({ pair, since_previous, since_sent, sent }, go) {
  const facts = [];
  if (since_previous !== null)
    facts.push(
      h(
        "span",
        {
          class: "kws-since",
          title: "Time since the row before it in the log: also one that the table does not show, or has in a row of pings and pongs"
        },
        `${delta(since_previous)} since the row before`
      )
    );
  if (since_sent !== null && !(sent && since_sent === since_previous))
    facts.push(
      h(
        "span",
        { class: "kws-since", title: "Time since the last text or binary message that was sent" },
        `${delta(since_sent)} since the last sent`
      )
    );
  if (pair) {
    const what = `${pair.answer ? "→ response" : "← request"} #${count(pair.index)}, ${millis(pair.took / 1e6)}`;
    const jump = button(
      `${what}: go to it`,
      // what is seen is a part of the name: people say it to their computers (WCAG 2.5.3)
      { class: "kws-button kws-pair", title: "The nearest message the other way with the same id" },
      what
    );
    jump.addEventListener("click", () => go(pair.key));
    facts.push(jump);
  }
  return facts;
}

// src/detail.ts
var MOST5 = 1e7;
var EDITED = 1e6;
var SEND_BACK = "It was received: send it back?";
var noted = (done, masked) => masked ? `${done}, secrets masked` : done;
var MessageTab = class {
  constructor(owner) {
    this.owner = owner;
    this.found = new Found(this.content, { reveal: (texts, caseless) => this.tree?.reveal(texts, caseless) });
    this.inside.append(this.expand, this.found.element);
    this.expand.addEventListener("click", () => {
      const { tree } = this;
      if (tree?.expanded) tree.collapse();
      else void tree?.expand();
    });
    this.element = h(
      "div",
      { class: "kws-message" },
      h("div", { class: "kws-detail-bar" }, this.facts, this.shapes, this.chooser, this.inside, this.tools),
      this.content
    );
    this.clear();
  }
  owner;
  element;
  served = true;
  facts = h("div", { class: "kws-facts" });
  shapes = h("div", { class: "kws-segments", role: "group", "aria-label": "Show as" });
  chooser = h("span", {});
  tools = h("div", { class: "kws-tools" });
  content = h("div", {
    class: "kws-content",
    tabindex: 0,
    role: "region",
    "aria-label": "Message content",
    ...SUPPRESS
  });
  wanted = -1;
  showing = Promise.resolve();
  answer = null;
  data = new Uint8Array();
  masked = false;
  json;
  /** The tree of a long message, level by level; null until it is shown. */
  levels = null;
  /** What is shown, and where it leads; several lead nowhere that could be typed. */
  sources = [];
  url = "";
  note = h("span", { class: "kws-dim", role: "status" });
  shape = "Tree";
  binaryShape = "Hex";
  /** What the message means, and whether that is shown where there is something. */
  info = null;
  meaning = true;
  /** Of the facts those about time, with a button for the other half of a pair. */
  timing = [];
  tree = null;
  found;
  expand = button("Expand all", { title: "Open every branch (*); again to close them" });
  /** Beside the shapes: a search in what is shown, and opening all of a tree. */
  inside = h("span", { class: "kws-inside-bar" });
  dispose() {
    this.found.dispose();
  }
  clear() {
    this.wanted = -1;
    this.answer = null;
    this.facts.replaceChildren();
    this.shapes.replaceChildren();
    this.chooser.replaceChildren();
    this.tools.replaceChildren();
    this.tree = null;
    this.inside.hidden = true;
    this.content.replaceChildren(h("p", { class: "kws-dim kws-none" }, "Select a message to see it whole."));
  }
  /** Without a kernel there is nobody who sends. */
  serve(on) {
    this.served = on;
    if (this.answer) this.paintTools(this.answer);
  }
  /** What is a log, or otherwise takes no messages, has nobody to send to. */
  tick(session, sources) {
    const before2 = this.bare;
    this.url = sources.length > 1 ? "" : session.url;
    this.sources = sources;
    if (before2 !== this.bare && this.answer) this.paintTools(this.answer);
  }
  /** Resolves when the row is here, or could not be had. */
  show(key) {
    if (this.wanted === key) return this.showing;
    this.wanted = key;
    setText(this.note, "");
    this.levels = null;
    this.showing = this.load(key, 0);
    return this.showing;
  }
  /** Shows the message anew: it is decoded by another decoder, say. */
  reload() {
    const key = this.wanted;
    this.wanted = -1;
    return key < 0 ? Promise.resolve() : this.show(key);
  }
  /** The row that is shown whole or in part; -1 for none. */
  get shown() {
    return this.answer && this.answer.key === this.wanted ? this.wanted : -1;
  }
  /** Bookmarks have changed. */
  marked() {
    if (this.answer && this.shown >= 0) this.paintFacts(this.answer);
  }
  /** Key of the message shown; -1 for none. */
  get key() {
    return this.wanted;
  }
  async load(key, offset) {
    try {
      const [answer, buffer] = await this.owner.detail(key, offset);
      if (this.wanted !== key) return;
      const part = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      if (offset) {
        const joined = new Uint8Array(this.data.length + part.length);
        joined.set(this.data);
        joined.set(part, this.data.length);
        this.data = joined;
      } else this.data = part.slice();
      this.answer = answer;
      if (!offset) this.info = answer.decoded;
      this.masked = Boolean(answer.masked) || offset > 0 && this.masked;
      this.json = answer.kind === "text" && this.whole ? readJson(this.decode()) : void 0;
      this.paint();
      void this.mark();
    } catch (error) {
      if (this.wanted !== key) return;
      this.clear();
      this.content.replaceChildren(h("p", { class: "kws-error" }, error.message));
    }
  }
  /** Marks what the filter finds in what is here. */
  async mark() {
    const { answer } = this;
    if (!answer || answer.key !== this.wanted) return;
    let texts = [];
    try {
      texts = await this.owner.found(answer.key, 0, answer.next);
    } catch {
    }
    if (answer.key === this.wanted) this.found.set(texts);
  }
  get whole() {
    return this.answer !== null && this.answer.next >= this.answer.size;
  }
  /** Whether what is here of a long text may be the beginning of JSON. */
  get promising() {
    return this.answer?.kind === "text" && !this.whole && /^[ \t\n\r]*[{[]/.test(this.decode().slice(0, 1e3));
  }
  /** Fetches what is not here yet; false when another row was chosen meanwhile. */
  async complete() {
    const { wanted } = this;
    if (this.whole) return true;
    const { data, masked } = await this.all();
    if (this.wanted !== wanted) return false;
    this.data = data;
    this.masked = masked;
    this.answer = { ...this.answer, next: this.answer.size };
    this.json = this.answer.kind === "text" ? readJson(this.decode()) : void 0;
    setText(this.note, "");
    this.paint();
    return true;
  }
  /** Fetches a long text whole, to show what it holds as JSON. */
  parse() {
    return this.tell(
      "not shown",
      async () => await this.complete() && !this.json ? "it is not JSON after all" : ""
    );
  }
  decode() {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.data);
  }
  get binary() {
    return this.answer.kind === "binary" || this.answer.kind === "ping" || this.answer.kind === "pong";
  }
  /** The media type of a picture that is here whole; by its bytes. */
  get picture() {
    return this.binary && this.whole ? imageType(this.data) : void 0;
  }
  get current() {
    if (this.info?.label && this.meaning) return "Decoded";
    if (this.binary) return this.binaryShape === "Image" && !this.picture ? "Hex" : this.binaryShape;
    if (!this.json && this.shape === "Tree" && this.promising) return "Tree";
    if (!this.json) return this.shape === "Hex" || this.shape === "Base64" ? this.shape : "Text";
    return this.shape;
  }
  paintFacts(answer) {
    const way = LIFECYCLE.includes(answer.kind) ? "" : answer.sent ? "↑ sent" : "↓ received";
    const facts = [
      this.owner.several() ? visible(answer.session) : "",
      `#${count(answer.index)}`,
      way,
      answer.kind,
      bytes(answer.size),
      fullTime(answer.time)
    ];
    if (answer.incomplete) facts.push("incomplete: the connection ended before all of it came");
    if (answer.compressed) facts.push("compressed");
    if (answer.fragments > 1) facts.push(`${answer.fragments} fragments`);
    if (this.masked) facts.push("secrets masked");
    if (answer.connection > 1) facts.push(`connection ${answer.connection}`);
    const note = this.owner.note(answer.key);
    if (note !== void 0) facts.push(note ? `bookmarked: ${visible(note)}` : "bookmarked");
    for (const one of [...this.facts.children]) if (!this.timing.includes(one)) one.remove();
    this.facts.prepend(...facts.filter(Boolean).map((fact) => h("span", {}, fact)));
  }
  paint() {
    const answer = this.answer;
    this.timing = timingFacts(answer, (key) => this.owner.go(key));
    this.facts.replaceChildren(...this.timing);
    this.paintFacts(answer);
    const shapes = answer.close ? [] : this.binary ? [...this.picture ? ["Image"] : [], "Hex", "Base64", "Text"] : this.json || this.promising ? ["Tree", "Pretty", "Text", "Hex"] : ["Text", "Hex"];
    if (this.info?.label) shapes.unshift("Decoded");
    this.shapes.replaceChildren(
      ...shapes.map((shape) => {
        const one = button(shape, { "aria-pressed": String(shape === this.current) });
        one.addEventListener("click", () => {
          this.meaning = shape === "Decoded" || !this.info?.label;
          if (shape !== "Decoded" && this.binary) this.binaryShape = shape;
          else if (shape !== "Decoded") this.shape = shape;
          if (this.promising && shape === "Pretty") void this.parse();
          this.paint();
          [...this.shapes.querySelectorAll("button")].find((each) => each.textContent === shape)?.focus();
        });
        return one;
      })
    );
    this.chooser.replaceChildren(
      ...this.info ? [this.decoders(this.info, answer), ...this.heartbeat(this.info, answer)] : []
    );
    this.paintTools(answer);
    this.tree = null;
    this.content.replaceChildren(this.body(answer));
    this.inside.hidden = answer.close !== null || answer.size === 0;
    this.expand.hidden = this.tree === null;
    if (!this.whole && this.current !== "Tree" && this.current !== "Decoded") {
      const more = button(
        `Load ${bytes(Math.min(DETAIL_BYTES, answer.size - answer.next))} more of ${bytes(answer.size)}`
      );
      more.addEventListener("click", () => void this.load(answer.key, answer.next));
      this.content.append(h("p", {}, more));
    }
  }
  body(answer) {
    if (answer.close) {
      const { code, meaning, reason, by } = answer.close;
      return h(
        "dl",
        { class: "kws-list" },
        h("dt", {}, "Code"),
        h("dd", {}, `${code} ${meaning}`),
        h("dt", {}, "Reason"),
        h("dd", {}, reason ? visible(reason) : "none"),
        h("dt", {}, "Sent by"),
        h("dd", {}, by || "the server")
      );
    }
    if (answer.size === 0) return h("p", { class: "kws-dim" }, "empty payload");
    const shape = this.current;
    if (shape === "Decoded") return this.decodedBody(this.info, answer);
    if (shape === "Image") return picture(this.data, this.picture);
    if (shape === "Tree" && this.json) return this.drawn(this.inUse(jsonTree(this.json)));
    if (shape === "Tree") return this.byLevels(answer);
    if (shape === "Pretty") return longText(this.text(shape), "kws-pre", paintJson);
    return longText(this.text(shape), shape === "Hex" ? "kws-pre kws-dump" : "kws-pre");
  }
  /** A tree, with keys and buttons. */
  inUse(content) {
    const { owner } = this;
    return new Tree(content, {
      filter: (term2) => owner.filter(term2),
      ...owner.column && { column: (path) => owner.column(path) },
      ...owner.plot && { plot: (path) => owner.plot(path) },
      said: (text) => setText(this.note, text)
    });
  }
  drawn(tree) {
    this.tree = tree;
    return tree.element;
  }
  decodedBody({ label: label2, text, size: size2, problem }, { code }) {
    const json = text ? readJson(text) : void 0;
    const long = size2 && !text ? h("p", { class: "kws-dim" }, `${bytes(size2)} as JSON; in a cell: ${code}.decoded`) : "";
    return h(
      "div",
      {},
      h("p", { class: "kws-decoded" }, visible(label2)),
      problem ? h("p", { class: "kws-error" }, visible(problem)) : "",
      json ? this.drawn(this.inUse(jsonTree(json))) : long || longText(visible(text), "kws-pre")
    );
  }
  /** Which decoder says what the messages of this session mean. */
  decoders({ decoder: decoder2, decoders, choice, problem }, answer) {
    const listed = choice && !decoders.includes(choice) ? [...decoders, choice] : decoders;
    const select = h(
      "select",
      { class: "kws-decoder", "aria-label": "Decoder", title: problem || "What says what messages mean" },
      h("option", { value: "" }, `auto${decoder2 && !choice ? `: ${visible(decoder2)}` : ""}`),
      ...listed.map((name) => h("option", { value: name }, visible(name)))
    );
    select.value = choice;
    select.addEventListener("change", () => this.change("select", this.owner.decode(answer.session, select.value)));
    return select;
  }
  heartbeat({ heartbeat, decoder: decoder2 }, { session }) {
    if (!heartbeat) return [];
    const on = heartbeat === "on";
    const toggle = button("Heartbeat", {
      class: "kws-button kws-toggle",
      "aria-pressed": String(on),
      title: `Keep the connection alive as ${visible(decoder2)} wants it`
    });
    toggle.addEventListener("click", () => this.change("button", this.owner.heartbeat(session, !on)));
    return [toggle];
  }
  /** Shows the message anew when something else is made of it; what was used is new then. */
  change(used, done) {
    void this.tell("not changed", async () => {
      await done;
      await this.reload();
      this.chooser.querySelector(used)?.focus();
      return "";
    });
  }
  /** A long message's tree: what is opened in it stays open while other shapes are looked at. */
  byLevels({ key }) {
    this.levels ??= this.inUse(
      levelTree(this.decode().slice(0, 1e3), (at, inside2) => this.owner.level(key, at, inside2))
    );
    return this.drawn(this.levels);
  }
  text(shape) {
    if (shape === "Hex") return hexDump(this.data);
    if (shape === "Base64") return toBase64(this.data);
    return visible(shape === "Pretty" ? jsonText(this.json) : this.decode());
  }
  // ---- what can be done with it: by button, and by the table's keys
  /** Copies what is shown, all of it. */
  copy() {
    return this.tell("not copied", async () => {
      const shape = this.current;
      if (shape === "Decoded") {
        const { text, size: size2 } = this.info;
        if (size2 && !text)
          throw new Error(`${bytes(size2)} are too much for a page; in a cell: ${this.answer.code}.decoded`);
        await copyText(text);
        return noted("copied", text.includes("***"));
      }
      if (shape === "Hex" || shape === "Pretty") {
        await copyText(this.text(shape));
        return noted("copied", this.masked);
      }
      const { data, masked } = await this.all();
      await copyText(shape === "Base64" ? toBase64(data) : new TextDecoder("utf-8", { ignoreBOM: true }).decode(data));
      return noted("copied", masked);
    });
  }
  /** Puts it into the composer; what the page does not know of it, the kernel puts back when it is sent. */
  edit(said2 = "") {
    return this.tell("not edited", async () => {
      this.sendable();
      const { key, kind, session, size: size2, code } = this.answer;
      if (size2 > EDITED) throw new Error(`${bytes(size2)} are too much for the composer; in a cell: ${code}`);
      if (!await this.complete()) return "";
      const mode = this.json ? "JSON" : "Text";
      if (kind === "binary" && this.masked)
        throw new Error("it holds a secret, which the page does not get: edit it in Python");
      if (kind === "binary") this.owner.edit(toHex(this.data), "Hex", session, said2);
      else this.owner.edit(this.masked ? await this.owner.draft(key, session) : this.decode(), mode, session, said2);
      return "";
    });
  }
  resend() {
    return this.tell("not sent", async () => {
      this.sendable();
      if (this.closed) throw new Error(this.closed);
      const { key, session } = this.answer;
      return `sent as #${count(await this.owner.resend(key, session))}`;
    });
  }
  /** What a bare key does: sends again what was sent. What came from the server is not sent back by a slip: it is put into the composer. */
  again() {
    const { sent, kind } = this.answer ?? {};
    const received = sent === 0 && !this.bare && (kind === "text" || kind === "binary");
    return received && !this.closed ? this.edit("not sent yet: it was received") : this.resend();
  }
  async tell(failed2, action) {
    if (!this.answer) return;
    try {
      setText(this.note, await action());
    } catch (error) {
      setText(this.note, `${failed2}: ${error.message}`);
    }
  }
  /** Whether the message is of a source that takes no messages, such as a log. */
  get bare() {
    const own = this.sources.find(({ number }) => number === rowSource(this.wanted));
    return !own?.can.includes("send");
  }
  /** Why nothing can be sent at the moment. */
  get closed() {
    const own = this.sources.find(({ number }) => number === rowSource(this.wanted));
    return own?.writable ? "" : `the connection is ${own?.state ?? "closed"}`;
  }
  sendable() {
    const { kind } = this.answer;
    if (this.bare) throw new Error("there is no connection to send it to");
    if (kind !== "text" && kind !== "binary") throw new Error(`only text and binary messages can be, not “${kind}”`);
  }
  /** The whole payload. */
  async all() {
    const { key, size: size2, code } = this.answer;
    if (this.whole) return { data: this.data.slice(), masked: this.masked };
    if (size2 > MOST5) throw new Error(`${bytes(size2)} are too much for a page; in a cell: ${code}.payload`);
    return fetchPayload(
      (at, offset) => this.owner.detail(at, offset),
      key,
      MOST5,
      (done) => setText(this.note, `${bytes(done)} of ${bytes(size2)} …`)
    );
  }
  copied(data, text) {
    const { kind, code, close } = this.answer;
    const bare = this.bare;
    return {
      kind,
      data,
      text,
      json: this.json,
      session: bare ? "" : code.replace(/\.messages\[\d+\]$/, ""),
      url: bare ? "" : this.url,
      close
    };
  }
  /** The menu of everything a payload can be copied as; a choice fetches what is not here yet. */
  copyMenu(answer) {
    const toggle = button(
      "Copy as",
      { class: "kws-button kws-more", title: "Copy as Python, hex, …" },
      icon("chevron")
    );
    const menu = h("div", { class: "kws-choices", role: "menu", "aria-label": "Copy as" });
    const popup = new Popup(toggle, menu, () => {
      menu.replaceChildren(
        ...this.ways(answer).map(([label2, run]) => {
          const one = button(label2, { role: "menuitem", tabindex: -1, title: "" });
          one.addEventListener("click", () => {
            popup.open(false);
            run();
          });
          return one;
        })
      );
    });
    return toggle;
  }
  /** What the row can be copied as, once it is here. */
  async copies(key) {
    await this.show(key);
    if (this.shown !== key || !this.answer) throw new Error("the row is not here any more");
    if (!this.answer.size) throw new Error("it is empty");
    return this.ways(this.answer);
  }
  /** Each says in the message tab how it went. */
  ways(answer) {
    const isText = answer.kind === "text" && (!this.whole || textOf(this.data) !== void 0);
    const choices = copies(
      this.copied(this.data, isText ? this.decode() : void 0)
    ).map(([label2]) => [
      label2,
      async () => {
        const { data, masked } = await this.all();
        const make = copies(this.copied(data, answer.kind === "text" ? textOf(data) : void 0)).find(
          ([one]) => one === label2
        )?.[1];
        if (!make) throw new Error("it is not UTF-8");
        await copyText(make());
        return noted(`copied as ${label2}`, masked);
      }
    ]);
    choices.push([
      "Save as a file",
      async () => {
        const { data, masked } = await this.all();
        download(
          new Blob([data]),
          `${answer.code.replace(/\W+/g, "-").replace(/-$/, "")}.${this.json ? "json" : answer.kind === "text" ? "txt" : "bin"}`
        );
        return noted(`saved${unless(`${answer.code}.data in a cell`)}`, masked);
      }
    ]);
    return choices.map(([label2, action]) => [
      label2,
      () => void this.tell(label2.startsWith("Save") ? "not saved" : "not copied", action)
    ]);
  }
  paintTools(answer) {
    const tools = [this.note];
    const code = button(
      `Copy ${answer.code}`,
      { class: "kws-button kws-codeline", title: "Copy the Python that fetches this message" },
      h("code", {}, answer.code)
    );
    code.addEventListener(
      "click",
      () => void this.tell("not copied", () => copyText(answer.code).then(() => "copied"))
    );
    tools.push(code);
    if (answer.size) {
      const copy = button("Copy", { title: "Copy what is shown (c)" });
      copy.addEventListener("click", () => void this.copy());
      tools.push(copy, this.copyMenu(answer));
    }
    if (!this.bare && (answer.kind === "text" || answer.kind === "binary")) {
      const edit = button("Edit", { title: "Put it into the composer (e)" });
      edit.addEventListener("click", () => void this.edit());
      const label2 = this.owner.several() ? `Resend to ${visible(answer.session)}` : "Resend";
      const resend = button(label2, {
        title: answer.sent ? "Send it again as it is (r), to the session it is of" : "Send to the server what came from it, as it is: asks first"
      });
      const named = (name) => {
        setText(resend, name);
        setAttr(resend, "aria-label", name);
      };
      edit.disabled = resend.disabled = !this.served;
      resend.addEventListener("click", () => {
        if (!answer.sent && !this.closed && resend.textContent === label2) {
          named(SEND_BACK);
          return;
        }
        resend.disabled = true;
        named(label2);
        void this.resend().finally(() => resend.disabled = !this.served);
      });
      resend.addEventListener("blur", () => named(label2));
      tools.push(edit, resend);
    }
    this.tools.replaceChildren(...tools);
  }
};

// src/bytediff.ts
var WIDTH2 = 16;
var MOST6 = 200;
function byteChanges(before2, after) {
  const rows = [];
  let total = 0;
  for (let offset = 0; offset < Math.max(before2.length, after.length); offset += WIDTH2) {
    const stop = Math.min(offset + WIDTH2, Math.max(before2.length, after.length));
    let wrong = 0;
    for (let at = offset; at < stop; at++) wrong += Number(before2[at] !== after[at]);
    total += wrong;
    if (!wrong || rows.length >= MOST6) continue;
    const marks2 = Array.from({ length: stop - offset }, (_, at) => before2[offset + at] !== after[offset + at]);
    rows.push({ offset, before: before2.subarray(offset, stop), after: after.subarray(offset, stop), marks: marks2 });
  }
  return { rows, total };
}

// src/sequence.ts
var EDITS = 400;
function differ(a, b, edits = EDITS) {
  let start = 0;
  let [aEnd, bEnd] = [a.length, b.length];
  while (start < aEnd && start < bEnd && a[start] === b[start]) start++;
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  if (start === aEnd && start === bEnd) return { hunks: [], exact: true };
  const whole = [{ aFrom: start, aTo: aEnd, bFrom: start, bTo: bEnd }];
  if (start === aEnd || start === bEnd) return { hunks: whole, exact: true };
  const [n, m] = [aEnd - start, bEnd - start];
  const most = Math.min(n + m, edits);
  const reach = new Int32Array(2 * most + 3);
  const trail = [];
  for (let d = 0; d <= most; d++) {
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || k !== d && reach[most + k] < reach[most + k + 2];
      let x = down ? reach[most + k + 2] : reach[most + k] + 1;
      let y = x - k;
      while (x < n && y < m && a[start + x] === b[start + y]) {
        x++;
        y++;
      }
      reach[most + 1 + k] = x;
      if (x >= n && y >= m) return { hunks: back(trail, d, n, m, start), exact: true };
    }
    trail.push(reach.slice(most + 1 - d, most + 2 + d));
  }
  return { hunks: whole, exact: false };
}
function back(trail, edits, n, m, start) {
  const hunks = [];
  let [x, y] = [n, m];
  for (let d = edits; d > 0; d--) {
    const reach = trail[d - 1];
    const at = (diagonal) => reach[diagonal + d - 1] ?? -1;
    const k = x - y;
    const down = k === -d || k !== d && at(k - 1) < at(k + 1);
    const before2 = down ? at(k + 1) : at(k - 1);
    const [fromX, fromY] = [before2, before2 - (down ? k + 1 : k - 1)];
    const [aTo, bTo] = down ? [fromX, fromY + 1] : [fromX + 1, fromY];
    const last = hunks.at(-1);
    if (last && last.aFrom === start + aTo && last.bFrom === start + bTo) {
      last.aFrom = start + fromX;
      last.bFrom = start + fromY;
    } else hunks.push({ aFrom: start + fromX, aTo: start + aTo, bFrom: start + fromY, bTo: start + bTo });
    [x, y] = [fromX, fromY];
  }
  return hunks.reverse();
}

// src/jsondiff.ts
var MOST7 = 500;
var STEPS = 40;
var stepOf = (key) => typeof key === "number" ? `[${key}]` : /^[A-Za-z_$][\w$-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
function written3(at) {
  const steps = [];
  for (let step = at; step; step = step.up) steps.push(step.text);
  if (steps.length > STEPS) steps.splice(STEPS / 2, steps.length - STEPS, `…(${steps.length - STEPS} more)…`);
  return steps.reverse().join("");
}
var Identities = class {
  ids = /* @__PURE__ */ new Map();
  /** Texts are apart from what is written in other ways: both are looked up as they are, which is what makes it quick. */
  texts = /* @__PURE__ */ new Map();
  others = /* @__PURE__ */ new Map();
  constructor(...roots) {
    for (const root of roots) this.number(root);
  }
  of = (value2) => this.ids.get(value2);
  number(root) {
    const todo = [[[root], 0, null]];
    while (todo.length) {
      const top = todo[todo.length - 1];
      const value2 = top[0][top[1]++];
      if (!value2) {
        todo.pop();
        if (top[2]) this.note(top[2]);
      } else if (value2.type === "array" && value2.items.length) todo.push([value2.items, 0, value2]);
      else if (value2.type === "object" && value2.entries.length)
        todo.push([value2.entries.map(([, child]) => child), 0, value2]);
      else this.note(value2);
    }
  }
  note(value2) {
    let text;
    if (value2.type === "string") text = value2.value;
    else if (value2.type === "object")
      text = `{${value2.entries.map(([key, child]) => JSON.stringify(key) + this.of(child)).sort().join()}`;
    else if (value2.type === "array") text = `[${value2.items.map(this.of).join()}`;
    else text = value2.text;
    const known = value2.type === "string" ? this.texts : this.others;
    let id = known.get(text);
    if (id === void 0) {
      id = this.texts.size + this.others.size;
      known.set(text, id);
    }
    this.ids.set(value2, id);
  }
};
function grouped2(entries) {
  const found = /* @__PURE__ */ new Map();
  for (const [key, value2] of entries) {
    const same3 = found.get(key);
    if (same3) same3.push(value2);
    else found.set(key, [value2]);
  }
  return found;
}
function jsonChanges(before2, after) {
  const ids = new Identities(before2, after);
  const changes = [];
  let total = 0;
  const todo = [{ a: before2, b: after, at: { up: null, text: "$" } }];
  while (todo.length) {
    const { a, b, at } = todo.pop();
    if (a && b && ids.of(a) === ids.of(b)) continue;
    const next = [];
    const under = (key, one, other) => {
      next.push({ a: one, b: other, at: { up: at, text: stepOf(key) } });
    };
    if (a?.type === "object" && b?.type === "object") {
      const [old, fresh] = [grouped2(a.entries), grouped2(b.entries)];
      for (const key of /* @__PURE__ */ new Set([...old.keys(), ...fresh.keys()])) {
        const [gone, come] = [old.get(key) ?? [], fresh.get(key) ?? []];
        for (let each = 0; each < Math.max(gone.length, come.length); each++) under(key, gone[each], come[each]);
      }
    } else if (a?.type === "array" && b?.type === "array") {
      const { hunks } = differ(a.items.map(ids.of), b.items.map(ids.of));
      for (const { aFrom, aTo, bFrom, bTo } of hunks) {
        const both = Math.min(aTo - aFrom, bTo - bFrom);
        for (let each = 0; each < both; each++) under(bFrom + each, a.items[aFrom + each], b.items[bFrom + each]);
        for (let each = aFrom + both; each < aTo; each++) under(each, a.items[each], void 0);
        for (let each = bFrom + both; each < bTo; each++) under(each, void 0, b.items[each]);
      }
    } else {
      total += 1;
      if (changes.length < MOST7) changes.push({ path: written3(at), ...a && { before: a }, ...b && { after: b } });
    }
    for (let each = next.length - 1; each >= 0; each--) todo.push(next[each]);
  }
  return { changes, total };
}

// src/linediff.ts
var CONTEXT = 2;
var MOST8 = 400;
var AROUND = 60;
var WORDS = 2e4;
var words = (line) => line.length > WORDS ? [line] : line.match(/[\p{L}\p{N}_]+|\s+|./gsu) ?? [];
function runs(tokens2, marks2) {
  const found = [];
  let at = 0;
  marks2.forEach(([from, to], each) => {
    found.push({ text: shorten(tokens2.slice(at, from).join(""), each > 0, true), marked: false });
    found.push({ text: tokens2.slice(from, to).join(""), marked: true });
    at = to;
  });
  found.push({ text: shorten(tokens2.slice(at).join(""), marks2.length > 0, false), marked: false });
  return found.filter(({ text }) => text).map((run) => run.marked ? { ...run, text: shorten(run.text, true, true) } : run);
}
function shorten(text, head2, tail) {
  const keep = (Number(head2) + Number(tail) || 1) * AROUND;
  if (text.length <= keep + 40) return text;
  const start = head2 || !tail ? text.slice(0, AROUND) : "";
  const end = tail ? text.slice(-AROUND) : "";
  return `${start}…(${(text.length - start.length - end.length).toLocaleString("en-US")} more)…${end}`;
}
function lineRuns(before2, after) {
  let [a, b] = [words(before2), words(after)];
  if (a.length === 1 && b.length === 1) [a, b] = ends(before2, after);
  const { hunks } = differ(a, b, 200);
  return [
    runs(
      a,
      hunks.map(({ aFrom, aTo }) => [aFrom, aTo]).filter(([from, to]) => to > from)
    ),
    runs(
      b,
      hunks.map(({ bFrom, bTo }) => [bFrom, bTo]).filter(([from, to]) => to > from)
    )
  ];
}
function ends(a, b) {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start++;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const cut2 = (text) => [
    text.slice(0, start),
    text.slice(start, text.length - end),
    text.slice(text.length - end)
  ];
  return [cut2(a), cut2(b)];
}
function lineChanges(before2, after) {
  const [a, b] = [before2.split("\n"), after.split("\n")];
  const { hunks, exact: exact2 } = differ(a, b);
  const lines2 = [];
  let [total, at] = [0, 0];
  const same3 = (from, to) => {
    for (let each = from; each < to; each++)
      lines2.push({ kind: "same", number: each + 1, runs: runs([b[each]], []), left: 0 });
  };
  const skip = (left) => {
    if (left > 0) lines2.push({ kind: "same", number: 0, runs: [], left });
  };
  for (const { aFrom, aTo, bFrom, bTo } of hunks) {
    total += Math.max(aTo - aFrom, bTo - bFrom);
    if (lines2.length >= MOST8) continue;
    const head2 = at ? Math.min(at + CONTEXT, bFrom) : 0;
    same3(at, head2);
    const tail = Math.max(head2, bFrom - CONTEXT);
    skip(tail - head2);
    same3(tail, bFrom);
    const removed = [];
    const added = [];
    for (let each = 0; each < Math.min(MOST8, Math.max(aTo - aFrom, bTo - bFrom)); each++) {
      const [old, fresh] = [
        aFrom + each < aTo ? a[aFrom + each] : void 0,
        bFrom + each < bTo ? b[bFrom + each] : void 0
      ];
      const [gone, come] = old !== void 0 && fresh !== void 0 ? lineRuns(old, fresh) : [runs([old ?? ""], [[0, 1]]), runs([fresh ?? ""], [[0, 1]])];
      if (old !== void 0) removed.push({ kind: "removed", number: aFrom + each + 1, runs: gone, left: 0 });
      if (fresh !== void 0) added.push({ kind: "added", number: bFrom + each + 1, runs: come, left: 0 });
    }
    lines2.push(...removed, ...added);
    at = bTo;
  }
  if (hunks.length && lines2.length < MOST8) {
    const head2 = Math.min(at + CONTEXT, b.length);
    same3(at, head2);
    skip(b.length - head2);
  }
  return { lines: lines2, total, exact: exact2 };
}

// src/difference.ts
var MOST9 = DETAIL_BYTES;
var SHAPES = ["Paths", "Lines", "Bytes"];
var Difference = class {
  constructor(fetch, go) {
    this.fetch = fetch;
    this.go = go;
    const copy = button("Copy", { title: "Copy the difference as text (c)" });
    copy.addEventListener("click", () => this.copy());
    this.tools.append(copy);
    this.element = h(
      "div",
      { class: "kws-message" },
      h("div", { class: "kws-detail-bar" }, this.facts, this.shapes, this.tools),
      this.content
    );
  }
  fetch;
  go;
  element;
  facts = h("div", { class: "kws-facts" });
  shapes = h("div", { class: "kws-segments", role: "group", "aria-label": "Compare by" });
  note = h("span", { class: "kws-dim", role: "status" });
  tools = h("div", { class: "kws-tools" }, this.note);
  content = h("div", {
    class: "kws-content",
    tabindex: 0,
    role: "region",
    "aria-label": "Difference",
    ...SUPPRESS
  });
  wanted = "";
  sides = null;
  shape = "Paths";
  plain = "";
  clear() {
    this.wanted = "";
  }
  copy() {
    copyText(this.plain).then(
      () => setText(this.note, "copied"),
      (error) => setText(this.note, error.message)
    );
  }
  async show(first, second) {
    const wanted = `${first} ${second}`;
    if (this.wanted === wanted) return;
    this.wanted = wanted;
    try {
      const sides = await Promise.all(
        [first, second].map(async (key) => read2(await fetchPayload(this.fetch, key, MOST9)))
      );
      if (this.wanted !== wanted) return;
      this.sides = sides.sort((a, b) => a.answer.time - b.answer.time || a.answer.key - b.answer.key);
      this.paint();
    } catch (error) {
      if (this.wanted !== wanted) return;
      this.clear();
      this.facts.replaceChildren(h("span", {}, `#${count(first)} and #${count(second)}`));
      this.shapes.replaceChildren();
      this.content.replaceChildren(h("p", { class: "kws-error" }, error.message));
    }
  }
  paint() {
    const [a, b] = this.sides;
    setText(this.note, "");
    const name = ({ answer }) => {
      const one = button(
        `Go to #${count(answer.index)}`,
        { class: "kws-button kws-pair" },
        `#${count(answer.index)} ${answer.sent ? "↑" : "↓"} ${answer.kind} ${bytes(answer.size)}`
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
      result
    );
    const possible = SHAPES.filter(
      (shape) => shape === "Paths" ? a.json && b.json : shape === "Lines" ? a.text !== void 0 && b.text !== void 0 && a.answer.kind !== "binary" : true
    );
    const current = possible.includes(this.shape) ? this.shape : possible[0];
    this.shapes.replaceChildren(
      ...possible.map((shape) => {
        const one = button(shape, { "aria-pressed": String(shape === current) });
        one.addEventListener("click", () => {
          this.shape = shape;
          this.paint();
          [...this.shapes.querySelectorAll("button")].find((each) => each.textContent === shape)?.focus();
        });
        return one;
      })
    );
    const cut2 = !(a.complete && b.complete);
    const [words2, body, plain] = this.compare(current, a, b);
    this.plain = plain;
    setText(result, words2);
    this.content.replaceChildren(
      ...a.masked || b.masked ? [h("p", { class: "kws-dim" }, "Secrets are masked: what differs in them is not shown.")] : [],
      ...cut2 ? [h("p", { class: "kws-dim" }, `Only the first ${bytes(MOST9)} of each are compared: the rest is for Python.`)] : [],
      body
    );
  }
  compare(shape, a, b) {
    const parts2 = shape === "Paths" ? paths(a.json, b.json) : shape === "Lines" ? lines(laidOut(a), laidOut(b)) : offsets(a.data, b.data);
    if (parts2[0]) return parts2;
    const same3 = a.data.length === b.data.length && a.data.every((value2, at) => value2 === b.data[at]);
    const words2 = same3 ? "The payloads are equal." : shape === "Paths" ? "The values are equal; the texts differ in spaces or in the order of keys." : "Nothing differs.";
    return ["equal", h("p", { class: "kws-dim kws-none" }, words2), words2];
  }
};
function read2(whole) {
  const { answer, data, complete } = whole;
  const text = answer.kind === "binary" ? void 0 : complete ? textOf(data) : new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);
  return { ...whole, text, json: complete && text !== void 0 ? readJson(text) : void 0 };
}
var laidOut = ({ json, text }) => json ? jsonText(json) : text;
var runsOf = (runs2, tag) => runs2.map(({ text, marked: marked2 }) => marked2 ? h(tag, {}, visible(text)) : visible(text));
function value(one) {
  if (!one) return "";
  return one.type === "object" && one.entries.length || one.type === "array" && one.items.length ? summary(one) : atom(one);
}
function paths(before2, after) {
  const { changes, total } = jsonChanges(before2, after);
  const plain = [];
  const rows = changes.map(({ path, before: a, after: b }) => {
    const kind = !a ? "added" : !b ? "removed" : "changed";
    const [old, fresh] = [h("td", {}, value(a)), h("td", {}, value(b))];
    if (a?.type === "string" && b?.type === "string") {
      const [gone, come] = lineRuns(JSON.stringify(a.value), JSON.stringify(b.value));
      old.replaceChildren(...runsOf(gone, "del"));
      fresh.replaceChildren(...runsOf(come, "ins"));
    }
    plain.push(
      `${kind} ${path}: ${[old, fresh].map((cell) => cell.textContent).filter(Boolean).join(" → ")}`
    );
    return h("tr", { class: `kws-${kind}` }, h("td", {}, kind), h("th", { scope: "row" }, visible(path)), old, fresh);
  });
  if (total > changes.length)
    rows.push(h("tr", {}, h("td", { colspan: 4, class: "kws-dim" }, `… and ${count(total - changes.length)} more`)));
  const head2 = h(
    "tr",
    {},
    ...["", "Path", "Before", "After"].map(
      (name) => h("th", { scope: "col" }, name || h("span", { class: "kws-offscreen" }, "Change"))
    )
  );
  return [
    total ? `${count(total)} ${total === 1 ? "path differs" : "paths differ"}` : "",
    h("table", { class: "kws-diff kws-paths" }, h("thead", {}, head2), h("tbody", {}, ...rows)),
    plain.join("\n")
  ];
}
var SIGNS = { same: " ", removed: "−", added: "+" };
function lines(before2, after) {
  const { lines: found, total, exact: exact2 } = lineChanges(before2, after);
  const plain = [];
  const rows = found.map(({ kind, number, runs: runs2, left }) => {
    if (left)
      return h(
        "tr",
        {},
        h("td"),
        h("td"),
        h("td", { class: "kws-dim" }, `${count(left)} equal ${left === 1 ? "line" : "lines"}`)
      );
    plain.push(`${SIGNS[kind]} ${runs2.map(({ text }) => text).join("")}`);
    return h(
      "tr",
      { class: `kws-${kind}` },
      h("td", {}, count(number)),
      h("td", {}, SIGNS[kind]),
      h("td", {}, ...runsOf(runs2, kind === "removed" ? "del" : "ins"))
    );
  });
  const words2 = total ? `${count(total)} ${total === 1 ? "line differs" : "lines differ"}${exact2 ? "" : ", too many to be aligned"}` : "";
  return [words2, h("table", { class: "kws-diff kws-lines" }, h("tbody", {}, ...rows)), plain.join("\n")];
}
function offsets(before2, after) {
  const { rows, total } = byteChanges(before2, after);
  const plain = [];
  const side = (data, marks2, tag) => {
    const cell = h("td");
    marks2.forEach((marked2, at) => {
      const text = data[at]?.toString(16).padStart(2, "0") ?? "  ";
      cell.append(marked2 && text.trim() ? h(tag, {}, text) : text, " ");
    });
    return cell;
  };
  const body = rows.flatMap(({ offset, before: a, after: b, marks: marks2 }) => {
    const address = offset.toString(16).padStart(8, "0");
    const [old, fresh] = [side(a, marks2, "del"), side(b, marks2, "ins")];
    plain.push(`${address} − ${old.textContent} ${ascii(a)}`, `${address} + ${fresh.textContent} ${ascii(b)}`);
    return [
      h("tr", { class: "kws-removed" }, h("td", {}, address), h("td", {}, "−"), old, h("td", {}, ascii(a))),
      h("tr", { class: "kws-added" }, h("td"), h("td", {}, "+"), fresh, h("td", {}, ascii(b)))
    ];
  });
  const shown2 = rows.reduce((sum, { marks: marks2 }) => sum + marks2.filter(Boolean).length, 0);
  if (shown2 < total)
    body.push(h("tr", {}, h("td"), h("td"), h("td", { class: "kws-dim" }, `… and ${count(total - shown2)} more bytes`)));
  return [
    total ? `${count(total)} ${total === 1 ? "byte differs" : "bytes differ"}` : "",
    h("table", { class: "kws-diff kws-lines kws-bytes" }, h("tbody", {}, ...body)),
    plain.join("\n")
  ];
}

// src/facts.ts
function list(facts) {
  return h(
    "dl",
    { class: "kws-list" },
    ...facts.flatMap(([name, value2]) => [h("dt", {}, name), h("dd", {}, visible(value2))])
  );
}
function copier(label2, title, text) {
  const copy = button(label2, { title });
  copy.addEventListener(
    "click",
    () => void copyText(text).then(
      () => setText(copy, "Copied"),
      () => setText(copy, "No clipboard")
    )
  );
  return copy;
}
function head(title, text, command = "") {
  const copies2 = [
    copier("Copy", `Copy the ${title.toLowerCase()}`, text),
    ...command ? [copier("Copy as curl", "The upgrade as a curl command; secrets stay masked", command)] : []
  ];
  return h(
    "section",
    { class: "kws-head-text" },
    h("div", { class: "kws-heading" }, title, ...copies2),
    h("pre", { class: "kws-pre", tabindex: 0, ...SUPPRESS }, visible(text.trimEnd()))
  );
}
var ofSession = (name) => `Session ${visible(name)}. Select a message of another one to see that one's.`;
function waterfall(timings) {
  const total = timings.reduce((sum, [, seconds2]) => sum + seconds2, 0);
  const bar = h("div", { class: "kws-waterfall", role: "img", "aria-label": `Opening took ${millis(total)}` });
  const legend = h("div", { class: "kws-legend" });
  timings.forEach(([name, seconds2], at) => {
    const part = h("span", { class: `kws-phase kws-phase${at % 5}` });
    part.style.flexGrow = String(Math.max(0.01, seconds2 / (total || 1)));
    bar.append(part);
    legend.append(h("span", {}, h("i", { class: `kws-phase kws-phase${at % 5}` }), `${name} ${millis(seconds2)}`));
  });
  legend.append(h("span", { class: "kws-dim" }, `together ${millis(total)}`));
  return h("div", {}, bar, legend);
}
function handshakeView(answer) {
  if (!answer.available)
    return h(
      "p",
      { class: "kws-dim kws-none" },
      "There is no handshake: this connection never opened, or this is a bare log."
    );
  return h(
    "div",
    { class: "kws-page", role: "region", "aria-label": "Handshake", tabindex: 0, ...SUPPRESS },
    ...answer.timings.length ? [waterfall(answer.timings)] : [],
    list(answer.facts),
    h(
      "div",
      { class: "kws-columns" },
      head("Request", answer.request, curl(/^(wss|https):/i.test(answer.url), answer.request)),
      head("Response", answer.body ? `${answer.response.trimEnd()}

${answer.body}` : answer.response)
    )
  );
}
function certificateView(answer) {
  if (!answer.available) return h("p", { class: "kws-dim kws-none" }, answer.note);
  const card = h("div", {
    class: "kws-page kws-card",
    role: "region",
    "aria-label": "Certificate",
    tabindex: 0,
    ...SUPPRESS
  });
  card.innerHTML = answer.html;
  for (const one of card.querySelectorAll("summary, a[href], button, input, [tabindex]"))
    setAttr(one, "data-lm-suppress-shortcuts", "true");
  return card;
}

// src/completion.ts
var TYPING_MS2 = 120;
var WANTED = /(?:^|[\s(!-])(?:i:)?(?:\$[^\s"]*|(?:dir|kind|decoder):[^\s"]*)$/;
var serial = 0;
var Completion = class {
  constructor(field3, ask, accepted, path = false) {
    this.field = field3;
    this.ask = ask;
    this.accepted = accepted;
    this.path = path;
    this.list.id = this.id;
    for (const [name, value2] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.id
    }))
      field3.setAttribute(name, value2);
    field3.addEventListener("input", () => {
      this.tabbed = null;
      this.close();
      if ((this.path ? /\S/ : WANTED).test(this.before))
        this.timer = window.setTimeout(() => void this.open(), TYPING_MS2);
    });
    field3.addEventListener("blur", () => {
      this.tabbed = null;
      this.close();
    });
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const at = [...this.list.children].indexOf(event.target.closest("[role=option]"));
      if (at >= 0) this.accept(at);
    });
  }
  field;
  ask;
  accepted;
  path;
  list = h("div", {
    class: "kws-menu kws-completions",
    role: "listbox",
    "aria-label": "Completions",
    hidden: true
  });
  words = [];
  from = 0;
  chosen = -1;
  timer = 0;
  asked = 0;
  /** What Tab asked about last: pressed once more there, it leaves the field. */
  tabbed = null;
  id = `kws-complete-${++serial}-${Math.random().toString(36).slice(2, 7)}`;
  dispose() {
    window.clearTimeout(this.timer);
  }
  get before() {
    return this.field.value.slice(0, this.field.selectionStart ?? this.field.value.length);
  }
  get isOpen() {
    return !this.list.hidden;
  }
  /**
   * A key in the field; true when it was the list's. Tab completes, as it does in a cell. What it found nothing for, or the
   * kernel has not answered, it leaves the field from when it is pressed again: nobody is caught in here.
   */
  key(event) {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (event.key === " " && event.ctrlKey) void this.open();
    else if (event.key === "Tab" && plain && !this.isOpen && this.before !== this.tabbed && /\S$/.test(this.before)) {
      this.tabbed = this.before;
      void this.open(true);
    } else if (!this.isOpen || !plain) return false;
    else if (event.key === "ArrowDown") this.choose((this.chosen + 1) % this.words.length);
    else if (event.key === "ArrowUp") this.choose((this.chosen - 1 + this.words.length) % this.words.length);
    else if (event.key === "Tab") this.accept(Math.max(0, this.chosen));
    else if (event.key === "Enter" && this.chosen >= 0) this.accept(this.chosen);
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    return true;
  }
  close() {
    window.clearTimeout(this.timer);
    this.asked += 1;
    this.list.hidden = true;
    this.chosen = -1;
    setAttr(this.field, "aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }
  /** `only`: the only word there is is taken at once. */
  async open(only = false) {
    const mine = ++this.asked;
    const text = this.before;
    let answer;
    try {
      answer = await this.ask(text);
    } catch {
      return;
    }
    if (mine !== this.asked || text !== this.before) return;
    this.words = answer.words;
    this.from = answer.start;
    if (only && this.words.length === 1) return this.accept(0);
    this.list.replaceChildren(
      ...this.words.map(
        ([word, meaning], at) => h(
          "div",
          { role: "option", id: `${this.id}-${at}`, class: "kws-option", "aria-selected": "false" },
          h("code", {}, visible(word)),
          h("span", { class: "kws-dim" }, visible(meaning))
        )
      )
    );
    this.list.hidden = this.words.length === 0;
    setAttr(this.field, "aria-expanded", String(this.isOpen));
  }
  choose(at) {
    this.chosen = at;
    for (const [index, one] of [...this.list.children].entries()) setAttr(one, "aria-selected", String(index === at));
    setAttr(this.field, "aria-activedescendant", `${this.id}-${at}`);
    this.list.children[at]?.scrollIntoView({ block: "nearest" });
  }
  accept(at) {
    const [word] = this.words[at];
    const end = this.before.length;
    this.field.value = this.field.value.slice(0, this.from) + word + this.field.value.slice(end);
    const cursor = this.from + word.length;
    this.field.setSelectionRange(cursor, cursor);
    this.close();
    this.accepted();
  }
};

// src/find.ts
var AGAIN_MS = 150;
var Find = class {
  constructor(owner) {
    this.owner = owner;
    const previous = button(
      "Previous match",
      { class: "kws-button", title: "The match before (Shift+Enter, Shift+F3)" },
      "↑"
    );
    const next = button("Next match", { class: "kws-button", title: "The next match (Enter, F3)" }, "↓");
    previous.addEventListener("click", () => void this.go(-1));
    next.addEventListener("click", () => void this.go(1));
    this.element = h("span", { class: "kws-finding", hidden: true }, this.place, previous, next);
  }
  owner;
  /** Whether what is typed hides the other rows, as a filter does. */
  hides = button("Filter", {
    class: "kws-button kws-quick kws-hides",
    "aria-pressed": "true",
    title: "Show only rows that match; otherwise all are shown, and ↑ ↓ go from match to match"
  });
  element;
  place = h("span", { class: "kws-place", role: "status" });
  text = "";
  turn = 0;
  get on() {
    return this.hides.getAttribute("aria-pressed") === "false";
  }
  /** Looks for this instead; nothing for an empty text. */
  async look(text) {
    if (text === this.text) return;
    await this.owner.find(text);
    this.text = text;
    this.element.hidden = !text;
    setText(this.place, "");
    if (text) await this.go(1);
  }
  flip() {
    setAttr(this.hides, "aria-pressed", String(this.on));
  }
  /** To the next match or the one before; a search that has not come there is waited for. */
  async go(way) {
    if (!this.text) return;
    const turn = ++this.turn;
    try {
      const from = this.owner.here(way);
      for (; ; ) {
        const { key, at, number, total, busy } = await this.owner.seek(from, way);
        if (turn !== this.turn) return;
        if (key !== null) {
          setText(this.place, `${count(number)} of ${count(total)}${busy ? "…" : ""}`);
          return this.owner.go(key, at);
        }
        setText(this.place, busy ? "searching…" : "no match");
        if (!busy) return;
        await new Promise((resolve) => window.setTimeout(resolve, AGAIN_MS));
        if (turn !== this.turn) return;
      }
    } catch (error) {
      if (turn === this.turn) this.owner.failed(error);
    }
  }
  /** Nobody waits any more. */
  dispose() {
    this.turn += 1;
  }
};

// src/filter.ts
var TYPING_MS3 = 150;
var FIRST = ["word", "a or b", "-word, not word", "dir:", "kind:", "$.path=value", "$.path>5"];
var HELP = [
  ...FILTER_FORMS.filter(([form]) => FIRST.includes(form)).map(([form, meaning]) => `${form}: ${meaning}`),
  "? in the table lists all forms"
].join("\n");
var QUICK = [
  ["Sent", "dir:sent", "Only what was sent"],
  ["Received", "dir:received", "Only what was received"],
  ["Data", "kind:text,binary", "Hide pings, pongs, closes and connection events"]
];
var CASELESS = /^i:\s+/i;
var OR = /(?:^|\s)(?:or|\|\|?)(?=\s|$)/i;
var GROUP = /\([^()]*\)/g;
function alternatives(text) {
  const less = text.replace(GROUP, " ");
  return less === text ? OR.test(text) : alternatives(less);
}
var bound = (owner) => ({
  find: (text) => owner.find(text),
  seek: (at, way) => owner.seek(at, way),
  here: (way) => owner.here(way),
  go: (key, at) => owner.go(key, at)
});
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
    this.quick = QUICK.map(([label2, term2, title]) => {
      const one = button(label2, {
        class: "kws-button kws-quick",
        title: `${title} (${term2})`,
        "aria-pressed": "false"
      });
      one.addEventListener("click", () => this.flip(term2));
      return [one, term2];
    });
    this.pings.addEventListener("click", () => owner.fold(this.pings.getAttribute("aria-pressed") === "true"));
    this.caseless.addEventListener("click", () => {
      const text = this.input.value.trim();
      this.input.value = CASELESS.test(text) ? text.replace(CASELESS, "") : text && `i: ${text}`;
      void this.apply();
    });
    this.input.addEventListener("input", () => {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.apply(), TYPING_MS3);
    });
    this.find = new Find({ ...bound(owner), failed: (error) => this.complain(error.message, null, this.input.value) });
    this.find.hides.addEventListener("click", () => {
      this.find.flip();
      void this.apply();
    });
    this.completion = new Completion(
      this.input,
      (text) => owner.complete(text),
      () => void this.apply()
    );
    this.input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (this.completion.key(event)) return;
      if (event.key === "Enter" || event.key === "F3") {
        event.preventDefault();
        void this.enter(event.shiftKey ? -1 : 1);
      } else if (event.key === "ArrowDown") {
        event.preventDefault();
        owner.enter();
      } else if (event.key === "Escape") {
        event.preventDefault();
        if (this.input.value) {
          this.input.value = "";
          void this.apply();
        } else owner.leave();
      }
    });
    this.element = h(
      "div",
      { class: "kws-filterbar" },
      h(
        "div",
        { class: "kws-search" },
        icon("search"),
        this.input,
        this.completion.list,
        this.caseless,
        this.find.hides,
        this.find.element,
        this.counts
      ),
      h(
        "div",
        { class: "kws-quicks", role: "group", "aria-label": "Quick filters" },
        ...this.quick.map(([one]) => one),
        this.pings
      ),
      h("div", { class: "kws-actions" }, ...actions),
      this.error,
      this.advice
    );
  }
  owner;
  element;
  input;
  error = h("div", { class: "kws-filter-error", role: "alert", hidden: true });
  advice = h("div", { class: "kws-filter-advice", role: "status", hidden: true });
  counts = h("span", { class: "kws-counts" });
  quick;
  pings = button("Pings", {
    class: "kws-button kws-quick kws-pings",
    title: "Show each ping and pong; otherwise every run of them is one row, unless a filter looks for them",
    "aria-pressed": "false"
  });
  caseless = button(
    "Ignore case",
    { class: "kws-button kws-quick kws-caseless", title: "Ignore case (i:)", "aria-pressed": "false" },
    "Aa"
  );
  find;
  completion;
  timer = 0;
  asked = "";
  found = "";
  stopped = "";
  /** The generation whose search found nothing, when advice was asked for. */
  advised = -1;
  /** Whether what is typed is no filter, or was stopped: the table shows what held before. */
  get wrong() {
    return !this.error.hidden;
  }
  focus() {
    this.input.focus();
    this.input.select();
  }
  /** The filter as it is typed. */
  get text() {
    return this.input.value.trim();
  }
  /** Filters by a text from elsewhere. */
  use(text) {
    if (this.find.on) this.find.flip();
    this.input.value = text;
    void this.apply();
    this.focus();
  }
  /** Places something at the end of the field. */
  beside(element) {
    this.counts.after(element);
  }
  dispose() {
    window.clearTimeout(this.timer);
    this.completion.dispose();
    this.find.dispose();
  }
  /** Whether anything is looked for. */
  get any() {
    return Boolean(this.asked || this.found);
  }
  /** What is typed holds now; where it hides nothing, on to the next match. */
  async enter(way) {
    if (!await this.apply() && this.find.on) await this.find.go(way);
  }
  /** The next match or the one before, from wherever the keys are. */
  next(way) {
    void this.enter(way);
  }
  tick(tick) {
    const { n, kept, dropped, busy, filter, fold } = tick;
    setAttr(this.pings, "aria-pressed", String(!fold));
    const shown2 = filter ? `${count(n)} of ${count(kept)}${busy ? " …" : ""}` : `${count(kept)} ${kept === 1 ? "row" : "rows"}`;
    setText(this.counts, dropped ? `${shown2} · ${count(dropped)} dropped` : shown2);
    if (filter !== this.asked) {
      this.asked = filter;
      if (focused(this.input) !== this.input && !this.find.on) this.input.value = filter;
    }
    if (tick.stopped !== this.stopped) {
      this.stopped = tick.stopped;
      this.complain(tick.stopped, null, filter);
    }
    this.press();
    void this.advise(tick);
  }
  /** Once a search has ended without a match, what may be wrong with the filter; once for each. */
  async advise({ gen, n, busy, filter }) {
    const nothing = Boolean(filter) && n === 0 && !busy && !this.wrong;
    if (!nothing) {
      this.advice.hidden = true;
      this.advised = -1;
    } else if (this.advised !== gen) {
      this.advised = gen;
      const text = await this.owner.advise(filter).catch(() => "");
      if (this.advised !== gen) return;
      setText(this.advice, text);
      this.advice.hidden = !text;
    }
  }
  press() {
    const terms = this.input.value.split(/\s+/);
    for (const [one, term2] of this.quick) setAttr(one, "aria-pressed", String(terms.includes(term2)));
    setAttr(this.caseless, "aria-pressed", String(CASELESS.test(this.input.value.trim())));
  }
  flip(term2) {
    const text = this.input.value.trim();
    const [prefix] = CASELESS.exec(text) ?? [""];
    const key = term2.slice(0, term2.indexOf(":") + 1);
    let rest = text.slice(prefix.length).replace(new RegExp(`(^|\\s+)${key}\\S+(?=\\s|$)`, "g"), "").trim();
    if (!text.split(/\s+/).includes(term2)) rest = `${alternatives(rest) ? `(${rest})` : rest} ${term2}`.trim();
    this.input.value = prefix + rest;
    void this.apply();
  }
  /** Narrows the filter by a condition, or its opposite, instead of what it says of the same field. */
  add(term2, without = false) {
    const text = this.input.value.trim();
    const [prefix] = CASELESS.exec(text) ?? [""];
    const plain = (part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const field3 = /^(?:\$[^=!]*=|label:)/.exec(term2)?.[0];
    const value2 = `"(?:[^"\\\\]|\\\\.)*"|[^\\s")]+`;
    const same3 = field3 && !without ? `-?${plain(term2)}|${plain(field3)}(?:${value2})` : `-?${plain(term2)}`;
    const rest = text.slice(prefix.length).replace(new RegExp(`(^|\\s)(?:${same3})(?=\\s|$)`, "g"), "").trim();
    this.input.value = `${prefix}${alternatives(rest) ? `(${rest})` : rest} ${without ? "-" : ""}${term2}`.trim();
    if (this.find.on) this.find.flip();
    void this.apply();
  }
  /** Makes what is typed hold; true when it was something else than before. */
  async apply() {
    window.clearTimeout(this.timer);
    const text = this.input.value.trim();
    this.press();
    const [hiding2, finding] = this.find.on ? ["", text] : [text, ""];
    if (hiding2 === this.asked && finding === this.found && this.error.hidden) return false;
    [this.asked, this.found] = [hiding2, finding];
    try {
      await this.owner.filter(hiding2);
      await this.find.look(finding);
      if (text === this.input.value.trim()) this.complain("", null, text);
    } catch (error) {
      if (text === this.input.value.trim())
        this.complain(error.message, error.position, text);
    }
    return true;
  }
  complain(message, position, text) {
    this.error.hidden = !message;
    if (message) this.advice.hidden = true;
    this.owner.judged();
    setAttr(this.input, "aria-invalid", String(Boolean(message)));
    const place2 = position !== null ? [h("code", {}, text.slice(0, position), h("mark", {}, text.slice(position) || " ")), " "] : [];
    this.error.replaceChildren(...place2, message);
  }
};

// src/focus.ts
var [NAME, VALUE] = Object.entries(SUPPRESS)[0];
var EDITABLE = "input, textarea, select, [contenteditable]";
var takesLetters = (element) => element.closest(`${EDITABLE}, [role=dialog], [role=menu]`) !== null;
var Focus = class {
  /** `watched` are the parts of the panel whose elements come and go: not the rows, which do so ten times a second. */
  constructor(root, watched) {
    this.root = root;
    root.addEventListener("focusin", (event) => {
      this.had = event.target;
      this.had.setAttribute(NAME, VALUE);
    });
    root.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget) this.had = root.contains(relatedTarget) ? this.had : null;
      else window.setTimeout(() => this.look(), 0);
    });
    for (const press of ["mousedown", "mouseup"])
      root.addEventListener(press, ({ button: button2 }) => {
        if (button2 !== 0) return;
        window.clearTimeout(this.holding);
        this.holding = window.setTimeout(() => this.hold(), 0);
      });
    root.addEventListener("keydown", ({ key }) => key === "Escape" || this.touched(), true);
    document.addEventListener("pointerdown", this.pressed, true);
    window.addEventListener("keydown", this.saving, true);
    for (const part of watched)
      this.observer.observe(part, { subtree: true, childList: true, attributeFilter: ["disabled", "hidden"] });
  }
  root;
  /** What in the panel had the focus last; null once it went elsewhere. */
  had = null;
  /** What was disabled or hidden while it had the focus: it gets it back when it can be used again. */
  lost = null;
  /** Between a press and what follows it: in a busy page keys come first. */
  holding = 0;
  /** The last key was an Escape that closed nothing. */
  escaped = false;
  observer = new MutationObserver(() => this.look());
  dispose() {
    this.observer.disconnect();
    document.removeEventListener("pointerdown", this.pressed, true);
    window.removeEventListener("keydown", this.saving, true);
  }
  /** An Escape that closed nothing: the second in a row goes back to where the panel is. True when it did. */
  escape() {
    if (!this.escaped) {
      this.escaped = true;
      return false;
    }
    this.touched();
    this.had = null;
    window.clearTimeout(this.holding);
    focused(this.root)?.blur();
    this.root.parentElement?.closest("[tabindex]")?.focus({ preventScroll: true });
    return true;
  }
  touched() {
    this.lost = null;
    this.escaped = false;
  }
  pressed = (event) => {
    this.touched();
    if (this.root.contains(origin(event))) return;
    this.had = null;
    window.clearTimeout(this.holding);
  };
  /** Ctrl+S saves the notebook from here too. Lumino, which listens at the document, finds nothing that suppresses it for this one key. */
  saving = (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
    const silent = event.composedPath().filter((one) => one instanceof Element && this.root.contains(one) && one.hasAttribute(NAME));
    for (const element of silent) element.removeAttribute(NAME);
    window.setTimeout(() => {
      for (const element of silent) element.setAttribute(NAME, VALUE);
    }, 0);
  };
  get inside() {
    return this.root.contains(focused(this.root));
  }
  hold() {
    if (!this.inside && this.root.isConnected) this.give(this.root);
  }
  usable(element) {
    return this.root.contains(element) && !element.matches(":disabled") && !element.closest("[hidden]");
  }
  look() {
    if (this.lost && focused(this.root) === this.root && this.usable(this.lost)) this.give(this.lost);
    else if (this.had && !this.usable(this.had)) this.recover(this.had);
    else if (this.had && !this.inside && document.hasFocus()) this.had = null;
  }
  recover(gone) {
    const now = focused(this.root);
    if (now && now !== document.body && now !== gone) return;
    const name = gone.getAttribute("aria-label");
    const next = name && [...this.root.querySelectorAll(gone.tagName)].find(
      (one) => one.getAttribute("aria-label") === name && this.usable(one)
    );
    this.give(next || this.root);
    this.lost = gone;
  }
  give(element) {
    this.lost = null;
    element.focus({ preventScroll: true });
  }
};

// src/columns.ts
var NARROWEST = 40;
var WIDEST = 1e3;
var STEP = 10;
var SAVE_MS = 400;
var SLACK = 4;
var POINTS = 60;
var OF_A_TICK = 6;
var NUMBER2 = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
var isNumber = (text) => NUMBER2.test(text);
var said = (numbers) => {
  const sorted = [...numbers].sort((one, other) => Number(one) - Number(other));
  return `the last ${numbers.length} numbers: ${sorted[0]} to ${sorted.at(-1)}, now ${numbers.at(-1)}`;
};
var again = (name) => `(${name} once more does it anyway)`;
var field2 = (name, attrs) => {
  const input = h("input", {
    class: "kws-input",
    type: "text",
    spellcheck: "false",
    autocomplete: "off",
    maxlength: 500,
    "aria-label": name,
    ...attrs,
    ...SUPPRESS
  });
  return [h("label", {}, h("span", { class: "kws-dim" }, name), input), input];
};
var OwnColumns = class {
  constructor(row, sheet, changed) {
    this.row = row;
    this.sheet = sheet;
    this.changed = changed;
    this.adder = button(
      "Add a column",
      { class: "kws-button kws-add", title: "Add a column: what is at a JSON path in each message" },
      "+"
    );
    this.dialog(this.adder, null);
    sheet.append(this.adder);
  }
  row;
  sheet;
  changed;
  /** Version of what the cells mean: cells of another one are not shown. */
  layout = 0;
  /** Asks for other columns; rejects with what is wrong, and where. */
  ask = () => Promise.reject(new Error("no kernel"));
  /** Says what a path may go on with. */
  complete = () => Promise.reject(new Error("no kernel"));
  /** Says what is known against a path that finds nothing. */
  advise = () => Promise.resolve("");
  adder;
  heads = [];
  /** The last widening, until the kernel knows it. */
  unsaved = null;
  timer = 0;
  seen = { gen: -1, stop: 0, layout: -1 };
  enabled = true;
  get count() {
    return this.heads.length;
  }
  get columns() {
    return this.heads.map(({ column }) => column);
  }
  /** Adds what is at a path; rejects when that is no path, or a column already. */
  add(path) {
    return this.send([...this.columns, [path, "", 0]]);
  }
  /** Shows these, which the kernel knows. */
  show(layout, columns) {
    this.layout = layout;
    const before2 = this.heads;
    this.heads = columns.map((column) => before2.find((one) => one.column[0] === column[0]) ?? this.head(column));
    if (this.heads.length !== before2.length || this.heads.some((one, at) => one !== before2[at])) {
      const had = focused(this.row);
      for (const one of before2) if (!this.heads.includes(one)) one.element.remove();
      this.row.lastElementChild.before(...this.heads.map(({ element }) => element));
      if (this.row.contains(had)) had.focus({ preventScroll: true });
      this.enable(this.enabled);
    }
    this.heads.forEach((head2, at) => {
      const [path, title, width] = columns[at];
      head2.column = [path, title, this.unsaved && before2.includes(head2) ? head2.column[2] : width];
      const name = visible(title);
      setText(head2.label, name);
      setAttr(head2.button, "aria-label", `Column ${name}`);
      this.draw(head2);
      setAttr(head2.grip, "aria-label", `Width of ${name}`);
    });
    this.measure();
    this.changed();
  }
  /** Switches what asks the kernel on or off. */
  enable(on) {
    this.enabled = on;
    this.adder.hidden = !on;
    for (const { button: button2, grip } of this.heads) {
      button2.disabled = !on;
      grip.hidden = !on;
    }
  }
  dispose() {
    window.clearTimeout(this.timer);
  }
  // ---- curves
  /** New rows at the end of the view: numbers among them go into the curves. */
  saw(gen, stop, layout, rows) {
    if (!this.heads.length) return;
    const before2 = this.seen;
    const fresh = before2.gen !== gen || before2.layout !== layout;
    const came = rows.slice(fresh ? 0 : Math.max(0, rows.length - (stop - before2.stop)));
    this.seen = { gen, stop, layout };
    if (layout !== this.layout || !came.length && !fresh) return;
    this.heads.forEach((head2, at) => {
      head2.some ||= rows.some((row) => row[8]?.[at]);
      if (head2.some) head2.advice = "";
      else if (head2.advice === null && rows.some(([, , , kind]) => kind === "text" || kind === "binary"))
        void this.doubt(head2);
    });
    const every = fresh ? 1 : Math.max(1, Math.ceil(came.length / OF_A_TICK));
    const taken = came.filter((_, at) => (came.length - 1 - at) % every === 0);
    this.heads.forEach((head2, at) => {
      const more = taken.map((row) => row[8]?.[at] ?? "").filter(isNumber);
      if (fresh) head2.numbers = [];
      if (more.length || fresh) {
        head2.numbers = [...head2.numbers, ...more].slice(-POINTS);
        this.draw(head2);
      }
    });
  }
  /** Nothing so far has what this column shows: perhaps its path is mistyped. */
  async doubt(head2) {
    head2.advice = "";
    const said2 = await this.advise(head2.column[0]).catch(() => "");
    if (!head2.some) head2.advice = said2;
    this.draw(head2);
  }
  draw({ advice, numbers, spark, line, element, button: button2, column }) {
    const values = numbers.map(Number);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const some = values.length > 1;
    setAttr(element, "data-numbers", String(values.length > 0));
    setAttr(element, "data-doubt", String(Boolean(advice)));
    spark.toggleAttribute("hidden", !some);
    const y = (value2) => high > low ? 13 - (value2 - low) / (high - low) * 12 : 7;
    if (some)
      setAttr(
        line,
        "points",
        values.map((value2, at) => `${(at / (values.length - 1) * 48).toFixed(1)},${y(value2).toFixed(1)}`).join(" ")
      );
    setAttr(
      button2,
      "title",
      `${visible(column[0])}${advice ? `
${visible(advice)}` : ""}${some ? `
${said(numbers)}` : ""}
Drag it, or Shift with an arrow key, to move it`
    );
  }
  // ---- heads
  head(column) {
    const label2 = h("span", { class: "kws-own-name" });
    const toggle = button("Column", { class: "kws-button kws-own-head" }, label2, icon("chevron"));
    const grip = h("div", {
      class: "kws-grip",
      role: "separator",
      tabindex: 0,
      "aria-orientation": "vertical",
      "aria-valuemin": NARROWEST,
      "aria-valuemax": WIDEST,
      ...SUPPRESS
    });
    const line = svg("polyline", { points: "" });
    const spark = svg(
      "svg",
      { class: "kws-own-spark", viewBox: "0 0 48 14", preserveAspectRatio: "none", "aria-hidden": "true", hidden: "" },
      line
    );
    const element = h("div", { role: "columnheader", class: "kws-own" }, toggle, spark, grip);
    const head2 = {
      column,
      element,
      label: label2,
      button: toggle,
      grip,
      spark,
      line,
      numbers: [],
      some: false,
      advice: null
    };
    this.dialog(toggle, head2);
    this.resizing(head2);
    this.dragging(head2);
    return head2;
  }
  /** The dialog under a head, or under the `+`: path and title, and what else can be done to a column. */
  dialog(toggle, head2) {
    const [pathLabel, path] = field2("Path", { placeholder: "$.data.price" });
    const [titleLabel, title] = field2("Title", { placeholder: "the path's last key" });
    const completion = new Completion(
      path,
      (text) => this.complete(text),
      () => void 0,
      true
    );
    let warned = "";
    pathLabel.append(completion.list);
    const error = h("p", { class: "kws-error kws-ask", role: "alert", hidden: true });
    const curve = h("p", { class: "kws-dim kws-ask" });
    const save = button(head2 ? "Save" : "Add", { class: "kws-button kws-primary", title: "" });
    const own = (name, title2, act) => {
      const one = button(name, { title: title2 });
      one.addEventListener("click", () => {
        popup.open(false);
        act();
      });
      return one;
    };
    const left = own("Move left", "", () => this.move(head2, -1));
    const right = own("Move right", "", () => this.move(head2, 1));
    const remove = own("Remove", "Remove this column; messages stay as they are", () => {
      void this.tell(this.columns.filter((one) => one !== head2.column));
    });
    const menu = h(
      "div",
      { class: "kws-choices kws-column", role: "dialog", "aria-label": head2 ? "Column" : "Add a column" },
      pathLabel,
      titleLabel,
      error,
      curve,
      h("div", { class: "kws-row-of" }, save, ...head2 ? [left, right, remove] : [])
    );
    const popup = new Popup(toggle, menu, () => {
      const [now, named] = head2?.column ?? ["", ""];
      path.value = now;
      title.value = now.endsWith(`.${named}`) ? "" : named;
      error.hidden = true;
      const at = head2 ? this.heads.indexOf(head2) : 0;
      left.disabled = at === 0;
      right.disabled = at === this.heads.length - 1;
      setText(
        curve,
        head2 ? head2.numbers.length > 1 ? said(head2.numbers) : visible(head2.advice ?? "") : "As in a filter: $.items[0].id, $..id anywhere. Decoded values too."
      );
    });
    const apply = async () => {
      const wanted = [path.value, title.value, head2?.column[2] ?? 0];
      if (path.value !== warned && path.value !== head2?.column[0]) {
        const doubt = await this.advise(path.value).catch(() => "");
        if (doubt) {
          warned = path.value;
          setText(error, `${visible(doubt)} ${again(head2 ? "Save" : "Add")}`);
          error.hidden = false;
          path.focus();
          return;
        }
      }
      try {
        await this.send(
          head2 ? this.columns.map((one) => one === head2.column ? wanted : one) : [...this.columns, wanted]
        );
        popup.open(false);
      } catch (problem) {
        const { message, position } = problem;
        const mark = position == null ? [] : [
          h("code", {}, path.value.slice(0, position), h("mark", {}, path.value.slice(position) || " ")),
          " "
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
  async send(columns) {
    window.clearTimeout(this.timer);
    const { unsaved } = this;
    try {
      await this.ask(columns);
    } finally {
      if (this.unsaved === unsaved) this.unsaved = null;
    }
  }
  /** What cannot be refused, or is undone by the next look at what there is. */
  async tell(columns) {
    try {
      await this.send(columns);
    } catch {
      this.measure();
    }
  }
  move(head2, by) {
    const columns = this.columns;
    const at = columns.indexOf(head2.column);
    const to = Math.max(0, Math.min(columns.length - 1, at + by));
    if (to === at) return;
    columns.splice(to, 0, ...columns.splice(at, 1));
    void this.tell(columns);
  }
  // ---- widths
  /** Writes the widths where the rows' grid reads them. */
  measure() {
    const widths = this.heads.map(({ column }) => column[2]);
    const { style: style2, classList } = this.sheet;
    classList.toggle("kws-owns", widths.length > 0);
    style2.setProperty("--kws-own", widths.map((width) => `${width}px`).join(" "));
    style2.setProperty("--kws-own-width", `${widths.reduce((sum, width) => sum + width, 0)}px`);
    for (const { grip, column } of this.heads) setAttr(grip, "aria-valuenow", String(column[2]));
  }
  resize(head2, width) {
    const [path, title] = head2.column;
    head2.column = [path, title, Math.round(Math.max(NARROWEST, Math.min(WIDEST, width)))];
    this.measure();
    window.clearTimeout(this.timer);
    this.unsaved = {};
    this.timer = window.setTimeout(() => void this.tell(this.columns), SAVE_MS);
  }
  resizing(head2) {
    const { grip } = head2;
    grip.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      grip.setPointerCapture(event.pointerId);
      const [start, width] = [event.clientX, head2.column[2]];
      const move = (moved) => this.resize(head2, width + moved.clientX - start);
      grip.addEventListener("pointermove", move);
      grip.addEventListener("lostpointercapture", () => grip.removeEventListener("pointermove", move), { once: true });
    });
    grip.addEventListener("keydown", (event) => {
      const width = head2.column[2];
      const to = {
        ArrowLeft: width - STEP,
        ArrowRight: width + STEP,
        PageDown: width - 5 * STEP,
        PageUp: width + 5 * STEP,
        Home: NARROWEST
      }[event.key];
      if (to === void 0) return;
      event.preventDefault();
      event.stopPropagation();
      this.resize(head2, to);
    });
  }
  // ---- order
  /** A head that is dragged goes where it is let go; Shift and an arrow move it too. */
  dragging(head2) {
    const { button: button2, element } = head2;
    button2.addEventListener("keydown", (event) => {
      const by = event.shiftKey ? { ArrowLeft: -1, ArrowRight: 1 }[event.key] : void 0;
      if (by === void 0) return;
      event.preventDefault();
      event.stopPropagation();
      this.move(head2, by);
    });
    let dragged = false;
    const place2 = (x) => this.heads.filter(({ element: one }) => {
      const { left, width } = one.getBoundingClientRect();
      return one !== element && x > left + width / 2;
    }).length;
    button2.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const start = event.clientX;
      dragged = false;
      button2.setPointerCapture(event.pointerId);
      const move = ({ clientX }) => {
        if (!dragged && Math.abs(clientX - start) < SLACK) return;
        dragged = true;
        const to = place2(clientX);
        element.classList.add("kws-dragged");
        const others = this.heads.filter((one) => one !== head2);
        others.forEach((one, at) => {
          setAttr(
            one.element,
            "data-drop",
            at === to ? "before" : at === to - 1 && to === others.length ? "after" : ""
          );
        });
      };
      const end = (ended) => {
        button2.removeEventListener("pointermove", move);
        for (const type of ["pointerup", "pointercancel"]) button2.removeEventListener(type, end);
        element.classList.remove("kws-dragged");
        for (const one of this.heads) one.element.removeAttribute("data-drop");
        if (dragged && ended.type === "pointerup") this.move(head2, place2(ended.clientX) - this.heads.indexOf(head2));
      };
      button2.addEventListener("pointermove", move);
      for (const type of ["pointerup", "pointercancel"]) button2.addEventListener(type, end);
    });
    button2.addEventListener(
      "click",
      (event) => {
        if (dragged) event.stopImmediatePropagation();
        dragged = false;
      },
      true
    );
  }
};

// src/keys.ts
var COMMANDS = {
  Enter: "open",
  Escape: "escape",
  "/": "search",
  r: "resend",
  e: "edit",
  c: "copy",
  f: "follow",
  t: "times",
  b: "bookmark",
  n: "nextMark",
  p: "previousMark",
  g: "chart",
  "?": "keys"
};
var CTRL = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";
var LIST = [
  [["↑", "↓", "PgUp", "PgDn"], "choose a row"],
  [["Shift ↑", "Shift ↓"], "choose several rows; two are compared"],
  [[`${CTRL} ↑`, `${CTRL} ↓`, "Space"], "go to a row without choosing; choose it too, or not"],
  [["Home", "End"], "go to the oldest row; to the newest, and follow"],
  [["Enter", "Esc"], "open the details; close them"],
  [["Esc Esc"], "back to the notebook"],
  [["/"], "go to the filter"],
  [["c"], "copy the payload"],
  [["e"], "edit it in the composer"],
  [["r"], "send it again; what was received goes to the composer"],
  [["f"], "follow the newest row, or stop"],
  [["t"], "time: clock, since the start, since the selected row"],
  [["b"], "bookmark the selected rows, or not any more"],
  [["n", "p"], "go to the next bookmark; to the one before"],
  [["≣", "Shift F10"], "the menu of the selected rows; also by a right click"],
  [["g"], "chart of messages over time; in it Shift ← → choose a span"],
  [["?"], "this list"],
  [[`${CTRL} Enter`], "in the composer: send"],
  [[`${CTRL} Shift F`], "in the composer: format JSON; again compacts"]
];
var KeyList = class {
  element;
  back = null;
  done = button("Close", { title: "Close (Esc)" });
  constructor() {
    const list2 = h(
      "dl",
      { class: "kws-keys" },
      ...LIST.flatMap(([keys, what]) => [h("dt", {}, ...keys.map((key) => h("kbd", {}, key))), h("dd", {}, what)])
    );
    this.element = h(
      "div",
      {
        class: "kws-help",
        role: "dialog",
        "aria-modal": "true",
        "aria-label": "Keys of the table, and filters",
        tabindex: -1,
        hidden: true,
        ...SUPPRESS
      },
      h("div", { class: "kws-heading" }, "Keys of the table", this.done),
      list2,
      h("div", { class: "kws-heading" }, "Filters: what to type"),
      h(
        "dl",
        { class: "kws-keys" },
        ...FILTER_FORMS.flatMap(([form, meaning]) => [h("dt", {}, h("code", {}, form)), h("dd", {}, meaning)])
      )
    );
    this.done.addEventListener("click", () => this.close());
    this.element.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape" || event.key === "?") this.close();
      if (event.key !== "Tab") return;
      event.preventDefault();
      this.done.focus();
    });
  }
  open() {
    this.back = focused(this.element);
    this.element.hidden = false;
    this.done.focus();
  }
  close() {
    this.element.hidden = true;
    this.back?.focus({ preventScroll: true });
  }
};

// src/line.ts
var COLUMNS = ["#", "Time", "Δ", "", "Kind", "Size", "Data"];
var [DOT, UP, DOWN] = [
  "M8 5.500a2.500 2.500 0 1 1 0 5a2.500 2.500 0 0 1 0-5z",
  "M8 3l4 4.500-1 1-2.250-2.500V13h-1.500V6L5 8.500l-1-1z",
  "M8 13l4-4.500-1-1L8.750 10V3h-1.500v7L5 7.500l-1 1z"
];
var Line = class {
  element;
  cells = COLUMNS.map(
    (_, column) => h("div", { role: "gridcell", class: `kws-c${column}` })
  );
  session = h("div", { role: "gridcell", class: "kws-whose" });
  own = [];
  arrow = svg("path", {});
  index = h("span");
  mark = h("span", { class: "kws-mark", hidden: true }, icon("bookmark"));
  marked = h("span", { class: "kws-offscreen" });
  direction = h("span", { class: "kws-offscreen" });
  /** What it shows, to see whether it still does. */
  key = "";
  position = -1;
  constructor(id) {
    this.cells[0].append(this.mark, this.index, this.marked);
    this.cells[3].append(
      svg("svg", { viewBox: "0 0 16 16", class: "kws-icon", "aria-hidden": "true" }, this.arrow),
      this.direction
    );
    this.element = h("div", { class: "kws-row", role: "row", id }, ...this.cells);
    this.cells[0].after(this.session);
  }
  /** No row: nobody finds one by its number here. */
  hide() {
    this.element.hidden = true;
    this.element.removeAttribute("aria-rowindex");
    this.key = "";
  }
  /** A row that is not here yet, or was dropped. */
  blank(text) {
    this.element.className = "kws-row kws-loading";
    const texts = [
      this.index,
      this.marked,
      ...this.cells.slice(1, 3),
      this.session,
      ...this.own,
      ...this.cells.slice(4)
    ];
    for (const cell of texts) {
      setText(cell, "");
      setAttr(cell, "title", "");
    }
    setAttr(this.cells[0], "title", "");
    setAttr(this.arrow, "d", "");
    this.mark.hidden = true;
    setText(this.direction, "");
    setText(this.cells[6], text);
  }
  /** As many cells as there are columns of one's own. */
  widen(columns) {
    while (this.own.length < columns) {
      const cell = h("div", { role: "gridcell", class: "kws-own" });
      this.cells[6].before(cell);
      this.own.push(cell);
    }
    while (this.own.length > columns) this.own.pop().remove();
  }
  write([key, at, sent, type, length, preview, folded, incomplete, , , hits], { session, time, gap, cells, columns, rule, active, note }) {
    this.widen(columns);
    const [number, clock2, since, , kind, size2, data] = this.cells;
    const life = folded > 0 || LIFECYCLE.includes(type);
    this.element.className = `kws-row kws-is-${type}${folded ? " kws-folded" : ""} ${life ? "kws-life" : sent ? "kws-sent" : "kws-received"}${incomplete ? " kws-incomplete" : ""}${active ? " kws-active" : ""}${rule ? ` kws-ruled kws-in-${rule[1]}` : ""}`;
    setText(this.index, count(rowIndex(key)));
    this.mark.hidden = note === void 0;
    const said2 = note ? visible(note) : "";
    setText(this.marked, note === void 0 ? "" : ` bookmarked${said2 ? `: ${said2}` : ""}`);
    const name = visible(session);
    setText(this.session, name);
    setAttr(this.session, "title", name);
    setText(clock2, time);
    setAttr(clock2, "title", fullTime(at));
    setText(since, gap);
    const marked2 = rule ? `highlighted in ${rule[1]}: ${visible(rule[0])}` : "";
    setText(this.direction, [...life ? [] : [sent ? "sent" : "received"], ...rule ? [marked2] : []].join(", "));
    setAttr(number, "title", [note === void 0 ? "" : said2 || "Bookmarked", marked2].filter(Boolean).join(" · "));
    setAttr(this.arrow, "d", life ? DOT : sent ? UP : DOWN);
    setText(kind, folded ? "ping/pong" : type);
    setText(size2, life ? "" : bytes(length));
    this.own.forEach((cell, column) => {
      const text = cells[column] ?? "";
      setText(cell, text);
      setAttr(cell, "title", text);
      setAttr(cell, "data-number", String(isNumber(text)));
    });
    setAttr(data, "title", incomplete ? "The connection ended before all of it came" : said2);
    paintPreview(data, preview, type === "text", hits);
  }
};

// src/selection.ts
var Selection = class {
  /** Key → time; what Python chose has its place in the list until the row is seen. */
  times = /* @__PURE__ */ new Map();
  /** The row the keyboard is on; -1 for none. */
  active = -1;
  /** Where a range begins. */
  anchor = -1;
  has(key) {
    return this.times.has(key);
  }
  get size() {
    return this.times.size;
  }
  /** The keys in the order of time. */
  get keys() {
    return [...this.times].sort(([a, before2], [b, after]) => before2 - after || a - b).map(([key]) => key);
  }
  /** Chooses these keys, which somebody named; the first is where the keyboard is. */
  name(keys) {
    this.times.clear();
    keys.forEach((key, place2) => {
      this.times.set(key, place2);
    });
    this.active = this.anchor = keys[0] ?? -1;
  }
  /** Learns when a named row was. */
  saw([key, time]) {
    if (this.times.has(key)) this.times.set(key, time);
  }
  only([key, time]) {
    this.times.clear();
    this.times.set(key, time);
    this.active = this.anchor = key;
  }
  /** Adds a row or takes it away; nothing when there are too many. The last one stays. */
  flip([key, time]) {
    this.active = this.anchor = key;
    if (this.times.has(key)) {
      if (this.times.size > 1) this.times.delete(key);
    } else if (this.times.size < MAX_SELECTED) this.times.set(key, time);
  }
  /** Chooses just these rows; the anchor stays, the keyboard goes to the last. */
  range(rows) {
    this.times.clear();
    for (const [key, time] of rows.slice(0, MAX_SELECTED)) this.times.set(key, time);
    this.active = rows.at(-1)?.[0] ?? this.active;
  }
};

// src/patience.ts
var PATIENCE = 100;
var Patience = class {
  constructor(ranOut) {
    this.ranOut = ranOut;
  }
  ranOut;
  /** Undefined while nothing is waited for, null when it has run out. */
  timer;
  /** Told at each painting whether rows are missing: whether to wait for them still. */
  lasts(missing) {
    if (!missing) this.end();
    else if (this.timer === void 0) {
      this.timer = window.setTimeout(() => {
        this.timer = null;
        this.ranOut();
      }, PATIENCE);
    }
    return Boolean(this.timer);
  }
  end() {
    if (this.timer) window.clearTimeout(this.timer);
    this.timer = void 0;
  }
};

// src/times.ts
var TIMES = ["clock", "start", "selected"];
var LABELS = {
  clock: ["Time", "Local time of the day"],
  start: ["Since start", "Time since the connection first opened, or the log began"],
  selected: ["vs selected", "Time before or after the selected row"]
};
var TimeColumn = class {
  constructor(repaint) {
    this.repaint = repaint;
    this.button = button("Time", { class: "kws-button kws-times" }, this.label, icon("chevron"));
    this.button.addEventListener("click", () => this.next());
    this.set("clock");
  }
  repaint;
  button;
  /** Called when the reader changes it. */
  changed = () => void 0;
  mode = "clock";
  label = h("span");
  began = null;
  chosen = null;
  /** The row that stays what others are compared with, whatever is selected: its time, and what it is called. */
  pinned = null;
  base = 0;
  set(mode) {
    this.mode = mode;
    const [label2, title] = this.labels;
    setText(this.label, label2);
    setAttr(this.button, "aria-label", `${label2}: change the time column`);
    setAttr(this.button, "title", `${title}. Click for another (t)`);
    this.repaint();
  }
  get labels() {
    if (this.mode !== "selected" || !this.pinned) return LABELS[this.mode];
    return [`vs ${this.pinned[1]}`, `Time before or after row ${this.pinned[1]}`];
  }
  /** Counts from a row until something else is chosen; null counts as before. */
  pin(row) {
    this.pinned = row;
    this.set(row ? "selected" : this.mode);
  }
  /** Whether this row is what the column counts from. */
  counts(at, name) {
    return this.mode === "selected" && this.pinned?.[0] === at && this.pinned[1] === name;
  }
  next() {
    this.pinned = null;
    this.set(TIMES[(TIMES.indexOf(this.mode) + 1) % TIMES.length]);
    this.changed(this.mode);
  }
  /** When the connection first opened, or the log began: epoch µs. */
  start(at) {
    this.began = at;
  }
  selected(at) {
    if (this.chosen === at) return;
    this.chosen = at;
    if (this.mode === "selected") this.repaint();
  }
  /** Before rows are painted: what they are compared with. Without a start it is the first row of the view, if that is here. */
  painting(first) {
    this.base = this.mode === "start" ? this.began ?? first?.[1] ?? 0 : this.pinned?.[0] ?? this.chosen ?? 0;
  }
  /** Differs when the texts do. */
  get key() {
    return `${this.mode}${this.mode === "clock" ? "" : this.base}`;
  }
  text(at) {
    return this.mode === "clock" || !this.base ? clock(at) : lapse(at - this.base);
  }
};

// src/grid.ts
var ROW = 22;
var MAX_PX = 6e6;
var OVERSCAN = 4;
var OVERSCAN_FOLLOWING = 1;
var MOST_PAGES = MAX_ROWS / PAGE_ROWS;
var serial2 = 0;
var Grid = class {
  constructor(pages, owner) {
    this.pages = pages;
    this.owner = owner;
    const head2 = h("div", { class: "kws-row kws-headrow", role: "row", "aria-rowindex": 1 });
    head2.append(
      ...COLUMNS.map(
        (name, column) => h(
          "div",
          {
            role: "columnheader",
            class: `kws-c${column}`,
            title: name === "Δ" ? "Time since the row above; where that is many pings and pongs, since their first" : ""
          },
          name === "Time" ? this.times.button : name || h("span", { class: "kws-offscreen" }, "Direction")
        )
      )
    );
    head2.firstElementChild.after(h("div", { role: "columnheader", class: "kws-whose" }, "Session"));
    this.layer = h("div", {
      class: "kws-rows kws-grid",
      role: "grid",
      tabindex: 0,
      "aria-label": "Messages",
      "aria-multiselectable": "true",
      "aria-colcount": COLUMNS.length,
      "aria-owns": `${this.id}-head`,
      ...SUPPRESS
    });
    this.sizer = h("div", { class: "kws-sizer" }, this.layer);
    this.empty = h("div", { class: "kws-empty" });
    this.body = h("div", { class: "kws-body" }, this.sizer);
    this.fresh = button("Newest messages", { class: "kws-button kws-fresh", hidden: true });
    this.fresh.addEventListener("click", () => {
      this.focus();
      this.follow(true);
    });
    this.element = h(
      "div",
      { class: "kws-sheet" },
      h("div", { class: "kws-head", id: `${this.id}-head`, role: "rowgroup" }, head2),
      this.body
    );
    this.columns = new OwnColumns(head2, this.element, () => {
      this.count();
      this.schedule();
    });
    this.body.addEventListener("scroll", () => {
      this.element.firstElementChild.scrollLeft = this.body.scrollLeft;
      this.scrolled();
    });
    this.body.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.layer.addEventListener("keydown", (event) => this.key(event));
    this.layer.addEventListener("focus", () => {
      this.entered = true;
      this.schedule();
    });
    this.layer.addEventListener("mousedown", (event) => {
      if (event.button !== 0) return;
      const line = this.lines.find((one) => one.element.contains(event.target));
      if (!line) return;
      if (event.shiftKey) {
        event.preventDefault();
        this.focus();
      }
      this.choose(line.position, event.shiftKey ? "range" : event.ctrlKey || event.metaKey ? "flip" : "only");
    });
    this.layer.addEventListener("contextmenu", (event) => {
      if (event.shiftKey) return;
      const line = this.lines.find((one) => one.element.contains(event.target));
      const row = line && this.pages.get(line.position);
      if (row && this.offer(row, line.position, event.clientX, event.clientY)) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
    this.observer = new ResizeObserver(() => {
      this.height = this.body.clientHeight;
      this.schedule();
    });
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
  /** The position that the first line was painted with. */
  begin = 0;
  id = `kws-${++serial2}-${Math.random().toString(36).slice(2, 7)}`;
  inflight = /* @__PURE__ */ new Set();
  top = 0;
  /** As last told: to ask for it would lay the page out once more. */
  height = 0;
  /** scrollTop as we left it. */
  expected = 0;
  /** The keys have just come here: where the browser scrolls to for that, nobody asked it to. */
  entered = false;
  scheduled = false;
  patience = new Patience(() => this.schedule());
  following = true;
  frozen = null;
  filtered = false;
  seen = 0;
  /** The first row on screen where the reader left the table, and by how much of a row it stands lower. */
  place = null;
  /** Whether the reader moved the table in this view: what another filter, Clear or Undo does to it is no move. */
  moved = false;
  selection = new Selection();
  times = new TimeColumn(() => this.schedule());
  columns;
  /** The highlight with a number. */
  rule = () => void 0;
  cursor;
  /** Names by number, while several sessions are merged. */
  names = /* @__PURE__ */ new Map();
  /** The note of a row's bookmark; undefined when it has none. */
  note = () => void 0;
  observer;
  /** What a row says that is not here. */
  absent = "…";
  /** Paints so far: read by the browser tests. */
  paints = 0;
  /** The overlays, to be placed in a positioned parent. */
  get overlays() {
    return [this.empty, this.fresh];
  }
  close() {
    this.observer.disconnect();
    this.columns.dispose();
    this.patience.end();
  }
  // ---- what the owner tells
  /** Whose the rows are; a column tells it where there are several. */
  sessions(names) {
    this.names = names;
    this.element.classList.toggle("kws-merged", names.size > 1);
    this.count();
  }
  count() {
    setAttr(this.layer, "aria-colcount", String(COLUMNS.length + this.columns.count + (this.names.size > 1 ? 1 : 0)));
  }
  /** How many rows were ever written: the column of their numbers is as wide as the largest needs. */
  written(total) {
    this.element.style.setProperty("--kws-digits", String(Math.max(5, count(total).length)));
  }
  /** A tick came. `hint` says what to do while there is nothing to see; lifecycle rows alone are nothing. */
  ticked(freshView, hint, filtered) {
    this.filtered = filtered;
    if (freshView) {
      this.inflight.clear();
      this.cursor = void 0;
      this.moved = false;
      if (this.frozen !== null) this.frozen = this.pages.stop;
      this.seen = this.pages.stop;
      if (!this.following) this.top = this.pages.first;
    }
    this.hint(hint);
  }
  /** The kernel has gone: what is not here now never comes. */
  gone() {
    this.absent = "not read from the kernel before it ended";
    this.schedule();
  }
  /** Says what to do while there is nothing to see. */
  hint(text) {
    setText(this.empty, text);
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
    return this.height / ROW;
  }
  get maxTop() {
    return Math.max(this.pages.first, this.stop - this.visible);
  }
  get scaled() {
    return (this.stop - this.pages.first) * ROW > MAX_PX;
  }
  scrolled() {
    const at = Math.max(0, this.body.scrollTop);
    const by = at - this.expected;
    if (Math.abs(by) < 1 || this.entered) return;
    this.expected = at;
    const room = this.body.scrollHeight - this.body.clientHeight;
    const first = this.pages.first;
    this.top = this.scaled ? first + at / Math.max(1, room) * (this.maxTop - first) : first + at / ROW;
    this.letGo(by);
    this.schedule();
  }
  /** Where the scroll bar is scaled the wheel moves by rows. At either end, and sideways, it is the page's, as a browser does it elsewhere. */
  wheel(event) {
    const { deltaX, deltaY, deltaMode } = event;
    if (!this.scaled || !event.cancelable || event.ctrlKey || event.shiftKey || Math.abs(deltaY) <= Math.abs(deltaX))
      return;
    const rows = deltaMode === 0 ? deltaY / ROW : deltaY * (deltaMode === 2 ? this.visible : 1);
    const top = Math.max(this.pages.first, Math.min(this.maxTop, this.top + rows));
    if (top === this.top) return;
    event.preventDefault();
    this.top = top;
    this.letGo(rows);
    this.schedule();
  }
  /** Scrolling back ends following, however slowly, where there is something to go back to; scrolling to the end begins it. */
  letGo(by) {
    this.moved = true;
    const atEnd = this.top >= this.maxTop - (by < 0 ? 0.75 / ROW : 0.5);
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
    this.entered = false;
    this.height ||= this.body.clientHeight;
    if (this.height === 0) return;
    const { first } = this.pages;
    const stop = this.stop;
    const total = stop - first;
    if (this.following) this.top = this.maxTop;
    this.top = Math.max(first, Math.min(this.top, this.maxTop));
    const overscan = this.following ? OVERSCAN_FOLLOWING : OVERSCAN;
    const start = Math.max(first, Math.floor(this.top) - overscan);
    const end = Math.min(stop, Math.ceil(this.top + this.visible) + overscan);
    this.fetch(this.pages.missing(start, end).filter((page) => !this.inflight.has(page)));
    const waits = this.patience.lasts(end > start && !this.pages.any(start, end));
    setAttr(this.layer, "aria-busy", String(waits));
    if (!waits) this.paintLines(start, end, first);
    setAttr(this.layer, "aria-rowcount", String(total + 1));
    this.remember();
    this.position(first, start, total);
  }
  /** Notes where the reader has left the table, for views to come. */
  remember() {
    if (this.following) {
      this.moved = true;
      this.place = null;
    } else if (this.moved) {
      const at = Math.ceil(this.top);
      const row = this.pages.get(at);
      if (row) this.place = [row[0], at - this.top];
    }
  }
  paintLines(start, end, first) {
    this.pool(Math.ceil(this.visible) + 2 * OVERSCAN + 1);
    this.turn(start);
    let active = "";
    this.times.painting(this.pages.get(first));
    this.lines.forEach((line, offset) => {
      const position = start + offset;
      if (position >= end) {
        line.hide();
        return;
      }
      line.element.hidden = false;
      if (this.paintLine(line, position, first)) active = line.element.id;
    });
    if (active) setAttr(this.layer, "aria-activedescendant", active);
    else this.layer.removeAttribute("aria-activedescendant");
    this.paintFresh();
    this.empty.hidden = !this.empty.textContent;
  }
  /** Puts the rows where the scroll bar says they are. Last: to ask for scrollTop lays the page out, which is to be done once a frame. */
  position(first, start, total) {
    const pixels = Math.min(total * ROW, MAX_PX);
    const room = Math.max(0, pixels - this.height);
    const want = this.scaled ? (this.top - first) / Math.max(1e-9, this.maxTop - first) * room : (this.top - first) * ROW;
    this.sizer.style.height = `${pixels}px`;
    this.layer.style.top = `${this.scaled ? want - (this.top - start) * ROW : (start - first) * ROW}px`;
    if (Math.abs(this.body.scrollTop - want) > 0.75) this.body.scrollTop = want;
    this.expected = this.body.scrollTop;
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
    const below2 = this.pages.stop > this.top + this.visible || this.frozen !== null;
    const show = (!this.following || this.frozen !== null) && waiting > 0 && below2;
    this.fresh.hidden = !show;
    if (show) setText(this.fresh, `${count(waiting)} new ↓`);
  }
  pool(size2) {
    while (this.lines.length < size2) {
      const line = new Line(`${this.id}-${this.lines.length}`);
      this.layer.append(line.element);
      this.lines.push(line);
    }
    while (this.lines.length > size2) this.lines.pop().element.remove();
  }
  /** Rows that stay in sight keep their elements: what is pressed, marked or read aloud there is still the same row. */
  turn(start) {
    const by = start - this.begin;
    this.begin = start;
    if (Math.abs(by) >= this.lines.length) return;
    const moved = this.lines.splice(by > 0 ? 0 : this.lines.length + by, Math.abs(by));
    const elements = moved.map((line) => line.element);
    if (by > 0) {
      this.lines.push(...moved);
      this.layer.append(...elements);
    } else {
      this.lines.unshift(...moved);
      this.layer.prepend(...elements);
    }
  }
  /** Fills one row; true when the keyboard is on it. */
  paintLine(line, position, first) {
    const row = this.pages.get(position);
    const before2 = position > first ? this.pages.get(position - 1) : void 0;
    const chosen = row != null && this.selection.has(row[0]);
    const active = row != null && row[0] === this.selection.active;
    setAttr(line.element, "aria-rowindex", String(position - first + 2));
    if (chosen) this.selection.saw(row);
    if (active) this.cursor = position;
    if (active && chosen) this.times.selected(row[1]);
    const note = row ? this.note(row[0]) : void 0;
    const key = `${this.pages.gen}:${position}:${row === void 0 ? this.absent : row === null ? "-" : `${row[0]}.${row[6]}`}:${before2 ? 1 : 0}:${chosen ? 1 : 0}${active ? "a" : ""}:${this.times.key}:${this.pages.layout}.${this.columns.layout}:${note ?? "-"}`;
    if (line.key === key) return active;
    line.key = key;
    line.position = position;
    setAttr(line.element, "aria-selected", String(chosen));
    const ours = this.pages.layout === this.columns.layout;
    if (row)
      line.write(row, {
        cells: ours && row[8] || [],
        columns: this.columns.count,
        rule: ours ? this.rule(row[9]) : void 0,
        session: this.names.get(rowSource(row[0])) ?? "",
        time: this.times.text(row[1]),
        gap: before2 ? delta(row[1] - before2[1]) : "",
        active,
        note
      });
    else line.blank(row === null ? "dropped: the log was full" : this.absent);
    return active;
  }
  // ---- selection and keys (WAI-ARIA grid: arrows choose, Shift extends, Ctrl or ⌘ moves only, Space chooses too)
  choose(position, how) {
    let row = this.pages.get(position);
    if (!row) return;
    const from = how === "range" ? this.pages.find(this.selection.anchor) ?? position : position;
    if (how === "range") {
      position = Math.max(from - MAX_SELECTED + 1, Math.min(from + MAX_SELECTED - 1, position));
      const way = position < from ? -1 : 1;
      const rows = Array.from({ length: Math.abs(position - from) + 1 }, (_, at) => this.pages.get(from + at * way));
      this.selection.range(rows.filter((one) => one != null));
      row = this.pages.get(position) ?? row;
    } else if (how === "flip") this.selection.flip(row);
    else this.selection.only(row);
    this.cursor = position;
    this.times.selected(row[1]);
    this.stay(position);
    this.owner.select(this.selection.keys, this.selection.active);
    this.reveal(position);
  }
  /** Offers the menu of a row, which is selected then. */
  offer(row, position, x, y) {
    const before2 = this.selection.keys;
    if (!this.selection.has(row[0])) this.choose(position, "only");
    return this.owner.menu({ x, y, key: row[0], before: before2 });
  }
  /** The menu of the row the keyboard is on; of the first on screen where it is on none. */
  offerActive() {
    if (this.cursor === void 0 || this.selection.active < 0) this.enter();
    const position = this.cursor;
    const row = position === void 0 ? void 0 : this.pages.get(position);
    if (!row) return;
    this.reveal(position);
    this.paint();
    const line = this.lines.find((one) => one.position === position && !one.element.hidden);
    const { left, bottom } = (line?.element ?? this.layer).getBoundingClientRect();
    this.offer(row, position, left + 24, bottom);
  }
  /** The row with a key, where it is in the page. */
  row(key) {
    const position = this.pages.find(key);
    return position === void 0 ? void 0 : this.pages.get(position);
  }
  /** Selects rows the kernel named; the position of the first is null where the filter hides it. */
  point(keys, position) {
    this.selection.name(keys);
    this.times.selected(null);
    this.cursor = position ?? void 0;
    if (position !== null) {
      this.stay(position);
      this.reveal(position);
    } else this.schedule();
  }
  /**
   * Who chose a row no longer follows, where the newest would take it out of sight: now, or without the filter. The newest
   * that a filter shows, often the only one, is rarely the newest of all.
   */
  stay(position) {
    if (this.following && (this.filtered || position < this.stop - 1 && this.maxTop > this.pages.first))
      this.follow(false);
  }
  /** The row to keep in sight in another view, where nothing is followed: the chosen one, else the first on screen. */
  get kept() {
    const { active } = this.selection;
    if (this.following) return null;
    return this.selection.has(active) ? active : this.place?.[0] ?? null;
  }
  /**
   * Brings the place of `kept` in this view into sight, unless somebody has scrolled meanwhile: the chosen row with what is
   * around it, another one where it stood. `exact` when it is the row itself, and not what comes next.
   */
  keep(position, exact2) {
    if (this.top !== this.pages.first) return;
    const chosen = this.selection.has(this.selection.active);
    const before2 = chosen ? Math.floor(this.visible / 2) : this.place?.[1] ?? 0;
    this.cursor = chosen && exact2 ? position : void 0;
    this.top = Math.max(this.pages.first, Math.min(this.maxTop, position - before2));
    if (chosen) this.moved = true;
    this.schedule();
  }
  /** Takes the keys; where no row is chosen, that is the first on screen now. */
  enter() {
    this.focus();
    if (this.cursor === void 0) this.step(1, "only");
  }
  /** The place to search on from: the chosen row, else the edge of what is seen. */
  here(way) {
    const chosen = this.cursor ?? this.pages.find(this.selection.active);
    return chosen ?? (way > 0 ? Math.ceil(this.top) - 1 : Math.floor(this.top + this.visible));
  }
  reveal(position) {
    this.moved = true;
    if (position < this.top) this.top = position;
    else if (position + 1 > this.top + this.visible) this.top = position + 1 - this.visible;
    this.schedule();
  }
  step(rows, how) {
    const from = this.cursor ?? this.pages.find(this.selection.active) ?? (rows > 0 ? Math.ceil(this.top) - 1 : this.following ? this.stop : Math.floor(this.top + this.visible));
    const position = Math.max(this.pages.first, Math.min(this.stop - 1, from + rows));
    this.cursor = position;
    this.reveal(position);
    if (how !== "move") this.choose(position, how);
    else {
      this.selection.active = this.pages.get(position)?.[0] ?? -1;
      if (this.following && position < this.stop - 1) this.follow(false);
    }
  }
  /** Home and End move what is seen, and the keyboard with it: the next arrow chooses what is there. */
  edge(newest) {
    this.cursor = void 0;
    this.selection.active = -1;
    if (newest) this.follow(true);
    else {
      this.top = this.pages.first;
      this.letGo(-1);
      this.schedule();
    }
  }
  /** Does what a key of the table does. */
  key(event) {
    if (event.altKey) return;
    const page = Math.max(1, Math.floor(this.visible) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    const only = !event.ctrlKey && !event.metaKey;
    const command = only ? COMMANDS[event.key] : void 0;
    if (event.key === "ContextMenu" || event.key === "F10" && event.shiftKey) this.offerActive();
    else if (step) this.step(step, event.shiftKey ? "range" : only ? "only" : "move");
    else if (event.key === " ") {
      if (this.cursor !== void 0) this.choose(this.cursor, event.shiftKey ? "range" : "flip");
    } else if ((event.key === "Home" || event.key === "End") && only) this.edge(event.key === "End");
    else if (command) this.owner.command(command);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
};

// src/highlights.ts
var COLOURS = ["red", "orange", "yellow", "green", "teal", "blue", "purple", "grey"];
var Highlights = class {
  constructor(owner) {
    this.owner = owner;
    this.element = button(
      "Highlights",
      {
        class: "kws-button kws-marker",
        title: "Highlights: filters that are kept, with a colour for the rows they match"
      },
      icon("marker")
    );
    this.menu = h(
      "div",
      { class: "kws-choices kws-highlights", role: "dialog", "aria-label": "Highlights" },
      this.keep,
      this.error,
      this.list
    );
    this.popup = new Popup(this.element, this.menu, () => {
      this.error.hidden = true;
      this.fill();
    });
  }
  owner;
  element;
  rules = [];
  problems = [];
  error = h("p", { class: "kws-error kws-ask", role: "alert", hidden: true });
  list = h("div", { class: "kws-rules" });
  keep = h("div", { class: "kws-keep" });
  popup;
  menu;
  /** Shows these, which the kernel knows. */
  show(rules, problems) {
    this.rules = rules;
    this.problems = problems;
    setAttr(this.element, "aria-label", rules.length ? `Highlights: ${rules.length}` : "Highlights");
    setAttr(this.element, "data-some", String(rules.some(([, , on]) => on)));
    if (this.menu.isConnected) this.fill();
  }
  /** The rule with a number, from 1; undefined for none. */
  rule(number) {
    return number ? this.rules[number - 1] : void 0;
  }
  /** Writes the dialog; what had the focus keeps it, or what is in its place. */
  fill() {
    const at = this.controls.indexOf(focused(this.menu));
    const name = at < 0 ? "" : this.controls[at].getAttribute("aria-label");
    const text = this.owner.filter();
    const kept = this.rules.some(([filter]) => filter === text);
    const swatches = COLOURS.map((colour) => {
      const one = button(
        `Highlight in ${colour}`,
        { class: `kws-button kws-swatch kws-in-${colour}`, title: colour },
        ""
      );
      one.addEventListener("click", () => void this.set([...this.rules, [text, colour, 1]]));
      return one;
    });
    this.keep.replaceChildren(
      ...text && !kept ? [
        h("span", { class: "kws-dim" }, "Keep this filter, and colour its rows"),
        h("code", { class: "kws-rule-text" }, visible(text)),
        h("div", { class: "kws-row-of", role: "group", "aria-label": "Colour" }, ...swatches)
      ] : [
        h(
          "span",
          { class: "kws-dim" },
          kept ? "This filter is kept already." : "Type a filter: here it can be kept, and its rows coloured."
        )
      ]
    );
    this.list.replaceChildren(...this.rules.map((rule, place2) => this.line(rule, place2)));
    if (at >= 0)
      (this.controls.find((one) => one.getAttribute("aria-label") === name) ?? this.controls[Math.min(at, this.controls.length - 1)] ?? this.element).focus();
  }
  get controls() {
    return [...this.menu.querySelectorAll("button:not(:disabled), select, input")];
  }
  line([text, colour, on], at) {
    const shown2 = visible(text);
    const change2 = (rule) => void this.set(this.rules.map((one, place2) => place2 === at ? rule : one));
    const box = h("input", {
      type: "checkbox",
      "aria-label": `Colour the rows of ${shown2}`,
      title: on ? "Switch it off" : "Switch it on",
      ...SUPPRESS
    });
    box.checked = Boolean(on);
    box.addEventListener("change", () => change2([text, colour, box.checked ? 1 : 0]));
    const select = h(
      "select",
      { class: "kws-input", "aria-label": `Colour of ${shown2}`, title: "Colour", ...SUPPRESS },
      ...COLOURS.map((one) => h("option", { value: one, selected: one === colour }, one))
    );
    select.addEventListener("change", () => change2([text, select.value, on]));
    const use = button(
      `Filter by ${shown2}`,
      { class: "kws-button kws-rule-text", title: `Filter by it: ${shown2}` },
      shown2
    );
    use.addEventListener("click", () => {
      this.popup.open(false);
      this.owner.use(text);
    });
    const up = button(`Move ${shown2} up`, { title: "Move up: the first that matches wins", disabled: at === 0 }, "↑");
    up.addEventListener("click", () => {
      const rules = [...this.rules];
      rules.splice(at - 1, 0, ...rules.splice(at, 1));
      void this.set(rules);
    });
    const remove = button(`Remove ${shown2}`, { title: "Remove it" }, "✕");
    remove.addEventListener("click", () => void this.set(this.rules.filter((_, place2) => place2 !== at)));
    const problem = this.problems[at];
    return h(
      "div",
      { class: `kws-rule-line kws-in-${colour}`, "data-on": String(Boolean(on) && !problem) },
      h("span", { class: "kws-swatch" }),
      box,
      use,
      select,
      up,
      remove,
      ...problem ? [h("span", { class: "kws-error" }, problem)] : []
    );
  }
  async set(rules) {
    try {
      await this.owner.set(rules);
      this.error.hidden = true;
    } catch (error) {
      setText(this.error, error.message);
      this.error.hidden = false;
    }
  }
};

// src/layout.ts
var DETAILS = ["auto", "beside", "below"];
var LABELS2 = {
  auto: "Details: beside when wide",
  beside: "Details: beside the table",
  below: "Details: below the table"
};
var WIDE = 1100;
var SLACK2 = 40;
var ROOM = 660;
var MIN_SIDE = 320;
var MIN_HEIGHT = 110;
var MAX_HEIGHT = 2e3;
var MIN_PANE = 80;
var STEP2 = 22;
var Layout = class {
  constructor(model, owner, table, pane, drawer) {
    this.model = model;
    this.owner = owner;
    this.table = table;
    this.pane = pane;
    this.drawer = drawer;
    drawer.prepend(this.splitter);
    this.element = h("div", { class: "kws-middle" }, table, drawer);
    const choices = DETAILS.map((one) => {
      const choice = button(LABELS2[one], { role: "menuitemradio", title: "" });
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
  model;
  owner;
  table;
  pane;
  drawer;
  /** The table and the details. */
  element;
  toggle = button("Layout", { class: "kws-button kws-tab", title: "Where the details are" }, icon("split"));
  splitter = h("div", { class: "kws-splitter", role: "separator", tabindex: 0, ...SUPPRESS });
  details = "auto";
  width = 0;
  tall = "";
  docked = null;
  observer = new ResizeObserver(() => this.look());
  dispose() {
    this.observer.disconnect();
  }
  set(details) {
    this.details = details;
    this.look();
  }
  get beside() {
    return this.element.dataset.beside === "true";
  }
  /** Puts the details where they belong now: beside only while they are open. */
  look() {
    const { element, splitter, details } = this;
    this.width = element.offsetWidth || this.width;
    const wide = details === "auto" ? this.width >= (this.beside ? WIDE - SLACK2 : WIDE) : details === "beside";
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
  resizing() {
    const { splitter } = this;
    splitter.addEventListener("pointerdown", (event) => {
      splitter.setPointerCapture(event.pointerId);
      const { beside } = this;
      const [start, size2] = beside ? [event.clientX, this.drawer.offsetWidth] : [event.clientY, this.table.offsetHeight];
      const move = (moved) => beside ? this.widen(size2 + start - moved.clientX) : this.lower(size2 + moved.clientY - start);
      splitter.addEventListener("pointermove", move);
      splitter.addEventListener("lostpointercapture", () => splitter.removeEventListener("pointermove", move), {
        once: true
      });
    });
    splitter.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[event.key];
      const aside = { ArrowLeft: 1, ArrowRight: -1, Home: 1e3, End: -1e3 }[event.key];
      if (this.beside && aside) this.widen(this.drawer.offsetWidth + aside * STEP2);
      else if (this.beside && step)
        this.element.style.height = `${bounded(this.element.offsetHeight + step * STEP2, 2 * MIN_HEIGHT, MAX_HEIGHT)}px`;
      else if (!this.beside && (step || event.key === "Home" || event.key === "End"))
        this.lower(step ? this.table.offsetHeight + step * STEP2 : event.key === "Home" ? 0 : this.most);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
  /** Gives the details beside the table a width. */
  widen(width) {
    const most = Math.max(MIN_SIDE, this.element.offsetWidth - MIN_SIDE);
    const side = bounded(width, MIN_SIDE, most);
    this.element.style.setProperty("--kws-side", `${side}px`);
    setAttr(this.splitter, "aria-valuenow", String(side));
    setAttr(this.splitter, "aria-valuemax", String(most));
  }
  /** Height the table can have. */
  get most() {
    const { pane, table } = this;
    return pane.hidden ? MAX_HEIGHT : Math.max(MIN_HEIGHT, table.offsetHeight + pane.offsetHeight - MIN_PANE);
  }
  /** Moves the line between table and details: what one gains the other gives. Without details the panel grows. */
  lower(wanted) {
    const { pane, table, most } = this;
    const height = bounded(wanted, MIN_HEIGHT, most);
    if (!pane.hidden) pane.style.height = `${pane.offsetHeight + table.offsetHeight - height}px`;
    table.style.height = `${height}px`;
    setAttr(this.splitter, "aria-valuenow", String(height));
    setAttr(this.splitter, "aria-valuemax", String(most));
  }
  get docks() {
    return this.model.widget_manager ?? {};
  }
  /** Notebook 7's context cannot show a second widget: only JupyterLab has a dock. In a tab of its own it is already. */
  get canDock() {
    const { create_view, get_model, context } = this.docks;
    return Boolean(
      create_view && get_model && context?.addSibling && document.getElementById("jp-main-dock-panel") && this.owner.id() && !this.element.closest(".kws-docked, .jp-LinkedOutputView")
    );
  }
  /** Shows another view of the panel beside the notebook; the one there is already comes to the front. */
  async dock() {
    const { docks, owner } = this;
    try {
      if (!this.docked?.isAttached) {
        const view = await docks.create_view(await docks.get_model(owner.id()));
        const widget = view.luminoWidget;
        if (!widget)
          throw new Error("this JupyterLab has no place for it: right click the output, Create New View for Output");
        view.trigger("displayed");
        await view.displayed;
        await view.layoutPromise;
        widget.addClass("kws-docked");
        Object.assign(widget.title, { label: owner.title(), closable: true });
        this.docked = widget;
      }
      docks.context.addSibling(this.docked, { mode: "split-right" });
    } catch (error) {
      owner.failed(`not opened in a tab of its own: ${error.message}`);
    }
  }
};
var bounded = (value2, low, high) => Math.max(low, Math.min(high, value2));

// src/turns.ts
var APART_MS = 500;
var BUSY_MS = 200;
var Turns = class {
  /** `ask` tells whether there is more to come at once. */
  constructor(element, ask) {
    this.ask = ask;
    document.addEventListener("visibilitychange", this.plan);
    if (typeof IntersectionObserver === "undefined") return;
    this.observer = new IntersectionObserver((entries) => {
      this.seen = entries.at(-1)?.isIntersecting ?? true;
      this.plan();
    });
    this.observer.observe(element);
  }
  ask;
  /** Milliseconds between two questions; may be set to more, where an answer takes long to draw. */
  apart = APART_MS;
  wanted = false;
  asking = false;
  seen = true;
  timer = 0;
  due = 0;
  observer = null;
  /** Something has changed. */
  want() {
    this.wanted = true;
    this.plan();
  }
  /** Asks now, for a reader waits. */
  hurry() {
    window.clearTimeout(this.timer);
    this.timer = 0;
    this.due = 0;
    this.want();
  }
  plan = () => {
    if (!this.wanted || this.asking || this.timer || !this.seen || document.visibilityState === "hidden") return;
    this.timer = window.setTimeout(() => void this.turn(), Math.max(0, this.due - performance.now()));
  };
  async turn() {
    this.timer = 0;
    this.wanted = false;
    this.asking = true;
    let more = false;
    try {
      more = await this.ask();
    } catch {
    }
    this.asking = false;
    this.due = performance.now() + (more ? BUSY_MS : this.apart);
    this.wanted ||= more;
    this.plan();
  }
  dispose() {
    this.observer?.disconnect();
    document.removeEventListener("visibilitychange", this.plan);
    window.clearTimeout(this.timer);
    this.asking = true;
  }
};

// src/latencies.ts
var Latencies = class {
  element = h("div", { hidden: true });
  note = h("span", { class: "kws-dim" });
  bars = h("div", { class: "kws-sizes" });
  turns;
  /** `around` is the tab: it is asked only while that can be seen. */
  constructor(around, ask) {
    around.append(this.element);
    this.element.append(
      h("div", { class: "kws-heading" }, "From request to response, by their ids ", this.note),
      this.bars
    );
    this.turns = new Turns(around, async () => {
      if (!this.element.isConnected) return false;
      const answer = await ask();
      this.paint(answer);
      return answer.busy === 1;
    });
  }
  dispose() {
    this.turns.dispose();
  }
  /** Something has changed, while the tab is open. */
  want() {
    this.turns.want();
  }
  paint({ counts, percentiles, waiting, skipped }) {
    this.element.hidden = !counts.length;
    const top = Math.max(1, ...counts.map(([, , many]) => many));
    const ranks = ["p50", "p95", "p99"].map((name, at) => `${name} ${millis(percentiles[at] ?? 0)}`).join(", ");
    setText(
      this.note,
      `${ranks}${waiting ? ` · ${count(waiting)} without a response` : ""}${skipped ? ` · ${count(skipped)} older rows not looked at` : ""}`
    );
    this.bars.replaceChildren(
      ...counts.flatMap(([low, high, many]) => {
        const bar = h("i", { class: "kws-size-bar" });
        bar.style.width = `${many / top * 100}%`;
        return [
          h("span", { class: "kws-dim" }, `${millis(low / 1e6)} – ${millis((high + 1) / 1e6)}`),
          h("span", {}, bar),
          h("span", {}, count(many))
        ];
      })
    );
  }
};

// src/link.ts
var KernelError = class extends Error {
  constructor(message, position = null) {
    super(message);
    this.position = position;
  }
  position;
};
function viewed(bytes2) {
  return ArrayBuffer.isView(bytes2) ? new DataView(bytes2.buffer, bytes2.byteOffset, bytes2.byteLength) : new DataView(bytes2);
}
var HELLO_MS = 1e3;
var FORGOTTEN_MS = 1e4;
var SLOW_MS = 400;
var GONE = "the kernel was restarted or has ended: run the cell again";
var READ_TIMEOUT_MS = 15e3;
var Link = class {
  constructor(model, events) {
    this.model = model;
    this.events = events;
    model.on("msg:custom", this.receive);
    if (model.widget_manager) model.on("comm_live_update", this.lost);
    model.widget_manager?.context?.sessionContext?.kernelChanged?.connect(this.changed);
    document.addEventListener("visibilitychange", this.seen);
    this.hello();
  }
  model;
  events;
  /** Names this view: the kernel has a feed for each. */
  view = Math.random().toString(36).slice(2, 10);
  serial = 0;
  pending = /* @__PURE__ */ new Map();
  slow = 0;
  greeted = false;
  pumped = false;
  /** When the kernel last told this view something, milliseconds; 0 for never. */
  told = 0;
  /** What the kernel is told when it may have let this view go. */
  filter = { filter: "", fold: 1 };
  hellos = 0;
  timer = 0;
  closed = false;
  /** Why nothing can be asked any more; empty while it can. */
  dead = "";
  /** Round trips of the last requests, milliseconds: read by the browser tests. */
  trips = [];
  /** The first message may sit behind a running cell, so hello is repeated; without ticks from the kernel's thread, poll. */
  hello = () => {
    if (this.closed || this.pumped) return;
    this.hellos += 1;
    this.notify(this.hellos > 3 ? { k: "poll" } : { k: "hello" });
    if (this.hellos === 2 && !this.greeted && !this.events.unanswered()) this.events.waiting(this.slow + 1);
    this.timer = window.setTimeout(this.hello, HELLO_MS);
  };
  notify(notice) {
    if (this.dead) return;
    this.model.send({ v: VERSION, id: `${this.view}:0`, ...notice });
  }
  request(kind, ask, buffers = []) {
    if (this.dead) return Promise.reject(new KernelError(this.dead));
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
        entry.limit = window.setTimeout(
          () => this.settle(id)?.reject(new KernelError("the kernel did not answer")),
          READ_TIMEOUT_MS
        );
      }
      const sent = buffers.length > 0 && { buffers: buffers.length };
      this.model.send({ v: VERSION, k: kind, id, ...ask, ...sent }, void 0, buffers);
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
  receive = (message, given = []) => {
    if (this.closed || message.v !== VERSION) return;
    const buffers = given.map(viewed);
    this.dead = "";
    if (message.k === "tick") {
      const other = message.view !== "" && message.view !== this.view;
      if (other && this.told) {
        if (performance.now() - this.told > FORGOTTEN_MS) this.back();
        return;
      }
      if (!other) {
        this.told = performance.now();
        this.filter = { filter: message.filter, fold: message.fold ? 1 : 0 };
      }
      if (!this.greeted) {
        this.greeted = true;
        this.events.waiting(this.slow);
      }
      if (message.via === "pump" && !other) this.pumped = true;
      this.events.tick(message, buffers[0]);
      if (message.ack && !other)
        requestAnimationFrame(() => this.closed || this.notify({ k: "ack", seq: message.seq }));
      return;
    }
    if (message.k === "saved") {
      this.events.saved(message);
      return;
    }
    if (message.k === "schedules" && !message.id) {
      this.events.scheduled(message);
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
  back() {
    this.told = performance.now();
    this.notify({ k: "back", ...this.filter });
  }
  seen = () => {
    if (this.told && document.visibilityState === "visible") this.back();
  };
  lost = () => {
    if (this.closed) return;
    this.end(GONE);
    this.events.gone();
  };
  changed = (_, { oldValue }) => {
    if (oldValue && this.greeted) this.lost();
  };
  /** Asks nothing any more, for this reason; should the kernel speak after all, it goes on. */
  end(reason) {
    window.clearTimeout(this.timer);
    this.dead = reason;
    for (const id of [...this.pending.keys()]) this.settle(id)?.reject(new KernelError(reason));
  }
  close() {
    this.notify({ k: "bye" });
    this.closed = true;
    document.removeEventListener("visibilitychange", this.seen);
    window.clearTimeout(this.timer);
    this.model.off("msg:custom", this.receive);
    if (this.model.widget_manager) this.model.off("comm_live_update", this.lost);
    this.model.widget_manager?.context?.sessionContext?.kernelChanged?.disconnect(this.changed);
    for (const entry of this.pending.values()) {
      window.clearTimeout(entry.slow);
      window.clearTimeout(entry.limit);
    }
    this.pending.clear();
  }
};

// src/marks.ts
var NOTE = 500;
var Marks = class {
  constructor(ask, changed) {
    this.ask = ask;
    this.changed = changed;
  }
  ask;
  changed;
  state = 0;
  list = [];
  notes = /* @__PURE__ */ new Map();
  get size() {
    return this.list.length;
  }
  /** The note of a row, perhaps empty; undefined when it has no bookmark. */
  get(key) {
    return this.notes.get(key);
  }
  /** A tick came: what it says has changed is asked for. */
  tick(state) {
    if (state === this.state) return;
    this.state = state;
    void this.fetch(state);
  }
  async fetch(state) {
    try {
      const list2 = await this.ask();
      if (state !== this.state) return;
      this.list = list2;
      this.notes = new Map(list2.map(([key, , note]) => [key, note]));
      this.changed();
    } catch {
      if (state === this.state) this.state = -1;
    }
  }
  /** The bookmarked row after or before another one; beyond the last comes the first. */
  next(key, time, way) {
    const { list: list2 } = this;
    const at = list2.findIndex(([one]) => one === key);
    if (at >= 0) return list2[(at + way + list2.length) % list2.length]?.[0];
    const after = list2.findIndex(([one, when]) => when > time || when === time && one > key);
    const place2 = after < 0 ? list2.length : after;
    return list2[(way > 0 ? place2 : place2 - 1 + list2.length) % Math.max(1, list2.length)]?.[0];
  }
};
function editNote(host, { x, y }, name, note, done, back2) {
  const field3 = h("input", {
    class: "kws-input",
    maxlength: NOTE,
    value: note,
    "aria-label": "Note",
    placeholder: "What about it?",
    spellcheck: "true",
    ...SUPPRESS
  });
  const keep = button("Save note", { title: "Save (Enter)" }, "Save");
  const drop = button("Cancel", { title: "Cancel (Esc)" });
  const form = h(
    "div",
    { class: "kws-choices kws-noting", role: "dialog", "aria-label": `Note on ${name}`, popover: "manual" },
    h("label", { class: "kws-dim" }, `Note on ${name}`),
    field3,
    h("div", { class: "kws-row-of" }, keep, drop)
  );
  const close = (focus = true) => {
    document.removeEventListener("pointerdown", outside, true);
    if (focus) back2();
    form.remove();
  };
  const outside = (event) => {
    if (!form.contains(origin(event))) close(false);
  };
  const save = () => {
    close();
    done(field3.value.trim());
  };
  keep.addEventListener("click", save);
  drop.addEventListener("click", () => close());
  form.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    if (enters(event)) save();
    if (event.key !== "Tab") return;
    const all = [field3, keep, drop];
    const at = all.indexOf(focused(form));
    event.preventDefault();
    all[(at + (event.shiftKey ? -1 : 1) + all.length) % all.length].focus();
  });
  host.append(form);
  form.showPopover?.();
  const { width, height } = form.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  form.style.left = `${Math.max(4, Math.min(x, clientWidth - width - 4))}px`;
  form.style.top = `${Math.max(4, Math.min(y, clientHeight - height - 4))}px`;
  document.addEventListener("pointerdown", outside, true);
  field3.focus({ preventScroll: true });
  field3.select();
}

// src/scales.ts
var SECOND = 1e6;
var DAY = 86400 * SECOND;
var STEPS2 = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((ms) => ms * 1e3),
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200].map((s) => s * SECOND)
];
function nice(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((one) => one * power >= least * 0.999999) ?? 10);
}
function ticks(low, high, most) {
  if (!(high > low)) return [[low], 0];
  const step = nice((high - low) / most);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return [Array.from({ length: Math.min(most + 1, last - first + 1) }, (_, at) => (first + at) * step), step];
}
function timeTicks(low, high, most) {
  if (!(high > low)) return [[low], 0];
  const least = (high - low) / most;
  const step = STEPS2.find((one) => one >= least) ?? DAY * nice(least / DAY);
  const zone = new Date(low / 1e3).getTimezoneOffset() * 60 * SECOND;
  const first = Math.ceil((low - zone) / step) * step + zone;
  return [
    Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, at) => first + at * step),
    step
  ];
}
function timeLabel(us, step) {
  if (step >= DAY) return fullTime(us).slice(0, 10);
  const text = clock(us);
  return step >= 60 * SECOND ? text.slice(0, 5) : step >= SECOND ? text.slice(0, 8) : text.slice(3);
}
function exact(value2, digits = 12) {
  const size2 = Math.abs(value2);
  return size2 !== 0 && (size2 >= 1e15 || size2 < 1e-6) ? value2.toExponential(5).replace(/\.?0+e/, "e") : new Intl.NumberFormat("en-US", { maximumSignificantDigits: digits }).format(value2);
}
function tickLabel(value2, step) {
  const size2 = Math.max(Math.abs(value2), step);
  if (size2 >= 1e15 || size2 < 1e-6 && size2 > 0) return value2.toExponential(1);
  for (const [unit, sign] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"]
  ])
    if (size2 >= 10 * unit && (step === 0 || step >= unit / 10))
      return `${short(value2 / unit, step / unit)}${value2 ? ` ${sign}` : ""}`;
  return short(value2, step);
}
function short(value2, step) {
  const digits = step > 0 ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 4;
  return new Intl.NumberFormat("en-US", { maximumFractionDigits: Math.min(12, digits) }).format(value2);
}
function before(all, value2, low, high) {
  let [from, to] = [low, high];
  while (from < to) {
    const mid = from + to >> 1;
    if (all[mid] <= value2) from = mid + 1;
    else to = mid;
  }
  return from - 1;
}

// src/overview.ts
function unpack(answer, counts, sizes) {
  const { start, width, count: many, filtered } = answer;
  const part = (at) => Array.from({ length: many }, (_, bucket) => counts.getUint32(4 * (at * many + bucket), true));
  return {
    start,
    width,
    received: part(0),
    sent: part(1),
    events: part(2),
    shown: filtered ? [part(3), part(4)] : null,
    size: Array.from({ length: many }, (_, bucket) => sizes.getFloat64(8 * bucket, true))
  };
}
function bars(values, top, base, reach) {
  return values.map((value2, at) => value2 ? `M${at} ${base}v${(value2 / top * reach).toFixed(2)}h1V${base}z` : "").join("");
}
var [BASE, BYTES] = [24, 100];
var [UP2, DOWN2] = [-24, 54];
var CLICK = 4;
var BRUSH_MS = 250;
var Overview = class {
  constructor(owner) {
    this.owner = owner;
    this.picture = svg(
      "svg",
      { class: "kws-strip-picture", preserveAspectRatio: "none", role: "img", viewBox: "0 0 1 100" },
      this.size,
      this.received,
      this.sent,
      this.shown,
      this.shownSent,
      this.events
    );
    this.area = h(
      "div",
      {
        class: "kws-strip-area",
        role: "slider",
        tabindex: 0,
        "aria-label": "Time in the chart; Shift and arrow keys choose a span, Escape shows all",
        "aria-valuemin": 0,
        "aria-valuemax": 0,
        "aria-valuenow": 0,
        ...SUPPRESS
      },
      this.span,
      this.cursor
    );
    this.element = h(
      "div",
      { class: "kws-strip", role: "group", "aria-label": "Messages over time", hidden: true },
      h(
        "div",
        { class: "kws-strip-head" },
        h("span", { class: "kws-strip-key kws-strip-of-received" }, "▼ received"),
        h("span", { class: "kws-strip-key kws-strip-of-sent" }, "▲ sent"),
        h("span", { class: "kws-strip-key kws-strip-of-size" }, "bytes"),
        this.said
      ),
      h("div", { class: "kws-plot-box" }, this.ys, h("div", { class: "kws-strip-box" }, this.picture, this.area)),
      this.axis
    );
    this.listen();
    this.turns = new Turns(this.element, () => this.ask());
  }
  owner;
  element;
  said = h("span", { class: "kws-strip-said" });
  received = svg("path", { class: "kws-strip-received" });
  sent = svg("path", { class: "kws-strip-sent" });
  shown = svg("path", { class: "kws-strip-shown kws-strip-of-received" });
  shownSent = svg("path", { class: "kws-strip-shown kws-strip-of-sent" });
  size = svg("path", { class: "kws-strip-size" });
  events = svg("path", { class: "kws-strip-events" });
  picture;
  span = h("div", { class: "kws-strip-span", hidden: true });
  cursor = h("div", { class: "kws-strip-cursor", hidden: true });
  ys = h("div", { class: "kws-plot-ys", "aria-hidden": "true" });
  axis = h("div", { class: "kws-axis", "aria-hidden": "true" });
  area;
  turns;
  data = null;
  known = "";
  /**
   * The filter's span, open at an end without a limit, and the one that is being chosen: epoch microseconds, as buckets become wider meanwhile.
   */
  chosen = null;
  choosing = null;
  /** When the bucket the keyboard is on begins; null before a key was pressed. */
  at = null;
  /** When the bucket begins from which Shift goes on choosing. */
  anchor = null;
  timer = 0;
  dispose() {
    this.turns.dispose();
    window.clearTimeout(this.timer);
  }
  get open() {
    return !this.element.hidden;
  }
  show(on) {
    if (this.open === on) return;
    this.element.hidden = !on;
    if (on) this.turns.hurry();
    else this.owner.drawn(0, 0);
  }
  tick({ gen, total, kept, n, busy, filter }) {
    const now = JSON.stringify([gen, total, kept, n, busy, filter]);
    if (now === this.known) return;
    this.known = now;
    if (this.open) this.turns.want();
  }
  async ask() {
    if (!this.open) return false;
    const [answer, counts, sizes] = await this.owner.overview();
    this.data = unpack(answer, counts, sizes);
    const { low, high } = answer;
    this.chosen = low === null && high === null ? null : [low ?? -Infinity, high ?? Infinity];
    this.paint(this.data);
    return answer.busy === 1;
  }
  paint({ start, width, received, sent, events, shown: shown2, size: size2 }) {
    const many = received.length;
    const top = Math.max(1, ...received, ...sent);
    const heaviest = Math.max(1, ...size2);
    setAttr(this.picture, "viewBox", `0 0 ${Math.max(1, many)} 100`);
    setAttr(this.picture, "data-filtered", String(shown2 !== null));
    setAttr(this.received, "d", bars(received, top, BASE, DOWN2));
    setAttr(this.sent, "d", bars(sent, top, BASE, UP2));
    setAttr(this.shown, "d", shown2 ? bars(shown2[0], top, BASE, DOWN2) : "");
    setAttr(this.shownSent, "d", shown2 ? bars(shown2[1], top, BASE, UP2) : "");
    setAttr(this.size, "d", bars(size2, heaviest, BYTES, -20));
    setAttr(this.events, "d", events.map((one, at2) => one ? `M${at2 + 0.5} 0V100` : "").join(""));
    const sum = (all) => all.reduce((left, right) => left + right, 0);
    const peak = Math.max(0, ...received);
    setAttr(
      this.picture,
      "aria-label",
      many ? `${count(sum(received))} messages received and ${count(sum(sent))} sent, ${bytes(sum(size2))}, from ${clock(start)} to ${clock(start + many * width)}; at most ${count(peak)} and at least ${count(Math.min(...received))} received in ${span(width / 1e6)}, ${count(received.at(-1))} in the last` : "No messages yet"
    );
    setAttr(this.area, "aria-valuemax", String(Math.max(0, many - 1)));
    const [at, step] = many ? timeTicks(start, start + many * width, 6) : [[], 0];
    axis(
      this.axis,
      at.map((one) => [(one - start) / (many * width), timeLabel(one, step)])
    );
    upright(
      this.ys,
      many ? [
        [BASE + DOWN2 - 10, tickLabel(top, 1)],
        [BYTES - 10, bytes(heaviest)]
      ] : []
    );
    if (!many) this.at = null;
    this.point(this.current);
    this.paintSpan();
    this.owner.drawn(start, start + many * width);
  }
  paintSpan() {
    const both = this.choosing ?? this.chosen;
    this.span.hidden = !both;
    if (!both || !this.data) return;
    const { start, width, received } = this.data;
    const whole = width * received.length;
    const [low, high] = both.map((one) => Math.max(0, Math.min(whole, one - start))).sort((left, right) => left - right);
    this.span.style.left = `${low / whole * 100}%`;
    this.span.style.width = `${(high - low) / whole * 100}%`;
  }
  /** The bucket of a time, of those there are. */
  bucket(time) {
    const { start, width, received } = this.data;
    return Math.max(0, Math.min(received.length - 1, Math.floor((time - start) / width)));
  }
  /** The bucket the keyboard is on. */
  get current() {
    return this.at === null || !this.data ? null : this.bucket(this.at);
  }
  /** Says what is in a bucket; of none, what a bucket is. */
  point(at) {
    const { data } = this;
    this.cursor.hidden = at === null || !data;
    if (!data) return;
    const many = data.received.length;
    if (at === null || at >= many) {
      const peak = Math.max(0, ...data.received);
      setText(this.said, many ? `each bar ${span(data.width / 1e6)} · peak ${rate(peak / (data.width / 1e6))}` : "");
      return;
    }
    this.cursor.style.left = `${(at + 0.5) / many * 100}%`;
    const from = data.start + at * data.width;
    const fine = data.width < 1e6 ? 12 : 8;
    const shown2 = data.shown ? ` · ${count(data.shown[0][at] + data.shown[1][at])} shown` : "";
    const happened = data.events[at] ? ` · ${data.events[at]} connection ${data.events[at] === 1 ? "event" : "events"}` : "";
    const text = `${clock(from).slice(0, fine)} – ${clock(from + data.width).slice(0, fine)}: ▼ ${count(data.received[at])} ▲ ${count(data.sent[at])} · ${bytes(data.size[at])}${shown2}${happened}`;
    setText(this.said, text);
    setAttr(this.area, "aria-valuenow", String(at));
    setAttr(this.area, "aria-valuetext", text.replace("▼ ", "received ").replace(" ▲ ", ", sent "));
  }
  // ---- choosing
  listen() {
    const { area } = this;
    const time = ({ clientX }, { start, width, received }) => {
      const box = area.getBoundingClientRect();
      const share = box.width ? Math.max(0, Math.min(1, (clientX - box.left) / box.width)) : 0;
      return start + share * width * received.length;
    };
    let pressed = null;
    area.addEventListener("pointermove", (event) => {
      if (!this.data?.received.length) return;
      const at = time(event, this.data);
      if (pressed && (this.choosing || Math.abs(event.clientX - pressed.x) >= CLICK)) {
        this.choosing = [pressed.at, at];
        this.paintSpan();
      }
      this.point(this.bucket(at));
    });
    area.addEventListener("pointerleave", () => this.point(this.current));
    area.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.data?.received.length) return;
      pressed = { x: event.clientX, at: time(event, this.data) };
      area.setPointerCapture?.(event.pointerId);
    });
    area.addEventListener("pointerup", (event) => {
      if (!pressed || !this.data) return;
      if (this.choosing) this.apply();
      else this.at = time(event, this.data);
      pressed = null;
    });
    area.addEventListener("pointercancel", () => {
      pressed = null;
      this.choosing = null;
      this.paintSpan();
    });
    area.addEventListener("dblclick", () => this.clear());
    area.addEventListener("keydown", (event) => this.key(event));
  }
  key(event) {
    const many = this.data?.received.length ?? 0;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (!this.chosen && !this.choosing) return;
      this.clear();
    } else {
      const from = this.current ?? many;
      const to = {
        ArrowLeft: from - 1,
        ArrowRight: from + 1,
        PageUp: from - 10,
        PageDown: from + 10,
        Home: 0,
        End: many - 1,
        Enter: from
      }[event.key];
      if (to === void 0 || !many) return;
      const { start, width } = this.data;
      const begin = (bucket) => start + Math.max(0, Math.min(many - 1, bucket)) * width;
      this.at = begin(to);
      if (event.shiftKey || event.key === "Enter") {
        this.anchor ??= begin(from);
        this.choosing = [Math.min(this.anchor, this.at), Math.max(this.anchor, this.at) + width];
        this.paintSpan();
        window.clearTimeout(this.timer);
        this.timer = window.setTimeout(() => this.apply(), BRUSH_MS);
      } else this.anchor = null;
      this.point(this.current);
    }
    event.preventDefault();
    event.stopPropagation();
  }
  apply() {
    const { choosing, data } = this;
    this.choosing = null;
    if (!choosing || !data) return;
    const [low, high] = choosing.map((one) => (one - data.start) / data.width).sort((left, right) => left - right);
    const first = Math.floor(low + 1e-9);
    const last = Math.max(first + 1, Math.ceil(high - 1e-9));
    this.chosen = [data.start + first * data.width, data.start + last * data.width];
    this.paintSpan();
    void this.brush(...this.chosen);
  }
  clear() {
    window.clearTimeout(this.timer);
    this.choosing = this.chosen = this.anchor = null;
    this.paintSpan();
    void this.brush(0, 0);
  }
  async brush(low, high) {
    try {
      await this.owner.brush(low, high);
    } catch (error) {
      this.owner.problem(error.message);
    }
    this.turns.hurry();
  }
};
function upright(element, labels) {
  axis(
    element,
    labels.map(([, text]) => [0.5, text])
  );
  labels.forEach(([at], number) => {
    const { style: style2 } = element.children[number];
    style2.left = "";
    style2.top = `${at}%`;
  });
}
function axis(element, labels) {
  while (element.childElementCount > labels.length) element.lastElementChild.remove();
  while (element.childElementCount < labels.length) element.append(h("span"));
  labels.forEach(([at, text], number) => {
    const label2 = element.children[number];
    label2.style.left = `${at * 100}%`;
    label2.style.transform = at < 0.03 ? "none" : at > 0.97 ? "translateX(-100%)" : "";
    setText(label2, text);
  });
}

// src/picker.ts
var Picker = class {
  constructor(owner) {
    this.owner = owner;
    this.element = button(
      "Session",
      { class: "kws-button kws-chip", title: "The session's name in Python; choose another one to show, or several" },
      this.name,
      icon("chevron")
    );
    this.popup = new Popup(this.element, this.menu, () => void this.open());
  }
  owner;
  element;
  name = h("span");
  popup;
  menu = h("div", {
    class: "kws-menu kws-sessions",
    role: "dialog",
    "aria-label": "Sessions"
  });
  tick(sources) {
    const names = sources.map(({ name }) => visible(name)).join(" + ");
    setText(this.name, sources.length > 1 ? `${sources.length} sessions` : names);
    setAttr(this.element, "aria-label", sources.length > 1 ? `Sessions ${names}, merged by time` : `Session ${names}`);
  }
  async open() {
    this.menu.replaceChildren(h("span", { class: "kws-dim" }, "…"));
    if (await this.list())
      (this.menu.querySelector(".kws-session[aria-pressed=true]") ?? this.menu.querySelector(".kws-session"))?.focus();
  }
  /** Fills the menu with what there is now; false when the kernel did not say. */
  async list() {
    try {
      const offered = await this.owner.sessions();
      const shown2 = offered.filter((one) => one.shown);
      const all = button("All, merged by time", {
        class: "kws-button kws-all",
        title: "Show all of these in one table, in the order of their times"
      });
      all.addEventListener("click", () => void this.show(offered.map(({ name }) => name)));
      this.menu.replaceChildren(...offered.map((one) => this.line(one, shown2)), ...offered.length > 1 ? [all] : []);
      return true;
    } catch (error) {
      this.complain(error);
      return false;
    }
  }
  line({ name, url, state, shown: shown2 }, all) {
    const label2 = visible(name);
    const alone = shown2 && all.length === 1;
    const box = h("input", {
      type: "checkbox",
      "aria-label": `${label2} in the table`,
      title: alone ? "The only one shown" : shown2 ? "Take it out of the table" : "Add it to the table, merged by time",
      disabled: alone,
      ...SUPPRESS
    });
    box.checked = shown2;
    box.addEventListener("change", () => void this.flip(name, box.checked, all));
    const one = button(
      `Show only ${label2}`,
      { class: "kws-button kws-session", "aria-pressed": String(alone), "data-state": state, title: url },
      h("b", {}, label2),
      h("span", { class: "kws-dim" }, state),
      h("span", { class: "kws-dim kws-url" }, url)
    );
    one.addEventListener("click", () => void this.show([name]));
    return h("div", { class: "kws-pick" }, box, one);
  }
  async show(names) {
    try {
      await this.owner.show(names);
      this.popup.open(false);
    } catch (error) {
      this.complain(error);
    }
  }
  /** Adds one to what is shown, or takes it out; the menu stays open. */
  async flip(name, on, all) {
    const names = all.map((one) => one.name).filter((one) => one !== name);
    try {
      await this.owner.show(on ? [...names, name] : names);
      if (await this.list())
        [...this.menu.querySelectorAll("input:not([disabled])")].find((one) => one.getAttribute("aria-label") === `${visible(name)} in the table`)?.focus();
    } catch (error) {
      this.complain(error);
    }
  }
  complain(error) {
    this.menu.replaceChildren(h("span", { class: "kws-error", role: "alert" }, error.message));
  }
};

// src/plot.ts
function unpack2(answer, times, values) {
  const many = answer.series.reduce((sum, { points }) => sum + points, 0);
  let at = 0;
  return {
    times: Float64Array.from({ length: many }, (_, one) => answer.start + times.getFloat32(4 * one, true) * 1e3),
    values: Float64Array.from({ length: many }, (_, one) => values.getFloat64(8 * one, true)),
    lines: answer.series.map((one) => {
      const from = at;
      at += one.points;
      return { ...one, from, to: at };
    })
  };
}
function range(values) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value2 of values) {
    if (value2 < low) low = value2;
    if (value2 > high) high = value2;
  }
  if (low > high) return [0, 1];
  const room = high > low ? (high - low) * 0.05 : Math.abs(low) * 1e-3 || 1;
  return Number.isFinite(high - low + room) ? [low - room, high + room] : [-Number.MAX_VALUE / 4, Number.MAX_VALUE / 4];
}
var REACH_MS = 700;
var MANY = 1e3;
var WIDTH3 = 1e3;
var HEIGHT = 100;
var COLOURS2 = 6;
var DASHES = 4;
var Plot = class {
  constructor(item2, owner) {
    this.item = item2;
    this.owner = owner;
    const { path, by, where } = item2;
    const name = `${path}${by ? ` by ${by}` : ""}${where ? ` where ${where}` : ""}`;
    this.title.append(visible(name));
    const close = button(
      `Close the plot of ${visible(name)}`,
      { class: "kws-button kws-plot-close", title: "Close" },
      "✕"
    );
    close.addEventListener(
      "click",
      () => void owner.unplot(item2.number).catch((error) => owner.problem(error.message))
    );
    this.picture = svg(
      "svg",
      {
        class: "kws-plot-picture",
        viewBox: `0 0 ${WIDTH3} ${HEIGHT}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": "No numbers yet"
      },
      this.grid,
      this.lines
    );
    this.area = h(
      "div",
      {
        class: "kws-strip-area",
        role: "slider",
        tabindex: 0,
        "aria-label": `Points of ${visible(name)}: arrow keys walk along a line and between lines, Enter goes to the message`,
        "aria-valuemin": 0,
        "aria-valuemax": 0,
        "aria-valuenow": 0,
        ...SUPPRESS
      },
      this.cursor,
      this.dot
    );
    this.element = h(
      "div",
      { class: "kws-plot", role: "group", "aria-label": `Plot of ${visible(name)}` },
      h("div", { class: "kws-strip-head" }, this.title, this.said, close),
      h("div", { class: "kws-plot-box" }, this.ys, h("div", { class: "kws-plot-field" }, this.picture, this.area)),
      this.xs,
      this.legend,
      this.note
    );
    this.area.addEventListener("pointermove", (event) => this.hover(event));
    this.area.addEventListener("pointerleave", () => this.point(null));
    this.area.addEventListener("click", (event) => {
      this.hover(event);
      void this.go();
    });
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.turns = new Turns(this.element, () => this.ask());
  }
  item;
  owner;
  element;
  title = h("span", { class: "kws-plot-title" });
  said = h("span", { class: "kws-strip-said" });
  note = h("div", { class: "kws-plot-note", hidden: true });
  grid = svg("path", { class: "kws-plot-grid" });
  lines = svg("g", { class: "kws-plot-lines" });
  picture;
  ys = h("div", { class: "kws-plot-ys", "aria-hidden": "true" });
  xs = h("div", { class: "kws-axis", "aria-hidden": "true" });
  cursor = h("div", { class: "kws-strip-cursor", hidden: true });
  dot = h("div", { class: "kws-plot-dot", hidden: true });
  area;
  legend = h("div", { class: "kws-plot-legend" });
  turns;
  data = { times: new Float64Array(), values: new Float64Array(), lines: [] };
  hidden = /* @__PURE__ */ new Set();
  drawn = [0, 0];
  x = [0, 0];
  y = [0, 1];
  entries = "";
  timer = 0;
  /** The point the crosshair or the keyboard is on: a line's number in the list, and the place in the arrays. */
  at = null;
  dispose() {
    this.turns.dispose();
    window.clearTimeout(this.timer);
  }
  want() {
    this.turns.want();
  }
  hurry() {
    this.turns.hurry();
  }
  /** Draws from and to these times at least: as the chart above does. */
  reach(low, high) {
    if (low === this.drawn[0] && high === this.drawn[1]) return;
    this.drawn = [low, high];
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.paint(), REACH_MS);
  }
  async ask() {
    const [answer, times, values] = await this.owner.points(this.item.number);
    this.data = unpack2(answer, times, values);
    this.turns.apart = this.data.values.length > MANY ? 2 * APART_MS : APART_MS;
    if (this.at && (this.at[0] >= this.data.lines.length || this.at[1] >= this.data.values.length)) this.at = null;
    this.paint();
    this.tell(answer);
    return answer.busy === 1;
  }
  tell({ left_out, more, passed, looked, odd, large, problem, busy, series }) {
    const said2 = [
      problem,
      left_out ? `${count(left_out)}${more ? " or more" : ""} other values of ${this.item.by} are not drawn: filter for them` : "",
      looked < passed ? `sampled: ${count(looked)} of ${count(passed)} messages` : "",
      odd ? `${count(odd)} ${odd === 1 ? "value is" : "values are"} no finite number` : "",
      large ? `${count(large)} messages above 1 MiB not looked into` : "",
      !series.length && !problem ? busy ? "reading…" : "no message has a number there" : ""
    ];
    const text = said2.filter(Boolean).map(visible).join(" · ");
    this.note.hidden = !text;
    setText(this.note, text);
  }
  shownLine = ({ number }) => !this.hidden.has(number);
  paint() {
    window.clearTimeout(this.timer);
    const { times, values, lines: lines2 } = this.data;
    const shown2 = lines2.filter(this.shownLine);
    const own = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const time of times) {
      own[0] = Math.min(own[0], time);
      own[1] = Math.max(own[1], time);
    }
    const [from, to] = this.drawn;
    this.x = to > from ? [Math.min(from, own[0]), Math.max(to, own[1])] : times.length ? own : [0, 0];
    if (this.x[1] <= this.x[0]) this.x = [this.x[0] - 5e5, this.x[0] + 5e5];
    this.y = range(
      shown2.length === lines2.length ? values : Float64Array.from(shown2.flatMap((one) => [...values.subarray(one.from, one.to)]))
    );
    while (this.lines.childElementCount > lines2.length) this.lines.lastElementChild.remove();
    while (this.lines.childElementCount < lines2.length) this.lines.append(svg("path"));
    lines2.forEach((line, at) => {
      const path = this.lines.children[at];
      setAttr(path, "class", style(line));
      setAttr(path, "d", this.shownLine(line) ? this.path(line) : "");
    });
    const [ys, step] = ticks(this.y[0], this.y[1], 4);
    setAttr(this.grid, "d", ys.map((one) => `M0 ${this.top(one).toFixed(2)}H${WIDTH3}`).join(""));
    upright(this.ys, values.length ? ys.map((one) => [this.top(one), tickLabel(one, step)]) : []);
    const [xs, apart] = timeTicks(...this.x, 6);
    axis(this.xs, times.length ? xs.map((one) => [this.left(one) / WIDTH3, timeLabel(one, apart)]) : []);
    setAttr(this.picture, "aria-label", this.summary());
    this.list();
    this.point(this.at);
  }
  left(time) {
    return (time - this.x[0]) / (this.x[1] - this.x[0]) * WIDTH3;
  }
  top(value2) {
    const [low, high] = this.y;
    return (1 - (value2 / 2 - low / 2) / (high / 2 - low / 2)) * HEIGHT;
  }
  /** A line, interrupted where another connection began; a point that stands alone is a dot. */
  path({ from, to }) {
    const { times, values } = this.data;
    let path = "";
    let pen = "M";
    for (let at = from; at < to; at++) {
      const value2 = values[at];
      if (Number.isNaN(value2)) {
        pen = "M";
        continue;
      }
      path += `${pen}${this.left(times[at]).toFixed(1)} ${this.top(value2).toFixed(2)}`;
      if (pen === "M" && (at + 1 >= to || Number.isNaN(values[at + 1]))) path += "h0.01";
      pen = "L";
    }
    return path;
  }
  summary() {
    const { values, lines: lines2 } = this.data;
    if (!lines2.length) return "No numbers yet";
    const said2 = lines2.map((line) => {
      const own = values.subarray(line.from, line.to).filter((value2) => !Number.isNaN(value2));
      const [low, high] = [
        own.reduce((a, b) => Math.min(a, b), own[0]),
        own.reduce((a, b) => Math.max(a, b), own[0])
      ];
      return `${visible(line.name) || this.item.path}: lowest ${exact(low)}, highest ${exact(high)}, last ${exact(line.last)}`;
    });
    return `${lines2.length} ${lines2.length === 1 ? "line" : "lines"}. ${said2.join("; ")}`;
  }
  // ---- legend
  list() {
    const { lines: lines2 } = this.data;
    const now = JSON.stringify(lines2.map(({ number, name }) => [number, name]));
    if (now !== this.entries) {
      this.entries = now;
      this.legend.replaceChildren(...lines2.map((line) => this.entry(line)));
    }
    this.legend.hidden = !lines2.length;
    lines2.forEach((line, at) => {
      setText(this.legend.children[at].lastElementChild, exact(this.value(line, at), 8));
      setAttr(this.legend.children[at], "aria-pressed", String(this.shownLine(line)));
    });
  }
  /** Of a line, what the legend says: its value at the crosshair, else its last. */
  value(line, at) {
    if (!this.at) return line.last;
    if (this.at[0] === at) return this.data.values[this.at[1]];
    const { times, values } = this.data;
    let near = before(times, times[this.at[1]], line.from, line.to);
    while (near >= line.from && Number.isNaN(values[near])) near -= 1;
    return near < line.from ? values[line.from] : values[near];
  }
  entry(line) {
    const name = visible(line.name) || this.item.path;
    const one = button(
      name,
      { class: "kws-button kws-plot-entry", title: `${name}: ${count(line.count)} numbers. Click to hide or show` },
      svg(
        "svg",
        { class: "kws-plot-sample", viewBox: "0 0 22 8", "aria-hidden": "true" },
        svg("path", { class: style(line), d: "M1 4H21" })
      ),
      h("span", { class: "kws-plot-name" }, name),
      h("b", {})
    );
    one.addEventListener("click", () => {
      if (!this.hidden.delete(line.number)) this.hidden.add(line.number);
      this.paint();
    });
    const alone = (on) => () => {
      const at = this.data.lines.findIndex(({ number }) => number === line.number);
      setAttr(this.lines, "data-alone", String(on));
      [...this.lines.children].forEach((path, place2) => {
        setAttr(path, "data-this", String(on && place2 === at));
      });
    };
    one.addEventListener("pointerenter", alone(true));
    one.addEventListener("focus", alone(true));
    one.addEventListener("pointerleave", alone(false));
    one.addEventListener("blur", alone(false));
    return one;
  }
  // ---- crosshair
  hover(event) {
    const box = this.area.getBoundingClientRect();
    if (!box.width) return;
    const { times, values, lines: lines2 } = this.data;
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = null;
    let least = Number.POSITIVE_INFINITY;
    lines2.forEach((line, at) => {
      if (!this.shownLine(line)) return;
      for (let point = line.from; point < line.to; point++) {
        if (Number.isNaN(values[point])) continue;
        const dx = this.left(times[point]) / WIDTH3 * box.width - x;
        const dy = this.top(values[point]) / HEIGHT * box.height - y;
        const away = dx * dx + dy * dy / 9;
        if (away < least) [best, least] = [[at, point], away];
      }
    });
    this.point(best);
  }
  point(at) {
    this.at = at;
    this.cursor.hidden = this.dot.hidden = at === null;
    this.list();
    if (!at) {
      setText(this.said, "");
      return;
    }
    const line = this.data.lines[at[0]];
    const [time, value2] = [this.data.times[at[1]], this.data.values[at[1]]];
    this.cursor.style.left = this.dot.style.left = `${this.left(time) / (WIDTH3 / 100)}%`;
    this.dot.style.top = `${this.top(value2)}%`;
    setAttr(this.dot, "class", `kws-plot-dot ${style(line)}`);
    const text = `${clock(time)}  ${visible(line.name)} ${exact(value2)}`;
    setText(this.said, text);
    setAttr(this.area, "aria-valuemax", String(line.to - line.from - 1));
    setAttr(this.area, "aria-valuenow", String(at[1] - line.from));
    setAttr(this.area, "aria-valuetext", text);
  }
  async go() {
    if (!this.at) return;
    const line = this.data.lines[this.at[0]];
    const [time, value2] = [this.data.times[this.at[1]], this.data.values[this.at[1]]];
    try {
      await this.owner.go(this.item.number, line.number, Math.round(time), value2);
    } catch (error) {
      this.owner.problem(error.message);
    }
  }
  key(event) {
    const { lines: lines2, values } = this.data;
    const shown2 = lines2.map((_, at) => at).filter((at) => this.shownLine(lines2[at]));
    if (event.ctrlKey || event.metaKey || event.altKey || !shown2.length) return;
    const place2 = this.at ?? [shown2[0], lines2[shown2[0]].to];
    const line = lines2[place2[0]];
    let to = null;
    const along = (from, step) => {
      let at = Math.max(line.from, Math.min(line.to - 1, from));
      while (at > line.from && at < line.to - 1 && Number.isNaN(values[at])) at += step;
      if (!Number.isNaN(values[at])) to = [place2[0], at];
    };
    if (event.key === "ArrowLeft") along(place2[1] - 1, -1);
    else if (event.key === "ArrowRight") along(place2[1] + 1, 1);
    else if (event.key === "Home") along(line.from, 1);
    else if (event.key === "End") along(line.to - 1, -1);
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const next = shown2[(shown2.indexOf(place2[0]) + (event.key === "ArrowDown" ? 1 : shown2.length - 1)) % shown2.length];
      const { from, to: end } = lines2[next];
      const time = this.at ? this.data.times[place2[1]] : Number.POSITIVE_INFINITY;
      let at = Math.max(from, before(this.data.times, time, from, end));
      while (at > from && Number.isNaN(values[at])) at -= 1;
      to = [next, at];
    } else if (event.key === "Enter" && this.at) void this.go();
    else if (event.key === "Escape" && this.at) this.point(null);
    else return;
    if (to) this.point(to);
    event.preventDefault();
    event.stopPropagation();
  }
};
var style = ({ number }) => `kws-c-${number % COLOURS2} kws-d-${number % DASHES}`;
var Plots = class {
  constructor(owner) {
    this.owner = owner;
    this.button = button(
      "Plot",
      { class: "kws-button kws-plotting", title: "Draw the numbers at a JSON path over time" },
      icon("plot"),
      "Plot"
    );
    this.form();
  }
  owner;
  element = h("div", { class: "kws-plots" });
  /** Opens the form. */
  button;
  plots = [];
  lists = [];
  known = "";
  drawn = [0, 0];
  dispose() {
    for (const one of [...this.plots, ...this.lists]) one.dispose();
  }
  /** What the widget remembers: those there are. */
  set(items) {
    const before2 = new Map(this.plots.map((plot) => [plot.item.number, plot]));
    this.plots = items.map((item2) => before2.get(item2.number) ?? new Plot(item2, this.owner));
    for (const plot of before2.values()) if (!this.plots.includes(plot)) plot.dispose();
    this.element.replaceChildren(...this.plots.map(({ element }) => element));
    for (const plot of this.plots) {
      plot.reach(...this.drawn);
      if (!before2.has(plot.item.number)) plot.hurry();
    }
  }
  tick({
    total,
    kept,
    sources,
    meanings
  }) {
    const now = JSON.stringify([total, kept, meanings, sources]);
    if (now === this.known) return;
    this.known = now;
    for (const plot of this.plots) plot.want();
  }
  /** The chart above draws from and to these times; 0, 0 when it is closed. */
  reach(low, high) {
    this.drawn = [low, high];
    for (const plot of this.plots) plot.reach(low, high);
  }
  /** Plots a path: what a menu or a tree offers. */
  add(path, by = "", where = "") {
    return this.owner.plot(path, by, where);
  }
  form() {
    const lists = this.lists;
    const field3 = (label2, placeholder, isPath = 1) => {
      const input = h("input", {
        class: "kws-input kws-plot-path",
        type: "text",
        spellcheck: "false",
        autocomplete: "off",
        placeholder,
        "aria-label": label2,
        ...SUPPRESS
      });
      const ask = (text) => this.owner.complete(text, isPath);
      lists.push(new Completion(input, ask, () => void 0, isPath === 1));
      return input;
    };
    const path = field3("Path of the number", "$.price");
    const by = field3("Path that tells lines apart", "$.symbol (optional)");
    const where = field3("Only messages that match this filter", "filter (optional)", 0);
    const error = h("div", { class: "kws-error", role: "alert" });
    const done = button("Draw it", { class: "kws-button kws-primary", title: "Draw it (Enter)" });
    const menu = h(
      "div",
      { class: "kws-choices kws-plot-form", role: "dialog", "aria-label": "Plot" },
      h("label", {}, "Number", path, lists[0].list),
      h("label", {}, "By", by, lists[1].list),
      h("label", {}, "Only", where, lists[2].list),
      error,
      done
    );
    const popup = new Popup(this.button, menu, () => setText(error, ""));
    this.button.addEventListener("click", () => menu.isConnected && path.focus({ preventScroll: true }));
    let warned = "";
    const submit = async () => {
      setText(error, "");
      for (const one of lists) one.close();
      const wanted = JSON.stringify([path.value, by.value]);
      for (const one of wanted === warned ? [] : [path, by]) {
        const doubt = one.value && await this.owner.advise(one.value).catch(() => "");
        if (!doubt) continue;
        warned = wanted;
        setText(error, `${visible(doubt)} ${again("Draw it")}`);
        one.focus();
        return;
      }
      try {
        await this.add(path.value, by.value, where.value);
        path.value = by.value = where.value = "";
        popup.open(false);
      } catch (failed2) {
        setText(error, failed2.message);
        path.focus();
      }
    };
    done.addEventListener("click", () => void submit());
    for (const [at, one] of [path, by, where].entries())
      one.addEventListener("keydown", (event) => {
        const list2 = lists[at];
        if ((list2.isOpen || event.ctrlKey) && list2.key(event)) return event.stopPropagation();
        if (event.key === "Enter") {
          event.preventDefault();
          void submit();
        }
        if (event.key !== "Escape") event.stopPropagation();
      });
    done.addEventListener("keydown", (event) => {
      if (event.key !== "Tab" || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      path.focus();
    });
  }
};

// src/notebook.ts
var VIEW = "application/vnd.jupyter.widget-view+json";
function insertCell(manager, id, source) {
  const model = manager?.context?.model;
  const insert = model?.sharedModel?.insertCell;
  if (!insert) return false;
  let place2 = 0;
  for (const { outputs } of model.cells ?? []) {
    place2 += 1;
    for (let at = 0; at < (outputs?.length ?? 0); at++) {
      const shown2 = outputs.get(at).data[VIEW];
      if (shown2?.model_id !== id) continue;
      insert.call(model.sharedModel, place2, { cell_type: "code", source, metadata: {} });
      return true;
    }
  }
  return false;
}

// src/rowmenu.ts
var FORMATS2 = [
  ["jsonl", "JSON Lines", "application/jsonl"],
  ["csv", "CSV", "text/csv"]
];
var plural = (number, what) => `${count(number)} ${what}${number === 1 ? "" : "s"}`;
var RowMenu = class {
  constructor(host, owner) {
    this.host = host;
    this.owner = owner;
  }
  host;
  owner;
  menu = null;
  open(place2) {
    this.close();
    const { owner } = this;
    const keys = owner.keys();
    const several = keys.length > 1;
    this.menu = new Menu(
      this.host,
      several ? `${count(keys.length)} rows` : `Row ${owner.name(place2.key)}`,
      several ? this.ofSeveral(keys) : this.ofOne(place2),
      () => owner.focus()
    );
    this.menu.open(place2.x, place2.y);
  }
  close() {
    this.menu?.close(false);
    this.menu = null;
  }
  ofOne(place2) {
    const { owner } = this;
    const { key, before: before2 } = place2;
    const row = owner.row(key);
    const data = row?.[3] === "text" || row?.[3] === "binary";
    const why = data ? owner.closed(key) : "only text and binary messages can be sent";
    const like = owner.like(key);
    like.catch(() => void 0);
    const filters = (without) => async () => (await like).filters.map((term2) => ({
      label: without ? `-${term2}` : term2,
      run: () => owner.filter(term2, without)
    }));
    const [other] = before2.filter((one) => one !== key);
    const note = owner.note(key);
    const zero = owner.zero(key);
    return [
      { label: "Copy", key: "c", run: () => owner.command("copy") },
      { label: "Copy as", more: () => owner.ways(key) },
      { label: "Edit in the composer", key: "e", why, run: () => owner.command("edit") },
      // What came from the server is not sent back by a slip.
      {
        label: row?.[2] ? "Resend" : "Edit and send back",
        key: "r",
        why,
        run: () => owner.command("resend")
      },
      null,
      { label: "Filter like this", more: filters(false) },
      { label: "Exclude this", more: filters(true) },
      null,
      other !== void 0 && before2.length === 1 ? { label: `Compare with ${owner.name(other)}`, run: () => owner.compare(other, key) } : { label: "Compare with selected", why: "select the other row first, then right-click this one" },
      {
        label: zero ? "Time as before" : "Time zero here",
        run: () => owner.setZero(zero ? null : key)
      },
      {
        label: "Go to its pair",
        why: "looking for it …",
        later: like.then(pairEntry(owner), failed("Go to its pair"))
      },
      null,
      {
        label: note === void 0 ? "Bookmark" : "Remove bookmark",
        key: "b",
        run: () => void this.mark([key], note === void 0)
      },
      { label: note ? "Edit note …" : "Note …", run: () => owner.editNote(place2) }
    ];
  }
  ofSeveral(keys) {
    const { owner } = this;
    const rows = keys.map((key) => owner.row(key));
    const unsent = rows.find((row) => row && row[3] !== "text" && row[3] !== "binary");
    const why = unsent ? `only text and binary messages can be sent, not “${unsent[3]}”` : keys.map((key) => owner.closed(key)).find(Boolean);
    const received = rows.filter((row) => !row?.[2]).length;
    const unmarked = keys.filter((key) => owner.note(key) === void 0);
    return [
      { label: "Copy as JSON Lines", run: () => void this.copy(keys) },
      {
        label: "Export selected",
        more: async () => FORMATS2.map(([format, label2, type]) => ({ label: label2, run: () => void this.save(keys, format, type) }))
      },
      {
        label: `Resend ${plural(keys.length, "message")}`,
        why,
        ask: `Send ${count(keys.length)}${received ? `, ${count(received)} of them received` : ""}?`,
        run: () => void this.resend(keys)
      },
      { label: "DataFrame in the notebook", run: () => void this.frame(keys) },
      null,
      {
        label: unmarked.length ? "Bookmark all" : "Remove bookmarks",
        key: "b",
        run: () => void this.mark(keys, unmarked.length > 0)
      }
    ];
  }
  /** Bookmarks rows, or none of them. */
  async mark(keys, on) {
    await this.tell("not bookmarked", async () => {
      await this.owner.bookmark(keys, on);
      return `${plural(keys.length, "bookmark")} ${on ? "set" : "removed"}`;
    });
  }
  async collect(keys, format) {
    const parts2 = [];
    let [first, rows, size2, layout] = [0, 0, 0, 0];
    while (first < keys.length) {
      const [answer, part] = await this.owner.lines(keys, format, first, layout);
      ({ next: first, layout } = answer);
      rows += answer.rows;
      if (!part) continue;
      size2 += part.byteLength;
      parts2.push(part);
    }
    return [parts2, rows, size2];
  }
  copy(keys) {
    return this.tell("not copied", async () => {
      const [parts2, rows] = await this.collect(keys, "jsonl");
      await copyText(await new Blob(parts2).text());
      return `${plural(rows, "row")} copied as JSON Lines`;
    });
  }
  save(keys, format, type) {
    return this.tell("not saved", async () => {
      const [parts2, rows, size2] = await this.collect(keys, format);
      download(new Blob(parts2, { type }), `selected.${format}`);
      return `${plural(rows, "row")} saved, ${bytes(size2)}${unless("panel.selected in a cell")}`;
    });
  }
  async resend(keys) {
    let sent = 0;
    try {
      for (const key of keys) {
        await this.owner.resend(key);
        sent += 1;
      }
      this.owner.say(`${plural(sent, "message")} sent again`);
    } catch (error) {
      this.owner.say(`${count(sent)} of ${count(keys.length)} sent, then: ${error.message}`);
    }
  }
  frame(keys) {
    return this.tell("no DataFrame", async () => {
      const code = await this.owner.frame(keys);
      if (this.owner.insert(code)) return "the code is in a new cell below: run it";
      await copyText(code);
      return "the code is copied: paste it into a cell";
    });
  }
  async tell(failed2, action) {
    try {
      this.owner.say(await action());
    } catch (error) {
      this.owner.say(`${failed2}: ${error.message}`);
    }
  }
};
var failed = (label2) => (error) => ({ label: label2, why: error.message });
var pairEntry = (owner) => ({ pair }) => pair ? {
  label: `Go to its ${pair.answer ? "response" : "request"} #${count(rowIndex(pair.key))}, ${millis(pair.took / 1e6)}`,
  run: () => owner.go(pair.key)
} : { label: "Go to its pair", why: "no message the other way has its id" };

// src/saved.ts
var SAVED = "only the table was saved, not live: run the cell again to go live";
async function alive(model, id) {
  try {
    return (await model.widget_manager?.get_model?.(id))?.comm_live;
  } catch {
    return void 0;
  }
}
function hiding(id) {
  const table = `.kws-saved-${id.replace(/[^\w-]/g, "")}`;
  return h(
    "style",
    {},
    `${table}, .jp-OutputArea-child:has(${table}), .output_area:has(${table}) { display: none !important }`
  );
}
function writeOutputs(manager, id, { html, text }) {
  for (const { outputs } of manager?.context?.model?.cells ?? [])
    for (let at = 0; at < (outputs?.length ?? 0); at++) {
      const output = outputs.get(at);
      const shown2 = output.data["text/html"];
      if (typeof shown2 === "string" && shown2 !== html && shown2.includes(`kws-saved-${id}"`))
        output.setData({ data: { ...output.data, "text/html": html, "text/plain": text } });
    }
}

// src/statistics.ts
var NOTHING = {
  rates: [],
  wire: [0, 0],
  latency: [],
  available: false
};
var StatisticsTab = class {
  constructor(ask) {
    this.ask = ask;
    const chart = svg(
      "svg",
      {
        viewBox: "0 0 120 40",
        preserveAspectRatio: "none",
        class: "kws-chart",
        role: "img",
        "aria-label": "Received messages a second, last two minutes"
      },
      this.area,
      this.line
    );
    this.element.append(
      this.whose,
      this.numbers,
      h("div", { class: "kws-heading" }, "Received a second, last two minutes ", this.together, this.top),
      chart,
      h("div", { class: "kws-heading" }, "Sizes of the messages received that the log keeps"),
      this.sizes
    );
  }
  ask;
  element = h("div", {
    class: "kws-page",
    role: "region",
    "aria-label": "Statistics",
    tabindex: 0,
    ...SUPPRESS
  });
  whose = h("p", { class: "kws-of", hidden: true });
  numbers = h("div", { class: "kws-tiles" });
  line = svg("path", { class: "kws-chart-line", d: "" });
  area = svg("path", { class: "kws-chart-area", d: "" });
  together = h("span", { hidden: true }, "(all sessions shown) ");
  top = h("span", { class: "kws-dim" });
  sizes = h("div", { class: "kws-sizes" });
  more = null;
  last = null;
  asked = Number.NEGATIVE_INFINITY;
  asking = false;
  tick(tick, history) {
    this.last = [tick, history];
    this.paint(tick, history);
    void this.renew();
  }
  /** The kernel is gone: what was a moment ago is no rate any more. */
  gone() {
    if (!this.last) return;
    const still = (one) => ({ ...one, stats: { ...one.stats, rate: 0 } });
    if (this.more) this.more = { ...still(this.more), rates: [], state: "closed" };
    this.last = [still(this.last[0]), []];
    this.paint(...this.last);
  }
  paint(tick, history) {
    const several = tick.sources.length > 1;
    this.whose.hidden = this.together.hidden = !several;
    if (several && !this.more) return;
    const { stats, kept, dropped, state } = several ? this.more : { ...tick, state: tick.session.state };
    setText(this.whose, several ? ofSession(this.more.name) : "");
    const { rates, wire, latency, available } = this.more ?? NOTHING;
    const minute = rates[1];
    const average = (size2, many) => many ? bytes(Math.round(size2 / many)) : "–";
    const facts = [
      [
        "Received",
        count(stats.received_messages),
        `${bytes(stats.received_bytes)}, ${average(stats.received_bytes, stats.received_messages)} each`
      ],
      [
        "Sent",
        count(stats.sent_messages),
        `${bytes(stats.sent_bytes)}, ${average(stats.sent_bytes, stats.sent_messages)} each`
      ],
      [
        "Rate",
        rate(stats.rate),
        rates[0] ? `${bytes(Math.round(rates[0][2]))}/s, last second` : "received, last second"
      ],
      ...minute ? [["Rate, last minute", rate(minute[1]), `${bytes(Math.round(minute[2]))}/s`]] : [],
      [
        "Round trip",
        stats.latency === null ? "–" : millis(stats.latency),
        latency.length ? `p50 ${millis(latency[0])}, p95 ${millis(latency[1])}, p99 ${millis(latency[2])}` : "last ping"
      ],
      ...available ? [["On the wire", `▼ ${bytes(wire[1])}`, `▲ ${bytes(wire[0])}, frames without TLS`]] : [],
      ["Rows", count(kept), dropped ? `${count(dropped)} dropped` : "none dropped"],
      [state === "closed" ? "Was open" : "Open for", stats.uptime ? span(stats.uptime) : "–", state]
    ];
    this.numbers.replaceChildren(
      ...facts.map(
        ([name, value2, note]) => h(
          "div",
          { class: "kws-tile" },
          h("span", { class: "kws-dim" }, name),
          h("b", {}, value2),
          h("span", { class: "kws-dim" }, note)
        )
      )
    );
    const top = Math.max(1, ...history);
    setText(this.top, `peak ${rate(Math.max(0, ...history))}`);
    const points = history.map((value2, at) => `${120 - history.length + at} ${(39 - value2 / top * 37).toFixed(1)}`);
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
        return [
          h("span", { class: "kws-dim" }, low === high ? bytes(low) : `${bytes(low)} – ${bytes(high)}`),
          h("span", {}, bar),
          h("span", {}, count(many))
        ];
      })
    );
  }
};

// src/statusline.ts
var SAMPLES = 40;
function closedText(session, stats) {
  const close = session.close;
  if (!close) return session.error || "closed";
  const by = close.by ? ` by ${close.by}` : "";
  const reason = close.reason ? ` “${close.reason}”` : "";
  const after = stats.uptime > 0 ? ` after ${span(stats.uptime)}` : "";
  return `closed ${close.code} ${close.meaning.replace(/^closed /, "")}${reason}${by}${after}`;
}
var StatusLine = class {
  constructor(owner, picker) {
    this.owner = owner;
    this.lock = button("Certificate", { class: "kws-button kws-lock" }, this.lockIcon, this.lockText);
    this.lock.addEventListener("click", () => owner.certificate());
    this.bars = svg("path", { d: "" });
    const spark = svg(
      "svg",
      { class: "kws-spark", viewBox: `0 0 ${SAMPLES * 2} 16`, preserveAspectRatio: "none", "aria-hidden": "true" },
      this.bars
    );
    this.closeButton = button(
      "Disconnect",
      { class: "kws-button kws-close", title: "Close the connection, with a code and a reason; the panel stays" },
      icon("plug"),
      "Disconnect"
    );
    this.popup = this.makeForm();
    this.element = h(
      "div",
      { class: "kws-status" },
      h(
        "div",
        { class: "kws-identity" },
        h("span", { class: "kws-pill" }, this.dot, this.state),
        this.url,
        picker,
        this.lock
      ),
      this.waiting,
      h(
        "div",
        { class: "kws-line" },
        h(
          "div",
          { class: "kws-traffic" },
          this.latency,
          this.keepalive,
          this.recording,
          this.sent,
          this.received,
          h("span", { class: "kws-metric kws-speed" }, spark, this.speed)
        ),
        this.closeButton
      )
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
  latency = metric("kws-latency", "");
  keepalive = metric(
    "kws-keepalive",
    "Pings are sent this often; they can hide an idle timeout of the server"
  );
  recording = metric("kws-recording", "");
  sent = metric("kws-out", "Sent");
  received = metric("kws-in", "Received");
  speed = metric("kws-rate", "Received messages a second");
  bars;
  waiting = h("span", { class: "kws-waiting", role: "status" });
  closeButton;
  popup;
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
    this.end("no kernel");
  }
  /** What is shown was saved with the notebook. */
  saved() {
    this.end("saved, not live");
    this.lock.hidden = true;
    for (const one of [this.speed, this.latency, this.waiting]) setText(one, "");
  }
  end(state) {
    setAttr(this.element, "data-state", "closed");
    setText(this.state, state);
    this.closeButton.hidden = true;
    this.popup.open(false, false);
    for (const metric2 of [this.latency, this.keepalive, this.recording, this.speed]) setText(metric2, "");
    this.latest = 0;
  }
  tick({ session, stats }) {
    setAttr(this.element, "data-state", session.state);
    setText(this.state, session.state);
    paintUrl(this.url, session.url);
    const { level, label: label2, title } = session.security;
    const bare = session.state === "log" || session.state === "merged";
    const rowsOnly = ["log", "capture"].includes(session.state) || session.state === "merged" && !session.can.includes("stats");
    this.lock.hidden = bare || !session.can.includes("certificate");
    setAttr(this.lock, "data-level", level);
    setAttr(this.lock, "title", title);
    setText(this.lockText, label2);
    setAttr(this.lock, "aria-label", `Certificate: ${label2}`);
    setAttr(this.lockIcon, "class", level === "none" ? "kws-icon kws-open-lock" : "kws-icon");
    setText(this.latency, stats.latency === null ? "" : `⇅ ${millis(stats.latency)}`);
    const pings = session.keepalive ? `; a ping is sent every ${session.keepalive} s` : "";
    setAttr(this.latency, "title", `Round trip of the last ping${pings}`);
    setText(
      this.keepalive,
      session.keepalive ? `keepalive ${session.keepalive} s` : bare || !session.can.includes("send") ? "" : "no keepalive"
    );
    const recording = session.recording;
    setText(this.recording, recording ? `● ${recording.label}` : "");
    setAttr(this.recording, "title", recording?.title ?? "");
    setAttr(this.recording, "data-failing", String(recording?.failing ?? 0));
    const [rows, size2] = [count(stats.received_messages), bytes(stats.received_bytes)];
    setText(this.sent, rowsOnly ? "" : `▲ ${count(stats.sent_messages)} · ${bytes(stats.sent_bytes)}`);
    setText(
      this.received,
      rowsOnly ? `${rows} ${stats.received_messages === 1 ? "row" : "rows"} · ${size2}` : `▼ ${rows} · ${size2}`
    );
    setText(this.speed, session.state === "capture" ? "" : rate(stats.rate));
    this.latest = stats.rate;
    this.closeButton.hidden = bare || session.state === "closed" || !session.can.includes("close");
    this.closeButton.disabled = session.state === "closing";
    if (this.closeButton.hidden) this.popup.open(false, false);
  }
  /** The rates of the last seconds, newest last: the statistics tab draws them too. */
  get history() {
    return this.samples;
  }
  sample() {
    this.samples.push(this.latest);
    if (this.samples.length > 120) this.samples.shift();
    const shown2 = this.samples.slice(-SAMPLES);
    const top = Math.max(1, ...shown2);
    const offset = SAMPLES - shown2.length;
    const path = shown2.map(
      (value2, at) => value2 > 0 ? `M${(offset + at) * 2} 16v${-Math.max(1, value2 / top * 15).toFixed(1)}h1.4V16z` : ""
    ).join("");
    setAttr(this.bars, "d", path);
  }
  makeForm() {
    const id = `kws-codes-${Math.random().toString(36).slice(2, 8)}`;
    const code = h("input", {
      class: "kws-input kws-code",
      type: "number",
      min: 1e3,
      max: 4999,
      value: 1e3,
      list: id,
      "aria-label": "Close code",
      ...SUPPRESS
    });
    const meaning = h("span", { class: "kws-dim" }, "normal closure");
    const reason = h("input", {
      class: "kws-input kws-reason",
      type: "text",
      maxlength: 123,
      placeholder: "reason (optional)",
      "aria-label": "Close reason",
      ...SUPPRESS
    });
    const error = h("div", { class: "kws-error", role: "alert" });
    const submit = button("Close connection", { class: "kws-button kws-danger", title: "Close it (Enter)" });
    const codes = h(
      "datalist",
      { id },
      ...CLOSE_CODES.map(([value2, label2]) => h("option", { value: value2, label: `${value2} ${label2}` }))
    );
    const form = h(
      "div",
      { class: "kws-menu", role: "dialog", "aria-label": "Close the connection" },
      codes,
      h("label", {}, "Code", code, meaning),
      h("label", {}, "Reason", reason),
      error,
      submit
    );
    code.addEventListener("input", () => {
      const value2 = Number(code.value);
      const listed = value2 >= 3e3 && value2 < 5e3 ? value2 - value2 % 1e3 : value2;
      setText(meaning, CLOSE_CODES.find(([one]) => one === listed)?.[1] ?? "not a code one may send");
    });
    const close = () => {
      const size2 = new TextEncoder().encode(reason.value).length;
      if (size2 > 123) {
        setText(error, `the reason has ${size2} bytes; a close frame holds 123 (RFC 6455 section 5.5)`);
        return;
      }
      submit.disabled = true;
      void this.owner.close(Number(code.value), reason.value).then((problem) => {
        submit.disabled = false;
        setText(error, problem);
        if (!problem) popup.open(false, false);
      });
    };
    submit.addEventListener("click", close);
    form.addEventListener("keydown", (event) => {
      if (enters(event)) close();
    });
    const popup = new Popup(this.closeButton, form, void 0, { first: reason });
    return popup;
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
  else
    element.replaceChildren(
      h("span", { class: "kws-dim" }, match[1]),
      h("span", { class: "kws-host" }, match[2]),
      h("span", { class: "kws-dim" }, match[3])
    );
}

// src/store/pages.ts
var MAX_PAGES = 40;
var Pages = class {
  gen = -1;
  /** Version of what the rows' cells and rules mean. */
  layout = 0;
  /** Position of the first row of the view, and one past its last. */
  first = 0;
  stop = 0;
  pages = /* @__PURE__ */ new Map();
  /** Takes a tick; true when the old rows mean nothing any more. */
  tick(tick, tail) {
    const fresh = tick.gen !== this.gen;
    if (fresh || tick.layout !== this.layout) this.pages.clear();
    this.gen = tick.gen;
    this.layout = tick.layout;
    this.first = tick.first;
    this.stop = tick.first + tick.n;
    this.put(this.stop - tail.length, tail);
    return fresh;
  }
  put(first, rows) {
    rows.forEach((row, offset) => {
      const position = first + offset;
      this.page(Math.floor(position / PAGE_ROWS), true)[position % PAGE_ROWS] = row;
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
      page = new Array(PAGE_ROWS);
      this.pages.set(key, page);
    }
    return page;
  }
  /** The row at a position; null when the kernel dropped it, undefined when it is not here yet. */
  get(position) {
    return this.page(Math.floor(position / PAGE_ROWS), false)?.[position % PAGE_ROWS];
  }
  /** The pages between two positions that have a hole there. */
  missing(first, stop) {
    const found = /* @__PURE__ */ new Set();
    for (let position = Math.max(first, this.first); position < Math.min(stop, this.stop); position++) {
      if (this.get(position) === void 0) found.add(Math.floor(position / PAGE_ROWS));
    }
    return [...found];
  }
  /** Whether any of these rows is here. */
  any(first, stop) {
    for (let position = first; position < stop; position++) if (this.get(position) !== void 0) return true;
    return false;
  }
  /** Where a row is shown, if it is in the cache. */
  find(id) {
    for (const [key, page] of this.pages) {
      const offset = page.findIndex((row) => row?.[0] === id);
      if (offset >= 0) return key * PAGE_ROWS + offset;
    }
    return void 0;
  }
};

// src/tabs.ts
var serial3 = 0;
var Tabs = class {
  constructor(names, shown2) {
    this.shown = shown2;
    const id = `kws-tabs-${++serial3}-${Math.random().toString(36).slice(2, 7)}`;
    this.pane = h("div", { class: "kws-pane", role: "tabpanel", id, hidden: true });
    this.strip = h("div", { class: "kws-tabs", role: "tablist", "aria-label": "Details" });
    names.forEach((name, at) => {
      const one = button(name, {
        class: "kws-button kws-tab",
        role: "tab",
        id: `${id}-${at}`,
        "aria-selected": "false",
        "aria-controls": id,
        tabindex: at ? -1 : 0,
        title: ""
      });
      one.addEventListener("click", () => this.open(name === this.chosen ? null : name));
      this.strip.append(one);
      this.all.set(name, one);
    });
    this.strip.addEventListener("keydown", (event) => this.key(event));
  }
  shown;
  strip;
  pane;
  all = /* @__PURE__ */ new Map();
  chosen = null;
  /** Greys a tab out, or not any more. */
  enable(name, on) {
    const one = this.all.get(name);
    if (one.disabled === !on) return;
    one.disabled = !on;
    if (!on && this.chosen === name) this.open(null);
  }
  get current() {
    return this.chosen;
  }
  /** Opens a tab, or closes the pane. */
  open(name) {
    this.chosen = name;
    for (const [each, one] of this.all) {
      setAttr(one, "aria-selected", String(each === name));
      if (name !== null) setAttr(one, "tabindex", each === name ? "0" : "-1");
    }
    this.pane.hidden = name === null;
    if (name !== null) setAttr(this.pane, "aria-labelledby", this.all.get(name).id);
    this.shown(name);
  }
  key(event) {
    const all = [...this.all.values()].filter((one2) => !one2.disabled);
    const at = all.indexOf(focused(this.strip));
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === void 0) return;
    event.preventDefault();
    event.stopPropagation();
    for (const one2 of all) setAttr(one2, "tabindex", "-1");
    const one = all[(next + all.length) % all.length];
    setAttr(one, "tabindex", "0");
    one.focus();
  }
};

// src/view.ts
var decoder = new TextDecoder();
var encoder2 = new TextEncoder();
var TABS = ["Message", "Handshake", "Certificate", "Statistics"];
var TIMES_TRAIT = "_times";
var DETAILS_TRAIT = "_details";
var SCHEDULED_TRAIT = "_scheduled";
var TABLE_TRAIT = "_arrangement";
var CHART_TRAIT = "_chart";
var PLOTTED_TRAIT = "_plotted";
var SNAPSHOT_TRAIT = "_snapshot";
var shown = ({ sources }) => JSON.stringify(sources.map(({ number, name }) => [number, name]));
var View = class {
  constructor(model) {
    this.model = model;
    this.freezeButton = button(
      "Freeze",
      { class: "kws-button kws-toggle", "aria-pressed": "false", title: "Stop the view; the capture goes on" },
      icon("freeze"),
      "Freeze"
    );
    this.followButton = button(
      "Follow",
      { class: "kws-button kws-toggle", "aria-pressed": "true", title: "Keep the newest message in sight (End)" },
      icon("follow"),
      "Follow"
    );
    this.chartButton = button(
      "Chart",
      { class: "kws-button kws-toggle", "aria-pressed": "false", title: "Messages and bytes over time (g)" },
      icon("chart"),
      "Chart"
    );
    this.overview = new Overview({
      overview: async () => {
        const [answer, [counts, sizes]] = await this.link.request("overview", {});
        return [answer, counts, sizes];
      },
      brush: async (low, high) => {
        await this.link.request("brush", { low, high });
      },
      drawn: (low, high) => this.plots.reach(low, high),
      problem: (text) => this.say(text, true)
    });
    this.plots = new Plots({
      points: async (plot) => {
        const [answer, [times, values]] = await this.link.request("points", { plot });
        return [answer, times, values];
      },
      complete: (text, path) => this.complete(text, path),
      advise: (path) => this.advise(path, 1),
      plot: async (path, by, where) => {
        await this.link.request("plot", { path, by, where });
      },
      unplot: async (plot) => {
        await this.link.request("unplot", { plot });
      },
      go: async (plot, series, time, value2) => {
        const [{ key }] = await this.link.request("nearest", { plot, series, time, value: value2 });
        if (key !== null) await this.go(key);
      },
      problem: (text) => this.say(text, true)
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
      this.toast.hidden = true;
      void this.link.request("clear", {}).catch((error) => this.say(error.message, true));
    });
    const saving = new ExportMenu({
      shown: () => ({
        gen: this.pages.gen,
        first: this.pages.first,
        stop: this.pages.stop,
        name: this.last?.session.name ?? "",
        state: this.last?.session.state ?? "log",
        notes: this.marks.size ? 1 : 0
      }),
      part: async (ask) => {
        const [answer, buffers] = await this.link.request("export", ask);
        return [answer, buffers[0]];
      }
    });
    this.picker = new Picker({
      sessions: async () => (await this.link.request("sessions", {}))[0].sessions,
      show: async (names) => {
        await this.link.request("show", { names });
      }
    });
    this.status = new StatusLine(
      { close: (code, reason) => this.close(code, reason), certificate: () => this.tabs.open("Certificate") },
      this.picker.element
    );
    this.filter = new FilterBar(
      {
        filter: (text) => this.link.request("filter", { text }).then(() => void 0),
        fold: (on) => void this.link.request("fold", { on: on ? 1 : 0 }).catch((error) => this.say(error.message, true)),
        complete: (text) => this.complete(text, 0),
        advise: (text) => this.advise(text, 0),
        judged: () => this.last && this.grid.hint(this.hint(this.last)),
        find: (text) => this.link.request("find", { text }).then(() => void 0),
        seek: async (at, way) => (await this.link.request("seek", { at, way }))[0],
        here: (way) => this.grid.here(way),
        go: (key, at) => {
          this.grid.point([key], at);
          this.link.notify({ k: "select", keys: [key] });
          this.details([key], key);
        },
        leave: () => this.grid.focus(),
        enter: () => this.grid.enter()
      },
      saving.element,
      this.chartButton,
      this.plots.button,
      this.freezeButton,
      this.followButton,
      clear
    );
    this.grid = new Grid(this.pages, {
      fetch: (page, pages) => void this.fetch(page, pages),
      select: (keys, active) => {
        this.link.notify({ k: "select", keys });
        this.details(keys, active);
      },
      command: (name) => this.command(name),
      menu: (place2) => {
        if (this.still || !this.last) return false;
        this.menu.open(place2);
        return true;
      },
      followed: (on) => {
        setAttr(this.followButton, "aria-pressed", String(on));
        this.link.notify({ k: "follow", on: on ? 1 : 0 });
      }
    });
    this.grid.columns.complete = (text) => this.complete(text, 1);
    this.grid.columns.advise = (path) => this.advise(path, 1);
    this.grid.columns.ask = async (columns) => {
      await this.link.request("columns", {
        paths: columns.map(([path]) => path),
        titles: columns.map(([, title]) => title),
        widths: columns.map(([, , width]) => width)
      });
    };
    this.highlights = new Highlights({
      set: async (rules) => {
        await this.link.request("highlights", {
          filters: rules.map(([text]) => text),
          colours: rules.map(([, colour]) => colour),
          on: rules.map(([, , on]) => on)
        });
      },
      filter: () => this.filter.text,
      use: (text) => this.filter.use(text)
    });
    this.filter.beside(this.highlights.element);
    this.grid.rule = (number) => this.highlights.rule(number);
    this.composer = new Composer({
      send: (payload, of) => this.send(payload, of),
      fill: async (mode, text) => (await this.link.request("fill", { mode, text }))[0],
      schedule: (payload, of, every, count2) => this.schedule(payload, of, every, count2),
      unschedule: async (of) => void await this.link.request("unschedule", { of }),
      schedules: () => this.schedules(),
      library: async (kind, more = {}) => {
        const browser = more.browser && [encoder2.encode(JSON.stringify(more.browser)).buffer];
        const { old = [], new: wanted = [], at = -1, path = "" } = more;
        const [answer, buffers] = await this.link.request(kind, { old, new: wanted, at, path }, browser);
        return [answer, JSON.parse(decoder.decode(buffers[0]))];
      },
      leave: () => this.grid.focus()
    });
    const detail = async (key, offset) => {
      const [answer, buffers] = await this.link.request("detail", { key, offset });
      return [answer, buffers[0] ?? new DataView(new ArrayBuffer(0))];
    };
    this.message = new MessageTab({
      detail,
      level: async (key, at, inside2) => {
        const [answer, buffers] = await this.link.request("level", { key, at, inside: inside2 });
        return [answer, JSON.parse(decoder.decode(buffers[0]))];
      },
      decode: async (of, name) => {
        await this.link.request("decode", { of, decoder: name });
      },
      heartbeat: async (of, on) => {
        await this.link.request("heartbeat", { of, on: on ? 1 : 0 });
      },
      resend: async (key, of) => (await this.link.request("resend", { of, key }))[0].index,
      draft: async (key, of) => (await this.link.request("draft", { of, key }))[0].text,
      edit: (text, mode, of, said2) => this.composer.fill(text, mode, of, said2),
      go: (key) => void this.go(key),
      column: (path) => void this.grid.columns.add(path).then(
        () => this.announcer.say("Column added"),
        (error) => this.say(error.message, true)
      ),
      note: (key) => this.marks.get(key),
      plot: (path) => void this.plots.add(path).catch((error) => this.say(error.message, true)),
      several: () => this.several,
      filter: (term2) => this.filter.add(term2),
      found: async (key, low, high) => this.filter.any ? (await this.link.request("found", { key, low, high }))[0].texts : []
    });
    this.marks = new Marks(
      async () => {
        const [answer, buffers] = await this.link.request("marks", {});
        if (!answer.undo && !this.undoLine.element.hidden) this.cleared = [];
        this.undoLine.show(answer.undo);
        return JSON.parse(decoder.decode(buffers[0]));
      },
      () => {
        this.message.marked();
        this.grid.schedule();
      }
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
      "?"
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
        failed: (why) => this.say(why, true)
      },
      table,
      this.tabs.pane,
      drawer
    );
    tabline.append(h("span", { class: "kws-row-of" }, this.layout.toggle, help));
    const charts = h("div", { class: "kws-charts" }, this.overview.element, this.plots.element);
    this.element = h(
      "section",
      { class: "kws", "aria-label": "WebSocket panel", tabindex: -1, ...SUPPRESS },
      this.status.element,
      this.banner,
      this.filter.element,
      this.undoLine.element,
      // not above: Clear would move under the pointer
      charts,
      this.layout.element,
      this.composer.element,
      this.keys.element,
      this.announcer.element
    );
    this.menu = this.rowMenu();
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.focus = new Focus(this.element, [
      this.status.element,
      this.banner,
      this.undoLine.element,
      this.filter.element,
      this.grid.element.firstElementChild,
      charts,
      drawer,
      this.composer.element
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
        this.tick(tick, buffer ? JSON.parse(decoder.decode(buffer)) : []);
      },
      waiting: (count2) => this.status.wait(count2),
      unanswered: () => this.still || this.halt(this.live === void 0),
      saved: (table2) => writeOutputs(model.widget_manager, this.snapshot?.id ?? "", table2),
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
      }
    });
  }
  model;
  element;
  link;
  grid;
  /** Ticks so far: read by the browser tests. */
  ticks = 0;
  pages = new Pages();
  status;
  picker;
  filter;
  highlights;
  composer;
  message;
  difference;
  keys = new KeyList();
  announcer = new Announcer(() => this.element.contains(focused(this.element)));
  statistics = new StatisticsTab(
    async () => (await this.link.request("statistics", { of: this.whose }))[0]
  );
  latencies = new Latencies(
    this.statistics.element,
    async () => (await this.link.request("pairs", { of: this.whose }))[0]
  );
  banner = h("div", { class: "kws-banner", hidden: true });
  bannerText = h("span");
  again = button("Reconnect", {
    title: "Connect again with the same settings; the log goes on",
    hidden: true
  });
  /** The rows that were chosen when Clear was pressed. */
  cleared = [];
  undoLine = new UndoLine(() => void this.undo());
  toast = h("div", { class: "kws-toast", hidden: true });
  toasting = 0;
  marks;
  menu;
  freezeButton;
  followButton;
  chartButton;
  /** Read by the browser tests. */
  overview;
  /** `add` plots a path, whoever offers that. */
  plots;
  tabs;
  layout;
  focus;
  searching = false;
  obeyed = [0, 0];
  last = null;
  /** Hides the table of a saved notebook while this view is in the page. */
  hidden = null;
  /** Whether only what was saved is shown. */
  still = false;
  /** Whether the widget has a line to a kernel, where the front end tells. */
  live;
  dispose() {
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
  remembered = () => {
    const mode = this.model.get(TIMES_TRAIT);
    if (TIMES.includes(mode)) this.grid.times.set(mode);
    const details = this.model.get(DETAILS_TRAIT);
    if (DETAILS.includes(details)) this.layout.set(details);
  };
  remember(trait, value2) {
    this.model.set(trait, value2);
    this.model.save_changes();
  }
  /** The panel's own columns and highlights, likewise; heads change with the rows that belong to them. */
  arranged = () => {
    const { layout, columns, highlights, problems } = this.model.get(TABLE_TRAIT) ?? {};
    if (this.last && this.last.layout < (layout ?? 0)) return;
    this.highlights.show(highlights ?? [], problems ?? []);
    this.grid.columns.show(layout ?? 0, columns ?? []);
  };
  /** The chart and the plots, as the widget remembers them; none where no kernel speaks. */
  charted = () => {
    const live = this.ticks > 0 && !this.still;
    const on = this.model.get(CHART_TRAIT) === true;
    setAttr(this.chartButton, "aria-pressed", String(on));
    this.overview.show(on && live);
    const items = this.model.get(PLOTTED_TRAIT);
    this.plots.set(live && Array.isArray(items) ? items : []);
  };
  /** What was saved with the notebook; null before the panel was displayed. */
  get snapshot() {
    const snapshot = this.model.get(SNAPSHOT_TRAIT);
    return snapshot?.tick ? snapshot : null;
  }
  hide = () => {
    const id = this.snapshot?.id;
    if (!id || this.hidden) return;
    this.hidden = hiding(id);
    this.element.append(this.hidden);
  };
  /** Paints what was saved until the kernel speaks; without one, says that it is not live. */
  offline() {
    const { snapshot } = this;
    if (!snapshot) return;
    this.tick(snapshot.tick, snapshot.rows, true);
    void alive(this.model, snapshot.id).then((live) => {
      this.live = live;
      if (live === false && !this.ticks && this.halt(true)) this.link.end(SAVED);
    });
  }
  /** Shows that what is here was saved and is not live; false when there is nothing. */
  halt(sure) {
    const { snapshot } = this;
    if (!snapshot || !sure) return false;
    const { tick, rows, time } = snapshot;
    this.still = true;
    this.status.saved();
    this.composer.gone("Saved, not live: there is nobody to send to");
    this.controls(false);
    for (const tab of ["Handshake", "Certificate", "Statistics"]) this.tabs.enable(tab, false);
    this.again.hidden = true;
    const part = rows.length < tick.n ? `, the last ${count(rows.length)} of ${count(tick.n)} rows` : "";
    const ended = tick.session.state === "closed" ? ` It ended: ${closedText(tick.session, tick.stats)}` : "";
    this.say(`Saved ${fullTime(time)}${part}, not live: run the cell again to go live.${ended}`);
    return true;
  }
  /** The kernel spoke after all. */
  revive() {
    if (!this.still) return;
    this.still = false;
    this.controls(true);
    this.charted();
    this.tabs.enable("Statistics", true);
    this.say("");
  }
  /** Switches what asks the kernel on or off. */
  controls(on) {
    for (const one of [...this.filter.element.querySelectorAll("input, button"), this.picker.element])
      one.disabled = !on;
    this.grid.columns.enable(on);
    this.message.serve(on);
  }
  tick(tick, rows, saved = false) {
    const before2 = this.last?.session.state;
    const known = this.last?.meanings;
    const arranged = this.last?.layout === tick.layout;
    if (this.last && shown(this.last) !== shown(tick)) {
      this.forget();
    }
    this.last = tick;
    const fresh = this.pages.tick(
      saved ? { ...tick, first: tick.first + tick.n - rows.length, n: rows.length } : tick,
      rows
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
    if (known !== void 0 && known !== tick.meanings) void this.message.reload();
    this.grid.ticked(fresh, this.hint(tick), Boolean(tick.filter));
    const searched = this.searching && !tick.busy;
    this.searching = tick.busy;
    if ((fresh || searched) && !saved) void this.keepInSight();
    if (fresh && !saved) void this.message.mark();
    const { state, error, close } = tick.session;
    if (state === "closed") {
      if (before2 !== "closed" || !this.banner.dataset.kept)
        this.say(closedText(tick.session, tick.stats), Boolean(error) && close?.code !== 1e3);
    } else if (state === "connecting" && error) this.say(`connecting again: ${error}`, true);
    else if (before2 !== void 0 && before2 !== state) this.say("");
    this.again.hidden = state !== "closed" || !tick.session.can.includes("reconnect");
    this.tabs.enable("Handshake", tick.session.can.includes("handshake"));
    this.tabs.enable("Certificate", tick.session.can.includes("certificate"));
  }
  /** Does what Python asked, once for each new number. */
  obey({ follow, select }) {
    if (follow[0] !== this.obeyed[0]) this.grid.follow(follow[1]);
    if (select[0] !== this.obeyed[1]) {
      const [, keys, at] = select;
      if (keys.length) {
        this.grid.point(keys, at);
        this.details(keys, keys[0]);
      } else this.forget();
    }
    this.obeyed = [follow[0], select[0]];
  }
  /** Nothing is chosen any more. */
  forget() {
    this.grid.point([], null);
    this.message.clear();
    this.difference.clear();
    if (this.tabs.current === "Message") this.show("Message");
  }
  /** Shows one message, or what two differ in. */
  details(keys, active) {
    const [first, second, third] = keys;
    const two2 = second !== void 0 && third === void 0;
    if (two2) void this.difference.show(first, second);
    else {
      this.difference.clear();
      void this.message.show(this.grid.selection.has(active) ? active : first);
    }
    if (second !== void 0) this.announcer.say(`${keys.length} rows selected`);
    this.tabs.open("Message");
  }
  get several() {
    return (this.last?.sources.length ?? 0) > 1;
  }
  /** Name of the session that tabs and buttons are about: the selected message's, else the one to send to, else the first. */
  get whose() {
    const sources = this.last?.sources ?? [];
    const selected = sources.find(({ number }) => number === rowSource(this.message.key));
    return selected?.name ?? this.composer.to ?? sources[0]?.name ?? "";
  }
  /** After another filter, Clear or Undo, the chosen row, else the first on screen, is still in sight; where it is hidden, what came next. */
  async keepInSight() {
    const key = this.grid.kept;
    if (key === null) return;
    try {
      const [{ gen, at, near }] = await this.link.request("locate", { key });
      if (gen !== this.pages.gen) return;
      if (at !== null) this.grid.keep(at, true);
      else if (near !== null && !this.searching) this.grid.keep(near, false);
    } catch (error) {
      this.say(error.message, true);
    }
  }
  async go(key) {
    try {
      const [{ gen, at }] = await this.link.request("locate", { key });
      this.grid.point([key], gen === this.pages.gen ? at : null);
      this.link.notify({ k: "select", keys: [key] });
      this.details([key], key);
    } catch (error) {
      this.say(error.message, true);
    }
  }
  /** Keys wherever the focus is in the panel, but for fields, menus and dialogs: letters are the table's, and from the panel itself its arrows too. None is the page's. */
  key(event) {
    const target = event.target;
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
  escape() {
    if (this.tabs.current !== null) {
      this.tabs.open(null);
      this.grid.focus();
    } else if (!this.focus.escape()) this.announcer.say("Escape once more leaves the panel");
  }
  /** Does what a key of the table stands for. */
  command(name) {
    const { keys, active } = this.grid.selection;
    if (name === "escape") this.escape();
    else if (name === "times") this.grid.times.next();
    else if (name === "search") this.filter.focus();
    else if (name === "follow") this.followButton.click();
    else if (name === "chart") this.chartButton.click();
    else if (name === "keys") this.keys.open();
    else if (name === "nextMark" || name === "previousMark") this.nextMark(name === "nextMark" ? 1 : -1);
    else if (!keys.length)
      this.tabs.open("Message");
    else if (name === "open") this.details(keys, active);
    else if (name === "bookmark")
      void this.menu.mark(
        keys,
        keys.some((key) => this.marks.get(key) === void 0)
      );
    else if (name === "copy" && keys.length === 2) this.difference.copy();
    else void this.act(name);
  }
  /** Does it to the row the keyboard is on, shown by itself: it says there how it went. */
  async act(name) {
    const { selection } = this.grid;
    const key = selection.has(selection.active) ? selection.active : selection.keys[0];
    if (selection.size > 1) await this.go(key);
    this.tabs.open("Message");
    await this.message.show(key);
    if (this.message.shown === key) await this.message[name === "resend" ? "again" : name]();
  }
  // ---- the menu of rows, bookmarks, and undoing Clear
  rowMenu() {
    const name = (key) => `#${count(rowIndex(key))}`;
    const source = (key) => this.last?.sources.find(({ number }) => number === rowSource(key));
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
      ways: async (key) => (await this.message.copies(key)).map(([label2, run]) => ({ label: label2, run })),
      like: async (key) => (await this.link.request("like", { key }))[0],
      filter: (term2, without) => this.filter.add(term2, without),
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
      editNote: (place2) => this.editNote(place2, name(place2.key)),
      lines: async (keys, format, first, layout) => {
        const [answer, buffers] = await this.link.request("lines", {
          keys,
          format,
          first,
          notes: this.marks.size ? 1 : 0,
          layout
        });
        return [answer, buffers[0]];
      },
      resend: async (key) => this.link.request("resend", { of: source(key)?.name ?? "", key }),
      frame: async (keys) => (await this.link.request("frame", { keys }))[0].code,
      insert: (code) => insertCell(this.model.widget_manager, this.snapshot?.id ?? "", code),
      say: (text) => this.tell(text),
      focus: () => this.grid.focus()
    });
  }
  editNote(place2, name) {
    const save = async (note) => {
      try {
        await this.link.request("bookmark", { keys: [place2.key], on: 1, note });
      } catch (error) {
        this.tell(`not noted: ${error.message}`);
      }
    };
    const before2 = this.marks.get(place2.key) ?? "";
    editNote(
      this.element,
      place2,
      name,
      before2,
      (note) => void save(note),
      () => this.grid.focus()
    );
  }
  nextMark(way) {
    const { keys, active } = this.grid.selection;
    const from = this.grid.selection.has(active) ? active : keys[0] ?? -1;
    const key = this.marks.next(from, this.grid.row(from)?.[1] ?? 0, way);
    if (key === void 0) this.tell("Nothing is bookmarked: b bookmarks the selected row");
    else void this.go(key);
  }
  async undo() {
    const chosen = this.cleared;
    try {
      const [{ rows }] = await this.link.request("undo", {});
      this.grid.focus();
      this.undoLine.show(0);
      if (rows) this.chooseAgain(chosen);
      this.tell(
        rows ? `${count(rows)} ${rows === 1 ? "row is" : "rows are"} back` : "their memory was needed: nothing is left to bring back"
      );
    } catch (error) {
      this.say(error.message, true);
    }
  }
  /** Undo brings back what was chosen, too, unless another row is by now. */
  chooseAgain(keys) {
    if (!keys.length || this.grid.selection.size) return;
    this.grid.point(keys, null);
    this.grid.selection.active = -1;
    this.link.notify({ k: "select", keys });
    if (this.tabs.current === "Message") this.details(keys, keys[0]);
  }
  /** Says for a moment, over the table, how something went. */
  tell(text) {
    this.announcer.say(text);
    setText(this.toast, text);
    this.toast.hidden = false;
    window.clearTimeout(this.toasting);
    this.toasting = window.setTimeout(() => {
      this.toast.hidden = true;
    }, 5e3);
  }
  hint({ filter, busy, session, stats, n }) {
    if (n > 3 || n > 0 && (filter || session.state !== "open" || stats.sent_messages + stats.received_messages > 0))
      return "";
    if (filter) return this.filter.wrong ? "" : busy ? "Searching…" : "No row matches this filter.";
    if (session.state === "open") return "Connected. No messages yet: type one below, or send one from a cell.";
    if (session.state === "connecting") return "Connecting…";
    return "No messages.";
  }
  async complete(text, path) {
    return (await this.link.request("complete", { text, path }))[0];
  }
  /** What is known against a filter or a path that finds nothing. */
  async advise(text, path) {
    return (await this.link.request("advise", { text, path }))[0].text;
  }
  say(text, bad = false) {
    if (this.bannerText.textContent !== text) this.announcer.say(text);
    setText(this.bannerText, text);
    delete this.banner.dataset.kept;
    this.banner.hidden = !text;
    setAttr(this.banner, "data-bad", String(bad));
  }
  async fetch(page, pages) {
    const { gen } = this.pages;
    try {
      const [answer, buffers] = await this.link.request("rows", { gen, first: page * PAGE_ROWS, n: pages * PAGE_ROWS });
      if (answer.gen === this.pages.gen && answer.layout === this.pages.layout && buffers[0])
        this.pages.put(answer.first, JSON.parse(decoder.decode(buffers[0])));
    } catch {
    }
    this.grid.arrived(page, pages);
  }
  async send(payload, of) {
    const [answer] = payload.kind === "binary" ? await this.link.request("send", { of, kind: "binary", text: "" }, [payload.data.buffer]) : await this.link.request("send", { of, kind: payload.kind, text: payload.text });
    return answer.index;
  }
  async schedule(payload, of, every, count2) {
    const ask = { of, every, count: count2, mode: "Text", text: "" };
    if (payload.kind === "binary")
      await this.link.request("schedule", { ...ask, kind: "binary" }, [payload.data.buffer]);
    else if (payload.kind === "template") await this.link.request("schedule", { ...ask, ...payload });
    else await this.link.request("schedule", { ...ask, kind: "text", text: payload.text });
  }
  /** Asks what the kernel sends again and again. */
  schedules() {
    this.link.request("schedules", {}).then(
      ([{ schedules }]) => this.composer.scheduled(schedules),
      () => void 0
      // the status line says what the kernel is up to; the next one tells again
    );
  }
  async close(code, reason) {
    try {
      await this.link.request("close", { of: this.whose, code, reason });
      return "";
    } catch (error) {
      return error.message;
    }
  }
  async reconnect() {
    this.again.disabled = true;
    try {
      await this.link.request("reconnect", { of: this.whose });
    } catch (error) {
      this.say(error.message, true);
      this.banner.dataset.kept = "1";
    } finally {
      this.again.disabled = false;
    }
  }
  /** Fills the pane with what a tab shows. */
  show(tab) {
    this.layout.look();
    if (tab === "Message") this.put(this.grid.selection.size === 2 ? this.difference.element : this.message.element);
    else if (tab === "Statistics") {
      this.put(this.statistics.element);
      this.latencies.want();
      if (this.last) this.statistics.tick(this.last, this.status.history);
    } else if (tab) void this.facts(tab);
  }
  /** What is there already stays: taken out and put in again, it would lose the focus. */
  put(element) {
    const { pane } = this.tabs;
    if (pane.firstChild !== element || pane.childNodes.length > 1) pane.replaceChildren(element);
  }
  async facts(tab) {
    this.tabs.pane.replaceChildren(h("p", { class: "kws-dim kws-none" }, "…"));
    let page;
    const of = this.whose;
    try {
      page = tab === "Handshake" ? handshakeView((await this.link.request("handshake", { of }))[0]) : certificateView((await this.link.request("certificate", { of }))[0]);
    } catch (error) {
      page = h("p", { class: "kws-error kws-none" }, error.message);
    }
    if (this.tabs.current === tab)
      this.tabs.pane.replaceChildren(...this.several ? [h("p", { class: "kws-of" }, ofSession(of))] : [], page);
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
