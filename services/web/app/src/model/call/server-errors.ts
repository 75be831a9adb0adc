import { readSettingsError } from "../../protocol/conference/chat.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import type { Activity, CallContext } from "./activity.ts";

/** What the server found wrong with a wish for the room, said to whoever had it. */
export class ServerErrors implements Activity {
  readonly #context: Pick<CallContext, "state">;

  constructor(context: Pick<CallContext, "state">) {
    this.#context = context;
  }

  stanza(stanza: XmlElement): boolean {
    const text = stanza.name === "message" ? readSettingsError(stanza) : undefined;
    if (text === undefined) return false;
    this.#context.state.notices.show("notify.settingsError", { kind: "error", values: { error: text } });
    return true;
  }
}
