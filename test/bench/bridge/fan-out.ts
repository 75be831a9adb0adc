/** One who sends a picture, and many who receive it: the load, and what it cost. */
import { setTimeout as pause } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { MediaKind, type Source, SourceSchema, VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { Identity } from "../../load/media/dtls.ts";
import { Metronome } from "../../load/media/metronome.ts";
import { Reception } from "../../load/media/reception.ts";
import { Session } from "../../load/session.ts";
import type { Forwarder } from "./forwarders/forwarder.ts";

export type FanOut = { readonly receivers: number; readonly packetsPerSecond: number };

export type Received = { readonly packets: number; readonly lost: number; readonly leastOfOne: number };

const packetBytes = 1_100;
const senderSsrc = 0x0100_0001;
const atOnce = 10;
/** A packet at a time, as a pacer sends. */
const beatMs = 1;
const firstPacketMs = 10_000;

/** The source of a sender of its own name. */
export function pictureOf(owner: string, ssrc: number): Source {
  return create(SourceSchema, {
    name: `${owner}-v0`,
    owner,
    kind: MediaKind.VIDEO,
    videoType: VideoType.CAMERA,
    msid: `${owner}-video-0-1 track`,
    ssrcs: [ssrc],
  });
}

export class FanOutLoad implements Disposable {
  readonly #sessions: Session[] = [];
  readonly #receptions: Reception[] = [];
  readonly #metronome = new Metronome(beatMs);
  #ssrcs = 0;

  static async start(forwarder: Forwarder, identity: Identity, fanOut: FanOut): Promise<FanOutLoad> {
    const load = new FanOutLoad();
    try {
      await load.#add(forwarder, identity, fanOut, pictureOf("sender", senderSsrc));
      for (let left = fanOut.receivers; left > 0; left -= atOnce) {
        const next = Array.from({ length: Math.min(left, atOnce) }, () => load.#add(forwarder, identity, fanOut));
        await Promise.all(next);
      }
      await load.#flowing();
      return load;
    } catch (error) {
      load[Symbol.dispose]();
      throw error;
    }
  }

  /** What the receivers get within so long. */
  async measure(seconds: number): Promise<Received> {
    for (const reception of this.#receptions) reception.restart();
    await pause(seconds * 1000);
    const counted = this.#receptions.map(({ streams }) => ({
      packets: streams.reduce((sum, one) => sum + one.packets, 0),
      lost: streams.reduce((sum, one) => sum + one.lost, 0),
    }));
    return {
      packets: counted.reduce((sum, { packets }) => sum + packets, 0),
      lost: counted.reduce((sum, { lost }) => sum + lost, 0),
      leastOfOne: Math.min(...counted.map(({ packets }) => packets)),
    };
  }

  [Symbol.dispose](): void {
    for (const session of this.#sessions) session[Symbol.dispose]();
    this.#metronome[Symbol.dispose]();
  }

  async #add(forwarder: Forwarder, identity: Identity, fanOut: FanOut, source?: Source): Promise<void> {
    const reception = new Reception();
    const session = await Session.open({
      identity,
      metronome: this.#metronome,
      number: this.#ssrcs++,
      reception,
      layers: [{ height: 720, bitsPerSecond: fanOut.packetsPerSecond * packetBytes * 8 }],
      framesPerSecond: fanOut.packetsPerSecond,
    });
    this.#sessions.push(session);
    const { agreement, start } = await forwarder.admit("bench", session.link, source);
    await session.connect(agreement, source ? [source] : []);
    await start();
    if (!source) this.#receptions.push(reception);
  }

  async #flowing(): Promise<void> {
    const until = performance.now() + firstPacketMs;
    while (this.#receptions.some(({ streams }) => streams.length === 0)) {
      if (performance.now() > until) {
        const without = this.#receptions.filter(({ streams }) => streams.length === 0).length;
        throw new Error(`${without} of ${this.#receptions.length} receive nothing`);
      }
      await pause(50);
    }
  }
}
