import type { ConferenceAnswer } from "../../protocol/conference/focus-request.ts";
import type { Candidate } from "../../protocol/jingle/offer.ts";
import { SignInRefused } from "../../protocol/xmpp/sasl.ts";
import type { CallState } from "../call/state.ts";
import type { AppConfig } from "../config.ts";
import { newCheckRoom } from "./check-room.ts";
import { type Finding, type Found, WAYS, type WayName } from "./finding.ts";
import { GeneratedMedia } from "./generated-media.ts";
import { judgeSample, sampleLine, sampleText } from "./line-sample.ts";
import { type Path, type Place, TestParticipant } from "./test-participant.ts";

const ASK_TRIES = 6;
/** A class that checks at once does not ask again at once. */
const ASK_AGAIN_MS = { least: 2000, more: 4000 } as const;
const OFFER_MS = 10_000;
const MEDIA_MS = 12_000;
const CHANNEL_MS = 5000;
/** The first way that works is listened to for long, the others briefly. */
export const SAMPLE_S = { first: 8, other: 3 } as const;

type Opening =
  | { readonly what: "good"; readonly focusJid: string | undefined }
  | { readonly what: Exclude<Found["room"], "good" | "noBridge">; readonly detail: string };

/** A call between two of this page in a room that nobody else knows. */
export class MediaSteps {
  readonly #found: (finding: Finding) => void;
  readonly #generated = new GeneratedMedia();
  readonly #sender: TestParticipant;
  readonly #receiver: TestParticipant;
  readonly #gone = new AbortController();
  #hasQuality = false;
  #hasChannel = false;

  constructor(config: AppConfig, state: CallState, found: (finding: Finding) => void) {
    const room = newCheckRoom();
    this.#found = found;
    this.#sender = new TestParticipant(config, room, state, this.#generated.tracks);
    this.#receiver = new TestParticipant(config, room, state, {});
  }

