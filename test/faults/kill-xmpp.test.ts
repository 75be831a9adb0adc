/**
 * kill -9 of the XMPP server in a meeting with everything on: password, lobby with somebody in it, moderation, polls,
 * breakout rooms, metadata, and people with accounts and without, on WebSocket and BOSH. Nobody is thrown out, nothing
 * is forgotten, and nothing is said twice.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { childOf, type Element } from "@veche/xmpp/codec/xml/element.ts";
import { serialise } from "@veche/xmpp/codec/xml/serialise.ts";
import { jsonOf, set, withBody } from "@veche/xmpp/testing/meeting.ts";
import { conditionOf, type Match, type ScriptedClient } from "@veche/xmpp/testing/scripted-client.ts";
import { longestStandstillMs } from "../harness/standstill.ts";
import { eventually } from "../harness/wait.ts";
import { field, form, tell } from "./guest-acts.ts";
import { account, guests, jitmeet, lobby, muc, room, roomPassword, School } from "./school.ts";

/** A client waits up to 3 s by itself before it tries again. */
const backMs = 4_000;

let school: School;

before(async () => {
  school = await School.open();
});
after(() => school?.[Symbol.asyncDispose]());

async function guestArrives(): Promise<ScriptedClient> {
  const client = await school.guestArrives();
  await client.enableResume();
  return client;
}

/** Goes on with the stream of a client whose connection broke; tries again until the server is there. */
async function comeBack(
  old: ScriptedClient,
  signIn: (client: ScriptedClient) => Promise<void>,
): Promise<ScriptedClient> {
  let client: ScriptedClient | undefined;
  await eventually("the server is there", async () => {
    client = await school.arrive(`?previd=${old.resumeId}`).catch(() => undefined);
    return client ? undefined : "it is not";
  });
  assert.ok(client);
  await signIn(client);
  Object.assign(client, { jid: old.jid, nick: old.nick, handled: old.handled, resumeId: old.resumeId });
  client.send(`<resume xmlns="urn:xmpp:sm:3" h="${old.handled}" previd="${old.resumeId}"/>`);
  await client.next("resumed");
  return client;
}

async function asTeacher(client: ScriptedClient): Promise<void> {
  assert.equal((await client.tryPassword(account.name, account.password)).name, "success");
  client.open();
  await client.next("features");
}

const asGuest = (client: ScriptedClient) => client.authenticate(guests);

const withJson =
  (component: string, wanted: Readonly<Record<string, unknown>>): Match =>
  (stanza) => {
    if (stanza.attrs.from !== `${component}.meet.jitsi`) return false;
    const json = jsonOf(stanza);
    return json !== undefined && Object.entries(wanted).every(([key, value]) => json[key] === value);
  };

function polls(client: ScriptedClient, json: object): void {
  client.send(tell("polls", `<json-message ${jitmeet}>${JSON.stringify({ type: "polls", ...json })}</json-message>`));
}

function say(client: ScriptedClient, text: string): void {
  client.send(`<message to="${room}" type="groupchat" id="${text}"><body>${text}</body></message>`);
}

function bodies(...clients: readonly ScriptedClient[]): string[] {
  return clients.flatMap(({ stanzas }) => stanzas).flatMap((stanza) => childOf(stanza, "body")?.getText() ?? []);
}

/** What operators see of the rooms, but how it is written down at the moment. */
async function rooms(): Promise<unknown> {
  type Occupant = Record<"endpoint" | "jid" | "role" | "affiliation" | "joinedMs", unknown>;
  type Room = Record<string, unknown> & { readonly jid: string; readonly occupants: readonly Occupant[] };
  const rooms = await school.rooms<Room>();
  return rooms.map(({ jid, meeting, createdMs, hasPassword, isMembersOnly, history, hasFocus, occupants }) => ({
    ...{ jid, meeting, createdMs, hasPassword, isMembersOnly, history, hasFocus },
    occupants: occupants.map(({ endpoint, jid, role, affiliation, joinedMs }) => ({
      endpoint,
      jid,
      role,
      affiliation,
      joinedMs,
    })),
  }));
}

