import { service } from "@veche/proto/facts.ts";
import type { Bus } from "./bus.ts";
import type { Particulars } from "./examination.ts";
import { type Answering, serveInstance } from "./instance-requests.ts";
import type { Context } from "./run.ts";

type Announced = Answering & Pick<Context, "log">;

/**
 * Says `service.v1.<role>.<instance>.up`, and answers what the operator's tools ask of each process; what it returns says
 * `down` when it is closed. A stream that can't be reached stops nobody: it is logged and the role goes on.
 */
export async function announce(bus: Bus, context: Announced, particulars: Particulars = {}): Promise<AsyncDisposable> {
  const { role, instance, version, config, log } = context;
  const base = { role, instance };
  const tell = async (fact: "up" | "down", record: (time: string) => Promise<void>) => {
    try {
      await record(new Date().toISOString());
    } catch (error) {
      log.warn({ err: error, fact }, "the fact about this service was not stored");
    }
  };
  const headers = (fact: string, time: string) => ({
    id: `${role}-${instance}-${fact}`,
    source: `/${role}/${instance}`,
    time,
  });
  const said = tell("up", (time) =>
    bus.record(service.up, base, { ...base, time, version, hostId: config.VECHE_HOST_ID }, headers("up", time)),
  );
  const answering = serveInstance(bus, context, particulars);
  let closing: Promise<void> | undefined;
  return {
    [Symbol.asyncDispose]() {
      answering.close();
      closing ??= said.then(() =>
        tell("down", (time) =>
          bus.record(service.down, base, { ...base, time, reason: "stopped" }, headers("down", time)),
        ),
      );
      return closing;
    },
  };
}
