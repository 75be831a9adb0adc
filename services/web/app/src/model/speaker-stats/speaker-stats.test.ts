import assert from "node:assert/strict";
import { test } from "node:test";
import { BreakoutRooms } from "../breakout-rooms/breakout-rooms.ts";
import { fakeMeeting, somebody } from "../call/fake-context.ts";
import { SpeakerStats } from "./speaker-stats.ts";

function begin() {
  const meeting = fakeMeeting();
  meeting.state.phase.value = { name: "joining", waitingForHost: false };
  meeting.state.name.value = "Анна";
  const groups = new BreakoutRooms(meeting.context);
  let now = 1_000;
  const stats = new SpeakerStats(meeting.context, groups, () => now);
  const pass = (ms: number) => {
    now += ms;
  };
  const line = (name: string) => stats.list().find((each) => each.name === name);
  return { ...meeting, groups, stats, pass, line };
}

test("counting begins when we come in, with who is there", () => {
  const { state, stats, pass, line } = begin();
  assert.deepEqual(stats.list(), []);
  pass(500);
  state.setOccupant(somebody("ann"));
  state.phase.value = { name: "joined" };
  pass(60_000);
  assert.equal(stats.since.value, 1_500);
  assert.equal(line("ann")?.presentMs, 60_000);
  assert.equal(line("Анна")?.presentMs, 60_000);
});

test("talk time is what the server had counted and what we have seen since", () => {
  const { state, stats, pass, line, sent } = begin();
  state.setOccupant(somebody("ann"));
  state.phase.value = { name: "joined" };
  stats.json({ type: "speakerstats", users: { ann: { totalDominantSpeakerTime: 5_000 } } }, "speakerstats.m");
  stats.json({ type: "speakerstats", users: { ann: { totalDominantSpeakerTime: 99 } } }, "5a@muc.m/eve");
  state.dominant.value = "ann";
  pass(2_000);
  state.dominant.value = "me";
  pass(1_000);
  assert.equal(line("ann")?.spokenMs, 7_000);
  assert.equal(line("Анна")?.spokenMs, 1_000);
  assert.equal(sent.length, 1, "only of ourselves we say that we speak");
});

test("who works in a group is still in the meeting; who has left is still in the list", () => {
  const { state, groups, pass, line } = begin();
  state.setOccupant(somebody("ann"));
  state.setOccupant(somebody("bob"));
  state.phase.value = { name: "joined" };
  const room = (jid: string, people: readonly string[], isMainRoom = false) => ({
    jid,
    isMainRoom,
    participants: Object.fromEntries(people.map((id) => [`${jid}/${id}`, { displayName: id }])),
  });
  const rooms = { main: room("5a@muc.m", ["me", "bob"], true), one: room("one@b.m", ["ann"]) };
  groups.json({ type: "breakout_rooms", event: "features/breakout-rooms/update", rooms }, "breakout.m");
  state.dropOccupants(["ann"]);
  pass(30_000);
  assert.equal(line("ann")?.isPresent, true);
  const later = { main: room("5a@muc.m", ["me", "bob"], true), one: room("one@b.m", []) };
  groups.json({ type: "breakout_rooms", event: "features/breakout-rooms/update", rooms: later }, "breakout.m");
  pass(60_000);
  assert.equal(line("ann")?.isPresent, false);
  assert.equal(line("ann")?.presentMs, 30_000);
  assert.equal(line("bob")?.presentMs, 90_000);
});

test("a telephone is there from when it is answered, and known as one", () => {
  const { state, stats, pass, line } = begin();
  state.phase.value = { name: "joined" };
  state.setOccupant(somebody("+7495", { isPhone: true, callStatus: "Ringing..." }));
  pass(30_000);
  assert.equal(line("+7495"), undefined);
  state.setOccupant(somebody("+7495", { isPhone: true, callStatus: "Connected" }));
  pass(60_000);
  state.setOccupant(somebody("+7495", { isPhone: true, callStatus: "Disconnected" }));
  pass(60_000);
  assert.deepEqual([line("+7495")?.isPhone, line("+7495")?.presentMs], [true, 60_000]);
  assert.equal(stats.list().length, 2);
});
