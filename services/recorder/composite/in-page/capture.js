/**
 * In the page, in a world apart from the app's: captures this very tab, picture and sound, has a worker encode it, and
 * hands what comes out to the binding `options.binding` as text: `<kind> <numbers…> <base64>`.
 * Evaluated as a function of `(options, workerSource)`, as if by a click; resolves once it captures.
 */
async (options, workerSource) => {
  const tell = globalThis[options.binding];
  const base64 = (bytes) => {
    let text = "";
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return btoa(text);
  };
  const stream = await navigator.mediaDevices.getDisplayMedia({
    preferCurrentTab: true,
    selfBrowserSurface: "include",
    video: {
      width: options.width,
      height: options.height,
      frameRate: { max: options.framesPerSecond },
      cursor: "never",
    },
    audio: {
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      suppressLocalAudioPlayback: true,
    },
  });
  const [video] = stream.getVideoTracks();
  const [audio] = stream.getAudioTracks();
  const pictures = new MediaStreamTrackProcessor({ track: video }).readable;
  const sounds = audio && new MediaStreamTrackProcessor({ track: audio }).readable;

  const address = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
  const worker = new Worker(address);
  worker.onerror = (event) => tell(`failed 0 ${btoa(`worker: ${event.message}`)}`);
  worker.onmessage = ({ data }) => {
    switch (data.kind) {
      case "video":
        if (data.description) tell(`description 0 ${base64(data.description)}`);
        return tell(`${data.isKey ? "key" : "delta"} ${data.timeUs} ${base64(data.bytes)}`);
      case "sound":
        return tell(`sound ${data.timeUs} ${data.rate} ${base64(data.bytes)}`);
      case "figures":
        // Answered only by a page that is drawn.
        return requestAnimationFrame(() => tell(`figures ${data.frames} ${data.dropped}`));
      default:
        return tell(`failed 0 ${base64(new TextEncoder().encode(data.text))}`);
    }
  };
  worker.postMessage({ pictures, sounds, options }, sounds ? [pictures, sounds] : [pictures]);
};
