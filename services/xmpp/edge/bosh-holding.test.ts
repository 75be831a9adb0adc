import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { ns } from "../codec/namespaces.ts";
import { defaultLimits } from "../limits.ts";
import { Harness } from "../testing/harness.ts";
import { breakHeld, ids, leave, lost, open, ping, RawBosh, terminated } from "../testing/raw-bosh.ts";

test("two requests that arrive in the wrong order are worked on in the right one", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const { rid } = bosh;
  const second = bosh.at(rid + 2, ping("second"));
  await open(harness, 1);
  const first = await bosh.at(rid + 1, ping("first"));
  assert.deepEqual(ids(first), ["first", "second"]);
  bosh.rid = rid + 2;
  leave(bosh.next(ping("third")));
  assert.deepEqual(ids(await second), ["third"]);
});

test("of two open requests the older is answered at once", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const held = bosh.next();
  await open(harness, 1);
  const newer = bosh.next();
  assert.deepEqual(ids(await held), []);
  leave(bosh.next(ping("p")));
  assert.deepEqual(ids(await newer), ["p"]);
});

test("a repeated request gets the same answer, and its stanzas are not worked on again", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const first = await bosh.next(ping("once"));
  const again = await bosh.at(bosh.rid, ping("once"));
  assert.deepEqual(ids(again), ids(first));
  const after = await bosh.next(ping("next"));
  assert.deepEqual(ids(after), ["next"]);
});

test("a held request that is repeated frees its first copy, and the answer comes to the second", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const first = bosh.next();
  await open(harness, 1);
  const second = bosh.at(bosh.rid);
  assert.deepEqual(ids(await first), []);
  leave(bosh.next(ping("p")));
  assert.deepEqual(ids(await second), ["p"]);
});

test("a request is held as long as was agreed, and answered empty then", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  let isAnswered = false;
  const held = bosh.next().then((body) => {
    isAnswered = true;
    return body;
  });
  await open(harness, 1);
  await clock.advance(59_000);
  assert.equal(isAnswered, false);
  await clock.advance(1_000);
  assert.deepEqual(ids(await held), []);
});

test("a session without requests ends after a minute, later where the client asked for a pause", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const [bosh, pausing] = [new RawBosh(harness), new RawBosh(harness)];
  await bosh.signIn();
  await pausing.signIn();
  await pausing.next("", 'pause="120"');
  await clock.advance(61_000);
  terminated(await bosh.next(), "item-not-found");
  assert.deepEqual(ids(await pausing.next(ping("awake"))), ["awake"]);
});

test("a client gets no more than one held request, whatever it asks for, and no longer wait than a minute", async () => {
  await using harness = await Harness.start();
  const created = await new RawBosh(harness).post('rid="1" to="meet.jitsi" hold="5" wait="3600" ack="1"');
  assert.deepEqual([created.attrs.hold, created.attrs.wait, created.attrs.requests], ["1", "60", "2"]);
});

test("more than one answer may hold comes in several, in order", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const { answerCharacters } = defaultLimits.bosh;
  const long = "x".repeat(2_000);
  const sent = Array.from(
    { length: Math.ceil((answerCharacters * 1.5) / long.length) },
    (_, index) => `${index}${long}`,
  );
  const first = ids(await bosh.next(sent.map(ping).join("")));
  const second = ids(await bosh.next());
  assert.ok(first.join("").length <= answerCharacters);
  assert.deepEqual([...first, ...second], sent);
});

test("an empty request is held, and answered with what comes", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const held = bosh.next();
  await open(harness, 1);
  const other = bosh.next(ping("p"));
  assert.deepEqual(ids(await held), ["p"]);
  leave(other);
});

test("a client that only polls is answered at once", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const bosh = new RawBosh(harness);
  const created = await bosh.post(`rid="${bosh.rid}" to="meet.jitsi" wait="0" hold="0"`);
  assert.deepEqual([created.attrs.hold, created.attrs.requests, created.attrs.polling], ["0", "1", "5"]);
  bosh.sid = created.attrs.sid ?? "";
  const success = await bosh.next(`<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS"/>`);
  assert.ok(success);
  for (let poll = 0; poll < 3; poll++) {
    await clock.advance(5_000);
    await bosh.next();
  }
  terminated(await bosh.next(), "policy-violation");
  terminated(await bosh.next(), "item-not-found");
});

test("a client whose connections are gone has a minute from then on, not from the end of the wait", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  await breakHeld(harness, bosh);
  await clock.advance(60_000);
  terminated(await bosh.at(bosh.rid + 1), "item-not-found");
});

test("a request whose connection broke is repeated, and answered with what has come since", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  await breakHeld(harness, bosh);
  await clock.advance(59_000);
  const again = bosh.at(bosh.rid + 1);
  await lost(harness, 0);
  await clock.advance(30_000);
  leave(bosh.at(bosh.rid + 2, ping("p")));
  assert.deepEqual(ids(await again), ["p"]);
});

test("a flood of empty requests is slowed down and cut like one of stanzas", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  let last = await bosh.next(ping("p"));
  for (let request = 0; request < 1_000 && last.attrs.type !== "terminate"; request++) {
    last = await bosh.next("", 'pause="1"');
  }
  terminated(last, "remote-stream-error");
});
