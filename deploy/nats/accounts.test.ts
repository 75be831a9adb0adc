import assert from "node:assert/strict";
import { mkdtempDisposable, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLog } from "@veche/kit/log.ts";
import { NatsLink } from "@veche/kit/nats-link.ts";
import { findNatsServer, NatsServer } from "@veche/kit/nats-server.ts";
import { credsFileOf, ensureAccounts } from "./accounts.ts";
import { readAccount, readCreds, scopedUser } from "./jwt.ts";
import { natsUsers } from "./permissions.ts";
import { renderAccounts } from "./server-config.ts";
import { SystemLink } from "./system-link.ts";

const skip = findNatsServer() ? false : "there is no nats-server (PATH, /usr/sbin, NATS_SERVER_BIN)";
const hourMs = 3_600_000;

async function folder() {
  return mkdtempDisposable(join(tmpdir(), "veche-accounts-"));
}

test("the first start makes keys, accounts and credentials that only their owner reads; the second keeps them all", async () => {
  await using place = await folder();
  const first = await ensureAccounts(place.path);
  const root = join(place.path, "nats");
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((each) => each.isFile());
  const contents = new Map<string, string>();
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    assert.equal((await stat(path)).mode & 0o777, 0o600, path);
    contents.set(path, await readFile(path, "utf8"));
  }
  const again = await ensureAccounts(place.path);
  assert.deepEqual([...again.preload], [...first.preload]);
  for (const [path, content] of contents) assert.equal(await readFile(path, "utf8"), content, path);
  for (const { name } of natsUsers) assert.ok(contents.has(credsFileOf(place.path, name)), name);
});

test("credentials that were damaged, or are of other keys, are made again", async () => {
  await using place = await folder();
  await using other = await folder();
  await ensureAccounts(place.path);
  await ensureAccounts(other.path);
  const web = credsFileOf(place.path, "web");
  const { signer } = readCreds(await readFile(web, "utf8"));
  for (const text of ["half", await readFile(credsFileOf(other.path, "web"), "utf8")]) {
    await writeFile(web, text);
    await ensureAccounts(place.path);
    assert.equal(readCreds(await readFile(web, "utf8")).signer, signer);
  }
});

// Of the same second as the account before it, as a clock may say, or of an earlier one, where it was set back.
for (const [when, sinceMs] of [
  ["in the second of the start", 0],
  ["by a clock that was set back", -hourMs],
] as const)
  test(`who was cut off ${when} is cut off at once and stays so: after a restart of the server, a new start, and lost files`, {
    skip,
  }, async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    await using place = await folder();
    const resolver = join(place.path, "resolver");
    const accounts = await ensureAccounts(place.path);
    await using server = await NatsServer.start(renderAccounts(accounts, { resolver }));
    const config = { url: server.url, credsFile: credsFileOf(place.path, "web") };
    const open = () => NatsLink.open(config, "web-1", "_INBOX.web", silentLog);
    const tryIn = async () => (await open()).close();
    const refused = { code: "unauthenticated", message: /refuses the credentials in NATS_CREDS_FILE .*revoked/ };
    const web = await open();
    const lost = new Promise((resolve) => web.onConnection(resolve));
    t.mock.timers.setTime(Date.now() + sinceMs);
    {
      await using system = await SystemLink.open({ url: server.url, secretsDirectory: place.path });
      const { user } = readCreds(await readFile(config.credsFile, "utf8"));
      await system.revoke(accounts, [user]);
    }
    assert.equal(await lost, false);
    await web.close();
    await assert.rejects(tryIn(), refused);
    await server.kill();
    // The preload of its configuration is from before.
    await server.start();
    await assert.rejects(tryIn(), refused);
    const revoked = (jwt: string | undefined) => Object.keys(readAccount(jwt ?? "").revocations).length;
    assert.equal(revoked((await ensureAccounts(place.path, resolver)).preload.get(accounts.veche)), 1);
    // Where our own file is from before, that of the server counts.
    await writeFile(accounts.files.path("account.jwt"), accounts.preload.get(accounts.veche) ?? "");
    assert.equal(revoked((await ensureAccounts(place.path, resolver)).preload.get(accounts.veche)), 1);
  });

test("who was cut off stays out where the clock was ahead when the credentials were made", { skip }, async (t) => {
  await using place = await folder();
  const accounts = await ensureAccounts(place.path);
  await using server = await NatsServer.start(renderAccounts(accounts, { resolver: join(place.path, "resolver") }));
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + hourMs });
  const seed = accounts.files.read("keys/role-web.nk")?.trim() ?? "";
  const { user, creds } = await scopedUser("web@school-7", seed, accounts.veche);
  t.mock.timers.reset();
  await using system = await SystemLink.open({ url: server.url, secretsDirectory: place.path });
  await system.revoke(accounts, [user]);
  const credsFile = join(place.path, "school-7.creds");
  await writeFile(credsFile, creds);
  const tryIn = async () =>
    (await NatsLink.open({ url: server.url, credsFile }, "web-1", "_INBOX.web", silentLog)).close();
  await assert.rejects(tryIn(), /revoked/);
});

test("rights follow the tables with credentials that stay: a role's new subject counts from the next start", {
  skip,
}, async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  await using place = await folder();
  const { files, veche, operator } = await ensureAccounts(place.path);
  // An account as an older release had it: nobody may say anything.
  const { accountJwt, scopedKey } = await import("./jwt.ts");
  const bare = natsUsers.map((user) =>
    scopedKey(files.read(`keys/role-${user.name}.nk`) ?? "", { ...user, publish: ["nothing"] }),
  );
  const limits = { conn: -1, subs: -1, data: -1, payload: -1 };
  const older = await accountJwt(veche, operator.seed, { name: "VECHE", limits, signingKeys: bare }, []);
  files.write("account.jwt", older);
  const before = await readFile(credsFileOf(place.path, "web"), "utf8");
  const accounts = await ensureAccounts(place.path);
  assert.equal(await readFile(credsFileOf(place.path, "web"), "utf8"), before);
  assert.ok(readAccount(accounts.preload.get(veche) ?? "").issuedAt > readAccount(older).issuedAt);
  await using server = await NatsServer.start(renderAccounts(accounts, { resolver: join(place.path, "resolver") }));
  const link = await NatsLink.open(
    { url: server.url, credsFile: credsFileOf(place.path, "web") },
    "web-1",
    "_INBOX.web",
    silentLog,
  );
  link.nc.publish("service.v1.web.x.up", "{}");
  await link.nc.flush();
  const settled = await Promise.race([link.nc.closed(), link.nc.flush()]);
  assert.equal(settled, undefined);
  await link.close();
});

test("without credentials nobody comes in, nor with those of another installation", { skip }, async () => {
  await using place = await folder();
  await using other = await folder();
  const accounts = await ensureAccounts(place.path);
  await ensureAccounts(other.path);
  await using server = await NatsServer.start(renderAccounts(accounts, { resolver: join(place.path, "resolver") }));
  await assert.rejects(NatsLink.open({ url: server.url }, "web-1", "_INBOX.web", silentLog), {
    code: "unauthenticated",
  });
  const foreign = { url: server.url, credsFile: credsFileOf(other.path, "web") };
  await assert.rejects(NatsLink.open(foreign, "web-1", "_INBOX.web", silentLog), { code: "unauthenticated" });
  const missing = { url: server.url, credsFile: join(place.path, "none.creds") };
  await assert.rejects(
    NatsLink.open(missing, "web-1", "_INBOX.web", silentLog),
    /NATS_CREDS_FILE ".*" *: can't be read/,
  );
});
