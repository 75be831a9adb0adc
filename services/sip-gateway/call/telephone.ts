/** The telephone of one call: its SIP dialog and its sound, and what either tells. */
import type { Log } from "@veche/kit/log.ts";
import type { KeyWay } from "../domain/key-presses.ts";
import { type PhoneSays, readInfo, type TellPhone, writeInfo } from "../domain/phone-json.ts";
import { limits } from "../limits.ts";
import { type SdpRules, SdpSession } from "../sip/sdp.ts";
import type { Dialog, DialTarget, IncomingCall, OutgoingCall, Signalling } from "../sip/signalling.ts";
import type { Leg, LegListener, LegMedia, Sound } from "../sound/sound.ts";

export type TelephoneListener = {
  ringing(status: number): void;
  answered(): void;
  /** It was never answered: they hung up first, or would not; `status` is the other end's, 0 where the caller is gone. */
  notAnswered(status: number): void;
  ended(cause: "remote" | "timer" | "lost"): void;
  key(key: string, way: KeyWay): void;
  says(says: Exclude<PhoneSays, { readonly type: "key" }>): void;
  held(isHeld: boolean): void;
  silent(isSilent: boolean): void;
  /** Nothing comes from the bridge, or something comes again. */
  bridgeSilent(isSilent: boolean): void;
  /** The sound is gone, and cannot be had again. */
  failed(error: Error): void;
};

export type TelephoneGiven = {
  readonly sound: Sound;
  readonly sdp: SdpRules;
  /** For SDP: where phones reach the sound. */
  readonly address: string;
  readonly log: Log;
};

/** Why a call that came in is not taken. */
export class Unacceptable extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

export class Telephone {
  readonly leg: Leg;
  readonly #given: TelephoneGiven;
  readonly #sdp: SdpSession;
  readonly #listener: TelephoneListener;
  #incoming: { readonly call: IncomingCall; readonly sdp: string } | undefined;
  #outgoing: OutgoingCall | undefined;
  #dialog: Dialog | undefined;
  #media: LegMedia | undefined;
  #isMuted = false;
  #isGone = false;
  /** Whoever took it has it, and hears of it. */
  #isTaken = false;
  #speaksJson = false;
  #told = 0;

  private constructor(given: TelephoneGiven, leg: Leg, sdp: SdpSession, listener: TelephoneListener) {
    this.#given = given;
    this.leg = leg;
    this.#sdp = sdp;
    this.#listener = listener;
  }

  /** Somebody rings. Throws Unacceptable (487: the caller has hung up meanwhile), and `resource-exhausted` where there is no port for its sound. */
  static async take(call: IncomingCall, given: TelephoneGiven, listener: TelephoneListener): Promise<Telephone> {
    if (call.offer.length > limits.sdpBytes) throw new Unacceptable(413, "SDP: too long");
    const telephone = await Telephone.#open(given, listener);
    telephone.#speaksJson = call.headers.get("accept")?.includes("application/json") ?? false;
    const sdp = telephone.#answerTo(call.offer);
    if (typeof sdp !== "string") {
      telephone.leg.close();
      throw sdp;
    }
    telephone.#incoming = { call, sdp };
    call.onCancelled(() => telephone.#cancelled());
    if (telephone.#isGone) {
      telephone.leg.close();
      throw new Unacceptable(487, "the caller has hung up");
    }
    telephone.#isTaken = true;
    return telephone;
  }

  /** Rings somewhere else. Throws `unavailable` where no trunk may, `resource-exhausted` where there is no port. */
  static async dial(
    target: Omit<DialTarget, "sdp">,
    signalling: Signalling,
    given: TelephoneGiven,
    listener: TelephoneListener,
  ): Promise<Telephone> {
    const telephone = await Telephone.#open(given, listener);
    try {
      telephone.#outgoing = signalling.dial(
        { ...target, sdp: telephone.#sdp.offer() },
        {
          ringing: (status) => telephone.#isGone || listener.ringing(status),
          answered: (dialog, sdp) => telephone.#answeredThere(dialog, sdp),
          failed: (status) => telephone.#isGone || listener.notAnswered(status),
        },
      );
    } catch (error) {
      telephone.leg.close();
      throw error;
    }
    return telephone;
  }

  static async #open(given: TelephoneGiven, listener: TelephoneListener): Promise<Telephone> {
    const heard: LegListener = {
      key: (digit, via) => listener.key(digit, via),
      silent: (isSilent) => listener.silent(isSilent),
      bridgeSilent: (isSilent) => listener.bridgeSilent(isSilent),
      failed: (error) => listener.failed(error),
    };
    const leg = await given.sound.openLeg(heard);
    const local = { ip: given.address, port: leg.local.port };
    return new Telephone(given, leg, new SdpSession({ local, rules: given.sdp }), listener);
  }

