/**
 * Ten thousand pieces of generated rubbish for the XMPP server, before and after sign-in, over everything it listens to:
 * each has a defined answer, somebody else's ping comes back all the while, and nothing of it is left behind.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { some } from "./rubbish.ts";
import {
  auth,
  type BoshSession,
  bind,
  boshSession,
  everything,
  frames,
  type HttpAnswer,
  header,
  holding,
  httpbind,
  Onlooker,
  open,
  ping,
  post,
  secureSocket,
  server,
  startServer,
  startTls,
  stopServer,
  until,
  untilQuiet,
} from "./rubbish-server.ts";

/** Given to fast-check: the same rubbish in every run. */
const seeds = { boshOpen: 101, boshSession: 102, frameBefore: 103, frameAfter: 104, tcpClear: 105, tcpSession: 106 };
const counts = {
  boshOpen: 2_000,
  boshSession: 2_000,
  frameBefore: 1_500,
  frameAfter: 2_000,
  tcpClear: 1_500,
  tcpSession: 1_000,
};
const atOnce = 8;
const leftBehindBytes = 5 * 1024 * 1024;

const streamConditions =
  /^(bad-format|conflict|connection-timeout|host-unknown|invalid-namespace|not-authorized|not-well-formed|policy-violation|resource-constraint|restricted-xml|undefined-condition|unsupported-encoding|unsupported-stanza-type|unsupported-version)$/;
const boshConditions =
  /^(bad-request|host-unknown|item-not-found|policy-violation|remote-stream-error|undefined-condition)$/;
/** RFC 6455 7.4.1: what is wrong below XMPP. */
const closeCodes = [1000, 1002, 1003, 1005, 1006, 1007, 1008, 1009];

const room = "rubbish@muc.meet.jitsi";

/** What a member of a room may say; damaged, it is all kinds of things. */
const stanzas: readonly string[] = [
  ping("p1"),
  `<presence xmlns="jabber:client" to="${room}/nick1"><x xmlns="http://jabber.org/protocol/muc"/><nick xmlns="http://jabber.org/protocol/nick">N</nick></presence>`,
  `<message xmlns="jabber:client" to="${room}" type="groupchat" id="m1"><body>hello &amp; goodbye</body></message>`,
  `<iq xmlns="jabber:client" type="set" id="c1" to="focus.meet.jitsi"><conference xmlns="http://jitsi.org/protocol/focus" room="${room}" machine-uid="m"/></iq>`,
  `<iq xmlns="jabber:client" type="get" id="d1" to="${room}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`,
  `<iq xmlns="jabber:client" type="set" id="o1" to="${room}"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"><field var="muc#roomconfig_roomsecret"><value>s</value></field></x></query></iq>`,
  `<iq xmlns="jabber:client" type="set" id="j1" to="${room}/focus"><jingle xmlns="urn:xmpp:jingle:1" action="session-accept" sid="s"><content name="audio" creator="initiator"/></jingle></iq>`,
  '<enable xmlns="urn:xmpp:sm:3" resume="true"/>',
  '<a xmlns="urn:xmpp:sm:3" h="0"/>',
  '<r xmlns="urn:xmpp:sm:3"/>',
];

let onlooker: Onlooker;
before(async () => {
  await startServer();
  onlooker = new Onlooker(server.port);
  await onlooker.signIn();
});
after(async () => {
  onlooker?.close();
  await stopServer();
});

