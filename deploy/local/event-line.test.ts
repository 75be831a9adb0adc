import assert from "node:assert/strict";
import { test } from "node:test";
import { eventJson, eventLine } from "./event-line.ts";

const joined = {
  subject: "conference.v1.main.k3vq2m7yd5t4c6xw2a9b.0198f2bf.participant.joined",
  text: JSON.stringify({
    tenant: "main",
    room: "k3vq2m7yd5t4c6xw2a9b",
    session: "0198f2bf",
    seq: "17",
    time: "2026-09-01T06:00:03.214Z",
    participant: { endpoint: "a1b2c3d4", person: "p_305", kind: "WEB", authenticated: true },
    counts: { participants: 24, senders: 3 },
  }),
  atMs: 0,
};

test("a fact is one line with room, number, what happened and its fields", () => {
  assert.match(
    eventLine(joined),
    /^\d\d:\d\d:03\.214 k3vq2m7y {3}17 participant\.joined +endpoint=a1b2c3d4 person=p_305 kind=WEB authenticated=true participants=24 senders=3$/,
  );
});

test("text that strangers chose stays on one line", () => {
  const line = eventLine({ subject: "evt.x", text: JSON.stringify({ reason: "a\nb" }), atMs: 0 });
  assert.match(line, /reason="a\\nb"$/);
  assert.doesNotMatch(line, /\n/);
});

test("a body that is no JSON is shown as it is", () => {
  assert.match(eventLine({ subject: "evt.x", text: "rubbish", atMs: 0 }), /text=rubbish/);
});

test("the JSON line holds subject and body", () => {
  assert.deepEqual(JSON.parse(eventJson(joined)).body.counts, { participants: 24, senders: 3 });
});
