import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "@veche/kit/log.ts";
import { openSound } from "./open.ts";
import { Bridge } from "./testing/bridge.ts";
import { listen, until } from "./testing/ear.ts";
import { Phone } from "./testing/phone.ts";
import { toneOf } from "./testing/tones.ts";

const local = { address: "127.0.0.1", bridgeAddress: "127.0.0.1" } as const;
const limit = { timeout: 120_000 } as const;

test("three telephones and two people of the bridge hear one another, each but itself", limit, async () => {
  await using sound = await openSound(local, silentLog);
  const codecs = ["PCMA", "G722", "opus"] as const;
  const tones = [431, 673, 1_013] as const;
  using stack = new DisposableStack();
  const phones: Phone[] = [];
  const bridges: Bridge[] = [];
  for (const [index, codec] of codecs.entries()) {
    const leg = await sound.openLeg(listen().listener);
    const rateHz = { PCMA: 8_000, G722: 16_000, opus: 48_000 }[codec];
    phones.push(stack.use(await Phone.call(leg, { codec, says: toneOf(tones[index] ?? 0, rateHz) })));
    // What this very call says comes back from the bridge, too.
    const own = { endpoint: `call-${index}`, says: toneOf(1_931, 48_000) };
    const people = [
      { endpoint: "anna", says: toneOf(1_549, 48_000) },
      { endpoint: "boris", says: toneOf(2_203, 48_000) },
    ];
    bridges.push(stack.use(await Bridge.join(leg, [own, ...people])));
    leg.join("room", `call-${index}`);
  }
  for (const [index, phone] of phones.entries()) {
    const others = [...tones.filter((_, other) => other !== index), 1_549, 2_203];
    await until(
      () => {
        const own = phone.toneHeard(tones[index] ?? 0) ?? 0;
        const heard = others.map((hz) => phone.toneHeard(hz) ?? -100);
        return own < -60 && heard.every((power) => power > -22);
      },
      `${codecs[index]}: all others, and not itself; heard ${[...tones, 1_549, 2_203].map((hz) => `${hz}: ${phone.toneHeard(hz)?.toFixed(1)}`)}`,
    );
    assert.ok((phone.toneHeard(1_931) ?? 0) < -60, "a call's voice that came back from the bridge is not heard");
  }
  for (const [index, bridge] of bridges.entries())
    await until(
      () =>
        (bridge.toneHeard(tones[index] ?? 0) ?? -100) > -22 &&
        [1_549, 2_203, ...tones.filter((_, other) => other !== index)].every((hz) => (bridge.toneHeard(hz) ?? 0) < -50),
      `the bridge hears call ${index} alone`,
    );
});
