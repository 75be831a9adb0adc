import { batch, effect, untracked } from "@preact/signals-core";
import type { EndpointStats } from "../../protocol/bridge-channel/endpoint-stats.ts";
import { browserTraits } from "../../protocol/jingle/browser.ts";
import { readJsonSources } from "../../protocol/jingle/json-sources.ts";
import { type CandidateRules, readOffer } from "../../protocol/jingle/offer.ts";
import {
  type FrameTransforms,
  MediaSession,
  ROLES,
  type Role,
  sourceName,
  type Tracks,
} from "../../protocol/jingle/session.ts";
import { readSources, type Source, sourceContent } from "../../protocol/jingle/source.ts";
import { childNamed, type XmlElement, xml } from "../../protocol/xml/element.ts";
import type { XmppConnection } from "../../protocol/xmpp/connection.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import { errorOf, resultOf } from "../../protocol/xmpp/stanza.ts";
import type { LocalMedia } from "../media/local-media.ts";
import { BridgeLink } from "./bridge-link.ts";
import { patienceMs, restartDelayMs } from "./restart-rule.ts";
import type { CallState } from "./state.ts";

export interface MediaLinkSettings {
  readonly rules: CandidateRules;
  readonly relayOnly: boolean;
  readonly layers: number;
  readonly ignoreBridgeDomain: string | undefined;
  readonly iceServers: () => Promise<readonly RTCIceServer[]>;
  readonly endpointMessage: (from: string, payload: Readonly<Record<string, unknown>>) => void;
  readonly endpointStats: (from: string, stats: EndpointStats) => void;
  /** No restart has helped: only joining the room again may. */
  readonly givenUp: () => void;
}

const KEEP_OLD_MS = 6000;
const MAX_RESTARTS = 4;

/** Our media with the bridge: follows the focus' Jingle, one session at a time, and mends what breaks. */
export class MediaLink {
  readonly #connection: XmppConnection;
  readonly #state: CallState;
  readonly #media: LocalMedia;
  readonly #settings: MediaLinkSettings;
  readonly #bridge: BridgeLink;
  readonly #stop: (() => void)[] = [];
  #session: MediaSession | undefined;
  #transforms: FrameTransforms | undefined;
  #focus = "";
  #patience: ReturnType<typeof setTimeout> | undefined;
  #farewell: ReturnType<typeof setTimeout> | undefined;
  #lastRestartAt: number | undefined;
  #restarts = 0;
  /** A session the focus has ended is not ours to mend. */
  #endedSid: string | undefined;

  constructor(connection: XmppConnection, state: CallState, media: LocalMedia, settings: MediaLinkSettings) {
    this.#connection = connection;
    this.#state = state;
    this.#media = media;
    this.#settings = settings;
    this.#bridge = new BridgeLink(state, {
      opened: () => {
        for (const role of ["camera", "desktop"] as const) this.#tellVideoType(role);
      },
      closed: () => {
        if (this.#session) this.#iceChanged(this.#session.connection.iceConnectionState);
      },
      limit: (source, maxHeight) => this.#session?.limit(source, maxHeight),
      endpointMessage: settings.endpointMessage,
      endpointStats: settings.endpointStats,
    });
    const follow = (role: Role, current: () => MediaStreamTrack | undefined) =>
      this.#stop.push(
        effect(() => {
          const track = current();
          untracked(() => void this.#publish(role, track));
        }),
      );
    follow("audio", () => media.microphone.value);
    follow("camera", () => media.camera.value);
    follow("desktop", () => media.screen.value);
    this.#stop.push(
      effect(() => {
        const wanted = state.wanted.value;
        untracked(() => this.#bridge.tellWanted(wanted));
      }),
      effect(() => {
        const height = state.sendHeight.value;
        untracked(() => this.#session?.cap(height));
      }),
    );
  }

