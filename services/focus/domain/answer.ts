import type { Failure } from "./inputs.ts";
import type { MediaDescription, Transport } from "./media.ts";

/** What a session-accept may hold; a bridge is never handed more, nor less than it needs. */
export const answerLimits = {
  descriptions: 4,
  payloadTypes: 64,
  headerExtensions: 32,
  parameters: 32,
  feedback: 16,
  candidates: 64,
  fingerprints: 8,
  textLength: 512,
  /** An IPv6 address with a scope. */
  addressLength: 64,
} as const;

/** RFC 7714: a key of 32 bytes and a salt of 12. */
const plainSuite = "AEAD_AES_256_GCM";
const plainKeyBytes = 44;

const fingerprintBytes: Readonly<Record<string, number>> = {
  "sha-1": 20,
  "sha-224": 28,
  "sha-256": 32,
  "sha-384": 48,
  "sha-512": 64,
};

/** Looks over codecs and transport of a session-accept, a call's or a client's. Undefined: they are well-formed. */
export function checkAnswer(
  descriptions: readonly MediaDescription[],
  transport: Transport | undefined,
  isCall: boolean,
): Failure | undefined {
  const problem = problemOfDescriptions(descriptions) ?? (isCall ? problemOfPlain : problemOfIce)(transport);
  return problem === undefined ? undefined : { code: "invalid-argument", message: `session-accept: ${problem}` };
}

function problemOfDescriptions(descriptions: readonly MediaDescription[]): string | undefined {
  if (descriptions.length === 0) return "no content was accepted";
  if (descriptions.length > answerLimits.descriptions) return `${descriptions.length} contents`;
  for (const description of descriptions) {
    const problem = problemOfDescription(description);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOfDescription({ payloadTypes, headerExtensions }: MediaDescription): string | undefined {
  if (payloadTypes.length > answerLimits.payloadTypes) return `${payloadTypes.length} payload types`;
  if (headerExtensions.length > answerLimits.headerExtensions) return `${headerExtensions.length} header extensions`;
  for (const { id, name, parameters, feedback } of payloadTypes) {
    if (id > 127) return `payload type ${id}, expected 0 to 127`;
    if (name === "" || isLong(name)) return `payload type ${id} without a name`;
    if (Object.keys(parameters).length > answerLimits.parameters) return `payload type ${id}: too many parameters`;
    if (Object.entries(parameters).some(([key, value]) => isLong(key) || isLong(value))) {
      return `payload type ${id}: a parameter is too long`;
    }
    if (feedback.length > answerLimits.feedback) return `payload type ${id}: too many kinds of feedback`;
  }
  const extension = headerExtensions.find(({ id, uri }) => id < 1 || id > 255 || uri === "" || isLong(uri));
  return extension ? `header extension ${extension.id}, expected 1 to 255 and an address` : undefined;
}

function problemOfPlain(transport: Transport | undefined): string | undefined {
  if (!transport?.plain) return "no plain transport";
  const { ip, port, srtpSuite, srtpKey } = transport.plain;
  if (ip === "" || ip.length > answerLimits.addressLength) return "no address";
  if (port < 1 || port > 65_535) return `port ${port}, expected 1 to 65535`;
  if (srtpSuite !== plainSuite || srtpKey.length !== plainKeyBytes)
    return `expected a key of ${plainKeyBytes} bytes for ${plainSuite}`;
  return undefined;
}

function problemOfIce(transport: Transport | undefined): string | undefined {
  if (!transport) return "no transport";
  if (transport.plain) return "only a call has a plain transport";
  const { ufrag, pwd, candidates, fingerprints } = transport;
  if (ufrag === "" || pwd === "" || isLong(ufrag) || isLong(pwd)) return "no ICE credentials";
  if (candidates.length > answerLimits.candidates) return `${candidates.length} candidates`;
  if (fingerprints.length === 0) return "no fingerprint";
  if (fingerprints.length > answerLimits.fingerprints) return `${fingerprints.length} fingerprints`;
  for (const { hash, value, setup } of fingerprints) {
    const bytes = fingerprintBytes[hash.toLowerCase()];
    if (bytes === undefined) return `fingerprint by "${hash.slice(0, 20)}", expected one of sha-1 to sha-512`;
    if (!new RegExp(`^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){${bytes - 1}}$`).test(value)) return `not a ${hash} fingerprint`;
    if (setup !== "active" && setup !== "") return `setup="${setup.slice(0, 20)}", expected active`;
  }
  return undefined;
}

function isLong(text: string): boolean {
  return text.length > answerLimits.textLength;
}
