/** Another host joins by a token, serves, and is removed: real commands, NATS by TLS, web, a bridge. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { credsFileOf } from "@veche/deploy/nats/accounts.ts";
import { readConfig } from "@veche/kit/config.ts";
import { Health } from "@veche/kit/health.ts";
import { parseJoinToken, proofKeyOf, proofOf } from "@veche/kit/join-token.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { PrivateTls, privateTlsSchema } from "@veche/kit/private-tls/private-tls.ts";
import { requestTo } from "@veche/kit/private-tls/target.ts";
import { BridgeHeartbeatSchema } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { JoinSchema } from "@veche/proto/gen/veche/host/v1/host_pb.ts";
import { RecorderStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { RoleName } from "@veche/proto/roles.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { RoleProcess } from "../contract/role-process.ts";
import { eventually } from "../harness/wait.ts";
import { hostEnv, Installation, JoinedRole, type Ran } from "./installation.ts";

let installation: Installation;
let web: RoleProcess;
let origin: string;

async function startWeb(): Promise<void> {
  web = await installation.startWeb();
  origin = `http://127.0.0.1:${web.ports.http}`;
}

before(async () => {
  installation = await Installation.start();
  await startWeb();
});
after(async () => {
  await web?.[Symbol.asyncDispose]();
  await installation?.[Symbol.asyncDispose]();
});

const hosts = (...args: string[]): Promise<Ran> => installation.run("hosts", args);

async function tokenFor(role: string, name: string, ...more: string[]): Promise<string> {
  const at = role === "turn" || role === "signalling" ? [] : ["--at", "127.0.0.3"];
  const { code, out, err } = await hosts(
    "add",
    role,
    "--name",
    name,
    ...at,
    "--url",
    origin,
    "--nats",
    installation.natsUrl,
    ...more,
  );
  assert.equal(code, 0, err);
  assert.match(out, new RegExp(`^${origin}/join#${role}-[0-9a-f]{16}-[0-9a-f]{64}$`));
  return out;
}

const joins = (token: string, folder: string): Promise<Ran> => installation.joins(token, folder);

function openAs(role: RoleName): Promise<NatsBus> {
  const { natsUrl: url, caFile } = installation;
  const config = { url, caFile, credsFile: credsFileOf(installation.secrets, role) };
  return NatsBus.open(config, { role, instance: "test", version: "0", host: "here" }, { log: silentLog });
}

test("a bridge joins by a token over TLS, serves with what it was given, and is cut off the moment it is removed", async () => {
  const token = await tokenFor("videobridge", "school-7");
  assert.match((await hosts("list")).out, /school-7 +videobridge +127\.0\.0\.3 +may join until 20/);
  const joined = await joins(token, "school-7");
  assert.equal(joined.code, 0, joined.err);
  assert.match(joined.out, /this host is "school-7" now, a videobridge of http/);
  assert.match((await hosts("list")).out, /school-7 .*joined 20/);
  const folder = join(installation.directory, "school-7");
  const env = await hostEnv(folder);
  assert.equal(env.VECHE_HOST_ID, "school-7");
  for (const name of ["nats.creds", "private-tls-key.pem"])
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o400, name);

  await using xmpp = await openAs("xmpp");
  const bridges = await xmpp.bucket(buckets.bridges, BridgeHeartbeatSchema);
  await using bridge = new JoinedRole("videobridge", {
    ...env,
    MEDIASOUP_WORKER_BIN: process.env.MEDIASOUP_WORKER_BIN ?? "",
    VECHE_BRIDGE_ID: "jvb-school-7",
    JVB_PORT: "0",
    JVB_TCP_PORT: "0",
    COLIBRI_WEBSOCKET_PORT: "0",
    COLIBRI_REST_PORT: "0",
  });
  await eventually("the bridge is heard of", async () => ((await bridges.get("jvb-school-7")) ? undefined : "not yet"));

  const from = performance.now();
  const removed = await hosts("remove", "school-7");
  assert.match(removed.out, /school-7 \(videobridge\) is removed: its connection to NATS is cut/, removed.err);
  await eventually("it has lost NATS", async () =>
    bridge.lines.some((line) => line.includes("lost the connection to NATS")) ? undefined : "still there",
  );
  assert.ok(performance.now() - from < 20_000);
  assert.match((await hosts("list")).out, /school-7 .*removed 20\d\d-[^,]*$/m);
  const again = await joins(token, "thief");
  assert.deepEqual([again.code, /knows no such token/.test(again.err)], [1, true], again.err);
});

test("a recorder that was removed gets in at no other recorder any more, not even after its name is given again", async () => {
  const env: Record<string, string>[] = [];
  for (const name of ["recorder-8", "recorder-9"]) {
    const { code, err } = await joins(await tokenFor("recorder", name), name);
    assert.equal(code, 0, err);
    env.push(await hostEnv(join(installation.directory, name)));
  }
  const [removed = {}, stays = {}] = env;
  await using recorder = new JoinedRole("recorder", {
    ...stays,
    CHROMIUM_PATH: process.execPath,
    JIBRI_RECORDING_DIR: join(installation.directory, "recordings"),
    JIBRI_HTTP_API_ADDRESS: "127.0.0.3",
    JIBRI_HTTP_API_EXTERNAL_PORT: "0",
    JIBRI_HTTP_API_INTERNAL_PORT: "0",
  });
  await using xmpp = await openAs("xmpp");
  const recorders = await xmpp.bucket(buckets.recorders, RecorderStateSchema);
  let told = "";
  await eventually("the recorder is heard of", async () => {
    for await (const { value } of recorders.entries()) told = value.httpOrigin;
    return told === "" ? recorder.lines.slice(-3).join("\n") : undefined;
  });
  const tls = await PrivateTls.open({
    role: "recorder",
    config: readConfig(privateTlsSchema, removed),
    log: silentLog,
    health: new Health(),
  });
  using _tls = tls ?? assert.fail();
  const status = () =>
    new Promise<number>((resolve, reject) => {
      const asking = request({ ...requestTo(told, "recorder", tls), path: "/health/live" }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      asking.once("error", reject).end();
    });
  assert.equal(await status(), 200);
  assert.equal((await hosts("remove", "recorder-8")).code, 0);
  await eventually("it is refused", async () => {
    const found = await status().catch(() => "refused");
    return found === "refused" ? undefined : `status ${found}`;
  });
  await eventually("its log says why", () =>
    recorder.lines.some((line) => line.includes("its certificate is of a host that was removed"))
      ? undefined
      : recorder.lines.slice(-3).join("\n"),
  );
  await tokenFor("recorder", "recorder-8");
  await assert.rejects(status());
});

test("a token serves once: whoever comes second is told when it was used", async () => {
  const token = await tokenFor("recorder", "recorder-1");
  assert.equal((await joins(token, "recorder-1")).code, 0);
  // The same host may be started with it again and again.
  assert.equal((await joins(token, "recorder-1")).code, 0);
  const { code, err } = await joins(token, "recorder-x");
  assert.equal(code, 1);
  assert.match(err, /join: the token serves once and for a time: it was used at 20.*hosts add/);
  const env = await hostEnv(join(installation.directory, "recorder-1"));
  assert.equal(env.VECHE_WEB_ORIGIN, origin);
  assert.ok((await readFile(env.JIBRI_RECORDER_PASSWORD_FILE ?? "", "utf8")).length > 20);
});

test("an answer that was lost is given again for a minute, to the same question only", async () => {
  const token = parseJoinToken(await tokenFor("turn", "turn-1")) ?? assert.fail();
  const ask = (nonce: string) =>
    fetch(`${origin}/join`, {
      method: "POST",
      body: JSON.stringify({ id: token.id, nonce, proof: proofOf(proofKeyOf(token), token.id, nonce) }),
    });
  const nonce = randomBytes(16).toString("hex");
  const first = await ask(nonce);
  assert.equal(first.status, 200);
  assert.deepEqual(await (await ask(nonce)).json(), await first.json());
  assert.equal((await ask(randomBytes(16).toString("hex"))).status, 410);
});

test("a token that has ended, one that was changed, and one made over to another role are refused with the reason", async () => {
  // Attempts are counted by the minute: those of the tests before are not to count here.
  await web[Symbol.asyncDispose]();
  await startWeb();
  const ended = await tokenFor("sip-gateway", "late");
  const { id } = parseJoinToken(ended) ?? assert.fail();
  {
    await using bus = await openAs("web");
    const bucket = await bus.bucket(buckets.joins, JoinSchema);
    const { value } = (await bucket.get(id)) ?? assert.fail();
    assert.ok(!JSON.stringify(value.sealed).includes("BEGIN"));
    await bucket.put(id, { ...value, expires: "2026-09-01T06:00:00.000Z" });
  }
  assert.match((await joins(ended, "late")).err, /it ended at 2026-09-01T06:00:00.000Z; make another/);
  assert.match((await hosts("list")).out, /late .*token ended 2026-09-01/);

  const token = await tokenFor("sip-gateway", "gateway-1");
  const changed = token.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
  assert.match((await joins(changed, "changed")).err, /knows no such token/);
  const short = await joins(token.slice(0, -3), "short");
  assert.deepEqual([short.code, /VECHE_JOIN: expected https:/.test(short.err)], [2, true], short.err);
  const other = await joins(token.replace("sip-gateway", "recorder"), "other");
  assert.match(other.err, /was not sealed with this token/);
});

test("who guesses is slowed down, and learns nothing", async () => {
  const ask = () =>
    fetch(`${origin}/join`, {
      method: "POST",
      body: JSON.stringify({ id: "0".repeat(16), nonce: "0".repeat(32), proof: "0".repeat(64) }),
    });
  const statuses = new Set<number>();
  for (let count = 0; count < 12; count += 1) statuses.add((await ask()).status);
  assert.ok(statuses.has(429), [...statuses].join());
  assert.ok(
    [...statuses].every((status) => status === 404 || status === 429),
    [...statuses].join(),
  );
});

test("commands that change the accounts at the same time undo nothing of each other", async () => {
  const names = ["turn-a", "bridge-a", "bridge-b", "bridge-c"];
  for (const name of names) await tokenFor(name.startsWith("turn") ? "turn" : "videobridge", name);
  const ran = await Promise.all([
    ...names.map((name) => hosts("remove", name)),
    hosts("add", "turn", "--name", "turn-b", "--url", origin, "--nats", installation.natsUrl),
    hosts("add", "turn", "--name", "turn-b", "--url", origin, "--nats", installation.natsUrl),
  ]);
  for (const { code, err } of ran.slice(0, names.length)) assert.equal(code, 0, err);
  // Two of the same name: the first one has it.
  assert.deepEqual(
    ran
      .slice(names.length)
      .map(({ code }) => code)
      .sort(),
    [0, 1],
  );
  assert.ok(
    ran.some(({ err }) => /^waiting for "hosts \w+ [a-z-]+" \(process \d+ on /m.test(err)),
    "somebody waits",
  );
  const { out } = await hosts("list");
  for (const name of names) assert.match(out, new RegExp(`^${name} .*removed 20[^,]*$`, "m"));
});

test("a command that was wrong says what was expected", async () => {
  const faults: readonly (readonly [readonly string[], RegExp])[] = [
    [["add", "xmpp", "--name", "a"], /expected a role that may join \(videobridge, .*\), found "xmpp"/],
    [["add", "videobridge"], /--name: expected 1 to 63 of a-z/],
    [["add", "videobridge", "--name", "a"], /expected --at <address>/],
    [["add", "turn", "--name", "a", "--for", "1y"], /--for: expected 1m to 7d/],
    [["add", "turn", "--name", "a", "--url", "host"], /--url: expected https:/],
    [["remove"], /expected the name of a host, found nothing/],
    [["fetch"], /no command "fetch"; there are add, list, remove/],
  ];
  for (const [args, expected] of faults) {
    const { code, err } = await hosts(...args);
    assert.deepEqual([code, expected.test(err)], [2, true], err);
  }
  assert.match((await hosts("remove", "nobody")).err, /there is no host "nobody"/);
});
