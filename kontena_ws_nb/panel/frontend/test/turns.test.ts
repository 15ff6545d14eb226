import { settled } from "./browser";
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { APART_MS, BUSY_MS, Turns } from "../src/turns";

let now = 0;
mock.method(performance, "now", () => now);

async function pass(ms: number): Promise<void> {
  for (let step = 0; step < ms; step += 10) {
    now += 10;
    mock.timers.tick(10);
    await settled();
  }
}

function bench(answers: (boolean | Error)[] = []): { asked: number[]; turns: Turns } {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  now = 10_000;
  const asked: number[] = [];
  const turns = new Turns(document.createElement("div"), () => {
    asked.push(now);
    const answer = answers.shift() ?? false;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return { asked, turns };
}

test("asks only when something has changed, at most twice a second", async () => {
  const { asked, turns } = bench();
  await pass(2000);
  assert.deepEqual(asked, []);
  const began = now;
  for (let tick = 0; tick < 20; tick++) {
    turns.want();
    await pass(100);
  }
  assert.ok(asked.length >= 4 && asked.length <= (now - began) / APART_MS + 1, String(asked.length));
  await pass(2000);
  const { length } = asked;
  await pass(2000);
  assert.equal(asked.length, length, "and then no more");
  turns.dispose();
});

test("asks on while there is more, and after a failure with the next change", async () => {
  const { asked, turns } = bench([true, true, new Error("busy")]);
  turns.want();
  await pass(3 * BUSY_MS + 50);
  assert.equal(asked.length, 3);
  await pass(2000);
  assert.equal(asked.length, 3);
  turns.hurry();
  await pass(10);
  assert.equal(asked.length, 4);
  turns.dispose();
  turns.want();
  await pass(1000);
  assert.equal(asked.length, 4, "not after the end");
});

test("does not ask while the page or the chart cannot be seen", async () => {
  const see: ((entries: { isIntersecting: boolean }[]) => void)[] = [];
  Object.assign(globalThis, {
    IntersectionObserver: class {
      constructor(callback: (entries: { isIntersecting: boolean }[]) => void) {
        see.push(callback);
      }
      observe(): void {}
      disconnect(): void {}
    },
  });
  const { asked, turns } = bench();
  Reflect.deleteProperty(globalThis, "IntersectionObserver");
  see[0]!([{ isIntersecting: false }]);
  turns.want();
  await pass(1000);
  assert.equal(asked.length, 0);
  see[0]!([{ isIntersecting: true }]);
  await pass(50);
  assert.equal(asked.length, 1);
  Object.defineProperty(document, "visibilityState", { configurable: true, value: "hidden" });
  turns.want();
  await pass(1000);
  assert.equal(asked.length, 1);
  Object.defineProperty(document, "visibilityState", { configurable: true, value: "visible" });
  document.dispatchEvent(new Event("visibilitychange"));
  await pass(50);
  assert.equal(asked.length, 2);
  turns.dispose();
});
