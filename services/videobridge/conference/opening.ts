import { randomBytes, randomInt } from "node:crypto";
import type { CreateEndpointRequest } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { readForceMute } from "../domain/force-mute.ts";
import type { Conference } from "./conference.ts";
import { Endpoint } from "./endpoint.ts";

/** An endpoint with a transport of the kind that was asked for, not yet known to the conference. */
export async function openEndpoint(
  { router, offer, plainOffer }: Conference,
  { endpoint: id, jingleSession, bridgeSession, statsId, plain, forceMute }: CreateEndpointRequest,
  now: number,
): Promise<Endpoint> {
  const transport = await (plain ? router.createPlain() : router.createTransport());
  const audio = randomInt(100_000_000, 1_000_000_000);
  return new Endpoint({
    identity: { id, jingleSession, bridgeSession, statsId },
    transport,
    channelPassword: randomBytes(18).toString("base64url"),
    feedbackSsrcs: { audio, video: audio === 999_999_999 ? audio - 1 : audio + 1 },
    offer: plain ? plainOffer : offer,
    forceMuted: readForceMute(forceMute),
    now,
  });
}
