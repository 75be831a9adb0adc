import { type MediaProblem, mediaProblem } from "./problem.ts";

export interface CaptureWish {
  readonly audio: boolean;
  readonly video: boolean;
  readonly microphone: string | undefined;
  readonly camera: string | undefined;
  readonly height: number;
}

export interface Captured {
  readonly audio?: MediaStreamTrack;
  readonly video?: MediaStreamTrack;
  readonly audioProblem?: MediaProblem;
  readonly videoProblem?: MediaProblem;
}

/** Asks once for both, so that there is one question to the user; when that fails, for each alone. */
export async function capture(wish: CaptureWish): Promise<Captured> {
  if (!wish.audio && !wish.video) return {};
  // Browsers hide the devices from pages that came over plain http.
  if (!navigator.mediaDevices?.getUserMedia) {
    return { ...(wish.audio && { audioProblem: "insecure" }), ...(wish.video && { videoProblem: "insecure" }) };
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: wish.audio && microphoneConstraints(wish.microphone),
      video: wish.video && cameraConstraints(wish.camera, wish.height),
    });
    const audio = wish.audio ? stream.getAudioTracks()[0] : undefined;
    const video = wish.video ? stream.getVideoTracks()[0] : undefined;
    return { ...(audio && { audio }), ...(video && { video }) };
  } catch (error) {
    if (wish.audio && wish.video) {
      return { ...(await capture({ ...wish, video: false })), ...(await capture({ ...wish, audio: false })) };
    }
    // A remembered device may be gone: any other will do.
    if (wish.microphone || wish.camera) return capture({ ...wish, microphone: undefined, camera: undefined });
    return wish.audio ? { audioProblem: mediaProblem(error) } : { videoProblem: mediaProblem(error) };
  }
}

function microphoneConstraints(deviceId: string | undefined): MediaTrackConstraints {
  return {
    ...(deviceId && { deviceId: { exact: deviceId } }),
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
  };
}

function cameraConstraints(deviceId: string | undefined, height: number): MediaTrackConstraints {
  return {
    ...(deviceId && { deviceId: { exact: deviceId } }),
    height: { ideal: height },
    width: { ideal: Math.round((height * 16) / 9) },
    frameRate: { ideal: 30, max: 30 },
  };
}

/** Undefined when the user closed the chooser. */
export async function captureScreen(): Promise<MediaStreamTrack | undefined> {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
  const track = stream.getVideoTracks()[0];
  if (track && "contentHint" in track) track.contentHint = "detail";
  return track;
}
