import { effect, untracked } from "@preact/signals-core";
import { xml } from "../../protocol/xml/element.ts";
import type { App } from "../app.ts";
import { isSoundDisabled } from "./sound-ids.ts";

/** What the operator, the link or an embedding page decided, where it is not for a page to follow it. */
export function applyRules(app: App): void {
  const { config, sounds, microphoneWatch, state, quality, call } = app;
  sounds.isWanted = (tune) => !isSoundDisabled(tune, config.rules.peek().disabledSounds);
  microphoneWatch.tells = {
    muted: () => config.rules.peek().tellTalkWhileMuted,
    silence: () => config.rules.peek().tellSilence,
    noise: () => config.rules.peek().tellNoise,
  };
  app.media.maxScreenFrameRate = config.screenFrameRate;
  if (config.startAudioOnly) quality.setAudioOnly(true);
  if (config.startSilent) state.setOwnPresence("silent", xml("silent", {}));
  let lastSubject: string | undefined;
  effect(() => {
    const { subject } = config.rules.value;
    if (subject === undefined || subject === lastSubject) return;
    if (state.phase.value.name !== "joined" || !state.isModerator.value) return;
    lastSubject = subject;
    untracked(() => call.moderation.setSubject(subject));
  });
  let isFirst = true;
  effect(() => {
    if (state.phase.value.name !== "joined" || !isFirst) return;
    isFirst = false;
    untracked(() => startAsWished(app));
  });
}

/** Once, when we come in. */
function startAsWished({ config, state, media, call }: App): void {
  const others = state.occupants.value.size;
  const { startAudioMuted, startVideoMuted, startScreenSharing } = config;
  if (startAudioMuted !== undefined && others >= startAudioMuted) void media.setAudioMuted(true);
  if (startVideoMuted !== undefined && others >= startVideoMuted) void media.setVideoMuted(true);
  if (startScreenSharing && media.screen.value === undefined) void call.toggleScreen();
}
