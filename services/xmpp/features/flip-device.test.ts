import assert from "node:assert/strict";
import { test } from "node:test";
import type { OccupantLeft } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { childOf } from "../codec/xml/element.ts";
import { administer, bare, configure, gone, isError, meeting, room, statusesOf } from "../testing/meeting.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";
import { tokenOf, withToken, withTokens } from "../testing/tokens.ts";

const flip = (client: ScriptedClient) => client.join(room, client.nick, "<flip_device/>");
const mayFlip = { flip: true };

test("who goes on with another device takes their own place, past lobby and full room", async () => {
  await using met = await meeting({ env: { ...withTokens, XMPP_MAX_OCCUPANTS: "3" } });
  const { harness, owner, guest } = met;
  const desk = await withToken(harness, tokenOf("zoe", mayFlip));
  await desk.enter(room);
  await administer(owner, [`jid="${bare(desk)}" affiliation="owner"`]);
  await configure(owner, { membersonly: "1" });
  const phone = await withToken(harness, tokenOf("zoe", mayFlip));
  await phone.conference(room);
  flip(phone);
  const own = await phone.joined(room);
  assert.ok(childOf(own, "flip_device"));
  for (const client of [desk, guest]) {
    const left = await client.next(gone(desk));
    assert.ok(childOf(left, "flip_device"));
    assert.equal(statusesOf(left)[0], "307");
  }
  await harness.network.idle();
  const [left] = harness.focus?.of<OccupantLeft>("occupantLeft") ?? [];
  assert.deepEqual([left?.endpoint, left?.reason], [desk.nick, "replaced"]);
});

test("nobody takes another's place, and nobody without leave their own", async () => {
  await using met = await meeting({ env: withTokens });
  const { harness, guest } = met;
  const desk = await withToken(harness, tokenOf("zoe", mayFlip));
  await desk.enter(room);
  const attempts = [
    await harness.client(),
    await withToken(harness, tokenOf("zoe", { flip: false })),
    await withToken(harness, tokenOf("zoe", {})),
  ];
  for (const client of attempts) {
    flip(client);
    assert.equal(conditionOf(await client.next(isError)), "not-allowed");
  }
  const other = await withToken(harness, tokenOf("ann", mayFlip));
  flip(other);
  await other.joined(room);
  await guest.settled();
  assert.equal(guest.has(gone(desk)), false);
});
