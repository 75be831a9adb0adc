import type { Clock, Timer } from "@veche/kit/clock.ts";
import { Admission, type AdmissionLimits, type Decision } from "../domain/admission.ts";

export type Guest = {
  /** The stream may begin. */
  readonly admitted: () => void;
  /** Its place is needed, its time is up, or there was none: it has to go. */
  readonly cut: (reason: "refused" | "evicted" | "late") => void;
};

const retickMs = 500;

/** Holds back streams of those who have not signed in: so many per address, so many in all, so long. */
export class Gate {
  readonly #clock: Clock;
  readonly #admission: Admission;
  readonly #signInMs: number;
  readonly #guests = new Map<number, { readonly guest: Guest; readonly timer: Timer }>();
  #number = 0;
  #ticking: Timer | undefined;

  constructor(clock: Clock, limits: { readonly admission: AdmissionLimits; readonly signInMs: number }) {
    this.#clock = clock;
    this.#admission = new Admission(limits.admission);
    this.#signInMs = limits.signInMs;
  }

  get unauthenticated(): number {
    return this.#guests.size;
  }

  /** Returns what ends the guest's stay here: it signed in, or it went. May call the guest at once. */
  arrive(address: string, guest: Guest): () => void {
    const id = ++this.#number;
    const timer = this.#clock.after(this.#signInMs, () => this.#cut(id, "late"));
    this.#guests.set(id, { guest, timer });
    this.#apply(this.#admission.arrive(id, address, this.#clock.now()));
    return () => this.#release(id);
  }

  /** The process ends: nobody is let in any more, and who waits learns it. */
  close(): void {
    this.#ticking?.cancel();
    const guests = [...this.#guests.values()];
    this.#guests.clear();
    for (const { guest, timer } of guests) {
      timer.cancel();
      guest.cut("refused");
    }
  }

  #release(id: number): void {
    const entry = this.#guests.get(id);
    if (!entry) return;
    entry.timer.cancel();
    this.#guests.delete(id);
    this.#apply(this.#admission.release(id, this.#clock.now()));
  }

  #apply({ admit, evict, refuse }: Decision): void {
    for (const id of evict) this.#cut(id, "evicted");
    for (const id of refuse) this.#cut(id, "refused");
    for (const id of admit) this.#guests.get(id)?.guest.admitted();
    if (this.#admission.waiting > 0 && !this.#ticking) {
      this.#ticking = this.#clock.after(retickMs, () => {
        this.#ticking = undefined;
        this.#apply(this.#admission.tick(this.#clock.now()));
      });
    }
  }

  #cut(id: number, reason: "refused" | "evicted" | "late"): void {
    const entry = this.#guests.get(id);
    if (!entry) return;
    entry.timer.cancel();
    this.#guests.delete(id);
    entry.guest.cut(reason);
    this.#apply(this.#admission.release(id, this.#clock.now()));
  }
}
