/** Standard Webhooks 1.0: https://github.com/standard-webhooks/standard-webhooks, "Verifying webhook authenticity". */
import { createHmac, randomBytes } from "node:crypto";

const prefix = "whsec_";

export function newSecret(): string {
  return prefix + randomBytes(32).toString("base64");
}

export type Signed = {
  readonly id: string;
  /** Of this try. */
  readonly atMs: number;
  readonly body: string;
};

/** The three headers; one signature for each secret, the first secret's first. */
export function signatureHeaders({ id, atMs, body }: Signed, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}
