import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type FileOutputSchema,
  type Job,
  JobSchema,
  Layout,
  Mode,
  type StreamOutputSchema,
} from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";

export const ownerKey = "the-owner-key-of-a-test";

type More = {
  readonly file?: MessageInitShape<typeof FileOutputSchema> | undefined;
  readonly stream?: MessageInitShape<typeof StreamOutputSchema> | undefined;
  readonly mode?: Mode;
  readonly layout?: Layout;
  readonly createdMs?: bigint;
};

export function makeJob(job = "job1", more: More = {}): Job {
  return create(JobSchema, {
    job,
    tenant: "main",
    room: "abcdefghijklmnopqrst",
    session: "s1",
    unit: "main",
    roomName: "standup",
    roomJid: "standup@muc.meet.jitsi",
    mode: Mode.COMPOSITE,
    layout: Layout.SPEAKER,
    file: { recording: `rec-${job}`, ownerKey, byPerson: "p_1", byUser: "anna", metadata: "{}" },
    createdMs: 1n,
    ...more,
  });
}

export const streamTo = (...urls: string[]) => ({
  stream: "str-1",
  targets: urls.map((url, index) => ({ id: String(index + 1), url })),
});
