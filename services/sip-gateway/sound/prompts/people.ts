import type { Prompt } from "../sound.ts";
import { type Language, numbers } from "./texts.ts";

const mostCounted = 99;

/** "There are n people in the conference". `count`: not below 0. */
export function peoplePrompts(language: Language, count: number): readonly Prompt[] {
  const form = formOf(language, count);
  const names =
    count > mostCounted
      ? ["people-most"]
      : [form === "one" ? "people-before-one" : "people-before", ...numberNames(count), `people-${form}`];
  return names.map((name) => `${language}/${name}`);
}

/** Forty-two is forty and two, in both languages. */
function numberNames(count: number): readonly string[] {
  if (count in numbers) return [`number-${count}`];
  return [`number-${count - (count % 10)}`, `number-${count % 10}`];
}

/** As Unicode's plural rules have it. */
function formOf(language: Language, count: number): "one" | "few" | "many" {
  const form = new Intl.PluralRules(language).select(count);
  return form === "one" || form === "few" ? form : "many";
}
