// What anywidget loads (from a blob: no relative imports, no network).

import type { Model } from "./link";
import { View } from "./view";

interface Context {
  model: Model;
  el: HTMLElement;
}

function render({ model, el }: Context): () => void {
  const view = new View(model);
  el.append(view.element);
  // A handle for the browser tests: counters only.
  Object.defineProperty(view.element, "kws", { value: view });
  return () => {
    view.dispose();
    view.element.remove(); // anywidget's model keeps `el` for as long as it lives: everything shown would stay with it
  };
}

export default { render };
