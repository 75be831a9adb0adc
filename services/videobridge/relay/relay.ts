import { randomUUID } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import type { RelayedSourceSchema, RelayTransportSchema } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { LocalSending } from "../conference/sending.ts";
import type { Offer } from "../domain/offer.ts";
import { srtpSuite } from "../domain/plain-address.ts";
import type { MediaRelay } from "../edge/media-engine.ts";
import { Crossing } from "./crossing.ts";
import type { RelayEnd } from "./relayed-source.ts";

export type RelayPeer = { readonly bridge: string; readonly instance: string };

/**
 * This bridge's end of a relay: sources of its own cross by it, and sources of the other bridge come in. It is used with
 * one other end only; when that is gone, so is this one, and what came by it.
 */
export class Relay {
  readonly id = randomUUID();
  readonly peer: RelayPeer;
  readonly transport: MediaRelay;
  readonly crossings = new Map<string, Crossing>();
  /** Endpoints of the other bridge that can't be heard at all. */
  silent: ReadonlySet<string> = new Set();
  isClosed = false;
  readonly #log: Log;
  #met: { readonly end: RelayEnd; readonly connected: Promise<void> } | undefined;

  constructor(peer: RelayPeer, transport: MediaRelay, log: Log) {
    this.peer = peer;
    this.transport = transport;
    this.#log = log;
  }

  /** Id of the other end. */
  get otherEnd(): string | undefined {
    return this.#met?.end.id;
  }

  describe(): MessageInitShape<typeof RelayTransportSchema> {
    const { ip, port, srtpKey } = this.transport.local;
    return { id: this.id, ip, port, srtpSuite, srtpKey };
  }

  /** False: this end belongs to another one than `end`. */
  async meet(end: RelayEnd): Promise<boolean> {
    if (this.isClosed) return false;
    this.#met ??= { end, connected: this.transport.connect(end) };
    await this.#met.connected;
    return this.#met.end.id === end.id && !this.isClosed;
  }

  /** Has a source cross, if it doesn't yet. Nothing of it flows until the other bridge wants it. */
  async cross(sending: LocalSending, { negotiated }: Offer): Promise<Crossing> {
    const present = this.crossings.get(sending.source.name);
    if (present?.sending === sending) return present;
    if (present) this.stop(sending.source.name);
    const { encodings } = sending.source;
    const layers = encodings.length > 1 ? encodings.map((_, layer) => layer) : [undefined];
    const streams = await Promise.all(layers.map((layer) => this.transport.cross(sending.producer, negotiated, layer)));
    const crossing = new Crossing(sending, streams, this.#log);
    if (this.isClosed) {
      crossing.close();
      throw new VecheError("unavailable", "the relay ended while a source was to cross");
    }
    this.crossings.set(sending.source.name, crossing);
    return crossing;
  }

  stop(name: string): void {
    const crossing = this.crossings.get(name);
    if (!crossing) return;
    this.crossings.delete(name);
    crossing.sending.forget(this.#receiver);
    crossing.close();
  }

  /** What the other bridge wants, as of a receiver here. */
  want(name: string, wish: Crossing["wish"]): void {
    const crossing = this.crossings.get(name);
    if (!crossing) return;
    crossing.want(wish);
    crossing.sending.setWanted(this.#receiver, wish.maxHeight);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const name of [...this.crossings.keys()]) this.stop(name);
    this.transport.close();
  }

  /** A name that no endpoint has: theirs hold no space. */
  get #receiver(): string {
    return `relay ${this.peer.bridge}`;
  }
}

/** What the other bridge has to know of a source to take it. */
export function describeCrossing(
  { sending, streams }: Crossing,
  { descriptions }: Offer,
): MessageInitShape<typeof RelayedSourceSchema> {
  const { source, videoType, isSending } = sending;
  const kind = source.kind === "audio" ? MediaKind.AUDIO : MediaKind.VIDEO;
  const description = descriptions.find((one) => one.kind === kind);
  return {
    name: source.name,
    kind,
    ...(description ? { description } : {}),
    encodings: streams.map(({ ssrc, rtxSsrc }, index) => ({
      ssrc,
      rtxSsrc: rtxSsrc ?? 0,
      scalabilityMode: source.encodings[index]?.scalabilityMode ?? "",
    })),
    state: { videoType, sending: isSending },
  };
}
