/** Who may do what with a recording. Everything is decided here; README.md says it in words. */
import { timingSafeEqual } from "node:crypto";
import type { LibraryGrant, Recording, RecordingLink } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";

/** As a sign-in, a key or a link has proved. */
export type Visitor = {
  /** Account, or a token's user id; empty: none. */
  readonly user: string;
  readonly person: string;
  /** administrator, teacher, pupil; empty without an account. */
  readonly role: string;
  readonly grants: readonly Pick<LibraryGrant, "recording" | "link">[];
  /** SHA-256, hex, of an owner's key that came with the request. */
  readonly keyHash: string;
};

/** `watch`: see, play and fetch it. `change`: also rename it, pass it on by links, delete it. */
export type Right = "none" | "watch" | "change";

export function rightsOn(entry: Recording, visitor: Visitor, nowMs: number): Right {
  if (isAdministrator(visitor) || isOwner(entry, visitor)) return "change";
  if (isSame(visitor.keyHash, entry.ownerKeyHash)) return "change";
  let right: Right = "none";
  for (const { recording, link } of visitor.grants) {
    if (recording !== entry.recording) continue;
    if (link === "") return "change";
    if (entry.links.some((known) => known.id === link && isOpen(known, nowMs))) right = "watch";
  }
  return right;
}

export function isAdministrator({ role }: Visitor): boolean {
  return role === "administrator";
}

/** Teachers have what they began themselves: a lesson of another's is shown to them by a link. */
function isOwner({ owner, ownerPerson }: Recording, { user, person, role }: Visitor): boolean {
  if (ownerPerson !== "") return person === ownerPerson && user !== "";
  return owner !== "" && role !== "" && user === owner;
}

export function isOpen({ expiresMs }: RecordingLink, nowMs: number): boolean {
  return expiresMs === 0n || Number(expiresMs) > nowMs;
}

/** Of two hashes in hex; nothing is equal to nothing. */
export function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length > 0 && left.length === right.length && timingSafeEqual(left, right);
}
