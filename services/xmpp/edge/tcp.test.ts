import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { ManualClock } from "@veche/kit/clock.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, elementsOf } from "../codec/xml/element.ts";
import { defaultLimits } from "../limits.ts";
import { TestCertificate } from "../testing/certificate.ts";
import { Harness, type Options } from "../testing/harness.ts";
import { Administrator, passwordOf } from "../testing/people.ts";
import { connectSecurely, readUntil, startTls, streamHeader } from "../testing/tcp-wire.ts";

const room = "standup@muc.meet.jitsi";
let certificate: TestCertificate;
before(() => {
  certificate = new TestCertificate();
});
after(() => certificate[Symbol.dispose]());

const start = (options: Options = {}) =>
  Harness.start({ c2sPort: 0, ...options, env: { ...certificate.env, ...options.env } });

/** Everything the server says to what is sent at once in the clear, until it closes. */
async function answerTo(port: number, ...sent: (string | Buffer)[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  for (const part of sent) socket.write(part);
  return readAll(socket);
}

async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes;
  });
  await once(socket, "close");
  return text;
}

const conditionIn = (text: string) => /<stream:error[^>]*><([a-z-]+) /.exec(text)?.[1];

test("without the setting nobody listens for ordinary clients", async () => {
  await using harness = await Harness.start();
  assert.equal(harness.server.c2sPort, undefined);
});

test("the port without a certificate stops the start with what is missing", async () => {
  await assert.rejects(Harness.start({ c2sPort: 0 }), /XMPP_C2S_CERT_FILE/);
});