  /** As the setting names it; "": nothing is agreed on yet. */
  get codec(): LegMedia["codec"] | "" {
    return this.#media?.codec ?? "";
  }

  ring(): void {
    this.#incoming?.call.ring();
  }

  async answer(): Promise<void> {
    if (this.#incoming === undefined) return;
    const { call, sdp } = this.#incoming;
    this.#incoming = undefined;
    // Before the answer: sound may come faster than the ACK.
    if (this.#media) this.leg.setMedia(this.#media);
    try {
      const dialog = await call.answer(sdp);
      if (this.#isGone) dialog.hangUp();
      else this.#begin(dialog, this.#media === undefined ? dialog.ackSdp : undefined);
    } catch (error) {
      this.#given.log.debug({ err: error }, "an answer was not taken");
      if (!this.#isGone) this.#listener.notAnswered(0);
    }
  }

  reject(status: number): void {
    this.#incoming?.call.reject(status);
    this.#incoming = undefined;
  }

  setMuted(isMuted: boolean): void {
    this.#isMuted = isMuted;
    this.#mute();
  }

  tell(tell: TellPhone): void {
    if (!this.#speaksJson || this.#dialog === undefined) return;
    this.#told += 1;
    this.#dialog
      .info("application/json", writeInfo(tell, this.#told))
      .catch((error: unknown) => this.#given.log.debug({ err: error }, "the phone was not told"));
  }

  /** BYE, CANCEL, or whatever ends it as it stands. The sound goes on until `close`. */
  hangUp(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#dialog?.hangUp();
    this.#outgoing?.cancel();
    this.reject(480);
  }

  close(): void {
    this.hangUp();
    this.leg.close();
  }

  #answerTo(offer: string): string | Unacceptable {
    if (offer === "") return this.#sdp.offer();
    const outcome = this.#sdp.answer(offer);
    if (!outcome.ok) return new Unacceptable(outcome.status, outcome.reason);
    this.#media = outcome.media;
    return outcome.sdp;
  }

  #answeredThere(dialog: Dialog, sdp: string): void {
    if (this.#isGone) dialog.hangUp();
    else this.#begin(dialog, sdp);
  }

  #begin(dialog: Dialog, answer: string | undefined): void {
    this.#outgoing = undefined;
    this.#dialog = dialog;
    dialog.listen({
      reoffered: async (sdp) => this.#reoffered(sdp),
      reanswered: (sdp) => this.#reanswered(sdp),
      info: (contentType, body) => this.#informed(contentType, body),
      // A transfer would take a caller out of the conference and us into a call that nobody has allowed.
      referred: () => 403,
      ended: (cause) => this.#ended(cause),
    });
    if (answer !== undefined) {
      const outcome = this.#sdp.accept(answer);
      if (!outcome.ok) {
        this.#given.log.info({ reason: outcome.reason }, "an answer can't be used");
        this.hangUp();
        this.#listener.ended("lost");
        return;
      }
      this.#take(outcome.media);
    }
    this.#listener.answered();
  }

  #reoffered(sdp: string): string | number {
    if (sdp === "") return this.#sdp.offer();
    if (sdp.length > limits.sdpBytes) return 413;
    const outcome = this.#sdp.answer(sdp);
    if (!outcome.ok) return outcome.status;
    this.#take(outcome.media);
    return outcome.sdp;
  }

  #reanswered(sdp: string): void {
    const outcome = this.#sdp.accept(sdp);
    if (outcome.ok) this.#take(outcome.media);
    else this.#given.log.info({ reason: outcome.reason }, "an answer can't be used");
  }

  #take(media: LegMedia): void {
    const wasHeld = isHeld(this.#media);
    this.#media = media;
    this.leg.setMedia(media);
    this.#mute();
    if (isHeld(media) !== wasHeld) this.#listener.held(isHeld(media));
  }

  /** Who holds the line sends music, which is not for the conference. */
  #mute(): void {
    this.leg.setMuted(this.#isMuted || isHeld(this.#media));
  }

  #informed(contentType: string, body: string): number {
    const says = readInfo(contentType, body);
    if (says === undefined) return contentType.startsWith("application/") ? 400 : 415;
    if (says.type === "key") this.#listener.key(says.key, "info");
    else {
      this.#speaksJson = true;
      this.#listener.says(says);
    }
    return 200;
  }

  #cancelled(): void {
    if (this.#isGone || this.#dialog !== undefined) return;
    this.#incoming = undefined;
    this.#isGone = true;
    if (this.#isTaken) this.#listener.notAnswered(0);
  }

  #ended(cause: "remote" | "timer" | "lost"): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#listener.ended(cause);
  }
}

function isHeld(media: LegMedia | undefined): boolean {
  return media !== undefined && media.direction !== "sendrecv";
}
