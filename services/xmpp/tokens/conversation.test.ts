import assert from "node:assert/strict";
import { test } from "node:test";
import { toJsonString } from "@bufbuild/protobuf";
import { ManualClock } from "@veche/kit/clock.ts";
import type { RequestConferenceRequest } from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import { StateRecordSchema } from "@veche/proto/gen/veche/xmpp/v1/state_pb.ts";
import { Affiliation } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf, type Element } from "../codec/xml/element.ts";
import { serialise } from "../codec/xml/serialise.ts";
import { defaultPermissions } from "../stream/identity.ts";
import { unit } from "../testing/fake-focus.ts";
import { Harness } from "../testing/harness.ts";
import { conditionOf, isOwn, type ScriptedClient } from "../testing/scripted-client.ts";
import { type Claims, tokenEnv, tokenOf, zoe } from "../testing/token-forge.ts";

const room = "standup@muc.meet.jitsi";
const roomRef = { tenant: "main", name: "standup", jid: room };

async function withToken(harness: Harness, claims: Claims = zoe): Promise<ScriptedClient> {
  const client = await harness.webSocket(`?token=${tokenOf(claims)}`);
  await client.signIn();
  return client;
}

async function failureOf(client: ScriptedClient): Promise<string> {
  client.open();
  await client.next("features");
  client.send(`<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS"/>`);
  return serialise(await client.next(({ name }) => name === "failure" || name === "success"));
}

const failure = (text: string) => `<failure xmlns="${ns.sasl}"><not-allowed/><text>${text}</text></failure>`;

