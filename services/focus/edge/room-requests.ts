import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import { Affiliation } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import type { Presence, RoomRef } from "../domain/conference.ts";
import type { Effect } from "../domain/effects.ts";
import type { Failure, Input } from "../domain/inputs.ts";
import { Lanes } from "./lanes.ts";

export const roomTimes = {
  /** How long a client may take to answer a Jingle IQ. */
  jingleMs: 15_000,
  /** The next to the same client may follow its predecessor after this, answered or not: NATS keeps the order. */
  gateMs: 50,
  /** While the XMPP server is being started again, a request waits for it. */
  retryMs: 100,
  retriesMs: 10_000,
} as const;

export type RoomEffect = Extract<
  Effect,
  {
    readonly type:
      | "initiate-session"
      | "announce-sources"
      | "withdraw-sources"
      | "end-session"
      | "replace-transport"
      | "ask-to-mute"
      | "make-owner"
      | "show-presence";
  }
>;

type Tell = (input: Input) => void;

export type RoomEdges = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly unit: string;
  /** Of the sitting. */
  readonly session: string;
  readonly createdMs: number;
  /** Aborted when this process ends: what nobody serves is not asked again. */
  readonly ending: AbortSignal;
  readonly onSent: (effect: RoomEffect) => void;
  readonly onFailure: (effect: RoomEffect, failure: Failure) => void;
};

/**
 * Asks the XMPP server what the domain wants done in one room. What goes to one client goes in order: the next follows
 * when its predecessor has been answered, or has at least been taken.
 */
export class RoomRequests {
  readonly #room: RoomRef;
  readonly #edges: RoomEdges;
  readonly #lanes = new Lanes();
  #running = new AbortController();

  constructor(room: RoomRef, edges: RoomEdges) {
    this.#room = room;
    this.#edges = edges;
  }

  perform(effect: RoomEffect, tell: Tell): void {
    this.#edges.onSent(effect);
    const lane = "endpoint" in effect ? effect.endpoint : "";
    this.#lanes.run(lane, () => this.#sendInTurn(effect, tell));
  }

  /** Gives up what is under way: the server that was asked is gone, and the one that came after it was not asked. */
  abandonRunning(): void {
    this.#running.abort();
    this.#running = new AbortController();
  }

  async #sendInTurn(effect: RoomEffect, tell: Tell): Promise<void> {
    const { clock, ending } = this.#edges;
    const untilMs = clock.now() + roomTimes.retriesMs;
    for (;;) {
      const answered = this.#answer(effect);
      const early = await Promise.race([answered, this.#pause(roomTimes.gateMs)]);
      const isUnserved = early !== undefined && early !== "done" && early.code === "unavailable";
      if (!isUnserved || ending.aborted || clock.now() >= untilMs) {
        void answered.then((failure) => this.#tell(effect, failure, tell));
        return;
      }
      await this.#pause(roomTimes.retryMs);
    }
  }

  /** Undefined: done. */
  async #answer(effect: RoomEffect): Promise<Failure | "done"> {
    try {
      await this.#send(effect);
      return "done";
    } catch (error) {
      const { code, message } = toVecheError(error);
      return { code, message };
    }
  }

  #tell(effect: RoomEffect, result: Failure | "done", tell: Tell): void {
    if (result !== "done") this.#edges.onFailure(effect, result);
    const input = toOutcome(effect, result === "done" ? undefined : result);
    if (input) tell(input);
  }

