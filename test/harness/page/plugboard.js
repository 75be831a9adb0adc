/**
 * Runs in the page after `camera.js`: devices beside the built-in ones that can be plugged in and pulled out, each with
 * a tone or a colour of its own, and a screen that brings its sound.
 */
(() => {
  if (globalThis.vechePlugs !== undefined || navigator.mediaDevices === undefined) return;
  const media = navigator.mediaDevices;
  const builtIn = { user: media.getUserMedia, screen: media.getDisplayMedia, list: media.enumerateDevices };
  const known = {
    headset: { kind: "audioinput", label: "Test headset", play: (context, out) => tone(context, out, 1730) },
    voice: { kind: "audioinput", label: "Test voice", play: vowels },
    fan: { kind: "audioinput", label: "Test fan", play: hiss },
    dead: { kind: "audioinput", label: "Test dead microphone", play: () => {} },
    "second-camera": { kind: "videoinput", label: "Test second camera", color: "rgb(32,192,208)" },
  };
  const plugged = new Map();
  const tracks = new Map();
  let context;

  function tone(at, out, hz) {
    const source = new OscillatorNode(at, { frequency: hz });
    source.connect(new GainNode(at, { gain: 0.3 })).connect(out);
    source.start();
  }

  /** What a throat does: a hum with overtones through two formants, in syllables. */
  function vowels(at, out) {
    const throat = new OscillatorNode(at, { type: "sawtooth", frequency: 130 });
    const mouth = new GainNode(at, { gain: 0 });
    for (const [frequency, gain] of [
      [700, 1],
      [1100, 0.6],
      [2500, 0.2],
    ])
      throat
        .connect(new BiquadFilterNode(at, { type: "bandpass", frequency, Q: 6 }))
        .connect(new GainNode(at, { gain }))
        .connect(mouth);
    mouth.connect(new GainNode(at, { gain: 1.2 })).connect(out);
    throat.start();
    let isOpen = false;
    setInterval(() => {
      isOpen = !isOpen;
      throat.frequency.setTargetAtTime(110 + Math.random() * 50, at.currentTime, 0.05);
      mouth.gain.setTargetAtTime(isOpen ? 1 : 0.05, at.currentTime, 0.03);
    }, 160);
  }

  function hiss(at, out) {
    const buffer = new AudioBuffer({ length: at.sampleRate * 2, sampleRate: at.sampleRate });
    const samples = buffer.getChannelData(0);
    for (let index = 0; index < samples.length; index++) samples[index] = (Math.random() * 2 - 1) * 0.1;
    const source = new AudioBufferSourceNode(at, { buffer, loop: true });
    source.connect(out);
    source.start();
  }

  function audioTrack(play, deviceId, label) {
    context ??= new AudioContext({ sampleRate: 48_000 });
    void context.resume();
    const out = new MediaStreamAudioDestinationNode(context);
    play(context, out);
    return describe(out.stream.getAudioTracks()[0], deviceId, label);
  }

  function videoTrack({ color, label }, deviceId) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [640, 360];
    const pen = canvas.getContext("2d");
    let frame = 0;
    const draw = () => {
      pen.fillStyle = color;
      pen.fillRect(0, 0, 640, 360);
      pen.fillStyle = frame++ % 2 === 0 ? "#ffffff" : "#101010";
      pen.fillRect((frame * 8) % 640, 344, 16, 16);
    };
    draw();
    setInterval(draw, 66);
    return describe(canvas.captureStream(15).getVideoTracks()[0], deviceId, label, { width: 640, height: 360 });
  }

  function describe(track, deviceId, label, extra = {}) {
    const settings = track.getSettings.bind(track);
    track.getSettings = () => ({ ...settings(), deviceId, ...extra });
    track.applyConstraints = async () => {};
    Object.defineProperty(track, "label", { value: label });
    tracks.set(deviceId, track);
    return track;
  }

  const wanted = (constraint) => plugged.get(constraint?.deviceId?.exact);

  media.getUserMedia = async (constraints) => {
    const [audio, video] = [wanted(constraints.audio), wanted(constraints.video)];
    const stream = new MediaStream();
    if (globalThis.vecheCamera.isRefused) throw new DOMException("Permission denied", "NotAllowedError");
    if (vechePlugs.isBusy) throw new DOMException("Could not start video source", "NotReadableError");
    if (audio) stream.addTrack(audioTrack(audio.play, constraints.audio.deviceId.exact, audio.label));
    if (video) stream.addTrack(videoTrack(video, constraints.video.deviceId.exact));
    const rest = { audio: audio ? false : constraints.audio, video: video ? false : constraints.video };
    if (rest.audio || rest.video)
      for (const track of (await builtIn.user(rest)).getTracks()) {
        tracks.set(track.getSettings().deviceId, track);
        stream.addTrack(track);
      }
    return stream;
  };

  media.enumerateDevices = async () => [
    ...(await builtIn.list()),
    ...[...plugged].map(([deviceId, { kind, label }]) => ({ kind, deviceId, label, groupId: deviceId })),
  ];

  media.getDisplayMedia = async (constraints) => {
    const stream = await builtIn.screen(constraints);
    if (constraints.audio) stream.addTrack(audioTrack((at, out) => tone(at, out, 2500), "test-screen", "Tab sound"));
    return stream;
  };

  const tell = () => media.dispatchEvent(new Event("devicechange"));

  globalThis.vechePlugs = {
    isBusy: false,
    plug(name) {
      plugged.set(name, known[name]);
      tell();
    },
    /** Its sound or picture ends first, then it is gone from the list. */
    unplug(name) {
      plugged.delete(name);
      const track = tracks.get(name);
      track?.stop();
      track?.dispatchEvent(new Event("ended"));
      tell();
    },
    isOpen: (name) => tracks.get(name)?.readyState === "live",
    /** As after a sleep, or when the permission is taken back. */
    end(name) {
      const track = tracks.get(name);
      track?.stop();
      track?.dispatchEvent(new Event("ended"));
    },
  };
})();
