// Secrets in a message: masked on the page, known to the kernel.

import { clipboard, settled } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { MessageTab } from "../src/detail";
import type { DetailAnswer, Kind } from "../src/messages";
import { aSession, aSource } from "./samples";

const KEY = "«secret 0a1b2c3d»";
let tab: MessageTab;
let asked: [what: string, index: number, offset?: number][];
let edited: [text: string, mode: string][];
let pages: [payload: string | Uint8Array, parts: Partial<DetailAnswer>][];
let failure: Error | null;
let several: boolean;
let to: string[];

const a = (payload: string | Uint8Array, parts: Partial<DetailAnswer> = {}): [DetailAnswer, DataView] => {
  const data = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const answer: DetailAnswer = {
    v: 1,
    id: "x",
    k: "detail",
    key: 7,
    index: 7,
    session: "ws",
    time: 0,
    sent: 1,
    kind: "text" as Kind,
    size: data.length,
    offset: 0,
    next: data.length,
    masked: 0,
    code: "ws.messages[7]",
    connection: 1,
    compressed: false,
    fragments: 1,
    incomplete: false,
    close: null,
    decoded: null,
    pair: null,
    since_previous: null,
    since_sent: null,
    ...parts,
  };
  return [answer, new DataView(data.buffer, data.byteOffset, data.byteLength)];
};
const show = async (...given: typeof pages): Promise<void> => {
  pages = given;
  await tab.show(7);
  await settled();
};
const click = async (label: string): Promise<void> => {
  const found = [...tab.element.querySelectorAll("button")].find((one) => one.textContent!.startsWith(label));
  assert.ok(found, `no button ${label}`);
  found.click();
  await settled();
  await settled();
};
const note = (): string => tab.element.querySelector(".kws-tools [role=status]")!.textContent!;
const facts = (): string => tab.element.querySelector(".kws-facts")!.textContent!;

beforeEach(() => {
  asked = [];
  edited = [];
  failure = null;
  several = false;
  to = [];
  const answer = async <T>(value: T): Promise<T> => {
    if (failure) throw failure;
    return value;
  };
  tab = new MessageTab({
    detail: (index, offset) => {
      asked.push(["detail", index, offset]);
      return answer(a(...pages.shift()!));
    },
    level: () => Promise.reject(new Error("nothing here is long")),
    decode: () => Promise.resolve(),
    heartbeat: () => Promise.resolve(),
    resend: (index, of) => {
      to.push(of);
      asked.push(["resend", index]);
      return answer(1234);
    },
    draft: (index, of) => {
      to.push(of);
      asked.push(["draft", index]);
      return answer(`{"token":"${KEY}"}`);
    },
    edit: (text, mode, of) => {
      edited.push([text, mode]);
      to.push(of);
    },
    go: () => undefined,
    note: () => undefined,
    several: () => several,
    filter: () => undefined,
    found: () => Promise.resolve([]),
  });
  tab.tick(aSession(), [aSource()]);
});

test("a message without secrets is edited as it is, and sent again by its index", async () => {
  await show(['{"a":1}', {}]);
  assert.ok(!facts().includes("masked"));
  await click("Edit");
  assert.deepEqual(edited, [['{"a":1}', "JSON"]]);
  await click("Resend");
  assert.deepEqual(asked.at(-1), ["resend", 7]);
  assert.equal(note(), "sent as #1,234");
});

test("a message with a secret says so; the kernel gives what is edited, with a name for the secret", async () => {
  await show(['{"token":"***"}', { masked: 1, size: 22, next: 22 }]);
  assert.ok(facts().includes("secrets masked"));
  await click("Edit");
  assert.deepEqual(edited, [[`{"token":"${KEY}"}`, "JSON"]]);
  await click("Resend");
  assert.deepEqual(asked.slice(1), [
    ["draft", 7],
    ["resend", 7],
  ]);
});

test("bytes with a secret are sent again, but not edited, and it says why", async () => {
  await show([new Uint8Array([0, 42, 42, 42]), { kind: "binary", masked: 1, size: 9, next: 9 }]);
  await click("Edit");
  assert.deepEqual(edited, []);
  assert.equal(note(), "not edited: it holds a secret, which the page does not get: edit it in Python");
  await click("Resend");
  assert.deepEqual(asked.at(-1), ["resend", 7]);
});

test("bytes without one are edited in hexadecimal", async () => {
  await show([new Uint8Array([0, 255]), { kind: "binary" }]);
  await click("Edit");
  assert.deepEqual(edited, [["00 ff", "Hex"]]);
});

test("what the kernel refuses is said", async () => {
  await show(["***", { masked: 1, size: 7, next: 7 }]);
  failure = new Error("message 7 was dropped");
  await click("Edit");
  assert.equal(note(), "not edited: message 7 was dropped");
  await click("Resend");
  assert.equal(note(), "not sent: message 7 was dropped");
});

test("pages that are shorter for what is masked follow one another by the kernel's count", async () => {
  await show(["a***", { masked: 1, size: 30, next: 20 }], ["b", { size: 30, offset: 20, next: 30 }]);
  assert.equal([...tab.element.querySelectorAll("button")].filter((one) => one.textContent === "Edit").length, 1);
  await click("Load 10 B more of 30 B");
  assert.deepEqual(asked, [
    ["detail", 7, 0],
    ["detail", 7, 20],
  ]);
  assert.equal(tab.element.querySelector("pre")!.textContent, "a***b");
  assert.ok(facts().includes("secrets masked"), "the first page was");
  await click("Edit");
  assert.deepEqual(asked.at(-1), ["draft", 7]);
});

test("what is copied says that secrets are masked in it", async () => {
  await show(['{"token":"***"}', { masked: 1, size: 22, next: 22 }]);
  await tab.copy();
  assert.deepEqual([note(), clipboard.copied.at(-1)], ["copied, secrets masked", '{"token":"***"}']);
  await click("Pretty");
  await tab.copy();
  assert.equal(note(), "copied, secrets masked");
});

test("of several sessions it says whose a message is, and sends it again to that one", async () => {
  several = true;
  await show(['{"token":"***"}', { key: 2 ** 44 * 3 + 7, session: "trades", masked: 1, size: 22, next: 22 }]);
  assert.match(facts(), /^trades#7/);
  await click("Resend to trades");
  await click("Edit");
  assert.deepEqual(asked.slice(1), [
    ["resend", 7 + 2 ** 44 * 3],
    ["draft", 7 + 2 ** 44 * 3],
  ]);
  assert.deepEqual(to, ["trades", "trades", "trades"]);
});
