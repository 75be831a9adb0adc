import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { type ClientOptions, WebSocket } from "ws";
import { ns } from "../codec/namespaces.ts";
import { childOf, elementsOf } from "../codec/xml/element.ts";
import { defaultLimits } from "../limits.ts";
import { Harness } from "../testing/harness.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";

const room = "standup@muc.meet.jitsi";

async function fault(client: ScriptedClient): Promise<string> {
  const error = await client.next("error");
  await client.next("socket-closed");
  return elementsOf(error)[0]?.name ?? "";
}

test("the first frame of the server starts with <open, and the close is spelt as strophe wants it", async () => {
  await using harness = await Harness.start();
  const socket = new WebSocket(`ws://127.0.0.1:${harness.port}/xmpp-websocket`, "xmpp");
  const frames: string[] = [];
  socket.on("message", (data) => frames.push(String(data)));
  await new Promise((resolve) => socket.once("open", resolve));
  assert.equal(socket.protocol, "xmpp");
  socket.send(`<open xmlns="${ns.framing}" to="meet.jitsi" version="1.0"/>`);
  socket.send(`<close xmlns="${ns.framing}" />`);
  await new Promise((resolve) => socket.once("close", resolve));
  assert.match(
    frames[0] ?? "",
    /^<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="meet.jitsi" id="[\w-]+" version="1.0"/,
  );
  assert.match(frames[1] ?? "", /^<stream:features xmlns:stream="http:\/\/etherx.jabber.org\/streams"><mechanisms /);
  assert.equal(frames[2], '<close xmlns="urn:ietf:params:xml:ns:xmpp-framing" />');
});

test("signing in gives a lower-case UUID, and a resource nobody can guess", async () => {
  await using harness = await Harness.start();
  const a = await harness.client();
  assert.match(a.jid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}@meet\.jitsi\/[\w-]{12}$/);
});

const badFrames: readonly (readonly [what: string, xml: string, condition: string])[] = [
  ["text that is no XML", "hello", "not-well-formed"],
  ["an open tag", "<message>", "not-well-formed"],
  ["two elements", "<message/><message/>", "not-well-formed"],
  ["an unbound prefix", "<x:message/>", "not-well-formed"],
  ["an unknown entity", "<message>&lol;</message>", "not-well-formed"],
  ["a document type", '<!DOCTYPE m [<!ENTITY a "b">]><message/>', "restricted-xml"],
  ["a comment", "<message><!-- x --></message>", "restricted-xml"],
  ["a processing instruction", "<message><?x y?></message>", "restricted-xml"],
  ["elements too deep", `${"<a>".repeat(33)}${"</a>".repeat(33)}`, "policy-violation"],
  [
    "too many attributes",
    `<message ${Array.from({ length: 65 }, (_, i) => `a${i}="1"`).join(" ")}/>`,
    "policy-violation",
  ],
  ["too many children", `<message>${"<a/>".repeat(2_001)}</message>`, "policy-violation"],
  ["an element that is no stanza", '<feature xmlns="urn:x"/>', "unsupported-stanza-type"],
];

for (const [what, xml, condition] of badFrames) {
  test(`${what} ends the stream with ${condition}, and nobody else notices`, async () => {
    await using harness = await Harness.start();
    const [a, onlooker] = [await harness.client(), await harness.client()];
    a.send(xml);
    assert.equal(await fault(a), condition);
    await onlooker.settled();
  });
}

test("before sign-in a stanza may have 10,000 bytes, after it 128 KiB", async () => {
  await using harness = await Harness.start();
  const stranger = await harness.webSocket();
  stranger.open();
  await stranger.next("features");
  stranger.send(`<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS">${"a".repeat(10_000)}</auth>`);
  assert.equal(await fault(stranger), "policy-violation");
  const a = await harness.client();
  const padding = (bytes: number) =>
    `<iq type="get" id="p" to="meet.jitsi"><ping xmlns="${ns.ping}">${"a".repeat(bytes)}</ping></iq>`;
  assert.equal((await a.ask(padding(100_000))).attrs.type, "result");
  a.send(padding(131_072));
  await a.next("socket-closed");
});

test("binary frames are refused", async () => {
  await using harness = await Harness.start();
  const socket = new WebSocket(`ws://127.0.0.1:${harness.port}/xmpp-websocket`, "xmpp");
  await new Promise((resolve) => socket.once("open", resolve));
  socket.send(Buffer.from([1, 2, 3]));
  await new Promise((resolve) => socket.once("close", resolve));
});

test("a stream to another host is refused", async () => {
  await using harness = await Harness.start();
  const a = await harness.webSocket();
  a.send(`<open xmlns="${ns.framing}" to="elsewhere.example" version="1.0"/>`);
  assert.equal(await fault(a), "host-unknown");
});

