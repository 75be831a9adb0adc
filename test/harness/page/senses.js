/**
 * Runs in the page beside the application: says which colour and which tone of every remote participant arrives, and
 * how long each was missing. Media elements belong to the nearest ancestor with `data-endpoint`.
 */
(() => {
  if (globalThis.vecheSenses !== undefined) return;
  const sampleMs = 40;
  const audibleDb = -60;
  const canvas = document.createElement("canvas");
  canvas.width = 16;
  canvas.height = 9;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const context = new AudioContext({ sampleRate: 48_000 });
  const ears = new Map();
  const streaks = new Map();
  const firstFrames = new Map();

  function elements(kind) {
    return [...document.querySelectorAll(kind)].flatMap((element) => {
      const holder = element.closest("[data-endpoint]");
      const tracks = kind === "video" ? element.srcObject?.getVideoTracks() : element.srcObject?.getAudioTracks();
      if (holder === null || holder.dataset.self === "true" || !tracks?.length) return [];
      const source = element.closest("[data-source]")?.dataset.source ?? "";
      return [{ element, track: tracks[0], endpoint: holder.dataset.endpoint, source }];
    });
  }

  /** Average of the middle of the picture, "r,g,b". */
  function colorOf(video) {
    if (video.videoWidth === 0) return "";
    const { videoWidth: width, videoHeight: height } = video;
    pen.drawImage(video, width / 4, height / 4, width / 2, height / 2, 0, 0, canvas.width, canvas.height);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    const sum = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4) for (let band = 0; band < 3; band++) sum[band] += data[at + band];
    return sum.map((value) => Math.round(value / (data.length / 4))).join(",");
  }

  /** Of what comes from a peer connection Firefox counts only what it paints: what is in sight. */
  const framesOf = (video) => video.mozPaintedFrames ?? video.getVideoPlaybackQuality().totalVideoFrames;

  function earOf(track) {
    const known = ears.get(track.id);
    if (known?.track === track) return known;
    const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const ear = { track, analyser, bins: new Float32Array(analyser.frequencyBinCount) };
    ears.set(track.id, ear);
    void context.resume();
    return ear;
  }

  function toneOf(track) {
    const { analyser, bins } = earOf(track);
    analyser.getFloatFrequencyData(bins);
    const binHz = context.sampleRate / analyser.fftSize;
    let best = Math.ceil(200 / binHz);
    for (let bin = best; bin * binHz < 4000; bin++) if (bins[bin] > bins[best]) best = bin;
    return { hz: Math.round(best * binHz), db: Math.round(bins[best]) };
  }

  const kindOf = (source) => (source.endsWith("-v1") ? "desktop" : "video");

  function streakOf(endpoint, kind, now) {
    const key = `${endpoint} ${kind}`;
    const known = streaks.get(key);
    if (known !== undefined) return known;
    const streak = { endpoint, kind, lastAt: now, longestMs: 0, mark: "" };
    streaks.set(key, streak);
    return streak;
  }

  function arrived(streak, now) {
    streak.longestMs = Math.max(streak.longestMs, now - streak.lastAt);
    streak.lastAt = now;
  }

  function sample() {
    const now = performance.now();
    for (const { element, endpoint, source, track } of elements("video")) {
      const frames = framesOf(element);
      const mark = `${track.id} ${frames}`;
      const streak = streakOf(endpoint, kindOf(source), now);
      if (frames === 0 || streak.mark === mark) continue;
      if (!firstFrames.has(endpoint)) firstFrames.set(endpoint, Date.now());
      streak.mark = mark;
      arrived(streak, now);
    }
    for (const { endpoint, track } of elements("audio")) {
      const streak = streakOf(endpoint, "audio", now);
      if (toneOf(track).db > audibleDb) arrived(streak, now);
    }
  }
  setInterval(sample, sampleMs);

  globalThis.vecheSenses = {
    sights: () =>
      elements("video").map(({ element, endpoint, source }) => ({
        endpoint,
        source,
        color: colorOf(element),
        height: element.videoHeight,
        frames: framesOf(element),
        ageMs: Math.round(performance.now() - streakOf(endpoint, kindOf(source), performance.now()).lastAt),
      })),
    sounds: () => elements("audio").map(({ endpoint, track }) => ({ endpoint, ...toneOf(track) })),
    forgetGaps: () => streaks.clear(),
    /** The longest time without a new frame, or without an audible tone, of each remote participant. */
    gaps: () =>
      [...streaks.values()].map(({ endpoint, kind, lastAt, longestMs }) => ({
        endpoint,
        kind,
        longestMs: Math.round(Math.max(longestMs, performance.now() - lastAt)),
      })),
    firstFrames: () => Object.fromEntries(firstFrames),
  };
})();
