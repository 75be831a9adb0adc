import { language } from "../../i18n/i18n.ts";

/** Time of day. */
export function clock(time: number): string {
  return new Intl.DateTimeFormat(language.value, { hour: "2-digit", minute: "2-digit" }).format(time);
}

/** Minutes and seconds, hours before them where there are any: what a spreadsheet takes for a duration. */
export function spoken(ms: number): string {
  const whole = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
