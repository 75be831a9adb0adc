import assert from "node:assert/strict";
import { test } from "node:test";
import { childNamed, textOf } from "../xml/element.ts";
import { readStartMuted, setStartMuted } from "./room-metadata.ts";

test("how newcomers start is read from the room's metadata, whatever else is in it", () => {
  const of = (metadata: unknown) => readStartMuted({ type: "room_metadata", metadata });
  assert.deepEqual(of({ startMuted: { audio: true, video: false } }), { audio: true, video: false });
  assert.deepEqual(of({}), { audio: false, video: false });
  assert.deepEqual(of(null), { audio: false, video: false });
  assert.deepEqual(of({ startMuted: { audio: "yes" } }), { audio: false, video: false });
  assert.equal(readStartMuted({ type: "polls", metadata: {} }), undefined);
});

test("a moderator writes it to the component, for the room", () => {
  const stanza = setStartMuted("metadata.meet.jitsi", "1", "lesson@muc.meet.jitsi", { audio: true, video: false });
  assert.equal(stanza.attrs.to, "metadata.meet.jitsi");
  const change = childNamed(stanza, "room_metadata", "http://jitsi.org/jitmeet");
  assert.equal(change?.attrs.room, "lesson@muc.meet.jitsi");
  assert.deepEqual(JSON.parse(textOf(change)), {
    key: "startMuted",
    data: { audio: true, video: false },
    type: "room_metadata",
  });
});
