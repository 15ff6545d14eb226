// The handshake and certificate tabs.

import { curl } from "./copyas";
import { button, copyText, h, setAttr, setText, SUPPRESS } from "./dom";
import { millis, visible } from "./format";
import type { CertificateAnswer, HandshakeAnswer } from "./messages";

function list(facts: [string, string][]): HTMLElement {
  return h(
    "dl",
    { class: "kws-list" },
    ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, visible(value))]),
  );
}

function copier(label: string, title: string, text: string): HTMLElement {
  const copy = button(label, { title });
  copy.addEventListener(
    "click",
    () =>
      void copyText(text).then(
        () => setText(copy, "Copied"),
        () => setText(copy, "No clipboard"),
      ),
  );
  return copy;
}

function head(title: string, text: string, command = ""): HTMLElement {
  const copies = [
    copier("Copy", `Copy the ${title.toLowerCase()}`, text),
    ...(command ? [copier("Copy as curl", "The upgrade as a curl command; secrets stay masked", command)] : []),
  ];
  return h(
    "section",
    { class: "kws-head-text" },
    h("div", { class: "kws-heading" }, title, ...copies),
    h("pre", { class: "kws-pre", tabindex: 0, ...SUPPRESS }, visible(text.trimEnd())),
  );
}

/** Whose facts these are, where several sessions are shown. */
export const ofSession = (name: string): string =>
  `Session ${visible(name)}. Select a message of another one to see that one's.`;

/** The phases of opening, as one bar: DNS, TCP, TLS, upgrade. */
function waterfall(timings: [string, number][]): HTMLElement {
  const total = timings.reduce((sum, [, seconds]) => sum + seconds, 0);
  const bar = h("div", { class: "kws-waterfall", role: "img", "aria-label": `Opening took ${millis(total)}` });
  const legend = h("div", { class: "kws-legend" });
  timings.forEach(([name, seconds], at) => {
    const part = h("span", { class: `kws-phase kws-phase${at % 5}` });
    part.style.flexGrow = String(Math.max(0.01, seconds / (total || 1)));
    bar.append(part);
    legend.append(h("span", {}, h("i", { class: `kws-phase kws-phase${at % 5}` }), `${name} ${millis(seconds)}`));
  });
  legend.append(h("span", { class: "kws-dim" }, `together ${millis(total)}`));
  return h("div", {}, bar, legend);
}

export function handshakeView(answer: HandshakeAnswer): HTMLElement {
  if (!answer.available)
    return h(
      "p",
      { class: "kws-dim kws-none" },
      "There is no handshake: this connection never opened, or this is a bare log.",
    );
  return h(
    "div",
    { class: "kws-page", role: "region", "aria-label": "Handshake", tabindex: 0, ...SUPPRESS },
    ...(answer.timings.length ? [waterfall(answer.timings)] : []),
    list(answer.facts),
    h(
      "div",
      { class: "kws-columns" },
      head("Request", answer.request, curl(/^(wss|https):/i.test(answer.url), answer.request)),
      head("Response", answer.body ? `${answer.response.trimEnd()}\n\n${answer.body}` : answer.response),
    ),
  );
}

export function certificateView(answer: CertificateAnswer): HTMLElement {
  if (!answer.available) return h("p", { class: "kws-dim kws-none" }, answer.note);
  const card = h("div", {
    class: "kws-page kws-card",
    role: "region",
    "aria-label": "Certificate",
    tabindex: 0,
    ...SUPPRESS,
  });
  // The one place HTML is parsed: the kernel's own card, in which everything a server said is already escaped.
  card.innerHTML = answer.html;
  for (const one of card.querySelectorAll<HTMLElement>("summary, a[href], button, input, [tabindex]"))
    setAttr(one, "data-lm-suppress-shortcuts", "true"); // keys typed there are not JupyterLab's
  return card;
}
