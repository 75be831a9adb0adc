import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { createLogger } from "@veche/kit/log.ts";
import { ask } from "../testing/client.ts";
import { startUpstream } from "../testing/fake-upstream.ts";
import { startWeb } from "../testing/web-under-test.ts";

test("BOSH goes to the xmpp role and its answer comes back as it is", async () => {
  await using upstream = await startUpstream({
    answer: (_seen, response) => {
      response.writeHead(200, { "content-type": "text/xml; charset=utf-8", "access-control-allow-origin": "*" });
      response.end("<body sid='1'/>");
    },
  });
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: upstream.origin } });
  const answer = await ask(web.https, "/school/http-bind?room=a", { method: "POST", body: "<body rid='1'/>" });
  assert.equal(answer.status, 200);
  assert.equal(answer.body, "<body sid='1'/>");
  assert.equal(answer.headers["content-type"], "text/xml; charset=utf-8");
  const seen = upstream.seen[0] ?? assert.fail("nothing arrived");
  assert.equal(seen.method, "POST");
  assert.equal(seen.target, "/http-bind?prefix=school&room=a");
  assert.equal(seen.body, "<body rid='1'/>");
});

test("the conference request goes to the focus", async () => {
  await using focus = await startUpstream();
  await using web = await startWeb({ env: { JICOFO_URL: focus.origin } });
  await ask(web.http, "/conference-request/v1", { method: "POST", body: "{}" });
  assert.equal(focus.seen[0]?.target, "/conference-request/v1");
});

test("a plain GET of the WebSocket's address is the keep-alive of clients, and reaches the xmpp role", async () => {
  await using upstream = await startUpstream();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: upstream.origin } });
  assert.equal((await ask(web.https, "/xmpp-websocket?room=a")).status, 200);
  assert.equal(upstream.seen[0]?.method, "GET");
});

test("preflights of other origins are the xmpp role's to answer", async () => {
  await using upstream = await startUpstream({ answer: (_seen, response) => response.writeHead(204).end() });
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: upstream.origin } });
  assert.equal((await ask(web.http, "/http-bind", { method: "OPTIONS" })).status, 204);
});

test("a poll is given up upstream when its client goes", async () => {
  const gone = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  await using upstream = await startUpstream({
    answer: (_seen, response) => {
      response.once("close", () => gone.resolve());
      arrived.resolve();
    },
  });
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: upstream.origin } });
  const leaving = new AbortController();
  const asking = ask(web.http, "/http-bind", { method: "POST", body: "<body/>", signal: leaving.signal });
  await arrived.promise;
  leaving.abort();
  await assert.rejects(asking);
  await gone.promise;
});

test("an upstream that dies in the middle of a poll makes an error that clients try again", async () => {
  await using upstream = await startUpstream({ answer: (_seen, response) => response.destroy() });
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: upstream.origin } });
  const answer = await ask(web.http, "/http-bind", { method: "POST", body: "<body/>" });
  assert.equal(answer.status, 502);
  assert.equal(answer.headers["access-control-allow-origin"], "*");
  assert.deepEqual(JSON.parse(answer.body), {
    code: "unavailable",
    message: "xmpp: expected an answer, found it reset",
  });
});

test("nobody listening is said at once when waiting is switched off", async () => {
  await using web = await startWeb();
  const answer = await ask(web.http, "/http-bind", { method: "POST", body: "<body/>" });
  assert.equal(answer.status, 502);
  assert.equal(answer.headers["retry-after"], "1");
});

test("a request waits for a role that is being restarted", async () => {
  const stopped = await startUpstream();
  const { port, origin } = stopped;
  await stopped[Symbol.asyncDispose]();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: origin, VECHE_UPSTREAM_WAIT: "10s" } });
  const asking = ask(web.http, "/http-bind", { method: "POST", body: "<body/>" });
  await web.tells("xmpp");
  await using _back = await startUpstream({ port });
  const answer = await asking;
  assert.equal(answer.status, 200);
  assert.equal(web.health.problems.get("xmpp"), undefined);
});

test("a silent upstream is given up after its time", async () => {
  await using upstream = await startUpstream({ answer: () => {} });
  await using web = await startWeb({
    env: { XMPP_BOSH_URL_BASE: upstream.origin },
    limits: { upstreamSilenceMs: 50 },
  });
  const answer = await ask(web.http, "/http-bind", { method: "POST", body: "<body/>" });
  assert.equal(answer.status, 504);
});

test("an idle connection that the upstream closed meanwhile costs nobody a request", async () => {
  await using upstream = await startUpstream();
  await using web = await startWeb({ env: { XMPP_BOSH_URL_BASE: upstream.origin } });
  const [first] = await Promise.all([once(upstream.server, "connection"), ask(web.http, "/http-bind")]);
  // The reset arrives with the next request or before it; either way the client must not see it.
  first[0].resetAndDestroy();
  assert.equal((await ask(web.http, "/http-bind", { method: "POST", body: "<body/>" })).status, 200);
});

test("a token in an address is in no line of the log, whatever becomes of the request", async () => {
  const lines: string[] = [];
  const log = createLogger("web", "trace", { write: (line) => void lines.push(line) });
  const token = "eyJhbGciOiJIUzI1NiJ9.secret.c2ln";
  await using upstream = await startUpstream();
  await using web = await startWeb({ log, env: { XMPP_BOSH_URL_BASE: upstream.origin } });
  for (const path of ["/room?jwt=", "/http-bind?token=", "/xmpp-websocket?room=a&token=", "/a/b/c/d?jwt="]) {
    await ask(web.http, `${path}${token}`);
  }
  assert.equal(upstream.seen[1]?.target, `/xmpp-websocket?room=a&token=${token}`);
  await ask(web.http, `/conference-request/v1?token=${token}`);
  assert.ok(lines.length > 0);
  assert.deepEqual(
    lines.filter((line) => line.includes("secret")),
    [],
  );
});
