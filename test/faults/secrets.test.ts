/**
 * A meeting in which every secret there is gets used, by every way, with all logs as wide as they go and parts dying in
 * between: afterwards no secret is found in any log, in what operators look at, or in the facts.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { tokenName } from "@veche/deploy/users/api-client.ts";
import { childOf, type Element } from "@veche/xmpp/codec/xml/element.ts";
import { serialise } from "@veche/xmpp/codec/xml/serialise.ts";
import { ScriptedClient } from "@veche/xmpp/testing/scripted-client.ts";
import WebSocket from "ws";
import { natsSeeds, signInTo } from "../harness/nats.ts";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { tokenOf } from "../harness/token.ts";
import { eventually } from "../harness/wait.ts";

const issuer = { appId: "school", secret: "the-secret-that-tokens-are-signed-with" };
const given = {
  JWT_APP_SECRET: issuer.secret,
  TURN_CREDENTIALS: "the-secret-of-the-turn-server",
  JIBRI_RECORDER_PASSWORD: "the-password-of-recorders",
  JIGASI_XMPP_PASSWORD: "the-password-of-gateways",
};
const teacher = { name: "anna.petrova", password: "Двадцать-два-слона", displayName: "Anna", role: "teacher" } as const;
const wrongPassword = "Двадцать-три-слона";
const roomPassword = "sesame-of-the-room";
const wrongRoomPassword = "wrong-word-for-the-room";
const room = "secrets@muc.meet.jitsi";
const chat = "a word between us two";

let stack: TestStack;
/** By what it is, so that a failure says what leaked and not the secret itself. */
const secrets = new Map<string, string>();
const clients: ScriptedClient[] = [];

before(async () => {
  stack = await startTestStack({
    ...given,
    LOG_LEVEL: "trace",
    JWT_APP_ID: issuer.appId,
    JWT_ALLOW_EMPTY: "1",
    TURN_HOST: "turn.school.example",
  });
  for (const [name, secret] of Object.entries(given)) secrets.set(name, secret);
  const directory = join(stack.local.dataDir, "secrets");
  secrets.set("the administrators' token", readFileSync(join(directory, tokenName), "utf8").trim());
  for (const [file, seed] of natsSeeds(directory)) secrets.set(`NATS: ${file}`, seed);
  secrets.set("a password", teacher.password);
  secrets.set("a wrong password", wrongPassword);
  secrets.set("a password in base64", Buffer.from(teacher.password).toString("base64"));
  secrets.set("a message of PLAIN", Buffer.from(`\0${teacher.name}\0${teacher.password}`).toString("base64"));
  secrets.set("a room's password", roomPassword);
  secrets.set("a wrong password of a room", wrongRoomPassword);
  secrets.set("what was said", chat);
});
after(async () => {
  for (const client of clients) client.drop();
  await stack?.[Symbol.asyncDispose]();
});

/** Through the web server, as browsers come. */
async function arrives(query = "", port = stack.local.ports.http): Promise<ScriptedClient> {
  const client = await ScriptedClient.webSocket(port, query, { "x-forwarded-proto": "https" });
  clients.push(client);
  return client;
}

function keep(what: string, secret: string | undefined): void {
  assert.ok(secret !== undefined && secret.length > 7, `${what}: "${secret}"`);
  secrets.set(what, secret);
}

/** What matches in an element as it is written. */
function found(element: Element, pattern: RegExp): string | undefined {
  return pattern.exec(serialise(element))?.[1]?.replaceAll("&amp;", "&");
}

const isInvitation = (stanza: Element) => childOf(stanza, "jingle") !== undefined;

/** Takes the invitation and opens the channel to the bridge that it names. */
async function isInvited(client: ScriptedClient, who: string): Promise<void> {
  const invitation = await client.next(isInvitation);
  client.send(`<iq type="result" id="${invitation.attrs.id}" to="${invitation.attrs.from}"/>`);
  keep(`the password of ICE, ${who}`, found(invitation, /<transport [^>]*pwd="([^"]+)"/));
  const url = found(invitation, /<web-socket [^>]*url="([^"]+)"/) ?? "";
  keep(`the password of the bridge channel, ${who}`, new URL(url).searchParams.get("pwd") ?? undefined);
  const channel = new WebSocket(url);
  await new Promise<void>((resolve) => channel.once("message", () => resolve()));
  channel.terminate();
}

