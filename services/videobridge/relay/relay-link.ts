import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  RelayMessageSchema,
  RelaySourcesRequestSchema,
  RelaySourcesResponse,
  RelayStateSchema,
} from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";

/** How the ends of relays talk, beside the media. */
export interface RelayLink {
  readonly bridge: string;
  readonly instance: string;
  ask(bridge: string, request: MessageInitShape<typeof RelaySourcesRequestSchema>): Promise<RelaySourcesResponse>;
  tellState(bridge: string, state: MessageInitShape<typeof RelayStateSchema>): void;
  pass(bridge: string, message: MessageInitShape<typeof RelayMessageSchema>): void;
}
