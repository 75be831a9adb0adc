import { isDeepStrictEqual } from "node:util";
import { SrtpWriter } from "@veche/kit/rtp/srtp.ts";
import type { Samples } from "../codecs/codec.ts";
import { openDecoder, openEncoder } from "../codecs/codecs.ts";
import type { OpusCodecs, OpusRate } from "../codecs/opus.ts";
import type { Place } from "../messages.ts";
import type { LegMedia, LegStats, SrtpKey } from "../sound.ts";
import { type EarListener, PhoneEar } from "./phone-ear.ts";
import { PhoneMouth } from "./phone-mouth.ts";
import type { Pair } from "./ports.ts";
import { Reporter } from "./reporter.ts";
import { SilenceWatch } from "./silence-watch.ts";

export type PhoneGiven = {
  readonly ports: Pair;
  readonly opus: OpusCodecs;
  readonly mediaTimeoutMs: number;
  /** ms, by a clock that is never set. */
  readonly now: () => number;
  /** What is read now may have come long ago. */
  readonly isLate: () => boolean;
  /** Runs it, and answers for what it throws. */
  readonly guard: (action: () => void) => void;
  readonly key: EarListener["key"];
  readonly silent: (isSilent: boolean) => void;
};

/** One telephone: its ports, and what goes both ways. */
export class PhoneSide {
  readonly #given: PhoneGiven;
  readonly #reporter = new Reporter();
  readonly #watch: SilenceWatch;
  #media: LegMedia | undefined;
  #ear: PhoneEar | undefined;
  #mouth: PhoneMouth | undefined;
  #writer: SrtpWriter | undefined;
  #localKey: SrtpKey | undefined;
  #isClosed = false;

  constructor(given: PhoneGiven) {
    this.#given = given;
    this.#watch = new SilenceWatch(given.mediaTimeoutMs, given.silent);
    given.ports.rtp.on("message", (packet, from) => given.guard(() => this.#hear(packet, from)));
    given.ports.rtcp.on("message", (packet, from) => given.guard(() => this.#hearReport(packet, from)));
  }

  get local(): Place {
    const { address, port } = this.#given.ports.rtp.address();
    return { ip: address, port };
  }

  /** Of what it hears; undefined: nothing has been agreed on. */
  get rateHz(): OpusRate | undefined {
    return this.#mouth?.rateHz;
  }

  get isListening(): boolean {
    return this.#mouth?.isOpen ?? false;
  }

  get stats(): LegStats | undefined {
    return this.#ear?.stats;
  }

  /** The last one that was given counts. */
  async setMedia(media: LegMedia): Promise<void> {
    // A refreshed session changes nothing.
    if (isDeepStrictEqual(media, this.#media)) return;
    this.#media = media;
    const { opus, key } = this.#given;
    const [decoder, encoder] = await Promise.all([openDecoder(media.codec, opus), openEncoder(media.codec, opus)]);
    if (this.#isClosed || this.#media !== media) {
      decoder.close();
      encoder.close();
      return;
    }
    // The same key goes on where it was: beginning its numbers again would have the phone refuse them.
    const { local } = media.srtp ?? {};
    if (!isDeepStrictEqual(local, this.#localKey)) {
      this.#writer = local && new SrtpWriter(local.suite, local.key);
      this.#localKey = local;
    }
    const listener = { key, loss: (share: number) => this.#mouth?.hearLoss(share) };
    const [ear, mouth] = [this.#ear, this.#mouth];
    this.#ear = new PhoneEar(media, decoder, listener, ear);
    this.#mouth = new PhoneMouth(media, encoder, this.#writer, mouth, (packet) => this.#send(packet));
    ear?.close();
    mouth?.close();
    this.#watch.begin(this.#given.now());
  }

  press(digits: string): void {
    this.#mouth?.press(digits);
  }

  pull(skipped: number): Samples | undefined {
    return this.#ear?.pull(skipped);
  }

  say(sound: Samples | undefined, skipped: number, now: number): void {
    this.#mouth?.say(sound, skipped, Date.now());
    if (this.#ear) this.#watch.look(this.#ear.heardAt, this.#ear.isExpected, now);
    if (this.#mouth && this.#reporter.isDue(now)) this.#report(now);
  }

  close(): void {
    if (this.#isClosed) return;
    if (this.#mouth) this.#sendReport(this.#reporter.writeGoodbye(this.#mouth.stream.ssrc));
    this.#isClosed = true;
    this.#given.ports.rtp.close();
    this.#given.ports.rtcp.close();
    this.#ear?.close();
    this.#mouth?.close();
  }

  #hear(packet: Buffer, { address, port }: { address: string; port: number }): void {
    const { now, isLate } = this.#given;
    this.#ear?.hear(packet, { ip: address, port }, now(), isLate());
  }

  #hearReport(packet: Buffer, { address, port }: { address: string; port: number }): void {
    this.#ear?.hearReport(packet, { ip: address, port }, this.#given.now());
  }

  #report(now: number): void {
    const { stream } = this.#mouth ?? {};
    if (!stream) return;
    const report = this.#ear?.arrivals?.report(now);
    this.#sendReport(this.#reporter.write(stream.ssrc, stream.sent(Date.now()), report ? [report] : []));
  }

  #sendReport(packet: Buffer): void {
    const sealed = this.#writer ? this.#writer.writeRtcp(packet) : packet;
    const { ip, port } = this.#ear?.target ?? { ip: "", port: 0 };
    const isMux = this.#media?.rtcpMux ?? false;
    const socket = isMux ? this.#given.ports.rtp : this.#given.ports.rtcp;
    if (port > 0 && port < 0xffff) socket.send(sealed, isMux ? port : port + 1, ip, unsent);
  }

  #send(packet: Buffer): void {
    const { ip, port } = this.#ear?.target ?? { ip: "", port: 0 };
    if (port > 0) this.#given.ports.rtp.send(packet, port, ip, unsent);
  }
}

/** What can't be sent is lost, as anywhere on the way. */
function unsent(): void {}
