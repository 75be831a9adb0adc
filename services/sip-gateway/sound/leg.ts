import { VecheError } from "@veche/kit/errors.ts";
import { checkBridge, checkMedia } from "./check.ts";
import type { FromThread, Place, ToThread } from "./messages.ts";
import type { BridgeMedia, Leg, LegListener, LegMedia, LegStats, Prompt, Voice } from "./sound.ts";

type Given = { readonly tell: (message: ToThread) => void; readonly closed: () => void };
type Heard = Exclude<FromThread, { readonly type: "stats" | "fault" | "failed" | "opened" | "refused" }>;
type OpeningBridge = { readonly opened: (local: Place) => void; readonly refused: (error: VecheError) => void };

const nothing: LegStats = {
  received: 0,
  lost: 0,
  concealed: 0,
  late: 0,
  jitterMs: 0,
  bufferMs: 0,
  spoilt: 0,
  foreign: 0,
};

/** A leg as the gateway has it: what it is told goes to the thread. */
export class OpenedLeg implements Leg {
  readonly local: Place;
  stats: LegStats = nothing;
  readonly #id: number;
  readonly #listener: LegListener;
  readonly #given: Given;
  readonly #playing = new Map<number, (isWhole: boolean) => void>();
  readonly #bridges = new Map<number, OpeningBridge>();
  #asked = 0;
  #isClosed = false;

  constructor(id: number, local: Place, listener: LegListener, given: Given) {
    this.#id = id;
    this.local = local;
    this.#listener = listener;
    this.#given = given;
  }

  setMedia(media: LegMedia): void {
    checkMedia(media);
    this.#tell({ type: "media", leg: this.#id, media });
  }

  async play(prompts: readonly Prompt[], options?: { readonly repeat?: boolean }): Promise<boolean> {
    if (this.#isClosed) return false;
    const ask = this.#ask();
    return await new Promise<boolean>((ended) => {
      this.#playing.set(ask, ended);
      this.#tell({ type: "play", leg: this.#id, ask, prompts, repeat: options?.repeat ?? false });
    });
  }

  stopPrompts(): void {
    this.#tell({ type: "stop-prompts", leg: this.#id });
  }

  sendKeys(digits: string): void {
    this.#tell({ type: "keys", leg: this.#id, digits });
  }

  async openBridge(towards: string): Promise<Place> {
    if (this.#isClosed) throw new VecheError("unavailable", "the leg is closed");
    const ask = this.#ask();
    return await new Promise<Place>((opened, refused) => {
      this.#bridges.set(ask, { opened, refused });
      this.#tell({ type: "open-bridge", leg: this.#id, ask, towards });
    });
  }

  setBridge(media: BridgeMedia): void {
    checkBridge(media);
    this.#tell({ type: "bridge", leg: this.#id, media });
  }

  setVoices(voices: readonly Voice[]): void {
    this.#tell({ type: "voices", leg: this.#id, voices });
  }

  closeBridge(): void {
    this.#tell({ type: "close-bridge", leg: this.#id });
  }

  join(conference: string | undefined, endpoint: string): void {
    this.#tell({ type: "join", leg: this.#id, conference, endpoint });
  }

  setMuted(isMuted: boolean): void {
    this.#tell({ type: "muted", leg: this.#id, isMuted });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#tell({ type: "close", leg: this.#id });
    this.#end(new VecheError("unavailable", "the leg is closed"));
    this.#given.closed();
  }

  /** It, or its thread, is gone. */
  fail(error: VecheError): void {
    if (this.#isClosed) return;
    this.#end(error);
    this.#listener.failed(error);
  }

  hearStats(stats: LegStats): void {
    this.stats = stats;
  }

  hear(message: Heard): void {
    switch (message.type) {
      case "played":
        this.#playing.get(message.ask)?.(message.isWhole);
        this.#playing.delete(message.ask);
        return;
      case "bridge-opened":
        this.#bridges.get(message.ask)?.opened(message.local);
        this.#bridges.delete(message.ask);
        return;
      case "bridge-refused":
        this.#bridges.get(message.ask)?.refused(new VecheError(message.code, message.message));
        this.#bridges.delete(message.ask);
        return;
      case "key":
        this.#listener.key(message.digit, message.via);
        return;
      case "silent":
        this.#listener.silent(message.isSilent);
        return;
      case "bridge-silent":
        this.#listener.bridgeSilent(message.isSilent);
    }
  }

  #ask(): number {
    this.#asked += 1;
    return this.#asked;
  }

  #tell(message: ToThread): void {
    if (!this.#isClosed) this.#given.tell(message);
  }

  #end(error: VecheError): void {
    this.#isClosed = true;
    for (const ended of this.#playing.values()) ended(false);
    for (const { refused } of this.#bridges.values()) refused(error);
    this.#playing.clear();
    this.#bridges.clear();
  }
}
