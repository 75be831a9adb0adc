import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { webhooks } from "@veche/proto/subjects.ts";
import { answer, hang, isSignedWith, Receiver } from "./testing/receiver.ts";
import { room, startMs, World } from "./testing/world.ts";

const hour = 3600_000;
const hasCode = (code: string) => (error: unknown) => error instanceof VecheError && error.code === code;
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const ids = (from: number, to: number) => numbers(from, to).map((seq) => `s1-${seq}`);

test("facts arrive as CloudEvents, signed, in order, one at a time", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  await world.start();
  const secret = await world.add({ name: "register", url: receiver.url });
  for (const seq of numbers(1, 20)) await world.join(seq);
  await world.until("all of them", () => receiver.ids.length === 20);
  assert.deepEqual(receiver.ids, ids(1, 20));
  assert.equal(receiver.overlaps, 0);
  const [first] = receiver.received;
  assert.ok(first);
  assert.equal(first.headers["content-type"], "application/cloudevents+json; charset=utf-8");
  const event = JSON.parse(first.text);
  assert.deepEqual(
    [event.specversion, event.id, event.type, event.source, event.time],
    ["1.0", "s1-1", "veche.conference.v1.ParticipantJoined", "/focus/f1", "2026-11-01T08:00:00.000Z"],
  );
  assert.equal(event.subject, `conference.v1.main.${room}.s1.participant.joined`);
  assert.deepEqual([event.data.session, event.data.seq], ["s1", "1"]);
  for (const received of receiver.received) assert.ok(isSignedWith(secret, received));
  assert.ok(!isSignedWith("whsec_AAAA", first));
});

test("binary mode has the fact as the body and is signed as well", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  await world.start();
  const secret = await world.add({ name: "register", url: receiver.url, mode: "binary" });
  await world.join(1);
  await world.until("it", () => receiver.ids.length === 1);
  const [first] = receiver.received;
  assert.ok(first && isSignedWith(secret, first));
  assert.deepEqual([first.headers["ce-id"], JSON.parse(first.text).seq], ["s1-1", "1"]);
});

test("an endpoint gets the facts it asked for and no others; chats only where they are named", async () => {
  await using world = new World();
  await using joins = await Receiver.open();
  await using elsewhere = await Receiver.open();
  await using talk = await Receiver.open();
  await world.start();
  await world.say("before", 0);
  await world.clock.advance(1);
  await world.add({ name: "joins", url: joins.url, facts: ["participant.joined", "service.warned"] });
  await world.add({ name: "elsewhere", url: elsewhere.url, rooms: ["a".repeat(20)] });
  await world.add({ name: "talk", url: talk.url, facts: ["chat.public"] });
  await world.join(1);
  await world.leave(2);
  await world.join(3, "s2", "a".repeat(20));
  await world.say("hello", 1);
  await world.advanceUntil(
    "each its own",
    500,
    () => joins.ids.length === 2 && elsewhere.ids.length === 1 && talk.ids.length === 1,
  );
  assert.deepEqual(joins.ids, ["s1-1", "s2-3"]);
  assert.deepEqual(elsewhere.ids, ["s2-3"]);
  assert.deepEqual(talk.ids, ["s1-chat-1"]);
});

test("what is not accepted is tried again, later each time, and nothing overtakes it", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  receiver.next.push(answer(500), answer(503), hang, answer(302, { location: "http://127.0.0.1:1/" }), answer(200));
  await world.start();
  await world.add({ name: "register", url: receiver.url });
  for (const seq of [1, 2]) await world.join(seq);
  const triedAt: number[] = [];
  for (const tries of [1, 2, 3, 4]) {
    await world.until(`failure ${tries}`, async () => (await world.find("register")).state?.failures === tries);
    triedAt.push(world.clock.now() - startMs);
    const state = (await world.find("register")).state;
    assert.equal(Number(state?.nextTryMs) - world.clock.now(), 750 * 2 ** (tries - 1));
    await world.clock.advance(750 * 2 ** (tries - 1) - 1);
    assert.equal(receiver.ids.length, tries, "not before its time");
    await world.clock.advance(1);
  }
  await world.until("both", () => receiver.ids.length === 6);
  assert.deepEqual(receiver.ids, [...Array(5).fill("s1-1"), "s1-2"]);
  assert.deepEqual(triedAt, [0, 750, 2_250, 5_250]);
  await world.until("well again", async () => (await world.find("register")).state?.failures === 0);
  const failures = world.logged.filter((line) => line.includes("was not accepted"));
  assert.equal(failures.length, 4);
  assert.match(failures[2] ?? "", /no answer within 500 ms/);
  assert.match(failures[3] ?? "", /redirects are not followed/);
});

