import type { AccountRole } from "../stream/identity.ts";

export const scramMechanisms = ["SCRAM-SHA-256", "SCRAM-SHA-1"] as const;
export type ScramMechanism = (typeof scramMechanisms)[number];

/** What is kept of a password (RFC 5802 section 3). */
export type ScramCredential = {
  readonly mechanism: ScramMechanism;
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
};

/** Somebody who may sign in with a password. */
export type Account = {
  /** Local part of the address, prepared. */
  readonly name: string;
  readonly displayName: string;
  readonly email: string;
  readonly role: AccountRole;
  /** Class. */
  readonly group: string;
  readonly credentials: readonly ScramCredential[];
  /** The password was given out and has not been changed by its owner. */
  readonly isOneTimePassword: boolean;
  readonly isDisabled: boolean;
};

/** Where sign-in looks people up; answers from memory. */
export interface AccountLookup {
  find(name: string): Account | undefined;
}
