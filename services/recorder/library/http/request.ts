/** What a request says besides its address: who sends it, and from where. */
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { VecheError } from "@veche/kit/errors.ts";
import type { Library } from "../library.ts";
import type { Visitor } from "../rights.ts";
import { hashOf } from "../secrets.ts";

export const cookieName = "veche-library";
export const keyHeader = "x-recording-key";
/** A request that one recorder passes on to another goes no further. */
export const passedHeader = "x-recorder-passed";

export type Asked = {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  readonly ip: string;
};

/** Said by the web role, which drops what clients claim; without it, who is connected. */
export function addressOf({ headers, ip }: Asked): string {
  const forwarded = headers["x-forwarded-for"];
  return typeof forwarded === "string" && isIP(forwarded) !== 0 ? forwarded : ip;
}

export function isSecure({ headers }: Asked): boolean {
  return headers["x-forwarded-proto"] === "https";
}

/** Of the cookie, or of a bearer; empty: none. */
export function sessionSecretOf({ headers }: Asked): string {
  const [, bearer] = /^Bearer +([\w-]{1,64}) *$/i.exec(headers.authorization ?? "") ?? [];
  if (bearer !== undefined) return bearer;
  for (const pair of (headers.cookie ?? "").split(";")) {
    const [name, value] = pair.split("=", 2);
    if (name?.trim() === cookieName) return value?.trim() ?? "";
  }
  return "";
}

export const nobody: Visitor = { user: "", person: "", role: "", grants: [], keyHash: "" };

export async function visitorOf(library: Library, asked: Asked): Promise<Visitor> {
  const secret = sessionSecretOf(asked);
  const session = secret === "" ? undefined : await library.sessions.find(secret);
  const key = asked.headers[keyHeader];
  const keyHash = typeof key === "string" && key !== "" ? hashOf(key.slice(0, 200)) : "";
  if (session === undefined) return { ...nobody, keyHash };
  const { user, person, role, grants } = session;
  return { user, person, role, grants, keyHash };
}

/**
 * A page of another site may send requests with a visitor's cookie, but neither with a body of JSON nor from our origin.
 * Programs send no Origin.
 */
export function refuseForeign({ headers, method }: Asked): void {
  if (method === "GET" || method === "HEAD") return;
  const site = headers["sec-fetch-site"];
  const host = headers["x-forwarded-host"] ?? headers.host;
  const isForeign =
    (typeof site === "string" && site !== "same-origin" && site !== "none") ||
    (headers.origin !== undefined && hostOf(headers.origin) !== host);
  if (isForeign) throw new VecheError("permission-denied", "this is not for pages of other sites");
  const type = headers["content-type"] ?? "";
  const hasBody = method !== "DELETE" || (headers["content-length"] ?? "0") !== "0";
  if (hasBody && !/^application\/json(?:$|\s*;)/i.test(type)) {
    throw new VecheError("invalid-argument", "content-type: expected application/json");
  }
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
