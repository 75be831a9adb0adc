import { effect, untracked } from "@preact/signals-core";
import { type ChatMessage, readJsonMessage } from "../conference/chat.ts";
import { type ConferenceAnswer, requestByHttp, requestByIq, retryDelayMs } from "../conference/focus-request.ts";
import type { Occupant } from "../conference/occupant.ts";
import type { OwnState } from "../conference/own-presence.ts";
import { Room, type RoomEvents } from "../conference/room.ts";
import { readComponents, readIceServers } from "../conference/server-offers.ts";
import type { AppConfig } from "../config.ts";
import type { LocalMedia } from "../media/local-media.ts";
import { machineUid, remember, remembered } from "../remembered.ts";
import { roomNode, serviceUrl } from "../url.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { BoshTransport } from "../xmpp/bosh-transport.ts";
import { XmppConnection } from "../xmpp/connection.ts";
import { NS } from "../xmpp/namespaces.ts";
import { SignInRefused } from "../xmpp/sign-in.ts";
import { presence, StanzaError } from "../xmpp/stanza.ts";
import type { Transport } from "../xmpp/transport.ts";
import { WebSocketTransport } from "../xmpp/websocket-transport.ts";
import { MediaLink } from "./media-link.ts";
import { ownSources } from "./own-sources.ts";
import { reactTo } from "./refusal.ts";
import type { CallState, JoinProblem } from "./state.ts";

export interface CallDetails {
  readonly roomName: string;
  readonly token: string | undefined;
}

const HOST_POLL_MS = 5000;
const STALE_MS = 5000;
const ICE_SERVERS_PATIENCE_MS = 1000;
/** Where notices about comings and goings would only be noise. */
const LARGE_ROOM = 12;

/** One meeting from the first knock to hanging up, through however many links and sessions it takes. */
export class Call {
  readonly #config: AppConfig;
  readonly #details: CallDetails;
  readonly #state: CallState;
  readonly #media: LocalMedia;
  readonly #connection: XmppConnection;
  readonly #link: MediaLink;
  #room: Room | undefined;
  #password: string | undefined;
  #entry = 0;
  #iceServers: Promise<readonly RTCIceServer[]> = Promise.resolve([]);
  #components: ReadonlyMap<string, string> = new Map();
  #desktopKnown = false;
  /** People of the room before a rejoin; those who don't turn up in the new one are taken off the page. */
  #stale = new Set<string>();
  readonly #stop: (() => void)[] = [];

