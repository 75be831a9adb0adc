import assert from "node:assert/strict";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect as connectSecure } from "node:tls";
import { ManualClock } from "@veche/kit/clock.ts";
import { ConfigError, readConfig } from "@veche/kit/config.ts";
import { refreshMs } from "@veche/kit/tls/keep-fresh.ts";
import { createRoot, issue } from "@veche/kit/x509.ts";
import { schema } from "./config.ts";
import { ask, exchangeBytes } from "./testing/client.ts";
import { startUpstream } from "./testing/fake-upstream.ts";
import { startWeb } from "./testing/web-under-test.ts";

test("https is trusted by whoever trusts the root, by name and by address", async () => {
  await using web = await startWeb({ env: { PUBLIC_URL: "https://meet.school.example" } });
  const ca = (await ask(web.http, "/ca.crt")).body;
  assert.equal((await ask(web.https, "/config.js", { ca })).status, 200);
  for (const servername of ["localhost", "meet.school.example"]) {
    const socket = connectSecure({ port: web.server.httpsPort ?? 0, host: "127.0.0.1", servername, ca });
    await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
    assert.equal(socket.authorized, true);
    assert.match(socket.getProtocol() ?? "", /^TLSv1\.3$/);
    socket.destroy();
  }
});

test("plain http from elsewhere is sent to https, by the port people reach", async () => {
  await using web = await startWeb({ env: { PUBLIC_URL: "https://meet.school.example" } });
  const answer = await ask(web.http, "/school/room?jwt=a", { headers: { host: "10.1.2.3:8000" } });
  assert.equal(answer.status, 307);
  assert.equal(answer.headers.location, "https://10.1.2.3/school/room?jwt=a");
  const poll = await ask(web.http, "/http-bind", { method: "POST", body: "a", headers: { host: "10.1.2.3" } });
  assert.equal(poll.status, 307);
  assert.equal((await ask(web.http, "/ca.crt", { headers: { host: "10.1.2.3" } })).status, 200);
});

test("without https nothing is sent there, and there is no root to offer", async () => {
  await using web = await startWeb({ env: { DISABLE_HTTPS: "1" } });
  assert.equal(web.server.httpsPort, undefined);
  assert.equal((await ask(web.http, "/config.js", { headers: { host: "10.1.2.3" } })).status, 200);
  assert.equal((await ask(web.http, "/ca.crt")).status, 404);
  assert.equal((await ask(web.http, "/ca")).status, 404);
});

test("a Host header with rubbish is refused: it would end up in scripts", async () => {
  await using web = await startWeb();
  for (const host of ['a"b', "a</script>", "a b", "evil.example/x", "a,b"]) {
    const answer = await ask(web.http, "/config.js", { headers: { host } });
    assert.equal(answer.status, 400, host);
    assert.ok(!answer.body.includes("script"), host);
  }
  const twice = "GET /config.js HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n";
  assert.match(await exchangeBytes(web.server.httpPort, twice), /^HTTP\/1\.1 400 /);
  const none = "GET /config.js HTTP/1.0\r\n\r\n";
  assert.match(await exchangeBytes(web.server.httpPort, none), /^HTTP\/1\.1 400 /);
});

test("bytes that are no HTTP, and requests that could be read two ways, are refused", async () => {
  await using upstream = await startUpstream();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: upstream.origin } });
  const bad = [
    "rubbish\r\n\r\n",
    "\u0016\u0003\u0001\u0002\u0000",
    "GET / HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n",
    "GET http://elsewhere/room HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "POST /http-bind HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /http-bind HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
    "POST /http-bind HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n",
  ];
  for (const bytes of bad) assert.match(await exchangeBytes(web.server.httpPort, bytes), /^(HTTP\/1\.1 400 |$)/, bytes);
  assert.equal(upstream.seen.length, 0);
  assert.equal((await ask(web.http, "/config.js")).status, 200);
});

test("own certificate files serve https, are renewed without a restart, and offer no root", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "veche-tls-"));
  const files = {
    VECHE_TLS_CERT_FILE: join(folder.path, "cert.pem"),
    VECHE_TLS_KEY_FILE: join(folder.path, "key.pem"),
  };
  const root = await createRoot("test", Date.now());
  const write = async (name: string) => {
    const pair = await issue(root, [name, "127.0.0.1"], Date.now());
    await writeFile(files.VECHE_TLS_CERT_FILE, pair.certificate);
    await writeFile(files.VECHE_TLS_KEY_FILE, pair.key);
  };
  await write("first.example");
  const clock = new ManualClock(Date.now());
  await using web = await startWeb({ env: { ...files, ENABLE_HSTS: "1" }, clock });
  const ca = root.certificate;
  const answer = await ask(web.https, "/config.js", { ca });
  assert.ok(answer.headers["strict-transport-security"]);
  assert.equal((await ask(web.https, "/ca.crt", { ca })).status, 404);
  const page = await ask(web.https, "/ca", { ca });
  assert.match(page.body, /Nothing to install.*Signed by<\/b><code>test<\/code>/s);
  assert.doesNotMatch(page.body, /ca\.crt/);
  const health = await ask(web.rest, "/about/health");
  assert.partialDeepStrictEqual(JSON.parse(health.body), {
    certificate: { kind: "files", names: ["first.example", "127.0.0.1"], issuer: "test" },
  });
  await write("second.example");
  await clock.advance(refreshMs);
  const secondIsServed = async () => {
    const socket = connectSecure({
      port: web.server.httpsPort ?? 0,
      host: "127.0.0.1",
      servername: "second.example",
      ca,
    });
    const isServed = await new Promise((resolve) => {
      socket.once("secureConnect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    return isServed;
  };
  while (!(await secondIsServed()));
});

test("a private root never comes with a promise of https for ever", async () => {
  await using web = await startWeb({ env: { ENABLE_HSTS: "1" } });
  assert.equal((await ask(web.https, "/config.js")).headers["strict-transport-security"], undefined);
});

test("a busy port is named with the setting that moves it, and the start leaves nothing open", async () => {
  const busy = createServer();
  await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
  const port = String((busy.address() as AddressInfo).port);
  for (const setting of ["HTTP_PORT", "HTTPS_PORT", "VECHE_WEB_REST_PORT"]) {
    await assert.rejects(
      startWeb({ env: { [setting]: port } }),
      new RegExp(`^VecheError: port ${port} is in use.*${setting}$`),
    );
  }
  await new Promise((resolve) => busy.close(resolve));
});

test("faults in the settings are told in one line each", async () => {
  assert.throws(() => readConfig(schema, { HTTP_PORT: "x", PUBLIC_URL: "meet" }), ConfigError);
  await assert.rejects(startWeb({ env: { VECHE_TLS_CERT_FILE: "/a" } }), /expected both or neither/);
  await assert.rejects(startWeb({ env: { VECHE_TRUSTED_PROXIES: "x" } }), /VECHE_TRUSTED_PROXIES/);
});

test("ending does not wait for polls, and answers them no longer", async () => {
  const arrived = Promise.withResolvers<void>();
  await using upstream = await startUpstream({ answer: () => arrived.resolve() });
  const web = await startWeb({ env: { XMPP_BOSH_URL_BASE: upstream.origin } });
  const poll = assert.rejects(ask(web.http, "/http-bind", { method: "POST", body: "<body/>" }));
  await arrived.promise;
  await web[Symbol.asyncDispose]();
  await poll;
});

test("the role's life is told on the bus", async () => {
  await using web = await startWeb();
  assert.ok(web.webBus.isConnected);
  assert.equal(web.health.problems.get("nats"), undefined);
});
