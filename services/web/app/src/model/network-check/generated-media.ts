import type { Tracks } from "../../protocol/jingle/session.ts";

const SIZE = { width: 640, height: 360 } as const;
const FRAMES_PER_SECOND = 15;
const TONE_HZ = 440;

/** A picture that never stands still and a soft tone: no device is opened for them. */
export class GeneratedMedia {
  readonly tracks: Tracks;
  readonly #sound = new AudioContext();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor() {
    const canvas = Object.assign(document.createElement("canvas"), SIZE);
    const pen = canvas.getContext("2d");
    let frame = 0;
    const draw = () => {
      if (!pen) return;
      frame++;
      for (let column = 0; column < 16; column++) {
        pen.fillStyle = `hsl(${(frame * 3 + column * 23) % 360} 60% ${35 + ((frame + column * 5) % 30)}%)`;
        pen.fillRect(column * 40, 0, 40, SIZE.height);
      }
      pen.fillStyle = "#fff";
      pen.fillRect((frame * 7) % SIZE.width, (frame * 5) % SIZE.height, 60, 60);
    };
    draw();
    // Unlike animation frames these come in a tab behind others too.
    this.#timer = setInterval(draw, 1000 / FRAMES_PER_SECOND);
    const tone = new OscillatorNode(this.#sound, { frequency: TONE_HZ });
    const sink = new MediaStreamAudioDestinationNode(this.#sound);
    tone.connect(new GainNode(this.#sound, { gain: 0.1 })).connect(sink);
    tone.start();
    const [camera] = canvas.captureStream(FRAMES_PER_SECOND).getVideoTracks();
    const [audio] = sink.stream.getAudioTracks();
    this.tracks = { ...(camera ? { camera } : {}), ...(audio ? { audio } : {}) };
  }

  close(): void {
    clearInterval(this.#timer);
    for (const track of Object.values(this.tracks)) track.stop();
    void this.#sound.close();
  }
}