test("in the clear only STARTTLS is offered, and it is required", async () => {
  await using harness = await start();
  const socket = connect(harness.c2sPort, "127.0.0.1");
  socket.write(streamHeader());
  const features = await readUntil(socket, /<\/stream:features>/);
  assert.match(features, /^<\?xml version="1.0"\?><stream:stream [^>]*from="meet.jitsi" id="[\w-]+"/);
  assert.match(features, /<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"><required\/><\/starttls>/);
  assert.doesNotMatch(features, /mechanism/);
  socket.destroy();
});

test("an ordinary client signs in over TLS, enters a room, and talks with one on a WebSocket", async () => {
  await using harness = await start();
  const [a, b] = [await harness.tcp(), await harness.client()];
  await a.signIn();
  await a.enter(room);
  await b.enter(room);
  a.send(`<message to="${room}" type="groupchat" id="m1"><body>hello &amp; welcome 😀</body></message>`);
  const heard = await b.next((stanza) => stanza.name === "message" && childOf(stanza, "body") !== undefined);
  assert.equal(childOf(heard, "body")?.getText(), "hello & welcome 😀");
  await a.close();
  await b.next((stanza) => stanza.attrs.from === `${room}/${a.nick}` && stanza.attrs.type === "unavailable");
});

test("a stanza may come in as many pieces as it has bytes, with white space between stanzas", async () => {
  await using harness = await start();
  const a = await harness.tcp();
  await a.signIn();
  const iq = ` \n<iq type="get" id="p1" to="meet.jitsi"><ping xmlns="${ns.ping}"/></iq> `;
  for (const character of iq) a.send(character);
  await a.next((stanza) => stanza.attrs.id === "p1");
});

test("an occupant over TCP whose connection drops keeps its place", async () => {
  await using harness = await start();
  const [a, b] = [await harness.tcp(), await harness.client()];
  await a.signIn();
  await a.enableResume();
  await a.enter(room);
  await b.enter(room);
  assert.equal(await a.acknowledged(), 2);
  a.drop();
  await harness.focus?.hears(() => (harness.focus?.of("occupantInterrupted").length ?? 0) > 0);
  assert.equal(harness.focus?.of("occupantLeft").length, 0);
});

test("who has an account goes on with a session over TCP, and hears what was said meanwhile", async () => {
  await using harness = await start();
  await using administrator = await Administrator.start(harness);
  await administrator.add("anna");
  const [a, b] = [await harness.tcp(), await harness.client()];
  await a.signInWith("anna", passwordOf("anna"));
  await a.enableResume();
  await a.conference(room);
  a.join(room, "anna0001");
  await a.joined(room);
  await b.enter(room);
  await a.next((stanza) => stanza.attrs.from === `${room}/${b.nick}`);
  a.drop();
  await harness.focus?.hears(() => (harness.focus?.of("occupantInterrupted").length ?? 0) > 0);
  b.send(`<message to="${room}" type="groupchat" id="m"><body>meanwhile</body></message>`);
  const again = await harness.tcp();
  await again.tryPassword("anna", passwordOf("anna"));
  again.open();
  await again.next("features");
  again.send(`<resume xmlns="${ns.sm}" h="${a.handled}" previd="${a.resumeId}"/>`);
  assert.equal((await again.next(({ name }) => name === "resumed" || name === "failed")).name, "resumed");
  await again.next((stanza) => childOf(stanza, "body")?.getText() === "meanwhile");
  assert.equal(harness.focus?.of("occupantLeft").length, 0);
});

const inTheClear: readonly (readonly [what: string, sent: string | Buffer, condition: string])[] = [
  ["no XML", "hello\r\n\r\n", "not-well-formed"],
  ["HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "not-well-formed"],
  ["another namespace", '<stream xmlns="urn:x" to="meet.jitsi" version="1.0">', "invalid-namespace"],
  [
    "a server's namespace",
    streamHeader().replace('xmlns="jabber:client"', 'xmlns="jabber:server"'),
    "invalid-namespace",
  ],
  ["another element", streamHeader().replaceAll("stream:stream", "stream:steam"), "bad-format"],
  ["no version", streamHeader().replace(' version="1.0">', ">"), "unsupported-version"],
  ["another host", streamHeader("elsewhere.example"), "host-unknown"],
  ["a document type", `<!DOCTYPE x [<!ENTITY a "b">]>${streamHeader()}`, "restricted-xml"],
  ["a comment", `${streamHeader()}<!-- x -->`, "restricted-xml"],
  ["a processing instruction", `${streamHeader()}<?x y?>`, "restricted-xml"],
  ["another encoding", streamHeader().replace("?>", ' encoding="UTF-16"?>'), "unsupported-encoding"],
  ["bytes that are no UTF-8", Buffer.from(`${streamHeader()}<a>\xff</a>`, "latin1"), "unsupported-encoding"],
  ["text between stanzas", `${streamHeader()}hello<a/>`, "bad-format"],
  ["an attempt to sign in", `${streamHeader()}<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS"/>`, "not-authorized"],
  ["a stanza before TLS", `${streamHeader()}<presence/>`, "not-authorized"],
  ["something behind starttls", `${streamHeader()}${startTls}<presence/>`, "policy-violation"],
  ["half of something behind starttls", `${streamHeader()}${startTls}<pre`, "policy-violation"],
  ["too many bytes", `${streamHeader()}<a b="${"x".repeat(10_001)}`, "policy-violation"],
  ["elements too deep", `${streamHeader()}${"<a>".repeat(33)}`, "policy-violation"],
  [
    "too many attributes",
    `${streamHeader()}<a ${Array.from({ length: 65 }, (_, i) => `a${i}="1"`).join(" ")}/>`,
    "policy-violation",
  ],
];

test("what is wrong with a stream in the clear is said, and the connection closed", async (t) => {
  await using harness = await start();
  for (const [what, sent, condition] of inTheClear) {
    await t.test(`${what}: ${condition}`, async () => {
      const answer = await answerTo(harness.c2sPort, sent);
      assert.equal(conditionIn(answer), condition, answer);
      assert.match(answer, /^<\?xml version="1.0"\?><stream:stream /);
      assert.match(answer, /<\/stream:stream>$/);
    });
  }
  assert.equal((await debug(harness)).connections.tcp, 0);
});

test("rubbish instead of a TLS handshake closes the connection, and nobody else notices", async () => {
  await using harness = await start();
  const socket = connect(harness.c2sPort, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(streamHeader() + startTls);
  await readUntil(socket, /<proceed /);
  socket.write("this is no TLS at all, whatever it was meant to be\r\n".repeat(10));
  await readAll(socket);
  const onlooker = await harness.client();
  await onlooker.settled();
});

const signedIn: readonly (readonly [what: string, xml: string, condition: string])[] = [
  ["an unknown entity", "<message>&lol;</message>", "not-well-formed"],
  ["a wrong end", "<message></presence>", "not-well-formed"],
  ["a comment", "<message><!-- x --></message>", "restricted-xml"],
  ["elements too deep", `${"<a>".repeat(33)}${"</a>".repeat(33)}`, "policy-violation"],
  ["too many children", `<message>${"<a/>".repeat(2_001)}</message>`, "policy-violation"],
  ["too many bytes", `<message>${"x".repeat(131_100)}</message>`, "policy-violation"],
  ["an element that is no stanza", '<feature xmlns="urn:x"/>', "unsupported-stanza-type"],
  ["a second header", streamHeader(), "not-well-formed"],
];

test("what is wrong with a signed-in client's stream is said to it alone", async (t) => {
  await using harness = await start();
  const onlooker = await harness.client();
  for (const [what, xml, condition] of signedIn) {
    await t.test(`${what}: ${condition}`, async () => {
      const a = await harness.tcp();
      await a.signIn();
      a.send(xml);
      const error = await a.next("error");
      assert.equal(elementsOf(error)[0]?.name, condition);
      await a.next("socket-closed");
      await onlooker.settled();
    });
  }
});

test("who is silent before the header, or stops within a stanza, is cut", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await start({ clock });
  const silent = connect(harness.c2sPort, "127.0.0.1");
  const told = readAll(silent);
  const a = await harness.tcp();
  await a.signIn();
  a.send('<message to="x"');
  await untilConnections(harness, 2);
  await clock.advance(10_000);
  assert.equal(conditionIn(await told), "connection-timeout");
  await clock.advance(10_000);
  assert.ok(childOf(await a.next("error"), "connection-timeout"));
});

test("who does not sign in within 30 seconds is cut, encrypted or not", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await start({ clock });
  const clear = connect(harness.c2sPort, "127.0.0.1");
  clear.write(streamHeader());
  await readUntil(clear, /<\/stream:features>/);
  const secure = await harness.tcp();
  const handshake = connect(harness.c2sPort, "127.0.0.1");
  handshake.on("error", () => {});
  handshake.write(streamHeader() + startTls);
  await readUntil(handshake, /<proceed /);
  const ended = Promise.all([readAll(clear), readAll(handshake), secure.next("socket-closed")]);
  await clock.advance(30_000);
  await clock.advance(2_000);
  await ended;
});

test("a client that is silent is pinged, and cut when it does not answer", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await start({ clock });
  const [a, b] = [await harness.tcp(), await harness.tcp()];
  await a.signIn();
  await b.signIn();
  await clock.advance(61_000);
  const ping = await a.next((stanza) => childOf(stanza, "ping", ns.ping) !== undefined);
  assert.equal(ping.attrs.from, "meet.jitsi");
  a.send(`<iq type="result" id="${ping.attrs.id}" to="meet.jitsi"/>`);
  await a.settled();
  await clock.advance(20_000);
  await b.next("socket-closed");
  assert.equal(a.isClosed, false);
});

