// The filter of a shared page: the grammar of log/filter/grammar.py, whose tables and patterns page.py passes as `tables`.
// It is also the source of a worker, so it may use nothing from around it.
// biome-ignore lint/correctness/noUnusedVariables: page.js uses it
const filterOf = (tables, names, last) => {
  // ---- Python's regular expressions as those of JavaScript, in its "v" mode
  const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
  const CLASSES = { d: "\\p{Nd}", w: "\\p{L}\\p{N}_", s: SPACE };
  const WORD = "[\\p{L}\\p{N}_]";
  const EDGE = `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`;
  const START = "(?<![\\s\\S])";
  const END = "(?![\\s\\S])";
  const literal = (char) => (/[A-Za-z0-9_]/.test(char) ? char : `\\u{${char.codePointAt(0).toString(16)}}`);
  const refuse = (why) => {
    throw new SyntaxError(why);
  };
  function translated(source, flags) {
    let at = 0;
    let out = "";
    const leading = /^\(\?([aimsux]+)\)/.exec(source);
    if (leading) {
      if (/[xa]/.test(leading[1])) refuse("this page does not know the flags x and a");
      flags += leading[1];
      at = leading[0].length;
    }
    const [all, lines] = [flags.includes("s"), flags.includes("m")];
    // An escape, within a set or outside.
    const escapedAt = (inside) => {
      const char = source[at + 1] ?? refuse("bad escape (end of pattern)");
      const hex = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(source.slice(at, at + 10));
      const octal = /^\\(0[0-7]{0,2}|[0-3][0-7]{2})/.exec(source.slice(at, at + 4));
      if (hex || octal) {
        at += (hex ?? octal)[0].length;
        const code = hex ? Number.parseInt(hex[1] ?? hex[2] ?? hex[3], 16) : Number.parseInt(octal[1], 8);
        return code > 0x10ffff ? refuse("bad escape") : `\\u{${code.toString(16)}}`;
      }
      at += 2;
      if (CLASSES[char]) return `[${CLASSES[char]}]`;
      if (CLASSES[char.toLowerCase()]) return `[^${CLASSES[char.toLowerCase()]}]`;
      if ("nrtfv".includes(char)) return `\\${char}`;
      if (char === "a") return "\\u{7}";
      if (inside && char === "b") return "\\u{8}";
      if (!inside) {
        if (char === "A") return START;
        if (char === "Z") return END;
        if (char === "b") return EDGE;
        if (char === "B") return `(?!${EDGE})`;
        const back = /^[1-9][0-9]?/.exec(source.slice(at - 1, at + 1));
        if (back) {
          at += back[0].length - 1;
          return `(?:\\${back[0]})`;
        }
      }
      if (char === "N") refuse("this page does not know \\N{…}");
      if (/[A-Za-z0-9]/.test(char)) refuse(`bad escape \\${char}`);
      at -= 1;
      const whole = String.fromCodePoint(source.codePointAt(at));
      at += whole.length;
      return literal(whole);
    };
    const member = () => {
      if (source[at] === "\\") return escapedAt(true);
      const whole = String.fromCodePoint(source.codePointAt(at));
      at += whole.length;
      return literal(whole);
    };
    const set = () => {
      at += 1;
      let made = "[";
      if (source[at] === "^") {
        made += "^";
        at += 1;
      }
      for (let first = true; ; first = false) {
        if (at >= source.length) refuse("unterminated character set");
        if (source[at] === "]" && !first) break;
        const low = member();
        if (source[at] === "-" && at + 1 < source.length && source[at + 1] !== "]") {
          at += 1;
          const high = member();
          if (low[0] === "[" || high[0] === "[") refuse("bad character range");
          made += `${low}-${high}`;
        } else made += low;
      }
      at += 1;
      return `${made}]`;
    };
    while (at < source.length) {
      const char = source[at];
      const rest = source.slice(at, at + 80);
      const repeat = char === "{" ? /^\{(\d*)(,?)(\d*)\}/.exec(rest) : null;
      if (char === "\\") out += escapedAt(false);
      else if (char === "[") out += set();
      else if (rest.startsWith("(?#")) {
        const end = source.indexOf(")", at);
        at = end < 0 ? refuse("missing ), unterminated comment") : end + 1;
      } else if (rest.startsWith("(?P=")) {
        const name = /^\(\?P=(\w+)\)/.exec(rest) ?? refuse("bad group reference");
        out += `\\k<${name[1]}>`;
        at += name[0].length;
      } else if (rest.startsWith("(?P<")) {
        out += "(?<";
        at += 4;
      } else if (char === "(" && source[at + 1] === "?") {
        const begin = /^\(\?(?:[:=!]|<[=!])/.exec(rest);
        if (!begin) refuse(`this page does not know ${rest.slice(0, 4)}`);
        out += begin[0];
        at += begin[0].length;
      } else if ("*+?".includes(char) || repeat?.[1] || repeat?.[2]) {
        const sign = repeat ? `{${repeat[1] || 0}${repeat[2]}${repeat[3]}}` : char;
        at += repeat ? repeat[0].length : 1;
        if (source[at] === "+") refuse("this page does not know possessive repeats, as in a++");
        out += sign;
      } else {
        const whole = String.fromCodePoint(source.codePointAt(at));
        at += whole.length;
        if (char === ".") out += all ? "[\\s\\S]" : "[^\\n]";
        else if (char === "^") out += lines ? `(?<=\\n|${START})` : START;
        else if (char === "$") out += lines ? `(?=\\n|${END})` : `(?=\\n?${END})`;
        else out += "()|".includes(char) ? char : literal(whole);
      }
    }
    return new RegExp(out, flags.includes("i") ? "iv" : "v");
  }
  const made = new Map();
  /** A pattern in Python's spelling. */
  const py = (source, flags = "") => {
    const key = `${flags}/${source}`;
    if (!made.has(key)) made.set(key, translated(source, flags));
    return made.get(key);
  };
  const sticky = new Map();
  const matchAt = (source, text, at) => {
    if (!sticky.has(source)) {
      const plain = py(source);
      sticky.set(source, new RegExp(plain.source, `${plain.flags}y`));
    }
    const pattern = sticky.get(source);
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const T = tables.patterns;
  const isSpace = (char) => char !== undefined && py("\\s").test(char);
  const fullmatch = (source, text) => matchAt(`(?:${source})\\Z`, text, 0);

  // ---- the nearest names, as Python's difflib finds them
  function matching(a, b) {
    let [size, i, j] = [0, 0, 0];
    for (let x = 0; x < a.length; x++)
      for (let y = 0; y < b.length; y++) {
        let n = 0;
        while (x + n < a.length && y + n < b.length && a[x + n] === b[y + n]) n++;
        if (n > size) [size, i, j] = [n, x, y];
      }
    return size && size + matching(a.slice(0, i), b.slice(0, j)) + matching(a.slice(i + size), b.slice(j + size));
  }
  function nearest(word, known, cutoff = 0.6) {
    const rated = known.map((one) => [(2 * matching(one, word)) / (one.length + word.length || 1), one]);
    const best = rated.filter(([ratio]) => ratio >= cutoff).sort((a, b) => b[0] - a[0] || (a[1] < b[1] ? 1 : -1))[0];
    return word.length > 100 ? undefined : best?.[1];
  }

  // ---- numbers, exactly: [sign, where the point is, digits]
  function decimal(text) {
    const [, sign, whole, part = "", power = "0"] = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
    const digits = (whole + part).replace(/^0+/, "");
    const lead = (whole + part).length - digits.length;
    const point = whole.length - lead + Number(power);
    return digits.replace(/0+$/, "") === "" ? [0, 0, ""] : [sign === "-" ? -1 : 1, point, digits.replace(/0+$/, "")];
  }
  function compared(a, b) {
    if (a[0] !== b[0]) return a[0] - b[0];
    return a[0] * (a[1] - b[1] || (a[2] < b[2] ? -1 : Number(a[2] > b[2])));
  }
  class Spelled {
    constructor(text) {
      this.text = text;
    }
    get value() {
      this.read ??= decimal(this.text);
      return this.read;
    }
    // As Python writes an int or a Decimal.
    toString() {
      if (/^-?\d+$/.test(this.text)) return this.text === "-0" ? "0" : this.text;
      const [, sign, whole, part = "", power = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(this.text);
      const digits = (whole + part).replace(/^0+(?=\d)/, "");
      const exponent = Number(power) - part.length;
      const adjusted = exponent + digits.length - 1;
      if (exponent <= 0 && adjusted >= -6) {
        const padded = digits.padStart(1 - exponent, "0");
        return sign + (exponent ? `${padded.slice(0, exponent)}.${padded.slice(exponent)}` : padded);
      }
      const more = digits.length > 1 ? `.${digits.slice(1)}` : "";
      return `${sign}${digits[0]}${more}E${adjusted < 0 ? "" : "+"}${adjusted}`;
    }
  }

  // ---- JSON with numbers as they are spelled (JSON.parse would round them)
  const NONE = Symbol("no JSON");
  const TOKEN =
    /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null|NaN|-?Infinity))/y;
  const CONSTANTS = { true: true, false: false, null: null };
  function parseJson(source) {
    const text = source.replace(/^\ufeff/, "");
    let at = 0;
    const next = () => {
      TOKEN.lastIndex = at;
      const found = TOKEN.exec(text) ?? refuse("no JSON");
      at = TOKEN.lastIndex;
      return found;
    };
    const value = (found) => {
      if (found[2]) return JSON.parse(found[2]);
      if (found[3]) return found[3].length > 4300 && /^-?\d+$/.test(found[3]) ? refuse("long") : new Spelled(found[3]);
      if (found[4]) return found[4] in CONSTANTS ? CONSTANTS[found[4]] : Number(found[4]);
      const object = found[1] === "{";
      if (!object && found[1] !== "[") refuse("no JSON");
      const [close, made] = object ? ["}", new Map()] : ["]", []];
      let one = next();
      if (one[1] === close) return made;
      for (; ; one = next()) {
        if (object) {
          if (!one[2] || next()[1] !== ":") refuse("no JSON");
          made.set(JSON.parse(one[2]), value(next()));
        } else made.push(value(one));
        const end = next()[1];
        if (end === close) return made;
        if (end !== ",") refuse("no JSON");
      }
    };
    try {
      const whole = value(next());
      return /[^ \t\r\n]/.test(text.slice(at)) ? NONE : whole;
    } catch {
      return NONE; // or nested too deeply
    }
  }

  // ---- a message, looked at: [index, time, session, sent, kind, size, data, base64, label, part, note, connection - 1, decoder, decoded]
  const SHORT = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
  const unescaped = (text) =>
    text
      .replace(/^\ufeff/, "")
      .replace(/\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g, (_, code, char) =>
        code ? String.fromCharCode(Number.parseInt(code, 16)) : (SHORT[char] ?? char),
      )
      .replace(/\p{Surrogate}/gu, "\ufffd");
  const utf8 = (text) => Array.from(new TextEncoder().encode(text), (one) => String.fromCharCode(one)).join("");
  class Look {
    constructor(row) {
      this.row = row;
    }
    get bytes() {
      this.raw ??= this.row[7] ? atob(this.row[6]) : utf8(this.row[6]);
      return this.raw;
    }
    get text() {
      if (!this.row[7]) return this.row[6];
      const begin = this.row[4] === "close" ? 2 : 0;
      this.decodedText ??= new TextDecoder("utf-8", { ignoreBOM: true }).decode(
        Uint8Array.from(this.bytes.slice(begin), (one) => one.charCodeAt(0)),
      );
      return this.decodedText;
    }
    get read() {
      this.asRead ??= unescaped(this.text);
      return this.asRead;
    }
    get bytewise() {
      return this.row[7] && this.row[4] !== "text" && /[\x80-\xff]/.test(this.bytes) ? this.bytes : "";
    }
    get json() {
      if (this.parsed === undefined) {
        const mark = this.row[7] ? this.bytes.slice(0, 2) : "";
        const wide = { "\xff\xfe": "utf-16le", "\xfe\xff": "utf-16be" }[mark];
        try {
          const bytes = () => Uint8Array.from(this.bytes, (one) => one.charCodeAt(0));
          const text = this.row[7] ? new TextDecoder(wide ?? "utf-8", { fatal: true }).decode(bytes()) : this.row[6];
          this.parsed = parseJson(text);
        } catch {
          this.parsed = NONE;
        }
      }
      return this.parsed;
    }
    get decoded() {
      if (!this.row[13]) return null;
      this.meaning ??= new Look([0, "", 0, false, "text", 0, this.row[13], false]);
      return this.meaning;
    }
  }
  const ofPayload = (holds) => (look) => holds(look) || (look.decoded !== null && holds(look.decoded));
  const folded = (text) => text.toUpperCase().toLowerCase().replaceAll("ς", "σ");

  // ---- values at JSON paths
  const isObject = (value) => value instanceof Map;
  const MISSING = Symbol("missing");
  function child(value, step) {
    if (typeof step === "number") return Array.isArray(value) ? (value.at(step) ?? nullAt(value, step)) : MISSING;
    if (isObject(value)) return value.has(step) ? value.get(step) : MISSING;
    return Array.isArray(value) && /^\d{1,9}$/.test(step) && Number(step) < value.length
      ? value[Number(step)]
      : MISSING;
  }
  const nullAt = (value, step) => (step < value.length && step >= -value.length ? null : MISSING);
  const children = (value) => (isObject(value) ? [...value.values()] : Array.isArray(value) ? value : []);
  function below(value, steps) {
    let values = [value];
    for (const step of steps) {
      if (step === "..") {
        const found = new Set();
        const left = values;
        while (left.length) {
          const one = left.pop();
          if ((!isObject(one) && !Array.isArray(one)) || found.has(one)) continue;
          found.add(one);
          for (const inner of children(one)) left.push(inner);
        }
        values = [...found];
      } else if (step === null) values = values.flatMap(children);
      else values = values.map((one) => child(one, step.key)).filter((one) => one !== MISSING);
    }
    return values;
  }
  function numberOf(value) {
    if (value instanceof Spelled) return value.value;
    const numeric = typeof value === "string" && /^[+-]?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,6})?$/.test(value);
    return numeric ? decimal(value) : null;
  }
  function float(text) {
    const value = Number(text);
    if (/^-?\d+$/.test(text)) return String(new Spelled(text));
    if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
    const size = Math.abs(value);
    if (size && (size >= 1e16 || size < 1e-4)) return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
    return Number.isInteger(value) ? `${Object.is(value, -0) ? "-" : ""}${value}.0` : String(value);
  }
  function inside(value) {
    if (value instanceof Spelled) return float(value.text);
    if (Array.isArray(value)) return `[${value.map(inside).join(",")}]`;
    if (isObject(value)) return `{${Array.from(value, ([key, one]) => `${inside(key)}:${inside(one)}`).join(",")}}`;
    return typeof value === "number" ? String(value) : JSON.stringify(value);
  }
  const textOf = (value) =>
    typeof value === "string" ? value : value instanceof Spelled ? String(value) : inside(value);
  function globs(text, parts) {
    const [first, end] = [parts[0], text.length - parts.at(-1).length];
    let at = first.length;
    if (at > end || !text.startsWith(first) || !text.endsWith(parts.at(-1))) return false;
    for (const part of parts.slice(1, -1)) {
      const place = text.indexOf(part, at);
      if (place < 0 || place + part.length > end) return false;
      at = place + part.length;
    }
    return true;
  }
  function equal(value, wanted) {
    if (wanted.number) {
      const found = numberOf(value);
      return found !== null && compared(found, wanted.number) === 0;
    }
    if (wanted.range) {
      const found = numberOf(value);
      const [low, high] = wanted.range;
      return found !== null && (!low || compared(found, low) >= 0) && (!high || compared(found, high) <= 0);
    }
    if (wanted.glob) {
      if (isObject(value) || Array.isArray(value)) return !wanted.glob.some(Boolean);
      return globs(textOf(value), wanted.glob);
    }
    return value === wanted.is;
  }
  function textOrder(a, b) {
    const [left, right] = [Array.from(a), Array.from(b)];
    for (let at = 0; at < Math.min(left.length, right.length); at++)
      if (left[at] !== right[at]) return left[at].codePointAt(0) - right[at].codePointAt(0);
    return left.length - right.length;
  }
  const ORDERS = { "<": (n) => n < 0, "<=": (n) => n <= 0, ">": (n) => n > 0, ">=": (n) => n >= 0 };
  function fitting(values, sign, caseless) {
    const fold = (one) => (typeof one === "string" && caseless ? folded(one) : one);
    const wanted = values.map((one) => ({ ...one, is: fold(one.is), glob: one.glob?.map(fold) }));
    return (value) => {
      const found = fold(value);
      if (sign === "=") return wanted.some((one) => equal(found, one));
      if (sign === "!=") return !wanted.some((one) => equal(found, one));
      if (ORDERS[sign]) {
        const limit = wanted[0];
        if (!limit.number) return typeof found === "string" && ORDERS[sign](textOrder(found, limit.is));
        const number = numberOf(found);
        return number !== null && ORDERS[sign](compared(number, limit.number));
      }
      const text = fold(textOf(found));
      return wanted.some((one) => (one.regex ? one.regex.test(text) : text.includes(one.is))) === (sign === "~");
    };
  }
  function pathHolds(steps, fits) {
    const leads = (value) => below(value, steps).some(fits);
    return ofPayload(({ json }) => {
      if (json === NONE) return false;
      const many = Array.isArray(json) && typeof steps[0]?.key === "string" && json.every(isObject);
      return (many && json.some(leads)) || leads(json);
    });
  }
  // ---- the grammar
  const fail = (message) => {
    throw new Error(message);
  };
  const shown = (text) => `'${text.length > 60 ? `${text.slice(0, 60)}…` : text}'`;
  const escaped = (text) => Array.from(text, literal).join("");
  const not = (holds) => (look) => !holds(look);
  class Reader {
    constructor(text) {
      [this.text, this.at, this.depth, this.caseless] = [text, 0, 0, false];
    }
    space() {
      while (isSpace(this.text[this.at])) this.at++;
      return this.at < this.text.length && !(this.depth && this.text[this.at] === ")");
    }
    ended(at) {
      return at >= this.text.length || isSpace(this.text[at]) || (this.depth > 0 && this.text[at] === ")");
    }
    operator() {
      const word = matchAt(T.operator, this.text, this.at)?.[1];
      if (!word) return "";
      const low = word.toLowerCase();
      if (/^[a-z]/i.test(word) && word !== low && word !== word.toUpperCase())
        fail(`is ${word} an operator? Then type ${low}; to search for the word, quote it: "${word}"`);
      return low === "not" || low === "or" || low === "and" ? low : word[0] === "|" ? "or" : "and";
    }
    either() {
      const caseless = this.caseless;
      const ways = [this.both()];
      while (this.space() && this.operator() === "or") {
        this.skip("or");
        ways.push(this.both());
      }
      this.caseless = caseless;
      return ways.length === 1 ? ways[0] : (look) => ways.some((holds) => holds(look));
    }
    both() {
      const found = [];
      let operator = "";
      while (this.space()) {
        operator = this.operator();
        if (operator === "or") break;
        if (operator === "and") {
          if (!found.length) break;
          this.skip("and");
        }
        found.push(this.unary());
      }
      if (!found.length) fail(`a term is missing in front of ${operator}; to search for the word, quote it`);
      for (const name of ["kind", "dir"]) {
        let left = null;
        for (const { only } of found.filter((one) => one.only?.name === name)) {
          left = left ? left.filter((one) => only.values.includes(one)) : only.values;
          if (!left.length) fail(`no message is both: terms side by side must all hold. For either type ${name}:a,b`);
        }
      }
      return found.length === 1 ? found[0] : (look) => found.every((holds) => holds(look));
    }
    skip(name) {
      const word = matchAt(T.operator, this.text, this.at);
      this.at += word[0].length;
      if (!this.space() || (name !== "not" && ["or", "and"].includes(this.operator())))
        fail(`a term is missing behind ${word[1]}; to search for the word, quote it: "${word[1]}"`);
    }
    unary() {
      let negated = false;
      const caseless = this.caseless;
      for (let deep = 1; ; deep++) {
        const { text, at } = this;
        if (deep > 50) fail("more than 50 negations");
        if (this.operator() === "not") {
          this.skip("not");
          negated = !negated;
          continue;
        }
        if (text[at] === "-" && !this.ended(at + 1)) {
          const option = matchAt("--?[A-Za-z-]{1,20}(?=\\s|\\Z)", text, at)?.[0];
          if (tables.grep[option] && (option[1] === "-" || text.trim() !== option))
            fail(`${option} is grep's; type ${tables.grep[option]}. To leave out messages with it, quote the word`);
          this.at++;
          negated = !negated;
        } else if (text[at] === "!" && (matchAt(NEGATES, text, at + 1) || isSpace(text[at + 1]))) {
          this.at++;
          negated = !negated;
          if (!this.space()) fail('a term is missing behind !; to search for it, quote it: "!"');
          continue;
        }
        if (/^i:/i.test(text.slice(this.at, this.at + 2))) {
          this.at += 2;
          this.caseless = true;
          if (this.ended(this.at)) {
            this.keep = true;
            if (!this.space()) fail("i: ignores case, of what? Type i:word");
          }
          continue;
        }
        break;
      }
      const keep = this.keep;
      this.keep = false;
      const holds = this.term();
      this.caseless = keep || caseless;
      if (!this.ended(this.at))
        fail("expected a space before the next term; quote text that contains quotes: '\"a\":1'");
      return negated ? this.negate(holds) : holds;
    }
    // What is asked for by kind or direction alone is compared with what stands beside it, see `both`.
    negate(holds) {
      const made = not(holds);
      if (holds.without) made.only = holds.without;
      if (holds.only) made.without = holds.only;
      return made;
    }
    term() {
      const first = this.text[this.at];
      if (first === '"' || first === "'") return this.found(this.quoted());
      if (first === "/") return this.matches(this.regex());
      if (first === "$") return this.path(1);
      if (first === "(") return this.group();
      return first === "." && matchAt(T.jq, this.text, this.at) ? this.path(0) : this.word();
    }
    found(text) {
      if (this.caseless) {
        if (text.length > 10000) fail("i: it has too many characters; at most 10,000 are allowed");
        return this.matches(new RegExp(escaped(text), "iv"));
      }
      const bytes = utf8(text);
      return ofPayload((look) => {
        if (look.row[7] ? look.bytes.includes(bytes) : look.text.includes(text)) return true;
        return (look.row[7] ? look.bytes : look.text).includes("\\") && look.read.includes(text);
      });
    }
    matches(pattern) {
      return ofPayload((look) => {
        const { text, read } = look;
        if (pattern.test(text) || (read !== text && pattern.test(read))) return true;
        return look.bytewise !== "" && pattern.test(look.bytewise);
      });
    }
    group() {
      if (this.depth === 50) fail("groups nest at most 50 deep");
      if (matchAt("\\(\\?[aimsuxL:=!<-]", this.text, this.at))
        fail('a regular expression stands between slashes: /word/i; to search for (?, quote it: "(?"');
      this.at++;
      this.depth++;
      const open = 'this ( is never closed; to search for it, quote it: "("';
      if (!this.space())
        fail(this.at < this.text.length ? 'this group is empty; to search for parentheses, quote them: "()"' : open);
      const holds = this.either();
      if (this.text[this.at] !== ")") fail(open);
      this.at++;
      this.depth--;
      return holds;
    }
    delimited(mark) {
      for (let at = this.at + 1; at < this.text.length; at++) {
        if (this.text[at] === "\\") at++;
        else if (this.text[at] === mark) {
          const inside = this.text.slice(this.at + 1, at);
          this.at = at + 1;
          return inside;
        }
      }
      return null;
    }
    quoted() {
      const quote = this.text[this.at];
      const inside = this.delimited(quote);
      if (inside === null)
        fail(`this quote is never closed; to search for a quote itself, write \\${quote} inside quotes`);
      if (!inside) fail("these quotes are empty; nothing to search for");
      return inside.replace(/\\(.)/gs, (all, char) => (char === quote || char === "\\" ? char : all));
    }
    regex() {
      const source = this.delimited("/");
      if (source === null)
        fail('this regular expression is never closed; to search for a slash, quote the text: "/path"');
      if (!source) fail("this regular expression is empty; it would match everything");
      let flags = this.caseless ? "i" : "";
      for (; !this.ended(this.at); this.at++) {
        if (!"ismgu".includes(this.text[this.at]))
          fail("only i, s or m may follow a regular expression; to search for this text, quote it");
        flags += this.text[this.at];
      }
      if (source.length > 20000) fail("regular expression: it has too many characters; at most 20,000 are allowed");
      try {
        return translated(source, flags);
      } catch (error) {
        return fail(`regular expression: ${error.message.replace(/^Invalid regular expression: .*: /s, "")}`);
      }
    }
    bare(stops = "") {
      const start = this.at;
      let opened = 0;
      for (; this.at < this.text.length; this.at++) {
        const char = this.text[this.at];
        if (isSpace(char) || stops.includes(char)) break;
        opened += Number(char === "(") - Number(char === ")");
        if (opened < 0 && this.depth) break;
      }
      return this.text.slice(start, this.at);
    }

    // ---- key:value
    word() {
      const begin = this.at;
      const keyed = matchAt(T.keyed, this.text, begin);
      if (keyed) {
        const name = keyed[1].toLowerCase();
        const key = tables.aliases[name] ?? name;
        let sign = keyed[2].trim();
        if (sign[0] === ":") sign = sign.slice(1) || ":";
        if (tables.keys.includes(key) || (key === "#" && (name !== "#" || keyed[2][0] !== ":"))) {
          this.at += keyed[0].length;
          return this.keyed(key, name, tables.signs[sign] ?? sign);
        }
        if (name === "session") {
          this.at += keyed[0].length;
          return this.session();
        }
      } else if (/^(?:#[-:]?\d|#\.)/.test(this.text.slice(begin, begin + 3))) {
        this.at++;
        return this.keyed("#", "#", ":");
      }
      const word = this.bare();
      const mistake = mistakeOf(this.text, begin, word);
      if (mistake) fail(mistake);
      return this.found(word);
    }
    session() {
      const value = /^["']/.test(this.text[this.at] ?? "") ? this.quoted() : this.bare();
      const wanted = (names.includes(value) ? [value] : value.split(/[,|]/)).map((one) => one.toLowerCase());
      const known = names.map((one) => one.toLowerCase());
      const none = wanted.find((one) => !known.includes(one));
      if (none !== undefined) fail(`session: ${shown(none)} is unknown; it is one of ${names.slice(0, 9).join(", ")}`);
      return (look) => wanted.includes(known[look.row[2]]);
    }
    keyed(key, name, given) {
      let sign = given;
      if (isSpace(this.text[this.at])) this.space();
      const plain = [":", "=", "!="].includes(sign);
      const negated = sign === "!=";
      const mark = this.text[this.at];
      let value = "";
      let texts = null;
      if (mark === '"' || mark === "'") {
        value = this.quoted();
        texts = [value];
      } else if (key === "label" && plain && mark === "/") {
        const pattern = this.regex();
        return this.maybe(negated, (look) => !!look.row[12] && pattern.test(look.row[8]));
      } else value = this.bare();
      if (plain) sign = ":";
      if (["size", "conn", "#"].includes(key))
        return this.maybe(negated, this.numbers(key, (plain ? "" : sign) + value));
      if (sign !== ":") fail(`${key}: has no ${sign}; type ${key}:${value || "value"}`);
      return this.maybe(negated, this.keyedBy(key, name, value, texts));
    }
    maybe(negated, holds) {
      return negated ? this.negate(holds) : holds;
    }
    keyedBy(key, name, value, quoted) {
      if (key === "dir") {
        const values = this.choices(key, value, ["received", "sent"], tables.directions);
        return Object.assign((look) => values.includes(look.row[3] ? "sent" : "received"), {
          only: { name: key, values },
        });
      }
      if (key === "kind") {
        const values = this.choices(key, value, tables.kinds, tables.kind);
        return Object.assign((look) => values.includes(look.row[4]), { only: { name: key, values } });
      }
      if (key === "label" || key === "note") {
        const fold = this.caseless ? folded : String;
        const texts = (quoted ?? value.split("|").filter(Boolean)).map(fold);
        if (!texts.length) fail(`${key}: a text is missing; type ${key}:${key === "note" ? "wrong" : "PUBLISH"}`);
        const has = (text) => texts.some((one) => fold(text).includes(one));
        if (key === "label") return (look) => !!look.row[12] && has(look.row[8]);
        return (look) => typeof look.row[10] === "string" && has(look.row[10]);
      }
      if (key === "is") {
        if (!["bookmarked", "bookmark", "marked"].includes(value.toLowerCase()))
          fail(
            value
              ? `is: ${shown(value)} is unknown; it is is:bookmarked`
              : "is: a value is missing; type is:bookmarked",
          );
        return (look) => typeof look.row[10] === "string";
      }
      if (key === "decoder") {
        const plain = (one) => one.toLowerCase().replace(/[^a-z0-9]/g, "");
        const wanted = value.split(/[,|]/).map((one) => {
          const found = tables.decoders.find((known) => plain(known) === plain(one));
          return found ?? fail(`decoder: ${shown(one)} is unknown; it is one of ${tables.decoders.join(", ")}`);
        });
        return (look) => wanted.includes(look.row[12]) && ["text", "binary"].includes(look.row[4]);
      }
      if (key === "hex") {
        if (!quoted && matchAt("(?:\\s+[0-9A-Fa-f]{2}(?=[\\s)]|\\Z))+", this.text, this.at))
          fail(`hex: bytes with spaces between them are quoted: hex:"${value} …"`);
        const digits = value.replace(/0x|\\x|[\s:,_-]/gi, "");
        if (!/^(?:[0-9a-f]{2})+$/i.test(digits))
          fail(`hex: ${shown(value)} is not bytes; type two digits for each, as in hex:9003`);
        const bytes = String.fromCharCode(...digits.match(/../g).map((one) => Number.parseInt(one, 16)));
        return (look) => look.bytes.includes(bytes);
      }
      if (/^\d{4}-\d{2}-\d{2}$/.test(value) && /^ \d{1,2}:\d/.test(this.text.slice(this.at, this.at + 5)))
        fail(`${name}: a T stands between day and time: ${name}:${value}T12:00`);
      if (value[0] === "#") {
        if (!/^\d{1,15}$/.test(value.slice(1))) fail(`${name}: ${shown(value)} is not a row; type ${name}:#123`);
        const row = Number(value.slice(1));
        if (key === "before") return (look) => look.row[0] < row;
        return (look) => look.row[0] >= row + Number(name === "after");
      }
      const limit = this.moment(key, value);
      return key === "before" ? (look) => nanos(look.row[1]) < limit : (look) => nanos(look.row[1]) >= limit;
    }
    choices(key, value, allowed, known) {
      return value.split(/[,|]/).flatMap((item) => {
        const low = item.toLowerCase();
        if (Object.hasOwn(known, low)) return known[low];
        const near = item && nearest(low, allowed);
        const more = near ? `did you mean ${near}?` : `it is one of ${allowed.join(", ")}`;
        return fail(`${key}: ${item ? `${shown(item)} is unknown` : "a value is missing"}; ${more}`);
      });
    }
    numbers(key, value) {
      const label = key === "#" ? "#" : `${key}:`;
      const read = (text) => {
        const size = key === "size" ? py(T.size).exec(text) : null;
        const sized = size && size.index === 0 && !(size[3] && !size[2]);
        if (key === "size" ? !sized : !/^\d{1,15}$/.test(text))
          fail(text ? `${label} ${shown(text)} is not a number` : `${label} a number is missing; write ${label}10..20`);
        if (!sized) return Number(text);
        const [whole, part = ""] = size[1].split(".");
        const power = { "": 0, k: 1, m: 2, g: 3 }[(size[2] ?? "").toLowerCase()];
        return Number(
          (BigInt(whole + part) * BigInt(size[3] ? 1024 : 1000) ** BigInt(power)) / 10n ** BigInt(part.length),
        );
      };
      const spans = value.split(/[,|]/).map((item) => {
        const dots = item.indexOf("..");
        if (dots >= 0) {
          const [low, high] = [item.slice(0, dots), item.slice(dots + 2)];
          if (!low && !high) fail(`${label} a number is missing; write ${label}10..20`);
          const span = [low ? read(low) : 0, high ? read(high) : Infinity];
          return span[1] < span[0] ? fail(`${label} the range is empty, ${low} is more than ${high}`) : span;
        }
        if (/^\d+[kmg]?i?[-–]\d+[kmg]?i?$/i.test(item)) fail(`${label} a range is written with dots: ${label}10..20`);
        const sign = /^[<>]=?/.exec(item)?.[0] ?? "";
        const number = read(item.slice(sign.length));
        if (sign === "<" && number === 0) fail(`${label} nothing is smaller than 0`);
        return {
          "": [number, number],
          "<": [0, number - 1],
          "<=": [0, number],
          ">": [number + 1, Infinity],
          ">=": [number, Infinity],
        }[sign];
      });
      const column = { size: (row) => row[5], conn: (row) => (row[11] ?? 0) + 1, "#": (row) => row[0] }[key];
      return ({ row }) => spans.some(([low, high]) => low <= column(row) && column(row) <= high);
    }
    // Nanoseconds since the epoch. The page does not live: durations count back from its last row, and times are UTC as shown.
    moment(key, value) {
      const now = nanos(last);
      const day = 86400n * SECOND;
      if (fullmatch(T.duration, value)) {
        let ago = 0n;
        for (const [, number, unit] of value.matchAll(/([\d.]+)(ms|[smhd])[a-z]*/g)) {
          const [whole, part = ""] = number.split(".");
          ago += (BigInt(whole + part) * UNITS[unit]) / 10n ** BigInt(part.length);
        }
        return now - ago;
      }
      const midnight = now - (now % day);
      const clock = matchAt(T.clock, value, 0);
      if (clock && clock[1] < 24 && clock[2] < 60 && (clock[3] ?? 0) < 60) {
        const seconds = BigInt(clock[1]) * 3600n + BigInt(clock[2]) * 60n + BigInt(clock[3] ?? 0);
        const then = midnight + seconds * SECOND + BigInt((clock[4] ?? "").padEnd(9, "0"));
        return then > now ? then - day : then;
      }
      if (value === "today") return midnight;
      if (value === "yesterday") return midnight - day;
      const date =
        /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}(?::\d{2}(?::\d{2})?)?)(?:[.,](\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(
          value,
        );
      if (date) {
        const time = (date[2] ?? "00").padEnd(8, ":00");
        const zone = (date[4] ?? "Z").toUpperCase().replace(/(\d{2})(\d{2})$/, "$1:$2");
        const at = Date.parse(`${date[1]}T${time}${zone}`);
        const real = new Date(`${date[1]}T00:00Z`);
        if (!Number.isNaN(at) && !Number.isNaN(+real) && real.toISOString().startsWith(date[1]))
          return BigInt(at) * 1000000n + BigInt((date[3] ?? "").slice(0, 6).padEnd(9, "0"));
      }
      return fail(
        `${key}: ${value ? `${shown(value)} is not a time` : "a time is missing"}; write 10s, 5m, 12:03:44 or 2026-01-31T12:00`,
      );
    }

    // ---- JSON paths
    path(mark) {
      const begin = this.at;
      const steps = this.steps(mark, begin);
      const sign = this.sign();
      if (!sign) {
        const mistake = mistakeOfPath(this.text, begin, this.at);
        if (mistake) fail(mistake);
        if (!this.ended(this.at))
          fail("expected '.', '[', '=' or a space in this path; to search for this text, quote it");
        return pathHolds(steps, () => true);
      }
      return pathHolds(steps, fitting(this.values(sign), sign, this.caseless));
    }
    steps(mark) {
      const steps = [];
      this.at += mark;
      while (this.text[this.at] === "." || this.text[this.at] === "[") {
        if (steps.length >= 100) fail("a path has at most 100 steps");
        if (this.text[this.at] === "[") {
          steps.push(this.bracketed());
          continue;
        }
        if (this.text.startsWith("..", this.at) && !this.ended(this.at + 2)) {
          this.at++;
          steps.push("..");
          if (this.text[this.at + 1] === "[") {
            this.at++;
            continue;
          }
        }
        if (this.text.startsWith(".[", this.at)) this.at++;
        else steps.push(this.dotted());
      }
      return steps;
    }
    sign() {
      const negated = matchAt("\\s*!~", this.text, this.at);
      const found = negated ?? matchAt(T.sign, this.text, this.at);
      if (!found) return "";
      this.at += found[0].length;
      if (negated) return "!~";
      const sign = found[1] ? found[1].trim() : found[2].slice(1) || "=";
      const quoted = ["=~", "matches"].includes(sign) && matchAt(T.quotedRegex, this.text, this.at);
      if (quoted)
        fail(
          `a regular expression stands between slashes: ~/${quoted[2].slice(0, 40)}/; to find this text, type ~ in front of it`,
        );
      return tables.signs[sign];
    }
    dotted() {
      this.at++;
      const char = this.text[this.at];
      if (char === "*") {
        this.at++;
        return null;
      }
      if (char === '"' || char === "'") return { key: this.quoted() };
      const found =
        matchAt(T.step, this.text, this.at) ?? fail('a key is missing here; write $.key, $["odd key"] or $.*');
      this.at += found[0].length;
      return { key: found[0] };
    }
    bracketed() {
      for (const every of ["[*]", "[]"])
        if (this.text.startsWith(every, this.at)) {
          this.at += every.length;
          return null;
        }
      const index = matchAt(T.index, this.text, this.at);
      if (index) {
        this.at += index[0].length;
        return { key: Number(index[1]) };
      }
      this.at++;
      if (!/^["']/.test(this.text[this.at] ?? ""))
        fail(
          'expected an index, * or a quoted key: [0], [*] or ["key"]; a comparison stands behind the path: $.items[*].id=1',
        );
      const key = this.quoted();
      if (this.text[this.at++] !== "]") fail("this bracket is never closed");
      return { key };
    }
    values(sign) {
      if (!this.space()) fail(`a value is missing after '${sign}'; for an empty text write ""`);
      const begin = this.at;
      if ((sign === "~" || sign === "!~") && this.text[begin] === "/") return [{ regex: this.regex() }];
      const found = [];
      let [bare, items] = [true, 0];
      for (; ; this.at++) {
        const quoted = /^["']/.test(this.text[this.at] ?? "");
        bare &&= !quoted;
        found.push(...(quoted ? [{ is: this.quotedValue() }] : this.value(sign)));
        if (++items > 1000) fail("a path is compared with at most 1,000 values");
        if (this.text[this.at] !== "|" && this.text[this.at] !== ",") break;
      }
      if (items > 1 && !["=", "!=", "~", "!~"].includes(sign)) fail(`${sign} compares with one value`);
      if (items > 1 && bare) found.push({ is: this.text.slice(begin, this.at) });
      return found;
    }
    quotedValue() {
      if (this.text[this.at] === "'") {
        if (!this.text.startsWith("''", this.at)) return this.quoted();
        this.at += 2;
        return "";
      }
      const start = this.at;
      const bad = "this JSON text is not closed, or holds a bad escape";
      if (this.delimited('"') === null) fail(bad);
      try {
        const plain = this.text.slice(start, this.at);
        // Python is lenient about characters that JSON wants escaped.
        return JSON.parse(
          plain.replace(/[\u0000-\u001f]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`),
        );
      } catch {
        return fail(bad);
      }
    }
    value(sign) {
      const word = this.bare("|,");
      if (!word) fail("a value is missing here; to compare with this text, quote it");
      const mistake = mistakeOfValue(word, sign);
      if (mistake) fail(`${mistake}; to compare with this text, quote it: ${quoteOf(word)}`);
      const number = (text) => fullmatch(T.number, text) !== null;
      if (sign === "~" || sign === "!~") return [{ is: word.replace(/^\*+|\*+$/g, "") || word }];
      if (ORDERS[sign])
        return number(word)
          ? [{ number: decimal(word) }]
          : fail(`${sign} compares with a number; to compare texts, quote this one: ${sign}"${word.slice(0, 60)}"`);
      const dots = word.indexOf("..");
      const [low, high] = [word.slice(0, dots), word.slice(dots + 2)];
      if (dots >= 0 && (low || high) && (!low || number(low)) && (!high || number(high))) {
        const range = [low && decimal(low), high && decimal(high)];
        if (low && high && compared(range[1], range[0]) < 0) fail(`the range is empty, ${low} is more than ${high}`);
        return [{ range }];
      }
      if (word.includes("*")) return [{ glob: word.split("*") }];
      const constant = { true: true, false: false, null: null, none: null, nil: null };
      const lower = word.toLowerCase();
      if (Object.hasOwn(constant, lower))
        return [{ is: constant[lower] }, { is: constant[lower] === null ? "null" : lower }, { is: word }];
      return number(word) ? [{ number: decimal(word) }, { is: word }] : [{ is: word }];
    }
  }
  const SECOND = 1000000000n;
  const UNITS = { ms: 1000000n, s: SECOND, m: 60n * SECOND, h: 3600n * SECOND, d: 86400n * SECOND };
  const nanos = (time) => BigInt(Date.parse(`${time.slice(0, 19)}Z`)) * 1000000n + BigInt(time.slice(20, 29));

  // ---- mistakes: what is plainly meant as a condition and is none, as in log/filter/mistakes.py
  const NEGATES = "[(\"'/$]|#[0-9]|(?:dir|kind|size|len|conn|since|after|before|hex|i):";
  const quoteOf = (word) => {
    const text = word.length > 40 ? `${word.slice(0, 40)}…` : word;
    return text.includes('"') ? `'${text}'` : `"${text}"`;
  };
  const VALUE = "to compare a value of JSON messages type $.key=value";
  const REGEX = "a regular expression stands between slashes: /a.*b/";
  function mistakeOf(text, at, word) {
    const said = mistake(text, at, word);
    return said && `${said}; to search for this text, quote it: ${quoteOf(word)}`;
  }
  function mistake(text, at, word) {
    if (word === ")") return "this ) closes nothing";
    if ("“”„«»‘’‚".includes(word[0])) return 'these quotes are typographic; type plain ones: "two words"';
    if ("–—−".includes(word[0]) && word.length > 1) return `this dash is typographic; type -${word.slice(1, 41)}`;
    const colon = word.indexOf(":");
    const before = text
      .slice(Math.max(0, at - 1000), at)
      .trim()
      .split(/\s+/)
      .at(-1);
    const after = text.slice(at + word.length).slice(0, 1000);
    const behind = after.trim().split(/\s+/)[0];
    const key = colon >= 0 && colon <= 1000 ? ofKey(word.slice(0, colon), word.slice(colon + 1) || behind) : "";
    if (word.length > 1000) return key;
    if (matchAt(T.compares, word, 0))
      return `${word} compares nothing here; type $.key${tables.signs[word] ?? word}value`;
    if (
      (tables.keys.includes(word) || Object.hasOwn(tables.aliases, word)) &&
      matchAt("(?i)\\s+(?:not\\s+)?in\\s*[(\\[]", after, 0)
    )
      return `there is no in here; type ${word}:a,b`;
    if (tables.units.includes(word.toLowerCase()) && py(T.sized).test(text.slice(Math.max(0, at - 40), at)))
      return "a number and its unit stand together: size:>10k";
    const whole = ofWhole(word, before, behind, after);
    if (whole) return whole;
    const compares = matchAt(T.compared, word, 0) ?? matchAt(T.colon, word, 0);
    if (compares && /[^=]/.test(compares[3]))
      return `to compare a value of JSON messages type $.${compares[1]}${tables.signs[compares[2]] ?? compares[2]}${compares[3].slice(0, 40)}`;
    const ranged = matchAt(T.range, word, 0);
    if (ranged && ranged[1] !== "data") return `a range of a value of JSON messages is $.${ranged[1]}=10..20`;
    return key;
  }
  function ofWhole(word, before, behind, after) {
    const low = word.toLowerCase();
    const is = (source) => fullmatch(source, word);
    const begins = (source) => matchAt(source, word, 0);
    if (begins("![^\\W_]")) return `to leave messages out type -${word.slice(1, 41)}`;
    if (Object.hasOwn(tables.mitmproxy, word))
      return `${word} is mitmproxy's; type ${tables.mitmproxy[word] || "words, dir: or kind:"}`;
    if (begins("[!=]?~[/\"'\\w]")) return "~ compares the value of a path: $.type~text";
    if (word === "|=" || word === "|~") return `${word} is Loki's; type the text alone, or /regex/`;
    if (word === "↑" || word === "↓") return `type dir:${word === "↑" ? "sent" : "received"}`;
    if (word.startsWith("@.") && begins("@\\.?[A-Za-z_*\\[]+[\\w.\\[\\]]*(?:[=<>!~:]|\\Z)"))
      return `a path begins with $: $${word.slice(1, 41)}`;
    if (begins("(?:select|map|any|all|filter|jq)\\("))
      return "a comparison is written $.type=trade, without jq's functions";
    if (begins("(?:len|length|size)\\(\\w*\\)[<>=!]")) return "type size:>10";
    if (begins("[A-Za-z_][\\w.]*\\.(?:includes|contains|startsWith|endsWith|indexOf|match|test)\\("))
      return "a filter has no functions; type the text alone, /regex/, or $.path~text";
    if (is("[<>]=?[0-9.]+") && (word.includes("=") || ["and", "or"].includes(before.toLowerCase())))
      return `a comparison has its own path: $.price${word.slice(0, 40)}`;
    if (begins("[0-9.]+(?:<|>)=?[A-Za-z_]")) return "a comparison begins with the path: $.price>100";
    if (low === "in" && tables.jsonKeys.includes(before) && matchAt("\\s*[(\\[]", after, 0))
      return `there is no in here; type $.${before}=a|b`;
    if (begins(`(${T.name})=([<>])([0-9][\\w.]*)`)) return VALUE;
    if (low === "between" && before && matchAt("(?i)\\s+[0-9.]+\\s+and\\s+[0-9.]", after, 0))
      return "there is no between here; type $.key=10..20";
    if (is("[0-9.]+\\.\\.[0-9.]+") && before.toLowerCase() === "in")
      return `a range of a value of JSON messages is $.price=${word.slice(0, 40)}`;
    if (is("[\\w.*-]*(?:\\w\\.\\*(?!\\*)|\\.\\*\\w)[\\w.*-]*") || py("\\\\[dwsb](?![A-Za-z])").test(word)) return REGEX;
    if (begins("[A-Za-z_]+\\([$.@]\\.?([A-Za-z_][\\w.]*)")) return "a path has no functions; type $.key";
    if (low === "where" && behind[0] === "$") return `${word} is SQL's; type the condition alone`;
    if (is("(?:\\\\x[0-9A-Fa-f]{2})+")) return `bytes are hex:${word.replaceAll("\\x", "").slice(0, 40)}`;
    if (is("\\+[A-Za-z]\\w*")) return `terms side by side must all hold; type ${word.slice(1, 41)}`;
    if (is("\\.\\.[A-Za-z_][\\w.]*")) return `a path begins with $: $${word.slice(0, 40)}`;
    if (is("\\.\\.[0-9.]*") && /\d$/.test(before) && (word !== ".." || behind))
      return "a range has no spaces in it: type 10..20";
    if (word.includes("||") || word.includes("&&")) return "put spaces around it";
    if (is("[\\w.-]*\\w\\|\\w[\\w.-]*(?:\\|\\w[\\w.-]*)*"))
      return `for either type ${word.replaceAll("|", " or ").slice(0, 60)}`;
    if (word.includes("*") && is("\\*?[\\w-]+(?:\\*[\\w-]+)*\\*?"))
      return `words are found anywhere in a message, without *: type ${word.replaceAll("*", " ").trim().slice(0, 40)}`;
    if (tables.sql.includes(word) && before && behind)
      return `${word} is SQL's; type $.path~text, $.path=te*t or $.path=10..20`;
    if (tables.wireshark.includes(word) && before && behind) {
      if (["label", "decoder", "kind", "dir"].includes(before)) return `type ${before}:${behind.slice(0, 40)}`;
      if (fullmatch(T.captured, before.replace(/^\(+/, "")))
        return `${word} is Wireshark's; type the text alone, /regex/, or $.path=value`;
    }
    return "";
  }
  function ofKey(key, value) {
    const low = key.toLowerCase();
    if (Object.hasOwn(tables.foreign, low) && !value.startsWith("//"))
      return `there is no key ${key}:; type ${tables.foreign[low]}`;
    if (tables.jsonKeys.includes(low) || fullmatch("@[^\\W\\d]\\w*", key))
      return `to compare a value of JSON messages type $.${key.replace(/^@/, "")}=${value.slice(0, 40) || "value"}`;
    if (["from", "to", "between"].includes(low) && /^\d{1,2}:\d{2}/.test(value))
      return `there is no key ${key}:; type since: or before:`;
    const near = /^\p{L}+$/u.test(key) && nearest(low, [...tables.keys, ...Object.keys(tables.aliases)], 0.7);
    return near ? `unknown key '${key}'; did you mean ${near}:${value.slice(0, 40)}` : "";
  }
  function mistakeOfPath(text, begin, at) {
    const path = text.slice(begin, at);
    const shownPath = path.slice(0, 60);
    const dotless = path === "$" && matchAt("\\$([A-Za-z_][\\w.-]*)", text, begin);
    if (dotless) return `a path is written with a dot: $.${dotless[1].slice(0, 60)}; to search for this text, quote it`;
    if (text[at] === "!") return `to find messages without it type -${shownPath}; other values than x: ${shownPath}!=x`;
    if (text[at] === "*" && text[at - 1] === "*") return "any depth is written with two dots: $..key";
    if (text[at] === "(") return "a path has no functions; compare the value itself, as in $.path~text";
    const css = matchAt(T.css, text, at);
    if (css) return `${css[1]}= is CSS's; type ${shownPath}=te* or ${shownPath}~text`;
    const sql = matchAt(T.sqlPath, text, at)?.[0].trim();
    return sql
      ? `there is no ${sql.slice(0, 40)} here; type ${shownPath}=value, ${shownPath}=a|b or ${shownPath}~text; to search for the word, quote it`
      : "";
  }
  function mistakeOfValue(word, sign) {
    const contains = sign === "~" || sign === "!~";
    if ("“”„«»‘’‚".includes(word[0])) return 'these quotes are typographic; type plain ones: "two words"';
    if ("=<>!~".includes(word[0])) return `${sign}${word[0]} is no comparison; type = != > >= < <= ~ or !~`;
    if ("[{".includes(word[0]))
      return "a value is a text, a number, true, false or null; for what is inside type $.path[0]=1 or $.path.key=1";
    if (sign === "!=" && /^\*+$/.test(word)) return "to find messages without it type -$.path";
    if (/&&|[&;]\$\./.test(word)) return "put a space in front of what comes next";
    if (word.split("(").length > word.split(")").length)
      return `several values have | between them, without parentheses: $.path${sign}a|b`;
    if (/^\$[.[]/.test(word)) return "a path is compared with a value, not with another path";
    if (contains && py("\\A\\^.|.\\$\\Z|\\.[*+]|\\\\[dwsb]").test(word))
      return `a regular expression stands between slashes: $.path${sign}/${word.slice(0, 40)}/`;
    if (["undefined", "missing"].includes(word.toLowerCase())) return "to find messages without it type -$.path";
    const regex = /^\/(.+)\/([a-z]*)$/s.exec(word);
    if (regex && !contains && !ORDERS[sign] && (regex[2] || /[\^$*+?[\](){}|\\]/.test(regex[1])))
      return `a regular expression is compared with ~: $.path~${word.slice(0, 40)}`;
    if (contains && /^%.*%$|^%[\p{L}\p{N}_]|^[\p{L}\p{N}_]+%$/u.test(word))
      return "% is SQL's; ~ finds it anywhere: $.path~text";
    return "";
  }

  return (text) => {
    const reader = new Reader(text);
    if (!reader.space()) return () => true;
    const holds = reader.either();
    return (row) => holds(new Look(row));
  };
};
