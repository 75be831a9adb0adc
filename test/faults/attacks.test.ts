/**
 * What somebody would try who wants a school's lesson: every act of a guest while only people who have signed in open
 * rooms (each is refused and changes nothing), pretending to be somebody else, and other people's secrets.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { childOf, type Element } from "@veche/xmpp/codec/xml/element.ts";
import { serialise } from "@veche/xmpp/codec/xml/serialise.ts";
import { administer, get, isError, set, withBody } from "@veche/xmpp/testing/meeting.ts";
import { conditionOf, type ScriptedClient } from "@veche/xmpp/testing/scripted-client.ts";
import { eventually } from "../harness/wait.ts";
import { field, form, messages, questions, tell } from "./guest-acts.ts";
import { guests, jitmeet, lobby, muc, room, roomPassword, School } from "./school.ts";

const focus = "focus.meet.jitsi";

let school: School;
let teacher: ScriptedClient;
let pupil: ScriptedClient;
/** Comes anonymously and wants more than they may. */
let guest: ScriptedClient;
/** What the teacher's browser got for signing in. */
let teachersLogin: string;

before(async () => {
  school = await School.open();
  teacher = await school.teacherArrives();
  guest = await school.guestArrives();
});
after(() => school?.[Symbol.asyncDispose]());
afterEach(() => {
  const faults = school.stack.lines.filter(({ text }) => /"level":"(error|fatal)"/.test(text));
  assert.deepEqual(faults, []);
});

async function rooms(): Promise<readonly string[]> {
  return (await school.rooms()).map(({ jid }) => jid);
}

/** The condition that an IQ is refused with. */
async function refused(answer: Promise<Element>): Promise<string> {
  const stanza = await answer;
  assert.equal(stanza.attrs.type, "error", serialise(stanza));
  return conditionOf(stanza);
}

/** The condition that whatever was sent, but no IQ, is refused with. */
async function told(client: ScriptedClient, stanza: string): Promise<string> {
  client.send(stanza);
  return conditionOf(await client.next((heard) => heard.name !== "iq" && isError(heard)));
}

function request(client: ScriptedClient, name: string, attributes = `machine-uid="${client.machineUid}"`) {
  return set(client, `<conference xmlns="http://jitsi.org/protocol/focus" room="${name}" ${attributes}/>`, focus);
}

const enter = (to: string, inside = "") => `<presence to="${to}"><x xmlns="${muc}">${inside}</x></presence>`;

test("a guest opens no room by entering it, and none that is a breakout room or a lobby", async () => {
  for (const to of [room, lobby, "lesson@breakout.meet.jitsi", "x@muc.class.meet.jitsi", "[t]x@muc.meet.jitsi"]) {
    assert.match(await told(guest, enter(`${to}/${guest.nick}`)), /^(not-allowed|item-not-found|not-acceptable)$/, to);
  }
  assert.deepEqual(await rooms(), []);
});

test("a guest opens no room by asking for one, with whatever names and ids", async () => {
  const names = [
    room,
    "LESSON@MUC.MEET.JITSI",
    "x@muc.class.meet.jitsi",
    "[t]x@muc.meet.jitsi",
    "x@breakout.meet.jitsi",
    lobby,
  ];
  for (const name of names) {
    assert.match(
      await refused(request(guest, name)),
      /^(not-authorized|item-not-found|bad-request|not-acceptable)$/,
      name,
    );
  }
  for (const attributes of [
    'session-id="0123456789abcdef0123456789abcdef" machine-uid="m"',
    'session-id="__proto__" machine-uid="m"',
    `session-id="${"x".repeat(2_000)}"`,
  ]) {
    assert.match(
      await refused(request(guest, room, attributes)),
      /^(not-authorized|session-invalid|not-acceptable|bad-request)$/,
      attributes,
    );
  }
  assert.deepEqual(await rooms(), []);
});