test("Retry-After is honoured", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  receiver.next.push(answer(429, { "retry-after": "600" }));
  await world.start();
  await world.add({ name: "register", url: receiver.url });
  await world.join(1);
  await world.until("the failure", async () => (await world.find("register")).state?.failures === 1);
  await world.clock.advance(599_999);
  assert.equal(receiver.ids.length, 1);
  await world.clock.advance(1);
  await world.until("the second try", () => receiver.ids.length === 2);
});

test("nothing of one endpoint delays another", async () => {
  await using world = new World();
  await using slow = await Receiver.open();
  await using broken = await Receiver.open();
  await using quick = await Receiver.open();
  slow.usual = hang;
  broken.usual = answer(500);
  await world.start({ VECHE_WEBHOOKS_TIMEOUT: "30s" });
  for (const [name, { url }] of Object.entries({ slow, broken, quick })) await world.add({ name, url });
  for (const seq of numbers(1, 30)) await world.join(seq);
  await world.until("all at the quick one", () => quick.ids.length === 30);
  assert.deepEqual(quick.ids, ids(1, 30));
  assert.deepEqual([slow.ids.length, broken.ids.length], [1, 1]);
  slow.usual = answer(204);
});

test("an endpoint that fails for 24 hours is disabled, and a fact, the log and the list say so; enabled, it goes on where it was", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  receiver.usual = answer(500);
  await world.start();
  await world.add({ name: "register", url: receiver.url });
  for (const seq of [1, 2]) await world.join(seq);
  const state = async () => (await world.find("register")).state;
  await world.until("the first failure", async () => (await state())?.failures === 1);
  let tries = 1;
  while ((await state())?.disabledMs === 0n) {
    const nextTryMs = Number((await state())?.nextTryMs);
    await world.clock.advance(nextTryMs - world.clock.now());
    tries += 1;
    await world.until("the next try", async () => (await state())?.failures === tries);
  }
  const disabled = await state();
  assert.equal(Number(disabled?.disabledMs) - startMs, 24 * hour);
  assert.equal(disabled?.disabledReason, "failing");
  assert.ok(tries > 50 && tries < 120, `${tries} tries`);
  assert.equal((await world.find("register")).waiting, 2n);
  assert.deepEqual(await world.warnings(), [
    "webhook register is disabled: it accepted nothing for too long (status 500)",
  ]);
  assert.ok(world.logged.some((line) => /"level":"error".*"webhook":"register".*is disabled/.test(line)));
  await world.clock.advance(48 * hour);
  assert.equal(receiver.ids.length, tries);

  receiver.usual = answer(204);
  await world.bus.request(webhooks.enableEndpoint, {}, { name: "register" });
  await world.until("both", () => receiver.ids.length === tries + 2);
  assert.deepEqual(receiver.ids.slice(tries), ["s1-1", "s1-2"]);
  assert.match((await world.warnings())[1] ?? "", /^over: webhook register is disabled/);
});

test("410 disables at once; a fact that is refused again and again can be left out", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  receiver.usual = (response, { id }) => void response.writeHead(id === "s1-2" ? 410 : 204).end();
  await world.start();
  await world.add({ name: "register", url: receiver.url });
  for (const seq of [1, 2, 3]) await world.join(seq);
  await world.until("gone", async () => (await world.find("register")).state?.disabledReason === "gone");
  assert.deepEqual(await world.warnings(), ["webhook register is disabled: it answered 410 Gone"]);
  const { skipped } = await world.bus.request(webhooks.enableEndpoint, {}, { name: "register", skip: true });
  assert.equal(skipped, "s1-2");
  await world.until("the third", () => receiver.ids.includes("s1-3"));
  assert.deepEqual(receiver.ids, ["s1-1", "s1-2", "s1-3"]);
  assert.ok(world.logged.some((line) => /"event":"s1-2".*left out/.test(line)));
});

