import type { Clock } from "@veche/kit/clock.ts";
import type { RoomRef } from "../domain/conference.ts";
import type { Input } from "../domain/inputs.ts";
import type { Outbox } from "../edge/outbox.ts";
import type { RoomRequests } from "../edge/room-requests.ts";
import { EventOrder } from "./event-order.ts";
import type { Sitting } from "./sitting.ts";

/** What a room has while a sitting of it is running. */
export type Running = {
  readonly session: string;
  readonly sitting: Sitting;
  readonly outbox: Outbox;
  readonly requests: RoomRequests;
};

/** `withoutPeople`: calls that are there go with the room. */
export type Closing = { readonly withoutPeople: boolean };

/** A room from the first request for it until the focus has left it. Events wait while it is being opened. */
export class Room {
  readonly ref: RoomRef;
  readonly order: EventOrder<Input>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #running: Running | undefined;
  #isClosing = false;
  #closing: Closing | undefined;
  #cameLate = false;

  constructor(ref: RoomRef, clock: Clock, onHole: () => void) {
    this.ref = ref;
    this.order = new EventOrder<Input>(clock, (input) => this.#deliver(input), onHole);
    // Whoever waits has its own handler; with nobody waiting a failure is in the log already.
    this.#ready.promise.catch(() => undefined);
  }

  get running(): Running | undefined {
    return this.#running;
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** How the XMPP server is to be asked; undefined: it is not. */
  get closing(): Closing | undefined {
    return this.#closing;
  }

  /** Somebody joined after the last one had left. */
  get cameLate(): boolean {
    return this.#cameLate;
  }

  /** Resolves when clients may join. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves when the room is given up: another sitting may begin. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  run(running: Running): void {
    this.#running = running;
  }

  markReady(): void {
    this.#ready.resolve();
  }

  fail(error: unknown): void {
    this.#ready.reject(error);
    this.close();
  }

  startClosing({ withoutPeople }: Closing): void {
    this.#isClosing = true;
    this.#closing = { withoutPeople };
  }

  close(): void {
    this.#isClosing = true;
    this.order.close();
    this.#running?.sitting.stop();
    this.#closed.resolve();
  }

  #deliver(input: Input): void {
    if (this.#isClosing && input.type === "occupant-joined") this.#cameLate = true;
    this.#running?.sitting.tell(input);
  }
}
