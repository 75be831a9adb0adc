import assert from "node:assert/strict";
import { test } from "node:test";
import {
  administer,
  affiliationOf,
  bare,
  configure,
  from,
  gone,
  isError,
  joinAs,
  meeting,
  room,
} from "../testing/meeting.ts";
import { Administrator, withAccount } from "../testing/people.ts";
import { conditionOf } from "../testing/scripted-client.ts";
import { tokenOf, withToken, withTokens } from "../testing/tokens.ts";

const closed = { membersonly: "1", roomsecret: "1234", passwordprotectedroom: "1" };

test("a member with a token who loads the page again needs neither lobby nor password", async () => {
  await using met = await meeting({ env: withTokens });
  const { harness, owner } = met;
  const zoe = await withToken(harness, tokenOf("zoe"));
  await zoe.enter(room);
  await administer(owner, [`jid="${bare(zoe)}" affiliation="owner"`]);
  await configure(owner, closed);
  zoe.drop();
  await owner.next(gone(zoe));
  const again = await withToken(harness, tokenOf("zoe"));
  assert.notEqual(bare(again), bare(zoe));
  await again.conference(room);
  again.join(room);
  assert.equal(affiliationOf(await again.joined(room)), "member");
  const stranger = await withToken(harness, tokenOf("ann"));
  joinAs(stranger, "Ann");
  assert.equal(conditionOf(await stranger.next(isError)), "registration-required");
});

test("a member who was shown out is none any more", async () => {
  await using met = await meeting({ env: withTokens });
  const { harness, owner } = met;
  const zoe = await withToken(harness, tokenOf("zoe"));
  await zoe.enter(room);
  await administer(owner, [`jid="${bare(zoe)}" affiliation="member"`]);
  await configure(owner, closed);
  await administer(owner, [`nick="${zoe.nick}" role="none"`]);
  await zoe.next(gone(zoe));
  const again = await withToken(harness, tokenOf("zoe"));
  joinAs(again, "Zoe");
  assert.equal(conditionOf(await again.next(isError)), "registration-required");
});

test("an account that comes back is what it was: a teacher does not wait in her own lobby", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  await using administrator = await Administrator.start(harness);
  await administrator.add("anna");
  const anna = await withAccount(harness, "anna", "anna1");
  await anna.enter(room);
  await administer(owner, [`jid="${bare(anna)}" affiliation="owner"`]);
  await anna.next((stanza) => from(anna)(stanza) && affiliationOf(stanza) === "owner");
  await configure(anna, closed);
  anna.drop();
  await guest.next(gone(anna));
  const again = await withAccount(harness, "anna", "anna2");
  again.join(room);
  assert.equal(affiliationOf(await again.joined(room)), "owner");
});

test("membership of a person outlives kill -9", async () => {
  await using met = await meeting({ env: withTokens, isResumable: true });
  const { harness, owner } = met;
  const zoe = await withToken(harness, tokenOf("zoe"));
  await zoe.enter(room);
  await administer(owner, [`jid="${bare(zoe)}" affiliation="member"`]);
  await configure(owner, closed);
  await owner.acknowledged();
  await harness.killAndRestart();
  const again = await withToken(harness, tokenOf("zoe"));
  await again.conference(room);
  again.join(room);
  await again.joined(room);
});
