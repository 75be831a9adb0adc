import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempDisposable, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { InternalCa } from "./internal-ca.ts";

const dayMs = 24 * 3600 * 1000;
const now = Date.UTC(2026, 8, 1);

async function folder() {
  return mkdtempDisposable(join(tmpdir(), "veche-internal-ca-"));
}

test("the authority is made once, and only its owner reads its key", async () => {
  await using place = await folder();
  const first = await InternalCa.open(place.path, now);
  const again = await InternalCa.open(place.path, now + 100 * dayMs);
  assert.equal(again.certificate, first.certificate);
  const { mode } = await stat(join(place.path, "internal-ca/ca.key"));
  assert.equal(mode & 0o077, 0);
});

test("a certificate names the role and where it is reached, for servers and those who call", async () => {
  await using place = await folder();
  const ca = await InternalCa.open(place.path, now);
  const leaf = new X509Certificate(
    (await ca.issue("videobridge", ["10.0.0.5", "bridge.school.example"], now)).certificate,
  );
  assert.equal(leaf.subject, "CN=videobridge");
  assert.ok(leaf.checkIP("10.0.0.5") && leaf.checkHost("bridge.school.example"));
  assert.ok(leaf.verify(new X509Certificate(ca.certificate).publicKey));
  assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
});

test("one that is kept is made anew in its second half, for a further name, and when it is damaged", async () => {
  await using place = await folder();
  const ca = await InternalCa.open(place.path, now);
  const first = await ca.keep("nats", ["10.0.0.5"], now);
  assert.equal((await ca.keep("nats", ["10.0.0.5"], now + 365 * dayMs)).certificate, first.certificate);
  const further = await ca.keep("nats", ["10.0.0.5", "10.0.0.6"], now);
  assert.notEqual(further.certificate, first.certificate);
  assert.notEqual((await ca.keep("nats", ["10.0.0.5"], now + 3 * 365 * dayMs)).certificate, further.certificate);
  const path = join(place.path, "internal-ca/nats.crt");
  await writeFile(path, "rubbish");
  await ca.keep("nats", ["10.0.0.5"], now);
  assert.ok(new X509Certificate(await readFile(path)).checkIP("10.0.0.5"));
});

test("a damaged authority stops the start, and is never replaced", async () => {
  await using place = await folder();
  await InternalCa.open(place.path, now);
  const certificate = join(place.path, "internal-ca/ca.crt");
  const kept = await readFile(certificate);
  await writeFile(certificate, "rubbish");
  await assert.rejects(
    InternalCa.open(place.path, now),
    /ca\.crt is no certificate in PEM; restore ca\.crt and ca\.key/,
  );
  await rm(certificate);
  await assert.rejects(InternalCa.open(place.path, now), /expected ca\.crt and ca\.key, found one of them/);
  await writeFile(certificate, kept);
  await InternalCa.open(place.path, now);
});
