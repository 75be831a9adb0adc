import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { LiveSettingsWatch } from "@veche/kit/live-settings.ts";
import { focus } from "@veche/proto/subjects.ts";
import { cut } from "../codec/cut.ts";
import { parseJid } from "../codec/jid.ts";
import { readConferenceRequest, writeConferenceAnswer } from "../codec/jitsi-focus.ts";
import { ns } from "../codec/namespaces.ts";
import {
  type Answer,
  answer,
  badRequest,
  errorOf,
  refuse,
  type StanzaError,
  stanzaError,
} from "../codec/rfc6120-stanza.ts";
import { writeInfo } from "../codec/xep0030-disco.ts";
import { el } from "../codec/xml/element.ts";
import type { Config } from "../config.ts";
import type { RoomAddress } from "../domain/room.ts";
import { type Rate, TokenBucket, TokenBuckets } from "../domain/token-bucket.ts";
import type { Domains } from "../domains.ts";
import type { Limits } from "../limits.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Logins } from "../sasl/logins.ts";
import { type Identity, identityMessage, isAuthenticated, shownName } from "../stream/identity.ts";
import type { Session } from "../stream/session.ts";
import type { Sessions } from "../stream/sessions.ts";
import type { TokenAuth } from "../tokens/token-auth.ts";
import { type Feature, type Iq, iqAbout } from "./feature.ts";
import type { FocusRequests } from "./focus-requests.ts";
import { guestsMustSignIn, isShutOut } from "./guests.ts";
import type { JoinQueue } from "./join-queue.ts";
import { holdsIn, roomMismatch } from "./token-room.ts";

export type RulesGiven = { readonly tokens: TokenAuth; readonly domains: Domains };

type Given = RulesGiven & {
  readonly logins: Logins;
  readonly sessions: Sessions;
  readonly settings: LiveSettingsWatch;
  readonly config: Pick<Config, "TOKEN_AUTH_URL">;
  readonly rooms: Rooms;
  readonly queue: JoinQueue;
  readonly focusRequests: FocusRequests;
  readonly clock: Clock;
  readonly limits: Limits;
};

/** The component `focus.<domain>`: who wants to meet asks it to open the room. */
export function conferenceRequest(given: Given): Feature {
  const admission = new RoomCreation(given.clock, given.limits);
  return {
    focusComponentIqs: {
      [iqAbout("conference", ns.focus)]: (session, iq) => request(given, admission, session, iq),
      [iqAbout("query", ns.discoInfo)]: () => answer(writeInfo(componentInfo)),
    },
  };
}

const componentInfo = {
  identities: [{ category: "component", type: "generic", name: "focus" }],
  features: [ns.discoInfo, ns.focus],
};

const notAuthorized = stanzaError("auth", "not-authorized");
const sessionInvalid = stanzaError("auth", "not-acceptable", "the session id is not known any more", [
  el("session-invalid", { xmlns: ns.focus }),
]);

async function request(given: Given, admission: RoomCreation, session: Session, { payload }: Iq): Promise<Answer> {
  const read = readConferenceRequest(payload);
  if (!read.ok) return refuse(read.error);
  const { room, machineUid, sessionId, properties } = read.value;
  session.machineUid = machineUid;
  const jid = parseJid(room);
  const address = jid && jid.resource === "" ? given.rooms.addressOf(jid) : undefined;
  if (!address) return refuse(badRequest(`"${cut(room, 100)}" is no address of a room here`));
  const login = signInAgain(given, session, { machineUid, sessionId });
  if (login === undefined) return refuse(sessionInvalid);
  if (!session.rooms.has(address.jid) && isShutOut(given, session.identity)) return refuse(guestsMustSignIn);
  if (!isKnown(given, address)) {
    const refusal = refuseToOpen(given, session.identity, address);
    if (refusal) return refuse(refusal);
    if (!admission.take(session.arrival.address, address)) return refuse(tooManyRooms);
  }
  given.queue.ask(address.jid);
  try {
    const identity = shownName(session.identity, given.domains.main);
    const message = {
      room: address,
      from: session.jid.full,
      machineUid,
      properties,
      authenticated: isAuthenticated(session.identity),
      identity,
      who: identityMessage(session.identity),
    };
    const decided = await given.focusRequests.ask(focus.requestConference, message);
    const all = { ...decided.properties, ...authenticationProperties(given) };
    return answer(
      writeConferenceAnswer({ ...decided, room: address.jid, sessionId: login, identity, properties: all }),
    );
  } finally {
    given.queue.asked(address.jid);
  }
}

