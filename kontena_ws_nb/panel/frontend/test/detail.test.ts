import { clipboard, labelled, press, settled } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { MessageTab } from "../src/detail";
import type { DecodedInfo } from "../src/messages";
import { aSession, aSource, payloads } from "./samples";

const CLOSE = { code: 1000, meaning: "normal closure", reason: "bye", by: "you" } as const;
const content: Parameters<typeof payloads>[0] = {
  1: ['{"a":9007199254740993,"b":[1]}', { sent: 1, compressed: true, fragments: 3, connection: 2 }],
  2: ["plain <b>text</b>\u202e"],
  3: [Uint8Array.of(0, 255, 65), { kind: "binary" }],
  4: [Uint8Array.of(3, 232, 98), { kind: "close", close: CLOSE }],
  5: ["", {}],
  6: ["x".repeat(450)],
  7: ["connected", { kind: "open" }],
  8: [Uint8Array.of(0xff, 0x41)],
  9: ["y", { size: 20_000_000 }],
  10: [` {"n":9007199254740993,"long":"${"x".repeat(400)}"}`],
  11: [`[1,${" ".repeat(400)}oops]`],
  12: ["[1", { size: 20_000_000 }],
  13: ["12", { incomplete: true }],
};
const DECODED: DecodedInfo = {
  decoder: "socket.io",
  label: 'EVENT chat "hi"',
  text: '{"event":"chat","data":["hi",9007199254740993]}',
  size: 46,
  choice: "",
  heartbeat: "",
  decoders: ["socket.io", "mqtt", "raw"],
  problem: "",
};
content[14] = ['42["chat","hi"]', { decoded: DECODED }];
content[15] = [
  Uint8Array.of(0x81),
  {
    kind: "binary",
    decoded: { ...DECODED, text: "", size: 300_000, choice: "mine", problem: "decoder 'mine' raised" },
  },
];
content[16] = ["hello", { decoded: { ...DECODED, label: "", text: "", size: 0 } }];
content[18] = ["2", { decoded: { ...DECODED, heartbeat: "off" } }];
content[17] = ["x", { decoded: { ...DECODED, text: "", size: 0 } }];
let chosen: [of: string, decoder: string][];
let tab: MessageTab;
let sent: number[];
let edited: [string, string][];
let went: number[];
let levels: [key: number, at: number, inside: string][];
let refuse: string;
let terms: string[];
let foundTexts: string[];
const text = (): string => tab.element.querySelector(".kws-content")!.textContent!;
const note = (): string => tab.element.querySelector(".kws-tools [role=status]")!.textContent!;
const labels = (): string[] =>
  [...tab.element.querySelectorAll(".kws-tools button")].map((one) => one.getAttribute("aria-label")!);
const menu = (): HTMLButtonElement[] => [...document.querySelectorAll<HTMLButtonElement>(".kws-choices button")];
async function choose(label: string): Promise<void> {
  labelled(tab.element, "Copy as").click();
  menu()
    .find((one) => one.textContent === label)!
    .click();
  await settled();
  await settled();
}

let bookmark: string | undefined;

beforeEach(() => {
  bookmark = undefined;
  [sent, edited, went, levels, refuse] = [[], [], [], [], ""];
  chosen = [];
  terms = [];
  foundTexts = [];
  clipboard.refuse = false;
  tab = new MessageTab({
    detail: payloads(content, 200),
    level: (key, at, inside) => {
      levels.push([key, at, inside]);
      return Promise.resolve([
        { v: 1, id: "", k: "level", kind: "object", next: null, problem: "", total: 1 },
        [['"n"', "number", "9007199254740993", 16, 6, 0]],
      ]);
    },
    decode: (of, decoder) =>
      refuse ? Promise.reject(new Error(refuse)) : Promise.resolve(void chosen.push([of, decoder])),
    heartbeat: (of, on) => Promise.resolve(void chosen.push([of, String(on)])),
    resend: (index) => (refuse ? Promise.reject(new Error(refuse)) : Promise.resolve(sent.push(index) + 1000)),
    draft: () => Promise.reject(new Error("nothing is masked")),
    edit: (value, mode) => edited.push([value, mode]),
    go: (index) => went.push(index),
    note: () => bookmark,
    several: () => false,
    filter: (term) => terms.push(term),
    found: () => Promise.resolve(foundTexts),
  });
  document.body.replaceChildren(tab.element);
  tab.tick(aSession(), [aSource()]);
});

