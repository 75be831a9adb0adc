import assert from "node:assert/strict";
import { test } from "node:test";
import type { RoomUpdated } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf, type Element } from "../codec/xml/element.ts";
import { escapeText } from "../codec/xml/serialise.ts";
import { defaultLimits } from "../limits.ts";
import type { Harness } from "../testing/harness.ts";
import { get, isError, jsonOf, meeting, room, withJson } from "../testing/meeting.ts";
import { conditionOf, isOwn, type ScriptedClient } from "../testing/scripted-client.ts";

const component = "metadata.meet.jitsi";
const isMetadata = withJson("room_metadata");
const metadataOf = (stanza: Element) =>
  (isMetadata(stanza) ? (jsonOf(stanza)?.metadata ?? {}) : {}) as Record<string, unknown>;
const has = (key: string) => (stanza: Element) => key in metadataOf(stanza);

function send(client: ScriptedClient, text: string, jid = room): void {
  const child = `<room_metadata xmlns="${ns.jitmeet}" room="${jid}">${escapeText(text)}</room_metadata>`;
  client.send(`<message to="${component}" id="${client.id()}">${child}</message>`);
}

function say(client: ScriptedClient, key: string, data: unknown, jid = room): void {
  send(client, JSON.stringify({ key, data, type: "room_metadata" }), jid);
}

async function startMuted(harness: Harness) {
  await harness.network.idle();
  const updates = harness.focus?.of<RoomUpdated>("roomUpdated") ?? [];
  return updates
    .filter(({ changed }) => changed.includes("start-muted"))
    .map(({ by, policy }) => [by, policy?.startAudioMuted, policy?.startVideoMuted]);
}

test("who comes in knows the room's metadata before it is in", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  const info = childOf(await get(guest, `<query xmlns="${ns.discoInfo}"/>`, "meet.jitsi"), "query");
  const identities = info ? childrenOf(info, "identity") : [];
  assert.ok(identities.some(({ attrs }) => attrs.type === "room_metadata" && attrs.name === component));
  say(owner, "topic", { "50%41": "ä" });
  const told = await guest.next(has("topic"));
  assert.equal(told.attrs.from, component);
  const element = childOf(told, "json-message", ns.jitmeet);
  assert.equal(element?.attrs.room, room);
  // COMPAT: lib-jitsi-meet unescapes the text before it reads it.
  assert.deepEqual(JSON.parse(unescape(element?.getText() ?? "")).metadata, { topic: { "50%41": "ä" } });
  const late = await harness.client();
  await late.enter(room);
  const [first, ...rest] = late.stanzas.filter(({ name }) => name !== "iq");
  assert.ok(first && has("topic")(first));
  assert.ok(rest.some(isOwn));
});

test("only a moderator of the room writes, and not what only the server says", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  const outsider = await harness.client();
  const attempts = [
    [guest, "topic", "forbidden"],
    [outsider, "topic", "not-acceptable"],
    [owner, "lobbyEnabled", "not-allowed"],
    [owner, "services", "not-allowed"],
    [owner, "moderators", "not-allowed"],
    [owner, "a b", "bad-request"],
    [owner, "__proto__", "bad-request"],
  ] as const;
  for (const [client, key, condition] of attempts) {
    say(client, key, true);
    assert.equal(conditionOf(await client.next(isError)), condition, key);
  }
  say(owner, "topic", 1, "other@muc.meet.jitsi");
  assert.equal(conditionOf(await owner.next(isError)), "not-acceptable");
  for (const text of ["{", "[]", '{"data":1}']) {
    send(owner, text);
    assert.equal(conditionOf(await owner.next(isError)), "bad-request", text);
  }
  await guest.settled();
  assert.equal(guest.has(has("topic")), false);
});

test("starting muted becomes the room's policy, and can be taken away", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  say(owner, "startMuted", { audio: true, video: false });
  await guest.next(has("startMuted"));
  say(owner, "startMuted", { audio: true, video: false });
  say(owner, "startMuted", null);
  await guest.next((stanza) => isMetadata(stanza) && !has("startMuted")(stanza));
  assert.deepEqual(await startMuted(harness), [
    [owner.nick, true, false],
    [owner.nick, false, false],
  ]);
});

test("older clients' moderators say in their presence that people start muted", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  const presence = (client: ScriptedClient, audio: boolean) =>
    client.send(
      `<presence to="${room}/${client.nick}"><startmuted xmlns="${ns.startMuted}" audio="${audio}" video="false"/></presence>`,
    );
  presence(guest, true);
  presence(owner, true);
  const told = await guest.next(has("startMuted"));
  assert.deepEqual(jsonOf(told)?.metadata, { startMuted: { audio: true, video: false } });
  say(owner, "startMuted", { audio: false, video: true });
  await guest.next(has("startMuted"));
  presence(owner, true);
  await owner.settled();
  assert.deepEqual(await startMuted(harness), [
    [owner.nick, true, false],
    [owner.nick, false, true],
  ]);
});

test("metadata has its bounds: values, all of it, keys, depth, how often", async () => {
  const metadata = {
    ...defaultLimits.metadata,
    keys: 2,
    valueCharacters: 100,
    characters: 150,
    depth: 2,
    writesPerMember: { perSecond: 0.001, burst: 8 },
  };
  await using met = await meeting({ limits: { metadata } });
  const { owner } = met;
  const refusal = async (key: string, data: unknown) => {
    say(owner, key, data);
    return conditionOf(await owner.next(isError));
  };
  assert.equal(await refusal("long", "a".repeat(99)), "policy-violation");
  assert.equal(await refusal("deep", { a: { b: {} } }), "bad-request");
  assert.equal(await refusal("odd", JSON.parse('{"__proto__":1}')), "bad-request");
  say(owner, "one", "a".repeat(80));
  await owner.next(has("one"));
  assert.equal(await refusal("two", "a".repeat(80)), "policy-violation");
  say(owner, "two", 2);
  await owner.next(has("two"));
  assert.equal(await refusal("three", 3), "policy-violation");
  say(owner, "two", 3);
  await owner.next((stanza) => metadataOf(stanza).two === 3);
  assert.equal(await refusal("two", 4), "resource-constraint");
});

test("after kill -9 the metadata is as it was", async () => {
  await using met = await meeting({ isResumable: true });
  const { harness, owner } = met;
  say(owner, "topic", "kept");
  say(owner, "startMuted", { audio: true });
  await owner.next(has("startMuted"));
  await owner.acknowledged();
  await harness.killAndRestart();
  const back = await harness.webSocket(`?previd=${owner.resumeId}`);
  assert.equal((await back.resume(owner)).name, "resumed");
  const late = await harness.client();
  await late.enter(room);
  assert.deepEqual(jsonOf(await late.next(isMetadata))?.metadata, { topic: "kept", startMuted: { audio: true } });
});
