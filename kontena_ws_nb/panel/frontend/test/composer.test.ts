import { labelled, press, settled, type } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Composer, type ComposerOwner } from "../src/composer/composer";
import { read } from "../src/composer/shelf";
import type { Payload } from "../src/draft";
import { KernelError } from "../src/link";
import type { FilledAnswer, ScheduleInfo } from "../src/messages";
import { aSource } from "./samples";

let sent: Payload[];
let to: string[];
let answer: () => Promise<number>;
let composer: Composer;
const part = <T extends HTMLElement = HTMLElement>(selector: string): T => composer.element.querySelector<T>(selector)!;
const text = (): HTMLTextAreaElement => part<HTMLTextAreaElement>(".kws-text");
let left: number;
let fill: ComposerOwner["fill"];
let scheduled: unknown[][];
let unschedule: ComposerOwner["unschedule"];
const send = async (value: string): Promise<void> => {
  type(text(), value);
  press(text(), "Enter", { ctrlKey: true });
  await settled();
};
async function choose(file: File): Promise<void> {
  Object.defineProperty(part(".kws-file"), "files", { value: [file], configurable: true });
  part(".kws-file").dispatchEvent(new Event("change"));
  await settled();
  await settled();
}

beforeEach(() => {
  localStorage.clear();
  sent = [];
  to = [];
  left = 0;
  scheduled = [];
  unschedule = async (of) => void scheduled.push(["stop", of]);
  fill = () => Promise.reject(new Error("not asked for"));
  answer = () => Promise.resolve(1234);
  composer = new Composer({
    send: (payload, of) => {
      sent.push(payload);
      to.push(of);
      return answer();
    },
    fill: (mode, value) => fill(mode, value),
    schedule: async (payload, of, every, count) => void scheduled.push([payload, of, every, count]),
    unschedule: (of) => unschedule(of),
    schedules: () => scheduled.push(["ask"]),
    library: () => Promise.reject(new Error("no kernel")),
    leave: () => (left += 1),
  });
  document.body.replaceChildren(composer.element);
  composer.tick([aSource()]);
});

test("Ctrl+Enter sends once, empties the field and says as what", async () => {
  let done: (index: number) => void = () => undefined;
  answer = () => new Promise((resolve) => (done = resolve));
  await send("hello");
  press(text(), "Enter", { metaKey: true }); // while the first is under way
  done(1234);
  await settled();
  assert.deepEqual(sent, [{ kind: "text", text: "hello" }]);
  assert.equal(part(".kws-result").textContent, "sent as #1,234");
  assert.equal(text().value, "");
});

