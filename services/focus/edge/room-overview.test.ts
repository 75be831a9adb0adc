import assert from "node:assert/strict";
import { test } from "node:test";
import { instance as contracts } from "@veche/proto/subjects.ts";
import { type Conference, openConference } from "../domain/conference.ts";
import { Stage } from "../testing/stage.ts";
import { overviewOf } from "./room-overview.ts";

test("the operator sees rooms with people and bridges, the largest first, and no names of people", async () => {
  await using stage = await Stage.open();
  for (const [room, count] of [
    ["biology", 1],
    ["chemistry", 2],
  ] as const) {
    for (let n = 0; n < count; n++) await stage.xmpp.join(room, `${room}${n}`, { displayName: "Anna Secret" });
  }
  await stage.pass(2_000);
  const ask = (withPeople: boolean) =>
    stage.settled(stage.bus.request(contracts.rooms, { role: "focus", instance: "focus-1" }, { withPeople }));
  const { rooms, onDuty, leftOut } = await ask(false);
  assert.deepEqual([onDuty, leftOut], [true, 0]);
  assert.deepEqual(
    rooms.map(({ name, participants, people, bridges }) => [
      name,
      participants,
      people.length,
      bridges.map(({ bridge, endpoints }) => `${bridge}: ${endpoints}`),
    ]),
    [
      ["chemistry", 2, 0, ["b1: 2"]],
      ["biology", 1, 0, ["b1: 0"]],
    ],
  );
  const answer = await ask(true);
  assert.deepEqual(
    answer.rooms[0]?.people.map(({ endpoint, kind, bridge }) => [endpoint, kind, bridge]),
    [
      ["chemistry0", "web", "b1"],
      ["chemistry1", "web", "b1"],
    ],
  );
  assert.doesNotMatch(
    JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? `${value}` : value)),
    /Anna/,
  );
});

test("metrics that are counted when they are read are true over NATS too", async () => {
  await using stage = await Stage.open();
  await stage.xmpp.join("biology", "a");
  await stage.pass(1_000);
  const asking = stage.bus.request(contracts.metrics, { role: "focus", instance: "focus-1" }, {});
  const { text } = await stage.settled(asking);
  assert.match(text, /^veche_focus_conferences_current_count 1$/m);
  assert.match(text, /^veche_focus_operational_bridges_count 1$/m);
});

test("rooms and people beyond the limits are left out and counted", () => {
  const rooms = ["a", "b", "c"].map((name) => aRoom(name));
  const answer = overviewOf(rooms, true, { rooms: 2, people: 1 });
  assert.deepEqual([answer.rooms?.length, answer.leftOut], [2, 1]);
});

function aRoom(name: string): Conference {
  const room = { tenant: "main", room: name, name, jid: `${name}@muc.meet.jitsi` };
  return openConference({ room, session: `s-${name}`, epoch: 1, meetingId: "m", unit: "main" }, 0);
}
