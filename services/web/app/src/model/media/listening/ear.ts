import { decibels, flatnessOf, type Heard } from "./detectors.ts";

const STEP_MS = 100;

/** Listens to a track ten times a second, also while the track itself is muted, until the returned function is called. */
export function listenTo(track: MediaStreamTrack, tell: (heard: Heard) => void): () => void {
  // A clone has a mute of its own; the microphone behind it is the same and is asked for no second time.
  const clone = track.clone();
  clone.enabled = true;
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(new MediaStream([clone])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const spectrum = new Float32Array(analyser.frequencyBinCount);
  const timer = setInterval(() => {
    if (context.state === "suspended") void context.resume().catch(() => {});
    if (context.state !== "running") return;
    analyser.getFloatTimeDomainData(samples);
    analyser.getFloatFrequencyData(spectrum);
    tell({ atMs: performance.now(), db: decibels(samples), flatness: flatnessOf(spectrum) });
  }, STEP_MS);
  return () => {
    clearInterval(timer);
    clone.stop();
    void context.close();
  };
}