test("a teacher signs in by every mechanism, and is remembered", async () => {
  await stack.administrator.addUser(teacher);
  const wrong = await arrives();
  assert.equal((await wrong.tryPassword(teacher.name, wrongPassword)).name, "failure");
  const plain = await arrives("", stack.local.ports.xmpp);
  await plain.signInWith(teacher.name, teacher.password, "PLAIN");
  const scram = await arrives();
  await scram.signInWith(teacher.name, teacher.password);
  keep("the id of a stream that may be resumed", await scram.enableResume());
  const answer = await scram.conference(room);
  keep("the id of a sign-in", childOf(answer, "conference")?.attrs["session-id"]);
  scram.nick = "11111111";
  scram.join(room);
  await scram.joined(room);
  await stack.administrator.addUser({ name: "vera", password: "a-password-to-be-replaced" });
  const printed = await stack.administrator.run("users", "passwd", "vera", "--generate");
  keep("a one-time password", /(\S{8,})\s*$/.exec(printed.trim())?.[1]);
});

test("people come with tokens, sign-ins of before, and TURN's credentials", async () => {
  const token = tokenOf(issuer, { context: { user: { id: "u-1", name: "Zoe" } } });
  keep("a token", token);
  keep("a token's signature", token.split(".")[2]);
  const zoe = await arrives(`?room=secrets&token=${token}`);
  await zoe.signIn();
  zoe.nick = "22222222";
  await zoe.enter(room);
  const bad = `${token.slice(0, -6)}AAAAAA`;
  keep("a bad token", bad);
  const forger = await arrives(`?room=secrets&token=${bad}`);
  forger.open();
  await forger.next("features");
  forger.send('<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>');
  await forger.next("failure");
  const services = await zoe.ask(
    '<iq type="get" id="turn" to="meet.jitsi"><services xmlns="urn:xmpp:extdisco:2"/></iq>',
  );
  keep("credentials of TURN", found(services, /password="([^"]+)"/));
  const session = secrets.get("the id of a sign-in");
  for (const authorization of [`Bearer ${token}`, `Bearer ${bad}`]) {
    await fetch(`${stack.local.urls.http}/conference-request/v1?token=${token}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", authorization },
      body: JSON.stringify({ room, sessionId: session, properties: {} }),
    });
  }
});

test("by BOSH too, and past the password of the room", async () => {
  const [owner] = clients.filter(({ nick }) => nick === "11111111");
  assert.ok(owner);
  const field = (name: string, value: string) => `<field var="muc#roomconfig_${name}"><value>${value}</value></field>`;
  await owner.ask(
    `<iq type="set" id="form" to="${room}"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit">${field("passwordprotectedroom", "1")}${field("roomsecret", roomPassword)}</x></query></iq>`,
  );
  const opened = await fetch(`${stack.local.urls.http}/http-bind?room=secrets`, {
    method: "POST",
    body: '<body xmlns="http://jabber.org/protocol/httpbind" rid="1000" to="meet.jitsi" wait="1" hold="1" ver="1.6"/>',
  });
  keep("the id of a BOSH session", /sid="([^"]+)"/.exec(await opened.text())?.[1]);
  const guest = await ScriptedClient.bosh(stack.local.ports.http, "?room=secrets");
  clients.push(guest);
  await guest.signIn();
  await guest.conference(room);
  const password = (word: string) => `<x xmlns="http://jabber.org/protocol/muc"><password>${word}</password></x>`;
  guest.send(`<presence to="${room}/33333333">${password(wrongRoomPassword)}</presence>`);
  assert.equal((await guest.next("presence")).attrs.type, "error");
  guest.nick = "33333333";
  guest.send(`<presence to="${room}/33333333">${password(roomPassword)}</presence>`);
  await guest.joined(room);
  guest.send(`<message to="${room}" type="groupchat"><body>${chat}</body></message>`);
  guest.send(`<message to="${room}/22222222" type="chat"><body>${chat}</body></message>`);
});

test("they are invited, and open the bridge channel", async () => {
  for (const nick of ["11111111", "22222222"]) {
    const client = clients.find((each) => each.nick === nick);
    assert.ok(client);
    await isInvited(client, nick);
  }
});

