import type { XmlElement } from "../xml/element.ts";
import { acceptContents } from "./accept.ts";
import type { BrowserTraits } from "./browser.ts";
import type { Offer } from "./offer.ts";
import {
  type OwnDescription,
  type OwnStreams,
  parseSdp,
  readStreams,
  withSimGroup,
  withSimulcast,
  withStreams,
  writeSdp,
} from "./own-description.ts";
import { RemoteDescription } from "./remote-description.ts";
import {
  type Capture,
  cameraLayers,
  type LayerSetting,
  layeredCamera,
  layeredScreen,
  screenLayers,
} from "./sender-layers.ts";
import type { Source } from "./source.ts";

/** What we can send. Each has one source name for the whole session. */
export type Role = "audio" | "camera" | "desktop";

export const ROLES: readonly Role[] = ["audio", "camera", "desktop"];

export type Tracks = Readonly<Partial<Record<Role, MediaStreamTrack>>>;

export function sourceName(endpoint: string, role: Role): string {
  return `${endpoint}-${{ audio: "a0", camera: "v0", desktop: "v1" }[role]}`;
}

export interface SessionSettings {
  readonly endpoint: string;
  readonly iceServers: readonly RTCIceServer[];
  readonly relayOnly: boolean;
  readonly layers: number;
  readonly browser: BrowserTraits;
  /** Only a new session can be given them. */
  readonly transforms: FrameTransforms | undefined;
}

export interface SessionEvents {
  remoteTracksChanged(tracks: ReadonlyMap<string, MediaStreamTrack>): void;
  iceStateChanged(state: RTCIceConnectionState): void;
}

/** What takes encoded frames in hand, each sender and receiver once. */
export interface FrameTransforms {
  send(sender: RTCRtpSender, source: string, media: "audio" | "video"): void;
  receive(receiver: RTCRtpReceiver, source: string, media: "audio" | "video"): void;
}

