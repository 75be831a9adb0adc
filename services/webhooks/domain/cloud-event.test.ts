import assert from "node:assert/strict";
import { test } from "node:test";
import { contentOf } from "./cloud-event.ts";

const event = {
  id: "s1-17",
  source: "/focus/f1",
  type: "veche.conference.v1.ParticipantJoined",
  time: "2026-09-01T06:00:03.214Z",
  subject: "conference.v1.main.k3vq2m7yd5t4c6xw2a9b.s1.participant.joined",
  data: { session: "s1", seq: "17", name: "Женя" },
};

test("structured: all attributes and the fact in one JSON", () => {
  const { headers, body } = contentOf({ ...event, redelivery: "r1" }, "structured");
  assert.deepEqual(headers, { "content-type": "application/cloudevents+json; charset=utf-8" });
  const { data, ...attributes } = event;
  const wanted = { specversion: "1.0", ...attributes, redelivery: "r1", datacontenttype: "application/json", data };
  assert.deepEqual(JSON.parse(body), wanted);
});

test("binary: the fact as it is, the attributes as headers", () => {
  const { headers, body } = contentOf({ ...event, source: '/a b"c%д' }, "binary");
  assert.deepEqual(JSON.parse(body), event.data);
  assert.deepEqual(headers, {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-id": event.id,
    "ce-source": "/a%20b%22c%25%D0%B4",
    "ce-type": event.type,
    "ce-time": event.time,
    "ce-subject": event.subject,
  });
});
