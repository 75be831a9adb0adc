/**
 * AWS Signature Version 4 in headers, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html.
 * Six requests are signed, with fixed headers and a body that is at hand: that is these lines of node:crypto, where the
 * libraries for it bring a client of their own (aws4fetch: fetch, which can't say the length of a stream) or thirty
 * packages (@smithy/signature-v4).
 */
import { createHash, createHmac } from "node:crypto";

export type Signing = {
  readonly keyId: string;
  readonly secretKey: string;
  readonly region: string;
  readonly nowMs: number;
};

export type Signable = {
  readonly method: string;
  readonly url: URL;
  /** All that are to be signed but `host` and the two dates; lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, hex. */
  readonly payloadHash: string;
};

/** The same headers and those that prove who sends them. */
export function signed(
  { method, url, headers, payloadHash }: Signable,
  { keyId, secretKey, region, nowMs }: Signing,
): Record<string, string> {
  const time = `${new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, "")}`;
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const all: Record<string, string> = {
    ...headers,
    host: url.host,
    "x-amz-content-sha256": payloadHash,
    "x-amz-date": time,
  };
  const names = Object.keys(all).sort();
  const canonical = [
    method,
    url.pathname,
    canonicalQuery(url),
    ...names.map((name) => `${name}:${(all[name] ?? "").trim().replace(/\s+/g, " ")}`),
    "",
    names.join(";"),
    payloadHash,
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  let key: Buffer = Buffer.from(`AWS4${secretKey}`);
  for (const part of scope.split("/")) key = hmac(key, part);
  const signature = hmac(key, toSign).toString("hex");
  const proof = `Credential=${keyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { ...all, authorization: `AWS4-HMAC-SHA256 ${proof}` };
}

/** A path of any letters as S3 wants it encoded: everything but A-Z a-z 0-9 - . _ ~ and the slash. */
export function encodePath(path: string): string {
  return path.split("/").map(encode).join("/");
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}
