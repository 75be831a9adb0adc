/** An installation is saved while it runs, lost, and brought back: by the commands, with real processes. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { connect } from "@nats-io/transport-node";
import { InternalCa } from "@veche/deploy/hosts/internal-ca.ts";
import { freePorts, type Ports, portSettings } from "@veche/deploy/local/ports.ts";
import { type LocalStack, startLocal } from "@veche/deploy/local/stack.ts";
import { ensureAccounts } from "@veche/deploy/nats/accounts.ts";
import { accountJwt, accountUser, newSeed, publicKeyOf, scopedUser } from "@veche/deploy/nats/jwt.ts";
import { SystemLink } from "@veche/deploy/nats/system-link.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { RecordingSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { ScriptedClient } from "@veche/xmpp/testing/scripted-client.ts";
import { Administrator } from "../harness/administrator.ts";
import { signInTo, signInWith } from "../harness/nats.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "veche-backup-test-"));
const dataDir = join(folder, "data");
const secrets = join(dataDir, "secrets");
const file = join(folder, "saved.tar");
const sealed = join(folder, "saved.sealed");
const passphraseFile = join(folder, "passphrase");
const password = "correct horse 17";

let ports: Ports;
let stack: LocalStack;
/** What there was before the loss. */
let facts: string;
let kept: Kept;
let bridgeCreds: string;
let subscriber: { readonly key: string; readonly creds: string };

type Kept = {
  readonly sequences: string;
  readonly recording: string;
  readonly webCa: string;
  readonly internalCa: string;
};

before(async () => {
  ports = await freePorts();
  stack = await startLocal({ ports, dataDir });
  await new Administrator(stack).addUser({ name: "anna", password, role: "teacher" });
  await recordPhysics();
  await joinOthers(stack);
  facts = await replay();
  kept = await look();
});

after(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Ended = { readonly code: number; readonly out: string; readonly err: string };

async function command(script: string, ...args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, ...portSettings(ports), VECHE_DATA_DIR: dataDir };
  const running = promisify(execFile)(process.execPath, [join(root, "deploy", script), ...args], {
    env,
    timeout: 60_000,
  });
  return running.then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error) => ({ code: error.code ?? -1, out: error.stdout, err: error.stderr }),
  );
}

const backup = (...args: readonly string[]) => command("backup/main.ts", "backup", ...args);
const restore = (...args: readonly string[]) => command("backup/main.ts", "restore", ...args);

async function done(running: Promise<Ended>): Promise<Ended> {
  const ended = await running;
  assert.equal(ended.code, 0, ended.err);
  return ended;
}

/** Facts of a recording, and what the library holds of it. */
async function recordPhysics(): Promise<void> {
  const recorder = await connect(signInTo(stack, "recorder"));
  for (const fact of ["segment-stored", "available"])
    await recorder.request(`conference.v1.meet.physics.s1.recording.${fact}`, JSON.stringify({ recording: "r1" }));
  await recorder.close();
  const config = { url: stack.nats.url, credsFile: stack.nats.credsFile("recorder") };
  await using bus = await NatsBus.open(config, { role: "recorder", instance: "r1", version: "0" }, { log: silentLog });
  await (await bus.bucket(buckets.recordings, RecordingSchema)).put("r1", { recording: "r1" });
}

/** A host with credentials of its own, and a subscriber with an account of its own, that only NATS and we know of. */
async function joinOthers({ nats }: LocalStack): Promise<void> {
  const accounts = await ensureAccounts(secrets, join(dataDir, "nats/jwt"));
  const seed = accounts.files.read("keys/role-videobridge.nk")?.trim() ?? "";
  bridgeCreds = join(folder, "bridge.creds");
  writeFileSync(bridgeCreds, (await scopedUser("videobridge-school-7", seed, accounts.veche)).creds);
  await InternalCa.open(secrets);
  const own = newSeed("account");
  const key = publicKeyOf(own);
  await using link = await SystemLink.open({ url: nats.url, secretsDirectory: secrets });
  const limits = { subs: -1, conn: 3, data: -1, payload: -1, imports: -1, exports: -1, leaf: -1, wildcards: true };
  await link.push(await accountJwt(key, accounts.operator.seed, { name: "register", limits }, []));
  subscriber = { key, creds: join(folder, "register.creds") };
  writeFileSync(subscriber.creds, (await accountUser("register", own)).creds);
}

async function replay(): Promise<string> {
  return (await done(command("local/events.ts", "--until-now", "--json"))).out;
}

async function look(): Promise<Kept> {
  const operator = await connect(signInTo(stack, "operator"));
  const ask = async (subject: string, body = {}) =>
    (await operator.request(subject, JSON.stringify(body))).json<never>();
  const { state } = (await ask("$JS.API.STREAM.INFO.CONFERENCE")) as { state: Record<string, unknown> };
  const { message } = (await ask("$JS.API.STREAM.MSG.GET.KV_recordings", { last_by_subj: "$KV.recordings.r1" })) as {
    message: unknown;
  };
  await operator.close();
  return {
    sequences: `${state.first_seq} to ${state.last_seq}, ${state.messages}, ${state.first_ts} to ${state.last_ts}`,
    recording: JSON.stringify(message),
    webCa: await (await fetch(`${stack.urls.http}/ca`)).text(),
    internalCa: readFileSync(join(secrets, "internal-ca/ca.crt"), "utf8"),
  };
}

async function signIn(): Promise<void> {
  const client = await ScriptedClient.webSocket(ports.xmpp);
  await client.signInWith("anna", password);
  client.drop();
}

