import assert from "node:assert/strict";
import { test } from "node:test";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { streams } from "@veche/proto/storage.ts";
import { filterOf } from "../subject.ts";
import { collect, echo, hasCode, held, joined, type Stage, said, text, untilHeard } from "./stage.ts";

export function lostConnectionTests(stage: Stage): void {
  test("what is said while the network is away arrives when it is back, in order and once", async () => {
    const room = stage.unique("room");
    const heard = untilHeard<string>((all) => all.length === 6);
    using _ = held(stage.focus.subscribe(said, ({ value }) => heard.hear(value), { room }));
    await stage.world.settle();
    const speak = (value: string) => stage.xmpp.publish(said, { room, who: "a" }, text(value));
    speak("1");
    speak("2");
    await stage.world.settle();
    await stage.world.cut();
    for (const value of ["3", "4", "5"]) speak(value);
    assert.equal(stage.xmpp.isConnected, false);
    await stage.world.mend();
    speak("6");
    assert.deepEqual(await heard.done, ["1", "2", "3", "4", "5", "6"]);
    await stage.world.settle();
    assert.equal(heard.all.length, 6);
  });

  test("each change of the connection is told", async () => {
    const heard: boolean[] = [];
    using _ = held(stage.xmpp.onConnection((isConnected) => void heard.push(isConnected)));
    await stage.world.cut();
    await stage.world.mend();
    assert.deepEqual(heard, [false, true]);
    assert.equal(stage.xmpp.isConnected, true);
  });

  test("a request waits for the network, and serving goes on by itself", async () => {
    const bridge = stage.unique("bridge");
    using _ = held(stage.focus.serve(echo, ({ value }) => text(value), { bridge }));
    await stage.world.settle();
    await stage.world.cut();
    const asking = stage.xmpp.request(echo, { bridge }, text("patient"), { timeoutMs: 5000 });
    await stage.world.mend();
    assert.equal((await asking).value, "patient");
  });

  test("a request that was under way is asked again", async () => {
    const bridge = stage.unique("bridge");
    const arrived = Promise.withResolvers<void>();
    const late = Promise.withResolvers<{ value: string }>();
    let count = 0;
    const answer = ({ value }: { value: string }) => {
      if (++count > 1) return text(value);
      arrived.resolve();
      return late.promise;
    };
    using _ = held(stage.focus.serve(echo, answer, { bridge }));
    await stage.world.settle();
    const asking = stage.xmpp.request(echo, { bridge }, text("again"), { timeoutMs: 5000 });
    await arrived.promise;
    await stage.world.cut();
    await stage.world.mend();
    assert.equal((await asking).value, "again");
    late.resolve(text("too late"));
  });

  test("a request whose deadline passes while the network is away is deadline-exceeded", async () => {
    await stage.world.cut();
    const asking = stage.xmpp.request(echo, { bridge: "b" }, text(""), { timeoutMs: 20 });
    await assert.rejects(asking, hasCode("deadline-exceeded"));
    await stage.world.mend();
  });

  test("a fact recorded while the network is away, and again after it, is kept once", async () => {
    const session = stage.unique("session");
    const record = () =>
      stage.focus.record(
        joined,
        { tenant: "main", room: "r", session },
        {},
        { id: session, source: "/focus/f1", time: "" },
      );
    await stage.world.cut();
    const recording = record();
    await stage.world.mend();
    await recording;
    await record();
    const kept = await collect(stage.xmpp.replay(streams.conference, filterOf(joined, { session })));
    assert.deepEqual(
      kept.map(({ id }) => id),
      [session],
    );
  });

  test("a watch tells what is there again, and what vanished while it could not look", async () => {
    const contract = { name: stage.unique("watched"), ttlMs: 0, history: 1 };
    const bucket = await stage.focus.bucket(contract, StringValueSchema);
    await bucket.put("stays", text("1"));
    const heard = untilHeard<string>(
      (all) => all.includes("later 2") && all.filter((one) => one === "stays 1").length > 1,
    );
    using _ = held(await bucket.watch(({ key, value }) => heard.hear(`${key} ${value?.value}`)));
    await stage.world.cut();
    const putting = bucket.put("later", text("2"));
    await stage.world.mend();
    await putting;
    await heard.done;
  });
}

export function closingTests(stage: Stage): void {
  test("a closed bus hears nothing, refuses requests, and closes twice", async () => {
    const bus = await stage.world.open("videobridge");
    const room = stage.unique("room");
    let heard = 0;
    bus.subscribe(said, () => void heard++, { room });
    await stage.world.settle();
    await bus[Symbol.asyncDispose]();
    await bus[Symbol.asyncDispose]();
    stage.xmpp.publish(said, { room, who: "a" }, text(""));
    await stage.world.settle();
    assert.equal(heard, 0);
    bus.publish(said, { room, who: "a" }, text(""));
    await assert.rejects(bus.request(echo, { bridge: "b" }, text("")), hasCode("unavailable"));
  });

  test("closing lets a running handler answer", async () => {
    const bus = await stage.world.open("videobridge");
    const bridge = stage.unique("bridge");
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
    await stage.world.settle();
    const asking = stage.xmpp.request(echo, { bridge }, text("last"));
    await arrived.promise;
    const closed = bus[Symbol.asyncDispose]();
    release.resolve();
    assert.equal((await asking).value, "last");
    await closed;
  });
}
