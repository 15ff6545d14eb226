// The handshake and certificate tabs.

import { button, copyText, h, setText, SUPPRESS } from "./dom";
import { millis, visible } from "./format";
import type { CertificateAnswer, HandshakeAnswer } from "./protocol";

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
    { class: "kws-page", role: "region", "aria-label": "Handshake", tabindex: 0, ...SUPPRESS },
    ...(answer.timings.length ? [waterfall(answer.timings)] : []),
    list(answer.facts),
    h("div", { class: "kws-columns" }, head("Request", answer.request), head("Response", answer.body ? `${answer.response.trimEnd()}\n\n${answer.body}` : answer.response)),
  );
}

export function certificateView(answer: CertificateAnswer): HTMLElement {
  if (!answer.available) return h("p", { class: "kws-dim kws-none" }, answer.note);
  const card = h("div", { class: "kws-page kws-card", role: "region", "aria-label": "Certificate", tabindex: 0, ...SUPPRESS });
  // The one place HTML is parsed: the kernel's own card, in which everything a server said is already escaped.
  card.innerHTML = answer.html;
  return card;
}
