import assert from "node:assert/strict";
import { test } from "node:test";
import { newSecret, signatureHeaders } from "./signature.ts";

/** The example that implementations of Standard Webhooks are tried with. */
const known = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  atMs: 1614265330_000,
  body: '{"test": 2432232314}',
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

test("a request is signed as others sign it", () => {
  assert.deepEqual(signatureHeaders(known, [known.secret]), {
    "webhook-id": known.id,
    "webhook-timestamp": "1614265330",
    "webhook-signature": known.signature,
  });
});

test("with two keys there are two signatures, the newer first", () => {
  const other = newSecret();
  const [alone] = [signatureHeaders(known, [other])["webhook-signature"]];
  assert.equal(signatureHeaders(known, [other, known.secret])["webhook-signature"], `${alone} ${known.signature}`);
});

test("keys are of 32 random bytes, in the form that libraries take", () => {
  assert.notEqual(newSecret(), newSecret());
  assert.match(newSecret(), /^whsec_[A-Za-z0-9+/]{43}=$/);
});
