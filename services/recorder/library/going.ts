import type { Recording } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";

/**
 * Statuses of an entry that is to go: with what was uploaded, without it, and by its age. What was uploaded outlives the
 * age here: storages have rules of their own.
 */
export const endings = {
  deleting: { reason: "person", withUploads: true },
  "deleting-here": { reason: "person", withUploads: false },
  expiring: { reason: "retention", withUploads: false },
} as const;

export type Ending = keyof typeof endings;

/** To be removed by the recorder that has it; for everybody else it is gone. */
export function isGoing({ status }: Pick<Recording, "status">): boolean {
  return Object.hasOwn(endings, status);
}
