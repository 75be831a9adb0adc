import assert from "node:assert/strict";
import { test } from "node:test";
import { en } from "./en.ts";
import { chooseLanguage, fill } from "./i18n.ts";
import { ru } from "./ru.ts";

test("the language asked for wins over the browser's, and unknown ones are passed over", () => {
  assert.equal(chooseLanguage(["ru", "en-US"]), "ru");
  assert.equal(chooseLanguage([null, "de-DE", "ru-RU"]), "ru");
  assert.equal(chooseLanguage(["fr"]), "en");
});

test("both languages fill the same gaps", () => {
  const gaps = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of Object.keys(en) as (keyof typeof en)[]) assert.deepEqual(gaps(ru[key]), gaps(en[key]), key);
});

test("a value may hold anything, also something that looks like a gap", () => {
  assert.equal(fill("{name} has left", { name: "$& {name}" }), "$& {name} has left");
});
