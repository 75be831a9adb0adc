import type { Effect } from "../domain/effects.ts";
import type { FocusEvents, JingleAction } from "../events.ts";

const actionOf: Readonly<Partial<Record<Effect["type"], JingleAction>>> = {
  "initiate-session": "session-initiate",
  "announce-sources": "source-add",
  "withdraw-sources": "source-remove",
  "end-session": "session-terminate",
  "replace-transport": "transport-info",
};

/** Counts what goes to a client as Jingle. */
export function noteJingle(events: FocusEvents, effect: Effect["type"]): void {
  const action = actionOf[effect];
  if (action) events.jingleSent(action);
}

const actionOfRequest: Readonly<Record<string, JingleAction>> = {
  "accept-session": "session-accept",
  "add-sources": "source-add",
  "remove-sources": "source-remove",
  "terminate-session": "session-terminate",
  "restart-ice": "session-info",
  "update-transport": "transport-info",
};

/** Counts what a client said as Jingle. */
export function noteJingleRequest(events: FocusEvents, request: string): void {
  const action = actionOfRequest[request];
  if (action) events.jingleReceived(action);
}
