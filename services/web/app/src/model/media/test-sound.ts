/** Three notes upward, soft enough for headphones. */
const NOTES_HZ = [523.25, 659.25, 783.99];
const NOTE_S = 0.32;
const LOUDNESS = 0.25;

/** Plays through the chosen speaker; resolves when it is over. */
export async function playTestSound(speaker: string | undefined): Promise<void> {
  const context = new AudioContext();
  const element = new Audio();
  try {
    const out = new MediaStreamAudioDestinationNode(context);
    // Only an element can be sent to another speaker in every browser.
    element.srcObject = out.stream;
    if (speaker && "setSinkId" in element) await element.setSinkId(speaker).catch(() => {});
    await Promise.all([context.resume(), element.play()]);
    await ring(context, out);
  } finally {
    element.pause();
    element.srcObject = null;
    await context.close();
  }
}

function ring(context: AudioContext, out: AudioNode): Promise<void> {
  const begin = context.currentTime + 0.1;
  const notes = NOTES_HZ.map((frequency, index) => {
    const at = begin + index * NOTE_S;
    const tone = new OscillatorNode(context, { frequency, type: "triangle" });
    const swell = new GainNode(context, { gain: 0 });
    swell.gain.setValueAtTime(0, at);
    swell.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
    swell.gain.exponentialRampToValueAtTime(0.001, at + NOTE_S * 1.6);
    tone.connect(swell).connect(out);
    tone.start(at);
    tone.stop(at + NOTE_S * 1.6);
    return tone;
  });
  return new Promise((resolve) => notes.at(-1)?.addEventListener("ended", () => resolve()));
}
