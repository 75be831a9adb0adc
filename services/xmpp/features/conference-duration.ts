import type { Clock } from "@veche/kit/clock.ts";
import type { Config } from "../config.ts";
import type { Domains } from "../domains.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { RoomOf } from "../stream/session.ts";
import type { Feature } from "./feature.ts";

const lookEveryMs = 1_000;
const text = "The meeting has lasted as long as meetings may last here";

type Given = { readonly config: Config; readonly clock: Clock; readonly rooms: Rooms; readonly domains: Domains };

/** Meetings end when they have lasted so long, counted from when the second person came, as their clocks count. */
export function conferenceDuration({ config, clock, rooms, domains }: Given): Feature {
  const limitMs = config.XMPP_MAX_CONFERENCE_DURATION;
  if (limitMs === 0) return {};
  const isOver = (room: RoomOf, now: number) => room.startedMs > 0 && now - room.startedMs >= limitMs;
  const timer = clock.every(lookEveryMs, () => {
    const now = clock.now();
    for (const room of [...rooms.all()]) {
      // A breakout room ends with its main room.
      const isMain = domains.tenantOf(room.address.jid.slice(room.address.jid.indexOf("@") + 1)) !== undefined;
      if (isMain && isOver(room, now)) rooms.destroy(room, "limit", text);
    }
  });
  return { close: () => timer.cancel() };
}
