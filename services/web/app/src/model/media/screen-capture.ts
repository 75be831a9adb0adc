import { type MediaProblem, mediaProblem } from "./problem.ts";

export interface ScreenCapture {
  readonly picture: MediaStreamTrack;
  /** Of the tab or the whole system, where browser and person allow it. */
  readonly sound?: MediaStreamTrack;
}

export type ScreenOutcome =
  | { readonly ok: true; readonly capture: ScreenCapture }
  /** The person closed the chooser. */
  | { readonly ok: false; readonly problem: undefined }
  | { readonly ok: false; readonly problem: MediaProblem };

/** From here on pictures move rather than being read. */
export const SMOOTH_FRAME_RATE = 30;

/** Phones show no screen; Firefox and Safari give no sound with it. */
export function hasSoundShare(): boolean {
  return "getDisplayMedia" in (navigator.mediaDevices ?? {}) && "userAgentData" in navigator;
}

/** Asks for monitor, window or tab, with its sound. */
export async function captureScreen(frameRate: number): Promise<ScreenOutcome> {
  if (!navigator.mediaDevices?.getDisplayMedia) return { ok: false, problem: "insecure" };
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia(screenConstraints(frameRate));
    const [picture] = stream.getVideoTracks();
    const [sound] = stream.getAudioTracks();
    if (!picture) {
      sound?.stop();
      return { ok: false, problem: "failed" };
    }
    if ("contentHint" in picture) picture.contentHint = frameRate >= SMOOTH_FRAME_RATE ? "motion" : "detail";
    return { ok: true, capture: { picture, ...(sound && { sound }) } };
  } catch (error) {
    return { ok: false, problem: screenProblem(error) };
  }
}

/** A chooser that was closed is not wrong; a system that forbids the browser to look at the screen is. */
export function screenProblem(error: unknown): MediaProblem | undefined {
  const problem = mediaProblem(error);
  if (problem !== "denied") return problem;
  return /by system/i.test((error as Error).message) ? "denied" : undefined;
}

type ScreenConstraints = DisplayMediaStreamOptions & Readonly<Record<string, unknown>>;

export function screenConstraints(frameRate: number): ScreenConstraints {
  return {
    video: { frameRate: { max: frameRate } },
    // Music and films: nothing is to be taken out of them.
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    systemAudio: "include",
    surfaceSwitching: "include",
    monitorTypeSurfaces: "include",
  };
}
