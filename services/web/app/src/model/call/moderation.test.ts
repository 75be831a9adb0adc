import assert from "node:assert/strict";
import { test } from "node:test";
import type { Room } from "../../protocol/conference/room.ts";
import { openRoom, type RoomInfo } from "../../protocol/conference/room-info.ts";
import { childNamed, childrenNamed, type XmlElement, xml } from "../../protocol/xml/element.ts";
import type { XmppConnection } from "../../protocol/xmpp/connection.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import { somebody } from "./fake-context.ts";
import { Moderation } from "./moderation.ts";
import { ServerOffers } from "./server-offers.ts";
import { CallState } from "./state.ts";

const lobby = "class@lobby.m";

/** A room that is as `info` says, and what is sent to the server. */
async function entered(info: RoomInfo, isModerator: boolean) {
  const sent: XmlElement[] = [];
  const connection = {
    state: "connected",
    newId: () => "i1",
    send: (stanza: XmlElement) => void sent.push(stanza),
  } as unknown as XmppConnection;
  const state = new CallState();
  state.notices.show = () => 0;
  state.isModerator.value = isModerator;
  state.name.value = "Host";
  const described = Promise.resolve(info);
  const room = { jid: "class@muc.m", nick: "host", info: () => described } as unknown as Room;
  const moderation = new Moderation(connection, state, new ServerOffers());
  moderation.enter(room);
  await described;
  return { moderation, state, sent };
}

const knock = (nick: string, type?: string) =>
  xml(
    "presence",
    { from: `${lobby}/${nick}`, type },
    xml("nick", { xmlns: NS.nick }, nick.toUpperCase()),
    xml("x", { xmlns: NS.mucUser }, xml("item", { jid: `${nick}@guest.m/r` })),
  );

test("a moderator looks into the lobby, and lets all in with one message", async () => {
  const { moderation, state, sent } = await entered({ hasPassword: false, lobby }, true);
  assert.equal(sent[0]?.attrs.to, `${lobby}/host`);
  for (const nick of ["ann", "bob"]) moderation.receive(knock(nick));
  assert.deepEqual(
    state.knockers.value.map(({ name }) => name),
    ["ANN", "BOB"],
  );
  moderation.admit(["ann", "bob", "nobody"]);
  const invites = childrenNamed(childNamed(sent[1], "x"), "invite").map(({ attrs }) => attrs.to);
  assert.deepEqual(invites, ["ann@guest.m/r", "bob@guest.m/r"]);
  moderation.receive(knock("ann", "unavailable"));
  assert.deepEqual(
    state.knockers.value.map(({ name }) => name),
    ["BOB"],
  );
});

test("whoever is in the room already does not knock", async () => {
  const { moderation, state } = await entered({ hasPassword: false, lobby }, true);
  state.setOccupant({ realJid: "eve@guest.m/r", id: "eve" } as never);
  moderation.receive(knock("eve"));
  assert.deepEqual(state.knockers.value, []);
});

test("who is no moderator does not look, and nobody waits where there is no lobby", async () => {
  const pupil = await entered({ hasPassword: false, lobby }, false);
  assert.deepEqual(pupil.sent, []);
  assert.equal(pupil.state.roomInfo.value.lobby, lobby);
  const open = await entered({ hasPassword: true, lobby: undefined }, true);
  assert.deepEqual(open.sent, []);
  assert.equal(open.state.roomInfo.value.hasPassword, true);
});

test("leaving the room forgets who waited", async () => {
  const { moderation, state } = await entered({ hasPassword: false, lobby }, true);
  moderation.receive(knock("ann"));
  moderation.enter(undefined);
  assert.deepEqual(state.knockers.value, []);
  assert.equal(state.roomInfo.value.lobby, undefined);
});

test("to mute all is to ask it of everybody who is heard, and of nobody else", async () => {
  const { moderation, state } = await entered(openRoom, true);
  const asked: string[] = [];
  moderation.enter({
    info: () => Promise.resolve(openRoom),
    mute: async (id: string, media: string) => void asked.push(`${id} ${media}`),
  } as unknown as Room);
  const sends = (muted: boolean) => new Map([["x-a0", { muted, videoType: "camera" as const }]]);
  for (const [id, muted] of [
    ["ann", false],
    ["bob", true],
  ] as const)
    state.setOccupant({ id, sources: sends(muted) } as never);
  moderation.muteAll("audio");
  moderation.muteAll("video");
  assert.deepEqual(asked, ["ann audio"]);
});

test("what a room is like is news only when it changes", async () => {
  const { moderation, state } = await entered(openRoom, false);
  const told: string[] = [];
  state.notices.show = (text) => told.push(text);
  let described: RoomInfo = { ...openRoom, lobby };
  moderation.enter({ info: () => Promise.resolve(described) } as unknown as Room);
  await Promise.resolve();
  assert.deepEqual(told, []);
  described = openRoom;
  moderation.look();
  await Promise.resolve();
  assert.deepEqual(told, ["notify.lobbyOff"]);
});

test("who is in the room when the lobby opens stays a member, but no gateway, which has one address for all its calls", async () => {
  const { moderation, state } = await entered(openRoom, true);
  const members: (readonly string[])[] = [];
  moderation.enter({
    info: () => Promise.resolve(openRoom),
    setLobby: async (_isOn: boolean, present: readonly string[]) => void members.push(present),
  } as unknown as Room);
  state.setOccupant(somebody("ann"));
  state.setOccupant(somebody("p1", { isPhone: true }));
  moderation.setLobby(true);
  assert.deepEqual(members, [["ann@m/r"]]);
});

test("the password that we have set is remembered for as long as we are in the room", async () => {
  const { moderation } = await entered(openRoom, true);
  const described = Promise.resolve({ ...openRoom, hasPassword: true });
  moderation.enter({ info: () => described, setPassword: async () => {} } as unknown as Room);
  assert.equal(moderation.password, undefined);
  moderation.setPassword("s3cret");
  await Promise.resolve();
  assert.equal(moderation.password, "s3cret");
  moderation.enter(undefined);
  assert.equal(moderation.password, undefined);
});
