import { randomHex } from "../../protocol/random.ts";

/** What the names of rooms for checks begin with: whoever follows the facts can leave them out. */
export const CHECK_ROOM = "network-check";

/** A name that nobody else has: 96 bits of chance. */
export function newCheckRoom(): string {
  return `${CHECK_ROOM}-${randomHex(12)}`;
}