/** Every file of the installation, by one sum. */
function sumOf(directory: string): string {
  const sum = createHash("sha256");
  for (const path of readdirSync(directory, { recursive: true, encoding: "utf8" }).sort()) {
    sum.update(path);
    if (statSync(join(directory, path)).isFile()) sum.update(readFileSync(join(directory, path)));
  }
  return sum.digest("hex");
}

test("a backup is made while everything runs, for its owner only, and never over another file", async () => {
  const { err } = await done(backup(file));
  assert.match(err, /accounts 1, .*recordings 1.*facts of CONFERENCE \d+/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const again = await backup(file);
  assert.equal(again.code, 1);
  assert.match(again.err, /is there already: nothing is written over/);
  writeFileSync(passphraseFile, "a horse and a staple\n", { mode: 0o600 });
  await done(backup(sealed, "--passphrase-file", passphraseFile));
  assert.equal(readFileSync(sealed).includes("anna"), false);
  assert.equal(
    readdirSync(folder).some((name) => name.endsWith(".part")),
    false,
  );
});

test("through standard output too, but not into a file that others may read", async () => {
  const program = join(root, "deploy/backup/main.ts");
  const env = { ...process.env, ...portSettings(ports), VECHE_DATA_DIR: dataDir };
  const lead = (mask: string, path: string) =>
    promisify(execFile)(
      "sh",
      ["-c", `umask ${mask}; exec "$0" "$1" backup - > "$2"`, process.execPath, program, path],
      {
        env,
      },
    );
  const path = join(folder, "led.tar");
  await assert.rejects(lead("022", path), /others may read the file/);
  assert.equal(statSync(path).size, 0);
  rmSync(path);
  await lead("077", path);
  await done(restore(path, "--step", "check", "--force"));
});

test("what is in it can be seen with tar: no bucket of the moment, no password in the clear", async () => {
  const { stdout } = await promisify(execFile)("tar", ["tf", file]);
  const names = stdout.trim().split("\n");
  assert.equal(names[0], "format.json");
  assert.equal(names.at(-1), "manifest.json");
  for (const part of ["secrets/nats/keys/account.nk", "secrets/internal-ca/ca.key", `accounts/${subscriber.key}.jwt`])
    assert.ok(names.includes(part), part);
  const streams = new Set(names.filter((name) => name.startsWith("streams/")).map((name) => name.split("/")[1]));
  for (const stream of ["KV_accounts", "KV_settings", "KV_recordings", "CONFERENCE", "SERVICE"])
    assert.ok(streams.has(stream), stream);
  for (const stream of ["KV_rooms", "KV_bridges", "KV_xmpp-state", "KV_units"]) assert.ok(!streams.has(stream), stream);
});

test("a running installation is not restored over", async () => {
  const { code, err } = await restore(file, "--force");
  assert.equal(code, 1);
  assert.match(err, /already running/);
});

test("a lost installation is back: accounts, facts with their numbers, authorities, hosts that had joined, subscribers", async () => {
  await stack.stop();
  rmSync(dataDir, { recursive: true });
  const { err } = await done(restore(file));
  assert.match(err, /accounts: 1\n/);
  stack = await startLocal({ ports, dataDir });
  await signIn();
  assert.deepEqual(await look(), kept);
  assert.equal(await replay(), facts);
  const bridge = await connect(signInWith(stack.nats.url, bridgeCreds, "videobridge"));
  await bridge.close();
  const register = await connect(signInWith(stack.nats.url, subscriber.creds, "register"));
  await register.close();
});

test("an installation that is there is replaced with --force only, and by an encrypted backup too", async () => {
  await new Administrator(stack).addUser({ name: "boris", password, role: "pupil" });
  await stack.stop();
  const sumBefore = sumOf(dataDir);
  const refused = await restore(file);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /there is an installation here \(secrets in .*\): --force .*Nothing was changed/);
  assert.equal(sumOf(dataDir), sumBefore);
  await done(restore(sealed, "--force", "--passphrase-file", passphraseFile));
  stack = await startLocal({ ports, dataDir });
  await signIn();
  assert.doesNotMatch(await new Administrator(stack).run("users", "list"), /boris/);
  assert.equal(await replay(), facts);
  await stack.stop();
});

test("rubbish changes nothing: cut off, a changed byte, a wrong passphrase, another program's file", async () => {
  const sumBefore = sumOf(dataDir);
  const whole = readFileSync(file);
  const changed = Buffer.from(whole);
  changed[whole.byteLength >> 1] = (changed[whole.byteLength >> 1] ?? 0) ^ 1;
  const wrong = join(folder, "wrong");
  writeFileSync(wrong, "another passphrase\n");
  const cases = [
    [whole.subarray(0, whole.byteLength >> 1), [], /cut off/],
    [changed, [], /damaged|found something else/],
    [readFileSync(sealed), [], /it is encrypted/],
    [readFileSync(sealed), ["--passphrase-file", wrong], /the passphrase is another/],
    [Buffer.from("PK\x03\x04 not a backup ".repeat(100)), [], /found something else/],
  ] as const;
  const path = join(folder, "rubbish");
  for (const [bytes, options, text] of cases) {
    writeFileSync(path, bytes);
    const { code, err } = await restore(path, "--force", ...options);
    assert.notEqual(code, 0);
    assert.match(err, text);
  }
  assert.equal(sumOf(dataDir), sumBefore);
});

test("a backup is also made of an installation that stands still; without facts on request", async () => {
  const path = join(folder, "still.tar");
  const { err } = await done(backup(path, "--without-facts"));
  assert.match(err, /accounts 1/);
  assert.doesNotMatch(err, /CONFERENCE/);
});
