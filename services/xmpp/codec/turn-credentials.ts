/**
 * Credentials for TURN servers that share a secret with us (draft-uberti-behave-turn-rest-00 section 2.2, as coturn's
 * `use-auth-secret` reads them): the username says until when they are good, the password proves who made it.
 */
import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "../domain/external-services.ts";

/** `client` keeps the credentials of clients apart; it is not shown. */
export function makeTurnCredentials(secret: string, client: string, expiresMs: number): Credentials {
  const name = createHash("sha256").update(client).digest("hex").slice(0, 12);
  const username = `${Math.floor(expiresMs / 1000)}:${name}`;
  return { username, password: createHmac("sha1", secret).update(username).digest("base64"), expiresMs };
}
