import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Context } from "@veche/kit/run.ts";

/** A refused sign-in is known by then, and stops the start; a NATS that is not there yet does not. */
export const busGraceMs = 1_000;

type Surroundings = Pick<Context, "health" | "log"> & { readonly clock: Clock };

/**
 * Opens the bus without making the pages wait for it: a web server that starts while NATS is away serves everything but
 * the channels of bridges. What `use` returns is closed before the bus.
 */
export async function openLate(
  open: (signal: AbortSignal) => Promise<Bus>,
  use: (bus: Bus) => Promise<AsyncDisposable>,
  { health, log, clock }: Surroundings,
): Promise<AsyncDisposable> {
  const ending = new AbortController();
  health.set("nats", "not connected yet");
  const running = follow(open(ending.signal), use, health);
  // From here on somebody listens to its failure, whenever it comes.
  const failed = running.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const early = await Promise.race([failed, graceOver(clock, failed)]);
  if (early !== undefined && early !== "later") throw early.error;
  void failed.then((late) => {
    if (late === undefined || ending.signal.aborted) return;
    health.set("nats", String(late.error));
    log.error({ err: late.error }, "the bus can't be used");
  });
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      const stack = await running.catch(() => undefined);
      await stack?.disposeAsync();
    },
  };
}

async function follow(
  opening: Promise<Bus>,
  use: (bus: Bus) => Promise<AsyncDisposable>,
  health: Surroundings["health"],
): Promise<AsyncDisposableStack> {
  await using stack = new AsyncDisposableStack();
  const bus = stack.use(await opening);
  const tell = (isConnected: boolean) => health.set("nats", isConnected ? undefined : "not connected");
  const subscription = bus.onConnection(tell);
  stack.defer(() => subscription.close());
  tell(bus.isConnected);
  stack.use(await use(bus));
  return stack.move();
}

function graceOver(clock: Clock, earlier: Promise<unknown>): Promise<"later"> {
  return new Promise((resolve) => {
    const timer = clock.after(busGraceMs, () => resolve("later"));
    void earlier.then(() => timer.cancel());
  });
}
