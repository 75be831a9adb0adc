/** Who calls and who is called, as headers name them. For every implementation. */
import { makeParty } from "./headers.ts";
import type { Party, Trunk } from "./signalling.ts";

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

/** A trusted trunk knows better than From who calls: by P-Asserted-Identity (RFC 3325). */
export function callerOf(from: Party, asserted: string | undefined, isTrusted: boolean): Party {
  return (isTrusted ? readNameAddress(asserted) : undefined) ?? from;
}

/** By Request-URI; where that names only the account that we registered, by To. Its name stands in To alone. */
export function calledOf(requestUri: Party, to: Party, trunk: Trunk | undefined): Party {
  const isOwnAccount = trunk?.account !== undefined && requestUri.user === trunk.account.user && to.user !== "";
  return isOwnAccount ? to : { ...requestUri, displayName: to.displayName };
}

function hostOf(text: string): string {
  return text.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
}
