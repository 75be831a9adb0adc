import { effect, untracked } from "@preact/signals-core";
import { readJsonMessage } from "../../protocol/conference/chat.ts";
import { retryDelayMs } from "../../protocol/conference/focus-request.ts";
import type { OwnState } from "../../protocol/conference/own-presence.ts";
import { Room, type RoomEvents } from "../../protocol/conference/room.ts";
import { randomHex } from "../../protocol/random.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import { XmppConnection } from "../../protocol/xmpp/connection.ts";
import { SignInRefused } from "../../protocol/xmpp/sasl.ts";
import { iq, presence, StanzaError } from "../../protocol/xmpp/stanza.ts";
import type { AppConfig } from "../config.ts";
import type { LocalMedia } from "../media/local-media.ts";
import { type Activities, makeActivities } from "./activities.ts";
import type { Activity } from "./activity.ts";
import { FocusDesk } from "./focus-desk.ts";
import { Knocking } from "./knocking.ts";
import { MediaLink } from "./media-link.ts";
import { Moderation } from "./moderation.ts";
import { ownSources } from "./own-sources.ts";
import { Patience } from "./patience.ts";
import { MOVED, People } from "./people.ts";
import { notAllowed, reactTo } from "./refusal.ts";
import { ServerOffers } from "./server-offers.ts";
import type { CallState, JoinProblem } from "./state.ts";
import { type CallDetails, domainOfCall, openTransport } from "./transports.ts";

/** As often as Jitsi's own clients ask; a class that waits does not ask all at once. */
const HOST_POLL_MS = 5000;
/** In a full room somebody has to leave first. */
const FULL_POLL_MS = 20_000;

/** One meeting from the first knock to hanging up, through however many links and sessions it takes. */
export class Call {
  readonly #config: AppConfig;
  readonly #state: CallState;
  readonly #media: LocalMedia;
  readonly #connection: XmppConnection;
  readonly #link: MediaLink;
  readonly #desk: FocusDesk;
  readonly #offers = new ServerOffers();
  readonly #people: People;
  readonly #patience = new Patience();
  readonly moderation: Moderation;
  readonly activities: Activities;
  #room: Room | undefined;
  #knocking: Knocking | undefined;
  #password: string | undefined;
  readonly #secret: string | undefined;
  #entry = 0;
  #desktopKnown = false;
  readonly #stop: (() => void)[] = [];

  constructor(config: AppConfig, details: CallDetails, state: CallState, media: LocalMedia) {
    this.#config = config;
    this.#state = state;
    this.#secret = details.secret;
    this.#media = media;
    const domain = domainOfCall(config, details);
    const open = (previousId: string | undefined) => openTransport(config, details, domain, previousId);
    const { account } = details;
    this.#connection = new XmppConnection(
      domain,
      open,
      {
        stateChanged: (link) => {
          state.link.value = link;
        },
        rebound: () => {
          // The place in the room belonged to the old address; from the new one there is nothing to leave.
          this.#room = undefined;
          this.#knocking = undefined;
          this.#comeBack();
        },
        stanza: (stanza) => this.#stanza(stanza),
        refused: (error) => this.#refuse(details.token === undefined ? "refused" : "bad-token", error.message),
      },
      account?.credentials,
    );
    this.#link = new MediaLink(this.#connection, state, media, {
      rules: { withoutUdp: config.withoutUdp, withoutTcp: config.withoutTcp },
      relayOnly: config.forceTurnRelay,
      layers: config.disableSimulcast ? 1 : 3,
      ignoreBridgeDomain: config.ignoreBridgeDomain,
      iceServers: () => this.#offers.iceServers,
      endpointMessage: (from, payload) => {
        for (const each of this.#active) each.endpointMessage?.(from, payload);
      },
      endpointStats: (from, stats) => {
        for (const each of this.#active) each.endpointStats?.(from, stats);
      },
      givenUp: () => this.#comeBack(),
    });
    this.#desk = new FocusDesk(config, details, this.#connection, state);
    state.roomJid.value = this.#desk.room;
    this.#people = new People(state, this.#link);
    this.moderation = new Moderation(this.#connection, state, this.#offers);
    this.activities = makeActivities({
      config,
      state,
      media,
      connection: this.#connection,
      offers: this.#offers,
      link: this.#link,
      moderation: this.moderation,
      room: () => this.#room,
      password: () => this.moderation.password ?? this.#password,
      roomName: details.roomName,
      mainRoom: this.#desk.room,
      moveTo: (room) => this.moveTo(room),
    });
  }

