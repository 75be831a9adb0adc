import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Health } from "@veche/kit/health.ts";
import { createLogger, silentLog } from "@veche/kit/log.ts";
import { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import { TestAuthority } from "@veche/kit/testing/private-authority.ts";
import { RecorderStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { RoleName } from "@veche/proto/roles.ts";
import { buckets } from "@veche/proto/storage.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { WebSocket } from "ws";
import { startUpstream } from "../testing/fake-upstream.ts";
import { startWeb, type WebOptions, type WebUnderTest } from "../testing/web-under-test.ts";

/** A role of another host, which lets web alone in. */
async function startRole(authority: TestAuthority, role: RoleName, given: { names?: string[]; shown?: string } = {}) {
  const config = await authority.issue(given.shown ?? role, given.names ? { names: given.names } : {});
  const upstream = await startUpstream();
  const name = (given.shown ?? role) as RoleName;
  const tls = await PrivateTls.open({ role: name, config, log: silentLog, health: new Health() });
  const gate = tls?.guard(upstream.server, ["web"], { isOpenToLoopback: false });
  return {
    ...upstream,
    origin: upstream.origin.replace(/^http:/, "https:"),
    async [Symbol.asyncDispose]() {
      gate?.[Symbol.dispose]();
      tls?.[Symbol.dispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

async function startWebOf(authority: TestAuthority | undefined, options: WebOptions = {}) {
  const lines: string[] = [];
  const log = createLogger("web", "info", { write: (line) => void lines.push(line) });
  const env = { VECHE_HOST_ID: "signalling", ...options.env, ...(await authority?.issue("web")) };
  const web = await startWeb({ log, ...options, env });
  return { ...web, lines, [Symbol.asyncDispose]: () => web[Symbol.asyncDispose]() };
}

function sayBridge(web: WebUnderTest, bridge: string, channelOrigin: string, hostId: string): void {
  web.bus.publish(subjects.heartbeat, { bridge }, { bridge, instance: "i1", channelOrigin, hostId, healthy: true });
}

/** The status that refused it, or what the bridge said to it. */
async function openChannel(web: WebUnderTest, bridge: string): Promise<number | string> {
  const socket = new WebSocket(`${web.http.replace("http", "ws")}/colibri-ws/${bridge}/conf/end?pwd=p`);
  socket.on("error", () => {});
  const refused = once(socket, "unexpected-response").then(([, response]) => response.statusCode as number);
  const opened = once(socket, "message").then(([message]) => String(message));
  const heard = await Promise.race([refused, opened]);
  socket.terminate();
  return heard;
}

function greet(bridge: { nextSocket(): Promise<WebSocket> }, text: string): void {
  void bridge.nextSocket().then((socket) => socket.send(text));
}

test("the channel of a bridge on another host goes by TLS, and that of one on this host plainly as before", async () => {
  await using authority = await TestAuthority.create();
  await using far = await startRole(authority, "videobridge");
  await using near = await startUpstream();
  await using web = await startWebOf(authority);
  sayBridge(web, "far", far.origin, "school-7");
  sayBridge(web, "near", near.origin, "signalling");
  greet(far, "hello from far");
  greet(near, "hello from near");
  assert.equal(await openChannel(web, "far"), "hello from far");
  assert.equal(await openChannel(web, "near"), "hello from near");
  // Whom the browser asked is told the bridge as before, and is not what its certificate has to name.
  assert.match(far.seen[0]?.headers["x-forwarded-host"] as string, /^127\.0\.0\.1:/);
  assert.ok(!web.lines.some((line) => line.includes('"warn"')));
});

test("a bridge that is not who it says, or is elsewhere, gets nobody, and the log says why once", async () => {
  await using authority = await TestAuthority.create();
  await using recorder = await startRole(authority, "videobridge", { shown: "recorder" });
  await using moved = await startRole(authority, "videobridge", { names: ["10.9.9.9"] });
  await using web = await startWebOf(authority);
  sayBridge(web, "other", recorder.origin, "school-7");
  sayBridge(web, "moved", moved.origin, "school-7");
  for (const bridge of ["other", "moved", "other", "moved"]) assert.equal(await openChannel(web, bridge), 502);
  const told = web.lines.filter((line) => line.includes("bridge can't be reached"));
  assert.equal(told.length, 2);
  assert.match(told.join(), /expected a certificate of \\"videobridge\\", found one of \\"recorder\\"/);
  assert.match(told.join(), /not in the cert's list/);
});

test("without certificates of its own web says which settings a bridge's https needs; plain http of another host is told", async () => {
  await using authority = await TestAuthority.create();
  await using far = await startRole(authority, "videobridge");
  await using open = await startUpstream();
  await using web = await startWebOf(undefined);
  sayBridge(web, "far", far.origin, "school-7");
  sayBridge(web, "open", open.origin, "school-8");
  assert.equal(await openChannel(web, "far"), 502);
  const told = web.lines.filter((line) => line.includes('"warn"')).join("\n");
  assert.match(told, /wants a certificate: give VECHE_PRIVATE_TLS_CERT_FILE.*VECHE_PRIVATE_TLS_CA_FILE/);
  assert.match(told, /a bridge of another host is reached without TLS/);
});

test("xmpp, focus and recorders of other hosts are asked over TLS, on kept connections", async () => {
  await using authority = await TestAuthority.create();
  await using xmpp = await startRole(authority, "xmpp");
  await using focus = await startRole(authority, "focus");
  await using recorder = await startRole(authority, "recorder");
  let connections = 0;
  xmpp.server.on("connection", () => (connections += 1));
  await using web = await startWebOf(authority, { env: { XMPP_BOSH_URL_BASE: xmpp.origin, JICOFO_URL: focus.origin } });
  for (let i = 0; i < 3; i += 1) {
    const answer = await fetch(`${web.http}/http-bind`, { method: "POST", body: "<body/>" });
    assert.equal(await answer.text(), "answered");
  }
  // One for the requests, one or none for the look whether it is there.
  assert.ok(connections <= 2, `${connections} connections`);
  const asked = await fetch(`${web.http}/conference-request/v1`, { method: "POST", body: "{}" });
  assert.equal(await asked.text(), "answered");
  const bucket = await web.bus.bucket(buckets.recorders, RecorderStateSchema);
  await bucket.put("rec", { recorder: "rec", httpOrigin: recorder.origin, healthy: true });
  assert.equal(await (await fetch(`${web.http}/recordings/api/recordings`)).text(), "answered");
});

test("health says of an upstream that its certificate is not believed", async () => {
  await using authority = await TestAuthority.create();
  await using other = await TestAuthority.create();
  await using xmpp = await startRole(other, "xmpp");
  await using web = await startWebOf(authority, { env: { XMPP_BOSH_URL_BASE: xmpp.origin } });
  await web.tells("xmpp");
  assert.match(web.health.problems.get("xmpp") ?? "", /is not believed: .*(self-signed|unable to)/);
  assert.equal((await fetch(`${web.http}/http-bind`, { method: "POST", body: "<body/>" })).status, 502);
});
