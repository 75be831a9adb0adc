import { type MediaProblem, mediaProblem } from "./problem.ts";

export interface MicrophoneWish {
  readonly device: string | undefined;
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGainControl: boolean;
}

export type Facing = "user" | "environment";

export interface CameraWish {
  readonly device: string | undefined;
  /** Of the two cameras of a phone; instead of a device. */
  readonly facing: Facing | undefined;
  readonly height: number;
}

export interface CaptureWish {
  readonly audio: MicrophoneWish | undefined;
  readonly video: CameraWish | undefined;
}

export interface Captured {
  readonly audio?: MediaStreamTrack;
  readonly video?: MediaStreamTrack;
  readonly audioProblem?: MediaProblem;
  readonly videoProblem?: MediaProblem;
}

/** Asks once for both, so that there is one question to the user; when that fails, for each alone. */
export async function capture({ audio: mic, video: cam }: CaptureWish): Promise<Captured> {
  if (!mic && !cam) return {};
  // Browsers hide the devices from pages that came over plain http.
  if (!navigator.mediaDevices?.getUserMedia) {
    return { ...(mic && { audioProblem: "insecure" }), ...(cam && { videoProblem: "insecure" }) };
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: mic ? microphoneConstraints(mic) : false,
      video: cam ? cameraConstraints(cam) : false,
    });
    const audio = mic && stream.getAudioTracks()[0];
    const video = cam && stream.getVideoTracks()[0];
    return { ...(audio && { audio }), ...(video && { video }) };
  } catch (error) {
    if (mic && cam) {
      return {
        ...(await capture({ audio: mic, video: undefined })),
        ...(await capture({ audio: undefined, video: cam })),
      };
    }
    // A remembered device may be gone: any other will do.
    if (mic?.device) return capture({ audio: { ...mic, device: undefined }, video: undefined });
    if (cam?.device) return capture({ audio: undefined, video: { ...cam, device: undefined } });
    return mic ? { audioProblem: mediaProblem(error) } : { videoProblem: mediaProblem(error) };
  }
}

export function microphoneConstraints({ device, ...processing }: MicrophoneWish): MediaTrackConstraints {
  return { ...(device && { deviceId: { exact: device } }), ...processing };
}

export function cameraConstraints({ device, facing, height }: CameraWish): MediaTrackConstraints {
  return {
    ...(facing ? { facingMode: { ideal: facing } } : device && { deviceId: { exact: device } }),
    height: { ideal: height },
    width: { ideal: Math.round((height * 16) / 9) },
    frameRate: { ideal: 30, max: 30 },
  };
}