test("connections break, parts die and come back", async () => {
  const old = clients.find(({ nick }) => nick === "11111111");
  assert.ok(old);
  old.drop();
  const again = await arrives(`?previd=${old.resumeId}`);
  assert.equal((await again.tryPassword(teacher.name, teacher.password)).name, "success");
  again.open();
  await again.next("features");
  again.send(`<resume xmlns="urn:xmpp:sm:3" h="${old.handled}" previd="${old.resumeId}"/>`);
  await again.next("resumed");
  for (const name of ["xmpp", "focus", "nats"] as const) await stack.local.kill(name);
  await stack.local.ready();
  await eventually("web has NATS again", async () => {
    const { status } = await fetch(`http://127.0.0.1:${stack.local.ports.webRest}/health/ready`);
    return status === 200 ? undefined : `${status}`;
  });
});

async function read(url: string): Promise<string> {
  const answer = await fetch(url);
  const text = await answer.text();
  assert.ok(answer.ok, `${url}: ${answer.status} ${text}`);
  return text;
}

/** Everything an operator may look at, by where it was seen. */
async function shown(): Promise<Map<string, string>> {
  const { xmpp, focus, bridgeRest, webRest } = stack.local.ports;
  const texts = new Map<string, string>();
  const look = async (url: string) => texts.set(url, await read(url));
  for (const port of [xmpp, focus, bridgeRest, webRest]) {
    for (const path of ["/metrics", "/health/ready"]) await look(`http://127.0.0.1:${port}${path}`);
  }
  await look(`http://127.0.0.1:${xmpp}/debug`);
  await look(`http://127.0.0.1:${focus}/debug?full=true`);
  await look(`http://127.0.0.1:${bridgeRest}/debug`);
  const { conferences } = JSON.parse(await read(`http://127.0.0.1:${bridgeRest}/debug`)) as { conferences: object };
  for (const id of Object.keys(conferences)) {
    await look(`http://127.0.0.1:${bridgeRest}/debug/${id}`);
    for (const nick of ["11111111", "22222222"]) {
      const answer = await fetch(`http://127.0.0.1:${bridgeRest}/debug/${id}/${nick}`);
      texts.set(`bridge, ${nick}`, await answer.text());
    }
  }
  for (const [name, pid] of Object.entries(stack.local.pids())) {
    texts.set(`the arguments of ${name}`, readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  }
  return texts;
}

async function factsOf(stream: string): Promise<string> {
  const connection = await connect(signInTo(stack.local, "operator"));
  try {
    const info = await (await jetstreamManager(connection)).streams.info(stream);
    const consumer = await jetstream(connection).consumers.get(stream, { deliver_policy: DeliverPolicy.All });
    const texts: string[] = [];
    let left = info.state.messages;
    while (left > 0) {
      for await (const message of await consumer.fetch({ max_messages: left, expires: 2_000 })) {
        texts.push(`${message.subject} ${message.headers ?? ""} ${message.string()}`);
        left = message.info.pending;
      }
    }
    return texts.join("\n");
  } finally {
    await connection.close();
  }
}

test("none of the secrets is seen anywhere", async (t) => {
  let conference = "";
  await eventually("the facts are there", async () => {
    conference = await factsOf("CONFERENCE");
    return conference.includes("participant.joined") ? undefined : "no facts yet";
  });
  const texts = await shown();
  texts.set("the stream CONFERENCE", conference);
  texts.set("the stream SERVICE", await factsOf("SERVICE"));
  for (const { from, text } of stack.lines)
    texts.set(`the log of ${from}`, `${texts.get(`the log of ${from}`) ?? ""}${text}\n`);
  const leaks: string[] = [];
  for (const [what, secret] of secrets) {
    for (const [where, text] of texts) {
      const at = text.indexOf(secret);
      if (at >= 0) leaks.push(`${what} is in ${where}: ${text.slice(Math.max(0, at - 160), at)}…`);
    }
  }
  const size = [...texts.values()].reduce((sum, text) => sum + text.length, 0);
  t.diagnostic(`${secrets.size} secrets looked for in ${texts.size} places, ${size} characters`);
  assert.deepEqual(leaks, []);
});
