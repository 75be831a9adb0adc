import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { askAgainMs, newJoinToken, proofKeyOf, proofOf } from "@veche/kit/join-token.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus } from "@veche/kit/memory-bus.ts";
import { JoinSchema } from "@veche/proto/gen/veche/host/v1/host_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { ask } from "../testing/client.ts";
import { Joins, joinLimits } from "./joins.ts";

const token = newJoinToken("https://meet.school.example", "videobridge");
const hourMs = 3_600_000;

/** A door with one token, good for an hour; each question may say which address it is from. */
async function door() {
  const clock = new ManualClock(Date.UTC(2026, 8, 1));
  const stack = new AsyncDisposableStack();
  const bus = stack.use(new MemoryBus(undefined, { role: "web" }));
  const bucket = await bus.bucket(buckets.joins, JoinSchema);
  const expires = new Date(clock.now() + hourMs).toISOString();
  await bucket.put(token.id, {
    host: "school-7",
    role: "videobridge",
    sealed: "c2VhbGVk",
    proofKey: proofKeyOf(token),
    expires,
  });
  const joins = new Joins({ clock, log: silentLog });
  stack.use(await joins.listen(bus));
  const server = createServer((request, response) => {
    void joins.serve(request, response, String(request.headers["x-from"] ?? "192.0.2.1"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stack.defer(() => void server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const post = (body: unknown, from = "192.0.2.1") =>
    ask(origin, "/join", {
      method: "POST",
      headers: { "x-from": from },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return { clock, post, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function question(nonce = randomBytes(16).toString("hex"), of = token) {
  return { id: of.id, nonce, proof: proofOf(proofKeyOf(of), of.id, nonce) };
}

test("whoever has the token is given the bundle, once; a lost answer for a minute more", async () => {
  await using place = await door();
  const asked = question();
  const first = await place.post(asked);
  assert.deepEqual([first.status, first.body], [200, '{"sealed":"c2VhbGVk"}']);
  assert.equal(first.headers["cache-control"], "no-store");
  assert.equal((await place.post(asked)).status, 200);
  const another = await place.post(question());
  assert.equal(another.status, 410);
  assert.match(another.body, /it was used at 2026-09-01T00:00:00\.000Z/);
  await place.clock.advance(askAgainMs + 1);
  assert.equal((await place.post(asked)).status, 410);
});

test("two that ask at the same moment: one is let in", async () => {
  await using place = await door();
  const answers = await Promise.all([place.post(question()), place.post(question())]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 410]);
});

test("a token that has ended says so to whoever has it; a wrong proof and an unknown one look alike", async () => {
  await using place = await door();
  const wrong = await place.post({ ...question(), proof: "0".repeat(64) });
  const unknown = await place.post(question(undefined, newJoinToken(token.origin, token.role)));
  assert.deepEqual([wrong.status, wrong.body], [404, unknown.body]);
  assert.equal(unknown.status, 404);
  await place.clock.advance(hourMs);
  const late = await place.post(question());
  assert.deepEqual([late.status, /it ended at 2026-09-01T01:00:00/.test(late.body)], [410, true]);
});

test("what is no question is refused, and a long one is not kept", async () => {
  await using place = await door();
  const bad = [
    "",
    "[]",
    "null",
    "{",
    { ...question(), id: "../x" },
    { ...question(), nonce: 7 },
    "x".repeat(joinLimits.bodyBytes + 1),
  ];
  for (const [index, body] of bad.entries()) {
    const { status, body: said } = await place.post(body, `192.0.2.${index}`);
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(said, /expected \{id, nonce, proof\} in ≤ 1024 bytes/);
  }
});

test("guessing is slow: so many a minute of one address, so many of all", async () => {
  await using place = await door();
  const guess = (from: string) => place.post({ ...question(), proof: "0".repeat(64) }, from);
  for (let count = 0; count < joinLimits.attempts; count++) assert.equal((await guess("192.0.2.1")).status, 404);
  const refused = await guess("192.0.2.1");
  assert.deepEqual([refused.status, refused.headers["retry-after"]], [429, "60"]);
  for (let count = joinLimits.attempts; count < joinLimits.attemptsOfAll; count++)
    assert.equal((await guess(`198.51.100.${count}`)).status, 404);
  assert.equal((await guess("203.0.113.1")).status, 429);
  await place.clock.advance(joinLimits.perMs);
  assert.equal((await place.post(question())).status, 200);
});