test("what was sent is told until another format is chosen", async () => {
  await send("hello");
  assert.match(part(".kws-result").textContent!, /^sent as #/);
  type(part<HTMLSelectElement>(".kws-mode"), "Hex");
  assert.equal(part(".kws-result").textContent, "");
});

test("what was not sent stays, with the reason", async () => {
  answer = () => Promise.reject(new Error("the connection is closed"));
  await send("kept");
  assert.equal(part(".kws-result").textContent, "not sent: the connection is closed");
  assert.equal(text().value, "kept");
});

test("JSON is checked while it is typed", () => {
  type(part<HTMLSelectElement>(".kws-mode"), "JSON");
  type(text(), '{"a":}');
  assert.equal(part(".kws-check").textContent, "line 1, column 6: a value is expected");
  assert.equal(part<HTMLButtonElement>(".kws-send").disabled, true);
  press(text(), "Enter", { ctrlKey: true });
  type(text(), '{"a":1}');
  assert.equal(part(".kws-check").textContent, "✓ valid JSON, 7 B");
  assert.deepEqual(sent, []);
});

test("arrow up brings back what was sent, with its format; arrow down the draft", async () => {
  await send("first");
  composer.fill("01 02", "Hex");
  await send("01 02");
  composer.fill("draft", "Text");
  text().setSelectionRange(0, 0);
  press(text(), "ArrowUp");
  assert.deepEqual([text().value, part<HTMLSelectElement>(".kws-mode").value], ["01 02", "Hex"]);
  press(text(), "ArrowUp");
  press(text(), "ArrowUp"); // there is nothing older
  assert.deepEqual([text().value, part<HTMLSelectElement>(".kws-mode").value], ["first", "Text"]);
  press(text(), "ArrowDown");
  press(text(), "ArrowDown");
  assert.equal(text().value, "draft");
});

const mode = (): string => part<HTMLSelectElement>(".kws-mode").value;

test("looking through the history leaves the format as it was: back at the draft, and once what was recalled is sent", async () => {
  composer.fill("ff", "Hex");
  await send("ff");
  assert.equal(mode(), "Text", "what was edited was sent");
  composer.fill("ff", "Hex");
  type(part<HTMLSelectElement>(".kws-mode"), "JSON");
  type(text(), "");
  press(text(), "ArrowUp");
  assert.deepEqual([text().value, mode()], ["ff", "Hex"]);
  press(text(), "ArrowDown");
  assert.deepEqual([text().value, mode()], ["", "JSON"]);
  press(text(), "ArrowUp");
  await send("fe"); // edited
  assert.deepEqual([sent.at(-1), text().value, mode()], [{ kind: "binary", data: Uint8Array.of(254) }, "", "JSON"]);
  press(text(), "ArrowUp");
  type(text(), "fd");
  text().setSelectionRange(0, 0);
  press(text(), "ArrowUp");
  assert.deepEqual([text().value, mode()], ["fe", "Hex"]);
  press(text(), "ArrowDown");
  assert.deepEqual([text().value, mode()], ["fd", "Hex"]); // what was edited is not lost
  type(part<HTMLSelectElement>(".kws-mode"), "Base64"); // chosen: it stays
  await send("/w==");
  assert.equal(mode(), "Base64");
});

test("an empty box sends nothing: an empty message has to be asked for", async () => {
  for (const format of ["Text", "Hex", "Base64"]) {
    type(part<HTMLSelectElement>(".kws-mode"), format);
    await send("");
    part(".kws-send").click();
    await settled();
    assert.deepEqual([sent, part(".kws-result").textContent], [[], "nothing to send: Send an empty message"]);
    assert.equal(document.activeElement, text(), "what is typed next is the message, and no key of the table");
  }
  type(text(), "x");
  assert.equal(part(".kws-result").textContent, "");
  await send("");
  part(".kws-result button").click();
  await settled();
  assert.deepEqual([sent, document.activeElement], [[{ kind: "binary", data: new Uint8Array() }], text()]);
  assert.equal(part(".kws-result").textContent, "sent as #1,234");
  press(text(), "ArrowUp");
  assert.equal(text().value, ""); // nothing to bring back
  type(part<HTMLSelectElement>(".kws-mode"), "Text");
  type(text(), "held");
  text().dispatchEvent(
    new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, repeat: true, bubbles: true, cancelable: true }),
  );
  assert.equal(sent.length, 1);
  press(text(), "Escape");
  assert.equal(left, 1);
});

test("a star asks for a name and keeps what is written; whatever is kept can be used", async () => {
  type(text(), '{"op":"ping"}');
  part(".kws-star").click();
  await settled();
  labelled(composer.element, "Keep").click();
  await settled();
  assert.deepEqual([part(".kws-star").textContent, read().map(({ name }) => name)], ["★", ['{"op":"ping"}']]);
  type(text(), "");
  labelled(composer.element, 'Use {"op":"ping"}').click();
  assert.deepEqual([text().value, document.activeElement], ['{"op":"ping"}', text()]);
});

test("a file goes as binary or as text, up to a bound", async () => {
  type(part<HTMLSelectElement>(".kws-mode"), "File");
  assert.equal(part(".kws-check").textContent, "choose a file");
  await choose(new File(["héllo"], "a.txt"));
  assert.equal(part(".kws-check").textContent, "binary, 6 B");
  part(".kws-send").click();
  await settled();
  assert.deepEqual(sent, [{ kind: "binary", data: new TextEncoder().encode("héllo") }]);
  part<HTMLInputElement>("input[type=checkbox]").click();
  part<HTMLInputElement>("input[type=checkbox]").dispatchEvent(new Event("change"));
  part(".kws-send").click();
  await settled();
  assert.deepEqual(sent[1], { kind: "text", text: "héllo" });
  await choose(new File([new Uint8Array(8_000_001)], "big"));
  assert.match(part(".kws-check").textContent!, /^the file has 8.0 MB; the panel sends up to 8.0 MB/);
  assert.equal(part<HTMLButtonElement>(".kws-send").disabled, true);
});

