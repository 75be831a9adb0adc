import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatJoinToken,
  isProof,
  newJoinToken,
  parseJoinToken,
  proofKeyOf,
  proofOf,
  seal,
  unseal,
} from "./join-token.ts";

const token = newJoinToken("https://meet.school.example", "videobridge");

test("a token is one line, and is read as it was written", () => {
  const line = formatJoinToken(token);
  assert.match(line, /^https:\/\/meet\.school\.example\/join#videobridge-[0-9a-f]{16}-[0-9a-f]{64}$/);
  assert.deepEqual(parseJoinToken(line), token);
  assert.deepEqual(parseJoinToken(`  ${line}\n`), token);
  assert.deepEqual(parseJoinToken(formatJoinToken({ ...token, role: "sip-gateway" })), {
    ...token,
    role: "sip-gateway",
  });
});

test("part of a token, or something else, is none", () => {
  const line = formatJoinToken(token);
  const others = [
    "",
    "videobridge",
    line.slice(0, -1),
    `${line}0`,
    line.replace("/join", "/"),
    line.replace("#", "?"),
    "ftp://a/join#x",
  ];
  for (const other of others) assert.equal(parseJoinToken(other), undefined, other);
});

test("what is sealed opens with that token alone, whole", () => {
  const sealed = seal(token, "ключи школы");
  assert.equal(unseal(token, sealed), "ключи школы");
  assert.notEqual(seal(token, "ключи школы"), sealed, "no two seals are alike");
  const strangers = [
    { ...token, secret: "0".repeat(64) },
    { ...token, role: "recorder" },
    { ...token, id: "0".repeat(16) },
  ];
  for (const stranger of strangers) assert.equal(unseal(stranger, sealed), undefined);
  const bytes = Buffer.from(sealed, "base64");
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(unseal(token, changed.toString("base64")), undefined, `byte ${at}`);
  }
  assert.equal(unseal(token, bytes.subarray(0, 20).toString("base64")), undefined);
  assert.equal(unseal(token, "rubbish"), undefined);
});

test("a proof is of one question, and the key of proofs opens nothing", () => {
  const key = proofKeyOf(token);
  const proof = proofOf(key, token.id, "a nonce");
  assert.ok(isProof(key, token.id, "a nonce", proof));
  assert.ok(!isProof(key, token.id, "another nonce", proof));
  assert.ok(!isProof(key, "0".repeat(16), "a nonce", proof));
  assert.ok(!isProof(proofKeyOf({ ...token, secret: "0".repeat(64) }), token.id, "a nonce", proof));
  for (const rubbish of ["", "x", `${proof}0`, proof.toUpperCase()])
    assert.ok(!isProof(key, token.id, "a nonce", rubbish));
  const holdingTheKey = { ...token, secret: Buffer.from(key, "base64").toString("hex") };
  assert.equal(unseal(holdingTheKey, seal(token, "secret")), undefined);
});
