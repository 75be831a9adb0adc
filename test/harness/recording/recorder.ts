/** Of a scene with a recorder that may stream to servers of the test, on a machine where the browsers of all people are too. */
export const oneRecorder = {
  size: { recorders: 1 },
  env: {
    VECHE_RECORDER_ALLOW_PRIVATE_STREAMS: "true",
    VECHE_RECORDER_MAX_CPU: "1",
    VECHE_RECORDER_MIN_DISK: "100",
    VECHE_RECORDER_WARN_DISK: "200",
  },
} as const;
