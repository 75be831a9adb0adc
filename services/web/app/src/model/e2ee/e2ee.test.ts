import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMeeting, somebody } from "../call/fake-context.ts";
import { E2ee } from "./e2ee.ts";

function meeting(videoCodec = "VP8") {
  const fake = fakeMeeting();
  const e2ee = new E2ee({ ...fake.context, config: { ...fake.context.config, videoCodec } });
  return { ...fake, e2ee };
}

test("where others encrypt and we do not, the secret is asked for", () => {
  const { e2ee, state } = meeting();
  assert.equal(e2ee.isSecretWanted.value, false);
  state.setOccupant(somebody("ann", { properties: new Map([["e2ee.enabled", "true"]]) }));
  assert.equal(e2ee.isSecretWanted.value, true);
  assert.deepEqual(
    e2ee.encrypting.value.map(({ id }) => id),
    ["ann"],
  );
});

test("a browser that cannot encrypt says neither that it does nor that it could", async () => {
  const { e2ee, state } = meeting();
  assert.equal(e2ee.isSupported, false);
  assert.equal(await e2ee.turnOn("a secret long enough"), false);
  assert.equal(e2ee.isOn.value, false);
  assert.equal(state.ownPresence.value.size, 0);
});

test("who does not say that their browser can encrypt is told apart", () => {
  const { e2ee, state } = meeting();
  state.setOccupant(somebody("ann", { features: new Set(["https://jitsi.org/meet/e2ee"]) }));
  state.setOccupant(somebody("bob"));
  assert.deepEqual(
    e2ee.unable.value.map(({ id }) => id),
    ["bob"],
  );
});

test("codecs whose packets are cut by what would be encrypted are left alone", () => {
  for (const [codec, isUnfit] of [
    ["H264", true],
    ["AV1", true],
    ["VP8", false],
    ["VP9", false],
    ["", false],
  ] as const)
    assert.equal(meeting(codec).e2ee.isCodecUnfit, isUnfit, codec);
});
