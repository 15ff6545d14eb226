import assert from "node:assert/strict";
import { test } from "node:test";
import { reformat, tokens } from "../src/composer/tokens";

const kinds = (text: string): string =>
  tokens(text)
    .filter(([, kind]) => kind)
    .map(([word, kind]) => `${kind}:${word}`)
    .join(" ");

test("every character is of one token, in JSON and in what is not", () => {
  for (const text of [
    '{"a": [1, -2.5e+3, true, null], "b": "x\\"y"}',
    '{"open: 1,\n "k": tru, -, .5 e5 }}]{{',
    "{{ a['}'] }} «secret 0a1b2c3d» \u2028 \ud800",
    "",
  ])
    assert.equal(
      tokens(text)
        .map(([word]) => word)
        .join(""),
      text,
    );
});

test("keys, strings, numbers, literals and expressions are told apart", () => {
  assert.equal(
    kinds('{"k" : "v", "n": -1.50, "t": true, "x": {{price + 1}}}'),
    'mark:{ key:"k" mark:: string:"v" mark:, key:"n" mark:: number:-1.50 mark:, key:"t" mark:: literal:true mark:, key:"x" mark:: template:{{price + 1}} mark:}',
  );
  assert.equal(kinds('["not ended\n1'), 'mark:[ string:"not ended number:1');
  assert.equal(kinds("trueish"), "");
});

const once = (text: string): string => {
  const done = reformat(text);
  return "message" in done ? `${done.at}: ${done.message}` : done.text;
};

test("formatting changes white space only: digits, escapes, and keys that come twice stay as they are written", () => {
  const text = '{"big":12345678901234567890.1230,"e":1E+2,"s":"\\u00e9\\/ é","s":[],"o":{},"a":[1,[2]]}';
  const pretty = once(text);
  assert.equal(
    pretty,
    '{\n  "big": 12345678901234567890.1230,\n  "e": 1E+2,\n  "s": "\\u00e9\\/ é",\n  "s": [],\n  "o": {},\n  "a": [\n    1,\n    [\n      2\n    ]\n  ]\n}',
  );
  assert.equal(once(pretty), text, "again compacts");
  assert.equal(once(` ${text} `), pretty);
  assert.deepEqual(reformat("17"), { text: "17", said: "formatted already" });
  assert.equal((reformat(text) as { said: string }).said, "formatted; again compacts");
});

test("expressions stay, and what is not JSON says where", () => {
  assert.equal(once('{"a":{{x["}"]}},"b":1}'), '{\n  "a": {{x["}"]}},\n  "b": 1\n}');
  assert.equal(once('{"a":{{x}},}'), "11: a key in double quotes is expected");
  assert.equal(once("{{x}"), "1: a key in double quotes is expected");
  assert.equal(once(""), "0: ends where a value is expected");
});

test("depth costs no stack, and indents only so far", () => {
  const deep = "[".repeat(20_000) + "]".repeat(20_000);
  const pretty = once(deep);
  assert.equal(pretty.split("\n")[10_000], `${"  ".repeat(50)}[`);
  assert.equal(once(pretty), deep);
});

test("100 kB take a moment", () => {
  const text = JSON.stringify(Array.from({ length: 2000 }, (_, at) => ({ id: at, name: `name ${at}`, on: true })));
  const start = performance.now();
  assert.equal(once(once(text)), text);
  assert.ok(performance.now() - start < 1000);
});
