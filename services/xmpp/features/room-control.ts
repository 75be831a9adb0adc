import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "@veche/kit/bus.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { RequestContract } from "@veche/proto/contract.ts";
import type { RoomRef } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { FocusPresenceSchema } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { gateway, xmpp } from "@veche/proto/subjects.ts";
import { countPeople } from "../calls/view.ts";
import { parseJid } from "../codec/jid.ts";
import { jsonSourcesFeature } from "../codec/jitsi-json-sources.ts";
import { type MuteMedia, muteNamespaces, writeMute } from "../codec/jitsi-mute.ts";
import {
  type SourceForm,
  writeInitiate,
  writeSourceChange,
  writeTerminateSession,
  writeTransportInfo,
} from "../codec/xep0166-jingle.ts";
import type { Element } from "../codec/xml/element.ts";
import { focusNick, type RoomAddress } from "../domain/room.ts";
import type { Domains } from "../domains.ts";
import type { Limits } from "../limits.ts";
import { affiliationName, snapshotMessage } from "../rooms/occupant-message.ts";
import type { DestroyReason, RoomEvents } from "../rooms/room-events.ts";
import type { AllRoomHooks } from "../rooms/room-hooks.ts";
import { occupantJid } from "../rooms/room-stanzas.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { OccupantOf, RoomOf } from "../stream/session.ts";
import type { ClientIqs } from "./client-iqs.ts";

type Given = {
  readonly bus: Bus;
  readonly unit: string;
  readonly instance: string;
  readonly hostId: string;
  readonly domains: Domains;
  readonly rooms: Rooms;
  readonly events: RoomEvents;
  readonly clientIqs: ClientIqs;
  readonly hooks: AllRoomHooks;
  readonly limits: Pick<Limits, "clientAnswerMs">;
};

/** What the focus has done to rooms and their occupants: everything in `xmpp.*` of proto/subjects.ts. */
export function serveFocus(given: Given): Subscription {
  const { bus, unit } = given;
  const here = { unit };
  const open = [
    ...serveRooms(given),
    bus.serve(xmpp.initiateSession, (q) => toCall(given, gateway.initiateSession, q) ?? invite(given, q), here),
    bus.serve(
      xmpp.announceSources,
      (q) =>
        toCall(given, gateway.announceSources, q) ??
        toOccupant(given, q, (f, form) => writeSourceChange("source-add", q, f, form)),
      here,
    ),
    bus.serve(
      xmpp.withdrawSources,
      (q) =>
        toCall(given, gateway.withdrawSources, q) ??
        toOccupant(given, q, (f, form) => writeSourceChange("source-remove", q, f, form)),
      here,
    ),
    bus.serve(
      xmpp.endSession,
      (q) => toCall(given, gateway.endSession, q) ?? toOccupant(given, q, (f) => writeTerminateSession(q, f)),
      here,
    ),
    bus.serve(
      xmpp.replaceTransport,
      (q) => {
        if (!q.transport) throw new VecheError("invalid-argument", "a transport is wanted");
        if (occupantOf(given, q)[1].receiver.call) throw new VecheError("unimplemented", "a call has no ICE");
        return toOccupant(given, q, (f) => writeTransportInfo(q, f));
      },
      here,
    ),
    bus.serve(
      xmpp.askToMute,
      (q) => toCall(given, gateway.askToMute, q) ?? toOccupant(given, q, () => muteElement(q)),
      here,
    ),
  ];
  return { close: () => open.forEach((subscription) => void subscription.close()) };
}

