import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { heldBytes } from "@veche/kit/testing/held-bytes.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { WebSocket } from "ws";
import { exchangeBytes } from "../testing/client.ts";
import { startUpstream } from "../testing/fake-upstream.ts";
import { startWeb, type WebUnderTest } from "../testing/web-under-test.ts";

function openSocket(origin: string, path: string, protocols: string[] = []): WebSocket {
  const socket = new WebSocket(`${origin.replace(/^http/, "ws")}${path}`, protocols, { rejectUnauthorized: false });
  socket.on("error", () => {});
  return socket;
}

async function refusedStatus(socket: WebSocket): Promise<number | undefined> {
  const [, response] = await once(socket, "unexpected-response");
  socket.terminate();
  return response.statusCode;
}

function sayBridge(web: WebUnderTest, bridge: string, channelOrigin: string, instance = "i1"): void {
  web.bus.publish(subjects.heartbeat, { bridge }, { bridge, instance, channelOrigin, healthy: true });
}

test("a WebSocket goes through with its subprotocol, both ways, and its close code arrives", async () => {
  await using xmpp = await startUpstream();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: xmpp.origin } });
  for (const origin of [web.http, web.https]) {
    const next = xmpp.nextSocket();
    const client = openSocket(origin, "/school/xmpp-websocket?room=a&previd=b", ["xmpp"]);
    const [server] = await Promise.all([next, once(client, "open")]);
    assert.equal(client.protocol, "xmpp");
    client.send("<open to='meet.jitsi'/>");
    assert.equal(String((await once(server, "message"))[0]), "<open to='meet.jitsi'/>");
    server.send("<open from='meet.jitsi'/>");
    assert.equal(String((await once(client, "message"))[0]), "<open from='meet.jitsi'/>");
    server.close(4001, "bye");
    const [code, reason] = await once(client, "close");
    assert.equal(code, 4001);
    assert.equal(String(reason), "bye");
  }
  assert.equal(xmpp.seen[0]?.target, "/xmpp-websocket?prefix=school&room=a&previd=b");
  assert.equal(xmpp.seen[1]?.headers["x-forwarded-proto"], "https");
});

test("large messages and pings pass unchanged", async () => {
  await using xmpp = await startUpstream();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: xmpp.origin } });
  const client = openSocket(web.https, "/xmpp-websocket");
  const [server] = await Promise.all([xmpp.nextSocket(), once(client, "open")]);
  const large = Buffer.alloc(3 * 1024 * 1024, "veche");
  server.send(large);
  assert.ok(large.equals((await once(client, "message"))[0]));
  client.send(large);
  assert.ok(large.equals((await once(server, "message"))[0]));
  server.ping("are you there");
  assert.equal(String((await once(server, "pong"))[0]), "are you there");
  client.terminate();
  await once(server, "close");
});

test("when the upstream dies its clients know at once", async () => {
  await using xmpp = await startUpstream();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: xmpp.origin } });
  const client = openSocket(web.http, "/xmpp-websocket");
  const [server] = await Promise.all([xmpp.nextSocket(), once(client, "open")]);
  server.terminate();
  assert.equal((await once(client, "close"))[0], 1006);
});

test("when this process ends its clients know at once", async () => {
  await using xmpp = await startUpstream();
  const web = await startWeb({ env: { XMPP_BOSH_URL_BASE: xmpp.origin } });
  const client = openSocket(web.http, "/xmpp-websocket");
  const [server] = await Promise.all([xmpp.nextSocket(), once(client, "open")]);
  await Promise.all([once(client, "close"), once(server, "close"), web[Symbol.asyncDispose]()]);
});

test("a reader that stands still stops the writer and fills no memory here", async () => {
  await using xmpp = await startUpstream();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: xmpp.origin } });
  const client = openSocket(web.http, "/xmpp-websocket");
  const [server] = await Promise.all([xmpp.nextSocket(), once(client, "open")]);
  client.pause();
  const chunk = Buffer.alloc(1024 * 1024);
  const before = heldBytes();
  for (let i = 0; i < 64; i += 1) server.send(chunk);
  // Two turns without progress at the writer: everything between the two is full.
  for (let last = -1; server.bufferedAmount !== last; ) {
    last = server.bufferedAmount;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(server.bufferedAmount > 32 * chunk.length, `${server.bufferedAmount} bytes stay at the writer`);
  // What the writer in this same process keeps itself is not counted.
  const grown = heldBytes() - before - server.bufferedAmount;
  assert.ok(grown < 16 * chunk.length, `${grown} bytes were taken`);
  client.terminate();
  server.terminate();
});

test("a refused handshake keeps the upstream's status", async () => {
  await using xmpp = await startUpstream({ accept: () => 403 });
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: xmpp.origin } });
  assert.equal(await refusedStatus(openSocket(web.http, "/xmpp-websocket")), 403);
});

test("an upstream that is away answers 502, and the address of nothing 404", async () => {
  await using web = await startWeb();
  assert.equal(await refusedStatus(openSocket(web.http, "/xmpp-websocket")), 502);
  assert.equal(await refusedStatus(openSocket(web.http, "/room")), 404);
  assert.equal(await refusedStatus(openSocket(web.http, "/http-bind")), 404);
});