  async #send(effect: RoomEffect): Promise<void> {
    const { bus, unit, session: conference } = this.#edges;
    const to = { unit };
    const room = this.#room;
    const options = { timeoutMs: roomTimes.jingleMs, signal: this.#running.signal };
    switch (effect.type) {
      case "initiate-session": {
        const { endpoint, jingleSession, bridgeSession, offer, startAudioMuted, startVideoMuted } = effect;
        const { transport, region, channelPath: channelUrl } = offer;
        const lists = { descriptions: [...offer.descriptions], sources: [...offer.sources] };
        const muted = { startAudioMuted, startVideoMuted };
        const ids = { room, endpoint, jingleSession, bridgeSession };
        await bus.request(
          xmpp.initiateSession,
          to,
          { ...ids, ...lists, ...muted, transport, region, channelUrl, conference },
          options,
        );
        return;
      }
      case "announce-sources":
      case "withdraw-sources": {
        const { endpoint, jingleSession } = effect;
        const request = { room, endpoint, jingleSession, sources: [...effect.sources] };
        if (effect.type === "announce-sources") await bus.request(xmpp.announceSources, to, request, options);
        else await bus.request(xmpp.withdrawSources, to, request, options);
        return;
      }
      case "end-session": {
        const { endpoint, jingleSession, reason, text } = effect;
        await bus.request(xmpp.endSession, to, { room, endpoint, jingleSession, reason, text }, options);
        return;
      }
      case "replace-transport": {
        const { endpoint, jingleSession, transport } = effect;
        await bus.request(xmpp.replaceTransport, to, { room, endpoint, jingleSession, transport }, options);
        return;
      }
      case "ask-to-mute": {
        const { endpoint, media, actor } = effect;
        await bus.request(xmpp.askToMute, to, { room, endpoint, media, actor }, options);
        return;
      }
      case "make-owner": {
        const { endpoint } = effect;
        await bus.request(xmpp.setAffiliation, to, { room, endpoint, affiliation: Affiliation.OWNER });
        return;
      }
      case "show-presence": {
        const presence = focusPresence(effect.presence, this.#edges.createdMs);
        await bus.request(xmpp.setFocusPresence, to, { room, presence });
        return;
      }
    }
  }

  #pause(ms: number): Promise<undefined> {
    return new Promise((resolve) => void this.#edges.clock.after(ms, () => resolve(undefined)));
  }
}

/** The focus's presence (focus.md 3.4). The key that clients need in order to ask for a new session is always there. */
export function focusPresence(presence: Presence, createdMs: number) {
  return {
    properties: {
      "support-terminate-restart": "true",
      "bridge-count": String(presence.bridgeCount),
      "created-ms": String(createdMs),
      "audio-limit-reached": String(presence.audioLimitReached),
      "video-limit-reached": String(presence.videoLimitReached),
      // Empty: none. Our web app offers what is named here.
      "recorder-modes": presence.recorderModes.join(" "),
      // Likewise: whether telephones can be dialled.
      "dial-out": String(presence.dialsOut),
    },
    bridgeNotAvailable: presence.bridgeNotAvailable,
    recordings: presence.recordings.map(({ session, kind, failure, position, targets, ...same }) => {
      const ids = { sessionId: session, recordingMode: kind };
      return { ...same, ...ids, failureReason: failure, queuePosition: position, targets: [...targets] };
    }),
  };
}

function toOutcome(effect: RoomEffect, failure: Failure | undefined): Input | undefined {
  switch (effect.type) {
    case "initiate-session": {
      const { endpoint, jingleSession } = effect;
      if (failure) return { type: "session-not-initiated", endpoint, jingleSession, failure };
      return { type: "session-initiated", endpoint, jingleSession };
    }
    case "announce-sources": {
      const { endpoint, jingleSession } = effect;
      const names = effect.sources.map(({ name }) => name);
      if (failure) return { type: "announcement-failed", endpoint, jingleSession, names, failure };
      return { type: "sources-announced", endpoint, jingleSession, names };
    }
    case "withdraw-sources": {
      const { endpoint, jingleSession } = effect;
      return { type: "sources-withdrawn", endpoint, jingleSession };
    }
    case "make-owner":
      return { type: failure ? "affiliation-not-set" : "affiliation-set", endpoint: effect.endpoint };
    default:
      return undefined;
  }
}
