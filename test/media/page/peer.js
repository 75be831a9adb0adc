/** Runs in the page: a peer connection with a moving picture and a tone, and a bridge channel. */
(() => {
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  let own;
  let socket;
  const heard = [];

  connection.ontrack = ({ track }) => {
    const sink = document.createElement(track.kind);
    sink.srcObject = new MediaStream([track]);
    sink.autoplay = true;
    sink.muted = track.kind === "video";
    document.documentElement.append(sink);
  };

  /** 15 frames a second: 720 lines have three layers to choose from; calm, so that a busy machine encodes all. */
  function paint({ height = 720, isBusy = false, color = "hsl(200 80% 50%)" } = globalThis.vechePicture ?? {}) {
    const canvas = document.createElement("canvas");
    canvas.width = (height * 16) / 9;
    canvas.height = height;
    const pen = canvas.getContext("2d");
    let frame = 0;
    setInterval(() => {
      pen.fillStyle = color;
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = "#fff";
      pen.fillRect((frame++ * 16) % canvas.width, canvas.height / 2, height / 7, height / 7);
      if (isBusy) scatter(pen, canvas);
    }, 66);
    return canvas.captureStream(15).getVideoTracks()[0];
  }

  /** Much that moves: the encoder takes all it may. */
  function scatter(pen, { width, height }) {
    for (let count = 0; count < 60; count += 1) {
      pen.fillStyle = `hsl(${Math.random() * 360} 60% 50%)`;
      pen.fillRect(Math.random() * width, Math.random() * height, height / 12, height / 12);
    }
  }

  function hum() {
    const context = new AudioContext();
    const tone = new OscillatorNode(context, { frequency: globalThis.vecheTone ?? 440 });
    const loudness = new GainNode(context, { gain: 0.2 });
    const out = new MediaStreamAudioDestinationNode(context);
    tone.connect(loudness).connect(out);
    tone.start();
    own.loudness = loudness;
    return out.stream.getAudioTracks()[0];
  }

  globalThis.vechePeer = {
    async answer(offer) {
      if (!own) {
        own = {};
        for (const track of [hum(), paint()]) connection.addTrack(track);
      }
      await connection.setRemoteDescription({ type: "offer", sdp: offer });
      return (await connection.createAnswer()).sdp;
    },
    async apply(answer, scalabilityMode) {
      await connection.setLocalDescription({ type: "answer", sdp: answer });
      for (const sender of connection.getSenders().filter(({ track }) => track?.kind === "video")) {
        // Else a busy machine sends smaller pictures, and no layer has the height that is looked for.
        const parameters = sender.getParameters();
        if (scalabilityMode) parameters.encodings[0].scalabilityMode = scalabilityMode;
        await sender.setParameters({ ...parameters, degradationPreference: "maintain-resolution" });
      }
    },
    canSend: (codec) =>
      RTCRtpSender.getCapabilities("video").codecs.some(({ mimeType }) => mimeType === `video/${codec}`),
    state: () => connection.connectionState,
    /** Syllables: a steady tone passes for background noise. */
    speak(gain) {
      clearInterval(own.speech);
      own.loudness.gain.value = gain;
      if (gain === 0) return;
      let beat = 0;
      own.speech = setInterval(() => {
        own.loudness.gain.value = beat++ % 3 === 0 ? gain / 20 : gain;
      }, 150);
    },
    openChannel: (url) =>
      new Promise((resolve, reject) => {
        socket = new WebSocket(url);
        socket.onopen = resolve;
        socket.onerror = () => reject(new Error("no bridge channel"));
        socket.onmessage = ({ data }) => heard.push(JSON.parse(data));
      }),
    say: (message) => socket.send(JSON.stringify(message)),
    heard: () => heard,
    async received() {
      const found = [];
      const stats = await connection.getStats();
      for (const stat of stats.values()) {
        if (stat.type !== "inbound-rtp") continue;
        found.push({
          ssrc: stat.ssrc,
          kind: stat.kind,
          frames: stat.framesDecoded ?? 0,
          height: stat.frameHeight ?? 0,
          packets: stat.packetsReceived,
          energy: stat.totalAudioEnergy ?? 0,
          samples: stat.totalSamplesReceived ?? 0,
          concealedSamples: stat.concealedSamples ?? 0,
          codec: stats.get(stat.codecId)?.mimeType ?? "",
        });
      }
      return found;
    },
    async sending() {
      const found = [];
      for (const stat of (await connection.getStats()).values())
        if (stat.type === "outbound-rtp" && stat.kind === "video")
          found.push({
            ssrc: stat.ssrc,
            frames: stat.framesEncoded ?? 0,
            isActive: stat.active,
            height: stat.frameHeight ?? 0,
          });
      return found;
    },
  };
})();
