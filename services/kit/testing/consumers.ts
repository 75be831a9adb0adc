import assert from "node:assert/strict";
import { test } from "node:test";
import { conference } from "@veche/proto/facts.ts";
import { streams } from "@veche/proto/storage.ts";
import type { FactConsumer } from "../bus.ts";
import { filterOf } from "../subject.ts";
import { hasCode, joined, type Stage } from "./stage.ts";

/** Long beside what a server takes, short beside the patience of a test. */
const ackWaitMs = 1_500;
const waitMs = 5_000;
const quietMs = 300;

export function consumerTests(stage: Stage): void {
  const values = (session: string) => ({ tenant: "main", room: "k3vq2m7yd5t4c6xw2a9b", session });
  const headers = (id: string) => ({ id, source: "/focus/f1", time: "2026-09-01T06:00:03.214Z" });
  const join = (session: string, seq: number) =>
    stage.focus.record(joined, values(session), { session, seq: BigInt(seq) }, headers(`${session}-${seq}`));
  const leave = (session: string, seq: number) =>
    stage.focus.record(
      conference.participantLeft,
      values(session),
      { session, seq: BigInt(seq) },
      headers(`${session}-${seq}`),
    );
  const open = (session: string, options: { filters?: string[]; startMs?: number; name?: string } = {}) =>
    stage.xmpp.consumer(streams.conference, {
      name: options.name ?? `suite-${session}`,
      filters: options.filters ?? [filterOf(joined, { session })],
      startMs: options.startMs ?? 0,
      ackWaitMs,
    });
  const idOf = async (consumer: FactConsumer) => (await consumer.next(waitMs))?.id;

  test("a consumer gives facts one at a time: the next one comes after the one before was acknowledged", async () => {
    const session = stage.unique("session");
    for (const seq of [1, 2]) await join(session, seq);
    const consumer = await open(session);
    const first = await consumer.next(waitMs);
    assert.deepEqual([first?.id, first?.deliveries], [`${session}-1`, 1]);
    assert.equal(first?.headers["ce-type"], "veche.conference.v1.ParticipantJoined");
    assert.equal((first?.body as { seq: string } | undefined)?.seq, "1");
    assert.equal(await consumer.next(quietMs), undefined);
    first?.ack();
    assert.equal(await idOf(consumer), `${session}-2`);
  });

  test("what is not acknowledged in time comes again, and keeps its place before what is newer", async () => {
    const session = stage.unique("session");
    for (const seq of [1, 2]) await join(session, seq);
    const consumer = await open(session);
    assert.equal(await idOf(consumer), `${session}-1`);
    const again = await consumer.next(waitMs);
    assert.deepEqual([again?.id, again?.deliveries], [`${session}-1`, 2]);
    again?.ack();
    assert.equal(await idOf(consumer), `${session}-2`);
  });

  test("what is given back is the next one again, for another process too", async () => {
    const session = stage.unique("session");
    for (const seq of [1, 2]) await join(session, seq);
    const consumer = await open(session);
    (await consumer.next(waitMs))?.release();
    const other = await open(session);
    const again = await other.next(waitMs);
    assert.equal(again?.id, `${session}-1`);
    again?.ack();
    assert.equal(await idOf(consumer), `${session}-2`);
  });

  test("who waits hears of a fact when it is said, and who gave up has taken none away", async () => {
    const session = stage.unique("session");
    await join(stage.unique("other"), 1);
    const consumer = await open(session);
    const givingUp = new AbortController();
    const abandoned = consumer.next(waitMs, givingUp.signal);
    givingUp.abort();
    assert.equal(await abandoned, undefined);
    const waiting = consumer.next(waitMs);
    await join(session, 1);
    assert.equal((await waiting)?.id, `${session}-1`);
  });

  test("a consumer of several filters gives what passes any of them, in the order of the stream", async () => {
    const session = stage.unique("session");
    await join(session, 1);
    await stage.focus.record(conference.speakerChanged, values(session), { session, seq: 2n }, headers(`${session}-2`));
    await leave(session, 3);
    const filters = [filterOf(joined, { session }), filterOf(conference.participantLeft, { session })];
    const consumer = await open(session, { filters: [...filters, filterOf(joined, { session })] });
    const first = await consumer.next(waitMs);
    assert.equal(first?.id, `${session}-1`);
    first?.ack();
    assert.equal(await idOf(consumer), `${session}-3`);
  });

  test("a consumer begins at its time, says how many wait, and is gone once it was removed", async () => {
    const session = stage.unique("session");
    await join(session, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const startMs = Date.now();
    for (const seq of [2, 3]) await join(session, seq);
    const consumer = await open(session, { startMs });
    assert.equal(await consumer.waiting(), 2);
    const first = await consumer.next(waitMs);
    assert.equal(first?.id, `${session}-2`);
    assert.equal(await consumer.waiting(), 2);
    first?.ack();
    for (let n = 0; n < 2; n += 1) await stage.xmpp.removeConsumer(streams.conference, `suite-${session}`);
    await assert.rejects(consumer.next(waitMs), hasCode("not-found"));
    await assert.rejects(consumer.waiting(), hasCode("not-found"));
  });

  test("a consumer of a stream that is not there makes none", async () => {
    const missing = { ...streams.chat, name: "NOT_THERE", subjects: ["not.there.>"] };
    const options = { name: "suite", filters: ["not.there.>"], startMs: 0, ackWaitMs };
    await assert.rejects(stage.xmpp.consumer(missing, options), hasCode("not-found"));
  });
}
