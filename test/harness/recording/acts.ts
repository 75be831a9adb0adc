/** What moderators do about recordings and streams in the web app, and where the files then are. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ProcessName } from "@veche/deploy/local/stack.ts";
import type { AppState, Participant } from "../participant.ts";
import type { TestStack } from "../stack.ts";
import { eventually, type WaitOptions } from "../wait.ts";

type RecordingState = { readonly mode: string; readonly status: string };

const startsWithinMs = 40_000;
const finishesWithinMs = 60_000;

function recordingsOf(state: AppState): readonly RecordingState[] {
  return (state as unknown as { readonly recording: readonly RecordingState[] }).recording;
}

async function openDialog(who: Participant, id: "recording" | "livestreaming"): Promise<void> {
  const more = `#${id}`;
  if (!(await who.page.isVisible(more))) await who.press("more");
  await who.press(id);
}

/** Presses Record, and is told that it is on. */
export async function startRecording(who: Participant, options: WaitOptions = {}): Promise<void> {
  await askForRecording(who);
  await isRecorded(who, "on", options);
}

/** Presses Record, whatever comes of it. */
export async function askForRecording(who: Participant): Promise<void> {
  await openDialog(who, "recording");
  await who.press("start-recording");
}

/** Asks for a live stream, whatever comes of it. */
export async function askForStream(who: Participant, address: string): Promise<void> {
  await openDialog(who, "livestreaming");
  await who.page.fill("#stream-key", address);
  await who.press("start-recording");
}

export async function stop(who: Participant, mode: "file" | "stream"): Promise<void> {
  await openDialog(who, mode === "file" ? "recording" : "livestreaming");
  await who.press("stop-recording");
  await who.until("knows that it is off", (state) => !recordingsOf(state).some((one) => one.mode === mode), {
    timeoutMs: startsWithinMs,
  });
}

export function isRecorded(
  who: Participant,
  status: "pending" | "on",
  options: WaitOptions = {},
  mode: "file" | "stream" = "file",
): Promise<void> {
  const holds = (state: AppState) => recordingsOf(state).some((one) => one.mode === mode && one.status === status);
  return who.until(`knows that the ${mode} is ${status}`, holds, { timeoutMs: startsWithinMs, ...options });
}

/** metadata.json, as far as tests look at it. */
export type Manifest = Readonly<Record<string, unknown>>;

export type Recorded = { readonly directory: string; readonly files: readonly string[]; readonly manifest: Manifest };

/** The recordings that are whole, of all recorders: those with a metadata.json and a file to play. */
export function recordedBy(stack: TestStack, recorders: readonly ProcessName[] = ["recorder"]): Recorded[] {
  return recorders
    .map((name) => join(stack.local.dataDir, name, "recordings"))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((folder) => statSync(folder).isDirectory() && existsSync(join(folder, "metadata.json")))
    .map((directory) => ({
      directory,
      files: readdirSync(directory).filter((name) => /\.(mp4|mkv|ogg|webm|m4a)$/.test(name)),
      manifest: JSON.parse(readFileSync(join(directory, "metadata.json"), "utf8")) as Manifest,
    }))
    .filter(({ files }) => files.length > 0);
}

/** Waits until so many recordings are whole, and not less than a file is there. */
export async function recorded(
  stack: TestStack,
  count: number,
  recorders: readonly ProcessName[] = ["recorder"],
): Promise<Recorded[]> {
  let found: Recorded[] = [];
  await eventually(
    `${count} recordings`,
    () => {
      found = recordedBy(stack, recorders);
      return found.length >= count ? undefined : `found ${found.length}: ${listing(stack, recorders)}`;
    },
    { timeoutMs: finishesWithinMs },
  );
  return found;
}

function listing(stack: TestStack, recorders: readonly ProcessName[]): string {
  return recorders
    .map((name) => join(stack.local.dataDir, name, "recordings"))
    .flatMap((folder) => (existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : []))
    .join(" ");
}
