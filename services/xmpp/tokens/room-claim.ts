import { compilePattern, type LinearPattern } from "../domain/linear-pattern.ts";
import type { RoomClaim } from "../stream/identity.ts";

export type ClaimedRoom = {
  /** "main", or the tenant of its address. */
  readonly tenant: string;
  /** As people read it, decoded. */
  readonly name: string;
};

export type TenantRules = {
  /** Is `sub` looked at? */
  readonly isVerified: boolean;
  /** What `sub` may be for rooms of no tenant: the domain, as people and as the server call it. */
  readonly mainNames: readonly string[];
};

/** Patterns are compiled once: `readClaims` has seen that they can be. */
const patterns = new WeakMap<RoomClaim, LinearPattern>();

/** Is that the room the token is for? Names are compared in lower case, tenants by the claim `sub`. */
export function holdsInRoom(claim: RoomClaim, room: ClaimedRoom, rules: TenantRules): boolean {
  return isTenant(claim, room, rules) && isRoom(claim, room.name);
}

function isTenant({ tenant }: RoomClaim, room: ClaimedRoom, { isVerified, mainNames }: TenantRules): boolean {
  if (!isVerified || tenant === "*") return true;
  if (room.tenant !== "main") return tenant === room.tenant.toLowerCase();
  return tenant === "" || mainNames.includes(tenant);
}

function isRoom(claim: RoomClaim, name: string): boolean {
  if (claim.name === "*") return true;
  if (!claim.isPattern) return fold(claim.name) === fold(name);
  let pattern = patterns.get(claim);
  if (!pattern) {
    pattern = compilePattern(claim.name);
    if (!pattern) return false;
    patterns.set(claim, pattern);
  }
  return pattern.test(fold(name));
}

function fold(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}
