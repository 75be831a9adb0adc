import assert from "node:assert/strict";
import { mkdir, mkdtempDisposable, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { streams } from "@veche/proto/storage.ts";
import { ManualClock } from "../clock.ts";
import { Health } from "../health.ts";
import { silentLog } from "../log.ts";
import { MemoryBus } from "../memory-bus.ts";
import { Metrics } from "../metrics.ts";
import { createRoot, issue, type Pair } from "../x509.ts";
import type { Certificate, CertificateSource } from "./certificate.ts";
import { expiresAt, readCertificate } from "./certificate.ts";
import { CertificateFacts } from "./certificate-facts.ts";
import { CertificateFiles } from "./certificate-files.ts";
import { keepFresh, refreshMs } from "./keep-fresh.ts";

const dayMs = 24 * 3600 * 1000;

async function pairFor(name: string, now = Date.now(), days?: number): Promise<Pair> {
  return issue(await createRoot("test", now), [name], now, days === undefined ? {} : { days });
}

async function folder() {
  return mkdtempDisposable(join(tmpdir(), "veche-certificate-"));
}

async function writePair(path: string, { certificate, key }: Pair): Promise<void> {
  await writeFile(join(path, "cert.pem"), certificate);
  await writeFile(join(path, "key.pem"), key);
}

const filesIn = (path: string, now = () => Date.now()) => ({
  certificate: { setting: "CERT_FILE", path: join(path, "cert.pem") },
  key: { setting: "KEY_FILE", path: join(path, "key.pem") },
  now,
});

test("files are checked before anybody connects, with one clear line", async () => {
  await using place = await folder();
  await writePair(place.path, await pairFor("a"));
  const files = filesIn(place.path);
  assert.ok((await CertificateFiles.open(files)).current.leaf.checkHost("a"));
  await writeFile(files.key.path, (await pairFor("a")).key);
  await assert.rejects(CertificateFiles.open(files), /CERT_FILE ".*", KEY_FILE ".*": the private key is not/);
  await writeFile(files.key.path, "rubbish");
  await assert.rejects(CertificateFiles.open(files), /expected a private key in PEM/);
  await rm(files.key.path);
  await assert.rejects(CertificateFiles.open(files), /KEY_FILE ".*": can't be read \(ENOENT\)/);
});

test("a pair caught half written leaves the present one in use, and is taken up when it is whole", async () => {
  await using place = await folder();
  const files = filesIn(place.path);
  await writePair(place.path, await pairFor("a"));
  const source = await CertificateFiles.open(files);
  const next = await pairFor("b");
  const halves = [
    "half",
    next.certificate.slice(0, 300),
    // The first certificate is whole, the one after it is not.
    next.certificate.slice(0, next.certificate.lastIndexOf("-----BEGIN") + 200),
  ];
  for (const half of halves) {
    await writeFile(files.certificate.path, half);
    await writeFile(files.key.path, next.key);
    await assert.rejects(source.refresh(), /expected a (certificate|chain of certificates)/, half);
    assert.ok(source.current.leaf.checkHost("a"));
  }
  await writeFile(files.certificate.path, next.certificate);
  assert.ok((await source.refresh())?.leaf.checkHost("b"));
  assert.equal(await source.refresh(), undefined);
});

test("files behind symbolic links are taken up when the links are turned, as certbot and Kubernetes do", async () => {
  await using place = await folder();
  const turn = async (name: string, pair: Pair) => {
    await mkdir(join(place.path, name));
    await writePair(join(place.path, name), pair);
    await symlink(name, join(place.path, "..next"));
    await rename(join(place.path, "..next"), join(place.path, "..data"));
  };
  await turn("first", await pairFor("first"));
  for (const file of ["cert.pem", "key.pem"]) await symlink(join("..data", file), join(place.path, file));
  const source = await CertificateFiles.open(filesIn(place.path));
  await turn("second", await pairFor("second"));
  assert.ok((await source.refresh())?.leaf.checkHost("second"));
});

test("a certificate nobody would accept takes no good one's place, and any one that of an ended one", async () => {
  await using place = await folder();
  let now = Date.now();
  const files = filesIn(place.path, () => now);
  await writePair(place.path, await pairFor("good", now, 30));
  const source = await CertificateFiles.open(files);
  await writePair(place.path, await pairFor("ended", now - 9 * dayMs, 1));
  await assert.rejects(source.refresh(), /the new certificate ended on/);
  const next = await pairFor("next", now + 5 * dayMs, 30);
  await writePair(place.path, next);
  await assert.rejects(source.refresh(), /the new certificate is valid from/);
  assert.ok(source.current.leaf.checkHost("good"));
  now += 5 * dayMs;
  assert.ok((await source.refresh())?.leaf.checkHost("next"));
  now += 40 * dayMs;
  await writePair(place.path, await pairFor("ended", now - 9 * dayMs, 1));
  assert.ok((await source.refresh())?.leaf.checkHost("ended"));
});

class Given implements CertificateSource {
  readonly rootPem = undefined;
  problem: string | undefined;
  current: Certificate;
  #next: Certificate | Error | undefined;

  constructor(current: Certificate) {
    this.current = current;
  }

  give(next: Certificate | Error | undefined): void {
    this.#next = next;
  }

  async refresh(): Promise<Certificate | undefined> {
    const next = this.#next;
    if (next instanceof Error) throw next;
    this.#next = undefined;
    if (next !== undefined) this.current = next;
    return next;
  }
}

async function scene(days = 90) {
  const clock = new ManualClock(Date.now());
  const make = async (name: string, life = days) => {
    const { certificate, key } = await pairFor(name, clock.now(), life);
    return readCertificate("files", certificate, key);
  };
  const source = new Given(await make("a"));
  const bus = new MemoryBus(undefined, { role: "web" });
  const health = new Health();
  const metrics = new Metrics("web");
  const used: Certificate[] = [];
  const open = (instance: string) => {
    const facts = new CertificateFacts({ role: "web", instance, log: silentLog, clock });
    const listening = facts.listen(bus);
    const kept = keepFresh(source, (fresh) => void used.push(fresh), { clock, log: silentLog, health, metrics, facts });
    const close = async () => {
      await kept[Symbol.asyncDispose]();
      listening[Symbol.dispose]();
    };
    return { kept, close };
  };
  const facts = async () => {
    const found = await Array.fromAsync(bus.replay(streams.service, "service.v1.>"));
    return found.map(({ subject, body }) => [subject, body] as const);
  };
  return { clock, make, source, bus, health, metrics, used, open, facts };
}

test("what can't be used is a warning while the present one is good, and the next good one is used", async () => {
  const { clock, source, health, used, open, make, metrics } = await scene();
  const { kept, close } = open("i1");
  source.give(new Error("CERT_FILE: rubbish"));
  await clock.advance(refreshMs);
  assert.equal(kept.report().problem, "CERT_FILE: rubbish");
  assert.ok(health.ready);
  const fresh = await make("b");
  source.give(fresh);
  await clock.advance(refreshMs);
  assert.deepEqual(used, [fresh]);
  const { validUntil, ...report } = kept.report();
  assert.deepEqual(report, { kind: "files", names: ["b"], issuer: "test" });
  assert.equal(Date.parse(validUntil), expiresAt(fresh));
  assert.match(await metrics.text(), new RegExp(`veche_web_certificate_expires_seconds ${expiresAt(fresh) / 1000}\\n`));
  await close();
  assert.equal(clock.pending, 0);
});

test("a certificate that has ended is a problem of health", async () => {
  const { clock, health, open } = await scene(30);
  await clock.advance(30 * dayMs - refreshMs);
  const { close, kept } = open("i1");
  assert.ok(health.ready);
  assert.match(kept.report().problem ?? "", /ends on/);
  await clock.advance(2 * refreshMs);
  assert.match(health.problems.get("certificate") ?? "", /ended/);
  await close();
});

test("the end is told three times, once each, also by processes that start later; a renewal when it happens", async () => {
  const { clock, source, open, facts, make } = await scene();
  source.problem = "the authority is away";
  const run = async (instance: string) => {
    const running = open(instance);
    await clock.advance(3 * refreshMs);
    await running.close();
  };
  await run("i0");
  await clock.advance(80 * dayMs);
  await run("i1");
  await clock.advance(7 * dayMs);
  await run("i2");
  await clock.advance(2.5 * dayMs);
  await run("i2");
  const running = open("i3");
  await clock.advance(refreshMs);
  const told = (await facts()).map(([subject, body]) => [subject, (body as { days: number }).days]);
  assert.deepEqual(told, [
    ["service.v1.web.i1.certificate-expiring", 14],
    ["service.v1.web.i2.certificate-expiring", 3],
    ["service.v1.web.i2.certificate-expiring", 1],
  ]);
  const [, first] = (await facts())[0] ?? [];
  assert.equal((first as { problem: string }).problem, "the authority is away");
  source.give(await make("b"));
  await clock.advance(3 * refreshMs);
  const renewed = (await facts()).slice(3);
  assert.equal(renewed.length, 1);
  const [subject, body] = renewed[0] ?? [];
  assert.equal(subject, "service.v1.web.i3.certificate-renewed");
  const { certificate } = body as { certificate: { kind: string; names: readonly string[]; validUntil: string } };
  assert.deepEqual([certificate.kind, certificate.names], ["files", ["b"]]);
  assert.equal(Date.parse(certificate.validUntil), expiresAt(source.current));
  await running.close();
});

test("it ends when the look under way has ended", async () => {
  const { clock, source, health, metrics } = await scene();
  const looking = Promise.withResolvers<undefined>();
  source.refresh = () => looking.promise;
  const kept = keepFresh(source, () => {}, { clock, log: silentLog, health, metrics });
  let hasEnded = false;
  const ending = kept[Symbol.asyncDispose]().then(() => {
    hasEnded = true;
  });
  await clock.advance(1000);
  assert.equal(hasEnded, false);
  looking.resolve(undefined);
  await ending;
});
