// A row's key: its permanent index, and while several sessions are merged also the number of its session. Below 2^53, hence exact.
// What must not live here: which number is whose (a tick says it).

const SHARE = 2 ** 44;

export const rowIndex = (key: number): number => key % SHARE;
export const rowSource = (key: number): number => Math.floor(key / SHARE);
