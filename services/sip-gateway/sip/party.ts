/** Who calls and who is called, as headers name them. For every implementation. */
import { makeParty } from "./headers.ts";
import type { Party } from "./signalling.ts";

/** `"Name" <sip:user@host>` or the address alone; of several the first. Undefined: it is neither. */
export function readNameAddress(value: string | undefined): Party | undefined {
  const match = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<?(?:sips?|tel):(?:([^@>;,]*)@)?([^>;,]*)/i.exec(value ?? "");
  if (!match) return undefined;
  const [, quoted, bare, user, host = ""] = match;
  // A tel: address is a number alone.
  return user === undefined ? makeParty(host, "", quoted ?? bare) : makeParty(user, hostOf(host), quoted ?? bare);
}

/** The address of a header without what follows it; "" where there is none. */
export function uriOf(value: string | undefined): string {
  // A display name may hold anything, also what looks like an address.
  const unnamed = (value ?? "").replace(/"(?:[^"\\]|\\.)*"/g, "");
  return /<([^>]*)>/.exec(unnamed)?.[1] ?? unnamed.split(";", 1)[0]?.trim() ?? "";
}

function hostOf(text: string): string {
  return text.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
}
