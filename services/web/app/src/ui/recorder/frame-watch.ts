const LOOK_MS = 1000;
/** A screen on which nothing moves comes in few frames. */
const STALE_MS = 5000;

/** Which pictures on the page are alive, whatever stands in them. */
export function watchFrames(): () => number {
  const seen = new WeakMap<HTMLVideoElement, { readonly frames: number; readonly at: number }>();
  const videos = () => [...document.querySelectorAll("video")];
  const look = () => {
    for (const video of videos()) {
      const { totalVideoFrames: frames } = video.getVideoPlaybackQuality();
      if (frames > 0 && seen.get(video)?.frames !== frames) seen.set(video, { frames, at: performance.now() });
    }
  };
  setInterval(look, LOOK_MS);
  return () => {
    look();
    return videos().filter((video) => performance.now() - (seen.get(video)?.at ?? -STALE_MS) < STALE_MS).length;
  };
}