test("nothing is sent without a connection, and a log has no composer", async () => {
  composer.tick([aSource({ writable: false, state: "closed" })]);
  await send("kept");
  press(text(), "Enter", { ctrlKey: true });
  assert.equal(part(".kws-result").textContent, "not sent: The connection is closed");
  assert.deepEqual(
    [text().value, text().disabled],
    ["kept", false],
    "a disabled field would give its focus to Jupyter",
  );
  composer.gone("nobody is there");
  press(text(), "Enter", { ctrlKey: true });
  assert.equal(part(".kws-result").textContent, "not sent: nobody is there");
  assert.deepEqual(sent, []);
  composer.tick([aSource({ state: "log", can: [], writable: false })]);
  assert.equal(composer.element.hidden, true);
});

const feed = aSource({ number: 1, name: "feed" });
const trades = aSource({ number: 2, name: "trades" });
const list = (): HTMLSelectElement => part<HTMLSelectElement>(".kws-to");

test("several sessions: nothing goes anywhere until one is chosen, and the button says which", async () => {
  composer.tick([feed, trades, aSource({ number: 3, name: "log", state: "log", can: [], writable: false })]);
  assert.equal(list().hidden, false);
  assert.deepEqual(
    [...list().options].map((one) => one.textContent),
    ["to …", "to feed", "to trades"],
  );
  assert.equal(text().placeholder, "Choose below which session to send to");
  await send("for whom?");
  assert.equal(part<HTMLButtonElement>(".kws-send").disabled, true);
  type(list(), "trades");
  assert.equal(part(".kws-send").textContent, "Send to trades");
  assert.equal(part(".kws-send").getAttribute("aria-label"), "Send to trades");
  await send("for trades");
  assert.deepEqual(to, ["trades"]);
  assert.equal(part(".kws-result").textContent, "sent to trades as #1,234");
  assert.equal(press(list(), "ArrowDown"), true);
});

test("who was the only one stays chosen when others come, and is not replaced when it goes", async () => {
  composer.tick([aSource({ name: "feed" })]);
  const option = (): Element | null => list().options[1] ?? null;
  composer.tick([feed, trades]);
  assert.equal(part(".kws-send").textContent, "Send to feed");
  const kept = option();
  composer.tick([feed, trades]); // ten times a second: the open list must stay
  assert.ok(option() === kept);
  composer.tick([aSource({ number: 1, name: "feed", state: "closed", writable: false }), trades]);
  assert.equal(text().placeholder, "The connection of feed is closed");
  assert.equal(list().options[1]!.textContent, "to feed (closed)");
  await send("lost");
  composer.tick([trades, aSource({ number: 3, name: "third" })]);
  assert.equal(list().value, "");
  await send("lost too");
  assert.deepEqual(sent, []);
});

test("what was typed for one session does not go to another that took its place, unless sent again", async () => {
  composer.tick([aSource({ name: "feed" })]);
  type(text(), "for feed");
  composer.tick([aSource({ name: "trades" })]); // from Python
  press(text(), "Enter", { ctrlKey: true });
  await settled();
  assert.deepEqual(sent, []);
  assert.equal(part(".kws-result").textContent, "not sent: it would go to trades now; send again if that is right");
  press(text(), "Enter", { ctrlKey: true });
  await settled();
  assert.deepEqual(to, ["trades"]);
  composer.tick([aSource({ name: "feed" })]); // nothing was typed: nothing to be unsure of
  await send("hello");
  assert.deepEqual(to, ["trades", "feed"]);
});

test("editing a message sends it to the session it is of", async () => {
  composer.tick([feed, trades]);
  composer.fill("again", "Text", "trades");
  assert.equal(composer.to, "trades");
  press(text(), "Enter", { ctrlKey: true });
  await settled();
  assert.deepEqual(to, ["trades"]);
  composer.fill("a log's", "Text", "log"); // takes nothing
  assert.equal(composer.to, "trades");
});

const filled = (value: string, name = "one"): FilledAnswer => ({
  v: 1,
  id: "",
  k: "filled",
  name,
  kind: "text",
  size: value.length,
  text: value,
});
const button = (label: string): HTMLButtonElement => labelled(composer.element, label);

