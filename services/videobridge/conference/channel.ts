import type { Clock } from "@veche/kit/clock.ts";
import { type ChannelMessage, readChannelMessage } from "../domain/channel-message.ts";
import { limits } from "../domain/limits.ts";
import { fullBucket, take } from "../domain/token-bucket.ts";

/** The socket under a channel, whatever it is made of. */
export type ChannelSocket = {
  readonly bufferedBytes: number;
  send(text: string): void;
  close(code: number, reason: string): void;
};

export type ChannelListener = {
  message(message: ChannelMessage): void;
  /** A frame that was dropped, and why. */
  fault(reason: string): void;
};

const messageRate = { perSecond: limits.channelMessagesPerSecond, burst: limits.channelMessageBurst };
const byteRate = { perSecond: limits.channelBytesPerSecond, burst: limits.channelByteBurst };

/** RFC 6455 7.4.1. */
export const closeCode = { normal: 1000, goingAway: 1001, invalidPayload: 1007, policyViolation: 1008 } as const;

/** A client's bridge channel: bounded both ways, so that one client costs the others nothing. */
export class Channel {
  readonly #socket: ChannelSocket;
  readonly #clock: Clock;
  readonly #listener: ChannelListener;
  #messages: ReturnType<typeof fullBucket>;
  #bytes: ReturnType<typeof fullBucket>;
  #faults = 0;
  #isClosed = false;
  readonly count = { received: 0, sent: 0 };

  constructor(socket: ChannelSocket, clock: Clock, listener: ChannelListener) {
    this.#socket = socket;
    this.#clock = clock;
    this.#listener = listener;
    this.#messages = fullBucket(messageRate, clock.now());
    this.#bytes = fullBucket(byteRate, clock.now());
  }

  send(text: string): void {
    if (this.#isClosed) return;
    if (this.#socket.bufferedBytes > limits.channelBufferedBytes) {
      this.close(closeCode.policyViolation, "messages are not being read");
      return;
    }
    this.count.sent += 1;
    this.#socket.send(text);
  }

  receive(text: string): void {
    if (this.#isClosed) return;
    this.count.received += 1;
    if (!this.#isInRate(text.length)) {
      this.#fault("too many messages", closeCode.policyViolation);
      return;
    }
    const message = readChannelMessage(text);
    if (message.ok) this.#listener.message(message.value);
    else this.#fault(message.reason, closeCode.invalidPayload);
  }

  receiveBinary(): void {
    if (!this.#isClosed) this.#fault("expected text frames, found a binary one", closeCode.invalidPayload);
  }

  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close(code, reason);
  }

  #isInRate(sizeBytes: number): boolean {
    const now = this.#clock.now();
    const [messages, hasMessages] = take(this.#messages, messageRate, 1, now);
    const [bytes, hasBytes] = take(this.#bytes, byteRate, sizeBytes, now);
    this.#messages = messages;
    this.#bytes = bytes;
    return hasMessages && hasBytes;
  }

  #fault(reason: string, code: number): void {
    this.#faults += 1;
    this.#listener.fault(reason);
    if (this.#faults > limits.channelFaults) this.close(code, reason);
  }
}
