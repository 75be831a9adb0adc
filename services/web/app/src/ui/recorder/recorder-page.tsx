import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { language, t } from "../../i18n/i18n.ts";
import type { Recorder } from "../../model/recorder/recorder.ts";
import { Icon } from "../parts/icons.tsx";
import { Avatar } from "../stage/avatar.tsx";
import { Video } from "../stage/media-elements.tsx";
import { displayName } from "../stage/names.ts";
import { usePlace } from "../stage/place.ts";
import "../stage/tile.css";
import "./recorder.css";

interface Props {
  readonly recorder: Recorder;
}

/** Pictures, names, the meeting's name and the time. */
export function RecorderPage({ recorder }: Props): JSX.Element {
  const { state, view, place, sealed, voices } = recorder;
  const bar = usePlace<HTMLElement>(
    () => view.arrangement.value.bar,
    () => view.area.value.width,
  );
  return (
    <main class="recorder">
      <header class="recorder-bar" ref={bar}>
        <span class="recorder-room">{state.subject.value || place.roomName}</span>
        {sealed.value.size > 0 && <span class="recorder-sealed">{t("recording.sealed")}</span>}
        <Clock />
      </header>
      {[...view.boxes.value.keys()].map((key) => (
        <Box key={key} id={key} recorder={recorder} />
      ))}
      {voices.value.map(([source, track]) => (
        <Voice key={source} track={track} />
      ))}
    </main>
  );
}

function Box({ id, recorder }: Props & { readonly id: string }): JSX.Element | null {
  const { state, view, sealed } = recorder;
  const tile = useComputed(() => view.tiles.value.get(id)).value;
  const isLarge = useComputed(() => view.arrangement.value.large === id).value;
  const isSpeaker = useComputed(() => state.dominant.value === id && view.boxes.value.size > 1).value;
  const track = useComputed(() => state.remoteTracks.value.get(view.tiles.value.get(id)?.source ?? "")).value;
  const isSeen = useComputed(() => {
    const model = view.tiles.value.get(id);
    return model !== undefined && view.comes(model) && !sealed.value.has(model.endpoint);
  }).value;
  const element = usePlace<HTMLElement>(
    () => view.boxes.value.get(id),
    () => view.area.value.width,
  );
  if (!tile) return null;
  const { endpoint, source, kind, name, audioMuted, handRaisedAt, isPhone } = tile;
  const isScreen = kind === "desktop";
  return (
    <article
      ref={element}
      class="recorder-box"
      data-endpoint={endpoint}
      data-kind={kind}
      data-large={isLarge}
      data-speaker={isSpeaker && !isLarge}
    >
      {isSeen && track ? (
        <Video track={track} source={source} contain={isScreen || isLarge} />
      ) : (
        !isScreen && <Avatar id={endpoint} name={name} isPhone={isPhone} />
      )}
      <footer class="recorder-name">
        {!isScreen && audioMuted && <Icon name="micOff" size={14} />}
        {!isScreen && handRaisedAt > 0 && <Icon name="hand" size={14} />}
        <span>{displayName(tile)}</span>
      </footer>
    </article>
  );
}

function Voice({ track }: { readonly track: MediaStreamTrack }): JSX.Element {
  const element = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const audio = element.current;
    if (!audio) return;
    audio.srcObject = new MediaStream([track]);
    audio.play().catch((error: unknown) => console.warn("a voice is not played", error));
    return () => {
      audio.srcObject = null;
    };
  }, [track]);
  // biome-ignore lint/a11y/useMediaCaption: nobody reads this page
  return <audio ref={element} autoplay />;
}

const SECOND_MS = 1000;

/** Of the machine that records, to the second. */
function Clock(): JSX.Element {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setTimeout(() => setNow(Date.now()), SECOND_MS - (Date.now() % SECOND_MS));
    return () => clearTimeout(timer);
  }, [now]);
  const format = new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "medium" });
  return <time class="recorder-clock">{format.format(now)}</time>;
}
