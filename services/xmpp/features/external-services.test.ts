import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { readConfig } from "@veche/kit/config.ts";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { ns } from "../codec/namespaces.ts";
import { makeTurnCredentials } from "../codec/turn-credentials.ts";
import { childOf, elementsOf } from "../codec/xml/element.ts";
import { schema } from "../config.ts";
import { Harness } from "../testing/harness.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";
import { get, isError, json, jsonOf, meeting, room } from "../testing/talk.ts";
import { mayAllocate } from "../testing/turn-client.ts";

const secret = "turn-secret-of-a-test";
const turn = {
  STUN_HOST: "stun.example",
  STUN_PORT: "3478",
  TURN_HOST: "turn.example,turn2.example",
  TURN_TRANSPORT: "udp,tcp",
  TURNS_HOST: "turn.example",
  TURNS_PORT: "5349",
  TURN_CREDENTIALS: secret,
  TURN_TTL: "3600",
};
const startMs = 1_700_000_000_000;

async function services(client: ScriptedClient, namespace: string = ns.extdisco2, type = "") {
  const wanted = type === "" ? "" : ` type="${type}"`;
  const answered = await get(client, `<services xmlns="${namespace}"${wanted}/>`, "meet.jitsi");
  const list = childOf(answered, "services", namespace) ?? assert.fail();
  return elementsOf(list).map(({ attrs }) => attrs);
}

test("clients are told of the servers, with credentials that are theirs and good for an hour", async () => {
  const clock = new ManualClock(startMs);
  await using harness = await Harness.start({ env: turn, clock });
  const [a, b] = [await harness.client(), await harness.client()];
  const listed = await services(a);
  assert.deepEqual(
    listed.map(({ type, host, port, transport }) => [type, host, port, transport].join(" ")),
    [
      "stun stun.example 3478 udp",
      "turn turn.example 443 udp",
      "turn turn.example 443 tcp",
      "turn turn2.example 443 udp",
      "turn turn2.example 443 tcp",
      "turns turn.example 5349 tcp",
    ],
  );
  assert.equal(listed[0]?.username, undefined);
  const { username = "", password, expires, restricted } = listed[1] ?? {};
  assert.equal(username.split(":")[0], String(startMs / 1_000 + 3_600));
  assert.equal(password, createHmac("sha1", secret).update(username).digest("base64"));
  assert.equal(expires, new Date(startMs + 3_600_000).toISOString());
  assert.equal(restricted, "1");
  assert.notEqual((await services(b))[1]?.username, username);
  assert.ok(!username.includes(a.jid.slice(0, 8)));
  assert.equal((await services(a, ns.extdisco1))[1]?.username, username);
  assert.deepEqual(
    (await services(a, ns.extdisco2, "stun")).map(({ type }) => type),
    ["stun"],
  );
});

test("credentials are new before the old ones are over", async () => {
  const clock = new ManualClock(startMs);
  await using harness = await Harness.start({ env: turn, clock });
  const a = await harness.client();
  const first = (await services(a))[1]?.username;
  await clock.advance(1_799_000);
  assert.equal((await services(a))[1]?.username, first);
  await clock.advance(2_000);
  assert.notEqual((await services(a))[1]?.username, first);
});

test("a client asks for the credentials of one server; there are none for what is not there", async () => {
  await using harness = await Harness.start({ env: turn });
  const a = await harness.client();
  const asked = (inside: string) =>
    get(a, `<credentials xmlns="${ns.extdisco2}">${inside}</credentials>`, "meet.jitsi");
  const answered = await asked(`<service type="turns" host="turn.example"/>`);
  const [service, ...more] = elementsOf(childOf(answered, "credentials", ns.extdisco2) ?? assert.fail());
  assert.equal(more.length, 0);
  assert.deepEqual([service?.attrs.type, service?.attrs.port], ["turns", "5349"]);
  assert.ok(service?.attrs.password);
  assert.equal(conditionOf(await asked(`<service type="short-lived-token" host="x"/>`)), "item-not-found");
  assert.equal(conditionOf(await asked("")), "bad-request");
});

