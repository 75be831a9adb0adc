/** Limits that are no settings; the table in README.md names each. */
export const libraryLimits = {
  titleCharacters: 200,
  linksPerRecording: 50,
  grantsPerSession: 200,
  sessionMs: 12 * 3600_000,
  linkMs: { least: 60_000, most: 366 * 24 * 3600_000 },
  pageSize: { usual: 50, most: 200 },
  /** Files being sent at once by this recorder. */
  streams: 200,
  /** Wrong guesses within `guessWindowMs`; a whole school may sit behind one address. */
  guessesPerAddress: 60,
  guessesPerAccount: 10,
  guessWindowMs: 5 * 60_000,
  guessers: 10_000,
  /** Of a finalize script: its time, and what the log keeps of its words. */
  scriptMs: 30 * 60_000,
  scriptOutputBytes: 8 * 1024,
  metadataBytes: 64 * 1024,
  /** Recordings that are finished at the same time. */
  finishing: 2,
  /** Of one recording, in its metadata. */
  participants: 5_000,
  /** Another recorder's answer, and its silence within a file. */
  neighbourMs: 30_000,
  neighbourFiles: 10_000,
} as const;
