/** What people do in a room, as the unmodified lib-jitsi-meet does it: talk, vote, split up, come back. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { anna, boris, vera } from "../harness/identities.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { Peer, type PeerJoin, ways, withoutPeer } from "./peer.ts";

const skip = withoutPeer();
const scene = setScene({ skip });

/** A moderator and two others in one room. */
async function cast(room: string, join: PeerJoin = {}): Promise<readonly [Peer, Peer, Peer]> {
  const host = await Peer.enter(scene, room, anna, join);
  const second = await Peer.enter(scene, room, boris, join);
  const third = await Peer.enter(scene, room, vera, join);
  await host.isModerator();
  return [host, second, third];
}

for (const [way, join] of ways) {
  test(`${way}: private messages are one person's, reactions everybody's, hands are seen`, { skip }, async () => {
    const [host, second, third] = await cast(`talk-${way.toLowerCase()}`, join);
    await host.call("sendPrivateTextMessage", await second.myId(), "only you");
    await second.heard("PRIVATE_MESSAGE_RECEIVED", (detail) => detail.endsWith("only you"));
    await host.call("sendReaction", "👍", "message-1", "");
    for (const each of [second, third]) await each.heard("REACTION_RECEIVED", (detail) => detail.includes("👍"));
    await third.call("setLocalParticipantProperty", "raisedHand", String(Date.now()));
    const id = await third.myId();
    await host.heard("PARTICIPANT_PROPERTY_CHANGED", (detail) => detail.startsWith(`${id} raisedHand`));
    const names = (await third.events()).map(({ name }) => name);
    assert.ok(!names.includes("PRIVATE_MESSAGE_RECEIVED"));
  });

  test(`${way}: a poll reaches everybody, with its answers, and whoever comes later`, { skip }, async () => {
    const room = `poll-${way.toLowerCase()}`;
    const [host, second] = await cast(room, join);
    const poll = randomUUID();
    assert.equal(await host.call<boolean>("getPolls.isSupported"), true);
    await host.call("getPolls.createPoll", poll, "Understood?", [{ name: "yes" }, { name: "no" }]);
    await second.heard("POLL_RECEIVED", (detail) => detail.includes("Understood?"));
    await second.call("getPolls.answerPoll", poll, [true, false]);
    await host.heard("POLL_ANSWER_RECEIVED", (detail) => detail.includes(poll));
    await second.leave();
    const late = await Peer.enter(scene, room, boris, join);
    const told = await late.heard("POLL_RECEIVED", (detail) => detail.includes("Understood?"));
    assert.match(told, /"history":true/);
  });

  test(`${way}: breakout rooms are made, named, filled and closed`, { skip }, async () => {
    const [host, second] = await cast(`breakout-${way.toLowerCase()}`, join);
    assert.equal(await host.call<boolean>("getBreakoutRooms.isSupported"), true);
    await host.call("getBreakoutRooms.createBreakoutRoom", "Group 1");
    const group = await roomOf(host, "Group 1");
    await host.call("getBreakoutRooms.renameBreakoutRoom", group.jid, "Physics");
    await roomOf(host, "Physics");
    await host.call("getBreakoutRooms.sendParticipantToRoom", await second.jid(), group.jid);
    await second.heard("BREAKOUT_ROOMS_MOVE_TO_ROOM", (detail) => detail === group.jid);
    await host.call("getBreakoutRooms.removeBreakoutRoom", group.jid);
    await eventually("the room is gone", async () => {
      const rooms = await roomsOf(host);
      return rooms.some(({ jid }) => jid === group.jid) ? JSON.stringify(rooms) : undefined;
    });
  });
}

test("speaker statistics survive that somebody leaves and comes", { skip }, async () => {
  const [host, second] = await cast("speakers");
  const stats = async () => Object.keys(await host.call<Record<string, unknown>>("getSpeakerStats"));
  const id = await second.myId();
  await eventually("the second is counted", async () => ((await stats()).includes(id) ? undefined : "is not"));
});

test("a stream whose WebSocket broke is resumed from a new connection, with nothing lost", { skip }, async () => {
  const [host, second] = await cast("resume");
  const id = await second.myId();
  await second.cutWebSocket();
  for (let number = 1; number <= 5; number++) await host.say(`line ${number}`);
  await second.heard("MESSAGE_RECEIVED", (text) => text === "line 5", 20_000);
  const lines = (await second.events()).filter(({ name }) => name === "MESSAGE_RECEIVED").map(({ detail }) => detail);
  assert.deepEqual(lines, ["line 1", "line 2", "line 3", "line 4", "line 5"]);
  assert.equal(await second.myId(), id);
  const left = (await host.events()).filter(({ name, detail }) => name === "USER_LEFT" && detail.startsWith(id));
  assert.deepEqual(left, []);
});

type BreakoutRoom = { readonly jid: string; readonly name: string };

/** The rooms as the moderator was told last. */
async function roomsOf(host: Peer): Promise<readonly BreakoutRoom[]> {
  const updates = (await host.events()).filter(({ name }) => name === "BREAKOUT_ROOMS_UPDATED");
  const { rooms = {} } = JSON.parse(updates.at(-1)?.detail ?? "{}") as { rooms?: Record<string, BreakoutRoom> };
  return Object.values(rooms);
}

async function roomOf(host: Peer, wanted: string): Promise<BreakoutRoom> {
  let found: BreakoutRoom | undefined;
  await eventually(`a room "${wanted}"`, async () => {
    const rooms = await roomsOf(host);
    found = rooms.find(({ name }) => name === wanted);
    return found ? undefined : JSON.stringify(rooms);
  });
  return found ?? assert.fail();
}
