import { create, type MessageInitShape, toJsonString } from "@bufbuild/protobuf";
import { VecheError } from "@veche/kit/errors.ts";
import {
  type BridgeSnapshotRequest,
  type ConferenceSnapshotSchema,
  EndpointSnapshotSchema,
} from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { limits } from "../domain/limits.ts";
import type { Conference } from "./conference.ts";
import { describeConference, describeEndpoint } from "./snapshot.ts";

export type SnapshotPage = {
  readonly conferences: MessageInitShape<typeof ConferenceSnapshotSchema>[];
  readonly nextPage: string;
};

/** The last endpoint that a page held: the next one goes on behind it, whoever came or went meanwhile. */
type Place = { readonly conference: string; readonly endpoint: string };

/**
 * Part of all that a focus needs to go on where another one was, small enough for a message. Conferences and their
 * endpoints come in the order of their ids.
 */
export function describePage(
  conferences: ReadonlyMap<string, Conference>,
  request: Pick<BridgeSnapshotRequest, "conferences" | "page">,
): SnapshotPage {
  const after = readPlace(request.page);
  const ids = (request.conferences.length > 0 ? [...new Set(request.conferences)] : [...conferences.keys()]).sort();
  const page: SnapshotPage["conferences"] = [];
  let sizeBytes = 0;
  for (const id of ids) {
    const conference = conferences.get(id);
    if (!conference || id < after.conference) continue;
    const isContinued = id === after.conference;
    const endpoints = [...conference.endpoints.values()]
      .filter((endpoint) => !isContinued || endpoint.id > after.endpoint)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    if (isContinued && endpoints.length === 0) continue;
    const described: MessageInitShape<typeof EndpointSnapshotSchema>[] = [];
    page.push({ ...describeConference(conference), endpoints: described });
    for (const endpoint of endpoints) {
      const one = create(EndpointSnapshotSchema, describeEndpoint(endpoint));
      sizeBytes += Buffer.byteLength(toJsonString(EndpointSnapshotSchema, one));
      described.push(one);
      const isLast = id === ids.at(-1) && endpoint === endpoints.at(-1);
      if (sizeBytes >= limits.snapshotPageBytes && !isLast)
        return { conferences: page, nextPage: JSON.stringify([id, endpoint.id]) };
    }
  }
  return { conferences: page, nextPage: "" };
}

function readPlace(page: string): Place {
  if (page === "") return { conference: "", endpoint: "" };
  try {
    const [conference, endpoint]: unknown[] = JSON.parse(page);
    if (typeof conference === "string" && typeof endpoint === "string") return { conference, endpoint };
  } catch {
    // As any other text that is none of ours.
  }
  throw new VecheError("invalid-argument", "page: expected what the last answer said, found something else");
}
