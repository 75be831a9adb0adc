import type { MediaSession } from "../../protocol/jingle/session.ts";
import { between, type Snapshot, snapshot } from "../line/measure.ts";
import { troubleOf } from "../line/verdict.ts";
import type { Finding } from "./finding.ts";

type Report = Readonly<Record<string, unknown>>;

/** What two people on this network would have of each other, over one way. */
export interface LineSample {
  readonly seconds: number;
  readonly rttMs: number | undefined;
  /** Per cent, whole. */
  readonly uploadLoss: number;
  readonly downloadLoss: number;
  readonly jitterMs: number;
  readonly uploadKbps: number;
  readonly downloadKbps: number;
  /** As the browser guesses it. */
  readonly availableKbps: number | undefined;
  /** Where that is what holds the picture back. */
  readonly limitKbps: number | undefined;
  readonly frames: number;
  readonly remote: string;
}

/** One sends, the other receives; undefined where a session ended meanwhile. */
export async function sampleLine(
  sender: MediaSession,
  receiver: MediaSession,
  seconds: number,
): Promise<LineSample | undefined> {
  const before = await Promise.all([look(sender), look(receiver)]);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = await Promise.all([look(sender), look(receiver)]);
  const up = between(before[0].counted, after[0].counted);
  const down = between(before[1].counted, after[1].counted);
  if (!up || !down) return undefined;
  const jitter = after[1].reports.flatMap(({ type, jitter }) =>
    type === "inbound-rtp" && typeof jitter === "number" ? [jitter * 1000] : [],
  );
  const pair = pairOf(after[0].reports);
  const available = Number(pair?.availableOutgoingBitrate);
  const remote = after[0].reports.find(({ id }) => id === pair?.remoteCandidateId);
  return {
    seconds,
    rttMs: up.rttMs,
    uploadLoss: up.uploadLoss,
    downloadLoss: down.downloadLoss,
    jitterMs: Math.round(Math.max(0, ...jitter)),
    uploadKbps: up.uploadKbps,
    downloadKbps: down.downloadKbps,
    availableKbps: Number.isFinite(available) ? Math.round(available / 1000) : undefined,
    limitKbps: up.availableUploadKbps,
    frames: after[1].counted.framesDecoded - before[1].counted.framesDecoded,
    remote: remote ? `${remote.protocol} ${remote.address}:${remote.port}` : "unknown",
  };
}

async function look(
  session: MediaSession,
): Promise<{ readonly counted: Snapshot; readonly reports: readonly Report[] }> {
  const stats = await session.connection.getStats();
  const reports = [...stats.values()] as Report[];
  return { counted: snapshot(reports, session.sourceNames(), performance.now()), reports };
}

function pairOf(reports: readonly Report[]): Report | undefined {
  const selected = reports.find(({ type }) => type === "transport")?.selectedCandidatePairId;
  return reports.find(({ id }) => id === selected) ?? reports.find(({ nominated }) => nominated === true);
}

export function sampleText(sample: LineSample): string {
  const { seconds, rttMs, uploadLoss, downloadLoss, jitterMs, uploadKbps, downloadKbps, availableKbps, frames } =
    sample;
  return [
    `${sample.remote} for ${seconds} s`,
    `round trip ${rttMs ?? "unknown"} ms`,
    `loss up ${uploadLoss} % down ${downloadLoss} %`,
    `jitter ${jitterMs} ms`,
    `sent ${uploadKbps} received ${downloadKbps} kbit/s`,
    `room for sending ${availableKbps ?? "unknown"} kbit/s`,
    `${frames} frames`,
  ].join(", ");
}

/** A voice comes late beyond this swing (jitter buffers of browsers grow to it). */
const FELT_JITTER_MS = 60;

export function judgeSample(sample: LineSample): Finding {
  const detail = sampleText(sample);
  const step = "quality";
  if (sample.frames === 0) return { step, what: "silent", values: {}, detail };
  const { uploadLoss, downloadLoss, rttMs, limitKbps } = sample;
  const trouble = troubleOf({ uploadLoss, downloadLoss, rttMs, availableUploadKbps: limitKbps, heldBack: 0 });
  if (trouble?.kind === "loss-up") return { step, what: "lossUp", values: { percent: trouble.percent }, detail };
  if (trouble?.kind === "loss-down") return { step, what: "lossDown", values: { percent: trouble.percent }, detail };
  if (trouble?.kind === "delay") return { step, what: "delay", values: { ms: trouble.ms }, detail };
  if (sample.jitterMs > FELT_JITTER_MS) return { step, what: "delay", values: { ms: sample.jitterMs }, detail };
  if (trouble?.kind === "narrow-up") return { step, what: "narrow", values: { kbps: trouble.kbps }, detail };
  return { step, what: "good", values: { ms: rttMs ?? 0 }, detail };
}
