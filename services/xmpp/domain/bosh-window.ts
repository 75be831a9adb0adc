export type BoshAnswer = { readonly rid: number; readonly body: string };

export type Arrival<R> =
  /** These are due, in order. */
  | { readonly type: "process"; readonly due: readonly R[] }
  /** An earlier one is still under way. */
  | { readonly type: "early" }
  /** Answered before: the answer is the same. */
  | { readonly type: "replay"; readonly body: string }
  /** Worked on and not answered: the client gave up on the earlier copy. */
  | { readonly type: "repeated" }
  | { readonly type: "refused" };

/** How many requests a process may have answered between its last record and its death. */
const forgottenAtMost = 10_000;

/**
 * The requests of one BOSH session (XEP-0124 sections 11 and 14): worked on in the order of their ids whatever order they
 * arrive in, and answered from memory when one is repeated.
 */
export class BoshWindow<R> {
  readonly #requests: number;
  #rid: number;
  readonly #early = new Map<number, R>();
  readonly #open = new Set<number>();
  readonly #answers: BoshAnswer[];
  #isRestored: boolean;

  /** `rid` was the last that was worked on; `requests` may be open at a time. */
  constructor(rid: number, requests: number, restored?: { readonly answers: readonly BoshAnswer[] }) {
    this.#requests = requests;
    this.#rid = rid;
    this.#answers = [...(restored?.answers ?? [])];
    this.#isRestored = restored !== undefined;
    if (!restored) return;
    for (let open = Math.max(0, rid - requests + 1); open <= rid; open++) {
      if (!this.#answers.some((answer) => answer.rid === open)) this.#open.add(open);
    }
  }

  get rid(): number {
    return this.#rid;
  }

  get answers(): readonly BoshAnswer[] {
    return this.#answers;
  }

  /** The counts are from a record; the process that wrote it may have gone further. */
  get isRestored(): boolean {
    return this.#isRestored;
  }

  arrive(rid: number, request: R): Arrival<R> {
    if (rid <= this.#rid) return this.#arriveAgain(rid);
    if (rid > this.#rid + (this.#isRestored ? forgottenAtMost : this.#requests)) return { type: "refused" };
    const isRepeated = this.#early.has(rid);
    this.#early.set(rid, request);
    if (isRepeated) return { type: "repeated" };
    const due = this.#takeDue();
    return due.length === 0 ? { type: "early" } : { type: "process", due };
  }

  /** After a restart: what went before the earliest that waits was answered by the process that died. */
  skipToEarliest(): readonly R[] {
    if (this.#early.size === 0) return [];
    this.#rid = Math.min(...this.#early.keys()) - 1;
    this.#open.clear();
    return this.#takeDue();
  }

  answer(answer: BoshAnswer): void {
    this.#open.delete(answer.rid);
    this.#answers.push(answer);
    if (this.#answers.length > this.#requests) this.#answers.shift();
  }

  #arriveAgain(rid: number): Arrival<R> {
    if (this.#open.has(rid)) return { type: "repeated" };
    const answered = this.#answers.find((answer) => answer.rid === rid);
    return answered ? { type: "replay", body: answered.body } : { type: "refused" };
  }

  #takeDue(): readonly R[] {
    const due: R[] = [];
    for (let next = this.#early.get(this.#rid + 1); next !== undefined; next = this.#early.get(this.#rid + 1)) {
      this.#rid++;
      this.#early.delete(this.#rid);
      this.#open.add(this.#rid);
      due.push(next);
    }
    if (due.length > 0) this.#isRestored = false;
    return due;
  }
}