/** Everything that somebody is told who comes in with the password, but what tells one from another. */
async function asSeenByNewcomer(): Promise<readonly string[]> {
  const newcomer = await guestArrives();
  const isTold: Match = (stanza) => stanza.attrs.from === "breakout.meet.jitsi";
  newcomer.send(
    `<presence to="${room}/${newcomer.nick}"><x xmlns="${muc}"><password>${roomPassword}</password></x></presence>`,
  );
  await newcomer.joined(room);
  await newcomer.next(isTold);
  await newcomer.settled();
  const texts = newcomer.stanzas
    // Of the newcomer before there are statistics.
    .filter(({ name, attrs }) => name !== "iq" && attrs.from !== "speakerstats.meet.jitsi")
    .map((stanza) => serialise(stanza).replaceAll(newcomer.jid, "me").replaceAll(newcomer.nick, "nick"));
  await newcomer.close();
  return texts.sort();
}

type Meeting = Readonly<Record<"teacher" | "pupil" | "bosh" | "waiter", ScriptedClient>>;

/** A teacher, a pupil, somebody on BOSH, and somebody in the lobby. */
async function meet(): Promise<Meeting> {
  const teacher = await school.teacherArrives();
  await teacher.enter(room);
  const pupil = await guestArrives();
  const bosh = await school.arriveByBosh();
  await bosh.signIn(guests);
  for (const client of [pupil, bosh]) await client.enter(room);

  const settings = field("membersonly", "1") + field("passwordprotectedroom", "1") + field("roomsecret", roomPassword);
  assert.equal((await set(teacher, form(settings), room)).attrs.type, "result");
  teacher.send(`<presence to="${lobby}/${teacher.nick}"><x xmlns="${muc}"/></presence>`);
  const waiter = await guestArrives();
  const name = '<nick xmlns="http://jabber.org/protocol/nick">Waiter</nick>';
  waiter.send(`<presence to="${lobby}/${waiter.nick}"><x xmlns="${muc}"/>${name}</presence>`);
  await teacher.next((stanza) => stanza.attrs.from === `${lobby}/${waiter.nick}`);
  return { teacher, pupil, bosh, waiter };
}

async function switchEverythingOn({ teacher, pupil, bosh }: Meeting): Promise<void> {
  teacher.send(`<message to="${room}" type="groupchat"><subject>fractions</subject></message>`);
  teacher.send(tell("avmoderation", '<av_moderation enable="true" mediaType="audio"/>'));
  teacher.send(tell("avmoderation", `<av_moderation mediaType="audio" jidToWhitelist="${room}/${pupil.nick}"/>`));
  await pupil.next(withJson("avmoderation", { approved: true }));
  const metadata = JSON.stringify({ key: "topic", data: { page: 7 } });
  teacher.send(tell("metadata", `<room_metadata ${jitmeet} room="${room}">${metadata}</room_metadata>`));
  teacher.send(tell("breakout", '<breakout_rooms type="features/breakout-rooms/add" subject="Group 1"/>'));
  polls(pupil, { command: "new-poll", pollId: "p1", question: "Tea?", answers: [{ name: "yes" }, { name: "no" }] });
  await bosh.next(withJson("polls", { command: "new-poll" }));
  polls(bosh, { command: "answer-poll", pollId: "p1", answers: [true, false] });
  await teacher.next(withJson("polls", { command: "answer-poll" }));
  say(teacher, "before");
  for (const client of [pupil, bosh]) await client.next(withBody("before"));
}

