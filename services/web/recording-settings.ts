import { type ConfigOf, flag, text, url } from "@veche/kit/config.ts";
import type { LiveSettings } from "@veche/kit/live-settings.ts";
import type { RecordingSettings } from "./domain/recording-config.ts";

const link = { protocols: ["https", "http"] };

/** What clients are told of recordings and streams, by docker-jitsi-meet's names. */
export const recordingSchema = {
  ENABLE_FILE_RECORDING_SHARING: flag(false, "Whoever records may have the recording sent to all."),
  ENABLE_LIVESTREAMING_DATA_PRIVACY_LINK: url("", "What the streaming service does with data.", link),
  ENABLE_LIVESTREAMING_HELP_LINK: url("", "How to find the key of a stream.", link),
  ENABLE_LIVESTREAMING_TERMS_LINK: url("", "Terms of the streaming service.", link),
  ENABLE_LIVESTREAMING_VALIDATOR_REGEXP_STRING: text("", "How keys look, for Jitsi's app."),
};

export function recordingSettings(config: ConfigOf<typeof recordingSchema>, live: LiveSettings): RecordingSettings {
  return {
    hasFiles: live.recording,
    hasSharing: config.ENABLE_FILE_RECORDING_SHARING,
    hasStreams: live.liveStreaming,
    dataPrivacyLink: config.ENABLE_LIVESTREAMING_DATA_PRIVACY_LINK,
    helpLink: config.ENABLE_LIVESTREAMING_HELP_LINK,
    termsLink: config.ENABLE_LIVESTREAMING_TERMS_LINK,
    keyPattern: config.ENABLE_LIVESTREAMING_VALIDATOR_REGEXP_STRING,
  };
}