function serveRooms(given: Given): readonly Subscription[] {
  const { bus, unit, rooms, events, domains, hooks } = given;
  const here = { unit };
  return [
    bus.serve(
      xmpp.snapshot,
      () => ({
        instance: given.instance,
        hostId: given.hostId,
        rooms: [...rooms.all()].map((room) => snapshotMessage(room, events.sequenceOf(room), domains, hooks)),
      }),
      here,
    ),
    bus.serve(
      xmpp.openRoom,
      (q) => {
        const address = addressOf(given, q.room);
        const { room, created } = rooms.open(address, q.presence ?? create(FocusPresenceSchema));
        return { created, snapshot: snapshotMessage(room, events.sequenceOf(room), domains, hooks) };
      },
      here,
    ),
    bus.serve(
      xmpp.setFocusPresence,
      (q) => {
        rooms.setFocus(roomOf(given, q.room), q.presence ?? create(FocusPresenceSchema));
        return {};
      },
      here,
    ),
    bus.serve(
      xmpp.closeRoom,
      (q) => {
        const room = q.room && rooms.get(q.room.jid);
        const there = room && (q.withoutPeople ? countPeople(room, domains).humans : room.occupants.size);
        if (room && q.onlyEmpty && (there || hooks.keepsOpen(room)))
          throw new VecheError("failed-precondition", `in the room "${room.address.jid}" ${there} are left`);
        if (room) rooms.destroy(room, destroyReason(q.reason), q.text);
        return {};
      },
      here,
    ),
    bus.serve(
      xmpp.setAffiliation,
      (q) => {
        const [room, occupant] = occupantOf(given, q);
        const affiliation = affiliationName(q.affiliation);
        if (!affiliation) throw new VecheError("invalid-argument", `affiliation ${q.affiliation} is none`);
        rooms.setAffiliation(room, occupant.bareJid, affiliation);
        return {};
      },
      here,
    ),
    bus.serve(
      xmpp.kickOccupant,
      (q) => {
        const [room, occupant] = occupantOf(given, q);
        rooms.kick(room, occupant, { actor: focusNick, reason: q.reason });
        return {};
      },
      here,
    ),
  ];
}

function destroyReason(reason: string): DestroyReason {
  return reason === "moderator" || reason === "limit" || reason === "operator" ? reason : "empty";
}

/** The focus names a room as it was named to it; a second address of the same room would be two rooms with one id. */
function addressOf({ rooms }: Given, ref: RoomRef | undefined): RoomAddress {
  const jid = parseJid(ref?.jid);
  const address = jid && rooms.addressOf(jid);
  if (!address) throw new VecheError("invalid-argument", `"${ref?.jid ?? ""}" is no address of a room here`);
  const same = rooms.byId(address.room);
  if (same && same.address.jid !== address.jid) {
    throw new VecheError("already-exists", `the room "${address.jid}" is open as "${same.address.jid}"`);
  }
  return address;
}

function roomOf({ rooms }: Given, ref: RoomRef | undefined): RoomOf {
  const room = rooms.get(ref?.jid ?? "");
  if (!room) throw new VecheError("not-found", `there is no room "${ref?.jid ?? ""}"`);
  return room;
}

type Addressed = { readonly room?: RoomRef | undefined; readonly endpoint: string };

function occupantOf(given: Given, { room: ref, endpoint }: Addressed): [RoomOf, OccupantOf] {
  const room = roomOf(given, ref);
  const occupant = room.occupants.get(endpoint);
  if (!occupant) throw new VecheError("not-found", `nobody called "${endpoint}" is in "${room.address.jid}"`);
  return [room, occupant];
}

/** A call's gateway is told as the focus has said it; undefined for who is no call. */
function toCall<Q extends DescMessage, A extends DescMessage>(
  given: Given,
  contract: RequestContract<`rpc.gateway.{gateway}.${string}`, Q, A>,
  request: MessageShape<Q> & Addressed,
): Promise<MessageShape<A>> | undefined {
  const [, { receiver }] = occupantOf(given, request);
  const { bus, limits } = given;
  if (!receiver.call) return undefined;
  const values = { gateway: receiver.call.gateway };
  return bus.request(contract, values, request, { timeoutMs: limits.clientAnswerMs });
}

type Invitation = Parameters<typeof writeInitiate>[0];

function invite(given: Given, request: Invitation): Promise<object> {
  if (!request.transport) throw new VecheError("invalid-argument", "an invitation has a transport");
  const [, occupant] = occupantOf(given, request);
  const { origin } = occupant.receiver.arrival;
  const url = request.channelUrl.startsWith("/") ? origin + request.channelUrl : request.channelUrl;
  return toOccupant(given, request, (focusJid, form) => writeInitiate(request, focusJid, url, form));
}

/** Sent in the order of the requests: nothing is waited for before. */
async function toOccupant(
  given: Given,
  request: Addressed,
  write: (focusJid: string, form: SourceForm) => Element,
): Promise<object> {
  const [room, occupant] = occupantOf(given, request);
  const focusJid = occupantJid(room, focusNick);
  const form = occupant.capabilities.includes(jsonSourcesFeature) ? "json" : "xml";
  await given.clientIqs.ask(occupant.receiver, focusJid, "set", write(focusJid, form));
  return {};
}

function muteElement({ media, room, actor }: { media: string; room?: RoomRef | undefined; actor: string }): Element {
  if (!Object.hasOwn(muteNamespaces, media)) throw new VecheError("invalid-argument", `"${media}" can't be muted`);
  return writeMute(media as MuteMedia, `${room?.jid ?? ""}/${actor}`);
}
