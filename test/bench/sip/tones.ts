/** Whether a mixer is right: five telephones at a time say a tone each, and all are listened to, until each has said one. */
import { setImmediate as letTelephonesSend, setTimeout as pause } from "node:timers/promises";
import { headerBytes, isRtcp, readPacket } from "@veche/kit/rtp/packet.ts";
import type { Samples } from "@veche/sip-gateway/sound/codecs/codec.ts";
import { codecRates, openDecoder, openEncoder } from "@veche/sip-gateway/sound/codecs/codecs.ts";
import { OpusCodecs } from "@veche/sip-gateway/sound/codecs/opus.ts";
import type { LegCodec } from "@veche/sip-gateway/sound/sound.ts";
import { toneOf, tonePower } from "@veche/sip-gateway/sound/testing/tones.ts";
import { round } from "../figures.ts";
import { type Crowd, payloadTypes } from "./crowd.ts";

/** No more at a time than Opus can say. Whole numbers, so that a second of it can be said over and over; none is a multiple of another or midway between two. */
const tonesHz = [397, 859, 1303, 1811, 2551] as const;
/** Together they stay below what sixteen bits can say. */
const amplitude = 0.08;
/** Until what was said before is no longer heard. */
const settleMs = 1_000;
const listenMs = 700;
const windowMs = 500;
/** A standstill of the machine is heard as gaps; what a mixer does wrong is there each time. */
const tries = 5;
const leastOtherDb = -6;
const mostOwnDb = -30;
const framesOfSecond = 50;
const opus = new OpusCodecs();

export type TonesHeard = {
  /** Of all tones of others in what anybody hears, the quietest, in dB of what was said. */
  readonly quietestOtherDb: number;
  /** Of all that hear their own, the loudest. */
  readonly loudestOwnDb: number;
};

export type Tones = {
  readonly codec: LegCodec;
  readonly said: readonly (readonly Buffer[])[];
  readonly silence: readonly Buffer[];
};

/** Before telephones are begun with: they would all stand still meanwhile. */
export async function encodeTones(codec: LegCodec): Promise<Tones> {
  const { rateHz } = codecRates[codec];
  const said = await Promise.all(tonesHz.map((hz) => secondOf(codec, toneOf(hz, rateHz, amplitude))));
  return { codec, said, silence: await secondOf(codec, (count) => new Float32Array(count)) };
}

/** Throws where somebody doesn't hear somebody else, or hears oneself. */
export async function listenToTones(crowd: Crowd, { codec, said, silence }: Tones): Promise<TonesHeard> {
  const all: TonesHeard[] = [];
  for (let first = 0; first < crowd.wanted.length; first += tonesHz.length) {
    crowd.say((index) => said[index - first] ?? silence);
    await pause(settleMs);
    let heard = await listenOnce(crowd, codec, first);
    for (let more = 1; more < tries && !isRight(heard); more += 1) heard = await listenOnce(crowd, codec, first);
    if (!isRight(heard))
      throw new Error(`expected each to hear all others and not itself, found ${JSON.stringify(heard)}`);
    all.push(heard);
  }
  return {
    quietestOtherDb: round(Math.min(...all.map(({ quietestOtherDb }) => quietestOtherDb))),
    loudestOwnDb: round(Math.max(...all.map(({ loudestOwnDb }) => loudestOwnDb))),
  };
}

function isRight({ quietestOtherDb, loudestOwnDb }: TonesHeard): boolean {
  return quietestOtherDb > leastOtherDb && loudestOwnDb < mostOwnDb;
}

/** The telephones from the `first` on say tones. */
async function listenOnce(crowd: Crowd, codec: LegCodec, first: number): Promise<TonesHeard> {
  const saidDb = 20 * Math.log10(amplitude);
  const [others, own]: [number[], number[]] = [[], []];
  for (const [listener, packets] of (await crowd.listen(listenMs)).entries()) {
    const sound = await decoded(codec, packets);
    for (const [at, hz] of tonesHz.slice(0, crowd.wanted.length - first).entries()) {
      await letTelephonesSend();
      const heardDb = tonePower(sound, hz, codecRates[codec].rateHz) - saidDb;
      (first + at === listener ? own : others).push(heardDb);
    }
  }
  return { quietestOtherDb: Math.min(...others), loudestOwnDb: Math.max(...own) };
}

/** As its coder says it once it has begun: the end of it goes on with its beginning. */
async function secondOf(codec: LegCodec, sound: (count: number) => Samples): Promise<readonly Buffer[]> {
  const encoder = await openEncoder(codec, opus);
  const encode = () => Buffer.from(encoder.encode(sound(encoder.rateHz / 50)));
  const frames = Array.from({ length: 2 * framesOfSecond }, encode);
  encoder.close();
  return frames.slice(framesOfSecond);
}

/** The last half second; where less was heard it ends in silence. */
async function decoded(codec: LegCodec, packets: readonly Buffer[]): Promise<Samples> {
  const decoder = await openDecoder(codec, opus);
  const sound = packets.flatMap((packet) => {
    const start = headerBytes(packet);
    const clear =
      isRtcp(packet) || start < 0 ? undefined : readPacket(packet.subarray(0, start), packet.subarray(start));
    return clear?.payloadType === payloadTypes[codec] ? [...decoder.decode(clear.payload)] : [];
  });
  decoder.close();
  const heard = new Float32Array((codecRates[codec].rateHz * windowMs) / 1_000);
  heard.set(sound.slice(-heard.length));
  return heard;
}
