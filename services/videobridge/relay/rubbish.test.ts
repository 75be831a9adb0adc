import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { relay, bridge as subjects } from "@veche/proto/subjects.ts";
import type { TestBridge } from "../testing/bridge.ts";
import { arriving, fetchSources, joinBoth, relayOf, relaysOf, TestBridges, told } from "../testing/bridges.ts";
import { camera, microphone, nth } from "../testing/descriptions.ts";
import { Random, spoil } from "../testing/random.ts";

const sourcesOf = (owner: string) => [microphone(owner), camera(owner)];
const plain = (value: object) => JSON.parse(JSON.stringify(value));

/** The code of the refusal, or ok. */
async function outcome(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return "ok";
  } catch (error) {
    if (error instanceof VecheError) return error.code;
    throw error;
  }
}

const addressed = (to: TestBridge, from: TestBridge) => ({
  conference: "c1",
  epoch: 1n,
  bridge: from.here.bridge,
  instance: from.instance,
  toInstance: to.instance,
});

test("1,000 spoilt requests and messages about relays: each is answered or refused, none as an internal error", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await joinBoth(a, b);
  const message = { to: "", sender: "bbbb2222", text: "{}" };
  const state = {
    relay: "an-end",
    wishes: { "aaaa1111-v0": { maxHeight: 720, layers: [0, 2] } },
    silentEndpoints: ["x"],
  };
  const from = { from: "jvb-2", fromInstance: b.instance };
  for (let seed = 1; seed <= 1_000; seed += 1) {
    const random = new Random(seed);
    const fetch = { sources: plain(sourcesOf("cccc3333")), videoCodec: "VP8", room: "room" };
    const ask = { transport: { ...plainEnd(b), srtpKey: relayOf(b).local.srtpKey }, names: ["aaaa1111-v0"] };
    const outcomes = [
      await outcome(
        a.focus.request(subjects.addRemoteSources, a.here, { ...(spoil(fetch, random) as object), ...addressed(a, b) }),
      ),
      await outcome(
        b.bus.request(relay.relaySources, a.here, { ...(spoil(ask, random) as object), ...addressed(a, b) }),
      ),
    ];
    await outcome(
      (async () => {
        b.bus.publish(relay.state, a.here, { ...(spoil(state, random) as object), ...from, conference: "c1" });
        b.bus.publish(relay.message, a.here, { ...(spoil(message, random) as object), ...from, conference: "c1" });
      })(),
    );
    await a.network.idle();
    assert.ok(!outcomes.includes("internal"), `seed ${seed}: ${outcomes}`);
  }
  await fetchSources(b, a, sourcesOf("aaaa1111"));
  assert.equal(a.engine.routers.size, 1, "no worker died of it");
});

function plainEnd(bridge: TestBridge) {
  const { ip, port } = relayOf(bridge).local;
  return { id: "an-end", ip, port, srtpSuite: "AEAD_AES_256_GCM" };
}

const ends: readonly [string, RegExp, object][] = [
  ["no address", /expected an IP address/, { ip: "localhost" }],
  ["an address out of range", /expected an IP address/, { ip: "1.2.3.999" }],
  ["port 0", /expected a port/, { port: 0 }],
  ["a port beyond all", /expected a port/, { port: 70_000 }],
  ["another cipher", /AEAD_AES_256_GCM/, { srtpSuite: "AES_CM_128_HMAC_SHA1_80" }],
  ["a short key", /key of 44 bytes/, { srtpKey: new Uint8Array(30) }],
  ["no id", /expected an id/, { id: "" }],
];
for (const [what, reason, spoilt] of ends)
  test(`the end of a relay with ${what} is refused with the reason`, async () => {
    await using bridges = await TestBridges.start(2);
    const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
    await joinBoth(a, b);
    const transport = { ...plainEnd(b), srtpKey: new Uint8Array(44), ...spoilt };
    await assert.rejects(
      b.bus.request(relay.relaySources, a.here, { ...addressed(a, b), transport, names: [] }),
      (error) => error instanceof VecheError && error.code === "invalid-argument" && reason.test(error.message),
    );
    assert.equal(relaysOf(a).length, 1, "the one that is there goes on");
    assert.equal(relayOf(a).other?.port, relayOf(b).local.port);
  });

test("a conference takes at most 2,000 sources of other bridges", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await a.join("aaaa1111");
  const many = Array.from({ length: 2_001 }, (_, index) => microphone(`o${index}`));
  await assert.rejects(
    fetchSources(b, a, many),
    (error) => error instanceof VecheError && error.code === "resource-exhausted",
  );
  await fetchSources(b, a, many.slice(0, 2_000));
});

test("whatever happens to two bridges, asking for everything once more brings everything", async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const random = new Random(seed);
    await using bridges = await TestBridges.start(2);
    const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
    const address = { conference: "c1", epoch: 1n };
    const acts: readonly ((to: TestBridge, from: TestBridge, own: string, other: string) => Promise<unknown>)[] = [
      (to, from, _, other) => fetchSources(to, from, sourcesOf(other)),
      (to, from) => to.focus.request(subjects.dropRelay, to.here, { ...address, bridge: from.here.bridge }),
      (to, _, __, other) =>
        to.focus.request(subjects.removeRemoteSources, to.here, { ...address, names: [`${other}-v0`] }),
      (to) => to.focus.request(subjects.expireConference, to.here, address),
      async (to) => to.engine.die(),
      (to, _, own) => to.join(own),
    ];
    const pairs = [
      [a, b, "aaaa1111", "bbbb2222"],
      [b, a, "bbbb2222", "aaaa1111"],
    ] as const;
    const asked = Array.from({ length: 25 }, () => {
      const [to, from, own, other] = random.pick(pairs);
      return outcome(random.pick(acts)(to, from, own, other));
    });
    const outcomes = await Promise.all(asked);
    assert.ok(!outcomes.includes("internal"), `seed ${seed}: ${outcomes}`);
    for (const [to, , own] of pairs) await to.join(own);
    await Promise.all(pairs.map(([to, from, , other]) => fetchSources(to, from, sourcesOf(other))));
    for (const [to, from, own, other] of pairs) {
      const { announcements } = await fetchSources(to, from, sourcesOf(other));
      assert.deepEqual(told(announcements), [[own, [`${other}-a0`, `${other}-v0`]]], `seed ${seed}`);
      assert.equal(relaysOf(to).length, 1, `seed ${seed}`);
      assert.equal(relayOf(to).other?.port, relayOf(from).local.port, `seed ${seed}`);
      assert.equal(arriving(to, "audio").isClosed, false, `seed ${seed}`);
    }
  }
});
