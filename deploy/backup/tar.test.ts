import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { BadTar, readTar, type TarEntry, tarEnd, tarEntry } from "./tar.ts";

const long = `secrets/nats/${"a".repeat(60)}/${"b".repeat(60)}.creds`;
const contents = new Map([
  ["format.json", Buffer.from("{}")],
  ["secrets/empty", Buffer.alloc(0)],
  [long, Buffer.alloc(512, 7)],
  ["streams/x/000000.snapshot", Buffer.alloc(70_001, 9)],
]);
const archive = Buffer.concat([...[...contents].map(([name, content]) => tarEntry(name, content, 1e12)), tarEnd]);

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Buffer, size = 777): Promise<TarEntry[]> {
  return Array.fromAsync(readTar(inPieces(bytes, size), 2 ** 20));
}

test("entries come back as they were, in whatever pieces the file is read", async () => {
  for (const size of [1, 511, 512, 4096, archive.byteLength]) {
    const found = await read(archive, size);
    assert.deepEqual(new Map(found.map(({ name, content }) => [name, Buffer.from(content)])), contents);
  }
});

test("tar of the system lists it", () => {
  const listed = execFileSync("tar", ["tvf", "-"], {
    input: archive,
    encoding: "utf8",
    env: { ...process.env, TZ: "UTC" },
  });
  assert.deepEqual(
    listed
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/)[5]),
    [...contents.keys()],
  );
  assert.match(listed, /^-rw------- .* 2001-09-09 01:46 format.json/);
});

test("what is cut off, damaged or too large is refused in words", async () => {
  await assert.rejects(
    read(archive.subarray(0, archive.byteLength - 1024)),
    new BadTar("it ends in the middle: it was cut off"),
  );
  await assert.rejects(read(archive.subarray(0, 700)), new BadTar("it ends in the middle: it was cut off"));
  const damaged = Buffer.from(archive);
  damaged[3] = (damaged[3] ?? 0) ^ 1;
  await assert.rejects(read(damaged), new BadTar("expected the head of a tar entry, found something else"));
  const large = tarEntry("x", Buffer.alloc(2 ** 20 + 1), 0);
  await assert.rejects(read(large), new BadTar("x: expected at most 1048576 bytes, found 1048577"));
  assert.throws(() => tarEntry("n".repeat(101), Buffer.alloc(0), 0), /expected a name of at most 100 bytes/);
});
