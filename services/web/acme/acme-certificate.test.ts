import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempDisposable, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { silentLog } from "@veche/kit/log.ts";
import { readCertificate } from "@veche/kit/tls/certificate.ts";
import { createRoot, issue } from "@veche/kit/x509.ts";
import { authorization, FakeAcme, problem, token } from "../testing/fake-acme.ts";
import { AcmeCertificate, type AcmeSettings } from "./acme-certificate.ts";
import { maxAnswerBytes } from "./https-request.ts";
import { AcmeStore } from "./store.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

type Scene = AsyncDisposable & {
  readonly acme: FakeAcme;
  readonly clock: ManualClock;
  readonly folder: string;
  readonly board: Map<string, string>;
  readonly outcomes: string[];
  open(settings?: Partial<AcmeSettings>): Promise<AcmeCertificate>;
  /** Looks, and moves the clock until nothing is being asked any more. */
  look(source: AcmeCertificate, outcomes: number): Promise<void>;
  keep(days: number): Promise<void>;
};

async function scene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await mkdtempDisposable(join(tmpdir(), "veche-acme-")));
  const acme = stack.use(await FakeAcme.start());
  const clock = new ManualClock(Date.now());
  const board = new Map<string, string>();
  const outcomes: string[] = [];
  const root = await createRoot("private", clock.now());
  const pair = await issue(root, ["localhost"], clock.now());
  const current = readCertificate("private", pair.certificate, pair.key);
  const fallback = { current, rootPem: root.certificate, refresh: async () => undefined };
  const names = ["meet.example"];
  const openStore = () => AcmeStore.open(place.path, `${acme.origin}/directory`, names);
  const held = stack.move();
  return {
    acme,
    clock,
    folder: place.path,
    board,
    outcomes,
    async open(settings = {}) {
      const usual = { names, email: "", profile: "", ca: acme.rootPem, externalAccount: undefined, httpPort: 8000 };
      const given = { directory: `${acme.origin}/directory`, ...usual, ...settings };
      return held.use(
        await AcmeCertificate.open(given, await openStore(), fallback, {
          clock,
          log: silentLog,
          board: {
            put: async (key, value) => void board.set(key, value),
            remove: async (key) => void board.delete(key),
          },
          random: () => 0,
          onOutcome: (outcome) => void outcomes.push(outcome),
        }),
      );
    },
    async look(source, count) {
      while (outcomes.length < count) {
        await source.refresh();
        await clock.advance(1_000);
      }
      await clock.advance(0);
    },
    async keep(days) {
      const given = await issue(await createRoot("public", clock.now()), names, clock.now(), { days });
      await (await openStore()).keep(readCertificate("acme", given.certificate, given.key));
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

test("a used nonce is replaced by the one that came with the refusal", async () => {
  await using at = await scene();
  let refused = 0;
  at.acme.script = ({ path }) => {
    if (path === "/newAccount" && refused++ < 2) return problem(400, "badNonce", "too old");
    if (path === "/newOrder") return problem(403, "rejectedIdentifier", "not this one");
    return undefined;
  };
  const source = await at.open();
  await at.look(source, 1);
  assert.equal(at.acme.pathsAsked().filter((path) => path === "/newAccount").length, 3);
  assert.match(source.problem ?? "", /issues no certificate for meet\.example: LETSENCRYPT_DOMAIN/);
  assert.equal(source.current.kind, "private");
  assert.match(source.rootPem ?? "", /BEGIN/);
});

test("a server that only ever refuses nonces is left alone", async () => {
  await using at = await scene();
  at.acme.script = ({ path }) => (path === "/newAccount" ? problem(400, "badNonce", "never") : undefined);
  const source = await at.open();
  await at.look(source, 1);
  assert.equal(at.acme.pathsAsked().filter((path) => path === "/newAccount").length, 4);
  assert.match(source.problem ?? "", /badNonce/);
});

test("a rate limit is waited for as long as it says, also by the next process", async () => {
  await using at = await scene();
  at.acme.script = ({ path }) =>
    path === "/newOrder" ? problem(429, "rateLimited", "too many certificates", { "retry-after": "90000" }) : undefined;
  const source = await at.open();
  await at.look(source, 1);
  assert.match(source.problem ?? "", /a limit of the authority is reached \(.*too many certificates\)/);
  const next = Date.parse(/the next attempt is at (\S+)/.exec(source.problem ?? "")?.[1] ?? "");
  assert.ok(Math.abs(next - at.clock.now() - 90_000_000) < hourMs);
  const asked = () => at.acme.pathsAsked().filter((path) => path === "/newOrder").length;
  const again = await at.open();
  for (const one of [source, again]) {
    await one.refresh();
    await at.clock.advance(12 * hourMs);
    await one.refresh();
  }
  assert.equal(asked(), 1);
  await at.clock.advance(2 * hourMs);
  await at.look(again, 2);
  assert.equal(asked(), 2);
});

test("a challenge that fails is explained, and its answer taken down; the next attempt waits 15 minutes", async () => {
  await using at = await scene();
  let seen: string | undefined;
  at.acme.script = ({ path }) => {
    const { origin } = at.acme;
    if (path === "/challenge") seen = at.board.get(token);
    const error = { type: "urn:ietf:params:acme:error:connection", detail: "Timeout during connect" };
    return path === "/authz" && seen !== undefined ? { body: authorization("invalid", origin, error) } : undefined;
  };
  const source = await at.open();
  await at.look(source, 1);
  assert.match(seen ?? "", new RegExp(`^${token}\\.[A-Za-z0-9_-]{43}$`));
  assert.equal(at.board.size, 0);
  assert.match(source.problem ?? "", /can't reach this server at http:\/\/meet\.example\/: port 80 .* port 8000 here/);
  const before = at.acme.asked.length;
  await at.clock.advance(14 * 60_000);
  await source.refresh();
  assert.equal(at.acme.asked.length, before);
  await at.clock.advance(60_000);
  await at.look(source, 2);
});

test("an authority that takes too long is given up; where it named a fault meanwhile, that is the reason", async () => {
  await using at = await scene();
  const source = await at.open();
  const start = at.clock.now();
  await at.look(source, 1);
  assert.match(source.problem ?? "", /check of meet\.example is still "pending" after 180 s/);
  assert.ok(at.clock.now() - start >= 180_000);
  const error = { type: "urn:ietf:params:acme:error:dns", detail: "no such host" };
  at.acme.script = ({ path }) =>
    path === "/authz" ? { body: authorization("pending", at.acme.origin, error) } : undefined;
  await at.clock.advance(hourMs);
  await at.look(source, 2);
  assert.match(source.problem ?? "", /the name meet\.example doesn't lead here: it needs an A or AAAA record/);
});

test("a school's account made beforehand is bound to the key; where it is needed and not there, that is said", async () => {
  await using at = await scene();
  const hmacKey = "c2VjcmV0LXNlY3JldA";
  at.acme.script = ({ path, payload }) => {
    if (path === "/newOrder") return problem(403, "unauthorized", "far enough");
    if (path !== "/newAccount" || (payload as { externalAccountBinding?: object }).externalAccountBinding)
      return undefined;
    return problem(400, "externalAccountRequired", "no binding");
  };
  const source = await at.open();
  await at.look(source, 1);
  assert.match(source.problem ?? "", /set VECHE_ACME_EAB_KID and VECHE_ACME_EAB_HMAC_KEY/);
  const bound = await at.open({ externalAccount: { keyId: "kid-1", hmacKey }, email: "head@school.example" });
  await at.look(bound, 2);
  const asked = at.acme.asked.filter(({ path }) => path === "/newAccount").at(-1);
  assert.ok(asked);
  const { externalAccountBinding: jws, contact } = asked.payload as {
    externalAccountBinding: { protected: string; payload: string; signature: string };
    contact: readonly string[];
  };
  assert.deepEqual(contact, ["mailto:head@school.example"]);
  const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
  assert.deepEqual(decode(jws.protected), { alg: "HS256", kid: "kid-1", url: `${at.acme.origin}/newAccount` });
  assert.deepEqual(decode(jws.payload), asked.header.jwk);
  const mac = createHmac("sha256", Buffer.from(hmacKey, "base64url")).update(`${jws.protected}.${jws.payload}`);
  assert.equal(jws.signature, mac.digest("base64url"));
});

test("a certificate is kept over restarts, and renewed when the authority wishes it: the order says what it replaces", async () => {
  await using at = await scene();
  await at.keep(90);
  const wish = { start: at.clock.now() - 2 * dayMs, end: at.clock.now() - dayMs };
  at.acme.script = ({ path }) => {
    const window = { start: new Date(wish.start).toISOString(), end: new Date(wish.end).toISOString() };
    if (path.startsWith("/renewalInfo/")) return { body: { suggestedWindow: window } };
    return path === "/newOrder" ? problem(403, "orderNotReady", "far enough") : undefined;
  };
  const source = await at.open();
  assert.equal(source.current.kind, "acme");
  assert.equal(source.rootPem, undefined);
  await at.look(source, 1);
  const order = at.acme.asked.find(({ path }) => path === "/newOrder")?.payload as { replaces: string };
  const asked = at.acme.pathsAsked().find((path) => path.startsWith("/renewalInfo/"));
  assert.equal(`/renewalInfo/${order.replaces}`, asked);
  assert.match(order.replaces, /^[A-Za-z0-9_-]{27,}\.[A-Za-z0-9_-]{22,}$/);
  assert.equal(source.current.kind, "acme", "the old one is good as long as it is valid");
});

test("without a wish it is renewed a third before its end; once it has ended the private authority serves", async () => {
  await using at = await scene();
  await at.keep(89);
  at.acme.script = ({ path }) => (path === "/newOrder" ? problem(500, "serverInternal", "sorry") : undefined);
  const source = await at.open();
  const orders = () => at.acme.pathsAsked().filter((path) => path === "/newOrder").length;
  await at.clock.advance(58.9 * dayMs);
  await source.refresh();
  await at.clock.advance(10_000);
  assert.equal(orders(), 0);
  await at.clock.advance(0.2 * dayMs);
  await at.look(source, 1);
  assert.equal(orders(), 1);
  await at.clock.advance(31 * dayMs);
  assert.equal((await source.refresh())?.kind, "private");
  assert.match(source.rootPem ?? "", /BEGIN/);
});

test("another name is asked for at once, while the certificate without it is used on", async () => {
  await using at = await scene();
  await at.keep(90);
  at.acme.script = ({ path }) => (path === "/newOrder" ? problem(500, "serverInternal", "sorry") : undefined);
  const source = await at.open({ names: ["meet.example", "lessons.example"] });
  await at.look(source, 1);
  const order = at.acme.asked.find(({ path }) => path === "/newOrder")?.payload as { identifiers: object };
  assert.deepEqual(order.identifiers, [
    { type: "dns", value: "meet.example" },
    { type: "dns", value: "lessons.example" },
  ]);
  assert.equal(source.current.kind, "acme");
});

test("a server that is away, or isn't trusted, is told apart", async () => {
  await using at = await scene();
  await at.look(await at.open({ ca: undefined }), 1);
  const untrusted = await at.open({ ca: undefined });
  await at.look(untrusted, 2);
  assert.match(untrusted.problem ?? "", /isn't trusted here: .*VECHE_ACME_CA_FILE/);
  const away = await at.open({ directory: "https://127.0.0.1:1/directory" });
  await at.look(away, 3);
  assert.match(away.problem ?? "", /the ACME server 127\.0\.0\.1:1 can't be reached from here: ECONNREFUSED/);
  const garbled = await at.open({ directory: `${at.acme.origin}/directory` });
  at.acme.script = () => ({ body: "<html>" });
  await at.look(garbled, 4);
  assert.match(garbled.problem ?? "", /expected a directory/);
  const endless = await at.open();
  at.acme.script = () => ({ body: "a".repeat(maxAnswerBytes + 1) });
  await at.clock.advance(hourMs);
  await at.look(endless, 5);
  assert.match(endless.problem ?? "", /an answer is longer than 262144 bytes/);
});

test("nothing is asked where it can't be written down first", async () => {
  await using at = await scene();
  const source = await at.open();
  const [place] = await readdir(join(at.folder, "acme"));
  await rm(join(at.folder, "acme", place ?? ""), { recursive: true });
  await at.look(source, 1);
  assert.match(source.problem ?? "", /VECHE_DATA_DIR: ".*history\.json" can't be used \(ENOENT\)/);
  assert.deepEqual(at.acme.asked, []);
});

test("a damaged account key stops the start, a damaged certificate is ordered again", async () => {
  await using at = await scene();
  await at.keep(90);
  const [place] = await readdir(join(at.folder, "acme"));
  const file = (name: string) => join(at.folder, "acme", place ?? "", name);
  await writeFile(file("meet.example.pem"), "rubbish");
  assert.equal((await at.open()).current.kind, "private");
  await writeFile(file("account.key"), "rubbish");
  await assert.rejects(at.open(), /VECHE_DATA_DIR: .*account\.key is damaged: restore it, or remove it/);
});
