/** What an operator changes while people talk, and the server keeps to at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ns } from "./codec/namespaces.ts";
import { childOf, type Element } from "./codec/xml/element.ts";
import { Harness } from "./testing/harness.ts";
import { grant, isError, meeting, room, roomInfo, withBody, withStatus } from "./testing/meeting.ts";
import { Administrator, withAccount } from "./testing/people.ts";
import { conditionOf, type ScriptedClient } from "./testing/scripted-client.ts";

const isPresenceError = (stanza: Element) => stanza.name === "presence" && isError(stanza);

async function refusalOf(client: ScriptedClient, jid = room): Promise<string | undefined> {
  client.join(jid);
  return conditionOf(await client.next(isPresenceError));
}

async function guestOf(harness: Harness): Promise<ScriptedClient> {
  const client = await harness.webSocket();
  await client.signIn("guest.meet.jitsi");
  return client;
}

test("a secure domain without guests lets nobody in who has not signed in, into open rooms neither", async () => {
  await using harness = await Harness.start();
  await using administrator = await Administrator.start(harness);
  await administrator.add("anna", "teacher");
  await administrator.set({ secureDomain: true });
  const teacher = await withAccount(harness, "anna", "anna");
  await teacher.enter(room);
  const early = await guestOf(harness);
  await early.enter(room);
  await administrator.set({ guests: false });
  const late = await guestOf(harness);
  assert.equal(conditionOf(await late.conference(room)), "not-authorized");
  assert.equal(await refusalOf(late), "not-allowed", "clients ask the focus again on this");
  teacher.send(`<message to="${room}" type="groupchat"><body>still here</body></message>`);
  await early.next(withBody("still here"));
  assert.ok(childOf(await early.conference(room), "conference"), "who is inside is let in again");
  await administrator.set({ guests: true });
  await late.enter(room);
});

test("a limit on the people in a room counts at once, and sends nobody away", async () => {
  await using met = await meeting();
  await using administrator = await Administrator.start(met.harness);
  await administrator.set({ maxParticipants: 1 });
  const third = await met.harness.client();
  assert.equal(await refusalOf(third), "service-unavailable");
  met.owner.send(`<message to="${room}" type="groupchat"><body>both stay</body></message>`);
  await met.guest.next(withBody("both stay"));
  await administrator.set({ maxParticipants: 3 });
  await third.enter(room);
  const fourth = await met.harness.client();
  assert.equal(await refusalOf(fourth), "service-unavailable");
  await administrator.set({ maxParticipants: 0 });
  await fourth.enter(room);
});

test("with a lobby for new rooms, the first moderator is in without one, and who comes then waits", async () => {
  await using harness = await Harness.start();
  await using administrator = await Administrator.start(harness);
  await administrator.set({ lobby: true });
  const first = await harness.client();
  await first.enter(room);
  assert.equal((await roomInfo(first)).fields["muc#roominfo_lobbyroom"], undefined, "nobody could open its door");
  await grant(harness, first.nick, 4);
  await first.next((stanza) => withStatus("104")(stanza));
  assert.equal((await roomInfo(first)).fields["muc#roominfo_lobbyroom"], "standup@lobby.meet.jitsi");
  const second = await harness.client();
  second.join(room, second.nick, `<nick xmlns="${ns.nick}">Ann</nick>`);
  assert.equal(conditionOf(await second.next(isPresenceError)), "registration-required");
});

test("rooms that are open when the lobby for new rooms is switched on have none", async () => {
  await using met = await meeting();
  await using administrator = await Administrator.start(met.harness);
  await administrator.set({ lobby: true });
  await (await met.harness.client()).enter(room);
  assert.equal((await roomInfo(met.owner)).fields["muc#roominfo_lobbyroom"], undefined);
});

test("polls and messages to one person are refused while they are off, and made again after", async () => {
  await using met = await meeting();
  const { owner, guest, harness } = met;
  await using administrator = await Administrator.start(harness);
  const whisper = (id: string) =>
    owner.send(`<message to="${room}/${guest.nick}" id="${id}" type="chat"><body>${id}</body></message>`);
  const poll = (id: string) => {
    const text = JSON.stringify({
      type: "polls",
      command: "new-poll",
      pollId: id,
      question: "Tea?",
      answers: [{ name: "yes" }, { name: "no" }],
    });
    owner.send(
      `<message to="polls.meet.jitsi" id="${id}" type="chat"><json-message xmlns="${ns.jitmeet}">${text.replaceAll('"', "&quot;")}</json-message></message>`,
    );
  };
  await administrator.set({ polls: false, privateChat: false });
  whisper("w1");
  assert.equal(conditionOf(await owner.next((stanza) => stanza.attrs.id === "w1" && isError(stanza))), "not-allowed");
  poll("p1");
  assert.equal(conditionOf(await owner.next((stanza) => stanza.attrs.id === "p1" && isError(stanza))), "not-allowed");
  await administrator.set({ polls: true, privateChat: true });
  whisper("w2");
  await guest.next(withBody("w2"));
  poll("p2");
  await guest.next((stanza) => childOf(stanza, "json-message", ns.jitmeet)?.getText().includes('"p2"') === true);
});
