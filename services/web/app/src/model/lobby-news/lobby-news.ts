import type { TextKey } from "../../i18n/text-key.ts";
import type { JsonMessage } from "../../protocol/conference/chat.ts";
import { resourceOf } from "../../protocol/xmpp/stanza.ts";
import type { Activity, CallContext } from "../call/activity.ts";

const TEXTS: ReadonlyMap<unknown, TextKey> = new Map([
  ["LOBBY-ACCESS-GRANTED", "lobby.notificationLobbyAccessGranted"],
  ["LOBBY-ACCESS-DENIED", "lobby.notificationLobbyAccessDenied"],
]);

/** Of several moderators each is told what another has decided at the door. */
export class LobbyNews implements Activity {
  readonly #context: CallContext;

  constructor(context: CallContext) {
    this.#context = context;
  }

  json(message: JsonMessage, from: string): void {
    const { isModerator, notices, occupants } = this.#context.state;
    if (message.type !== "lobby-notify" || !isModerator.value) return;
    const by = occupants.value.get(resourceOf(from));
    const text = TEXTS.get(message.event);
    if (!by?.isModerator || !text) return;
    const target = typeof message.name === "string" ? message.name : "";
    notices.show(text, { values: { name: by.name, target } });
  }
}
