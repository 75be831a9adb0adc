import assert from "node:assert/strict";
import { symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { heldBytes } from "@veche/kit/testing/held-bytes.ts";
import { RecorderStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { assembleOf, type LibraryUnderTest, openLibrary, ownerKey, record } from "../../testing/library.ts";
import { until } from "../../testing/until.ts";
import { libraryLimits as limits } from "../limits.ts";

type Answer = Awaited<ReturnType<LibraryUnderTest["app"]["inject"]>>;
const api = "/recordings/api";
const roles: Readonly<Record<string, string>> = {
  root: "administrator",
  anna: "teacher",
  boris: "teacher",
  petya: "pupil",
};

/** Accounts whose password is their name; a token "t-anna" is anna's. */
function serveAccounts({ bus }: LibraryUnderTest): void {
  bus.serve(xmpp.identify, ({ user, password, token }) => {
    const name = user !== "" ? user : token.replace(/^t-/, "");
    if (token === "bad") throw new VecheError("permission-denied", "token");
    if (user !== "" && password !== user) throw new VecheError("unauthenticated", "wrong");
    const kind = user !== "" ? "account" : "token";
    return {
      identity: { kind, userId: name, accountRole: kind === "account" ? roles[name] : "", person: `p_${name}` },
    };
  });
}

async function signIn(at: LibraryUnderTest, body: object): Promise<Record<string, string>> {
  const answer = await at.app.inject({ method: "POST", url: `${api}/session`, payload: body });
  assert.equal(answer.statusCode, 200, answer.body);
  return { cookie: String(answer.headers["set-cookie"]).split(";")[0] ?? "" };
}

const asUser = (at: LibraryUnderTest, user: string) => signIn(at, { user, password: user });

function ask(at: LibraryUnderTest, method: string, path: string, headers = {}, payload?: object): Promise<Answer> {
  return at.app.inject({ method: method as "GET", url: `${api}${path}`, headers, ...(payload ? { payload } : {}) });
}

async function newLink(at: LibraryUnderTest, headers: object, expiresInSeconds = 3600) {
  const answer = await ask(at, "POST", "/recordings/rec1/links", headers, { expiresInSeconds });
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.json<{ id: string; secret: string; path: string; expiresMs: number }>();
}

test("who may do what: administrators all, owners and key holders their own, links to watch, others nothing", async () => {
  await using at = await openLibrary();
  serveAccounts(at);
  await record(at, { owner: "anna", ownerPerson: "p_anna" });
  const name = encodeURIComponent("5A_2023-11-14.mp4");
  const owner = await asUser(at, "anna");
  const link = await newLink(at, owner);
  const visitors: Record<string, object> = {
    administrator: await asUser(at, "root"),
    owner,
    "owner's key": { "x-recording-key": ownerKey },
    "key as session": await signIn(at, {
      keys: [
        { recording: "rec1", key: ownerKey },
        { recording: "gone", key: "x" },
      ],
    }),
    link: await signIn(at, { link: { recording: "rec1", id: link.id, secret: link.secret } }),
    "another teacher": await asUser(at, "boris"),
    "a token of another": await signIn(at, { token: "t-boris" }),
    pupil: await asUser(at, "petya"),
    "a wrong key": { "x-recording-key": "no" },
    nobody: {},
  };
  const acts: Record<string, (headers: object) => Promise<Answer>> = {
    list: (headers) => ask(at, "GET", "/recordings", headers),
    see: (headers) => ask(at, "GET", "/recordings/rec1", headers),
    play: (headers) => ask(at, "GET", `/recordings/rec1/files/${name}`, headers),
    rename: (headers) => ask(at, "PATCH", "/recordings/rec1", headers, { title: "Physics" }),
    links: (headers) => ask(at, "GET", "/recordings/rec1/links", headers),
    link: (headers) => ask(at, "POST", "/recordings/rec1/links", headers, { expiresInSeconds: 60 }),
    revoke: (headers) => ask(at, "DELETE", "/recordings/rec1/links/none", headers),
    quota: (headers) => ask(at, "GET", "/quota", headers),
  };
  const table: Record<string, Record<string, number>> = {};
  for (const [who, headers] of Object.entries(visitors)) {
    table[who] = {};
    for (const [act, run] of Object.entries(acts)) table[who][act] = (await run(headers)).statusCode;
  }
  const all = { list: 200, see: 200, play: 200, rename: 200, links: 200, link: 201, revoke: 404, quota: 200 };
  const watches = { ...all, rename: 403, links: 403, link: 403, revoke: 403 };
  const sees = { list: 200, see: 404, play: 404, rename: 404, links: 404, link: 404, revoke: 404, quota: 200 };
  const none = { list: 401, see: 401, play: 401, rename: 401, links: 401, link: 401, revoke: 401, quota: 401 };
  assert.deepEqual(table, {
    administrator: all,
    owner: all,
    "owner's key": all,
    "key as session": all,
    link: watches,
    "another teacher": sees,
    "a token of another": sees,
    pupil: sees,
    "a wrong key": sees,
    nobody: none,
  });
  for (const [who, count] of [
    ["owner", 1],
    ["another teacher", 0],
    ["administrator", 1],
    ["link", 1],
  ] as const) {
    const { recordings } = (await ask(at, "GET", "/recordings", visitors[who])).json();
    assert.equal(recordings.length, count, who);
  }
  const seen = (await ask(at, "GET", "/recordings/rec1", visitors.link)).json();
  assert.deepEqual([seen.mayChange, seen.links, seen.owner, seen.title], [false, undefined, undefined, "Physics"]);
  assert.equal((await ask(at, "DELETE", "/recordings/rec1", visitors.link)).statusCode, 403);
  assert.equal((await ask(at, "DELETE", "/recordings/rec1", visitors.pupil)).statusCode, 404);
  assert.equal((await ask(at, "DELETE", "/recordings/rec1", owner)).statusCode, 204);
  assert.equal((await ask(at, "GET", "/recordings/rec1", visitors.administrator)).statusCode, 404);
});

test("a recording whose owner was a token's person is not another's of the same name", async () => {
  await using at = await openLibrary();
  serveAccounts(at);
  await record(at, { owner: "anna", ownerPerson: "p_other" });
  assert.equal((await ask(at, "GET", "/recordings/rec1", await asUser(at, "anna"))).statusCode, 404);
});

test("a link opens one recording until it expires or is revoked, and only its hash is kept", async () => {
  const clock = new ManualClock(1_700_000_000_000);
  await using at = await openLibrary({ clock });
  await record(at);
  await record(at, { recording: "rec2" });
  const key = { "x-recording-key": ownerKey };
  const { id, secret, path } = await newLink(at, key, 3600);
  assert.equal(path, `/recordings#rec1/${id}/${secret}`);
  assert.ok(!JSON.stringify((await at.library.entries.find("rec1"))?.links, (_k, v) => String(v)).includes(secret));
  const opened = await signIn(at, { link: { recording: "rec1", id, secret } });
  assert.equal((await ask(at, "GET", "/recordings/rec1", opened)).statusCode, 200);
  assert.equal((await ask(at, "GET", "/recordings/rec2", opened)).statusCode, 404);
  const wrong = [
    { recording: "rec1", id, secret: `${secret}x` },
    { recording: "rec2", id, secret },
    { recording: "rec1", id: "", secret },
  ];
  for (const link of wrong) {
    const answer = await ask(at, "POST", "/session", {}, { link });
    assert.equal(answer.statusCode, 401, JSON.stringify(link));
    assert.ok(!answer.body.includes(secret));
  }
  await clock.advance(3_600_001);
  assert.equal((await ask(at, "GET", "/recordings/rec1", opened)).statusCode, 404);
  assert.equal((await ask(at, "POST", "/session", {}, { link: { recording: "rec1", id, secret } })).statusCode, 403);
  const other = await newLink(at, key);
  const open = await signIn(at, { link: { recording: "rec1", id: other.id, secret: other.secret } });
  assert.equal((await ask(at, "DELETE", `/recordings/rec1/links/${other.id}`, key)).statusCode, 204);
  assert.equal((await ask(at, "GET", "/recordings/rec1", open)).statusCode, 404);
  for (const expiresInSeconds of [0, 59, 1e12, "x", null, 1.5]) {
    const answer = await ask(at, "POST", "/recordings/rec1/links", key, { expiresInSeconds });
    assert.equal(answer.statusCode, 400, String(expiresInSeconds));
  }
});

test("a recording has at most fifty links that are open", async () => {
  await using at = await openLibrary();
  await record(at);
  const key = { "x-recording-key": ownerKey };
  for (let i = 0; i < limits.linksPerRecording; i += 1) await newLink(at, key);
  const answer = await ask(at, "POST", "/recordings/rec1/links", key, { expiresInSeconds: 60 });
  assert.equal(answer.statusCode, 429);
});

test("files are sent whole, in part, or not again where they are the same", async () => {
  await using at = await openLibrary({ assemble: assembleOf("0123456789") });
  await record(at, { title: "" });
  const url = `/recordings/rec1/files/5A_2023-11-14.mp4`;
  const key = { "x-recording-key": ownerKey };
  const whole = await ask(at, "GET", url, key);
  assert.deepEqual([whole.statusCode, whole.body, whole.headers["content-length"]], [200, "0123456789", "10"]);
  assert.equal(whole.headers["accept-ranges"], "bytes");
  assert.equal(whole.headers["content-type"], "video/mp4");
  assert.equal(whole.headers["cache-control"], "private, no-cache");
  const tag = String(whole.headers.etag);
  const ranges = [
    ["bytes=0-0", 206, "0", "bytes 0-0/10"],
    ["bytes=3-5", 206, "345", "bytes 3-5/10"],
    ["bytes=8-99", 206, "89", "bytes 8-9/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=-99", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=10-", 416, undefined, "bytes */10"],
    ["bytes=-0", 416, undefined, "bytes */10"],
    ["bytes=5-3", 200, "0123456789", undefined],
    ["bytes=0-1,3-4", 200, "0123456789", undefined],
    ["lines=0-1", 200, "0123456789", undefined],
    [`bytes=${"9".repeat(400)}-`, 200, "0123456789", undefined],
  ] as const;
  for (const [range, status, body, contentRange] of ranges) {
    const answer = await ask(at, "GET", url, { ...key, range });
    assert.deepEqual([answer.statusCode, answer.headers["content-range"]], [status, contentRange], range);
    if (body !== undefined) assert.equal(answer.body, body, range);
  }
  assert.equal((await ask(at, "GET", url, { ...key, "if-none-match": tag })).statusCode, 304);
  assert.equal((await ask(at, "GET", url, { ...key, range: "bytes=0-1", "if-range": tag })).statusCode, 206);
  assert.equal((await ask(at, "GET", url, { ...key, range: "bytes=0-1", "if-range": '"old"' })).statusCode, 200);
  const head = await ask(at, "HEAD", url, key);
  assert.deepEqual([head.statusCode, head.headers["content-length"], head.body], [200, "10", ""]);
});

test("the names of files that are fetched hold no way out of the header", async () => {
  await using at = await openLibrary({ assemble: assembleOf("x") });
  const key = { "x-recording-key": ownerKey };
  const title = 'Урок "1"\\ ../../etc; filename=evil.exe';
  await record(at);
  assert.equal((await ask(at, "PATCH", "/recordings/rec1", key, { title })).statusCode, 200);
  const url = "/recordings/rec1/files/5A_2023-11-14.mp4";
  const inline = await ask(at, "GET", url, key);
  assert.match(
    String(inline.headers["content-disposition"]),
    /^inline; filename="[^"\\/]*\.mp4"; filename\*=UTF-8''[\w.%~!-]+\.mp4$/,
  );
  assert.match(String((await ask(at, "GET", `${url}?download`, key)).headers["content-disposition"]), /^attachment; /);
  const metadata = await ask(at, "GET", "/recordings/rec1/files/metadata.json", key);
  assert.match(String(metadata.headers["content-disposition"]), /^attachment; /);
  for (const bad of ["a\nb", "x".repeat(201), 7, { a: 1 }]) {
    assert.equal((await ask(at, "PATCH", "/recordings/rec1", key, { title: bad })).statusCode, 400);
  }
});

test("nothing but a recording's listed files is sent, whatever the address says", async () => {
  await using at = await openLibrary();
  await record(at);
  await writeFile(join(at.root, "secret.txt"), "secret");
  await writeFile(join(at.root, "rec1", "extra.txt"), "secret");
  const key = { "x-recording-key": ownerKey };
  const names = [
    "../secret.txt",
    "..%2fsecret.txt",
    "%2e%2e%2fsecret.txt",
    "extra.txt",
    ".finishing.json",
    "",
    "%00",
    "..",
  ];
  for (const name of names) {
    const answer = await ask(at, "GET", `/recordings/rec1/files/${name}`, key);
    assert.ok([400, 401, 404].includes(answer.statusCode), `${name}: ${answer.statusCode}`);
    assert.ok(!answer.body.includes("secret\n") && answer.body !== "secret", name);
  }
  for (const id of ["..", "%2e%2e", "rec1%2f..", "a".repeat(500), "%00", "$ne"]) {
    assert.ok((await ask(at, "GET", `/recordings/${id}/files/metadata.json`, key)).statusCode >= 400, id);
  }
  // An entry that names what it should not, and a link in the file system.
  await symlink(join(at.root, "secret.txt"), join(at.root, "rec1", "linked.mp4"));
  await at.library.entries.change("rec1", (entry) => {
    for (const name of ["../secret.txt", "linked.mp4"]) {
      entry.files.push({
        $typeName: "veche.recorder.v1.RecordingFile",
        name,
        type: "video/mp4",
        sizeBytes: 6n,
        durationSeconds: 1,
        sha256: "",
        location: "recorder:r1",
      });
    }
  });
  for (const name of ["..%2fsecret.txt", "linked.mp4"]) {
    const answer = await ask(at, "GET", `/recordings/rec1/files/${name}`, key);
    assert.ok(answer.statusCode >= 400 && !answer.body.includes("secret"), `${name}: ${answer.body}`);
  }
});

test("pages of other sites change nothing, nor does a body that is no JSON", async () => {
  await using at = await openLibrary();
  await record(at);
  const key = { "x-recording-key": ownerKey, host: "meet.example" };
  const change = (headers: object) =>
    at.app.inject({
      method: "PATCH",
      url: `${api}/recordings/rec1`,
      headers: { ...key, ...headers },
      payload: '{"title":"x"}',
    });
  const json = { "content-type": "application/json" };
  assert.equal((await change({ ...json, origin: "https://evil.example" })).statusCode, 403);
  assert.equal((await change({ ...json, origin: "null" })).statusCode, 403);
  assert.equal((await change({ ...json, "sec-fetch-site": "cross-site" })).statusCode, 403);
  assert.equal((await change({ "content-type": "text/plain" })).statusCode, 400);
  assert.equal(
    (await change({ ...json, origin: "https://meet.example", "sec-fetch-site": "same-origin" })).statusCode,
    200,
  );
  const forwarded = { ...json, origin: "https://school.example", "x-forwarded-host": "school.example" };
  assert.equal((await change(forwarded)).statusCode, 200);
  const removal = await ask(at, "DELETE", "/recordings/rec1", { ...key, origin: "https://evil.example" });
  assert.equal(removal.statusCode, 403);
});

test("the cookie is for this API alone, unreadable for scripts, and ends with the session", async () => {
  const clock = new ManualClock(1_700_000_000_000);
  await using at = await openLibrary({ clock });
  serveAccounts(at);
  const payload = { user: "anna", password: "anna" };
  const headers = { "x-forwarded-proto": "https" };
  const answer = await at.app.inject({ method: "POST", url: `${api}/session`, headers, payload });
  const cookie = String(answer.headers["set-cookie"]);
  for (const part of ["HttpOnly", "SameSite=Strict", "Secure", "Path=/recordings/api"])
    assert.ok(cookie.includes(part), part);
  assert.equal(answer.json().secret, undefined);
  const sent = { cookie: cookie.split(";")[0] ?? "" };
  assert.equal((await ask(at, "GET", "/session", sent)).json().user, "anna");
  const bearer = (await ask(at, "POST", "/session", {}, { ...payload, bearer: true })).json().secret;
  assert.equal((await ask(at, "GET", "/session", { authorization: `Bearer ${bearer}` })).statusCode, 200);
  assert.equal((await ask(at, "DELETE", "/session", sent)).statusCode, 204);
  assert.equal((await ask(at, "GET", "/session", sent)).statusCode, 401);
  await clock.advance(limits.sessionMs + 1);
  assert.equal((await ask(at, "GET", "/session", { authorization: `Bearer ${bearer}` })).statusCode, 401);
  assert.equal((await ask(at, "GET", "/recordings", { cookie: "veche-library=../../x" })).statusCode, 401);
});

test("a sign-in by a token ends with the token, and keys added to it change nothing of that", async () => {
  const nowMs = 1_700_000_000_000;
  const clock = new ManualClock(nowMs);
  await using at = await openLibrary({ clock });
  at.bus.serve(xmpp.identify, () => ({
    identity: { kind: "token", userId: "anna", person: "p", expiresMs: BigInt(nowMs + 60_000) },
  }));
  await record(at);
  const first = await signIn(at, { token: "t" });
  const more = await at.app.inject({
    method: "POST",
    url: `${api}/session`,
    headers: first,
    payload: { keys: [{ recording: "rec1", key: ownerKey }] },
  });
  assert.deepEqual([more.json().user, more.json().expiresMs], ["anna", nowMs + 60_000]);
  await clock.advance(60_001);
  const cookie = String(more.headers["set-cookie"]).split(";")[0] ?? "";
  assert.equal((await ask(at, "GET", "/session", { cookie })).statusCode, 401);
});

test("an account can be guessed at ten times in five minutes, from wherever, an address sixty times", async () => {
  const clock = new ManualClock(1_700_000_000_000);
  await using at = await openLibrary({ clock });
  serveAccounts(at);
  const attempt = (user: string, password: string, address: string) =>
    ask(at, "POST", "/session", { "x-forwarded-for": address }, { user, password });
  for (let i = 0; i < limits.guessesPerAccount; i += 1) {
    assert.equal((await attempt("anna", "no", `10.0.0.${i}`)).statusCode, 401);
  }
  assert.equal((await attempt("ANNA", "anna", "10.0.1.1")).statusCode, 429);
  assert.equal((await attempt("boris", "boris", "10.0.1.1")).statusCode, 200);
  for (let i = 0; i < limits.guessesPerAddress; i += 1) await attempt(`user${i}`, "no", "10.0.2.1");
  assert.equal((await attempt("boris", "boris", "10.0.2.1")).statusCode, 429);
  await clock.advance(limits.guessWindowMs);
  assert.equal((await attempt("anna", "anna", "10.0.2.1")).statusCode, 200);
  await record(at);
  for (let i = 0; i < limits.guessesPerAddress; i += 1)
    await ask(at, "GET", "/recordings/rec1", { "x-recording-key": "no" });
  assert.equal((await ask(at, "GET", "/recordings/rec1", { "x-recording-key": ownerKey })).statusCode, 429);
});

test("while the XMPP server is away nobody can sign in, and is told so", async () => {
  await using at = await openLibrary();
  assert.equal((await ask(at, "POST", "/session", {}, { user: "anna", password: "anna" })).statusCode, 503);
  assert.equal((await ask(at, "POST", "/session", {}, {})).statusCode, 400);
  assert.equal((await ask(at, "POST", "/session", {}, { keys: Array(201).fill({}) })).statusCode, 400);
});

test("lists are filtered and turned page by page, newest first", async () => {
  await using at = await openLibrary();
  serveAccounts(at);
  for (let i = 0; i < 5; i += 1) {
    const startedMs = BigInt(1_700_000_000_000 + (i === 4 ? 3 : i) * 1000);
    await record(at, { recording: `rec${i}`, startedMs, roomName: i % 2 === 0 ? "Химия" : "Physics", owner: "anna" });
  }
  const root = await asUser(at, "root");
  const list = async (query: string) => (await ask(at, "GET", `/recordings?${query}`, root)).json();
  const ids = ({ recordings }: { recordings: { recording: string }[] }) => recordings.map(({ recording }) => recording);
  assert.deepEqual(ids(await list("")), ["rec3", "rec4", "rec2", "rec1", "rec0"]);
  const first = await list("limit=2");
  const second = await list(`limit=2&cursor=${first.next}`);
  const third = await list(`limit=2&cursor=${second.next}`);
  assert.deepEqual(
    [ids(first), ids(second), ids(third), third.next],
    [["rec3", "rec4"], ["rec2", "rec1"], ["rec0"], ""],
  );
  assert.deepEqual(ids(await list(`room=${encodeURIComponent("хим")}`)), ["rec4", "rec2", "rec0"]);
  assert.deepEqual(ids(await list("tenant=other")), []);
  assert.deepEqual(ids(await list("owner=ANNA")).length, 5);
  for (const query of ["limit=0", "limit=201", "limit=x", `room=${"x".repeat(201)}`]) {
    assert.equal((await ask(at, "GET", `/recordings?${query}`, root)).statusCode, 400, query);
  }
  const quota = (await ask(at, "GET", "/quota", root)).json();
  assert.deepEqual([quota.recordings, quota.durationSeconds, quota.recorders], [5, 300, []]);
});

test("what is still being recorded can't be deleted", async () => {
  await using at = await openLibrary();
  await record(at);
  await at.library.entries.change("rec1", (entry) => {
    entry.status = "recording";
  });
  assert.equal((await ask(at, "DELETE", "/recordings/rec1", { "x-recording-key": ownerKey })).statusCode, 409);
});

test("a file with another recorder is fetched from there, ranges and all; one that is away is told", async () => {
  const network = new MemoryNetwork();
  await using first = await openLibrary({ network, recorder: "r0", assemble: assembleOf("0123456789") });
  await record(first, { recorder: "r0" });
  await using second = await openLibrary({ network });
  const key = { "x-recording-key": ownerKey };
  const url = "/recordings/rec1/files/5A_2023-11-14.mp4";
  assert.equal((await ask(second, "GET", url, key)).statusCode, 503);
  await first.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = first.app.server.address() as { port: number };
  const bucket = await second.bus.bucket(buckets.recorders, RecorderStateSchema);
  await bucket.put("r0", { recorder: "r0", httpOrigin: `http://127.0.0.1:${port}` });
  const answer = await ask(second, "GET", url, { ...key, range: "bytes=2-4" });
  assert.deepEqual([answer.statusCode, answer.body, answer.headers["content-range"]], [206, "234", "bytes 2-4/10"]);
  const head = await ask(second, "HEAD", url, key);
  assert.deepEqual([head.statusCode, head.headers["content-length"]], [200, "10"]);
  // Names and links need no files: any recorder changes them.
  assert.equal((await ask(second, "PATCH", "/recordings/rec1", key, { title: "Физика" })).statusCode, 200);
  assert.equal((await ask(second, "DELETE", "/recordings/rec1", key)).statusCode, 202);
  assert.equal((await ask(second, "GET", "/recordings/rec1", key)).statusCode, 404);
  await first.library.removal.sweep();
  assert.equal(await second.library.entries.find("rec1"), undefined);
});

test("many read a large file at once, one that stops reading does not hold it in memory", async () => {
  const size = 16 * 1024 * 1024;
  await using at = await openLibrary({ assemble: assembleOf(Buffer.alloc(size, 7)) });
  await record(at);
  await at.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = at.app.server.address() as { port: number };
  const path = `${api}/recordings/rec1/files/5A_2023-11-14.mp4`;
  const headers = { "x-recording-key": ownerKey };
  const before = heldBytes();
  const stalled = Array.from({ length: 20 }, () => {
    const outgoing = request({ host: "127.0.0.1", port, path, headers });
    outgoing.on("error", () => {});
    outgoing.on("response", (answer) => answer.pause()).end();
    return outgoing;
  });
  const read = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      let bytes = 0;
      for await (const chunk of answer.body ?? []) bytes += chunk.length;
      return bytes;
    }),
  );
  assert.deepEqual(read, Array(5).fill(size));
  await until(() => heldBytes() - before < 20 * size * 0.1, "those that stopped hold nothing");
  for (const outgoing of stalled) outgoing.destroy();
});
