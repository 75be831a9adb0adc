import assert from "node:assert/strict";
import { test } from "node:test";
import type { OccupantLeft } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf } from "../codec/xml/element.ts";
import type { Harness } from "../testing/harness.ts";
import { administer, bare, get, gone, isError, meeting, room, statusesOf } from "../testing/meeting.ts";
import { Administrator, withAccount } from "../testing/people.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";
import { tokenOf, withToken, withTokens } from "../testing/tokens.ts";

const ban = (client: ScriptedClient) => [`jid="${bare(client)}" affiliation="outcast"`];
const pardon = (client: ScriptedClient) => [`jid="${bare(client)}" affiliation="none"`];

/** Another stream of the same machine. */
async function sameMachine(harness: Harness, old: ScriptedClient): Promise<ScriptedClient> {
  const client = await harness.client();
  client.machineUid = old.machineUid;
  return client;
}

async function isKeptOut(client: ScriptedClient): Promise<void> {
  await client.conference(room);
  client.join(room);
  const refused = await client.next(isError);
  assert.equal(conditionOf(refused), "forbidden");
  assert.equal(childOf(refused, "error")?.attrs.type, "auth");
}

test("somebody without an account who was banned does not come back by loading the page again", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  assert.equal((await administer(owner, ban(guest))).attrs.type, "result");
  assert.deepEqual(statusesOf(await guest.next(gone(guest))), ["301", "110"]);
  await isKeptOut(guest);
  const again = await sameMachine(harness, guest);
  await isKeptOut(again);
  const another = await harness.client();
  await another.enter(room);
  await administer(owner, pardon(guest));
  await again.enter(room);
  await harness.network.idle();
  const [left] = harness.focus?.of<OccupantLeft>("occupantLeft") ?? [];
  assert.deepEqual([left?.reason, left?.by], ["kicked", owner.nick]);
});

test("who was only shown out may come back", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  await administer(owner, [`nick="${guest.nick}" role="none"`]);
  await guest.next(gone(guest));
  await guest.enter(room);
});

test("a moderator's own machine is not banned with somebody who used it too", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const tab = await sameMachine(harness, owner);
  await tab.enter(room);
  await administer(owner, ban(tab));
  await tab.next(gone(tab));
  const reloaded = await sameMachine(harness, owner);
  await reloaded.enter(room);
});

test("an account is banned under each of its streams, whatever the machine", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  await using administrator = await Administrator.start(harness);
  await administrator.add("peter", "pupil");
  const peter = await withAccount(harness, "peter", "peter1");
  await peter.enter(room);
  await administer(owner, ban(peter));
  await peter.next(gone(peter));
  const elsewhere = await withAccount(harness, "peter", "peter2");
  await isKeptOut(elsewhere);
});

test("who comes with a token is banned as a person, whatever the address and the machine", async () => {
  await using met = await meeting({ env: withTokens });
  const { harness, owner } = met;
  const zoe = await withToken(harness, tokenOf("zoe"));
  await zoe.enter(room);
  await administer(owner, ban(zoe));
  await zoe.next(gone(zoe));
  await isKeptOut(await withToken(harness, tokenOf("zoe")));
  const other = await withToken(harness, tokenOf("ann"));
  await other.enter(room);
});

test("a moderator reads who is banned, and bans several at once", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  const third = await harness.client();
  await third.enter(room);
  await administer(owner, [...ban(guest), ...ban(third)]);
  for (const client of [guest, third]) await client.next(gone(client));
  const answer = await get(owner, `<query xmlns="${ns.mucAdmin}"><item affiliation="outcast"/></query>`);
  const query = childOf(answer, "query");
  const listed = query ? childrenOf(query, "item").map(({ attrs }) => attrs.jid) : [];
  assert.deepEqual(listed.sort(), [bare(guest), bare(third)].sort());
});

test("a ban outlives kill -9", async () => {
  await using met = await meeting({ isResumable: true });
  const { harness, owner, guest } = met;
  await administer(owner, ban(guest));
  await guest.next(gone(guest));
  await owner.acknowledged();
  await harness.killAndRestart();
  const back = await harness.webSocket(`?previd=${owner.resumeId}`);
  assert.equal((await back.resume(owner)).name, "resumed");
  await isKeptOut(await sameMachine(harness, guest));
});

test("whose stream outlived kill -9 is still known by the machine", async () => {
  await using met = await meeting({ isResumable: true });
  const { harness, owner, guest } = met;
  for (const client of [owner, guest]) await client.acknowledged();
  await harness.killAndRestart();
  const back = await harness.webSocket(`?previd=${owner.resumeId}`);
  await back.resume(owner);
  await administer(back, ban(guest));
  await isKeptOut(await sameMachine(harness, guest));
});
