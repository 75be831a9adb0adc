import type { JsonMessage } from "../../protocol/conference/chat.ts";
import { isComponent, resourceOf } from "../../protocol/xmpp/stanza.ts";
import type { Activity, CallContext } from "../call/activity.ts";

/** What embedding pages send one another through the bridge, by Jitsi's name. */
export const ENDPOINT_TEXT = "endpoint-text-message";

export interface OverheardEvents {
  endpointText(from: string, payload: Readonly<Record<string, unknown>>): void;
  /** From somebody who is no participant: a component or a service. */
  outsider(id: string, message: JsonMessage): void;
}

/** Messages that mean nothing to this page and may mean something to the one around it. */
export class Overheard implements Activity {
  readonly #context: Pick<CallContext, "state">;
  events: OverheardEvents | undefined;

  constructor(context: Pick<CallContext, "state">) {
    this.#context = context;
  }

  endpointMessage(from: string, payload: Readonly<Record<string, unknown>>): void {
    if (payload.name === ENDPOINT_TEXT && this.#context.state.occupants.peek().has(from))
      this.events?.endpointText(from, payload);
  }

  json(message: JsonMessage, from: string): void {
    if (isComponent(from)) this.events?.outsider(resourceOf(from), message);
  }
}
