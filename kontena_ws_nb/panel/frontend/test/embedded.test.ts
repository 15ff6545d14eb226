import "./browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { imageType, insideText, picture, timeOf } from "../src/embedded";
import { jsonTree } from "../src/jsontree";
import { readJson } from "../src/json";

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...Array<number>(40).fill(0)];
const base64 = (data: readonly number[]): string => btoa(String.fromCharCode(...data));
const ascii = (text: string): number[] => [...text].map((char) => char.charCodeAt(0));
const opened = (text: string): HTMLElement => insideText(text)!.open((value) => jsonTree(value));

test("what a text holds is told by its form, and a word or a number is just one", () => {
  for (const [text, name] of [
    ['{"a":1}', "JSON"],
    [" [1]", "JSON"],
    ["https://host/a?b=c", "URL"],
    ["wss://host", "URL"],
    [base64(ascii("hello, hello, hello")), "base64"],
    [base64(PNG), "image"],
    [`data:image/png;base64,${base64(PNG)}`, "image"],
    ["data:text/plain;base64,aGk=", "base64"],
    ["eyJhbGciOiJIUzI1NiJ9eyJzdWIiOiIxMjM0NTY3ODkwIn0", "base64"],
  ] as const)
    assert.equal(insideText(text)?.name, name, text);
  for (const text of [
    "",
    "x",
    "{not JSON}",
    "abcdefghijklmnopqrstuvwx",
    "deadbeefdeadbeefdeadbeef",
    "0123456789012345678901234567",
    "2f1c7a54-0f7e-4c34-9d0a-6a1b2c3d4e5f",
    "SomeCamelCaseIdentifierX",
    "https://",
    "data:text/plain;base64,%%%",
    "data:text/plain;base64,",
    "x".repeat(2_000_001),
  ])
    assert.equal(insideText(text), undefined, text.slice(0, 40));
});

test("what it holds is opened: JSON as a tree, text as text, bytes as hex, a URL in parts", () => {
  assert.match(opened('{"a":[1]}').textContent!, /a: Array\(1\)/);
  assert.equal(opened(base64(ascii("hello, hello, <b>"))).textContent, "hello, hello, <b>");
  assert.match(opened(base64(ascii('{"deep": "needle"}'))).textContent!, /deep: "needle"/);
  assert.match(opened(base64(Array<number>(2000).fill(7))).textContent!, /^00000000 {2}07 07.*… 976 B more$/s);
  const link = opened("https://me@host:8/a%20b?x=1&x=2&y#%zz").querySelector("a")!;
  assert.equal(link.getAttribute("rel"), "noopener noreferrer nofollow");
  assert.match(
    opened("https://host/a%20b?x=1#%zz").textContent!,
    /host: "host"path: "\/a b"query: \{x: "1"\}fragment: "%zz"/,
  );
  assert.equal(opened("wss://host/%zz").querySelector("a"), null, "a page cannot open it");
});

test("a picture is told by its bytes, never SVG or HTML", () => {
  const bytes = (...parts: (string | number[])[]): Uint8Array =>
    new Uint8Array([
      ...parts.flatMap((part) => (typeof part === "string" ? ascii(part) : part)),
      ...Array<number>(40).fill(0),
    ]);
  for (const [data, type] of [
    [bytes(PNG), "image/png"],
    [bytes([0xff, 0xd8, 0xff]), "image/jpeg"],
    [bytes("GIF89a"), "image/gif"],
    [bytes("BM"), "image/bmp"],
    [bytes("RIFF", [0, 0, 0, 0], "WEBP"), "image/webp"],
    [bytes([0, 0, 0, 0x1c], "ftypavif"), "image/avif"],
    [bytes("<svg xmlns='http://www.w3.org/2000/svg'>"), undefined],
    [bytes("<html>"), undefined],
    [new Uint8Array(ascii("BM")), undefined],
  ] as const)
    assert.equal(imageType(data), type);
});

test("a picture says its size once it is drawn, or that it cannot be", () => {
  const url = Object.assign(URL, {
    createObjectURL: () => "blob:x",
    revokeObjectURL: (one: string) => revoked.push(one),
  });
  const revoked: string[] = [];
  const figure = picture(new Uint8Array(PNG), "image/png");
  const image = figure.querySelector("img")!;
  assert.equal(image.getAttribute("alt"), "image/png, 48 B");
  image.dispatchEvent(new Event("error"));
  assert.match(figure.textContent!, /it cannot be drawn$/);
  Object.defineProperty(image, "naturalWidth", { value: 3 });
  Object.defineProperty(image, "naturalHeight", { value: 4 });
  image.dispatchEvent(new Event("load"));
  assert.equal(figure.textContent, "image/png, 3 × 4, 48 B");
  assert.deepEqual(revoked, ["blob:x", "blob:x"]);
  assert.ok(url);
});

test("times are told where they are likely: seconds and milliseconds under a name that says so", () => {
  const around = 1_764_262_800e6;
  const time = (key: string, text: string): string | undefined => timeOf(key, readJson(text)!, around)?.slice(0, 10);
  for (const [key, text] of [
    ["created_at", "1764262800"],
    ["ts", "1764262800.123"],
    ["time", '"1764262800123"'],
    ["x", "1764262800123456"],
    ["x", "1764262800123456789"],
    ["x", '"2025-11-27T17:00:00Z"'],
    ["x", '"2025-11-27 17:00:00.5+01:00"'],
  ] as const)
    assert.match(time(key, text) ?? "", /^2025-11-2/, `${key} ${text}`);
  for (const [key, text] of [
    ["price", "1764262800"],
    ["time", "17642628"],
    ["time", "9999999999"],
    ["x", '"2025-13-45T99:00:00Z"'],
    ["x", '"2025-11-27"'],
    ["time", "true"],
    ["time", "{}"],
  ] as const)
    assert.equal(time(key, text), undefined, `${key} ${text}`);
});
