/** The promises about recordings and live streams: what the focus says of a job, and what a recorder says of its files. */
import type { SittingFact } from "./event-promises.ts";

/** Numbered within the recording, not within the sitting, and said after it too. */
const ofRecorder = new Set(["recording.segment-stored", "recording.available", "recording.deleted"]);

export function isOfRecorder({ name }: Pick<SittingFact, "name">): boolean {
  return ofRecorder.has(name);
}

/** A recording's own facts are numbered from 1; what is stored grows; nothing comes after it is deleted. */
export function recorderFaults(facts: readonly SittingFact[]): string[] {
  const faults: string[] = [];
  const recordings = new Map<string, { seq: number; seconds: number; last: string }>();
  for (const { name, seq, body } of facts.filter(isOfRecorder)) {
    const id = String(body.recording ?? "");
    if (id === "") faults.push(`${name} names no recording`);
    const known = recordings.get(id) ?? { seq: 0, seconds: 0, last: "" };
    if (seq !== known.seq + 1) faults.push(`recording ${id}: seq ${seq} (${name}) where ${known.seq + 1} was due`);
    if (known.last === "recording.deleted") faults.push(`recording ${id}: ${name} came after recording.deleted`);
    const seconds = Number(body.durationSeconds ?? 0);
    if (name === "recording.segment-stored" && seconds < known.seconds)
      faults.push(`recording ${id}: stored fell from ${known.seconds} to ${seconds} s`);
    recordings.set(id, { seq, seconds: Math.max(seconds, known.seconds), last: name });
  }
  return faults;
}

const lasts = new Set(["stopped", "failed"]);

/** Each job is requested first, starts once, and ends once; when the sitting is over, every one has ended. */
export function jobFaults(facts: readonly SittingFact[], isOver: boolean): string[] {
  const faults: string[] = [];
  const jobs = new Map<string, { isOver: boolean; starts: number }>();
  for (const fact of facts) {
    const [entity = "", verb = ""] = fact.name.split(".");
    if ((entity !== "recording" && entity !== "stream") || isOfRecorder(fact)) continue;
    const id = String(fact.body[entity] ?? "");
    const name = `${entity} ${id}`;
    const job = jobs.get(name);
    if (verb === "requested") {
      if (job) faults.push(`${name} was requested twice (seq ${fact.seq})`);
      jobs.set(name, { isOver: false, starts: 0 });
      continue;
    }
    if (!job) {
      faults.push(`${fact.name} of ${name}, which nobody requested (seq ${fact.seq})`);
      continue;
    }
    if (job.isOver) faults.push(`${fact.name} of ${name}, which had ended (seq ${fact.seq})`);
    if (verb === "started" && ++job.starts > 1) faults.push(`${name} started twice (seq ${fact.seq})`);
    if (lasts.has(verb)) job.isOver = true;
  }
  if (isOver) for (const [name, job] of jobs) if (!job.isOver) faults.push(`${name} never ended`);
  return faults;
}
