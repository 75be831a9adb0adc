/** One trunk: registered where it wants that, asked now and then whether it is there. Over whatever speaks SIP. */
import { type Clock, type Timer, waitAtMost } from "@veche/kit/clock.ts";
import type { Registration, Trunk } from "./signalling.ts";

/** Times in seconds. Wrong passwords are not tried often: registrars lock out who does. */
const times = {
  expires: 600,
  optionsEvery: 30,
  unreachableFirst: 2,
  unreachableMost: 60,
  refusedFirst: 60,
  refusedMost: 1_800,
} as const;

export type TrunkAnswer = {
  readonly status: number;
  header(name: string): string | undefined;
  /** What the registrar grants our contact, in seconds; undefined: it does not say. */
  readonly grantedS: number | undefined;
};

export type TrunkWatchOptions = {
  readonly clock: Clock;
  readonly trunk: Trunk;
  /** Resolves with the final answer; 408 and 503 also where there was none. `expiresS` of REGISTER alone. */
  readonly ask: (method: "REGISTER" | "OPTIONS", expiresS: number | undefined) => Promise<TrunkAnswer>;
  readonly onChange: (registration: Registration) => void;
};

export class TrunkWatch implements AsyncDisposable {
  readonly #options: TrunkWatchOptions;
  #state: Registration["state"];
  #status = 0;
  #attempts = 0;
  #wishedS: number = times.expires;
  #next: Timer | undefined;
  #asking: Timer | undefined;
  /** Answers to what was said before are none to what was said since. */
  #turn = 0;

  constructor(options: TrunkWatchOptions) {
    this.#options = options;
    this.#state = options.trunk.registers ? "trying" : "none";
  }

  get registration(): Registration {
    return { trunk: this.#options.trunk.name, state: this.#state, status: this.#status };
  }

  /** The SIP process is there (again). */
  start(): void {
    this.stop();
    this.#attempts = 0;
    this.#asking = this.#options.clock.every(times.optionsEvery * 1000, () => void this.#ask());
    void (this.#options.trunk.registers ? this.#register() : this.#ask());
  }

  /** The SIP process is away. */
  stop(): void {
    this.#turn += 1;
    this.#next?.cancel();
    this.#asking?.cancel();
    if (this.#options.trunk.registers) this.#set("trying", this.#status);
  }

  /** Takes the registration back; resolves when that is done, or has taken too long. */
  async [Symbol.asyncDispose](): Promise<void> {
    const wasRegistered = this.#state === "registered";
    this.#turn += 1;
    this.#next?.cancel();
    this.#asking?.cancel();
    if (!wasRegistered) return;
    await waitAtMost(this.#options.clock, 1_000, this.#options.ask("REGISTER", 0));
  }

  async #register(): Promise<void> {
    if (this.#state !== "registered") this.#set("trying", this.#status);
    const turn = this.#turn;
    const answer = await this.#options.ask("REGISTER", this.#wishedS);
    if (turn === this.#turn) this.#registered(answer);
  }

  #registered(answer: TrunkAnswer): void {
    const { status } = answer;
    if (status >= 200 && status < 300) {
      this.#attempts = 0;
      this.#set("registered", status);
      this.#again(Math.max(1, (answer.grantedS ?? this.#wishedS) * 0.8));
      return;
    }
    const minS = Number(status === 423 ? answer.header("min-expires") : undefined);
    if (minS > this.#wishedS && minS <= 86_400) {
      this.#wishedS = minS;
      void this.#register();
      return;
    }
    this.#attempts += 1;
    const isAway = status === 408 || status === 430 || (status >= 477 && status <= 480) || status >= 500;
    this.#set(isAway ? "unreachable" : "refused", status);
    const [first, most] = isAway
      ? [times.unreachableFirst, times.unreachableMost]
      : [times.refusedFirst, times.refusedMost];
    const waitS = Math.min(most, first * 2 ** Math.min(this.#attempts - 1, 16));
    const askedS = Math.min(Number(answer.header("retry-after")?.match(/^\d+/)?.[0] ?? 0), times.refusedMost);
    this.#again(Math.max(waitS, askedS) * (0.9 + Math.random() * 0.2));
  }

  /** OPTIONS keeps the way open, and shows a registrar that went away long before the registration ends. */
  async #ask(): Promise<void> {
    const turn = this.#turn;
    const { status } = await this.#options.ask("OPTIONS", undefined);
    if (turn !== this.#turn) return;
    if (!this.#options.trunk.registers) this.#set("none", status);
    else if (this.#state === "registered" && (status === 408 || status >= 500)) {
      this.#next?.cancel();
      void this.#register();
    }
  }

  #again(seconds: number): void {
    this.#next?.cancel();
    this.#next = this.#options.clock.after(seconds * 1000, () => void this.#register());
  }

  #set(state: Registration["state"], status: number): void {
    if (state === this.#state && status === this.#status) return;
    this.#state = state;
    this.#status = status;
    this.#options.onChange(this.registration);
  }
}