test("enabling ends the waiting for the next try", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  receiver.next.push(answer(429, { "retry-after": "3600" }));
  await world.start();
  await world.add({ name: "register", url: receiver.url });
  await world.join(1);
  await world.until("the failure", async () => (await world.find("register")).state?.failures === 1);
  await world.bus.request(webhooks.enableEndpoint, {}, { name: "register" });
  await world.until("the second try", () => receiver.ids.length === 2);
});

test("several processes share the work, and order holds also while the endpoint fails now and then", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  let count = 0;
  receiver.usual = (response) => void response.writeHead(++count % 7 === 0 ? 500 : 204).end();
  for (let n = 0; n < 3; n += 1) await world.start();
  await world.add({ name: "register", url: receiver.url });
  for (const seq of numbers(1, 40)) await world.join(seq);
  await world.advanceUntil("all of them", 100, () => new Set(receiver.ids).size === 40);
  assert.deepEqual([...new Set(receiver.ids)], ids(1, 40));
  assert.equal(receiver.overlaps, 0);
  const changes = receiver.ids.filter((id, index) => index === 0 || id !== receiver.ids[index - 1]);
  assert.deepEqual(changes, ids(1, 40), "no fact comes after one that is newer");
});

test("a redelivery sends a span of time once more, with the same ids, beside what is new", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  await world.start();
  await world.add({ name: "register", url: receiver.url });
  for (const seq of numbers(1, 6)) {
    await world.join(seq);
    await world.clock.advance(60_000);
  }
  await world.until("all of them", () => receiver.ids.length === 6);
  const [fromMs, toMs] = [BigInt(startMs + 60_000), BigInt(startMs + 200_000)];
  const { id } = await world.bus.request(webhooks.redeliver, {}, { name: "register", fromMs, toMs });
  await world.until("three of them again", () => receiver.ids.length === 9);
  assert.deepEqual(receiver.ids.slice(6), ["s1-2", "s1-3", "s1-4"]);
  const again = receiver.received.slice(6).map(({ text }) => JSON.parse(text).redelivery);
  assert.deepEqual(again, [id, id, id]);
  await world.advanceUntil("its end", 1_000, async () => (await world.find("register")).redeliveries.length === 0);
  await world.join(7);
  await world.until("what is new", () => receiver.ids.length === 10);
  assert.equal(receiver.ids[9], "s1-7");
  const ask = (from: number, to: number) =>
    world.bus.request(webhooks.redeliver, {}, { name: "register", fromMs: BigInt(from), toMs: BigInt(to) });
  await assert.rejects(ask(startMs, world.clock.now() + 1), hasCode("invalid-argument"));
  await assert.rejects(ask(startMs + 5, startMs + 5), hasCode("invalid-argument"));
});

test("after a rotation requests are signed with both keys for a while, then with the new one alone", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  await world.start();
  const former = await world.add({ name: "register", url: receiver.url });
  const { secret } = await world.bus.request(webhooks.rotateSecret, {}, { name: "register", keepMs: BigInt(hour) });
  await world.until("the new key", async () => (await world.find("register")).secrets === 2);
  await world.join(1);
  await world.until("the first", () => receiver.ids.length === 1);
  await world.clock.advance(hour);
  await world.join(2);
  await world.until("the second", () => receiver.ids.length === 2);
  const signed = receiver.received.map((one) => [isSignedWith(secret, one), isSignedWith(former, one)]);
  assert.deepEqual(signed, [
    [true, true],
    [true, false],
  ]);
  await world.bus.request(webhooks.rotateSecret, {}, { name: "register" });
  assert.equal((await world.find("register")).secrets, 1);
});

test("a test request is signed, is a ping, and says what came of it; it changes nothing", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  await world.start();
  const secret = await world.add({ name: "register", url: receiver.url });
  await world.until("it is known", async () => (await world.list()).length === 1);
  const good = await world.bus.request(webhooks.testEndpoint, {}, { name: "register" });
  assert.deepEqual([good.status, good.failure], [204, ""]);
  const [ping] = receiver.received;
  assert.ok(ping && isSignedWith(secret, ping));
  assert.equal(JSON.parse(ping.text).type, "veche.webhooks.v1.Ping");
  receiver.usual = answer(500);
  const bad = await world.bus.request(webhooks.testEndpoint, {}, { name: "register" });
  assert.deepEqual([bad.status, bad.failure], [500, "status 500"]);
  assert.equal((await world.find("register")).state?.failures, 0);
  await assert.rejects(world.bus.request(webhooks.testEndpoint, {}, { name: "other" }), hasCode("not-found"));
});

