import { language, t } from "../../i18n/i18n.ts";
import type { Kept } from "../../model/library/kept.ts";
import { timeText } from "../before/duration.ts";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** "12 MB", in the words of the page's language. */
export function sizeText(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const format = { style: "unit", unit: UNITS[step] ?? "byte", maximumFractionDigits: step > 2 ? 1 : 0 } as const;
  return new Intl.NumberFormat(language.value, format).format(bytes / 1000 ** step);
}

export function dateText(ms: number): string {
  const format = { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  return new Intl.DateTimeFormat(language.value, format).format(ms);
}

/** Under a minute in seconds. */
export function lengthText(seconds: number): string {
  if (seconds <= 0) return "";
  const short = { style: "unit", unit: "second", maximumFractionDigits: 0 } as const;
  return timeText(seconds * 1000) || new Intl.NumberFormat(language.value, short).format(seconds);
}

export function nameOf({ title, room }: Kept): string {
  return title || room;
}

export function stateText({ status }: Kept): string {
  if (status === "recording") return t("library.status.recording");
  if (status === "processing") return t("library.status.processing");
  return status === "failed" ? t("library.status.failed") : "";
}
