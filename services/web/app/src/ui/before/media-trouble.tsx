import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import { browserKind } from "../../model/media/browser-kind.ts";
import type { MediaProblem } from "../../model/media/problem.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { usePermissions } from "./permissions.ts";
import "./media-trouble.css";

const TEXTS: Readonly<Record<MediaProblem, TextKey>> = {
  denied: "deviceError.denied",
  missing: "deviceError.missing",
  busy: "deviceError.busy",
  insecure: "deviceError.insecure",
  failed: "deviceError.failed",
};

interface Trouble {
  readonly problem: MediaProblem;
  readonly device: TextKey;
}

/** Says what is wrong with microphone or camera, what to do about it, and that one may join all the same. */
export function MediaTrouble(): JSX.Element | null {
  const { media } = useApp();
  const permissions = usePermissions();
  const audio = media.audioProblem.value;
  const video = media.videoProblem.value;
  const troubles = troublesOf(audio, video);
  if (troubles.length === 0) return null;
  const again = () => {
    if (audio) void media.setAudioMuted(false);
    if (video) void media.setVideoMuted(false);
  };
  const obstacle =
    audio === "denied"
      ? permissions.obstacle("microphone")
      : video === "denied"
        ? permissions.obstacle("camera")
        : undefined;
  return (
    <section id="media-trouble" class="trouble" role="alert" data-obstacle={obstacle}>
      {troubles.map(({ problem, device }) => (
        <p key={device} class="trouble-what">
          <Icon name="alert" size={20} />
          {t(obstacle === "frame" && problem === "denied" ? "deviceError.frame" : TEXTS[problem], {
            device: t(device),
          })}
        </p>
      ))}
      {obstacle && obstacle !== "frame" && <HowTo kind={obstacle === "system" ? "system" : browserKind(navigator)} />}
      <p>{t("deviceError.joinAnyway")}</p>
      {obstacle === "frame" ? (
        <a class="button" href={location.href} target="_blank" rel="noopener">
          {t("deviceError.openInTab")}
        </a>
      ) : (
        <button id="try-devices" class="button" type="button" onClick={again}>
          {t("deviceError.tryAgain")}
        </button>
      )}
    </section>
  );
}

function troublesOf(audio: MediaProblem | undefined, video: MediaProblem | undefined): readonly Trouble[] {
  if (audio && audio === video) return [{ problem: audio, device: "deviceError.both" }];
  return [
    ...(audio ? [{ problem: audio, device: "deviceError.microphone" } as const] : []),
    ...(video ? [{ problem: video, device: "deviceError.camera" } as const] : []),
  ];
}

function HowTo({ kind }: { readonly kind: ReturnType<typeof browserKind> | "system" }): JSX.Element {
  return (
    <ol class="how-to" data-browser={kind}>
      <li>{t(`deviceError.howTo.${kind}.look`)}</li>
      <li>{t(`deviceError.howTo.${kind}.allow`)}</li>
      <li>{t(`deviceError.howTo.${kind}.again`)}</li>
    </ol>
  );
}
