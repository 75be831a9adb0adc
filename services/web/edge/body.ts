import type { IncomingMessage } from "node:http";
import { VecheError } from "@veche/kit/errors.ts";
import type { Limits } from "../limits.ts";

export class BodyTooLarge extends Error {}

/** Bodies are read whole before they go on, so that a request can be sent again; this bounds what they take together. */
export class BodyBudget {
  #heldBytes = 0;
  readonly #limits: Pick<Limits, "bodyBytes" | "bodiesBytes">;

  constructor(limits: Pick<Limits, "bodyBytes" | "bodiesBytes">) {
    this.#limits = limits;
  }

  /** The most one request may have. */
  get maxBodyBytes(): number {
    return this.#limits.bodyBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  take(sizeBytes: number): Disposable {
    const { bodiesBytes } = this.#limits;
    if (this.#heldBytes + sizeBytes > bodiesBytes) {
      throw new VecheError("resource-exhausted", `request bodies: expected ≤ ${bodiesBytes} bytes at once`);
    }
    this.#heldBytes += sizeBytes;
    let isReleased = false;
    return {
      [Symbol.dispose]: () => {
        if (!isReleased) this.#heldBytes -= sizeBytes;
        isReleased = true;
      },
    };
  }
}

export type HeldBody = { readonly bytes: Buffer } & Disposable;

export async function readBody(request: IncomingMessage, budget: BodyBudget): Promise<HeldBody> {
  const announced = Number(request.headers["content-length"] ?? 0);
  const max = budget.maxBodyBytes;
  if (announced > max) throw new BodyTooLarge(`body: expected ≤ ${max} bytes`);
  using stack = new DisposableStack();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // The request has to outlive an early return: its socket carries the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > max) throw new BodyTooLarge(`body: expected ≤ ${max} bytes`);
    stack.use(budget.take(chunk.length));
    chunks.push(chunk);
  }
  const held = stack.move();
  return { bytes: Buffer.concat(chunks), [Symbol.dispose]: () => held.dispose() };
}
