import { AvModeration } from "../av-moderation/av-moderation.ts";
import { Chat } from "../chat/chat.ts";
import { BreakoutRooms } from "../breakout-rooms/breakout-rooms.ts";
import { Hands } from "../hands/hands.ts";
import { SpeakerStats } from "../speaker-stats/speaker-stats.ts";
import { Polls } from "../polls/polls.ts";
import type { Activity, CallContext } from "./activity.ts";
import { Permissions } from "./permissions.ts";

/** Everything that happens in a meeting beside membership and media, one line each. */
export function makeActivities(context: CallContext) {
  const breakoutRooms = new BreakoutRooms(context);
  const permissions = new Permissions(context);
  return {
    permissions,
    avModeration: new AvModeration(context),
    chat: new Chat(context, permissions),
    polls: new Polls(context, permissions),
    breakoutRooms,
    hands: new Hands(context),
    speakerStats: new SpeakerStats(context, breakoutRooms),
  } satisfies Readonly<Record<string, Activity>>;
}

export type Activities = ReturnType<typeof makeActivities>;
