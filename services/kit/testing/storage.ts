import assert from "node:assert/strict";
import { test } from "node:test";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { chat } from "@veche/proto/facts.ts";
import { streams } from "@veche/proto/storage.ts";
import type { Bucket, BucketChange, Bus } from "../bus.ts";
import { filterOf } from "../subject.ts";
import {
  collect,
  hasCode,
  held,
  joined,
  listening,
  randomText,
  type Stage,
  seeded,
  text,
  untilHeard,
} from "./stage.ts";

const dayMs = 24 * 3600 * 1000;

export function factTests(stage: Stage): void {
  const values = (session: string) => ({ tenant: "main", room: "k3vq2m7yd5t4c6xw2a9b", session });
  const headers = (id: string) => ({ id, source: "/focus/f1", time: "2026-09-01T06:00:03.214Z" });
  const record = (session: string, seq: number, id = `${session}-${seq}`) =>
    stage.focus.record(joined, values(session), { session, seq: BigInt(seq) }, headers(id));

  test("facts are kept once each, in order, with every field", async () => {
    const session = stage.unique("session");
    for (const seq of [1, 2, 3]) await record(session, seq);
    await record(session, 2);
    const kept = await collect(stage.xmpp.replay(streams.conference, filterOf(joined, { session })));
    assert.deepEqual(
      kept.map(({ id }) => id),
      [`${session}-1`, `${session}-2`, `${session}-3`],
    );
    assert.ok(kept.every((fact, index) => index === 0 || fact.streamSequence > (kept[index - 1]?.streamSequence ?? 0)));
    const body = kept[0]?.body as Record<string, unknown>;
    assert.deepEqual([body.session, body.seq, body.tenant], [session, "1", ""]);
    assert.equal(kept[0]?.subject, `conference.v1.main.k3vq2m7yd5t4c6xw2a9b.${session}.participant.joined`);
  });

  test("a replay ends with what was newest when it began", async () => {
    const session = stage.unique("session");
    for (const seq of [1, 2]) await record(session, seq);
    const seen: string[] = [];
    for await (const fact of stage.xmpp.replay(streams.conference, filterOf(joined, { session }))) {
      seen.push(fact.id);
      if (seen.length === 1) await record(session, 3);
    }
    assert.deepEqual(seen, [`${session}-1`, `${session}-2`]);
  });

  test("a stream may be kept otherwise than the table has it, from the first time on and changed later", async () => {
    const session = stage.unique("session");
    const write = (seq: number) =>
      stage.focus.record(
        chat.publicMessage,
        values(session),
        { session, seq: BigInt(seq), text: `text ${seq}` },
        headers(`${session}-chat-${seq}`),
      );
    await stage.focus.keepStream({ ...streams.chat, maxAgeMs: dayMs });
    await write(1);
    await stage.focus.keepStream({ ...streams.chat, maxAgeMs: 7 * dayMs });
    await write(2);
    const kept = await collect(stage.xmpp.replay(streams.chat, filterOf(chat.publicMessage, { session })));
    assert.deepEqual(
      kept.map(({ id }) => id),
      [`${session}-chat-1`, `${session}-chat-2`],
    );
  });

  test("a replay of what nobody said is empty, and one may stop early", async () => {
    const session = stage.unique("session");
    assert.deepEqual(await collect(stage.xmpp.replay(streams.conference, filterOf(joined, { session }))), []);
    for (const seq of [1, 2, 3]) await record(session, seq);
    for await (const fact of stage.xmpp.replay(streams.conference, filterOf(joined, { session }))) {
      assert.equal(fact.id, `${session}-1`);
      break;
    }
  });

  test("a replay of many facts misses none", async () => {
    const session = stage.unique("session");
    const count = 3000;
    const all = Array.from({ length: count }, (_, index) => index + 1);
    await Promise.all(all.map((seq) => record(session, seq)));
    const kept = await collect(stage.xmpp.replay(streams.conference, filterOf(joined, { session })));
    assert.deepEqual(
      kept.map(({ body }) => Number((body as { seq: string }).seq)).sort((a, b) => a - b),
      all,
    );
  });

  test("latest gives the newest fact of each subject", async () => {
    const [first, second] = [stage.unique("session"), stage.unique("session")];
    const room = stage.unique("room");
    for (const [session, seq] of [
      [first, 1],
      [second, 1],
      [first, 2],
    ] as const) {
      await stage.focus.record(
        joined,
        { tenant: "main", room, session },
        { seq: BigInt(seq) },
        headers(`${session}-${seq}`),
      );
    }
    const newest = await collect(stage.xmpp.latest(streams.conference, filterOf(joined, { room })));
    assert.deepEqual(
      newest.map(({ id }) => id),
      [`${second}-1`, `${first}-2`],
    );
  });

  test("a fact is heard live too, once", async () => {
    const session = stage.unique("session");
    const heard: bigint[] = [];
    using _ = held(stage.xmpp.subscribe(joined, ({ seq }) => void heard.push(seq), { session }));
    await stage.world.settle();
    await record(session, 1);
    await record(session, 2);
    await stage.world.settle();
    assert.deepEqual(heard, [1n, 2n]);
  });
}

