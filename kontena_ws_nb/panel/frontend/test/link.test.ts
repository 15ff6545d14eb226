import { frame, settled } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { GONE, KernelError, Link, type LinkEvents } from "../src/link";
import type { SavedAnswer, SchedulesAnswer, Tick } from "../src/messages";
import { Kernel } from "./kernel";
import { aTick } from "./samples";

class Events implements LinkEvents {
  ticks: Tick[] = [];
  waits: number[] = [];
  lost = 0;
  told = false;
  tables: SavedAnswer[] = [];
  schedules: SchedulesAnswer[] = [];
  unanswered = (): boolean => this.told;
  saved = (table: SavedAnswer): void => void this.tables.push(table);
  scheduled = (told: SchedulesAnswer): void => void this.schedules.push(told);
  tick = (tick: Tick): void => void this.ticks.push(tick);
  waiting = (count: number): void => void this.waits.push(count);
  gone = (): void => {
    this.lost += 1;
  };
}

let kernel: Kernel;
let events: Events;
let link: Link;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  kernel = new Kernel();
  events = new Events();
  link = new Link(kernel, events);
});

test("hello is repeated until the kernel's thread speaks; then poll", () => {
  mock.timers.tick(1000);
  assert.deepEqual(events.waits, [1]); // "waiting for the kernel"
  for (let second = 0; second < 3; second++) mock.timers.tick(1000);
  assert.deepEqual(kernel.kinds(), ["hello", "hello", "hello", "poll", "poll"]);
  kernel.say(aTick({ via: "reply" }));
  mock.timers.tick(1000);
  assert.equal(kernel.sent.length, 6); // a reply is no pump: go on polling
  kernel.say(aTick());
  for (let second = 0; second < 5; second++) mock.timers.tick(1000);
  assert.equal(kernel.sent.length, 6);
  assert.equal(events.ticks.length, 2);
});

test("nobody waits for a kernel that the reader knows is not there; should it speak after all, it goes on", async () => {
  events.told = true;
  mock.timers.tick(1000);
  assert.deepEqual(events.waits, []);
  link.end("only saved");
  await assert.rejects(link.request("locate", { key: 1 }), /only saved/);
  kernel.say({ k: "saved", id: "", html: "<p>", text: "" });
  assert.deepEqual(
    events.tables.map(({ html }) => html),
    ["<p>"],
  );
  void link.request("locate", { key: 1 });
  assert.equal(kernel.kinds().at(-1), "locate");
});

test("an ack waits for a frame: none is sent from a hidden tab", () => {
  kernel.say(aTick({ ack: true, seq: 41 }));
  kernel.say(aTick({ seq: 42 }));
  assert.deepEqual(kernel.kinds(), ["hello"]);
  frame();
  assert.deepEqual(kernel.sent.at(-1), { v: 1, id: kernel.sent.at(-1)!.id, k: "ack", seq: 41 });
  link.close();
  kernel.say(aTick({ ack: true }));
  frame();
  assert.deepEqual(kernel.kinds(), ["hello", "ack", "bye"]);
});

test("a view takes its own ticks; until there is one any will do, which it does not acknowledge", () => {
  const own = kernel.asked("hello").id.split(":")[0]!;
  kernel.say(aTick({ view: "other", ack: true, filter: "theirs" }));
  frame();
  assert.deepEqual(kernel.kinds(), ["hello"]);
  mock.timers.tick(1000);
  assert.deepEqual(kernel.kinds(), ["hello", "hello"], "it has not been heard of yet");
  kernel.say(aTick({ view: own, ack: true, filter: "mine" }));
  frame();
  assert.equal(kernel.kinds().at(-1), "ack");
  kernel.say(aTick({ view: "other", filter: "theirs" }));
  assert.deepEqual(
    events.ticks.map(({ filter }) => filter),
    ["theirs", "mine"],
  );
});

test("a view that was let go, or comes to light again, says what it filters", () => {
  const own = kernel.asked("hello").id.split(":")[0]!;
  document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(kernel.kinds(), ["hello"], "nothing is known yet");
  kernel.say(aTick({ view: own, filter: "mine", fold: false }));
  document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(kernel.sent.at(-1), { v: 1, id: kernel.sent.at(-1)!.id, k: "back", filter: "mine", fold: 0 });
  const now = performance.now();
  const clock = mock.method(performance, "now", () => now + 9_000);
  kernel.say(aTick({ view: "other" }));
  assert.equal(kernel.kinds().length, 2);
  clock.mock.mockImplementation(() => now + 11_000);
  kernel.say(aTick({ view: "other" }));
  kernel.say(aTick({ view: "other" }));
  assert.deepEqual(kernel.kinds(), ["hello", "back", "back"]);
  clock.mock.restore();
});

