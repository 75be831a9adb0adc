/** XEP-0320 1.0, https://xmpp.org/extensions/xep-0320.html: DTLS fingerprints. */
import { create } from "@bufbuild/protobuf";
import { type DtlsFingerprint, DtlsFingerprintSchema } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { ns } from "./namespaces.ts";
import { atMost, unreadable } from "./reading.ts";
import { childrenOf, type Element, el } from "./xml/element.ts";

const octetsOfHash: Readonly<Record<string, number>> = {
  "sha-1": 20,
  "sha-224": 28,
  "sha-256": 32,
  "sha-384": 48,
  "sha-512": 64,
};
const octets = /^[0-9A-F]{2}(:[0-9A-F]{2})*$/;
const setups: readonly string[] = ["active", "passive", "actpass"];

export function readFingerprints(transport: Element): DtlsFingerprint[] {
  return atMost(childrenOf(transport, "fingerprint"), 8, "fingerprints").map((fingerprint) => {
    const hash = (fingerprint.attrs.hash ?? "").toLowerCase();
    const value = fingerprint.getText().trim().toUpperCase();
    const setup = fingerprint.attrs.setup ?? "";
    const size = octetsOfHash[hash];
    if (size === undefined) unreadable(`hash of a fingerprint is one of ${Object.keys(octetsOfHash).join(", ")}`);
    if (!octets.test(value) || value.length !== size * 3 - 1) unreadable(`a ${hash} fingerprint has ${size} octets`);
    if (!setups.includes(setup)) unreadable(`setup of a fingerprint is one of ${setups.join(", ")}`);
    return create(DtlsFingerprintSchema, { hash, value, setup });
  });
}

export function writeFingerprint({ hash, value, setup }: DtlsFingerprint): Element {
  return el("fingerprint", { xmlns: ns.dtls, hash, setup, required: false }, value);
}
