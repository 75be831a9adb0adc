import { toVecheError } from "@veche/kit/errors.ts";
import type { FromThread, ToThread } from "../messages.ts";
import type { LegStats } from "../sound.ts";
import { Conference } from "./conference.ts";
import { bindPair } from "./ports.ts";
import { type LegSurroundings, ThreadLeg } from "./thread-leg.ts";

/** All legs and conferences of the thread. */
export class Desk {
  readonly #given: LegSurroundings;
  readonly #legs = new Map<number, ThreadLeg>();
  readonly #conferences = new Map<string, Conference>();
  /** Legs that were closed before they were open. */
  readonly #opening = new Map<number, { isClosed: boolean }>();

  constructor(given: Omit<LegSurroundings, "failed">) {
    this.#given = { ...given, failed: (leg, error) => this.#fail(leg, error) };
  }

  hear(message: ToThread): void {
    if (message.type === "open") void this.#open(message.leg);
    else if (message.type === "announce") this.#announce(message.conference, message.prompts);
    else {
      const leg = this.#legs.get(message.leg);
      if (leg) leg.guard(() => this.#tell(leg, message));
      else if (message.type === "close") this.#abandon(message.leg);
    }
  }

  tick(skipped: number): void {
    const now = this.#given.now();
    for (const conference of this.#conferences.values()) conference.tick(skipped, now);
    for (const leg of this.#legs.values()) {
      if (leg.conference) continue;
      leg.guard(() => {
        leg.pull(leg.rateHz, skipped);
        leg.hear(undefined, leg.rateHz, skipped, now);
      });
    }
  }

  stats(): readonly (readonly [number, LegStats])[] {
    return [...this.#legs].flatMap(([id, { stats }]) => (stats ? [[id, stats] as const] : []));
  }

  #tell(leg: ThreadLeg, message: Exclude<ToThread, { readonly type: "open" | "announce" }>): void {
    switch (message.type) {
      case "media":
        void leg.setMedia(message.media);
        return;
      case "play": {
        const { ask } = message;
        const ended = (isWhole: boolean) => this.#given.tell({ type: "played", leg: leg.id, ask, isWhole });
        leg.play(message.prompts, message.repeat, ended);
        return;
      }
      case "stop-prompts":
        leg.stopPrompts();
        return;
      case "keys":
        leg.phone.press(message.digits);
        return;
      case "open-bridge":
        void this.#openBridge(leg, message.ask, message.towards);
        return;
      case "bridge":
        leg.setBridge(message.media);
        leg.conference?.update();
        return;
      case "voices":
        leg.voices = message.voices;
        leg.conference?.update();
        return;
      case "close-bridge":
        leg.closeBridge();
        leg.voices = [];
        leg.conference?.update();
        return;
      case "join":
        this.#join(leg, message.conference, message.endpoint);
        return;
      case "muted":
        leg.setMuted(message.isMuted);
        return;
      case "close":
        this.#close(leg);
    }
  }

  async #open(id: number): Promise<void> {
    const opening = { isClosed: false };
    this.#opening.set(id, opening);
    try {
      const { address, ports } = this.#given.options;
      const pair = await bindPair(address, ports);
      const leg = new ThreadLeg(id, pair, this.#given);
      if (opening.isClosed) leg.close();
      else {
        this.#legs.set(id, leg);
        this.#given.tell({ type: "opened", leg: id, local: leg.phone.local });
      }
    } catch (error) {
      this.#given.tell({ type: "refused", leg: id, ...described(error) });
    } finally {
      this.#opening.delete(id);
    }
  }

  async #openBridge(leg: ThreadLeg, ask: number, towards: string): Promise<void> {
    let answer: FromThread;
    try {
      answer = { type: "bridge-opened", leg: leg.id, ask, local: await leg.openBridge(towards) };
    } catch (error) {
      answer = { type: "bridge-refused", leg: leg.id, ask, ...described(error) };
    }
    this.#given.tell(answer);
  }

  #join(leg: ThreadLeg, id: string | undefined, endpoint: string): void {
    leg.endpoint = endpoint;
    if (leg.conference?.id === id) {
      leg.conference?.update();
      return;
    }
    this.#leave(leg);
    if (id === undefined) return;
    const { opus, options } = this.#given;
    const conference = this.#conferences.get(id) ?? new Conference(id, opus, options.maxSpeakers);
    this.#conferences.set(id, conference);
    leg.conference = conference;
    conference.add(leg);
  }

  #leave(leg: ThreadLeg): void {
    const { conference } = leg;
    leg.conference = undefined;
    if (!conference) return;
    conference.remove(leg);
    if (conference.legs.size === 0) this.#conferences.delete(conference.id);
  }

  #close(leg: ThreadLeg): void {
    this.#leave(leg);
    this.#legs.delete(leg.id);
    leg.close();
  }

  #fail(leg: ThreadLeg, error: unknown): void {
    if (!this.#legs.has(leg.id)) return;
    this.#given.tell({ type: "failed", leg: leg.id, message: described(error).message });
    this.#close(leg);
  }

  #abandon(id: number): void {
    const opening = this.#opening.get(id);
    if (opening) opening.isClosed = true;
  }

  #announce(id: string, prompts: readonly string[]): void {
    for (const leg of this.#conferences.get(id)?.legs ?? []) leg.announce(prompts);
  }
}

function described(error: unknown) {
  const { code, message } = toVecheError(error);
  return { code, message };
}
