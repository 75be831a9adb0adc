import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import type {
  BreakoutAssigned,
  BreakoutsClosed,
  BreakoutsCreated,
  OccupantLeft,
  RoomDestroyed,
  RoomUpdated,
} from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { roomId } from "@veche/proto/ids.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf } from "../codec/xml/element.ts";
import { serialise } from "../codec/xml/serialise.ts";
import { defaultLimits } from "../limits.ts";
import { conditionOf, isOwn, type ScriptedClient } from "../testing/scripted-client.ts";
import {
  comeBack,
  configure,
  formIn,
  get,
  isError,
  json,
  jsonOf,
  leave,
  meeting,
  move,
  presenceFrom,
  roleIn,
  room,
  set,
} from "../testing/talk.ts";

const component = "breakout.meet.jitsi";
/** Updates come at once, so that no test waits for them. */
const limits = { breakouts: { ...defaultLimits.breakouts, updateMs: 0, updatePerPersonMs: 0 } };

type Participant = { readonly jid: string; readonly role: string; readonly displayName?: string };
type Shown = {
  readonly jid: string;
  readonly name: string;
  readonly isMainRoom?: boolean;
  readonly participants: Readonly<Record<string, Participant>>;
};
type Update = { readonly roomCounter: number; readonly rooms: Readonly<Record<string, Shown>> };

const isUpdate = json(component, ({ event }) => event === "features/breakout-rooms/update");
const isMove = json(component, ({ event }) => event === "features/breakout-rooms/move-to-room");

