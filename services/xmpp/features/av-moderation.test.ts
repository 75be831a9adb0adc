import assert from "node:assert/strict";
import { test } from "node:test";
import type { RoomUpdated } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf, type Element } from "../codec/xml/element.ts";
import { unit } from "../testing/fake-focus.ts";
import type { Harness } from "../testing/harness.ts";
import { administer, bare, get, gone, isError, jsonOf, leave, meeting, room, withJson } from "../testing/meeting.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";

const component = "avmoderation.meet.jitsi";

function moderate(client: ScriptedClient, attributes: string, media = "audio"): void {
  client.send(`<message to="${component}"><av_moderation ${attributes} mediaType="${media}"/></message>`);
}

const allow = (client: ScriptedClient) => `jidToWhitelist="${room}/${client.nick}"`;
const disallow = (client: ScriptedClient) => `jidToBlacklist="${room}/${client.nick}"`;

const isModeration = withJson("av_moderation");
const says = (key: string, value: unknown) => (stanza: Element) =>
  isModeration(stanza) && jsonOf(stanza)?.[key] === value;
const hasLists = (stanza: Element) => isModeration(stanza) && jsonOf(stanza)?.whitelists !== undefined;

async function policies(harness: Harness) {
  await harness.network.idle();
  const updates = harness.focus?.of<RoomUpdated>("roomUpdated") ?? [];
  return updates
    .filter(({ changed }) => changed.includes("moderation"))
    .map(({ by, policy }) => ({
      by,
      moderated: policy?.avModeration.map(({ media, by: who, allowed }) => ({ media, by: who, allowed })),
    }));
}

test("clients find the component by disco", async () => {
  await using met = await meeting();
  const info = childOf(await get(met.guest, `<query xmlns="${ns.discoInfo}"/>`, "meet.jitsi"), "query");
  const identities = info ? childrenOf(info, "identity") : [];
  assert.ok(identities.some(({ attrs }) => attrs.type === "av_moderation" && attrs.name === component));
});

test("a moderator turns moderation on and off: everybody is told, and the focus has it in the policy", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  moderate(owner, 'enable="true"');
  const told = await guest.next(isModeration);
  assert.equal(told.attrs.from, component);
  const expected = { type: "av_moderation", enabled: true, mediaType: "audio", room, actor: `${room}/${owner.nick}` };
  assert.deepEqual(jsonOf(told), expected);
  assert.deepEqual(jsonOf(await owner.next(isModeration)), expected);
  const lists = jsonOf(await owner.next(isModeration));
  assert.deepEqual(lists, {
    type: "av_moderation",
    room,
    whitelists: { audio: [], video: [], desktop: [] },
    mediaType: "audio",
  });
  moderate(owner, 'enable="true"', "desktop");
  moderate(owner, 'enable="false"');
  assert.equal(jsonOf(await guest.next(says("enabled", false)))?.mediaType, "audio");
  const by = owner.nick;
  const audio = { media: "audio", by, allowed: [] };
  const desktop = { media: "desktop", by, allowed: [] };
  assert.deepEqual(await policies(harness), [
    { by, moderated: [audio] },
    { by, moderated: [audio, desktop] },
    { by, moderated: [desktop] },
  ]);
  assert.equal(guest.has(hasLists), false);
});

test("who is allowed to unmute is told, moderators get the lists, and it can be taken back", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  moderate(owner, 'enable="true"', "video");
  moderate(owner, allow(guest), "video");
  const approved = await guest.next(says("approved", true));
  assert.deepEqual(jsonOf(approved), { type: "av_moderation", room, mediaType: "video", approved: true });
  const isListed = (stanza: Element) => JSON.stringify(jsonOf(stanza)?.whitelists ?? "").includes(guest.nick);
  const lists = jsonOf(await owner.next(isListed));
  assert.deepEqual(lists?.whitelists, { audio: [], video: [`${room}/${guest.nick}`], desktop: [] });
  moderate(owner, disallow(guest), "video");
  assert.deepEqual(jsonOf(await guest.next(says("removed", true))), {
    type: "av_moderation",
    room,
    mediaType: "video",
    removed: true,
  });
  assert.equal(jsonOf(await owner.next(says("removed", true)))?.mediaType, "video");
  const allowed = (await policies(harness)).map(({ moderated }) => moderated?.[0]?.allowed);
  assert.deepEqual(allowed, [[], [guest.nick], []]);
});