/** One peer connection with the bridge, from session-initiate to session-terminate. */
export class MediaSession {
  readonly offer: Offer;
  readonly connection: RTCPeerConnection;
  readonly #settings: SessionSettings;
  readonly #events: SessionEvents;
  readonly #remote: RemoteDescription;
  /** Fixed at their first answer, so that what was signalled stays true through every renegotiation. */
  readonly #streams = new Map<string, OwnStreams>();
  readonly #signalled = new Set<Role>();
  readonly #wantedHeights = new Map<string, number>();
  readonly #transformed = new Map<RTCRtpSender | RTCRtpReceiver, string>();
  #cap = -1;
  #desktopMid: string | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(offer: Offer, settings: SessionSettings, events: SessionEvents) {
    this.offer = offer;
    this.#settings = settings;
    this.#events = events;
    this.#remote = new RemoteDescription(
      offer,
      settings.browser.numbersOwnLayers || this.#cameraStreams() < 2 ? [] : ["1", "2", "3"],
    );
    this.connection = new RTCPeerConnection({
      bundlePolicy: "max-bundle",
      iceServers: [...settings.iceServers],
      iceTransportPolicy: settings.relayOnly ? "relay" : "all",
    });
    this.connection.oniceconnectionstatechange = () => {
      if (!this.#closed) events.iceStateChanged(this.connection.iceConnectionState);
    };
  }

  /** Applies the offer and tells what to accept it with. Only sources that have a track yet are named. */
  accept(tracks: Tracks): Promise<readonly XmlElement[]> {
    return this.#inTurn(async () => {
      if (tracks.desktop) this.#desktopMid = this.#remote.addSending();
      const answer = await this.#negotiate(tracks);
      const named = ROLES.filter((role) => tracks[role]);
      const sources = named
        .map((role) => this.#sourceOf(role))
        .filter((source): source is Source => source !== undefined);
      for (const role of named) this.#signalled.add(role);
      return acceptContents(answer, sources);
    });
  }

  /** Sends the track (or, without one, silence) and returns the source if the focus has yet to hear of it. */
  publish(role: Role, track: MediaStreamTrack | undefined): Promise<Source | undefined> {
    return this.#inTurn(async () => {
      if (role === "desktop" && track && this.#desktopMid === undefined) {
        this.#desktopMid = this.#remote.addSending();
        await this.#negotiate({ desktop: track });
      } else await this.#sender(role)?.replaceTrack(track ?? null);
      await this.#applyLayers(role);
      if (!track || this.#signalled.has(role)) return undefined;
      this.#signalled.add(role);
      return this.#sourceOf(role);
    });
  }

  /** The focus refused the source, so it has to hear of it again another time. */
  forget(role: Role): void {
    this.#signalled.delete(role);
  }

  addSources(sources: readonly Source[]): Promise<void> {
    return this.#change(() => this.#remote.add(sources));
  }

  removeSources(names: readonly string[]): Promise<void> {
    return this.#change(() => this.#remote.remove(names));
  }

  removeOwner(owner: string): Promise<void> {
    return this.#change(() => this.#remote.removeOwner(owner));
  }

  limit(name: string, maxHeight: number): void {
    this.#wantedHeights.set(name, maxHeight);
    const role = ROLES.find((each) => sourceName(this.#settings.endpoint, each) === name);
    if (role && role !== "audio") void this.#inTurn(() => this.#applyLayers(role)).catch(() => {});
  }

  /** However much is wanted, our camera is sent no larger than this; below 0 without limit. */
  cap(maxHeight: number): void {
    if (this.#cap === maxHeight) return;
    this.#cap = maxHeight;
    void this.#inTurn(() => this.#applyLayers("camera")).catch(() => {});
  }

  /** The source carried by each media section, ours included. */
  sourceNames(): ReadonlyMap<string, string> {
    const names = new Map<string, string>();
    for (const { mid, use } of this.#remote.sections) if (use.type === "receive") names.set(mid, use.source.name);
    for (const role of ROLES) {
      const mid = this.#midOf(role);
      if (mid !== undefined) names.set(mid, sourceName(this.#settings.endpoint, role));
    }
    return names;
  }

  close(): void {
    this.#closed = true;
    this.connection.close();
  }

  /** Renegotiations must not overlap; each waits for the one before, whether that went well or not. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(task, task);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Changes that come together cost one renegotiation each, so those already undone cost none. */
  #change(change: () => unknown): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#closed) return;
      const before = this.#remote.sections;
      change();
      if (this.#remote.sections !== before) await this.#negotiate({});
    });
  }

  async #negotiate(tracks: Tracks): Promise<OwnDescription> {
    await this.connection.setRemoteDescription({ type: "offer", sdp: this.#remote.sdp() });
    // Before any track and any packet: a browser lets pass for good what had no transform when it began.
    this.#transform();
    for (const role of ROLES) await this.#prepare(role, tracks[role]);
    const answer = this.#shape(parseSdp((await this.connection.createAnswer()).sdp ?? ""));
    await this.connection.setLocalDescription({ type: "answer", sdp: writeSdp(answer) });
    this.#remote.negotiated();
    this.#tellTracks();
    for (const role of ROLES) await this.#applyLayers(role);
    return answer;
  }

  /** A sending direction from the start gives a section its numbers, so that unmuting needs no renegotiation. */
  async #prepare(role: Role, track: MediaStreamTrack | undefined): Promise<void> {
    const transceiver = this.#transceiver(role);
    if (!transceiver) return;
    transceiver.direction = role === "desktop" ? "sendonly" : "sendrecv";
    if (track) await transceiver.sender.replaceTrack(track);
  }

  #shape(answer: OwnDescription): OwnDescription {
    if (!this.#settings.browser.numbersOwnLayers) {
      for (const section of answer.sections) this.#streams.set(section.mid, withSimGroup(readStreams(section)));
      return answer;
    }
    const cameraMid = this.#midOf("camera");
    const sections = answer.sections.map((section) => {
      const generated = readStreams(section);
      if (generated.ssrcs.length === 0) return section;
      const layers = section.mid === cameraMid ? this.#cameraStreams() : 1;
      const streams = this.#streams.get(section.mid) ?? withSimulcast(generated, layers, newSsrc);
      this.#streams.set(section.mid, streams);
      return streams.ssrcs.length === generated.ssrcs.length ? section : withStreams(section, streams);
    });
    return { ...answer, sections };
  }

  /** A section that is used again belongs to somebody else. */
  #transform(): void {
    const { transforms } = this.#settings;
    if (!transforms) return;
    const names = this.sourceNames();
    const own = new Map(ROLES.map((role) => [this.#midOf(role), sourceName(this.#settings.endpoint, role)]));
    for (const { mid, sender, receiver } of this.connection.getTransceivers()) {
      const media = receiver.track.kind === "audio" ? "audio" : "video";
      const sent = own.get(mid ?? undefined);
      const received = sent === undefined ? names.get(mid ?? "") : undefined;
      if (sent !== undefined && this.#isNew(sender, sent)) transforms.send(sender, sent, media);
      if (received !== undefined && this.#isNew(receiver, received)) transforms.receive(receiver, received, media);
    }
  }

  #isNew(end: RTCRtpSender | RTCRtpReceiver, source: string): boolean {
    if (this.#transformed.get(end) === source) return false;
    this.#transformed.set(end, source);
    return true;
  }

  #tellTracks(): void {
    const tracks = new Map<string, MediaStreamTrack>();
    const received = new Map(this.connection.getTransceivers().map(({ mid, receiver }) => [mid, receiver.track]));
    for (const { mid, use } of this.#remote.sections) {
      const track = received.get(mid);
      if (use.type === "receive" && track) tracks.set(use.source.name, track);
    }
    this.#events.remoteTracksChanged(tracks);
  }

  async #applyLayers(role: Role): Promise<void> {
    const sender = this.#sender(role);
    if (!sender?.track || role === "audio" || this.#closed) return;
    const { width = 1280, height = 720 } = sender.track.getSettings();
    const asked = this.#wantedHeights.get(sourceName(this.#settings.endpoint, role)) ?? -1;
    const wanted = role === "camera" ? lower(asked, this.#cap) : asked;
    const parameters = sender.getParameters();
    const count = parameters.encodings.length;
    const layers = this.#layersOf(role, count, { width, height }, wanted);
    layers.forEach((layer, index) => {
      const encoding = parameters.encodings[index];
      if (encoding) Object.assign(encoding, layer);
    });
    // Refused when a renegotiation has just replaced the parameters, which then applies them itself.
    await sender.setParameters(parameters).catch(() => {});
  }

  #layersOf(role: Role, count: number, capture: Capture, wanted: number): readonly LayerSetting[] {
    if (!this.#isLayered) return role === "camera" ? cameraLayers(count, capture, wanted) : screenLayers(count, wanted);
    const modes = this.#settings.browser.layersOneStream;
    return role === "camera" ? layeredCamera(capture, wanted, modes) : layeredScreen(wanted, modes);
  }

  /** One stream of VP9 or AV1 holds all sizes. */
  get #isLayered(): boolean {
    const video = this.offer.formats.find(({ kind }) => kind === "video");
    return /^(VP9|AV1)$/i.test(video?.payloadTypes[0]?.name ?? "");
  }

  #cameraStreams(): number {
    return this.#isLayered ? 1 : this.#settings.layers;
  }

  #midOf(role: Role): string | undefined {
    if (role === "desktop") return this.#desktopMid;
    const kind = role === "audio" ? "audio" : "video";
    return this.#remote.sections.find((section) => section.kind === kind && section.use.type === "both")?.mid;
  }

  #transceiver(role: Role): RTCRtpTransceiver | undefined {
    const mid = this.#midOf(role);
    return mid === undefined ? undefined : this.connection.getTransceivers().find((each) => each.mid === mid);
  }

  #sender(role: Role): RTCRtpSender | undefined {
    return this.#transceiver(role)?.sender;
  }

  #sourceOf(role: Role): Source | undefined {
    const streams = this.#streams.get(this.#midOf(role) ?? "");
    if (!streams || streams.ssrcs.length === 0) return undefined;
    const { endpoint } = this.#settings;
    const media = role === "audio" ? "audio" : "video";
    const number = role === "desktop" ? 1 : 0;
    return {
      name: sourceName(endpoint, role),
      owner: endpoint,
      kind: media,
      videoType: role === "desktop" ? "desktop" : "camera",
      msid: `${endpoint}-${media}-${number}-1 ${this.offer.sid}-${media}-${number}-1`,
      ...streams,
    };
  }
}

/** Of two limits the one that matters; below 0 is none. */
function lower(one: number, other: number): number {
  if (one < 0 || other < 0) return Math.max(one, other);
  return Math.min(one, other);
}

/** Nine digits, as the bridge's own are, so that no number is part of another. */
function newSsrc(): number {
  return 100_000_000 + ((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % 900_000_000);
}
