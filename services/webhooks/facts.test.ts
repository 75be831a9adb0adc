import assert from "node:assert/strict";
import { test } from "node:test";
import { wantedOf } from "./facts.ts";

const room = "k3vq2m7yd5t4c6xw2a9b";
const shown = (facts: readonly string[], rooms: readonly string[] = []) =>
  Object.fromEntries(wantedOf(facts, rooms).map(({ stream, filters }) => [stream.name, filters]));

test("facts, entities and whole streams become subjects", () => {
  assert.deepEqual(shown(["participant.joined", "recording", "service.warned", "chat.public"]), {
    CONFERENCE: ["conference.v1.*.*.*.participant.joined", "conference.v1.*.*.*.recording.*"],
    SERVICE: ["service.v1.*.*.warned"],
    CHAT: ["chat.v1.*.*.*.public"],
  });
  assert.deepEqual(shown(["conference", "service", "chat"]), {
    CONFERENCE: ["conference.v1.>"],
    SERVICE: ["service.v1.>"],
    CHAT: ["chat.v1.>"],
  });
});

test("chats are never among the facts of conferences", () => {
  assert.deepEqual(Object.keys(shown(["conference", "service"])), ["CONFERENCE", "SERVICE"]);
});

test("rooms stand in the subjects; services have none", () => {
  assert.deepEqual(shown(["participant.left", "conference", "service.up"], [room]), {
    CONFERENCE: [`conference.v1.*.${room}.*.participant.left`, `conference.v1.*.${room}.>`],
    SERVICE: ["service.v1.*.*.up"],
  });
});

test("what is no fact is refused with those that are near", () => {
  assert.throws(() => shown(["participant.joind"]), /expected some of participant\.joined.*found "participant\.joind"/);
  assert.throws(() => shown(["people"]), /expected some of conference, service, chat, session/);
});
