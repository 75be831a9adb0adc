import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../../protocol/xml/element.ts";
import type { CallContext } from "../call/activity.ts";
import { fakeMeeting } from "../call/fake-context.ts";
import { RoomRules } from "./room-rules.ts";

function rules(component: string | undefined) {
  const meeting = fakeMeeting();
  const context = { ...meeting.context, offers: { component: () => component }, room: () => ({ jid }) };
  return { ...meeting, rules: new RoomRules(context as unknown as CallContext) };
}

const jid = "lesson@muc.meet.jitsi";
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

test("who comes into a room that starts muted is muted before others see them; who is there already is not", () => {
  const { rules: room, media, state } = rules("metadata.meet.jitsi");
  room.json(metadata(true), "metadata.meet.jitsi");
  assert.equal(media.audioMuted.value, false);
  state.phase.value = { name: "joining", waitingForHost: false };
  room.json(metadata(true), "metadata.meet.jitsi");
  assert.equal(media.audioMuted.value, true);
  assert.notEqual(media.camera.value, undefined);
});
