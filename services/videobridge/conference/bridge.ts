import { timingSafeEqual } from "node:crypto";
import { VecheError } from "@veche/kit/errors.ts";
import { limits } from "../domain/limits.ts";
import { defaultVideoCodec, type VideoCodec } from "../domain/video-codec.ts";
import type { MediaEngine, MediaRouter } from "../edge/media-engine.ts";
import { type Channel, type ChannelSocket, closeCode } from "./channel.ts";
import { Conference, type ConferenceSurroundings } from "./conference.ts";
import type { Endpoint } from "./endpoint.ts";

/** Epochs of conferences that are over are remembered, the oldest forgotten first. */
const rememberedEpochs = 10_000;

export type ChannelAdmission =
  | { readonly ok: true; readonly open: (socket: ChannelSocket) => { channel: Channel; closed: () => void } }
  | { readonly ok: false; readonly status: 403 | 404; readonly reason: string };

/** All conferences of this bridge. */
export class Bridge {
  readonly conferences = new Map<string, Conference>();
  isDraining = false;
  /** As the last measurement had it. */
  stress = 0;
  readonly #engine: MediaEngine;
  readonly #around: ConferenceSurroundings;
  readonly #opening = new Map<string, Promise<Conference>>();
  readonly #epochs = new Map<string, bigint>();

  constructor(engine: MediaEngine, around: ConferenceSurroundings) {
    this.#engine = engine;
    this.#around = around;
  }

  get endpointCount(): number {
    let count = 0;
    for (const { endpoints } of this.conferences.values()) count += endpoints.size;
    return count;
  }

  /** Refuses what an older owner of the room asks for. */
  fence(conference: string, epoch: bigint): void {
    requireId("conference", conference);
    const highest = this.#epochs.get(conference) ?? 0n;
    if (epoch < highest)
      throw new VecheError(
        "failed-precondition",
        `conference ${conference}: expected epoch ${highest} or later, found ${epoch}`,
      );
    if (epoch === highest) return;
    this.#epochs.delete(conference);
    this.#epochs.set(conference, epoch);
    const oldest = this.#epochs.keys().next();
    if (this.#epochs.size > rememberedEpochs && !oldest.done) this.#epochs.delete(oldest.value);
    const present = this.conferences.get(conference);
    if (present) present.epoch = epoch;
  }

  find(id: string): Conference {
    const conference = this.conferences.get(id);
    if (!conference) throw new VecheError("not-found", `conference ${id}: expected it on this bridge, found none`);
    return conference;
  }

  /** The conference, opened if need be. Two that ask at once get the same one. One that is open keeps its codec. */
  open(id: string, room: string, codec: VideoCodec = defaultVideoCodec): Promise<Conference> {
    const present = this.conferences.get(id);
    if (present) return Promise.resolve(present);
    const opening = this.#opening.get(id) ?? this.#openNew(id, room, codec).finally(() => this.#opening.delete(id));
    this.#opening.set(id, opening);
    return opening;
  }

  expire(id: string, reason: string): void {
    const conference = this.conferences.get(id);
    if (!conference) return;
    this.conferences.delete(id);
    conference.close(reason);
  }

  expireAll(reason: string): void {
    for (const id of [...this.conferences.keys()]) this.expire(id, reason);
  }

  admitChannel(conferenceId: string, endpointId: string, password: string): ChannelAdmission {
    const conference = this.conferences.get(conferenceId);
    const endpoint = conference?.endpoints.get(endpointId);
    if (!conference || !endpoint || endpoint.transport.isPlain)
      return { ok: false, status: 404, reason: "no such conference or endpoint" };
    if (!isSamePassword(endpoint, password)) return { ok: false, status: 403, reason: "wrong password" };
    return {
      ok: true,
      open: (socket) => {
        const channel = conference.channels.attach(endpoint, socket);
        if (conference.endpoints.get(endpointId) !== endpoint)
          channel.close(closeCode.goingAway, "the endpoint expired");
        return { channel, closed: () => conference.channels.closed(endpoint, channel) };
      },
    };
  }

  async #openNew(id: string, room: string, codec: VideoCodec): Promise<Conference> {
    if (this.isDraining) throw new VecheError("unavailable", "this bridge takes no new conferences: it is draining");
    if (this.stress >= limits.newConferenceStress)
      throw new VecheError("resource-exhausted", `this bridge takes no new conferences: its stress is ${this.stress}`);
    const router = await this.#openRouter(codec);
    const conference = new Conference(id, room, router, this.#around);
    conference.epoch = this.#epochs.get(id) ?? 0n;
    router.onLost((reason) => this.#lose(conference, reason));
    this.conferences.set(id, conference);
    this.#around.events.conferenceCreated(conference);
    return conference;
  }

  /** A worker may die at this very moment; whoever asks again finds the next one. */
  async #openRouter(codec: VideoCodec): Promise<MediaRouter> {
    try {
      return await this.#engine.openRouter(codec);
    } catch (error) {
      throw new VecheError("unavailable", "no media worker took the conference", { cause: error });
    }
  }

  #lose(conference: Conference, reason: string): void {
    if (this.conferences.get(conference.id) !== conference) return;
    this.conferences.delete(conference.id);
    const endpoints = [...conference.endpoints.keys()];
    conference.close(`media worker died: ${reason}`);
    this.#around.events.endpointsLost(conference.id, endpoints, reason);
  }
}

export function requireId(what: string, id: string): void {
  if (id.length > 0 && id.length <= limits.idLength) return;
  throw new VecheError(
    "invalid-argument",
    `${what}: expected an id of 1 to ${limits.idLength} characters, found ${id.length}`,
  );
}

function isSamePassword({ channelPassword }: Endpoint, given: string): boolean {
  const expected = Buffer.from(channelPassword);
  const found = Buffer.from(given);
  return expected.length === found.length && timingSafeEqual(expected, found);
}
