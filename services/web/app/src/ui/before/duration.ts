import { t } from "../../i18n/i18n.ts";

const MINUTE_MS = 60_000;

/** "45 min", "1 h 5 min"; nothing for less than a minute. */
export function timeText(durationMs: number): string {
  const minutes = Math.round(durationMs / MINUTE_MS);
  if (minutes < 1) return "";
  if (minutes < 60) return t("welcomepage.lastedMinutes", { minutes });
  return t("welcomepage.lastedHours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}
