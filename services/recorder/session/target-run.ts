/** One address that is streamed to, also while there is nothing to send. */
import { parseStreamAddress } from "../domain/stream-address.ts";
import type { PushSink, PushState, SessionError } from "./contract.ts";

export class TargetRun {
  readonly key: string;
  readonly id: string;
  readonly url: string;
  #sink: PushSink | undefined;
  /** Of sinks that came before: each capture has its own. */
  #earlierRetries = 0;
  #wasOn = false;
  #error: SessionError | undefined;

  constructor(key: string, target: { readonly id: string; readonly url: string }) {
    this.key = key;
    this.id = target.id;
    this.url = target.url;
  }

  get sink(): PushSink | undefined {
    return this.#sink;
  }

  get error(): SessionError | undefined {
    return this.#error;
  }

  get isOver(): boolean {
    return this.#error !== undefined;
  }

  get state(): PushState {
    if (this.#error) return { status: "off", retries: this.#retries, error: this.#error };
    if (!this.#sink) return { status: this.#wasOn ? "retrying" : "pending", retries: this.#retries };
    const { status } = this.#sink.state;
    if (status === "on") this.#wasOn = true;
    return {
      ...this.#sink.state,
      status: status === "pending" && this.#wasOn ? "retrying" : status,
      retries: this.#retries,
    };
  }

  get #retries(): number {
    return this.#earlierRetries + (this.#sink?.state.retries ?? 0);
  }

  attach(sink: PushSink): void {
    this.#sink = sink;
  }

  async detach(): Promise<void> {
    const sink = this.#sink;
    if (!sink) return;
    const { status, retries } = sink.state;
    this.#earlierRetries += retries + (status === "on" ? 1 : 0);
    this.#wasOn ||= status === "on";
    this.#sink = undefined;
    await sink[Symbol.asyncDispose]();
  }

  /** It is not tried again. */
  async fail(error: SessionError): Promise<void> {
    this.#error = error;
    await this.detach();
  }
}

/** Host and protocol, which may be told; the rest of the address is a key, and so is one that is no address. */
export function publicParts(url: string): { readonly host: string; readonly protocol: string } {
  const parsed = parseStreamAddress(url);
  if ("fault" in parsed) return { host: "", protocol: "" };
  const { host, protocol } = parsed.address;
  return { host, protocol };
}
