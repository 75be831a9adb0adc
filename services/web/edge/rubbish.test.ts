import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHost } from "../domain/host.ts";
import { resolveTarget } from "../domain/route.ts";
import { ask, exchangeBytes } from "../testing/client.ts";
import { startUpstream } from "../testing/fake-upstream.ts";
import { startWeb } from "../testing/web-under-test.ts";

/** Always the same sequence, so that what fails once fails again (mulberry32). */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const pieces = [
  ..."/?#%&=+:;,.@!$'()*~-_ \t\r\n\0\u007f\u00ff\\\"<>{}|^`[]",
  "..",
  "%2e",
  "%2f",
  "%5c",
  "%00",
  "%c0%af",
  "%ff",
  "%u002f",
  "http-bind",
  "xmpp-websocket",
  "colibri-ws",
  "b1",
  "config.js",
  "assets",
  "index.html",
  ".well-known",
  "ca.crt",
  "conference-request/v1",
  "prefix=x",
  "room",
  "школа",
  "a".repeat(500),
];

function rubbish(random: (below: number) => number): string {
  return Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join("");
}

test("10,000 addresses and hosts of rubbish are read without an exception, and lead nowhere they should not", () => {
  const random = createRandom(20260901);
  for (let i = 0; i < 10_000; i += 1) {
    const text = rubbish(random);
    const route = resolveTarget(`/${text}`);
    if (route.type === "file" || route.type === "well-known") {
      assert.ok(!route.path.split("/").includes("..") && !/[\\\0]/.test(route.path), JSON.stringify(text));
    }
    if ("target" in route)
      assert.match(route.target, /^\/(http-bind|_api|xmpp-websocket|conference-request|colibri-ws)/);
    const host = parseHost(text);
    if (host !== undefined) assert.match(host.name, /^[a-z0-9_.[\]:-]+$/);
  }
});

test("requests of rubbish get an answer of 4xx at most, reach no upstream as anything but a request, and others go on", async () => {
  await using upstream = await startUpstream();
  await using web = await startWeb({
    env: { XMPP_BOSH_URL_BASE: upstream.origin, JICOFO_URL: upstream.origin },
    limits: { bridgeWaitMs: 1 },
  });
  const random = createRandom(42);
  const methods = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "BREW", "get", ""];
  for (let i = 0; i < 400; i += 1) {
    const headers = Array.from({ length: random(4) }, () => `${rubbish(random)}: ${rubbish(random)}\r\n`).join("");
    const upgrade = random(3) === 0 ? "Upgrade: websocket\r\nConnection: Upgrade, close\r\n" : "Connection: close\r\n";
    const host = random(4) === 0 ? rubbish(random) : "localhost";
    const body = random(3) === 0 ? `Content-Length: ${random(9)}\r\n\r\n${rubbish(random)}` : "\r\n";
    const line = `${methods[random(methods.length)]} /${rubbish(random)} HTTP/1.${random(3)}\r\n`;
    const bytes = `${line}Host: ${host}\r\n${upgrade}${headers}${body}\r\n\r\n`;
    const answer = await exchangeBytes(web.server.httpPort, bytes);
    for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)) {
      assert.ok(Number(status) < 500 || status === "503", `${JSON.stringify(bytes)} → ${status}`);
    }
  }
  for (const { target } of upstream.seen) {
    assert.match(target, /^\/(http-bind|_api\/room-info|xmpp-websocket|conference-request\/v1)(\?|$)/);
  }
  assert.equal((await ask(web.http, "/config.js")).status, 200);
});
