export type AffiliationName = "outcast" | "none" | "member" | "admin" | "owner";
export type RoleName = "none" | "visitor" | "participant" | "moderator";

export const affiliationNames: readonly AffiliationName[] = ["outcast", "none", "member", "admin", "owner"];
export const roleNames: readonly RoleName[] = ["none", "visitor", "participant", "moderator"];

export function roleOf(affiliation: AffiliationName): RoleName {
  if (affiliation === "owner" || affiliation === "admin") return "moderator";
  return affiliation === "outcast" ? "none" : "participant";
}
