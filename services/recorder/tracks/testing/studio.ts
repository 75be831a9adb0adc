/** A recorder of tracks on a bus of its own, with the test as the focus. */
import { systemClock } from "@veche/kit/clock.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { openTracks } from "../open.ts";
import { Taps } from "../relay/taps.ts";
import { type Clip, ScriptedBridge } from "./scripted-bridge.ts";

export const conference = "c1";
const recorder = "rec-1";

export const meeting = {
  job: "job",
  tenant: "main",
  room: "room",
  session: conference,
  roomName: "room",
  roomJid: "room@muc.example",
};

export class Studio implements AsyncDisposable {
  readonly network = new MemoryNetwork();
  readonly focus = new MemoryBus(this.network, { role: "focus" });
  readonly bus = new MemoryBus(this.network, { role: "recorder" });
  readonly taps = new Taps(this.bus, recorder, systemClock);
  readonly recorder = recorder;
  #bridge: ScriptedBridge | undefined;

  static async open(): Promise<Studio> {
    const studio = new Studio();
    studio.#bridge = await ScriptedBridge.start(studio.network);
    return studio;
  }

  get bridge(): ScriptedBridge {
    if (!this.#bridge) throw new Error("the studio is not open");
    return this.#bridge;
  }

  record(directory: string, given: { readonly mode?: "tracks" | "audio"; readonly attempt?: number } = {}) {
    const { mode = "tracks", attempt = 1 } = given;
    const { signal } = new AbortController();
    const place = { address: () => "127.0.0.1", ports: { min: 0, max: 0 } };
    const around = {
      bus: this.bus,
      clock: systemClock,
      log: silentLog,
      taps: this.taps,
      recorder,
      instance: "r-1",
      place,
    };
    return openTracks({ meeting, mode, directory, attempt, signal }, around);
  }

  offer(clips: readonly Clip[], epoch?: bigint): Promise<void> {
    return this.bridge.offer(this.focus, recorder, conference, clips, epoch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.taps[Symbol.dispose]();
    await this.#bridge?.[Symbol.asyncDispose]();
    await this.bus[Symbol.asyncDispose]();
    await this.focus[Symbol.asyncDispose]();
  }
}
