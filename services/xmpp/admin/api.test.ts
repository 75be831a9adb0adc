import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { test } from "node:test";
import { initialSettings } from "@veche/kit/live-settings.ts";
import { streams } from "@veche/proto/storage.ts";
import { verifyPassword } from "../domain/scram.ts";
import { type Answered, ApiStage, basic, bearer, refused, token } from "../testing/api-stage.ts";
import type { CheckPassword } from "./authentication.ts";

test("an account is made with a one-time password that is told once, found, changed and removed", async () => {
  await using stage = await ApiStage.open();
  const made = await stage.ask("POST", "/users", { name: "Anna", displayName: "Анна", role: "teacher", group: "5а" });
  assert.equal(made.status, 201);
  assert.equal(made.headers.get("location"), "/api/v1/users/anna");
  assert.match(made.json.password ?? "", /^[a-z2-9]{5}(-[a-z2-9]{4}){2}$/);
  const { created, changed, revision, ...user } = made.json.user;
  assert.deepEqual(user, {
    name: "anna",
    displayName: "Анна",
    email: "",
    role: "teacher",
    group: "5а",
    disabled: false,
    oneTimePassword: true,
  });
  assert.deepEqual([created, changed, made.headers.get("etag")], [created, created, `"${revision}"`]);
  const got = await stage.ask("GET", "/users/ANNA");
  assert.deepEqual([got.json.user, got.json.password], [made.json.user, undefined]);
  const disabled = await stage.ask("PATCH", "/users/anna", { disabled: true, group: "6а" });
  assert.deepEqual([disabled.json.user.disabled, disabled.json.user.group], [true, "6а"]);
  assert.equal((await stage.ask("DELETE", "/users/anna")).status, 204);
  refused(await stage.ask("GET", "/users/anna"), 404, "not-found", /there is no account "anna"/);
});

test("a password may be given; what was made or given is kept for both mechanisms and in no clear text", async () => {
  await using stage = await ApiStage.open();
  const made = await stage.ask("POST", "/users", { name: "anna", password: "correct horse" });
  assert.deepEqual([made.json.password, made.json.user.oneTimePassword], [undefined, false]);
  const credentials = stage.accounts.find("anna")?.credentials ?? [];
  assert.deepEqual(
    credentials.map(({ mechanism }) => mechanism),
    ["SCRAM-SHA-256", "SCRAM-SHA-1"],
  );
  for (const credential of credentials) assert.ok(await verifyPassword(credential, "correct horse"));
  const listed = await stage.ask("GET", "/users");
  assert.doesNotMatch(listed.text, /horse|credential|salt|key/i);
});

test("a name may be made from the display name", async () => {
  await using stage = await ApiStage.open();
  const body = { displayName: "Иванова Мария Петровна", password: "correct horse" };
  assert.equal((await stage.ask("POST", "/users", body)).json.user.name, "ivanova.mariya");
  assert.equal((await stage.ask("POST", "/users", body)).json.user.name, "ivanova.mariya2");
});

test("everything that is wrong with a body is said at once", async () => {
  await using stage = await ApiStage.open();
  const body = { name: "an na", role: "director", email: 7, disabled: true, password: "short" };
  const answer = await stage.ask("POST", "/users", body);
  for (const fault of [
    /name: a name is/,
    /role: a role is/,
    /email: expected text/,
    /password: a password has 8/,
    /"disabled": no such field/,
  ]) {
    refused(answer, 400, "invalid-argument", fault);
  }
  refused(await stage.ask("POST", "/users", {}), 400, "invalid-argument", /name: give it, or a displayName/);
  refused(await stage.ask("POST", "/users", []), 400, "invalid-argument", /no JSON object/);
  const both = { password: "correct horse", generatePassword: true };
  refused(await stage.ask("PATCH", "/users/anna", both), 400, "invalid-argument", /not together/);
  const flag = { oneTimePassword: false };
  refused(await stage.ask("PATCH", "/users/anna", flag), 400, "invalid-argument", /only together with a password/);
  await stage.ask("POST", "/users", { name: "anna", password: "correct horse" });
  refused(await stage.ask("POST", "/users", { name: "anna" }), 409, "already-exists", /"anna" already/);
  refused(await stage.ask("PATCH", "/users/nobody", { group: "5" }), 404, "not-found", /no account "nobody"/);
  refused(await stage.ask("DELETE", "/users/nobody"), 404, "not-found", /no account "nobody"/);
  refused(await stage.ask("GET", "/users/%ff"), 404, "not-found", /no account/);
});