test("whoever speaks before signing in is sent away", async () => {
  await using harness = await Harness.start();
  const a = await harness.webSocket();
  a.open();
  a.send(`<message to="${room}" type="groupchat"><body>hi</body></message>`);
  assert.equal(await fault(a), "not-authorized");
});

test("a mechanism that is not offered fails, and three attempts are enough", async () => {
  await using harness = await Harness.start();
  const a = await harness.webSocket();
  a.open();
  for (let attempt = 0; attempt < 2; attempt++) {
    a.send(`<auth xmlns="${ns.sasl}" mechanism="EXTERNAL">=</auth>`);
    const failure = await a.next("failure");
    assert.ok(childOf(failure, "invalid-mechanism"));
  }
  a.send(`<auth xmlns="${ns.sasl}" mechanism="EXTERNAL">=</auth>`);
  assert.equal(await fault(a), "policy-violation");
});

test("a client over 30 stanzas a second is delayed, and none of its stanzas is lost", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const a = await harness.client();
  for (let number = 0; number < 200; number++) {
    a.send(`<iq type="get" id="p${number}" to="meet.jitsi"><ping xmlns="${ns.ping}"/></iq>`);
  }
  await a.next((stanza) => stanza.attrs.id === "p140");
  for (let second = 0; second < 4 && a.stanzas.at(-1)?.attrs.id !== "p199"; second++) await clock.advance(1_000);
  await a.next((stanza) => stanza.attrs.id === "p199");
  const answered = a.stanzas.filter(({ attrs }) => attrs.id?.startsWith("p"));
  assert.equal(answered.length, 200);
});

test("a client that goes on sending too much is cut, and an onlooker's ping comes back", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const [a, onlooker] = [await harness.client(), await harness.client()];
  for (let number = 0; number < 1_000; number++) a.send("<presence/>");
  for (let second = 0; second < 60 && !a.isClosed; second++) await clock.advance(1_000);
  assert.equal(await fault(a), "policy-violation");
  await onlooker.settled();
});

test("somebody who does not sign in within 30 seconds is cut", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const a = await harness.webSocket();
  a.open();
  await a.next("features");
  await clock.advance(30_000);
  assert.equal(await fault(a), "connection-timeout");
});

test("a class of forty from one address signs in together over twenty places", async () => {
  await using harness = await Harness.start();
  const clients = await Promise.all(Array.from({ length: 40 }, () => harness.client()));
  assert.equal(new Set(clients.map(({ jid }) => jid)).size, 40);
});

test("those who sit on an address's places without signing in make room for those who come", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const idle = await Promise.all(Array.from({ length: 20 }, () => harness.webSocket()));
  const late = harness.client();
  await clock.advance(3_500);
  await late;
  await idle[0]?.next("socket-closed");
  assert.equal(idle.filter(({ isClosed }) => isClosed).length, 1);
});

test("places are counted by the address a trusted proxy says", async () => {
  const limits = { admission: { ...defaultLimits.admission, perAddress: 1, waitingPerAddress: 0 } };
  await using harness = await Harness.start({ limits });
  const from = (address: string) => harness.webSocket("", { "X-Forwarded-For": address });
  await from("198.51.100.1");
  await assert.rejects(from("198.51.100.1"), /503/);
  await from("198.51.100.2");
});

test("who waits for a place when the server ends is told so", async () => {
  const limits = { admission: { ...defaultLimits.admission, perAddress: 1 } };
  await using harness = await Harness.start({ limits });
  const first = await harness.webSocket();
  const waiting = assert.rejects(harness.webSocket(), /503/);
  await untilUnauthenticated(harness, 2);
  await harness.server[Symbol.asyncDispose]();
  await waiting;
  await first.next("socket-closed");
});

test("connections that never send a request make room for those who do", async () => {
  const clock = new ManualClock(Date.now());
  const limits = { admission: { perAddress: 2, inAll: 10, settledAfterMs: 3_000, waitingPerAddress: 1 } };
  await using harness = await Harness.start({ clock, limits, env: { XMPP_TRUSTED_PROXIES: "" } });
  const open = () =>
    new Promise<ReturnType<typeof connect>>((resolve) => {
      const socket = connect(harness.port, "127.0.0.1", () => resolve(socket.resume()));
    });
  const closed = (socket: ReturnType<typeof connect>) => new Promise((resolve) => socket.once("close", resolve));
  const idle = [await open(), await open()];
  const first = closed(idle[0] ?? assert.fail());
  const client = await harness.client();
  await open();
  const refused = await open();
  await closed(refused);
  await clock.advance(3_500);
  await first;
  await client.settled();
  for (const socket of idle) socket.destroy();
});

