import assert from "node:assert/strict";
import { test } from "node:test";
import { en } from "../lang/en/index.ts";
import { ru } from "../lang/ru/index.ts";
import { chooseLanguage, speak, t } from "./i18n.ts";
import type { Texts } from "./text-key.ts";

const PLURALS = { en: ["one", "other"], ru: ["one", "few", "many", "other"] };
const PLURAL = /_(one|few|many|other)$/;

function flat(texts: Texts, prefix = ""): [string, string][] {
  return Object.entries(texts).flatMap(([name, value]) =>
    typeof value === "string" ? [[prefix + name, value] as [string, string]] : flat(value, `${prefix}${name}.`),
  );
}

test("the language asked for wins over the browser's, and unknown ones are passed over", () => {
  assert.equal(chooseLanguage(["ru", "en-US"]), "ru");
  assert.equal(chooseLanguage([null, "de-DE", "ru-RU"]), "ru");
  assert.equal(chooseLanguage(["fr"]), "en");
});

test("both languages say the same things, with each plural form their grammar has", () => {
  const names = (texts: Texts) => [...new Set(flat(texts).map(([name]) => name.replace(PLURAL, "")))].sort();
  assert.deepEqual(names(ru), names(en));
  for (const [code, texts] of Object.entries({ en, ru })) {
    const plural = new Map<string, string[]>();
    for (const [name] of flat(texts)) {
      const form = PLURAL.exec(name)?.[1];
      if (form) plural.set(name.replace(PLURAL, ""), [...(plural.get(name.replace(PLURAL, "")) ?? []), form]);
    }
    const wanted = PLURALS[code as "en" | "ru"].toSorted();
    for (const [name, forms] of plural) assert.deepEqual(forms.toSorted(), wanted, `${code}: ${name}`);
  }
});

test("no text is empty, and both languages fill the same gaps", () => {
  const gapsOf = (text: string) => [...text.matchAll(/\{\{\w+\}\}/g)].map(String).sort();
  const russian = new Map(flat(ru));
  for (const [name, text] of flat(en)) {
    assert.notEqual(text.trim(), "", name);
    const same = russian.get(name);
    if (same !== undefined) assert.deepEqual(gapsOf(same), gapsOf(text), name);
  }
});

test("a value may hold anything, also something that looks like a gap or a reference", async () => {
  await speak("en");
  assert.equal(
    t("notify.leftOneMember", { name: "$& {{name}} $t(chat.title)" }),
    "$& {{name}} $t(chat.title) has left",
  );
});

test("a number chooses the form of the words beside it", async () => {
  await speak("ru");
  assert.equal(t("chat.unread", { count: 1 }), "1 непрочитанное сообщение");
  assert.equal(t("chat.unread", { count: 3 }), "3 непрочитанных сообщения");
  assert.equal(t("chat.unread", { count: 25 }), "25 непрочитанных сообщений");
  await speak("en");
  assert.equal(t("chat.unread", { count: 2 }), "2 unread messages");
});