test("nor by HTTP", async () => {
  for (const name of [room, "x@breakout.meet.jitsi", lobby]) {
    for (const authorization of ["", "Bearer x", "Bearer eyJhbGciOiJub25lIn0.eyJyb29tIjoiKiJ9."]) {
      const { status } = await fetch(`${school.stack.local.urls.http}/conference-request/v1`, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...(authorization && { authorization }) },
        body: JSON.stringify({ room: name, machineUid: "m", sessionId: "x", authenticated: true, identity: "anna" }),
      });
      assert.ok(status >= 400 && status < 500, `${name} ${authorization}: ${status}`);
    }
  }
  assert.deepEqual(await rooms(), []);
});

test("the teacher's id of having signed in does a guest no good on another machine", async () => {
  const answer = await request(teacher, room);
  assert.equal(answer.attrs.type, "result", serialise(answer));
  teachersLogin = childOf(answer, "conference")?.attrs["session-id"] ?? "";
  assert.match(teachersLogin, /^[\w-]{16,}$/);
  const other = "other@muc.meet.jitsi";
  for (const attributes of [
    `session-id="${teachersLogin}" machine-uid="${guest.machineUid}"`,
    `session-id="${teachersLogin}"`,
    `machine-uid="${teacher.machineUid}"`,
  ]) {
    assert.match(
      await refused(request(guest, other, attributes)),
      /^(not-authorized|not-acceptable|bad-request)$/,
      attributes,
    );
  }
  assert.deepEqual(await rooms(), [room]);
});

test("guests come in where the teacher is, as participants", async () => {
  teacher.join(room);
  await teacher.joined(room);
  pupil = await school.guestArrives();
  for (const client of [pupil, guest]) {
    const own = await client.enter(room);
    assert.match(serialise(own), /role="participant"/);
  }
  await teacher.next((stanza) => stanza.attrs.from === `${room}/${guest.nick}`);
});

