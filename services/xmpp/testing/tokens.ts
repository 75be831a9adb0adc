import { createHmac } from "node:crypto";
import type { Harness } from "./harness.ts";
import type { ScriptedClient } from "./scripted-client.ts";

const appId = "school";
const secret = "the secret of the school's page";

/** A server whose people come with tokens, and guests without. */
export const withTokens = {
  AUTH_TYPE: "jwt",
  JWT_APP_ID: appId,
  JWT_APP_SECRET: secret,
  JWT_ALLOW_EMPTY: "1",
};

/** A token of this user for any room. */
export function tokenOf(id: string, features?: Readonly<Record<string, boolean>>): string {
  const context = { user: { id, name: id }, ...(features ? { features } : {}) };
  const claims = { iss: appId, aud: appId, sub: "*", room: "*", exp: 4_102_444_800, context };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** Signed in with a token. */
export async function withToken(harness: Harness, token: string): Promise<ScriptedClient> {
  const client = await harness.webSocket(`?token=${token}`);
  await client.signIn();
  return client;
}