test("who comes in, and who becomes a moderator, is told how things are", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  moderate(owner, 'enable="true"');
  moderate(owner, allow(guest));
  await guest.next(says("approved", true));
  const late = await harness.client();
  await late.enter(room);
  assert.equal(jsonOf(await late.next(isModeration))?.actor, `${room}/${owner.nick}`);
  await late.settled();
  assert.equal(late.has(isModeration), false);
  await administer(owner, [`affiliation="owner" jid="${bare(late)}"`]);
  const lists = jsonOf(await late.next(hasLists))?.whitelists as Record<string, string[]>;
  assert.deepEqual(lists.audio, [`${room}/${guest.nick}`]);
});

test("who leaves has to ask again, also when coming back under the same name", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  moderate(owner, 'enable="true"');
  moderate(owner, allow(guest));
  await guest.next(says("approved", true));
  leave(guest);
  await guest.next(gone(guest));
  guest.join(room);
  await guest.joined(room);
  await guest.next(says("enabled", true));
  assert.equal(guest.has(says("approved", true)), false);
  assert.deepEqual((await policies(harness)).at(-1)?.moderated?.[0]?.allowed, []);
});

test("where nothing is moderated, leave is a request to unmute, and changes nothing", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  moderate(owner, allow(guest));
  const asked = jsonOf(await guest.next(says("approved", true)));
  assert.deepEqual(asked, { type: "av_moderation", room, mediaType: "audio", approved: true });
  await owner.settled();
  assert.equal(owner.has(hasLists), false);
  assert.deepEqual(await policies(harness), []);
});

test("only moderators decide, and only of who is there and what is moderated", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  const outsider = await harness.client();
  const attempts = [
    [guest, 'enable="true"', "audio", "forbidden"],
    [guest, allow(guest), "audio", "forbidden"],
    [outsider, 'enable="true"', "audio", "not-acceptable"],
    [outsider, allow(guest), "audio", "not-acceptable"],
    [owner, 'enable="maybe"', "audio", "bad-request"],
    [owner, 'enable="true"', "smell", "bad-request"],
    [owner, `jidToWhitelist="${room}"`, "audio", "bad-request"],
    [owner, disallow(guest), "audio", "unexpected-request"],
  ] as const;
  for (const [client, attributes, media, condition] of attempts) {
    moderate(client, attributes, media);
    assert.equal(conditionOf(await client.next(isError)), condition, attributes);
  }
  moderate(owner, 'enable="true"');
  moderate(owner, `jidToWhitelist="${room}/nobody"`);
  assert.equal(conditionOf(await owner.next(isError)), "item-not-found");
  assert.equal((await policies(harness)).length, 1);
});

test("a moderator decides so much in a second", async () => {
  await using met = await meeting({ limits: { moderationPerMember: { perSecond: 0.001, burst: 1 } } });
  const { owner } = met;
  moderate(owner, 'enable="true"');
  moderate(owner, 'enable="false"');
  assert.equal(conditionOf(await owner.next(isError)), "resource-constraint");
});

test("after kill -9 what was moderated is, and who was allowed to unmute still may", async () => {
  await using met = await meeting({ isResumable: true });
  const { harness, owner, guest } = met;
  moderate(owner, 'enable="true"');
  moderate(owner, allow(guest));
  await guest.next(says("approved", true));
  for (const client of [owner, guest]) await client.acknowledged();
  await harness.killAndRestart();
  const ownerBack = await harness.webSocket(`?previd=${owner.resumeId}`);
  assert.equal((await ownerBack.resume(owner)).name, "resumed");
  const { rooms } = (await harness.focus?.bus.request(xmpp.snapshot, { unit }, {})) ?? { rooms: [] };
  const moderated = rooms[0]?.policy?.avModeration.map(({ media, allowed }) => ({ media, allowed }));
  assert.deepEqual(moderated, [{ media: "audio", allowed: [guest.nick] }]);
  moderate(ownerBack, 'enable="false"');
  await ownerBack.next(says("enabled", false));
});
