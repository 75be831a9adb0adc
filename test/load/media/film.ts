/** A film that a camera plays in a loop: pictures a real encoder made, which browsers can show. */
import type { Layer } from "./sender.ts";
import { descriptorBytes, type Encoder, packetBytes, writeDescriptor } from "./vp8.ts";

/** VP8 frames of one size; the first is a key frame, the others build on the one before. */
export type Reel = Layer & { readonly frames: readonly Buffer[] };

export type Film = {
  readonly framesPerSecond: number;
  /** One for each layer, low to high. */
  readonly reels: readonly Reel[];
};

export class Projector implements Encoder {
  readonly isStamped = false;
  readonly #frames: readonly Buffer[];
  #next = 0;
  #pictureId = 0;
  #tl0 = 0;

  constructor({ frames }: Reel) {
    this.#frames = frames;
  }

  /** Who asks for a key frame gets the film from its beginning. */
  encode(isKeyFrame: boolean): Buffer[] {
    if (isKeyFrame || this.#next >= this.#frames.length) this.#next = 0;
    const frame = this.#frames[this.#next++] ?? Buffer.alloc(0);
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    this.#tl0 = (this.#tl0 + 1) & 0xff;
    const room = packetBytes - descriptorBytes;
    return Array.from({ length: Math.max(1, Math.ceil(frame.length / room)) }, (_, index) => {
      const piece = frame.subarray(index * room, (index + 1) * room);
      const payload = Buffer.alloc(descriptorBytes + piece.length);
      writeDescriptor(payload, { isFirst: index === 0, temporal: 0, pictureId: this.#pictureId, tl0: this.#tl0 });
      piece.copy(payload, descriptorBytes);
      return payload;
    });
  }
}
