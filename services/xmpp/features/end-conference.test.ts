import assert from "node:assert/strict";
import { test } from "node:test";
import type { RoomDestroyed } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { childOf } from "../codec/xml/element.ts";
import { destroyOf, gone, isError, meeting, set } from "../testing/meeting.ts";
import { conditionOf } from "../testing/scripted-client.ts";

const end = '<message to="endconference.meet.jitsi" id="e"><end_conference/></message>';

test("a moderator ends the meeting for everybody, with the words that clients know", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  owner.send(end);
  for (const client of [owner, guest]) {
    const destroy = destroyOf(await client.next(gone(client)));
    assert.equal(destroy && childOf(destroy, "reason")?.getText(), "The meeting has been terminated");
    assert.equal(destroy?.attrs.jid, undefined);
  }
  await harness.network.idle();
  const [destroyed] = harness.focus?.of<RoomDestroyed>("roomDestroyed") ?? [];
  assert.deepEqual([destroyed?.reason, destroyed?.by], ["moderator", owner.nick]);
});

test("nobody else ends it", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  const outsider = await harness.client();
  for (const [client, condition] of [
    [guest, "forbidden"],
    [outsider, "not-acceptable"],
  ] as const) {
    client.send(end);
    assert.equal(conditionOf(await client.next(isError)), condition);
  }
  owner.send('<message to="endconference.meet.jitsi" id="e"><something/></message>');
  assert.equal(conditionOf(await owner.next(isError)), "bad-request");
  await owner.settled();
});

test("visitors there are none, and who asks to become or make one is told so", async () => {
  await using met = await meeting();
  const { guest } = met;
  const request = '<visitors xmlns="jitsi:visitors"><promotion-request/></visitors>';
  for (const to of ["standup@muc.meet.jitsi", "meet.jitsi", "visitors.meet.jitsi", "standup@muc.meet.jitsi/focus"]) {
    const refused = await set(guest, request, to);
    assert.equal(conditionOf(refused), "feature-not-implemented", to);
  }
});
