import { duration } from "@veche/kit/config.ts";
import { Fault } from "../users/fault.ts";

/** "2026-11-01T08:00", with or without seconds and zone; without a zone it is this machine's time. */
export function readTime(text: string, option: string): bigint {
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text);
  // A day alone would be taken for one of UTC.
  const ms = isTime ? Date.parse(text.includes("T") ? text : `${text}T00:00`) : Number.NaN;
  if (Number.isNaN(ms)) throw new Fault("usage", `${option}: expected a time like 2026-11-01T08:00, found "${text}"`);
  return BigInt(ms);
}

export function readDuration(text: string, option: string): bigint {
  const parsed = duration("0", "").parse(text);
  if (!parsed.ok) throw new Fault("usage", `${option}: expected ${parsed.expected}, found "${text}"`);
  return BigInt(parsed.value);
}

/** How long ago, in one unit: "3 min". */
export function ago(ms: number, nowMs: number): string {
  if (ms === 0) return "never";
  return `${span(nowMs - ms)} ago`;
}

export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 120 * 60) return `${Math.round(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
