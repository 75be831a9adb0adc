/** Sound that costs codecs what speech costs them: a voice with overtones, syllables, pauses and breath; the same each time. */
export function speech(count: number, rateHz: number): Float32Array {
  let phase = 0;
  let seed = 5;
  return Float32Array.from({ length: count }, (_, at) => {
    const seconds = at / rateHz;
    seed = (seed * 48_271) % 2_147_483_647;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3.1 * seconds)) * (seconds % 5 < 4.2 ? 1 : 0);
    phase += (2 * Math.PI * (130 + 35 * Math.sin(seconds * 2.3))) / rateHz;
    let voice = 0;
    for (let overtone = 1; overtone <= 12; overtone += 1) voice += Math.sin(phase * overtone) / overtone;
    return 0.15 * voice * syllable + 0.004 * (seed / 1_073_741_824 - 1);
  });
}

/** A room in which nobody speaks. */
export function quiet(count: number): Float32Array {
  let seed = 5;
  return Float32Array.from({ length: count }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return 0.0008 * (seed / 1_073_741_824 - 1);
  });
}
