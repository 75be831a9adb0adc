import { randomBytes } from "node:crypto";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { readError, write } from "../codec/rfc6120-stanza.ts";
import { type Element, payloadOf } from "../codec/xml/element.ts";
import { serialise } from "../codec/xml/serialise.ts";
import type { Session } from "../stream/session.ts";

type Pending = {
  readonly from: string;
  readonly timer: Timer;
  readonly resolve: (payload: Element | undefined) => void;
  readonly reject: (error: VecheError) => void;
};

/** IQs of the server's own to clients. They leave in the order they are asked for; each has its answer or its end. */
export class ClientIqs {
  readonly #clock: Clock;
  readonly #answerMs: number;
  readonly #perSession: number;
  readonly #pending = new Map<Session, Map<string, Pending>>();
  /** Ids differ from those a process before this one gave: a late answer to it must not be taken for one to us. */
  readonly #prefix = randomBytes(4).toString("hex");
  #number = 0;

  constructor(clock: Clock, limits: { readonly clientAnswerMs: number; readonly pendingIqsPerSession: number }) {
    this.#clock = clock;
    this.#answerMs = limits.clientAnswerMs;
    this.#perSession = limits.pendingIqsPerSession;
  }

  get pending(): number {
    let sum = 0;
    for (const pending of this.#pending.values()) sum += pending.size;
    return sum;
  }

  /**
   * Sends at once and resolves with the child of the result. Rejects with `failed-precondition` where the client refuses,
   * `deadline-exceeded` where it stays silent, `not-found` where it goes.
   */
  ask(session: Session, from: string, type: "get" | "set", payload: Element): Promise<Element | undefined> {
    const pending = this.#pending.get(session) ?? new Map<string, Pending>();
    if (pending.size >= this.#perSession) {
      return Promise.reject(
        new VecheError("resource-exhausted", `at most ${this.#perSession} unanswered IQs per client`),
      );
    }
    if (session.isEnded) return Promise.reject(new VecheError("not-found", "the client is gone"));
    this.#pending.set(session, pending);
    const id = `v${this.#prefix}-${++this.#number}`;
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(this.#answerMs, () => {
        this.#forget(session, id);
        reject(new VecheError("deadline-exceeded", `the client did not answer within ${this.#answerMs} ms`));
      });
      pending.set(id, { from, timer, resolve, reject });
      session.awaits(id);
      session.send(write("iq", { from, type, id }, serialise(payload)));
    });
  }

  /** Takes an answer of a client; false where it answers nothing we asked. */
  take(session: Session, to: string | undefined, iq: Element): boolean {
    const id = iq.attrs.id ?? "";
    const pending = this.#pending.get(session)?.get(id);
    if (!pending || pending.from !== to) return false;
    this.#forget(session, id);
    if (iq.attrs.type === "result") {
      pending.resolve(payloadOf(iq));
    } else {
      const { condition, text } = readError(iq);
      pending.reject(new VecheError("failed-precondition", `the client refused: ${condition}${text && ` (${text})`}`));
    }
    return true;
  }

  /** The session ended. */
  drop(session: Session): void {
    const pending = this.#pending.get(session);
    this.#pending.delete(session);
    for (const { timer, reject } of pending?.values() ?? []) {
      timer.cancel();
      reject(new VecheError("not-found", "the client is gone"));
    }
  }

  close(): void {
    for (const session of [...this.#pending.keys()]) this.drop(session);
  }

  #forget(session: Session, id: string): void {
    const pending = this.#pending.get(session);
    pending?.get(id)?.timer.cancel();
    pending?.delete(id);
    session.awaitsNoMore(id);
    if (pending?.size === 0) this.#pending.delete(session);
  }
}
