// The status line: who we talk to, whether the line is safe, and how much goes over it.
// What must not live here: messages to the kernel (the owner closes and opens tabs).

import { button, enters, h, icon, setAttr, setText, SUPPRESS, svg } from "./dom";
import { bytes, count, millis, rate, span } from "./format";
import { Popup } from "./popup";
import { CLOSE_CODES, type CloseInfo, type SessionInfo, type StatsInfo, type Tick } from "./messages";

const SAMPLES = 40;

export interface StatusOwner {
  close(code: number, reason: string): Promise<string>;
  certificate(): void;
}

export function closedText(session: SessionInfo, stats: StatsInfo): string {
  const close: CloseInfo | null = session.close;
  if (!close) return session.error || "closed";
  const by = close.by ? ` by ${close.by}` : "";
  const reason = close.reason ? ` “${close.reason}”` : "";
  const after = stats.uptime > 0 ? ` after ${span(stats.uptime)}` : "";
  return `closed ${close.code} ${close.meaning.replace(/^closed /, "")}${reason}${by}${after}`;
}

export class StatusLine {
  readonly element: HTMLElement;
  private readonly state = h("span", { class: "kws-state" });
  private readonly dot = h("span", { class: "kws-dot", "aria-hidden": "true" });
  private readonly url = h("span", { class: "kws-url" });
  private readonly lock: HTMLButtonElement;
  private readonly lockIcon = icon("lock");
  private readonly lockText = h("span");
  private readonly latency = metric("kws-latency", "");
  private readonly keepalive = metric(
    "kws-keepalive",
    "Pings are sent this often; they can hide an idle timeout of the server",
  );
  private readonly recording = metric("kws-recording", "");
  private readonly sent = metric("kws-out", "Sent");
  private readonly received = metric("kws-in", "Received");
  private readonly speed = metric("kws-rate", "Received messages a second");
  private readonly bars: SVGElement;
  private readonly waiting = h("span", { class: "kws-waiting", role: "status" });
  private readonly closeButton: HTMLButtonElement;
  private readonly popup: Popup;
  private readonly samples: number[] = [];
  private readonly timer: number;
  private latest = 0;

  constructor(
    private readonly owner: StatusOwner,
    picker: HTMLElement,
  ) {
    this.lock = button("Certificate", { class: "kws-button kws-lock" }, this.lockIcon, this.lockText);
    this.lock.addEventListener("click", () => owner.certificate());
    this.bars = svg("path", { d: "" });
    const spark = svg(
      "svg",
      { class: "kws-spark", viewBox: `0 0 ${SAMPLES * 2} 16`, preserveAspectRatio: "none", "aria-hidden": "true" },
      this.bars,
    );
    this.closeButton = button(
      "Disconnect",
      { class: "kws-button kws-close", title: "Close the connection, with a code and a reason; the panel stays" },
      icon("plug"),
      "Disconnect",
    );
    this.popup = this.makeForm();
    this.element = h(
      "div",
      { class: "kws-status" },
      h(
        "div",
        { class: "kws-identity" },
        h("span", { class: "kws-pill" }, this.dot, this.state),
        this.url,
        picker,
        this.lock,
      ),
      this.waiting,
      h(
        "div",
        { class: "kws-line" },
        h(
          "div",
          { class: "kws-traffic" },
          this.latency,
          this.keepalive,
          this.recording,
          this.sent,
          this.received,
          h("span", { class: "kws-metric kws-speed" }, spark, this.speed),
        ),
        this.closeButton,
      ),
    );
    this.timer = window.setInterval(() => this.sample(), 1000);
  }

  dispose(): void {
    window.clearInterval(this.timer);
  }

  wait(count: number): void {
    setText(this.waiting, count ? "waiting for the kernel…" : "");
  }

  gone(): void {
    this.end("no kernel");
  }

  /** What is shown was saved with the notebook. */
  saved(): void {
    this.end("saved, not live");
    this.lock.hidden = true; // its tab asks the kernel
    for (const one of [this.speed, this.latency, this.waiting]) setText(one, "");
  }

  private end(state: string): void {
    setAttr(this.element, "data-state", "closed");
    setText(this.state, state);
    this.closeButton.hidden = true;
    this.popup.open(false, false);
    for (const metric of [this.latency, this.keepalive, this.recording, this.speed]) setText(metric, ""); // of a connection that is no more
    this.latest = 0;
  }