/** What the lesson is, as its owner is told, and as everybody sees it. */
async function lesson(): Promise<string> {
  const info = '<query xmlns="http://jabber.org/protocol/disco#info"/>';
  const parts = [await get(teacher, `<query xmlns="${muc}#owner"/>`, room), await get(teacher, info, room)];
  for (const affiliation of ["owner", "admin", "member", "outcast"]) {
    parts.push(await get(teacher, `<query xmlns="${muc}#admin"><item affiliation="${affiliation}"/></query>`, room));
  }
  return parts.map((part) => serialise(part).replace(/ id="[^"]*"/, "")).join("\n");
}

const json = (value: object) => JSON.stringify(value);

test("a guest inside does nothing that is a moderator's, and the lesson stays as it is", async (t) => {
  const before = await lesson();
  const acts = { guest, pupil, teacher, room };
  for (const [what, ask] of Object.entries(questions(acts))) {
    await t.test(what, async () => assert.match(await refused(ask()), /^(forbidden|not-allowed|bad-request)$/));
  }
  for (const [what, message] of Object.entries(messages(acts))) {
    await t.test(what, async () =>
      assert.match(await told(guest, message), /^(forbidden|not-allowed|not-acceptable|item-not-found)$/),
    );
  }
  assert.equal(await lesson(), before);
  assert.deepEqual(await rooms(), [room]);
});

test("authority that a guest says of itself is not passed on", async () => {
  const claims = `<x xmlns="${muc}#user"><item affiliation="owner" role="moderator"/><status code="110"/></x><identity><user><id>u-1</id><name>Anna</name></user></identity><permissions><permission type="recording">true</permission></permissions><conference-properties xmlns="http://jitsi.org/protocol/focus"><property key="x" value="y"/></conference-properties><marker/>`;
  guest.send(`<presence to="${room}/${guest.nick}">${claims}</presence>`);
  const seen = await teacher.next(
    (stanza) => stanza.attrs.from === `${room}/${guest.nick}` && childOf(stanza, "marker") !== undefined,
  );
  const text = serialise(seen);
  assert.match(text, /affiliation="none"[^>]*role="participant"|role="participant"[^>]*affiliation="none"/);
  assert.doesNotMatch(text, /owner|identity|permission|conference-properties|code="110"/);
});

test("a guest takes neither the lobby down nor anybody through it", async () => {
  const on = await set(
    teacher,
    form(field("membersonly", "1") + field("passwordprotectedroom", "1") + field("roomsecret", roomPassword)),
    room,
  );
  assert.equal(on.attrs.type, "result", serialise(on));
  teacher.send(enter(`${lobby}/${teacher.nick}`));
  const stranger = await school.guestArrives();
  const named = '<nick xmlns="http://jabber.org/protocol/nick">Stranger</nick>';
  const knock = (word = "") =>
    stranger.send(`<presence to="${room}/${stranger.nick}"><x xmlns="${muc}">${word}</x>${named}</presence>`);
  knock();
  assert.equal(conditionOf(await stranger.next(isError)), "registration-required");
  stranger.send(`<presence to="${lobby}/${stranger.nick}"><x xmlns="${muc}"/>${named}</presence>`);
  await teacher.next((stanza) => stanza.attrs.from === `${lobby}/${stranger.nick}`);
  for (const insider of [guest, stranger]) {
    const inviting = `<message to="${room}"><x xmlns="${muc}#user"><invite to="${stranger.jid}"/></x></message>`;
    assert.match(await told(insider, inviting), /^(forbidden|not-acceptable|item-not-found)$/);
    assert.match(
      await refused(administer(insider, [`affiliation="member" jid="${stranger.jid}"`], room)),
      /^(forbidden|item-not-found|not-acceptable|not-allowed)$/,
    );
    assert.match(
      await refused(administer(insider, [`role="participant" nick="${stranger.nick}"`], lobby)),
      /^(forbidden|item-not-found|not-acceptable|not-allowed)$/,
    );
    assert.match(await refused(set(insider, form(field("membersonly", "0")), room)), /^(forbidden|item-not-found)$/);
  }
  for (const word of ["", "wrong", roomPassword.toUpperCase()]) {
    knock(`<password>${word}</password>`);
    assert.match(
      conditionOf(await stranger.next((stanza) => stanza.name === "presence" && isError(stanza))),
      /^(registration-required|not-authorized)$/,
    );
  }
  await stranger.close();
});

test("nobody is the focus, or the server, but they", async () => {
  assert.match(await told(guest, enter(`${room}/focus`)), /^(conflict|not-acceptable|not-allowed)$/);
  for (const nick of ["Focus", "FOCUS", "ｆocus", "foc\u00adus", "focus "]) {
    const other = await school.guestArrives();
    assert.match(
      await told(other, enter(`${room}/${nick}`, `<password>${roomPassword}</password>`)),
      /^(conflict|not-acceptable|not-allowed|jid-malformed)$/,
      nick,
    );
    await other.close();
  }
  for (const from of [
    `${room}/focus`,
    room,
    focus,
    "focus@auth.meet.jitsi/focus",
    teacher.jid,
    `${room}/${teacher.nick}`,
    "meet.jitsi",
  ]) {
    assert.equal(
      await told(guest, `<message from="${from}" to="${room}" type="groupchat"><body>forged</body></message>`),
      "forbidden",
      from,
    );
    assert.equal(
      await refused(
        guest.ask(
          `<iq from="${from}" type="set" id="${guest.id()}" to="${room}"><query xmlns="${muc}#owner"><destroy/></query></iq>`,
        ),
      ),
      "forbidden",
      from,
    );
  }
  const service = await school.arrive();
  service.open("auth.meet.jitsi");
  assert.ok(childOf(await service.next("error"), "host-unknown"));
  await teacher.settled();
  assert.equal(teacher.has(withBody("forged")), false);
});

test("the focus does not take somebody else's answer for one it waits for", async () => {
  const invitation = await teacher.next((stanza) => childOf(stanza, "jingle") !== undefined);
  guest.send(
    `<iq type="error" id="${invitation.attrs.id}" to="${invitation.attrs.from}"><error type="cancel"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
  );
  await guest.settled();
  teacher.send(`<iq type="result" id="${invitation.attrs.id}" to="${invitation.attrs.from}"/>`);
  await teacher.settled();
  const sid = childOf(invitation, "jingle")?.attrs.sid ?? "";
  const info = `<jingle xmlns="urn:xmpp:jingle:1" action="session-info" sid="${sid}"><ice-state xmlns="http://jitsi.org/protocol/focus">failed</ice-state></jingle>`;
  assert.equal((await set(teacher, info, `${room}/focus`)).attrs.type, "result", "the session is still there");
});

/** Ids of Jingle sessions say who they are for. */
async function sidOf(client: ScriptedClient): Promise<string> {
  const known = client.stanzas.find((stanza) => childOf(stanza, "jingle")?.attrs.action === "session-initiate");
  const invitation = known ?? (await client.next((stanza) => childOf(stanza, "jingle") !== undefined));
  client.send(`<iq type="result" id="${invitation.attrs.id}" to="${invitation.attrs.from}"/>`);
  return childOf(invitation, "jingle")?.attrs.sid ?? "";
}

test("a guest neither takes over nor ends somebody else's Jingle session", async () => {
  const theirs = await sidOf(teacher);
  const own = await sidOf(guest);
  assert.notEqual(theirs, own);
  const jingle = (action: string, sid: string, inside = "") =>
    set(
      guest,
      `<jingle xmlns="urn:xmpp:jingle:1" action="${action}" sid="${sid}" initiator="${room}/focus" responder="${teacher.jid}">${inside}</jingle>`,
      `${room}/focus`,
    );
  const source = (nick: string) =>
    `<content name="audio" creator="responder"><description xmlns="urn:xmpp:jingle:apps:rtp:1" media="audio"><source xmlns="urn:xmpp:jingle:apps:rtp:ssma:0" ssrc="4711" name="${nick}-a0"/></description></content>`;
  assert.equal(await refused(jingle("session-terminate", theirs, "<reason><success/></reason>")), "item-not-found");
  assert.match(await refused(jingle("session-accept", theirs, source(guest.nick))), /^(item-not-found|bad-request)$/);
  assert.match(
    await refused(jingle("source-add", theirs, source(guest.nick))),
    /^(item-not-found|unexpected-request)$/,
  );
  assert.match(
    await refused(jingle("source-remove", theirs, source(teacher.nick))),
    /^(item-not-found|bad-request|unexpected-request)$/,
  );
  assert.match(
    await refused(jingle("source-add", own, source(teacher.nick))),
    /^(bad-request|not-acceptable|unexpected-request)$/,
  );
  const state = await (await fetch(`http://127.0.0.1:${school.stack.local.ports.focus}/debug?full=true`)).json();
  const [conference] = Object.values((state as { conferences: Record<string, { participants: object }> }).conferences);
  assert.deepEqual(Object.keys(conference?.participants ?? {}).sort(), [teacher.nick, pupil.nick, guest.nick].sort());
  const info = `<jingle xmlns="urn:xmpp:jingle:1" action="session-info" sid="${theirs}"><ice-state xmlns="http://jitsi.org/protocol/focus">failed</ice-state></jingle>`;
  assert.equal((await set(teacher, info, `${room}/focus`)).attrs.type, "result", "the teacher's session is there");
});

test("what opens somebody's stream is told to nobody else, and opens no other kind of stream", async () => {
  const heard = [guest, pupil].flatMap(({ received }) => received.map((stanza) => serialise(stanza))).join("\n");
  for (const secret of [teacher.resumeId, teachersLogin, roomPassword]) assert.ok(!heard.includes(secret));
  const thief = await school.arrive(`?previd=${teacher.resumeId}`);
  await thief.authenticate(guests);
  thief.send(`<resume xmlns="urn:xmpp:sm:3" h="0" previd="${teacher.resumeId}"/>`);
  assert.ok(childOf(await thief.next("failed"), "item-not-found"), "a stream is its owner's who signed in");
  const body = (sid: string) =>
    `<body xmlns="http://jabber.org/protocol/httpbind" rid="1" sid="${sid}"><presence to="${room}/x"/></body>`;
  for (const sid of [teacher.resumeId, "0".repeat(32), "", "__proto__", "constructor"]) {
    const answer = await fetch(`${school.stack.local.urls.http}/http-bind`, { method: "POST", body: body(sid) });
    assert.match(await answer.text(), /type="terminate" condition="(item-not-found|bad-request|host-unknown)"/, sid);
  }
  await teacher.settled();
  assert.equal(teacher.isClosed, false);
});

test("who hears a BOSH client's rid, and not its sid, neither reads nor ends its session", async () => {
  const port = school.stack.local.ports.xmpp;
  const client = await school.arriveByBosh();
  await client.signIn(guests);
  for (let rid = 0; rid < 50; rid++) {
    const sid = rid.toString(16).padStart(32, "0");
    const body = `<body xmlns="http://jabber.org/protocol/httpbind" rid="${rid}" sid="${sid}" type="terminate"/>`;
    const text = await (await fetch(`http://127.0.0.1:${port}/http-bind`, { method: "POST", body })).text();
    assert.match(text, /item-not-found/);
  }
  await client.settled();
});

test("script in names, messages, subjects and polls is text on its way to others", async () => {
  const script = `<img src=x onerror="alert('1')"/>]]>&lt;&#x202e;`;
  const escaped = "&lt;img src=x onerror=&quot;alert(&apos;1&apos;)&quot;/&gt;]]&gt;&amp;lt;&amp;#x202e;";
  pupil.send(
    `<presence to="${room}/${pupil.nick}"><nick xmlns="http://jabber.org/protocol/nick">${escaped}</nick></presence>`,
  );
  const presence = await teacher.next((stanza) => childOf(stanza, "nick")?.getText() === script);
  assert.equal(childOf(presence, "nick")?.children.length, 1);
  pupil.send(`<message to="${room}" type="groupchat"><body>${escaped}</body></message>`);
  const message = await teacher.next(withBody(script));
  assert.deepEqual(childOf(message, "body")?.children, [script]);
  teacher.send(`<message to="${room}" type="groupchat"><subject>${escaped}</subject></message>`);
  await pupil.next((stanza) => childOf(stanza, "subject")?.getText() === script);
  const poll = json({
    type: "polls",
    command: "new-poll",
    pollId: "p1",
    question: script,
    answers: [{ name: script }],
  });
  const written = poll.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  pupil.send(tell("polls", `<json-message ${jitmeet}>${written}</json-message>`));
  const heard = await teacher.next((stanza) => stanza.attrs.from === "polls.meet.jitsi");
  const told = JSON.parse(childOf(heard, "json-message")?.getText() ?? "") as {
    question: string;
    answers: { name: string }[];
  };
  assert.deepEqual([told.question, told.answers[0]?.name], [script, script]);
});

test("when the teacher ends the lesson it is over, and no guest opens it again", async () => {
  teacher.send(tell("endconference", "<end_conference/>"));
  await guest.next((stanza) => stanza.attrs.type === "unavailable" && stanza.attrs.from === `${room}/${guest.nick}`);
  await eventually("the room is gone", async () => ((await rooms()).length === 0 ? undefined : "it is there"));
  assert.match(await refused(request(guest, room)), /^(not-authorized|not-acceptable)$/);
  assert.match(await told(guest, enter(`${room}/${guest.nick}`)), /^(not-allowed|item-not-found)$/);
  assert.deepEqual(await rooms(), []);
});