  constructor(config: AppConfig, details: CallDetails, state: CallState, media: LocalMedia) {
    this.#config = config;
    this.#details = details;
    this.#state = state;
    this.#media = media;
    this.#connection = new XmppConnection(config.domain, (previousId) => this.#transport(previousId), {
      stateChanged: (link) => {
        state.link.value = link;
      },
      rebound: () => {
        // The place in the room belonged to the old address; from the new one there is nothing to leave.
        this.#room = undefined;
        this.#comeBack();
      },
      stanza: (stanza) => this.#stanza(stanza),
      refused: (error) => this.#refuse("refused", error.message),
    });
    this.#link = new MediaLink(this.#connection, state, media, {
      rules: { withoutUdp: config.withoutUdp, withoutTcp: config.withoutTcp },
      relayOnly: config.forceTurnRelay,
      layers: config.disableSimulcast ? 1 : 3,
      ignoreBridgeDomain: config.ignoreBridgeDomain,
      iceServers: () => this.#iceServers,
      givenUp: () => this.#comeBack(),
    });
  }

  get link(): MediaLink {
    return this.#link;
  }

  async start(): Promise<void> {
    this.#state.phase.value = { name: "joining", waitingForHost: false };
    try {
      await this.#connection.connect();
    } catch (error) {
      if (!(error instanceof SignInRefused)) this.#refuse("other", error instanceof Error ? error.message : "");
      return;
    }
    this.#discover();
    this.#stop.push(effect(() => this.#announce()));
    await this.#enter();
  }

  async enterWith(password: string): Promise<void> {
    this.#password = password;
    this.#state.phase.value = { name: "joining", waitingForHost: false };
    await this.#enter();
  }

  leave(): void {
    this.#end("left", "");
  }

  say(text: string): void {
    this.#room?.say(text);
  }

  toggleHand(): void {
    const { handRaisedAt } = this.#state;
    handRaisedAt.value = handRaisedAt.value ? 0 : Date.now();
  }

  async toggleScreen(): Promise<void> {
    if (this.#media.screen.value) return this.#media.stopScreen();
    if (await this.#media.startScreen()) this.#state.notify("screenFailed");
  }

  kick(id: string): void {
    this.#attempt(this.#room?.kick(id, ""));
  }

  mute(id: string, media: "audio" | "video"): void {
    this.#attempt(this.#room?.mute(id, media));
  }

  grantModerator(id: string): void {
    const occupant = this.#state.occupants.value.get(id);
    if (occupant) this.#attempt(this.#room?.grantModerator(occupant.realJid));
  }

  setPassword(password: string): void {
    this.#attempt(
      this.#room?.setPassword(password).then(() => this.#state.notify(password ? "passwordSet" : "passwordRemoved")),
    );
  }

  endForAll(): void {
    const component = this.#components.get("end_conference");
    if (component)
      this.#connection.send(
        xml("message", { xmlns: NS.client, to: component }, xml("end_conference", { xmlns: NS.client })),
      );
  }

  #transport(previousId: string | undefined): Transport {
    const { websocket, bosh, domain, preferBosh } = this.#config;
    const parameters = { room: roomNode(this.#details.roomName), token: this.#details.token, previd: previousId };
    if (!websocket || preferBosh) return new BoshTransport(serviceUrl(bosh, location.href, parameters, "http"), domain);
    return new WebSocketTransport(serviceUrl(websocket, location.href, parameters, "ws"), domain);
  }

  /** What the server has to offer is learnt beside the join, which does not wait for it. */
  #discover(): void {
    const { domain, useTurnUdp } = this.#config;
    const query = xml("query", { xmlns: NS.discoInfo });
    this.#connection.request("get", domain, query).then(
      (answer) => {
        this.#components = readComponents(answer);
      },
      () => {},
    );
    const services = this.#connection.request("get", domain, xml("services", { xmlns: NS.extdisco }));
    this.#iceServers = Promise.race([
      services.then((answer) => readIceServers(answer, useTurnUdp)).catch(() => []),
      pause(ICE_SERVERS_PATIENCE_MS).then(() => []),
    ]);
  }

  /** Asks the focus and knocks at the room until in, refused, or overtaken by a newer attempt. */
  async #enter(): Promise<void> {
    const entry = ++this.#entry;
    for (let attempt = 0; entry === this.#entry; attempt++) {
      if (attempt > 0) await pause(retryDelayMs(attempt - 1));
      const answer = await this.#ask();
      if (entry !== this.#entry) return;
      if (!answer.ok && answer.reason === "reservation") return this.#refuse("not-allowed", answer.text);
      if (!answer.ok || !answer.ready) {
        if (!answer.ok && answer.reason === "not-authorized") await this.#waitForHost();
        continue;
      }
      try {
        await this.#join(answer.focusJid);
        return;
      } catch (error) {
        if (entry !== this.#entry || !(error instanceof StanzaError)) return;
        const reaction = reactTo(error, this.#password !== undefined);
        if (!reaction.retry) return this.#refuse(reaction.problem, reaction.text);
      }
    }
  }

  async #ask(): Promise<ConferenceAnswer> {
    const { conferenceRequestUrl, focus, muc } = this.#config;
    const sessionId = remembered("sessionId");
    const wanted = {
      room: `${roomNode(this.#details.roomName)}@${muc}`,
      machineUid: machineUid(),
      sessionId: typeof sessionId === "string" ? sessionId : undefined,
      token: this.#details.token,
    };
    const answer = conferenceRequestUrl
      ? await requestByHttp(serviceUrl(conferenceRequestUrl, location.href, {}, "http"), wanted)
      : await requestByIq((type, to, child) => this.#connection.request(type, to, child), focus, wanted);
    if (answer.ok && answer.sessionId) remember("sessionId", answer.sessionId);
    if (!answer.ok && answer.reason === "session-invalid") remember("sessionId", null);
    return answer;
  }

  async #waitForHost(): Promise<void> {
    if (this.#state.phase.value.name === "joining") this.#state.phase.value = { name: "joining", waitingForHost: true };
    await pause(HOST_POLL_MS);
  }

  async #join(focusJid: string | undefined): Promise<void> {
    const { muc, focusUserJid, hiddenDomain } = this.#config;
    const nick = nickFor(this.#connection.jid);
    const recognition = { focusJid: focusJid ?? focusUserJid, hiddenDomain };
    const jid = `${roomNode(this.#details.roomName)}@${muc}`;
    const room: Room = new Room(jid, nick, this.#connection, recognition, this.#roomEvents());
    this.#room = room;
    this.#state.selfId.value = nick;
    await room.join(this.#own(), this.#password);
    this.#state.phase.value = { name: "joined" };
    room.announce(this.#own());
    if (this.#stale.size > 0) setTimeout(() => this.#dropStale(), STALE_MS);
  }

  #roomEvents(): RoomEvents {
    const state = this.#state;
    return {
      self: ({ isModerator }) => {
        state.isModerator.value = isModerator;
      },
      occupantChanged: (occupant) => this.#occupantChanged(occupant),
      occupantLeft: (id) => this.#occupantLeft(id),
      ended: (how, reason) => {
        if (how === "shut-down") this.#comeBack();
        else this.#end(how, reason);
      },
      chat: (message) => this.#heard(message),
      subject: (text) => {
        state.subject.value = text;
      },
      muteAsked: (media) => {
        state.notify(media === "audio" ? "mutedByModerator" : "cameraStoppedByModerator");
        void (media === "audio" ? this.#media.setAudioMuted(true) : this.#media.setVideoMuted(true));
      },
      bridgeMissing: () => {
        state.bridgeMissing.value = true;
      },
      jingle: (stanza) => {
        state.bridgeMissing.value = false;
        this.#link.receive(stanza);
      },
    };
  }

  #occupantChanged(occupant: Occupant): void {
    const state = this.#state;
    const before = state.occupants.value.get(occupant.id);
    this.#stale.delete(occupant.id);
    // After a rejoin of everybody the same people come under new ids.
    const namesake = [...this.#stale].find((id) => state.occupants.value.get(id)?.name === occupant.name);
    if (namesake) {
      this.#link.occupantRenamed(namesake, occupant.id);
      this.#stale.delete(namesake);
      state.dropOccupants([namesake]);
    }
    state.setOccupant(occupant);
    if (state.phase.value.name !== "joined") return;
    if (!before && !namesake && state.occupants.value.size < LARGE_ROOM) state.notify("joined", occupant.name);
    if (before && !before.handRaisedAt && occupant.handRaisedAt) state.notify("handRaised", occupant.name);
  }

  #occupantLeft(id: string): void {
    const occupant = this.#state.occupants.value.get(id);
    this.#forgetOccupant(id);
    if (occupant && this.#state.occupants.value.size < LARGE_ROOM) this.#state.notify("left", occupant.name);
  }

  #forgetOccupant(id: string): void {
    this.#stale.delete(id);
    this.#state.dropOccupants([id]);
    this.#link.occupantLeft(id);
    if (this.#state.dominant.value === id) this.#state.dominant.value = undefined;
  }

  #dropStale(): void {
    for (const id of [...this.#stale]) this.#forgetOccupant(id);
  }

  #heard(message: ChatMessage): void {
    const isOwn = message.from === this.#state.selfId.value;
    const sender = this.#state.occupants.value.get(message.from);
    const name = isOwn ? this.#state.name.value : sender?.name || message.senderName;
    this.#state.addChat({ ...message, name, isOwn });
  }

  #stanza(stanza: XmlElement): boolean {
    if (this.#room?.receive(stanza)) return true;
    if (stanza.name === "message") this.#component(stanza);
    return stanza.name !== "iq";
  }

  #component(stanza: XmlElement): void {
    const json = readJsonMessage(stanza);
    // The room's rules reach us before our own presence does, so the first thing others see is already right.
    if (json?.type !== "room_metadata" || this.#state.phase.value.name !== "joining") return;
    const { startMuted } = (json.metadata ?? {}) as { startMuted?: { audio?: unknown; video?: unknown } };
    if (startMuted?.audio === true) void this.#media.setAudioMuted(true);
    if (startMuted?.video === true) void this.#media.setVideoMuted(true);
  }

  #own(): OwnState {
    const { microphone, camera, screen, audioMuted } = this.#media;
    if (screen.value) this.#desktopKnown = true;
    const sending = {
      audio: microphone.value !== undefined && !audioMuted.value,
      camera: camera.value !== undefined,
      desktop: screen.value !== undefined,
      desktopKnown: this.#desktopKnown,
    };
    const { name, handRaisedAt, selfId } = this.#state;
    return { name: name.value, handRaisedAt: handRaisedAt.value, sources: ownSources(selfId.value, sending) };
  }

  /** Runs for every change of what the room should know of us. */
  #announce(): void {
    const own = this.#own();
    untracked(() => this.#room?.announce(own));
  }

  /** The server has forgotten us: in again, silently, with page, devices and pictures as they are. */
  #comeBack(): void {
    const { phase } = this.#state;
    if (phase.value.name === "ended" || phase.value.name === "refused" || phase.value.name === "idle") return;
    this.#stale = new Set(this.#state.occupants.value.keys());
    const farewell = this.#room?.leaving();
    if (farewell && this.#connection.state === "connected") this.#connection.send(farewell);
    this.#room = undefined;
    this.#link.detach();
    this.#discover();
    void this.#enter();
  }

  #refuse(problem: JoinProblem, text: string): void {
    this.#entry++;
    this.#state.phase.value = { name: "refused", problem, text };
  }

  #end(how: "left" | "kicked" | "destroyed", reason: string): void {
    if (this.#state.phase.value.name === "ended") return;
    this.#entry++;
    for (const stop of this.#stop.splice(0)) stop();
    const terminate = this.#link.leaving();
    const room = this.#room;
    const last: XmlElement[] = [];
    if (room && terminate)
      last.push(
        xml("iq", { xmlns: NS.client, type: "set", to: `${room.jid}/focus`, id: this.#connection.newId() }, terminate),
      );
    if (room) last.push(presence(`${room.jid}/${room.nick}`, "unavailable"));
    this.#link.close();
    this.#connection.close(how === "left" ? last : []);
    this.#media.close();
    this.#state.phase.value = { name: "ended", how, reason };
  }

  #attempt(act: Promise<unknown> | undefined): void {
    act?.catch(() => this.#state.notify("actionFailed"));
  }
}

/** The server's own choice of name, when it has the usual form, keeps a resumed person recognisable. */
function nickFor(jid: string): string {
  const start = jid.slice(0, 8);
  if (/^[0-9a-f]{8}$/.test(start)) return start;
  return [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