test("JSON is a tree, and can be pretty, text or hex; focus stays on the choice", async () => {
  await tab.show(1);
  assert.match(
    tab.element.querySelector(".kws-facts")!.textContent!,
    /^#1↑ senttext30 B.*compressed3 fragmentsconnection 2$/,
  );
  assert.match(text(), /a: 9007199254740993/);
  for (const [shape, expected] of [
    ["Pretty", /\n {2}"a": 9007199254740993,\n/],
    ["Text", /^\{"a":9007199254740993,"b":\[1\]\}$/],
    ["Hex", /^00000000 {2}7b 22/],
  ] as const) {
    labelled(tab.element, shape).click();
    assert.match(text(), expected);
    assert.equal(document.activeElement!.textContent, shape);
  }
});

test("a message of which a part never came says so", async () => {
  await tab.show(13);
  assert.match(tab.element.querySelector(".kws-facts")!.textContent!, /incomplete: the connection ended before/);
  await tab.show(5);
  assert.doesNotMatch(tab.element.querySelector(".kws-facts")!.textContent!, /incomplete/);
});

test("long JSON is a tree by levels at any size, and pretty once it is fetched whole; what is too long or no JSON says so", async () => {
  for (const key of [10, 12]) {
    await tab.show(key);
    await settled();
    assert.deepEqual(levels.pop(), [key, key === 10 ? 1 : 0, ""]);
    assert.match(text(), /n: 9007199254740993$/);
  }
  await tab.show(10);
  const tree = tab.element.querySelector(".kws-tree");
  labelled(tab.element, "Text").click();
  assert.match(text(), /Load/);
  labelled(tab.element, "Tree").click();
  assert.equal(tab.element.querySelector(".kws-tree"), tree, "what was opened is still open");
  labelled(tab.element, "Pretty").click();
  await settled();
  assert.match(text(), /"n": 9007199254740993/);
  assert.doesNotMatch(text(), /Load/);
  await tab.show(11);
  labelled(tab.element, "Pretty").click();
  await settled();
  assert.equal(note(), "it is not JSON after all");
  await tab.show(12);
  labelled(tab.element, "Pretty").click();
  await settled();
  assert.equal(note(), "not shown: 20 MB are too much for a page; in a cell: ws.messages[12].payload");
  await tab.show(10);
  labelled(tab.element, "Pretty").click();
  await tab.show(2); // another one is chosen meanwhile
  await settled();
  assert.equal(text(), "plain <b>text</b>\\u202e");
});

test("what is invisible is shown, markup is text", async () => {
  await tab.show(2);
  assert.equal(text(), "plain <b>text</b>\\u202e");
  assert.equal(tab.element.querySelector("b"), null);
});

test("a close is explained, an empty payload said, a failure told", async () => {
  await tab.show(4);
  assert.match(text(), /1000 normal closure.*bye.*you/);
  assert.ok(!labels().includes("Resend"));
  content[4] = [Uint8Array.of(3, 232), { kind: "close", close: { ...CLOSE, reason: "", by: "" } }];
  tab.clear();
  await tab.show(4);
  assert.match(text(), /none.*the server/);
  await tab.show(5);
  assert.deepEqual([text(), labels()], ["empty payload", ["Copy ws.messages[5]", "Edit", "Resend"]]);
  await tab.show(77);
  assert.equal(text(), "no message 77");
  await tab.show(5);
  tab.clear();
  assert.match(text(), /Select a message/);
});

test("a long payload comes page by page", async () => {
  await tab.show(6);
  assert.equal(text(), `${"x".repeat(200)}Load 250 B more of 450 B`);
  assert.ok(labels().includes("Edit") && labels().includes("Resend")); // the kernel has all of it
  labelled(tab.element, "Load 250 B more of 450 B").click();
  await settled();
  assert.equal(text(), `${"x".repeat(400)}Load 50 B more of 450 B`);
});

