import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import type {
  RelaySourcesRequestSchema,
  RelaySourcesResponse,
  RelayStateSchema,
} from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { relay as subjects } from "@veche/proto/subjects.ts";

/** Shorter than what the focus waits for an answer to add-remote-sources. */
const askTimeoutMs = 1_500;

/** How a recorder talks with bridges, beside the media. */
export type RelayLink = {
  readonly recorder: string;
  readonly instance: string;
  readonly ask: (
    bridge: string,
    request: MessageInitShape<typeof RelaySourcesRequestSchema>,
  ) => Promise<RelaySourcesResponse>;
  readonly tell: (bridge: string, state: MessageInitShape<typeof RelayStateSchema>) => void;
};

export function openLink(bus: Bus, recorder: string, instance: string): RelayLink {
  return {
    recorder,
    instance,
    ask: (bridge, request) => bus.request(subjects.relaySources, { bridge }, request, { timeoutMs: askTimeoutMs }),
    tell: (bridge, state) => bus.publish(subjects.state, { bridge }, state),
  };
}