test("send is never repeated, however long it takes, and the waiting is said", async () => {
  const sending = link.request("send", { of: "ws", kind: "text", text: "once" });
  mock.timers.tick(400);
  assert.deepEqual(events.waits.at(-1), 1);
  for (let minute = 0; minute < 10; minute++) mock.timers.tick(60_000);
  assert.equal(kernel.kinds().filter((kind) => kind === "send").length, 1);
  const { id } = kernel.sent.find(({ k }) => k === "send")!;
  kernel.say({ k: "sent", id, index: 7 });
  kernel.say({ k: "sent", id, index: 8 }); // a second answer changes nothing
  assert.equal((await sending)[0].index, 7);
  assert.equal(events.waits.at(-1), 0);
  assert.equal(link.trips.length, 1);
});

test("a read that got no answer is given up, so that it can be asked again", async () => {
  const rows = link.request("rows", { gen: 1, first: 0, n: 100 });
  mock.timers.tick(15_000);
  await assert.rejects(rows, /did not answer/);
});

test("an error carries the place of the mistake; other views' answers are not ours", async () => {
  const filter = link.request("filter", { text: "kind:txt" });
  kernel.say({ k: "filter", id: "other:1", gen: 3 });
  kernel.say({ k: "error", id: kernel.sent.at(-1)!.id, message: "no such kind", position: 5 });
  await assert.rejects(
    filter,
    (error: KernelError) => error instanceof KernelError && error.position === 5 && error.message === "no such kind",
  );
});

test("a kernel that went away ends every request; one that speaks again is alive", async () => {
  const closing = link.request("close", { of: "ws", code: 1000, reason: "" });
  kernel.listeners.get("comm_live_update")!();
  await assert.rejects(closing, { message: GONE });
  await assert.rejects(link.request("clear", {}), { message: GONE });
  link.notify({ k: "poll" });
  assert.equal(events.lost, 1);
  const before = kernel.sent.length;
  kernel.say(aTick());
  const clear = link.request("clear", {});
  assert.equal(kernel.sent.length, before + 1);
  kernel.say({ k: "done", id: kernel.sent.at(-1)!.id });
  await clear;
});

test("a kernel that was shut down, or whose place another took, went away; one that comes to a notebook did not", () => {
  type Slot = (sender: unknown, args: { oldValue: unknown }) => void;
  const slots = new Set<Slot>();
  kernel.widget_manager = {
    context: {
      sessionContext: {
        kernelChanged: { connect: (slot: Slot) => slots.add(slot), disconnect: (slot: Slot) => slots.delete(slot) },
      },
    },
  };
  link = new Link(kernel, events);
  const changed = (oldValue: unknown): void => {
    for (const slot of slots) slot(null, { oldValue });
  };
  changed("one that this panel has never heard");
  kernel.say(aTick());
  changed(null);
  assert.equal(events.lost, 0);
  changed("the one that speaks");
  assert.equal(events.lost, 1);
  link.close();
  assert.equal(slots.size, 0);
});

test("another version of the protocol is not understood, and a closed link is silent", async () => {
  kernel.listeners.get("msg:custom")!({ ...aTick(), v: 2 });
  assert.equal(events.ticks.length, 0);
  void link.request("clear", {});
  link.close();
  assert.equal(kernel.listeners.size, 0);
  mock.timers.tick(10_000);
  assert.deepEqual(events.waits, []);
  await settled();
});

test("what the kernel sends again and again is told to all, and answered to who asked", async () => {
  kernel.say({ k: "schedules", id: "", schedules: [] });
  assert.equal(events.schedules.length, 1);
  const asked = link.request("schedules", {});
  kernel.answer("schedules", { schedules: [] });
  assert.deepEqual([(await asked)[0].schedules, events.schedules.length], [[], 1]);
});

test("bytes come as hosts have them: DataView, Uint8Array or ArrayBuffer, whole or a part", async () => {
  const whole = new TextEncoder().encode("xhellox");
  for (const bytes of [
    new DataView(whole.buffer, 1, 5),
    whole.subarray(1, 6),
    whole.slice(1, 6).buffer,
    new DataView(whole.slice(1, 6).buffer),
  ]) {
    const asked = link.request("detail", { key: 1, offset: 0 });
    kernel.answer("detail", {}, [bytes]);
    const [, [view]] = await asked;
    assert.ok(view instanceof DataView);
    assert.equal(new TextDecoder().decode(view), "hello");
  }
});

test("the kernel is told how many buffers belong to a request, since not every host passes them on", () => {
  void link.request("send", { of: "ws", kind: "binary", text: "" }, [new ArrayBuffer(3)]);
  assert.equal(kernel.asked("send").buffers, 1);
  void link.request("send", { of: "ws", kind: "text", text: "x" });
  assert.equal(kernel.asked("send").buffers, undefined);
});
