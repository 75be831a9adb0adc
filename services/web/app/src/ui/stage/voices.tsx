import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { ownerOf } from "../../protocol/conference/source-info.ts";
import { useApp } from "../parts/context.ts";
import { Audio } from "./media-elements.tsx";

/** Everything that can be heard, whether its owner is in sight or not. */
export function Voices(): JSX.Element {
  const { config, state } = useApp();
  const voices = useComputed(() =>
    config.startSilent ? [] : [...state.remoteTracks.value].filter(([, { kind }]) => kind === "audio"),
  );
  return (
    <div class="voices">
      {voices.value.map(([source, track]) => (
        <div key={source} data-endpoint={ownerOf(source)}>
          <Audio track={track} source={source} />
        </div>
      ))}
    </div>
  );
}
