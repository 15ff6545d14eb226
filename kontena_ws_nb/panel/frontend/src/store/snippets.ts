// Saved messages: what people starred in the composer, kept in this browser's localStorage for every panel. Only the composer's
// text and format are kept, never anything of a connection. What must not live here: elements.

import { type Mode, MODES } from "../draft";

const KEY = "kontena-ws-nb:snippets";
const MOST = 50;
const LONGEST = 20_000;

export interface Snippet {
  text: string;
  mode: Mode;
}

const isSnippet = (value: unknown): value is Snippet => {
  const { text, mode } = (value ?? {}) as Partial<Snippet>;
  return typeof text === "string" && MODES.some((one) => one === mode) && mode !== "File";
};

/** What is saved, newest first; what cannot be read counts as nothing saved. */
export function saved(): Snippet[] {
  try {
    const value: unknown = JSON.parse(window.localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter(isSnippet).slice(0, MOST) : [];
  } catch {
    return []; // another program's text, or a page that may not store (its very name throws): saving says so
  }
}

/** Whether it is among the saved ones. */
export const isSaved = (list: readonly Snippet[], { text, mode }: Snippet): boolean =>
  list.some((one) => one.text === text && one.mode === mode);

/** Saves it, or forgets it when it was saved; returns the new list. Throws when it is too long or the browser keeps nothing. */
export function flip(snippet: Snippet): Snippet[] {
  const before = saved();
  const rest = before.filter((one) => one.text !== snippet.text || one.mode !== snippet.mode);
  if (rest.length === before.length) {
    if (snippet.text.length > LONGEST)
      throw new Error(`only messages up to ${LONGEST.toLocaleString("en-US")} characters can be saved`);
    rest.unshift(snippet);
  }
  const list = rest.slice(0, MOST);
  try {
    window.localStorage.setItem(KEY, JSON.stringify(list));
  } catch (error) {
    throw new Error(`the browser did not save it: ${(error as Error).message}`);
  }
  return list;
}
