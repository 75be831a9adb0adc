import { Int32ValueSchema, StringValueSchema, StructSchema } from "@bufbuild/protobuf/wkt";
import { event, request } from "@veche/proto/contract.ts";
import { conference } from "@veche/proto/facts.ts";
import type { Bus } from "../bus.ts";
import { VecheError } from "../errors.ts";

/** What a test of both buses needs from each. */
export type BusWorld = AsyncDisposable & {
  open(role: "xmpp" | "focus" | "videobridge"): Promise<Bus>;
  /** Resolves when all that was said has been heard. */
  settle(): Promise<void>;
  /** Takes the network away from every bus, as when nats-server is killed. */
  cut(): Promise<void>;
  mend(): Promise<void>;
};

/** What every test of the suite plays on; there is something on it once the suite has begun. */
export type Stage = {
  readonly world: BusWorld;
  readonly xmpp: Bus;
  readonly focus: Bus;
  /** A name that no other test has. */
  unique(what: string): string;
};

export const said = event("evt.suite.{room}.{who}.said", StringValueSchema);
export const saidAsNumber = event("evt.suite.{room}.{who}.said", Int32ValueSchema);
export const saidAsAnything = event("evt.suite.{room}.{who}.said", StructSchema);
export const echo = request("rpc.suite.{bridge}.echo", StringValueSchema, StringValueSchema);
export const echoNumber = request("rpc.suite.{bridge}.echo", Int32ValueSchema, StringValueSchema);
export const joined = conference.participantJoined;

export const text = (value: string) => ({ value });
export const hasCode = (code: string) => (error: unknown) => error instanceof VecheError && error.code === code;
const letters = [
  "a",
  "Я",
  " ",
  "\n",
  "\r\n",
  ".",
  "*",
  ">",
  "$",
  "=",
  "/",
  "\u0000",
  "😀",
  "\ud800",
  "ß",
  "-",
  "_",
  "7",
];

/** A generator of numbers in [0, 1) that always gives the same ones. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function randomText(random: () => number, maxLength: number): string {
  return Array.from(
    { length: Math.floor(random() * (maxLength + 1)) },
    () => letters[Math.floor(random() * letters.length)],
  ).join("");
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Collects what is heard; `done` resolves when `isDone` holds. */
export function untilHeard<T>(isDone: (all: readonly T[]) => boolean) {
  const all: T[] = [];
  const { promise, resolve } = Promise.withResolvers<readonly T[]>();
  return {
    all,
    done: promise,
    hear: (item: T) => {
      all.push(item);
      if (isDone(all)) resolve(all);
    },
  };
}

/** Collects what is heard; `until` resolves once that many were. */
export function listening<T>() {
  const all: T[] = [];
  let next = Promise.withResolvers<void>();
  return {
    all,
    hear: (item: T) => {
      all.push(item);
      next.resolve();
      next = Promise.withResolvers();
    },
    until: async (count: number) => {
      while (all.length < count) await next.promise;
    },
  };
}

export function held(subscription: { close(): void }): Disposable {
  return { [Symbol.dispose]: () => subscription.close() };
}
