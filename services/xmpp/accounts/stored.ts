import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { AccountSchema } from "@veche/proto/gen/veche/xmpp/v1/accounts_pb.ts";
import { maxIterations, scramMechanisms } from "../domain/scram.ts";
import { accountRoles } from "../stream/identity.ts";
import type { AccountRecord } from "./account.ts";
import { packCredentials, partBytesAtMost, unpackCredentials } from "./packed.ts";

/** An account as it is held in memory. */
export type HeldAccount = Omit<AccountRecord, "credentials"> & { readonly packed: string };

/** The key of an account in its bucket. */
export function accountKey(name: string): string {
  return Buffer.from(name).toString("base64url");
}

export function nameOfKey(key: string): string {
  return Buffer.from(key, "base64url").toString();
}

export function hold({ credentials, ...account }: AccountRecord): HeldAccount {
  return { ...account, packed: packCredentials(credentials) };
}

export function unhold({ packed, ...account }: HeldAccount): AccountRecord {
  return { ...account, credentials: unpackCredentials(packed) };
}

export function accountMessage(account: Omit<AccountRecord, "revision">): MessageInitShape<typeof AccountSchema> {
  const { name, displayName, email, role, group, createdMs, changedMs, signedOutMs } = account;
  return {
    name,
    displayName,
    email,
    role,
    group,
    credentials: account.credentials.map((credential) => ({
      ...credential,
      salt: Uint8Array.from(credential.salt),
      storedKey: Uint8Array.from(credential.storedKey),
      serverKey: Uint8Array.from(credential.serverKey),
    })),
    oneTimePassword: account.isOneTimePassword,
    disabled: account.isDisabled,
    createdMs: BigInt(createdMs),
    changedMs: BigInt(changedMs),
    signedOutMs: BigInt(signedOutMs),
  };
}

/** A role that this version does not know has the least rights; a credential it does not know is none. */
export function readAccount(stored: MessageShape<typeof AccountSchema>, revision: number): AccountRecord {
  const { name, displayName, email, group } = stored;
  return {
    name,
    displayName,
    email,
    role: accountRoles.find((role) => role === stored.role) ?? "pupil",
    group,
    credentials: stored.credentials.flatMap(({ iterations, salt, storedKey, serverKey, ...kept }) => {
      const mechanism = scramMechanisms.find((known) => known === kept.mechanism);
      const isReadable = [salt, storedKey, serverKey].every(({ length }) => length > 0 && length <= partBytesAtMost);
      if (!mechanism || !isReadable || iterations < 1 || iterations > maxIterations) return [];
      return [{ mechanism, iterations, salt, storedKey, serverKey }];
    }),
    isOneTimePassword: stored.oneTimePassword,
    isDisabled: stored.disabled,
    createdMs: Number(stored.createdMs),
    changedMs: Number(stored.changedMs),
    signedOutMs: Number(stored.signedOutMs),
    revision,
  };
}
