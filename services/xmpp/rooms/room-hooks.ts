import type { MessageInitShape } from "@bufbuild/protobuf";
import type { RoomPolicySchema } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import type { Jid } from "../codec/jid.ts";
import { type StanzaError, stanzaError } from "../codec/rfc6120-stanza.ts";
import type { FormField } from "../codec/xep0004-data-forms.ts";
import type { Element } from "../codec/xml/element.ts";
import type { AffiliationName } from "../domain/affiliation.ts";
import type { EntryRefusal, RoomAddress } from "../domain/room.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { DestroyReason, LeaveReason } from "./room-events.ts";

export type RoomPolicyInit = Partial<Omit<MessageInitShape<typeof RoomPolicySchema>, "$typeName">>;

/** Somebody wants to come in. */
export type EntryRequest = { readonly session: Session; readonly nick: string; readonly presence: Element };

/** What a feature has to do with rooms. Hooks never wait, and what one throws is logged and harms nobody else. */
export type RoomHooks = {
  /** Names its records in the state; the same for ever. */
  readonly name: string;
  /** Rooms whose address the domains alone don't tell: breakout rooms. */
  readonly addressOf?: (jid: Jid) => RoomAddress | undefined;
  /** A reason of its own to keep somebody out, asked before the room's own rules. */
  readonly refuseEntry?: (room: RoomOf, entry: EntryRequest) => StanzaError | undefined;
  /** Lets somebody in whom these rules of the room would keep out. */
  readonly mayPass?: (room: RoomOf, entry: EntryRequest, refusal: EntryRefusal) => boolean;
  /** Adds to the error with which the room's own rules keep somebody out. */
  readonly explainRefusal?: (
    room: RoomOf,
    refusal: EntryRefusal,
    error: StanzaError,
    entry: EntryRequest,
  ) => StanzaError;
  /** Called for a newcomer before any presence is sent to it. */
  readonly welcome?: (room: RoomOf, newcomer: OccupantOf) => void;
  readonly entered?: (room: RoomOf, occupant: OccupantOf) => void;
  /** The client lost track of the room, and gets everything again. */
  readonly enteredAgain?: (room: RoomOf, occupant: OccupantOf) => void;
  /** Its presence changed. */
  readonly updated?: (room: RoomOf, occupant: OccupantOf) => void;
  readonly left?: (room: RoomOf, occupant: OccupantOf, reason: LeaveReason, by: string) => void;
  /** `by`: endpoint of who did it, empty where nobody in the room did. */
  readonly affiliationChanged?: (room: RoomOf, bareJid: string, before: AffiliationName, by: string) => void;
  /** The room was opened now; not called for rooms that were restored. */
  readonly opened?: (room: RoomOf) => void;
  /** Password, lobby, or what another feature changed. */
  readonly configured?: (room: RoomOf, changed: readonly string[], by: string) => void;
  /** The room is about to go; everybody is still in it. */
  readonly destroying?: (room: RoomOf, reason: DestroyReason, by: string) => void;
  readonly destroyed?: (room: RoomOf, reason: DestroyReason) => void;
  /** An empty room stays while this says so. */
  readonly keepsOpen?: (room: RoomOf) => boolean;
  /** XML that the server alone puts into an occupant's presence; `isOwn`: the copy for itself. */
  readonly presenceContent?: (room: RoomOf, occupant: OccupantOf, isOwn: boolean) => string;
  /** Fields of the room's disco form. */
  readonly roomInfo?: (room: RoomOf) => readonly FormField[];
  /** Fields of the owner's form. */
  readonly roomConfig?: (room: RoomOf) => readonly FormField[];
  /** What one occupant is told beside the room's metadata; its keys are of the feature alone. */
  readonly extraMetadata?: (room: RoomOf, occupant: OccupantOf) => Readonly<Record<string, unknown>>;
  /** What other roles have to know. */
  readonly policy?: (room: RoomOf) => RoomPolicyInit;
  /** Who waits to be let in. */
  readonly waiting?: (room: RoomOf) => readonly OccupantOf[];
  /** What the feature had kept of a room, by item, before the process started. */
  readonly restored?: (room: RoomOf, items: ReadonlyMap<string, unknown>) => void;
};

type HookName = Exclude<keyof RoomHooks, "name">;

/** The hooks of all features, called in the order of the list. */
export class AllRoomHooks {
  readonly #failed: (hook: string, error: unknown) => void;
  #all: readonly RoomHooks[] = [];

  constructor(failed: (hook: string, error: unknown) => void) {
    this.#failed = failed;
  }

  use(hooks: readonly RoomHooks[]): void {
    this.#all = hooks;
  }

  addressOf(jid: Jid): RoomAddress | undefined {
    return this.#first("addressOf", (hook) => hook(jid));
  }

