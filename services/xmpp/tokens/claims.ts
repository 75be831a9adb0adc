import { personId } from "@veche/proto/ids.ts";
import { cut } from "../codec/cut.ts";
import { compilePattern } from "../domain/linear-pattern.ts";
import type { Identity, RoomClaim } from "../stream/identity.ts";

export type ClaimRules = {
  /** "*": any. */
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  readonly leewayMs: number;
};

/** `isExpired` is left to who asks: a token that has run out may still go on with what it began. */
export type ReadClaims =
  | { readonly ok: true; readonly identity: Identity; readonly isExpired: boolean }
  | { readonly ok: false; readonly text: string };

const textLength = 256;
const addressLength = 1_024;
const nameLength = 1_023;
const maxFeatures = 64;
const moderatorAffiliations = ["owner", "moderator", "teacher"];

/** What a token that was signed by somebody we trust says (Jitsi's claims, RFC 7519). */
export function readClaims(claims: unknown, now: number, rules: ClaimRules): ReadClaims {
  if (!isObject(claims)) return bad("Invalid token");
  const { iss, exp, nbf } = claims;
  if (typeof iss !== "string") return bad("'iss' claim is missing");
  if (!isAccepted([iss], rules.issuers)) return bad("Invalid issuer ('iss' claim)");
  if (!isAccepted(namesOf(claims.aud), rules.audiences)) return bad("Invalid audience ('aud' claim)");
  const expiresMs = momentOf(exp);
  const beginsMs = momentOf(nbf);
  if (expiresMs === undefined) return bad("Invalid expiry ('exp' claim)");
  if (beginsMs === undefined) return bad("Invalid beginning ('nbf' claim)");
  if (beginsMs > now + rules.leewayMs) return bad("token not yet valid");
  const room = readRoom(claims);
  if (typeof room === "string") return bad(room);
  const isExpired = expiresMs !== 0 && expiresMs + rules.leewayMs <= now;
  return { ok: true, identity: identityOf(claims, iss, room, expiresMs), isExpired };
}

/** Which room, or what is wrong. */
function readRoom({ room, sub, context }: Record<string, unknown>): RoomClaim | string {
  if (typeof room !== "string" || room === "") return "'room' claim is missing";
  if (room.length > nameLength) return "Invalid room ('room' claim)";
  const settings = isObject(context) && isObject(context.room) ? context.room : {};
  const isPattern = isTrue(settings.regex);
  if (isPattern && room !== "*" && !compilePattern(room)) return "Invalid pattern ('room' claim)";
  const tenant = typeof sub === "string" ? cut(sub, textLength).toLowerCase() : "";
  return { name: room, isPattern: isPattern && room !== "*", tenant };
}

function identityOf(claims: Record<string, unknown>, issuer: string, room: RoomClaim, expiresMs: number): Identity {
  const context = isObject(claims.context) ? claims.context : {};
  const user = isObject(context.user) ? context.user : {};
  const userId = textOf(user.id);
  return {
    kind: "token",
    person: userId === "" ? "" : personId(`${issuer}|${userId}`),
    userId,
    displayName: textOf(user.name),
    email: textOf(user.email),
    avatar: textOf(user.avatar ?? user.avatarURL, addressLength),
    group: textOf(context.group),
    accountRole: "",
    isEntitledModerator: isModerator(claims, user),
    features: readFeatures(context.features),
    room,
    expiresMs,
    isHiddenFromRecorder: isTrue(user["hidden-from-recorder"]),
  };
}

/** Who signed in is a moderator, unless the token has a word on it. */
function isModerator(claims: Record<string, unknown>, user: Record<string, unknown>): boolean {
  const said = [claims.moderator, user.moderator].filter((value) => value !== undefined && value !== null);
  if (typeof user.affiliation === "string") said.push(moderatorAffiliations.includes(user.affiliation.toLowerCase()));
  return said.length === 0 || said.some(isTrue);
}

function readFeatures(features: unknown): Identity["features"] {
  if (!isObject(features)) return undefined;
  const entries = Object.entries(features).slice(0, maxFeatures);
  return Object.fromEntries(entries.map(([name, value]) => [cut(name, textLength), isTrue(value)]));
}

function isAccepted(names: readonly string[], accepted: readonly string[]): boolean {
  return accepted.includes("*") || names.some((name) => accepted.includes(name));
}

function namesOf(audience: unknown): readonly string[] {
  const all = Array.isArray(audience) ? audience : [audience];
  return all.filter((name) => typeof name === "string");
}

/** In milliseconds; 0 where nothing is said, undefined where it is no moment. */
function momentOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return 0;
  const ms = typeof value === "number" ? Math.floor(value * 1000) : Number.NaN;
  return Number.isSafeInteger(ms) && ms >= 0 ? ms : undefined;
}

function textOf(value: unknown, length = textLength): string {
  if (typeof value === "string") return cut(value, length);
  return typeof value === "number" && Number.isFinite(value) ? String(value) : "";
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1 || (typeof value === "string" && /^(true|1)$/i.test(value));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bad(text: string): ReadClaims {
  return { ok: false, text };
}