/** So many at once, until there are no more. */
async function each<T>(
  items: readonly T[],
  work: (item: T, index: number, worker: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const workers = Array.from({ length: atOnce }, async (_, worker) => {
    for (let index = next++; index < items.length; index = next++) await work(items[index] as T, index, worker);
  });
  await Promise.all(workers);
}

/** How often each answer was given. */
const told = new Map<string, number>();
const note = (what: string) => void told.set(what, (told.get(what) ?? 0) + 1);

function assertBoshAnswer(answer: HttpAnswer, body: Buffer) {
  if (answer === "none yet") return note("held");
  const shown = `${body.toString("utf8").slice(0, 300)} → ${answer.status} ${answer.text.slice(0, 300)}`;
  assert.ok([200, 413].includes(answer.status), shown);
  assert.match(answer.text, /^<body xmlns="http:\/\/jabber.org\/protocol\/httpbind"/, shown);
  assert.doesNotMatch(answer.text, /internal-server-error/, shown);
  const [, condition] = /^<body[^>]* type="terminate" condition="([^"]*)"/.exec(answer.text) ?? [];
  if (condition !== undefined) assert.match(condition, boshConditions, shown);
  if (condition !== "remote-stream-error") note(condition === undefined ? "answered" : `BOSH ${condition}`);
  assertStreamCondition(answer.text, shown);
}

function assertStreamCondition(text: string, shown: string): void {
  const [, condition] = /<stream:error[^>]*><([a-z-]+) /.exec(text) ?? [];
  if (condition !== undefined) {
    note(condition);
    assert.match(condition, streamConditions, shown);
  }
  assert.doesNotMatch(text, /internal-server-error/, shown);
}

const kinds: Readonly<Record<keyof typeof counts, (inputs: readonly Buffer[]) => Promise<void>>> = {
  boshOpen: (inputs) => each(inputs, async (body) => assertBoshAnswer(await post(body), body)),
  boshSession: async (inputs) => {
    const sessions = Array.from({ length: atOnce }, (): BoshSession | undefined => undefined);
    await each(inputs, async (input, _index, worker) => {
      const next = sessions[worker] ?? (await boshSession());
      // Where the rubbish does no harm there is something to answer.
      const [head = "", tail = ""] = next("|").split("|");
      const answer = await post(Buffer.concat([Buffer.from(head), input, Buffer.from(ping("after") + tail)]));
      assertBoshAnswer(answer, input);
      const isOver = answer === "none yet" || answer.status !== 200 || /type="terminate"/.test(answer.text);
      sessions[worker] = isOver ? undefined : next;
    });
  },
  frameBefore: (inputs) =>
    each(inputs, async (bytes, index) => assertFrames(await frames(bytes, index % 10 === 0, false), bytes)),
  frameAfter: (inputs) =>
    each(inputs, async (bytes, index) => assertFrames(await frames(bytes, index % 50 === 0, true), bytes)),
  tcpClear: (inputs) =>
    each(inputs, async (bytes, index) => {
      const socket = connect(server.c2sPort, "127.0.0.1");
      const heard = everything(socket);
      if (index % 2 === 0) socket.write(header);
      socket.end(bytes);
      assertStreamCondition(await heard, bytes.toString("utf8").slice(0, 300));
    }),
  tcpSession: (inputs) =>
    each(inputs, async (bytes) => {
      const socket = await secureSocket();
      socket.write(header);
      await until(socket, /<\/mechanisms>/);
      socket.write(auth);
      await until(socket, /<success/);
      socket.write(header);
      await until(socket, /<bind /);
      socket.write(bind);
      await until(socket, /<jid>/);
      const heard = everything(socket);
      socket.end(bytes);
      assertStreamCondition(await heard, bytes.toString("utf8").slice(0, 300));
    }),
};

function assertFrames(heard: string, bytes: Buffer): void {
  const shown = `${bytes.toString("utf8").slice(0, 300)} → ${heard.slice(-400)}`;
  assertStreamCondition(heard, shown);
  const [, code] = /<closed code="(\d+)"/.exec(heard) ?? [];
  if (code !== undefined) assert.ok(closeCodes.includes(Number(code)), shown);
  if (code !== "1000") note(code === undefined ? "answered" : `WebSocket ${code}`);
}

