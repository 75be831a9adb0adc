/**
 * In the page's worker, below the sources of Pace and SoundLine: encodes the picture at a steady beat and lines up the
 * sound. Is told once `{pictures, sounds, options}`, two streams of what was captured (sounds may be missing).
 *
 * Tells: `{kind: "video", timeUs, isKey, bytes, description?}`, `{kind: "sound", timeUs, rate, bytes}` (16 bit, little
 * endian, stereo), `{kind: "figures", frames, dropped}` each second, `{kind: "failed", text}`.
 */

/* global Pace, SoundLine */

/** What is under way in the encoder at most: beyond it the machine is too slow, and pictures are left out. */
const maxQueue = 8;
const soundBatch = 0.04;
/** A picture that found its place taken after so long was wanted there: see Pace.fill. */
const lateMs = 300;
/** Before the film begins: by then what was quickest to arrive has shown the zeros of capture times. */
const warmUpMs = 300;

globalThis.onmessage = ({ data: { pictures, sounds, options } }) => {
  const pace = new Pace(options.framesPerSecond);
  const figures = { frames: 0, dropped: 0 };
  const fail = (error) => postMessage({ kind: "failed", text: String(error) });

  /**
   * Capture times of pictures and of sound have different zeros: the quickest of each to arrive came at once. Sound's first
   * time is of another zero than those after it, which is seen by its going back.
   */
  const zeroOf = () => {
    let zeroMs = Number.POSITIVE_INFINITY;
    let lastMs = Number.NEGATIVE_INFINITY;
    return (timestampUs) => {
      const ms = timestampUs / 1000;
      if (ms < lastMs) zeroMs = Number.POSITIVE_INFINITY;
      lastMs = ms;
      zeroMs = Math.min(zeroMs, performance.now() - ms);
      return ms + zeroMs;
    };
  };

  const encoder = new VideoEncoder({
    output(chunk, metadata) {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      const description = metadata?.decoderConfig?.description;
      const told = { kind: "video", timeUs: chunk.timestamp, isKey: chunk.type === "key", bytes };
      postMessage(description ? { ...told, description: new Uint8Array(description) } : told, [bytes.buffer]);
    },
    error: fail,
  });
  encoder.configure({
    codec: options.codec,
    width: options.width,
    height: options.height,
    framerate: options.framesPerSecond,
    bitrate: options.bitrateBps,
    bitrateMode: "variable",
    latencyMode: "realtime",
    avc: { format: "avc" },
  });

  let picture;
  let lastKey = Number.NEGATIVE_INFINITY;
  const encode = (place) => {
    if (encoder.state !== "configured") return;
    if (encoder.encodeQueueSize > maxQueue) {
      figures.dropped++;
      return;
    }
    const keyFrame = place - lastKey >= options.framesPerSecond * options.keySeconds;
    if (keyFrame) lastKey = place;
    const timed = new VideoFrame(picture, { timestamp: Math.round((place * 1e6) / options.framesPerSecond) });
    encoder.encode(timed, { keyFrame });
    timed.close();
    figures.frames++;
  };
  const repeat = (count) => {
    for (let place = pace.next - count; place < pace.next; place++) encode(place);
  };

  const readAll = async (stream, take) => {
    const reader = stream.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      take(value);
    }
  };

  const pictureTime = zeroOf();
  let firstMs;
  const takePicture = (frame) => {
    firstMs ??= performance.now();
    const capturedMs = pictureTime(frame.timestamp);
    const isWarm = performance.now() - firstMs > warmUpMs;
    const { repeats, isTaken } = isWarm ? pace.take(capturedMs) : { repeats: 0, isTaken: false };
    for (let left = repeats; left > 0; left--) encode(pace.next - 1 - left);
    picture?.close();
    picture = frame;
    if (isTaken) encode(pace.next - 1);
    // What came too soon is no loss: pages may be captured more often than asked for.
    else if (isWarm && performance.now() - capturedMs > lateMs) figures.dropped++;
  };
  readAll(pictures, takePicture).then(() => fail("the capture of the picture ended"), fail);

  let rate = 48_000;
  let line;
  let batch = [];
  let batched = 0;
  const sendSound = () => {
    if (batched === 0) return;
    const bytes = new Uint8Array(batched * 4);
    let offset = 0;
    for (const part of batch) {
      bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
      offset += part.byteLength;
    }
    const timeUs = Math.round(((line.laid - batched) * 1e6) / rate);
    batch = [];
    batched = 0;
    postMessage({ kind: "sound", timeUs, rate, bytes }, [bytes.buffer]);
  };
  const addSound = (samples) => {
    if (samples.length === 0) return;
    batch.push(samples);
    batched += samples.length / 2;
    if (batched >= rate * soundBatch) sendSound();
  };
  const soundTime = zeroOf();
  const takeSound = (sound) => {
    const atMs = soundTime(sound.timestamp) - (pace.startMs ?? 0);
    const isUseful = pace.startMs !== undefined && (!line || sound.sampleRate === rate);
    if (isUseful) {
      rate = sound.sampleRate;
      line ??= new SoundLine(rate);
      const count = sound.numberOfFrames;
      const { silence, skip } = line.take(atMs, count);
      if (silence > 0) addSound(new Int16Array(silence * 2));
      if (skip < count) addSound(stereo(sound, skip));
    }
    sound.close();
  };
  if (sounds) readAll(sounds, takeSound).then(() => fail("the capture of the sound ended"), fail);

  setInterval(() => {
    const now = performance.now();
    if (!picture || now - firstMs < warmUpMs * 2) return;
    // A page on which nothing moves is captured once.
    if (pace.startMs === undefined) pace.take(now);
    repeat(pace.fill(now));
    if (!line && now - pace.startMs < 500) return;
    line ??= new SoundLine(rate);
    const silence = line.fill(now - pace.startMs);
    if (silence > 0) addSound(new Int16Array(silence * 2));
  }, 40);
  setInterval(() => postMessage({ kind: "figures", ...figures }), 1000);
};

/** From the sample `skip` on, both channels in turn. */
function stereo(sound, skip) {
  const count = sound.numberOfFrames;
  const channels = [0, Math.min(1, sound.numberOfChannels - 1)].map((planeIndex) => {
    const samples = new Float32Array(count);
    sound.copyTo(samples, { planeIndex, format: "f32-planar" });
    return samples;
  });
  const mixed = new Int16Array((count - skip) * 2);
  for (let at = skip; at < count; at++)
    for (let channel = 0; channel < 2; channel++)
      mixed[(at - skip) * 2 + channel] = Math.max(-1, Math.min(1, channels[channel][at])) * 32_767;
  return mixed;
}