  /** A hook that fails keeps people out: it may be there to do so. */
  refuseEntry(room: RoomOf, entry: EntryRequest): StanzaError | undefined {
    for (const { name, refuseEntry } of this.#all) {
      try {
        const error = refuseEntry?.(room, entry);
        if (error) return error;
      } catch (error) {
        this.#failed(`${name}.refuseEntry`, error);
        return stanzaError("wait", "internal-server-error");
      }
    }
    return undefined;
  }

  mayPass(room: RoomOf, entry: EntryRequest, refusal: EntryRefusal): boolean {
    return this.#first("mayPass", (hook) => hook(room, entry, refusal) || undefined) ?? false;
  }

  explainRefusal(room: RoomOf, refusal: EntryRefusal, error: StanzaError, entry: EntryRequest): StanzaError {
    let explained = error;
    this.#each("explainRefusal", (hook) => {
      explained = hook(room, refusal, explained, entry);
    });
    return explained;
  }

  welcome(room: RoomOf, newcomer: OccupantOf): void {
    this.#each("welcome", (hook) => hook(room, newcomer));
  }

  entered(room: RoomOf, occupant: OccupantOf): void {
    this.#each("entered", (hook) => hook(room, occupant));
  }

  enteredAgain(room: RoomOf, occupant: OccupantOf): void {
    this.#each("enteredAgain", (hook) => hook(room, occupant));
  }

  updated(room: RoomOf, occupant: OccupantOf): void {
    this.#each("updated", (hook) => hook(room, occupant));
  }

  left(room: RoomOf, occupant: OccupantOf, reason: LeaveReason, by: string): void {
    this.#each("left", (hook) => hook(room, occupant, reason, by));
  }

  affiliationChanged(room: RoomOf, bareJid: string, before: AffiliationName, by: string): void {
    this.#each("affiliationChanged", (hook) => hook(room, bareJid, before, by));
  }

  opened(room: RoomOf): void {
    this.#each("opened", (hook) => hook(room));
  }

  configured(room: RoomOf, changed: readonly string[], by: string): void {
    this.#each("configured", (hook) => hook(room, changed, by));
  }

  destroying(room: RoomOf, reason: DestroyReason, by: string): void {
    this.#each("destroying", (hook) => hook(room, reason, by));
  }

  destroyed(room: RoomOf, reason: DestroyReason): void {
    this.#each("destroyed", (hook) => hook(room, reason));
  }

  keepsOpen(room: RoomOf): boolean {
    return this.#first("keepsOpen", (hook) => hook(room) || undefined) ?? false;
  }

  presenceContent(room: RoomOf, occupant: OccupantOf, isOwn: boolean): string {
    let content = "";
    this.#each("presenceContent", (hook) => {
      content += hook(room, occupant, isOwn);
    });
    return content;
  }

  roomInfo(room: RoomOf): readonly FormField[] {
    return this.#collect("roomInfo", (hook) => hook(room));
  }

  roomConfig(room: RoomOf): readonly FormField[] {
    return this.#collect("roomConfig", (hook) => hook(room));
  }

  extraMetadata(room: RoomOf, occupant: OccupantOf): Readonly<Record<string, unknown>> {
    let extra: Readonly<Record<string, unknown>> = {};
    this.#each("extraMetadata", (hook) => {
      extra = { ...extra, ...hook(room, occupant) };
    });
    return extra;
  }

  policy(room: RoomOf): RoomPolicyInit {
    let policy: RoomPolicyInit = { passwordProtected: room.password !== "", membersOnly: room.isMembersOnly };
    this.#each("policy", (hook) => {
      policy = { ...policy, ...hook(room) };
    });
    return policy;
  }

  waiting(room: RoomOf): readonly OccupantOf[] {
    return this.#collect("waiting", (hook) => hook(room));
  }

  /** `items` by feature and item. */
  restored(room: RoomOf, items: ReadonlyMap<string, ReadonlyMap<string, unknown>>): void {
    for (const hooks of this.#all) {
      const kept = items.get(hooks.name);
      if (kept) this.#call("restored", hooks, (hook) => hook(room, kept));
    }
  }

  #each<N extends HookName>(name: N, call: (hook: NonNullable<RoomHooks[N]>) => void): void {
    for (const hooks of this.#all) this.#call(name, hooks, call);
  }

  #first<N extends HookName, T>(name: N, call: (hook: NonNullable<RoomHooks[N]>) => T | undefined): T | undefined {
    for (const hooks of this.#all) {
      const found = this.#call(name, hooks, call);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #collect<N extends HookName, T>(name: N, call: (hook: NonNullable<RoomHooks[N]>) => readonly T[]): readonly T[] {
    return this.#all.flatMap((hooks) => this.#call(name, hooks, call) ?? []);
  }

  #call<N extends HookName, T>(name: N, hooks: RoomHooks, call: (hook: NonNullable<RoomHooks[N]>) => T): T | undefined {
    const hook = hooks[name];
    if (!hook) return undefined;
    try {
      return call(hook as NonNullable<RoomHooks[N]>);
    } catch (error) {
      this.#failed(`${hooks.name}.${name}`, error);
      return undefined;
    }
  }
}
