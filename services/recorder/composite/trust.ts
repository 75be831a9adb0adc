/** The web role's certificate where a private authority signed it: Node checks it, and Chromium is told its key. */
import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect } from "node:tls";
import { SessionError } from "../session/contract.ts";

const answerMs = 5_000;

/** Base64 of the SHA-256 of the public key, for `--ignore-certificate-errors-spki-list`; undefined where none is needed. */
export async function trustedKeyOf(origin: string, authorityFile: string): Promise<string | undefined> {
  const { protocol, hostname, port } = new URL(origin);
  if (protocol !== "https:" || authorityFile === "") return undefined;
  try {
    const ca = await readFile(authorityFile, "utf8");
    const certificate = await certificateOf(hostname.replace(/^\[|\]$/g, ""), Number(port || 443), ca);
    return spkiHash(certificate);
  } catch (cause) {
    throw new SessionError("join-failed", "the web server has no certificate of the authority that was named", {
      cause,
    });
  }
}

function certificateOf(host: string, port: number, ca: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const isAddress = /^[\d.]+$|:/.test(host);
    const socket = connect({ host, port, ca, servername: isAddress ? undefined : host, timeout: answerMs });
    socket.once("secureConnect", () => {
      resolve(socket.getPeerCertificate().raw);
      socket.destroy();
    });
    socket.once("timeout", () => socket.destroy(new Error("no answer within 5 s")));
    socket.once("error", reject);
  });
}

export function spkiHash(certificate: Buffer): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}
