import { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { Kind } from "./rtp.ts";

/** What of an endpoint is not passed on, whatever it says of itself. */
export type ForceMute = { readonly audio: boolean; readonly video: boolean; readonly desktop: boolean };

export const nothingMuted: ForceMute = { audio: false, video: false, desktop: false };

/** A source as far as a block of it goes. */
export type Blockable = { readonly name: string; readonly kind: Kind; readonly videoType: VideoType };

/** An absent message blocks nothing. */
export function readForceMute(message: Partial<ForceMute> | undefined): ForceMute {
  const { audio = false, video = false, desktop = false } = message ?? {};
  return { audio, video, desktop };
}

/**
 * Which of an endpoint's sources are blocked. Its client says which picture is a screen; so where only the screen is
 * blocked, one picture that is called a camera passes, and a second one, which no honest client has, does not.
 */
export function blockedSources(muted: ForceMute, sources: readonly Blockable[]): ReadonlySet<string> {
  const cameras = sources.filter((source) => source.kind === "video" && !isScreen(source));
  const camera = cameras.map(({ name }) => name).sort(byIndex)[0];
  const isBlocked = (source: Blockable): boolean => {
    if (source.kind === "audio") return muted.audio;
    if (isScreen(source)) return muted.desktop;
    return muted.video || (muted.desktop && source.name !== camera);
  };
  return new Set(sources.filter(isBlocked).map(({ name }) => name));
}

export function isScreen({ videoType }: Pick<Blockable, "videoType">): boolean {
  return videoType === VideoType.DESKTOP || videoType === VideoType.DESKTOP_HIGH_FPS;
}

/** "a-v2" before "a-v10". */
function byIndex(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}
