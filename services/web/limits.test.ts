import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect as connectSecure } from "node:tls";
import { WebSocket } from "ws";
import { maxTargetLength } from "./domain/route.ts";
import { limits } from "./limits.ts";
import { ask, exchangeBytes, readUntilClosed } from "./testing/client.ts";
import { startUpstream } from "./testing/fake-upstream.ts";
import { startWeb } from "./testing/web-under-test.ts";

const post = (headers: string, body: string) =>
  `POST /http-bind HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n${body}`;

test("an address of 8 KiB is the longest", async () => {
  await using web = await startWeb();
  assert.equal((await ask(web.http, `/config.js?${"a".repeat(maxTargetLength - 11)}`)).status, 200);
  assert.equal((await ask(web.http, `/config.js?${"a".repeat(maxTargetLength - 10)}`)).status, 414);
});

test("headers beyond the limit are refused, and nobody else notices", async () => {
  await using web = await startWeb();
  const huge = `GET /config.js HTTP/1.1\r\nHost: localhost\r\nX-Huge: ${"a".repeat(limits.headerBytes)}\r\n\r\n`;
  assert.match(await exchangeBytes(web.server.httpPort, huge), /^HTTP\/1\.1 431 /);
  assert.equal((await ask(web.http, "/config.js")).status, 200);
});

test("a body beyond the limit is refused, announced or not, and one at the limit goes through", async () => {
  await using upstream = await startUpstream();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: upstream.origin } });
  const atLimit = "a".repeat(limits.bodyBytes);
  assert.equal((await ask(web.http, "/http-bind", { method: "POST", body: atLimit })).status, 200);
  assert.equal((await ask(web.http, "/http-bind", { method: "POST", body: `${atLimit}a` })).status, 413);
  const chunk = `${limits.bodyBytes.toString(16)}\r\n${atLimit}\r\n1\r\na\r\n0\r\n\r\n`;
  const answer = await exchangeBytes(web.server.httpPort, post("Transfer-Encoding: chunked", chunk));
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.equal(upstream.seen.length, 1);
});

test("bodies together are bounded too, and what was taken is given back", async () => {
  const answers: (() => void)[] = [];
  const arrived = Promise.withResolvers<void>();
  await using upstream = await startUpstream({
    answer: (_seen, response) => {
      answers.push(() => response.end("late"));
      arrived.resolve();
    },
  });
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: upstream.origin }, limits: { bodiesBytes: 1000 } });
  const first = ask(web.http, "/http-bind", { method: "POST", body: "a".repeat(900) });
  await arrived.promise;
  assert.equal((await ask(web.http, "/http-bind", { method: "POST", body: "a".repeat(200) })).status, 503);
  answers.shift()?.();
  assert.equal((await first).status, 200);
  const next = ask(web.http, "/http-bind", { method: "POST", body: "a".repeat(900) });
  await once(upstream.server, "request");
  while (answers.length === 0) await nextTurn();
  answers.shift()?.();
  assert.equal((await next).status, 200);
});

test("whoever sends headers or a body drop by drop is cut off, and so is whoever says nothing", async () => {
  await using upstream = await startUpstream();
  await using web = await startWeb({
    env: { XMPP_BOSH_URL_BASE: upstream.origin },
    limits: { headerMs: 100, bodyMs: 200, checkMs: 50, tlsHandshakeMs: 100 },
  });
  const { httpPort, httpsPort = 0 } = web.server;
  const dripping = connect(httpPort, "127.0.0.1");
  dripping.on("error", () => {});
  dripping.write("GET / HTTP/1.1\r\nHost: localhost\r\n");
  const drops = setInterval(() => dripping.write("X-Drop: 1\r\n"), 20);
  const [slowHeaders, slowBody, silent, silentTls] = await Promise.all([
    readUntilClosed(dripping),
    exchangeBytes(httpPort, post("Content-Length: 100", "only this")),
    exchangeBytes(httpPort, ""),
    exchangeBytes(httpsPort, ""),
  ]);
  clearInterval(drops);
  assert.match(slowHeaders, /^HTTP\/1\.1 408 /);
  assert.match(slowBody, /^HTTP\/1\.1 408 /);
  assert.match(silent, /^HTTP\/1\.1 408 |^$/);
  assert.equal(silentTls, "");
  assert.equal(upstream.seen.length, 0);
});

test("an idle connection is closed after its time", async () => {
  await using web = await startWeb({ limits: { idleMs: 50, checkMs: 20 } });
  const socket = connect(web.server.httpPort, "127.0.0.1");
  socket.write("GET /config.js HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert.match(await readUntilClosed(socket), /^HTTP\/1\.1 200 /);
});

test("connections of one address are bounded, handshakes included", async () => {
  await using web = await startWeb({ env: { VECHE_MAX_SOCKETS_PER_ADDRESS: "10" } });
  const { httpPort, httpsPort = 0 } = web.server;
  const held = await openMany(httpPort, 10);
  assert.equal(await exchangeBytes(httpPort, ""), "");
  const secure = connectSecure({ port: httpsPort, host: "127.0.0.1", rejectUnauthorized: false });
  await once(secure, "error");
  held.pop()?.destroy();
  // The server counts it out when it hears of it.
  while ((await ask(web.http, "/config.js").catch(() => undefined))?.status !== 200);
  for (const socket of held) socket.destroy();
});

test("connections in all are bounded", async () => {
  await using web = await startWeb({ env: { VECHE_MAX_SOCKETS: "10" } });
  const held = await openMany(web.server.httpPort, 10);
  assert.equal(await exchangeBytes(web.server.httpPort, ""), "");
  assert.match((await ask(web.rest, "/metrics")).body, /refused_sockets_total\{limit="all"\} 1/);
  for (const socket of held) socket.destroy();
});

test("everybody comes from the address of a trusted proxy, so it has no share of its own", async () => {
  const env = { VECHE_MAX_SOCKETS_PER_ADDRESS: "10", VECHE_TRUSTED_PROXIES: "127.0.0.1" };
  await using web = await startWeb({ env });
  const held = await openMany(web.server.httpPort, 10);
  assert.equal((await ask(web.http, "/config.js")).status, 200);
  for (const socket of held) socket.destroy();
});

test("an upstream that leaves a WebSocket's handshake unanswered is given up", async () => {
  await using xmpp = await startUpstream();
  xmpp.server.removeAllListeners("upgrade");
  xmpp.server.on("upgrade", (_request, socket) => socket.on("error", () => {}).resume());
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: xmpp.origin }, limits: { tunnelHandshakeMs: 50 } });
  const client = new WebSocket(`${web.http}/xmpp-websocket`);
  client.on("error", () => {});
  const [, response] = await once(client, "unexpected-response");
  assert.equal(response.statusCode, 504);
  client.terminate();
});

test("a client that leaves its half of a tunnel open does not keep it for long", async () => {
  await using xmpp = await startUpstream();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: xmpp.origin }, limits: { halfClosedMs: 50 } });
  const client = connect({ port: web.server.httpPort, host: "127.0.0.1", allowHalfOpen: true });
  client.on("error", () => {});
  const accepted = xmpp.nextSocket();
  client.write(
    "GET /xmpp-websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  );
  const server = await accepted;
  const ended = once(client.resume(), "end");
  server.terminate();
  await ended;
  while (!/tunnels_open\{upstream="xmpp"\} 0/.test(await web.metrics.text())) await nextTurn();
  client.destroy();
});

async function openMany(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i += 1) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    // Answered, so the server has certainly counted it.
    socket.write("GET /interface_config.js HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(socket, "data");
    sockets.push(socket);
  }
  return sockets;
}
