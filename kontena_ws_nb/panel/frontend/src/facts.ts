// The handshake, certificate and statistics tabs.

import { button, copyText, h, setText, svg, SUPPRESS } from "./dom";
import { bytes, count, millis, rate, span, visible } from "./format";
import type { CertificateAnswer, HandshakeAnswer, Tick } from "./protocol";

function list(facts: [string, string][]): HTMLElement {
  return h("dl", { class: "kws-list" }, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, visible(value))]));
}

function head(title: string, text: string): HTMLElement {
  const copy = button("Copy", { title: `Copy the ${title.toLowerCase()}` });
  copy.addEventListener("click", () => void copyText(text).then(() => setText(copy, "Copied"), () => setText(copy, "No clipboard")));
  return h("section", { class: "kws-head-text" }, h("h4", {}, title, copy), h("pre", { class: "kws-pre", tabindex: 0, ...SUPPRESS }, visible(text.trimEnd())));
}

/** The phases of opening, as one bar: DNS, TCP, TLS, upgrade. */
function waterfall(timings: [string, number][]): HTMLElement {
  const total = timings.reduce((sum, [, seconds]) => sum + seconds, 0) || 1;
  const bar = h("div", { class: "kws-waterfall", role: "img", "aria-label": `Opening took ${millis(total)}` });
  const legend = h("div", { class: "kws-legend" });
  timings.forEach(([name, seconds], at) => {
    const part = h("span", { class: `kws-phase kws-phase${at % 5}` });
    part.style.flexGrow = String(Math.max(0.01, seconds / total));
    bar.append(part);
    legend.append(h("span", {}, h("i", { class: `kws-phase kws-phase${at % 5}` }), `${name} ${millis(seconds)}`));
  });
  legend.append(h("span", { class: "kws-dim" }, `together ${millis(total)}`));
  return h("div", {}, bar, legend);
}

export function handshakeView(answer: HandshakeAnswer): HTMLElement {
  if (!answer.available) return h("p", { class: "kws-dim kws-none" }, "There is no handshake: this connection never opened, or this is a bare log.");
  return h(
    "div",
    { class: "kws-page" },
    ...(answer.timings.length ? [waterfall(answer.timings)] : []),
    list(answer.facts),
    h("div", { class: "kws-columns" }, head("Request", answer.request), head("Response", answer.body ? `${answer.response.trimEnd()}\n\n${answer.body}` : answer.response)),
  );
}

export function certificateView(answer: CertificateAnswer): HTMLElement {
  if (!answer.available) return h("p", { class: "kws-dim kws-none" }, answer.note);
  const card = h("div", { class: "kws-page kws-card" });
  // The one place HTML is parsed: the kernel's own card, in which everything a server said is already escaped.
  card.innerHTML = answer.html;
  return card;
}

export class StatisticsTab {
  readonly element = h("div", { class: "kws-page" });
  private readonly numbers = h("div", { class: "kws-tiles" });
  private readonly line = svg("path", { class: "kws-chart-line", d: "" });
  private readonly area = svg("path", { class: "kws-chart-area", d: "" });
  private readonly top = h("span", { class: "kws-dim" });

  constructor() {
    const chart = svg("svg", { viewBox: "0 0 120 40", preserveAspectRatio: "none", class: "kws-chart", role: "img", "aria-label": "Received messages a second, last two minutes" }, this.area, this.line);
    this.element.append(this.numbers, h("h4", {}, "Received a second, last two minutes ", this.top), chart);
  }

  tick({ stats, kept, dropped, session }: Tick, history: readonly number[]): void {
    const average = (size: number, many: number): string => (many ? bytes(Math.round(size / many)) : "–");
    const facts: [string, string, string][] = [
      ["Received", count(stats.received_messages), `${bytes(stats.received_bytes)}, ${average(stats.received_bytes, stats.received_messages)} each`],
      ["Sent", count(stats.sent_messages), `${bytes(stats.sent_bytes)}, ${average(stats.sent_bytes, stats.sent_messages)} each`],
      ["Rate", rate(stats.rate), "received, last second"],
      ["Round trip", stats.latency === null ? "–" : millis(stats.latency), "last ping"],
      ["Rows", count(kept), dropped ? `${count(dropped)} dropped` : "none dropped"],
      [session.state === "closed" ? "Was open" : "Open for", stats.uptime ? span(stats.uptime) : "–", session.state],
    ];
    this.numbers.replaceChildren(...facts.map(([name, value, note]) => h("div", { class: "kws-tile" }, h("span", { class: "kws-dim" }, name), h("b", {}, value), h("span", { class: "kws-dim" }, note))));
    const top = Math.max(1, ...history);
    setText(this.top, `peak ${rate(Math.max(0, ...history))}`);
    const points = history.map((value, at) => `${120 - history.length + at} ${(39 - (value / top) * 37).toFixed(1)}`);
    const path = points.length ? `M${points.join("L")}` : "";
    this.line.setAttribute("d", path);
    this.area.setAttribute("d", path ? `${path}L119 40L${120 - history.length} 40z` : "");
  }
}
