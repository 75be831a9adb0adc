import type { SourceState } from "../../protocol/conference/source-info.ts";
import { sourceName } from "../../protocol/jingle/session.ts";

export interface Sending {
  readonly audio: boolean;
  readonly camera: boolean;
  readonly desktop: boolean;
  /** A screen that was shared once stays among our sources, muted. */
  readonly desktopKnown: boolean;
}

export function ownSources(endpoint: string, sending: Sending): ReadonlyMap<string, SourceState> {
  const states = new Map<string, SourceState>([
    [sourceName(endpoint, "audio"), { muted: !sending.audio, videoType: "camera" }],
    [sourceName(endpoint, "camera"), { muted: !sending.camera, videoType: "camera" }],
  ]);
  if (sending.desktop || sending.desktopKnown) {
    states.set(sourceName(endpoint, "desktop"), { muted: !sending.desktop, videoType: "desktop" });
  }
  return states;
}