  /** `began` hears what is looked at next. */
  async run(began: (step: "room" | WayName) => void): Promise<void> {
    began("room");
    const opening = await this.#open();
    if (opening.what !== "good") {
      this.#found({ step: "room", what: opening.what, values: {}, detail: opening.detail });
      return this.#leaveUntried(WAYS);
    }
    const relays = await this.#sender.relays();
    for (const [index, way] of WAYS.entries()) {
      began(way);
      const path = pathOf(way, relays);
      if (path === undefined)
        this.#found({ step: way, what: "absent", values: {}, detail: "the server names no relay" });
      else if (!(await this.#try(way, path, opening.focusJid))) return this.#leaveUntried(WAYS.slice(index));
    }
    if (!this.#hasChannel) this.#blockedChannel();
    if (!this.#hasQuality) this.#found({ step: "quality", what: "untried", values: {}, detail: "no media" });
  }

  /** Also while the page is being left: nobody stays behind in the room. */
  close(): void {
    this.#gone.abort();
    this.#sender.close();
    this.#receiver.close();
    this.#generated.close();
  }

  async #open(): Promise<Opening> {
    try {
      const connected = await Promise.all([this.#sender.connect(), this.#receiver.connect()]);
      if (connected.includes(false)) return { what: "unreachable", detail: "no sign-in as a guest in time" };
      return await this.#ask();
    } catch (error) {
      if (error instanceof SignInRefused) return { what: "signIn", detail: `guests are refused: ${error.message}` };
      return { what: "unreachable", detail: error instanceof Error ? error.message : String(error) };
    }
  }

  async #ask(): Promise<Opening> {
    let answer: ConferenceAnswer | undefined;
    for (let count = 0; count < ASK_TRIES && !this.#gone.signal.aborted; count++) {
      if (count > 0) await pause(ASK_AGAIN_MS.least + Math.random() * ASK_AGAIN_MS.more);
      answer = await this.#sender.ask();
      if (answer.ok && answer.ready) return { what: "good", focusJid: answer.focusJid };
      if (!answer.ok && answer.reason !== "unreachable" && answer.reason !== "session-invalid")
        return { what: "signIn", detail: `the focus refuses a room: ${answer.reason} ${answer.text}`.trim() };
    }
    const text = answer && !answer.ok ? answer.text : "not ready";
    return { what: "busy", detail: `no room after ${ASK_TRIES} requests: ${text}` };
  }

  /** False where the room itself fails, whatever the way. */
  async #try(way: WayName, path: Path, focusJid: string | undefined): Promise<boolean> {
    const beganAt = performance.now();
    let places: readonly [Place, Place];
    try {
      // The second moves after the first, so that the room is never empty and is opened once.
      places = [await this.#sender.enter(path, focusJid), await this.#receiver.enter(path, focusJid)];
    } catch (error) {
      this.#found({ step: "room", what: "unreachable", values: {}, detail: `joining: ${String(error)}` });
      return false;
    }
    const [sending, receiving] = places;
    const offers = Promise.all([sending.offer, receiving.offer]);
    const missing = Promise.race([sending.bridgeMissing, receiving.bridgeMissing]).then(() => "missing" as const);
    const offered = await within(OFFER_MS, Promise.race([offers, missing]));
    if (offered === undefined || offered === "missing") {
      const detail = offered === undefined ? `no invitation in ${OFFER_MS / 1000} s` : "the focus has no bridge";
      this.#found({ step: "room", what: "noBridge", values: {}, detail });
      return false;
    }
    this.#found({ step: "room", what: "good", values: {}, detail: "a room for this check was opened" });
    const addresses = offered[0].candidates.map(addressOf).join(", ");
    if (addresses === "") {
      this.#found({ step: way, what: "absent", values: {}, detail: "the bridge offers no such address" });
      return true;
    }
    const invitedAt = performance.now();
    const media = await within(MEDIA_MS, bothConnected(places));
    const tookMs = Math.round(performance.now() - invitedAt);
    await this.#watchChannel(places, media === true);
    if (!media) {
      const detail = `${addresses}: no answer in ${tookMs} ms`;
      this.#found({ step: way, what: "blocked", values: {}, detail });
      return true;
    }
    const [from, to] = await Promise.all([sending.session, receiving.session]);
    const seconds = this.#hasQuality ? SAMPLE_S.other : SAMPLE_S.first;
    const sample = await sampleLine(from, to, seconds);
    const connected = `connected after ${tookMs} ms (room ${Math.round(invitedAt - beganAt)} ms)`;
    const detail = `${connected}; ${sample ? sampleText(sample) : "no figures"}; offered ${addresses}`;
    this.#found({ step: way, what: "good", values: { ms: sample?.rttMs ?? tookMs }, detail });
    if (sample && !this.#hasQuality) {
      this.#hasQuality = true;
      this.#found(judgeSample(sample));
    }
    return true;
  }

  async #watchChannel(places: readonly Place[], mayWait: boolean): Promise<void> {
    if (this.#hasChannel) return;
    const opened = Promise.all(places.map(({ channel }) => channel)).then(() => true);
    this.#hasChannel = (await within(mayWait ? CHANNEL_MS : 0, opened)) ?? false;
    if (this.#hasChannel) this.#found({ step: "channel", what: "good", values: {}, detail: "both ends were open" });
  }

  #blockedChannel(): void {
    const detail = `no WebSocket to the bridge (colibri-ws) in ${CHANNEL_MS / 1000} s`;
    this.#found({ step: "channel", what: "blocked", values: {}, detail });
  }

  #leaveUntried(ways: readonly WayName[]): void {
    const detail = "needs a room";
    for (const step of ways) this.#found({ step, what: "untried", values: {}, detail });
    if (!this.#hasChannel) this.#found({ step: "channel", what: "untried", values: {}, detail });
    if (!this.#hasQuality) this.#found({ step: "quality", what: "untried", values: {}, detail });
  }
}

function pathOf(way: WayName, relays: readonly RTCIceServer[]): Path | undefined {
  if (way === "udp") return { rules: { withoutUdp: false, withoutTcp: true }, relays: [] };
  if (way === "tcp") return { rules: { withoutUdp: true, withoutTcp: false }, relays: [] };
  return relays.length > 0 ? { rules: { withoutUdp: false, withoutTcp: false }, relays } : undefined;
}

function addressOf({ protocol, ip, port }: Candidate): string {
  return `${protocol} ${ip}:${port}`;
}

async function bothConnected(places: readonly Place[]): Promise<boolean> {
  const states = await Promise.all(places.map(({ media }) => media));
  return states.every((state) => state === "connected");
}

/** Undefined when it takes longer. */
async function within<T>(ms: number, task: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([task, late]).finally(() => clearTimeout(timer));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
