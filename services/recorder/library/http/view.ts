/** A recording as the API tells it: no location, no hash of a key, and links only to who may change it. */
import { Mode, type Recording } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { modeName } from "../metadata.ts";
import { isOpen, type Right } from "../rights.ts";

export function viewOf(entry: Recording, right: Right, nowMs: number) {
  const files = entry.files.map(({ name, type, sizeBytes, durationSeconds, sha256 }) => ({
    name,
    type,
    sizeBytes: Number(sizeBytes),
    durationSeconds,
    sha256,
  }));
  const mayChange = right === "change";
  return {
    recording: entry.recording,
    tenant: entry.tenant,
    roomName: entry.roomName,
    title: entry.title,
    mode: modeName(entry.mode),
    status: entry.status,
    startedMs: Number(entry.startedMs),
    endedMs: Number(entry.endedMs),
    durationSeconds: durationOf(entry),
    sizeBytes: sizeOf(entry),
    files,
    mayChange,
    expiresMs: Number(entry.expiresMs),
    failure: entry.failure && { code: entry.failure.code, text: entry.failure.text },
    ...(mayChange ? { room: entry.room, owner: entry.owner, links: linksOf(entry, nowMs) } : {}),
  };
}

function linksOf({ links }: Recording, nowMs: number) {
  return links.map((link) => ({
    id: link.id,
    createdMs: Number(link.createdMs),
    expiresMs: Number(link.expiresMs),
    isOpen: isOpen(link, nowMs),
  }));
}

export function sizeOf({ files }: Recording): number {
  return files.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0);
}

/** Films follow one another, tracks are side by side: of the longest. While there is no file, of the time it took. */
export function durationOf({ mode, files, startedMs, endedMs }: Recording): number {
  const seconds = files.map(({ durationSeconds }) => durationSeconds);
  const isSides = mode === Mode.TRACKS || mode === Mode.AUDIO;
  const whole = isSides ? Math.max(0, ...seconds) : seconds.reduce((sum, one) => sum + one, 0);
  if (whole > 0 || endedMs === 0n) return whole;
  return Math.max(0, Number(endedMs - startedMs) / 1000);
}
