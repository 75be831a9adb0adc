import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { MemoryBus } from "@veche/kit/memory-bus.ts";
import { type RoomEffect, RoomRequests, roomTimes } from "./room-requests.ts";

const room = { tenant: "", room: "r1", name: "standup", jid: "standup@muc.meet.jitsi" };
const effect: RoomEffect = { type: "end-session", endpoint: "aaaa", jingleSession: "s1", reason: "gone", text: "" };

function stage() {
  const clock = new ManualClock();
  const failures: string[] = [];
  const ending = new AbortController();
  const requests = new RoomRequests(room, {
    bus: new MemoryBus(undefined, { clock }),
    clock,
    unit: "main",
    session: "session",
    createdMs: 0,
    ending: ending.signal,
    onSent: () => {},
    onFailure: (_effect, { code }) => void failures.push(code),
  });
  requests.perform(effect, () => {});
  return { clock, failures, ending };
}

test("a request waits for an XMPP server that is away, and fails when it stays away", async () => {
  const { clock, failures } = stage();
  await clock.advance(roomTimes.retriesMs - 1_000);
  assert.deepEqual(failures, []);
  await clock.advance(2_000);
  assert.deepEqual([failures, clock.pending], [["unavailable"], 0]);
});

test("at the end of the process nothing waits for it any more", async () => {
  const { clock, failures, ending } = stage();
  await clock.advance(1_000);
  assert.deepEqual(failures, []);
  ending.abort();
  await clock.advance(roomTimes.retryMs + roomTimes.gateMs);
  assert.deepEqual([failures, clock.pending], [["unavailable"], 0]);
});
