import type { Bus } from "@veche/kit/bus.ts";
import {
  initialSettings,
  type LiveSettings,
  LiveSettingsWatch,
  type LockedSettings,
} from "@veche/kit/live-settings.ts";
import { lockSchemaOf } from "@veche/kit/live-table.ts";

/** The variables that fix what pages are told of. */
export const liveLocks = lockSchemaOf(
  "startAudioMuted",
  "startVideoMuted",
  "startWithAudioMuted",
  "startWithVideoMuted",
  "prejoinPage",
  "requireName",
  "recording",
  "liveStreaming",
  "polls",
  "privateChat",
  "reactions",
  "notice",
);

/** What pages are told: what the environment fixes, and the rest as it is stored, once NATS has been reached. */
export class LivePage {
  readonly #locked: LockedSettings;
  #watch: LiveSettingsWatch | undefined;

  constructor(locked: LockedSettings) {
    this.#locked = locked;
  }

  get current(): LiveSettings {
    return this.#watch?.current ?? { ...initialSettings, ...this.#locked };
  }

  async listen(bus: Bus): Promise<Disposable> {
    const watch = await LiveSettingsWatch.open(bus, { locked: this.#locked });
    this.#watch = watch;
    return watch;
  }
}
