import type { Finding } from "./finding.ts";

/** Tokens and certificates are off by then, and so are the times of messages. */
export const MAX_CLOCK_OFFSET_MS = 60_000;
const ANSWER_MS = 6000;

export function lookAtPage(): Finding {
  const policy = (document as { featurePolicy?: { allowsFeature(name: string): boolean } }).featurePolicy;
  const passes = (name: string) => policy?.allowsFeature(name) ?? true;
  const detail = [
    `origin ${location.origin}`,
    `secure context ${isSecureContext ? "yes" : "no"}`,
    `microphone ${passes("microphone") ? "allowed" : "forbidden"} and camera ${passes("camera") ? "allowed" : "forbidden"} by the page's policy`,
  ].join(", ");
  const what =
    typeof RTCPeerConnection === "undefined"
      ? "noWebRtc"
      : !isSecureContext || !("mediaDevices" in navigator)
        ? "insecure"
        : passes("microphone") && passes("camera")
          ? "good"
          : "framed";
  return { step: "page", what, values: {}, detail };
}

/** The server says the time in each answer, cut to seconds. */
export async function lookAtClock(): Promise<Finding> {
  const begunAt = Date.now();
  try {
    const answer = await fetch("/config.js", {
      method: "HEAD",
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const served = Date.parse(answer.headers.get("date") ?? "");
    const now = Date.now();
    if (!Number.isFinite(served)) return unknownClock(`http ${answer.status} without a time`);
    return judgeClock(served + 500 - (begunAt + now) / 2, now - begunAt);
  } catch (error) {
    return unknownClock(error instanceof Error ? error.message : String(error));
  }
}

/** `offsetMs` is how far the server's clock is ahead of this machine's. */
export function judgeClock(offsetMs: number, tookMs: number): Finding {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const detail = `server's clock minus this machine's: ${(offsetMs / 1000).toFixed(1)} s; answered in ${Math.round(tookMs)} ms`;
  const what = Math.abs(offsetMs) > MAX_CLOCK_OFFSET_MS ? "off" : "good";
  return { step: "clock", what, values: { minutes }, detail };
}

function unknownClock(detail: string): Finding {
  return { step: "clock", what: "unknown", values: {}, detail };
}

/** Without asking for anything. */
export async function lookAtDevices(): Promise<Finding> {
  const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => undefined);
  if (!devices) return { step: "devices", what: "unknown", values: {}, detail: "the browser lists no devices here" };
  const count = (kind: MediaDeviceKind) => devices.filter((device) => device.kind === kind).length;
  return judgeDevices(count("audioinput"), count("videoinput"));
}

/** Opens both, so the browser may ask. */
export async function tryDevices(): Promise<Finding> {
  const opened = await Promise.all([opens({ audio: true }), opens({ video: true })]);
  const [microphone = "", camera = ""] = opened;
  const detail = `microphone: ${microphone || "opened"}, camera: ${camera || "opened"}`;
  if (microphone === "NotAllowedError" || camera === "NotAllowedError")
    return { step: "devices", what: "refused", values: {}, detail };
  return { ...judgeDevices(microphone === "" ? 1 : 0, camera === "" ? 1 : 0), detail };
}

export function judgeDevices(microphones: number, cameras: number): Finding {
  const detail = `microphones: ${microphones}, cameras: ${cameras}`;
  const what = microphones > 0 ? (cameras > 0 ? "good" : "noCamera") : cameras > 0 ? "noMicrophone" : "none";
  return { step: "devices", what, values: {}, detail };
}

async function opens(wanted: MediaStreamConstraints): Promise<string> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(wanted);
    for (const track of stream.getTracks()) track.stop();
    return "";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
