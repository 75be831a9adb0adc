import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ManualClock, systemClock } from "@veche/kit/clock.ts";
import { createLogger } from "@veche/kit/log.ts";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { openLibrary, ownerKey, record, temporaryFolder } from "../../testing/library.ts";
import { openS3Server } from "../../testing/s3-server.ts";
import { openStorage } from "./open.ts";
import { S3Storage } from "./s3.ts";
import { WebDavStorage } from "./webdav.ts";

const forever = new AbortController().signal;
const hostile = "Урок (1)'s+a b&c=d!*.mp4";

async function textOf(answer: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test("S3 has each file under its name, whatever letters it has, and gives back any part of it", async () => {
  await using s3 = await openS3Server();
  await using folder = await temporaryFolder();
  const settings = { url: `${s3.origin}/bucket/below/`, user: s3.keyId, password: s3.secretKey, region: "eu-test-1" };
  const storage = new S3Storage(settings, systemClock);
  const path = join(folder.path, "a");
  await writeFile(path, "0123456789");
  const location = await storage.put(
    { recording: "rec1", name: hostile },
    { path, sizeBytes: 10, type: "video/mp4" },
    forever,
  );
  assert.equal(location, `s3://bucket/below/rec1/${hostile}`);
  assert.equal(s3.objects.get(`bucket/below/rec1/${hostile}`)?.toString(), "0123456789");
  assert.equal(await textOf(await storage.get(location, "bytes=2-4", forever)), "234");
  await writeFile(path, "");
  await storage.put({ recording: "rec1", name: "empty" }, { path, sizeBytes: 0, type: "video/mp4" }, forever);
  await storage.remove(location, forever);
  await storage.remove(location, forever);
  assert.deepEqual([...s3.objects.keys()], ["bucket/below/rec1/empty"]);
  assert.deepEqual(
    [storage.has(location), storage.has("s3://bucket/other/x"), storage.has("recorder:r1")],
    [true, false, false],
  );
  const wrong = new S3Storage({ ...settings, password: "wrong" }, systemClock);
  const refused = wrong.put({ recording: "rec1", name: "x" }, { path, sizeBytes: 0, type: "video/mp4" }, forever);
  await assert.rejects(refused, /status 403 \(SignatureDoesNotMatch\)/);
});

test("a large file goes in parts, each tried again; one that fails for good leaves nothing behind", async () => {
  await using s3 = await openS3Server();
  await using folder = await temporaryFolder();
  const settings = { url: `${s3.origin}/bucket`, user: s3.keyId, password: s3.secretKey, region: "eu-test-1" };
  const storage = new S3Storage(settings, systemClock);
  const path = join(folder.path, "large");
  const content = Buffer.alloc(33 * 1024 * 1024, "veche");
  await writeFile(path, content);
  let failures = 0;
  s3.fails = (_method, url) => url.includes("partNumber=2") && failures++ < 2;
  const file = { path, sizeBytes: content.length, type: "video/mp4" };
  await storage.put({ recording: "rec1", name: "film.mp4" }, file, forever);
  assert.ok(s3.objects.get("bucket/rec1/film.mp4")?.equals(content));
  s3.fails = (_method, url) => url.includes("partNumber=3");
  await assert.rejects(storage.put({ recording: "rec2", name: "film.mp4" }, file, forever), /status 503 \(SlowDown\)/);
  assert.deepEqual([s3.uploadsOpen(), s3.objects.has("bucket/rec2/film.mp4")], [0, false]);
});

test("an upload that fails is tried again, later each time, and no log has the secret", async () => {
  await using s3 = await openS3Server();
  const clock = new ManualClock(Date.now());
  const lines: string[] = [];
  const log = createLogger("test", "trace", { write: (line) => void lines.push(line) });
  const settings = { url: `${s3.origin}/bucket`, user: s3.keyId, password: s3.secretKey, region: "eu-test-1" };
  const storage = openStorage("s3", settings, clock);
  let asked = 0;
  s3.fails = () => asked++ < 5;
  await using at = await openLibrary({ clock, log, storage, keepsLocal: false });
  const done = record(at);
  for (let i = 0; i < 2_000 && s3.objects.size < 2; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await clock.advance(1_000);
  }
  await done;
  const entry = await at.library.entries.find("rec1");
  assert.deepEqual(
    entry?.files.map(({ location }) => location),
    ["s3://bucket/rec1/5A_2023-11-14.mp4", "s3://bucket/rec1/metadata.json"],
  );
  const waits = lines.map((line) => JSON.parse(line) as { waitMs?: number }).flatMap(({ waitMs }) => waitMs ?? []);
  assert.deepEqual(waits, [2_000, 4_000, 8_000, 16_000, 32_000]);
  assert.ok(!lines.join().includes(s3.secretKey) && !lines.join().includes("AWS4-HMAC"));
  assert.deepEqual(
    (await readdir(join(at.root, "rec1"))).filter((name) => !name.startsWith(".")),
    [],
  );
  // Played from there as it was from here.
  const headers = { "x-recording-key": ownerKey, range: "bytes=1-2" };
  const url = "/recordings/api/recordings/rec1/files/5A_2023-11-14.mp4";
  const answer = await at.app.inject({ url, headers });
  assert.deepEqual([answer.statusCode, answer.body, answer.headers["content-range"]], [206, "il", "bytes 1-2/4"]);
  const removed = await at.app.inject({ method: "DELETE", url: "/recordings/api/recordings/rec1", headers });
  assert.deepEqual([removed.statusCode, s3.objects.size], [204, 0]);
});

test("a recording is in the library before its upload is done, and deleting it ends the upload", async () => {
  await using s3 = await openS3Server();
  s3.fails = () => true;
  const settings = { url: `${s3.origin}/bucket`, user: s3.keyId, password: s3.secretKey, region: "eu-test-1" };
  await using at = await openLibrary({ storage: openStorage("s3", settings, systemClock) });
  // Deleted while it is being finished: that is what ends it.
  const done = record(at).catch(() => undefined);
  while ((await at.library.entries.find("rec1"))?.status !== "available") await new Promise((r) => setTimeout(r, 5));
  const headers = { "x-recording-key": ownerKey };
  const removed = await at.app.inject({
    method: "DELETE",
    url: "/recordings/api/recordings/rec1?uploads=keep",
    headers,
  });
  assert.equal(removed.statusCode, 204);
  await done;
});

test("settings of an upload that can't work are refused at the start", () => {
  const settings = { url: "", user: "", password: "", region: "" };
  assert.equal(openStorage("none", settings, systemClock), undefined);
  for (const url of ["", "https://s3.example", "https://a:b@s3.example/bucket"]) {
    assert.throws(() => openStorage("s3", { ...settings, url }, systemClock), /VECHE_RECORDINGS_UPLOAD_URL/);
  }
});

const nginx = ["/usr/sbin/nginx", "/usr/bin/nginx"].find((path) => existsSync(path));
const skip = nginx ? false : "nginx is not installed";

test("WebDAV: folders are made, files put, read in part and removed, by nginx's own module", { skip }, async () => {
  await using folder = await temporaryFolder();
  await using server = await openNginx(folder.path);
  const storage = new WebDavStorage({ url: `${server.origin}/dav/recordings`, user: "u", password: "p", region: "" });
  const path = join(folder.path, "a");
  await writeFile(path, "0123456789");
  const file = { path, sizeBytes: 10, type: "video/mp4" };
  const location = await storage.put({ recording: "rec1", name: hostile }, file, forever);
  const inTracks = await storage.put({ recording: "rec1", name: "tracks/a.ogg" }, file, forever);
  assert.equal(await textOf(await storage.get(location, "bytes=2-4", forever)), "234");
  assert.ok(storage.has(location) && storage.has(inTracks) && !storage.has("https://other.example/x"));
  const kept = join(folder.path, "dav", "recordings", "rec1");
  assert.deepEqual((await readdir(kept)).sort(), ["tracks", hostile].sort());
  await storage.remove(location, forever);
  await storage.remove(location, forever);
  assert.deepEqual(await readdir(kept), ["tracks"]);
  const wrong = new WebDavStorage({ url: `${server.origin}/dav/recordings`, user: "u", password: "no", region: "" });
  await assert.rejects(wrong.put({ recording: "rec1", name: "x" }, file, forever), /status 401/);
  const missing = new WebDavStorage({ url: `${server.origin}/nowhere`, user: "u", password: "p", region: "" });
  await assert.rejects(
    missing.put({ recording: "rec1", name: "x" }, file, forever),
    /WebDAV (MKCOL|PUT): .*status 40[3-9]/,
  );
});

async function openNginx(folder: string): Promise<AsyncDisposable & { readonly origin: string }> {
  const port = await freePort();
  await mkdir(join(folder, "dav", "recordings"), { recursive: true });
  await writeFile(join(folder, "users"), "u:{PLAIN}p\n");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/t-${name};`,
  );
  const user = process.getuid?.() === 0 ? "user root;" : "";
  await writeFile(
    join(folder, "nginx.conf"),
    `${user} daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/log;
     events {} http { access_log off; ${temporary.join(" ")}
     server { listen 127.0.0.1:${port}; root ${folder};
       location /dav/ { auth_basic dav; auth_basic_user_file ${folder}/users; dav_methods PUT DELETE MKCOL; } } }`,
  );
  execFileSync(nginx ?? "", ["-t", "-q", "-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "ignore" });
  const child: ChildProcess = spawn(nginx ?? "", ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "ignore" });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const origin = `http://127.0.0.1:${port}`;
  const endMs = Date.now() + 5_000;
  while (
    !(await fetch(origin).then(
      () => true,
      () => false,
    ))
  ) {
    if (Date.now() > endMs) throw new Error("nginx did not begin to listen");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    origin,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
