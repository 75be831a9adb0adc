import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf, type XmlElement } from "../../protocol/xml/element.ts";
import type { CallContext } from "../call/activity.ts";
import { RoomRules } from "./room-rules.ts";

function rules(component: string | undefined) {
  const sent: XmlElement[] = [];
  const context = {
    connection: { send: (stanza: XmlElement) => sent.push(stanza), newId: () => "1" },
    offers: { component: () => component },
    room: () => ({ jid: "lesson@muc.meet.jitsi" }),
  } as unknown as CallContext;
  return { sent, rules: new RoomRules(context) };
}

const metadata = (audio: boolean) => ({ type: "room_metadata", metadata: { startMuted: { audio, video: false } } });

test("the rule is the server's: an occupant's word of it is nothing", () => {
  const { rules: room } = rules("metadata.meet.jitsi");
  room.json(metadata(true), "lesson@muc.meet.jitsi/abcd1234");
  assert.equal(room.startMuted.value.audio, false);
  room.json(metadata(true), "metadata.meet.jitsi");
  assert.equal(room.startMuted.value.audio, true);
});

test("a change keeps the other half of the rule, and waits for the server's answer", () => {
  const { rules: room, sent } = rules("metadata.meet.jitsi");
  room.json(metadata(true), "metadata.meet.jitsi");
  room.setStartMuted({ video: true });
  assert.deepEqual(JSON.parse(textOf(sent[0])).data, { audio: true, video: true });
  assert.equal(room.startMuted.value.video, false);
});

test("where the server has no such component nothing is asked", () => {
  const { rules: room, sent } = rules(undefined);
  room.setStartMuted({ audio: true });
  assert.deepEqual(sent, []);
});
