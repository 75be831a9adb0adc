import { AvModeration } from "../av-moderation/av-moderation.ts";
import { Hands } from "../hands/hands.ts";
import type { Activity, CallContext } from "./activity.ts";

/** Everything that happens in a meeting beside membership and media, one line each. */
export function makeActivities(context: CallContext) {
  return {
    avModeration: new AvModeration(context),
    hands: new Hands(context),
  } satisfies Readonly<Record<string, Activity>>;
}

export type Activities = ReturnType<typeof makeActivities>;
