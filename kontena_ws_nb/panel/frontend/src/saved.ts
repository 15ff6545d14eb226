// What is left of a panel without its kernel: what was saved with the notebook, and the table that the live view hides.
// What must not live here: how rows look.

import { h } from "./dom";
import type { Manager, Model } from "./link";
import type { SavedAnswer } from "./messages";

export const SAVED = "only the table was saved, not live: run the cell again to go live";

/** Whether the widget has a line to a kernel; undefined where nobody knows. */
export async function alive(model: Model, id: string): Promise<boolean | undefined> {
  try {
    return (await model.widget_manager?.get_model?.(id))?.comm_live;
  } catch {
    return undefined; // a manager that finds its models otherwise
  }
}

/** Hides the table of a panel, and the outputs of Jupyter's front ends that hold nothing else, while the element is in the page. */
export function hiding(id: string): HTMLStyleElement {
  const table = `.kws-saved-${id.replace(/[^\w-]/g, "")}`;
  return h(
    "style",
    {},
    `${table}, .jp-OutputArea-child:has(${table}), .output_area:has(${table}) { display: none !important }`,
  );
}

/** Writes the table into the notebook's outputs that show an older one. */
export function writeOutputs(manager: Manager | undefined, id: string, { html, text }: SavedAnswer): void {
  for (const { outputs } of manager?.context?.model?.cells ?? [])
    for (let at = 0; at < (outputs?.length ?? 0); at++) {
      const output = outputs!.get(at);
      const shown = output.data["text/html"];
      if (typeof shown === "string" && shown !== html && shown.includes(`kws-saved-${id}"`))
        output.setData({ data: { ...output.data, "text/html": html, "text/plain": text } });
    }
}
