import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "../testing/client.ts";
import { startUpstream } from "../testing/fake-upstream.ts";
import { startWeb } from "../testing/web-under-test.ts";
import { TrustedProxies } from "./forwarded.ts";

const lies = {
  host: "localhost",
  "x-forwarded-for": "9.9.9.9, 8.8.8.8",
  "x-forwarded-host": "elsewhere.example",
  "x-forwarded-proto": "https",
  "x-real-ip": "9.9.9.9",
  forwarded: "for=9.9.9.9",
};

test("what a client says about its own address, host and scheme does not go on", async () => {
  await using upstream = await startUpstream();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: upstream.origin } });
  await ask(web.http, "/http-bind", { method: "POST", body: "<body/>", headers: lies });
  const { headers } = upstream.seen[0] ?? assert.fail("nothing arrived");
  assert.equal(headers["x-forwarded-for"], "127.0.0.1");
  assert.equal(headers["x-forwarded-host"], "localhost");
  assert.equal(headers["x-forwarded-proto"], "http");
  assert.equal(headers["x-real-ip"], undefined);
  assert.equal(headers.forwarded, undefined);
});

test("over https the scheme and the host that was asked go on", async () => {
  await using upstream = await startUpstream();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: upstream.origin } });
  await ask(web.https, "/http-bind", { method: "POST", headers: { host: "Meet.School.Example:8443" } });
  const { headers } = upstream.seen[0] ?? assert.fail("nothing arrived");
  assert.equal(headers["x-forwarded-proto"], "https");
  assert.equal(headers["x-forwarded-host"], "meet.school.example:8443");
  assert.equal(headers.host, "meet.school.example:8443");
});

test("a proxy the operator trusts is believed, and the client is the last address that is no proxy's", async () => {
  await using upstream = await startUpstream();
  const env = { XMPP_BOSH_URL_BASE: upstream.origin, VECHE_TRUSTED_PROXIES: "127.0.0.1,8.8.8.0/24" };
  await using web = await startWeb({ env });
  await ask(web.http, "/http-bind", { method: "POST", headers: lies });
  const { headers } = upstream.seen[0] ?? assert.fail("nothing arrived");
  assert.equal(headers["x-forwarded-for"], "9.9.9.9");
  assert.equal(headers["x-forwarded-host"], "elsewhere.example");
  assert.equal(headers["x-forwarded-proto"], "https");
  const config = await ask(web.http, "/config.js", { headers: lies });
  assert.match(config.body, /"wss:\/\/elsewhere\.example\/xmpp-websocket"/);
});

test("headers of one hop stay here, those of the request go on", async () => {
  await using upstream = await startUpstream();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: upstream.origin } });
  const headers = {
    connection: "keep-alive, x-private",
    "x-private": "1",
    "proxy-authorization": "secret",
    te: "trailers",
    origin: "https://embedding.example",
    "content-type": "text/plain",
  };
  await ask(web.http, "/http-bind", { method: "POST", body: "<body/>", headers });
  const seen = upstream.seen[0]?.headers ?? assert.fail("nothing arrived");
  assert.equal(seen["x-private"], undefined);
  assert.equal(seen["proxy-authorization"], undefined);
  assert.equal(seen.te, undefined);
  assert.equal(seen.origin, "https://embedding.example");
  assert.equal(seen["content-type"], "text/plain");
});

test("a list of proxies with a fault names it", () => {
  for (const entry of ["proxy.example", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "::/129"]) {
    assert.throws(() => new TrustedProxies([entry]), new RegExp(`VECHE_TRUSTED_PROXIES.*${entry.slice(0, 5)}`));
  }
  const proxies = new TrustedProxies(["10.0.0.0/8", "fd00::/8", "192.0.2.1"]);
  for (const address of ["10.9.9.9", "fd12::1", "192.0.2.1"]) assert.ok(proxies.has(address), address);
  for (const address of ["11.0.0.1", "fe80::1", "192.0.2.2", "rubbish"]) assert.ok(!proxies.has(address), address);
});
