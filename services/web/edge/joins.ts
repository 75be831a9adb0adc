/** `POST /join`: a host that shows the secret of its token gets what was sealed for it, once (0018). */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Bucket, Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { askAgainMs, isProof } from "@veche/kit/join-token.ts";
import type { Log } from "@veche/kit/log.ts";
import { type Join, JoinSchema } from "@veche/proto/gen/veche/host/v1/host_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { type Refusal, refuse } from "./answer.ts";

/** Secrets can't be guessed; the limits keep guessing from costing anything. */
export const joinLimits = { bodyBytes: 1024, attempts: 10, attemptsOfAll: 100, perMs: 60_000 } as const;

type Question = { readonly id: string; readonly nonce: string; readonly proof: string };

/** So that who asks for a token that is not there waits as long as who shows a wrong proof. */
const nobodysKey = Buffer.alloc(32).toString("base64");

export class Joins {
  readonly #clock: Clock;
  readonly #log: Log;
  /** Questions of the present minute, by address. */
  readonly #attempts = new Map<string, number>();
  #attemptsSince = 0;
  #attemptsOfAll = 0;
  #bucket: Bucket<typeof JoinSchema> | undefined;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  async listen(bus: Bus): Promise<Disposable> {
    this.#bucket = await bus.bucket(buckets.joins, JoinSchema);
    return { [Symbol.dispose]: () => (this.#bucket = undefined) };
  }

  async serve(request: IncomingMessage, response: ServerResponse, address: string): Promise<void> {
    try {
      if (!this.#mayTry(address)) {
        request.resume();
        refuse(response, tooMany);
        return;
      }
      const question = await readQuestion(request);
      const answer = question ? await this.#redeem(question) : badQuestion;
      if ("status" in answer) return refuse(response, answer);
      const body = JSON.stringify({ sealed: answer.sealed });
      response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" }).end(body);
    } catch (error) {
      this.#log.warn({ err: error }, "a host could not be let in");
      refuse(response, away);
    }
  }

  async #redeem({ id, nonce, proof }: Question): Promise<Refusal | Pick<Join, "sealed">> {
    const bucket = this.#bucket;
    if (!bucket) return away;
    // Whoever asks for the same token at the same moment loses the race and is told what came of it.
    for (;;) {
      const entry = await bucket.get(id);
      const isHolder = isProof(entry?.value.proofKey ?? nobodysKey, id, nonce, proof);
      if (!entry || !isHolder) return unknown;
      const { value, revision } = entry;
      const now = this.#clock.now();
      if (value.used !== "") {
        const isSame = value.nonce === nonce && now - Date.parse(value.used) <= askAgainMs;
        return isSame ? value : gone(`it was used at ${value.used}`);
      }
      if (now >= Date.parse(value.expires)) return gone(`it ended at ${value.expires}`);
      try {
        await bucket.update(id, { ...value, used: new Date(now).toISOString(), nonce }, revision);
        this.#log.info({ host: value.host, role: value.role }, "a host has joined");
        return value;
      } catch (error) {
        if (!(error instanceof VecheError && error.code === "failed-precondition")) throw error;
      }
    }
  }

  #mayTry(address: string): boolean {
    const now = this.#clock.now();
    if (now - this.#attemptsSince >= joinLimits.perMs) {
      this.#attempts.clear();
      this.#attemptsSince = now;
      this.#attemptsOfAll = 0;
    }
    const count = (this.#attempts.get(address) ?? 0) + 1;
    if (count > joinLimits.attempts || this.#attemptsOfAll >= joinLimits.attemptsOfAll) return false;
    this.#attempts.set(address, count);
    this.#attemptsOfAll += 1;
    return true;
  }
}

async function readQuestion(request: IncomingMessage): Promise<Question | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > joinLimits.bodyBytes) {
      request.resume();
      return undefined;
    }
    chunks.push(chunk);
  }
  try {
    const { id, nonce, proof } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Partial<Question>;
    const isWhole =
      /^[0-9a-f]{16}$/.test(id ?? "") && /^[0-9a-f]{32}$/.test(nonce ?? "") && /^[0-9a-f]{64}$/.test(proof ?? "");
    return isWhole ? ({ id, nonce, proof } as Question) : undefined;
  } catch {
    return undefined;
  }
}

function gone(why: string): Refusal {
  return { status: 410, code: "failed-precondition", message: `the token serves once and for a time: ${why}` };
}

const unknown: Refusal = { status: 404, code: "not-found", message: "no such token" };
const badQuestion: Refusal = {
  status: 400,
  code: "invalid-argument",
  message: `expected {id, nonce, proof} in ≤ ${joinLimits.bodyBytes} bytes`,
};
const tooMany: Refusal = {
  status: 429,
  code: "resource-exhausted",
  message: `expected ≤ ${joinLimits.attempts} attempts a minute`,
  headers: { "retry-after": "60" },
};
const away: Refusal = {
  status: 503,
  code: "unavailable",
  message: "NATS is away: try again",
  headers: { "retry-after": "5" },
};