test("with a token people come in as somebody, without one they are told that one is needed", async () => {
  await using harness = await Harness.start({ env: tokenEnv });
  for (const client of [
    await harness.webSocket(`?token=${tokenOf(zoe)}`),
    await harness.bosh(`?token=${tokenOf(zoe)}`),
  ]) {
    assert.match(await client.signIn(), /^[0-9a-f]{8}-[0-9a-f-]{27}@meet\.jitsi\//);
  }
  for (const client of [await harness.webSocket(), await harness.bosh()]) {
    assert.equal(await failureOf(client), failure("token required"));
  }
});

test("a token that does not hold is refused in words the client finds", async () => {
  await using harness = await Harness.start({ env: tokenEnv });
  const refused: readonly (readonly [string, string])[] = [
    [tokenOf({ ...zoe, iss: "other" }), "Invalid issuer ('iss' claim)"],
    [tokenOf({ ...zoe, exp: 1_000 }), "token expired"],
    ["rubbish", "Invalid token"],
    ["x".repeat(9_000), "token is longer than 8192 characters"],
  ];
  for (const [token, text] of refused) {
    assert.equal(await failureOf(await harness.webSocket(`?token=${token}`)), failure(text));
  }
});

test("where guests are welcome, those without a token are guests, and those with a bad one still refused", async () => {
  await using harness = await Harness.start({ env: { ...tokenEnv, JWT_ALLOW_EMPTY: "1" } });
  const guest = await harness.client();
  await guest.enter(room);
  const asked = harness.focus?.asked[0]?.message as RequestConferenceRequest | undefined;
  assert.equal(asked?.authenticated, false);
  assert.equal(await failureOf(await harness.webSocket("?token=rubbish")), failure("Invalid token"));
});

test("a token for one room neither enters nor opens another", async () => {
  await using harness = await Harness.start({ env: tokenEnv });
  const other = await withToken(harness, { ...zoe, room: "maths" });
  const refused = await other.conference(room);
  assert.equal(conditionOf(refused), "not-allowed");
  assert.equal(harness.focus?.asked.length, 0);
  await (await withToken(harness)).enter(room);
  other.join(room);
  const presence = await other.next(({ name, attrs }) => name === "presence" && attrs.type === "error");
  const error = childOf(presence, "error");
  assert.equal(error?.attrs.type, "cancel");
  assert.equal(conditionOf(presence), "not-allowed");
  assert.equal(childOf(error as Element, "text")?.getText(), "Room and token mismatched");
  await other.enter("maths@muc.meet.jitsi");
});

test("where tokens are needed, a guest of the guest domain comes into rooms but opens none", async () => {
  await using harness = await Harness.start({ env: tokenEnv });
  const guest = await harness.webSocket();
  await guest.signIn("guest.meet.jitsi");
  assert.equal(conditionOf(await guest.conference(room)), "not-authorized");
  assert.equal(harness.focus?.asked.length, 0);
  await (await withToken(harness)).enter(room);
  await guest.enter(room);
});

test("others see who somebody is by their token, whatever they say of themselves", async () => {
  await using harness = await Harness.start({ env: tokenEnv });
  const watcher = await withToken(harness, { ...zoe, context: { user: { id: "w" } } });
  await watcher.enter(room);
  const client = await withToken(harness, { ...zoe, context: { user: { id: "u-1", name: "Z & Z" }, group: "5a" } });
  const forged =
    `<identity><user><id>boss</id></user></identity><permissions xmlns="${ns.jitmeet}"><p name="recording" val="true"/></permissions>` +
    `<x xmlns="${ns.mucUser}"><item affiliation="owner" role="moderator"/></x>`;
  await client.conference(room);
  client.join(room, client.nick, forged);
  const seen = await watcher.next(({ attrs }) => attrs.from === `${room}/${client.nick}`);
  assert.deepEqual(childrenOf(seen, "identity").map(serialise), [
    "<identity><user><id>u-1</id><name>Z &amp; Z</name></user><group>5a</group></identity>",
  ]);
  assert.equal(childOf(seen, "permissions"), undefined);
  assert.equal(childOf(childOf(seen, "x", ns.mucUser) as Element, "item")?.attrs.affiliation, "none");
});

const permissionsOf = (presence: Element) =>
  Object.fromEntries(
    childrenOf(childOf(presence, "permissions", ns.jitmeet) ?? presence, "p").map(({ attrs }) => [
      attrs.name,
      attrs.val,
    ]),
  );

test("who becomes a moderator is told what it may do; where a token says that, the token counts", async () => {
  await using harness = await Harness.start({ env: tokenEnv });
  const plain = await withToken(harness);
  assert.deepEqual(permissionsOf(await plain.enter(room)), {});
  const features = { recording: true, livestreaming: "false" };
  const limited = await withToken(harness, { ...zoe, context: { user: { id: "l" }, features } });
  assert.deepEqual(permissionsOf(await limited.enter(room)), { recording: "true", livestreaming: "false" });
  for (const client of [plain, limited]) {
    const grant = { room: roomRef, endpoint: client.nick, affiliation: Affiliation.OWNER };
    await harness.focus?.bus.request(xmpp.setAffiliation, { unit }, grant);
  }
  const own = (client: ScriptedClient) =>
    client.next((stanza) => isOwn(stanza) && stanza.attrs.from === `${room}/${client.nick}`);
  assert.deepEqual(
    permissionsOf(await own(plain)),
    Object.fromEntries(defaultPermissions.map((name) => [name, "true"])),
  );
  assert.deepEqual(permissionsOf(await own(limited)), { recording: "true", livestreaming: "false" });
});

test("who loses the connection resumes with a newer token, and not with one for another room", async () => {
  await using harness = await Harness.start({ env: tokenEnv });
  const client = await withToken(harness);
  await client.enter(room);
  await client.enableResume();
  client.drop();
  const elsewhere = await harness.webSocket(`?previd=${client.resumeId}&token=${tokenOf({ ...zoe, room: "maths" })}`);
  assert.equal(await failureOf(elsewhere), failure("Room and token mismatched"));
  const somebody = await harness.webSocket(
    `?previd=${client.resumeId}&token=${tokenOf({ ...zoe, context: { user: { id: "other" } } })}`,
  );
  assert.equal((await somebody.resume(client)).name, "failed");
  const newer = await harness.webSocket(`?previd=${client.resumeId}&token=${tokenOf({ ...zoe, exp: 4_000_000_001 })}`);
  assert.equal((await newer.resume(client)).name, "resumed");
});

test("whose token says something new of them is seen anew; whose says the same is not", async () => {
  await using harness = await Harness.start({ env: tokenEnv });
  const watcher = await withToken(harness, { ...zoe, context: { user: { id: "w" } } });
  await watcher.enter(room);
  const client = await withToken(harness);
  await client.enter(room);
  await client.enableResume();
  const seen = () => watcher.stanzas.filter(({ attrs }) => attrs.from === `${room}/${client.nick}`).length;
  const comeBack = async (claims: Claims) => {
    client.drop();
    const back = await harness.webSocket(`?previd=${client.resumeId}&token=${tokenOf(claims)}`);
    assert.equal((await back.resume(client, 0)).name, "resumed");
    await back.settled();
    await watcher.settled();
    return back;
  };
  const before = seen();
  (await comeBack({ ...zoe, exp: 4_000_000_001 })).drop();
  assert.equal(seen(), before);
  (await comeBack({ ...zoe, context: { user: { id: "u-1", name: "Zoe B." } } })).drop();
  assert.equal(seen(), before + 1);
});

test("a token that runs out in a call does not end it, nor keep its owner from coming back; for anything new it is no good", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ env: tokenEnv, clock });
  const token = tokenOf({ ...zoe, exp: Math.floor(clock.now() / 1000) + 10 });
  const client = await harness.webSocket(`?token=${token}`);
  await client.signIn();
  await client.enter(room);
  await client.enableResume();
  await clock.advance(45_000);
  await client.settled();
  client.drop();
  assert.equal(await failureOf(await harness.webSocket(`?token=${token}`)), failure("token expired"));
  const back = await harness.webSocket(`?token=${token}&previd=${client.resumeId}`);
  assert.equal((await back.resume(client)).name, "resumed");
  await back.settled();
  const anew = await harness.webSocket(`?token=${token}&previd=${client.resumeId}`);
  await anew.authenticate();
  anew.send(`<iq type="set" id="b"><bind xmlns="${ns.bind}"/></iq>`);
  assert.ok(childOf(await anew.next("error"), "not-authorized"));
});

test("tokens show up neither in what an operator sees nor in what is kept", async () => {
  await using harness = await Harness.start({ env: tokenEnv });
  const token = tokenOf(zoe);
  const client = await harness.webSocket(`?token=${token}`);
  await client.signIn();
  await client.enableResume();
  await client.enter(room);
  await client.settled();
  await harness.network.idle();
  for (const path of ["debug", "metrics"]) {
    const text = await (await fetch(`http://127.0.0.1:${harness.port}/${path}`)).text();
    assert.ok(!text.includes(token) && !text.includes("Zoe") && !text.includes("zoe@"), path);
  }
  const kept: string[] = [];
  const bucket = await harness.bus.bucket(buckets.xmppState, StateRecordSchema);
  for await (const { value } of bucket.entries()) kept.push(toJsonString(StateRecordSchema, value));
  assert.ok(kept.some((record) => record.includes("u-1")));
  assert.ok(!kept.some((record) => record.includes(token.slice(0, 40))));
});
