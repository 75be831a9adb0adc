import type { FocusPresence, SourceState } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { type AffiliationName, type RoleName, roleOf } from "./affiliation.ts";

export type RoomAddress = {
  readonly tenant: string;
  /** Room id of the events. */
  readonly room: string;
  readonly name: string;
  readonly jid: string;
};

/** What an occupant's last presence says, as far as other roles care. */
export type OccupantFacts = {
  readonly displayName: string;
  readonly email: string;
  readonly statsId: string;
  readonly region: string;
  readonly sources: readonly Pick<SourceState, "name" | "muted" | "videoType">[];
  readonly raisedHandMs: number;
  readonly features: readonly string[];
};

/** Somebody in a room. `R` is whatever stanzas are handed to. */
export type Occupant<R> = {
  readonly nick: string;
  readonly realJid: string;
  readonly bareJid: string;
  readonly joinedMs: number;
  /** Grows with each join. */
  readonly order: number;
  receiver: R;
  facts: OccupantFacts;
  /** From its capabilities. */
  capabilities: readonly string[];
  /** Children of its presence, as relayed. */
  payload: string;
  isInterrupted: boolean;
};

export type HistoryEntry = {
  readonly number: number;
  readonly from: string;
  readonly id: string;
  readonly payload: string;
  readonly sentMs: number;
  /** Person who said it. */
  readonly author: string;
};

export class Room<R> {
  readonly address: RoomAddress;
  readonly meetingId: string;
  readonly createdMs: number;
  /** When the second person came; 0 before. */
  startedMs = 0;
  password = "";
  isMembersOnly = false;
  subject = "";
  subjectFrom = "";
  focus: FocusPresence | undefined;
  readonly affiliations = new Map<string, AffiliationName>();
  readonly occupants = new Map<string, Occupant<R>>();
  readonly history: HistoryEntry[] = [];
  #order = 0;
  #historyNumber = 0;

  constructor(address: RoomAddress, meetingId: string, createdMs: number) {
    this.address = address;
    this.meetingId = meetingId;
    this.createdMs = createdMs;
  }

  affiliationOf(bareJid: string): AffiliationName {
    return this.affiliations.get(bareJid) ?? "none";
  }

  roleOf(occupant: Occupant<R>): RoleName {
    return roleOf(this.affiliationOf(occupant.bareJid));
  }

  setAffiliation(bareJid: string, affiliation: AffiliationName): void {
    if (affiliation === "none") this.affiliations.delete(bareJid);
    else this.affiliations.set(bareJid, affiliation);
  }

  withBareJid(bareJid: string): readonly Occupant<R>[] {
    return [...this.occupants.values()].filter((occupant) => occupant.bareJid === bareJid);
  }

  nextOrder(): number {
    return ++this.#order;
  }

  add(occupant: Occupant<R>): void {
    this.#order = Math.max(this.#order, occupant.order);
    this.occupants.set(occupant.nick, occupant);
  }

  remember(entry: Omit<HistoryEntry, "number">, limits: HistoryLimits): HistoryEntry {
    const numbered = { ...entry, number: ++this.#historyNumber };
    this.#keep(numbered, limits);
    return numbered;
  }

  /** Takes a message out of the history. */
  forget(entry: HistoryEntry): void {
    const index = this.history.indexOf(entry);
    if (index >= 0) this.history.splice(index, 1);
  }

  /** What was remembered before a restart; in any order. */
  restoreHistory(entries: readonly HistoryEntry[], limits: HistoryLimits): void {
    for (const entry of [...entries].sort((a, b) => a.number - b.number)) {
      this.#historyNumber = Math.max(this.#historyNumber, entry.number);
      this.#keep(entry, limits);
    }
  }

  #keep(entry: HistoryEntry, { messages, characters }: HistoryLimits): void {
    this.history.push(entry);
    let kept = this.history.reduce((sum, { payload }) => sum + payload.length, 0);
    while (this.history.length > messages || kept > characters) kept -= this.history.shift()?.payload.length ?? kept;
  }
}

export type HistoryLimits = { readonly messages: number; readonly characters: number };

export type Candidate = {
  readonly nick: string;
  readonly bareJid: string;
  readonly realJid: string;
  readonly password: string | undefined;
  readonly isHidden: boolean;
};

export type EntryRules = { readonly members: number; readonly nickLength: number };

export type Entry =
  | { readonly ok: true; readonly isAgain: boolean }
  | {
      readonly ok: false;
      readonly reason: EntryRefusal;
    };

export type EntryRefusal =
  | "nick-invalid"
  | "nick-taken"
  | "nick-change"
  | "outcast"
  | "password"
  | "members-only"
  | "full";

const nickname = /^[a-zA-Z0-9][a-zA-Z0-9_]*$/;

/**
 * May they come in? A correct password also opens a room for members only; owners and members need neither, and recorders
 * not even a free place.
 */
export function decideEntry<R>(room: Room<R>, candidate: Candidate, rules: EntryRules): Entry {
  const { nick, bareJid, realJid, password, isHidden } = candidate;
  if (!isNickname(nick, rules.nickLength)) return refused("nick-invalid");
  const holder = room.occupants.get(nick);
  if (holder) return holder.realJid === realJid ? { ok: true, isAgain: true } : refused("nick-taken");
  if ([...room.withBareJid(bareJid)].some((occupant) => occupant.realJid === realJid)) return refused("nick-change");
  const affiliation = room.affiliationOf(bareJid);
  if (affiliation === "outcast") return refused("outcast");
  const isKnown = affiliation !== "none" || isHidden;
  const hasPassword = room.password !== "" && password === room.password;
  if (room.isMembersOnly && !isKnown && !hasPassword) return refused("members-only");
  if (room.password !== "" && !isKnown && !hasPassword) return refused("password");
  const isFull = room.occupants.size >= rules.members && !isHidden;
  return isFull ? refused("full") : { ok: true, isAgain: false };
}

export function isNickname(nick: string, maxLength: number): boolean {
  return nick.length <= maxLength && nickname.test(nick) && nick.toLowerCase() !== focusNick;
}

/** COMPAT: Jitsi's clients know the focus by this nickname. */
export const focusNick = "focus";

function refused(reason: EntryRefusal): Entry {
  return { ok: false, reason };
}
