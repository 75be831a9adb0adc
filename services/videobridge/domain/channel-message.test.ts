import assert from "node:assert/strict";
import { test } from "node:test";
import { mutate, Random } from "../testing/random.ts";
import { readChannelMessage, readReactions, say } from "./channel-message.ts";
import { limits } from "./limits.ts";

const read = (message: unknown) => readChannelMessage(typeof message === "string" ? message : JSON.stringify(message));

test("constraints are read with what is absent left out", () => {
  const result = read({
    colibriClass: "ReceiverVideoConstraints",
    lastN: -1,
    onStageSources: ["ab12cd34-v0"],
    defaultConstraints: { maxHeight: 180 },
    constraints: { "ab12cd34-v0": { maxHeight: 720, maxFrameRate: 30 } },
    assumedBandwidthBps: -1,
  });
  assert.deepEqual(result, {
    ok: true,
    value: {
      type: "constraints",
      update: {
        lastN: -1,
        onStageSources: ["ab12cd34-v0"],
        defaultConstraint: { maxHeight: 180, maxFrameRate: -1 },
        constraints: new Map([["ab12cd34-v0", { maxHeight: 720, maxFrameRate: 30 }]]),
        assumedBandwidthBps: -1,
      },
    },
  });
});

test("last-N of older clients means the same", () => {
  assert.deepEqual(read({ colibriClass: "LastNChangedEvent", lastN: 4 }), {
    ok: true,
    value: { type: "constraints", update: { lastN: 4 } },
  });
});

const subscriptions: readonly [string, object, object][] = [
  ["everything", { all: true }, { type: "all", except: new Set() }],
  ["everything but", { all: true, exclude: ["a-a0"] }, { type: "all", except: new Set(["a-a0"]) }],
  [
    "only these",
    { all: false, include: ["a-a0", "b-a0"], exclude: ["b-a0"] },
    { type: "only", sources: new Set(["a-a0"]) },
  ],
  ["these, with nothing said of all", { include: ["a-a0"] }, { type: "only", sources: new Set(["a-a0"]) }],
  ["nothing", { all: false }, { type: "only", sources: new Set() }],
  ["the older form", { mode: "Exclude", list: ["a-a0"] }, { type: "all", except: new Set(["a-a0"]) }],
  ["the older none", { mode: "None" }, { type: "only", sources: new Set() }],
];
for (const [what, fields, subscription] of subscriptions)
  test(`audio subscription: ${what}`, () => {
    const result = read({ colibriClass: "ReceiverAudioSubscription", ...fields });
    assert.deepEqual(result, { ok: true, value: { type: "audio-subscription", subscription } });
  });

test("a class that is not known is no fault", () => {
  assert.deepEqual(read({ colibriClass: "FromTheFuture", x: 1 }), { ok: true, value: { type: "unknown" } });
});

const faulty: readonly [string, unknown][] = [
  ["no JSON", "{"],
  ["an array", "[]"],
  ["no class", "{}"],
  ["constraints that are a list", { colibriClass: "ReceiverVideoConstraints", constraints: [] }],
  ["a height in words", { colibriClass: "ReceiverVideoConstraints", defaultConstraints: { maxHeight: "big" } }],
  [
    "too many names",
    { colibriClass: "ReceiverVideoConstraints", selectedSources: Array(limits.namesPerConstraints + 1).fill("a-v0") },
  ],
  ["a payload that is a string", { colibriClass: "EndpointMessage", to: "", msgPayload: "x" }],
  ["a receiver that is a number", { colibriClass: "EndpointMessage", to: 5, msgPayload: {} }],
  ["an unknown video type", { colibriClass: "SourceVideoTypeMessage", sourceName: "a-v0", videoType: "hologram" }],
  ["an unknown mode", { colibriClass: "ReceiverAudioSubscription", mode: "constructor" }],
];
for (const [what, message] of faulty)
  test(`${what} is a fault of its sender`, () => assert.equal(read(message).ok, false));

test("what is relayed says who sent it, whatever the sender wrote", () => {
  const result = read({ colibriClass: "EndpointMessage", to: "", from: "somebody", msgPayload: { a: 1 } });
  assert.ok(result.ok && result.value.type === "endpoint-message");
  assert.deepEqual(JSON.parse(say.relayed(result.value.message, "aaaa1111")), {
    colibriClass: "EndpointMessage",
    to: "",
    from: "aaaa1111",
    msgPayload: { a: 1 },
  });
});

test("reactions are words from a payload of that name, at most so many", () => {
  assert.deepEqual(readReactions({ name: "endpoint-reaction", reactions: ["like", 5, "x y", "boo"] }), ["like", "boo"]);
  assert.equal(readReactions({ name: "endpoint-reaction", reactions: [] }), undefined);
  assert.equal(readReactions({ name: "other", reactions: ["like"] }), undefined);
  const many = readReactions({ name: "endpoint-reaction", reactions: Array(100).fill("like") });
  assert.equal(many?.length, limits.reactionsPerMessage);
});

test("the connectivity of an endpoint is said in a word, as clients compare it", () => {
  assert.equal(JSON.parse(say.connectivity("a", false)).active, "false");
});

test("10,000 spoilt messages are read or refused, never thrown, and leave no trace on objects", () => {
  const sound = [
    {
      colibriClass: "ReceiverVideoConstraints",
      lastN: 5,
      selectedSources: ["a-v0"],
      constraints: { "a-v0": { maxHeight: 5 } },
    },
    { colibriClass: "ReceiverAudioSubscription", all: true, include: ["a-a0"], exclude: ["b-a0"] },
    { colibriClass: "ReceiverAudioSubscription", mode: "Include", list: ["a-a0"] },
    { colibriClass: "SourceVideoTypeMessage", sourceName: "a-v0", videoType: "camera" },
    { colibriClass: "EndpointMessage", to: "b", msgPayload: { name: "endpoint-reaction", reactions: ["like"] } },
    { colibriClass: "EndpointStats", bitrate: { download: 5 } },
    { colibriClass: "LastNChangedEvent", lastN: 2 },
  ];
  let refused = 0;
  for (let seed = 1; seed <= 10_000; seed += 1) {
    const random = new Random(seed);
    const text = JSON.stringify(mutate(random.pick(sound), random)) ?? "";
    const cut = random.chance(0.1) ? text.slice(0, random.below(text.length)) : text;
    if (!readChannelMessage(cut).ok) refused += 1;
  }
  assert.ok(refused > 1_000 && refused < 9_000, `${refused} refused`);
  assert.deepEqual(Object.keys(Object.prototype), []);
});

test("a message too deep to be passed on is refused", () => {
  const nested = (levels: number) =>
    `{"colibriClass":"EndpointMessage","to":"","msgPayload":${'{"a":'.repeat(levels)}[1]${"}".repeat(levels)}}`;
  assert.equal(readChannelMessage(nested(limits.channelMessageDepth - 3)).ok, true);
  assert.equal(readChannelMessage(nested(limits.channelMessageDepth)).ok, false);
  assert.equal(readChannelMessage(nested(10_000)).ok, false);
});