test("after kill -9 of the XMPP server everything and everybody is as before", async (t) => {
  const meeting = await meet();
  await switchEverythingOn(meeting);
  const { teacher, pupil, bosh, waiter } = meeting;
  const seenBefore = await asSeenByNewcomer();
  const roomsBefore = await rooms();
  say(pupil, "at the last moment");
  for (const client of [teacher, bosh]) await client.next(withBody("at the last moment"));
  for (const client of [teacher, pupil, waiter]) await client.acknowledged();
  const killed = performance.now();
  await school.stack.local.kill("xmpp");

  const [teacherBack, pupilBack, waiterBack] = await Promise.all([
    comeBack(teacher, asTeacher),
    comeBack(pupil, asGuest),
    comeBack(waiter, asGuest),
  ]);
  await bosh.settled();
  const tookMs = Math.round(performance.now() - killed);
  t.diagnostic(`everybody is back after ${tookMs} ms`);
  assert.ok(tookMs < backMs + longestStandstillMs(killed), `${tookMs} ms`);

  say(teacherBack, "after");
  for (const client of [pupilBack, bosh]) await client.next(withBody("after"));
  await teacherBack.next(withBody("after"));
  const said = ["before", "at the last moment", "after"];
  assert.deepEqual(bodies(teacher, teacherBack), said);
  assert.deepEqual(bodies(pupil, pupilBack), said);
  assert.deepEqual(bodies(bosh), said);

  const history = (text: string) => /<body>/.test(text);
  const seenAfter = await asSeenByNewcomer();
  assert.deepEqual(
    seenAfter.filter((text) => !history(text)),
    seenBefore.filter((text) => !history(text)),
  );
  assert.deepEqual(
    seenAfter
      .filter(history)
      .map((text) => /<body>(.*)<\/body>/.exec(text)?.[1])
      .sort(),
    [...said].sort(),
  );
  assert.deepEqual(withoutHistory(await rooms()), withoutHistory(roomsBefore));
  await stillWorks(teacherBack, pupilBack, bosh, waiterBack);
  for (const client of [teacher, teacherBack, pupil, pupilBack, bosh]) assertNobodyLeft(client, [teacher, pupil, bosh]);
});

function withoutHistory(shown: unknown): unknown {
  return (shown as { history: number }[]).map((each) => ({ ...each, history: 0 }));
}

function assertNobodyLeft(watcher: ScriptedClient, people: readonly ScriptedClient[]): void {
  const left = watcher.stanzas.filter(
    ({ attrs }) => attrs.type === "unavailable" && people.some(({ nick }) => attrs.from === `${room}/${nick}`),
  );
  assert.deepEqual(left.map(String), []);
}

/** Who was allowed to unmute, who waited, and what was asked: it all goes on. */
async function stillWorks(
  teacher: ScriptedClient,
  pupil: ScriptedClient,
  bosh: ScriptedClient,
  waiter: ScriptedClient,
) {
  teacher.send(tell("avmoderation", `<av_moderation mediaType="audio" jidToWhitelist="${room}/${bosh.nick}"/>`));
  const listsOf = (stanza: Element) => (jsonOf(stanza)?.whitelists as Record<string, string[]> | undefined)?.audio;
  const lists = await teacher.next((stanza) => listsOf(stanza)?.includes(`${room}/${bosh.nick}`) === true);
  assert.ok(listsOf(lists)?.includes(`${room}/${pupil.nick}`));
  polls(pupil, { command: "answer-poll", pollId: "p1", answers: [false, true] });
  await bosh.next(withJson("polls", { command: "answer-poll", senderId: pupil.nick }));
  const stranger = await guestArrives();
  stranger.join(room, stranger.nick, '<nick xmlns="http://jabber.org/protocol/nick">Stranger</nick>');
  assert.equal(conditionOf(await stranger.next("presence")), "registration-required");
  teacher.send(`<message to="${room}"><x xmlns="${muc}#user"><invite to="${waiter.jid}"/></x></message>`);
  await waiter.next((stanza) => stanza.attrs.from === room && childOf(stanza, "x", `${muc}#user`) !== undefined);
  waiter.join(room);
  await waiter.joined(room);
}
