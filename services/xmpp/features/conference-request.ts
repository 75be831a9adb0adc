import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { focus } from "@veche/proto/subjects.ts";
import { cut } from "../codec/cut.ts";
import { parseJid } from "../codec/jid.ts";
import { readConferenceRequest, writeConferenceAnswer } from "../codec/jitsi-focus.ts";
import { ns } from "../codec/namespaces.ts";
import { type Answer, answer, badRequest, errorOf, refuse } from "../codec/rfc6120-stanza.ts";
import { writeInfo } from "../codec/xep0030-disco.ts";
import { el } from "../codec/xml/element.ts";
import type { RoomAddress } from "../domain/room.ts";
import { TokenBucket, TokenBuckets } from "../domain/token-bucket.ts";
import type { Limits } from "../limits.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { identityMessage, isAuthenticated } from "../stream/identity.ts";
import type { Session } from "../stream/session.ts";
import { type Feature, type Iq, iqAbout } from "./feature.ts";
import type { FocusRequests } from "./focus-requests.ts";
import type { JoinQueue } from "./join-queue.ts";

type Given = {
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
      [iqAbout("login-url", ns.focus)]: (_session, { payload }) => answer(loginUrl(payload.attrs.room)),
      [iqAbout("logout", ns.focus)]: () => answer(el("logout", { xmlns: ns.focus })),
      [iqAbout("query", ns.discoInfo)]: () => answer(writeInfo(componentInfo)),
    },
  };
}

const componentInfo = {
  identities: [{ category: "component", type: "generic", name: "focus" }],
  features: [ns.discoInfo, ns.focus],
};

function loginUrl(room: string | undefined) {
  const name = cut(room, 1_023).split("@")[0] ?? "";
  return el("login-url", { xmlns: ns.focus, room, url: `./${name}?login=true` });
}

async function request(given: Given, admission: RoomCreation, session: Session, { payload }: Iq): Promise<Answer> {
  const read = readConferenceRequest(payload);
  if (!read.ok) return refuse(read.error);
  const { room, machineUid, sessionId, properties } = read.value;
  session.machineUid = machineUid;
  const jid = parseJid(room);
  const address = jid && jid.resource === "" ? given.rooms.addressOf(jid) : undefined;
  if (!address) return refuse(badRequest(`"${cut(room, 100)}" is no address of a room here`));
  if (!isKnown(given, address) && !admission.take(session.arrival.address)) {
    return refuse(
      errorOf(new VecheError("resource-exhausted", "too many rooms are being opened; try again in a minute")),
    );
  }
  given.queue.ask(address.jid);
  try {
    const message = {
      room: address,
      from: session.jid.full,
      machineUid,
      sessionId,
      properties,
      authenticated: isAuthenticated(session.identity),
      identity: isAuthenticated(session.identity) ? session.jid.bare : "",
      who: identityMessage(session.identity),
    };
    const decided = await given.focusRequests.ask(focus.requestConference, message);
    return answer(writeConferenceAnswer({ ...decided, room: address.jid }));
  } finally {
    given.queue.asked(address.jid);
  }
}

/** A class that opens one room together opens one room. */
function isKnown({ rooms, queue }: Given, { jid }: RoomAddress): boolean {
  return rooms.get(jid) !== undefined || queue.isOpening(jid);
}

class RoomCreation {
  readonly #clock: Clock;
  readonly #perAddress: TokenBuckets;
  readonly #inAll: TokenBucket;

  constructor(clock: Clock, limits: Pick<Limits, "roomsPerAddress" | "roomsInAll">) {
    this.#clock = clock;
    this.#perAddress = new TokenBuckets(limits.roomsPerAddress);
    this.#inAll = new TokenBucket(limits.roomsInAll, clock.now());
  }

  take(address: string): boolean {
    const now = this.#clock.now();
    return this.#perAddress.take(address, now) && this.#inAll.take(now);
  }
}
