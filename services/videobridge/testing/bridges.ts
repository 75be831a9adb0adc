import { create } from "@bufbuild/protobuf";
import type { Announcement } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { type Source, SourceSchema } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import type { MediaEngine } from "../edge/media-engine.ts";
import type { MemoryConsumer, MemoryProducer } from "../edge/memory-engine.ts";
import type { MemoryRelay } from "../edge/memory-relay.ts";
import { makeWorld, startBridge, type TestBridge } from "./bridge.ts";
import { camera, microphone, nth } from "./descriptions.ts";

/** Bridges jvb-1, jvb-2 … on one bus, with one clock. */
export class TestBridges implements AsyncDisposable {
  readonly all: readonly TestBridge[];

  private constructor(all: readonly TestBridge[]) {
    this.all = all;
  }

  static async start(count: number, engines: readonly MediaEngine[] = []): Promise<TestBridges> {
    const world = makeWorld();
    const all: TestBridge[] = [];
    for (let index = 0; index < count; index += 1) {
      const env = { VECHE_BRIDGE_ID: `jvb-${index + 1}` };
      all.push(await startBridge(env, engines[index], world, `instance-${index + 1}`));
    }
    return new TestBridges(all);
  }

  get clock() {
    return nth(this.all).clock;
  }

  /** What waits a moment to be said is said and heard. */
  async settle(ms = 60): Promise<void> {
    await nth(this.all).network.idle();
    await this.clock.advance(ms);
    await nth(this.all).network.idle();
    await this.clock.advance(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const bridge of this.all) await bridge[Symbol.asyncDispose]();
  }
}

/** As the focus asks for it: what `from` has is to be had at `to`. */
export function fetchSources(
  to: TestBridge,
  from: TestBridge,
  sources: Source[],
  given: { readonly epoch?: bigint; readonly instance?: string; readonly conference?: string } = {},
) {
  return to.focus.request(subjects.addRemoteSources, to.here, {
    conference: given.conference ?? "c1",
    epoch: given.epoch ?? 1n,
    room: "room",
    bridge: from.here.bridge,
    instance: given.instance ?? from.instance,
    sources: sources.map((source) => create(SourceSchema, source)),
  });
}

/** Joins and connects one endpoint on each of two bridges, both of which fetch the other's sources. */
export async function joinBoth(a: TestBridge, b: TestBridge) {
  await a.join("aaaa1111");
  await b.join("bbbb2222");
  const toB = await fetchSources(b, a, [microphone("aaaa1111"), camera("aaaa1111")]);
  const toA = await fetchSources(a, b, [microphone("bbbb2222"), camera("bbbb2222")]);
  await b.resume("bbbb2222");
  await a.resume("aaaa1111");
  return { toA, toB };
}

export function relaysOf(bridge: TestBridge): MemoryRelay[] {
  return [...bridge.engine.routers].flatMap((router) => [...router.relays]);
}

export function relayOf(bridge: TestBridge): MemoryRelay {
  return nth(relaysOf(bridge));
}

/** Streams of one kind that leave by the relay, low to high. */
export function crossing(bridge: TestBridge, kind: "audio" | "video"): MemoryConsumer[] {
  return [...relayOf(bridge).consumers].filter(({ producer }) => producer.kind === kind);
}

export function arriving(bridge: TestBridge, kind: "audio" | "video"): MemoryProducer {
  return nth([...relayOf(bridge).producers].filter((producer) => producer.kind === kind));
}

export function told(announcements: readonly Announcement[]) {
  return announcements.map(({ receiver, sources }) => [receiver, sources.map(({ name }) => name).sort()]);
}
