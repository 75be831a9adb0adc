import type { ConnectEndpointRequest } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { negotiate } from "../domain/offer.ts";
import { readRemoteAddress } from "../domain/plain-address.ts";
import { refuse } from "../domain/result.ts";
import type { Negotiated } from "../domain/rtp.ts";
import { readFingerprints, readIceCredentials } from "../domain/transport.ts";
import type { Endpoint } from "./endpoint.ts";
import { unwrap } from "./unwrap.ts";

export type Accepted = {
  readonly negotiated: Negotiated;
  /** Tells the transport whom to expect. */
  readonly meet: () => Promise<void>;
};

/** What an accept says of codecs and transport, all of it checked before anything is done. */
export function readAccepted(
  { offer, transport: own }: Endpoint,
  { descriptions, transport }: ConnectEndpointRequest,
): Accepted {
  const negotiated = unwrap(negotiate(offer.capabilities, descriptions));
  if (own.isPlain) {
    const plain = transport?.plain;
    const address = unwrap(
      plain ? readRemoteAddress("plain", plain) : refuse("plain: expected a transport, found none"),
    );
    return { negotiated, meet: () => own.connect(address) };
  }
  const fingerprints = unwrap(readFingerprints(transport));
  const credentials = unwrap(readIceCredentials(transport));
  return { negotiated, meet: () => own.connect(fingerprints, credentials) };
}
