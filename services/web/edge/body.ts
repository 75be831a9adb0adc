import type { IncomingMessage } from "node:http";
import { VecheError } from "@veche/kit/errors.ts";
import { limits } from "../limits.ts";

export class BodyTooLarge extends Error {}

/** Bodies are read whole before they go on, so that a request can be sent again; this bounds what they take together. */
export class BodyBudget {
  #heldBytes = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number = limits.bodiesBytes) {
    this.#maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  take(sizeBytes: number): Disposable {
    if (this.#heldBytes + sizeBytes > this.#maxBytes) {
      throw new VecheError("unavailable", `request bodies: expected ≤ ${this.#maxBytes} bytes at once`);
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
  if (announced > limits.bodyBytes) throw new BodyTooLarge(`body: expected ≤ ${limits.bodyBytes} bytes`);
  using stack = new DisposableStack();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // The request has to outlive an early return: its socket carries the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limits.bodyBytes) throw new BodyTooLarge(`body: expected ≤ ${limits.bodyBytes} bytes`);
    stack.use(budget.take(chunk.length));
    chunks.push(chunk);
  }
  const held = stack.move();
  return { bytes: Buffer.concat(chunks), [Symbol.dispose]: () => held.dispose() };
}
