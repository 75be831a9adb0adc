/** Users and the secure domain, as an administrator has them: the command, the API, two XMPP servers, one NATS server. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import type { NatsServer } from "@veche/kit/nats-server.ts";
import { ScriptedClient } from "@veche/xmpp/testing/scripted-client.ts";
import { startServerWithAccounts } from "./accounts.ts";
import { XmppProcess } from "./role-process.ts";

const token = "p0123456789abcdef0123456789abcdef";
const program = resolve(import.meta.dirname, "../../deploy/users/main.ts");
const directory = mkdtempSync(join(tmpdir(), "veche-users-"));

let server: NatsServer;
let first: XmppProcess;
let second: XmppProcess;

const env = { XMPP_ADMIN_TOKEN: token };

before(async () => {
  server = await startServerWithAccounts();
  first = await XmppProcess.start(server, { ...env, VECHE_UNIT: "one" });
  second = await XmppProcess.start(server, { ...env, VECHE_UNIT: "two" });
});

after(async () => {
  await first?.[Symbol.asyncDispose]();
  await second?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

type Ended = { readonly code: number; readonly out: string; readonly err: string };

/** Runs the command as a process, without a terminal. */
async function run(
  args: readonly string[],
  options: { input?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      VECHE_DATA_DIR: directory,
      VECHE_API_URL: first.url,
      XMPP_ADMIN_TOKEN: token,
      ...options.env,
    },
  });
  const ended = new Promise<number>((done) => child.once("exit", (code) => done(code ?? -1)));
  child.stdin.end(options.input ?? "");
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, out, err };
}

const users = (...args: readonly string[]) => run(["users", ...args]);

async function done(running: Promise<Ended>): Promise<string> {
  const { code, out, err } = await running;
  assert.equal(code, 0, err);
  return out;
}

const passwordIn = (out: string) => /[a-z2-9]{5}(-[a-z2-9]{4}){2}/.exec(out)?.[0] ?? assert.fail(out);

async function signIn(process: XmppProcess, name: string, password: string): Promise<ScriptedClient> {
  const client = await ScriptedClient.webSocket(process.port);
  await client.signInWith(name, password);
  return client;
}

/** The server's last word: `success` or `failure`. */
async function tryToSignIn(process: XmppProcess, name: string, password: string): Promise<string> {
  const client = await ScriptedClient.webSocket(process.port);
  const { name: word } = await client.tryPassword(name, password);
  client.drop();
  return word;
}

