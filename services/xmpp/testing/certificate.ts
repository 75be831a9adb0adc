import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The few shapes of DER (X.690) that a certificate is made of. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  // As few bytes as will do, or parsers that are strict refuse it.
  const { length: n } = content;
  const length = Buffer.from(n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, content]);
}

const sequence = (...contents: readonly Uint8Array[]) => der(0x30, ...contents);
const text = (tag: number, value: string) => der(tag, Buffer.from(value));
const time = (date: Date) =>
  text(
    0x17,
    `${date
      .toISOString()
      .replace(/[-:T]|\..*/g, "")
      .slice(2)}Z`,
  );
const ecdsaWithSha256 = sequence(Buffer.from("06082a8648ce3d040302", "hex"));
const commonName = Buffer.from("0603550403", "hex");
const subjectAltName = Buffer.from("0603551d11", "hex");

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** A certificate that signs itself, for one name and two days. */
export function selfSigned(name: string): { readonly chain: string; readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const dayMs = 24 * 3600 * 1000;
  const subject = sequence(der(0x31, sequence(commonName, text(0x0c, name))));
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
  const names = sequence(subjectAltName, der(0x04, sequence(text(0x82, name))));
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    subject,
    sequence(time(new Date(Date.now() - dayMs)), time(new Date(Date.now() + dayMs))),
    subject,
    publicKey.export({ format: "der", type: "spki" }),
    der(0xa3, sequence(names)),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", toBeSigned, privateKey));
  return {
    chain: pem("CERTIFICATE", sequence(toBeSigned, ecdsaWithSha256, signature)),
    key: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
  };
}

/** A certificate in files, and the settings that name them. */
export class TestCertificate implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "veche-certificate-"));
  readonly env = {
    XMPP_C2S_CERT_FILE: join(this.#directory, "cert.pem"),
    XMPP_C2S_KEY_FILE: join(this.#directory, "key.pem"),
  };

  constructor(name = "meet.jitsi") {
    this.replace(name);
  }

  replace(name: string): void {
    const { chain, key } = selfSigned(name);
    writeFileSync(this.env.XMPP_C2S_CERT_FILE, chain);
    writeFileSync(this.env.XMPP_C2S_KEY_FILE, key);
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true });
  }
}
