import type { ReadonlySignal } from "@preact/signals-core";
import type { PageRules } from "./config/page-rules.ts";

export interface Click {
  /** Jitsi's id of the button. */
  readonly key: string;
  /** That is all that happens: the embedding page does the rest. */
  readonly preventExecution: boolean;
  /** In whose menu the button stands. */
  readonly participantId?: string;
}

/** Buttons of which an embedding page wants to hear, or which it takes over. */
export class Clicks {
  readonly #rules: ReadonlySignal<PageRules>;
  told: (click: Click) => void = () => {};

  constructor(rules: ReadonlySignal<PageRules>) {
    this.#rules = rules;
  }

  onToolbar(key: string, act: () => void): void {
    this.#clicked(this.#rules.value.toldToolbarClicks.get(key), { key }, act);
  }

  onParticipant(key: string, participantId: string, act: () => void): void {
    this.#clicked(this.#rules.value.toldParticipantClicks.get(key), { key, participantId }, act);
  }

  /** A button that somebody added does nothing by itself. */
  onCustom(key: string, participantId?: string): void {
    this.told({ key, preventExecution: false, ...(participantId !== undefined && { participantId }) });
  }

  #clicked(preventExecution: boolean | undefined, click: Omit<Click, "preventExecution">, act: () => void): void {
    if (preventExecution !== undefined) this.told({ ...click, preventExecution });
    if (preventExecution !== true) act();
  }
}