function command(client: ScriptedClient, type: string, attributes: Readonly<Record<string, string>>): void {
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`);
  client.send(
    `<message to="${component}"><breakout_rooms type="features/breakout-rooms/${type}"${written.join("")}/></message>`,
  );
}

/** The next update that satisfies `wanted`. */
async function update(client: ScriptedClient, wanted: (update: Update) => boolean = () => true): Promise<Update> {
  const stanza = await client.next((one) => isUpdate(one) && wanted(jsonOf<Update>(one) ?? assert.fail()));
  return jsonOf<Update>(stanza) ?? assert.fail();
}

function named(name: string): (update: Update) => boolean {
  return ({ rooms }) => Object.values(rooms).some((one) => one.name === name);
}

const displayName = (name: string) => `<nick xmlns="${ns.nick}">${name}</nick>`;

/** A moderator opens a breakout room; returns its address. */
async function open(owner: ScriptedClient, subject: string): Promise<string> {
  command(owner, "add", { subject });
  const { rooms } = await update(owner, named(subject));
  return Object.values(rooms).find(({ name }) => name === subject)?.jid ?? assert.fail();
}

test("clients find the component, and that rooms can be renamed", async () => {
  await using met = await meeting();
  const info = await get(met.guest, `<query xmlns="${ns.discoInfo}"/>`, "meet.jitsi");
  assert.match(serialise(info), /<identity category="component" type="breakout_rooms" name="breakout.meet.jitsi"\/>/);
  const asked = await get(met.guest, `<query xmlns="${ns.discoInfo}" node="breakout_rooms"/>`, component);
  const query = childOf(asked, "query") ?? assert.fail();
  assert.ok(childrenOf(query, "feature").some(({ attrs }) => attrs.var?.endsWith("#rename")));
});

test("a moderator makes a room; everybody is told who is where", async () => {
  await using met = await meeting({ limits });
  const { owner, guest, focus } = met;
  guest.send(`<presence to="${room}/${guest.nick}"><nick xmlns="${ns.nick}">Ann</nick></presence>`);
  const jid = await open(owner, "Group 1");
  const { roomCounter, rooms } = await update(guest, named("Group 1"));
  assert.equal(roomCounter, 1);
  const uuid = jid.split("@")[0] ?? "";
  assert.match(uuid, /^[0-9a-f]{8}-/);
  assert.deepEqual(Object.keys(rooms), ["standup", uuid]);
  assert.equal(rooms.standup?.isMainRoom, true);
  assert.deepEqual(rooms.standup?.participants[`${room}/${guest.nick}`], {
    jid: guest.jid,
    role: "participant",
    displayName: "Ann",
  });
  assert.equal(rooms.standup?.participants[`${room}/${owner.nick}`]?.role, "moderator");
  assert.deepEqual(rooms[uuid], { id: uuid, jid, name: "Group 1", participants: {} });
  const [created] = focus.of<BreakoutsCreated>("breakoutsCreated");
  assert.deepEqual([created?.breakouts[0]?.jid, created?.by], [jid, owner.nick]);
  assert.equal(created?.breakouts[0]?.room, roomId(`breakout/${uuid}`));
  const [updated] = focus.of<RoomUpdated>("roomUpdated");
  assert.deepEqual([updated?.changed, updated?.by], [["breakouts"], owner.nick]);
  assert.deepEqual(
    updated?.policy?.breakouts.map(({ room: ref, subject, occupants }) => [ref?.jid, subject, occupants]),
    [[jid, "Group 1", 0]],
  );
});

test("only a moderator of the main room makes, names, removes or fills rooms", async () => {
  await using met = await meeting({ limits });
  const { harness, owner, guest, focus } = met;
  const jid = await open(owner, "Group 1");
  command(guest, "add", { subject: "mine" });
  command(guest, "remove", { breakoutRoomJid: jid });
  command(guest, "rename", { breakoutRoomJid: jid, subject: "mine" });
  command(guest, "move-to-room", { participantJid: owner.jid, roomJid: jid });
  for (let refused = 0; refused < 4; refused++) assert.equal(conditionOf(await guest.next(isError)), "forbidden");
  const stranger = await harness.client();
  command(stranger, "add", { subject: "mine" });
  assert.equal(conditionOf(await stranger.next(isError)), "not-acceptable");
  command(stranger, "remove", { breakoutRoomJid: jid });
  assert.equal(conditionOf(await stranger.next(isError)), "not-acceptable");
  await owner.settled();
  assert.equal(owner.has(isMove), false);
  assert.equal(focus.of("breakoutsCreated").length, 1);
});

test("a moderator sends somebody to a breakout room: they leave one room for the other", async () => {
  await using met = await meeting({ limits });
  const { owner, guest, focus } = met;
  const jid = await open(owner, "Group 1");
  command(owner, "move-to-room", { participantJid: guest.jid, roomJid: jid });
  assert.equal(jsonOf(await guest.next(isMove))?.roomJid, jid);
  await move(guest, room, jid);
  const shown = await update(
    owner,
    ({ rooms }) => Object.keys(rooms[jid.split("@")[0] ?? ""]?.participants ?? {}).length === 1,
  );
  assert.deepEqual(Object.keys(shown.rooms[jid.split("@")[0] ?? ""]?.participants ?? {}), [`${jid}/${guest.nick}`]);
  await update(guest);
  const [assigned] = focus.of<BreakoutAssigned>("breakoutAssigned");
  assert.deepEqual([assigned?.endpoint, assigned?.target?.jid, assigned?.by], [guest.nick, jid, owner.nick]);
  assert.match(assigned?.person ?? "", /^p_/);
  const [left] = focus.of<OccupantLeft>("occupantLeft");
  assert.deepEqual([left?.endpoint, left?.reason], [guest.nick, "moved"]);
  assert.equal(focus.policies.get(jid)?.mainRoom?.jid, room);
  const info = formIn(await get(guest, `<query xmlns="${ns.discoInfo}"/>`, jid));
  assert.equal(info["muc#roominfo_isbreakout"], "1");
  assert.equal(info["muc#roominfo_breakout_main_room"], room);
  await focus.hears(() => focus.of<RoomUpdated>("roomUpdated").at(-1)?.policy?.breakouts[0]?.occupants === 1);
});

test("an ordinary room does not say that it is a breakout room, and its owner's form says that it is none", async () => {
  await using met = await meeting({ limits });
  const { owner } = met;
  await open(owner, "Group 1");
  // lib-jitsi-meet takes any text for a yes.
  assert.equal("muc#roominfo_isbreakout" in formIn(await get(owner, `<query xmlns="${ns.discoInfo}"/>`)), false);
  const form = formIn(await get(owner, `<query xmlns="${ns.mucOwner}"/>`));
  assert.equal(form["muc#roominfo_isbreakout"], "0");
  assert.equal(form["muc#roominfo_breakout_main_room"], "");
});

test("moderators of the main room are moderators in its breakout rooms, and lead from there", async () => {
  await using met = await meeting({ limits });
  const { owner, guest } = met;
  const first = await open(owner, "Group 1");
  await owner.conference(first);
  await leave(owner, room, "switch_room");
  owner.join(first);
  assert.equal(roleIn(await owner.joined(first)), "moderator");
  const form = formIn(await get(owner, `<query xmlns="${ns.mucOwner}"/>`, first));
  assert.equal(form["muc#roominfo_isbreakout"], "1");
  await open(owner, "Group 2");
  command(owner, "move-to-room", { participantJid: guest.jid, roomJid: first });
  await guest.next(isMove);
  await move(guest, room, first);
  const grantee = guest.jid.split("/")[0];
  await set(owner, `<query xmlns="${ns.mucAdmin}"><item affiliation="owner" jid="${grantee}"/></query>`, first);
  await guest.next((stanza) => presenceFrom(`${first}/${guest.nick}`)(stanza) && roleIn(stanza) === "moderator");
  await leave(guest, first, "switch_room");
  guest.join(room);
  assert.equal(roleIn(await guest.joined(room)), "moderator");
});

test("the focus makes nobody a moderator of a breakout room alone", async () => {
  await using met = await meeting({ limits });
  const { owner, guest, focus } = met;
  const jid = await open(owner, "Group 1");
  await move(guest, room, jid);
  await focus.grant(jid, guest.nick);
  await guest.settled();
  const presences = guest.stanzas.filter(presenceFrom(`${jid}/${guest.nick}`));
  assert.ok(presences.every((presence) => roleIn(presence) === "participant"));
});

test("who was never in the main room is refused, as the client expects it", async () => {
  await using met = await meeting({ limits });
  const { harness, owner } = met;
  const jid = await open(owner, "Group 1");
  const stranger = await harness.client();
  await stranger.conference(jid);
  stranger.join(jid);
  const refused = await stranger.next("presence");
  assert.equal(conditionOf(refused), "not-allowed");
  assert.equal(childOf(refused, "error")?.attrs.type, "cancel");
  assert.equal(conditionOf(await stranger.conference(`nobody@${component}`)), "bad-request");
});

test("somebody who left for good is a stranger again", async () => {
  await using met = await meeting({ limits });
  const { owner, guest } = met;
  const jid = await open(owner, "Group 1");
  await owner.conference(jid);
  await leave(guest, room);
  guest.join(jid);
  assert.equal(conditionOf(await guest.next((stanza) => stanza.name === "presence" && isError(stanza))), "not-allowed");
});

test("neither password nor lobby of the main room stops who moves between its rooms", async () => {
  await using met = await meeting({ limits });
  const { harness, owner, guest } = met;
  const jid = await open(owner, "Group 1");
  await configure(owner, { roomsecret: "1234", passwordprotectedroom: "1", membersonly: "true" });
  await move(guest, room, jid);
  await move(guest, jid, room);
  const stranger = await harness.client();
  await stranger.conference(room);
  stranger.join(room, stranger.nick, displayName("Zoe"));
  assert.equal(conditionOf(await stranger.next(isError)), "registration-required");
});

test("a nickname is one person's in all rooms of a meeting, also on the way", async () => {
  await using met = await meeting({ limits });
  const { harness, owner, guest } = met;
  const jid = await open(owner, "Group 1");
  await leave(guest, room, "switch_room");
  const thief = await harness.client();
  thief.join(room, guest.nick);
  assert.equal(conditionOf(await thief.next("presence")), "conflict");
  await guest.enter(jid);
  thief.join(room, guest.nick);
  assert.equal(conditionOf(await thief.next("presence")), "conflict");
});

test("a room that is removed sends everybody in it back to the main room", async () => {
  await using met = await meeting({ limits });
  const { owner, guest, focus } = met;
  const jid = await open(owner, "Group 1");
  await configure(owner, { membersonly: "true" });
  await move(guest, room, jid);
  command(owner, "remove", { breakoutRoomJid: jid });
  const gone = await guest.next(presenceFrom(`${jid}/${guest.nick}`, "unavailable"));
  const x = childOf(gone, "x", ns.mucUser);
  assert.equal(x && childOf(x, "destroy")?.attrs.jid, room);
  await guest.enter(room);
  await update(guest, ({ rooms }) => Object.keys(rooms).join() === "standup");
  const [closed] = focus.of<BreakoutsClosed>("breakoutsClosed");
  assert.deepEqual([closed?.breakouts[0]?.jid, closed?.by], [jid, owner.nick]);
  assert.equal(conditionOf(await guest.conference(jid)), "bad-request");
});

test("a new name is everybody's, inside too", async () => {
  await using met = await meeting({ limits });
  const { owner, guest } = met;
  const jid = await open(owner, "Group 1");
  await move(guest, room, jid);
  assert.equal((await guest.next((stanza) => childOf(stanza, "subject")?.getText() === "Group 1")).attrs.from, jid);
  command(owner, "rename", { breakoutRoomJid: jid, subject: "The &lt;b&gt;bold&lt;/b&gt; %3Cone%3E" });
  await guest.next((stanza) => childOf(stanza, "subject")?.getText() === "The <b>bold</b> %3Cone%3E");
  const stanza = await guest.next(
    (one) => isUpdate(one) && named("The <b>bold</b> %3Cone%3E")(jsonOf<Update>(one) ?? assert.fail()),
  );
  // It stays text, also for a client that unescapes what it gets.
  assert.ok(!/<b>|%3C/.test(serialise(stanza)));
});

test("banned from the main room, one is out of its breakout rooms too, and the other way round", async () => {
  await using met = await meeting({ limits });
  const { owner, guest, harness } = met;
  const jid = await open(owner, "Group 1");
  await move(guest, room, jid);
  const bare = guest.jid.split("/")[0];
  await set(owner, `<query xmlns="${ns.mucAdmin}"><item affiliation="outcast" jid="${bare}"/></query>`);
  assert.ok(isOwn(await guest.next(presenceFrom(`${jid}/${guest.nick}`, "unavailable"))));
  for (const place of [room, jid]) {
    guest.join(place);
    assert.ok(isError(await guest.next((stanza) => stanza.name === "presence" && isError(stanza))));
  }
  const third = await harness.client();
  await third.enter(room);
  await move(owner, room, jid);
  await move(third, room, jid);
  await set(owner, `<query xmlns="${ns.mucAdmin}"><item affiliation="outcast" nick="${third.nick}"/></query>`, jid);
  await third.next(presenceFrom(`${jid}/${third.nick}`, "unavailable"));
  third.join(room);
  assert.equal(conditionOf(await third.next(isError)), "forbidden");
});

test("shown out of a breakout room, one is outside the meeting's lobby", async () => {
  await using met = await meeting({ limits });
  const { owner, guest } = met;
  const jid = await open(owner, "Group 1");
  await configure(owner, { membersonly: "true" });
  await move(guest, room, jid);
  await move(owner, room, jid);
  await set(owner, `<query xmlns="${ns.mucAdmin}"><item nick="${guest.nick}" role="none"/></query>`, jid);
  await guest.next(presenceFrom(`${jid}/${guest.nick}`, "unavailable"));
  guest.join(room, guest.nick, displayName("Zoe"));
  assert.equal(conditionOf(await guest.next(isError)), "registration-required");
});

test("the main room is there for who is in a breakout room; five seconds after the last has left all is gone", async () => {
  const clock = new ManualClock(1_700_000_000_000);
  await using met = await meeting({ clock });
  const { owner, guest, focus } = met;
  command(owner, "add", { subject: "Group 1" });
  await owner.settled();
  await clock.advance(300);
  const jid = Object.values((await update(owner)).rooms).find(({ name }) => name === "Group 1")?.jid ?? assert.fail();
  await move(owner, room, jid);
  await leave(guest, room);
  await clock.advance(60_000);
  await move(owner, jid, room);
  await move(owner, room, jid);
  await leave(owner, jid);
  await clock.advance(4_900);
  assert.equal(focus.of("roomDestroyed").length, 0);
  await clock.advance(200);
  await focus.hears(() => focus.of("roomDestroyed").length === 2);
  const destroyed = focus.of<RoomDestroyed>("roomDestroyed").map((event) => event.room?.jid);
  assert.deepEqual(destroyed.sort(), [jid, room].sort());
  assert.equal(focus.of("breakoutsClosed").length, 1);
});

test("somebody on the way to the only breakout room is waited for a little longer", async () => {
  const clock = new ManualClock(1_700_000_000_000);
  await using met = await meeting({ clock });
  const { owner, guest, focus } = met;
  command(owner, "add", { subject: "Group 1" });
  await owner.settled();
  await clock.advance(300);
  const jid = Object.values((await update(owner)).rooms).find(({ name }) => name === "Group 1")?.jid ?? assert.fail();
  await leave(guest, room);
  await leave(owner, room, "switch_room");
  await clock.advance(9_000);
  await owner.enter(jid);
  await clock.advance(60_000);
  assert.equal(focus.of("roomDestroyed").length, 0);
});

test("whoever ends the meeting for all ends its breakout rooms", async () => {
  await using met = await meeting({ limits });
  const { owner, guest, focus } = met;
  const jid = await open(owner, "Group 1");
  await move(guest, room, jid);
  await set(owner, `<query xmlns="${ns.mucOwner}"><destroy><reason>over</reason></destroy></query>`);
  const gone = await guest.next(presenceFrom(`${jid}/${guest.nick}`, "unavailable"));
  const x = childOf(gone, "x", ns.mucUser);
  const destroy = x && childOf(x, "destroy");
  assert.equal(destroy?.attrs.jid, undefined);
  assert.equal(destroy && childOf(destroy, "reason")?.getText(), "The meeting has been terminated");
  await focus.hears(() => focus.of("roomDestroyed").length === 2);
  assert.equal(conditionOf(await guest.conference(jid)), "bad-request");
});

test("there are so many rooms, names so long and commands so fast, and rubbish is answered", async () => {
  const few = { ...limits.breakouts, rooms: 2, subjectLength: 10, commandsPerSession: { perSecond: 0.001, burst: 4 } };
  await using met = await meeting({ limits: { breakouts: few } });
  const { owner } = met;
  command(owner, "add", { subject: "12345678901" });
  assert.equal(conditionOf(await owner.next(isError)), "bad-request");
  command(owner, "explode", {});
  assert.equal(conditionOf(await owner.next(isError)), "bad-request");
  owner.send(`<message to="${component}"><body>hello</body></message>`);
  assert.equal(conditionOf(await owner.next(isError)), "bad-request");
  for (const subject of ["1", "2"]) await open(owner, subject);
  command(owner, "add", { subject: "3" });
  assert.equal(conditionOf(await owner.next(isError)), "resource-constraint");
  command(owner, "move-to-room", { participantJid: "nobody@nowhere/x", roomJid: room });
  assert.equal(conditionOf(await owner.next(isError)), "item-not-found");
  command(owner, "add", { subject: "4" });
  assert.equal(conditionOf(await owner.next(isError)), "resource-constraint");
});

test("many changes in a short time are one update", async () => {
  const clock = new ManualClock(1_700_000_000_000);
  await using met = await meeting({ clock });
  const { owner, guest } = met;
  for (const subject of ["1", "2", "3"]) command(owner, "add", { subject });
  await owner.settled();
  await clock.advance(299);
  await guest.settled();
  assert.equal(guest.has(isUpdate), false);
  await clock.advance(1);
  assert.equal((await update(guest)).roomCounter, 3);
  await clock.advance(1_000);
  await guest.settled();
  assert.equal(guest.has(isUpdate), false);
});

test("the larger the meeting, the rarer the updates", async () => {
  const clock = new ManualClock(1_700_000_000_000);
  await using met = await meeting({
    clock,
    limits: { breakouts: { ...defaultLimits.breakouts, updatePerPersonMs: 500 } },
  });
  const { owner, guest } = met;
  command(owner, "add", { subject: "Group 1" });
  await owner.settled();
  await clock.advance(999);
  await guest.settled();
  assert.equal(guest.has(isUpdate), false);
  await clock.advance(1);
  await update(guest, named("Group 1"));
});

test("kill -9 of the server: rooms, people in them and on the way, and what they may, are as before", async () => {
  await using met = await meeting({ limits });
  const { harness, owner, guest, focus } = met;
  const third = await harness.client();
  await third.enableResume();
  await third.enter(room);
  const jid = await open(owner, "Group 1");
  await configure(owner, { membersonly: "true" });
  await move(guest, room, jid);
  await leave(third, room, "switch_room");
  await harness.killAndRestart();
  const [boss, inside, walker] = [
    await comeBack(harness, owner),
    await comeBack(harness, guest),
    await comeBack(harness, third),
  ];
  await walker.enter(jid);
  await inside.next(presenceFrom(`${jid}/${walker.nick}`));
  const shown = await update(
    boss,
    ({ rooms }) => Object.keys(rooms[jid.split("@")[0] ?? ""]?.participants ?? {}).length === 2,
  );
  assert.equal(shown.roomCounter, 1);
  await move(inside, jid, room);
  assert.equal(roleIn(await boss.next(presenceFrom(`${room}/${inside.nick}`))), "participant");
  await open(boss, "Group 2");
  assert.equal(focus.of("roomDestroyed").length, 0);
});

test("whose connection breaks in a breakout room comes back there", async () => {
  await using met = await meeting({ limits });
  const { harness, owner, guest } = met;
  const jid = await open(owner, "Group 1");
  await move(guest, room, jid);
  await guest.settled();
  guest.drop();
  const back = await comeBack(harness, guest);
  back.send(`<presence to="${jid}/${back.nick}"><nick xmlns="${ns.nick}">Back</nick></presence>`);
  await back.next((stanza) => childOf(stanza, "nick")?.getText() === "Back");
});
