import type { ScramCredential } from "../domain/scram.ts";
import type { AccountRole } from "../stream/identity.ts";

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

/** An account as it is kept. */
export type AccountRecord = Account & {
  readonly createdMs: number;
  readonly changedMs: number;
  /** Streams and logins that began before this are over. */
  readonly signedOutMs: number;
  /** Another one each time the account changes. */
  readonly revision: number;
};
