import assert from "node:assert/strict";
import { test } from "node:test";
import { Credentials } from "./digest.ts";

const request = { method: "REGISTER", ruri: { toRaw: () => "sip:provider.example" } };
const challenge = { realm: "provider", nonce: "abc", qop: ["auth", "auth-int"] };

test("the old form of MD5 is what other tools make of it", () => {
  const credentials = new Credentials("bob", "secret");
  assert.ok(credentials.authenticate(request, { realm: "provider", nonce: "abc" }));
  // printf bob:provider:secret | md5sum; printf REGISTER:sip:provider.example | md5sum; printf $1:abc:$2 | md5sum
  assert.match(String(credentials), /response="b8b09bddc95fcab435b02a3ccc59ed42"/);
});

test("each request counts up, anew with each nonce", () => {
  const credentials = new Credentials("bob", "secret");
  const count = (nonce: string) => {
    assert.ok(credentials.authenticate(request, { ...challenge, nonce }));
    return /nc=(\d+)/.exec(String(credentials))?.[1];
  };
  assert.deepEqual([count("a"), count("a"), count("b")], ["00000001", "00000002", "00000001"]);
});

test("what cannot be answered is not", () => {
  const credentials = new Credentials("bob", "secret");
  for (const odd of [
    { algorithm: "MD4" },
    { algorithm: "constructor" },
    { qop: ["auth-int"] },
    { realm: "" },
    { nonce: "" },
  ])
    assert.equal(credentials.authenticate(request, { ...challenge, ...odd }), false);
});

test("a realm with quotes stays in its own", () => {
  const credentials = new Credentials("bob", "secret");
  assert.ok(credentials.authenticate(request, { ...challenge, realm: 'a", uri="b' }));
  assert.match(String(credentials), /realm="a\\", uri=\\"b"/);
});
