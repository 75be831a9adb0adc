/**
 * The sound of one call as SDP agrees on it (RFC 3264): one audio line, everything else declined. Nothing here touches a
 * network; what was agreed on goes to the leg as LegMedia.
 */
import { randomInt } from "node:crypto";
import type { LegCodec, LegMedia } from "../sound/sound.ts";
import { codecFacts, eventFor, type Format, offeredTelephoneEvents } from "./sdp/codecs.ts";
import { type CryptoLine, createKey, type Suite, suites } from "./sdp/crypto.ts";
import { type Direction, type MediaLine, readSdp } from "./sdp/read.ts";
import { audioLine, declinedLine, type OwnLine, writeSdp } from "./sdp/write.ts";

export type SdpRules = {
  /** What we take, the dearest first. */
  readonly codecs: readonly LegCodec[];
  /** optional: where it is offered; required: nothing else. Our own offers have keys only where they are required. */
  readonly srtp: "off" | "optional" | "required";
  /** Of our packets, where the other side does not say. */
  readonly packetMs: number;
};

export type SdpOutcome =
  | { readonly ok: true; readonly sdp: string; readonly media: LegMedia }
  /** 400: it cannot be read; 488: there is nothing in it that we take. */
  | { readonly ok: false; readonly status: 400 | 488; readonly reason: string };

const plain = new Set(["RTP/AVP", "RTP/AVPF"]);
const secure = new Set(["RTP/SAVP", "RTP/SAVPF"]);
const mirrored: Readonly<Record<Direction, Direction>> = {
  sendrecv: "sendrecv",
  sendonly: "recvonly",
  recvonly: "sendonly",
  inactive: "inactive",
};

export class SdpSession {
  readonly #local: { readonly ip: string; readonly port: number };
  readonly #rules: SdpRules;
  readonly #id = randomInt(2 ** 40);
  #version = 1;
  #said: string | undefined;
  /** Lines of the call in their order, which never changes (RFC 3264, 8). */
  #lines: readonly MediaLine[] = [];
  #agreed: LegMedia | undefined;
  /** Of our last offer. */
  #offered: OwnLine | undefined;
  readonly #keys = new Map<Suite, CryptoLine["key"]>();

  constructor(given: { readonly local: { readonly ip: string; readonly port: number }; readonly rules: SdpRules }) {
    this.#local = given.local;
    this.#rules = given.rules;
  }

  /** Of an INVITE, re-INVITE or UPDATE. What was agreed on before stays where this one is refused. */
  answer(offer: string): SdpOutcome {
    const read = readSdp(offer);
    if (!read.ok) return { ok: false, status: 400, reason: `SDP: ${read.reason}` };
    const chosen = this.#choose(read.media);
    if (typeof chosen === "string") return { ok: false, status: 488, reason: chosen };
    const { line, own, media } = chosen;
    this.#lines = read.media;
    this.#agreed = media;
    return { ok: true, sdp: this.#write(read.media, line, own), media };
  }

  /** The first is for all that the rules let; later ones for what was agreed on. */
  offer(): string {
    const own = this.#agreed ? this.#ownLine(this.#agreed) : this.#firstLine();
    this.#offered = own;
    const audio = this.#lines.find((line) => isTaken(line));
    return this.#write(audio ? this.#lines : [], audio, own);
  }

  /** To the last `offer`. */
  accept(answer: string): SdpOutcome {
    const read = readSdp(answer);
    if (!read.ok) return { ok: false, status: 400, reason: `SDP: ${read.reason}` };
    const own = this.#offered;
    if (!own) return { ok: false, status: 400, reason: "SDP: an answer to nothing" };
    const before = this.#lines.findIndex((line) => isTaken(line));
    const line = read.media[Math.max(before, 0)];
    if (line?.type !== "audio" || line.port === 0) return { ok: false, status: 488, reason: "audio is declined" };
    const media = this.#mediaOf(line, own);
    if (typeof media === "string") return { ok: false, status: 488, reason: media };
    if (before === -1) this.#lines = read.media;
    this.#agreed = media;
    return { ok: true, sdp: answer, media };
  }

  #choose(lines: readonly MediaLine[]): { line: MediaLine; own: OwnLine; media: LegMedia } | string {
    let reason = "no audio is offered";
    for (const line of lines) {
      if (!isTaken(line)) continue;
      const own = this.#answerLine(line);
      const media = typeof own === "string" ? own : this.#mediaOf(line, own);
      if (typeof own !== "string" && typeof media !== "string") return { line, own, media };
      reason = String(typeof own === "string" ? own : media);
    }
    return reason;
  }

  #answerLine(line: MediaLine): OwnLine | string {
    const codec = this.#rules.codecs.find((codec) => line.formats.some((format) => format.codec === codec));
    const format = line.formats.find((format) => format.codec === codec);
    if (!format) return `no codec of ${this.#rules.codecs.join(", ")} is offered`;
    const event = eventFor(format.codec, line.events);
    const crypto = this.#cryptoFor(line);
    if (typeof crypto === "string") return crypto;
    return {
      protocol: line.protocol,
      formats: [format],
      events: event ? [event] : [],
      comfortNoise: line.comfortNoise && hasComfortNoise(format),
      packetMs: packetMsOf(line, this.#rules.packetMs),
      direction: mirrored[directionOf(line)],
      crypto,
    };
  }

