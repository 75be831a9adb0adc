import { onKept } from "../remembered.ts";
import type { Embedder } from "./embedder.ts";
import { onChange } from "./watch.ts";

const COORDINATES = ["clientX", "clientY", "movementX", "movementY", "offsetX", "offsetY", "pageX", "pageY"] as const;
const MORE_COORDINATES = ["x", "y", "screenX", "screenY"] as const;

/** The mouse over the frame, and the buttons of which the embedding page wants to hear. */
export function tellPageEvents({ app, tell }: Embedder): void {
  const where = (event: MouseEvent) =>
    Object.fromEntries([...COORDINATES, ...MORE_COORDINATES].map((name) => [name, event[name]]));
  document.documentElement.addEventListener("mouseenter", (event) => tell("mouse-enter", { event: where(event) }));
  document.documentElement.addEventListener("mouseleave", (event) => tell("mouse-leave", { event: where(event) }));
  let lastAt = 0;
  document.addEventListener("mousemove", (event) => {
    if (event.timeStamp - lastAt < app.config.mouseMoveIntervalMs) return;
    lastAt = event.timeStamp;
    tell("mouse-move", { event: where(event) });
  });
  app.clicks.told = (click) => {
    const { key, preventExecution, participantId } = click;
    if (participantId === undefined) tell("toolbar-button-clicked", { key, preventExecution });
    else tell("participant-menu-button-clicked", { key, participantId, preventExecution });
  };
  onKept((localStorageContent) => tell("local-storage-changed", { localStorageContent }));
  onChange(
    () => app.call.activities.breakoutRooms.rooms.value,
    () => tell("breakout-rooms-updated", { rooms: breakoutRooms(app) }),
  );
}

/** As Jitsi's app keeps them: rooms by id, people by their address in the room. */
export function breakoutRooms({ call }: Embedder["app"]) {
  const { rooms } = call.activities.breakoutRooms;
  return Object.fromEntries(
    rooms.value.map(({ id, jid, name, isMain, people }) => {
      const participants = people.map((each) => {
        const role = each.isModerator ? "moderator" : "participant";
        return [`${jid}/${each.id}`, { jid: each.realJid, role, displayName: each.name }] as const;
      });
      return [id, { id, jid, name, isMainRoom: isMain, participants: Object.fromEntries(participants) }];
    }),
  );
}
