import { createHmac } from "node:crypto";
import type { Trunk } from "./signalling.ts";

/**
 * What our registered contact bears, and calls by it: known to us and the registrar. The same after each start, for calls
 * that come by a registration which was made before.
 */
export function contactTokenOf({ name, account, registers }: Trunk): string | undefined {
  if (!registers || !account) return undefined;
  const { user, domain, password } = account;
  return createHmac("sha256", password).update(`${name} ${user}@${domain}`).digest("hex").slice(0, 24);
}
