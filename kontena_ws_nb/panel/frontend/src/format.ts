// Values to words: numbers, bytes, times. Pure functions.

const grouped = new Intl.NumberFormat("en-US");
export const count = (value: number): string => grouped.format(value);

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  for (const unit of ["kB", "MB", "GB"]) {
    value /= 1000;
    if (value < 999.5 || unit === "GB") return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
  }
  return "";
}

export function rate(value: number): string {
  if (value === 0) return "0/s";
  if (value < 10) return `${value.toFixed(1)}/s`;
  if (value < 1000) return `${Math.round(value)}/s`;
  return `${(value / 1000).toFixed(value < 99_500 ? 1 : 0)} k/s`;
}

export function millis(seconds: number): string {
  const ms = seconds * 1000;
  if (ms < 0.095) return `${Math.round(ms * 1000)} µs`;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return `${seconds.toFixed(2)} s`;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** Local wall clock of epoch microseconds, to the millisecond. */
export function clock(us: number): string {
  const date = new Date(us / 1000);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** Local date and time to the microsecond, with the offset. */
export function fullTime(us: number): string {
  const date = new Date(us / 1000);
  const micro = String(Math.floor(us % 1_000_000)).padStart(6, "0");
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? "−" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${micro} ${zone}`;
}

/** A difference of microseconds, short: "+4 ms". */
export function delta(us: number): string {
  const sign = us < 0 ? "−" : "+";
  const abs = Math.abs(us);
  if (abs < 1000) return `${sign}${Math.round(abs)} µs`;
  if (abs < 9_950) return `${sign}${(abs / 1000).toFixed(1)} ms`;
  if (abs < 999_500) return `${sign}${Math.round(abs / 1000)} ms`;
  if (abs < 99_500_000) return `${sign}${(abs / 1e6).toFixed(abs < 9_950_000 ? 2 : 1)} s`;
  return `${sign}${span(abs / 1e6)}`;
}

/** A difference of microseconds to the millisecond, as a clock runs: "+0.125", "+2:13.042", "−1:02:03.456". */
export function lapse(us: number): string {
  const ms = Math.round(Math.abs(us) / 1000);
  const [hours, minutes, seconds] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    `${Math.floor(ms / 1000) % 60}.${String(ms % 1000).padStart(3, "0")}`,
  ];
  const head = hours ? `${hours}:${two(minutes)}:` : minutes ? `${minutes}:` : "";
  return `${us < 0 ? "−" : "+"}${head}${head ? seconds.padStart(6, "0") : seconds}`;
}

/** Seconds as "2 m 13 s", or "20 ms". */
export function span(seconds: number): string {
  if (seconds > 0 && seconds < 1) return millis(seconds);
  if (seconds < 60) return `${seconds < 9.95 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} m`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

// C0, C1, DEL, bidi controls, zero-width and other invisible format characters, surrogates without their half: shown, never obeyed.
const UNSAFE =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\p{Cs}]/gu;

/** Makes invisible characters visible, keeping tabs and line breaks. */
export const visible = (text: string): string =>
  text.replace(UNSAFE, (char) => {
    const code = char.charCodeAt(0);
    return code < 0x20
      ? String.fromCharCode(0x2400 + code)
      : code === 0x7f
        ? "␡"
        : `\\u${code.toString(16).padStart(4, "0")}`;
  });
