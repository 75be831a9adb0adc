import { toVecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { inSpan } from "@veche/kit/telemetry.ts";
import { type Jid, parseJid } from "../codec/jid.ts";
import { ns } from "../codec/namespaces.ts";
import {
  type Answer,
  badRequest,
  errorOf,
  iqResult,
  refuse,
  relay,
  serviceUnavailable,
  stanzaError,
} from "../codec/rfc6120-stanza.ts";
import { type DiscoInfo, writeInfo } from "../codec/xep0030-disco.ts";
import { type Element, payloadOf } from "../codec/xml/element.ts";
import { focusNick } from "../domain/room.ts";
import type { Domains } from "../domains.ts";
import { occupantJid } from "../rooms/room-stanzas.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { ClientIqs } from "./client-iqs.ts";
import { type Feature, type HostHandler, type Iq, type IqKey, iqKey, type MaybeLater } from "./feature.ts";
import { refuseStanza } from "./refuse.ts";

/** Presences and messages to rooms: see muc-presence.ts and muc-messages.ts. */
export type RoomTraffic = {
  readonly presence: (session: Session, to: Jid, presence: Element) => void;
  readonly message: (session: Session, to: Jid, message: Element) => void;
};

const itemNotFound = stanzaError("cancel", "item-not-found");
const notAcceptable = stanzaError("modify", "not-acceptable", "only who is in the room may do this");
const serverOnly = stanzaError("cancel", "not-allowed", "only the server says this");
const jidMalformed = stanzaError("modify", "jid-malformed");

/** Finds out for whom a client's stanza is. Every IQ gets an answer. */
export class Router {
  readonly #domains: Domains;
  readonly #rooms: Rooms;
  readonly #features: readonly Feature[];
  readonly #hosts: ReadonlyMap<string, HostHandler>;
  readonly #serverOnly: ReadonlySet<IqKey>;
  readonly #traffic: RoomTraffic;
  readonly #clientIqs: ClientIqs;
  readonly #log: Log;

  constructor(given: {
    readonly domains: Domains;
    readonly rooms: Rooms;
    readonly features: readonly Feature[];
    readonly traffic: RoomTraffic;
    readonly clientIqs: ClientIqs;
    readonly log: Log;
  }) {
    this.#domains = given.domains;
    this.#rooms = given.rooms;
    this.#features = given.features;
    this.#hosts = new Map(given.features.flatMap(({ hosts }) => Object.entries(hosts ?? {})));
    this.#serverOnly = new Set(given.features.flatMap(({ neverBetweenOccupants }) => neverBetweenOccupants ?? []));
    this.#traffic = given.traffic;
    this.#clientIqs = given.clientIqs;
    this.#log = given.log;
  }

  /** Whatever a stanza sets off here, its sender gets an answer and everybody else goes on. */
  route(session: Session, stanza: Element): void {
    try {
      // What it sets off in other roles is one trace with it.
      inSpan(stanza.name, "server", {}, () => this.#route(session, stanza));
    } catch (thrown) {
      this.#sendAnswer(session, stanza, stanza.attrs.to ?? this.#domains.main, this.#failure(thrown));
    }
  }

  #route(session: Session, stanza: Element) {
    const address = stanza.attrs.to;
    const to = address === undefined || address === "" ? undefined : parseJid(address);
    if (address !== undefined && address !== "" && !to) return refuseStanza(session, stanza, undefined, jidMalformed);
    if (stanza.attrs.from !== undefined && !this.#isOwn(session, stanza.attrs.from)) {
      return refuseStanza(
        session,
        stanza,
        address,
        stanzaError("auth", "forbidden", "`from` is your own address or left out"),
      );
    }
    if (stanza.name === "iq") return this.#routeIq(session, to, stanza);
    const host = to && this.#hosts.get(to.domain);
    if (host && !(host.hasRooms && to.local !== "")) return this.#tellHost(host, session, to, stanza);
    if (to && this.#isRoom(to)) {
      if (stanza.name === "presence") return this.#traffic.presence(session, to, stanza);
      if (!this.#isTaken(session, to, stanza)) this.#traffic.message(session, to, stanza);
      return;
    }
    if (stanza.name === "message" && to && to.bare !== session.jid.bare) {
      refuseStanza(session, stanza, address, serviceUnavailable);
    }
  }

  /** Is the message to a room one feature's own? */
  #isTaken(session: Session, to: Jid, message: Element): boolean {
    const { type } = message.attrs;
    const room = to.resource === "" && type !== "groupchat" && type !== "error" ? this.#rooms.get(to.bare) : undefined;
    return room !== undefined && this.#features.some(({ roomMessage }) => roomMessage?.(room, session, message));
  }

  #isRoom({ domain }: Jid): boolean {
    return this.#domains.tenantOf(domain) !== undefined || this.#hosts.get(domain)?.hasRooms === true;
  }

  #tellHost(host: HostHandler, session: Session, to: Jid, stanza: Element) {
    if (stanza.attrs.type === "error") return;
    const handle = stanza.name === "presence" ? host.presence : host.message;
    const error = handle ? handle(session, to, stanza) : serviceUnavailable;
    if (error) refuseStanza(session, stanza, to.full, error);
  }

  #isOwn(session: Session, from: string): boolean {
    return from === session.jid.full || from === session.jid.bare;
  }

  #routeIq(session: Session, to: Jid | undefined, iq: Element) {
    const { type, id } = iq.attrs;
    if (id === undefined) return refuseStanza(session, iq, to?.full, badRequest("an IQ has an id"));
    if (type === "result" || type === "error") return this.#routeAnswer(session, to, iq);
    const payload = payloadOf(iq);
    if ((type !== "get" && type !== "set") || !payload) {
      return refuseStanza(session, iq, to?.full, badRequest("an IQ is a get or set with one child, or their answer"));
    }
    const asked: Iq = { iq, type, payload };
    if (!to || this.#domains.isServer(to.full) || to.full === session.jid.bare)
      return this.#askServer(session, to, asked);
    if (to.full === this.#domains.focus) {
      return this.#answer(session, iq, to.full, this.#find(session, asked, "focusComponentIqs"));
    }
    const host = this.#hosts.get(to.domain);
    if (host && !(host.hasRooms && to.local !== "")) {
      const handler = host.iqs?.[iqKey(payload)];
      return this.#answer(session, iq, to.full, handler && (() => handler(session, asked, to)));
    }
    if (!this.#isRoom(to)) return refuseStanza(session, iq, to.full, serviceUnavailable);
    if (to.local === "") return this.#askMucHost(session, to, asked);
    return this.#askRoom(session, to, asked);
  }

  #askServer(session: Session, to: Jid | undefined, asked: Iq) {
    const from = to?.full ?? this.#domains.main;
    if (iqKey(asked.payload) === `query ${ns.discoInfo}` && asked.type === "get") {
      return session.send(iqResult(asked.iq, from, writeInfo(this.#domainInfo(), asked.payload.attrs.node)));
    }
    this.#answer(session, asked.iq, from, this.#find(session, asked, "serverIqs"));
  }

  #domainInfo(): DiscoInfo {
    return {
      identities: [
        { category: "server", type: "im", name: "Veche" },
        ...this.#features.flatMap(({ domainIdentities }) => domainIdentities ?? []),
      ],
      features: [ns.discoInfo, ...this.#features.flatMap(({ domainFeatures }) => domainFeatures ?? [])],
    };
  }

  #askMucHost(session: Session, to: Jid, asked: Iq): void {
    this.#answer(session, asked.iq, to.full, this.#find(session, asked, "mucHostIqs"));
  }

  #find(
    session: Session,
    asked: Iq,
    table: "serverIqs" | "focusComponentIqs" | "mucHostIqs",
  ): (() => MaybeLater<Answer>) | undefined {
    const key = iqKey(asked.payload);
    for (const feature of this.#features) {
      const handler = feature[table]?.[key];
      if (handler) return () => handler(session, asked);
    }
    return undefined;
  }

  /** An outsider is not told whether there is such a room: names are not to be found out by asking. */
  #askRoom(session: Session, to: Jid, asked: Iq) {
    const { iq, payload } = asked;
    const room = this.#rooms.get(to.bare);
    const sender = session.rooms.get(to.bare)?.occupant;
    if (to.resource === "") {
      if (!room || !(sender || isKnownIn(room, session))) return refuseStanza(session, iq, to.full, itemNotFound);
      const handler = this.#features.map(({ roomIqs }) => roomIqs?.[iqKey(payload)]).find((found) => found);
      return this.#answer(session, iq, to.full, handler && (() => handler(room, session, asked)));
    }
    if (!room || !sender) return refuseStanza(session, iq, to.full, notAcceptable);
    if (to.resource === focusNick) return this.#askFocus(room, sender, asked);
    this.#passOn(room, sender, to.resource, iq);
  }

  #askFocus(room: RoomOf, sender: OccupantOf, asked: Iq): void {
    const from = occupantJid(room, focusNick);
    const handler = this.#features
      .map(({ focusOccupantIqs }) => focusOccupantIqs?.[iqKey(asked.payload)])
      .find((found) => found);
    this.#answer(sender.receiver, asked.iq, from, handler && (() => handler(room, sender, asked)));
  }

  #passOn(room: RoomOf, sender: OccupantOf, nick: string, iq: Element) {
    const target = room.occupants.get(nick);
    if (!target) return refuseStanza(sender.receiver, iq, occupantJid(room, nick), itemNotFound);
    const payload = payloadOf(iq);
    if (payload && this.#serverOnly.has(iqKey(payload)))
      return refuseStanza(sender.receiver, iq, occupantJid(room, nick), serverOnly);
    target.receiver.send(relay(iq, occupantJid(room, sender.nick)));
  }

  #routeAnswer(session: Session, to: Jid | undefined, iq: Element): void {
    if (this.#clientIqs.take(session, to?.full, iq)) return;
    const room = to && this.#rooms.get(to.bare);
    const sender = room && session.rooms.get(to.bare)?.occupant;
    const target = sender && room.occupants.get(to.resource);
    if (target) target.receiver.send(relay(iq, occupantJid(room, sender.nick)));
  }

  #answer(session: Session, iq: Element, from: string, ask: (() => MaybeLater<Answer>) | undefined) {
    if (!ask) return refuseStanza(session, iq, from, serviceUnavailable);
    let answered: MaybeLater<Answer>;
    try {
      answered = ask();
    } catch (thrown) {
      return this.#sendAnswer(session, iq, from, this.#failure(thrown));
    }
    if (!(answered instanceof Promise)) return this.#sendAnswer(session, iq, from, answered);
    void answered
      .catch((thrown: unknown) => this.#failure(thrown))
      .then((answer) => this.#sendAnswer(session, iq, from, answer));
  }

  #failure(thrown: unknown): Answer {
    const error = toVecheError(thrown);
    if (error.code === "internal") this.#log.error({ err: thrown }, "a stanza could not be handled");
    return refuse(errorOf(error));
  }

  #sendAnswer(session: Session, iq: Element, from: string, answer: Answer): void {
    if (answer.ok) session.send(iqResult(iq, from, answer.payload));
    else refuseStanza(session, iq, from, answer.error);
  }
}

function isKnownIn(room: RoomOf, session: Session): boolean {
  const affiliation = room.affiliationOf(session.jid.bare);
  return affiliation !== "none" && affiliation !== "outcast";
}