const tooManyRooms = errorOf(
  new VecheError("resource-exhausted", "too many rooms are being opened; try again in a minute"),
);

type Brought = { readonly machineUid: string; readonly sessionId: string };

/**
 * Who signed in with a password gets an id to bring back from this machine; a guest who brings one is who signed in.
 * Returns the id to answer with, "" where there is none; undefined where the one brought is no good.
 */
function signInAgain({ logins, sessions }: Given, session: Session, brought: Brought): string | undefined {
  const { machineUid, sessionId } = brought;
  const { identity } = session;
  const known = sessionId === "" ? undefined : logins.find(sessionId, machineUid);
  if (identity.kind === "account") {
    if (known?.userId === identity.userId) return sessionId;
    return machineUid === "" ? "" : logins.issueOnce(session, machineUid);
  }
  // A token is brought anew each time, and a service has no browser that remembers.
  if (sessionId === "" || identity.kind !== "anonymous") return "";
  if (!known) return undefined;
  sessions.identify(session, known);
  return sessionId;
}

/** Why somebody may not have a room opened; the focus has reasons of its own beside these. */
export function refuseToOpen(given: RulesGiven, identity: Identity, address: RoomAddress): StanzaError | undefined {
  if (!holdsIn(given, identity, address)) return roomMismatch;
  const { tokens, domains } = given;
  const jid = parseJid(address.jid);
  const isMain = jid !== undefined && domains.roomAddress(jid) !== undefined;
  const mustSignIn = tokens.isConfigured && !tokens.allowsEmpty && isMain;
  return mustSignIn && !isAuthenticated(identity) ? notAuthorized : undefined;
}

function authenticationProperties({ settings, tokens, config }: Given): Record<string, string> {
  const isOn = settings.current.secureDomain || tokens.isConfigured;
  const isExternal = tokens.isConfigured && config.TOKEN_AUTH_URL !== "";
  return { authentication: String(isOn), externalAuth: String(isExternal) };
}

/** A class that opens one room together opens one room. */
export function isKnown({ rooms, queue }: Pick<Given, "rooms" | "queue">, { jid }: RoomAddress): boolean {
  return rooms.get(jid) !== undefined || queue.isOpening(jid);
}

/** Rooms of the page that checks a network (services/web/app/src/model/network-check/check-room.ts). */
const checkRoom = /^network-check-[0-9a-f]{24}@/;

type Creations = { readonly perAddress: TokenBuckets; readonly inAll: TokenBucket };

/** A school whose network is being checked still opens its lessons, and the other way round: each is counted by itself. */
class RoomCreation {
  readonly #clock: Clock;
  readonly #people: Creations;
  readonly #checks: Creations;

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    const counted = (perAddress: Rate, inAll: Rate) => ({
      perAddress: new TokenBuckets(perAddress),
      inAll: new TokenBucket(inAll, clock.now()),
    });
    this.#people = counted(limits.roomsPerAddress, limits.roomsInAll);
    this.#checks = counted(limits.checkRoomsPerAddress, limits.checkRoomsInAll);
  }

  take(address: string, { jid }: RoomAddress): boolean {
    const now = this.#clock.now();
    const { perAddress, inAll } = checkRoom.test(jid) ? this.#checks : this.#people;
    return perAddress.take(address, now) && inAll.take(now);
  }
}
