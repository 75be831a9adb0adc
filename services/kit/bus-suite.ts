import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { Int32ValueSchema, StringValueSchema, StructSchema } from "@bufbuild/protobuf/wkt";
import { event, request } from "@veche/proto/contract.ts";
import { conference } from "@veche/proto/facts.ts";
import { streams } from "@veche/proto/storage.ts";
import type { Bucket, BucketChange, Bus } from "./bus.ts";
import { VecheError } from "./errors.ts";
import { filterOf } from "./subject.ts";

/** What a test of both buses needs from each. */
export type BusWorld = AsyncDisposable & {
  open(role: "xmpp" | "focus" | "videobridge"): Promise<Bus>;
  /** Resolves when all that was said has been heard. */
  settle(): Promise<void>;
  /** Takes the network away from every bus, as when nats-server is killed. */
  cut(): Promise<void>;
  mend(): Promise<void>;
};

const said = event("evt.suite.{room}.{who}.said", StringValueSchema);
const saidAsNumber = event("evt.suite.{room}.{who}.said", Int32ValueSchema);
const saidAsAnything = event("evt.suite.{room}.{who}.said", StructSchema);
const echo = request("rpc.suite.{bridge}.echo", StringValueSchema, StringValueSchema);
const echoNumber = request("rpc.suite.{bridge}.echo", Int32ValueSchema, StringValueSchema);
const joined = conference.participantJoined;

const text = (value: string) => ({ value });
const hasCode = (code: string) => (error: unknown) => error instanceof VecheError && error.code === code;
const letters = [
  "a",
  "Я",
  " ",
  "\n",
  "\r\n",
  ".",
  "*",
  ">",
  "$",
  "=",
  "/",
  "\u0000",
  "😀",
  "\ud800",
  "ß",
  "-",
  "_",
  "7",
];

/** A generator of numbers in [0, 1) that always gives the same ones. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function randomText(random: () => number, maxLength: number): string {
  return Array.from(
    { length: Math.floor(random() * (maxLength + 1)) },
    () => letters[Math.floor(random() * letters.length)],
  ).join("");
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Resolves when `isDone` holds; `poke` is called at each change. */
function untilHeard<T>(isDone: (all: readonly T[]) => boolean) {
  const all: T[] = [];
  const { promise, resolve } = Promise.withResolvers<readonly T[]>();
  return {
    all,
    done: promise,
    hear: (item: T) => {
      all.push(item);
      if (isDone(all)) resolve(all);
    },
  };
}

