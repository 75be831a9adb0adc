import assert from "node:assert/strict";
import { mkdir, mkdtempDisposable, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import fastify from "fastify";
import { limits } from "../limits.ts";
import { ask } from "../testing/client.ts";
import { startWeb } from "../testing/web-under-test.ts";
import { StaticFiles } from "./static-files.ts";

const script = `export const text = "${"veche ".repeat(2000)}";\n`;

async function appFolder() {
  const folder = await mkdtempDisposable(join(tmpdir(), "veche-app-"));
  await mkdir(join(folder.path, "root/assets"), { recursive: true });
  await writeFile(
    join(folder.path, "root/index.html"),
    '<!doctype html><title>Veche</title><script src="/config.js"></script>',
  );
  await writeFile(join(folder.path, "root/assets/index-1a2b3c.js"), script);
  await writeFile(join(folder.path, "root/favicon.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>");
  await writeFile(join(folder.path, "root/sound.mp3"), Buffer.alloc(1000, 1));
  await writeFile(join(folder.path, "secret.js"), "secret");
  return { root: join(folder.path, "root"), path: folder.path, [Symbol.asyncDispose]: () => folder.remove() };
}

test("every room's address brings the page, always fresh", async () => {
  await using app = await appFolder();
  await using web = await startWeb({ env: { VECHE_WEB_ROOT: app.root } });
  for (const path of ["/", "/room", "/school/%D0%A3%D1%80%D0%BE%D0%BA%201.2", "/room?jwt=a"]) {
    const answer = await ask(web.http, path);
    assert.equal(answer.status, 200, path);
    assert.match(answer.body, /<title>Veche/);
    assert.equal(answer.headers["cache-control"], "no-cache");
    assert.equal(answer.headers["content-type"], "text/html; charset=utf-8");
    assert.equal(answer.headers["x-frame-options"], undefined);
    assert.equal(answer.headers["referrer-policy"], "same-origin");
    assert.match(
      String(answer.headers["permissions-policy"]),
      /camera=\(self\), microphone=\(self\), display-capture=\(self\)/,
    );
  }
  assert.match((await ask(web.http, "/room")).body, /src="\/config\.js"/);
  assert.match((await ask(web.http, "/School/room")).body, /src="\/school\/config\.js"/);
  const head = await ask(web.http, "/room", { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.body, "");
});

test("assets are kept for ever, compressed as the browser likes, and the same when unpacked", async () => {
  await using app = await appFolder();
  await using web = await startWeb({ env: { VECHE_WEB_ROOT: app.root } });
  const plain = await ask(web.http, "/assets/index-1a2b3c.js");
  assert.equal(plain.body, script);
  assert.equal(plain.headers["cache-control"], "public, max-age=31536000, immutable");
  assert.match(String(plain.headers["content-type"]), /javascript/);
  assert.equal(plain.headers["access-control-allow-origin"], "*");
  for (const [accepted, encoding, unpack] of [
    ["gzip, deflate, br", "br", brotliDecompressSync],
    ["gzip", "gzip", gunzipSync],
    ["br;q=0, gzip;q=0.5", "gzip", gunzipSync],
  ] as const) {
    const response = await fetchRaw(`${web.http}/assets/index-1a2b3c.js`, accepted);
    assert.equal(response.headers["content-encoding"], encoding);
    assert.match(String(response.headers["content-type"]), /^text\/javascript/);
    assert.equal(response.headers.vary, "accept-encoding");
    assert.ok(response.bytes.length < script.length / 10);
    assert.equal(unpack(response.bytes).toString(), script);
  }
});

test("what is kept compressed is bounded, and a file too large for it goes as it is", async () => {
  await using app = await appFolder();
  const files = new StaticFiles(app.root, { ...limits, compressedCacheBytes: 300, compressedFileBytes: 20_000 });
  await using server = fastify();
  await files.mount(server);
  server.get("/*", (asked, reply) => files.send(asked, reply, asked.url.slice(1), false));
  const get = (url: string) => server.inject({ url, headers: { "accept-encoding": "gzip" } });
  for (let i = 0; i < 20; i += 1) {
    await writeFile(join(app.root, `${i}.js`), `// ${i}\n${"veche ".repeat(i)}`);
    assert.equal((await get(`/${i}.js`)).headers["content-encoding"], "gzip");
    assert.ok(files.compressedBytes <= 300, `${files.compressedBytes}`);
  }
  await writeFile(join(app.root, "large.js"), Buffer.alloc(20_001, "a"));
  const large = await get("/large.js");
  assert.equal(large.headers["content-encoding"], undefined);
  assert.equal(large.body.length, 20_001);
});

test("a browser that has the file already is told so", async () => {
  await using app = await appFolder();
  await using web = await startWeb({ env: { VECHE_WEB_ROOT: app.root } });
  for (const headers of [{}, { "accept-encoding": "br" }]) {
    const first = await ask(web.http, "/favicon.svg", { headers });
    const etag = String(first.headers.etag);
    const again = await ask(web.http, "/favicon.svg", { headers: { ...headers, "if-none-match": etag } });
    assert.equal(again.status, 304);
    assert.equal(again.body, "");
  }
});

test("a part of a file is had by its range", async () => {
  await using app = await appFolder();
  await using web = await startWeb({ env: { VECHE_WEB_ROOT: app.root } });
  const part = await ask(web.http, "/sound.mp3", { headers: { range: "bytes=0-9" } });
  assert.equal(part.status, 206);
  assert.equal(part.body.length, 10);
});

test("nothing outside the folder is had, by any spelling", async () => {
  await using app = await appFolder();
  await using web = await startWeb({ env: { VECHE_WEB_ROOT: app.root } });
  const paths = [
    "/../secret.js",
    "/assets/../../secret.js",
    "/assets/..%2f..%2fsecret.js",
    "/assets/%2e%2e/%2e%2e/secret.js",
    "/assets/..%5c..%5csecret.js",
    "/assets/%252e%252e/%252e%252e/secret.js",
    "/assets//../secret.js",
    "/assets/....//secret.js",
    "/assets/%c0%ae%c0%ae/secret.js",
    "/assets/",
    "/assets/missing.js",
    "/missing.js",
    "/assets%00.js",
  ];
  for (const path of paths) {
    for (const headers of [{}, { "accept-encoding": "br" }]) {
      const answer = await ask(web.http, path, { headers });
      assert.ok(answer.status === 400 || answer.status === 404 || path === "/assets/", `${path}: ${answer.status}`);
      assert.ok(!answer.body.includes("secret\n") && answer.body !== "secret", path);
    }
  }
});

test("a missing asset is no page, and its absence is not remembered", async () => {
  await using app = await appFolder();
  await using web = await startWeb({ env: { VECHE_WEB_ROOT: app.root } });
  const answer = await ask(web.http, "/assets/index-old.js", { headers: { "accept-encoding": "br" } });
  assert.equal(answer.status, 404);
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
  assert.equal(answer.headers.etag, undefined);
});

test("an app that is not built is named with the command that builds it", async () => {
  await using app = await appFolder();
  await using web = await startWeb({ env: { VECHE_WEB_ROOT: join(app.path, "nowhere") } });
  const answer = await ask(web.http, "/room");
  assert.equal(answer.status, 503);
  assert.match(answer.body, /VECHE_WEB_ROOT/);
  await mkdir(join(app.path, "nowhere"));
  await writeFile(join(app.path, "nowhere/index.html"), "built");
  assert.equal((await ask(web.http, "/room")).body, "built");
});

test("a page that the server puts together gets its parts, and nothing from outside the folder", async () => {
  await using app = await appFolder();
  const page = [
    '<!--#include virtual="/base.html" -->',
    '<script><!--#include virtual="/config.js" --></script>',
    '<!--#include virtual="../secret.js" -->',
    '<!--# echo var="subdomain" default="" -->',
    '<!--#include virtual="/loop.html" -->',
  ].join("\n");
  await writeFile(join(app.root, "index.html"), page);
  await writeFile(join(app.root, "base.html"), '<base href="/">');
  await writeFile(join(app.root, "loop.html"), 'turn<!--#include virtual="/loop.html" -->');
  await mkdir(join(app.root, "libs"));
  await writeFile(join(app.root, "libs/external_api.min.js"), "api");
  await using web = await startWeb({ env: { VECHE_WEB_ROOT: app.root } });
  const { body, headers } = await ask(web.http, "/room");
  assert.match(body, /<base href="\/">\n<script>var config = \{/);
  assert.ok(!body.includes("<!--#") && !body.includes("secret"));
  assert.equal(headers["content-security-policy"], undefined);
  assert.equal((await ask(web.http, "/school/external_api.js")).body, "api");
});

test("a link out of the folder is the operator's own doing and is followed; a pipe or a folder is not served", async () => {
  await using app = await appFolder();
  await symlink(join(app.path, "secret.js"), join(app.root, "assets/linked.js"));
  await mkdir(join(app.root, "assets/folder.js"));
  await using web = await startWeb({ env: { VECHE_WEB_ROOT: app.root } });
  assert.equal((await ask(web.http, "/assets/linked.js")).body, "secret");
  assert.equal((await ask(web.http, "/assets/folder.js", { headers: { "accept-encoding": "br" } })).status, 404);
});

test("the configuration scripts are never kept, and follow the host that was asked", async () => {
  await using web = await startWeb();
  const config = await ask(web.https, "/config.js?room=a", { headers: { host: "10.1.2.3:8443" } });
  assert.equal(config.status, 200);
  assert.equal(config.headers["cache-control"], "no-store");
  assert.match(String(config.headers["content-type"]), /^text\/javascript/);
  assert.match(config.body, /^var config = \{[\s\S]*"https:\/\/10\.1\.2\.3:8443\/http-bind"/);
  assert.match((await ask(web.http, "/school/config.js")).body, /"muc\.school\.meet\.jitsi"/);
  assert.match((await ask(web.http, "/interface_config.js")).body, /^var interfaceConfig = \{/);
});

test("our own app runs under a policy of its own", async () => {
  await using app = await appFolder();
  await using web = await startWeb({ ownApp: app.root });
  assert.match(String((await ask(web.http, "/room")).headers["content-security-policy"]), /^default-src 'self'/);
  await rm(join(app.root, "index.html"));
  const missing = await ask(web.http, "/room");
  assert.equal(missing.status, 503);
  assert.match(missing.body, /npm run build/);
});

test("the root certificate is offered, with a page that explains it in two languages", async () => {
  await using web = await startWeb();
  const root = await ask(web.http, "/ca.crt", { headers: { host: "school.local" } });
  assert.equal(root.headers["content-type"], "application/x-x509-ca-cert");
  assert.match(root.body, /^-----BEGIN CERTIFICATE-----/);
  const english = await ask(web.http, "/ca", { headers: { host: "school.local", "accept-language": "de" } });
  assert.match(english.body, /<html lang="en">[\s\S]*([0-9A-F]{2}:<wbr>){31}[0-9A-F]{2}/);
  assert.match(english.body, /https:\/\/school\.local:0\//);
  const russian = await ask(web.https, "/ca", { headers: { "accept-language": "ru-RU,ru;q=0.9" } });
  assert.match(russian.body, /<html lang="ru">/);
  assert.match(String(russian.headers["content-security-policy"]), /style-src 'sha256-/);
  assert.match((await ask(web.http, "/ca?lang=ru")).body, /<html lang="ru">/);
});

test("methods that change things have nothing to change here", async () => {
  await using web = await startWeb();
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const answer = await ask(web.http, "/room", { method, body: "x" });
    assert.equal(answer.status, 404, method);
  }
  assert.equal((await ask(web.http, "/config.js", { method: "OPTIONS" })).status, 204);
});

test("what is for operators is on the private port only", async () => {
  await using web = await startWeb();
  for (const path of ["/about/health", "/about/version", "/metrics"]) {
    assert.equal((await ask(web.http, path)).status, 404, path);
    assert.equal((await ask(web.rest, path)).status, 200, path);
  }
  const health = JSON.parse((await ask(web.rest, "/about/health")).body);
  assert.equal(health.status, "degraded");
  assert.match(health.problems.xmpp, /nobody listens/);
  assert.equal((await ask(web.rest, "/health/ready")).status, 503);
  assert.match((await ask(web.rest, "/metrics")).body, /veche_web_requests_total\{route="refused",status="4xx"\} 3/);
});

async function fetchRaw(url: string, accepted: string) {
  return new Promise<{ headers: Record<string, unknown>; bytes: Buffer }>((resolve, reject) => {
    request(url, { headers: { "accept-encoding": accepted }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, bytes: Buffer.concat(chunks) }));
    })
      .once("error", reject)
      .end();
  });
}
