import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { bridge } from "@veche/proto/subjects.ts";
import type { Input } from "../domain/inputs.ts";
import { aMicrophone, aTransport, someDescriptions } from "../testing/samples.ts";
import { type BridgeEffect, BridgeRequests, bridgeTimeoutMs } from "./bridge-requests.ts";
import { bridgeWindow } from "./bridge-window.ts";

const on = { session: "s", room: "r", epoch: 1, videoCodec: "VP8" };
const crowd = Array.from({ length: bridgeWindow * 3 }, (_, index) => `p${index}`);

/** A bridge that answers when the test says so. */
class SlowBridge {
  readonly clock = new ManualClock(0);
  readonly requests: BridgeRequests;
  /** As "verb endpoint", in order. */
  readonly asked: string[] = [];
  /** As "input endpoint". */
  readonly told: string[] = [];
  readonly failures: string[] = [];
  readonly #answers: (() => void)[] = [];

  constructor({ answersAfterMs = 0 } = {}) {
    const network = new MemoryNetwork();
    const its = new MemoryBus(network, { role: "videobridge", clock: this.clock });
    this.requests = new BridgeRequests({
      bus: new MemoryBus(network, { role: "focus", clock: this.clock }),
      onUnserved: () => undefined,
      onAllocated: () => undefined,
      onFailure: ({ type }, { code }) => this.failures.push(`${type} ${code}`),
    });
    const work = (what: string) =>
      new Promise<void>((resolve) => {
        this.asked.push(what);
        if (answersAfterMs > 0) void this.clock.after(answersAfterMs, resolve);
        else this.#answers.push(resolve);
      });
    const here = { bridge: "b1" };
    its.serve(
      bridge.createEndpoint,
      ({ endpoint }) => work(`create ${endpoint}`).then(() => ({ transport: aTransport })),
      here,
    );
    its.serve(bridge.connectEndpoint, ({ endpoint }) => work(`connect ${endpoint}`).then(() => ({})), here);
    const note = (what: string) => {
      this.asked.push(what);
      return {};
    };
    its.serve(bridge.resumeSources, ({ endpoint }) => note(`resume ${endpoint}`), here);
    its.serve(bridge.expireEndpoint, ({ endpoint }) => note(`expire ${endpoint}`), here);
  }

  async perform(...effects: readonly BridgeEffect[]): Promise<void> {
    const note = (input: Input) => this.told.push(`${input.type} ${"endpoint" in input ? input.endpoint : ""}`);
    for (const effect of effects) this.requests.perform(effect, on, note);
    await this.clock.advance(1);
  }

  async answer(count: number): Promise<void> {
    for (const resolve of this.#answers.splice(0, count)) resolve();
    await this.clock.advance(1);
  }
}

function of(endpoint: string) {
  return { bridge: "b1", instance: "b1-1", endpoint, jingleSession: `j-${endpoint}` };
}

function create(endpoint: string): BridgeEffect {
  const forceMute = { audio: false, video: false, desktop: false };
  const wish = { bridgeSession: "bs", statsId: "", fullIce: true, plain: false, forceMute };
  return { type: "create-endpoint", ...of(endpoint), ...wish };
}

function connect(endpoint: string): BridgeEffect {
  const media = { descriptions: someDescriptions, transport: aTransport, sources: [aMicrophone(endpoint, 1)] };
  return { type: "connect-endpoint", ...of(endpoint), ask: 1, ...media, initialLastN: undefined };
}

function expire(endpoint: string): BridgeEffect {
  return { type: "expire-endpoint", ...of(endpoint) };
}

describe("what a bridge is asked in a burst", () => {
  test("so many requests are under way at a time, the rest follows in order", async () => {
    const slow = new SlowBridge();
    await slow.perform(...crowd.map(create));
    assert.deepEqual(
      slow.asked,
      crowd.slice(0, bridgeWindow).map((endpoint) => `create ${endpoint}`),
    );
    await slow.answer(3);
    assert.equal(slow.asked.length, bridgeWindow + 3);
    while (slow.told.length < crowd.length) await slow.answer(1);
    assert.deepEqual(
      slow.asked,
      crowd.map((endpoint) => `create ${endpoint}`),
    );
    assert.deepEqual(
      slow.told,
      crowd.map((endpoint) => `endpoint-created ${endpoint}`),
    );
  });

  test("who has accepted goes before those not invited yet; what lets media flow does not wait", async () => {
    const slow = new SlowBridge();
    await slow.perform(...crowd.map(create));
    await slow.answer(1);
    await slow.perform(connect("p0"), { type: "resume-sources", ...of("elsewhere"), names: ["a"] });
    assert.deepEqual(slow.asked.slice(bridgeWindow + 1), ["resume elsewhere"]);
    await slow.answer(1);
    assert.equal(slow.asked.at(-1), "connect p0");
  });

  test("the deadline counts from when a request is sent: a slow bridge serves everybody", async () => {
    const slow = new SlowBridge({ answersAfterMs: bridgeTimeoutMs - 1_000 });
    await slow.perform(...crowd.map(create));
    await slow.clock.advance(bridgeTimeoutMs * 3);
    assert.deepEqual(
      slow.told,
      crowd.map((endpoint) => `endpoint-created ${endpoint}`),
    );
    assert.deepEqual(slow.failures, []);
  });

  test("one that never answers fails each at its deadline", async () => {
    const slow = new SlowBridge();
    await slow.perform(create("p0"));
    await slow.clock.advance(bridgeTimeoutMs);
    assert.deepEqual(slow.told, ["endpoint-not-created p0"]);
    assert.deepEqual(slow.failures, ["create-endpoint deadline-exceeded"]);
  });

  test("an invitation that is over before its turn came is never asked for", async () => {
    const slow = new SlowBridge();
    await slow.perform(...crowd.map(create), expire("p23"));
    await slow.answer(crowd.length);
    await slow.answer(crowd.length);
    assert.ok(!slow.asked.includes("create p23"));
    assert.ok(slow.asked.includes("expire p23"));
    assert.deepEqual(slow.failures, []);
  });

  test("nobody waits for a bridge that is lost, and the same bridge started anew is asked at once", async () => {
    const slow = new SlowBridge();
    await slow.perform(...crowd.map(create));
    slow.requests.abandonBridge("b1", "b1-1");
    await slow.clock.advance(1);
    assert.equal(slow.told.length, crowd.length);
    assert.equal(slow.asked.length, bridgeWindow);
    await slow.perform({ ...create("p0"), instance: "b1-2" } as BridgeEffect);
    assert.equal(slow.asked.length, bridgeWindow + 1);
  });

  test("of a conference that is somebody else's by now nothing more is sent", async () => {
    const slow = new SlowBridge();
    await slow.perform(...crowd.map(create));
    slow.requests.abandonConference(on.session);
    await slow.answer(bridgeWindow);
    await slow.answer(bridgeWindow);
    assert.equal(slow.asked.length, bridgeWindow);
  });
});
