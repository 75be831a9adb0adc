/**
 * Runs in the page before the application: camera, microphone and screen of one's own colour and tone, so that a
 * receiver can tell who is seen and heard. Expects `vecheIdentity`.
 */
(() => {
  // A page that is no page yet has no devices.
  if (globalThis.vecheCamera !== undefined || navigator.mediaDevices === undefined) return;
  const identity = globalThis.vecheIdentity;
  const frameMs = 1000 / 15;

  /** Coarse speech: a steady tone would pass for background noise after some seconds. */
  const syllables = [220, 90, 160, 140, 300, 110, 180, 240];

  let audio;
  function microphone() {
    if (audio !== undefined) return audio;
    const context = new AudioContext({ sampleRate: 48_000 });
    const tone = new OscillatorNode(context, { frequency: identity.toneHz });
    const voice = new GainNode(context, { gain: 1 });
    const loudness = new GainNode(context, { gain: identity.loudness ?? 0.3 });
    tone.connect(voice).connect(loudness);
    tone.start();
    audio = { context, voice, loudness, speech: undefined };
    return audio;
  }

  function audioTrack() {
    const { context, loudness } = microphone();
    const out = new MediaStreamAudioDestinationNode(context);
    loudness.connect(out);
    void context.resume();
    return describe(out.stream.getAudioTracks()[0], "test-microphone", "Test microphone", {});
  }

  /** Draws on a clock: animation frames stop in a page that is not looked at. */
  function videoTrack(width, height, paint, deviceId, label, extra) {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    let frame = 0;
    const draw = () => paint(pen, width, height, frame++);
    draw();
    const timer = setInterval(() => {
      if (track.readyState === "ended") clearInterval(timer);
      else draw();
    }, frameMs);
    const track = canvas.captureStream(15).getVideoTracks()[0];
    return describe(track, deviceId, label, { width, height, frameRate: 15, ...extra });
  }

  /** What is open, by the kind of its device. */
  const open = [];

  function describe(track, deviceId, label, extra) {
    open.push(track);
    const settings = track.getSettings.bind(track);
    track.getSettings = () => ({ ...settings(), deviceId, groupId: "test", ...extra });
    track.applyConstraints = async () => {};
    Object.defineProperty(track, "label", { value: label });
    return track;
  }

  function plain(color) {
    return (pen, width, height, frame) => {
      pen.fillStyle = color;
      pen.fillRect(0, 0, width, height);
      pen.fillStyle = frame % 2 === 0 ? "#ffffff" : "#101010";
      pen.fillRect((frame * 8) % width, height - 16, 16, 16);
    };
  }

  const clapEveryMs = 2000;
  const clapMs = 240;

  /** White and a beep at once, and neither in between: how far sound and picture are apart can be seen of a recording. */
  function clapper(color) {
    const { context, voice } = microphone();
    voice.gain.value = 0;
    let isClap = false;
    return (pen, width, height) => {
      const is = performance.now() % clapEveryMs < clapMs;
      if (is !== isClap) voice.gain.setValueAtTime(is ? 1 : 0, context.currentTime);
      isClap = is;
      pen.fillStyle = is ? "#ffffff" : color;
      pen.fillRect(0, 0, width, height);
    };
  }

  const still = () => (identity.claps ? clapper(identity.color) : plain(identity.color));
  const painter = () => globalThis.vechePortrait?.(identity) ?? still();

  let devices = [
    ["videoinput", "test-camera", "Test camera"],
    ["audioinput", "test-microphone", "Test microphone"],
    ["audiooutput", "test-loudspeaker", "Test loudspeaker"],
  ].map(([kind, deviceId, label]) => ({
    kind,
    deviceId,
    label,
    groupId: "test",
    toJSON: () => ({ kind, deviceId, label }),
  }));

  const media = navigator.mediaDevices;
  media.getUserMedia = async (constraints) => {
    const stream = new MediaStream();
    if (globalThis.vecheCamera.isRefused) throw new DOMException("Permission denied", "NotAllowedError");
    for (const [kind, isWanted] of [
      ["audioinput", constraints.audio],
      ["videoinput", constraints.video],
    ])
      if (isWanted && !devices.some((device) => device.kind === kind))
        throw new DOMException("Requested device not found", "NotFoundError");
    if (constraints.audio) stream.addTrack(audioTrack());
    if (constraints.video) stream.addTrack(videoTrack(640, 360, painter(), "test-camera", "Test camera", {}));
    return stream;
  };
  media.getDisplayMedia = async () => {
    const paint = globalThis.vecheScreen?.(identity) ?? plain(identity.screenColor);
    const track = videoTrack(1280, 720, paint, "test-screen", "Test screen", { displaySurface: "monitor" });
    return new MediaStream([track]);
  };
  media.enumerateDevices = async () => devices;
  const plugged = devices;

  /** A device is pulled out, and what it gave ends; or all are there again. */
  function plug(kept) {
    devices = plugged.filter((device) => kept(device.kind));
    for (const track of open.splice(0)) {
      const isThere = devices.some((device) => device.deviceId === track.getSettings().deviceId);
      if (isThere || track.label === "Test screen") open.push(track);
      else if (track.readyState === "live") {
        track.stop();
        track.dispatchEvent(new Event("ended"));
      }
    }
    media.dispatchEvent(new Event("devicechange"));
  }

  globalThis.vecheCamera = {
    isRefused: false,
    unplug: (kind) => plug((each) => each !== kind),
    plugIn: () => plug(() => true),
    setLoudness(loudness) {
      microphone().loudness.gain.value = loudness;
    },
    speak(isSpeaking) {
      const { voice, context } = microphone();
      clearTimeout(audio.speech);
      voice.gain.value = 1;
      if (!isSpeaking) return;
      let index = 0;
      const next = () => {
        voice.gain.setTargetAtTime(index % 2 === 0 ? 1 : 0.02, context.currentTime, 0.01);
        audio.speech = setTimeout(next, syllables[index++ % syllables.length]);
      };
      next();
    },
  };
})();
