import type { Log } from "@veche/kit/log.ts";
import type { Config } from "../config.ts";
import type { RoundTrip } from "./round-trip.ts";

/** Focus and XMPP server belong on one host: says so where they are apart, or far from each other. */
export class Signalling {
  readonly #log: Log;
  readonly #roundTrip: RoundTrip;
  readonly #hostId: string;
  readonly #slowMs: number;
  #serverHostId = "";
  #told = "";

  constructor(log: Log, roundTrip: RoundTrip, config: Config) {
    this.#log = log;
    this.#roundTrip = roundTrip;
    this.#hostId = config.VECHE_HOST_ID;
    this.#slowMs = config.JICOFO_XMPP_ROUND_TRIP_WARNING;
  }

  noteServer(hostId: string): void {
    this.#serverHostId = hostId;
    this.check();
  }

  get roundTripMs(): number | undefined {
    return this.#roundTrip.medianMs;
  }

  /** What is wrong with the placement. */
  warnings(): readonly string[] {
    const warnings: string[] = [];
    if (this.#serverHostId !== "" && this.#serverHostId !== this.#hostId) {
      warnings.push(`focus and xmpp are on different hosts ("${this.#hostId}" and "${this.#serverHostId}")`);
    }
    const { roundTripMs } = this;
    if (roundTripMs !== undefined && roundTripMs > this.#slowMs) {
      warnings.push(`the round trip to xmpp takes ${Math.round(roundTripMs)} ms, expected ≤ ${this.#slowMs} ms`);
    }
    return warnings;
  }

  /** Logs a warning once, and again when it is another. */
  check(): void {
    const text = this.warnings().join("; ");
    const kinds = text.replaceAll(/\d+/g, "");
    if (kinds !== this.#told && text !== "") this.#log.warn(text);
    this.#told = kinds;
  }
}
