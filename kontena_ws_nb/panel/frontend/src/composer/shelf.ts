// Kept messages as data: those in this browser's localStorage, for every panel, and what a change does to a list. With a file the kernel does the
// same (panel/library.py). Only name, folder, text and format are kept, never anything of a connection. What must not live here: elements.

import { type Mode, MODES } from "../draft";

const KEY = "kontena-ws-nb:messages";
/** Where messages were kept before they had names. */
const OLD_KEY = "kontena-ws-nb:snippets";
const MOST = 1000;
const LONGEST = 20_000;

export interface Kept {
  name: string;
  /** Empty for none. */
  folder: string;
  mode: Mode;
  text: string;
}

const isKept = (value: unknown): value is Kept => {
  const { name, folder, mode, text } = (value ?? {}) as Partial<Kept>;
  return (
    [name, folder, text].every((one) => typeof one === "string") && MODES.some((one) => one === mode) && mode !== "File"
  );
};

/** A name for a text: its beginning. */
export const nameOf = (text: string): string => text.trim().replace(/\s+/g, " ").slice(0, 40) || "empty";

/** A name that no other one of its folder has. */
function free(list: readonly Kept[], one: Kept): Kept {
  const taken = new Set(list.filter(({ folder }) => folder === one.folder).map(({ name }) => name));
  let name = one.name;
  for (let number = 2; taken.has(name); number++) name = `${one.name} (${number})`;
  return { ...one, name };
}

/** What is kept; what cannot be read counts as nothing kept. Those from before get the beginning of their text as name. */
export function read(): Kept[] {
  try {
    const stored = window.localStorage.getItem(KEY);
    const value: unknown = JSON.parse(stored ?? window.localStorage.getItem(OLD_KEY) ?? "[]");
    if (!Array.isArray(value)) return [];
    const list: Kept[] = [];
    for (const one of value) {
      const kept = stored === null ? { ...one, name: nameOf(String(one?.text)), folder: "" } : one;
      if (isKept(kept)) list.push(stored === null ? free(list, kept) : kept);
    }
    return list.slice(0, MOST);
  } catch {
    return []; // another program's text, or a page that may not store (its very name throws): saving says so
  }
}

/** Adds a message, changes or moves it (`at`: its position among all), or deletes it; returns the new list. */
export function change(old: Kept | null, wanted: Kept | null, at: number): Kept[] {
  const list = read();
  const place = old ? list.findIndex(({ name, folder }) => name === old.name && folder === old.folder) : -1;
  if (place >= 0) list.splice(place, 1);
  if (wanted) {
    if (wanted.text.length > LONGEST)
      throw new Error(`only messages up to ${LONGEST.toLocaleString("en-US")} characters can be saved in the browser`);
    if (list.length >= MOST) throw new Error(`the browser keeps ${MOST} messages: delete some`);
    list.splice(at >= 0 ? at : place >= 0 ? place : list.length, 0, free(list, wanted));
  }
  try {
    window.localStorage.setItem(KEY, JSON.stringify(list));
  } catch (error) {
    throw new Error(`the browser did not save it: ${(error as Error).message}`);
  }
  return list;
}
