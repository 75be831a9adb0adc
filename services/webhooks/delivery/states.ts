import type { MessageShape } from "@bufbuild/protobuf";
import type { Subscription } from "@veche/kit/bus.ts";
import type { EndpointStateSchema } from "@veche/proto/gen/veche/webhooks/v1/webhooks_pb.ts";
import { beginning, type Progress } from "../domain/progress.ts";
import type { Book } from "./book.ts";

type Stored = MessageShape<typeof EndpointStateSchema>;

/** How delivery to each endpoint goes, for all processes. */
export class States {
  readonly #book: Book<typeof EndpointStateSchema>;

  constructor(book: Book<typeof EndpointStateSchema>) {
    this.#book = book;
  }

  get(id: string): Progress {
    return progressOf(id, this.#book.get(id));
  }

  async ask(id: string): Promise<Progress> {
    return progressOf(id, await this.#book.ask(id));
  }

  /** Ids that something is known of. */
  get ids(): readonly string[] {
    return this.#book.all.map(({ id }) => id);
  }

  onChange(id: string, listener: () => void): Subscription {
    return this.#book.onChange((key) => key === id && listener());
  }

  async change(id: string, change: (progress: Progress) => Progress): Promise<Progress> {
    return progressOf(id, await this.#book.change(id, (stored) => storedOf(change(progressOf(id, stored)))));
  }

  remove(id: string): Promise<void> {
    return this.#book.remove(id);
  }
}

export function storedOf(progress: Progress) {
  return {
    ...progress,
    failingSinceMs: BigInt(progress.failingSinceMs),
    nextTryMs: BigInt(progress.nextTryMs),
    delivered: BigInt(progress.delivered),
    lastDeliveredMs: BigInt(progress.lastDeliveredMs),
    disabledMs: BigInt(progress.disabledMs),
  };
}

function progressOf(id: string, stored: Stored | undefined): Progress {
  if (!stored) return beginning(id);
  const { failures, failedEvent, failure, disabledReason } = stored;
  return {
    id,
    failures,
    failedEvent,
    failure,
    disabledReason,
    failingSinceMs: Number(stored.failingSinceMs),
    nextTryMs: Number(stored.nextTryMs),
    delivered: Number(stored.delivered),
    lastDeliveredMs: Number(stored.lastDeliveredMs),
    disabledMs: Number(stored.disabledMs),
  };
}
