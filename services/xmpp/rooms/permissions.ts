import type { OccupantOf } from "../stream/session.ts";

/** COMPAT: as the features of Jitsi's tokens are called. */
export type Permission = "send-groupchat" | "send-private-message" | "create-polls";

/** Everybody may, but who came with a token that says no. */
export function permits({ receiver }: OccupantOf, permission: Permission): boolean {
  return receiver.identity.features?.[permission] !== false;
}
