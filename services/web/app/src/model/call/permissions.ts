import { type ReadonlySignal, signal } from "@preact/signals-core";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import { readPermissions } from "../../protocol/conference/permissions.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import type { Activity, CallContext } from "./activity.ts";
import type { CallState } from "./state.ts";

/** With the names of Jitsi's tokens. */
export type Permission =
  | "send-groupchat"
  | "send-private-message"
  | "create-polls"
  | "recording"
  | "livestreaming"
  | "transcription"
  | "outbound-call";

/** Where the server says nothing, everybody may talk, and moderators may do the rest. */
const EVERYBODYS: ReadonlySet<Permission> = new Set(["send-groupchat", "send-private-message", "create-polls"]);

/** What we may do in this meeting. The server checks it; the page only leaves out what would be refused. */
export class Permissions implements Activity {
  readonly #state: CallState;
  readonly #said = signal<ReadonlyMap<string, boolean>>(new Map());

  constructor({ state }: Pick<CallContext, "state">) {
    this.#state = state;
  }

  get said(): ReadonlySignal<ReadonlyMap<string, boolean>> {
    return this.#said;
  }

  /** Reads signals: whoever asks within a component or an effect follows. */
  allow(permission: Permission): boolean {
    return this.#said.value.get(permission) ?? (EVERYBODYS.has(permission) || this.#state.isModerator.value);
  }

  presence(stanza: XmlElement, { id }: Occupant): void {
    if (id !== this.#state.selfId.value) return;
    const said = readPermissions(stanza);
    if (JSON.stringify([...said]) !== JSON.stringify([...this.#said.value])) this.#said.value = said;
  }
}