test("of two administrators who saw the same account the second is told that it has changed", async () => {
  await using stage = await ApiStage.open();
  const made = await stage.ask("POST", "/users", { name: "anna", password: "correct horse" });
  const seen = { ...bearer, "If-Match": made.headers.get("etag") ?? "" };
  assert.equal((await stage.ask("PATCH", "/users/anna", { group: "5" }, seen)).status, 200);
  refused(await stage.ask("PATCH", "/users/anna", { group: "6" }, seen), 409, "failed-precondition", /meanwhile/);
  refused(
    await stage.ask("PATCH", "/users/anna", { group: "6" }, { ...bearer, "If-Match": "x" }),
    400,
    "invalid-argument",
    /expected a revision/,
  );
});

test("the list comes in pages, and its parameters are checked", async () => {
  await using stage = await ApiStage.open({ api: { pageSize: 2 } });
  for (const name of ["a", "b", "c"])
    await stage.ask("POST", "/users", { name, password: "correct horse", group: name });
  const first = await stage.ask("GET", "/users");
  const names = ({ json }: Answered) => json.users.map(({ name }) => name);
  assert.deepEqual([names(first), first.json.total, first.json.next], [["a", "b"], 3, "b"]);
  const second = await stage.ask("GET", "/users?after=b");
  assert.deepEqual([names(second), second.json.next], [["c"], undefined]);
  assert.deepEqual(names(await stage.ask("GET", "/users?group=c&role=pupil&text=C&limit=1")), ["c"]);
  refused(
    await stage.ask("GET", "/users?limit=3"),
    400,
    "invalid-argument",
    /limit: expected a whole number from 1 to 2/,
  );
  refused(await stage.ask("GET", "/users?role=x&sort=y"), 400, "invalid-argument", /role: a role is .*"sort": no such/);
});

test("nobody gets in without a right token or an administrator's password", async () => {
  await using stage = await ApiStage.open();
  await stage.ask("POST", "/users", { name: "root", role: "administrator", password: "correct horse" });
  await stage.ask("POST", "/users", { name: "anna", role: "teacher", password: "correct horse" });
  const as = (headers: Record<string, string>) => stage.ask("GET", "/users", undefined, headers);
  assert.equal((await as(basic("Root", "correct horse"))).status, 200);
  refused(await as(basic("anna", "correct horse")), 403, "permission-denied", /no administrator's/);
  for (const [headers, message] of [
    [{}, /Authorization is missing/],
    [{ Authorization: "Bearer wrong" }, /token is wrong/],
    [{ Authorization: `Bearer ${token}x` }, /token is wrong/],
    [{ Authorization: "Digest x" }, /expected Bearer or Basic/],
    [{ Authorization: "Basic" }, /expected Bearer or Basic/],
    [{ Authorization: "Basic !" }, /are wrong/],
    [basic("root", "wrong"), /is wrong/],
    [basic("nobody", "correct horse"), /is wrong/],
  ] as const) {
    const answer = await as({ ...headers });
    refused(answer, 401, "unauthenticated", message);
    assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer .*Basic /);
  }
  await stage.ask("PATCH", "/users/root", { disabled: true });
  refused(await as(basic("root", "correct horse")), 401, "unauthenticated", /disabled/);
});

test("while no token is set none is right, and no page in a browser gets in", async () => {
  await using stage = await ApiStage.open({ token: "" });
  refused(
    await stage.ask("GET", "/users", undefined, { Authorization: "Bearer x" }),
    401,
    "unauthenticated",
    /no token here/,
  );
  await using other = await ApiStage.open();
  const answer = await other.ask("GET", "/users", undefined, { ...bearer, Origin: "http://evil.example" });
  refused(answer, 403, "permission-denied", /not for web pages/);
  refused(await other.ask("OPTIONS", "/users"), 405, "invalid-argument", /knows GET, POST/);
});

test("who guesses passwords is told to wait", async () => {
  await using stage = await ApiStage.open({ checkPassword: () => Promise.resolve("later") });
  const answer = await stage.ask("GET", "/me", undefined, basic("anna", "x"));
  refused(answer, 429, "resource-exhausted", /too many attempts/);
  assert.equal(answer.headers.get("retry-after"), "60");
});