test("Ctrl+Shift+F and a button format JSON, again compact it, and point at what is wrong", () => {
  type(text(), '{"a":1.50}');
  press(text(), "F", { ctrlKey: true, shiftKey: true });
  assert.deepEqual([text().value, part(".kws-result").textContent], ['{\n  "a": 1.50\n}', "formatted; again compacts"]);
  button("Format JSON").click();
  assert.equal(text().value, '{"a":1.50}');
  type(text(), '{"a":\n}');
  press(text(), "f", { metaKey: true, shiftKey: true });
  assert.deepEqual(
    [part(".kws-result").textContent, text().selectionStart],
    ["not formatted: line 2, column 1: a value is expected", 6],
  );
  type(part<HTMLSelectElement>(".kws-mode"), "JSON");
  text().setSelectionRange(0, 0);
  part(".kws-check").click();
  assert.deepEqual([part(".kws-wrong").textContent, text().selectionStart], ["}", 6]);
  type(part<HTMLSelectElement>(".kws-mode"), "Hex");
  assert.equal(button("Format JSON").disabled, true);
});

test("expressions go as they are until the reader switches them on, whoever wrote them", async () => {
  await send("{{1 + 1}}");
  assert.deepEqual(sent.splice(0), [{ kind: "text", text: "{{1 + 1}}" }]);
  const asked: string[][] = [];
  fill = async (mode, value) => {
    asked.push([mode, value]);
    return filled("2");
  };
  type(text(), "{{1 + 1}}");
  assert.match(part(".kws-check").textContent!, /goes as it is: press \{\{ \}\} to fill in/);
  assert.deepEqual(asked, []);
  button("Fill in {{expressions}}").click();
  await settled();
  assert.deepEqual([asked, part(".kws-filled").textContent], [[["Text", "{{1 + 1}}"]], "would send 1 B:2"]);
  composer.fill("{{hostile()}}", "Text", "feed");
  assert.equal(button("Fill in {{expressions}}").getAttribute("aria-pressed"), "false");
  press(text(), "Enter", { ctrlKey: true });
  await settled();
  assert.deepEqual([sent, asked.length], [[{ kind: "text", text: "{{hostile()}}" }], 1]);
});

test("what was shown is what is sent; another text is shown first", async () => {
  let number = 0;
  fill = async () => filled(`n${++number}`, `name ${number}`);
  type(text(), "n{{x}}");
  button("Fill in {{expressions}}").click();
  await settled();
  type(text(), "n{{x}}!");
  assert.deepEqual([part(".kws-filled").hidden, part(".kws-send").textContent], [true, "Preview"]);
  press(text(), "Enter", { ctrlKey: true });
  await settled();
  assert.deepEqual([sent, part(".kws-filled-text").textContent, part(".kws-send").textContent], [[], "n2", "Send"]);
  press(text(), "Enter", { ctrlKey: true });
  await settled();
  assert.deepEqual([sent, text().value, part(".kws-filled").hidden], [[{ kind: "filled", text: "name 2" }], "", true]);
  press(text(), "ArrowUp");
  assert.deepEqual(
    [text().value, part(".kws-send").textContent],
    ["n{{x}}!", "Preview"],
    "the reader's own comes back as it was",
  );
});

test("an expression that fails says where; one that comes late for another text is nothing", async () => {
  fill = () => Promise.reject(new KernelError("{{x}}: NameError: name 'x' is not defined", 3));
  type(text(), "ab\n{{x}}");
  button("Fill in {{expressions}}").click();
  await settled();
  assert.equal(part(".kws-result").textContent, "line 2, column 1: {{x}}: NameError: name 'x' is not defined");
  let done: (answer: FilledAnswer) => void = () => undefined;
  fill = () => new Promise((resolve) => (done = resolve));
  press(text(), "Enter", { ctrlKey: true });
  type(text(), "other {{y}}");
  done(filled("late"));
  await settled();
  assert.deepEqual([part(".kws-filled").hidden, part(".kws-send").textContent], [true, "Preview"]);
  type(text(), "no braces");
  assert.deepEqual([part(".kws-fill").hidden, part(".kws-send").textContent], [true, "Send"]);
});

const aSchedule = (more: Partial<ScheduleInfo> = {}): ScheduleInfo => ({
  of: "feed",
  every: 5,
  count: 0,
  sent: 1,
  running: 1,
  next: 5,
  error: "",
  ...more,
});

