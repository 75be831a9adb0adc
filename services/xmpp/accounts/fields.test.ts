import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits } from "../limits.ts";
import * as fields from "./fields.ts";
import { oneTimePassword, passwordAlphabet } from "./one-time-password.ts";
import { accountKey } from "./stored.ts";
import { makeUnique, nameFrom } from "./transliteration.ts";

const limits = defaultLimits.accounts;
const name = (text: string) => {
  const checked = fields.checkName(text, limits);
  return checked.ok ? checked.value : undefined;
};

test("a name is letters of any language, digits, dot, underscore and hyphen, without regard to case", () => {
  assert.equal(name(" Anna.Petrova "), "anna.petrova");
  assert.equal(name("Ёлкина_Мария-2"), "ёлкина_мария-2");
  assert.equal(name("ｗｉｄｅ"), "wide");
  for (const text of ["", ".", "anna.", "_anna", "an na", "a@b", "a/b", "<b>", "a\u202eb", "a\u0000", "😀", "ЖуJ‍"]) {
    assert.equal(name(text), undefined, JSON.stringify(text));
  }
});

test("a name that is too long is refused, and every other fits a key", () => {
  assert.equal(name("a".repeat(limits.nameLength))?.length, limits.nameLength);
  assert.equal(name("a".repeat(limits.nameLength + 1)), undefined);
  assert.equal(name("日".repeat(51)), undefined);
  const longest = name("日".repeat(50)) ?? assert.fail();
  assert.ok(accountKey(longest).length <= 200);
});

test("display names, groups and mail addresses are one bounded line", () => {
  const ok = (checked: fields.Checked<string>) => (checked.ok ? checked.value : checked.ok);
  assert.equal(ok(fields.checkDisplayName("  Анна \u00a0 Петрова ", limits)), "Анна Петрова");
  for (const check of [fields.checkDisplayName, fields.checkGroup]) {
    assert.equal(ok(check("a\nb", limits)), false);
    assert.equal(ok(check("a\u202eb", limits)), false);
    assert.equal(ok(check("", limits)), "");
  }
  assert.equal(ok(fields.checkDisplayName("x".repeat(limits.displayNameLength + 1), limits)), false);
  assert.equal(ok(fields.checkGroup("x".repeat(limits.groupLength + 1), limits)), false);
  assert.equal(ok(fields.checkEmail(" anna@school.example ", limits)), "anna@school.example");
  for (const text of ["anna", "@b", "a b@c", "a@b@c", '"a"@b', `${"a".repeat(limits.emailLength)}@b`]) {
    assert.equal(ok(fields.checkEmail(text, limits)), false, text);
  }
});

test("a password has a length, is not the name, and no fault repeats it", () => {
  const check = (password: string) => fields.checkPassword(password, "anna.petrova", limits);
  assert.ok(check("пароль12").ok);
  for (const password of ["short12", "x".repeat(limits.passwordLength + 1), "tab\there-and-on", "Anna.Petrova"]) {
    const checked = check(password);
    assert.ok(!checked.ok && !checked.fault.includes(password), password);
  }
});

test("one-time passwords hold 60 bits, nothing that looks alike, and pass for passwords", () => {
  const bits = 13 * Math.log2(passwordAlphabet.length);
  assert.ok(bits >= 60);
  assert.doesNotMatch(passwordAlphabet, /[01ilo]/);
  const passwords = new Set(Array.from({ length: 1_000 }, () => oneTimePassword()));
  assert.equal(passwords.size, 1_000);
  for (const password of passwords) {
    assert.match(password, /^[a-z2-9]{5}-[a-z2-9]{4}-[a-z2-9]{4}$/);
    assert.ok(fields.checkPassword(password, "anna", limits).ok);
  }
});

test("names are made from display names by transliteration", () => {
  const made = (text: string) => nameFrom(text, 30);
  assert.equal(made("Иванова Мария Петровна"), "ivanova.mariya");
  assert.equal(made("Щукин-Ёлкин  Юрий"), "shchukin-elkin.yuriy");
  assert.equal(made("Їжак Ґалина"), "yizhak.galina");
  assert.equal(made("O'Brien, Siobhán"), "obrien.siobhan");
  assert.equal(made("Łukasz Weiß"), "lukasz.weiss");
  assert.equal(made("王 小明"), "王.小明");
  assert.equal(made("«!»"), "user");
  assert.equal(made("А".repeat(50)).length, 30);
});

test("a made name that is taken gets a number", () => {
  const taken = new Set(["ivanov", "ivanov2"]);
  assert.equal(
    makeUnique("ivanov", (candidate) => taken.has(candidate)),
    "ivanov3",
  );
});
