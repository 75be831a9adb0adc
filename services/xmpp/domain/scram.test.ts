import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clientProof,
  decoyCredential,
  deriveCredential,
  prepareName,
  preparePassword,
  serverSignature,
  verifyPassword,
  verifyProof,
} from "./scram.ts";

const base64 = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

const vectors = [
  {
    name: "RFC 5802 section 5",
    mechanism: "SCRAM-SHA-1",
    salt: "QSXCR+Q6sek8bf92",
    authMessage:
      "n=user,r=fyko+d2lbbFgONRv9qkxdawL," +
      "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096," +
      "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
    proof: "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    signature: "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
  },
  {
    name: "RFC 7677 section 3",
    mechanism: "SCRAM-SHA-256",
    salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
    authMessage:
      "n=user,r=rOprNGfwEbeRWgbNEkqO," +
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096," +
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    proof: "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    signature: "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  },
] as const;

for (const { name, mechanism, salt, authMessage, proof, signature } of vectors) {
  test(`the exchange of ${name} comes out as printed there`, async () => {
    const credential = await deriveCredential(mechanism, "pencil", { iterations: 4096, salt: base64(salt) });
    assert.ok(await verifyProof(credential, authMessage, base64(proof)));
    assert.equal(text(await serverSignature(credential, authMessage)), signature);
    const asked = { salt: base64(salt), iterations: 4096, authMessage };
    assert.equal(text(await clientProof(mechanism, "pencil", asked)), proof);
    assert.equal(await verifyProof(credential, `${authMessage}x`, base64(proof)), false);
    assert.equal(await verifyProof(credential, authMessage, base64(proof).slice(1)), false);
    assert.equal(await verifyProof(credential, authMessage, new Uint8Array()), false);
  });
}

test("only the password itself passes, and each record has a salt of its own", async () => {
  const [one, other] = await Promise.all([
    deriveCredential("SCRAM-SHA-256", "secret", { iterations: 10 }),
    deriveCredential("SCRAM-SHA-256", "secret", { iterations: 10 }),
  ]);
  assert.ok(await verifyPassword(one, "secret"));
  assert.equal(await verifyPassword(one, "Secret"), false);
  assert.equal(await verifyPassword(one, ""), false);
  assert.notEqual(text(one.salt), text(other.salt));
  assert.notEqual(text(one.storedKey), text(other.storedKey));
});

test("a record that asks for too much work is refused", async () => {
  await assert.rejects(deriveCredential("SCRAM-SHA-1", "x", { iterations: 1_000_001 }), RangeError);
  await assert.rejects(deriveCredential("SCRAM-SHA-1", "x", { iterations: 0 }), RangeError);
});

test("a name that is not there looks the same each time it is asked for, and different from others", async () => {
  const secret = new Uint8Array(32).fill(7);
  const [a, again, b] = await Promise.all(
    ["anna", "anna", "berta"].map((name) => decoyCredential("SCRAM-SHA-256", name, secret, 20_000)),
  );
  assert.ok(a && again && b);
  assert.deepEqual(a.salt, again.salt);
  assert.notDeepEqual(a.salt, b.salt);
  assert.equal(a.salt.length, 16);
});

test("names: case and width don't matter, what can't be in an address is refused", () => {
  assert.equal(prepareName("Anna.Kovač"), "anna.kovač");
  assert.equal(prepareName("ＡＮＮＡ"), "anna");
  assert.equal(prepareName("anna\u0065\u0301"), "annaé");
  assert.equal(prepareName("мария"), "мария");
  for (const refused of [
    "",
    "a b",
    "a@b",
    "a/b",
    "a&b",
    "a\u0000",
    "a\u200b",
    "x²",
    "a\u05d0",
    "x".repeat(1_024),
    "💥",
  ]) {
    assert.equal(prepareName(refused), undefined, JSON.stringify(refused));
  }
});

test("passwords: case matters, spaces are one kind, control characters are refused", () => {
  assert.equal(preparePassword("Ein Satz\u00a0mit\u3000Raum"), "Ein Satz mit Raum");
  assert.equal(preparePassword("e\u0301"), "é");
  assert.equal(preparePassword("ＡＢ"), "ＡＢ");
  for (const refused of ["", "a\n", "a\u0000", "\ud800", "x".repeat(1_025)]) {
    assert.equal(preparePassword(refused), undefined, JSON.stringify(refused));
  }
});
