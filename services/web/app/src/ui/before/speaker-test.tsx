import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { playTestSound } from "../../model/media/test-sound.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import "./speaker-test.css";

export function SpeakerTest(): JSX.Element {
  const { devices } = useApp();
  const isPlaying = useSignal(false);
  const play = async () => {
    if (isPlaying.value) return;
    isPlaying.value = true;
    try {
      await playTestSound(devices.chosen.value.audiooutput);
    } catch (error) {
      console.warn("the test sound could not be played", error);
    }
    isPlaying.value = false;
  };
  return (
    <button
      id="test-speaker"
      class="button quiet"
      type="button"
      data-playing={isPlaying.value}
      onClick={() => void play()}
    >
      <Icon name={isPlaying.value ? "speaker" : "play"} size={18} />
      {t(isPlaying.value ? "deviceSelection.playing" : "deviceSelection.testAudio")}
    </button>
  );
}
