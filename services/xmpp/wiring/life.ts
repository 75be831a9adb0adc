import { keysOf } from "../state/records.ts";
import { type Restored, restore } from "../state/restore.ts";
import type { FeatureParts } from "./features.ts";
import type { PeopleParts } from "./people.ts";
import type { Base, RoomParts } from "./rooms.ts";
import type { StreamParts } from "./streams.ts";

/** All there is. */
export type Parts = Base & RoomParts & PeopleParts & FeatureParts & StreamParts;

/** What becomes of a session is the rooms', the features' and the keeper's business. */
export function followSessions({ sessions, rooms, queue, clientIqs, features, keeper, roleEvents }: Parts): void {
  sessions.listen({
    interrupted: (session) => {
      for (const { room, occupant } of session.rooms.values()) rooms.setInterrupted(room, occupant, true);
    },
    resumed: (session) => {
      for (const { room, occupant } of session.rooms.values()) rooms.setInterrupted(room, occupant, false);
    },
    identified: (session) => {
      for (const { room, occupant } of session.rooms.values()) rooms.refresh(room, occupant);
    },
    ended: (session, reason) => {
      queue.drop(session);
      clientIqs.drop(session);
      for (const { room, occupant } of [...session.rooms.values()]) {
        rooms.leave(room, occupant, reason === "error" ? "timeout" : reason);
        // An account comes back under the same address, and is who it was.
        if (session.identity.kind !== "account") rooms.forget(room, session.jid.bare);
      }
      for (const feature of features) feature.sessionEnded?.(session, reason);
      keeper.sessionGone(session);
    },
    changed: (session, change) => keeper.sessionChanged(session, change),
  });
  rooms.listen({
    opened: (room) => {
      roleEvents.roomOpened(room.address.room);
      queue.opened(room.address.jid);
    },
  });
}

/** Takes up what a process before this one wrote down. */
export async function takeUp(parts: Parts): Promise<Restored> {
  const { bosh, bucket, clock, features, hooks, keeper, limits, log, logins, rooms, sessions, unit } = parts;
  const restored = await restore({
    bucket,
    noteRevision: (key, revision) => parts.writeBehind.noteRevision(key, revision),
    keys: keysOf(unit),
    sessions,
    adoptBosh: (session, state) => bosh.restore(session, state),
    history: limits.history,
    unaskedCallMs: limits.calls.unaskedMs,
    now: clock.now(),
    log,
  });
  for (const room of restored.rooms) {
    const kept = restored.features.get(room.address.jid);
    if (!kept) continue;
    keeper.adoptItems(room, kept);
    hooks.restored(room, kept);
  }
  rooms.takeOver(restored.rooms);
  for (const feature of features) feature.restored?.(restored.features);
  logins.restore(restored.logins);
  return restored;
}

/** Tells of what was taken up, once everybody may be told. */
export function sayTakenUp({ features, roleEvents, rooms }: Parts, restored: Restored): void {
  rooms.sayLost(restored.orphans);
  for (const feature of features) feature.started?.();
  roleEvents.restored({
    sessions: restored.sessions.length,
    rooms: restored.rooms.length,
    occupants: restored.rooms.reduce((sum, room) => sum + room.occupants.size, 0),
    lost: restored.orphans.length,
  });
}

/** Nothing more is heard, asked or timed. */
export function quieten(parts: Parts): void {
  const { bosh, clientIqs, doorway, features, gate, logins, queue, rooms, sessions, tcp, webSocket } = parts;
  doorway.close();
  logins[Symbol.dispose]();
  for (const feature of features) feature.close?.();
  for (const part of [webSocket, tcp, bosh, gate, sessions, rooms, queue, clientIqs]) part?.close();
}
