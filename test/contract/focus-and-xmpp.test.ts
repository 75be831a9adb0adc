/** The real XMPP server and the real focus on one bus, clients on real sockets, and a bridge without media. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeBridge } from "@veche/focus/testing/bridge.ts";
import { brokenPromises } from "@veche/focus/testing/promises.ts";
import { ns } from "@veche/xmpp/codec/namespaces.ts";
import { Administrator, passwordOf } from "@veche/xmpp/testing/people.ts";
import { conditionOf, type ScriptedClient } from "@veche/xmpp/testing/scripted-client.ts";
import { eventually } from "../harness/wait.ts";
import { FocusAndXmpp } from "./focus-and-xmpp.ts";

const room = "lesson@muc.meet.jitsi";

function moderate(client: ScriptedClient, attributes: string): void {
  client.send(`<message to="avmoderation.meet.jitsi"><av_moderation ${attributes} mediaType="audio"/></message>`);
}

async function signedIn(pair: FocusAndXmpp, name: string): Promise<ScriptedClient> {
  const client = await pair.xmpp.webSocket();
  await client.signInWith(name, passwordOf(name));
  client.nick = `${name}0001`;
  return client;
}

async function unmuteItself(client: ScriptedClient): Promise<string> {
  const to = `${room}/focus`;
  const mute = `<mute xmlns="http://jitsi.org/jitmeet/audio" jid="${room}/${client.nick}">false</mute>`;
  const answer = await client.ask(`<iq type="set" id="${client.id()}" to="${to}">${mute}</iq>`);
  return answer.attrs.type === "result" ? "done" : conditionOf(answer);
}

test("on a secure domain a guest waits for the teacher, who opens the room and moderates it; off again, anybody may", async () => {
  await using pair = await FocusAndXmpp.start();
  await using administrator = await Administrator.start(pair.xmpp);
  await administrator.add("anna", "teacher");
  await administrator.set({ secureDomain: true });
  const guest = await pair.xmpp.webSocket();
  await guest.signIn("guest.meet.jitsi");
  const refused = await guest.conference(room);
  assert.equal(conditionOf(refused), "not-authorized");
  const teacher = await signedIn(pair, "anna");
  await teacher.enter(room);
  await guest.enter(room);
  await eventually("anna moderates", () => {
    const anna = pair.member(room, teacher.nick);
    return anna?.isOwner && anna.role === "moderator" ? undefined : JSON.stringify(anna?.role);
  });
  assert.equal(pair.member(room, guest.nick)?.isOwner, false);
  await administrator.set({ secureDomain: false });
  const other = await pair.xmpp.client();
  await other.enter("party@muc.meet.jitsi");
  await eventually("the first owns the party", () =>
    pair.member("party@muc.meet.jitsi", other.nick)?.isOwner ? undefined : "not yet",
  );
});

test("a microphone that a moderator blocks is blocked on the bridge until the moderator allows it", async () => {
  await using pair = await FocusAndXmpp.start();
  using bridge = new FakeBridge(pair.forBridge("b1"));
  const [owner, pupil] = [await pair.xmpp.client(), await pair.xmpp.client()];
  await owner.enter(room);
  await eventually("the first moderates", () => (pair.member(room, owner.nick)?.isOwner ? undefined : "not yet"));
  await pupil.enter(room);
  const blocked = (what: string) =>
    eventually(`the bridge blocks "${what}"`, () => {
      const held = bridge.endpoint(pupil.nick)?.blocked.join() ?? "nowhere";
      return held === what ? undefined : held;
    });
  await blocked("");
  moderate(owner, 'enable="true"');
  await blocked("audio");
  assert.equal(await unmuteItself(pupil), "not-allowed");
  moderate(owner, `jidToWhitelist="${room}/${pupil.nick}"`);
  await blocked("");
  assert.equal(await unmuteItself(pupil), "done");
  moderate(owner, `jidToBlacklist="${room}/${pupil.nick}"`);
  await blocked("audio");
  await pair.restartFocus();
  await blocked("audio");
  assert.equal(await unmuteItself(pupil), "not-allowed");
  const facts = await pair.facts();
  assert.deepEqual(brokenPromises(facts, false), []);
  const told = facts.flatMap(({ name, body }) => (name === "sourceBlocked" ? [body.by] : []));
  assert.deepEqual(told, ["policy", "moderator"]);
});

test("lobby, polls and breakout rooms of the real server become facts that keep every promise", async () => {
  await using pair = await FocusAndXmpp.start();
  const [owner, guest] = [await pair.xmpp.client(), await pair.xmpp.client()];
  await owner.enter(room);
  await eventually("the first moderates", () => (pair.member(room, owner.nick)?.isOwner ? undefined : "not yet"));
  await guest.enter(room);
  const poll = { type: "polls", command: "new-poll", pollId: "p1", question: "Tea?", answers: [{ name: "yes" }] };
  const json = `<json-message xmlns="${ns.jitmeet}">${JSON.stringify(poll)}</json-message>`;
  owner.send(`<message to="polls.meet.jitsi" type="chat">${json}</message>`);
  const add = '<breakout_rooms type="features/breakout-rooms/add" subject="Group 1"/>';
  owner.send(`<message to="breakout.meet.jitsi">${add}</message>`);
  await eventually("there is a breakout room", () => (pair.breakouts(room).length === 1 ? undefined : "none"));
  const group = pair.breakouts(room)[0] ?? assert.fail();
  const move = `<breakout_rooms type="features/breakout-rooms/move-to-room" participantJid="${room}/${guest.nick}" roomJid="${group.jid}"/>`;
  owner.send(`<message to="breakout.meet.jitsi">${move}</message>`);
  await guest.next(({ name }) => name === "message");
  guest.send(`<presence type="unavailable" to="${room}/${guest.nick}"><status>switch_room</status></presence>`);
  await guest.enter(group.jid);
  owner.send(`<presence type="unavailable" to="${room}/${owner.nick}"><status>switch_room</status></presence>`);
  await owner.enter(group.jid);
  await eventually("both are in the group", () => {
    const inside = pair.state(group.jid)?.members.size;
    return inside === 2 && pair.state(room)?.members.size === 0 ? undefined : `${inside} inside`;
  });
  assert.equal(pair.state(room)?.phase, "open", "the main room waits for them");
  const facts = await pair.facts();
  const sessions = [pair.state(room)?.session, pair.state(group.jid)?.session];
  for (const session of sessions)
    assert.deepEqual(
      brokenPromises(
        facts.filter((fact) => fact.session === session),
        false,
      ),
      [],
    );
  const main = facts.filter(({ session }) => session === sessions[0]);
  const moved = main.flatMap((fact) => (fact.name === "participantMoved" ? [fact.body] : []));
  assert.deepEqual(
    moved.map(({ participant, target }) => [participant.endpoint, target]),
    [
      [guest.nick, group.room],
      [owner.nick, ""],
    ],
  );
  const names = main.map(({ name }) => name);
  for (const name of ["pollCreated", "breakoutCreated", "breakoutAssigned"] as const)
    assert.ok(names.includes(name), name);
  const started = facts.find(({ name, session }) => name === "sessionStarted" && session === sessions[1]);
  assert.equal(started?.name === "sessionStarted" && started.body.mainRoom, pair.state(room)?.room.room);
});

test("what people write is kept while the operator keeps it, and not before", async () => {
  await using pair = await FocusAndXmpp.start();
  await using administrator = await Administrator.start(pair.xmpp);
  const [one, two] = [await pair.xmpp.client(), await pair.xmpp.client()];
  await one.enter(room);
  await two.enter(room);
  const write = async (text: string) => {
    one.send(`<message to="${room}" type="groupchat" id="m-${text}"><body>${text}</body></message>`);
    await two.next((stanza) => stanza.name === "message" && stanza.attrs.id === `m-${text}`);
  };
  await write("before");
  await administrator.set({ keepChatDays: 7 });
  await write("kept");
  await eventually("the text is in the stream", async () => {
    const kept = await pair.chats();
    return kept.join() === "kept" ? undefined : kept.join();
  });
});