const right: Readonly<Record<keyof typeof counts, readonly string[]>> = {
  boshOpen: [
    `<body xmlns="${httpbind}" rid="1" to="meet.jitsi" wait="1" hold="1" ver="1.6" xmlns:xmpp="urn:xmpp:xbosh" xmpp:version="1.0"/>`,
    `<body xmlns="${httpbind}" rid="5" sid="0123456789abcdef0123456789abcdef">${ping("x")}</body>`,
    `<body xmlns="${httpbind}" rid="5" sid="x" type="terminate"><presence type="unavailable"/></body>`,
  ],
  boshSession: stanzas,
  frameBefore: [open, auth, open.replace("/>", "></open>"), `<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>`],
  frameAfter: stanzas,
  tcpClear: [header + startTls, startTls, header + auth],
  tcpSession: [...stanzas, stanzas.join(" "), "</stream:stream>"],
};

test("ten thousand pieces of rubbish", async (t) => {
  const names = Object.keys(counts) as (keyof typeof counts)[];
  // What the engine itself takes for code that runs often is no leak.
  for (const name of names) await kinds[name](some(right[name], 200, seeds[name] + 1_000));
  await untilQuiet();
  const first = await holding();
  told.clear();
  const pings: number[] = [];
  let isOver = false;
  const looking = (async () => {
    for (let number = 0; !isOver; number++) {
      const asked = performance.now();
      await onlooker.ping(`o${number}`);
      pings.push(performance.now() - asked);
      await delay(50);
    }
  })();
  for (const name of names) await kinds[name](some(right[name], counts[name], seeds[name]));
  isOver = true;
  await looking;
  await untilQuiet();
  const last = await holding();
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const grown = last.heapBytes - first.heapBytes;
  pings.sort((a, b) => a - b);
  const p = (share: number) => (pings[Math.floor(share * (pings.length - 1))] ?? 0).toFixed(1);
  t.diagnostic(`${total} inputs, ${((last.cpuMs - first.cpuMs) / total).toFixed(2)} ms of CPU each, sign-in included`);
  t.diagnostic(`heap ${(first.heapBytes / 1024 / 1024).toFixed(1)} MiB, ${(grown / 1024).toFixed(0)} KiB more after`);
  t.diagnostic(`the onlooker's ping: p50 ${p(0.5)} ms, p99 ${p(0.99)} ms, of ${pings.length}`);
  const sorted = [...told].sort(([, a], [, b]) => b - a);
  t.diagnostic(sorted.map(([what, count]) => `${what} ${count}`).join(", "));
  assert.equal(total, 10_000);
  assert.equal(server.child.exitCode, null);
  assert.ok(grown <= leftBehindBytes, `${grown} bytes are left behind`);
});

test("three hundred slow connections are cut, and the onlooker's ping comes back", async (t) => {
  const started = performance.now();
  const slow: Promise<unknown>[] = [];
  const trickles: NodeJS.Timeout[] = [];
  const trickle = (socket: Socket, text: string) => {
    let at = 0;
    socket.on("error", () => {});
    const timer = setInterval(() => socket.writable && socket.write(text[at++ % text.length] ?? ""), 300);
    trickles.push(timer);
    slow.push(once(socket.resume(), "close").then(() => clearInterval(timer)));
  };
  const handshake = `GET /xmpp-websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n`;
  for (let number = 0; number < 60; number++) {
    trickle(connect(server.port, "127.0.0.1"), "GET /http-bind HTTP/1.1\r\nX-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    const halfBody = connect(server.port, "127.0.0.1");
    halfBody.write("POST /http-bind HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n<body ");
    trickle(halfBody, "a");
    const webSocket = connect(server.port, "127.0.0.1");
    webSocket.write(handshake);
    trickle(webSocket, "\x81");
    trickle(connect(server.c2sPort, "127.0.0.1"), header.slice(0, 40));
    const stopped = connect(server.c2sPort, "127.0.0.1");
    stopped.write(header + startTls);
    trickle(stopped, "\x16");
  }
  for (let number = 0; number < 20; number++) {
    await onlooker.ping(`s${number}`);
    await delay(100);
  }
  await Promise.all(slow);
  for (const timer of trickles) clearInterval(timer);
  t.diagnostic(`the last of ${slow.length} was cut after ${Math.round(performance.now() - started)} ms`);
  await untilQuiet();
});
