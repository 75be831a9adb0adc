import assert from "node:assert/strict";
import { test } from "node:test";
import { Fault } from "../users/fault.ts";
import { ArchiveWriter, checkArchive, isNewer, readParts } from "./archive.ts";
import { plainSealing, type Sealing, sealing } from "./encryption.ts";
import { tarEnd, tarEntry } from "./tar.ts";

const passphrase = "a horse and a staple";
const secret = Buffer.from("SAANWFZ3JINNPERWT3ALE45U7GYT2ZDW6GJUIVPDKUF6GKAX6AISZJMAS4");

async function make(given: { readonly seal?: Sealing; readonly version?: string } = {}): Promise<Buffer> {
  const seal = given.seal ?? plainSealing();
  const pieces = [seal.start];
  const sink = async (bytes: Buffer) => void pieces.push(seal.update(bytes));
  const archive = await ArchiveWriter.open(sink, given.version ?? "0.2.0", Date.UTC(2026, 10, 23));
  await archive.add("secrets/nats/keys/account.nk", secret);
  await archive.add("streams/KV_accounts/000000.snapshot", Buffer.alloc(9_000, 3));
  archive.countStream("KV_accounts", 12);
  await archive.finish();
  return Buffer.concat([...pieces, seal.end()]);
}

async function* inPieces(bytes: Buffer, size = 1_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

const check = (bytes: Buffer, given: { readonly passphrase?: string; readonly version?: string } = {}) =>
  checkArchive(inPieces(bytes), { passphrase: given.passphrase, version: given.version ?? "0.2.0" });

const fault = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Fault, String(error));
  assert.match(error.message, text);
  return true;
};

test("a backup says what is in it, and gives it back", async () => {
  const bytes = await make();
  const manifest = await check(bytes);
  assert.equal(manifest.madeAt, "2026-11-23T00:00:00.000Z");
  assert.deepEqual(manifest.streams, { KV_accounts: 12 });
  assert.deepEqual(
    manifest.parts.map(({ name, sizeBytes }) => [name, sizeBytes]),
    [
      ["secrets/nats/keys/account.nk", secret.byteLength],
      ["streams/KV_accounts/000000.snapshot", 9_000],
    ],
  );
  const parts = await Array.fromAsync(readParts(inPieces(bytes), { passphrase: undefined, version: "0.2.0" }));
  assert.deepEqual(parts[0], { name: "secrets/nats/keys/account.nk", content: secret });
});

test("under a passphrase nothing of it can be read, and nothing without it", async () => {
  const bytes = await make({ seal: sealing(passphrase) });
  assert.equal(bytes.includes(secret), false);
  assert.equal(bytes.includes("manifest"), false);
  assert.equal((await check(bytes, { passphrase })).parts.length, 2);
  await assert.rejects(check(bytes), fault(/it is encrypted: --passphrase-file names/));
  await assert.rejects(check(bytes, { passphrase: "another passphrase" }), fault(/the passphrase is another/));
});

test("a byte changed anywhere is found, plain and encrypted", async () => {
  for (const [given, seal] of [
    [{}, plainSealing()],
    [{ passphrase }, sealing(passphrase)],
  ] as const) {
    const bytes = await make({ seal });
    // The filling of the plain file says nothing.
    const places =
      "passphrase" in given
        ? [700, 3_000, bytes.byteLength - 700, bytes.byteLength - 3]
        : [bytes.indexOf(secret), 9_000, 1_100];
    for (const at of places) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      await assert.rejects(check(damaged, given), fault(/damaged|found something else|cut off/), `byte ${at}`);
    }
  }
});

test("a file that was cut off is refused, wherever", async () => {
  for (const [given, seal] of [
    [{}, plainSealing()],
    [{ passphrase }, sealing(passphrase)],
  ] as const) {
    const bytes = await make({ seal });
    const ends = [0, 20, 300, 2_500, 9_999, bytes.byteLength - 1_100];
    for (const keep of ends)
      await assert.rejects(
        check(bytes.subarray(0, keep), given),
        fault(/cut off|damaged|encrypted|no backup/),
        `${keep} bytes`,
      );
  }
  const whole = await make({ seal: sealing(passphrase) });
  await assert.rejects(check(whole.subarray(0, -1), { passphrase }), fault(/cut off/));
});

test("a newer version's file is refused, an older one's is not", async () => {
  await assert.rejects(
    check(await make({ version: "0.3.0" })),
    fault(/made by Veche 0\.3\.0 \(format 1\), and this is 0\.2\.0 \(format 1\): restore it with that version/),
  );
  assert.equal((await check(await make({ version: "0.1.9" }))).veche, "0.1.9");
  const next = tarEntry("format.json", Buffer.from('{"format":2,"veche":"0.2.0"}'), 0);
  await assert.rejects(check(Buffer.concat([next, tarEnd])), fault(/format 2/));
  assert.equal(isNewer("0.10.0", "0.9.9"), true);
  assert.equal(isNewer("0.2.0", "0.2.0"), false);
});

test("other people's files are refused, and names that lead elsewhere", async () => {
  await assert.rejects(check(Buffer.from("PK\x03\x04".repeat(400))), fault(/found something else/));
  await assert.rejects(check(tarEnd), fault(/no backup of Veche/));
  await assert.rejects(
    check(Buffer.concat([tarEntry("a", secret, 0), tarEnd])),
    fault(/expected format\.json, found a/),
  );
  const head = tarEntry("format.json", Buffer.from('{"format":1,"veche":"0.1.0"}'), 0);
  for (const name of ["secrets/../../etc/passwd", "/etc/passwd", "web//x", "./x"])
    await assert.rejects(
      check(Buffer.concat([head, tarEntry(name, secret, 0), tarEnd])),
      fault(/expected the name of a part/),
    );
  await assert.rejects(check(Buffer.concat([head, tarEnd])), fault(/manifest\.json is missing/));
});
