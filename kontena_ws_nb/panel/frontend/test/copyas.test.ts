import "./browser";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { copies, type Copied, curl, pythonText, shellWord } from "../src/copyas";
import { readJson } from "../src/json";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
function offered(text: string | Uint8Array, parts: Partial<Copied> = {}): Record<string, string> {
  const data = typeof text === "string" ? encode(text) : text;
  const known: Copied = {
    kind: typeof text === "string" ? "text" : "binary",
    data,
    text: typeof text === "string" ? text : undefined,
    json: typeof text === "string" ? readJson(text) : undefined,
    session: "ws",
    url: "wss://host/p?token=***",
    close: null,
    ...parts,
  };
  return Object.fromEntries(copies(known).map(([label, make]) => [label, make()]));
}
const NASTY = 'it\'s "q" \\ \0\u001b\u007f\u202e\u2028\ud800 é 😀\r\n\t';

test("a text in every form", () => {
  assert.deepEqual(offered('{"n":9007199254740993}'), {
    Text: '{"n":9007199254740993}',
    "Pretty JSON": '{\n  "n": 9007199254740993\n}',
    Python: 'ws.send("{\\"n\\":9007199254740993}")',
    Hex: "7b 22 6e 22 3a 39 30 30 37 31 39 39 32 35 34 37 34 30 39 39 33 7d",
    Base64: "eyJuIjo5MDA3MTk5MjU0NzQwOTkzfQ==",
    "wscat command": "wscat -c 'wss://host/p?token=***' -x '{\"n\":9007199254740993}' -w 2",
    "websocat command": "printf '%s\\n' '{\"n\":9007199254740993}' | websocat -n1 'wss://host/p?token=***'",
  });
});

test("binary has no text and no command; a log nobody to send to", () => {
  assert.deepEqual(offered(Uint8Array.of(0, 255)), {
    Python: 'ws.send(bytes.fromhex("00 ff"))',
    Hex: "00 ff",
    Base64: "AP8=",
  });
  assert.deepEqual(Object.keys(offered("x", { session: "", url: "" })), ["Text", "Python", "Hex", "Base64"]);
  assert.equal(offered("x", { session: "", url: "" }).Python, '"x"');
  assert.equal(offered(Uint8Array.of(1), { kind: "ping" }).Python, 'bytes.fromhex("01")');
});

test("a close is a call with its code and reason", () => {
  const close = { code: 4001, reason: 'no "more"' };
  assert.equal(offered(Uint8Array.of(15, 161), { kind: "close", close }).Python, 'ws.close(4001, "no \\"more\\"")');
  assert.equal(offered(Uint8Array.of(15, 161), { kind: "close", close, session: "" }).Python, undefined);
});

test("what Python reads is what was there, and nothing hides in it", () => {
  const literal = pythonText(NASTY);
  assert.match(literal, /^[\x20-\x7eé😀]+$/u);
  const run = spawnSync("python3", ["-c", `import sys; sys.stdout.write(ascii(${literal}))`], { encoding: "utf8" });
  assert.equal(run.stderr, "");
  assert.equal(run.stdout, `'it\\'s "q" \\\\ \\x00\\x1b\\x7f\\u202e\\u2028\\ud800 \\xe9 \\U0001f600\\r\\n\\t'`);
});

test("what a shell reads is what was there; NUL has no place in it", () => {
  const text = 'it\'s $HOME `id` \\ "q"\n!';
  assert.equal(spawnSync("sh", ["-c", `printf %s ${shellWord(text)}`], { encoding: "utf8" }).stdout, text);
  assert.equal(shellWord("a\0b"), undefined);
  assert.equal(offered("a\0b")["wscat command"], undefined);
  assert.equal(offered("a\nb")["websocat command"], undefined);
});

test("a handshake as curl, from the masked request", () => {
  const request =
    "GET /p?token=*** HTTP/1.1\r\nHost: host:8443\r\nUpgrade: websocket\r\nAuthorization: ***\r\nX-Quote: it's\r\n\r\n";
  assert.equal(
    curl(true, request),
    "curl -i -N --http1.1 \\\n  -H 'Upgrade: websocket' \\\n  -H 'Authorization: ***' \\\n  -H 'X-Quote: it'\\''s' \\\n  'https://host:8443/p?token=***'",
  );
  assert.match(curl(false, "GET / HTTP/1.1\r\nHost: h\r\n"), /'http:\/\/h\/'$/);
  assert.equal(curl(true, ""), "");
  assert.equal(curl(true, "GET / HTTP/1.1\r\n"), "");
});
