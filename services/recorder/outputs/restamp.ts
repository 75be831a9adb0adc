import { type AdtsFrame, adtsFrames, frameSamples, silentFrameLike } from "./adts.ts";
import {
  type Kind,
  type Programme,
  packAudio,
  setContinuity,
  setPid,
  shiftTimes,
  ticksBetween,
  ticksPerSecond,
} from "./transport-stream.ts";
import { dataOf, type Unit, UnitReader } from "./units.ts";

/** Where the output begins: room for what is decoded before it is shown. */
const firstTicks = ticksPerSecond;
const maxSilenceFrames = 500;
/** More than this from the end of the output is a break within a run. */
const farTicks = 10 * ticksPerSecond;

/**
 * Makes one transport stream of several runs: each begins where the one before it ended, with sound and picture as far
 * apart as they were; what is missing in the sound between them is filled with silence, since many players take sound as
 * having no holes. A run that was cut off loses the picture it was in.
 */
export class Restamper {
  readonly #out: Buffer[] = [];
  readonly #continuity = new Map<number, number>();
  #reader = new UnitReader((unit) => this.#take(unit));
  #programme: Programme | undefined;
  #shift: number | undefined;
  /** Unwrapped, in the time of the output; where the streams end. */
  #end: Record<Kind, number> = { video: firstTicks, audio: firstTicks };
  #lastVideoDts = 0;
  /** A time of the source, and the same in the output. */
  #anchor = { source: 0, output: firstTicks };
  #needsSound = true;

  /** Seconds of output so far. */
  get seconds(): number {
    return (Math.max(this.#end.video, this.#end.audio) - firstTicks) / ticksPerSecond;
  }

  get hasSound(): boolean {
    return this.#end.audio > firstTicks;
  }

  push(chunk: Buffer): Buffer {
    this.#reader.push(chunk);
    return this.#taken();
  }

  /** The next data belongs to another run. */
  endRun(isWhole: boolean): Buffer {
    this.#reader.end(isWhole);
    this.#reader = new UnitReader((unit) => this.#take(unit));
    this.#shift = undefined;
    this.#needsSound = true;
    return this.#taken();
  }

  #taken(): Buffer {
    return Buffer.concat(this.#out.splice(0));
  }

  #take(unit: Unit): void {
    const isStart = this.#shift === undefined || this.#isFar(this.#outputOf(unit));
    if (isStart && !unit.isKey) return;
    if (isStart) this.#anchorAt(unit);
    const at = this.#outputOf(unit);
    if (unit.kind === "video") this.#endVideo(at);
    else if (!this.#endAudio(unit, at)) return;
    this.#rebase(unit.dts, at);
    this.#write(unit, this.#shift ?? 0);
  }

  #outputOf(unit: Unit): number {
    return this.#anchor.output + ticksBetween(this.#anchor.source, unit.dts);
  }

  /** A time that can't be right, or follows what was lost. */
  #isFar(at: number): boolean {
    return Math.abs(at - Math.max(this.#end.video, this.#end.audio)) > farTicks;
  }

  /** From this key frame on, it goes on where the output ended. */
  #anchorAt(unit: Unit): void {
    this.#anchor = { source: unit.dts, output: Math.round(Math.max(this.#end.video, this.#end.audio)) };
    this.#shift = this.#anchor.output - unit.dts;
    this.#needsSound = true;
  }

  /** Keeps the point that times are measured from close, so that they may wrap around any number of times. */
  #rebase(source: number, output: number): void {
    if (output - this.#anchor.output > 3_600 * ticksPerSecond) this.#anchor = { source, output };
  }

  #endVideo(dts: number): void {
    const step = dts - this.#lastVideoDts;
    const isStep = step > 0 && step < ticksPerSecond;
    this.#lastVideoDts = dts;
    this.#end.video = dts + (isStep ? step : ticksPerSecond / 25);
  }

  /** False for sound that belongs before the run. */
  #endAudio(unit: Unit, pts: number): boolean {
    const frames = adtsFrames(dataOf(unit));
    const [first] = frames;
    if (!first) return false;
    const frameTicks = (frameSamples * ticksPerSecond) / first.sampleRate;
    if (this.#needsSound && pts < this.#end.audio - frameTicks / 2) return false;
    if (this.#needsSound) this.#fill(first, frameTicks, pts);
    this.#needsSound = false;
    this.#end.audio = pts + frames.length * frameTicks;
    return true;
  }

  /** Silence from where the sound ended to there. */
  #fill(like: AdtsFrame, frameTicks: number, until: number): void {
    const frame = silentFrameLike(like);
    const count = Math.floor((until - this.#end.audio) / frameTicks + 0.01);
    const pid = this.#programme?.audioPid;
    if (!frame || pid === undefined) return;
    for (let n = 0; n < Math.min(count, maxSilenceFrames); n++) {
      const at = until - (count - n) * frameTicks;
      this.#emitAll(packAudio(pid, Math.round(at), frame), pid);
    }
  }

  #write(unit: Unit, shift: number): void {
    const source = this.#reader.programme;
    if (!source) return;
    this.#programme ??= this.#begin(source);
    const pid = unit.kind === "video" ? this.#programme.videoPid : this.#programme.audioPid;
    if (pid === undefined) return;
    const packets = unit.packets.map((packet) => {
      const copy = Buffer.from(packet);
      shiftTimes(copy, shift);
      return copy;
    });
    this.#emitAll(packets, pid);
  }

  #begin(programme: Programme): Programme {
    this.#out.unshift(programme.tables);
    return programme;
  }

  #emitAll(packets: readonly Buffer[], pid: number): void {
    for (const packet of packets) {
      const counter = ((this.#continuity.get(pid) ?? -1) + 1) & 0x0f;
      this.#continuity.set(pid, counter);
      setPid(packet, pid);
      setContinuity(packet, counter);
      this.#out.push(packet);
    }
  }
}