export function bucketTests(stage: Stage): void {
  const contract = { name: "suite", ttlMs: 0, history: 1 } as const;
  const open = (bus: Bus): Promise<Bucket<typeof StringValueSchema>> => bus.bucket(contract, StringValueSchema);

  test("a value is read back with its revision, by another role too", async () => {
    const [mine, theirs] = [await open(stage.focus), await open(stage.xmpp)];
    const key = stage.unique("key");
    assert.equal(await theirs.get(key), undefined);
    const revision = await mine.put(key, text("1"));
    const entry = await theirs.get(key);
    assert.deepEqual([entry?.key, entry?.value.value, entry?.revision], [key, "1", revision]);
  });

  test("only one creates a key; after its removal it can be created again", async () => {
    const [mine, theirs] = [await open(stage.focus), await open(stage.xmpp)];
    const key = stage.unique("key");
    await mine.create(key, text("1"));
    await assert.rejects(theirs.create(key, text("2")), hasCode("already-exists"));
    await mine.delete(key);
    assert.equal(await theirs.get(key), undefined);
    await theirs.create(key, text("3"));
    assert.equal((await mine.get(key))?.value.value, "3");
  });

  test("a key whose revision is another is not removed by who names the one before", async () => {
    const [mine, theirs] = [await open(stage.focus), await open(stage.xmpp)];
    const key = stage.unique("key");
    const before = await mine.create(key, text("1"));
    const revision = await theirs.update(key, text("2"), before);
    await assert.rejects(mine.delete(key, before), hasCode("failed-precondition"));
    assert.equal((await mine.get(key))?.value.value, "2");
    await mine.delete(key, revision);
    assert.equal(await theirs.get(key), undefined);
    await assert.rejects(mine.delete(key, revision), hasCode("failed-precondition"));
  });

  test("what is purged is gone as if it was removed, and can be created again", async () => {
    const bucket = await open(stage.focus);
    const key = stage.unique("key");
    const { all, hear, until } = listening<string>();
    using _ = held(await bucket.watch((change) => change.key === key && hear(`${change.value?.value}`)));
    await bucket.put(key, text("1"));
    await until(1);
    await bucket.purge(key);
    assert.equal(await bucket.get(key), undefined);
    await until(2);
    await bucket.create(key, text("2"));
    await until(3);
    assert.deepEqual(all, ["1", "undefined", "2"]);
  });

  test("an update names the revision it replaces", async () => {
    const bucket = await open(stage.focus);
    const key = stage.unique("key");
    const first = await bucket.create(key, text("1"));
    const second = await bucket.update(key, text("2"), first);
    assert.ok(second > first);
    await assert.rejects(bucket.update(key, text("3"), first), hasCode("failed-precondition"));
    assert.equal((await bucket.get(key))?.value.value, "2");
  });

  test("a key may be any text up to its limit", async () => {
    const bucket = await open(stage.focus);
    const random = seeded(11);
    for (const name of ["", ".", "a.b/c d", "ключ", ...Array.from({ length: 10 }, () => randomText(random, 8))]) {
      const key = stage.unique(name);
      await bucket.put(key, text("x"));
      assert.equal((await bucket.get(key))?.key, key);
    }
    await assert.rejects(bucket.put("x".repeat(201), text("")), hasCode("invalid-argument"));
  });

  test("the entries are what is there now", async () => {
    const contract = { name: stage.unique("entries"), ttlMs: 0, history: 1 };
    const bucket = await stage.focus.bucket(contract, StringValueSchema);
    assert.deepEqual(await collect(bucket.entries()), []);
    await bucket.put("a", text("1"));
    await bucket.put("b c", text("2"));
    await bucket.put("a", text("3"));
    await bucket.put("gone", text("4"));
    await bucket.delete("gone");
    const entries = await collect(bucket.entries());
    assert.deepEqual(entries.map(({ key, value }) => [key, value.value]).sort(), [
      ["a", "3"],
      ["b c", "2"],
    ]);
  });

  test("a watch tells what is there, then each change", async () => {
    const contract = { name: stage.unique("watched"), ttlMs: 0, history: 1 };
    const bucket = await stage.focus.bucket(contract, StringValueSchema);
    await bucket.put("a", text("1"));
    const { all, hear, until } = listening<string>();
    const watched = await stage.xmpp.bucket(contract, StringValueSchema);
    using _ = held(await watched.watch(({ key, value }) => hear(`${key} ${value?.value}`)));
    assert.deepEqual(all, ["a 1"]);
    await bucket.put("b", text("2"));
    await bucket.put("a", text("3"));
    await until(3);
    await bucket.delete("b");
    await until(4);
    assert.deepEqual(all, ["a 1", "b 2", "a 3", "b undefined"]);
  });

  test("a value that outlives its time is told as removed", async () => {
    const bucket = await stage.focus.bucket(
      { name: stage.unique("short"), ttlMs: 2000, history: 1 },
      StringValueSchema,
    );
    await bucket.put("here before", text("1"));
    const heard = untilHeard<BucketChange<typeof StringValueSchema>>((all) => all.length === 4);
    using _ = held(await bucket.watch(heard.hear));
    await bucket.put("new", text("2"));
    const told = (await heard.done).map(({ key, value }) => `${key} ${value?.value}`);
    assert.deepEqual(told.sort(), ["here before 1", "here before undefined", "new 2", "new undefined"]);
  });
}