  tick({ session, stats }: Tick): void {
    setAttr(this.element, "data-state", session.state);
    setText(this.state, session.state);
    paintUrl(this.url, session.url);
    const { level, label, title } = session.security;
    const bare = session.state === "log" || session.state === "merged";
    // What a file has is counted as rows: of a large one, nobody has counted who sent what.
    const rowsOnly =
      ["log", "capture"].includes(session.state) || (session.state === "merged" && !session.can.includes("stats"));
    this.lock.hidden = bare || !session.can.includes("certificate");
    setAttr(this.lock, "data-level", level);
    setAttr(this.lock, "title", title);
    setText(this.lockText, label);
    setAttr(this.lock, "aria-label", `Certificate: ${label}`);
    setAttr(this.lockIcon, "class", level === "none" ? "kws-icon kws-open-lock" : "kws-icon");
    setText(this.latency, stats.latency === null ? "" : `⇅ ${millis(stats.latency)}`);
    const pings = session.keepalive ? `; a ping is sent every ${session.keepalive} s` : "";
    setAttr(this.latency, "title", `Round trip of the last ping${pings}`);
    setText(
      this.keepalive,
      session.keepalive
        ? `keepalive ${session.keepalive} s`
        : bare || !session.can.includes("send")
          ? ""
          : "no keepalive",
    );
    const recording = session.recording;
    setText(this.recording, recording ? `● ${recording.label}` : "");
    setAttr(this.recording, "title", recording?.title ?? "");
    setAttr(this.recording, "data-failing", String(recording?.failing ?? 0));
    // A log counts its rows, whichever way they went.
    const [rows, size] = [count(stats.received_messages), bytes(stats.received_bytes)];
    setText(this.sent, rowsOnly ? "" : `▲ ${count(stats.sent_messages)} · ${bytes(stats.sent_bytes)}`);
    setText(
      this.received,
      rowsOnly ? `${rows} ${stats.received_messages === 1 ? "row" : "rows"} · ${size}` : `▼ ${rows} · ${size}`,
    );
    setText(this.speed, session.state === "capture" ? "" : rate(stats.rate)); // nothing comes into a file
    this.latest = stats.rate;
    this.closeButton.hidden = bare || session.state === "closed" || !session.can.includes("close");
    this.closeButton.disabled = session.state === "closing"; // while it connects again, closing ends that
    if (this.closeButton.hidden) this.popup.open(false, false);
  }

  /** The rates of the last seconds, newest last: the statistics tab draws them too. */
  get history(): readonly number[] {
    return this.samples;
  }

  private sample(): void {
    this.samples.push(this.latest);
    if (this.samples.length > 120) this.samples.shift();
    const shown = this.samples.slice(-SAMPLES);
    const top = Math.max(1, ...shown);
    const offset = SAMPLES - shown.length;
    const path = shown
      .map((value, at) =>
        value > 0 ? `M${(offset + at) * 2} 16v${-Math.max(1, (value / top) * 15).toFixed(1)}h1.4V16z` : "",
      )
      .join("");
    setAttr(this.bars, "d", path);
  }

  private makeForm(): Popup {
    const id = `kws-codes-${Math.random().toString(36).slice(2, 8)}`;
    const code = h("input", {
      class: "kws-input kws-code",
      type: "number",
      min: 1000,
      max: 4999,
      value: 1000,
      list: id,
      "aria-label": "Close code",
      ...SUPPRESS,
    });
    const meaning = h("span", { class: "kws-dim" }, "normal closure");
    const reason = h("input", {
      class: "kws-input kws-reason",
      type: "text",
      maxlength: 123,
      placeholder: "reason (optional)",
      "aria-label": "Close reason",
      ...SUPPRESS,
    });
    const error = h("div", { class: "kws-error", role: "alert" });
    const submit = button("Close connection", { class: "kws-button kws-danger", title: "Close it (Enter)" });
    const codes = h(
      "datalist",
      { id },
      ...CLOSE_CODES.map(([value, label]) => h("option", { value, label: `${value} ${label}` })),
    );
    // No form element: a sandboxed frame may not submit one (HTML, allow-forms).
    const form = h(
      "div",
      { class: "kws-menu", role: "dialog", "aria-label": "Close the connection" },
      codes,
      h("label", {}, "Code", code, meaning),
      h("label", {}, "Reason", reason),
      error,
      submit,
    );
    code.addEventListener("input", () => {
      const value = Number(code.value);
      // From 3000 on a range has one meaning: the code that begins it stands for all of them.
      const listed = value >= 3000 && value < 5000 ? value - (value % 1000) : value;
      setText(meaning, CLOSE_CODES.find(([one]) => one === listed)?.[1] ?? "not a code one may send");
    });
    const close = (): void => {
      const size = new TextEncoder().encode(reason.value).length;
      if (size > 123) {
        setText(error, `the reason has ${size} bytes; a close frame holds 123 (RFC 6455 section 5.5)`);
        return;
      }
      submit.disabled = true;
      void this.owner.close(Number(code.value), reason.value).then((problem) => {
        submit.disabled = false;
        setText(error, problem);
        if (!problem) popup.open(false, false);
      });
    };
    submit.addEventListener("click", close);
    form.addEventListener("keydown", (event) => {
      if (enters(event)) close();
    });
    const popup = new Popup(this.closeButton, form, undefined, { first: reason });
    return popup;
  }
}

function metric(name: string, title: string): HTMLElement {
  return h("span", { class: `kws-metric ${name}`, title });
}

function paintUrl(element: HTMLElement, url: string): void {
  if (element.title === url) return;
  element.title = url;
  const match = /^(wss?:\/\/)([^/?#]*)(.*)$/.exec(url);
  if (!match) element.textContent = url;
  else
    element.replaceChildren(
      h("span", { class: "kws-dim" }, match[1]!),
      h("span", { class: "kws-host" }, match[2]!),
      h("span", { class: "kws-dim" }, match[3]!),
    );
}