test("a plain GET of the WebSocket address is answered, with CORS", async () => {
  await using harness = await Harness.start();
  for (const path of ["/xmpp-websocket", "/tenant/xmpp-websocket?room=x", "/http-bind"]) {
    const response = await fetch(`http://127.0.0.1:${harness.port}${path}`);
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    await response.text();
  }
});

test("an upgrade without the subprotocol xmpp is refused", async () => {
  await using harness = await Harness.start();
  const socket = new WebSocket(`ws://127.0.0.1:${harness.port}/xmpp-websocket`);
  const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
  assert.match(error.message, /400/);
});

test("every IQ gets an answer", async () => {
  await using harness = await Harness.start();
  const a = await harness.client();
  const ask = (to: string, payload: string, type = "get") =>
    a.ask(`<iq type="${type}" id="${a.id()}"${to === "" ? "" : ` to="${to}"`}>${payload}</iq>`);
  assert.equal(conditionOf(await ask("meet.jitsi", '<query xmlns="urn:unknown"/>')), "service-unavailable");
  assert.equal(conditionOf(await ask("", '<query xmlns="jabber:iq:roster"/>')), "service-unavailable");
  assert.equal(conditionOf(await ask("polls.meet.jitsi", '<query xmlns="urn:unknown"/>')), "service-unavailable");
  assert.equal(conditionOf(await ask("a b@c", "<x/>")), "jid-malformed");
  assert.equal(conditionOf(await ask("meet.jitsi", "", "get")), "bad-request");
  assert.equal(conditionOf(await ask(room, `<query xmlns="${ns.discoInfo}"/>`)), "item-not-found");
  assert.equal(conditionOf(await ask(`${room}/x`, `<query xmlns="${ns.discoInfo}"/>`)), "not-acceptable");
  const info = childOf(await ask("meet.jitsi", `<query xmlns="${ns.discoInfo}"/>`), "query", ns.discoInfo);
  const features = elementsOf(info ?? assert.fail()).flatMap(({ attrs }) => attrs.var ?? []);
  assert.ok(features.includes(ns.ping));
  assert.ok(features.includes(ns.extdisco2));
  const services = childOf(await ask("meet.jitsi", `<services xmlns="${ns.extdisco2}"/>`), "services", ns.extdisco2);
  assert.equal(services?.children.length, 0);
});

test("a forged sender is refused", async () => {
  await using harness = await Harness.start();
  const [a, b] = [await harness.client(), await harness.client()];
  const answer = await a.ask(`<iq type="get" id="f" from="${b.jid}" to="meet.jitsi"><ping xmlns="${ns.ping}"/></iq>`);
  assert.equal(conditionOf(answer), "forbidden");
});

test("connections that send no request, or only half of one, are cut", async () => {
  const http = { ...defaultLimits.http, headerMs: 200, bodyMs: 400 };
  await using harness = await Harness.start({ limits: { http } });
  const silent = connect(harness.port, "127.0.0.1");
  const slow = connect(harness.port, "127.0.0.1", () => slow.write("POST /http-bind HTTP/1.1\r\nHost: x\r\nX-A: "));
  const halfBody = request({
    port: harness.port,
    method: "POST",
    path: "/http-bind",
    headers: { "Content-Length": "100" },
  });
  halfBody.on("error", () => {});
  halfBody.write("<body");
  const closed = (socket: typeof silent) => new Promise((resolve) => socket.resume().once("close", resolve));
  await Promise.all([closed(silent), closed(slow), new Promise((resolve) => halfBody.once("close", resolve))]);
});

/** A socket of the test's own, signed in, of which frames can be told apart. */
async function signedIn(
  harness: Harness,
  options: ClientOptions = {},
): Promise<{ socket: WebSocket; frames: string[] }> {
  const socket = new WebSocket(`ws://127.0.0.1:${harness.port}/xmpp-websocket`, "xmpp", options);
  const frames: string[] = [];
  const until = async (part: string) => {
    while (!frames.at(-1)?.includes(part)) await once(socket, "message");
  };
  socket.on("message", (data) => frames.push(String(data)));
  socket.on("error", () => {});
  await once(socket, "open");
  const open = `<open xmlns="${ns.framing}" to="meet.jitsi" version="1.0"/>`;
  socket.send(open);
  socket.send(`<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS"/>`);
  await until("<success");
  socket.send(open);
  socket.send(`<iq type="set" id="b"><bind xmlns="${ns.bind}"/></iq>`);
  await until("<jid>");
  return { socket, frames };
}

const pingIq = (id: string) => `<iq type="get" id="${id}" to="meet.jitsi"><ping xmlns="${ns.ping}"/></iq>`;