test("the answer of a row that is not wanted any more is dropped", async () => {
  const slow = tab.show(2);
  await tab.show(1);
  await slow;
  assert.match(text(), /9007199254740993/);
  const failing = tab.show(77);
  await tab.show(2);
  await failing;
  assert.match(text(), /plain/);
  await tab.show(2); // is here already
});

test("what was received goes back to the server only when it is asked for twice", async () => {
  await tab.show(2);
  const resend = labelled(tab.element, "Resend");
  resend.click();
  await settled();
  assert.deepEqual([sent, resend.textContent], [[], "It was received: send it back?"]);
  resend.dispatchEvent(new Event("blur"));
  assert.equal(resend.getAttribute("aria-label"), "Resend");
  resend.click();
  resend.click();
  await settled();
  assert.deepEqual([sent, note(), resend.textContent], [[2], "sent as #1,001", "Resend"]);
});

test("on a closed connection it is said that it is closed, and nothing is asked or sent", async () => {
  await tab.show(2);
  tab.tick(aSession({ state: "closed" }), [aSource({ state: "closed", writable: false })]);
  const resend = labelled(tab.element, "Resend");
  resend.click();
  await settled();
  assert.deepEqual([sent, note(), resend.textContent], [[], "not sent: the connection is closed", "Resend"]);
  await tab.again();
  assert.deepEqual([sent, edited.length, note()], [[], 0, "not sent: the connection is closed"]);
});

test("without a kernel nothing is edited or resent, until one is back", async () => {
  await tab.show(1);
  const dead = (): boolean[] =>
    ["Edit", "Resend", "Copy"].map((name) => (labelled(tab.element, name) as HTMLButtonElement).disabled);
  labelled(tab.element, "Resend").click();
  tab.serve(false);
  await settled();
  assert.deepEqual(dead(), [true, true, false]);
  await tab.show(2);
  assert.deepEqual(dead(), [true, true, false]);
  tab.serve(true);
  assert.deepEqual(dead(), [false, false, false]);
  tab.clear();
  tab.serve(false); // nothing is shown
});

test("resent as it is, edited in the composer's words", async () => {
  await tab.show(1);
  labelled(tab.element, "Resend").click();
  await settled();
  assert.deepEqual([sent, note()], [[1], "sent as #1,001"]);
  await tab.edit();
  await tab.show(2);
  labelled(tab.element, "Edit").click();
  await tab.show(3);
  await tab.edit();
  await tab.resend();
  assert.deepEqual(edited, [
    ['{"a":9007199254740993,"b":[1]}', "JSON"],
    ["plain <b>text</b>\u202e", "Text"],
    ["00 ff 41", "Hex"],
  ]);
  assert.deepEqual(sent, [1, 3]);
  refuse = "the connection is closed";
  await tab.resend();
  assert.equal(note(), "not sent: the connection is closed");
});

test("what cannot be sent says why", async () => {
  await tab.resend(); // nothing is shown
  await tab.show(7);
  await tab.resend();
  assert.equal(note(), "not sent: only text and binary messages can be, not “open”");
  await tab.show(6);
  await tab.edit();
  assert.deepEqual(edited.at(-1), ["x".repeat(450), "Text"]); // what was not here yet has been fetched
  await tab.show(9);
  await tab.edit();
  assert.equal(note(), "not edited: 20 MB are too much for the composer; in a cell: ws.messages[9]");
  await tab.show(2);
  assert.ok(labels().includes("Edit"));
  tab.tick(aSession({ state: "log", can: [] }), [aSource({ state: "log", can: [] })]);
  assert.ok(!labels().includes("Edit") && !labels().includes("Resend"));
  await tab.resend();
  assert.deepEqual([note(), sent], ["not sent: there is no connection to send it to", []]);
});

