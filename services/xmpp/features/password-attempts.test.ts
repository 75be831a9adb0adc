import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { ns } from "../codec/namespaces.ts";
import { configure, isError, meeting, room } from "../testing/meeting.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";

const few = { perSecond: 0.1, burst: 2 };
const many = { perSecond: 100, burst: 100 };

function tries(client: ScriptedClient, password: string): void {
  const x = `<x xmlns="${ns.muc}"><password>${password}</password></x>`;
  client.send(`<presence to="${room}/${client.nick}">${x}</presence>`);
}

for (const [whose, roomPasswords] of [
  ["a stream", { perSession: few, perAddress: many }],
  ["an address", { perSession: many, perAddress: few }],
] as const) {
  test(`${whose} tries so many passwords, then not even the right one counts for a while`, async () => {
    const clock = new ManualClock(Date.now());
    await using met = await meeting({ clock, limits: { roomPasswords } });
    const { harness, owner } = met;
    await configure(owner, { roomsecret: "1234", passwordprotectedroom: "1" });
    const guesser = await harness.client();
    for (const [password, condition] of [
      ["0000", "not-authorized"],
      ["0001", "not-authorized"],
      ["1234", "resource-constraint"],
    ] as const) {
      tries(guesser, password);
      assert.equal(conditionOf(await guesser.next(isError)), condition);
    }
    await clock.advance(10_000);
    tries(guesser, "1234");
    await guesser.joined(room);
  });
}