test("white space keeps a connection alive", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await start({ clock });
  const a = await harness.tcp();
  await a.signIn();
  for (let minute = 0; minute < 5; minute++) {
    a.send(" ");
    await a.settled();
    await clock.advance(59_000);
  }
  assert.equal(
    a.has((stanza) => childOf(stanza, "ping") !== undefined),
    false,
  );
});

test("a class of forty from one address signs in over TCP, over twenty places", async () => {
  await using harness = await start();
  const clients = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const client = await harness.tcp();
      await client.signIn();
      return client;
    }),
  );
  assert.equal(new Set(clients.map(({ jid }) => jid)).size, 40);
});

test("a replaced certificate is used for the next connection, a broken one is not", async () => {
  const clock = new ManualClock(Date.now());
  using own = new TestCertificate("first.example");
  await using harness = await start({ clock, env: own.env, limits: { signInMs: 1e9 } });
  const name = async () => {
    const socket = await connectSecurely(harness.c2sPort);
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return subject.CN;
  };
  assert.equal(await name(), "first.example");
  own.replace("second.example");
  await clock.advance(10_000);
  while ((await name()) !== "second.example");
  const { writeFileSync } = await import("node:fs");
  writeFileSync(own.env.XMPP_C2S_KEY_FILE, "no key");
  await clock.advance(10_000);
  assert.equal(await name(), "second.example");
});

test("TLS older than 1.2 is not spoken", async () => {
  await using harness = await start();
  const socket = connect(harness.c2sPort, "127.0.0.1");
  socket.write(streamHeader() + startTls);
  await readUntil(socket, /<proceed /);
  const old = connectTls({
    socket,
    maxVersion: "TLSv1.1",
    minVersion: "TLSv1",
    rejectUnauthorized: false,
    ciphers: "DEFAULT@SECLEVEL=0",
  });
  const [error] = (await once(old, "error")) as [Error];
  assert.ok(error);
});

test("connections of an address beyond its places wait, and beyond those are told to go", async () => {
  const limits = { admission: { ...defaultLimits.admission, perAddress: 1, waitingPerAddress: 0 } };
  await using harness = await start({ limits });
  const first = connect(harness.c2sPort, "127.0.0.1");
  first.write(streamHeader());
  await readUntil(first, /<\/stream:features>/);
  assert.equal(conditionIn(await answerTo(harness.c2sPort, streamHeader())), "resource-constraint");
  first.destroy();
});

type Debug = { readonly connections: { readonly tcp: number } };

async function debug(harness: Harness): Promise<Debug> {
  const response = await fetch(`http://127.0.0.1:${harness.port}/debug`);
  return (await response.json()) as Debug;
}

async function untilConnections(harness: Harness, count: number): Promise<void> {
  while ((await debug(harness)).connections.tcp !== count);
}
