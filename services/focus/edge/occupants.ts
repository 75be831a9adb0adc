import { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import * as X from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import type { Kind, Occupant, Role, RoomRef, SourceState } from "../domain/conference.ts";
import { avMedia, type Policy } from "../domain/policy.ts";

const kinds: Readonly<Record<number, Kind>> = {
  [X.OccupantKind.MOBILE]: "mobile",
  [X.OccupantKind.SIP]: "sip",
  [X.OccupantKind.RECORDER]: "recorder",
};
const roles: Readonly<Record<number, Role>> = { [X.Role.VISITOR]: "visitor", [X.Role.MODERATOR]: "moderator" };

/** An occupant of the XMPP server's messages as the domain reads it. */
export function toOccupant(occupant: X.Occupant): Occupant {
  const { app = "", version = "", browser = "", os = "" } = occupant.client ?? {};
  return {
    endpoint: occupant.endpoint,
    person: occupant.person,
    kind: kinds[occupant.kind] ?? "web",
    role: roles[occupant.role] ?? "member",
    isOwner: occupant.affiliation === X.Affiliation.OWNER,
    authenticated: occupant.authenticated,
    isEntitled: occupant.entitledModerator,
    isService: occupant.service,
    gateway: occupant.gateway,
    userId: occupant.userId,
    hidden: occupant.hidden,
    profile: { displayName: occupant.displayName, email: occupant.email, phone: occupant.phone },
    statsId: occupant.statsId,
    region: occupant.region,
    features: occupant.features,
    sources: occupant.sources.map(toSourceState),
    raisedHandMs: Number(occupant.raisedHandMs),
    client: { app, version, browser, os },
    interrupted: occupant.interrupted,
  };
}

function toSourceState({ name, muted, videoType }: X.SourceState): SourceState {
  const isDesktop = videoType === VideoType.DESKTOP || videoType === VideoType.DESKTOP_HIGH_FPS;
  return { name, muted, isDesktop };
}

export function toRoomRef(ref: RoomRef | undefined): RoomRef | undefined {
  if (!ref || ref.room === "" || ref.jid === "") return undefined;
  const { tenant, room, name, jid } = ref;
  return { tenant: tenant || "main", room, name, jid };
}

/** Undefined where the XMPP server did not say it. A medium that this version does not know is left out. */
export function toPolicy(policy: X.RoomPolicy | undefined): Policy | undefined {
  if (!policy) return undefined;
  const { startAudioMuted, startVideoMuted, avModeration, breakouts, mainRoom } = policy;
  const moderated = avMedia.flatMap((media) => {
    const found = avModeration.find((one) => one.media === media);
    return found ? [[media, { allowed: found.allowed, by: found.by }] as const] : [];
  });
  return {
    moderated: new Map(moderated),
    startAudioMuted,
    startVideoMuted,
    breakouts: breakouts.flatMap(({ room, occupants, owners }) => {
      const ref = toRoomRef(room);
      return ref ? [{ room: ref, occupants, owners }] : [];
    }),
    mainRoom: mainRoom?.room ?? "",
  };
}

/** What a snapshot says of a room that is there. */
export function toRoomSeen(snapshot: X.RoomSnapshot) {
  return {
    occupants: snapshot.occupants.map(toOccupant),
    policy: toPolicy(snapshot.policy),
    visitors: snapshot.lobby?.visitors.map(toOccupant),
  };
}