test("a user who was added by the command signs in at once, at another process too", async () => {
  const out = await done(users("add", "anna", "--role", "teacher", "--display-name", "Анна Петрова", "--generate"));
  assert.match(out, /^added anna \(teacher\)\none-time password, shown this once: /);
  for (const process of [second, first]) {
    const client = await signIn(process, "anna", passwordIn(out));
    assert.match(client.jid, /^anna@meet\.jitsi\//);
    client.drop();
  }
  assert.match(await done(users("list")), /anna +Анна Петрова +teacher +one-time password/);
});

test("a password comes from standard input; the owner changes it through the API", async () => {
  const added = await run(["users", "add", "boris", "--password-stdin"], { input: "первый пароль\n" });
  assert.equal(added.code, 0, added.err);
  const changed = await fetch(`${second.url}/api/v1/me/password`, {
    method: "PUT",
    headers: {
      Authorization: `Basic ${Buffer.from("boris:первый пароль").toString("base64")}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ password: "второй пароль" }),
  });
  assert.equal(changed.status, 204);
  assert.equal(await tryToSignIn(second, "boris", "первый пароль"), "failure");
  assert.equal(await tryToSignIn(second, "boris", "второй пароль"), "success");
});

test("who is disabled or removed is signed out with not-authorized, and can't sign in", async () => {
  const password = passwordIn(await done(users("add", "clara", "--generate")));
  for (const command of ["disable", "remove"]) {
    const client = await signIn(second, "clara", password);
    await done(users(command, "clara"));
    assert.match((await client.next("error")).toString(), /<not-authorized /);
    assert.equal(await tryToSignIn(second, "clara", password), "failure");
    if (command === "disable") await done(users("enable", "clara"));
  }
});

test("a new password ends what was signed in with the old one", async () => {
  const client = await signIn(second, "boris", "второй пароль");
  const password = passwordIn(await done(users("passwd", "boris", "--generate")));
  assert.match((await client.next("error")).toString(), /<not-authorized /);
  assert.equal(await tryToSignIn(second, "boris", "второй пароль"), "failure");
  assert.equal(await tryToSignIn(second, "boris", password), "success");
});

const surnames = "Иванов Петров Сидоров Кузнецов Смирнов Попов Васильев Соколов Михайлов Новиков".split(" ");
const pupils = surnames.flatMap((surname) => ["Юрий", "Алёна", "Олег"].map((name) => `${surname} ${name}`));
const csv = `display name;role\r\n${pupils.map((name) => `${name};\r\n`).join("")}`;

test("a class of thirty is imported in one step, with a table of passwords that only its owner reads", async () => {
  const file = join(directory, "class.csv");
  const out = join(directory, "passwords.csv");
  writeFileSync(file, csv);
  assert.match(await done(users("import", "class.csv", "--group", "5а", "--dry-run")), /there would be 30 created/);
  assert.match(await done(users("import", "class.csv", "--group", "5а", "--out", "passwords.csv")), /imported/);
  assert.equal(statSync(out).mode & 0o777, 0o600);
  const rows = readFileSync(out, "utf8").trim().split("\r\n");
  assert.equal(rows.length, 31);
  const [name = "", displayName, role, group, password = ""] = (rows[1] ?? "").split(",");
  assert.deepEqual([name, displayName, role, group], ["ivanov.yuriy", "Иванов Юрий", "pupil", "5а"]);
  assert.equal(await tryToSignIn(second, name, password), "success");
  assert.equal(JSON.parse(await done(users("list", "--group", "5а", "--json"))).length, 30);
});

test("a faulty file is refused as a whole, with every line; so is one whose passwords could not be written down", async () => {
  const refused = await run(["users", "import", "-"], { input: "name,role\nzoe,\nyan,king\nanna,\n" });
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    /nothing was imported: 2 faults\n {2}line 3: a role is .*\n {2}line 4: there is an account "anna"/,
  );
  assert.equal((await users("show", "zoe")).code, 1);
  const kept = await users("import", "class.csv", "--out", "passwords.csv");
  assert.deepEqual([kept.code, /it exists already; nothing was imported/.test(kept.err)], [2, true]);
});

test("the secure domain is switched on and off while everything runs", async () => {
  const offered = async () => {
    const client = await ScriptedClient.webSocket(second.port);
    client.open();
    const features = await client.next("features");
    client.drop();
    return features.toString().includes("ANONYMOUS");
  };
  assert.equal(await offered(), true);
  assert.match(await done(run(["settings", "set", "secure-domain", "on"])), /secure-domain +on/);
  assert.equal(await offered(), false);
  const all = await done(run(["settings", "get"]));
  assert.match(all, /^secure-domain +on +settings\nroom-openers +signed-in +default$/m);
  assert.match(all, /^keep-chat-days +0 +default$/m);
  assert.match(await done(run(["settings", "set", "secure-domain", "off"])), /secure-domain +off/);
  assert.equal(await offered(), true);
});

test("what the environment fixes wins, is shown as fixed and can't be set", async () => {
  await using fixed = await XmppProcess.start(server, { ...env, VECHE_UNIT: "three", ENABLE_AUTH: "1" });
  const there = { env: { VECHE_API_URL: fixed.url } };
  assert.match(
    (await run(["settings", "get", "secure-domain"], there)).out,
    /^secure-domain +on +environment +ENABLE_AUTH$/m,
  );
  const refused = await run(["settings", "set", "secure-domain", "off"], there);
  assert.deepEqual([refused.code, /fixed by ENABLE_AUTH/.test(refused.err)], [1, true]);
});

test("other kinds of sign-in than those there are end the start with the reason", async () => {
  await assert.rejects(
    XmppProcess.start(server, { ...env, AUTH_TYPE: "ldap" }).then((started) => started.kill()),
    /did not start/,
  );
});

test("the command says what was wrong, and how, by its exit code", async () => {
  const cases: readonly (readonly [string[], number, RegExp])[] = [
    [["users", "paint"], 2, /no command "paint"; there are list, show, add/],
    [["users", "add"], 2, /expected one name, found nothing/],
    [["users", "add", "dora"], 2, /no terminal to ask at: --generate or --password-stdin/],
    [["users", "add", "dora", "--colour"], 2, /'--colour'/],
    [["users", "change", "anna"], 2, /say what to change/],
    [["users", "add", "anna", "--generate"], 1, /there is an account "anna" already/],
    [["users", "remove", "anna", "nobody"], 1, /no account "nobody"/],
    [["users", "import", "missing.csv"], 2, /missing.csv can't be read/],
    [["settings", "set", "secure-domain", "maybe"], 2, /expected on or off, found "maybe"/],
    [["settings", "set", "colour", "red"], 2, /there is no setting "colour"; there are secure-domain/],
    [["settings", "set", "room-openers", "all"], 2, /room-openers: expected one of signed-in, teachers, found "all"/],
  ];
  for (const [args, code, message] of cases) {
    const ended = await run(args);
    assert.deepEqual([args, ended.code], [args, code], ended.err);
    assert.match(ended.err, message);
  }
  const lost = await run(["users", "list"], { env: { VECHE_API_URL: "http://127.0.0.1:1" } });
  assert.deepEqual([lost.code, /does Veche run\?/.test(lost.err)], [3, true]);
  const wrong = await run(["users", "list"], { env: { XMPP_ADMIN_TOKEN: "wrong" } });
  assert.deepEqual([wrong.code, /the token is wrong/.test(wrong.err)], [3, true]);
  const none = await run(["users", "list"], { env: { XMPP_ADMIN_TOKEN: "" } });
  assert.deepEqual([none.code, /there is no token/.test(none.err)], [3, true]);
  for (const name of ["users", "settings"]) assert.match(await done(run([name, "--help"])), /^Usage: npm run /);
});

test("accounts survive kill -9 of a server, and are changed at the other meanwhile", async () => {
  const password = passwordIn(await done(users("add", "zoya", "--generate")));
  await first.kill();
  assert.equal(await tryToSignIn(second, "zoya", password), "success");
  assert.equal((await run(["users", "remove", "boris"], { env: { VECHE_API_URL: second.url } })).code, 0);
  first = await XmppProcess.start(server, { ...env, VECHE_UNIT: "one" });
  assert.equal(await tryToSignIn(first, "zoya", password), "success");
  assert.equal((await users("show", "boris")).code, 1);
});

test("neither passwords nor the token are in any log", () => {
  const logs = [...first.lines, ...second.lines].join("\n");
  for (const secret of [token, "первый пароль", "второй пароль"]) assert.ok(!logs.includes(secret), secret);
});
