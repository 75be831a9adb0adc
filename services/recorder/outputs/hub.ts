import type { Readable } from "node:stream";
import type { Log } from "@veche/kit/log.ts";
import type { Sink } from "../session/contract.ts";
import { PacketAligner, ProgrammeReader, packetBytes } from "./transport-stream.ts";

/**
 * Hands one transport stream on to any number of sinks, which come and go. Each begins with the tables and a key frame. A
 * sink's `write` returns at once and keeps its own buffer, so none can hold up the others or the capture.
 */
export class Hub {
  readonly #log: Log;
  readonly #waiting = new Set<Sink>();
  readonly #running = new Set<Sink>();

  constructor({ log }: { readonly log: Log }) {
    this.#log = log;
  }

  /** It is written to from the next key frame on. Buffers it is given are not its own: it must not change them. */
  add(sink: Sink): void {
    if (!this.#running.has(sink)) this.#waiting.add(sink);
  }

  /** Disposing of it is the caller's. */
  remove(sink: Sink): void {
    this.#waiting.delete(sink);
    this.#running.delete(sink);
  }

  /**
   * Resolves when the stream has ended, however it did: its capture knows why. Another may be fed after it, and begins with
   * tables and a key frame for all.
   */
  feed(media: Readable): Promise<void> {
    const aligner = new PacketAligner();
    const programmes = new ProgrammeReader();
    for (const sink of this.#running) this.#waiting.add(sink);
    this.#running.clear();
    media.on("data", (chunk: Buffer) => this.#spread(aligner.push(chunk), programmes));
    return new Promise((resolve) => {
      media.once("end", resolve);
      media.once("close", resolve);
      media.once("error", () => resolve());
    });
  }

  #spread(packets: Buffer, programmes: ProgrammeReader): void {
    let start = 0;
    for (let at = 0; at < packets.length; at += packetBytes) {
      const packet = packets.subarray(at, at + packetBytes);
      programmes.see(packet);
      if (this.#waiting.size === 0 || !programmes.isKeyFrameStart(packet)) continue;
      this.#write(packets.subarray(start, at));
      start = at;
      this.#begin(programmes.programme?.tables);
    }
    this.#write(packets.subarray(start));
  }

  #begin(tables: Buffer | undefined): void {
    if (!tables) return;
    for (const sink of this.#waiting) {
      this.#running.add(sink);
      this.#writeTo(sink, tables);
    }
    this.#waiting.clear();
  }

  #write(packets: Buffer): void {
    if (packets.length === 0) return;
    for (const sink of this.#running) this.#writeTo(sink, packets);
  }

  #writeTo(sink: Sink, packets: Buffer): void {
    try {
      sink.write(packets);
    } catch (error) {
      this.remove(sink);
      this.#log.error({ error }, "a sink failed, and is left out");
    }
  }
}
