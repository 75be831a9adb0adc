import { computed } from "@preact/signals-core";
import { language } from "../../i18n/i18n.ts";

// Made once for each language: a list of messages asks for them hundreds of times.
const clock = computed(() => new Intl.DateTimeFormat(language.value, { hour: "2-digit", minute: "2-digit" }));
const calendar = computed(() => new Intl.DateTimeFormat(language.value, { dateStyle: "full" }));

export function timeOf(at: number): string {
  return clock.value.format(at);
}

export function dayOf(at: number): string {
  return calendar.value.format(at);
}

export function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
