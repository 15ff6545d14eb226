// A page for modules that need one: import this first. Timers are the tests' own (node:test's), so that none has to wait.

import { Window } from "happy-dom";

const page = new Window({ url: "http://127.0.0.1/" });
for (const name of [
  "document",
  "navigator",
  "Event",
  "KeyboardEvent",
  "MouseEvent",
  "Node",
  "Element",
  "HTMLElement",
  "localStorage",
  "File",
  "MutationObserver",
]) {
  Object.defineProperty(globalThis, name, { value: Reflect.get(page, name), configurable: true, writable: true });
}
/** What was copied, newest last; `refuse` makes the clipboard fail. */
export const clipboard = { copied: [] as string[], refuse: false };
Object.defineProperty(navigator, "clipboard", {
  configurable: true,
  value: {
    writeText: (text: string): Promise<void> =>
      clipboard.refuse ? Promise.reject(new Error("refused")) : Promise.resolve(void clipboard.copied.push(text)),
  },
});
const observers = new Set<() => void>();
class ResizeObserver {
  constructor(private readonly callback: () => void) {}
  observe(): void {
    observers.add(this.callback);
  }
  disconnect(): void {
    observers.delete(this.callback);
  }
}
/** Tells everybody who observes it that something has another size now: nothing is laid out here. */
export function resized(): void {
  for (const callback of observers) callback();
}
/** Frames wait here until `frame()`. */
const frames: (() => void)[] = [];
const requestAnimationFrame = (callback: () => void): number => frames.push(callback);
// Looked up when called: node:test replaces the global timers.
const timers = {
  setTimeout: (run: () => void, ms: number) => {
    const timer = setTimeout(run, ms);
    timer.unref?.(); // what is due in a minute holds nobody up
    return timer;
  },
  clearTimeout: (timer: number) => clearTimeout(timer),
  setInterval: (run: () => void, ms: number) => setInterval(run, ms),
  clearInterval: (timer: number) => clearInterval(timer),
};
Object.assign(globalThis, {
  window: {
    ...timers,
    localStorage: page.localStorage,
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
  },
  requestAnimationFrame,
  ResizeObserver,
});

/** Lets one animation frame pass. */
export function frame(): void {
  for (const callback of frames.splice(0)) callback();
}

/** Presses a key on an element; true when nobody prevented it. */
export function press(
  element: HTMLElement,
  key: string,
  modifiers: { altKey?: boolean; ctrlKey?: boolean; shiftKey?: boolean; metaKey?: boolean } = {},
): boolean {
  return element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...modifiers }));
}

/** Presses the mouse on an element. */
export function mouse(
  element: Element,
  modifiers: { ctrlKey?: boolean; shiftKey?: boolean; metaKey?: boolean; button?: number } = {},
): boolean {
  return element.dispatchEvent(
    new MouseEvent("mousedown", { bubbles: true, cancelable: true, button: 0, ...modifiers }),
  );
}

/** The button with a label inside an element. */
export function labelled(element: HTMLElement, label: string): HTMLButtonElement {
  const found = [...element.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === label);
  if (!found)
    throw new Error(
      `no button ${label} among ${[...element.querySelectorAll("button")].map((one) => one.getAttribute("aria-label")).join(", ")}`,
    );
  return found;
}

/** Types into a field. */
export function type(field: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement, value: string): void {
  field.value = value;
  field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
}

/** Waits until what promises did is done. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
