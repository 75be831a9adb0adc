/** Recorders of the hidden domain: they come in wherever there is something to record. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits } from "../limits.ts";
import type { Harness } from "../testing/harness.ts";
import { withLobby } from "../testing/lobby.ts";
import { configure, from, isError, jsonOf, meeting, room } from "../testing/meeting.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";

const env = { JIBRI_RECORDER_PASSWORD: "record it" };

async function recorderOf(harness: Harness): Promise<ScriptedClient> {
  const recorder = await harness.webSocket();
  await recorder.signInWith("recorder", "record it", "SCRAM-SHA-1", "hidden.meet.jitsi");
  return recorder;
}

test("a recorder needs no password and no free place, and the focus knows it as hidden", async () => {
  const limits = { entry: { ...defaultLimits.entry, members: 2 } };
  await using met = await meeting({ env, limits });
  const { harness, owner } = met;
  assert.equal((await configure(owner, { roomsecret: "secret", whois: "anyone" })).attrs.type, "result");
  const late = await harness.client();
  late.join(room);
  assert.ok(conditionOf(await late.next(isError)));
  const recorder = await recorderOf(harness);
  await recorder.enter(room);
  await owner.next(from(recorder));
  const heard = harness.focus?.of<{ occupant?: { hidden: boolean; service: boolean } }>("occupantJoined").at(-1);
  assert.deepEqual([heard?.occupant?.hidden, heard?.occupant?.service], [true, true]);
});

test("a recorder does not wait in the lobby", async () => {
  await using met = await withLobby({ env });
  const recorder = await recorderOf(met.harness);
  await recorder.enter(room);
});

test("a recorder enters a breakout room, which strangers don't", async () => {
  await using met = await meeting({ env });
  const { harness, owner } = met;
  const add = '<breakout_rooms type="features/breakout-rooms/add" subject="Group 1"/>';
  owner.send(`<message to="breakout.meet.jitsi">${add}</message>`);
  const isMade = (value: ReturnType<typeof jsonOf>) => JSON.stringify(value ?? {}).includes("Group 1");
  const update = jsonOf(await owner.next((stanza) => isMade(jsonOf(stanza))));
  const rooms = Object.values((update?.rooms ?? {}) as Record<string, { name: string; jid: string }>);
  const jid = rooms.find(({ name }) => name === "Group 1")?.jid ?? assert.fail();
  const recorder = await recorderOf(harness);
  await recorder.enter(jid);
  const stranger = await harness.client();
  await stranger.conference(jid);
  stranger.join(jid);
  assert.ok(conditionOf(await stranger.next(isError)));
});
