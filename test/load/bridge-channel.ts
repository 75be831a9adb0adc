/** A participant's bridge channel: says what it wants to see, hears what it is to send and what it gets. */
import { once } from "node:events";
import WebSocket from "ws";

export type Wishes = {
  readonly lastN: number;
  /** Lines wanted of every picture. */
  readonly height: number;
  /** Sources wanted at full size. */
  readonly onStage: readonly string[];
  /** What the line is taken to carry, whatever is measured; where the bridge allows that. */
  readonly assumedBandwidthBps?: number;
};

export type ChannelListener = {
  /** The most anybody wants of an own source, in lines; -1 or more than it has: all. */
  senderConstraint(source: string, maxHeight: number): void;
  forwarded(sources: readonly string[]): void;
  dominantSpeaker(endpoint: string): void;
};

const stageHeight = 720;

type Message = { readonly colibriClass?: unknown; readonly [field: string]: unknown };

export class BridgeChannel implements Disposable {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket, listener: ChannelListener) {
    this.#socket = socket;
    socket.on("message", (data) => read(JSON.parse(String(data)), listener));
    socket.on("error", () => {});
  }

  /** `origin` is where the web role listens; the path is the one in the invitation. */
  static async open(origin: string, channelUrl: string, listener: ChannelListener): Promise<BridgeChannel> {
    const { pathname, search } = new URL(channelUrl);
    const socket = new WebSocket(new URL(`${pathname}${search}`, origin.replace(/^http/, "ws")));
    const channel = new BridgeChannel(socket, listener);
    await once(socket, "open");
    return channel;
  }

  wish({ lastN, height, onStage, assumedBandwidthBps = -1 }: Wishes): void {
    this.#send({
      colibriClass: "ReceiverVideoConstraints",
      lastN,
      assumedBandwidthBps,
      onStageSources: onStage,
      defaultConstraints: { maxHeight: height },
      constraints: Object.fromEntries(onStage.map((source) => [source, { maxHeight: stageHeight }])),
    });
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }

  #send(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

function read(message: Message, listener: ChannelListener): void {
  const { colibriClass, sourceName, maxHeight, forwardedSources, dominantSpeakerEndpoint } = message;
  if (colibriClass === "SenderSourceConstraints" && typeof sourceName === "string" && typeof maxHeight === "number") {
    listener.senderConstraint(sourceName, maxHeight < 0 ? Number.POSITIVE_INFINITY : maxHeight);
  } else if (colibriClass === "ForwardedSources" && Array.isArray(forwardedSources)) {
    listener.forwarded(forwardedSources.map(String));
  } else if (colibriClass === "DominantSpeakerEndpointChangeEvent") {
    listener.dominantSpeaker(String(dominantSpeakerEndpoint));
  }
}
