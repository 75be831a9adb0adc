import type { Transport } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { limits } from "./limits.ts";
import { accept, type Result, refuse } from "./result.ts";

/** What a client's checks are made with: its session-accept says it. */
export type IceCredentials = { readonly ufrag: string; readonly pwd: string };

export type RemoteFingerprint = { readonly hash: string; readonly value: string };

/** Octets of each hash function's result (RFC 8122 section 5). */
const octets: Readonly<Record<string, number>> = {
  "sha-1": 20,
  "sha-224": 28,
  "sha-256": 32,
  "sha-384": 48,
  "sha-512": 64,
};

/** By which certificate the client will be known. Without one there must be no DTLS: anybody would be let in. */
export function readFingerprints(transport: Transport | undefined): Result<RemoteFingerprint[]> {
  const given = transport?.fingerprints ?? [];
  if (given.length === 0) return refuse("expected at least one DTLS fingerprint, found none");
  if (given.length > limits.fingerprintsPerTransport)
    return refuse(`expected at most ${limits.fingerprintsPerTransport} DTLS fingerprints, found ${given.length}`);
  const fingerprints: RemoteFingerprint[] = [];
  for (const { hash, value, setup } of given) {
    const name = hash.toLowerCase();
    const length = Object.hasOwn(octets, name) ? octets[name] : undefined;
    if (length === undefined)
      return refuse(`expected a fingerprint by sha-256, found ${JSON.stringify(hash.slice(0, 16))}`);
    if (setup !== "" && setup !== "active" && setup !== "actpass")
      return refuse(`expected a client with DTLS setup active, found ${JSON.stringify(setup.slice(0, 16))}`);
    if (value.length !== length * 3 - 1 || !/^[0-9a-f]{2}(:[0-9a-f]{2})+$/i.test(value))
      return refuse(`expected ${length} hexadecimal pairs in a ${name} fingerprint`);
    fingerprints.push({ hash: name, value: value.toUpperCase() });
  }
  return accept(fingerprints);
}

/** RFC 8839 5.4: letters, digits, "+" and "/". */
const credential = /^[A-Za-z0-9+/]+$/;

/** Undefined where the client says none: only one that stays controlled has to be checked by us. */
export function readIceCredentials(transport: Transport | undefined): Result<IceCredentials | undefined> {
  const { ufrag = "", pwd = "" } = transport ?? {};
  if (ufrag === "" || pwd === "") return accept(undefined);
  for (const text of [ufrag, pwd])
    if (text.length > limits.iceCredentialLength || !credential.test(text))
      return refuse(
        `expected ICE credentials of at most ${limits.iceCredentialLength} letters, digits, + and /, found ${JSON.stringify(text.slice(0, 16))}`,
      );
  return accept({ ufrag, pwd });
}