export function busSuite(name: string, openWorld: () => Promise<BusWorld>): void {
  suite(name, () => {
    let world: BusWorld;
    let xmpp: Bus;
    let focus: Bus;
    let uniqueCount = 0;
    const unique = (what: string) => `${what}${++uniqueCount}`;

    before(async () => {
      world = await openWorld();
      xmpp = await world.open("xmpp");
      focus = await world.open("focus");
    });
    after(() => world[Symbol.asyncDispose]());

    events();
    requests();
    facts();
    bucketOperations();
    lostConnections();
    closing();

    function events() {
      test("events arrive in order, with the values of their subject", async () => {
        const room = unique("room");
        const heard: string[] = [];
        using _ = held(
          focus.subscribe(said, (message, values) => void heard.push(`${values.who}: ${message.value}`), { room }),
        );
        await world.settle();
        for (let index = 0; index < 200; index++) xmpp.publish(said, { room, who: "a b" }, text(String(index)));
        await world.settle();
        assert.deepEqual(
          heard,
          Array.from({ length: 200 }, (_, index) => `a b: ${index}`),
        );
      });

      test("every subscriber hears an event, the one who said it too", async () => {
        const room = unique("room");
        const heard: string[] = [];
        using _1 = held(focus.subscribe(said, () => void heard.push("focus"), { room }));
        using _2 = held(focus.subscribe(said, () => void heard.push("focus, everything")));
        using _3 = held(xmpp.subscribe(said, () => void heard.push("xmpp"), { who: "me", room }));
        await world.settle();
        xmpp.publish(said, { room, who: "me" }, text("x"));
        await world.settle();
        assert.deepEqual(heard.sort(), ["focus", "focus, everything", "xmpp"]);
      });

      test("a subscription hears only what its values say", async () => {
        const room = unique("room");
        const heard: string[] = [];
        using _ = held(focus.subscribe(said, (message) => void heard.push(message.value), { room, who: "a.b" }));
        await world.settle();
        xmpp.publish(said, { room, who: "a" }, text("other person"));
        xmpp.publish(said, { room: `${room}.a`, who: "a.b" }, text("other room"));
        xmpp.publish(said, { room, who: "a.b" }, text("mine"));
        await world.settle();
        assert.deepEqual(heard, ["mine"]);
      });

      test("whatever text an id holds, it arrives as it was and where it belongs", async () => {
        const random = seeded(7);
        const room = unique("room");
        const names = new Set([
          "",
          " ",
          "\r\nPUB evt.x 0\r\n",
          "*",
          ">",
          "a.b",
          "$SYS",
          ...Array.from({ length: 100 }, () => randomText(random, 12)),
        ]);
        const heard: string[] = [];
        using _ = held(focus.subscribe(said, (_message, { who }) => void heard.push(who), { room }));
        await world.settle();
        for (const who of names) xmpp.publish(said, { room, who }, text(""));
        await world.settle();
        assert.deepEqual(heard, [...names]);
      });

      test("an id that is too long for a subject is refused to the one who says it", () => {
        assert.throws(
          () => xmpp.publish(said, { room: "x".repeat(201), who: "" }, text("")),
          hasCode("invalid-argument"),
        );
      });

      test("a handler that fails does not end its subscription", async () => {
        const room = unique("room");
        const heard: string[] = [];
        const fail = (message: { value: string }) => {
          heard.push(message.value);
          if (message.value === "1") throw new Error("a handler of this test fails");
          return message.value === "2" ? Promise.reject(new Error("a handler of this test rejects")) : undefined;
        };
        using _ = held(focus.subscribe(said, fail, { room }));
        await world.settle();
        for (const value of ["1", "2", "3"]) xmpp.publish(said, { room, who: "a" }, text(value));
        await world.settle();
        assert.deepEqual(heard, ["1", "2", "3"]);
      });

      test("a message that can't be read does not end the subscription", async () => {
        const room = unique("room");
        const heard: number[] = [];
        using _ = held(focus.subscribe(saidAsNumber, (message) => void heard.push(message.value), { room }));
        await world.settle();
        xmpp.publish(said, { room, who: "a" }, text("no number"));
        xmpp.publish(saidAsNumber, { room, who: "a" }, { value: 5 });
        await world.settle();
        assert.deepEqual(heard, [5]);
      });

      test("fields that a reader does not know are left out", async () => {
        const room = unique("room");
        const newer = event("evt.suite.{room}.{who}.said", joined.message);
        const heard: string[] = [];
        using _ = held(focus.subscribe(newer, (message) => void heard.push(message.session), { room }));
        await world.settle();
        const aText = (value: string) => ({ kind: { case: "stringValue" as const, value } });
        const fields = { session: aText("s1"), fieldOfTheFuture: aText("x") };
        xmpp.publish(saidAsAnything, { room, who: "a" }, { fields });
        await world.settle();
        assert.deepEqual(heard, ["s1"]);
      });

      test("a closed subscription hears nothing more", async () => {
        const room = unique("room");
        const heard: string[] = [];
        const subscription = focus.subscribe(said, (message) => void heard.push(message.value), { room });
        await world.settle();
        xmpp.publish(said, { room, who: "a" }, text("1"));
        await world.settle();
        subscription.close();
        subscription.close();
        xmpp.publish(said, { room, who: "a" }, text("2"));
        await world.settle();
        assert.deepEqual(heard, ["1"]);
      });

      test("a message over the limit is refused to the one who says it", () => {
        const value = "x".repeat(1024 * 1024);
        assert.throws(() => xmpp.publish(said, { room: "r", who: "a" }, text(value)), hasCode("resource-exhausted"));
      });
    }

    function requests() {
      test("a request is answered by who serves it", async () => {
        const bridge = unique("bridge ");
        using _ = held(focus.serve(echo, ({ value }, values) => text(`${value} at ${values.bridge}`), { bridge }));
        await world.settle();
        const answer = await xmpp.request(echo, { bridge }, text("hello"));
        assert.equal(answer.value, `hello at ${bridge}`);
      });

      test("one of several that serve the same answers", async () => {
        const bridge = unique("bridge");
        const second = await world.open("focus");
        let answered = 0;
        const answer = async ({ value }: { value: string }) => {
          answered++;
          return text(value);
        };
        using _1 = held(focus.serve(echo, answer, { bridge }));
        using _2 = held(second.serve(echo, answer, { bridge }));
        await world.settle();
        const values = Array.from({ length: 20 }, (_, index) => String(index));
        const answers = await Promise.all(values.map((value) => xmpp.request(echo, { bridge }, text(value))));
        assert.deepEqual(
          answers.map(({ value }) => value),
          values,
        );
        assert.equal(answered, 20);
        await second[Symbol.asyncDispose]();
      });

      test("what nobody serves is unavailable, said at once", async () => {
        const asking = xmpp.request(echo, { bridge: unique("nobody") }, text(""));
        await assert.rejects(asking, hasCode("unavailable"));
      });

      test("an answer that does not come in time is deadline-exceeded", async () => {
        const bridge = unique("bridge");
        const late = Promise.withResolvers<{ value: string }>();
        using _ = held(focus.serve(echo, () => late.promise, { bridge }));
        await world.settle();
        await assert.rejects(xmpp.request(echo, { bridge }, text(""), { timeoutMs: 20 }), hasCode("deadline-exceeded"));
        late.resolve(text("too late"));
      });

      test("an asker may give up", async () => {
        const bridge = unique("bridge");
        const giveUp = new AbortController();
        const serving = () => {
          giveUp.abort();
          return text("");
        };
        using _ = held(focus.serve(echo, serving, { bridge }));
        await world.settle();
        await assert.rejects(
          xmpp.request(echo, { bridge }, text(""), { signal: giveUp.signal }),
          hasCode("deadline-exceeded"),
        );
        const before = xmpp.request(echo, { bridge }, text(""), { signal: giveUp.signal });
        await assert.rejects(before, hasCode("deadline-exceeded"));
      });

      test("an error of the one who serves arrives with its code and its words", async () => {
        const bridge = unique("bridge");
        const message = 'room "5А\nкласс": expected ≥ 1 bridge, found 0';
        using _ = held(
          focus.serve(echo, () => Promise.reject(new VecheError("failed-precondition", message)), { bridge }),
        );
        await world.settle();
        await assert.rejects(xmpp.request(echo, { bridge }, text("")), {
          name: "VecheError",
          code: "failed-precondition",
          message,
        });
      });

      test("what else is thrown arrives as internal, and serving goes on", async () => {
        const bridge = unique("bridge");
        let count = 0;
        const answer = () => {
          if (count++ === 0) throw new TypeError("unforeseen");
          return text("well again");
        };
        using _ = held(focus.serve(echo, answer, { bridge }));
        await world.settle();
        await assert.rejects(xmpp.request(echo, { bridge }, text("")), hasCode("internal"));
        assert.equal((await xmpp.request(echo, { bridge }, text(""))).value, "well again");
      });

      test("a request that can't be read is answered with invalid-argument", async () => {
        const bridge = unique("bridge");
        using _ = held(focus.serve(echoNumber, ({ value }) => text(String(value)), { bridge }));
        await world.settle();
        await assert.rejects(xmpp.request(echo, { bridge }, text("no number")), hasCode("invalid-argument"));
        assert.equal((await xmpp.request(echoNumber, { bridge }, { value: 3 })).value, "3");
      });

      test("an answer over the limit reaches the asker as resource-exhausted", async () => {
        const bridge = unique("bridge");
        using _ = held(focus.serve(echo, () => text("x".repeat(1024 * 1024)), { bridge }));
        await world.settle();
        await assert.rejects(xmpp.request(echo, { bridge }, text("")), hasCode("resource-exhausted"));
      });

      test("what is no longer served is unavailable", async () => {
        const bridge = unique("bridge");
        const serving = focus.serve(echo, ({ value }) => text(value), { bridge });
        await world.settle();
        await xmpp.request(echo, { bridge }, text(""));
        serving.close();
        await world.settle();
        await assert.rejects(xmpp.request(echo, { bridge }, text("")), hasCode("unavailable"));
      });
    }

    function facts() {
      const values = (session: string) => ({ tenant: "main", room: "k3vq2m7yd5t4c6xw2a9b", session });
      const headers = (id: string) => ({ id, source: "/focus/f1", time: "2026-09-01T06:00:03.214Z" });
      const record = (session: string, seq: number, id = `${session}-${seq}`) =>
        focus.record(joined, values(session), { session, seq: BigInt(seq) }, headers(id));

      test("facts are kept once each, in order, with every field", async () => {
        const session = unique("session");
        for (const seq of [1, 2, 3]) await record(session, seq);
        await record(session, 2);
        const kept = await collect(xmpp.replay(streams.conference, filterOf(joined, { session })));
        assert.deepEqual(
          kept.map(({ id }) => id),
          [`${session}-1`, `${session}-2`, `${session}-3`],
        );
        assert.ok(
          kept.every((fact, index) => index === 0 || fact.streamSequence > (kept[index - 1]?.streamSequence ?? 0)),
        );
        const body = kept[0]?.body as Record<string, unknown>;
        assert.deepEqual([body.session, body.seq, body.tenant], [session, "1", ""]);
        assert.equal(kept[0]?.subject, `conference.v1.main.k3vq2m7yd5t4c6xw2a9b.${session}.participant.joined`);
      });

      test("a replay ends with what was newest when it began", async () => {
        const session = unique("session");
        for (const seq of [1, 2]) await record(session, seq);
        const seen: string[] = [];
        for await (const fact of xmpp.replay(streams.conference, filterOf(joined, { session }))) {
          seen.push(fact.id);
          if (seen.length === 1) await record(session, 3);
        }
        assert.deepEqual(seen, [`${session}-1`, `${session}-2`]);
      });

      test("a replay of what nobody said is empty, and one may stop early", async () => {
        const session = unique("session");
        assert.deepEqual(await collect(xmpp.replay(streams.conference, filterOf(joined, { session }))), []);
        for (const seq of [1, 2, 3]) await record(session, seq);
        for await (const fact of xmpp.replay(streams.conference, filterOf(joined, { session }))) {
          assert.equal(fact.id, `${session}-1`);
          break;
        }
      });

      test("a replay of many facts misses none", async () => {
        const session = unique("session");
        const count = 3000;
        const all = Array.from({ length: count }, (_, index) => index + 1);
        await Promise.all(all.map((seq) => record(session, seq)));
        const kept = await collect(xmpp.replay(streams.conference, filterOf(joined, { session })));
        assert.deepEqual(
          kept.map(({ body }) => Number((body as { seq: string }).seq)).sort((a, b) => a - b),
          all,
        );
      });

      test("latest gives the newest fact of each subject", async () => {
        const [first, second] = [unique("session"), unique("session")];
        const room = unique("room");
        for (const [session, seq] of [
          [first, 1],
          [second, 1],
          [first, 2],
        ] as const) {
          await focus.record(
            joined,
            { tenant: "main", room, session },
            { seq: BigInt(seq) },
            headers(`${session}-${seq}`),
          );
        }
        const newest = await collect(xmpp.latest(streams.conference, filterOf(joined, { room })));
        assert.deepEqual(
          newest.map(({ id }) => id),
          [`${second}-1`, `${first}-2`],
        );
      });

      test("a fact is heard live too, once", async () => {
        const session = unique("session");
        const heard: bigint[] = [];
        using _ = held(xmpp.subscribe(joined, ({ seq }) => void heard.push(seq), { session }));
        await world.settle();
        await record(session, 1);
        await record(session, 2);
        await world.settle();
        assert.deepEqual(heard, [1n, 2n]);
      });
    }

    function bucketOperations() {
      const contract = { name: "suite", ttlMs: 0, history: 1 } as const;
      const open = (bus: Bus): Promise<Bucket<typeof StringValueSchema>> => bus.bucket(contract, StringValueSchema);

      test("a value is read back with its revision, by another role too", async () => {
        const [mine, theirs] = [await open(focus), await open(xmpp)];
        const key = unique("key");
        assert.equal(await theirs.get(key), undefined);
        const revision = await mine.put(key, text("1"));
        const entry = await theirs.get(key);
        assert.deepEqual([entry?.key, entry?.value.value, entry?.revision], [key, "1", revision]);
      });

      test("only one creates a key; after its removal it can be created again", async () => {
        const [mine, theirs] = [await open(focus), await open(xmpp)];
        const key = unique("key");
        await mine.create(key, text("1"));
        await assert.rejects(theirs.create(key, text("2")), hasCode("already-exists"));
        await mine.delete(key);
        assert.equal(await theirs.get(key), undefined);
        await theirs.create(key, text("3"));
        assert.equal((await mine.get(key))?.value.value, "3");
      });

      test("an update names the revision it replaces", async () => {
        const bucket = await open(focus);
        const key = unique("key");
        const first = await bucket.create(key, text("1"));
        const second = await bucket.update(key, text("2"), first);
        assert.ok(second > first);
        await assert.rejects(bucket.update(key, text("3"), first), hasCode("failed-precondition"));
        assert.equal((await bucket.get(key))?.value.value, "2");
      });

      test("a key may be any text up to its limit", async () => {
        const bucket = await open(focus);
        const random = seeded(11);
        for (const name of ["", ".", "a.b/c d", "ключ", ...Array.from({ length: 10 }, () => randomText(random, 8))]) {
          const key = unique(name);
          await bucket.put(key, text("x"));
          assert.equal((await bucket.get(key))?.key, key);
        }
        await assert.rejects(bucket.put("x".repeat(201), text("")), hasCode("invalid-argument"));
      });

      test("the entries are what is there now", async () => {
        const contract = { name: unique("entries"), ttlMs: 0, history: 1 };
        const bucket = await focus.bucket(contract, StringValueSchema);
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
        const contract = { name: unique("watched"), ttlMs: 0, history: 1 };
        const bucket = await focus.bucket(contract, StringValueSchema);
        await bucket.put("a", text("1"));
        const heard = untilHeard<string>((all) => all.length === 4);
        const watched = await xmpp.bucket(contract, StringValueSchema);
        using _ = held(await watched.watch(({ key, value }) => heard.hear(`${key} ${value?.value}`)));
        assert.deepEqual(heard.all, ["a 1"]);
        await bucket.put("b", text("2"));
        await bucket.put("a", text("3"));
        await bucket.delete("b");
        assert.deepEqual(await heard.done, ["a 1", "b 2", "a 3", "b undefined"]);
      });

      test("a value that outlives its time is told as removed", async () => {
        const bucket = await focus.bucket({ name: unique("short"), ttlMs: 150, history: 1 }, StringValueSchema);
        await bucket.put("here before", text("1"));
        const heard = untilHeard<BucketChange<typeof StringValueSchema>>((all) => all.length === 4);
        using _ = held(await bucket.watch(heard.hear));
        await bucket.put("new", text("2"));
        const told = (await heard.done).map(({ key, value }) => `${key} ${value?.value}`);
        assert.deepEqual(told.sort(), ["here before 1", "here before undefined", "new 2", "new undefined"]);
      });
    }

    function lostConnections() {
      test("what is said while the network is away arrives when it is back, in order and once", async () => {
        const room = unique("room");
        const heard = untilHeard<string>((all) => all.length === 6);
        using _ = held(focus.subscribe(said, ({ value }) => heard.hear(value), { room }));
        await world.settle();
        const speak = (value: string) => xmpp.publish(said, { room, who: "a" }, text(value));
        speak("1");
        speak("2");
        await world.settle();
        await world.cut();
        for (const value of ["3", "4", "5"]) speak(value);
        assert.equal(xmpp.isConnected, false);
        await world.mend();
        speak("6");
        assert.deepEqual(await heard.done, ["1", "2", "3", "4", "5", "6"]);
        await world.settle();
        assert.equal(heard.all.length, 6);
      });

      test("each change of the connection is told", async () => {
        const heard: boolean[] = [];
        using _ = held(xmpp.onConnection((isConnected) => void heard.push(isConnected)));
        await world.cut();
        await world.mend();
        assert.deepEqual(heard, [false, true]);
        assert.equal(xmpp.isConnected, true);
      });

      test("a request waits for the network, and serving goes on by itself", async () => {
        const bridge = unique("bridge");
        using _ = held(focus.serve(echo, ({ value }) => text(value), { bridge }));
        await world.settle();
        await world.cut();
        const asking = xmpp.request(echo, { bridge }, text("patient"), { timeoutMs: 5000 });
        await world.mend();
        assert.equal((await asking).value, "patient");
      });

      test("a request that was under way is asked again", async () => {
        const bridge = unique("bridge");
        const arrived = Promise.withResolvers<void>();
        const late = Promise.withResolvers<{ value: string }>();
        let count = 0;
        const answer = ({ value }: { value: string }) => {
          if (++count > 1) return text(value);
          arrived.resolve();
          return late.promise;
        };
        using _ = held(focus.serve(echo, answer, { bridge }));
        await world.settle();
        const asking = xmpp.request(echo, { bridge }, text("again"), { timeoutMs: 5000 });
        await arrived.promise;
        await world.cut();
        await world.mend();
        assert.equal((await asking).value, "again");
        late.resolve(text("too late"));
      });

      test("a request whose deadline passes while the network is away is deadline-exceeded", async () => {
        await world.cut();
        const asking = xmpp.request(echo, { bridge: "b" }, text(""), { timeoutMs: 20 });
        await assert.rejects(asking, hasCode("deadline-exceeded"));
        await world.mend();
      });

      test("a fact recorded while the network is away, and again after it, is kept once", async () => {
        const session = unique("session");
        const record = () =>
          focus.record(
            joined,
            { tenant: "main", room: "r", session },
            {},
            { id: session, source: "/focus/f1", time: "" },
          );
        await world.cut();
        const recording = record();
        await world.mend();
        await recording;
        await record();
        const kept = await collect(xmpp.replay(streams.conference, filterOf(joined, { session })));
        assert.deepEqual(
          kept.map(({ id }) => id),
          [session],
        );
      });

      test("a watch tells what is there again, and what vanished while it could not look", async () => {
        const contract = { name: unique("watched"), ttlMs: 0, history: 1 };
        const bucket = await focus.bucket(contract, StringValueSchema);
        await bucket.put("stays", text("1"));
        const heard = untilHeard<string>(
          (all) => all.includes("later 2") && all.filter((one) => one === "stays 1").length > 1,
        );
        using _ = held(await bucket.watch(({ key, value }) => heard.hear(`${key} ${value?.value}`)));
        await world.cut();
        const putting = bucket.put("later", text("2"));
        await world.mend();
        await putting;
        await heard.done;
      });
    }

    function closing() {
      test("a closed bus hears nothing, refuses requests, and closes twice", async () => {
        const bus = await world.open("videobridge");
        const room = unique("room");
        let heard = 0;
        bus.subscribe(said, () => void heard++, { room });
        await world.settle();
        await bus[Symbol.asyncDispose]();
        await bus[Symbol.asyncDispose]();
        xmpp.publish(said, { room, who: "a" }, text(""));
        await world.settle();
        assert.equal(heard, 0);
        bus.publish(said, { room, who: "a" }, text(""));
        await assert.rejects(bus.request(echo, { bridge: "b" }, text("")), hasCode("unavailable"));
      });

      test("closing lets a running handler answer", async () => {
        const bus = await world.open("videobridge");
        const bridge = unique("bridge");
        const arrived = Promise.withResolvers<void>();
        const release = Promise.withResolvers<void>();
        bus.serve(
          echo,
          async ({ value }) => {
            arrived.resolve();
            await release.promise;
            return text(value);
          },
          { bridge },
        );
        await world.settle();
        const asking = xmpp.request(echo, { bridge }, text("last"));
        await arrived.promise;
        const closed = bus[Symbol.asyncDispose]();
        release.resolve();
        assert.equal((await asking).value, "last");
        await closed;
      });
    }
  });
}

function held(subscription: { close(): void }): Disposable {
  return { [Symbol.dispose]: () => subscription.close() };
}
