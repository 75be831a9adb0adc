/** What clients offer of recordings and streams. Empty texts are left out. */
export type RecordingSettings = {
  readonly hasFiles: boolean;
  readonly hasSharing: boolean;
  readonly hasStreams: boolean;
  readonly dataPrivacyLink: string;
  readonly helpLink: string;
  readonly termsLink: string;
  /** Regular expression of a stream's key. */
  readonly keyPattern: string;
};

/** The keys of config.js that say so, and those by which older clients know it. */
export function recordingConfig(settings: RecordingSettings) {
  const { hasFiles, hasSharing, hasStreams, dataPrivacyLink, helpLink, termsLink, keyPattern } = settings;
  return {
    recordingService: { enabled: hasFiles, sharingEnabled: hasFiles && hasSharing },
    liveStreaming: {
      enabled: hasStreams,
      ...(dataPrivacyLink === "" ? {} : { dataPrivacyLink }),
      ...(helpLink === "" ? {} : { helpLink }),
      ...(termsLink === "" ? {} : { termsLink }),
      ...(keyPattern === "" ? {} : { validatorRegExpString: keyPattern }),
    },
    // COMPAT: phone apps of before 2023.
    fileRecordingsEnabled: hasFiles,
    fileRecordingsServiceSharingEnabled: hasFiles && hasSharing,
    liveStreamingEnabled: hasStreams,
  };
}
