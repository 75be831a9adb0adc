import { toVecheError } from "@veche/kit/errors.ts";
import { createLogger } from "@veche/kit/log.ts";
import type { NatsLink } from "@veche/kit/nats-link.ts";
import { NatsStorage } from "@veche/kit/nats-storage.ts";
import { openOperatorLink } from "../local/operator-link.ts";
import { gather } from "./gather.ts";
import { emptyPicture, type Picture } from "./picture.ts";

/** For NATS to be there. */
const connectMs = 4000;

/** Keeps its connection over the looks of a watch, and comes back with NATS. */
export class Asking {
  readonly #withPeople: boolean;
  readonly #ending: AbortSignal;
  #open: { readonly link: NatsLink; readonly storage: NatsStorage } | undefined;

  constructor(withPeople: boolean, ending: AbortSignal) {
    this.#withPeople = withPeople;
    this.#ending = ending;
  }

  async look(): Promise<Picture> {
    try {
      this.#open ??= await connect(this.#ending);
      if (!this.#open.link.isConnected) return emptyPicture(Date.now(), "NATS is out of reach: the roles can't talk");
      return await gather({ ...this.#open, withPeople: this.#withPeople });
    } catch (error) {
      // A password that is refused, or an installation that is not there, stays so.
      if (!isAway(error)) throw error;
      return emptyPicture(Date.now(), "NATS is out of reach: is Veche running?");
    }
  }

  /** Once something was looked at. */
  get link(): NatsLink | undefined {
    return this.#open?.link;
  }

  /** Ends the process with its exit code: a connection that was never answered would keep it for as long as the other side does. */
  async end(): Promise<never> {
    await this.#open?.link.close();
    return new Promise(() => process.stdout.write("", () => process.exit()));
  }
}

async function connect(ending: AbortSignal) {
  const log = createLogger("operator", "silent");
  const signal = AbortSignal.any([ending, AbortSignal.timeout(connectMs)]);
  const { link, prefix } = await openOperatorLink("status", log, signal);
  return { link, storage: await NatsStorage.open(link, prefix, log) };
}

function isAway(error: unknown): boolean {
  if (error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError")) return true;
  return ["unavailable", "deadline-exceeded"].includes(toVecheError(error).code);
}
