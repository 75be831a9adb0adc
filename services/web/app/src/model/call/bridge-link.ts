import { BridgeChannel } from "../../protocol/bridge-channel/channel.ts";
import type { EndpointStats } from "../../protocol/bridge-channel/endpoint-stats.ts";
import {
  type BridgeMessage,
  constraintsMessage,
  endpointMessage,
  type ReceiverConstraints,
  videoTypeMessage,
} from "../../protocol/bridge-channel/messages.ts";
import { ForwardedSources } from "./forwarded.ts";
import type { CallState } from "./state.ts";

export interface BridgeLinkEvents {
  opened(): void;
  closed(): void;
  limit(source: string, maxHeight: number): void;
  endpointMessage(from: string, payload: Readonly<Record<string, unknown>>): void;
  endpointStats(from: string, stats: EndpointStats): void;
}

/** What we tell our bridge and what it tells us, over whichever channel the present session has. */
export class BridgeLink {
  readonly #state: CallState;
  readonly #events: BridgeLinkEvents;
  readonly #forwarded: ForwardedSources;
  #channel: BridgeChannel | undefined;
  /** What the bridge has heard over the present channel, so that it hears only what is new. */
  #toldWanted = "";
  readonly #toldTypes = new Map<string, string>();

  constructor(state: CallState, events: BridgeLinkEvents) {
    this.#state = state;
    this.#events = events;
    this.#forwarded = new ForwardedSources((names) => {
      state.forwarded.value = names;
    });
  }

  get isOpen(): boolean {
    return this.#channel?.isOpen ?? false;
  }

  open(url: string | undefined): void {
    this.close();
    this.#state.interrupted.value = new Set();
    if (!url) return;
    const channel: BridgeChannel = new BridgeChannel(url, {
      opened: () => this.#opened(),
      closed: () => {
        if (channel !== this.#channel) return;
        this.#state.bridgeChannelOpen.value = false;
        this.#forwarded.forget();
        this.#events.closed();
      },
      message: (message) => {
        if (channel === this.#channel) this.#heard(message);
      },
    });
    this.#channel = channel;
  }

  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
    this.#forwarded.forget();
    this.#state.bridgeChannelOpen.value = false;
  }

  tellVideoType(source: string, videoType: "camera" | "desktop" | "none"): void {
    // Of a screen that was never shared there is nothing to tell.
    const known = this.#toldTypes.get(source) ?? (source.endsWith("-v0") ? undefined : "none");
    if (videoType === known || !this.isOpen) return;
    this.#toldTypes.set(source, videoType);
    this.#channel?.send(videoTypeMessage(source, videoType));
  }

  tellWanted(wanted: ReceiverConstraints): void {
    const message = constraintsMessage(wanted);
    const text = JSON.stringify(message);
    if (text === this.#toldWanted || !this.isOpen) return;
    this.#toldWanted = text;
    this.#channel?.send(message);
  }

  /** False while there is no channel. */
  tell(message: object): boolean {
    if (!this.isOpen) return false;
    this.#channel?.send(message);
    return true;
  }

  /** To one endpoint, or with "" to all; false while there is no channel. */
  sendToEndpoint(to: string, payload: object): boolean {
    return this.tell(endpointMessage(to, payload));
  }

  #opened(): void {
    this.#toldWanted = "";
    this.#toldTypes.clear();
    this.#state.bridgeChannelOpen.value = true;
    this.tellWanted(this.#state.wanted.value);
    this.#events.opened();
  }

  #heard(message: BridgeMessage): void {
    switch (message.type) {
      case "dominant-speaker":
        this.#state.dominant.value = message.endpoint;
        return;
      case "forwarded-sources":
        this.#forwarded.update(message.sources);
        return;
      case "sender-constraints":
        this.#events.limit(message.source, message.maxHeight);
        return;
      case "connectivity":
        this.#mark(message.endpoint, message.isActive);
        return;
      case "endpoint-stats":
        this.#events.endpointStats(message.from, message.stats);
        return;
      case "endpoint-message":
        if (message.payload.type === "e2e-ping-request")
          this.sendToEndpoint(message.from, { type: "e2e-ping-response", id: message.payload.id });
        else this.#events.endpointMessage(message.from, message.payload);
        return;
      case "server-hello":
    }
  }

  #mark(endpoint: string, isActive: boolean): void {
    const ids = new Set(this.#state.interrupted.value);
    if (isActive) ids.delete(endpoint);
    else ids.add(endpoint);
    this.#state.interrupted.value = ids;
  }
}
