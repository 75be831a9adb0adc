import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { type CallOccupantSchema, CallState } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { moderationType } from "../codec/jitsi-av-moderation.ts";
import { writeShownCall } from "../codec/jitsi-jigasi.ts";
import { readJsonMessage } from "../codec/jitsi-json-message.ts";
import { relayedPresence } from "../codec/jitsi-presence.ts";
import { ns } from "../codec/namespaces.ts";
import { mucStatus } from "../codec/xep0045-muc.ts";
import { childOf, type Element, el } from "../codec/xml/element.ts";
import type { Domains } from "../domains.ts";
import type { AllRoomHooks } from "../rooms/room-hooks.ts";
import { Throttle } from "../rooms/throttle.ts";
import type { KeptCall, OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { EndReason, Sessions } from "../stream/sessions.ts";
import { CallClient, statusesOf } from "./call-client.ts";
import type { CallLimits, Showing, Wish } from "./fields.ts";
import { openingRefusalOf, refusalOf } from "./refusals.ts";
import { countPeople, speakingOf } from "./view.ts";

export type CallOccupantInit = MessageInitShape<typeof CallOccupantSchema>;

export type CallGiven = {
  readonly domains: Domains;
  readonly hooks: AllRoomHooks;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly limits: { readonly calls: CallLimits };
  readonly log: Log;
  readonly route: (session: Session, stanza: Element) => void;
  /** Process of the server. */
  readonly instance: string;
  /** Somebody asks it something by an IQ. */
  readonly answer: (session: Session, iq: Element) => void;
  readonly say: (gateway: string, occupant: CallOccupantInit) => void;
};

type Standing = { readonly state: CallState; readonly reason: string; readonly text: string };

const waiting: Standing = { state: CallState.WAITING, reason: "", text: "" };
const inLobby: Standing = { state: CallState.LOBBY, reason: "", text: "" };
const inside: Standing = { state: CallState.INSIDE, reason: "", text: "" };

/** Why a call is out whose session has ended. */
const outReasons: Readonly<Record<EndReason, string>> = {
  client: "client",
  timeout: "timeout",
  replaced: "replaced",
  error: "timeout",
};

/** One telephone call: what its gateway wants, done as a client does it, and what became of it. */
export class Call {
  readonly session: Session;
  readonly kept: KeptCall;
  /** When its gateway asked for it last. */
  askedMs: number;
  readonly #given: CallGiven;
  readonly #client: CallClient;
  readonly #counts: Throttle;
  #wish: Wish | undefined;
  #showing: Showing | undefined;
  #standing = waiting;
  /** A moderator has let it in; it may be on its way. */
  #isAdmitted = false;
  #triedPassword = "";
  #coming: Promise<void> | undefined;
  #revision = 0;
  #said = "";

  constructor(session: Session, kept: KeptCall, given: CallGiven) {
    this.session = session;
    this.kept = kept;
    this.#given = given;
    this.askedMs = given.clock.now();
    this.#counts = new Throttle(given.clock, given.limits.calls.countsPerCall);
    this.#client = new CallClient(session, given, {
      asked: (iq) => given.answer(session, iq),
      told: (message) => this.#told(message),
      shown: () => this.#tell(),
      left: (presence) => this.#left(presence),
    });
    if (this.#place) this.#standing = inside;
  }

  get #place(): { readonly room: RoomOf; readonly occupant: OccupantOf } | undefined {
    return this.session.rooms.get(this.kept.room.jid);
  }

  get isOut(): boolean {
    return this.#standing.state === CallState.OUT;
  }

  /** Comes in, or goes on where it is; what is under way is not begun twice. */
  async enter(wish: Wish): Promise<CallOccupantInit> {
    this.askedMs = this.#given.clock.now();
    this.#wish = wish;
    this.#showing = wish.showing;
    if (!this.isOut && !this.session.link) this.#client.attach();
    if (!this.isOut) await this.#advance();
    return this.#tell();
  }

  update(showing: Showing): void {
    if (this.isOut) throw new VecheError("not-found", `the call "${this.kept.call}" is in no room`);
    // What else it shows is known once its gateway has asked for it.
    if (!this.#wish) throw new VecheError("unavailable", "the server has started anew: enter-room comes first");
    this.#showing = showing;
    this.#show();
  }

  /** The server or the gateway ends it. */
  end(reason: "client" | "timeout"): void {
    this.#given.sessions.end(this.session, reason);
  }

  sessionEnded(reason: EndReason): void {
    this.#client.close();
    if (!this.isOut) this.#out(outReasons[reason], "");
  }

  /** Others came or went. */
  countChanged(): void {
    this.#counts.run(() => {
      if (this.#standing.state === CallState.INSIDE) this.#tell();
    });
  }

  #advance(): Promise<void> {
    this.#coming ??= this.#come().finally(() => {
      this.#coming = undefined;
    });
    return this.#coming;
  }

  async #come(): Promise<void> {
    const { password = "" } = this.#wish ?? {};
    const { state } = this.#standing;
    if (state === CallState.INSIDE) return this.#show();
    const waitsStill = state === CallState.LOBBY && !this.#isAdmitted && password === this.#triedPassword;
    if (!waitsStill && (state === CallState.LOBBY || (await this.#openRoom()))) await this.#enterRoom(password);
  }

  /** Asks the focus for the conference, as every client does first; false where it has not begun. */
  async #openRoom(): Promise<boolean> {
    const { machineUid } = this.session;
    const request = el("conference", { xmlns: ns.focus, room: this.kept.room.jid, "machine-uid": machineUid });
    const answer = await this.#client.ask(this.#given.domains.focus, request);
    const isReady = childOf(answer, "conference", ns.focus)?.attrs.ready === "true";
    const refusal = answer.attrs.type === "error" ? openingRefusalOf(answer) : undefined;
    if (refusal) throw refusal;
    return isReady;
  }

  async #enterRoom(password: string): Promise<void> {
    this.#triedPassword = password;
    const { room, endpoint } = this.kept;
    const outcome = await this.#client.enter(`${room.jid}/${endpoint}`, this.#content(), password);
    if (this.isOut) return;
    if (outcome.attrs.type !== "error") return this.#entered();
    const lobbyJid = lobbyOf(outcome);
    if (lobbyJid === undefined) throw refusalOf(outcome, password !== "");
    if (this.#standing.state !== CallState.LOBBY) return this.#knock(lobbyJid);
    // It tried another password than before, and goes on waiting.
    if (password !== "") throw new VecheError("permission-denied", "the password is wrong");
  }

  #entered() {
    // It may have been sent away in the same moment.
    if (!this.#place) return this.#leave("client");
    this.#standing = inside;
    this.#show();
  }

  async #knock(lobbyJid: string): Promise<void> {
    const outcome = await this.#client.enter(`${lobbyJid}/${this.kept.endpoint}`, this.#content(), "");
    if (this.isOut) return;
    if (outcome.attrs.type === "error") throw refusalOf(outcome, false);
    this.#isAdmitted = false;
    this.#standing = inLobby;
  }

  #content(): readonly Element[] {
    const { displayName = "", region = "", headers = {} } = this.#wish ?? {};
    const showing = this.#showing ?? { audioMuted: false, raisedHandMs: 0, status: "" };
    return writeShownCall({ endpoint: this.kept.endpoint, displayName, region, headers, ...showing });
  }

  /** Where something of it differs from what the room has. */
  #show() {
    const place = this.#place;
    const content = this.#content();
    if (!place || place.occupant.payload === relayedPresence(el("presence", {}, content))) return;
    this.#client.show(`${this.kept.room.jid}/${this.kept.endpoint}`, content);
  }

  #told(message: Element) {
    const user = childOf(message, "x", ns.mucUser);
    if (user && childOf(user, "invite") && this.#standing.state === CallState.LOBBY) return this.#admitted();
    const json = readJsonMessage(message);
    if (json.ok && json.value.type === moderationType) this.#tell();
  }

  /** It may go in: at once, or where the door is shut for another reason, when its gateway asks again. */
  #admitted(): void {
    this.#isAdmitted = true;
    const before = this.#coming ?? Promise.resolve();
    void before
      .catch(() => {})
      .then(() => (this.isOut ? undefined : this.#advance()))
      .catch((err: unknown) => {
        const { call, room } = this.kept;
        this.#given.log.info({ call, room: room.room, err }, "a call that was let in could not enter");
      })
      .then(() => this.#tell());
  }

  #left(presence: Element) {
    const { state } = this.#standing;
    const isLobby = !presence.attrs.from?.startsWith(`${this.kept.room.jid}/`);
    if (this.isOut || state === (isLobby ? CallState.INSIDE : CallState.LOBBY)) return;
    const user = childOf(presence, "x", ns.mucUser);
    const destroyed = user && childOf(user, "destroy");
    const statuses = statusesOf(presence);
    const isSentAway = statuses.includes(mucStatus.kicked) || statuses.includes(mucStatus.banned);
    const item = user && childOf(user, "item");
    if (isSentAway) return this.#leave(isLobby ? "rejected" : "kicked", item && childOf(item, "reason")?.getText());
    if (destroyed && isLobby && destroyed.attrs.jid) return this.#lobbyClosed();
    if (destroyed) return this.#leave("ended", childOf(destroyed, "reason")?.getText());
    // Out of a lobby goes who has come in.
    if (!isLobby) this.#leave("client");
  }

  /** The room is open to all now. */
  #lobbyClosed(): void {
    this.#standing = waiting;
    this.#admitted();
  }

  /** It was made to leave: its client goes. */
  #leave(reason: string, text = ""): void {
    this.#out(reason, text);
    this.#given.sessions.end(this.session, "client");
  }

  #out(reason: string, text: string): void {
    this.#standing = { state: CallState.OUT, reason, text };
    this.#tell();
  }

  /** How it stands; its gateway hears of it where that is new. */
  #tell(): CallOccupantInit {
    const { kept } = this;
    const place = this.#standing.state === CallState.INSIDE ? this.#place : undefined;
    const news = {
      ...this.#standing,
      ...speakingOf(place, this.#given.hooks),
      ...countPeople(place?.room, this.#given.domains),
    };
    const text = JSON.stringify(news);
    const isNew = text !== this.#said;
    this.#said = text;
    if (isNew) this.#revision++;
    const occupant = {
      ...news,
      call: kept.call,
      revision: BigInt(this.#revision),
      instance: this.#given.instance,
      room: kept.room,
      endpoint: kept.endpoint,
    };
    if (isNew) this.#given.say(kept.gateway, occupant);
    return occupant;
  }
}

/** Where it may wait to be let in. */
function lobbyOf(refusal: Element): string | undefined {
  const error = childOf(refusal, "error");
  return error && childOf(error, "lobbyroom")?.getText();
}
