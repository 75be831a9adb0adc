import { VecheError } from "@veche/kit/errors.ts";
import { localAddressTowards } from "@veche/kit/local-address.ts";
import { bindRelayPort } from "@veche/kit/relay-port.ts";
import type { RtpPacket } from "@veche/kit/rtp/packet.ts";
import type { Samples } from "../codecs/codec.ts";
import type { OpusCodecs, OpusRate } from "../codecs/opus.ts";
import { Resampler } from "../codecs/resampler.ts";
import type { FromThread, Place } from "../messages.ts";
import type { PromptStore } from "../prompts/store.ts";
import type { BridgeMedia, LegMedia, LegStats, SoundOptions, Voice } from "../sound.ts";
import { BridgeSide } from "./bridge-side.ts";
import type { Conference } from "./conference.ts";
import { PhoneSide } from "./phone-side.ts";
import { type Pair, receiveBufferBytes } from "./ports.ts";
import { Prompter } from "./prompter.ts";

export type LegSurroundings = {
  readonly options: SoundOptions;
  readonly opus: OpusCodecs;
  readonly prompts: PromptStore;
  readonly now: () => number;
  /** What is read now may have come long ago. */
  readonly isLate: () => boolean;
  readonly tell: (message: FromThread) => void;
  /** Something was thrown on the way of this leg. */
  readonly failed: (leg: ThreadLeg, error: unknown) => void;
};

/** Before anything has been agreed on, sound that nobody hears is mixed at this rate. */
const anyRateHz: OpusRate = 8_000;

/** One call in the thread: a phone, a bridge, and what its caller alone hears. */
export class ThreadLeg {
  readonly id: number;
  endpoint = "";
  voices: readonly Voice[] = [];
  conference: Conference | undefined;
  readonly phone: PhoneSide;
  readonly #given: LegSurroundings;
  readonly #prompts: Prompter;
  readonly #announcements: Prompter;
  #bridge: BridgeSide | undefined;
  #isMuted = false;
  #isClosed = false;
  #voice: Samples | undefined;
  #raising: { readonly from: number; readonly to: number; readonly resampler: Resampler } | undefined;
  #lowering: { readonly from: number; readonly to: number; readonly resampler: Resampler } | undefined;

  constructor(id: number, ports: Pair, given: LegSurroundings) {
    this.id = id;
    this.#given = given;
    this.#prompts = new Prompter(given.prompts);
    this.#announcements = new Prompter(given.prompts);
    const { isLate, now, opus, options, tell } = given;
    this.phone = new PhoneSide({
      guard: (action) => this.guard(action),
      ports,
      opus,
      mediaTimeoutMs: options.mediaTimeoutMs,
      now,
      isLate,
      key: (digit, via) => tell({ type: "key", leg: id, digit, via }),
      silent: (isSilent) => tell({ type: "silent", leg: id, isSilent }),
    });
  }

  get rateHz(): OpusRate {
    return this.phone.rateHz ?? anyRateHz;
  }

  get bridge(): BridgeSide | undefined {
    return this.#bridge;
  }

  get stats(): LegStats | undefined {
    return this.phone.stats;
  }

  /** Whatever goes wrong there ends this leg and no other. */
  guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#given.failed(this, error);
    }
  }

  async setMedia(media: LegMedia): Promise<void> {
    try {
      await this.phone.setMedia(media);
    } catch (error) {
      this.#given.failed(this, error);
    }
  }

  play(prompts: readonly string[], isRepeated: boolean, ended: (isWhole: boolean) => void): void {
    this.#prompts.play(prompts, isRepeated, ended);
  }

  stopPrompts(): void {
    this.#prompts.stop();
  }

  announce(prompts: readonly string[]): void {
    if (!this.#prompts.isPlaying) this.#announcements.play(prompts, false, () => {});
  }

  async openBridge(towards: string): Promise<Place> {
    this.closeBridge();
    const { now, opus, options, tell } = this.#given;
    // Bridges take packets from the address they were told, and a host in several networks has several.
    const address = options.bridgeAddress || (await localAddressTowards(towards));
    if (address === undefined) throw new VecheError("unavailable", `there is no way to the bridge at ${towards}`);
    const { bridgePorts: ports } = options;
    const socket = await bindRelayPort({ address, ports, setting: "VECHE_GATEWAY_RELAY_PORTS", receiveBufferBytes });
    this.closeBridge();
    this.#bridge = new BridgeSide({
      guard: (action) => this.guard(action),
      socket,
      opus,
      mediaTimeoutMs: options.mediaTimeoutMs,
      now,
      silent: (isSilent) => tell({ type: "bridge-silent", leg: this.id, isSilent }),
      wants: (ssrc, packet, levelId) => this.conference?.wants(this, ssrc, packet, levelId) ?? false,
      take: (packet: RtpPacket) => this.conference?.take(packet, this.#given.isLate()),
      hearSenderReport: (ssrc, time) => this.conference?.hearSenderReport(this, ssrc, time),
      reports: (at) => this.conference?.reports(this, at) ?? [],
    });
    if (this.#isClosed) this.closeBridge();
    return { ip: address, port: this.#bridge?.local.port ?? 0 };
  }

  setBridge(media: BridgeMedia): void {
    this.#bridge?.setMedia(media);
  }

  closeBridge(): void {
    this.#bridge?.close();
    this.#bridge = undefined;
  }

  setMuted(isMuted: boolean): void {
    this.#isMuted = isMuted;
  }

  /** What its caller says now, for the others: at the rate of the mix. Undefined: nothing. */
  pull(mixRateHz: OpusRate, skipped: number): Samples | undefined {
    this.#voice = this.phone.pull(skipped);
    if (this.#isMuted || !this.#voice) return undefined;
    if (this.#raising?.from !== this.rateHz || this.#raising.to !== mixRateHz)
      this.#raising = { from: this.rateHz, to: mixRateHz, resampler: new Resampler(this.rateHz, mixRateHz) };
    return this.#raising.resampler.turn(this.#voice);
  }

  /** 20 ms of what the others say, and what its own caller said to the bridge. */
  hear(mix: Samples | undefined, mixRateHz: OpusRate, skipped: number, now: number): void {
    this.#bridge?.say(this.#voice, this.rateHz, this.#isMuted, skipped, now);
    this.phone.say(this.#select(mix, mixRateHz), skipped, now);
  }

  close(): void {
    this.#isClosed = true;
    this.#prompts.stop();
    this.#announcements.stop();
    this.closeBridge();
    this.phone.close();
  }

  /** Prompts wait for a caller who hears them. */
  #select(mix: Samples | undefined, mixRateHz: OpusRate): Samples | undefined {
    if (!this.phone.isListening) return undefined;
    const prompt = this.#prompts.pull(this.rateHz);
    const heard = mix && this.#lower(mix, mixRateHz);
    const announced = this.#announcements.pull(this.rateHz);
    if (prompt) return prompt;
    if (heard && announced)
      for (let at = 0; at < heard.length; at += 1) heard[at] = (heard[at] ?? 0) + (announced[at] ?? 0);
    return heard ?? announced;
  }

  #lower(mix: Samples, mixRateHz: OpusRate): Samples {
    if (this.#lowering?.from !== mixRateHz || this.#lowering.to !== this.rateHz)
      this.#lowering = { from: mixRateHz, to: this.rateHz, resampler: new Resampler(mixRateHz, this.rateHz) };
    return this.#lowering.resampler.turn(mix);
  }
}
