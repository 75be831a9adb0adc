import type { AffiliationName } from "./affiliation.ts";
import { isNickname, type RoomAddress } from "./room.ts";
import type { Rate } from "./token-bucket.ts";

export type LobbyLimits = {
  readonly waiters: number;
  readonly nameLength: number;
  readonly presenceBytes: number;
  readonly entriesPerSession: Rate;
};

/** Somebody asks to be let into the lobby. */
export type Knock = {
  readonly nick: string;
  readonly realJid: string;
  readonly displayName: string;
  /** In the room the lobby belongs to. */
  readonly affiliation: AffiliationName;
  readonly isModerator: boolean;
};

export type KnockRefusal =
  | "nick-invalid"
  | "nick-taken"
  | "nick-change"
  | "outcast"
  | "name-missing"
  | "name-long"
  | "full";

export type KnockDecision =
  | { readonly ok: true; readonly isAgain: boolean }
  | { readonly ok: false; readonly reason: KnockRefusal };

/** `present`: real addresses by nickname; `waiters`: how many of them wait. */
export function decideKnock(
  present: ReadonlyMap<string, string>,
  waiters: number,
  knock: Knock,
  limits: LobbyLimits & { readonly nickLength: number },
): KnockDecision {
  const { nick, realJid, displayName, affiliation, isModerator } = knock;
  const holder = present.get(nick);
  if (!isNickname(nick, limits.nickLength)) return refused("nick-invalid");
  if (affiliation === "outcast") return refused("outcast");
  if (!isModerator && displayName.trim() === "") return refused("name-missing");
  if (displayName.length > limits.nameLength) return refused("name-long");
  if (holder !== undefined) return holder === realJid ? { ok: true, isAgain: true } : refused("nick-taken");
  if ([...present.values()].includes(realJid)) return refused("nick-change");
  return !isModerator && waiters >= limits.waiters ? refused("full") : { ok: true, isAgain: false };
}

function refused(reason: KnockRefusal): KnockDecision {
  return { ok: false, reason };
}

/** Node of the lobby's address. The lobbies of all tenants are at one host, so all but the main tenant's say whose they are. */
export function lobbyNode({ tenant, name }: Pick<RoomAddress, "tenant" | "name">): string {
  return tenant === mainTenant && !name.startsWith("[") ? name : `[${tenant}]${name}`;
}

export function readLobbyNode(node: string): Pick<RoomAddress, "tenant" | "name"> {
  const [, tenant, name] = /^\[([^\]]+)\](.+)$/u.exec(node) ?? [];
  return tenant !== undefined && name !== undefined ? { tenant, name } : { tenant: mainTenant, name: node };
}

const mainTenant = "main";
