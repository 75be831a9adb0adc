import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { downloadWorker } from "./download.ts";
import { type EnsureOptions, ensureWorker, findWorker, type Makers } from "./ensure.ts";
import { findMediasoup } from "./recipe.ts";

const scratch = mkdtempSync(join(tmpdir(), "veche-worker-test-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
let caches = 0;

/** Ends as a worker does that is started by nobody it knows. */
function writeWorker(path: string, status = 41): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\nexit ${status}\n`);
  chmodSync(path, 0o755);
}

function given(makers: Partial<Makers>, env: Record<string, string> = {}) {
  const said: string[] = [];
  const made: string[] = [];
  const options: EnsureOptions = {
    env: { VECHE_CACHE: join(scratch, `cache ${caches++}`), ...env },
    say: (line) => said.push(line),
    makers: {
      missingTools: () => [],
      mayInstallTools: () => false,
      installTools: () => void made.push("install"),
      build: async (_mediasoup, _directory, target) => {
        made.push("build");
        writeWorker(target);
      },
      download: async (_mediasoup, _directory, target) => {
        made.push("download");
        writeWorker(target);
        return true;
      },
      ...makers,
    },
  };
  return { options, said, made };
}

test("a worker that is named is used as it is", async () => {
  const path = join(scratch, "named");
  writeWorker(path, 0);
  const { options, made } = given({}, { MEDIASOUP_WORKER_BIN: path });
  assert.equal(await ensureWorker(options), path);
  assert.deepEqual(made, []);
});

test("a name that leads nowhere is said at once", async () => {
  const { options } = given({}, { MEDIASOUP_WORKER_BIN: join(scratch, "nothing") });
  await assert.rejects(ensureWorker(options), /MEDIASOUP_WORKER_BIN: expected a mediasoup worker, found no file/);
});

test("with the tools at hand it is built, once, and found again", async () => {
  const { options, made, said } = given({});
  const path = await ensureWorker(options);
  assert.equal(await ensureWorker(options), path);
  assert.deepEqual(made, ["build"]);
  assert.match(said[0] ?? "", /^building the mediasoup worker .* Jitsi's own clients connect too$/);
  assert.equal(findWorker(options.env), path);
});

test("without the tools it is downloaded, and the line says whom that excludes", async () => {
  const { options, made, said } = given({ missingTools: () => ["g++"] });
  const path = await ensureWorker(options);
  assert.equal(await ensureWorker(options), path);
  assert.deepEqual(made, ["download"]);
  assert.ok(said.some((line) => line.includes("Jitsi's apps don't; VECHE_WORKER=build")));
});

test("where nothing can be downloaded, root on Debian gets the tools and builds", async () => {
  const { options, made, said } = given({
    missingTools: () => ["flatc"],
    mayInstallTools: () => true,
    download: async () => false,
  });
  await ensureWorker(options);
  assert.deepEqual(made, ["install", "build"]);
  assert.ok(said.some((line) => line.startsWith("installing the tools") && line.endsWith("can't be downloaded here")));
});

test("where nothing helps, one line names the packages", async () => {
  const { options } = given({ missingTools: () => ["flatc", "uv.h"], download: async () => false });
  await assert.rejects(
    ensureWorker(options),
    /missing: flatc, uv\.h\. On Debian: apt-get install g\+\+ make libuv1-dev/,
  );
});

test("VECHE_WORKER=build never downloads, VECHE_WORKER=download never builds", async () => {
  const build = given({ missingTools: () => ["g++"], mayInstallTools: () => true }, { VECHE_WORKER: "build" });
  await ensureWorker(build.options);
  assert.deepEqual(build.made, ["install", "build"]);
  const download = given({}, { VECHE_WORKER: "download" });
  await ensureWorker(download.options);
  assert.deepEqual(download.made, ["download"]);
  const other = given({}, { VECHE_WORKER: "fetch" });
  await assert.rejects(ensureWorker(other.options), /VECHE_WORKER: expected build, download or auto, found "fetch"/);
});

test("two that want it at once build it once", async () => {
  const { options, made } = given({});
  const [one, other] = await Promise.all([ensureWorker(options), ensureWorker(options)]);
  assert.equal(one, other);
  assert.deepEqual(made, ["build"]);
});

test("a build that fails leaves no worker and no lock behind", async () => {
  const failing = given({
    build: async () => {
      throw new Error("out of memory");
    },
  });
  await assert.rejects(ensureWorker(failing.options), /out of memory/);
  assert.equal(findWorker(failing.options.env), undefined);
  const { options } = given({}, { VECHE_CACHE: failing.options.env?.VECHE_CACHE ?? "" });
  await ensureWorker(options);
});

test("the lock of a process that was killed holds nobody up", async () => {
  const { options, made } = given({});
  const dead = spawnSync("true").pid;
  const directory = join(options.env?.VECHE_CACHE ?? "", "mediasoup-worker");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${findMediasoup().version}.lock`), `${dead} 1`);
  await ensureWorker(options);
  assert.deepEqual(made, ["build"]);
});

test("a cached worker that does not run on this system any more is built again", async () => {
  const { options, made } = given({});
  writeWorker(await ensureWorker(options), 127);
  await ensureWorker(options);
  assert.deepEqual(made, ["build", "build"]);
});

test("a download that can't be had leaves nothing behind", async () => {
  const server = createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL = `http://127.0.0.1:${port}`;
  try {
    const target = join(scratch, "downloaded/mediasoup-worker");
    assert.equal(await downloadWorker(findMediasoup(), join(scratch, "download scratch"), target), false);
    assert.equal(existsSync(target), false);
    assert.equal(existsSync(join(scratch, "download scratch")), false);
  } finally {
    delete process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL;
    server.close();
  }
});

test("what the makers publish is unpacked, tried and kept", async () => {
  const tarball = join(scratch, "worker.tgz");
  const unpacked = join(scratch, "published");
  writeWorker(join(unpacked, "mediasoup-worker"));
  assert.equal(spawnSync("tar", ["-czf", tarball, "-C", unpacked, "mediasoup-worker"]).status, 0);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end(readFileSync(tarball));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL = `http://127.0.0.1:${port}`;
  try {
    const target = join(scratch, "kept/mediasoup-worker");
    mkdirSync(dirname(target));
    assert.equal(await downloadWorker(findMediasoup(), join(scratch, "scratch"), target), true);
    assert.equal(spawnSync(target).status, 41);
    assert.match(asked[0] ?? "", /\/3\.\d+\.\d+\/mediasoup-worker-3\..*\.tgz$/);
  } finally {
    delete process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL;
    server.close();
  }
});