test("what is written is repeated by the kernel, with how often and how many; bounds are told", async () => {
  button("Repeat").click();
  assert.equal(document.activeElement, part(".kws-few"));
  const [every, times] = composer.element.querySelectorAll<HTMLInputElement>(".kws-few");
  assert.equal(button("Start").disabled, true, "there is nothing to send");
  press(part(".kws-few"), "Escape");
  assert.deepEqual([document.activeElement, button("Repeat").getAttribute("aria-expanded")], [text(), "false"]);
  button("Repeat").click();
  type(text(), "ping");
  type(every!, "0.5");
  press(every!, "Enter");
  type(times!, "3");
  button("Start").click();
  await settled();
  assert.deepEqual(scheduled, [
    [{ kind: "text", text: "ping" }, "ws", 500, 0],
    [{ kind: "text", text: "ping" }, "ws", 500, 3],
  ]);
  for (const [one, value] of [
    [every!, "0.01"],
    [every!, "100000"],
    [every!, ""],
  ] as const) {
    type(one, value);
    button("Start").click();
    await settled();
    assert.equal(
      part(".kws-repeats").previousElementSibling!.lastElementChild!.textContent,
      "not started: 0.1 to 86,400 seconds",
    );
  }
  type(every!, "1");
  type(times!, "0");
  button("Start").click();
  await settled();
  assert.match(part("[role=alert]").textContent!, /1 to 1,000,000 times/);
  assert.equal(scheduled.length, 2);
});

test("a template is shown before it is repeated, and evaluated anew each time", async () => {
  fill = async () => filled("n1");
  type(text(), "n{{x}}");
  button("Fill in {{expressions}}").click();
  await settled();
  type(text(), "m{{x}}");
  button("Repeat").click();
  button("Start").click();
  await settled();
  assert.match(part("[role=alert]").textContent!, /see what would be sent/);
  button("Start").click();
  await settled();
  assert.deepEqual(scheduled, [[{ kind: "template", mode: "Text", text: "m{{x}}" }, "ws", 5000, 0]]);
  fill = () => Promise.reject(new Error("no"));
  type(text(), "o{{x}}");
  button("Start").click();
  await settled();
  assert.match(part("[role=alert]").textContent!, /cannot be filled in/);
});

test("what is repeated is seen: how many, when next, what failed; it is stopped, and asked about when it is late", async (context) => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  let now = 0;
  context.mock.method(performance, "now", () => now);
  composer.scheduled([aSchedule()]);
  const line = (): string => part(".kws-repeats").textContent!;
  assert.equal(line(), "repeating every 5 s · sent 1 · next in 5 sStop");
  now += 2000;
  context.mock.timers.tick(1000);
  assert.match(line(), /next in 3 s/);
  const stop = button("Stop repeating to feed");
  composer.scheduled([aSchedule({ sent: 2, count: 20, error: "not sent: connecting" })]);
  assert.equal(line(), "repeating every 5 s · sent 2 of 20 · next in 5 snot sent: connectingStop");
  assert.equal(button("Stop repeating to feed"), stop, "nothing moves under the pointer");
  now += 9000;
  context.mock.timers.tick(2000);
  assert.deepEqual(scheduled, [["ask"]]);
  stop.click();
  await settled();
  assert.deepEqual([scheduled.at(-1), stop.disabled], [["stop", "feed"], true]);
  composer.scheduled([aSchedule({ running: 0, every: 0.5, sent: 3 })]);
  assert.deepEqual([line(), stop.hidden], ["repeated every 0.5 s · sent 3Stop", true]);
  composer.gone("No kernel");
  assert.deepEqual([part(".kws-repeats").hidden, button("Repeat").disabled], [true, true]);
  composer.dispose();
});

test("what could not be stopped says why, and can be tried again", async () => {
  composer.scheduled([aSchedule()]);
  const stop = button("Stop repeating to feed");
  unschedule = () => Promise.reject(new Error("the kernel is busy"));
  stop.click();
  assert.equal(stop.disabled, true);
  await settled();
  assert.deepEqual(
    [stop.disabled, part(".kws-repeats").previousElementSibling!.lastElementChild!.textContent],
    [false, "the kernel is busy"],
  );
  composer.dispose();
});
