const SAMPLE_RATE = 48_000;
/** A context that may not run before the first click gives silence, which is worse than no processing. */
const START_PATIENCE_MS = 1500;

export interface SoundParts {
  readonly microphone: MediaStreamTrack | undefined;
  /** Of a shared screen: heard by the others beside the voice. */
  readonly shared: MediaStreamTrack | undefined;
  readonly suppressNoise: boolean;
}

export interface SoundPath {
  readonly track: MediaStreamTrack;
  close(): void;
}

export type PathOutcome =
  | { readonly ok: true; readonly path: SoundPath }
  | { readonly ok: false; readonly reason: "blocked" | "suppressor" };

/** Something has to be done to the sound on its way out. */
export function needsPath({ shared, suppressNoise, microphone }: SoundParts): boolean {
  return shared !== undefined || (suppressNoise && microphone !== undefined);
}

/** Voice, without the noise where that is wished, and the sound of the screen, in one track. */
export async function openSoundPath({ microphone, shared, suppressNoise }: SoundParts): Promise<PathOutcome> {
  const context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: "interactive" });
  const fail = (reason: "blocked" | "suppressor"): PathOutcome => {
    void context.close();
    return { ok: false, reason };
  };
  if (!(await started(context))) return fail("blocked");
  const out = new MediaStreamAudioDestinationNode(context);
  const isSuppressed = microphone !== undefined && suppressNoise;
  const suppressor = isSuppressed ? await addSuppressor(context) : undefined;
  if (isSuppressed && !suppressor) return fail("suppressor");
  if (microphone) {
    const voice = context.createMediaStreamSource(new MediaStream([microphone]));
    if (suppressor) voice.connect(suppressor).connect(out);
    else voice.connect(out);
  }
  if (shared) context.createMediaStreamSource(new MediaStream([shared])).connect(out);
  const [track] = out.stream.getAudioTracks();
  if (!track) return fail("blocked");
  return {
    ok: true,
    path: {
      track,
      close: () => {
        track.stop();
        suppressor?.destroy();
        void context.close();
      },
    },
  };
}

async function addSuppressor(context: AudioContext) {
  try {
    return await (await import("./noise/suppressor.ts")).makeSuppressor(context);
  } catch (error) {
    console.warn("noise suppression could not be started", error);
    return undefined;
  }
}

function started(context: AudioContext): Promise<boolean> {
  if (context.state === "running") return Promise.resolve(true);
  void context.resume().catch(() => {});
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), START_PATIENCE_MS);
    context.onstatechange = () => {
      if (context.state !== "running") return;
      clearTimeout(timer);
      resolve(true);
    };
  });
}