test("a stanza in several fragments is one stanza", async () => {
  await using harness = await Harness.start();
  const { socket, frames } = await signedIn(harness);
  const stanza = pingIq("fragments");
  for (let index = 0; index < stanza.length; index += 10) {
    socket.send(stanza.slice(index, index + 10), { fin: index + 10 >= stanza.length });
  }
  await once(socket, "message");
  assert.match(frames.at(-1) ?? "", /id="fragments"/);
  socket.terminate();
});

test("a stanza in thousands of fragments is refused below XMPP", async () => {
  await using harness = await Harness.start();
  const { socket } = await signedIn(harness);
  const closed = once(socket, "close");
  for (let index = 0; index < 2_000; index++) socket.send(" ", { fin: false });
  const [code] = await closed;
  assert.equal(code, 1008);
});

test("compression is not agreed on, and a compressed frame is refused below XMPP", async () => {
  await using harness = await Harness.start();
  const { socket } = await signedIn(harness, { perMessageDeflate: true });
  assert.equal(socket.extensions, "");
  const closed = once(socket, "close");
  rawSocketOf(socket).write(Buffer.from([0xc1, 0x80, 0, 0, 0, 0]));
  assert.equal((await closed)[0], 1002);
});

const badBytes: readonly (readonly [what: string, bytes: readonly number[], code: number])[] = [
  ["without a mask", [0x81, 0x01, 0x61], 1002],
  ["of an unknown kind", [0x83, 0x80, 0, 0, 0, 0], 1002],
  ["of text that is no UTF-8", [0x81, 0x81, 0, 0, 0, 0, 0xff], 1007],
  ["that goes on with nothing", [0x80, 0x80, 0, 0, 0, 0], 1002],
  ["longer than a stanza may be", [0x81, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0], 1009],
];

for (const [what, bytes, code] of badBytes) {
  test(`a frame ${what} closes the connection with ${code}, and nobody else notices`, async () => {
    await using harness = await Harness.start();
    const [{ socket }, onlooker] = [await signedIn(harness), await harness.client()];
    const closed = once(socket, "close");
    rawSocketOf(socket).write(Buffer.from(bytes));
    assert.equal((await closed)[0], code);
    await onlooker.settled();
  });
}

test("white space in place of a stanza is a fault of the stream", async () => {
  await using harness = await Harness.start();
  const a = await harness.client();
  a.send(" ");
  assert.equal(await fault(a), "not-well-formed");
});

test("a stanza with an XML declaration is read; a stream that is open is not opened again", async () => {
  await using harness = await Harness.start();
  const a = await harness.client();
  a.send(`<?xml version="1.0" encoding="UTF-8"?>${pingIq("declared")}`);
  await a.next((stanza) => stanza.attrs.id === "declared");
  a.open();
  assert.equal(await fault(a), "bad-format");
});

test("pings of the WebSocket are answered, at the rate of stanzas", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const { socket } = await signedIn(harness);
  let pongs = 0;
  socket.on("pong", () => pongs++);
  for (let number = 0; number < 200; number++) socket.ping("x");
  while (pongs < 140) await once(socket, "pong");
  for (let second = 0; second < 4 && pongs < 200; second++) await clock.advance(1_000);
  while (pongs < 200) await once(socket, "pong");
  socket.terminate();
});

test("a silent client is asked for a sign of life by the WebSocket, and cut when there is none", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const alive = await signedIn(harness);
  const dead = await signedIn(harness, { autoPong: false });
  const asked = Promise.all([once(alive.socket, "ping"), once(dead.socket, "ping")]);
  const closed = once(dead.socket, "close");
  await clock.advance(61_000);
  await asked;
  alive.socket.send(pingIq("alive"));
  await once(alive.socket, "message");
  await clock.advance(20_000);
  await closed;
  alive.socket.send(pingIq("still"));
  await once(alive.socket, "message");
  alive.socket.terminate();
});

test("a page of another site opens no WebSocket where the setting does not let it", async () => {
  await using harness = await Harness.start({ env: { XMPP_CROSS_DOMAIN: "false" } });
  const from = (Origin: string) => harness.webSocket("", { Origin, "X-Forwarded-Host": "meet.example" });
  await assert.rejects(from("https://elsewhere.example"), /403/);
  await from("https://meet.example");
});

/** To write what no client would. */
function rawSocketOf(socket: WebSocket): Socket {
  return (socket as unknown as { readonly _socket: Socket })._socket;
}

/** Waits until so many streams are there that have not signed in. */
async function untilUnauthenticated(harness: Harness, streams: number): Promise<void> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${harness.port}/debug`);
    const { unauthenticated } = (await response.json()) as { unauthenticated: number };
    if (unauthenticated === streams) return;
  }
}