  get #active(): readonly Activity[] {
    return Object.values(this.activities);
  }

  get link(): MediaLink {
    return this.#link;
  }

  async start(): Promise<void> {
    // Before anything could leave this page in the clear.
    if (this.#secret) await this.activities.e2ee.turnOn(this.#secret);
    this.#state.phase.value = { name: "joining", waitingForHost: false };
    try {
      await this.#connection.connect();
    } catch (error) {
      if (!(error instanceof SignInRefused)) this.#refuse("other", error instanceof Error ? error.message : "");
      return;
    }
    this.#offers.learn(this.#connection, this.#config);
    this.#stop.push(effect(() => this.#announce()));
    await this.#enter();
  }

  /** With a password that was missing, or a door that has opened since. */
  async enterWith(password?: string): Promise<void> {
    this.#password = password ?? this.#password;
    this.#state.phase.value = this.#knocking
      ? { name: "knocking", step: "entering" }
      : { name: "joining", waitingForHost: false, withPassword: this.#password !== undefined };
    await this.#enter();
  }

  /** Whoever waits need not wait until the page asks by itself. */
  askNow(): void {
    this.#patience.end();
  }

  /** Through the closed door. */
  sayAtDoor(text: string): void {
    this.#knocking?.say(text);
  }

  /** With the name that was missing. */
  knock(): void {
    if (this.#knocking) this.#knocking.ask();
    else void this.enterWith();
  }

  /** Who has signed in need not wait for a host, and is one. */
  async logIn(name: string, password: string): Promise<void> {
    const { login } = this.#state;
    if (login.value.name === "busy") return;
    login.value = { name: "busy" };
    const problem = await this.#desk.logIn({ name, password });
    login.value = problem === undefined ? { name: "out" } : { name: "failed", problem };
    if (problem !== undefined) return;
    this.#state.notices.show("notify.signedIn", { values: { name: this.#state.identity.value } });
    const phase = this.#state.phase.value.name;
    // Within the room the focus learns of it by the same request, and makes us what we now may be.
    if (phase === "joined") await this.#desk.ask();
    else if (phase === "knocking") await this.enterWith();
    else this.#patience.end();
  }

  logOut(): void {
    this.#state.notices.show("notify.signedOut", { values: { name: this.#state.identity.value } });
    this.#desk.logOut().catch(() => {});
  }

  leave(): void {
    this.#end("left", "");
  }

  /** To another room of this meeting: page, microphone and camera stay as they are. */
  moveTo(room: string): void {
    const { phase, roomJid } = this.#state;
    if (phase.value.name !== "joined" || room === roomJid.value) return;
    const terminate = this.#link.leaving();
    const old = this.#room;
    // While the link is down this waits with everything else that is to be said.
    if (old) {
      if (terminate) this.#connection.send(iq("set", `${old.jid}/focus`, this.#connection.newId(), terminate));
      this.#connection.send(old.leaving(MOVED));
    }
    this.#goTo(room);
  }

  toggleHand(): void {
    const { handRaisedAt } = this.#state;
    handRaisedAt.value = handRaisedAt.value ? 0 : Date.now();
  }

  async toggleScreen(): Promise<void> {
    if (this.#media.screen.value) return this.#media.stopScreen();
    if (await this.#media.startScreen()) this.#state.notices.show("notify.screenFailed", { kind: "error" });
  }

  /** The sound of a tab or of the whole system, without its picture. */
  async toggleSoundShare(): Promise<void> {
    if (this.#media.screenSound.value) return this.#media.stopScreen();
    const problem = await this.#media.startSoundShare();
    if (problem === "missing") this.#state.notices.show("notify.noScreenSound", { kind: "warning" });
    else if (problem) this.#state.notices.show("notify.screenFailed", { kind: "error" });
  }

  /** Asks the focus and knocks at the room until in, refused, or overtaken by a newer attempt. */
  async #enter(): Promise<void> {
    const entry = ++this.#entry;
    for (let attempt = 0; entry === this.#entry; attempt++) {
      if (attempt > 0) await this.#patience.wait(retryDelayMs(attempt - 1));
      const answer = await this.#desk.ask(this.#state.roomJid.value);
      if (entry !== this.#entry) return;
      if (!answer.ok && (answer.reason === "reservation" || answer.reason === "not-allowed"))
        return this.#refuse(notAllowed(answer.text), answer.text);
      if (!answer.ok || !answer.ready) {
        if (!answer.ok && answer.reason === "not-authorized") {
          await this.#waitForHost();
          // What was waited is enough.
          attempt = -1;
        }
        continue;
      }
      try {
        await this.#join(answer.focusJid);
        return;
      } catch (error) {
        if (entry !== this.#entry || !(error instanceof StanzaError)) return;
        const reaction = reactTo(error, this.#password !== undefined);
        if (reaction.retry) continue;
        if (reaction.lobby !== undefined) return this.#knock(reaction.lobby);
        if (reaction.problem === "full") {
          await this.#waitForPlace();
          attempt = -1;
          continue;
        }
        if (reaction.problem === "name") this.#state.phase.value = { name: "knocking", step: "name" };
        else this.#refuse(reaction.problem, reaction.text);
        return;
      }
    }
  }

  async #waitForHost(): Promise<void> {
    if (this.#state.phase.value.name !== "joined") this.#state.phase.value = { name: "joining", waitingForHost: true };
    await this.#patience.wait(HOST_POLL_MS * (0.9 + Math.random() * 0.2));
  }

  async #waitForPlace(): Promise<void> {
    this.#state.phase.value = { name: "refused", problem: "full", text: "", retryAt: Date.now() + FULL_POLL_MS };
    await this.#patience.wait(FULL_POLL_MS);
  }

  #knock(lobby: string): void {
    if (this.#knocking?.jid === lobby) {
      this.#state.phase.value = { name: "knocking", step: this.#password === undefined ? "asking" : "wrong-password" };
      this.#password = undefined;
      return;
    }
    this.#knocking = new Knocking(lobby, nickFor(this.#connection.jid), this.#connection, this.#state, {
      enter: () => void this.enterWith(),
      refuse: (problem, text) => this.#refuse(problem, text),
      over: (reason) => this.#end("destroyed", reason),
    });
  }

  async #join(focusJid: string | undefined): Promise<void> {
    const { focusUserJid, hiddenDomain } = this.#config;
    const nick = nickFor(this.#connection.jid);
    const recognition = { focusJid: focusJid ?? focusUserJid, hiddenDomain };
    const room: Room = new Room(this.#state.roomJid.value, nick, this.#connection, recognition, this.#roomEvents());
    this.#room = room;
    this.#state.selfId.value = nick;
    await room.join(this.#own(), this.#password);
    this.#stopKnocking();
    this.#state.phase.value = { name: "joined" };
    room.announce(this.#own());
    this.moderation.enter(room);
    for (const each of this.#active) each.entered?.(room);
    this.#people.settle();
  }

  #roomEvents(): RoomEvents {
    const state = this.#state;
    return {
      self: ({ isModerator }) => {
        if (state.isModerator.value === isModerator) return;
        state.isModerator.value = isModerator;
        // Whoever comes first is always one.
        if (isModerator && state.phase.value.name === "joined" && state.occupants.value.size > 0)
          state.notices.show("notify.moderator");
        this.moderation.look();
      },
      occupantChanged: (occupant) => this.#people.changed(occupant),
      occupantLeft: (id, reason) => this.#people.left(id, reason),
      presence: (stanza, occupant) => {
        for (const each of this.#active) each.presence?.(stanza, occupant);
      },
      configured: () => this.moderation.look(),
      invited: (password) => {
        if (state.phase.value.name === "knocking") void this.enterWith(password);
      },
      ended: (how, reason, otherRoom) => {
        if (how === "shut-down") this.#comeBack();
        else if (this.#isAside && otherRoom === this.#desk.room) this.#goTo(otherRoom);
        else this.#end(how, reason);
      },
      subject: (text) => {
        state.subject.value = text;
      },
      muteAsked: (media, by) => this.activities.avModeration.obeyMute(media, by),
      bridgeMissing: () => {
        state.bridgeMissing.value = true;
      },
      jingle: (stanza) => {
        state.bridgeMissing.value = false;
        this.#link.receive(stanza);
      },
    };
  }

  #stanza(stanza: XmlElement): boolean {
    if (stanza.name === "message") this.#told(stanza);
    if (this.#active.some((each) => each.stanza?.(stanza))) return true;
    if (this.#room?.receive(stanza) || this.#knocking?.receive(stanza) || this.moderation.receive(stanza)) return true;
    return stanza.name !== "iq";
  }

  #told(stanza: XmlElement): void {
    const json = readJsonMessage(stanza);
    if (!json) return;
    for (const each of this.#active) each.json?.(json, stanza.attrs.from ?? "");
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
    const { name, handRaisedAt, selfId, ownPresence } = this.#state;
    return {
      name: name.value,
      handRaisedAt: handRaisedAt.value,
      sources: ownSources(selfId.value, sending),
      more: [...ownPresence.value.values()],
    };
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
    this.#people.doubtAll();
    const farewell = this.#room?.leaving();
    if (farewell && this.#connection.state === "connected") this.#connection.send(farewell);
    this.#losePlace();
    this.#link.detach();
    this.#offers.learn(this.#connection, this.#config);
    void this.#enter();
  }

  /** In a breakout room, or on the way to one. */
  get #isAside(): boolean {
    return this.#state.roomJid.value !== this.#desk.room;
  }

  /** Nobody and nothing of the room before is seen or heard in the next. */
  #goTo(room: string): void {
    this.#losePlace();
    this.#link.reset();
    this.#people.clear();
    this.#media.stopScreen();
    this.#desktopKnown = false;
    this.#state.handRaisedAt.value = 0;
    this.#state.subject.value = "";
    this.#state.roomJid.value = room;
    void this.#enter();
  }

  #losePlace(): void {
    this.#room = undefined;
    this.moderation.enter(undefined);
    for (const each of this.#active) each.left?.();
  }

  #stopKnocking(): void {
    this.#knocking?.leave();
    this.#knocking = undefined;
  }

  #refuse(problem: JoinProblem, text: string): void {
    this.#entry++;
    this.#stopKnocking();
    if (this.#isAside) {
      this.#state.notices.show("breakoutRooms.notifications.closed", { kind: "warning" });
      this.#goTo(this.#desk.room);
      return;
    }
    this.#state.phase.value = { name: "refused", problem, text };
  }

  #end(how: "left" | "kicked" | "destroyed", reason: string): void {
    if (this.#state.phase.value.name === "ended") return;
    this.#entry++;
    for (const stop of this.#stop.splice(0)) stop();
    for (const each of this.#active) each.left?.();
    const terminate = this.#link.leaving();
    const room = this.#room;
    this.#stopKnocking();
    const last: XmlElement[] = [];
    if (room && terminate) last.push(iq("set", `${room.jid}/focus`, this.#connection.newId(), terminate));
    if (room) last.push(presence(`${room.jid}/${room.nick}`, "unavailable"));
    this.#link.close();
    this.#connection.close(how === "left" ? last : []);
    this.#media.close();
    this.#state.phase.value = { name: "ended", how, reason };
  }
}

/** The server's own choice of name, when it has the usual form, keeps a resumed person recognisable. */
function nickFor(jid: string): string {
  const start = jid.slice(0, 8);
  if (/^[0-9a-f]{8}$/.test(start)) return start;
  return randomHex(4);
}