  /** The first of theirs that we do: the order is the offerer's wish (RFC 4568, 5.1.1). */
  #cryptoFor(line: MediaLine): readonly CryptoLine[] | string {
    if (plain.has(line.protocol)) return this.#rules.srtp === "required" ? "SRTP is required" : [];
    if (this.#rules.srtp === "off") return "SRTP is off";
    const theirs = line.crypto[0];
    return theirs ? [{ tag: theirs.tag, key: this.#keyFor(theirs.key.suite) }] : "no SRTP suite in common";
  }

  /** One for each suite, kept for the whole call: a re-INVITE does not change it. */
  #keyFor(suite: Suite): CryptoLine["key"] {
    const key = this.#keys.get(suite) ?? createKey(suite);
    this.#keys.set(suite, key);
    return key;
  }

  #firstLine(): OwnLine {
    const { codecs, srtp, packetMs } = this.#rules;
    const isSecure = srtp === "required";
    const clocks = new Set(codecs.map((codec) => codecFacts[codec].clockRateHz));
    return {
      protocol: isSecure ? "RTP/SAVP" : "RTP/AVP",
      formats: codecs.map((codec) => ({ codec, payloadType: codecFacts[codec].offeredPayloadType })),
      events: offeredTelephoneEvents.filter((event) => clocks.has(event.clockRateHz)),
      comfortNoise: clocks.has(8_000),
      packetMs,
      direction: "sendrecv",
      crypto: isSecure ? suites.map((suite, index) => ({ tag: index + 1, key: this.#keyFor(suite) })) : [],
    };
  }

  #ownLine({ codec, payloadType, telephoneEvent, comfortNoise, packetMs, srtp }: LegMedia): OwnLine {
    return {
      protocol: this.#lines.find((line) => isTaken(line))?.protocol ?? (srtp ? "RTP/SAVP" : "RTP/AVP"),
      formats: [{ codec, payloadType }],
      events: telephoneEvent ? [telephoneEvent] : [],
      comfortNoise,
      packetMs,
      direction: "sendrecv",
      crypto: srtp ? [{ tag: 1, key: srtp.local }] : [],
    };
  }

  /** What both lines say together. */
  #mediaOf(line: MediaLine, own: OwnLine): LegMedia | string {
    if (line.ip === undefined) return "its connection is no IP address";
    const format = line.formats.find(({ codec }) => own.formats.some((ours) => ours.codec === codec));
    if (!format) return "no codec in common";
    const theirs = line.crypto.find(({ tag, key }) =>
      own.crypto.some((ours) => ours.tag === tag && ours.key.suite === key.suite),
    );
    const ours = own.crypto.find(({ tag }) => tag === theirs?.tag);
    if (own.crypto.length > 0 && !(theirs && ours && secure.has(line.protocol))) return "no SRTP suite in common";
    return {
      remote: { ip: line.ip, port: line.port },
      codec: format.codec,
      payloadType: format.payloadType,
      telephoneEvent: own.events.length > 0 ? eventFor(format.codec, line.events) : undefined,
      packetMs: packetMsOf(line, own.packetMs),
      direction: mirrored[directionOf(line)],
      comfortNoise: own.comfortNoise && line.comfortNoise && hasComfortNoise(format),
      rtcpMux: false,
      srtp: theirs && ours ? { local: ours.key, remote: theirs.key } : undefined,
    };
  }

  #write(lines: readonly MediaLine[], audio: MediaLine | undefined, own: OwnLine): string {
    const local = this.#local;
    const media = audio
      ? lines.map((line) => (line === audio ? audioLine(own, local.port) : declinedLine(line)))
      : [audioLine(own, local.port)];
    const text = (version: number) => writeSdp({ ip: local.ip, id: this.#id, version }, media);
    // The version goes up where anything else changed (RFC 3264, 8).
    if (this.#said !== undefined && text(this.#version) !== this.#said) this.#version += 1;
    this.#said = text(this.#version);
    return this.#said;
  }
}

/** Audio that could be ours: with a port, over RTP. */
function isTaken(line: MediaLine): boolean {
  return line.type === "audio" && line.port !== 0 && (plain.has(line.protocol) || secure.has(line.protocol));
}

/** As they mean it: an address of zeros is how older phones hold, and asks to send nothing there (RFC 3264, 8.4). */
function directionOf(line: MediaLine): Direction {
  const isNowhere = line.ip === "0.0.0.0" || line.ip === "::";
  if (!isNowhere) return line.direction;
  return line.direction === "sendrecv" || line.direction === "sendonly" ? "sendonly" : "inactive";
}

function hasComfortNoise({ codec }: Format): boolean {
  return codecFacts[codec].clockRateHz === 8_000;
}

/** What they wish to receive, in whole tens from 10 to 60. */
function packetMsOf(line: MediaLine, otherwise: number): number {
  const wished = Math.min(line.packetMs ?? otherwise, line.maxPacketMs ?? 60);
  return Math.min(60, Math.max(10, Math.floor(wished / 10) * 10));
}
