import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "@veche/proto/contract.ts";
import { LeftUnanswered, VecheError } from "../errors.ts";
import {
  echo,
  echoNumber,
  hasCode,
  held,
  joined,
  randomText,
  type Stage,
  said,
  saidAsAnything,
  saidAsNumber,
  seeded,
  text,
} from "./stage.ts";

export function eventTests(stage: Stage): void {
  test("events arrive in order, with the values of their subject", async () => {
    const room = stage.unique("room");
    const heard: string[] = [];
    using _ = held(
      stage.focus.subscribe(said, (message, values) => void heard.push(`${values.who}: ${message.value}`), { room }),
    );
    await stage.world.settle();
    for (let index = 0; index < 200; index++) stage.xmpp.publish(said, { room, who: "a b" }, text(String(index)));
    await stage.world.settle();
    assert.deepEqual(
      heard,
      Array.from({ length: 200 }, (_, index) => `a b: ${index}`),
    );
  });

  test("every subscriber hears an event, the one who said it too", async () => {
    const room = stage.unique("room");
    const heard: string[] = [];
    using _1 = held(stage.focus.subscribe(said, () => void heard.push("focus"), { room }));
    using _2 = held(stage.focus.subscribe(said, () => void heard.push("focus, everything")));
    using _3 = held(stage.xmpp.subscribe(said, () => void heard.push("xmpp"), { who: "me", room }));
    await stage.world.settle();
    stage.xmpp.publish(said, { room, who: "me" }, text("x"));
    await stage.world.settle();
    assert.deepEqual(heard.sort(), ["focus", "focus, everything", "xmpp"]);
  });

  test("a subscription hears only what its values say", async () => {
    const room = stage.unique("room");
    const heard: string[] = [];
    using _ = held(stage.focus.subscribe(said, (message) => void heard.push(message.value), { room, who: "a.b" }));
    await stage.world.settle();
    stage.xmpp.publish(said, { room, who: "a" }, text("other person"));
    stage.xmpp.publish(said, { room: `${room}.a`, who: "a.b" }, text("other room"));
    stage.xmpp.publish(said, { room, who: "a.b" }, text("mine"));
    await stage.world.settle();
    assert.deepEqual(heard, ["mine"]);
  });

  test("whatever text an id holds, it arrives as it was and where it belongs", async () => {
    const random = seeded(7);
    const room = stage.unique("room");
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
    using _ = held(stage.focus.subscribe(said, (_message, { who }) => void heard.push(who), { room }));
    await stage.world.settle();
    for (const who of names) stage.xmpp.publish(said, { room, who }, text(""));
    await stage.world.settle();
    assert.deepEqual(heard, [...names]);
  });

  test("an id that is too long for a subject is refused to the one who says it", () => {
    assert.throws(
      () => stage.xmpp.publish(said, { room: "x".repeat(201), who: "" }, text("")),
      hasCode("invalid-argument"),
    );
  });

  test("a handler that fails does not end its subscription", async () => {
    const room = stage.unique("room");
    const heard: string[] = [];
    const fail = (message: { value: string }) => {
      heard.push(message.value);
      if (message.value === "1") throw new Error("a handler of this test fails");
      return message.value === "2" ? Promise.reject(new Error("a handler of this test rejects")) : undefined;
    };
    using _ = held(stage.focus.subscribe(said, fail, { room }));
    await stage.world.settle();
    for (const value of ["1", "2", "3"]) stage.xmpp.publish(said, { room, who: "a" }, text(value));
    await stage.world.settle();
    assert.deepEqual(heard, ["1", "2", "3"]);
  });

  test("a message that can't be read does not end the subscription", async () => {
    const room = stage.unique("room");
    const heard: number[] = [];
    using _ = held(stage.focus.subscribe(saidAsNumber, (message) => void heard.push(message.value), { room }));
    await stage.world.settle();
    stage.xmpp.publish(said, { room, who: "a" }, text("no number"));
    stage.xmpp.publish(saidAsNumber, { room, who: "a" }, { value: 5 });
    await stage.world.settle();
    assert.deepEqual(heard, [5]);
  });

  test("fields that a reader does not know are left out", async () => {
    const room = stage.unique("room");
    const newer = event("evt.suite.{room}.{who}.said", joined.message);
    const heard: string[] = [];
    using _ = held(stage.focus.subscribe(newer, (message) => void heard.push(message.session), { room }));
    await stage.world.settle();
    const aText = (value: string) => ({ kind: { case: "stringValue" as const, value } });
    const fields = { session: aText("s1"), fieldOfTheFuture: aText("x") };
    stage.xmpp.publish(saidAsAnything, { room, who: "a" }, { fields });
    await stage.world.settle();
    assert.deepEqual(heard, ["s1"]);
  });

  test("a closed subscription hears nothing more", async () => {
    const room = stage.unique("room");
    const heard: string[] = [];
    const subscription = stage.focus.subscribe(said, (message) => void heard.push(message.value), { room });
    await stage.world.settle();
    stage.xmpp.publish(said, { room, who: "a" }, text("1"));
    await stage.world.settle();
    subscription.close();
    subscription.close();
    stage.xmpp.publish(said, { room, who: "a" }, text("2"));
    await stage.world.settle();
    assert.deepEqual(heard, ["1"]);
  });

  test("a message over the limit is refused to the one who says it", () => {
    const value = "x".repeat(1024 * 1024);
    assert.throws(() => stage.xmpp.publish(said, { room: "r", who: "a" }, text(value)), hasCode("resource-exhausted"));
  });
}

