import assert from "node:assert/strict";
import { test } from "node:test";
import { speak } from "../../i18n/i18n.ts";
import { dialInLines, noteOf, readableCode, telephoneLink } from "./dial-in-text.ts";

const moscow = { number: "+7 (495) 123-45-67", country: "RU", isTollFree: false };

test("a code is read in threes, and a short one as it is", () => {
  assert.deepEqual(["1234", "12345", "123456789"].map(readableCode), ["1234", "123 45", "123 456 789"]);
});

test("a telephone dials the number, waits, and types the code", () => {
  assert.equal(telephoneLink(moscow, "12345"), "tel:+74951234567,,12345%23");
});

test("a country is named in the reader's language, and as the service writes it where that is no code", async () => {
  await speak("ru");
  assert.equal(noteOf(moscow, "ru"), "Россия");
  await speak("en");
  assert.equal(noteOf(moscow, "en"), "Russia");
  assert.equal(noteOf({ ...moscow, country: "ru", isTollFree: true }, "en"), "Russia, free of charge");
  assert.equal(noteOf({ ...moscow, country: "School No. 5" }, "en"), "School No. 5");
  assert.equal(noteOf({ ...moscow, country: "" }, "en"), "");
});

test("an invitation names the first numbers and the code", async () => {
  await speak("en");
  const numbers = [moscow, { ...moscow, number: "+1 2", country: "" }, moscow, { ...moscow, number: "+9" }];
  assert.deepEqual(dialInLines({ numbers, code: "123456" }, "en"), [
    "By telephone:",
    "+7 (495) 123-45-67 (Russia)",
    "+1 2",
    "+7 (495) 123-45-67 (Russia)",
    "Code: 123 456#",
  ]);
});
