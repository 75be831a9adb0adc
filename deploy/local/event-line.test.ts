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

const told = (fact: string, body: object) =>
  eventLine({
    subject: `conference.v1.main.k3vq2m7yd5t4c6xw2a9b.0198f2bf.${fact}`,
    text: JSON.stringify(body),
    atMs: 0,
  });

test("what moderators do is one line each: what is blocked, where people go, what a poll has come to", () => {
  const participant = { endpoint: "a1b2c3d4" };
  assert.match(
    told("source.blocked", { participant, media: "audio", by: "policy" }),
    / source\.blocked +endpoint=a1b2c3d4 media=audio by=policy$/,
  );
  const assignments = [
    { endpoint: "a1b2c3d4", person: "p_1", room: "q7w2e9r4t6y8u3i5o1p0" },
    { endpoint: "b1b2c3d4", person: "p_2", room: "bad\nroom" },
  ];
  assert.match(
    told("breakout.assigned", { assignments, by: "m1" }),
    / breakout\.assigned +assignments=a1b2c3d4>q7w2e9r4,"b1b2c3d4>bad\\nroom" by=m1$/,
  );
  assert.match(
    told("poll.closed", { poll: "p1", question: "Tea or coffee?", options: ["tea"], result: [2], voters: 2 }),
    / poll\.closed +poll=p1 question="Tea or coffee\?" options=\["tea"\] result=\[2\] voters=2$/,
  );
});

test("a chat names its room and whether it was private", () => {
  const subject = "chat.v1.main.k3vq2m7yd5t4c6xw2a9b.0198f2bf.private";
  assert.match(
    eventLine({ subject, text: JSON.stringify({ text: "hello" }), atMs: 0 }),
    / k3vq2m7y +chat\.private +text=hello$/,
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
