import type { Domains } from "../domains.ts";
import type { AllRoomHooks } from "../rooms/room-hooks.ts";
import type { OccupantOf, RoomOf } from "../stream/session.ts";

/** Whether moderators have reserved speaking, and whether somebody may all the same. */
export function speakingOf(
  place: { readonly room: RoomOf; readonly occupant: OccupantOf } | undefined,
  hooks: Pick<AllRoomHooks, "policy">,
): { readonly audioModerated: boolean; readonly maySpeak: boolean } {
  const moderated = place && hooks.policy(place.room).avModeration?.find(({ media }) => media === "audio");
  if (!moderated) return { audioModerated: false, maySpeak: true };
  const { room, occupant } = place;
  const isAllowed = moderated.allowed?.includes(occupant.nick) ?? false;
  return { audioModerated: true, maySpeak: isAllowed || room.roleOf(occupant) === "moderator" };
}

/** The hidden are left out; humans are no calls. */
export function countPeople(
  room: RoomOf | undefined,
  { hidden }: Pick<Domains, "hidden">,
): { readonly participants: number; readonly humans: number } {
  let [participants, humans] = [0, 0];
  for (const { bareJid, receiver } of room?.occupants.values() ?? []) {
    if (bareJid.endsWith(`@${hidden}`)) continue;
    participants++;
    if (!receiver.call) humans++;
  }
  return { participants, humans };
}
