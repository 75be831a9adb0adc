import type { MessageInitShape } from "@bufbuild/protobuf";
import type { IdentitySchema, Identity as StoredIdentity } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { personId } from "@veche/proto/ids.ts";

export type AccountRole = "administrator" | "teacher" | "pupil";
export const accountRoles: readonly AccountRole[] = ["administrator", "teacher", "pupil"];

/** Which room a token opens. */
export type RoomClaim = { readonly name: string; readonly isPattern: boolean; readonly tenant: string };

/** Who a stream belongs to, as its sign-in proved. */
export type Identity = {
  readonly kind: "anonymous" | "account" | "token" | "service";
  /** Key of the person in `persons`; the same each time they come, but for the anonymous. "": from the address. */
  readonly person: string;
  /** Name of the account, or the token's user id. */
  readonly userId: string;
  readonly displayName: string;
  readonly email: string;
  readonly avatar: string;
  readonly group: string;
  readonly accountRole: AccountRole | "";
  /** Owner of each room entered: a teacher, an administrator, a token that says so or does not say. */
  readonly isEntitledModerator: boolean;
  /** What a token grants or denies; undefined where it names none. */
  readonly features: Readonly<Record<string, boolean>> | undefined;
  readonly room: RoomClaim | undefined;
  /** 0: never. */
  readonly expiresMs: number;
  readonly isHiddenFromRecorder: boolean;
};

export const anonymous: Identity = {
  kind: "anonymous",
  person: "",
  userId: "",
  displayName: "",
  email: "",
  avatar: "",
  group: "",
  accountRole: "",
  isEntitledModerator: false,
  features: undefined,
  room: undefined,
  expiresMs: 0,
  isHiddenFromRecorder: false,
};

/** Nothing that others see or that rights come from differs. */
export function looksSame(a: Identity, b: Identity): boolean {
  return JSON.stringify({ ...a, expiresMs: 0 }) === JSON.stringify({ ...b, expiresMs: 0 });
}

/** Signed in with an account or a token. */
export function isAuthenticated({ kind }: Identity): boolean {
  return kind === "account" || kind === "token";
}

/** What Jitsi's moderators may do where no token has a word on it. */
export const defaultPermissions = [
  "livestreaming",
  "recording",
  "transcription",
  "outbound-call",
  "create-polls",
  "send-groupchat",
  "send-private-message",
  "flip",
  "live-translation",
  "live-translation-subscribe",
] as const;

/** How somebody is named to themselves: "logged in as". "" for who has not signed in. */
export function shownName({ kind, userId, displayName, email }: Identity, domain: string): string {
  if (kind === "account") return `${userId}@${domain}`;
  return kind === "token" ? ([email, displayName, userId].find((name) => name !== "") ?? "token") : "";
}

/** `bareJid` stands for who has no lasting identity. */
export function personOf(identity: Identity, bareJid: string): string {
  return identity.person === "" ? personId(bareJid) : identity.person;
}

export function identityMessage(identity: Identity): MessageInitShape<typeof IdentitySchema> {
  const { features, room, isEntitledModerator, expiresMs, isHiddenFromRecorder, ...same } = identity;
  return {
    ...same,
    entitledModerator: isEntitledModerator,
    features: { ...features },
    namesFeatures: features !== undefined,
    ...(room ? { room: room.name, roomIsPattern: room.isPattern, tenant: room.tenant } : {}),
    expiresMs: BigInt(expiresMs),
    hiddenFromRecorder: isHiddenFromRecorder,
  };
}

export function readIdentity(stored: StoredIdentity | undefined): Identity {
  if (!stored) return anonymous;
  const { kind, person, userId, displayName, email, avatar, group } = stored;
  const { room, roomIsPattern, tenant } = stored;
  const hasClaim = room !== "" || tenant !== "";
  return {
    kind: kinds.find((known) => known === kind) ?? "anonymous",
    person,
    userId,
    displayName,
    email,
    avatar,
    group,
    accountRole: accountRoles.find((role) => role === stored.accountRole) ?? "",
    isEntitledModerator: stored.entitledModerator,
    features: stored.namesFeatures ? { ...stored.features } : undefined,
    room: hasClaim ? { name: room, isPattern: roomIsPattern, tenant } : undefined,
    expiresMs: Number(stored.expiresMs),
    isHiddenFromRecorder: stored.hiddenFromRecorder,
  };
}

const kinds = ["anonymous", "account", "token", "service"] as const;
