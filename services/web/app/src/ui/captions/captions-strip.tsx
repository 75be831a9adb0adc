import type { JSX } from "preact";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import "./captions.css";

/** What is being said, under the pictures. */
export function CaptionsStrip(): JSX.Element | null {
  const { call, state } = useApp();
  const { captions } = call.activities;
  if (!captions.isWanted.value) return null;
  return (
    <div id="captions" class="captions" role="log" aria-label={t("transcribing.captions")} aria-live="off">
      {captions.lines.value.map(({ id, speakerId, speakerName, text }) => (
        <p key={id} dir="auto">
          <strong>{nameOrGuest(speakerName || state.occupants.value.get(speakerId)?.name)}:</strong> {text}
        </p>
      ))}
    </div>
  );
}