export function requestTests(stage: Stage): void {
  test("a request is answered by who serves it", async () => {
    const bridge = stage.unique("bridge ");
    using _ = held(stage.focus.serve(echo, ({ value }, values) => text(`${value} at ${values.bridge}`), { bridge }));
    await stage.world.settle();
    const answer = await stage.xmpp.request(echo, { bridge }, text("hello"));
    assert.equal(answer.value, `hello at ${bridge}`);
  });

  test("one of several that serve the same answers", async () => {
    const bridge = stage.unique("bridge");
    const second = await stage.world.open("focus");
    let answered = 0;
    const answer = async ({ value }: { value: string }) => {
      answered++;
      return text(value);
    };
    using _1 = held(stage.focus.serve(echo, answer, { bridge }));
    using _2 = held(second.serve(echo, answer, { bridge }));
    await stage.world.settle();
    const values = Array.from({ length: 20 }, (_, index) => String(index));
    const answers = await Promise.all(values.map((value) => stage.xmpp.request(echo, { bridge }, text(value))));
    assert.deepEqual(
      answers.map(({ value }) => value),
      values,
    );
    assert.equal(answered, 20);
    await second[Symbol.asyncDispose]();
  });

  test("of groups of their own each is asked, and the first answer stands", async () => {
    const bridge = stage.unique("bridge");
    const second = await stage.world.open("focus");
    const never = Promise.withResolvers<{ value: string }>();
    using _1 = held(stage.focus.serve(echo, () => never.promise, { bridge }, { group: "stands-still" }));
    using _2 = held(second.serve(echo, ({ value }) => text(value), { bridge }, { group: "answers" }));
    await stage.world.settle();
    for (let round = 0; round < 10; round += 1) {
      const { value } = await stage.xmpp.request(echo, { bridge }, text(String(round)));
      assert.equal(value, String(round));
    }
    never.resolve(text("too late"));
    await second[Symbol.asyncDispose]();
  });

  test("one that leaves a request unanswered leaves it to the other", async () => {
    const bridge = stage.unique("bridge");
    const second = await stage.world.open("focus");
    const leave = () => Promise.reject(new LeftUnanswered());
    using _1 = held(stage.focus.serve(echo, leave, { bridge }, { group: "off-duty" }));
    using _2 = held(second.serve(echo, ({ value }) => text(value), { bridge }, { group: "on-duty" }));
    await stage.world.settle();
    const answers = await Promise.all(
      ["1", "2", "3"].map((value) => stage.xmpp.request(echo, { bridge }, text(value))),
    );
    assert.deepEqual(
      answers.map(({ value }) => value),
      ["1", "2", "3"],
    );
    await second[Symbol.asyncDispose]();
  });

  test("what nobody serves is unavailable, said at once", async () => {
    const asking = stage.xmpp.request(echo, { bridge: stage.unique("nobody") }, text(""));
    await assert.rejects(asking, hasCode("unavailable"));
  });

  test("an answer that does not come in time is deadline-exceeded", async () => {
    const bridge = stage.unique("bridge");
    const late = Promise.withResolvers<{ value: string }>();
    using _ = held(stage.focus.serve(echo, () => late.promise, { bridge }));
    await stage.world.settle();
    await assert.rejects(
      stage.xmpp.request(echo, { bridge }, text(""), { timeoutMs: 20 }),
      hasCode("deadline-exceeded"),
    );
    late.resolve(text("too late"));
  });

  test("an asker may give up", async () => {
    const bridge = stage.unique("bridge");
    const giveUp = new AbortController();
    const serving = () => {
      giveUp.abort();
      return text("");
    };
    using _ = held(stage.focus.serve(echo, serving, { bridge }));
    await stage.world.settle();
    await assert.rejects(
      stage.xmpp.request(echo, { bridge }, text(""), { signal: giveUp.signal }),
      hasCode("deadline-exceeded"),
    );
    const before = stage.xmpp.request(echo, { bridge }, text(""), { signal: giveUp.signal });
    await assert.rejects(before, hasCode("deadline-exceeded"));
  });

  test("an error of the one who serves arrives with its code and its words", async () => {
    const bridge = stage.unique("bridge");
    const message = 'room "5А\nкласс": expected ≥ 1 bridge, found 0';
    using _ = held(
      stage.focus.serve(echo, () => Promise.reject(new VecheError("failed-precondition", message)), { bridge }),
    );
    await stage.world.settle();
    await assert.rejects(stage.xmpp.request(echo, { bridge }, text("")), {
      name: "VecheError",
      code: "failed-precondition",
      message,
    });
  });

  test("what else is thrown arrives as internal, and serving goes on", async () => {
    const bridge = stage.unique("bridge");
    let count = 0;
    const answer = () => {
      if (count++ === 0) throw new TypeError("unforeseen");
      return text("well again");
    };
    using _ = held(stage.focus.serve(echo, answer, { bridge }));
    await stage.world.settle();
    await assert.rejects(stage.xmpp.request(echo, { bridge }, text("")), hasCode("internal"));
    assert.equal((await stage.xmpp.request(echo, { bridge }, text(""))).value, "well again");
  });

  test("a request that can't be read is answered with invalid-argument", async () => {
    const bridge = stage.unique("bridge");
    using _ = held(stage.focus.serve(echoNumber, ({ value }) => text(String(value)), { bridge }));
    await stage.world.settle();
    await assert.rejects(stage.xmpp.request(echo, { bridge }, text("no number")), hasCode("invalid-argument"));
    assert.equal((await stage.xmpp.request(echoNumber, { bridge }, { value: 3 })).value, "3");
  });

  test("an answer over the limit reaches the asker as resource-exhausted", async () => {
    const bridge = stage.unique("bridge");
    using _ = held(stage.focus.serve(echo, () => text("x".repeat(1024 * 1024)), { bridge }));
    await stage.world.settle();
    await assert.rejects(stage.xmpp.request(echo, { bridge }, text("")), hasCode("resource-exhausted"));
  });

  test("what is no longer served is unavailable", async () => {
    const bridge = stage.unique("bridge");
    const serving = stage.focus.serve(echo, ({ value }) => text(value), { bridge });
    await stage.world.settle();
    await stage.xmpp.request(echo, { bridge }, text(""));
    serving.close();
    await stage.world.settle();
    await assert.rejects(stage.xmpp.request(echo, { bridge }, text("")), hasCode("unavailable"));
  });
}