test("private targets are refused where the setting names none: at once by address, later by name", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  await world.start({ VECHE_WEBHOOKS_ALLOW: "" });
  await assert.rejects(world.add({ name: "literal", url: receiver.url }), /127\.0\.0\.1 is a private address/);
  await world.add({ name: "named", url: `http://localhost:${receiver.port}/` });
  await world.join(1);
  await world.until("the failure", async () => (await world.find("named")).state?.failures === 1);
  assert.match((await world.find("named")).state?.failure ?? "", /is a private address/);
  assert.equal(receiver.ids.length, 0);
});

test("a removed endpoint gets nothing more, and one of the same name begins anew", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  await world.start();
  await world.add({ name: "register", url: receiver.url });
  await world.join(1);
  await world.until("the first", () => receiver.ids.length === 1);
  await world.bus.request(webhooks.removeEndpoint, {}, { name: "register" });
  await world.clock.advance(10_000);
  await world.join(2);
  await world.clock.advance(1);
  assert.deepEqual(await world.list(), []);
  await world.add({ name: "register", url: receiver.url });
  await world.join(3);
  await world.until("the third", () => receiver.ids.length === 2);
  assert.deepEqual(receiver.ids, ["s1-1", "s1-3"]);
  await assert.rejects(world.bus.request(webhooks.removeEndpoint, {}, { name: "other" }), hasCode("not-found"));
});

test("what is wrong with a new endpoint is said, with what was expected", async () => {
  await using world = new World();
  await world.start();
  const good = { name: "register", url: "https://register.example/hook" };
  await world.add(good);
  await assert.rejects(world.add(good), hasCode("already-exists"));
  const odd: readonly (readonly [Parameters<typeof world.add>[0], RegExp])[] = [
    [{ name: "Register" }, /expected a name of lower-case letters/],
    [{ name: "x".repeat(33) }, /32 at most/],
    [{ url: "ftp://a.example/" }, /expected an address https:/],
    [{ url: `https://a.example/${"x".repeat(2_000)}` }, /2000 characters at most/],
    [{ facts: [] }, /expected 1 to 32 facts/],
    [{ facts: ["participant.jioned"] }, /found "participant\.jioned"/],
    [{ rooms: ["5a"] }, /expected the id of a room/],
    [{ mode: "batch" }, /expected structured or binary/],
  ];
  for (const [change, expected] of odd) await assert.rejects(world.add({ ...good, name: "two", ...change }), expected);
  for (const n of numbers(2, 100)) await world.add({ ...good, name: `e${n}` });
  await assert.rejects(world.add({ ...good, name: "e101" }), hasCode("resource-exhausted"));
});

test("no key, no password and no query of an address is in the log, the list or a fact", async () => {
  await using world = new World();
  await using receiver = await Receiver.open();
  receiver.usual = answer(500);
  await world.start();
  const url = receiver.url.replace("http://", "http://anna:hunter2@").concat("?key=opensesame");
  const first = await world.add({ name: "register", url });
  const { secret } = await world.bus.request(webhooks.rotateSecret, {}, { name: "register", keepMs: 1000n });
  await world.join(1);
  await world.until("the failure", async () => (await world.find("register")).state?.failures === 1);
  receiver.usual = answer(410);
  await world.clock.advance(1_000);
  await world.until("disabled", async () => (await world.find("register")).state?.disabledReason === "gone");
  assert.ok(receiver.received[0]?.headers.authorization?.startsWith("Basic "));
  const said = [
    ...world.logged,
    ...(await world.warnings()),
    JSON.stringify(await world.find("register"), (_, value) => (typeof value === "bigint" ? String(value) : value)),
  ].join("\n");
  for (const hidden of [first, secret, first.slice(6, 20), "hunter2", "opensesame"])
    assert.ok(!said.includes(hidden), hidden);
});
