import { signal } from "@preact/signals-core";
import { type DialInNumber, readConferenceCode, readDialInNumbers } from "../../protocol/conference/dial.ts";
import type { Activity, CallContext } from "../call/activity.ts";
import { serviceUrl } from "../url.ts";

/** How one comes in by telephone. */
export interface DialInWay {
  readonly numbers: readonly DialInNumber[];
  /** To be typed after the number. */
  readonly code: string;
}

const PATIENCE_MS = 10_000;

type Context = Pick<CallContext, "config" | "room">;

/** The numbers of the gateway and the meeting's code. Nothing is known where no gateway runs or does not answer. */
export class DialIn implements Activity {
  readonly way = signal<DialInWay | undefined>(undefined);
  readonly isAsking = signal(false);
  readonly #context: Context;
  readonly #ask: typeof askService;

  constructor(context: Context, ask = askService) {
    this.#context = context;
    this.#ask = ask;
  }

  /** What was known before stands until the answer. */
  async learn(): Promise<void> {
    const { dialInNumbersUrl, dialInConfCodeUrl } = this.#context.config;
    const room = this.#context.room();
    if (!room || !dialInNumbersUrl || !dialInConfCodeUrl || this.isAsking.value) return;
    this.isAsking.value = true;
    try {
      const [numbers, code] = await Promise.all([
        this.#ask(dialInNumbersUrl, room.jid).then(readDialInNumbers),
        this.#ask(dialInConfCodeUrl, room.jid).then(readConferenceCode),
      ]);
      const isStillHere = this.#context.room() === room;
      this.way.value = isStillHere && code && numbers.length > 0 ? { numbers, code } : undefined;
    } catch {
      this.way.value = undefined;
    } finally {
      this.isAsking.value = false;
    }
  }

  left(): void {
    this.way.value = undefined;
  }
}

/** `conference`: address of the room. */
async function askService(url: string, conference: string): Promise<unknown> {
  const address = serviceUrl(url, location.href, { conference }, "http");
  const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) throw new Error(`http ${response.status}`);
  return response.json();
}
