import type { Jid } from "../codec/jid.ts";
import { ns } from "../codec/namespaces.ts";
import {
  type Answer,
  answer,
  done,
  refuse,
  type StanzaError,
  serviceUnavailable,
  stanzaError,
} from "../codec/rfc6120-stanza.ts";
import { writeInfo } from "../codec/xep0030-disco.ts";
import { readJoin } from "../codec/xep0045-muc.ts";
import { type Element, el } from "../codec/xml/element.ts";
import type { Limits } from "../limits.ts";
import type { Breweries } from "../rooms/breweries.ts";
import type { Session } from "../stream/session.ts";
import { type Feature, type HostHandler, type Iq, iqAbout } from "./feature.ts";

type Given = { readonly breweries: Breweries; readonly limits: Limits };

const forbidden = stanzaError("auth", "forbidden", "only services and administrators come in here");
const notFound = stanzaError("cancel", "item-not-found");
const notInside = stanzaError("modify", "not-acceptable", "only who is in the room may do this");
const nickInvalid = stanzaError("modify", "not-acceptable", "a nickname is not empty and not too long");
const nickChange = stanzaError("cancel", "not-acceptable", "a nickname can't be changed");
const nickTaken = stanzaError("cancel", "conflict", "an instance has this name");
const full = stanzaError("wait", "service-unavailable", "too many watch already");
const nobodyTalks = stanzaError("auth", "forbidden", "nobody talks in here");

/** Where programs that watch a deployment of Jitsi find its recorders and bridges: they see them and can do nothing else. */
export function brewery({ breweries, limits }: Given): Feature {
  return {
    hosts: { [breweries.host]: handlerOf(breweries, limits) },
    restored: (kept) => breweries.restored(kept),
    started: () => breweries.sayLost(),
    sessionEnded: (session) => breweries.sessionEnded(session),
    close: () => breweries[Symbol.dispose](),
  };
}

function handlerOf(breweries: Breweries, limits: Limits): HostHandler {
  return {
    presence: (session, to, presence) => receivePresence(breweries, limits, session, to, presence),
    message: (session, to) => {
      if (!mayWatch(session)) return forbidden;
      return breweries.at(to)?.nickOf(session) === undefined ? notInside : nobodyTalks;
    },
    iqs: {
      [iqAbout("query", ns.discoInfo)]: (session, iq, to) => info(breweries, session, iq, to),
      [iqAbout("query", ns.discoItems)]: (session, _iq, to) => items(breweries, session, to),
      [iqAbout("ping", ns.ping)]: (session, _iq, to) => ping(breweries, session, to),
    },
  };
}

/** Accounts of recorders and gateways, and who administers. */
function mayWatch({ identity: { kind, accountRole } }: Session): boolean {
  return kind === "service" || (kind === "account" && accountRole === "administrator");
}

function receivePresence(
  breweries: Breweries,
  limits: Limits,
  session: Session,
  to: Jid,
  presence: Element,
): StanzaError | undefined {
  const { type } = presence.attrs;
  const room = breweries.at(to);
  const nick = room?.nickOf(session);
  if (type === "unavailable") {
    if (room) breweries.leave(room, session);
    return undefined;
  }
  if (type !== undefined) return undefined;
  if (!mayWatch(session)) return forbidden;
  if (!room) return notFound;
  if (nick === undefined) {
    if (to.resource === "" || to.resource.length > limits.entry.nickLength) return nickInvalid;
    if (room.has(to.resource)) return nickTaken;
    if (room.watcherCount >= limits.breweries.watchers) return full;
  } else if (nick !== to.resource) return nickChange;
  if (nick !== undefined && !readJoin(presence)) room.showSelf(session);
  else breweries.enter(room, session, to.resource);
  return undefined;
}

const roomFeatures = ["muc_hidden", "muc_membersonly", "muc_moderated", "muc_persistent", "muc_unsecured"];

function info(breweries: Breweries, session: Session, { payload }: Iq, to: Jid): Answer {
  const features = [ns.discoInfo, ns.discoItems, ns.muc];
  const { node } = payload.attrs;
  if (to.local === "") {
    return answer(
      writeInfo({ identities: [{ category: "conference", type: "text", name: "Breweries" }], features }, node),
    );
  }
  if (!mayWatch(session)) return refuse(forbidden);
  const room = breweries.at(to);
  if (!room) return refuse(notFound);
  if (to.resource !== "") return refuse(serviceUnavailable);
  const identities = [{ category: "conference", type: "text", name: room.address.name }];
  return answer(writeInfo({ identities, features: [...features, ...roomFeatures] }, node));
}

/** The rooms; or those who are in one. */
function items(breweries: Breweries, session: Session, to: Jid): Answer {
  if (!mayWatch(session)) return refuse(forbidden);
  const room = breweries.at(to);
  if (to.local !== "" && !room) return refuse(notFound);
  if (to.resource !== "") return refuse(serviceUnavailable);
  const jids = room
    ? room.instances.map((instance) => `${room.address.jid}/${instance}`)
    : breweries.rooms.map(({ address }) => address.jid);
  return answer(
    el(
      "query",
      { xmlns: ns.discoItems },
      jids.map((jid) => el("item", { jid })),
    ),
  );
}

/** XEP-0410: who is in finds out that it still is. */
function ping(breweries: Breweries, session: Session, to: Jid): Answer {
  if (to.local === "") return done;
  const nick = breweries.at(to)?.nickOf(session);
  if (nick === undefined) return refuse(notInside);
  return to.resource === nick ? done : refuse(serviceUnavailable);
}
