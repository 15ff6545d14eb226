// The notebook around the panel, where its front end lets a widget reach it: a new cell below the panel's own.
// What must not live here: what is written into the cell.

import type { Manager } from "./link";

const VIEW = "application/vnd.jupyter.widget-view+json";

/**
 * Inserts a code cell below the one whose output shows this widget; false where that cannot be done.
 *
 * By JupyterLab's and Notebook's public API: the widget manager's `context` (@jupyter-widgets/jupyterlab-manager), whose model is the
 * notebook's, and its `sharedModel.insertCell` (@jupyter/ydoc). VS Code, nbclassic, marimo and Colab offer nothing like it.
 */
export function insertCell(manager: Manager | undefined, id: string, source: string): boolean {
  const model = manager?.context?.model;
  const insert = model?.sharedModel?.insertCell;
  if (!insert) return false;
  let place = 0;
  for (const { outputs } of model.cells ?? []) {
    place += 1;
    for (let at = 0; at < (outputs?.length ?? 0); at++) {
      const shown = outputs!.get(at).data[VIEW] as { model_id?: string } | undefined;
      if (shown?.model_id !== id) continue;
      insert.call(model.sharedModel, place, { cell_type: "code", source, metadata: {} });
      return true;
    }
  }
  return false;
}
