import assert from "node:assert/strict";
import { test } from "node:test";
import type { OccupantLeft, OccupantUpdated } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf } from "../codec/xml/element.ts";
import {
  administer,
  affiliationOf,
  bare,
  configure,
  from,
  get,
  gone,
  isError,
  itemOf,
  meeting,
  room,
  set,
  statusesOf,
} from "../testing/meeting.ts";
import { conditionOf } from "../testing/scripted-client.ts";

test("only an owner configures, grants, bans or ends", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  assert.equal(conditionOf(await get(guest, `<query xmlns="${ns.mucOwner}"/>`)), "forbidden");
  assert.equal(conditionOf(await configure(guest, { roomsecret: "x" })), "forbidden");
  assert.equal(conditionOf(await set(guest, `<query xmlns="${ns.mucOwner}"><destroy/></query>`)), "forbidden");
  const kick = `<query xmlns="${ns.mucAdmin}"><item nick="${owner.nick}" role="none"/></query>`;
  assert.equal(conditionOf(await set(guest, kick)), "forbidden");
  const own = `<query xmlns="${ns.mucAdmin}"><item affiliation="owner" jid="${guest.jid.split("/")[0]}"/></query>`;
  assert.equal(conditionOf(await set(guest, own)), "forbidden");
});

test("a moderator makes another a moderator, and everybody sees it", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  await set(
    owner,
    `<query xmlns="${ns.mucAdmin}"><item affiliation="owner" jid="${guest.jid.split("/")[0]}"/></query>`,
  );
  const own = await guest.next((stanza) => from(guest)(stanza) && affiliationOf(stanza) === "owner");
  assert.equal(itemOf(own)?.attrs.role, "moderator");
  const seen = await owner.next((stanza) => from(guest)(stanza) && affiliationOf(stanza) === "owner");
  assert.equal(itemOf(seen)?.attrs.jid, guest.jid);
  await harness.network.idle();
  const update = harness.focus?.of<OccupantUpdated>("occupantUpdated").at(-1);
  assert.deepEqual([update?.occupant?.endpoint, update?.occupant?.role], [guest.nick, 3]);
});

test("somebody who is shown out knows by whom and why, and has lost their affiliation", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  await set(
    owner,
    `<query xmlns="${ns.mucAdmin}"><item nick="${guest.nick}" role="none"><reason>enough</reason></item></query>`,
  );
  const own = await guest.next(gone(guest));
  assert.deepEqual(statusesOf(own), ["307", "110"]);
  const item = itemOf(own);
  assert.equal(item && childOf(item, "actor")?.attrs.nick, owner.nick);
  assert.equal(item && childOf(item, "reason")?.getText(), "enough");
  assert.deepEqual(statusesOf(await owner.next(gone(guest))), ["307"]);
  await harness.network.idle();
  const [left] = harness.focus?.of<OccupantLeft>("occupantLeft") ?? [];
  assert.deepEqual([left?.reason, left?.by], ["kicked", owner.nick]);
});

test("the focus can't be shown out or lose its rights", async () => {
  await using met = await meeting();
  const { owner } = met;
  const items = ['nick="focus" role="none"', 'jid="focus@auth.meet.jitsi" affiliation="none"'];
  for (const item of items) {
    assert.equal(conditionOf(await set(owner, `<query xmlns="${ns.mucAdmin}"><item ${item}/></query>`)), "not-allowed");
  }
});

test("a banned person stays out", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  await set(owner, `<query xmlns="${ns.mucAdmin}"><item nick="${guest.nick}" affiliation="outcast"/></query>`);
  assert.deepEqual(statusesOf(await guest.next(gone(guest))), ["301", "110"]);
  guest.join(room);
  assert.equal(conditionOf(await guest.next(isError)), "forbidden");
});

test("several are made members, moderators or nothing at once, and all or none of it is done", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  const third = await harness.client();
  await third.enter(room);
  const both = [guest, third].map((client) => `affiliation="member" jid="${bare(client)}"`);
  assert.equal((await administer(owner, both)).attrs.type, "result");
  for (const client of [guest, third]) {
    await owner.next((stanza) => from(client)(stanza) && affiliationOf(stanza) === "member");
  }
  const half = [`affiliation="none" jid="${bare(guest)}"`, 'nick="nobody" role="none"'];
  assert.equal(conditionOf(await administer(owner, half)), "item-not-found");
  const listed = async (wanted: string) => {
    const answer = await get(owner, `<query xmlns="${ns.mucAdmin}"><item ${wanted}/></query>`);
    const query = childOf(answer, "query");
    return query ? childrenOf(query, "item").map(({ attrs }) => attrs.jid) : [];
  };
  assert.deepEqual((await listed('affiliation="member"')).sort(), [bare(guest), bare(third)].sort());
  assert.deepEqual(await listed('role="moderator"'), [owner.jid]);
  assert.deepEqual(await listed('affiliation="outcast"'), []);
});

test("a room holds so many affiliations", async () => {
  await using met = await meeting({ limits: { affiliationsPerRoom: 3 } });
  const { owner } = met;
  const item = (name: string) => `affiliation="member" jid="${name}@meet.jitsi"`;
  assert.equal((await administer(owner, [item("a")])).attrs.type, "result");
  assert.equal(conditionOf(await administer(owner, [item("b")])), "resource-constraint");
});
