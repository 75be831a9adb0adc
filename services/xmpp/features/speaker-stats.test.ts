import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { ns } from "../codec/namespaces.ts";
import { serialise } from "../codec/xml/serialise.ts";
import { defaultLimits } from "../limits.ts";
import type { Harness } from "../testing/harness.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";
import { comeBack, get, isError, json, jsonOf, leave, meeting, room } from "../testing/talk.ts";

const component = "speakerstats.meet.jitsi";
const startMs = 1_700_000_000_000;

type User = {
  readonly displayName?: string;
  readonly totalDominantSpeakerTime: number;
  readonly faceLandmarks: readonly { readonly faceExpression: string }[];
};
type Users = Readonly<Record<string, User>>;

async function speaks(client: ScriptedClient, silence = false, where = room): Promise<void> {
  client.send(
    `<message to="${component}"><speakerstats xmlns="${ns.jitmeet}" room="${where}" silence="${silence}"/></message>`,
  );
  await client.settled();
}

function shows(client: ScriptedClient, faceExpression: string, duration = "3", timestamp = "1700000000000"): void {
  client.send(
    `<message to="${component}"><faceLandmarks xmlns="${ns.jitmeet}" room="${room}" duration="${duration}" ` +
      `faceExpression="${faceExpression}" timestamp="${timestamp}"/></message>`,
  );
}

/** What somebody who comes now is told. */
async function told(harness: Harness): Promise<Users> {
  const late = await harness.client();
  await late.enter(room);
  const users = jsonOf<{ users: Users }>(await late.next(json(component)))?.users;
  await leave(late, room);
  return users ?? assert.fail();
}

test("clients find the component", async () => {
  await using met = await meeting();
  const info = await get(met.guest, `<query xmlns="${ns.discoInfo}"/>`, "meet.jitsi");
  assert.match(serialise(info), /<identity category="component" type="speakerstats" name="speakerstats.meet.jitsi"\/>/);
});

test("who comes later is told how long everybody has spoken, under the name that is displayed", async () => {
  const clock = new ManualClock(startMs);
  await using met = await meeting({ clock });
  const { harness, owner, guest } = met;
  guest.send(`<presence to="${room}/${guest.nick}"><nick xmlns="${ns.nick}">Ann</nick></presence>`);
  await speaks(owner);
  await clock.advance(1_200);
  await speaks(guest);
  await clock.advance(800);
  await speaks(guest, true);
  await clock.advance(5_000);
  assert.deepEqual(await told(harness), {
    [owner.nick]: { totalDominantSpeakerTime: 1_200, faceLandmarks: [] },
    [guest.nick]: { displayName: "Ann", totalDominantSpeakerTime: 800, faceLandmarks: [] },
  });
});

test("nothing is said while there is nothing to say", async () => {
  await using met = await meeting();
  const late = await met.harness.client();
  await late.enter(room);
  await late.settled();
  assert.equal(late.has(json(component)), false);
});

test("nobody says it of a room they are not in", async () => {
  const clock = new ManualClock(startMs);
  await using met = await meeting({ clock });
  const { harness, owner } = met;
  const stranger = await harness.client();
  await speaks(owner);
  await speaks(stranger);
  assert.equal(conditionOf(await stranger.next(isError)), "not-acceptable");
  await clock.advance(1_000);
  assert.equal((await told(harness))[owner.nick]?.totalDominantSpeakerTime, 1_000);
});

test("who left is still told of, and goes on counting when they are back", async () => {
  const clock = new ManualClock(startMs);
  await using met = await meeting({ clock });
  const { harness, guest } = met;
  await speaks(guest);
  await clock.advance(1_000);
  await leave(guest, room);
  await clock.advance(1_000);
  assert.equal((await told(harness))[guest.nick]?.totalDominantSpeakerTime, 1_000);
  await guest.enter(room);
  await speaks(guest);
  await clock.advance(500);
  assert.equal((await told(harness))[guest.nick]?.totalDominantSpeakerTime, 1_500);
});

test("what faces show is told, of each person and room so much", async () => {
  const speakerStats = { ...defaultLimits.speakerStats, facesPerPerson: 2, facesPerRoom: 3 };
  await using met = await meeting({ limits: { speakerStats } });
  const { harness, owner, guest } = met;
  for (const expression of ["happy", "sad", "neutral"]) shows(owner, expression);
  for (const expression of ["happy", "sad"]) shows(guest, expression);
  for (const client of [owner, guest]) await client.settled();
  const users = await told(harness);
  const faces = (client: ScriptedClient) =>
    users[client.nick]?.faceLandmarks.map(({ faceExpression }) => faceExpression);
  assert.deepEqual(faces(owner), ["sad", "neutral"]);
  assert.equal(faces(guest)?.length, 1);
});

test("rubbish and too many reports are refused", async () => {
  const speakerStats = { ...defaultLimits.speakerStats, commandsPerMember: { perSecond: 0.001, burst: 2 } };
  await using met = await meeting({ limits: { speakerStats } });
  const { guest } = met;
  shows(guest, "smug");
  assert.equal(conditionOf(await guest.next(isError)), "bad-request");
  shows(guest, "happy", "-1");
  assert.equal(conditionOf(await guest.next(isError)), "bad-request");
  shows(guest, "happy", "1", "now");
  assert.equal(conditionOf(await guest.next(isError)), "bad-request");
  guest.send(`<message to="${component}"><body>hello</body></message>`);
  assert.equal(conditionOf(await guest.next(isError)), "bad-request");
  await speaks(guest, false, "not an address");
  assert.equal(conditionOf(await guest.next(isError)), "not-acceptable");
  for (let report = 0; report < 3; report++) await speaks(guest);
  assert.equal(conditionOf(await guest.next(isError)), "resource-constraint");
});

test("kill -9 of the server: the time goes on, also of who spoke in the meantime", async () => {
  const clock = new ManualClock(startMs);
  await using met = await meeting({ clock });
  const { harness, owner, guest } = met;
  await speaks(owner);
  await clock.advance(1_000);
  await speaks(guest);
  await clock.advance(500);
  await harness.network.idle();
  await harness.killAndRestart();
  for (const client of [owner, guest]) await comeBack(harness, client);
  await clock.advance(500);
  const users = await told(harness);
  assert.equal(users[owner.nick]?.totalDominantSpeakerTime, 1_000);
  assert.equal(users[guest.nick]?.totalDominantSpeakerTime, 1_000);
});
