import { type DescMessage, fromJson, type JsonValue, type MessageShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import { filterOf } from "@veche/kit/subject.ts";
import { conference } from "@veche/proto/facts.ts";
import {
  Kind,
  ParticipantJoinedSchema,
  ParticipantLeftSchema,
} from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { streams } from "@veche/proto/storage.ts";
import { libraryLimits } from "./limits.ts";

/** By reference: names are in the bucket `persons`, for whom it is opened. Times are RFC 3339. */
export type Present = {
  readonly endpoint: string;
  readonly person: string;
  readonly joined: string;
  left?: string;
};

type Where = { readonly tenant: string; readonly room: string; readonly session: string };

/** Who was there at any time between the two, from the facts of the sitting, in the order of their coming. */
export async function participantsOf(bus: Bus, where: Where, fromMs: number, toMs: number): Promise<Present[]> {
  const present = new Map<string, Present>();
  for await (const { body } of bus.replay(streams.conference, filterOf(conference.participantJoined, where))) {
    const { participant, time } = read(ParticipantJoinedSchema, body);
    if (!participant || participant.kind === Kind.RECORDER || present.size >= libraryLimits.participants) continue;
    const { endpoint, person } = participant;
    present.set(endpoint, { endpoint, person, joined: time });
  }
  for await (const { body } of bus.replay(streams.conference, filterOf(conference.participantLeft, where))) {
    const { participant, time } = read(ParticipantLeftSchema, body);
    const who = participant && present.get(participant.endpoint);
    if (who) who.left = time;
  }
  return [...present.values()].filter(
    ({ joined, left }) => Date.parse(joined) <= toMs && (left === undefined || Date.parse(left) >= fromMs),
  );
}

function read<M extends DescMessage>(schema: M, body: unknown): MessageShape<M> {
  return fromJson(schema, body as JsonValue, { ignoreUnknownFields: true });
}
