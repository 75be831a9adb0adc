import assert from "node:assert/strict";
import { test } from "node:test";
import { preparePassword, Scram } from "./scram.ts";

const user = { name: "user", password: "pencil" };

test("the exchange of RFC 7677 section 3 with SHA-256", async () => {
  const scram = new Scram("SHA-256", user, "rOprNGfwEbeRWgbNEkqO");
  assert.equal(scram.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  const challenge = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  assert.equal(
    await scram.answer(challenge),
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  );
  assert.equal(scram.isProofOfServer("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), true);
});

test("the exchange of RFC 5802 section 5 with SHA-1", async () => {
  const scram = new Scram("SHA-1", user, "fyko+d2lbbFgONRv9qkxdawL");
  const challenge = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
  assert.equal(
    await scram.answer(challenge),
    "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
  );
  assert.equal(scram.isProofOfServer("v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), true);
});

test("a server that does not know the password is found out", async () => {
  const scram = new Scram("SHA-256", user, "abc");
  assert.equal(scram.isProofOfServer("v="), false);
  await scram.answer("r=abcdef,s=c2FsdA==,i=4096");
  assert.equal(scram.isProofOfServer("v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), false);
});

test("a challenge with another's nonce, no salt or boundless work is not answered", async () => {
  for (const challenge of [
    "r=xyz,s=c2FsdA==,i=1",
    "r=abc,s=c2FsdA==,i=1",
    "r=abcd,i=1",
    "r=abcd,s=c2FsdA==,i=9e9",
    "",
  ]) {
    await assert.rejects(new Scram("SHA-256", user, "abc").answer(challenge), challenge);
  }
});

test("a name with a comma stays one name, and a password is the same on every keyboard", () => {
  const scram = new Scram("SHA-256", { name: "a=b,c", password: "" }, "n");
  assert.equal(scram.first(), "n,,n=a=3Db=2Cc,r=n");
  assert.equal(preparePassword("\u0438\u0306"), "\u0439");
  assert.equal(preparePassword("a\u00a0b"), "a b");
});