test("where TURN servers share no secret, everybody has the name and password of the settings", async () => {
  const env = { TURN_HOST: "turn.example", TURN_USERNAME: "jitsi", TURN_PASSWORD: "pass" };
  await using harness = await Harness.start({ env });
  const [turnServer] = await services(await harness.client());
  assert.deepEqual([turnServer?.username, turnServer?.password, turnServer?.expires], ["jitsi", "pass", undefined]);
});

test("who enters a room finds its own credentials in the room's metadata, as Jitsi's clients look there", async () => {
  await using met = await meeting({ env: turn });
  const { guest, owner } = met;
  const theirs = async (client: ScriptedClient) => {
    const stanza = await client.next(json("metadata.meet.jitsi"));
    return jsonOf<{ metadata: { services: readonly Record<string, unknown>[] } }>(stanza)?.metadata.services ?? [];
  };
  const [first, second] = [await theirs(owner), await theirs(guest)];
  assert.equal(first.length, 6);
  assert.deepEqual([first[1]?.type, first[1]?.port, typeof first[1]?.password], ["turn", 443, "string"]);
  assert.notEqual(first[1]?.username, second[1]?.username);
});

test("without servers the list is empty, and nothing is said in rooms", async () => {
  await using met = await meeting();
  assert.deepEqual(await services(met.guest), []);
  const stanza = await met.guest.next(json("metadata.meet.jitsi"));
  assert.equal("services" in (jsonOf<{ metadata: object }>(stanza)?.metadata ?? {}), false);
});

test("a faulty setting is told at the start", () => {
  assert.throws(() => readConfig(schema, { TURN_TRANSPORT: "carrier-pigeon" }), /TURN_TRANSPORT: expected tcp, udp/);
  assert.throws(() => readConfig(schema, { TURN_HOST: "turn example" }), /TURN_HOST: expected host names/);
});

test("a file is not shared: the client is told why, and is not told that it could be", async () => {
  await using met = await meeting();
  const info = await get(met.guest, `<query xmlns="${ns.discoInfo}"/>`, "meet.jitsi");
  assert.ok(!elementsOf(childOf(info, "query") ?? assert.fail()).some(({ attrs }) => attrs.type === "file-sharing"));
  met.guest.send(
    `<message to="filesharing.meet.jitsi"><file-sharing xmlns="${ns.jitmeet}" type="add">{}</file-sharing></message>`,
  );
  const refused = await met.guest.next(isError);
  assert.equal(conditionOf(refused), "feature-not-implemented");
  const error = childOf(refused, "error") ?? assert.fail();
  assert.match(childOf(error, "text")?.getText() ?? "", /no service that stores them/);
  met.guest.send(`<message type="groupchat" to="${room}"><body>still here</body></message>`);
  await met.owner.next((stanza) => childOf(stanza, "body")?.getText() === "still here");
});

const coturn = "/usr/bin/turnserver";

test("a real coturn takes the credentials, and no others", {
  skip: !existsSync(coturn) && "coturn is not installed",
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "coturn-"));
  const port = await freePort();
  const files = ["-n", `--pidfile=${join(folder, "pid")}`, `--userdb=${join(folder, "db")}`, "--log-file=stdout"];
  const access = ["--use-auth-secret", `--static-auth-secret=${secret}`, "--realm=meet.jitsi"];
  const place = ["-L", "127.0.0.1", "-p", String(port), "--no-cli", "--no-tls", "--no-dtls", "--no-udp"];
  const server = spawn(coturn, [...files, ...access, ...place], { stdio: "ignore" });
  const ended = once(server, "exit");
  try {
    const good = makeTurnCredentials(secret, "a@meet.jitsi/r", Date.now() + 60_000);
    const old = makeTurnCredentials(secret, "a@meet.jitsi/r", Date.now() - 60_000);
    assert.equal(await mayAllocate(port, good.username, good.password), true);
    assert.equal(await mayAllocate(port, good.username, "guessed"), false);
    assert.equal(await mayAllocate(port, old.username, old.password), false);
  } finally {
    server.kill();
    await ended;
    await rm(folder, { recursive: true });
  }
});
