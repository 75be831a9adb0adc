import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { ReachTargetSchema } from "@veche/proto/gen/veche/instance/v1/instance_pb.ts";
import { reachAll, reachLimits, whoPath } from "./reach-requests.ts";
import { freePort } from "./testing/free-port.ts";
import { createRoot, issue } from "./x509.ts";

type Given = Partial<{ protocol: string; host: string; port: number; ufrag: string; pwd: string }>;

async function reach(...targets: readonly Given[]) {
  const { results } = await reachAll({ targets: targets.map((given) => create(ReachTargetSchema, given)) });
  return results;
}

/** What it answers at the place where web says who it is. */
let answer: { readonly status: number; readonly body: string } | undefined;
let server: Server;
let port: number;

before(async () => {
  const root = await createRoot("An authority", Date.now());
  const { certificate, key } = await issue(root, ["localhost", "127.0.0.1"], Date.now());
  server = createServer({ cert: certificate, key }, ({ url }, response) => {
    if (answer === undefined) return;
    response.statusCode = url === whoPath ? answer.status : 404;
    response.end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});

after(() => {
  server.closeAllConnections();
  server.close();
});

test("who answers at an address of https is said, with what it shows", async () => {
  answer = { status: 200, body: JSON.stringify({ instance: "abc123" }) };
  const [found] = await reach({ protocol: "https", host: "localhost", port });
  assert.equal(found?.outcome, "reached");
  assert.equal(found.webInstance, "abc123");
  assert.ok(found.addresses?.includes("127.0.0.1"));
  const { names, issuer, notAfterMs, fault } = found.certificate ?? {};
  assert.deepEqual(
    [names, issuer, fault],
    [["localhost", "127.0.0.1"], "Veche, An authority", "SELF_SIGNED_CERT_IN_CHAIN"],
  );
  assert.ok(Number(notAfterMs) > Date.now() + 300 * 24 * 3_600_000);
});

test("somebody else there is a stranger", async () => {
  for (const body of ["<h1>It works!</h1>", "{}", '{"instance": 7}', "x".repeat(10_000)]) {
    answer = { status: 200, body };
    const [found] = await reach({ protocol: "https", host: "127.0.0.1", port });
    assert.equal(found?.outcome, "stranger", body.slice(0, 20));
  }
  answer = { status: 404, body: '{"instance": "abc123"}' };
  assert.equal((await reach({ protocol: "https", host: "127.0.0.1", port }))[0]?.outcome, "stranger");
});

test("nobody there, no such name, and one that never answers are silence, with the reason", async () => {
  answer = undefined;
  const [closed, nameless, hanging] = await reach(
    { protocol: "https", host: "127.0.0.1", port: await freePort() },
    { protocol: "https", host: "nowhere.invalid", port: 443 },
    { protocol: "https", host: "127.0.0.1", port },
  );
  assert.equal(closed?.outcome, "silent");
  assert.match(closed.fault ?? "", /ECONNREFUSED/);
  assert.deepEqual([nameless?.outcome, nameless?.fault], ["silent", "nowhere.invalid stands for no address"]);
  assert.deepEqual([hanging?.outcome, hanging?.fault], ["silent", `no answer within ${reachLimits.httpsMs} ms`]);
  assert.ok((hanging?.tookMs ?? 0) >= reachLimits.httpsMs - 10);
});

test("where nothing answers a connectivity check is silence", async () => {
  const [udp, tcp] = await reach(
    { protocol: "udp", host: "127.0.0.1", port: await freePort(), ufrag: "abcd", pwd: "a password" },
    { protocol: "tcp", host: "127.0.0.1", port: await freePort(), ufrag: "abcd", pwd: "a password" },
  );
  assert.deepEqual([udp?.outcome, tcp?.outcome], ["silent", "silent"]);
});

test("what can't be tried is refused, and nothing of it is tried", async () => {
  const good = { protocol: "https", host: "localhost", port };
  for (const [bad, message] of [
    [{ ...good, protocol: "gopher" }, /protocol: expected udp, tcp or https, found "gopher"/],
    [{ ...good, port: 0 }, /port: expected 1 to 65535, found 0/],
    [{ ...good, protocol: "udp" }, /host: expected an IP address, found "localhost"/],
  ] as const)
    await assert.rejects(reach(good, bad), { code: "invalid-argument", message });
  await assert.rejects(reach(...Array.from({ length: reachLimits.targets + 1 }, () => good)), {
    code: "invalid-argument",
    message: /expected at most 50, found 51/,
  });
});
