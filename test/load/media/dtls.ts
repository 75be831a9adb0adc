/** DTLS 1.2 with use_srtp (RFC 5764), as the client. The only file that knows the library. */
import { createHash, X509Certificate } from "node:crypto";
import { CipherContext, DtlsClient, HashAlgorithm, NamedCurveAlgorithm, SignatureAlgorithm } from "werift";
import { type MasterKey, profiles, type SrtpProfile } from "./srtp.ts";

type OwnCertificate = Awaited<ReturnType<typeof CipherContext.createSelfSignedCertificateWithKey>>;

/** A certificate and what signalling says of it (RFC 8122). */
export type Identity = OwnCertificate & { readonly fingerprint: string };

export type SrtpKeys = { readonly profile: SrtpProfile; readonly own: MasterKey; readonly theirs: MasterKey };

/** RFC 5764 4.1.2 and RFC 7714 14.2, best first. */
const srtpProfiles = [
  { id: 7, name: "AEAD_AES_128_GCM" },
  { id: 1, name: "AES_CM_128_HMAC_SHA1_80" },
] as const;
const handshakeMs = 15_000;
const recordHeaderBytes = 13;
const handshakeRecord = 22;
/** libwebrtc's first pause before it says hello again, doubled each time; the library alone waits half a second. */
const helloAgainMs = 50;

export async function makeIdentity(): Promise<Identity> {
  const made = await CipherContext.createSelfSignedCertificateWithKey(
    { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
    NamedCurveAlgorithm.secp256r1_23,
  );
  return { ...made, fingerprint: new X509Certificate(made.certPem).fingerprint256 };
}

/** One handshake over datagrams that somebody else carries. */
export class Dtls {
  readonly #client: DtlsClient;
  readonly #receive: (datagram: Buffer) => void;
  readonly #send: (datagram: Buffer) => void;
  /** While nothing has been heard. */
  #hello: Buffer | undefined;
  #isHeard = false;
  readonly #seen = new Set<string>();

  constructor({ certPem, keyPem, signatureHash }: Identity, send: (datagram: Buffer) => void) {
    const transport = {
      type: "udp",
      address: { address: "127.0.0.1", port: 0, family: "IPv4" },
      closed: false,
      onData: (_: Buffer, __: readonly [string, number]) => {},
      send: async (datagram: Buffer) => {
        this.#hello ??= datagram;
        send(datagram);
      },
      close: async () => {},
    };
    this.#send = send;
    this.#client = new DtlsClient({
      transport,
      cert: certPem,
      key: keyPem,
      signatureHash,
      srtpProfiles: srtpProfiles.map(({ id }) => id),
      extendedMasterSecret: true,
    });
    this.#receive = (datagram) => transport.onData(datagram, ["127.0.0.1", 0]);
  }

  receive(datagram: Buffer): void {
    this.#isHeard = true;
    // The library begins anew with a flight that comes again, in the middle of its answer to the first.
    const fresh = recordsOf(datagram).filter((record) => {
      const name = handshakeNameOf(record);
      if (name === undefined) return true;
      const isFresh = !this.#seen.has(name);
      this.#seen.add(name);
      return isFresh;
    });
    if (fresh.length > 0) this.#receive(Buffer.concat(fresh));
  }

  /** Resolves with the keys once both have finished, and the other has the certificate that signalling announced. */
  async handshake(fingerprint: string): Promise<SrtpKeys> {
    const client = this.#client;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error(`no DTLS in ${handshakeMs} ms`)), handshakeMs);
    client.onConnect.once(() => resolve());
    client.onError.once(reject);
    client.onClose.once(() => reject(new Error("the other side ended the DTLS handshake")));
    client.connect().catch(reject);
    let again = setTimeout(() => repeat(helloAgainMs * 2), helloAgainMs);
    const repeat = (pauseMs: number): void => {
      if (this.#isHeard || !this.#hello) return;
      this.#send(this.#hello);
      again = setTimeout(() => repeat(pauseMs * 2), pauseMs);
    };
    await promise.finally(() => {
      clearTimeout(timer);
      clearTimeout(again);
    });
    const found = fingerprintOf(client.remoteCertificate);
    if (found !== fingerprint) throw new Error(`expected the certificate ${fingerprint}, found ${found}`);
    return this.#keys();
  }

  #keys(): SrtpKeys {
    const chosen = srtpProfiles.find(({ id }) => id === this.#client.srtp.srtpProfile);
    if (!chosen) throw new Error("no SRTP profile was agreed on");
    const { key, salt } = profiles[chosen.name];
    const { localKey, localSalt, remoteKey, remoteSalt } = this.#client.extractSessionKeys(key, salt);
    return {
      profile: chosen.name,
      own: { key: localKey, salt: localSalt },
      theirs: { key: remoteKey, salt: remoteSalt },
    };
  }
}

/** RFC 6347 4.1. */
function recordsOf(datagram: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at + recordHeaderBytes <= datagram.length; ) {
    const end = at + recordHeaderBytes + datagram.readUInt16BE(at + 11);
    records.push(datagram.subarray(at, end));
    at = end;
  }
  return records;
}

/** Which piece of which message of the handshake it is (RFC 6347 4.2.2); undefined where it is sealed, or none. */
function handshakeNameOf(record: Buffer): string | undefined {
  const isPlain = record[0] === handshakeRecord && record.readUInt16BE(3) === 0;
  if (!isPlain || record.length < recordHeaderBytes + 12) return undefined;
  const message = recordHeaderBytes + 4;
  return `${record.readUInt16BE(message)}/${record.readUIntBE(message + 2, 3)}`;
}

function fingerprintOf(certificate: Buffer | undefined): string {
  const digest = createHash("sha256")
    .update(certificate ?? Buffer.alloc(0))
    .digest("hex")
    .toUpperCase();
  return digest.match(/../g)?.join(":") ?? "";
}