test("the owner of an account changes the password, which is then no one-time password any more", async () => {
  await using stage = await ApiStage.open();
  const { password } = (await stage.ask("POST", "/users", { name: "anna" })).json;
  const before = await stage.ask("GET", "/me", undefined, basic("anna", password ?? ""));
  assert.deepEqual([before.status, before.json.user.oneTimePassword], [200, true]);
  const change = (body: unknown, secret = "") => stage.ask("PUT", "/me/password", body, basic("anna", secret));
  refused(await change({ password: "anna" }, password), 400, "invalid-argument", /8 characters/);
  refused(await change({}, password), 400, "invalid-argument", /give the new one/);
  assert.equal((await change({ password: "мой новый пароль" }, password)).status, 204);
  refused(await change({ password: "another one" }, password), 401, "unauthenticated", /is wrong/);
  const after = await stage.ask("GET", "/me", undefined, basic("anna", "мой новый пароль"));
  assert.equal(after.json.user.oneTimePassword, false);
  refused(await stage.ask("GET", "/me"), 403, "permission-denied", /nobody's account/);
});

test("bodies have a type and a size, addresses and methods are known", async () => {
  await using stage = await ApiStage.open({ api: { bodyBytes: 64 }, csvBytes: 64 });
  const raw = { ...bearer, "Content-Type": "text/plain" };
  refused(
    await stage.ask("POST", "/users", {}, raw),
    415,
    "invalid-argument",
    /expected the content type application\/json/,
  );
  refused(await stage.ask("POST", "/import", "x", raw), 415, "invalid-argument", /expected the content type text\/csv/);
  refused(await stage.ask("POST", "/users", { name: "x".repeat(80) }), 413, "resource-exhausted", /64 bytes/);
  refused(await stage.ask("POST", "/import", "x".repeat(80)), 413, "resource-exhausted", /64 bytes/);
  refused(await stage.ask("GET", "/nothing"), 404, "not-found", /nothing at this address/);
  const put = await stage.ask("PUT", "/users/anna", {});
  refused(put, 405, "invalid-argument", /knows GET, PATCH, DELETE/);
  assert.equal(put.headers.get("allow"), "GET, PATCH, DELETE");
  const elsewhere = await fetch(`http://127.0.0.1:${stage.port}/http-bind`);
  assert.equal(elsewhere.status, 204);
});

test("a body without a length is cut at the limit too", async () => {
  await using stage = await ApiStage.open({ api: { bodyBytes: 64 } });
  const status = await new Promise<number>((resolve, reject) => {
    const headers = { ...bearer, "Content-Type": "application/json", "Transfer-Encoding": "chunked" };
    const request = httpRequest({ port: stage.port, path: "/api/v1/users", method: "POST", headers }, (response) =>
      resolve(response.statusCode ?? 0),
    );
    request.on("error", reject);
    request.end("x".repeat(1_000));
  });
  assert.equal(status, 413);
});

test("requests beyond what is worked on at once are refused, and the next gets in", async () => {
  const gate = Promise.withResolvers<void>();
  const checkPassword: CheckPassword = async () => {
    await gate.promise;
    return "wrong";
  };
  await using stage = await ApiStage.open({ api: { requests: 2 }, checkPassword });
  const slow = ["a", "b"].map((name) => stage.ask("GET", "/me", undefined, basic(name, "x")));
  let busy: Answered;
  do busy = await stage.ask("GET", "/status");
  while (busy.status === 200);
  refused(busy, 429, "resource-exhausted", /busy/);
  gate.resolve();
  await Promise.all(slow);
  assert.equal((await stage.ask("GET", "/status")).status, 200);
});

test("settings are changed live, one by one, and the API says which the environment fixes", async () => {
  await using stage = await ApiStage.open();
  const initial = await stage.ask("GET", "/settings");
  assert.deepEqual([initial.json.settings, initial.json.locked], [initialSettings, {}]);
  assert.deepEqual(new Set(Object.values(initial.json.from)), new Set(["default"]));
  const heard = new Promise((resolve) => void stage.settings.onChange(resolve));
  const changed = await stage.ask("PATCH", "/settings", { secureDomain: true, roomOpeners: "teachers" });
  const now = { ...initialSettings, secureDomain: true, roomOpeners: "teachers" };
  assert.deepEqual([changed.json.from.secureDomain, changed.json.from.polls], ["settings", "default"]);
  assert.deepEqual(changed.json.settings, now);
  assert.deepEqual(await heard, now);
  for (const [body, message] of [
    [{ secureDomain: "on" }, /secureDomain: expected true or false/],
    [{ roomOpeners: "all" }, /roomOpeners: expected one of signed-in, teachers/],
    [{ notice: "two\nlines" }, /notice: expected one line of at most 500 characters/],
    [{ maxParticipants: "30" }, /maxParticipants: expected a whole number/],
    [{ keepChatDays: 401 }, /keepChatDays: expected a whole number from 0 to 400/],
    [{ color: "red" }, /"color": no such field/],
  ] as const) {
    refused(await stage.ask("PATCH", "/settings", body), 400, "invalid-argument", message);
  }
});

test("what the environment fixes is refused with the variable's name; the rest can be changed", async () => {
  await using stage = await ApiStage.open({ locked: { secureDomain: true } });
  const got = await stage.ask("GET", "/settings");
  assert.deepEqual([got.json.settings.secureDomain, got.json.locked], [true, { secureDomain: "ENABLE_AUTH" }]);
  refused(await stage.ask("PATCH", "/settings", { secureDomain: false }), 409, "failed-precondition", /ENABLE_AUTH/);
  const changed = await stage.ask("PATCH", "/settings", { secureDomain: true, keepChatDays: 5 });
  assert.deepEqual([changed.status, changed.json.settings.keepChatDays], [200, 5]);
  assert.deepEqual([changed.json.from.secureDomain, changed.json.from.keepChatDays], ["environment", "settings"]);
  refused(await stage.ask("PATCH", "/settings", { secureDomain: null }), 409, "failed-precondition", /ENABLE_AUTH/);
  const reset = await stage.ask("PATCH", "/settings", { keepChatDays: null });
  assert.deepEqual([reset.json.settings.keepChatDays, reset.json.from.keepChatDays], [0, "default"]);
});

test("a change is a fact: which settings, and who, but never what to", async () => {
  await using stage = await ApiStage.open();
  await stage.ask("POST", "/users", { name: "root", role: "administrator", password: "correct horse" });
  await stage.ask("PATCH", "/settings", { notice: "secret plan", lobby: true, polls: true });
  await stage.ask("PATCH", "/settings", { lobby: true });
  await stage.ask("PATCH", "/settings", { lobby: false }, basic("root", "correct horse"));
  const facts: { readonly settings: readonly string[]; readonly by: string }[] = [];
  for await (const { body } of stage.bus.replay(streams.service, "service.v1.xmpp.*.config-changed")) {
    facts.push(body as (typeof facts)[number]);
  }
  assert.deepEqual(
    facts.map(({ settings, by }) => [settings, by]),
    [
      [["lobby", "notice"], "operator"],
      [["lobby"], "p_root"],
    ],
  );
  assert.doesNotMatch(JSON.stringify(facts), /secret plan/);
});

test("signing somebody out ends what was signed in before", async () => {
  await using stage = await ApiStage.open();
  await stage.ask("POST", "/users", { name: "anna", password: "correct horse" });
  const told: string[] = [];
  stage.accounts.onSignedOut((name) => told.push(name));
  assert.equal((await stage.ask("POST", "/users/anna/sign-out")).status, 204);
  assert.deepEqual([told, stage.accounts.mayStay("anna", 1_000)], [["anna"], false]);
});

test("the README has each route with who may ask, and no other", async () => {
  await using stage = await ApiStage.open();
  const text = await readFile(new URL("./README.md", import.meta.url), "utf8");
  const documented = [...text.matchAll(/^\| ([A-Z]+) +\| `([^`]+)` +\| (\w+) +\|/gm)].map((row) =>
    row.slice(1).join(" "),
  );
  const served = stage.api.routes.map(({ method, path, access }) => `${method} ${path} ${access}`);
  assert.deepEqual(documented, served);
});

test("every route asks who is there", async () => {
  await using stage = await ApiStage.open();
  for (const { method, path } of stage.api.routes) {
    const answer = await stage.ask(method, path.replace("{name}", "anna"), undefined, {});
    refused(answer, 401, "unauthenticated", /Authorization is missing/);
  }
});
