import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { measureLevel } from "../../model/media/level-meter.ts";
import { useApp } from "../parts/context.ts";
import "./mic-meter.css";

/** Room noise is above this; a microphone that is switched off is not. */
const SILENCE = 0.02;
const SILENT_AFTER_MS = 5000;

/** Moves ten times a second, past the page's usual way of drawing, so as to cost nothing. */
export function MicMeter(): JSX.Element | null {
  const { media } = useApp();
  const bar = useRef<HTMLDivElement>(null);
  const meter = useRef<HTMLMeterElement>(null);
  const [isSilent, setSilent] = useState(false);
  const track = media.audioMuted.value ? undefined : media.microphone.value;
  useEffect(() => {
    if (!track) return;
    let heardAt = Date.now();
    const stop = measureLevel(track, (level) => {
      bar.current?.style.setProperty("--level", String(level));
      if (meter.current) meter.current.value = level;
      if (level > SILENCE) heardAt = Date.now();
      setSilent(Date.now() - heardAt > SILENT_AFTER_MS);
    });
    return () => {
      stop();
      setSilent(false);
    };
  }, [track]);
  if (!track) return null;
  return (
    <>
      <div ref={bar} class="level">
        <meter
          ref={meter}
          class="visually-hidden"
          aria-label={t("deviceSelection.micLevel")}
          min={0}
          max={1}
          value={0}
        />
      </div>
      <p class="hint mic-silent" role="status">
        {isSilent && t("prejoin.micIsSilent")}
      </p>
    </>
  );
}
