// Axes: which ticks a range has, and how numbers and times are written along it. Pure functions. What must not live here: elements.

import { clock, fullTime } from "./format";

const SECOND = 1e6;
const DAY = 86_400 * SECOND;
/** Steps of a time axis, microseconds: what clocks count in. */
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((ms) => ms * 1000),
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200].map((s) => s * SECOND),
];

/** The smallest of 1, 2, 5 times a power of ten that is not below a number. */
export function nice(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((one) => one * power >= least * 0.999_999) ?? 10);
}

/** Round numbers from `low` to `high`, at most `most`, and their distance. */
export function ticks(low: number, high: number, most: number): [at: number[], step: number] {
  if (!(high > low)) return [[low], 0];
  const step = nice((high - low) / most);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return [Array.from({ length: Math.min(most + 1, last - first + 1) }, (_, at) => (first + at) * step), step];
}

/** Round local times from `low` to `high`, epoch microseconds. */
export function timeTicks(low: number, high: number, most: number): [at: number[], step: number] {
  if (!(high > low)) return [[low], 0];
  const least = (high - low) / most;
  const step = STEPS.find((one) => one >= least) ?? DAY * nice(least / DAY);
  const zone = new Date(low / 1000).getTimezoneOffset() * 60 * SECOND;
  const first = Math.ceil((low - zone) / step) * step + zone;
  return [
    Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, at) => first + at * step),
    step,
  ];
}

/** A time as a tick shows it: no finer than the ticks. */
export function timeLabel(us: number, step: number): string {
  if (step >= DAY) return fullTime(us).slice(0, 10);
  const text = clock(us);
  return step >= 60 * SECOND ? text.slice(0, 5) : step >= SECOND ? text.slice(0, 8) : text.slice(3);
}

/** A value as it is told. */
export function exact(value: number, digits = 12): string {
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e15 || size < 1e-6)
    ? value.toExponential(5).replace(/\.?0+e/, "e")
    : new Intl.NumberFormat("en-US", { maximumSignificantDigits: digits }).format(value);
}

/** A value as a tick shows it: no finer than the ticks, thousands shortened where that loses nothing. */
export function tickLabel(value: number, step: number): string {
  const size = Math.max(Math.abs(value), step);
  if (size >= 1e15 || (size < 1e-6 && size > 0)) return value.toExponential(1);
  for (const [unit, sign] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const)
    if (size >= 10 * unit && (step === 0 || step >= unit / 10))
      return `${short(value / unit, step / unit)}${value ? ` ${sign}` : ""}`;
  return short(value, step);
}

function short(value: number, step: number): string {
  const digits = step > 0 ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 4;
  return new Intl.NumberFormat("en-US", { maximumFractionDigits: Math.min(12, digits) }).format(value);
}

/** Position of the last of some rising numbers that is not above one; -1 when all are. */
export function before(all: ArrayLike<number>, value: number, low: number, high: number): number {
  let [from, to] = [low, high];
  while (from < to) {
    const mid = (from + to) >> 1;
    if (all[mid]! <= value) from = mid + 1;
    else to = mid;
  }
  return from - 1;
}