test("a WebSocket waits for a role that is being restarted", async () => {
  const stopped = await startUpstream();
  await stopped[Symbol.asyncDispose]();
  const env = { XMPP_BOSH_URL_BASE: stopped.origin, VECHE_UPSTREAM_WAIT: "10s" };
  await using web = await startWeb({ env });
  const client = openSocket(web.http, "/xmpp-websocket");
  await web.tells("xmpp");
  await using back = await startUpstream({ port: stopped.port });
  await Promise.all([back.nextSocket(), once(client, "open")]);
  client.terminate();
});

test("the channel of a bridge goes to the origin that the bridge said of itself", async () => {
  await using bridge = await startUpstream();
  await using other = await startUpstream();
  await using web = await startWeb();
  sayBridge(web, "b1", bridge.origin);
  sayBridge(web, "b2", other.origin);
  const client = openSocket(web.https, "/colibri-ws/b1/conf/ab12cd34?pwd=secret");
  await Promise.all([bridge.nextSocket(), once(client, "open")]);
  assert.equal(bridge.seen[0]?.target, "/colibri-ws/b1/conf/ab12cd34?pwd=secret");
  assert.equal(other.seen.length, 0);
  client.terminate();
});

test("a client that comes before the first heartbeat waits for it", async () => {
  await using bridge = await startUpstream();
  await using web = await startWeb();
  const client = openSocket(web.http, "/colibri-ws/b1/conf/ab12cd34?pwd=secret");
  const opened = Promise.all([bridge.nextSocket(), once(client, "open")]);
  sayBridge(web, "b1", bridge.origin);
  await opened;
  client.terminate();
});

test("a bridge nobody spoke of can't be reached, whatever its name looks like", async () => {
  await using target = await startUpstream();
  await using web = await startWeb({ limits: { bridgeWaitMs: 20 } });
  sayBridge(web, "b1", target.origin);
  const names = ["b2", `127.0.0.1:${target.port}`, encodeURIComponent(`http://127.0.0.1:${target.port}`), "__proto__"];
  for (const name of names) {
    const status = await refusedStatus(openSocket(web.http, `/colibri-ws/${name}/c/e?pwd=x`));
    assert.ok(status === 404 || status === 400, `${name}: ${status}`);
  }
  assert.equal(target.seen.length, 0);
});

test("while the bus is away an unknown bridge is not denied, and a known one is reached", async () => {
  await using bridge = await startUpstream();
  await using web = await startWeb({ limits: { bridgeWaitMs: 20 } });
  const known = openSocket(web.http, "/colibri-ws/b1/c/e?pwd=x");
  sayBridge(web, "b1", bridge.origin);
  await once(known, "open");
  known.terminate();
  web.network.disconnect(web.webBus);
  assert.equal(await refusedStatus(openSocket(web.http, "/colibri-ws/b2/c/e?pwd=x")), 503);
  const again = openSocket(web.http, "/colibri-ws/b1/c/e?pwd=x");
  await once(again, "open");
  again.terminate();
  web.network.reconnect(web.webBus);
});

test("a bridge that said goodbye is no longer reached", async () => {
  await using bridge = await startUpstream();
  await using web = await startWeb({ limits: { bridgeWaitMs: 20 } });
  const client = openSocket(web.http, "/colibri-ws/b1/c/e?pwd=x");
  sayBridge(web, "b1", bridge.origin);
  await once(client, "open");
  client.terminate();
  web.bus.publish(subjects.down, { bridge: "b1" }, { bridge: "b1", instance: "i1" });
  assert.equal(await refusedStatus(openSocket(web.http, "/colibri-ws/b1/c/e?pwd=x")), 404);
});

test("handshakes with rubbish are refused and reach nobody", async () => {
  await using xmpp = await startUpstream();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: xmpp.origin } });
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const bad = [
    `GET /xmpp-websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    `GET /xmpp-websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\nSec-WebSocket-Version: 8\r\n\r\n`,
    "GET /xmpp-websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n",
    `POST /xmpp-websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    `GET /xmpp-websocket HTTP/1.1\r\nHost: a b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  ];
  for (const bytes of bad) {
    assert.match(await exchangeBytes(web.server.httpPort, bytes), /^HTTP\/1\.1 400 /, bytes);
  }
  assert.equal(xmpp.seen.length, 0);
});

test("a client that leaves during the handshake leaves nothing behind", async () => {
  const arrived = Promise.withResolvers<void>();
  await using xmpp = await startUpstream();
  xmpp.server.removeAllListeners("upgrade");
  const closed = new Promise((resolve) => {
    xmpp.server.on("upgrade", (_request, socket) => {
      socket.once("end", resolve);
      socket.once("end", () => socket.end());
      socket.on("error", () => {});
      socket.resume();
      arrived.resolve();
    });
  });
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: xmpp.origin } });
  const client = connect(web.server.httpPort, "127.0.0.1");
  client.on("error", () => {});
  client.write(
    "GET /xmpp-websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  );
  await arrived.promise;
  client.resetAndDestroy();
  await closed;
});
