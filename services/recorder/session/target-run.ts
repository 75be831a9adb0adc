/** One address that is streamed to, also while there is nothing to send. */
import { parseStreamAddress } from "../domain/stream-address.ts";
import type { Hub } from "../outputs/hub.ts";
import type { PushSink, PushState, SessionError } from "./contract.ts";
import type { TargetView } from "./view.ts";

export class TargetRun {
  /** Among all targets of a session. */
  readonly key: string;
  readonly id: string;
  readonly url: string;
  #sink: PushSink | undefined;
  #hub: Hub | undefined;
  /** Of sinks that came before: each capture has its own. */
  #earlierRetries = 0;
  #wasOn = false;
  #isOver = false;
  #error: SessionError | undefined;

  constructor(key: string, target: { readonly id: string; readonly url: string }) {
    this.key = key;
    this.id = target.id;
    this.url = target.url;
  }

  get sink(): PushSink | undefined {
    return this.#sink;
  }

  /** Why it ended. */
  get error(): SessionError | undefined {
    return this.#error;
  }

  /** It is not sent to again. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get state(): PushState {
    const retries = this.#earlierRetries + (this.#sink?.state.retries ?? 0);
    if (this.#isOver) return { status: "off", retries, error: this.#error };
    if (!this.#sink) return { status: this.#wasOn ? "retrying" : "pending", retries };
    const { status } = this.#sink.state;
    if (status === "on") this.#wasOn = true;
    return { ...this.#sink.state, status: status === "pending" && this.#wasOn ? "retrying" : status, retries };
  }

  get view(): TargetView {
    const { id, url, state } = this;
    return { id, url, state };
  }

  attach(sink: PushSink, hub: Hub): void {
    this.#sink = sink;
    this.#hub = hub;
    hub.add(sink);
  }

  async detach(): Promise<void> {
    const sink = this.#sink;
    if (!sink) return;
    const { status, retries } = sink.state;
    this.#earlierRetries += retries + (status === "on" ? 1 : 0);
    this.#wasOn ||= status === "on";
    this.#sink = undefined;
    this.#hub?.remove(sink);
    await sink[Symbol.asyncDispose]();
  }

  async end(error: SessionError | undefined): Promise<void> {
    this.#isOver = true;
    this.#error ??= error;
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
