import type { App } from "../app.ts";

const PATIENCE_MS = 3000;

/** What stands large, or while all are alike whoever speaks, as a PNG in a data URL. */
export async function largeVideoPicture(app: App): Promise<string> {
  const track = largeTrack(app);
  if (track === undefined) throw new Error("No large video found!");
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = new MediaStream([track]);
  try {
    await Promise.race([firstPicture(video), patience()]);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    return canvas.toDataURL("image/png");
  } finally {
    video.srcObject = null;
  }
}

function largeTrack({ view, state, media }: App): MediaStreamTrack | undefined {
  const dominant = view.tiles.value.get(state.dominant.value ?? "");
  const shown = view.stage.value ?? dominant ?? [...view.tiles.value.values()].find(({ hasVideo }) => hasVideo);
  if (shown === undefined) return undefined;
  if (shown.isSelf) return shown.kind === "desktop" ? media.screen.value : media.camera.value;
  return state.remoteTracks.value.get(shown.source);
}

async function firstPicture(video: HTMLVideoElement): Promise<void> {
  await video.play();
  await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
}

function patience(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error("the large video shows nothing yet")), PATIENCE_MS);
  });
}
