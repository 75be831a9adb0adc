/** A browser that talks to a bridge as a Jitsi client does, with the test in the place of xmpp and focus. */
import { readFile } from "node:fs/promises";
import type { Bus } from "@veche/kit/bus.ts";
import type { Announcement, CreateEndpointResponse } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import type { Source } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import type { VideoCodec } from "@veche/videobridge/domain/video-codec.ts";
import type { Browser, Page } from "playwright-core";
import { type MediaLine, mungeSimulcast, type OfferOptions, readAnswer, writeOffer } from "./sdp.ts";

const here = { bridge: "jvb-test" };
const script = new URL("./page/peer.js", import.meta.url);

export type Reception = {
  readonly ssrc: number;
  readonly kind: "audio" | "video";
  readonly frames: number;
  readonly height: number;
  readonly packets: number;
  readonly energy: number;
  /** Of sound: all that was played, and what of it was made up for want of packets. */
  readonly samples: number;
  readonly concealedSamples: number;
  readonly codec: string;
};

export type ChannelMessage = { readonly colibriClass: string; readonly [field: string]: unknown };

export type PeerOptions = OfferOptions & {
  readonly conference?: string;
  /** "ws://127.0.0.1:9090" */
  readonly channelOrigin: string;
  /** A page of this machine: from any other, Chromium opens no connection to it. */
  readonly pageUrl: string;
  /** The conference's one video codec; without it the bridge's own choice, with three simulcast layers. */
  readonly videoCodec?: VideoCodec;
  /** Blocked by the bridge from the first packet. */
  readonly forceMute?: ForceMute;
  /** What it sends: 720 lines, calm, unless said otherwise. */
  readonly picture?: { readonly height: number; readonly isBusy: boolean; readonly color?: string };
  /** Of its hum: 440. */
  readonly toneHz?: number;
};

export type ForceMute = { readonly audio?: boolean; readonly video?: boolean; readonly desktop?: boolean };

export class BrowserPeer {
  readonly id: string;
  readonly #page: Page;
  readonly #bus: Bus;
  readonly #options: PeerOptions;
  #lines: MediaLine[] = [];
  #version = 1;
  #sessions = 0;
  #offer: CreateEndpointResponse | undefined;

  private constructor(id: string, page: Page, bus: Bus, options: PeerOptions) {
    this.id = id;
    this.#page = page;
    this.#bus = bus;
    this.#options = options;
  }

  static async open(browser: Browser, bus: Bus, id: string, options: PeerOptions): Promise<BrowserPeer> {
    const peer = new BrowserPeer(id, await browser.newPage(), bus, options);
    await peer.#load();
    return peer;
  }

  /** Invites the page, lets it accept, and returns what others are to be told. Again: a new session of the same page. */
  async join(): Promise<readonly Announcement[]> {
    if (this.#sessions++ > 0) await this.#load();
    const addressed = { ...this.#address, jingleSession: `s${this.#sessions}-${this.id}` };
    const { forceMute = {}, videoCodec = "" } = this.#options;
    const creation = { ...addressed, room: "room", forceMute, videoCodec };
    this.#offer = await this.#bus.request(subjects.createEndpoint, here, creation);
    this.#lines = this.#offer.sources.toSorted(bridgeFirst).map((source) => ({ source }));
    const answer = await this.#negotiate();
    const request = { ...addressed, ...readAnswer(answer, this.id) };
    const { announcements } = await this.#bus.request(subjects.connectEndpoint, here, request);
    return announcements;
  }

  /** Applies what a source-add says, and tells the bridge so. */
  async hear(sources: readonly Source[]): Promise<void> {
    this.#lines.push(...sources.map((source) => ({ source })));
    await this.#negotiate();
    const names = sources.map(({ name }) => name);
    await this.#bus.request(subjects.resumeSources, here, { ...this.#address, names });
  }

  /** What of it the bridge is to keep from everybody, from now on. */
  async block(muted: ForceMute): Promise<void> {
    await this.#bus.request(subjects.setForceMute, here, { ...this.#address, ...muted });
  }

  openChannel(): Promise<void> {
    return this.#ask(`openChannel(${JSON.stringify(`${this.#options.channelOrigin}${this.#offer?.channelPath}`)})`);
  }

  say(message: object): Promise<void> {
    return this.#ask(`say(${JSON.stringify(message)})`);
  }

  heard(): Promise<ChannelMessage[]> {
    return this.#ask("heard()");
  }

  speak(gain: number): Promise<void> {
    return this.#ask(`speak(${gain})`);
  }

  /** Whether the browser has an encoder for it. */
  canSend(codec: VideoCodec): Promise<boolean> {
    return this.#ask(`canSend(${JSON.stringify(codec)})`);
  }

  state(): Promise<string> {
    return this.#ask("state()");
  }

  received(): Promise<Reception[]> {
    return this.#ask("received()");
  }

  /** The same by name of the source. */
  async receivedBySource(): Promise<ReadonlyMap<string, Reception>> {
    const names = new Map(
      this.#lines.flatMap(({ source }) => source.ssrcs.map((ssrc) => [ssrc, source.name] as const)),
    );
    const received = await this.received();
    return new Map(received.map((one) => [names.get(one.ssrc) ?? String(one.ssrc), one]));
  }

  sending(): Promise<{ readonly ssrc: number; readonly isActive: boolean; readonly frames: number }[]> {
    return this.#ask("sending()");
  }

  close(): Promise<void> {
    return this.#page.close();
  }

  get #address() {
    return { conference: this.#options.conference ?? "c1", epoch: 1n, endpoint: this.id };
  }

  async #load(): Promise<void> {
    await this.#page.goto(this.#options.pageUrl);
    const { picture: given, toneHz } = this.#options;
    const picture = `globalThis.vechePicture = ${JSON.stringify(given)}; globalThis.vecheTone = ${toneHz};`;
    await this.#page.addScriptTag({ content: `${picture}\n${await readFile(script, "utf8")}` });
    this.#version = 1;
  }

  async #negotiate(): Promise<string> {
    if (!this.#offer) throw new Error("not invited");
    const offer = writeOffer(this.#offer, this.#lines, this.#version, this.#options);
    const draft = await this.#ask<string>(`answer(${JSON.stringify(offer)})`);
    const isLayered = this.#options.videoCodec === "VP9" || this.#options.videoCodec === "AV1";
    const answer = this.#version++ === 1 && !isLayered ? mungeSimulcast(draft) : draft;
    await this.#ask(`apply(${JSON.stringify(answer)}${isLayered ? ', "L3T3_KEY"' : ""})`);
    return answer;
  }

  #ask<T>(call: string): Promise<T> {
    return this.#page.evaluate<T>(`vechePeer.${call}`);
  }
}

/** The bridge's own sources have the first m-lines, as in an offer. */
function bridgeFirst(a: Source, b: Source): number {
  return Number(b.owner === "jvb") - Number(a.owner === "jvb");
}

/** Brings them in one after the other, each hearing of those who come later. */
export async function joinAll(peers: readonly BrowserPeer[]): Promise<void> {
  for (const peer of peers) {
    const announcements = await peer.join();
    for (const { receiver, sources } of announcements) await peers.find(({ id }) => id === receiver)?.hear(sources);
  }
}
