import { labelled, press, settled, type } from "./browser";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { h } from "../src/dom";
import { closedText, StatusLine } from "../src/statusline";
import { aSession, aTick, someStats } from "./samples";

let line: StatusLine;
let closed: [number, string][];
let problem: string;
let certificates: number;
const part = <T extends HTMLElement = HTMLElement>(selector: string): T => document.querySelector<T>(selector)!;
const opened = (): boolean => document.querySelector(".kws-menu") !== null;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setInterval"] });
  [closed, problem, certificates] = [[], "", 0];
  line = new StatusLine(
    {
      close: (code, reason) => {
        closed.push([code, reason]);
        return Promise.resolve(problem);
      },
      certificate: () => certificates++,
    },
    h("span", {}, "picker"),
  );
  document.body.replaceChildren(line.element);
  line.tick(
    aTick({
      stats: someStats({
        sent_messages: 3,
        sent_bytes: 120,
        received_messages: 48_213,
        received_bytes: 9_600_000,
        rate: 1200,
        latency: 0.012,
      }),
    }),
  );
});

test("a recording, also one that fails", () => {
  const recording = part(".kws-recording");
  assert.deepEqual([recording.textContent, recording.dataset.failing], ["", "0"]);
  line.tick(aTick({ session: aSession({ recording: { label: "recording", title: "3 rows", failing: 0 } }) }));
  assert.deepEqual([recording.textContent, recording.title, recording.dataset.failing], ["● recording", "3 rows", "0"]);
  line.tick(aTick({ session: aSession({ recording: { label: "recording fails", title: "<b>full", failing: 1 } }) }));
  assert.deepEqual(
    [recording.textContent, recording.title, recording.dataset.failing],
    ["● recording fails", "<b>full", "1"],
  );
  line.gone();
  assert.equal(recording.textContent, "");
});

test("state, place, safety and traffic", () => {
  assert.deepEqual(
    [".kws-state", ".kws-url", ".kws-lock", ".kws-latency", ".kws-keepalive", ".kws-out", ".kws-in", ".kws-rate"].map(
      (selector) => part(selector).textContent,
    ),
    [
      "open",
      "wss://host.example/path",
      "valid 61 d",
      "⇅ 12 ms",
      "keepalive 60 s",
      "▲ 3 · 120 B",
      "▼ 48,213 · 9.6 MB",
      "1.2 k/s",
    ],
  );
  assert.equal(part(".kws-latency").title, "Round trip of the last ping; a ping is sent every 60 s");
  part(".kws-lock").click();
  assert.equal(certificates, 1);
  line.tick(aTick({ session: aSession({ state: "log" }) }));
  assert.deepEqual([part(".kws-out").textContent, part(".kws-in").textContent], ["", "0 rows · 0 B"]);
  line.tick(
    aTick({
      session: aSession({
        url: "<b>odd</b>",
        keepalive: null,
        security: { level: "none", label: "not encrypted", title: "" },
      }),
    }),
  );
  assert.deepEqual(
    [
      part(".kws-url").textContent,
      part(".kws-url b"),
      part(".kws-keepalive").textContent,
      part(".kws-latency").textContent,
    ],
    ["<b>odd</b>", null, "no keepalive", ""],
  );
  line.tick(aTick({ session: aSession({ state: "log", can: [], keepalive: null }) }));
  assert.deepEqual(
    [part(".kws-lock").hidden, part(".kws-close").hidden, part(".kws-keepalive").textContent],
    [true, true, ""],
  );
});

test("what was read from files counts its rows, several of them too", () => {
  const counted = (session: Parameters<typeof aSession>[0]): string[] => {
    line.tick(aTick({ session: aSession(session) }));
    return [part(".kws-out").textContent!, part(".kws-in").textContent!.replace(/\d+/, "n").split(" ")[1]!];
  };
  assert.deepEqual(counted({ state: "capture", can: [] }), ["", "rows"]);
  assert.equal(part(".kws-speed").lastChild!.textContent, "", "nothing comes into a file");
  assert.deepEqual(counted({ state: "merged", can: [] }), ["", "rows"]);
  assert.match(counted({ state: "merged", can: ["stats"] })[0]!, /^▲/);
});

test("how it closed, in one line", () => {
  const close = { code: 1000, meaning: "normal closure", reason: "bye", by: "you" } as const;
  assert.equal(
    closedText(aSession({ state: "closed", close }), someStats({ uptime: 133 })),
    "closed 1000 normal closure “bye” by you after 2 m 13 s",
  );
  assert.equal(
    closedText(aSession({ close: { ...close, reason: "", by: "" } }), someStats()),
    "closed 1000 normal closure",
  );
  assert.equal(closedText(aSession({ error: "refused" }), someStats()), "refused");
  assert.equal(closedText(aSession(), someStats()), "closed");
});

test("closing asks for code and reason, checks them, and says what went wrong", async () => {
  part(".kws-close").click();
  assert.equal(document.activeElement, part(".kws-reason"));
  for (const [code, meaning] of [
    ["1001", "going away"],
    ["4321", "application code"],
    ["3000", "registered by a library or framework"],
    ["999", "not a code one may send"],
  ] as const) {
    type(part<HTMLInputElement>(".kws-code"), code);
    assert.match(part(".kws-menu").textContent!, new RegExp(meaning));
  }
  const submit = async (): Promise<void> => {
    press(part(".kws-reason"), "Enter");
    await settled();
  };
  type(part<HTMLInputElement>(".kws-reason"), "é".repeat(62));
  await submit();
  assert.match(part(".kws-menu .kws-error").textContent!, /the reason has 124 bytes; a close frame holds 123/);
  type(part<HTMLInputElement>(".kws-code"), "4001");
  type(part<HTMLInputElement>(".kws-reason"), "bye");
  problem = "already closing";
  await submit();
  assert.deepEqual(
    [closed, part(".kws-menu .kws-error").textContent, opened()],
    [[[4001, "bye"]], "already closing", true],
  );
  problem = "";
  await submit();
  assert.equal(opened(), false);
  part(".kws-close").click();
  press(part(".kws-reason"), "Escape");
  assert.deepEqual([opened(), document.activeElement], [false, labelled(line.element, "Disconnect")]);
  part(".kws-close").click();
  line.tick(aTick({ session: aSession({ state: "closed" }) }));
  assert.equal(opened(), false);
});

test("a sample a second, two minutes of them; none after the end", () => {
  for (let second = 0; second < 130; second++) mock.timers.tick(1000);
  assert.deepEqual([line.history.length, line.history.at(-1)], [120, 1200]);
  assert.match(part(".kws-spark path").getAttribute("d")!, /^M0 16v-15(\.0)?h1\.4V16z/);
  line.wait(2);
  assert.equal(part(".kws-waiting").textContent, "waiting for the kernel…");
  line.wait(0);
  line.gone();
  mock.timers.tick(1000);
  assert.deepEqual(
    [".kws-waiting", ".kws-state", ".kws-rate", ".kws-latency"].map((name) => part(name).textContent),
    ["", "no kernel", "", ""],
  );
  assert.equal(line.history.at(-1), 0);
  assert.deepEqual([part(".kws-close").hidden, opened()], [true, false]);
  line.dispose();
  mock.timers.tick(5000);
  assert.equal(line.history.length, 120);
});
