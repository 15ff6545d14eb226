import "./browser";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Announcer, QUIET_MS } from "../src/announcer";
import { aSession, aTick } from "./samples";

let present: boolean;
let announcer: Announcer;
const said = (): string => announcer.element.textContent!;
const rows = (total: number, parts: Parameters<typeof aTick>[0] = {}): void =>
  announcer.tick(aTick({ total, kept: total, n: total, ...parts }));

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  present = true;
  announcer = new Announcer(() => present);
});

test("new messages are told together, every five seconds at most", () => {
  rows(100);
  for (let total = 101; total <= 112; total++) rows(total);
  assert.equal(said(), "");
  mock.timers.tick(QUIET_MS - 1);
  assert.equal(said(), "");
  mock.timers.tick(1);
  assert.equal(said(), "12 new rows");
  rows(113);
  mock.timers.tick(QUIET_MS);
  assert.equal(said(), "1 new row");
  mock.timers.tick(QUIET_MS);
  assert.equal(said(), "1 new row");
});

test("only to who is in the panel", () => {
  rows(1);
  present = false;
  rows(50);
  mock.timers.tick(QUIET_MS);
  present = true;
  rows(51);
  mock.timers.tick(QUIET_MS);
  assert.equal(said(), "1 new row"); // not those that came meanwhile
  rows(60);
  present = false;
  mock.timers.tick(QUIET_MS);
  assert.equal(said(), "1 new row");
});

test("a state is told at once, but not why it closed: the banner does", () => {
  rows(0, { session: aSession({ state: "connecting" }) });
  assert.equal(said(), "");
  rows(0);
  assert.equal(said(), "connection open");
  rows(0, { session: aSession({ state: "closed" }) });
  assert.equal(said(), "connection open");
});

test("the result of a filter is told once, when the search is through", () => {
  rows(10);
  rows(10, { filter: "x", busy: true, n: 0 });
  assert.equal(said(), "");
  rows(10, { filter: "x", n: 3 });
  assert.equal(said(), "3 of 10 match");
  announcer.say("other");
  rows(10, { filter: "x", n: 3 });
  assert.equal(said(), "other");
  rows(10);
  assert.equal(said(), "no filter, 10 rows");
});

test("nothing is told after the end", () => {
  rows(1);
  rows(2);
  announcer.dispose();
  mock.timers.tick(QUIET_MS);
  assert.equal(said(), "");
  announcer.say("");
  assert.equal(said(), "");
});
