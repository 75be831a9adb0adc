import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutFfmpeg } from "../recording/ffmpeg.ts";
import { Phone, withoutPhones } from "./phone.ts";

test("two telephones hear each other's tone and not their own", {
  skip: withoutPhones() || withoutFfmpeg(),
}, async () => {
  await using anna = await Phone.start({ user: "anna", toneHz: 400 });
  await using boris = await Phone.start({ user: "boris", toneHz: 800, answers: true });
  anna.dial(boris.address);
  await anna.comes("CALL_ESTABLISHED");
  await boris.comes("CALL_RTPESTAB");
  await anna.comes("CALL_RTPESTAB");
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  anna.hangUp();
  const [heardByAnna, heardByBoris] = [await anna.heard(), await boris.heard()];
  assert.ok(heardByAnna.level(800) > -30, `${heardByAnna.level(800)} dB`);
  assert.ok(heardByAnna.level(400) < -50, `${heardByAnna.level(400)} dB`);
  assert.ok(heardByBoris.level(400) > -30, `${heardByBoris.level(400)} dB`);
});
