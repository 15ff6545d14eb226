// Making elements. Text goes in as text nodes only: nothing a server sends is ever parsed as HTML.

type Attrs = Record<string, string | boolean | number>;

export function h<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  attrs: Attrs = {},
  ...kids: (Node | string)[]
): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attrs)) {
    if (key === "class") element.className = String(value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false) element.setAttribute(key, String(value));
  }
  element.append(...kids);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag: string, attrs: Attrs = {}, ...kids: Node[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attrs)) element.setAttribute(key, String(value));
  element.append(...kids);
  return element;
}

const ICONS = {
  lock: "M5 7V5a3 3 0 0 1 6 0v2h1v6H4V7zm1.5 0h3V5a1.5 1.5 0 0 0-3 0z",
  unlock: "M5 7V4.5a3 3 0 0 1 5.8-1l-1.4.6A1.5 1.5 0 0 0 6.5 4.500V7H12v6H4V7z",
  search:
    "M7 2.500a4.5 4.5 0 0 1 3.6 7.200l3 3-1 1-3-3A4.5 4.5 0 1 1 7 2.500zm0 1.400a3.1 3.1 0 1 0 0 6.2 3.1 3.1 0 0 0 0-6.200z",
  plug: "M5.500 2H7v3h2V2h1.500v3H12v3.500a3.500 3.500 0 0 1-3.250 3.490V14h-1.500v-2.010A3.500 3.500 0 0 1 4 8.500V5h1.500z",
  freeze: "M5 3.500h2v9H5zm4 0h2v9H9z",
  follow: "M7.3 2.500h1.400v6.200l2.3-2.3 1 1-4 4-4-4 1-1 2.3 2.300zM4 12.100h8v1.400H4z",
  clear:
    "M8 2.200a5.8 5.8 0 1 1 0 11.600A5.8 5.8 0 0 1 8 2.200zm0 1.400a4.4 4.4 0 0 0-3.4 7.200l6.2-6.200A4.4 4.4 0 0 0 8 3.600zm3.4 1.600l-6.2 6.200a4.4 4.4 0 0 0 6.2-6.200z",
  chevron: "M4 6l1-1 3 3 3-3 1 1-4 4z",
  split: "M2 3h12v10H2zm1.400 1.400v7.200h4.900V4.400zm6.300 0v7.200h2.900V4.400z",
  export: "M8 10.200L4.600 6.800l1-1 1.700 1.700V2.500h1.400v5l1.700-1.700 1 1zM3 11h1.400v1.600h7.200V11H13v3H3z",
  marker: "M9.800 2.200l4 4-5.600 5.600-3 1-1-1 1-3zM2.500 12.500h3v1.300h-3z",
  include:
    "M8 2.200a5.8 5.8 0 1 1 0 11.600A5.8 5.8 0 0 1 8 2.200zm0 1.400a4.4 4.4 0 1 0 0 8.800 4.4 4.4 0 0 0 0-8.800zM7.3 5.200h1.400v2.100h2.100v1.400H8.700v2.100H7.300V8.700H5.200V7.300h2.100z",
  exclude:
    "M8 2.200a5.8 5.8 0 1 1 0 11.600A5.8 5.8 0 0 1 8 2.200zm0 1.400a4.4 4.4 0 1 0 0 8.800 4.4 4.4 0 0 0 0-8.800zM5.2 7.300h5.600v1.400H5.200z",
  path: "M3 3h4v1.400H4.400v2.900H8v1.400H4.400v2.900H8V13H3zM9.500 6.600h4v2.800h-4zM9.500 10.900h4v2.800h-4z",
  column: "M3 3h10v10H3zm1.400 1.400v7.200h2.400V4.400zm3.800 0v7.200h3.400V4.400z",
  plot: "M2.600 12.400l3.200-5 2.600 2.600 4-6.400 1.200.800-5 8-2.600-2.600-2.200 3.400z",
  copy: "M5.5 2.500h7v8h-2v3h-7v-9h2zm1.3 2H10.500v4.700h.7V3.800H6.800zM4.8 5.800v6.400h4.400V5.800z",
  bookmark: "M4 2h8v12l-4-3.200L4 14z",
  chart: "M2.500 13.500v-1.400h11v1.400zM3.500 11V7.500h2V11zm3.500 0V3h2v8zm3.500 0V5.500h2V11z",
} as const;
export type Icon = keyof typeof ICONS;

export function icon(name: Icon): SVGElement {
  return svg(
    "svg",
    { viewBox: "0 0 16 16", class: "kws-icon", "aria-hidden": "true" },
    svg("path", { d: ICONS[name] }),
  );
}

/** Lumino looks at the focused element first, so this must sit on each focusable element: on the root it has no effect. */
export const SUPPRESS = { "data-lm-suppress-shortcuts": "true" } as const;

export function button(label: string, attrs: Attrs = {}, ...kids: (Node | string)[]): HTMLButtonElement {
  return h(
    "button",
    { type: "button", class: "kws-button", ...SUPPRESS, ...attrs, "aria-label": label, title: attrs.title ?? label },
    ...(kids.length ? kids : [label]),
  );
}

/** What has the focus where the element is: marimo draws widgets in a shadow root, and the document only tells its host. */
export function focused(within: Node): Element | null {
  return (within.getRootNode() as Partial<DocumentOrShadowRoot>).activeElement ?? null;
}

/** What an event happened to: outside of a shadow root `target` is the host. */
export function origin(event: Event): Node {
  return (event.composedPath()[0] ?? event.target) as Node;
}

/** Changes the text only when it differs: an unchanged tick must not cost a layout. A text node that is there is written to: a new one would be styled anew. */
export function setText(element: Element, text: string): void {
  const { firstChild } = element;
  if (text && firstChild?.nodeType === Node.TEXT_NODE && !firstChild.nextSibling) {
    if (firstChild.nodeValue !== text) firstChild.nodeValue = text;
  } else if (element.textContent !== text) element.textContent = text;
}

export function setAttr(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Plain http on another host has no clipboard API.
    const area = h("textarea", { class: "kws-offscreen", ...SUPPRESS });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("the browser refused the clipboard");
  }
}

/** Whether a key confirms what stands in a field, as in a form; there is none, since a sandboxed frame may not submit one (HTML, allow-forms). */
export function enters(event: KeyboardEvent): boolean {
  const confirms = event.key === "Enter" && !event.isComposing && (event.target as Element).tagName === "INPUT";
  if (confirms) event.preventDefault();
  return confirms;
}