test("copying takes the whole payload, not what is on the page", async () => {
  await tab.show(6);
  await tab.copy();
  assert.deepEqual([clipboard.copied.at(-1), note()], ["x".repeat(450), "copied"]);
  await tab.show(1);
  await tab.copy();
  assert.equal(clipboard.copied.at(-1), '{"a":9007199254740993,"b":[1]}');
  labelled(tab.element, "Pretty").click();
  labelled(tab.element, "Copy").click();
  await settled();
  assert.match(clipboard.copied.at(-1)!, /^\{\n {2}"a"/);
  await tab.show(3);
  labelled(tab.element, "Base64").click();
  await tab.copy();
  assert.equal(clipboard.copied.at(-1), "AP9B");
  await tab.show(9);
  await tab.copy();
  assert.equal(note(), "not copied: 20 MB are too much for a page; in a cell: ws.messages[9].payload");
  labelled(tab.element, "Copy ws.messages[9]").click();
  await settled();
  assert.equal(clipboard.copied.at(-1), "ws.messages[9]");
});

test("the menu offers what the payload can be, and copies all of it", async () => {
  await tab.show(1);
  labelled(tab.element, "Copy as").click();
  assert.deepEqual(
    menu().map((one) => one.textContent),
    ["Text", "Pretty JSON", "Python", "Hex", "Base64", "wscat command", "websocat command", "Save as a file"],
  );
  press(menu()[0]!, "Escape");
  await choose("Python");
  assert.deepEqual(
    [clipboard.copied.at(-1), note(), document.activeElement],
    ['ws.send("{\\"a\\":9007199254740993,\\"b\\":[1]}")', "copied as Python", labelled(tab.element, "Copy as")],
  );
  await tab.show(6);
  await choose("Hex");
  assert.equal(clipboard.copied.at(-1)!.length, 450 * 3 - 1);
  await tab.show(8);
  labelled(tab.element, "Copy as").click();
  assert.deepEqual(
    menu().map((one) => one.textContent),
    ["Python", "Hex", "Base64", "Save as a file"],
  );
  labelled(tab.element, "Copy as").click();
  content[10] = [Uint8Array.from({ length: 300 }, (_, at) => (at < 250 ? 65 : 255))];
  await tab.show(10);
  await choose("Text");
  assert.equal(note(), "not copied: it is not UTF-8");
  tab.tick(aSession({ state: "log", can: [], url: "" }), [aSource({ state: "log", can: [] })]);
  await choose("Python");
  assert.match(clipboard.copied.at(-1)!, /^bytes\.fromhex\("41 41/);
});

test("saved as a file, named after the row", async () => {
  const saved: [string, number][] = [];
  const click = HTMLElement.prototype.click;
  URL.createObjectURL = (file) => {
    saved.push(["", (file as Blob).size]);
    return "blob:x";
  };
  HTMLElement.prototype.click = function (this: HTMLElement) {
    if (this.tagName === "A") saved.at(-1)![0] = this.getAttribute("download")!;
    else click.call(this);
  };
  try {
    for (const index of [1, 6, 3]) {
      await tab.show(index);
      await choose("Save as a file");
    }
  } finally {
    HTMLElement.prototype.click = click;
  }
  assert.deepEqual(saved, [
    ["ws-messages-1.json", 30],
    ["ws-messages-6.txt", 450],
    ["ws-messages-3.bin", 3],
  ]);
  assert.equal(note(), "saved");
});

test("of a log among sessions nothing is sent, and of several sessions nobody is offered a command", async () => {
  tab.tick(aSession({ state: "merged", url: "2 sessions merged by time" }), [
    aSource({ number: 0, state: "log", can: [] }),
    aSource({ number: 1 }),
  ]);
  await tab.show(1);
  assert.ok(!labels().includes("Resend"));
  labelled(tab.element, "Copy as").click();
  assert.ok(!menu().some((one) => one.textContent!.includes("wscat")));
  tab.tick(aSession({ state: "merged", url: "2 sessions merged by time" }), [
    aSource({ number: 0 }),
    aSource({ number: 1 }),
  ]);
  assert.ok(labels().includes("Resend"));
  labelled(tab.element, "Copy as").click();
  assert.ok(!menu().some((one) => one.textContent!.includes("wscat")));
});

test("what a decoder says comes first, what was received is one click away", async () => {
  await tab.show(14);
  assert.match(text(), /^EVENT chat "hi"/);
  assert.match(text(), /event: "?chat/);
  assert.match(text(), /9007199254740993/);
  assert.deepEqual(
    [...tab.element.querySelectorAll(".kws-segments button")].map((one) => one.textContent),
    ["Decoded", "Text", "Hex"],
  );
  await tab.copy();
  assert.equal(clipboard.copied.at(-1), DECODED.text);
  labelled(tab.element, "Text").click();
  assert.equal(text(), '42["chat","hi"]');
  assert.equal(document.activeElement!.textContent, "Text");
  await tab.show(15);
  assert.match(text(), /^00000000/); // the choice stays
  labelled(tab.element, "Decoded").click();
  assert.match(text(), /raised/);
  assert.match(
    text(),
    /293 kB as JSON; in a cell: ws\.messages\[15\]\.decoded|300 kB as JSON; in a cell: ws\.messages\[15\]\.decoded/,
  );
  await tab.copy();
  assert.match(note(), /^not copied: .* are too much for a page; in a cell: ws\.messages\[15\]\.decoded$/);
  await tab.show(16);
  assert.equal(text(), "hello");
  await tab.show(17);
  assert.equal(text(), 'EVENT chat "hi"');
  await tab.show(2);
  assert.equal(tab.element.querySelector(".kws-decoder"), null);
});

test("the decoder is chosen where the message is", async () => {
  const select = (): HTMLSelectElement => tab.element.querySelector(".kws-decoder")!;
  const options = (): string[] => [...select().options].map((one) => one.textContent!);
  await tab.show(14);
  assert.deepEqual(options(), ["auto: socket.io", "socket.io", "mqtt", "raw"]);
  assert.equal(select().value, "");
  select().value = "raw";
  select().dispatchEvent(new Event("change"));
  await settled();
  await settled();
  assert.deepEqual(chosen, [["ws", "raw"]]);
  assert.equal(document.activeElement, select());
  refuse = "no decoder is called so";
  select().value = "mqtt";
  select().dispatchEvent(new Event("change"));
  await settled();
  await settled();
  assert.equal(note(), "not changed: no decoder is called so");
  await tab.show(15);
  assert.deepEqual(options(), ["auto", "socket.io", "mqtt", "raw", "mine"]);
  assert.equal(select().value, "mine");
});

test("heartbeats are answered where the protocol has some", async () => {
  await tab.show(14);
  assert.equal(tab.element.querySelector(".kws-toggle"), null);
  await tab.show(18);
  const toggle = (): HTMLButtonElement => tab.element.querySelector(".kws-toggle")!;
  assert.equal(toggle().getAttribute("aria-pressed"), "false");
  toggle().click();
  await settled();
  await settled();
  assert.deepEqual(chosen, [["ws", "true"]]);
  assert.equal(document.activeElement, toggle());
});

test("a bookmark and its note are among the facts, also when they change", async () => {
  bookmark = "";
  await tab.show(2);
  const facts = (): string => tab.element.querySelector(".kws-facts")!.textContent!;
  assert.match(facts(), /bookmarked$/);
  bookmark = "why\u202e?";
  tab.marked();
  assert.match(facts(), /bookmarked: why\\u202e\?$/);
  tab.clear();
  tab.marked();
  assert.equal(facts(), "");
});

test("what a row can be copied as, for a menu elsewhere", async () => {
  const ways = await tab.copies(1);
  assert.ok(ways.some(([label]) => label === "Pretty JSON"));
  ways.find(([label]) => label === "Hex")![1]();
  await settled();
  await settled();
  assert.deepEqual([clipboard.copied.at(-1)!.replaceAll(" ", "").slice(0, 4), note()], ["7b22", "copied as Hex"]);
  await assert.rejects(tab.copies(5), /it is empty/);
  await assert.rejects(tab.copies(99), /the row is not here any more/);
});
