import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import type { MediaProblem } from "../../model/media/problem.ts";
import { useApp } from "../parts/context.ts";

const TEXTS: Readonly<Record<MediaProblem, TextKey>> = {
  denied: "deviceError.denied",
  missing: "deviceError.missing",
  busy: "deviceError.busy",
  insecure: "deviceError.insecure",
  failed: "deviceError.failed",
};

/** Says what is wrong with microphone or camera, what can be done, and that one may join all the same. */
export function MediaTrouble(): JSX.Element | null {
  const { media } = useApp();
  const audio = media.audioProblem.value;
  const video = media.videoProblem.value;
  const both = audio !== undefined && audio === video;
  const lines: [MediaProblem, TextKey][] = both
    ? [[audio, "deviceError.both"]]
    : [
        ...(audio ? [[audio, "deviceError.microphone"] as [MediaProblem, TextKey]] : []),
        ...(video ? [[video, "deviceError.camera"] as [MediaProblem, TextKey]] : []),
      ];
  if (lines.length === 0) return null;
  const again = () => {
    if (audio) void media.setAudioMuted(false);
    if (video) void media.setVideoMuted(false);
  };
  return (
    <div class="trouble" role="alert">
      {lines.map(([problem, device]) => (
        <p key={device}>{t(TEXTS[problem], { device: t(device) })}</p>
      ))}
      <button class="button" type="button" onClick={again}>
        {t("deviceError.tryAgain")}
      </button>
    </div>
  );
}
