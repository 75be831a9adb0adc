/** A bridge as a leg sees one: sends voices, each with a tone, and keeps what the call says. */
import { randomBytes } from "node:crypto";
import { masterBytes, relaySuite } from "@veche/kit/rtp/srtp-keys.ts";
import type { Decoder, Encoder, Samples } from "../codecs/codec.ts";
import { levelOf } from "../codecs/level.ts";
import { OpusCodecs } from "../codecs/opus.ts";
import type { Leg, Voice } from "../sound.ts";
import { Ticker } from "../thread/ticker.ts";
import { RtpPeer } from "./rtp-peer.ts";
import { lastOf, tonePower } from "./tones.ts";

const opusType = 111;
const levelId = 6;
const rateHz = 48_000;
const opus = new OpusCodecs();
let nextSsrc = 5_000;

export type Speaker = { readonly endpoint: string; readonly says: (count: number) => Samples };

type Speaking = Speaker & { readonly ssrc: number; readonly encoder: Encoder; sequence: number };

export class Bridge implements Disposable {
  readonly peer: RtpPeer;
  /** 0 to 1: of what it sends. */
  isSilent = false;
  readonly ssrc: number;
  readonly #local: Leg["local"];
  readonly #decoder: Decoder;
  readonly #speaking: readonly Speaking[];
  readonly #ticker: Ticker;
  #heard: Samples = new Float32Array(0);
  #timestamp = 0;

  private constructor(
    peer: RtpPeer,
    local: Leg["local"],
    decoder: Decoder,
    speaking: readonly Speaking[],
    ssrc: number,
  ) {
    this.peer = peer;
    this.#local = local;
    this.#decoder = decoder;
    this.#speaking = speaking;
    this.ssrc = ssrc;
    peer.onPacket = ({ payload }) => {
      const samples = decoder.decode(payload);
      const kept = lastOf(this.#heard, 10_000, rateHz);
      const all = new Float32Array(kept.length + samples.length);
      all.set(kept);
      all.set(samples, kept.length);
      this.#heard = all;
    };
    this.#ticker = new Ticker({ now: () => performance.now(), tick: () => this.#tick() });
  }

  static async join(leg: Leg, speakers: readonly Speaker[]): Promise<Bridge> {
    const [own, theirs] = [randomBytes(masterBytes(relaySuite)), randomBytes(masterBytes(relaySuite))];
    const peer = await RtpPeer.open({ suite: relaySuite, own, theirs });
    const local = await leg.openBridge(peer.place.ip);
    const speaking = await Promise.all(
      speakers.map(async (speaker) => {
        nextSsrc += 1;
        return { ...speaker, ssrc: nextSsrc, encoder: await opus.encoder(rateHz), sequence: 65_000 };
      }),
    );
    nextSsrc += 1;
    const ssrc = nextSsrc;
    leg.setBridge({
      remote: peer.place,
      remoteKey: own,
      localKey: theirs,
      ssrc,
      payloadType: opusType,
      audioLevelId: levelId,
    });
    const voices: Voice[] = speaking.map(({ ssrc: voice, endpoint }) => ({ ssrc: voice, endpoint }));
    leg.setVoices(voices);
    return new Bridge(peer, local, await opus.decoder(rateHz), speaking, ssrc);
  }

  /** In dB; of the last half second of the call's voice. Undefined: less has come. */
  toneHeard(hz: number): number | undefined {
    const last = lastOf(this.#heard, 500, rateHz);
    return last.length < rateHz / 2 ? undefined : tonePower(last, hz, rateHz);
  }

  [Symbol.dispose](): void {
    this.#ticker.close();
    this.peer[Symbol.dispose]();
    this.#decoder.close();
    for (const { encoder } of this.#speaking) encoder.close();
  }

  #tick(): void {
    this.#timestamp = (this.#timestamp + 960) >>> 0;
    if (this.isSilent) return;
    for (const one of this.#speaking) {
      const samples = one.says(rateHz / 50);
      one.sequence = (one.sequence + 1) & 0xffff;
      const header = {
        payloadType: opusType,
        marker: false,
        sequence: one.sequence,
        timestamp: this.#timestamp,
        ssrc: one.ssrc,
      };
      const payload = one.encoder.encode(samples);
      this.peer.send(this.#local, header, payload, { id: levelId, level: levelOf(samples), isVoice: true });
    }
  }
}
