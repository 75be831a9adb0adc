import type { Activity, CallContext } from "./activity.ts";

/** Everything that happens in a meeting beside membership and media, one line each. */
export function makeActivities(_context: CallContext) {
  return {} satisfies Readonly<Record<string, Activity>>;
}

export type Activities = ReturnType<typeof makeActivities>;
