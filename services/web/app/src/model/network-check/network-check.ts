import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import type { CallState } from "../call/state.ts";
import type { AppConfig } from "../config.ts";
import { type Finding, type Findings, type StepName, type Verdict, verdictOf, WAYS } from "./finding.ts";
import { MediaSteps } from "./media-steps.ts";
import { lookAtClock, lookAtDevices, lookAtPage, tryDevices } from "./page-steps.ts";
import { tryBosh, tryWebSocket } from "./signalling-steps.ts";

export type CheckPhase = "idle" | "running" | "done";

/** Can this network hold a call? Looks at one thing after another, from this page alone. */
export class NetworkCheck {
  readonly phase = signal<CheckPhase>("idle");
  readonly findings = signal<Findings>(new Map());
  /** What is looked at just now. */
  readonly step = signal<StepName | undefined>(undefined);
  readonly verdict: ReadonlySignal<Verdict | undefined> = computed(() =>
    this.phase.value === "done" ? verdictOf(this.findings.value) : undefined,
  );
  readonly #config: AppConfig;
  readonly #state: CallState;
  #media: MediaSteps | undefined;
  #endedAt = new Date();

  constructor(config: AppConfig, state: CallState) {
    this.#config = config;
    this.#state = state;
  }

  get endedAt(): Date {
    return this.#endedAt;
  }

  async run(): Promise<void> {
    if (this.phase.value === "running") return;
    this.findings.value = new Map();
    this.phase.value = "running";
    const page = await this.#look("page", async () => lookAtPage());
    await this.#look("clock", lookAtClock);
    const { what } = await this.#look("websocket", () => tryWebSocket(this.#config));
    const bosh = await this.#look("bosh", () => tryBosh(this.#config));
    const hasWebSocket = what === "good" || what === "slow";
    if (page.what !== "noWebRtc" && (hasWebSocket || bosh.what === "good")) await this.#call(!hasWebSocket);
    else this.#leaveCall();
    await this.#look("devices", lookAtDevices);
    this.step.value = undefined;
    this.#endedAt = new Date();
    this.phase.value = "done";
  }

  /** The browser may ask whether it may. */
  async tryDevices(): Promise<void> {
    this.#found(await tryDevices());
  }

  close(): void {
    this.#media?.close();
    this.#media = undefined;
  }

  async #look(step: StepName, find: () => Promise<Finding>): Promise<Finding> {
    this.step.value = step;
    const finding = await find();
    this.#found(finding);
    return finding;
  }

  async #call(preferBosh: boolean): Promise<void> {
    const media = new MediaSteps({ ...this.#config, preferBosh }, this.#state, (finding) => this.#found(finding));
    this.#media = media;
    try {
      await media.run((step) => {
        this.step.value = step;
      });
    } catch (error) {
      this.#found({ step: "room", what: "unreachable", values: {}, detail: String(error) });
      this.#leaveCall();
    } finally {
      this.close();
    }
  }

  #leaveCall(): void {
    const unseen = (["room", ...WAYS, "channel", "quality"] as const).filter((step) => !this.findings.value.has(step));
    for (const step of unseen) {
      const rest = { values: {}, detail: "no way to the server" };
      if (step === "room") this.#found({ step, what: "unreachable", ...rest });
      else this.#found({ step, what: "untried", ...rest });
    }
  }

  #found(finding: Finding): void {
    this.findings.value = new Map(this.findings.value).set(finding.step, finding);
  }
}