  /** Everything sent and received passes through these; a session that has none gives way to one that has. */
  useFrameTransforms(transforms: FrameTransforms): void {
    const isFirst = this.#transforms === undefined;
    this.#transforms = transforms;
    if (isFirst && this.#session) this.#planRestart(0);
  }

  get session(): MediaSession | undefined {
    return this.#session;
  }

  /** False while there is no channel. */
  tellBridge(message: object): boolean {
    return this.#bridge.tell(message);
  }

  /** Over the bridge channel, to one endpoint or with "" to all; false while there is none. */
  sendToEndpoint(to: string, payload: object): boolean {
    return this.#bridge.sendToEndpoint(to, payload);
  }

  receive(stanza: XmlElement): void {
    const jingle = childNamed(stanza, "jingle", NS.jingle);
    const action = jingle?.attrs.action;
    if (!jingle) return;
    if (action === "session-initiate") {
      this.#connection.send(resultOf(stanza));
      this.#focus = stanza.attrs.from ?? "";
      void this.#initiate(jingle);
    } else if (this.#session?.offer.sid !== jingle.attrs.sid) {
      const unknown = xml("unknown-session", { xmlns: NS.jingleErrors });
      this.#connection.send(errorOf(stanza, "cancel", "item-not-found", unknown));
    } else if (action === "source-add" || action === "source-remove") {
      void this.#changeSources(stanza, action, [...readSources(jingle), ...readJsonSources(jingle)]);
    } else {
      this.#connection.send(resultOf(stanza));
      if (action === "session-terminate") this.#terminated();
    }
  }

  /** No source-remove comes for someone who has left. */
  occupantLeft(id: string): void {
    void this.#session?.removeOwner(id).catch(() => this.#planRestart(0));
    this.#keepTracks((name) => !name.startsWith(`${id}-`));
  }

  /** The same person under a new id: their picture stays until the one that belongs to the new id comes. */
  occupantRenamed(before: string, after: string): void {
    const tracks = [...this.#state.remoteTracks.value].map(([name, track]): [string, MediaStreamTrack] =>
      name.startsWith(`${before}-`) ? [`${after}${name.slice(before.length)}`, track] : [name, track],
    );
    this.#state.remoteTracks.value = new Map(tracks);
  }

  /** The address under which the session was made is gone; what still flows may flow until the next one is there. */
  detach(): void {
    clearTimeout(this.#patience);
    this.#bridge.close();
    this.#terminated();
  }

  leaving(): XmlElement | undefined {
    const session = this.#session;
    if (!session) return undefined;
    return this.#terminate(session, xml("success", { xmlns: NS.jingle }), undefined);
  }

  /** Another room has other sounds and pictures: nothing of the present session stays. */
  reset(): void {
    clearTimeout(this.#patience);
    clearTimeout(this.#farewell);
    this.#drop();
  }

  close(): void {
    for (const stop of this.#stop.splice(0)) stop();
    this.reset();
  }

  async #initiate(jingle: XmlElement): Promise<void> {
    const offer = readOffer(jingle, this.#settings.rules);
    if (!offer) return;
    const endpoint = this.#state.selfId.value;
    const old = this.#session;
    const iceServers = await this.#settings.iceServers();
    const session: MediaSession = new MediaSession(
      offer,
      {
        endpoint,
        iceServers,
        relayOnly: this.#settings.relayOnly,
        layers: this.#settings.layers,
        browser: browserTraits(navigator.userAgent),
        transforms: this.#transforms,
      },
      {
        remoteTracksChanged: (tracks) => {
          if (session === this.#session) this.#takeTracks(tracks);
        },
        iceStateChanged: (state) => {
          if (session === this.#session) this.#iceChanged(state);
        },
      },
    );
    clearTimeout(this.#farewell);
    this.#replace(session, old);
    try {
      const contents = await session.accept(this.#tracks());
      if (session !== this.#session) return;
      const action = "session-accept";
      const { sid, initiator } = offer;
      const responder = jingle.attrs.to ?? `${this.#focus.split("/", 1)[0]}/${endpoint}`;
      await this.#connection.request(
        "set",
        this.#focus,
        xml("jingle", { xmlns: NS.jingle, action, sid, initiator, responder }, ...contents),
      );
      // Whatever was switched on or off while the offer was being answered.
      for (const role of ROLES) await this.#publish(role, this.#tracks()[role]);
    } catch (error) {
      console.warn("the media session could not be accepted", error);
      if (session === this.#session) this.#planRestart(1000);
    }
  }

  #replace(session: MediaSession, old: MediaSession | undefined): void {
    this.#session = session;
    session.cap(this.#state.sendHeight.peek());
    this.#state.ice.value = "new";
    const url = session.offer.webSocketUrls.find(
      (each) => !URL.canParse(each) || new URL(each).hostname !== this.#settings.ignoreBridgeDomain,
    );
    this.#bridge.open(url);
    old?.close();
    // Pictures of the old session stand still until their successors come, but not for ever.
    setTimeout(() => {
      if (session === this.#session) this.#keepTracks((name) => [...session.sourceNames().values()].includes(name));
    }, KEEP_OLD_MS);
  }

  async #changeSources(
    stanza: XmlElement,
    action: "source-add" | "source-remove",
    sources: readonly Source[],
  ): Promise<void> {
    const session = this.#session;
    try {
      if (action === "source-add") await session?.addSources(sources);
      else await session?.removeSources(sources.map(({ name }) => name));
      // Only now is the answer true: the bridge starts sending when it hears it.
      this.#connection.send(resultOf(stanza));
    } catch (error) {
      console.warn(`${action} could not be applied`, error);
      this.#connection.send(errorOf(stanza, "cancel", "internal-server-error"));
      if (session === this.#session) this.#planRestart(1000);
    }
  }

  /** Runs for every change of a track, also while there is no session to send it over. */
  async #publish(role: Role, track: MediaStreamTrack | undefined): Promise<void> {
    const session = this.#session;
    if (!session) return;
    this.#tellVideoType(role);
    const source = await session.publish(role, track).catch(() => undefined);
    if (!source || session !== this.#session) return;
    try {
      await this.#connection.request("set", this.#focus, this.#jingle(session, "source-add", sourceContent(source)));
    } catch (error) {
      if (session !== this.#session) return;
      console.warn(`the focus refused ${source.name}`, error);
      session.forget(role);
      this.#state.notices.show("notify.sourceRefused", { kind: "error" });
      if (role === "desktop") this.#media.stopScreen();
      else void (role === "audio" ? this.#media.setAudioMuted(true) : this.#media.setVideoMuted(true));
    }
  }

  #tellVideoType(role: Role): void {
    if (role === "audio") return;
    this.#bridge.tellVideoType(sourceName(this.#state.selfId.value, role), this.#tracks()[role] ? role : "none");
  }

  #tracks(): Tracks {
    const { microphone, camera, screen } = this.#media;
    return { audio: microphone.peek(), camera: camera.peek(), desktop: screen.peek() };
  }

  /** The pictures of the session before stay where no new ones have come yet. */
  #takeTracks(tracks: ReadonlyMap<string, MediaStreamTrack>): void {
    this.#state.remoteTracks.value = new Map([...this.#state.remoteTracks.value, ...tracks]);
  }

  #keepTracks(keep: (name: string) => boolean): void {
    const tracks = this.#state.remoteTracks.value;
    const kept = [...tracks].filter(([name]) => keep(name));
    if (kept.length !== tracks.size) this.#state.remoteTracks.value = new Map(kept);
  }

  #iceChanged(state: RTCIceConnectionState): void {
    this.#state.ice.value = state;
    if (this.#session?.offer.sid === this.#endedSid) return;
    clearTimeout(this.#patience);
    if (state === "connected" || state === "completed") {
      this.#state.mediaBroken.value = false;
      this.#restarts = 0;
      return;
    }
    const patience = patienceMs({ state, channelIsOpen: this.#bridge.isOpen });
    if (patience === undefined) return;
    this.#state.mediaBroken.value = true;
    this.#planRestart(patience);
  }

  #planRestart(patience: number): void {
    if (this.#session?.offer.sid === this.#endedSid) return;
    clearTimeout(this.#patience);
    const now = Date.now();
    const delay = Math.max(patience, restartDelayMs(now, this.#lastRestartAt));
    this.#patience = setTimeout(() => void this.#restart(), delay);
  }

  async #restart(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    if (this.#connection.state !== "connected") return this.#planRestart(500);
    if (++this.#restarts > MAX_RESTARTS) {
      this.#restarts = 0;
      return this.#settings.givenUp();
    }
    this.#lastRestartAt = Date.now();
    const restart = xml("bridge-session", { xmlns: NS.focus, id: session.offer.bridgeSessionId, restart: "true" });
    const reason = xml("connectivity-error", { xmlns: NS.jingle });
    await this.#connection.request("set", this.#focus, this.#terminate(session, reason, restart)).catch(() => {});
    // A new invitation replaces the session; when none comes, ask again.
    if (session === this.#session) this.#planRestart(0);
  }

  #terminate(session: MediaSession, reason: XmlElement, more: XmlElement | undefined): XmlElement {
    const children = [xml("reason", { xmlns: NS.jingle }, reason), ...(more ? [more] : [])];
    return this.#jingle(session, "session-terminate", ...children);
  }

  #jingle({ offer }: MediaSession, action: string, ...children: XmlElement[]): XmlElement {
    return xml("jingle", { xmlns: NS.jingle, action, sid: offer.sid, initiator: offer.initiator }, ...children);
  }

  /** After an ended session usually comes another; until then the page stays as it was. */
  #terminated(): void {
    clearTimeout(this.#patience);
    clearTimeout(this.#farewell);
    const session = this.#session;
    this.#endedSid = session?.offer.sid;
    this.#farewell = setTimeout(() => {
      if (session === this.#session) this.#drop();
    }, KEEP_OLD_MS);
  }

  #drop(): void {
    const session = this.#session;
    this.#session = undefined;
    this.#bridge.close();
    session?.close();
    batch(() => {
      this.#state.ice.value = "none";
      this.#state.mediaBroken.value = false;
      this.#state.remoteTracks.value = new Map();
    });
  }
}
