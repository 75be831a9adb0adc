import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CreateEndpointResponseSchema } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import type { Conference } from "./conference.ts";
import type { Endpoint } from "./endpoint.ts";

/** All that a client or a gateway is to be offered. */
export function describeOffer(
  { id }: Conference,
  endpoint: Endpoint,
  { bridge, region }: { readonly bridge: string; readonly region: string },
): MessageInitShape<typeof CreateEndpointResponseSchema> {
  const offered = [...endpoint.received].flatMap(([name, one]) => (endpoint.offered.has(name) ? [one] : []));
  return {
    descriptions: endpoint.offer.descriptions,
    transport: endpoint.describeTransport(),
    sources: [...endpoint.feedbackSources(), ...offered.map((receiving) => receiving.describe())],
    channelPath: endpoint.channelPath(bridge, id),
    region,
  };
}
